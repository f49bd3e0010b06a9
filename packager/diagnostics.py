"""What goes wrong: findings about a user's work, and the errors that stop ours."""

from __future__ import annotations

from dataclasses import dataclass, fields
from enum import StrEnum
from itertools import groupby
from operator import attrgetter

from packager.foreign import safe


class Severity(StrEnum):
    """How bad a finding is.

    `ERROR`: the service rejects it, or a run surely fails or loses results. `WARNING`: a known
    risk, or the sources disagree. `INFO`: advice.
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
class Diagnostic:
    """One finding with its place, cause and cure.

    `path` is POSIX and relative to the source's root (or as the user named a file beside it).
    Lines and columns are 1-based, columns count Unicode code points, `end_column` is exclusive; 0 means
    that no place is known. `subject` is the name of what the finding is about (a task, an input, an image, another code), by which tools
    tell findings of one code and file apart: nothing decides by the words of a message. It stays the same when the wording, a line
    or a count changes; it is empty where a file has one finding of that code, or where nothing has a name: then their number tells.
    The field order makes `sorted(set(...))` the order of every report. Message and hint quote foreign text, and are `safe` to print on one line.
    """

    path: str
    line: int
    column: int
    code: str
    severity: Severity
    message: str
    hint: str = ""
    end_line: int = 0
    end_column: int = 0
    subject: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "message", safe(self.message))
        object.__setattr__(self, "hint", safe(self.hint))


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """A check that did not run, and why: what was not looked at is never passed over in silence."""

    code: str
    reason: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "reason", safe(self.reason))


class PackagerError(Exception):
    """We cannot go on: bad usage, an unreadable source, nothing to check. Exit code 2. Message and hint are `safe` to print."""

    exit_code = 2

    def __init__(self, message: str, hint: str = "") -> None:
        self.message, self.hint = safe(message), safe(hint)
        super().__init__(self.message)


def cannot(what: str, name: str, error: OSError | RuntimeError | ValueError) -> PackagerError:
    """What is said when a file cannot be read or written: "cannot read `x`: no such file or directory"."""
    reason = getattr(error, "strerror", None) or str(error)
    return PackagerError(f"cannot {what} {name}: {reason[:1].lower()}{reason[1:]}")


class ServiceError(PackagerError):
    """AWS refused a call, could not be reached, or a workflow became FAILED. Exit code 3."""

    exit_code = 3


class StillCreatingError(PackagerError):
    """The workflow was still CREATING when the time ran out. Exit code 4."""

    exit_code = 4


def at_or_above(diagnostics: tuple[Diagnostic, ...], threshold: Severity) -> bool:
    """Whether any finding is as bad as `threshold` or worse."""
    return any(found.severity.rank <= threshold.rank for found in diagnostics)


def in_order(diagnostics: list[Diagnostic] | tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    """Findings in the order of every report, each once; of those that read the same, the one with the first subject."""
    return tuple(next(same) for _, same in groupby(sorted(set(diagnostics)), _SHOWN))


# All fields but the last, `subject`, which no report shows.
_SHOWN = attrgetter(*[field.name for field in fields(Diagnostic)][:-1])
