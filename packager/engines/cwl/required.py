"""Features of requirements: classes that the service does not speak of, and files staged at absolute paths."""

from __future__ import annotations

from collections.abc import Iterator

from packager.engines.cwl.closure import place_of
from packager.engines.cwl.nodes import Mapping, Scalar, Sequence
from packager.engines.cwl.processes import Requirement, Scope
from packager.healthomics.limits import CWL_EXTENSIONS
from packager.model.features import Feature, FeatureName

# cwltool's own classes: it refuses those of others by itself.
_PREFIXES = ("cwltool:", "http://commonwl.org/cwltool#")
_WITHOUT_ABSOLUTE_NAMES = ("v1.0", "v1.1")


def undocumented(requirement: Requirement) -> Iterator[Feature]:
    """An extension of cwltool's among the requirements that the service's guide does not name."""
    if requirement.name.startswith(_PREFIXES) and requirement.kind not in CWL_EXTENSIONS:
        yield Feature(FeatureName.UNDOCUMENTED_REQUIREMENT, requirement.kind, requirement.place)


def absolute_names(requirement: Requirement, scope: Scope, version: str) -> Iterator[Feature]:
    """Files that are staged at an absolute path, where CWL does not allow it."""
    if requirement.kind != "InitialWorkDirRequirement":
        return
    contained = any(one.kind == "DockerRequirement" for one in scope.requirements)
    if contained and version not in _WITHOUT_ABSOLUTE_NAMES:
        return
    listing = requirement.node.get("listing")
    for item in listing.items if isinstance(listing, Sequence) else []:
        name = item.get("entryname") if isinstance(item, Mapping) else None
        if isinstance(name, Scalar) and isinstance(name.value, str) and name.value.startswith("/"):
            yield Feature(FeatureName.ABSOLUTE_ENTRY_NAME, name.value, place_of(name))
