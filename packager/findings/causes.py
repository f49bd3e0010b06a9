"""Causes that many findings can share: a person reads one sentence about all of them, a program gets each with its place.

A rule sets `cause` where one step, such as writing a registry map, resolves all its findings. Nothing decides by the words of a message.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from packager.text import count, listed

_MOST_NAMES = 3
_MOST_PARTS = 4


class Cause(StrEnum):
    """What multiple findings have in common; `NONE` for a finding that stands for itself."""

    NONE = ""
    IMAGES_OUTSIDE_ECR = "images-outside-ecr"
    IMAGES_WITHOUT_MAPPING = "images-without-mapping"
    IMAGES_OF_ANOTHER_REGION = "images-of-another-region"
    MUTABLE_IMAGES = "mutable-images"
    IMAGES_WITH_PLACEHOLDERS = "images-with-placeholders"
    TASKS_WITHOUT_IMAGE = "tasks-without-image"
    TASKS_WITH_MINIMUM = "tasks-with-minimum"
    PIPELINES_WITHOUT_VERSION = "pipelines-without-version"
    SUBMODULES = "submodules"


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A noun and what is true of it: the verb for one and for more, and the rest.

    `shared`: different ones can have the same name, as tasks of two files can. `part`: what a part is, for one and for more.
    """

    noun: str
    verbs: tuple[str, str]
    rest: str
    shared: bool = False
    part: tuple[str, str] = ("registry", "registries")


_BE, _HAVE = ("is", "are"), ("has", "have")
_SENTENCES = {
    Cause.IMAGES_OUTSIDE_ECR: _Sentence("image", _BE, "not in private ECR"),
    Cause.IMAGES_WITHOUT_MAPPING: _Sentence("image", _BE, "not covered by the registry map"),
    Cause.IMAGES_OF_ANOTHER_REGION: _Sentence(
        "image", _BE, "in another Region than the workflow", part=("Region", "Regions")
    ),
    Cause.MUTABLE_IMAGES: _Sentence("image", _HAVE, "no tag or the tag `latest`"),
    Cause.IMAGES_WITH_PLACEHOLDERS: _Sentence("image", ("contains", "contain"), "placeholders that were not replaced"),
    Cause.TASKS_WITHOUT_IMAGE: _Sentence("task", _HAVE, "no container image", shared=True),
    Cause.TASKS_WITH_MINIMUM: _Sentence(
        "task", ("does", "do"), "not request both CPUs and memory, and get the default", shared=True
    ),
    Cause.PIPELINES_WITHOUT_VERSION: _Sentence(
        "pipeline", ("does", "do"), "not set `manifest.nextflowVersion`, and the service uses its default version"
    ),
    Cause.SUBMODULES: _Sentence("Git submodule", _BE, "not checked out"),
}


def sentence(cause: Cause, subjects: Sequence[str], parts: Sequence[str] = ()) -> str:
    """One sentence about all findings of a cause, two or more: "24 images from quay.io (20), ghcr.io (4) are not in private ECR".

    `subjects` are what the findings are about; `parts` are the parts that they belong to, such as registries, one per finding. A few
    subjects are named. What multiple workflows use is counted once.
    """
    told = _SENTENCES[cause]
    by_name = dict(zip(subjects, parts, strict=False)) if parts else {}
    names = list(dict.fromkeys(subjects))
    amount = len(subjects if told.shared else names)
    number, fact = count(amount, told.noun), f"{told.verbs[amount > 1]} {told.rest}"
    if by_name and len(names) > _MOST_NAMES:
        return f"{number} from {_counted(list(by_name.values()), told)} {fact}"
    return f"{number} {fact}: {_some(subjects if told.shared else names)}"


def _some(names: Sequence[str]) -> str:
    """The first different names, and how many more there are, some of which may have the same names."""
    shown = list(dict.fromkeys(names))[:_MOST_NAMES]
    left = len(names) - len(shown)
    return f"{listed(shown)} and {left:,} more" if left else listed(shown)


def _counted(parts: Sequence[str], told: _Sentence) -> str:
    """Parts with the number of each, the most frequent first."""
    counts = sorted(Counter(parts).items(), key=lambda counted: (-counted[1], counted[0]))
    if len(counts) == 1:
        return counts[0][0]
    shown = [f"{part} ({number})" for part, number in counts[:_MOST_PARTS]]
    left = counts[_MOST_PARTS:]
    if left:
        shown.append(f"{len(left)} other {told.part[len(left) > 1]} ({sum(number for _, number in left)})")
    return ", ".join(shown)
