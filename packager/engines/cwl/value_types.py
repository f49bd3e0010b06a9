"""CWL's types of inputs: records, enums, arrays and choices, with the types that `SchemaDefRequirement` names."""

from __future__ import annotations

from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, SequenceNode
from packager.model import value_types
from packager.model.value_types import ANY, ValueType

_MAX_DEPTH = 20
_MAX_NODES = 2_000  # of one type, with the fields of the records that it names
_PRIMITIVES = {
    "boolean": value_types.BOOLEAN,
    "int": value_types.INTEGER,
    "long": value_types.INTEGER,
    "float": value_types.NUMBER,
    "double": value_types.NUMBER,
    "string": value_types.STRING,
    "File": value_types.FILE,
    "stdin": value_types.FILE,
    "Directory": value_types.DIRECTORY,
    "Any": ANY,
}


def named_types(definitions: Node | None) -> dict[str, MappingNode]:
    """The entries of `types` of a SchemaDefRequirement, by the last part of their names."""
    types: dict[str, MappingNode] = {}
    stack = [definitions]
    while stack:
        node = stack.pop()
        if isinstance(node, SequenceNode):
            stack += node.items
        elif isinstance(node, MappingNode) and node.string("name"):
            types[_last(node.string("name"))] = node
    return types


def _last(name: str) -> str:
    return name.rpartition("#")[2].rpartition("/")[2]


def value_type(node: Node | None, named: dict[str, MappingNode]) -> ValueType:
    """The type of a node; ANY for unknown types, and beyond `_MAX_NODES` or `_MAX_DEPTH`."""
    return _CwlTypeReader(named).of_node(node, 0)


class _CwlTypeReader:
    """Reads one type, with the fields of the records that it names."""

    def __init__(self, named: dict[str, MappingNode]) -> None:
        self._named = named
        self._nodes = 0

    def of_node(self, node: Node | None, depth: int) -> ValueType:
        self._nodes += 1
        if depth > _MAX_DEPTH or self._nodes > _MAX_NODES:
            return ANY
        if isinstance(node, ScalarNode):
            return self._of_text(node.text, depth)
        if isinstance(node, SequenceNode):
            return self._of_choices(node, depth)
        if isinstance(node, MappingNode):
            return self._of_mapping(node, depth)
        return ANY

    def _of_text(self, text: str, depth: int) -> ValueType:
        if depth > _MAX_DEPTH:
            return ANY
        if text.endswith("?"):
            return self._of_text(text[:-1], depth + 1).or_null()
        if text.endswith("[]"):
            return value_types.array(self._of_text(text[:-2], depth + 1))
        if text in _PRIMITIVES:
            return _PRIMITIVES[text]
        known = self._named.get(_last(text))
        return self._of_mapping(known, depth + 1) if known is not None else ANY

    def _of_choices(self, node: SequenceNode, depth: int) -> ValueType:
        null = [isinstance(item, ScalarNode) and item.text == "null" for item in node.items]
        choices = [self.of_node(item, depth + 1) for item, is_null in zip(node.items, null, strict=True) if not is_null]
        if not choices or ANY in choices:
            return ANY
        union = value_types.union(tuple(choices))
        return union.or_null() if any(null) else union

    def _of_mapping(self, node: MappingNode, depth: int) -> ValueType:
        inner = node.get("type")
        kind = inner.text if isinstance(inner, ScalarNode) else ""
        if kind == "array":
            return value_types.array(self.of_node(node.get("items"), depth + 1))
        if kind == "enum":
            symbols = node.get("symbols")
            choices = (
                [_last(symbol.text) for symbol in symbols.items if isinstance(symbol, ScalarNode)]
                if isinstance(symbols, SequenceNode)
                else []
            )
            return value_types.enumeration(tuple(choices), _last(node.string("name"))) if choices else ANY
        if kind == "record":
            members = tuple(self._fields(node.get("fields"), depth))
            return value_types.struct(_last(node.string("name")), members)
        return self.of_node(inner, depth + 1)

    def _fields(self, node: Node | None, depth: int) -> list[tuple[str, ValueType]]:
        """The fields of a record, which are a list of mappings, or a mapping of names to types or mappings."""
        fields: list[tuple[str, ValueType]] = []
        if isinstance(node, MappingNode):
            for name, field in node.entries.items():
                kind = field.get("type") if isinstance(field, MappingNode) and not _is_type(field) else field
                fields.append((name, self.of_node(kind, depth + 1)))
        elif isinstance(node, SequenceNode):
            fields += [
                (_last(item.string("name")), self.of_node(item.get("type"), depth + 1))
                for item in node.items
                if isinstance(item, MappingNode)
            ]
        return fields


def _is_type(node: MappingNode) -> bool:
    """Whether a mapping is a type itself rather than a field with one."""
    inner = node.get("type")
    return isinstance(inner, ScalarNode) and inner.text in ("array", "enum", "record")
