"""YAML and JSON documents as trees of nodes with places, read as CWL's reference implementation reads them.

Built from libyaml's events, so that nesting, aliases and size are bounded before any tree exists. Scalars follow
the YAML 1.2 core schema with the extensions of ruamel.yaml, which cwltool uses: `yes` and `on` are strings.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, TypeAlias

import yaml

from packager.engines.cwl.scan import plain_value
from packager.engines.cwl.yaml_errors import yaml_message

MAX_DEPTH = 200
MAX_NODES = 300_000  # after aliases are expanded: megabytes of packed workflow


@dataclass(slots=True, eq=False)
class ScalarNode:
    """A scalar: its value, and where it begins (1-based). `text` is what is written, without quotes."""

    path: str
    line: int
    column: int
    value: str | int | float | bool | None
    text: str
    end_line: int = 0
    end_column: int = 0

    weight = 1
    height = 1


@dataclass(slots=True, eq=False)
class SequenceNode:
    """A list of nodes; `weight` counts nodes with aliases expanded, `height` is the depth below."""

    path: str
    line: int
    column: int
    items: list[Node]
    weight: int = 1
    height: int = 1


@dataclass(slots=True, eq=False)
class MappingNode:
    """A mapping in its order; `keys` holds the node of each key."""

    path: str
    line: int
    column: int
    entries: dict[str, Node]
    keys: dict[str, ScalarNode]
    weight: int = 1
    height: int = 1

    def get(self, key: str) -> Node | None:
        """The value of a key, or None."""
        return self.entries.get(key)

    def string(self, key: str) -> str:
        """The value of a key where it is a string, else ''."""
        node = self.entries.get(key)
        return node.value if isinstance(node, ScalarNode) and isinstance(node.value, str) else ""


Node: TypeAlias = ScalarNode | SequenceNode | MappingNode
Event: TypeAlias = Any  # of libyaml or ruamel.yaml, which share no class


@dataclass(frozen=True, slots=True)
class YamlProblem:
    """Why a document could not be read, or a duplicate key; 1-based place. `bound`: it is too deep or too large."""

    line: int
    column: int
    message: str
    bound: bool = False


@dataclass(frozen=True, slots=True)
class YamlDocument:
    """A document that was read: its root and its duplicate keys (the first value of each counts)."""

    root: Node
    duplicates: tuple[YamlProblem, ...]


class _RefusedError(Exception):
    def __init__(self, event: Event, message: str, *, bound: bool = False) -> None:
        super().__init__(message)
        mark = event.start_mark
        self.problem = YamlProblem(mark.line + 1, mark.column + 1, message, bound)


def parse(path: str, text: str) -> YamlDocument | YamlProblem:
    """The tree of a document, or why it cannot be read; never raises. `path` is in the nodes' places."""
    try:
        return _compose(path, _events(text))
    except _RefusedError as refused:
        return refused.problem
    except (yaml.YAMLError, ValueError) as error:
        return _second_opinion(path, text, error)


def _events(text: str) -> Iterator[Event]:
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return iter(yaml.parse(text, Loader=loader))


def _second_opinion(path: str, text: str, error: Exception) -> YamlDocument | YamlProblem:
    """How ruamel.yaml reads a document that libyaml refuses: cwltool uses it, and it knows YAML 1.2."""
    import ruamel.yaml  # noqa: PLC0415 - only where libyaml refuses

    first = _problem(error, text)
    try:
        reader = ruamel.yaml.YAML(typ="rt", pure=True)
        return _compose(path, reader.parse(text))
    except _RefusedError as refused:
        return refused.problem
    except (
        ruamel.yaml.error.YAMLError,
        ValueError,
        RecursionError,
        AttributeError,
        AssertionError,
    ):
        return first


def _problem(error: Exception, text: str) -> YamlProblem:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or str(error)
    line, column = _inside(text, mark.line + 1, mark.column + 1) if mark else (1, 1)
    context = getattr(error, "context", None) or ""
    return YamlProblem(line, column, yaml_message(str(problem), context, text, (line, column)))


def _inside(text: str, line: int, column: int) -> tuple[int, int]:
    """A place of a parser, or the nearest one before it in the text.

    libyaml puts the end of a document without a last line end behind it, and counts other characters as line ends, too.
    """
    lines = text.split("\n")
    if line > len(lines):
        return len(lines), len(lines[-1]) + 1
    return line, min(column, len(lines[line - 1]) + 1)


class _OpenCollection:
    """A collection under construction."""

    __slots__ = ("anchor", "key", "keys", "node")

    def __init__(self, node: SequenceNode | MappingNode, anchor: str | None) -> None:
        self.node = node
        self.anchor = anchor
        self.key: ScalarNode | None = None
        self.keys: set[str] = set()


class _TreeComposer:
    def __init__(self, path: str) -> None:
        self.path = path
        self.stack: list[_OpenCollection] = []
        self.anchors: dict[str, Node] = {}
        self.duplicates: list[YamlProblem] = []
        self.root: Node | None = None
        self.count = 0

    def add(self, node: Node, event: Event) -> None:
        """Add a finished node to its parent."""
        if not self.stack:
            if self.root is not None:
                raise _RefusedError(event, "more than one document in the file")
            self.root = node
            return
        parent = self.stack[-1]
        target = parent.node
        target.weight += node.weight
        target.height = max(target.height, node.height + 1)
        if target.weight > MAX_NODES or self.count > MAX_NODES:
            raise _RefusedError(
                event, f"the document has more than {MAX_NODES:,} nodes, with aliases expanded", bound=True
            )
        if len(self.stack) + node.height > MAX_DEPTH:
            raise _RefusedError(event, f"nested more than {MAX_DEPTH} levels deep", bound=True)
        if isinstance(target, SequenceNode):
            target.items.append(node)
        elif parent.key is None:
            parent.key = node if isinstance(node, ScalarNode) else _odd_key(node)
        else:
            self._member(parent, target, parent.key, node)
            parent.key = None

    def _member(self, parent: _OpenCollection, target: MappingNode, key: ScalarNode, node: Node) -> None:
        name = key.text
        if name == "<<" and not isinstance(node, ScalarNode):
            for source in node.items if isinstance(node, SequenceNode) else [node]:
                if isinstance(source, MappingNode):
                    for inherited, value in source.entries.items():
                        if inherited not in target.entries:
                            target.entries[inherited] = value
                            target.keys[inherited] = source.keys[inherited]
            return
        if name in parent.keys:
            self.duplicates.append(YamlProblem(key.line, key.column, name))
            return
        parent.keys.add(name)
        target.entries[name] = node
        target.keys[name] = key


def _odd_key(node: SequenceNode | MappingNode) -> ScalarNode:
    return ScalarNode(node.path, node.line, node.column, "?", "?")


def _scalar(event: Event, path: str) -> ScalarNode:
    text = event.value
    start, end = event.start_mark, event.end_mark
    value = text
    tag = event.tag
    # newer versions of ruamel.yaml return a tag object; only its text counts
    if tag is None or str(tag) in ("!", "None"):
        if event.style in (None, "") and tag is None:
            value = plain_value(text)
    elif str(tag).endswith((":int", ":float", ":bool", ":null")):
        value = plain_value(text)
    return ScalarNode(path, start.line + 1, start.column + 1, value, text, end.line + 1, end.column + 1)


def _compose(path: str, events: Iterable[Event]) -> YamlDocument:
    composer = _TreeComposer(path)
    stack = composer.stack
    last: Event | None = None
    for event in events:
        last = event
        kind = type(event).__name__
        if kind == "ScalarEvent":
            node: Node = _scalar(event, path)
            composer.count += 1
            if event.anchor:
                composer.anchors[event.anchor] = node
            composer.add(node, event)
        elif kind in ("MappingStartEvent", "SequenceStartEvent"):
            if len(stack) >= MAX_DEPTH:
                raise _RefusedError(event, f"nested more than {MAX_DEPTH} levels deep", bound=True)
            mark = event.start_mark
            composer.count += 1
            empty: SequenceNode | MappingNode = (
                MappingNode(path, mark.line + 1, mark.column + 1, {}, {})
                if kind == "MappingStartEvent"
                else SequenceNode(path, mark.line + 1, mark.column + 1, [])
            )
            stack.append(_OpenCollection(empty, event.anchor))
        elif kind in ("MappingEndEvent", "SequenceEndEvent"):
            done = stack.pop()
            if done.anchor:
                composer.anchors[done.anchor] = done.node
            composer.add(done.node, event)
        elif kind == "AliasEvent":
            aliased = composer.anchors.get(event.anchor)
            if aliased is None:
                raise _RefusedError(event, f"the alias `*{event.anchor}` has no anchor before it")
            composer.add(aliased, event)
    if composer.root is None:
        return YamlDocument(ScalarNode(path, 1, 1, None, ""), ())
    assert last is not None
    return YamlDocument(composer.root, tuple(composer.duplicates))


def plain(node: Node) -> object:
    """A node as plain JSON-like data."""
    if isinstance(node, ScalarNode):
        return node.value
    if isinstance(node, SequenceNode):
        return [plain(item) for item in node.items]
    return {key: plain(value) for key, value in node.entries.items()}


_BLOCKS = ("|", ">")


def quoted(text: str) -> tuple[tuple[int, int], ...]:
    """The offsets of scalars up to the first error, in which nothing is a comment; never raises.

    A block scalar begins on the line below its sign.
    """
    scalars = []
    with suppress(yaml.YAMLError, ValueError):
        for token in yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(token, yaml.ScalarToken):
                start, end = token.start_mark.index, token.end_mark.index
                if token.style in _BLOCKS:
                    start = text.find("\n", start, end) + 1 or end
                scalars.append((start, end))
    return tuple(scalars)
