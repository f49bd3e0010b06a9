"""Two states of a workflow compared."""

from __future__ import annotations

from dataclasses import dataclass, field

from packager.diff.calls import call_changes, edge_changes, unknown_calls
from packager.diff.contents import file_changes, image_changes, output_changes, parameter_changes
from packager.diff.model import Definition, Difference, NotCompared, Side
from packager.diff.patches import Patch
from packager.diff.settings import not_compared, not_given, setting_changes
from packager.healthomics.deployed import Deployed
from packager.model.calls import CallGraph

_UNREAD = "not all of the definition could be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The differences between a local workflow and a deployed one; `newest`: the newest version was chosen.

    `graph` has the calls of both. `patches` are those of the files that differ, if they were asked for, and `more_patches` the number of
    files without one.
    """

    deployed: Deployed
    newest: bool
    region: str
    difference: Difference
    graph: CallGraph = field(default_factory=CallGraph)
    patches: tuple[Patch, ...] = ()
    more_patches: int = 0


def compare(before: Side, after: Side, unknown: tuple[NotCompared, ...] = ()) -> Difference:
    """How `after` differs from `before`; `unknown` are the parts of them that are not known, with reasons."""
    left_out = [*unknown, *not_compared(before, after)]
    complete = all(side.definition is None or side.definition.complete for side in (before, after))
    if not complete:
        left_out += [NotCompared(part, _UNREAD) for part in ("outputs", "images", "calls")]
    both = _definitions(before, after) if complete else None
    if both is not None:
        left_out += [NotCompared("calls", f"the calls in `{name}` are unknown") for name in unknown_calls(*both)]
    return Difference(
        parameters=tuple(parameter_changes(before, after)),
        outputs=tuple(output_changes(before, after)) if complete else (),
        images=tuple(image_changes(before, after)) if complete else (),
        calls=tuple(call_changes(*both)) if both else (),
        edges=tuple(edge_changes(*both)) if both else (),
        files=() if before.files is None or after.files is None else tuple(file_changes(before, after)),
        settings=tuple(setting_changes(before, after)),
        not_given=not_given(before.settings, after.settings),
        not_compared=tuple(sorted(set(left_out))),
    )


def _definitions(before: Side, after: Side) -> tuple[Definition, Definition] | None:
    if before.definition is None or after.definition is None:
        return None
    return before.definition, after.definition
