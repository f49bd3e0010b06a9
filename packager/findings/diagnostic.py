"""A finding about a user's work, with its place."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from packager.findings.causes import Cause
from packager.text import safe


class Severity(StrEnum):
    """How bad a finding is.

    `ERROR`: the service rejects it, or a run certainly fails or loses results. `WARNING`: a known risk, or the sources disagree.
    `INFO`: advice.
    """

    ERROR = "error"
    WARNING = "warning"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst."""
        return _RANKS[self]


_RANKS = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.INFO: 2}


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A region of a file.

    `path` is POSIX and relative to the source's root (or as the user named a file that is not in the source). Lines and columns are
    1-based, columns count Unicode code points, `end_column` is exclusive. Line 0: the file as a whole; end 0: the end is not known.
    """

    path: str
    line: int = 0
    column: int = 0
    end_line: int = 0
    end_column: int = 0


def show_places(places: Sequence[Place]) -> str:
    """The first of some places and how many more there are: "`main.nf` line 3 and 2 more"."""
    first = places[0]
    line = f" line {first.line}" if first.line else ""
    more = f" and {len(places) - 1} more" if len(places) > 1 else ""
    return f"`{first.path}`{line}{more}"


@dataclass(frozen=True, slots=True, order=True)
class Diagnostic:
    """One finding with its place, cause and fix.

    `subject` is the name of what the finding is about (a task, an input, an image, another code). Tools distinguish findings of one code
    and file by it, never by the words of a message: it stays the same when the wording, a line or a count changes. It is empty if a file
    has only one finding of that code, or if nothing has a name. `cause` is what it shares with other findings, and `part` is where its
    subject belongs to, such as a registry (see `causes`). `paths` are the paths of the package that message and hint quote: a report shows
    them relative to the current folder, like its own path. The field order makes `sorted(set(...))` the order of every report.
    Message and hint quote foreign text, and are `safe` to print on one line.
    """

    place: Place
    code: str
    severity: Severity
    message: str
    hint: str = ""
    subject: str = ""
    cause: Cause = Cause.NONE
    part: str = ""
    paths: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", safe(self.message))
        object.__setattr__(self, "hint", safe(self.hint))
        object.__setattr__(self, "part", safe(self.part))

    @property
    def path(self) -> str:
        """The file of its place."""
        return self.place.path

    @property
    def line(self) -> int:
        """The first line of its place; 0 for the file as a whole."""
        return self.place.line

    @property
    def column(self) -> int:
        """The first column of its place."""
        return self.place.column


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """A check that did not run, and why: no check is left out without a note.

    `paths` are the paths of the package that the reason quotes: a report shows them relative to the current folder.
    """

    code: str
    reason: str
    paths: tuple[str, ...] = field(default=(), compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", safe(self.reason))


def fails(diagnostics: tuple[Diagnostic, ...], fail_on: str) -> bool:
    """Whether findings make a command exit 1: any is at or above the severity `fail_on`; never if that is `never`."""
    return fail_on != "never" and any(finding.severity.rank <= Severity(fail_on).rank for finding in diagnostics)


def in_order(diagnostics: list[Diagnostic] | tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Findings in the order of every report, each once; of those that read the same, the one with the first subject."""
    return tuple(next(same) for _, same in groupby(sorted(set(diagnostics)), _SHOWN))


# All fields up to `subject`, which no report shows.
_SHOWN = attrgetter(*[field.name for field in fields(Diagnostic)][:5])
