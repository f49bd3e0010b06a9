"""Comparison of two states of a workflow: what differs, what breaks its users, and the version number that follows."""

from packager.diff.comparison import Comparison, compare
from packager.diff.model import (
    ChangeKind,
    Definition,
    Difference,
    File,
    FileChange,
    ImageChange,
    NotCompared,
    OutputChange,
    ParameterChange,
    ParameterKind,
    SettingChange,
    Side,
)
from packager.diff.patches import Patch, patch
from packager.diff.version_step import Level, Reason, Step, next_version, step

__all__ = [
    "ChangeKind",
    "Comparison",
    "Definition",
    "Difference",
    "File",
    "FileChange",
    "ImageChange",
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
