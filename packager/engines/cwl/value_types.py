"""CWL's types of inputs: records, enums, arrays and choices, with the types that `SchemaDefRequirement` names."""

from __future__ import annotations

from packager import value_types
from packager.engines.cwl.nodes import Mapping, Node, Scalar, Sequence
from packager.value_types import ANY, ValueType

_MAX_DEPTH = 20
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


def named_types(definitions: Node | None) -> dict[str, Mapping]:
    """The entries of `types` of a SchemaDefRequirement, by the last part of their names."""
    found: dict[str, Mapping] = {}
    stack = [definitions]
    while stack:
        node = stack.pop()
        if isinstance(node, Sequence):
            stack += node.items
        elif isinstance(node, Mapping) and node.string("name"):
            found[_last(node.string("name"))] = node
    return found


def _last(name: str) -> str:
    return name.rpartition("#")[2].rpartition("/")[2]


def value_type(node: Node | None, named: dict[str, Mapping], depth: int = 0) -> ValueType:
    """The type of a node; ANY for what is not known."""
    if depth > _MAX_DEPTH:
        return ANY
    if isinstance(node, Scalar):
        return _of_text(node.text, named, depth)
    if isinstance(node, Sequence):
        return _of_choices(node, named, depth)
    if isinstance(node, Mapping):
        return _of_mapping(node, named, depth)
    return ANY


def _of_text(text: str, named: dict[str, Mapping], depth: int) -> ValueType:
    if text.endswith("?"):
        return _of_text(text[:-1], named, depth + 1).or_null()
    if text.endswith("[]"):
        return value_types.array(_of_text(text[:-2], named, depth + 1))
    if text in _PRIMITIVES:
        return _PRIMITIVES[text]
    known = named.get(_last(text))
    return _of_mapping(known, named, depth + 1) if known is not None else ANY


def _of_choices(node: Sequence, named: dict[str, Mapping], depth: int) -> ValueType:
    null = [isinstance(one, Scalar) and one.text == "null" for one in node.items]
    choices = [value_type(one, named, depth + 1) for one, is_null in zip(node.items, null, strict=True) if not is_null]
    if not choices or ANY in choices:
        return ANY
    found = value_types.union(tuple(choices))
    return found.or_null() if any(null) else found


def _of_mapping(node: Mapping, named: dict[str, Mapping], depth: int) -> ValueType:
    inner = node.get("type")
    kind = inner.text if isinstance(inner, Scalar) else ""
    if kind == "array":
        return value_types.array(value_type(node.get("items"), named, depth + 1))
    if kind == "enum":
        symbols = node.get("symbols")
        choices = (
            [_last(one.text) for one in symbols.items if isinstance(one, Scalar)]
            if isinstance(symbols, Sequence)
            else []
        )
        return value_types.enumeration(tuple(choices), _last(node.string("name"))) if choices else ANY
    if kind == "record":
        return value_types.struct(_last(node.string("name")), tuple(_fields(node.get("fields"), named, depth)))
    return value_type(inner, named, depth + 1)


def _fields(node: Node | None, named: dict[str, Mapping], depth: int) -> list[tuple[str, ValueType]]:
    """The fields of a record, which are a list of mappings, or a mapping of names to types or mappings."""
    found = []
    if isinstance(node, Mapping):
        for name, field in node.entries.items():
            kind = field.get("type") if isinstance(field, Mapping) and not _is_type(field) else field
            found.append((name, value_type(kind, named, depth + 1)))
    elif isinstance(node, Sequence):
        found += [
            (_last(item.string("name")), value_type(item.get("type"), named, depth + 1))
            for item in node.items
            if isinstance(item, Mapping)
        ]
    return found


def _is_type(node: Mapping) -> bool:
    """Whether a mapping is a type itself rather than a field with one."""
    inner = node.get("type")
    return isinstance(inner, Scalar) and inner.text in ("array", "enum", "record")
