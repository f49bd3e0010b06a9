"""A content-addressed store of results: JSON files, written atomically, never trusted when corrupt."""

from __future__ import annotations

import contextlib
import dataclasses
import enum
import functools
import hashlib
import json
import os
import types
import typing
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from packager.errors import PackagerError
from packager.files import MIB, read_regular, replacing

T = TypeVar("T")
Decoder = Callable[[object], object]

_MAX_AGE_SECONDS = 30 * 24 * 3600
_PRUNE_SECONDS = 24 * 3600
_MAX_ENTRIES_PER_PRUNE = 5000
_MAX_ENTRY_BYTES = 256 * MIB  # the facts of the largest workflows have a few


def to_plain(value: object) -> object:
    """Dataclasses, enums, tuples and mappings as plain data, which `json` can write."""
    if isinstance(value, enum.Enum):
        return value.value
    if value is None or isinstance(value, str | int | float | bool):
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return [to_plain(getattr(value, name)) for name in _field_names(type(value))]
    if isinstance(value, tuple | list):
        return [to_plain(item) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(item) for key, item in value.items()}
    raise TypeError(f"not plain data: {type(value).__name__}")


def from_plain(kind: type[T], plain: object) -> T:
    """The inverse of `to_plain` for a dataclass.

    Raises:
        ValueError: the data does not have that shape.
    """
    try:
        return typing.cast(T, _decoder(typing.cast(object, kind))(plain))
    except (TypeError, KeyError, IndexError) as error:
        raise ValueError(f"not a {kind.__name__}: {error}") from error


@functools.cache
def _field_names(kind: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(kind))


@functools.cache
def _decoder(kind: object) -> Decoder:
    """A function that rebuilds a type from plain data, and raises an error for other shapes."""
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if isinstance(kind, type) and dataclasses.is_dataclass(kind):
        return _dataclass_decoder(kind)
    if origin is tuple and len(arguments) == 2 and arguments[1] is Ellipsis:
        decode_item = _decoder(arguments[0])
        return lambda plain: tuple(decode_item(item) for item in _sequence(plain))
    if origin is tuple:
        decoders = [_decoder(argument) for argument in arguments]
        return lambda plain: tuple(decode(item) for decode, item in zip(decoders, _sequence(plain), strict=True))
    if origin in (types.UnionType, typing.Union):
        return _union_decoder(arguments)
    if isinstance(kind, type) and issubclass(kind, enum.Enum):
        return kind
    return _scalar_decoder(kind)


def _dataclass_decoder(kind: type) -> Decoder:
    hints = typing.get_type_hints(kind)
    decoders: list[Decoder] = []

    def decode(plain: object) -> object:
        if not decoders:  # created late, because a dataclass may contain its own kind
            decoders.extend(_decoder(hints[name]) for name in _field_names(kind))
        if not isinstance(plain, list) or len(plain) != len(decoders):
            raise TypeError("another number of members")
        return kind(*(decode(item) for decode, item in zip(decoders, plain, strict=True)))

    return decode


def _sequence(plain: object) -> list[object]:
    if not isinstance(plain, list):
        raise TypeError("not a list")
    return plain


def _union_decoder(arguments: tuple[object, ...]) -> Decoder:
    scalars = tuple(kind for kind in (str, int, float, bool) if kind in arguments)
    others = [_decoder(kind) for kind in arguments if kind not in (*scalars, type(None))]

    def decode(plain: object) -> object:
        if plain is None and type(None) in arguments:
            return None
        if isinstance(plain, scalars):
            return plain
        for decode_other in others:
            return decode_other(plain)
        raise TypeError("none of the union's types")

    return decode


def _scalar_decoder(kind: object) -> Decoder:
    if kind is object:
        return lambda plain: plain
    if kind not in (str, int, float, bool) or not isinstance(kind, type):
        raise TypeError(f"no plain form for {kind}")

    def decode(plain: object) -> object:
        if kind is float and isinstance(plain, int) and not isinstance(plain, bool):
            return plain
        if not isinstance(plain, kind) or (kind is int and isinstance(plain, bool)):
            raise TypeError(f"not a {kind.__name__}")
        return plain

    return decode


class Cache:
    """Results by kind and key below one directory; a directory of None keeps nothing.

    With `tables_only`, only the tables are kept that a language's own library would compute again in every process
    (kinds that start with `tables-`): they depend on the library alone, not on a file of the user.

    A key names everything that the result depends on: tool versions, engine, the hashes of the files. Reading and
    writing never fail: a cache that does not work only costs time.
    """

    def __init__(self, directory: Path | None, *, tables_only: bool = False) -> None:
        self.directory = directory
        self.tables_only = tables_only

    @staticmethod
    def key(*parts: str) -> str:
        """A key from its parts, unambiguous for all characters in them."""
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def _path(self, kind: str, key: str) -> Path | None:
        if self.directory is None or (self.tables_only and not kind.startswith("tables-")):
            return None
        return self.directory / kind / key[:2] / f"{key}.json"

    def keeps(self, kind: str) -> bool:
        """Whether `put` keeps values of this kind: if not, nobody needs to make their plain form."""
        return self._path(kind, "") is not None

    def get(self, kind: str, key: str) -> object:
        """The stored JSON value, or None if it is missing or cannot be read."""
        path = self._path(kind, key)
        if path is None:
            return None
        try:
            stored = json.loads(read_regular(path, _MAX_ENTRY_BYTES))
        except (OSError, ValueError, RecursionError):
            return None
        if not isinstance(stored, dict) or stored.get("key") != key:
            return None
        return stored.get("value")

    def put(self, kind: str, key: str, value: object) -> None:
        """Keep a JSON value; another process may do the same at the same time."""
        path = self._path(kind, key)
        if path is None:
            return
        # A full disk, half a surrogate pair, more levels than the stack has: the result is computed again next time.
        with contextlib.suppress(OSError, PackagerError, ValueError, RecursionError):
            path.parent.mkdir(parents=True, exist_ok=True)
            with replacing(path, derived=True, private=True) as file:
                file.write(json.dumps({"key": key, "value": value}, separators=(",", ":")).encode())

    def load(self, kind: str, key: str, shape: type[T]) -> T | None:
        """The stored dataclass of that shape, or None."""
        plain = self.get(kind, key)
        if plain is None:
            return None
        try:
            return from_plain(shape, plain)
        except ValueError:
            return None

    def store(self, kind: str, key: str, value: object) -> None:
        """Keep a dataclass, unless it is nested too deeply for the caller's stack."""
        if self.keeps(kind):
            with contextlib.suppress(RecursionError):
                self.put(kind, key, to_plain(value))

    remembers = False  # whether `remember` keeps anything

    def recall(self, kind: str, key: str) -> bytes | None:
        """Bytes that `remember` kept in this process, or None; the disk never has them."""
        del self, kind, key
        return None

    def remember(self, kind: str, key: str, content: bytes) -> None:
        """Keep bytes as long as this process; only a cache in memory does."""

    def shared(self, kind: str, text: str, make: Callable[[str], T]) -> T:
        """What `make` returns for a string: an object that nobody changes, so that a cache in memory can return the same one again."""
        del kind
        return make(text)

    def kept_object(self, kind: str, key: str) -> object:
        """The object that `keep_object` kept in this process, or None."""
        del self, kind, key
        return None

    def keep_object(self, kind: str, key: str, value: object, length: int) -> None:
        """Keep an object as long as this process; only a cache in memory does. `length` is that of the text that it was made of."""

    def prune(self, now: float) -> None:
        """Remove entries that have not been written for 30 days, at most once a day; bounded, and never fails."""
        if self.directory is None:
            return
        marker = self.directory / "pruned"
        with contextlib.suppress(OSError):
            if marker.exists() and now - marker.stat().st_mtime < _PRUNE_SECONDS:
                return
            self.directory.mkdir(parents=True, exist_ok=True)
            marker.touch()
            for count, path in enumerate(self.directory.glob("*/*/*.json")):
                if count >= _MAX_ENTRIES_PER_PRUNE:
                    return
                # The target of a link does not belong to the cache.
                linked = path.parent.is_symlink() or path.parent.parent.is_symlink()
                if not linked and now - path.lstat().st_mtime > _MAX_AGE_SECONDS:
                    path.unlink(missing_ok=True)


NO_CACHE = Cache(None)


def default_directory() -> Path | None:
    """`PACKAGER_CACHE_DIR`, or the user's cache directory for this tool; None for a user without a home."""
    named = os.environ.get("PACKAGER_CACHE_DIR")
    if named:
        return Path(named)
    import platformdirs  # noqa: PLC0415 - not needed with `--no-cache`

    try:
        return Path(platformdirs.user_cache_dir("omics-packager", appauthor=False))
    except (OSError, RuntimeError):
        return None
