"""Git LFS: the small files that a repository has in place of large ones."""

from __future__ import annotations

import re
from dataclasses import dataclass

# The specification: the version is the first line, and a pointer has less than 1,024 bytes.
MOST_POINTER_BYTES = 1023
_POINTER = re.compile(
    rb"version https://(?:git-lfs\.github\.com|hawser\.github\.com)/spec/v1\r?\n"
    rb"(?:ext-[^\r\n]{1,200}\r?\n){0,9}oid sha256:([0-9a-f]{64})\r?\nsize ([0-9]{1,18})\r?\n?\Z"
)


@dataclass(frozen=True, slots=True)
class LfsPointer:
    """What a pointer names: the SHA-256 of the file and its size in bytes."""

    sha256: str
    size: int


def read_pointer(content: bytes) -> LfsPointer | None:
    """The pointer that is the content of a file; None for any other content."""
    match = _POINTER.match(content) if len(content) <= MOST_POINTER_BYTES else None
    return None if match is None else LfsPointer(match[1].decode(), int(match[2]))
