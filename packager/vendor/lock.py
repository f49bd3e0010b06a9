"""`packager.lock`: where each copied file comes from, and what it contained."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass

from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic
from packager.shell import quoted
from packager.source import SourceTree, UnreadableError, normalise
from packager.vendor.places import FOLDER

FILE_NAME = "packager.lock"
MAX_BYTES = 8 * 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")
_COMMIT = re.compile(r"(?:[0-9a-f]{40})?")


@dataclass(frozen=True, slots=True)
class LockedFile:
    """A copied file. `sha256` and `size` are of the content that the host sent, `file_sha256` of the copy with its references rewritten.

    `resolved_url` is the URL that was fetched, of a fixed `commit` if that is known. `licence` is the path of the copied licence file, and
    `notice` the line about the licence or copyright in the file itself.
    """

    url: str
    path: str
    resolved_url: str
    commit: str
    sha256: str
    size: int
    file_sha256: str
    licence: str = ""
    notice: str = ""

    @property
    def is_pinned(self) -> bool:
        """Whether the same URL always has the same content."""
        return bool(self.commit)


@dataclass(frozen=True, slots=True)
class Lock:
    """The files of a lock, in the order of their paths."""

    files: tuple[LockedFile, ...] = ()


class LockError(ValueError):
    """A file that is not a lock; the message is the reason."""


def read_lock(content: bytes) -> Lock:
    """The lock in a file.

    Raises:
        LockError: the content is not a lock that this version can read.
    """
    try:
        document = json.loads(content.decode())
    except (ValueError, RecursionError) as error:
        raise LockError("it is not valid JSON") from error
    if not isinstance(document, dict) or document.get("schemaVersion") != "1":
        raise LockError("`schemaVersion` is not `1`")
    files = document.get("files")
    if not isinstance(files, list):
        raise LockError("`files` is not an array")
    lock = Lock(tuple(_file(entry, f"files[{number}]") for number, entry in enumerate(files)))
    if len({file.path.lower() for file in lock.files}) < len(files) or len({file.url for file in lock.files}) < len(
        files
    ):
        raise LockError("two entries have the same path or URL")
    return lock


def _is_path(value: object) -> bool:
    return isinstance(value, str) and value.startswith(f"{FOLDER}/") and normalise(value) == value and "\\" not in value


_MEMBERS: dict[str, tuple[str, Callable[[object], bool]]] = {
    "url": ("url", lambda value: isinstance(value, str) and value.startswith("https://")),
    "path": ("path", _is_path),
    "resolvedUrl": ("resolved_url", lambda value: isinstance(value, str) and value.startswith("https://")),
    "commit": ("commit", lambda value: isinstance(value, str) and _COMMIT.fullmatch(value) is not None),
    "sha256": ("sha256", lambda value: isinstance(value, str) and _DIGEST.fullmatch(value) is not None),
    "size": ("size", lambda value: type(value) is int and value >= 0),
    "fileSha256": ("file_sha256", lambda value: isinstance(value, str) and _DIGEST.fullmatch(value) is not None),
    "licence": ("licence", lambda value: value == "" or _is_path(value)),
    "notice": ("notice", lambda value: isinstance(value, str)),
}


def _file(entry: object, place: str) -> LockedFile:
    if not isinstance(entry, dict):
        raise LockError(f"`{place}` is not an object")
    for name, (_, is_valid) in _MEMBERS.items():
        if not is_valid(entry.get(name)):
            raise LockError(f"`{place}.{name}` is missing or not valid")
    return LockedFile(**{field: entry[name] for name, (field, _) in _MEMBERS.items()})


def lock_bytes(lock: Lock) -> bytes:
    """The content of a lock file; equal locks have equal bytes."""
    files = []
    for file in sorted(lock.files, key=lambda file: file.path):
        values = asdict(file)
        files.append({name: values[field] for name, (field, _) in _MEMBERS.items()})
    document = {"schemaVersion": "1", "files": files}
    return (json.dumps(document, indent=2, ensure_ascii=True) + "\n").encode()


def digest(content: bytes) -> str:
    """The SHA-256 of some bytes in hex."""
    return hashlib.sha256(content).hexdigest()


def drift(tree: SourceTree, lock: Lock, prefix: str, paths: frozenset[str]) -> Iterator[Diagnostic]:
    """The findings about files of a workflow that differ from the lock.

    `prefix` is the path from the root of the source to the folder of the lock, and `paths` are the files of the workflow.
    """
    for file in lock.files:
        path = normalise(f"{prefix}/{file.path}") if prefix else file.path
        if path is None or path not in paths:
            continue
        try:
            if tree.sha256(path) == file.file_sha256:
                continue
        except UnreadableError:
            continue  # reported when the definition was read
        yield finding(
            "ZIP022",
            f"the file differs from `{FILE_NAME}`, which copied it from `{file.url}`",
            path=path,
            hint=f"restore the file from version control, or fetch it again with `packager vendor PATH --update {quoted(file.url)}`",
            subject=file.url,
        )
