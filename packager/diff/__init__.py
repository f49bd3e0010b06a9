"""Comparison of two states of a workflow: what differs, what breaks its users, and the version number that follows."""

from packager.diff.calls import merged
from packager.diff.comparison import Comparison, compare
from packager.diff.model import (
    Aspect,
    AspectChange,
    CallChange,
    CallFacts,
    ChangeKind,
    Definition,
    Difference,
    EdgeChange,
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
    "Aspect",
    "AspectChange",
    "CallChange",
    "CallFacts",
    "ChangeKind",
    "Comparison",
    "Definition",
    "Difference",
    "EdgeChange",
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
    "merged",
    "next_version",
    "patch",
    "step",
]
