"""The features of a workflow: those of its documents that matter to it, and those that only its calls show."""

from __future__ import annotations

import re

from packager.engines.wdl.document_facts import DeclFact, DocumentFacts, Span, TaskFact
from packager.findings.diagnostic import Place
from packager.healthomics.limits import FALLBACK_ATTRIBUTE
from packager.model.features import Feature, FeatureName, feature_order

# Features that matter only in what the main workflow reaches.
_REACHED_ONLY = frozenset(
    (
        FeatureName.ABSOLUTE_OUTPUT,
        FeatureName.BASENAME_EMPTY_SUFFIX,
        FeatureName.FLOAT_DIVISION,
        FeatureName.REPEATED_ATTRIBUTE,
    )
)
_FILE = re.compile(r"(?:Array\[)*File[?+\]]*")


def is_file(decl: DeclFact) -> bool:
    """Whether a declaration is a File, or an Array of Files."""
    return _FILE.fullmatch(decl.type) is not None


def literal_strings(expr: object) -> list[str]:
    """The strings without placeholders that an expression is, alone or in an array; empty for anything else."""
    if not isinstance(expr, list) or not expr:
        return []
    if expr[0] == "when":
        return literal_strings(expr[2])
    if expr[0] == "array":
        return [text for item in expr[1] for text in literal_strings(item)]
    if expr[0] == "text" and all(isinstance(part, str) for part in expr[1]):
        return ["".join(expr[1])]
    return []


def features_of(
    documents: dict[str, DocumentFacts], main: str, reached: dict[str, list[Span]], uses: CallFeatures
) -> tuple[Feature, ...]:
    """Every feature of a workflow, in order; `reached` are the regions that the main workflow reaches, by document."""
    features = uses.features()
    for path, document in documents.items():
        for fact in document.features:
            if fact.name is FeatureName.NO_OUTPUT_SECTION and path != main:
                continue
            if fact.name in _REACHED_ONLY and not any(span.holds(fact.span) for span in reached.get(path, ())):
                continue
            features.append(Feature(fact.name, fact.text, fact.span.at(path)))
    return tuple(sorted(features, key=feature_order))


class CallFeatures:
    """The features that only the calls of a workflow show: files that defaults name, and what is in a scatter.

    Each place counts once; what surely happens wins over what may happen.
    """

    def __init__(self) -> None:
        self._scattered: set[Feature] = set()
        self._files: dict[tuple[FeatureName, str, str, Place], bool] = {}

    def task(self, task: TaskFact, place: Place, *, scattered: bool) -> None:
        """Add a call of a task."""
        if scattered and any(attribute.name == FALLBACK_ATTRIBUTE for attribute in task.runtime):
            self._scattered.add(Feature(FeatureName.FALLBACK_IN_SCATTER, task.name, place))

    def file(self, kind: FeatureName, name: str, text: str, place: Place, *, conditional: bool) -> None:
        """Add a File that a literal names for a task; `kind` depends on who can replace it."""
        key = (kind, name, text, place)
        self._files[key] = self._files.get(key, False) or not conditional

    def features(self) -> list[Feature]:
        """Every feature so far."""
        return [
            *self._scattered,
            *(
                Feature(kind, text, place, key=name, conditional=not sure)
                for (kind, name, text, place), sure in self._files.items()
            ),
        ]
