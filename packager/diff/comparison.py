"""A difference with what was compared."""

from __future__ import annotations

from dataclasses import dataclass

from packager.diff.model import Difference
from packager.diff.patches import Patch
from packager.healthomics.deployed import Deployed


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """What came of holding a workflow against a deployed one; `newest`: that one was chosen as the newest.

    `patches` are of the files that differ, if they were asked for, and `more_patches` how many more there would be.
    """

    deployed: Deployed
    newest: bool
    region: str
    difference: Difference
    patches: tuple[Patch, ...] = ()
    more_patches: int = 0
