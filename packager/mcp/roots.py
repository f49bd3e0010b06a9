"""The folders that a client may use: those of the command line, narrowed or, without any, replaced by the roots that the client names."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from packager.errors import PackagerError
from packager.files import is_folder, real_path
from packager.text import joined


@dataclass(frozen=True, slots=True)
class Limits:
    """Where the server may work: `folders`, absolute. `fixed`: the roots of a client only narrow them, else they replace them."""

    folders: tuple[str, ...]
    fixed: bool

    def within(self, uris: Iterable[str] | None) -> tuple[str, ...]:
        """The roots for a client that names these roots, None if it names none.

        Raises:
            PackagerError: no root is left.
        """
        if uris is None:
            return self.folders
        named = [folder for uri in uris if (folder := _folder(uri)) is not None]
        allowed = [folder for folder in named if not self.fixed or self._holds(folder)]
        # A client may open a folder that contains one of ours.
        inner = [own for own in self.folders if self.fixed and any(_is_below(own, folder) for folder in named)]
        roots = tuple(dict.fromkeys([*allowed, *inner]))
        if not roots:
            raise PackagerError(
                "none of the client's roots can be used",
                f"the server was started for {joined(self.folders)}: restart it with `--root DIR` for another folder",
            )
        return roots

    def _holds(self, folder: str) -> bool:
        return any(_is_below(folder, own) for own in self.folders)


def limits_of(folders: Sequence[str], *, fixed: bool) -> Limits:
    """The limits that the command line sets: its folders, or else the current folder.

    Raises:
        PackagerError: one does not exist.
    """
    for folder in folders:
        if not is_folder(Path(folder)):
            raise PackagerError(f"the root `{folder}` is not a folder", "pass an existing folder with `--root`")
    named = folders or (os.curdir,)
    return Limits(tuple(os.path.abspath(folder) for folder in named), fixed or bool(folders))  # noqa: PTH100 - links are kept


def _folder(uri: str) -> str | None:
    """The folder that a URI names; None for anything else."""
    parts = urlsplit(uri)
    if parts.scheme != "file" or parts.netloc not in ("", "localhost"):
        return None
    path = url2pathname(unquote(parts.path) if os.name != "nt" else parts.path)
    try:
        place = os.path.abspath(path)  # noqa: PTH100 - links are kept
    except ValueError:
        return None
    return place if is_folder(Path(place)) else None


def _is_below(folder: str, other: str) -> bool:
    real, real_other = real_path(Path(folder)), real_path(Path(other))
    return real is not None and real_other is not None and real.is_relative_to(real_other)
