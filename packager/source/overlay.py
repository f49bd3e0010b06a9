"""Unsaved text over the files on disk, such as the open files of an editor: the disk as it will be once everything is saved."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from packager.files import TooLargeError, exists, is_file, read_regular, read_start


@dataclass(frozen=True, slots=True)
class Overlay:
    """The content of files that is not on disk, or not yet, by their paths without links.

    A file that exists only here counts as existing, in a folder that exists or not. An empty overlay is the disk itself.
    """

    contents: Mapping[str, bytes] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, texts: Mapping[str, str] | Mapping[Path, str]) -> Self:
        """An overlay of texts by the absolute path of each file; links in a path are followed."""
        return cls({os.path.realpath(path): text.encode("utf-8", "replace") for path, text in texts.items()})

    def content(self, path: Path | str) -> bytes | None:
        """The unsaved content at a path, links followed; None if the file is as on disk."""
        if not self.contents:
            return None
        try:
            return self.contents.get(os.path.realpath(path))
        except (OSError, ValueError, RuntimeError):  # an impossible path
            return None

    def is_file(self, path: Path) -> bool:
        """Whether a file is at a path, links followed; never raises."""
        return is_file(path) or self.content(path) is not None

    def exists(self, path: Path) -> bool:
        """Whether anything is at a path, links followed; never raises."""
        return exists(path) or self.content(path) is not None

    def read(self, path: Path, limit: int) -> bytes:
        """The bytes of a file.

        Raises:
            OSError: as `read_regular`.
        """
        content = self.content(path)
        if content is None:
            return read_regular(path, limit)
        if len(content) > limit:
            raise TooLargeError(limit)
        return content

    def read_start(self, path: Path, limit: int, *, root: Path) -> bytes:
        """The first `limit` bytes of a discovered file inside of a folder.

        Raises:
            OSError: as `packager.files.read_start`.
        """
        content = self.content(path)
        return read_start(path, limit, root=root) if content is None else content[:limit]

    def record(self, folder: Path) -> None:
        """Note that the names in a folder were read; only an overlay that records its answers does."""

    def below(self, folder: str) -> Iterator[str]:
        """The paths of unsaved files below a folder, which has no links, relative to it and with `/`; sorted."""
        start = os.path.join(folder, "")  # noqa: PTH118 - of strings
        for path in sorted(self.contents):
            if path.startswith(start):
                yield path.removeprefix(start).replace(os.sep, "/")


NO_OVERLAY = Overlay()


@dataclass(frozen=True, slots=True)
class RecordingOverlay(Overlay):
    """An overlay that records every path of which it was asked: what the answers depend on."""

    asked: set[str] = field(default_factory=set, compare=False)

    def content(self, path: Path | str) -> bytes | None:
        """See `Overlay.content`."""
        self.asked.add(os.path.abspath(path))  # noqa: PTH100 - links are kept as they are
        return Overlay.content(self, path)

    def record(self, folder: Path) -> None:
        """See `Overlay.record`."""
        self.asked.add(os.path.abspath(folder))  # noqa: PTH100 - as above

    def is_file(self, path: Path) -> bool:
        """See `Overlay.is_file`."""
        return self.content(path) is not None or is_file(path)

    def exists(self, path: Path) -> bool:
        """See `Overlay.exists`."""
        return self.content(path) is not None or exists(path)
