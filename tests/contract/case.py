"""The parts of the suite: a case has an expected answer, a probe asks for a fact on which no document decides."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from packager.findings.sources import Citation

if TYPE_CHECKING:
    from contract.account import Session

Members: TypeAlias = dict[str, Any]
# How a creation can end, besides in a status: the service refuses the call, or (where no document tells these apart) one of both.
REFUSED: Final = "refused"
REJECTED: Final = "refused or FAILED"


class UnexpectedAnswerError(Exception):
    """The service answered something else than a case expects."""

    def __init__(self, what: str, expected: object, got: object, message: str = "") -> None:
        super().__init__(f"{what}: expected {expected}, got {got}" + (f" ({message})" if message else ""))


def expect(what: str, expected: object, got: object, message: str = "") -> None:
    """Compare an answer with what is expected; `message` is the service's own about it.

    Raises:
        UnexpectedAnswerError: they differ.
    """
    if expected != got:
        raise UnexpectedAnswerError(what, _shown(expected), _shown(got), message)


def _shown(value: object) -> str:
    text = value if isinstance(value, str) and value else repr(value)
    return text if len(text) <= 300 else f"{text[:300]}..."


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a creation ended: `status` is that of the workflow, or `REFUSED`; `code` is that of the refusal.

    `message` is the status message or that of the refusal; `answer` is what GetWorkflow or GetWorkflowVersion answers in the end.
    """

    status: str
    message: str = ""
    code: str = ""
    answer: Mapping[str, Any] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """Whether the call was accepted, whatever became of the workflow."""
        return self.status != REFUSED

    @property
    def ending(self) -> str:
        """The status, or the code of the refusal: what a constant keeps."""
        return self.code or self.status

    @property
    def sentence(self) -> str:
        """How it ended, as the end of a sentence."""
        ended = f"is accepted and becomes {self.status}" if self.accepted else f"is refused ({self.code})"
        return f"{ended}: {self.message}" if self.message else ended


@dataclass(frozen=True, slots=True)
class Case:
    """A documented answer of the service. `workflows` is how many it may create; `source` has the documents that state the answer."""

    topic: str
    name: str
    source: tuple[Citation, ...]
    run: Callable[[Session], None]
    workflows: int = 1


@dataclass(frozen=True, slots=True)
class Observation:
    """The answer to a probe: a sentence, and the constant of `healthomics/limits.py` that would hold it."""

    sentence: str
    constant: str
    value: object


@dataclass(frozen=True, slots=True)
class Probe:
    """A disputed or unknown fact. `sources` are the members of the table of sources that are silent, or disagree."""

    key: str
    question: str
    sources: tuple[str, ...]
    ask: Callable[[Session], Observation]
    workflows: int = 1
