"""A workflow together with what was found in it, and what a baseline leaves of that."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packager import baseline
from packager.loaded import Loaded
from packager.report import Report


@dataclass(frozen=True, slots=True)
class Judged:
    """A workflow and what was found."""

    loaded: Loaded
    report: Report


def beside(file: str) -> Callable[[str], str]:
    """What makes a path of the current folder relative to the folder of a file."""
    folder = Path(file).resolve().parent
    return lambda path: os.path.relpath(path, folder).replace(os.sep, "/")


def unaccepted(judged: Judged, accepted: Counter[baseline.Key] | None, file: str | None) -> Report:
    """What was found in one workflow, less what the baseline accepts."""
    if accepted is None or file is None:
        return judged.report
    where = beside(file)
    return baseline.apply(judged.report, file, accepted, lambda path: where(judged.loaded.on_disk(path)))
