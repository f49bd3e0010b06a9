"""Whether a run can need an entry of the registry map: a fault of an entry that no image uses cannot make a run fail."""

from __future__ import annotations

from packager.findings.diagnostic import Severity
from packager.images.registry_map import ImageMapping, RegistryMapping
from packager.images.registry_map.resolution import covers, serves
from packager.rules.facts import Facts


def may_be_used(facts: Facts, mapping: ImageMapping | RegistryMapping) -> bool:
    """Whether a task may pull an image by a mapping; it may if the workflow, a part of it or one of its images is unknown."""
    if facts.complete_workflow is None or any(not use.names for use in facts.images):
        return True
    references = [reference for use in facts.images for reference in use.references]
    if isinstance(mapping, ImageMapping):
        return any(covers(mapping, reference) for reference in references)
    return any(serves(mapping, reference) for reference in references)


def severity_in_use(facts: Facts, mapping: ImageMapping | RegistryMapping) -> Severity | None:
    """The severity of a fault that fails a run: a warning if no image needs the mapping, else that of the rule (None)."""
    return None if may_be_used(facts, mapping) else Severity.WARNING
