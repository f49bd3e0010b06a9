"""Whether every reader of a zip sees the files that were checked: those of its directory, and no other bytes.

A zip describes its content more than once: in its directory, before the data of each file, in extra fields, and by where its records
are. Readers differ in what they trust. Here all of it must agree, and every byte must belong to something.

Source: Standard.ZIP.
"""

from __future__ import annotations

import hashlib
import os
import stat
import struct
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from packager.archive.zip_directory import (
    DESCRIPTOR,
    LOCAL,
    MAX32,
    ZIP64,
    BrokenError,
    DirectoryRecord,
    Examination,
    ZipFault,
    read_directory,
    read_extra,
    read_numbers,
)
from packager.healthomics import limits
from packager.model.facts import Entry
from packager.source import normalise

_CHUNK = 1024 * 1024
_MOST_FAULTS = 20
_MOST_NAME_BYTES = 4096  # the longest path on Linux
_ENCRYPTED, _WITH_DESCRIPTOR, _UTF8 = 0x0001, 0x0008, 0x0800
_KNOWN_FLAGS = 0x0006 | _WITH_DESCRIPTOR | _UTF8 | _ENCRYPTED
_STORED, _DEFLATED = 0, 8
_DOS_SPECIAL = 0x18  # the attributes of a folder and of a volume's label


@dataclass(frozen=True, slots=True)
class Layout:
    """What a zip is like. `exact`: it holds the files that it was compared with, byte for byte, and no other."""

    faults: tuple[ZipFault, ...] = ()
    exact: bool = True


def examine(file: IO[bytes], entries: Iterable[Entry]) -> Layout:
    """Compare a zip with the files that were checked.

    A zip that is too large to be sent anyway is not examined.
    """
    size = file.seek(0, os.SEEK_END)
    if size > limits.ZIP_S3_MAX_BYTES:
        return Layout()
    examination = Examination(file, {entry.path: entry for entry in entries})
    try:
        start, records = read_directory(examination, size)
        _check_names(examination, records)
        _check_files(examination, records, start)
    except BrokenError as error:
        examination.fault(None, str(error))
    except struct.error:
        examination.fault(None, "a record of the zip is too short")
    return Layout(tuple(examination.faults[:_MOST_FAULTS]), examination.exact and not examination.faults)


def _check_names(examination: Examination, records: list[DirectoryRecord]) -> None:
    """No two entries may have one path, and no path may differ from the entry's name."""
    files: dict[str, DirectoryRecord] = {}
    folders: dict[str, DirectoryRecord] = {}
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
            examination.fault(record, "the entry's name leads out of the zip, contains a NUL character, or is too long")
            continue
        if record.attributes & _DOS_SPECIAL:
            examination.fault(
                record, "the entry is a folder according to its attributes, but a file according to its name"
            )
        if path in files:
            examination.fault(record, "the entry occurs more than once")
            examination.twice.add(path)
        files[path] = record
        examination.exact = examination.exact and name == path and path in examination.expected
    examination.exact = examination.exact and files.keys() >= examination.expected.keys()
    for record in _in_files(files, folders):
        examination.fault(record, "the entry is in a folder that is also a file")


def _in_files(files: dict[str, DirectoryRecord], folders: dict[str, DirectoryRecord]) -> Iterator[DirectoryRecord]:
    """The entries that are in, or are, a folder of a file's name."""
    every = [(path.replace("/", "\0"), record) for path, record in (*files.items(), *folders.items())]
    file = None
    # What is below a name comes directly behind it: no character of a name is less than NUL.
    for path, record in sorted(every, key=lambda named: (named[0], named[1].is_folder)):
        if file is not None and (path == file or path.startswith(f"{file}\0")):
            yield record
        elif not record.is_folder:
            file = path


def _is_odd_folder(record: DirectoryRecord) -> bool:
    kind = stat.S_IFMT(record.attributes >> 16)
    return bool(kind not in (0, stat.S_IFDIR) or record.size or record.packed > 2 or record.flags & _ENCRYPTED)


def _check_files(examination: Examination, records: list[DirectoryRecord], end: int) -> None:
    """The data of the files must follow each other from the first byte to the directory, each as the directory describes it."""
    ordered = sorted(records, key=lambda record: record.offset)
    position = 0
    for record, following in zip(ordered, [*(record.offset for record in ordered[1:]), end], strict=True):
        if record.offset != position:
            what = (
                "overlaps another entry" if record.offset < position else "has bytes before it that belong to no file"
            )
            examination.fault(record, f"the entry {what}")
            return
        position = _check_file(examination, record, following)
        if len(examination.faults) >= _MOST_FAULTS:
            return
    if position != end:
        examination.fault(None, "there are bytes before the zip's directory that belong to no file")


def _check_file(examination: Examination, record: DirectoryRecord, following: int) -> int:
    """Where the data of a file ends, with what belongs to it."""
    file = examination.file
    file.seek(record.offset)
    header = examination.read(30)
    if not header.startswith(LOCAL):
        raise BrokenError(f"the header of `{record.shown}` is not at the offset in the zip's directory")
    _, flags, method, _, _, crc, packed, size, *lengths = struct.unpack_from("<5H3L2H", header, 4)
    name = examination.read(lengths[0])
    extra = read_extra(examination, record, examination.read(lengths[1]))
    start = record.offset + 30 + sum(lengths)
    if name != record.name:
        examination.fault(record, "the entry's name in its header differs from the zip's directory")
    if (flags ^ record.flags) & ~0x0006 or flags & ~_KNOWN_FLAGS or method != record.method:
        examination.fault(
            record, "the entry's flags or compression in its header differ from the zip's directory, or are unknown"
        )
    large = iter(read_numbers(extra.get(ZIP64, b"")))
    size, packed = (next(large, value) if value == MAX32 else value for value in (size, packed))
    here, known = (crc, packed, size), (record.crc, record.packed, record.size)
    late = bool(flags & _WITH_DESCRIPTOR)
    # What comes behind the data is zero in the header.
    if any(own != other and not (late and not own) for own, other in zip(here, known, strict=True)):
        examination.fault(record, "the entry's size or checksum in its header differs from the zip's directory")
    _check_data(examination, record, start, late=late)
    end = start + record.packed
    return _check_descriptor(examination, record, end, following) if late else end


def _check_descriptor(examination: Examination, record: DirectoryRecord, end: int, following: int) -> int:
    """What comes behind the data: the checksum and the sizes once more, with or without a mark, in 32 or 64 bits."""
    length = following - end
    if length not in (12, 16, 20, 24):
        examination.fault(record, "the bytes after the entry are not those that its header declares")
        return end
    examination.file.seek(end)
    content = examination.read(length)
    numbers = content.removeprefix(DESCRIPTOR) if length in (16, 24) else content
    form = "<3L" if len(numbers) == 12 else "<LQQ"
    if len(numbers) not in (12, 20) or struct.unpack(form, numbers) != (record.crc, record.packed, record.size):
        examination.fault(record, "the entry's size or checksum after its data differs from the zip's directory")
    return following


def _check_data(examination: Examination, record: DirectoryRecord, start: int, *, late: bool) -> None:
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
                if DESCRIPTOR in end:
                    examination.fault(record, "the end of the entry cannot be determined from its data")
                    return
    except zlib.error:
        examination.fault(record, "the entry's data is damaged")
        return
    if size != record.size or crc != record.crc:
        examination.fault(record, "the entry's size or checksum differs from the zip's directory")
    elif (digest.hexdigest(), size) != (entry.sha256, entry.size):
        examination.fault(record, "the entry is not what was checked: the zip has changed")


def _pieces(examination: Examination, count: int) -> Iterator[bytes]:
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
            raise zlib.error("bytes after the end")
        rest = piece
        while rest and not inflater.eof:
            yield inflater.decompress(rest, _CHUNK)
            rest = inflater.unconsumed_tail
    while not inflater.eof and (more := inflater.decompress(b"", _CHUNK)):
        yield more
    if not inflater.eof or inflater.unused_data:
        raise zlib.error("it does not end where it should")
