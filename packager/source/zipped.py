"""A zip archive as a tree, read in place and never extracted."""

from __future__ import annotations

import contextlib
import copy
import errno
import io
import os
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from packager.errors import PackagerError
from packager.files import MIB, open_regular, size_text
from packager.findings.diagnostic import Diagnostic, Severity
from packager.source.ignore_files import never_counts
from packager.source.problems import Problems
from packager.source.tree import (
    MAX_FILE_BYTES,
    MAX_TREE_FILES,
    Reader,
    SourceTree,
    TreeFile,
    UnreadableError,
    normalise,
    reason_of,
)
from packager.source.zip_decoders import ChecksumError, EntryReader

try:
    from lzma import LZMAError
except ImportError:  # an interpreter without it cannot read such entries at all
    LZMAError = zipfile.BadZipFile  # type: ignore[misc, assignment]  # any class that is caught anyway

MAX_ZIP_UNCOMPRESSED_BYTES = MAX_FILE_BYTES
_MAX_DIRECTORY_BYTES = 64 * MIB  # of names and attributes: three times what `MAX_TREE_FILES` typical entries have
_LOOK_BYTES = 512
_SEPARATE_PROBLEMS = 5
_ENCRYPTED = 0x1
_END_RECORD = struct.Struct("<4s4H2LH")
_END_MARK = b"PK\x05\x06"
_MAX_COMMENT_BYTES = 0xFFFF
_IN_LARGE_RECORD = 0xFFFF  # the number is in the record of the ZIP64 format
# What `zipfile` and its decoders raise for damaged bytes: each of these was observed.
_DAMAGE = (
    OSError, zipfile.BadZipFile, zlib.error, LZMAError, struct.error, EOFError, ValueError, IndexError, KeyError, OverflowError,
    MemoryError, NotImplementedError, RuntimeError,
)  # fmt: skip


# Names of compression methods that other tools use, by their number in Standard.ZIP, 4.4.5.
_METHODS = {
    1: "Shrink",
    6: "Implode",
    9: "Deflate64",
    14: "LZMA with these settings",
    93: "Zstandard",
    95: "XZ",
    98: "PPMd",
}
_UNCOUNTED = (
    "not included unless a definition refers to it: files of version control, caches and editors are never packaged"
)


class _TooManyEntriesError(Exception):
    """The directory of a zip has too many entries."""


class _Entries(list[zipfile.ZipInfo]):
    """The entries of a zip; to read a directory with too many of them stops early."""

    def append(self, entry: zipfile.ZipInfo) -> None:
        """Add an entry."""
        if len(self) >= MAX_TREE_FILES:
            raise _TooManyEntriesError
        super().append(entry)


class _Zip(zipfile.ZipFile):
    """A zip whose directory is bounded, even if its end record declares more. It closes its file."""

    def __init__(self, path: Path, name: str) -> None:
        self._device = _bounded(path, name)
        super().__init__(self._device)

    def close(self) -> None:
        """Close the archive and its file."""
        super().close()
        if "_device" in self.__dict__:  # not if it could not be opened
            self._device.close()

    def __setattr__(self, name: str, value: object) -> None:
        super().__setattr__(name, _Entries(value) if name == "filelist" and isinstance(value, list) else value)


class _Device(io.BufferedReader):
    """The file of a zip; `zipfile` reads the directory, whose size is a number in the file, in one piece."""

    def read(self, size: int | None = -1, /) -> bytes:
        """Read bytes, a bounded number of them."""
        left = os.fstat(self.fileno()).st_size - self.tell()
        size = left if size is None or size < 0 else min(size, left)
        if size > _MAX_DIRECTORY_BYTES:
            raise zipfile.BadZipFile("the directory is too large")
        return super().read(size)


class Refusal(StrEnum):
    """Why an entry of a zip is not part of the tree."""

    ABSOLUTE = "the entry's path is absolute or not POSIX"
    CLIMBS = "the entry's path has `..`"
    NAMELESS = "the entry has no name"
    SPECIAL = "the entry is a link or another special file"
    ENCRYPTED = "the entry is encrypted"
    UNPRINTABLE = "the entry's name is not UTF-8 or contains control characters"
    DUPLICATE = "the entry occurs more than once; the first is used"
    LEFTOVER = "the entry is a leftover file of another tool"


@dataclass(frozen=True, slots=True)
class Refused:
    """An entry of a zip that is not part of the tree, and why."""

    path: str
    reason: Refusal


class ZipTree(SourceTree):
    """A zip archive, read in place. `refused` are the entries that are not part of the tree, in the order of the archive."""

    kind = "zip"

    def __init__(self, path: Path, name: str) -> None:
        super().__init__()
        self.path = path
        self.name = name
        self._zip = _opened(path, name)
        self._entries: dict[str, zipfile.ZipInfo] = {}
        refused: list[Refused] = []
        total = 0
        for info in self._zip.filelist:
            if info.filename.endswith("/"):
                continue
            if reason := self._admit(info):
                refused.append(Refused(_printable(info.filename), reason))
            total += info.file_size
        self.refused = tuple(refused)
        if total > MAX_ZIP_UNCOMPRESSED_BYTES:
            raise PackagerError(
                f"`{name}` unpacks to {total / 1024**3:.1f} GiB, which is over the limit of {size_text(MAX_ZIP_UNCOMPRESSED_BYTES)}"
            )

    def close(self) -> None:
        """Close the archive; its files cannot be read afterwards."""
        self._zip.close()

    @property
    def names(self) -> list[str]:
        """The names of all files in the archive, refused ones too, as they are written."""
        return [info.filename for info in self._zip.filelist if not info.filename.endswith("/")]

    def path_inside(self, path: str) -> str | None:
        """The entry that a path names by the zip's path and the entry's."""
        start = f"{self.path.as_posix()}/"
        return path.removeprefix(start) if path.startswith(start) else None

    def _admit(self, info: zipfile.ZipInfo) -> Refusal | None:
        """Make an entry part of the tree; otherwise the reason why it is refused."""
        path = info.filename
        normal = normalise(path)
        kind = (info.external_attr >> 16) & 0o170000
        if path.startswith("/") or "\\" in path or (len(path) > 1 and path[1] == ":"):
            return Refusal.ABSOLUTE
        if ".." in path.split("/"):
            return Refusal.CLIMBS
        if normal is None or normal == ".":
            return Refusal.NAMELESS
        if kind not in (0, stat.S_IFREG):
            return Refusal.SPECIAL
        if info.flag_bits & _ENCRYPTED:
            return Refusal.ENCRYPTED
        if "\ufffd" in path or not path.isprintable() or (not info.flag_bits & 0x800 and not path.isascii()):
            return Refusal.UNPRINTABLE
        if normal in self._entries:
            return Refusal.DUPLICATE
        if path.split("/")[0] == "__MACOSX" or ".git" in path.split("/"):
            return Refusal.LEFTOVER
        self._entries[normal] = info
        return None

    def _walk(self) -> tuple[list[TreeFile], list[Diagnostic]]:
        problems = Problems(_SEPARATE_PROBLEMS)
        for entry in self.refused:
            # A zip is sent as is, with such an entry; without the leftovers of other tools it is built again.
            severity = Severity.WARNING if entry.reason is Refusal.LEFTOVER else Severity.ERROR
            problems.add("ZIP012", entry.reason, entry.path, severity)
        files = []
        for path in self._entries:
            if never_counts(path):
                problems.add("ZIP012", _UNCOUNTED, path, Severity.INFO)
            elif file := self.lookup(path):
                files.append(file)
        return files, problems.findings()

    def lookup(self, path: str) -> TreeFile | None:
        """See `SourceTree.lookup`."""
        normal = normalise(path)
        info = self._entries.get(normal) if normal is not None else None
        if normal is None or info is None:
            return None
        return TreeFile(normal, info.file_size, bool((info.external_attr >> 16) & stat.S_IXUSR))

    @contextlib.contextmanager
    def _open(self, path: str) -> Iterator[Reader]:
        info = self._entries.get(normalise(path) or path)
        if info is None:
            raise UnreadableError("no such file")
        try:
            if info.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                with self._zip.open(_unchecked(info)) as file:
                    yield _whole(file.read, info.file_size, info.CRC)
            elif info.compress_type in (zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
                with self._zip.open(_as_stored(info)) as file:
                    yield _whole(EntryReader(info, file.read).read, info.file_size)
            else:
                raise NotImplementedError
        except _DAMAGE as error:
            raise UnreadableError(_damage(error, info)) from error


def _opened(path: Path, name: str) -> zipfile.ZipFile:
    """The archive, its directory read.

    Raises:
        PackagerError: it is not a zip, or too large.
    """
    try:
        return _Zip(path, name)
    except _TooManyEntriesError:
        raise PackagerError(f"`{name}` has more than {MAX_TREE_FILES:,} files") from None
    except _DAMAGE as error:
        raise PackagerError(f"`{name}` is not a readable zip: {_damage(error)}", _hint(path)) from error


def _bounded(path: Path, name: str) -> _Device:
    """The file of an archive, which is not too large and does not declare too many entries."""
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(_Device(open_regular(path).detach()))
        size = file.seek(0, io.SEEK_END)
        if size > MAX_ZIP_UNCOMPRESSED_BYTES:
            raise PackagerError(f"`{name}` is larger than {size_text(MAX_ZIP_UNCOMPRESSED_BYTES)}")
        if _declared_entries(file, size) > MAX_TREE_FILES:
            raise _TooManyEntriesError
        stack.pop_all()
    return file


def _declared_entries(file: _Device, size: int) -> int:
    """The number of entries by the end record, 0 if unknown: a quick check before a directory is read that is refused anyway."""
    start = max(0, size - _END_RECORD.size - _MAX_COMMENT_BYTES)
    file.seek(start)
    tail = file.read(size - start)
    at = tail.rfind(_END_MARK, 0, len(tail) - _END_RECORD.size + len(_END_MARK))
    if at < 0:
        return 0
    entries: int = _END_RECORD.unpack_from(tail, at)[4]
    if entries == _IN_LARGE_RECORD and (large := tail.rfind(b"PK\x06\x06", 0, at)) >= 0 and at - large >= 40:
        entries = struct.unpack_from("<Q", tail, large + 32)[0]
    return entries


def _whole(read: Reader, size: int, checksum: int | None = None) -> Reader:
    """`read` for an entry that must have as many bytes as the directory declares, and the checksum if there is one."""
    left, sum_so_far = size, 0

    def read_some(most: int) -> bytes:
        nonlocal left, sum_so_far
        piece = read(most)
        left -= len(piece)
        if left and most and not piece:
            raise EOFError
        if checksum is not None:
            sum_so_far = zlib.crc32(piece, sum_so_far)
            if not left and sum_so_far != checksum:
                raise ChecksumError
        return piece

    return read_some


def _unchecked(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """An entry whose checksum `zipfile` does not compare: a wrong one would be an error like any other there."""
    unchecked = copy.copy(info)
    del unchecked.CRC
    return unchecked


def _as_stored(info: zipfile.ZipInfo) -> zipfile.ZipInfo:
    """An entry whose content is the compressed bytes of another entry, without a checksum."""
    stored = _unchecked(info)
    stored.compress_type = zipfile.ZIP_STORED
    stored.file_size = info.compress_size
    return stored


def _damage(error: BaseException, info: zipfile.ZipInfo | None = None) -> str:
    """What is wrong with a zip or an entry of it, as users see it."""
    # An impossible offset is an invalid argument, and bad bytes of bzip2 are an error without a number.
    of_system = isinstance(error, OSError) and error.errno is not None
    if of_system and (type(error) is not OSError or error.errno != errno.EINVAL):
        return reason_of(error)
    if info is None:
        if isinstance(error, NotImplementedError):
            return "it uses features of the format that are not supported"
        return "it is damaged, incomplete or in another format"
    if isinstance(error, NotImplementedError):
        return f"its compression method ({_method(info.compress_type)}) is not supported"
    if isinstance(error, RuntimeError):
        return Refusal.ENCRYPTED
    if isinstance(error, ChecksumError):
        return "the entry is damaged: its checksum is wrong"
    return "the entry is damaged"


def _method(number: int) -> str:
    return _METHODS.get(number, f"number {number}")


def _hint(path: Path) -> str:
    """A hint for a file of text that was named as a zip."""
    try:
        with open_regular(path) as file:
            text = file.read(_LOOK_BYTES).decode("utf-8", errors="strict")
    except (OSError, UnicodeDecodeError):
        return ""
    if not text.strip() or any(not (char.isprintable() or char.isspace()) for char in text):
        return ""
    return "the file is text: rename a main file to end in `.wdl`, `.nf` or `.cwl`, or make the zip with `packager package`"


def _printable(path: str) -> str:
    return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in path)
