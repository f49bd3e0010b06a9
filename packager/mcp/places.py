"""Where a call may read and write: the client's roots, and packager's own files. Paths of a call are relative to a root."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from packager.cache import default_directory
from packager.confinement import confine, may_use
from packager.errors import PackagerError
from packager.files import exists, real_path
from packager.text import joined

_AWS_FILES = {"AWS_CONFIG_FILE": "config", "AWS_SHARED_CREDENTIALS_FILE": "credentials"}


def enter(roots: Sequence[str], path: str | None, own: Sequence[Path]) -> str | None:
    """Confine the process to the roots and to `own`, and make the root that has `path` the current folder.

    The path is returned relative to that root; None without a path.

    Raises:
        PackagerError: the path is outside of the roots, or a root is not a folder.
    """
    confine([*map(Path, roots), *own, *_files_of_packager()])
    root, inside = _inside(roots, path)
    try:
        os.chdir(root)
    except OSError as error:
        raise PackagerError(
            f"cannot use the root `{root}`: {(error.strerror or str(error)).lower()}", "pass an existing folder as root"
        ) from error
    return inside


def require_inside(path: str) -> str:
    """A path of the call, relative to the current folder or absolute.

    Raises:
        PackagerError: it is outside of the roots.
    """
    if not may_use(path):
        raise PackagerError(f"`{path}` is outside of the roots", "pass a path inside of a root")
    return path


def _inside(roots: Sequence[str], path: str | None) -> tuple[str, str | None]:
    """The root that has a path, the first if it exists in none, and the path relative to it."""
    if path is None:
        return roots[0], None
    for root in roots:
        place = Path(root, path)
        if exists(place) and (inside := _relative(place, root)) is not None:
            return root, inside
    inside = _relative(Path(roots[0], path), roots[0])
    if inside is None:
        raise PackagerError(
            f"`{path}` is outside of the roots or does not exist", f"the roots are {joined(list(roots))}"
        )
    return roots[0], inside


def _relative(place: Path, root: str) -> str | None:
    """The path from a root to a place that is in it, links followed; None if it is not."""
    real, real_root = real_path(place), real_path(Path(root))
    if real is None or real_root is None or not real.is_relative_to(real_root):
        return None
    written = Path(os.path.abspath(place))  # noqa: PTH100 - links in the path are kept as they are
    return os.path.relpath(written, root) if written.is_relative_to(root) else os.path.relpath(real, real_root)


def _files_of_packager() -> Iterator[Path]:
    """The cache, and the files of AWS profiles, of which only Region and account are read."""
    cache = default_directory()
    if cache is not None:
        yield cache
    for variable, name in _AWS_FILES.items():
        yield Path(os.environ.get(variable) or Path("~/.aws", name)).expanduser()
