"""What the calls of a workflow make of its tasks: files that defaults name, and what stands in a scatter."""

from __future__ import annotations

import re
from typing import Any

from packager.engines.wdl.document_facts import DeclFact, TaskFact
from packager.findings.diagnostic import Place
from packager.model.features import Feature, FeatureName

FALLBACK = "omicsResourceFallbackOrder"
_FILE = re.compile(r"(?:Array\[)*File[?+\]]*")


def is_file(decl: DeclFact) -> bool:
    """Whether a declaration is of a File, or of an Array of them."""
    return _FILE.fullmatch(decl.type) is not None


def literal_texts(expr: Any) -> list[str]:
    """The strings without placeholders that an expression is, alone or in an array; none for anything else."""
    if not isinstance(expr, list | tuple) or not expr:
        return []
    if expr[0] == "when":
        return literal_texts(expr[2])
    if expr[0] == "array":
        return [text for one in expr[1] for text in literal_texts(one)]
    if expr[0] == "text" and all(isinstance(part, str) for part in expr[1]):
        return ["".join(expr[1])]
    return []


class Uses:
    """Features that show only along the calls; each place once, what surely happens before what may."""

    def __init__(self) -> None:
        self._scattered: set[Feature] = set()
        self._files: dict[tuple[FeatureName, str, str, Place], bool] = {}

    def task(self, task: TaskFact, place: Place, *, scattered: bool) -> None:
        """A call of a task, at its place."""
        if scattered and any(one.name == FALLBACK for one in task.runtime):
            self._scattered.add(Feature(FeatureName.FALLBACK_IN_SCATTER, task.name, place))

    def file(self, kind: FeatureName, name: str, text: str, place: Place, *, conditional: bool) -> None:
        """A task gets the File that a literal names; see the package's features for the kinds."""
        key = (kind, name, text, place)
        self._files[key] = self._files.get(key, False) or not conditional

    def features(self) -> list[Feature]:
        """Everything noted, as features."""
        return [
            *self._scattered,
            *(
                Feature(kind, text, place, key=name, conditional=not sure)
                for (kind, name, text, place), sure in self._files.items()
            ),
        ]
