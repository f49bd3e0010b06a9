"""Workflows that the service offers to every account: made up, so that a client meets names that are not its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from packager.emulator.context import READY2RUN
from packager.emulator.records import Resource

_FIRST_ID = 9_000_001
_SPACE = uuid.UUID("6f9b9a0e-7d5c-4f43-9c0a-2f3c1d7f6f10")
_CREATED = 1_700_000_000.0
_TEMPLATE = {"sample": {"description": "The sample to analyse", "optional": False}}


def ready2run_workflows(names: Iterable[str], region: str) -> tuple[Resource, ...]:
    """One workflow for each name. Sequence numbers are negative: they are listed before an account's own."""
    listed = list(names)
    return tuple(
        Resource(
            sequence=number - len(listed),
            workflow_id=str(_FIRST_ID + number),
            version_name="",
            uuid=str(uuid.uuid5(_SPACE, f"{number} {name}")),
            arn=f"arn:aws:omics:{region}::workflow/{_FIRST_ID + number}",
            created=_CREATED,
            status="ACTIVE",
            status_message=None,
            definition=None,
            engine="WDL",
            main="main.wdl",
            told=None,
            readme=None,
            template=_TEMPLATE,
            found={"type": READY2RUN, "storageCapacity": 1200, "metadata": {"publisher": "emulator"}},
            members={"name": name, "description": f"{name} of the emulator"},
        )
        for number, name in enumerate(listed)
    )
