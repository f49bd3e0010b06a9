"""`--fix` and `--diff`: findings that are mended mechanically."""

from __future__ import annotations

import os
from collections.abc import Callable

from packager import fix
from packager.app.outcome import Judged, unaccepted
from packager.cli.options import note
from packager.fix import FileEdit
from packager.render.terminal import plural

_MOST_PASSES = 5


def _edits(judged: list[Judged]) -> tuple[FileEdit, ...]:
    """What mends the findings, one edit a file."""
    # A file that two workflows reach on other ways is one file.
    found = {os.path.realpath(edit.on_disk): edit for one in judged for edit in fix.fixes(one.loaded, unaccepted(one))}
    return tuple(found[path] for path in sorted(found))


def diff_of(judged: list[Judged]) -> str:
    """What mending would change."""
    return fix.diff_text(_edits(judged))


def mended(judged: list[Judged], again: Callable[[], list[Judged]]) -> list[Judged]:
    """Mend each workflow and judge it anew, until nothing is left that can be mended: edits that overlap wait for the next pass."""
    count, files = 0, set()
    for _ in range(_MOST_PASSES):
        edits = _edits(judged)
        if not edits:
            break
        fix.apply(edits)
        count += sum(len(edit.fixed) for edit in edits)
        files |= {edit.on_disk for edit in edits}
        judged = again()
    note(f"mended {plural(count, 'finding')} in {plural(len(files), 'file')}")
    return judged
