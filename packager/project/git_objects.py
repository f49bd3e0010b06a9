"""Objects of a Git repository, loose or in packs, read from its files. Git itself is never run.

Repositories whose objects have SHA-256 names, and objects that other repositories lend, are not read.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from packager.files import MIB, open_regular, read_start

_SHA = re.compile(r"[0-9a-f]{40}")
_MAX_BYTES = 16 * MIB  # of one object: trees and commits are far smaller
_MAX_DELTAS = 5000  # that an object is built from; Git makes at most 4,095
_MAX_DELTA_BYTES = 64 * MIB  # of all these together
_MAX_PACKS = 10_000
_HEADER = re.compile(rb"(commit|tree|blob|tag) [0-9]{1,20}\0")
_KINDS = {1: "commit", 2: "tree", 3: "blob", 4: "tag"}
_OFFSET_DELTA, _REFERENCE_DELTA = 6, 7
_INDEX_START, _NAMES = 8, 8 + 256 * 4
_LARGE_OFFSET = 1 << 31


class UnknownObjectError(Exception):
    """An object does not exist here, or cannot be read."""


@dataclass(frozen=True, slots=True)
class TreeEntry:
    """An entry of a folder in a commit: a file, a link (mode 120000), a folder (40000) or a submodule (160000)."""

    mode: str
    sha: str

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder."""
        return self.mode == "40000"

    @property
    def is_submodule(self) -> bool:
        """Whether it is the commit of a submodule."""
        return self.mode == "160000"


@dataclass(slots=True)
class Objects:
    """The objects of the repository whose common Git folder this is."""

    folder: Path
    _packs: list[Path] | None = field(default=None, init=False)

    def tree_of(self, commit: str) -> str:
        """The name of a commit's root folder.

        Raises:
            UnknownObjectError: the commit cannot be read.
        """
        match = re.match(rb"tree ([0-9a-f]{40})\n", self.read(commit, "commit"))
        if match is None:
            raise UnknownObjectError(commit)
        return match[1].decode()

    def entries(self, tree: str) -> dict[str, TreeEntry]:
        """The entries of a folder, by their names.

        Raises:
            UnknownObjectError: the folder cannot be read.
        """
        content, entries, start = self.read(tree, "tree"), {}, 0
        while start < len(content):
            end = content.find(b"\0", start)
            mode, space, name = content[start:end].partition(b" ")
            sha = content[end + 1 : end + 21]
            if end < 0 or not space or len(sha) != 20:
                raise UnknownObjectError(tree)
            entries[name.decode(errors="surrogateescape")] = TreeEntry(mode.decode("ascii", "replace"), sha.hex())
            start = end + 21
        return entries

    def read(self, sha: str, kind: str) -> bytes:
        """The content of an object.

        Raises:
            UnknownObjectError: it cannot be read, or is of another kind.
        """
        if not _SHA.fullmatch(sha):
            raise UnknownObjectError(sha)
        try:
            actual, content = self._loose(sha) or self._packed(sha)
        except (OSError, zlib.error, IndexError, ValueError) as error:
            raise UnknownObjectError(sha) from error
        if actual != kind:
            raise UnknownObjectError(sha)
        return content

    def _loose(self, sha: str) -> tuple[str, bytes] | None:
        path = self.folder / "objects" / sha[:2] / sha[2:]
        try:
            compressed = read_start(path, _MAX_BYTES, root=self.folder)
        except FileNotFoundError:
            return None
        content = _inflated(compressed, _MAX_BYTES)
        header = _HEADER.match(content)
        return None if header is None else (header[1].decode(), content[header.end() :])

    def _packed(self, sha: str) -> tuple[str, bytes]:
        for index in self._indices():
            with suppress(OSError), open_regular(index, root=self.folder) as file:
                offset = _offset(file, bytes.fromhex(sha))
                if offset is not None:
                    return self._from_pack(index.with_suffix(".pack"), offset)
        raise UnknownObjectError(sha)

    def _indices(self) -> list[Path]:
        if self._packs is None:
            found = (self.folder / "objects" / "pack").glob("*.idx")
            self._packs = sorted(path for path, _ in zip(found, range(_MAX_PACKS), strict=False))
        return self._packs

    def _from_pack(self, path: Path, offset: int) -> tuple[str, bytes]:
        """The kind and content of the object at an offset of a pack, built from all that it is a difference of."""
        deltas: list[bytes] = []
        left = _MAX_DELTA_BYTES
        with open_regular(path, root=self.folder) as pack:
            while True:
                kind, base, content = _entry(pack, offset)
                if kind in _KINDS:
                    break
                deltas.append(content)
                left -= len(content)
                if len(deltas) > _MAX_DELTAS or left < 0:
                    raise UnknownObjectError(str(path))
                if isinstance(base, int):
                    if not 0 < base < offset:
                        raise UnknownObjectError(str(path))
                    offset = base
                else:
                    with open_regular(path.with_suffix(".idx"), root=self.folder) as index:
                        found = _offset(index, base)
                    if found is None:
                        raise UnknownObjectError(base.hex())
                    offset = found
        for delta in reversed(deltas):
            content = _patched(content, delta)
        return _KINDS[kind], content


def _inflated(compressed: bytes, limit: int) -> bytes:
    """Decompressed bytes.

    Raises:
        ValueError: they are more than `limit`.
    """
    inflater = zlib.decompressobj()
    content = inflater.decompress(compressed, limit)
    if not inflater.eof:
        raise ValueError(limit)
    return content


def _offset(index: IO[bytes], name: bytes) -> int | None:
    """The offset of an object in the pack of an index (version 2); None if the pack does not hold it.

    Raises:
        ValueError: the index is of another version, or damaged.
    """
    index.seek(0)
    head = index.read(_NAMES)
    if len(head) < _NAMES or head[:_INDEX_START] != b"\xfftOc\0\0\0\x02":
        raise ValueError("index")

    def number(position: int) -> int:
        start = _INDEX_START + position * 4
        return int.from_bytes(head[start : start + 4], "big")

    low, high, total = (number(name[0] - 1) if name[0] else 0), number(name[0]), number(255)
    while low < high:
        middle = (low + high) // 2
        index.seek(_NAMES + middle * len(name))
        current = index.read(len(name))
        if current == name:
            return _offset_at(index, middle, total)
        low, high = (middle + 1, high) if current < name else (low, middle)
    return None


def _offset_at(index: IO[bytes], position: int, total: int) -> int:
    """The offset of the object at a position of an index: in four bytes, or for a large pack in a table of eight."""
    offsets = _NAMES + total * 24  # after the names and their checksums
    index.seek(offsets + position * 4)
    offset = int.from_bytes(index.read(4), "big")
    if offset < _LARGE_OFFSET:
        return offset
    index.seek(offsets + total * 4 + (offset - _LARGE_OFFSET) * 8)
    return int.from_bytes(index.read(8), "big")


def _entry(pack: IO[bytes], offset: int) -> tuple[int, int | bytes, bytes]:
    """The kind of an entry of a pack, the offset or name of its base if it is a difference, and its content."""
    pack.seek(offset)
    byte = pack.read(1)[0]
    kind, size, shift = byte >> 4 & 7, byte & 15, 4
    while byte & 128:
        byte = pack.read(1)[0]
        size |= (byte & 127) << shift
        shift += 7
    if size > _MAX_BYTES:
        raise ValueError(size)
    base: int | bytes = b""
    if kind == _OFFSET_DELTA:
        byte = pack.read(1)[0]
        back = byte & 127
        while byte & 128:
            byte = pack.read(1)[0]
            back = (back + 1) << 7 | byte & 127
        base = offset - back
    elif kind == _REFERENCE_DELTA:
        base = pack.read(20)
    elif kind not in _KINDS:
        raise ValueError(kind)
    inflater, content = zlib.decompressobj(), b""
    for piece in _chunks(pack):
        content += inflater.decompress(piece, size + 1 - len(content))
        if inflater.eof or len(content) > size:
            break
    if len(content) != size:
        raise ValueError(size)
    return kind, base, content


def _chunks(file: IO[bytes]) -> Iterator[bytes]:
    while piece := file.read(64 * 1024):
        yield piece


def _patched(base: bytes, delta: bytes) -> bytes:
    """What a difference makes of its base.

    Raises:
        ValueError, IndexError: it does not belong to the base.
    """
    size, index = _size(delta, 0)
    target, index = _size(delta, index)
    if size != len(base) or target > _MAX_BYTES:
        raise ValueError(target)
    out = bytearray()
    while index < len(delta):
        command = delta[index]
        index += 1
        if command & 128:
            start = length = 0
            for bit in range(7):
                if command >> bit & 1:
                    if bit < 4:
                        start |= delta[index] << bit * 8
                    else:
                        length |= delta[index] << (bit - 4) * 8
                    index += 1
            length = length or 0x10000
            out += base[start : start + length]
        else:
            out += delta[index : index + command]
            index += command
        if not command or len(out) > target:
            raise ValueError(command)
    if len(out) != target:
        raise ValueError(target)
    return bytes(out)


def _size(delta: bytes, index: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = delta[index]
        index += 1
        value |= (byte & 127) << shift
        shift += 7
        if not byte & 128:
            return value, index
