"""What every source is: a read-only tree of regular files, by POSIX path relative to its root."""

from __future__ import annotations

import hashlib
import posixpath
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from packager.files import size_text
from packager.findings.diagnostic import Diagnostic

# Bounds of this tool, so that no input can exhaust memory or time.
MAX_TREE_FILES = 200_000
MAX_DEFINITION_BYTES = 32 * 1024 * 1024
MAX_FILE_BYTES = 2 * 1024**3  # of any file, and of all files of a package together; a zip on S3 may have 100 MB
CHUNK_BYTES = 1024 * 1024
# Reads at most this many bytes; none at the end.
Reader = Callable[[int], bytes]
_KEEP_BYTES = 2 * 1024 * 1024  # files up to this size stay in memory once read


@dataclass(frozen=True, slots=True, order=True)
class TreeFile:
    """A regular file of a tree; `size` in bytes."""

    path: str
    size: int
    executable: bool


class UnreadableError(Exception):
    """A file of the tree could not be read; the message is the reason."""


class OversizedError(UnreadableError):
    """A file is larger than the limit."""

    def __init__(self, limit: int) -> None:
        super().__init__(f"longer than {size_text(limit)}")


class NotTextError(UnreadableError):
    """A file is not UTF-8; `start` is the first byte that is not."""

    def __init__(self, start: int) -> None:
        super().__init__(f"not UTF-8 at byte {start}")
        self.start = start


def normalise(path: str) -> str | None:
    """A relative POSIX path without `.` and `..`, or None when it leaves the root or is absolute."""
    if path.startswith("/") or "\0" in path:
        return None
    normal = posixpath.normpath(path)
    return None if normal == ".." or normal.startswith("../") else normal


class SourceTree(ABC):
    """The one read-only view of a source. `kind` is `directory`, `file` or `zip`; `name` is as the user wrote it."""

    kind: str
    name: str

    def __init__(self) -> None:
        self._contents: dict[str, bytes] = {}
        self._hashes: dict[str, str] = {}
        # What adapters compute from the files, by a key of their own: it lives as long as the tree.
        self.kept: dict[str, object] = {}

    @cached_property
    def _walked(self) -> tuple[dict[str, TreeFile], tuple[Diagnostic, ...]]:
        files, problems = self._walk()
        return {file.path: file for file in sorted(files)}, tuple(sorted(set(problems)))

    @property
    def files(self) -> dict[str, TreeFile]:
        """Every file of the source that is not left out, by path, sorted."""
        return self._walked[0]

    @property
    def problems(self) -> tuple[Diagnostic, ...]:
        """Findings about files that cannot be part of a package."""
        return self._walked[1]

    @abstractmethod
    def _walk(self) -> tuple[list[TreeFile], list[Diagnostic]]: ...

    @abstractmethod
    def lookup(self, path: str) -> TreeFile | None:
        """The regular file at a path, listed by a walk or not; None without such a file inside the root."""

    @abstractmethod
    def _open(self, path: str) -> AbstractContextManager[Reader]:
        """Open a file; a failure, now or while it is read, raises an `UnreadableError`."""

    def real_path(self, path: str) -> Path | None:
        """The file's place on disk, or None for a file inside a zip."""
        return None

    @property
    def boundary(self) -> Path | None:
        """The folder on disk that contains everything that can be read, without links; None for a zip."""
        return None

    def path_inside(self, path: str) -> str | None:
        """The path in the source of a path relative to the current folder; None if it is not in the source."""
        return None

    def read(self, path: str, limit: int = MAX_DEFINITION_BYTES) -> bytes:
        """The bytes of a file, read and hashed once.

        Raises:
            UnreadableError: missing, unreadable, damaged, or longer than `limit` bytes.
        """
        if path in self._contents:
            return self._contents[path]
        content = b"".join(self._pieces(path, limit))
        digest = hashlib.sha256(content).hexdigest()
        if self._hashes.setdefault(path, digest) != digest:
            raise UnreadableError("it changed while it was read")
        if len(content) <= _KEEP_BYTES:
            self._contents[path] = content
        return content

    def release(self) -> None:
        """Drop the contents that were read; their hashes stay, so that a changed file cannot be read again."""
        self._contents.clear()
        self.kept.clear()

    def text(self, path: str) -> str:
        """A file as UTF-8 text, without a byte order mark; line ends are kept.

        Raises:
            UnreadableError: as `read`, or the bytes are not UTF-8.
        """
        try:
            return self.read(path).decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise NotTextError(error.start) from error

    def chunks(self, path: str) -> Iterator[bytes]:
        """A file's bytes piece by piece, for files of any size.

        Raises:
            UnreadableError: missing, unreadable, damaged, or longer than `MAX_FILE_BYTES`.
        """
        if path in self._contents:
            yield self._contents[path]
            return
        yield from self._pieces(path, MAX_FILE_BYTES)

    def _pieces(self, path: str, limit: int) -> Iterator[bytes]:
        """A file's bytes piece by piece; an error before the first piece if the file is known to have more than `limit` bytes."""
        file = self.lookup(path)
        if file is not None and file.size > limit:
            raise OversizedError(limit)
        left = limit
        with self._open(path) as read:
            while piece := read(CHUNK_BYTES):
                left -= len(piece)
                if left < 0:
                    raise OversizedError(limit)
                yield piece

    def sha256(self, path: str) -> str:
        """The SHA-256 of a file in hex.

        Raises:
            UnreadableError: as `chunks`.
        """
        if path not in self._hashes:
            digest = hashlib.sha256()
            for chunk in self.chunks(path):
                digest.update(chunk)
            self._hashes[path] = digest.hexdigest()
        return self._hashes[path]


def reason_of(error: BaseException) -> str:
    """Why a read failed, as users see it."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror[:1].lower() + error.strerror[1:]
    return str(error) or type(error).__name__
