"""The API of the service as the installed botocore has it, against the one that was read last.

A difference is news: read what changed, put numbers into `packager/healthomics/limits.py` and members into its tables of requests, then
`make bless`. The oldest botocore that is allowed has an older model, so `make lowest` does not run this.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conftest import ROOT, Golden

from packager.healthomics.api_model import operation, service_model, shape

USED = (
    *("CreateWorkflow", "GetWorkflow", "ListWorkflows", "UpdateWorkflow", "DeleteWorkflow"),
    *(
        "CreateWorkflowVersion",
        "GetWorkflowVersion",
        "ListWorkflowVersions",
        "UpdateWorkflowVersion",
        "DeleteWorkflowVersion",
    ),
    *("TagResource", "UntagResource", "ListTagsForResource"),
    *("StartRun", "StartRunBatch", "GetRun"),
)
MOST_LEVELS = 8


def described(name: str, path: str, levels: int) -> Iterator[str]:
    """One line for each member below a shape: its type, bounds, pattern, choices and what it requires."""
    found = shape(name)
    facts = [str(found["type"])]
    facts += [f"{key}={found[key]}" for key in ("min", "max", "pattern", "sensitive") if key in found]
    facts += [f"required={','.join(sorted(found['required']))}"] if found.get("required") else []
    facts += [f"one of {','.join(sorted(found['enum']))}"] if found.get("enum") else []
    yield f"{path}: {' '.join(facts)}"
    if levels:
        for inner, reference in inner_shapes(found):
            yield from described(reference, f"{path}{inner}", levels - 1)


def inner_shapes(found: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if found["type"] == "structure":
        for name, reference in sorted(found.get("members", {}).items()):
            yield f".{name}", reference["shape"]
    elif found["type"] == "list":
        yield "[]", found["member"]["shape"]
    elif found["type"] == "map":
        yield "{key}", found["key"]["shape"]
        yield "{value}", found["value"]["shape"]


def test_the_model_is_the_one_that_was_read(golden: Golden) -> None:
    lines: list[str] = []
    for name in sorted(set(USED) & service_model()["operations"].keys()):
        for direction in ("input", "output"):
            reference = operation(name).get(direction)
            lines += described(reference["shape"], f"{name} {direction}", MOST_LEVELS) if reference else []
        lines.append(
            f"{name} errors: {', '.join(sorted(error['shape'] for error in operation(name).get('errors', [])))}"
        )
    golden(ROOT / "fixtures" / "expected" / "api-model.txt", "\n".join(lines) + "\n")


def test_every_operation_that_is_used_exists() -> None:
    assert set(USED) <= service_model()["operations"].keys()
