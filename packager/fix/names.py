"""Names that mean the same: an input under its workflow's name, and one in another spelling."""

from __future__ import annotations

from packager.model.facts import Engine, Workflow


def bare_name(name: str, workflow: Workflow) -> str | None:
    """`input` of `Workflow.input`, where that WDL workflow has such an input; None for every other name."""
    if workflow.engine is not Engine.WDL or not name.startswith(f"{workflow.name}."):
        return None
    bare = name.removeprefix(f"{workflow.name}.")
    return bare if any(declared.name == bare for declared in workflow.inputs) else None


def folded(name: str) -> str:
    """A name without what its spellings differ in: capital letters, `_` and `-`."""
    return name.casefold().replace("_", "").replace("-", "")
