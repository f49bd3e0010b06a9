"""Files beside an input's file that a process needs but main does not declare.

Only main's own declaration makes an engine look for them: below main they are handed on, never looked for again.
"""

from __future__ import annotations

from collections.abc import Iterator
from collections.abc import Mapping as Lookup

from packager.engines.cwl.closure import place_of
from packager.engines.cwl.nodes import Mapping, Node, Scalar, Sequence
from packager.engines.cwl.processes import members, nullable, process_name, short, type_text
from packager.engines.cwl.values import has_expression
from packager.model.features import Feature, FeatureName

Origins = Lookup[str, frozenset[str]]  # a process's inputs, and the inputs of main that they get unchanged


class Declared:
    """The inputs of main that are files, each with what it declares beside them."""

    def __init__(self, main: Mapping) -> None:
        self._inputs: dict[str, tuple[Node, frozenset[str]]] = {}
        for member in members(main.get("inputs")):
            node = member.node
            kind = node.get("type") if isinstance(node, Mapping) else node
            beside = node.get("secondaryFiles") if isinstance(node, Mapping) else None
            patterns = [pattern for pattern, _required in _patterns(beside)]
            if "File" in type_text(kind) and not any(has_expression(pattern) for pattern in patterns):
                key = main.get("inputs")
                where = key.keys[member.name] if isinstance(key, Mapping) else node
                self._inputs[short(member.name)] = (where, frozenset(patterns))

    def origins(self) -> Origins:
        """Main's inputs come from themselves."""
        return {name: frozenset({name}) for name in self._inputs}

    def lacking(self, process: Mapping, name: str, origins: Origins) -> Iterator[Feature]:
        """What a process needs beside its inputs and main does not declare."""
        for member in members(process.get("inputs")):
            node = member.node
            if not isinstance(node, Mapping) or nullable(node.get("type")):
                continue  # a tool that can do without the file may do without its neighbours
            needed = {
                pattern
                for pattern, required in _patterns(node.get("secondaryFiles"))
                if required and not has_expression(pattern)
            }
            for origin in sorted(origins.get(short(member.name), frozenset())):
                where, declared = self._inputs[origin]
                for pattern in sorted(needed - declared):
                    text = "\n".join((origin, pattern, process_name(process, name)))
                    yield Feature(FeatureName.UNDECLARED_SECONDARY_FILE, text, place_of(where))


def handed_on(step: Mapping, workflow: Mapping, outer: Origins) -> Origins:
    """The inputs of a step's process that get inputs of main unchanged."""
    found: dict[str, frozenset[str]] = {}
    prefix = f"{short(workflow.string('id'))}/"
    for member in members(step.get("in")):
        source: Node | None = member.node
        if isinstance(source, Mapping):
            if source.get("valueFrom") is not None:
                continue  # what comes out may be anything
            source = source.get("source")
        sources = source.items if isinstance(source, Sequence) else [source]
        names = [
            one.value.rpartition("#")[2].removeprefix(prefix)
            for one in sources
            if isinstance(one, Scalar) and isinstance(one.value, str)
        ]
        origins = frozenset[str]().union(*(outer.get(name, frozenset()) for name in names))
        if origins:
            found[short(member.name)] = origins
    return found


def _patterns(node: Node | None) -> Iterator[tuple[str, bool]]:
    """The patterns of a `secondaryFiles`, each with whether the file must be there."""
    for item in node.items if isinstance(node, Sequence) else [node]:
        if isinstance(item, Scalar) and isinstance(item.value, str):
            yield item.value.removesuffix("?"), not item.value.endswith("?")
        elif isinstance(item, Mapping) and (pattern := item.string("pattern")):
            required = item.get("required")
            must = required is None or (isinstance(required, Scalar) and required.value is True)
            yield pattern.removesuffix("?"), must and not pattern.endswith("?")
