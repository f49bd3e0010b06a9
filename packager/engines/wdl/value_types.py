"""WDL's types of inputs: the text of a type, with structs from the document and its imports."""

from __future__ import annotations

import re

from packager import value_types
from packager.engines.wdl.closure import Closure
from packager.value_types import ANY, ValueKind, ValueType

_TOKEN = re.compile(r"[A-Za-z_]\w*|[\[\],?+]")
_MAX_DEPTH = 20
_PRIMITIVES = {
    "Boolean": value_types.BOOLEAN,
    "Int": value_types.INTEGER,
    "Float": value_types.NUMBER,
    "String": value_types.STRING,
    "File": value_types.FILE,
    "Directory": value_types.DIRECTORY,
    "Object": value_types.mapping(value_types.STRING, ANY),
    "Any": ANY,
}
Structs = dict[str, tuple[str, tuple[tuple[str, str], ...]]]  # by name: the document and the members with their types


def visible_structs(closure: Closure, path: str) -> dict[str, tuple[str, str]]:
    """The structs that a document sees, by the name that they have there: the document and the name that define each."""
    return _visible(closure, path, ())


def _visible(closure: Closure, path: str, above: tuple[str, ...]) -> dict[str, tuple[str, str]]:
    if path in above or path not in closure.documents:
        return {}
    found: dict[str, tuple[str, str]] = {}
    for fact, target in closure.links.get(path, []):
        renamed = dict(fact.aliases)
        for name, origin in _visible(closure, target, (*above, path)).items():
            found.setdefault(renamed.get(name, name), origin)
    return found | {struct.name: (path, struct.name) for struct in closure.documents[path].structs}


def value_type(closure: Closure, path: str, text: str) -> ValueType:
    """The type that a text names in a document; ANY for what is not known."""
    return _Reader(closure, path, text, ()).whole()


class _Reader:
    """Reads one type. `above` are the structs that are being read, so that none holds itself."""

    def __init__(self, closure: Closure, path: str, text: str, above: tuple[tuple[str, str], ...]) -> None:
        self._closure = closure
        self._path = path
        self._tokens = _TOKEN.findall(text)
        self._next = 0
        self._above = above

    def whole(self) -> ValueType:
        found = self._type(0)
        return found if self._next == len(self._tokens) else ANY

    def _take(self, token: str) -> bool:
        there = self._next < len(self._tokens) and self._tokens[self._next] == token
        self._next += there
        return there

    def _type(self, depth: int) -> ValueType:
        if self._next >= len(self._tokens) or depth > _MAX_DEPTH:
            return ANY
        name = self._tokens[self._next]
        self._next += 1
        arguments = []
        if self._take("["):
            arguments.append(self._type(depth + 1))
            while self._take(","):
                arguments.append(self._type(depth + 1))
            self._take("]")
        found = self._named(name, arguments, filled=self._take("+"))
        return found.or_null() if self._take("?") else found

    def _named(self, name: str, arguments: list[ValueType], *, filled: bool) -> ValueType:
        match name, arguments:
            case "Array", [item]:
                return value_types.array(item, at_least=int(filled))
            case "Map", [key, value]:
                return value_types.mapping(key, value)
            case "Pair", [left, right]:
                return ValueType(ValueKind.PAIR, items=(left, right))
            case _, []:
                return _PRIMITIVES.get(name) or self._struct(name)
        return ANY

    def _struct(self, name: str) -> ValueType:
        origin = visible_structs(self._closure, self._path).get(name)
        if origin is None or origin in self._above or len(self._above) > _MAX_DEPTH:
            return ANY
        path, own = origin
        for struct in self._closure.documents[path].structs:
            if struct.name == own:
                members = tuple(
                    (member, _Reader(self._closure, path, text, (*self._above, origin)).whole())
                    for member, text in struct.members
                )
                return value_types.struct(name, members)
        return ANY
