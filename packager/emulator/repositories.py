"""A Git repository as a definition's source: a work tree on this machine, read as is; Git is never run."""

from __future__ import annotations

import os
import re
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path

from packager.files import MIB, is_executable, is_file, open_regular, read_regular
from packager.healthomics import limits
from packager.project.git import matches_any

_CHUNK = 1024 * 1024
_MAX_BYTES = 64 * MIB  # of packed references
_COMMIT = re.compile(r"[0-9a-f]{7,64}")
_FIXED_TIME = (1980, 1, 1, 0, 0, 0)


class RepositoryError(Exception):
    """The repository cannot be imported; the text is for the statusMessage."""


def check_reference(root: Path, reference: dict[str, str]) -> None:
    """Refuse a branch or tag that the repository does not have, if its Git folder shows that.

    A commit is refused only if it cannot be a commit's name.

    Raises:
        RepositoryError: the reference does not exist.
    """
    kind, value = reference["type"], reference["value"]
    if kind == "COMMIT":
        if not _COMMIT.fullmatch(value):
            raise RepositoryError(f"{value} is not a commit id")
        return
    folder = _git_folder(root)
    if folder is None:
        return
    if ".." in value.split("/"):
        raise RepositoryError(f"{value} is not a {kind.lower()}")
    names = {f"refs/tags/{value}"} if kind == "TAG" else {f"refs/heads/{value}", f"refs/remotes/origin/{value}"}
    if not any(is_file(folder / name) for name in names) and names.isdisjoint(_packed_references(folder)):
        raise RepositoryError(f"the repository has no {kind.lower()} {value}")


def _git_folder(root: Path) -> Path | None:
    """The folder of the references: of a linked work tree, the folder that it shares with the others."""
    git = root / ".git"
    try:
        if is_file(git):
            git = root / _text(git).removeprefix("gitdir:").strip()
            common = git / "commondir"
            if is_file(common):
                git = git / _text(common).strip()
        return git if is_file(git / "HEAD") else None
    except (OSError, ValueError):
        return None


def _text(path: Path) -> str:
    return read_regular(path, _MAX_BYTES).decode(errors="replace")


def _packed_references(folder: Path) -> Iterator[str]:
    try:
        for line in _text(folder / "packed-refs").splitlines():
            if not line.startswith(("#", "^")):
                yield line.strip().partition(" ")[2]
    except OSError:
        return


def import_tree(root: Path, patterns: tuple[str, ...], target: Path) -> None:
    """Write the files of a work tree, apart from `.git` and what is excluded, to a zip.

    Raises:
        RepositoryError: a file or the whole is too large (fixed quotas page), or cannot be read.
    """
    total = 0
    try:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            for path, file in _files(root):
                if matches_any(path, patterns):
                    continue
                status = file.lstat()
                total += status.st_size
                if status.st_size > limits.REPOSITORY_FILE_MAX_BYTES:
                    raise RepositoryError(f"the file {path} of the repository is larger than 100 MiB")
                if total > limits.REPOSITORY_MAX_BYTES:
                    raise RepositoryError("the repository is larger than 1 GiB")
                _add(archive, path, file, executable=is_executable(file, status))
    except OSError as error:
        raise RepositoryError(f"the repository cannot be read: {error.strerror}") from error


def _add(archive: zipfile.ZipFile, path: str, file: Path, *, executable: bool) -> None:
    entry = zipfile.ZipInfo(path, _FIXED_TIME)
    entry.compress_type = zipfile.ZIP_DEFLATED
    entry.external_attr = (stat.S_IFREG | (0o755 if executable else 0o644)) << 16
    with open_regular(file) as source, archive.open(entry, "w", force_zip64=True) as sink:
        while chunk := source.read(_CHUNK):
            sink.write(chunk)


def _files(root: Path) -> Iterator[tuple[str, Path]]:
    """The regular files of a work tree, sorted; links are left out."""
    for folder, names, files in os.walk(root):
        names[:] = sorted(name for name in names if name != ".git")
        for name in sorted(files):
            file = Path(folder, name)
            if name != ".git" and stat.S_ISREG(file.lstat().st_mode):
                yield file.relative_to(root).as_posix(), file
