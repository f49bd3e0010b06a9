"""Entries of a zip that are compressed with bzip2 or LZMA, decoded piece by piece.

`zipfile` decodes a whole piece of input in one step, and a few bytes of bzip2 can expand to gigabytes.
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from typing import Protocol

_INPUT_BYTES = 64 * 1024
_MAX_DICTIONARY_BYTES = 128 * 1024 * 1024  # twice what the strongest preset of common tools uses
_MIN_DICTIONARY_BYTES = 4096
_LZMA_HEADER = struct.Struct("<2xHBL")  # the length of the properties, then the properties (APPNOTE 6.3.10, 5.8.8)
_LZMA_PROPERTIES = 5


class ChecksumError(zipfile.BadZipFile):
    """The bytes of an entry are not those that its checksum was made of."""


class Decoder(Protocol):
    """A decompressor of `bz2` or `lzma`."""

    @property
    def eof(self) -> bool:
        """Whether the end of the stream was reached."""
        ...

    @property
    def needs_input(self) -> bool:
        """Whether more input is needed for more output."""
        ...

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most this many bytes of output."""
        ...


class EntryReader:
    """Reads an entry; `read_raw` reads its compressed bytes."""

    def __init__(self, info: zipfile.ZipInfo, read_raw: Callable[[int], bytes]) -> None:
        self._read_raw = read_raw
        self._decoder = _bzip2() if info.compress_type == zipfile.ZIP_BZIP2 else _lzma(read_raw)
        self._left = info.file_size
        self._expected_crc = info.CRC
        self._crc = 0

    def read(self, size: int) -> bytes:
        """At most this many bytes; none at the end.

        Raises:
            EOFError: the compressed bytes end too early.
            ChecksumError: the bytes are not those of the checksum.
        """
        size = min(size, self._left)
        pieces = []
        while size > 0 and not self._decoder.eof:
            data = self._read_raw(_INPUT_BYTES) if self._decoder.needs_input else b""
            if not data and self._decoder.needs_input:
                raise EOFError
            piece = self._decoder.decompress(data, size)
            self._crc = zlib.crc32(piece, self._crc)
            self._left -= len(piece)
            size -= len(piece)
            pieces.append(piece)
        if (self._decoder.eof or not self._left) and self._crc != self._expected_crc:
            raise ChecksumError
        return b"".join(pieces)


def _bzip2() -> Decoder:
    import bz2  # noqa: PLC0415 - an interpreter can lack it

    return bz2.BZ2Decompressor()


def _lzma(read_raw: Callable[[int], bytes]) -> Decoder:
    import lzma  # noqa: PLC0415 - an interpreter can lack it

    length, numbers, dictionary = _LZMA_HEADER.unpack(read_raw(_LZMA_HEADER.size))
    if length != _LZMA_PROPERTIES or dictionary > _MAX_DICTIONARY_BYTES:
        raise NotImplementedError
    rest, literal_context = divmod(numbers, 9)
    position, literal_position = divmod(rest, 5)
    return lzma.LZMADecompressor(
        lzma.FORMAT_RAW,
        filters=[
            {
                "id": lzma.FILTER_LZMA1,
                "dict_size": max(dictionary, _MIN_DICTIONARY_BYTES),
                "lc": literal_context,
                "lp": literal_position,
                "pb": position,
            }
        ],
    )
