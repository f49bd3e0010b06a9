"""The directory of a zip: its end records, its entries, and their extra fields, read without trust in any of them.

Source: Standard.ZIP.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import IO

from packager.model.facts import Entry

LOCAL, DESCRIPTOR = b"PK\x03\x04", b"PK\x07\x08"
_CENTRAL, _END, _END64, _LOCATOR64 = b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_MARKS = (LOCAL, _CENTRAL, _END, _END64, _LOCATOR64, DESCRIPTOR)
_MOST_END_BYTES = 22 + 0xFFFF
_MAX16, MAX32 = 0xFFFF, 0xFFFFFFFF
ZIP64 = 0x0001
_UNICODE_PATH, _PKWARE_UNIX = 0x7075, 0x000D
# Extra fields that cannot change the name, the kind or the content of a file: times, owners, rights, alignment, marks.
_HARMLESS = frozenset({ZIP64, 0x000A, 0x4453, 0x5455, 0x5855, 0x7855, 0x7875, 0x6375, 0xCAFE, 0xD935, 0xA11E, 0xA220})


@dataclass(frozen=True, slots=True)
class ZipFault:
    """Why readers may see something else than what was checked; `path` is the file that it is about, "" for the zip as a whole."""

    path: str
    message: str


class BrokenError(Exception):
    """The zip is too damaged to read on."""


@dataclass(frozen=True, slots=True)
class DirectoryRecord:
    """An entry of the directory; `name` as its bytes."""

    name: bytes
    flags: int
    method: int
    crc: int
    packed: int
    size: int
    attributes: int
    offset: int

    @property
    def text(self) -> str:
        """The name as text."""
        return self.name.decode("utf-8", "backslashreplace")

    @property
    def shown(self) -> str:
        """The name as it may be printed."""
        return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in self.text)

    @property
    def is_folder(self) -> bool:
        """Whether the entry is a folder, by its name."""
        return self.name.endswith(b"/")


@dataclass(slots=True)
class Examination:
    """The state of an examination."""

    file: IO[bytes]
    expected: dict[str, Entry]
    faults: list[ZipFault] = field(default_factory=list)
    twice: set[str] = field(default_factory=set)
    exact: bool = True

    def fault(self, record: DirectoryRecord | None, message: str) -> None:
        """Note a fault of an entry, or of the zip as a whole."""
        self.faults.append(ZipFault(record.shown if record else "", message))

    def read(self, count: int) -> bytes:
        """The next bytes.

        Raises:
            BrokenError: there are fewer.
        """
        content = self.file.read(count)
        if len(content) < count:
            raise BrokenError("the zip ends too early")
        return content


def read_directory(examination: Examination, size: int) -> tuple[int, list[DirectoryRecord]]:
    """Where the directory begins, and what it lists."""
    end, count, length, start = _end_record(examination, size)
    if start + length < end:
        raise BrokenError(
            f"the zip has {end - start - length:,} bytes that belong to no file, for example before the first one"
        )
    if start + length > end:
        raise BrokenError("the zip's directory is not at the offset in its end record")
    examination.file.seek(start)
    content = examination.read(length)
    records = []
    position = 0
    for _ in range(count):
        record, position = _central(examination, content, position)
        records.append(record)
    if position != length:
        raise BrokenError("the zip's directory has more bytes than its entries")
    return start, records


def _end_record(examination: Examination, size: int) -> tuple[int, int, int, int]:
    """Where the directory must end, how many entries it has, how long it is, and where it begins."""
    file = examination.file
    file.seek(max(0, size - _MOST_END_BYTES))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < 22:
        raise BrokenError("the zip has no end record, or a second one in its comment")
    disk, first, here, count, length, start, comment = struct.unpack_from("<4H2LH", tail, place + 4)
    if len(tail) - place - 22 != comment:
        raise BrokenError("there are bytes after the end of the zip")
    if any(mark in tail[place + 22 :] for mark in _MARKS):
        raise BrokenError("the zip's comment contains what looks like a zip record")
    if (disk, first) != (0, 0) or here != count:
        raise BrokenError("the zip is split into multiple parts")
    end = size - len(tail) + place
    if end < 20:
        return end, count, length, start
    file.seek(end - 20)
    locator = examination.read(20)
    if not locator.startswith(_LOCATOR64):
        return end, count, length, start
    return _end_record64(examination, locator, end - 20, (count, length, start))


def _end_record64(
    examination: Examination, locator: bytes, place: int, short: tuple[int, int, int]
) -> tuple[int, int, int, int]:
    """The same by the records for large zips, which must agree with the short one as far as that can hold the numbers."""
    disk, where, disks = struct.unpack_from("<LQL", locator, 4)
    if where != place - 56 or disk != 0 or disks != 1:
        raise BrokenError("the ZIP64 end record is not where it should be")
    examination.file.seek(where)
    record = examination.read(56)
    if not record.startswith(_END64):
        raise BrokenError("the ZIP64 end record is not where it should be")
    length, _, _, disk, first, here, count, size, start = struct.unpack_from("<QHHLLQQQQ", record, 4)
    if length != 44 or (disk, first) != (0, 0) or here != count:
        raise BrokenError("the ZIP64 end record is not in its basic form")
    for value, large, most in zip(short, (count, size, start), (_MAX16, MAX32, MAX32), strict=True):
        if value not in (large, most):
            raise BrokenError("the two end records of the zip differ")
    return where, count, size, start


def _central(examination: Examination, content: bytes, position: int) -> tuple[DirectoryRecord, int]:
    """An entry of the directory, and where the next one begins."""
    if content[position : position + 4] != _CENTRAL:
        raise BrokenError("the zip's directory contains data that is not an entry")
    _, _, flags, method, _, _, crc, packed, size, *lengths = struct.unpack_from("<6H3L3H", content, position + 4)
    disk, _, attributes, offset = struct.unpack_from("<2H2L", content, position + 34)
    name_end = position + 46 + lengths[0]
    extra_end = name_end + lengths[1]
    following = extra_end + lengths[2]
    if following > len(content):
        raise BrokenError("an entry of the zip's directory is truncated")
    name = content[position + 46 : name_end]
    record = DirectoryRecord(name, flags, method, crc, packed, size, attributes, offset)
    if disk:
        examination.fault(record, "the entry is on another part of the zip")
    extra = read_extra(examination, record, content[name_end:extra_end])
    values = iter(read_numbers(extra.get(ZIP64, b"")))
    size, packed, offset = (
        next(values, value) if value == MAX32 else value for value in (size, packed, offset)
    )  # the order of the specification
    return DirectoryRecord(name, flags, method, crc, packed, size, attributes, offset), following


def read_numbers(content: bytes) -> Iterator[int]:
    """The 64-bit numbers in an extra field."""
    for place in range(0, len(content) - 7, 8):
        yield struct.unpack_from("<Q", content, place)[0]


def read_extra(examination: Examination, record: DirectoryRecord, content: bytes) -> dict[int, bytes]:
    """The extra fields by their ids; what could change the file is a fault."""
    fields: dict[int, bytes] = {}
    position = 0
    while position + 4 <= len(content):
        kind, length = struct.unpack_from("<2H", content, position)
        value = content[position + 4 : position + 4 + length]
        position += 4 + length
        if len(value) < length or kind in fields:
            examination.fault(record, "the entry's extra fields are damaged")
            return fields
        fields[kind] = value
        if kind == _UNICODE_PATH:
            if value[5:] != record.name:
                examination.fault(record, "the entry has a second name in an extra field")
        elif kind == _PKWARE_UNIX:
            if len(value) > 12:
                examination.fault(record, "the entry is a link by an extra field")
        elif kind not in _HARMLESS:
            examination.fault(record, f"the entry has an unknown extra field (0x{kind:04x})")
    if content[position:].strip(b"\0"):
        examination.fault(record, "the entry's extra fields are damaged")
    return fields
