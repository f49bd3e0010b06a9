"""The features of a CWL workflow: what its processes and requirements use that rules report on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from packager.engines.cwl.closure import LoadedDocuments, place_of
from packager.engines.cwl.expressions import sloppy_features
from packager.engines.cwl.nodes import MappingNode, ScalarNode, SequenceNode
from packager.engines.cwl.processes import Requirement, RequirementScope, written
from packager.healthomics.limits import CWL_EXTENSIONS, CWL_VERSIONS
from packager.model.facts import Input
from packager.model.features import Feature, FeatureName, feature_order

# cwltool's own classes; it refuses other unknown classes itself.
_PREFIXES = ("cwltool:", "http://commonwl.org/cwltool#")
_WITHOUT_ABSOLUTE_NAMES = ("v1.0", "v1.1")


def requirement_feature(requirement: Requirement, version: str) -> Feature | None:
    """The feature that a requirement or hint is, if rules report on its class; `version` applies where it is."""
    kind, node, place = requirement.kind, requirement.node, requirement.place
    if kind == "Loop":
        return Feature(FeatureName.LOOP, version, place)
    if kind == "OutOfMemoryRetry":
        multiplier = node.get("memoryRetryMultiplier") or node.get("memoryRetryMultipler")
        return Feature(FeatureName.OUT_OF_MEMORY_RETRY, written(multiplier) if multiplier else "", place)
    if kind == "CUDARequirement":
        capability = node.get("cudaComputeCapability")
        return Feature(FeatureName.CUDA_REQUIREMENT, written(capability) if capability else "", place)
    if kind == "InlineJavascriptRequirement":
        return Feature(FeatureName.JAVASCRIPT, kind, place)
    return None


def command_with_blanks(process: MappingNode) -> Iterator[Feature]:
    """A feature for a tool whose command is one string of multiple words, which is run as the name of one program."""
    command = process.get("baseCommand")
    if isinstance(command, ScalarNode) and isinstance(command.value, str) and len(command.value.split()) > 1:
        yield Feature(FeatureName.COMMAND_WITH_BLANKS, command.value, place_of(command))


def undocumented(requirement: Requirement) -> Iterator[Feature]:
    """A feature for a requirement that is a cwltool extension which the service's guide does not name."""
    if requirement.name.startswith(_PREFIXES) and requirement.kind not in CWL_EXTENSIONS:
        yield Feature(FeatureName.UNDOCUMENTED_REQUIREMENT, requirement.kind, requirement.place)


def absolute_names(requirement: Requirement, scope: RequirementScope, version: str) -> Iterator[Feature]:
    """A feature for each file that is staged at an absolute path where CWL does not allow it."""
    if requirement.kind != "InitialWorkDirRequirement":
        return
    contained = any(other.kind == "DockerRequirement" for other in scope.requirements)
    if contained and version not in _WITHOUT_ABSOLUTE_NAMES:
        return
    listing = requirement.node.get("listing")
    for item in listing.items if isinstance(listing, SequenceNode) else []:
        name = item.get("entryname") if isinstance(item, MappingNode) else None
        if isinstance(name, ScalarNode) and isinstance(name.value, str) and name.value.startswith("/"):
            yield Feature(FeatureName.ABSOLUTE_ENTRY_NAME, name.value, place_of(name))


def features_of(
    loaded: LoadedDocuments, inputs: tuple[Input, ...], processes: Iterable[Feature], source: Callable[[str], str]
) -> tuple[Feature, ...]:
    """Every feature of a workflow, in order: those of its `processes`, and of its documents, of which `source` gives the text."""
    features = {*loaded.features, *processes, *sloppy_features(loaded.roots.values(), source)}
    features |= {
        Feature(FeatureName.INPUT_WITHOUT_LABEL, parameter.name, parameter.place)
        for parameter in inputs
        if not parameter.service_description
    }
    for path, version in loaded.versions.items():
        root = loaded.roots.get(path)
        if version and version not in CWL_VERSIONS and isinstance(root, MappingNode):
            features.add(Feature(FeatureName.UNSUPPORTED_VERSION, version, place_of(root.entries["cwlVersion"])))
    return tuple(sorted(features, key=feature_order))
