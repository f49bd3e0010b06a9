"""What the state holds of a workflow or version, and what is written of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Resource:
    """A workflow, or a workflow version (`version_name` not empty).

    `definition` and `readme` are the SHA-256 of what is stored, `members` what the request held without its zip, `found`
    members of answers that processing found, `told` the message with which it is to fail on purpose, `created` in
    seconds since 1970.
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
    told: str | None
    readme: str | None
    template: dict[str, Any] | None
    found: dict[str, Any]
    members: dict[str, Any]


@dataclass(frozen=True, slots=True)
class NewResource:
    """What a create call writes. `ready`: from when on it may be processed; None: never. `told` as in `Resource`."""

    uuid: str
    created: float
    ready: float | None
    members: dict[str, Any]
    definition: bytes | None
    told: str | None = None


@dataclass(frozen=True, slots=True)
class Remembered:
    """An earlier create call with the same request id."""

    fingerprint: str
    answer: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Result:
    """How processing ended. `definition` and `readme` are files to be kept, None where there is nothing new to keep."""

    status: str
    message: str | None = None
    engine: str | None = None
    main: str | None = None
    template: dict[str, Any] | None = None
    definition: Path | None = None
    readme: Path | None = None
    found: dict[str, Any] = field(default_factory=dict)
