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
    TASKS_WITHOUT_IMAGE = "tasks-without-image"
    TASKS_WITH_MINIMUM = "tasks-with-minimum"


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A noun and what is true of two or more of it."""

    noun: str
    fact: str


_SENTENCES = {
    Cause.IMAGES_OUTSIDE_ECR: _Sentence("image", "are not in private ECR"),
    Cause.IMAGES_WITHOUT_MAPPING: _Sentence("image", "are not covered by the registry map"),
    Cause.IMAGES_OF_ANOTHER_REGION: _Sentence("image", "are in another Region than the workflow"),
    Cause.MUTABLE_IMAGES: _Sentence("image", "have no tag or the tag `latest`"),
    Cause.TASKS_WITHOUT_IMAGE: _Sentence("task", "have no container image"),
    Cause.TASKS_WITH_MINIMUM: _Sentence("task", "do not request both CPUs and memory, and get the default"),
}


def sentence(cause: Cause, subjects: Sequence[str], parts: Sequence[str] = ()) -> str:
    """One sentence about all findings of a cause, two or more: "24 images from quay.io (20), ghcr.io (4) are not in private ECR".

    `subjects` are what the findings are about; `parts` are the parts that they belong to, such as registries, one per finding. A few
    subjects are named.
    """
    told = _SENTENCES[cause]
    number = count(len(subjects), told.noun)
    names = list(dict.fromkeys(subjects))
    if parts and len(names) > _MOST_NAMES:
        return f"{number} from {_counted(parts)} {told.fact}"
    same = len(subjects) - len(names)  # the names of tasks in two files can be the same
    return f"{number} {told.fact}: {listed([*names, *names[:1] * same], _MOST_NAMES)}"


def _counted(parts: Sequence[str]) -> str:
    """Parts with the number of each, the most frequent first."""
    counts = sorted(Counter(parts).items(), key=lambda counted: (-counted[1], counted[0]))
    if len(counts) == 1:
        return counts[0][0]
    shown = [f"{part} ({number})" for part, number in counts[:_MOST_PARTS]]
    left = counts[_MOST_PARTS:]
    if left:
        shown.append(f"{count(len(left), 'other')} ({sum(number for _, number in left)})")
    return ", ".join(shown)
