"""Secrets, accounts and notebook output in the files of a package: their places, never their values."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import cast

from packager.cache import Cache
from packager.engines.caching import code_digest
from packager.findings.credentials import secrets
from packager.findings.diagnostic import Place
from packager.model.facts import Entry, Role
from packager.rules.facts import (
    BAD_START,
    BINARY,
    BYTE_ORDER_MARK,
    CARRIAGE_RETURN,
    LARGE,
    LFS_POINTER,
    UNSEARCHED,
    Content,
)
from packager.source import SourceTree, UnreadableError
from packager.source.lfs import read_pointer

_KIND = "contents"
# The folders of the package, in addition to the shared ones, that decide what the scan finds; a test compares them with the imports.
CODE = ("app", "rules", "images", "images/registry_map", "parameters")
MAX_BYTES = 1024 * 1024  # of each file: definitions, scripts and settings are far smaller, and data hold no settings
# The marks that UTF-16 and UTF-32 begin with; the longer ones first, since one begins like another.
_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\0\0", "utf-32"), (b"\0\0\xfe\xff", "utf-32"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"),
)  # fmt: skip
_PICTURES = (b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"\xff\xd8\xff")  # nobody keeps settings in them
_SNIFFED = 8000  # bytes; a NUL among them means binary, as for git
_MAX_PER_FILE = 20
_DEFINES = frozenset({Role.MAIN, Role.DEFINITION, Role.CONFIG})
_ACCOUNT = re.compile(rb"(?<![A-Za-z0-9:])arn:aws[a-z-]{0,10}:[a-z0-9-]{1,32}:[a-z0-9-]{0,20}:([0-9]{12}):")
# Accounts that documentation uses as examples.
_EXAMPLE_ACCOUNTS = frozenset(
    {b"123456789012", b"111122223333", b"444455556666", b"012345678901", b"123456789123", b"987654321098"}
)
_LONGEST_START = 500
_NOTEBOOK_OUTPUT = re.compile(rb'"outputs":\s{0,20}\[\s{0,40}\{')


@dataclass(frozen=True, slots=True)
class _Kept:
    """The shape of what the cache keeps."""

    contents: tuple[Content, ...]


def scan_contents(tree: SourceTree, entries: tuple[Entry, ...], cache: Cache) -> tuple[Content, ...]:
    """What the files contain, sorted; never raises. The result for an unchanged package comes from the cache."""
    key = Cache.key(code_digest(*CODE), *(f"{entry.sha256} {entry.role.value} {entry.path}" for entry in entries))
    kept = cache.load(_KIND, key, _Kept)
    if kept is not None:
        return kept.contents
    contents = tuple(sorted(content for entry in entries for content in _scanned(tree, entry, cache)))
    cache.store(_KIND, key, _Kept(contents))
    return contents


def _scanned(tree: SourceTree, entry: Entry, cache: Cache) -> tuple[Content, ...]:
    """What a file contains; a cache in memory keeps it for the time when another file of the package changes."""
    key = Cache.key(entry.sha256, entry.role.value, entry.path)
    kept = cast("tuple[Content, ...] | None", cache.kept_object(_KIND, key))
    if kept is None:
        kept = tuple(_scan(tree, entry))
        cache.keep_object(_KIND, key, kept, len(kept) + 1)
    return kept


def _scan(tree: SourceTree, entry: Entry) -> Iterator[Content]:
    try:
        content = next(tree.chunks(entry.path), b"")[:MAX_BYTES]
    except UnreadableError:
        return  # the plan reports it
    pointer = read_pointer(content) if entry.size == len(content) else None
    if pointer is not None:
        yield Content(LFS_POINTER, str(pointer.size), Place(entry.path, 1, 1))
        return
    if entry.role not in _DEFINES and (fault := _fault_of_start(content)):
        yield Content(BAD_START, fault, Place(entry.path, 1, 1))
    content = _as_utf_8(content)
    if content.startswith(_PICTURES):
        return
    if b"\0" in content[:_SNIFFED]:
        yield Content(UNSEARCHED, BINARY, Place(entry.path))
        return
    if entry.size > MAX_BYTES:
        yield Content(UNSEARCHED, LARGE, Place(entry.path))
    for secret in secrets(content)[:_MAX_PER_FILE]:
        yield Content(secret.kind.value, secret.what, _place(entry.path, content, secret.start, secret.end))
    if entry.role in _DEFINES and b"arn:aws" in content:
        for match in islice(_ACCOUNT.finditer(content), _MAX_PER_FILE):
            if match.group(1) not in _EXAMPLE_ACCOUNTS and len(set(match.group(1))) > 1:
                yield Content("account", "", _place(entry.path, content, match.start(1), match.end(1)))
    if entry.path.endswith(".ipynb") and (shown := _NOTEBOOK_OUTPUT.search(content)):
        yield Content("notebook-output", "", _place(entry.path, content, shown.start(), shown.end()))


def _fault_of_start(content: bytes) -> str:
    """Why the system cannot use the first line of a script, which names the program that runs it; "" if it can, or for other files."""
    first = content[:_LONGEST_START].partition(b"\n")[0]
    if first.startswith(b"#!"):
        return CARRIAGE_RETURN if first.endswith(b"\r") else ""
    return BYTE_ORDER_MARK if first.startswith(b"\xef\xbb\xbf#!") else ""


def _as_utf_8(content: bytes) -> bytes:
    """The content in UTF-8, if it begins with a byte-order mark of another encoding; else as is."""
    encoding = next((encoding for mark, encoding in _BYTE_ORDER_MARKS if content.startswith(mark)), None)
    return content if encoding is None else content.decode(encoding, "replace").encode("utf-8", "replace")


def _place(path: str, content: bytes, start: int, end: int) -> Place:
    """The place of some bytes of a file, in lines and code points."""
    return Place(path, *_position(content, start), *_position(content, end))


def _position(content: bytes, offset: int) -> tuple[int, int]:
    line_start = content.rfind(b"\n", 0, offset) + 1
    before = content[line_start:offset].decode("utf-8", "replace")
    if line_start == 0:
        before = before.removeprefix("\ufeff")
    return content.count(b"\n", 0, offset) + 1, len(before) + 1
