"""The JavaScript of a definition: its places in the documents, and what strict mode refuses in it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from packager.engines.cwl.javascript import MAX_TEXT, MAX_TOKENS, Sloppy, Token, declared, sloppy, suspicious, tokens
from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, SequenceNode
from packager.findings.diagnostic import Place
from packager.model.features import Feature, FeatureName

_PROSE = frozenset({"doc", "label", "$schemas", "$namespaces"})


@dataclass(frozen=True, slots=True)
class _Body:
    """A piece of JavaScript: the scalar that contains it, and whether it is a shared library."""

    scalar: ScalarNode
    library: bool

    def tokens(self) -> list[Token]:
        every = tokens(str(self.scalar.value))
        return every if self.library else _first_block(every)


def sloppy_features(roots: Iterable[Node | None], source: Callable[[str], str]) -> Iterator[Feature]:
    """What strict mode refuses in the expressions of the documents; `source` gives a document's text."""
    seen: set[int] = set()
    bodies = [body for root in roots if root is not None for body in _bodies(root, seen)]
    doubtful = [body for body in bodies if suspicious(str(body.scalar.value))]
    if not doubtful:
        return
    read: list[tuple[_Body, list[Token]]] = []
    count = 0
    for body in dict.fromkeys([*doubtful, *(body for body in bodies if body.library)]):
        contents = body.tokens()
        count += len(contents)
        if count > MAX_TOKENS:
            return  # names may be declared in what is not read
        read.append((body, contents))
    names = set[str]().union(*(declared(contents) for body, contents in read if body.library))
    for body, contents in read:
        expression = f"{body.scalar.line}:{body.scalar.column}"
        for refused in sloppy(contents, names | declared(contents)):
            place = _place(body.scalar, refused, source(body.scalar.path))
            yield Feature(FeatureName.SLOPPY_JAVASCRIPT, refused.what, place, key=expression)


def _bodies(root: Node, seen: set[int]) -> Iterator[_Body]:
    """The JavaScript below a node: expressions in `${...}`, and libraries."""
    pending: list[tuple[Node, bool]] = [(root, False)]
    while pending:
        node, library = pending.pop()
        if isinstance(node, ScalarNode):
            text = node.value if isinstance(node.value, str) else ""
            if len(text) <= MAX_TEXT and (library or text.lstrip().startswith("${")):
                yield _Body(node, library)
            continue
        if id(node) in seen:
            continue
        seen.add(id(node))
        if isinstance(node, SequenceNode):
            pending += [(item, library) for item in reversed(node.items)]
        elif isinstance(node, MappingNode):
            inside = [(value, key == "expressionLib") for key, value in node.entries.items() if key not in _PROSE]
            pending += reversed(inside)


def _first_block(contents: list[Token]) -> list[Token]:
    """The tokens of `${...}` without what follows it: a command, or another expression."""
    depth = 0
    for index, token in enumerate(contents):
        depth += (token.text == "{") - (token.text == "}")
        if depth == 0 and token.text == "}":
            return contents[: index + 1]
    return []  # not closed, which cwltool reports


def _place(scalar: ScalarNode, refused: Sloppy, source: str) -> Place:
    """The place in the document: searched for in the lines of the scalar, else where the scalar begins."""
    text = str(scalar.value)
    nth = text.count(name := text[refused.start : refused.start + refused.length], 0, refused.start)
    lines = source.splitlines()
    for number in range(scalar.line, min(scalar.end_line, len(lines)) + 1):
        line = lines[number - 1]
        first = scalar.column - 1 if number == scalar.line else 0
        last = scalar.end_column - 1 if number == scalar.end_line else len(line)
        column = line.find(name, first, last)
        while column >= 0:
            if nth == 0:
                return Place(scalar.path, number, column + 1, number, column + 1 + refused.length)
            nth -= 1
            column = line.find(name, column + len(name), last)
    return Place(scalar.path, scalar.line, scalar.column)
