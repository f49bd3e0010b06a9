"""What several rules about Nextflow pipelines ask of the facts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packager.healthomics import limits
from packager.model.facts import Attribute, Input, Task
from packager.model.features import Feature, FeatureName
from packager.rules.facts import Facts
from packager.text import listed

GUIDE = "Nextflow workflow definition page"


@dataclass(frozen=True, slots=True)
class Version:
    """The engine version that the service takes (None: the run fails), and how it came to it."""

    number: str | None
    kind: str
    reason: str
    feature: Feature

    @property
    def parts(self) -> tuple[int, ...]:
        """The number for comparisons; () where there is none."""
        return parts(self.number) if self.number else ()


def parts(version: str) -> tuple[int, ...]:
    """A version for comparisons."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def engine_version(facts: Facts) -> Version | None:
    """What the service runs the pipeline with."""
    for feature in facts.features(FeatureName.ENGINE_VERSION):
        number, kind, reason = feature.text.split(": ", 2)
        return Version(None if number == "none" else number, kind, reason, feature)
    return None


def is_strict(facts: Facts) -> bool:
    """Whether the version reads with the strict parser."""
    version = engine_version(facts)
    return version is not None and version.parts >= parts(limits.NEXTFLOW_STRICT)


def setting(facts: Facts, name: str) -> Feature | None:
    """The setting of a dotted name."""
    return next((one for one in facts.features(FeatureName.SETTING) if one.text.startswith(f"{name}=")), None)


def by_cause(found: Iterable[tuple[Task, Attribute]]) -> Iterator[tuple[str, Attribute]]:
    """Directives, each place once, with the tasks that it is for: "`a` and 3 others"."""
    tasks: dict[tuple[str, int, int], tuple[Attribute, list[str]]] = {}
    for task, attribute in found:
        key = (attribute.place.path, attribute.place.line, attribute.place.column)
        tasks.setdefault(key, (attribute, []))[1].append(task.name)
    for attribute, names in tasks.values():
        yield listed(list(dict.fromkeys(names)), 1), attribute


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder or something in it."""
    return path.rstrip("/") == folder or path.startswith(f"{folder}/")


def has_outputs(facts: Facts) -> bool:
    """Whether the chosen version has output blocks and exports reports."""
    version = engine_version(facts)
    return version is not None and version.parts >= parts(limits.NEXTFLOW_OUTPUTS)


def parameter(facts: Facts, name: str) -> Input | None:
    """The parameter of a name."""
    return next((one for one in facts.workflow.inputs if one.name == name), None) if facts.workflow else None


def default_of(facts: Facts, name: str) -> tuple[str | None, bool]:
    """A parameter's default where it is a text, and whether it is known to be null or not given."""
    declared = parameter(facts, name)
    if declared is None:
        return None, False
    if declared.default is None:
        return None, True
    return (declared.default.strip('"'), False) if declared.default.startswith('"') else (None, False)
