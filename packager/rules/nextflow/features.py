"""Facts of a pipeline that more than one rule reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from packager.healthomics import limits
from packager.model.facts import Attribute, Input, Task
from packager.model.features import Feature, FeatureName
from packager.rules.facts import Facts
from packager.text import joined, listed


@dataclass(frozen=True, slots=True)
class Version:
    """The engine version that the service chooses (None: the run fails), and why."""

    number: str | None
    kind: str
    reason: str
    feature: Feature

    @property
    def parts(self) -> tuple[int, ...]:
        """The number for comparisons; () without one."""
        return parts(self.number) if self.number else ()


def parts(version: str) -> tuple[int, ...]:
    """A version for comparisons."""
    return tuple(int(part) for part in version.split(".") if part.isdigit())


def engine_version(facts: Facts) -> Version | None:
    """The engine version that the service runs the pipeline with."""
    for feature in facts.features(FeatureName.ENGINE_VERSION):
        return Version(feature.text or None, feature.key, feature.reason, feature)
    return None


def ways_out(facts: Facts, suits: Callable[[str], bool]) -> str:
    """The end of a message about the chosen version: how a run gets a version that `suits`; empty if no run can.

    A run can request any version (`engineVersion`). The definition is made for those in the range of `nextflowVersion`, or for all if it
    has none; Nextflow itself refuses others if the range begins with `!`. A profile can set another range.
    """
    version = engine_version(facts)
    if version is None:
        return ""
    written = next((feature.key.split() for feature in facts.features(FeatureName.NEXTFLOW_VERSION)), [])
    choices = list(limits.NEXTFLOW_PREFERENCE) if version.kind in ("missing", "unparsable") else written
    numbers = sorted(number for number in choices if suits(number))
    profiles = [profile for profile, number in version.feature.alternatives if suits(number)]
    ways = [f"requests Nextflow {' or '.join(numbers)}"] if numbers else []
    ways += [f"uses the profile {joined(profiles)}"] if profiles else []
    return f" (unless a run {' or '.join(ways)})" if ways else ""


def is_strict(facts: Facts) -> bool:
    """Whether that version uses the strict parser."""
    version = engine_version(facts)
    return version is not None and version.parts >= parts(limits.NEXTFLOW_STRICT)


def setting(facts: Facts, name: str) -> Feature | None:
    """The setting with a dotted name."""
    return next((feature for feature in facts.features(FeatureName.SETTING) if feature.key == name), None)


def by_cause(attributes: Iterable[tuple[Task, Attribute]]) -> Iterator[tuple[str, Attribute]]:
    """The directives, each place once, with the tasks that it applies to: "`a` and 3 more"."""
    tasks: dict[tuple[str, int, int], tuple[Attribute, list[str]]] = {}
    for task, attribute in attributes:
        key = (attribute.place.path, attribute.place.line, attribute.place.column)
        tasks.setdefault(key, (attribute, []))[1].append(task.name)
    for attribute, names in tasks.values():
        yield listed(list(dict.fromkeys(names)), 1), attribute


def is_below(path: str, folder: str) -> bool:
    """Whether a path is a folder or something in it."""
    return path.rstrip("/") == folder or path.startswith(f"{folder}/")


def has_outputs(facts: Facts) -> bool:
    """Whether the chosen version has output blocks and exports reports; True if the service has none, which NXF017 reports."""
    version = engine_version(facts)
    return version is not None and (version.number is None or version.parts >= parts(limits.NEXTFLOW_OUTPUTS))


def parameter(facts: Facts, name: str) -> Input | None:
    """The parameter with a name."""
    return (
        next((declared for declared in facts.workflow.inputs if declared.name == name), None)
        if facts.workflow
        else None
    )


def default_of(facts: Facts, name: str) -> tuple[str | None, bool]:
    """A parameter's default if it is a string, and whether the default is known to be null or missing."""
    declared = parameter(facts, name)
    if declared is None:
        return None, False
    if declared.default is None:
        return None, True
    return (declared.default.strip('"'), False) if declared.default.startswith('"') else (None, False)
