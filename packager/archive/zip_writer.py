"""A reproducible zip of the planned files: the same bytes for the same content."""

from __future__ import annotations

import hashlib
import os
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from packager.archive.content_digest import content_digest
from packager.errors import PackagerError
from packager.files import replacing
from packager.jsondoc import jsontext
from packager.model.facts import Entry
from packager.source import SourceTree, UnreadableError

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time a zip can hold
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Package:
    """A zip that was written: its size in bytes and its hashes in hex."""

    size: int
    sha256: str
    content_digest: str


def write_zip(tree: SourceTree, entries: tuple[Entry, ...], file: IO[bytes]) -> Package:
    """Write the entries as a zip: the same bytes for the same content, for one zlib build.

    Every header field is fixed: order by path, 1980-01-01, Unix, the entry's mode, no extra field, deflate level 6.

    Raises:
        PackagerError: a file changed or became unreadable since it was planned, or its name is not UTF-8.
    """
    for entry in entries:
        if jsontext.has_half_character(entry.path):
            raise PackagerError(f"`{entry.path}` cannot be packaged: its name is not UTF-8", "rename the file")
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for entry in sorted(entries, key=lambda entry: entry.path):
            info = zipfile.ZipInfo(entry.path, _EPOCH)
            info.create_system = 3
            info.external_attr = (0o100000 | entry.mode) << 16
            info.compress_type = zipfile.ZIP_DEFLATED
            info.file_size = entry.size
            _write_entry(tree, entry, archive, info)
    file.seek(0, os.SEEK_END)
    size = file.tell()
    file.seek(0)
    return Package(size, digest_file(file), content_digest(entries))


def digest_file(file: IO[bytes]) -> str:
    """The SHA-256 in hex of what is left to read of a file."""
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]  # any binary file will do


def _write_entry(tree: SourceTree, entry: Entry, archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> None:
    digest = hashlib.sha256()
    try:
        with archive.open(info, "w") as target:
            for chunk in tree.chunks(entry.path):
                digest.update(chunk)
                target.write(chunk)
    except UnreadableError as error:
        raise PackagerError(f"`{entry.path}` can no longer be read: {error}") from error
    if digest.hexdigest() != entry.sha256:
        raise PackagerError(f"`{entry.path}` changed while it was packaged", "run it again")


def save_zip(tree: SourceTree, entries: tuple[Entry, ...], path: Path, *, derived: bool = False) -> Package:
    """`write_zip` to a file, which appears only when it is complete; `derived` as for `files.replacing`.

    Raises:
        PackagerError: the file cannot be written.
    """
    with replacing(path, derived=derived) as file:
        return write_zip(tree, entries, file)
