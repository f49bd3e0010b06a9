"""Whether a run can need an entry of the registry map: a fault of an entry that no image uses cannot make a run fail."""

from __future__ import annotations

from collections.abc import Callable

from packager.findings.diagnostic import Severity
from packager.images.registry_map import ImageMapping, RegistryMapping
from packager.images.registry_map.resolution import covering, serving
from packager.rules.facts import Facts

SeverityInUse = Callable[[ImageMapping | RegistryMapping], Severity | None]


def severity_in_use(facts: Facts) -> SeverityInUse:
    """The severity of a fault that fails a run, by its mapping: a warning if no image needs the mapping, else that of the rule (None).

    A task may pull by any mapping if the workflow, a part of it or one of its images is unknown.
    """
    known = facts.registry_map
    if known is None or facts.complete_workflow is None or any(not use.names for use in facts.images):
        return lambda _: None
    references = [reference for use in facts.images for reference in use.references]
    images = {mapping.index for reference in references for mapping in covering(reference, known)}
    registries = {mapping.index for reference in references for mapping in serving(reference, known)}

    def severity(mapping: ImageMapping | RegistryMapping) -> Severity | None:
        used = images if isinstance(mapping, ImageMapping) else registries
        return None if mapping.index in used else Severity.WARNING

    return severity
