"""Change files of a folder in one step: all of them, or none. After a crash, the next command completes the step.

New and old contents are first written to a folder of their own, then a journal, and only then are files replaced: a full disk is noticed
before the first file changes. Without a journal nothing was changed; with one, everything that is needed to go on is on the disk.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from packager.errors import PackagerError, cannot
from packager.files import exists, is_file, is_folder, read_regular, real_path, require_allowed

if sys.platform != "win32":
    import fcntl

STAGING = ".packager-vendor"
_JOURNAL = "journal.json"
_LOCK = "lock"
_MAX_BYTES = 64 * 1024 * 1024
_MAX_JOURNAL_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class _Step:
    """The change of a file: its path, and the SHA-256 of its content before and after (None: it does not exist)."""

    path: str
    before: str | None
    after: str | None


def is_interrupted(root: Path) -> bool:
    """Whether an earlier change of files in a folder was not completed."""
    return is_file(root / STAGING / _JOURNAL)


def replace_together(root: Path, changes: Sequence[tuple[str, bytes | None]]) -> None:
    """Write the files of a folder (None: delete one) in this order, or change none of them.

    `changes` has paths relative to `root`, which is a path without links.

    Raises:
        PackagerError: a file cannot be written; nothing has changed.
    """
    staging = root / STAGING
    with _only_one(root):
        steps: list[_Step] = []
        path = ""
        try:
            for number, (path, content) in enumerate(changes):
                steps.append(_prepare(root, staging, number, path, content))
            _write(staging / "unfinished", json.dumps([asdict(step) for step in steps]).encode())
            (staging / "unfinished").replace(staging / _JOURNAL)
            _synchronise(staging)
            for number, step in enumerate(steps):
                path = step.path
                _take(root, staging, number, step)
        except BaseException as error:
            _put_back(root, staging, steps)
            if isinstance(error, OSError):
                raise cannot("write", f"`{path}`", error) from error
            raise


def complete(root: Path, may_change: Callable[[str], bool]) -> list[str]:
    """Complete the changes that a crash interrupted; the paths of files that were changed by others in the meantime, and stay so.

    `may_change` decides about each path: a folder with a journal can also come from somewhere else.

    Raises:
        PackagerError: a file cannot be written.
    """
    staging = root / STAGING
    if not os.path.lexists(staging):
        return []
    others = []
    with _only_one(root):
        path = STAGING
        try:
            for number, step in enumerate(_journal(staging)):
                path = step.path
                if real_path(root / path) != root / path or not may_change(path):
                    raise PackagerError(f"`{STAGING}/{_JOURNAL}` names a file that is not changed: `{path}`", _HINT)
                now = _digest_of(root / path)
                if now == step.before:
                    _take(root, staging, number, step)
                elif now != step.after:
                    others.append(path)
        except OSError as error:
            raise cannot("write", f"`{path}`", error) from error
    return others


_HINT = f"delete the folder `{STAGING}`"


@contextlib.contextmanager
def _only_one(root: Path) -> Iterator[None]:
    """The folder of the contents, for one process at a time; deleted at the end, unless its journal is still needed."""
    staging = root / STAGING
    if os.path.lexists(staging) and (not is_folder(staging) or staging.is_symlink()):
        raise PackagerError(f"`{STAGING}` is not a folder", f"delete `{STAGING}`")
    lock = None
    try:
        require_allowed(root)
        staging.mkdir(exist_ok=True)
        lock = _locked(staging)
        _write(staging / ".gitignore", b"*\n")
        yield
        (staging / _JOURNAL).unlink(
            missing_ok=True
        )  # first, so that a crash cannot leave a journal without its contents
        shutil.rmtree(staging, ignore_errors=True)
    except BlockingIOError as error:
        raise PackagerError("another `packager vendor` is changing this repository", "wait until it ends") from error
    except BaseException as error:
        if not is_file(staging / _JOURNAL):
            shutil.rmtree(staging, ignore_errors=True)
        if isinstance(error, OSError):
            raise cannot("write", f"`{STAGING}`", error) from error
        raise
    finally:
        if lock is not None:
            os.close(lock)


def _locked(staging: Path) -> int | None:
    """The descriptor of a file that only this process has locked; None on Windows, which cannot delete an open file."""
    if sys.platform == "win32":
        return None
    lock = os.open(staging / _LOCK, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(lock)
        raise
    return lock


def _prepare(root: Path, staging: Path, number: int, path: str, content: bytes | None) -> _Step:
    """Write the new and the old content of a file to the folder of the contents."""
    place = root / path
    before = None
    if os.path.lexists(place):
        old = read_regular(place, _MAX_BYTES, root=root)
        _write(staging / f"{number}.old", old)
        shutil.copystat(place, staging / f"{number}.old")
        before = hashlib.sha256(old).hexdigest()
    if content is None:
        return _Step(path, before, None)
    _write(staging / f"{number}.new", content)
    if before is not None:
        (staging / f"{number}.new").chmod(stat.S_IMODE(place.stat().st_mode) & 0o777)
    return _Step(path, before, hashlib.sha256(content).hexdigest())


def _take(root: Path, staging: Path, number: int, step: _Step) -> None:
    place = root / step.path
    if step.after is None:
        place.unlink(missing_ok=True)
        _delete_empty(place.parent, root)
        return
    place.parent.mkdir(parents=True, exist_ok=True)
    (staging / f"{number}.new").replace(place)


def _put_back(root: Path, staging: Path, steps: Sequence[_Step]) -> None:
    """Undo what was done of the steps, and forget them."""
    if is_file(staging / _JOURNAL):
        for number, step in enumerate(steps):
            place, old = root / step.path, staging / f"{number}.old"
            with contextlib.suppress(OSError):
                if _digest_of(place) == step.before:
                    continue
                if step.before is None:
                    place.unlink(missing_ok=True)
                    _delete_empty(place.parent, root)
                else:
                    place.parent.mkdir(parents=True, exist_ok=True)
                    old.replace(place)
        with contextlib.suppress(OSError):
            (staging / _JOURNAL).unlink()
    shutil.rmtree(staging, ignore_errors=True)


def _delete_empty(folder: Path, root: Path) -> None:
    """Delete a folder and those above it, up to the root, if they are empty."""
    while folder != root and folder.is_relative_to(root):
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent


def _journal(staging: Path) -> list[_Step]:
    if not exists(staging / _JOURNAL):
        return []
    try:
        document = json.loads(read_regular(staging / _JOURNAL, _MAX_JOURNAL_BYTES, root=staging))
        steps = [_Step(str(entry["path"]), entry["before"], entry["after"]) for entry in document]
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise PackagerError(f"`{STAGING}/{_JOURNAL}` cannot be read", _HINT) from error
    for number, step in enumerate(steps):
        content = staging / f"{number}.new"
        if os.path.lexists(content) and (content.is_symlink() or _digest_of(content) != step.after):
            raise PackagerError(f"`{STAGING}` was changed", _HINT)
    return steps


def _digest_of(path: Path) -> str | None:
    """The SHA-256 of a file; None if it does not exist."""
    if not os.path.lexists(path):
        return None
    return hashlib.sha256(read_regular(path, _MAX_BYTES)).hexdigest()


def _write(path: Path, content: bytes) -> None:
    """Write a new file; a link that is there is not followed."""
    path.unlink(missing_ok=True)
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _synchronise(folder: Path) -> None:
    """Make the names in a folder survive a power failure, where the system can do that."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
