"""Whether every reader of a zip sees the files that were checked: those of its directory, and no bytes beside them.

A zip says what is in it several times: in its directory, before the data of each file, in extra fields, and by where its records lie.
Readers differ in whom they believe. Here all of it must agree, and every byte must belong to something.

Source: PKWARE, .ZIP File Format Specification (APPNOTE.TXT), 6.3.10.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from packager.healthomics import limits
from packager.model.facts import Entry
from packager.source import normalise

_LOCAL, _CENTRAL, _END = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06"
_END64, _LOCATOR64, _DESCRIPTOR = b"PK\x06\x06", b"PK\x06\x07", b"PK\x07\x08"
_MARKS = (_LOCAL, _CENTRAL, _END, _END64, _LOCATOR64, _DESCRIPTOR)
_MOST_END_BYTES = 22 + 0xFFFF
_CHUNK = 1024 * 1024
_MOST_FAULTS = 20
_MOST_NAME_BYTES = 4096  # the longest path on Linux
_MAX16, _MAX32 = 0xFFFF, 0xFFFFFFFF
_ENCRYPTED, _WITH_DESCRIPTOR, _UTF8 = 0x0001, 0x0008, 0x0800
_KNOWN_FLAGS = 0x0006 | _WITH_DESCRIPTOR | _UTF8 | _ENCRYPTED
_STORED, _DEFLATED = 0, 8
_DOS_SPECIAL = 0x18  # the attributes of a folder and of a volume's label
_ZIP64, _UNICODE_PATH, _PKWARE_UNIX = 0x0001, 0x7075, 0x000D
# Extra fields that cannot change the name, the kind or the content of a file: times, owners, rights, alignment, marks.
_HARMLESS = frozenset({_ZIP64, 0x000A, 0x4453, 0x5455, 0x5855, 0x7855, 0x7875, 0x6375, 0xCAFE, 0xD935, 0xA11E, 0xA220})


@dataclass(frozen=True, slots=True)
class Fault:
    """Why readers may see something else than what was checked; `path` is the file that it is about, "" for the zip as a whole."""

    path: str
    message: str


@dataclass(frozen=True, slots=True)
class Layout:
    """What a zip is like. `exact`: it holds the files that it was compared with, byte for byte, and no other."""

    faults: tuple[Fault, ...] = ()
    exact: bool = True


class _BrokenError(Exception):
    """The zip cannot be followed any further."""


@dataclass(frozen=True, slots=True)
class _Record:
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
        return self.name.decode("utf-8", "backslashreplace")

    @property
    def shown(self) -> str:
        return "".join(char if char.isprintable() else f"\\x{ord(char):02x}" for char in self.text)

    @property
    def is_folder(self) -> bool:
        return self.name.endswith(b"/")


@dataclass(slots=True)
class _Examination:
    """An examination under way."""

    file: IO[bytes]
    expected: dict[str, Entry]
    faults: list[Fault] = field(default_factory=list)
    twice: set[str] = field(default_factory=set)
    exact: bool = True

    def fault(self, record: _Record | None, message: str) -> None:
        self.faults.append(Fault(record.shown if record else "", message))

    def read(self, count: int) -> bytes:
        content = self.file.read(count)
        if len(content) < count:
            raise _BrokenError("the zip ends too early")
        return content


def examine(file: IO[bytes], entries: Iterable[Entry]) -> Layout:
    """Compare a zip with the files that were checked.

    One that is too large to be sent anyway is not looked at.
    """
    size = file.seek(0, os.SEEK_END)
    if size > limits.ZIP_S3_MAX_BYTES:
        return Layout()
    examination = _Examination(file, {entry.path: entry for entry in entries})
    try:
        start, records = _directory(examination, size)
        _check_names(examination, records)
        _check_files(examination, records, start)
    except _BrokenError as error:
        examination.fault(None, str(error))
    except struct.error:
        examination.fault(None, "a record of the zip is too short")
    return Layout(tuple(examination.faults[:_MOST_FAULTS]), examination.exact and not examination.faults)


def _directory(examination: _Examination, size: int) -> tuple[int, list[_Record]]:
    """Where the directory begins, and what it lists."""
    end, count, length, start = _end_record(examination, size)
    if start + length < end:
        raise _BrokenError(
            f"the zip has {end - start - length:,} bytes that are in no file, such as before its first one"
        )
    if start + length > end:
        raise _BrokenError("the zip's directory is not where its end record says")
    examination.file.seek(start)
    content = examination.read(length)
    records = []
    position = 0
    for _ in range(count):
        record, position = _central(examination, content, position)
        records.append(record)
    if position != length:
        raise _BrokenError("the zip's directory has more bytes than its entries")
    return start, records


def _end_record(examination: _Examination, size: int) -> tuple[int, int, int, int]:
    """Where the directory must end, how many entries it has, how long it is, and where it begins."""
    file = examination.file
    file.seek(max(0, size - _MOST_END_BYTES))
    tail = file.read()
    place = tail.rfind(_END)
    if place < 0 or len(tail) - place < 22:
        raise _BrokenError("the zip has no end record, or something that looks like one in its comment")
    disk, first, here, count, length, start, comment = struct.unpack_from("<4H2LH", tail, place + 4)
    if len(tail) - place - 22 != comment:
        raise _BrokenError("there are bytes after the end of the zip")
    if any(mark in tail[place + 22 :] for mark in _MARKS):
        raise _BrokenError("the zip's comment has something that looks like a record")
    if (disk, first) != (0, 0) or here != count:
        raise _BrokenError("the zip has several parts")
    end = size - len(tail) + place
    if end < 20:
        return end, count, length, start
    file.seek(end - 20)
    locator = examination.read(20)
    if not locator.startswith(_LOCATOR64):
        return end, count, length, start
    return _end_record64(examination, locator, end - 20, (count, length, start))


def _end_record64(
    examination: _Examination, locator: bytes, place: int, short: tuple[int, int, int]
) -> tuple[int, int, int, int]:
    """The same by the records for large zips, which must agree with the short one as far as that can hold the numbers."""
    disk, where, disks = struct.unpack_from("<LQL", locator, 4)
    if where != place - 56 or disk != 0 or disks != 1:
        raise _BrokenError("the large end record of the zip is not where it should be")
    examination.file.seek(where)
    record = examination.read(56)
    if not record.startswith(_END64):
        raise _BrokenError("the large end record of the zip is not where it should be")
    length, _, _, disk, first, here, count, size, start = struct.unpack_from("<QHHLLQQQQ", record, 4)
    if length != 44 or (disk, first) != (0, 0) or here != count:
        raise _BrokenError("the large end record of the zip is not a plain one")
    for value, large, most in zip(short, (count, size, start), (_MAX16, _MAX32, _MAX32), strict=True):
        if value not in (large, most):
            raise _BrokenError("the two end records of the zip differ")
    return where, count, size, start


def _central(examination: _Examination, content: bytes, position: int) -> tuple[_Record, int]:
    """An entry of the directory, and where the next one begins."""
    if content[position : position + 4] != _CENTRAL:
        raise _BrokenError("the zip's directory has something that is not an entry")
    _, _, flags, method, _, _, crc, packed, size, *lengths = struct.unpack_from("<6H3L3H", content, position + 4)
    disk, _, attributes, offset = struct.unpack_from("<2H2L", content, position + 34)
    name_end = position + 46 + lengths[0]
    extra_end = name_end + lengths[1]
    following = extra_end + lengths[2]
    if following > len(content):
        raise _BrokenError("an entry of the zip's directory is cut off")
    name = content[position + 46 : name_end]
    record = _Record(name, flags, method, crc, packed, size, attributes, offset)
    if disk:
        examination.fault(record, "the entry is on another part of the zip")
    extra = _extra(examination, record, content[name_end:extra_end])
    values = iter(_numbers(extra.get(_ZIP64, b"")))
    size, packed, offset = (
        next(values, value) if value == _MAX32 else value for value in (size, packed, offset)
    )  # the order of the specification
    return _Record(name, flags, method, crc, packed, size, attributes, offset), following


def _numbers(content: bytes) -> Iterator[int]:
    for place in range(0, len(content) - 7, 8):
        yield struct.unpack_from("<Q", content, place)[0]


def _extra(examination: _Examination, record: _Record, content: bytes) -> dict[int, bytes]:
    """The extra fields by their ids; what could change the file is a fault."""
    found: dict[int, bytes] = {}
    position = 0
    while position + 4 <= len(content):
        kind, length = struct.unpack_from("<2H", content, position)
        value = content[position + 4 : position + 4 + length]
        position += 4 + length
        if len(value) < length or kind in found:
            examination.fault(record, "the entry's extra fields are damaged")
            return found
        found[kind] = value
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
    return found


def _check_names(examination: _Examination, records: list[_Record]) -> None:
    """No two entries may lead to one place, and none may lead elsewhere than its name says."""
    files: dict[str, _Record] = {}
    folders: dict[str, _Record] = {}
    for record in records:
        name = record.text
        path = normalise(name)
        if record.is_folder:
            if path is None or "\\" in name or _is_odd_folder(record) or len(record.name) > _MOST_NAME_BYTES:
                examination.fault(record, "the entry is a folder with an unusual name, kind or content")
            else:
                folders[path] = record
            continue
        if path is None or b"\0" in record.name or len(record.name) > _MOST_NAME_BYTES:
            examination.fault(record, "the entry's name leads out of the zip, holds a NUL character, or is too long")
            continue
        if record.attributes & _DOS_SPECIAL:
            examination.fault(record, "the entry is a folder by its attributes, and a file by its name")
        if path in files:
            examination.fault(record, "the entry occurs more than once")
            examination.twice.add(path)
        files[path] = record
        examination.exact = examination.exact and name == path and path in examination.expected
    examination.exact = examination.exact and files.keys() >= examination.expected.keys()
    for record in _in_files(files, folders):
        examination.fault(record, "the entry is in a folder that is a file too")


def _in_files(files: dict[str, _Record], folders: dict[str, _Record]) -> Iterator[_Record]:
    """The entries that are in, or are, a folder of a file's name."""
    every = [(path.replace("/", "\0"), record) for path, record in (*files.items(), *folders.items())]
    file = None
    # What is below a name comes directly behind it: no character of a name is less than NUL.
    for path, record in sorted(every, key=lambda one: (one[0], one[1].is_folder)):
        if file is not None and (path == file or path.startswith(f"{file}\0")):
            yield record
        elif not record.is_folder:
            file = path


def _is_odd_folder(record: _Record) -> bool:
    kind = stat.S_IFMT(record.attributes >> 16)
    return bool(kind not in (0, stat.S_IFDIR) or record.size or record.packed > 2 or record.flags & _ENCRYPTED)


def _check_files(examination: _Examination, records: list[_Record], end: int) -> None:
    """The data of the files must lie one behind the other from the first byte to the directory, each as the directory says."""
    ordered = sorted(records, key=lambda record: record.offset)
    position = 0
    for record, following in zip(ordered, [*(one.offset for one in ordered[1:]), end], strict=True):
        if record.offset != position:
            what = "overlaps another one" if record.offset < position else "has bytes before it that are in no file"
            examination.fault(record, f"the entry {what}")
            return
        position = _check_file(examination, record, following)
        if len(examination.faults) >= _MOST_FAULTS:
            return
    if position != end:
        examination.fault(None, "there are bytes before the zip's directory that are in no file")


def _check_file(examination: _Examination, record: _Record, following: int) -> int:
    """Where the data of a file ends, with what belongs to it."""
    file = examination.file
    file.seek(record.offset)
    header = examination.read(30)
    if not header.startswith(_LOCAL):
        raise _BrokenError(f"the header of `{record.shown}` is not where the zip's directory says")
    _, flags, method, _, _, crc, packed, size, *lengths = struct.unpack_from("<5H3L2H", header, 4)
    name = examination.read(lengths[0])
    extra = _extra(examination, record, examination.read(lengths[1]))
    start = record.offset + 30 + sum(lengths)
    if name != record.name:
        examination.fault(record, "the entry has another name in its header than in the zip's directory")
    if (flags ^ record.flags) & ~0x0006 or flags & ~_KNOWN_FLAGS or method != record.method:
        examination.fault(record, "the entry has other flags or another compression in its header, or unknown ones")
    large = iter(_numbers(extra.get(_ZIP64, b"")))
    size, packed = (next(large, value) if value == _MAX32 else value for value in (size, packed))
    here, known = (crc, packed, size), (record.crc, record.packed, record.size)
    late = bool(flags & _WITH_DESCRIPTOR)
    # What comes behind the data is zero in the header.
    if any(one != other and not (late and not one) for one, other in zip(here, known, strict=True)):
        examination.fault(record, "the entry has another size or checksum in its header than in the zip's directory")
    _check_data(examination, record, start, late=late)
    end = start + record.packed
    return _check_descriptor(examination, record, end, following) if late else end


def _check_descriptor(examination: _Examination, record: _Record, end: int, following: int) -> int:
    """What comes behind the data: the checksum and the sizes once more, with or without a mark, in 32 or 64 bits."""
    length = following - end
    if length not in (12, 16, 20, 24):
        examination.fault(record, "the bytes behind the entry are not those that its header announces")
        return end
    examination.file.seek(end)
    content = examination.read(length)
    numbers = content.removeprefix(_DESCRIPTOR) if length in (16, 24) else content
    form = "<3L" if len(numbers) == 12 else "<LQQ"
    if len(numbers) not in (12, 20) or struct.unpack(form, numbers) != (record.crc, record.packed, record.size):
        examination.fault(record, "the entry has another size or checksum behind its data than in the zip's directory")
    return following


def _check_data(examination: _Examination, record: _Record, start: int, *, late: bool) -> None:
    """The data of a file that was checked must unpack to what was checked, wherever a reader finds its end."""
    path = normalise(record.text)
    entry = examination.expected.get(path) if path is not None and not record.is_folder else None
    examination.file.seek(start)
    if record.is_folder:
        plain = (_STORED, b""), (_DEFLATED, b"\x03\x00")
        examination.exact = examination.exact and (record.method, examination.read(min(record.packed, 3))) in plain
        return
    # Nothing at all cannot be deflated: who reads on to the end of the deflated data reads what is behind it.
    known = record.method == _STORED or (record.method == _DEFLATED and record.packed > 0)
    if entry is None or record.flags & _ENCRYPTED or path in examination.twice or not known:
        examination.exact = False
        return
    pieces = _pieces(examination, record.packed)
    digest, size, crc = hashlib.sha256(), 0, 0
    end = b""
    try:
        for piece in pieces if record.method == _STORED else _inflated(pieces):
            size += len(piece)
            if size > record.size:
                break
            digest.update(piece)
            crc = zlib.crc32(piece, crc)
            if late and record.method == _STORED:
                end = end[-3:] + piece
                if _DESCRIPTOR in end:
                    examination.fault(record, "the entry's end cannot be told from its data")
                    return
    except zlib.error:
        examination.fault(record, "the entry's data is damaged")
        return
    if size != record.size or crc != record.crc:
        examination.fault(record, "the entry has another size or checksum than the zip's directory says")
    elif (digest.hexdigest(), size) != (entry.sha256, entry.size):
        examination.fault(record, "the entry is not what was checked: the zip has changed")


def _pieces(examination: _Examination, count: int) -> Iterator[bytes]:
    while count:
        piece = examination.read(min(count, _CHUNK))
        count -= len(piece)
        yield piece


def _inflated(pieces: Iterator[bytes]) -> Iterator[bytes]:
    """What deflated data unpacks to.

    Raises:
        zlib.error: it is damaged, or does not end where it should.
    """
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    for piece in pieces:
        if inflater.eof:
            raise zlib.error("bytes behind the end")
        rest = piece
        while rest and not inflater.eof:
            yield inflater.decompress(rest, _CHUNK)
            rest = inflater.unconsumed_tail
    while not inflater.eof and (more := inflater.decompress(b"", _CHUNK)):
        yield more
    if not inflater.eof or inflater.unused_data:
        raise zlib.error("it does not end where it should")
