"""What the state has of a workflow or version, and what is written about it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

# The members of a request or an answer by their names in the API: `validation` checks each against the model.
Members: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Resource:
    """A workflow, or a workflow version (`version_name` not empty).

    `definition` and `readme` are the SHA-256 of what is stored, `members` those of the request without its zip, `processed` members
    of answers that processing added, `failure` the message with which it has to fail on purpose, `created` in seconds since 1970.
    """

    sequence: int
    workflow_id: str
    version_name: str
    uuid: str
    arn: str
    created: float
    status: str
    status_message: str | None
    definition: str | None
    engine: str | None
    main: str | None
    failure: str | None
    readme: str | None
    template: Members | None
    processed: Members
    members: Members


@dataclass(frozen=True, slots=True)
class NewResource:
    """What a create call writes. `ready`: from when on it may be processed; None: never. `failure` as in `Resource`."""

    uuid: str
    created: float
    ready: float | None
    members: Members
    definition: bytes | None
    failure: str | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """An earlier create call with the same request id."""

    fingerprint: str
    answer: Members


@dataclass(frozen=True, slots=True)
class Result:
    """How processing ended. `definition` and `readme` are files to keep, None if there is nothing new to keep."""

    status: str
    message: str | None = None
    engine: str | None = None
    main: str | None = None
    template: Members | None = None
    definition: Path | None = None
    readme: Path | None = None
    processed: Members = field(default_factory=dict)
