"""The files of a pipeline: where a path in them leads, and each file read and parsed once."""

from __future__ import annotations

import posixpath
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field

from packager.cache import NO_CACHE, Cache
from packager.engines.nextflow.configs import ConfigTree, parse_config
from packager.engines.nextflow.scripts import Script, parse_script
from packager.engines.references import ReferenceKind, Resolved, exists_outside
from packager.findings.diagnostic import Place
from packager.source import SourceTree, UnreadableError, normalise

_LONGEST_LINE = 500
PROJECT_DIR = "${projectDir}"


def base_names(path: str = "") -> dict[str, object]:
    """The names that a config or script may refer to besides `params`, and that are known before a run."""
    folder = posixpath.dirname(path)
    module = f"{PROJECT_DIR}/{folder}" if folder else PROJECT_DIR
    return {
        "projectDir": PROJECT_DIR,
        "baseDir": PROJECT_DIR,
        "moduleDir": module,
        "launchDir": "${launchDir}",
    }


def locate(text: str, importer: str, home: str) -> Resolved:
    """Where a path in the file `importer` leads; `home` is the project's folder."""
    if "://" in text:
        return Resolved(ReferenceKind.REMOTE)
    if text.startswith(PROJECT_DIR):
        joined = posixpath.join(home, text.removeprefix(PROJECT_DIR).lstrip("/"))
    elif text.startswith(("/", "$")):
        return Resolved(ReferenceKind.ABSOLUTE)
    else:
        joined = posixpath.join(posixpath.dirname(importer), text)
    path = normalise(joined)
    if path is None:
        return Resolved(ReferenceKind.OUTSIDE, posixpath.normpath(joined))
    return Resolved(ReferenceKind.LOCAL, path)


@dataclass(slots=True)
class PipelineSources:
    """A source tree with the files that were read. `lookups` are the paths of files that were looked up, `outside` those out of the tree.

    `given` are the values that a run gives to parameters; the `cache` may share syntax trees, which are never changed.
    """

    tree: SourceTree
    given: Mapping[str, object] = field(default_factory=dict)
    cache: Cache = NO_CACHE
    lookups: set[str] = field(default_factory=set)
    outside: set[str] = field(default_factory=set)
    scripts: dict[str, Script] = field(default_factory=dict)
    configs: dict[str, ConfigTree] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    problems: dict[str, UnreadableError] = field(default_factory=dict)
    _lines: dict[str, list[int]] = field(default_factory=dict)
    _paths: list[str] = field(default_factory=list)

    @property
    def paths(self) -> list[str]:
        """The paths of all files, sorted."""
        if not self._paths:
            self._paths = sorted(self.tree.files)
        return self._paths

    def exists(self, path: str) -> bool:
        """Whether a file exists."""
        return self.tree.lookup(path) is not None

    def exists_outside(self, path: str) -> bool:
        """Whether something is at a path out of the tree; True if that is unknown."""
        self.outside.add(path)
        return exists_outside(self.tree, path)

    def text(self, path: str) -> str | None:
        """A file's text, or None with the reason in `problems`."""
        if path in self.texts:
            return self.texts[path]
        self.lookups.add(path)
        if self.tree.lookup(path) is None:
            return None
        try:
            text = self.tree.text(path)
        except UnreadableError as error:
            self.problems[path] = error
            return None
        self.texts[path] = text
        return text

    def content(self, path: str) -> bytes | None:
        """A file's bytes, or None if it does not exist or cannot be read."""
        self.lookups.add(path)
        try:
            return self.tree.read(path) if self.exists(path) else None
        except UnreadableError:
            return None

    def first_line(self, path: str) -> bytes:
        """The first line of a file without the line feed, cut if it is long; empty if it cannot be read."""
        self.lookups.add(path)
        try:
            start = next(self.tree.chunks(path), b"") if self.exists(path) else b""
        except UnreadableError:
            return b""
        return start[:_LONGEST_LINE].partition(b"\n")[0]

    def script(self, path: str) -> Script | None:
        """A script's syntax tree, or None if it cannot be read."""
        if path not in self.scripts:
            text = self.text(path)
            if text is None:
                return None
            # By path too: what reads a tree knows its nodes by identity.
            self.scripts[path] = self.cache.shared(f"nextflow-script {path}", text, parse_script)
        return self.scripts[path]

    def config(self, path: str) -> ConfigTree | None:
        """A config's syntax tree, or None if it cannot be read."""
        if path not in self.configs:
            text = self.text(path)
            if text is None:
                return None
            self.configs[path] = self.cache.shared(f"nextflow-config {path}", text, parse_config)
        return self.configs[path]

    def place(self, path: str, start: int, end: int) -> Place:
        """The lines and columns of two offsets of a file."""
        text = self.texts[path]
        lines = self._lines.get(path)
        if lines is None:
            lines = self._lines[path] = [0]
            position = text.find("\n")
            while position >= 0:
                lines.append(position + 1)
                position = text.find("\n", position + 1)
        size = len(text)
        start, end = min(start, size), min(max(start, end), size)
        line = bisect_right(lines, start)
        end_line = bisect_right(lines, end)
        return Place(path, line, start - lines[line - 1] + 1, end_line, end - lines[end_line - 1] + 1)

    def written(self, path: str, start: int, end: int) -> str:
        """A part of a file as it is written, with white space folded."""
        return " ".join(self.texts[path][start:end].split())
