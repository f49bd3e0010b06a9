"""Results of this process in memory, up to a number of bytes, in front of the user's cache."""

from __future__ import annotations

import contextlib
import json
import threading
from collections import OrderedDict
from collections.abc import Callable
from typing import cast

from packager.cache import NO_CACHE, Cache, T
from packager.files import MIB

MEMORY_BYTES = 256 * MIB
_OBJECT_SIZE = 40  # bytes of a parsed script for each character of its text, about


class SessionCache(Cache):
    """A cache in memory; what was not used for the longest time is dropped first. Safe to use from more than one thread.

    What is not in memory is read from `below`. Results are written there too while `saves` is true: results of unsaved text need not
    outlive the process.
    """

    remembers = True

    def __init__(self, below: Cache = NO_CACHE, *, limit: int = MEMORY_BYTES) -> None:
        super().__init__(below.directory, tables_only=below.tables_only)
        self.limit = limit
        self.saves = True
        self.size = 0
        self._below = below
        self._kept: OrderedDict[tuple[str, str], bytes] = OrderedDict()
        self._objects: OrderedDict[tuple[str, str], tuple[object, int]] = OrderedDict()
        self._texts = 0
        self._lock = threading.Lock()

    @property
    def is_empty(self) -> bool:
        """Whether nothing is in memory."""
        return not self._kept

    def keeps(self, kind: str) -> bool:
        """Whether `put` keeps values of this kind: all, in memory."""
        del kind
        return True

    def get(self, kind: str, key: str) -> object:
        """The stored JSON value, or None if it is missing or cannot be read."""
        content = self.recall(kind, key)
        if content is not None:
            return json.loads(content)
        value = self._below.get(kind, key)
        if value is not None:
            self._remember(kind, key, value)
        return value

    def put(self, kind: str, key: str, value: object) -> None:
        """Keep a JSON value."""
        self._remember(kind, key, value)
        if self.saves:
            self._below.put(kind, key, value)

    def _remember(self, kind: str, key: str, value: object) -> None:
        with contextlib.suppress(ValueError, RecursionError):  # as `Cache.put`
            self.remember(kind, key, json.dumps(value, separators=(",", ":")).encode())

    def shared(self, kind: str, text: str, make: Callable[[str], T]) -> T:
        """See `Cache.shared`; an object in memory has about forty times the size of its text."""
        known = self.kept_object(kind, text)
        if known is None:
            known = make(text)
            self.keep_object(kind, text, known, len(text))
        return cast(T, known)

    def kept_object(self, kind: str, key: str) -> object:
        """See `Cache.kept_object`."""
        kept = self._objects.get((kind, key))
        if kept is None:
            return None
        self._objects.move_to_end((kind, key))
        return kept[0]

    def keep_object(self, kind: str, key: str, value: object, length: int) -> None:
        """See `Cache.keep_object`."""
        self._texts += length - self._objects.pop((kind, key), (None, 0))[1]
        self._objects[kind, key] = value, length
        while self._texts > self.limit // _OBJECT_SIZE:
            self._texts -= self._objects.popitem(last=False)[1][1]

    def recall(self, kind: str, key: str) -> bytes | None:
        """Bytes that `remember` kept in this process, or None."""
        with self._lock:
            content = self._kept.get((kind, key))
            if content is not None:
                self._kept.move_to_end((kind, key))
            return content

    def remember(self, kind: str, key: str, content: bytes) -> None:
        """Keep bytes in memory, and drop the oldest ones beyond the limit."""
        with self._lock:
            self.size += len(content) - len(self._kept.pop((kind, key), b""))
            self._kept[kind, key] = content
            while self.size > self.limit and self._kept:
                self.size -= len(self._kept.popitem(last=False)[1])
