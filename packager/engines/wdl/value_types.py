"""WDL's types of inputs: from a type as written, with structs of the document and its imports."""

from __future__ import annotations

import re
from dataclasses import dataclass

from packager.engines.wdl.closure import ImportClosure, StructOrigin
from packager.model import value_types
from packager.model.value_types import ANY, ValueKind, ValueType

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
# Of one type, and of all inputs' types together, with the members of structs; public workflows have less than a tenth of it.
_MAX_NODES = 2_000
_MAX_NODES_OF_ALL = 100_000


def visible_structs(closure: ImportClosure, path: str) -> dict[str, StructOrigin]:
    """The structs that a document can use, by their name there: the document and the name that define each."""
    known = closure.structs.get(path)
    if known is not None:
        return known
    closure.structs[path] = {}  # for circular imports, which `walk` has removed
    structs: dict[str, StructOrigin] = {}
    for fact, target in closure.links.get(path, []):
        renamed = dict(fact.aliases)
        for name, origin in visible_structs(closure, target).items():
            structs.setdefault(renamed.get(name, name), origin)
    document = closure.documents.get(path)
    if document is not None:
        structs |= {struct.name: (path, struct.name) for struct in document.structs}
    closure.structs[path] = structs
    return structs


def value_types_of(closure: ImportClosure, path: str, types: list[str]) -> list[ValueType]:
    """The value types of types as written in a document; ANY for what is unknown, and for members beyond `_MAX_NODES`."""
    reader = _TypeReader(closure, {}, {})
    nodes = min(_MAX_NODES, _MAX_NODES_OF_ALL // max(len(types), 1))
    return [reader.read(path, text, nodes) for text in types]


@dataclass(frozen=True, slots=True)
class _TypeTerm:
    """A type as written: its name, its arguments, and its quantifiers."""

    name: str
    arguments: tuple[_TypeTerm, ...] = ()
    filled: bool = False
    optional: bool = False


_UNKNOWN_TERM = _TypeTerm("Any")


class _TypeParser:
    """Parses one type."""

    def __init__(self, text: str) -> None:
        self._tokens = _TOKEN.findall(text)
        self._next = 0

    def whole(self) -> _TypeTerm:
        term = self._term(0)
        return term if self._next == len(self._tokens) else _UNKNOWN_TERM

    def _take(self, token: str) -> bool:
        is_next = self._next < len(self._tokens) and self._tokens[self._next] == token
        self._next += is_next
        return is_next

    def _term(self, depth: int) -> _TypeTerm:
        if self._next >= len(self._tokens) or depth > _MAX_DEPTH:
            return _UNKNOWN_TERM
        name = self._tokens[self._next]
        self._next += 1
        arguments = []
        if self._take("["):
            arguments.append(self._term(depth + 1))
            while self._take(","):
                arguments.append(self._term(depth + 1))
            self._take("]")
        filled = self._take("+")
        return _TypeTerm(name, tuple(arguments), filled, self._take("?"))


class _TypeReader:
    """From terms to types, with the members of structs.

    `sizes` is how many nodes a struct has with all its members, and `members` are its terms; both by origin. The
    methods' `above` are the structs that are being read, so that none contains itself.
    """

    def __init__(
        self,
        closure: ImportClosure,
        sizes: dict[StructOrigin, int],
        members: dict[StructOrigin, tuple[tuple[str, _TypeTerm], ...]],
    ) -> None:
        self._closure = closure
        self._sizes = sizes
        self._members = members

    def read(self, path: str, text: str, nodes: int) -> ValueType:
        """The type that `text` is in a document, with at most that many nodes."""
        return self._type(path, _TypeParser(text).whole(), nodes, ())

    def _type(self, path: str, term: _TypeTerm, nodes: int, above: tuple[StructOrigin, ...]) -> ValueType:
        named = self._named(path, term, nodes, above)
        return named.or_null() if term.optional else named

    def _named(self, path: str, term: _TypeTerm, nodes: int, above: tuple[StructOrigin, ...]) -> ValueType:
        match term.name, term.arguments:
            case "Array", [item]:
                return value_types.array(self._type(path, item, nodes, above), at_least=int(term.filled))
            case "Map", [key, value]:
                return value_types.mapping(
                    self._type(path, key, nodes // 2, above), self._type(path, value, nodes // 2, above)
                )
            case "Pair", [left, right]:
                items = tuple(self._type(path, item, nodes // 2, above) for item in (left, right))
                return ValueType(ValueKind.PAIR, items=items)
            case _, []:
                return _PRIMITIVES.get(term.name) or self._struct(path, term.name, nodes, above)
        return ANY

    def _struct(self, path: str, name: str, nodes: int, above: tuple[StructOrigin, ...]) -> ValueType:
        origin = visible_structs(self._closure, path).get(name)
        if origin is None or origin in above or len(above) > _MAX_DEPTH:
            return ANY
        members = self._member_terms(origin)
        if not members or len(members) > nodes:
            return ANY
        # A struct that fits gets all its members; otherwise each member gets an equal share of the nodes.
        share = nodes if self._size(origin, ()) <= nodes else nodes // len(members)
        inner = (*above, origin)
        return value_types.struct(
            name, tuple((member, self._type(origin[0], term, share, inner)) for member, term in members)
        )

    def _member_terms(self, origin: StructOrigin) -> tuple[tuple[str, _TypeTerm], ...]:
        if origin not in self._members:
            path, name = origin
            structs = (struct for struct in self._closure.documents[path].structs if struct.name == name)
            struct = next(structs, None)
            members = struct.members if struct is not None else ()
            self._members[origin] = tuple((member, _TypeParser(text).whole()) for member, text in members)
        return self._members[origin]

    def _size(self, origin: StructOrigin, above: tuple[StructOrigin, ...]) -> int:
        if origin not in self._sizes:
            if origin in above or len(above) > _MAX_DEPTH:
                return 1
            inner = (*above, origin)
            self._sizes[origin] = 1 + sum(
                self._size_of(origin[0], term, inner) for _, term in self._member_terms(origin)
            )
        return self._sizes[origin]

    def _size_of(self, path: str, term: _TypeTerm, above: tuple[StructOrigin, ...]) -> int:
        if term.arguments:
            return 1 + sum(self._size_of(path, argument, above) for argument in term.arguments)
        origin = None if term.name in _PRIMITIVES else visible_structs(self._closure, path).get(term.name)
        return 1 if origin is None else self._size(origin, above)
