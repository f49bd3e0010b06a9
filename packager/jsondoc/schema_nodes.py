"""The parts of a JSON Schema that apply to a place of a document, and what they allow."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packager.jsondoc.jsontext import Json, Parts
from packager.text import safe

Schema = Mapping[str, Json]
_MAX_DEPTH = 12  # of references and alternatives within each other
_MOST_VALUES = 12  # of an enum in a text
_LIMITS = (
    "pattern", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength", "minItems",
    "maxItems",
)  # fmt: skip
_CHOICES = ("anyOf", "oneOf", "allOf")


@dataclass(frozen=True, slots=True)
class SchemaNode:
    """What applies to one value: its schemas, and whether the object around it needs it."""

    schemas: tuple[Schema, ...]
    required: bool = False

    def first(self, keyword: str) -> Json:
        """The value of a keyword in the first schema that has it."""
        return next((schema[keyword] for schema in self.schemas if keyword in schema), None)

    @property
    def description(self) -> str:
        """The description; empty if it has none."""
        text = self.first("description")
        return text if isinstance(text, str) else ""

    @property
    def types(self) -> tuple[str, ...]:
        """The names of the types that are allowed; none if any is."""
        names: list[str] = []
        for schema in self.schemas:
            kind = schema.get("type")
            names += [each for each in (kind if isinstance(kind, list) else [kind]) if isinstance(each, str)]
        return tuple(dict.fromkeys(names))

    @property
    def values(self) -> tuple[Json, ...]:
        """The values that are allowed, if they are listed, else those that serve as examples."""
        listed = [value for schema in self.schemas for value in _list(schema.get("enum"))]
        listed += [schema["const"] for schema in self.schemas if "const" in schema]
        examples = [value for schema in self.schemas for value in _list(schema.get("examples"))]
        return tuple(listed or examples)


class SchemaDocument:
    """A schema with its definitions."""

    def __init__(self, root: Schema) -> None:
        self._root = root

    def at(self, parts: Parts) -> SchemaNode | None:
        """What applies to the value that names and indices lead to; None if the schema does not describe it."""
        node: SchemaNode | None = SchemaNode(tuple(self._expanded(self._root)))
        for part in parts:
            if node is None:
                return None
            node = self._child(node, part)
        return node

    def members(self, node: SchemaNode) -> dict[str, SchemaNode]:
        """The members that the schema names, in its order."""
        names = dict.fromkeys(name for schema in node.schemas for name in _object(schema.get("properties")))
        return {name: member for name in names if (member := self._child(node, name)) is not None}

    def _child(self, node: SchemaNode, part: str | int) -> SchemaNode | None:
        found: list[Schema] = []
        required = False
        for schema in node.schemas:
            if isinstance(part, int):
                inner = schema.get("items")
            else:
                inner = _object(schema.get("properties")).get(part, schema.get("additionalProperties"))
                required |= part in _list(schema.get("required"))
            if isinstance(inner, dict):
                found += self._expanded(inner)
        return SchemaNode(tuple(found), required) if found else None

    def _expanded(self, schema: Schema, depth: int = 0) -> Iterator[Schema]:
        """A schema, what it refers to, and its alternatives."""
        if depth > _MAX_DEPTH:
            return
        yield schema
        reference = schema.get("$ref")
        if isinstance(reference, str) and reference.startswith("#/$defs/"):
            target = _object(self._root.get("$defs")).get(reference.removeprefix("#/$defs/"))
            if isinstance(target, dict):
                yield from self._expanded(target, depth + 1)
        for keyword in _CHOICES:
            for choice in _list(schema.get(keyword)):
                if isinstance(choice, dict):
                    yield from self._expanded(choice, depth + 1)


def describe(name: str, node: SchemaNode, *, limits: bool = False) -> str:
    """Markdown about a value: its name, its types, and what is documented; with `limits` also its keywords, such as `minimum`."""
    kinds = " or ".join(node.types)
    head = f"**{name}**" + (f": {kinds}" if kinds else "") + (", required" if node.required else "")
    lines = [head, node.description]
    listed = [value for schema in node.schemas for value in _list(schema.get("enum"))]
    if listed:
        more = f" and {len(listed) - _MOST_VALUES} more" if len(listed) > _MOST_VALUES else ""
        lines.append(f"one of {', '.join(f'`{plain(value)}`' for value in listed[:_MOST_VALUES])}{more}")
    for keyword in ("default", *(_LIMITS if limits else ())):
        value = node.first(keyword)
        if value is not None:
            lines.append(f"{keyword}: `{plain(value)}`")
    return "\n\n".join(safe(line) for line in lines if line)


def plain(value: Json) -> str:
    """A value as text: strings as they are, everything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}
