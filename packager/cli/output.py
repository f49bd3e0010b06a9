"""What commands print: results on stdout or in a file, notes and findings on stderr."""

from __future__ import annotations

import functools
import sys
from pathlib import Path

from packager import files
from packager.app.loaded import Loaded
from packager.cli.streams import shows_colour, write_stderr, write_stdout
from packager.findings.diagnostic import fails
from packager.findings.redaction import redact
from packager.findings.report import Report, relocate
from packager.render.report import Lines, report_text
from packager.render.terminal import Style
from packager.source import UnreadableError
from packager.text import safe

_MAX_FRAME_BYTES = 4 * files.MIB


def style(*, stderr: bool = False, never: bool = False) -> Style:
    """Colours where a terminal shows them; `NO_COLOR` and `FORCE_COLOR` are honoured. `never`: for a file."""
    return Style(not never and shows_colour(sys.stderr if stderr else sys.stdout))


def write(text: str, output: str | None = None, *, commands: bool = False) -> None:
    """Send a result to stdout, or to a file that appears only when it is complete (`-` is stdout).

    `commands`: the lines that are workflow commands are our own.
    """
    if output is None or output == "-":
        write_stdout(text, commands=commands)
    else:
        files.write(Path(output), text.encode())


def note(text: str) -> None:
    """Write a line to stderr that is not part of the result."""
    write_stderr(f"{safe(text)}\n")


def located(report: Report, loaded: Loaded | None) -> Report:
    """A report on a workflow whose paths are relative to the current folder, where a terminal or an editor finds them."""
    return relocate(report, loaded.on_disk) if loaded is not None else report


def lines_of(*workflows: Loaded) -> Lines:
    """The lines of a file by its path relative to the current folder, for code frames; the lines of the latest file are kept."""
    trees = [loaded.tree for loaded in workflows]

    @functools.lru_cache(maxsize=1)  # findings are in the order of their files
    def lines(path: str) -> list[str] | None:
        try:
            for tree in trees:
                inside = tree.path_inside(path)
                if inside is not None and tree.lookup(inside) is not None:
                    return tree.text(inside).split("\n")
            return files.text_of(files.read_regular(Path(path), _MAX_FRAME_BYTES), "utf-8-sig").split("\n")
        except (OSError, ValueError, UnreadableError):
            return None  # a finding without a code frame is still complete

    return lines


def exit_code(report: Report, fail_on: str) -> int:
    """1 if a finding is at or above the severity `fail_on`."""
    return int(fails(report.diagnostics, fail_on))


def show_findings(report: Report, loaded: Loaded | None = None) -> None:
    """Write findings that accompany a result to stderr; `loaded` is the workflow that they are about."""
    if report.diagnostics or report.skipped:
        report = located(redact(report), loaded)
        lines = lines_of(loaded) if loaded is not None else lines_of()
        write_stderr(report_text(report, style(stderr=True), lines, total=bool(report.diagnostics)))
