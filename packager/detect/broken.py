"""The main file of a source whose workflow cannot be found because its definition is broken."""

from __future__ import annotations

from packager.detect.candidates import UNREAD, MainCandidate, content_of, imported, nothing_found
from packager.engines.adapter import syntax_errors
from packager.errors import PackagerError
from packager.model.facts import Engine, Scan
from packager.source import SourceTree
from packager.text import count, listed

REASON = "the only definition file that can be the main, but it cannot be read"
_MOST_FILES = 200
_MOST_BYTES = 4 * 1024 * 1024


def broken_main(tree: SourceTree, scans: dict[str, Scan], engine: Engine | None) -> MainCandidate:
    """The main of a source without a readable workflow: its only broken file that no other file imports.

    Raises:
        PackagerError: no file is broken, or more than one.
    """
    error = nothing_found(tree, scans, engine)
    if type(error) is PackagerError:  # the files themselves cannot be read
        raise error
    known = imported(scans)
    lines = {
        path: line
        for path, scan in [*scans.items()][:_MOST_FILES]
        if path not in known and (line := _broken_at(tree, path, scan))
    }
    if not lines:
        raise error
    if len(lines) > 1:
        places = [f"`{path}` line {line}" for path, line in lines.items()]
        raise PackagerError(
            f"`{tree.name}` has no workflow that can be read, and {count(len(lines), 'broken file')}: {listed(places, quote=False)}",
            "pass the main file: lint then shows its errors",
        )
    (path,) = lines
    return MainCandidate(path, scans[path].engine, UNREAD)


def _broken_at(tree: SourceTree, path: str, scan: Scan) -> int:
    """The line of the first error in a file that keeps it from being a main; 0 without one."""
    content = content_of(tree, path)
    if content is None or len(content) > _MOST_BYTES:
        return 0
    errors = syntax_errors(scan.engine, path, content.decode("utf-8", "replace"))
    if errors:
        return max(min(errors).line, 1)
    # A document with a version and without a known class: the word is missing or misspelt.
    return int(scan.engine is Engine.CWL and bool(scan.version) and not scan.entry)
