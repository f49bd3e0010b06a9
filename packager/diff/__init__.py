"""Two states of a workflow held against each other: what differs, what of it breaks its users, and what version that makes."""

from packager.diff.comparison import Comparison
from packager.diff.contents import file_changes, image_changes, output_changes, parameter_changes
from packager.diff.model import (
    Definition,
    Difference,
    File,
    FileChange,
    ImageChange,
    Kind,
    NotCompared,
    OutputChange,
    ParameterChange,
    ParameterKind,
    SettingChange,
    Side,
)
from packager.diff.patches import Patch, patch
from packager.diff.settings import not_compared, not_given, setting_changes
from packager.diff.step import Level, Reason, Step, next_version, step

__all__ = [
    "Comparison",
    "Definition",
    "Difference",
    "File",
    "FileChange",
    "ImageChange",
    "Kind",
    "Level",
    "NotCompared",
    "OutputChange",
    "ParameterChange",
    "ParameterKind",
    "Patch",
    "Reason",
    "SettingChange",
    "Side",
    "Step",
    "compare",
    "next_version",
    "patch",
    "step",
]

_UNREAD = "not all of the definition could be read"


def compare(before: Side, after: Side, unknown: tuple[NotCompared, ...] = ()) -> Difference:
    """In what `after` differs from `before`. `unknown` says why parts of them are not known."""
    left_out = [*unknown, *not_compared(before, after)]
    whole = all(one.definition is None or one.definition.complete for one in (before, after))
    if not whole:
        left_out += [NotCompared("outputs", _UNREAD), NotCompared("images", _UNREAD)]
    return Difference(
        parameters=tuple(parameter_changes(before, after)),
        outputs=tuple(output_changes(before, after)) if whole else (),
        images=tuple(image_changes(before, after)) if whole else (),
        files=() if before.files is None or after.files is None else tuple(file_changes(before, after)),
        settings=tuple(setting_changes(before, after)),
        not_given=not_given(before.settings, after.settings),
        not_compared=tuple(sorted(set(left_out))),
    )
