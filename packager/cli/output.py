"""What commands print: results on stdout or in a file, notes and findings on stderr."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from packager import files
from packager.app.loaded import Loaded
from packager.cli.streams import shows_colour, width, write_stderr, write_stdout
from packager.findings.diagnostic import Severity, fails
from packager.findings.redaction import redact, redacted
from packager.findings.report import Report, relocate
from packager.render.code_frame import Lines
from packager.render.folding import EVERYTHING
from packager.render.report_text import Scope, errors_text, report_text
from packager.render.terminal import Style
from packager.render.wrapping import wrapped
from packager.source import DirectoryTree, SourceTree, UnreadableError
from packager.text import safe

_MAX_FRAME_BYTES = 4 * files.MIB
QUIET = "packager.quiet"  # a key of click's context


def style(*, stderr: bool = False, never: bool = False) -> Style:
    """Colours where a terminal shows them (`NO_COLOR` and `FORCE_COLOR` are honoured), and its width. `never`: for a file."""
    stream = sys.stderr if stderr else sys.stdout
    return Style() if never else Style(shows_colour(stream), width(stream))


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
    write_stderr("".join(f"{line}\n" for line in wrapped(safe(text), width(sys.stderr))))


def show_next(*commands: str) -> None:
    """Write what comes next to stderr, one line per command that a person can copy; not if the user asked for errors only."""
    if not is_quiet():
        for command in filter(None, commands):
            write_stderr(f"{style(stderr=True).paint(f'next: `{safe(redacted(command))}`', 'dim')}\n")


def located(report: Report, loaded: Loaded | None) -> Report:
    """A report on a workflow whose paths are relative to the current folder, where a terminal or an editor finds them."""
    return relocate(report, loaded.on_disk) if loaded is not None else report


def lines_of(*workflows: Loaded) -> Lines:
    """The lines of a file by its path relative to the current folder, for code frames; the lines of the latest file are kept."""
    trees = _by_root([loaded.tree for loaded in workflows])

    @functools.lru_cache(maxsize=1)  # findings are in the order of their files
    def lines(path: str) -> list[str] | None:
        try:
            for tree in trees(path):
                inside = tree.path_inside(path)
                if inside is not None and tree.lookup(inside) is not None:
                    return tree.text(inside).split("\n")
            return files.text_of(files.read_regular(Path(path), _MAX_FRAME_BYTES), "utf-8-sig").split("\n")
        except (OSError, ValueError, UnreadableError):
            return None  # a finding without a code frame is still complete

    return lines


def _by_root(trees: Sequence[SourceTree]) -> Callable[[str], list[SourceTree]]:
    """A function that returns the sources that a path may be in, in their order: of thousands of folders only those above the path."""
    folders: dict[str, list[int]] = {}
    others: list[int] = []
    for number, tree in enumerate(trees):
        if isinstance(tree, DirectoryTree):
            folders.setdefault(os.path.abspath(tree.root), []).append(number)  # noqa: PTH100 - links are kept
        else:
            others.append(number)

    def around(path: str) -> list[SourceTree]:
        above = Path(os.path.abspath(path)).parents  # noqa: PTH100 - as above
        numbers = [number for folder in above for number in folders.get(str(folder), ())]
        return [trees[number] for number in sorted([*numbers, *others])]

    return around


def exit_code(report: Report, fail_on: str) -> int:
    """1 if a finding is at or above the severity `fail_on`."""
    return int(fails(report.diagnostics, fail_on))


def show_findings(report: Report, loaded: Loaded | None = None) -> None:
    """Write all findings that are a result to stderr; `loaded` is the workflow that they are about."""
    if report.diagnostics or report.skipped:
        report = located(redact(report), loaded)
        total = bool(report.diagnostics)
        write_stderr(report_text(report, style(stderr=True), _lines_of(loaded), view=EVERYTHING, total=total))


def errors_of(
    report: Report,
    loaded: Loaded | None,
    *,
    elsewhere: str,
    own: Sequence[str] = (),
    notes: bool = False,
    fail_on: str = "error",
    stderr: bool = False,
) -> str:
    """The errors that accompany a result, and a line about warnings that the command `elsewhere` shows (see `errors_text`)."""
    report, colours = located(redact(report), loaded), style(stderr=stderr)
    least = Severity.ERROR if fail_on == "never" else Severity(fail_on)
    scope = Scope(elsewhere, tuple(own), notes=notes, least=least, quiet=is_quiet())
    return errors_text(report, colours, _lines_of(loaded), scope)


def show_errors(
    report: Report, loaded: Loaded | None, *, elsewhere: str, own: Sequence[str] = (), notes: bool = False
) -> None:
    """Write `errors_of` a report to stderr."""
    write_stderr(errors_of(report, loaded, elsewhere=elsewhere, own=own, notes=notes, stderr=True))


def is_quiet() -> bool:
    """Whether the user asked the current command for errors only."""
    context = click.get_current_context(silent=True)
    return context is not None and bool(context.meta.get(QUIET))


def _lines_of(loaded: Loaded | None) -> Lines:
    return lines_of(loaded) if loaded is not None else lines_of()
