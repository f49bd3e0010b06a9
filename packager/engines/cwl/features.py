"""The features of a CWL workflow: what its processes and requirements use that rules report on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from packager.engines.cwl.closure import LoadedDocuments, place_of
from packager.engines.cwl.expressions import sloppy_features
from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, SequenceNode
from packager.engines.cwl.processes import (
    Requirement,
    RequirementScope,
    members,
    nullable,
    process_name,
    short,
    type_text,
    written,
)
from packager.engines.cwl.secondary import patterns_of
from packager.engines.cwl.values import has_expression
from packager.healthomics.limits import CWL_EXTENSIONS, CWL_VERSIONS
from packager.model.facts import Input
from packager.model.features import Feature, FeatureName, feature_order

# cwltool's own classes; it refuses other unknown classes itself.
_PREFIXES = ("cwltool:", "http://commonwl.org/cwltool#")
_WITHOUT_ABSOLUTE_NAMES = ("v1.0", "v1.1")
Origins = Mapping[str, frozenset[str]]  # a process's inputs, and the inputs of main that they get unchanged


class Declared:
    """The inputs of main that are files, each with the secondary files that it declares."""

    def __init__(self, main: MappingNode) -> None:
        self._inputs: dict[str, tuple[Node, frozenset[str]]] = {}
        for member in members(main.get("inputs")):
            node = member.node
            kind = node.get("type") if isinstance(node, MappingNode) else node
            secondary = node.get("secondaryFiles") if isinstance(node, MappingNode) else None
            patterns = [pattern for pattern, _required in patterns_of(secondary)]
            if "File" in type_text(kind) and not any(has_expression(pattern) for pattern in patterns):
                key = main.get("inputs")
                where = key.keys[member.name] if isinstance(key, MappingNode) else node
                self._inputs[short(member.name)] = (where, frozenset(patterns))

    def origins(self) -> Origins:
        """Main's own inputs, each with itself as its origin."""
        return {name: frozenset({name}) for name in self._inputs}

    def lacking(self, process: MappingNode, name: str, origins: Origins) -> Iterator[Feature]:
        """The secondary files that a process needs and main does not declare.

        Only main's own declaration makes an engine look for them: steps pass on what they get.
        """
        for member in members(process.get("inputs")):
            node = member.node
            if not isinstance(node, MappingNode) or nullable(node.get("type")):
                continue  # a tool that does not need the file may not need its secondary files
            needed = {
                pattern
                for pattern, required in patterns_of(node.get("secondaryFiles"))
                if required and not has_expression(pattern)
            }
            for origin in sorted(origins.get(short(member.name), frozenset())):
                where, declared = self._inputs[origin]
                for pattern in sorted(needed - declared):
                    user = process_name(process, name)
                    yield Feature(
                        FeatureName.UNDECLARED_SECONDARY_FILE, pattern, place_of(where), key=origin, reason=user
                    )


def handed_on(step: MappingNode, workflow: MappingNode, outer: Origins) -> Origins:
    """The inputs of a step's process that get inputs of main unchanged, with these inputs of main."""
    unchanged: dict[str, frozenset[str]] = {}
    prefix = f"{short(workflow.string('id'))}/"
    for member in members(step.get("in")):
        source: Node | None = member.node
        if isinstance(source, MappingNode):
            if source.get("valueFrom") is not None:
                continue  # what comes out may be anything
            source = source.get("source")
        sources = source.items if isinstance(source, SequenceNode) else [source]
        names = [
            source.value.rpartition("#")[2].removeprefix(prefix)
            for source in sources
            if isinstance(source, ScalarNode) and isinstance(source.value, str)
        ]
        origins = frozenset[str]().union(*(outer.get(name, frozenset()) for name in names))
        if origins:
            unchanged[short(member.name)] = origins
    return unchanged


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
