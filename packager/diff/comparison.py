"""Two states of a workflow compared."""

from __future__ import annotations

from dataclasses import dataclass

from packager.diff.contents import file_changes, image_changes, output_changes, parameter_changes
from packager.diff.model import Difference, NotCompared, Side
from packager.diff.patches import Patch
from packager.diff.settings import not_compared, not_given, setting_changes
from packager.healthomics.deployed import Deployed

_UNREAD = "not all of the definition could be read"


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """The differences between a local workflow and a deployed one; `newest`: the newest version was chosen.

    `patches` are those of the files that differ, if they were asked for, and `more_patches` the number of files without one.
    """

    deployed: Deployed
    newest: bool
    region: str
    difference: Difference
    patches: tuple[Patch, ...] = ()
    more_patches: int = 0


def compare(before: Side, after: Side, unknown: tuple[NotCompared, ...] = ()) -> Difference:
    """How `after` differs from `before`; `unknown` are the parts of them that are not known, with reasons."""
    left_out = [*unknown, *not_compared(before, after)]
    complete = all(side.definition is None or side.definition.complete for side in (before, after))
    if not complete:
        left_out += [NotCompared("outputs", _UNREAD), NotCompared("images", _UNREAD)]
    return Difference(
        parameters=tuple(parameter_changes(before, after)),
        outputs=tuple(output_changes(before, after)) if complete else (),
        images=tuple(image_changes(before, after)) if complete else (),
        files=() if before.files is None or after.files is None else tuple(file_changes(before, after)),
        settings=tuple(setting_changes(before, after)),
        not_given=not_given(before.settings, after.settings),
        not_compared=tuple(sorted(set(left_out))),
    )
