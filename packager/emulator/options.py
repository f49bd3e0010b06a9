"""How the emulator serves: its options, and the quotas of an account."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

DEFAULT_DELAY = 0.2
# How long one definition may be processed: our own limit, a few times what the largest public workflows need.
DEFINITION_SECONDS = 120.0
DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"

# Quotas per account and Region. Guide.SERVICE_QUOTAS (workflows), Guide.FIXED_QUOTAS (versions of a workflow).
MAX_WORKFLOWS = 1000
MAX_VERSIONS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class EmulatorOptions:
    """How the emulator serves.

    `port`: 0 chooses a free one; `host` is the address to listen on. `delay`: seconds from the 201 until a definition is processed.
    `account` (12 digits) and `region` are those in ARNs. `repositories` are local work trees by `owner/name`, for
    `definitionRepository`; `ready2run` names of Ready2Run workflows to offer. `max_workflows` and `max_versions` (of a workflow) are
    quotas. `definition_seconds`: how long one definition may be processed before it becomes FAILED.
    """

    port: int = 0
    host: str = "127.0.0.1"
    delay: float = DEFAULT_DELAY
    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION
    repositories: Mapping[str, Path] = field(default_factory=dict)
    ready2run: Sequence[str] = ()
    max_workflows: int = MAX_WORKFLOWS
    max_versions: int = MAX_VERSIONS
    definition_seconds: float = DEFINITION_SECONDS
