"""Hover and completion in the JSON files that the service or packager reads, from their schemas and the facts of the workflows."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from lsprotocol import types

from packager.app.loaded import Loaded
from packager.images.registry_map.generation import default_prefix, repository_for
from packager.images.registry_map.resolution import private_host
from packager.jsondoc import schemas
from packager.jsondoc.cursor import Cursor, cursor_at, keys_at
from packager.jsondoc.jsontext import Json, Parts
from packager.jsondoc.schema_nodes import SchemaDocument, SchemaNode, describe, plain
from packager.lsp.documents import Language
from packager.lsp.hover import about_parameter
from packager.lsp.knowledge import shown_image
from packager.lsp.proposals import Proposal
from packager.lsp.registry_map_help import about_entry, images_without_entry, registries_without_entry
from packager.model.facts import Input
from packager.model.image_reference import as_reference, read_name
from packager.parameters.json_schema import make_schema
from packager.parameters.request_schema import make_request_schema
from packager.parameters.run_requests import PARAMETERS, RunFile, guess
from packager.parameters.template import bare_name

_SHIPPED = {
    Language.TEMPLATE: "parameter-template",
    Language.REGISTRY_MAP: "container-registry-map",
    Language.SCHEMA: "nextflow-schema",
}
LANGUAGES = frozenset({*_SHIPPED, Language.RUN})
_EMPTY: dict[str, Json] = {"string": "", "boolean": True, "array": [], "object": {}}
_MOST_VALUES = 200


@dataclass(frozen=True)
class JsonFile:
    """An open file with the workflows that it is for."""

    language: Language
    path: str
    text: str
    workflows: tuple[Loaded, ...]

    @functools.cached_property
    def run_file(self) -> RunFile | None:
        """Which request that starts runs it is; None if it has the parameters of one run."""
        return guess(self.text)

    @property
    def has_all_inputs(self) -> bool:
        """Whether all inputs of its workflows are known."""
        return bool(self.workflows) and all(loaded.workflow.complete for loaded in self.workflows)

    def schema(self) -> tuple[SchemaDocument, bool]:
        """The schema of the file, and whether its keywords add to its descriptions."""
        if self.language in _SHIPPED:
            return SchemaDocument(schemas.load(_SHIPPED[self.language])), False
        parameters: dict[str, Json] = {"type": "object"}
        for loaded in self.workflows[:1]:
            parameters = make_schema(loaded.workflow, {name for name, _ in loaded.parameters.parameters})
        kind = self.run_file
        return SchemaDocument(parameters if kind is None else _with_request(kind, parameters)), kind is None

    def declared(self, parts: Parts) -> Iterator[tuple[Input, Loaded]]:
        """The inputs that a place is the entry or the value of."""
        if not parts or not isinstance(parts[-1], str):
            return
        around, name = parts[:-1], parts[-1]
        is_name = (
            not around if self.language is Language.TEMPLATE or self.run_file is None else around[-1:] == (PARAMETERS,)
        )
        if self.language not in (Language.TEMPLATE, Language.RUN) or not is_name:
            return
        for loaded in self.workflows:
            own = bare_name(name, loaded.workflow) or name
            for declared in loaded.workflow.inputs:
                if declared.name == own:
                    yield declared, loaded


def _with_request(kind: RunFile, parameters: dict[str, Json]) -> dict[str, Json]:
    structs = parameters.pop("$defs", None)
    request = make_request_schema(kind, parameters)
    return request if structs is None else {**request, "$defs": structs}


# -- hover ----------------------------------------------------------------------------------------


def hover_json(file: JsonFile, offset: int) -> tuple[str, int, int] | None:
    """Markdown about the key or value at an offset, and the span that it is about; None between them."""
    cursor = cursor_at(file.text, offset)
    parts = cursor.value_parts
    if cursor.start == cursor.end or not parts:
        return None
    sections = [about_parameter(declared, loaded) for declared, loaded in file.declared(parts)]
    if not sections:
        schema, limits = file.schema()
        node = schema.at(parts)
        if isinstance(parts[-1], int) and node is not None and not node.description:
            node = schema.at(parts[:-1])  # the list describes its items
        name = next((part for part in reversed(parts) if isinstance(part, str)), "")
        sections = [describe(name, node, limits=limits)] if node is not None else []
        if file.language is Language.TEMPLATE and len(parts) == 1 and file.has_all_inputs:
            sections.insert(0, f"`{plain(parts[0])}` is not an input of the workflow")
    if file.language is Language.REGISTRY_MAP:
        sections.append(about_entry(file.path, file.text, parts, file.workflows))
    shown = "\n\n".join(dict.fromkeys(section for section in sections if section))
    return (shown, cursor.start, cursor.end) if shown else None


# -- completion -----------------------------------------------------------------------------------


def complete_json(file: JsonFile, offset: int) -> Iterator[Proposal]:
    """What can be at an offset: keys that the object does not have yet, or values."""
    cursor = cursor_at(file.text, offset, inserting=True)
    schema, _ = file.schema()
    if cursor.at_key:
        yield from _keys(file, cursor, schema)
    else:
        yield from _values(file, cursor, schema)


def _keys(file: JsonFile, cursor: Cursor, schema: SchemaDocument) -> Iterator[Proposal]:
    around = schema.at(cursor.parts)
    known = schema.members(around) if around is not None else {}
    proposed: dict[str, tuple[SchemaNode | None, str, Json]] = {
        name: (node, "required" if node.required else "", _first_value(node)) for name, node in known.items()
    }
    proposed |= {name: (None, detail, value) for name, detail, value in _parameters(file, cursor)}
    for name, (node, detail, value) in proposed.items():
        inputs = list(file.declared((*cursor.parts, name)))
        if any(key in cursor.other_keys for key in (name, *(f"{loaded.workflow.name}.{name}" for _, loaded in inputs))):
            continue
        if file.language is Language.RUN and inputs:
            detail = ", ".join(part for part in (inputs[0][0].type, detail) if part)  # noqa: PLW2901 - with its type
        yield Proposal(
            label=name,
            kind=types.CompletionItemKind.Property,
            start=cursor.start,
            end=cursor.end,
            insert=_member(file.text, cursor, name, value),
            detail=detail,
            documentation=describe(name, node) if node is not None else "",
            first=node is not None and node.required,
            match=f'"{name}"',
        )


def _parameters(file: JsonFile, cursor: Cursor) -> Iterator[tuple[str, str, Json]]:
    """The parameters that the file does not describe yet, where it names them: name, detail, and what to write about them."""
    if file.language is Language.TEMPLATE and not cursor.parts:
        for loaded in file.workflows:
            for name, entry in loaded.template.parameters:
                body: dict[str, Json] = {"description": entry.description}
                yield name, entry.description, {**body, "optional": True} if entry.optional else body
    elif file.language is Language.SCHEMA and cursor.parts[-1:] == ("properties",):
        for loaded in file.workflows:
            for declared in loaded.workflow.inputs:
                if f'"{declared.name}"' not in file.text:
                    yield declared.name, "parameter of the pipeline", {}


def _first_value(node: SchemaNode) -> Json:
    """The value that a new member begins with; None if its type is not decided."""
    default = node.first("default")
    if default is not None:
        return default
    return _EMPTY.get(node.types[0]) if node.types else None


def _member(text: str, cursor: Cursor, name: str, value: Json) -> str:
    """The text of a new member, or of a key whose value exists."""
    key = json.dumps(name, ensure_ascii=False)
    if cursor.has_colon:
        return key
    follows = text[cursor.end :].lstrip()[:1] == '"'
    shown = "" if value is None else json.dumps(value, ensure_ascii=False)
    return f"{key}: {shown}{',' if follows else ''}"


def _values(file: JsonFile, cursor: Cursor, schema: SchemaDocument) -> Iterator[Proposal]:
    node = schema.at(cursor.value_parts)
    values: dict[str, tuple[Json, str]] = {}
    if node is not None:
        listed = [*node.values, *([True, False] if "boolean" in node.types else [])]
        default = node.first("default")
        values = {plain(value): (value, "") for value in ([default] if default is not None else []) + listed}
    own = {Language.REGISTRY_MAP: _map_values, Language.SCHEMA: _schema_values}.get(file.language)
    if own is not None:
        values = {text: (text, detail) for text, detail in own(file, cursor)} or values
    for label, (value, detail) in list(values.items())[:_MOST_VALUES]:
        written = json.dumps(value, ensure_ascii=False)
        yield Proposal(
            label=label,
            kind=types.CompletionItemKind.Value,
            start=cursor.start,
            end=cursor.end,
            insert=written,
            detail=detail,
            match=written,
        )


def _schema_values(file: JsonFile, cursor: Cursor) -> Iterator[tuple[str, str]]:
    """What a part of `nextflow_schema.json` can refer to: a parameter of its group, or a group."""
    if cursor.parts[-1:] == ("required",):
        for name in keys_at(file.text, (*cursor.parts[:-1], "properties")):
            yield name, "parameter of the group"
    elif cursor.name == "$ref" and cursor.parts[:1] == ("allOf",):
        for section in ("$defs", "definitions"):
            for name in keys_at(file.text, (section,)):
                yield f"#/{section}/{name}", "group of parameters"


def _map_values(file: JsonFile, cursor: Cursor) -> Iterator[tuple[str, str]]:
    """The values of a member of the registry map that fit the images of the workflows."""
    match cursor.name:
        case "upstreamRegistryUrl":
            for host in registries_without_entry(file.path, file.text, file.workflows):
                yield host, "registry of the workflow's images without an entry"
        case "ecrRepositoryPrefix":
            host = cursor.value_of("upstreamRegistryUrl")
            if host:
                yield default_prefix(host), "default of `packager map generate`"
        case "sourceImage":
            for image in images_without_entry(file.path, file.text, file.workflows):
                yield shown_image(image), "image of the workflow without an entry"
        case "destinationImage":
            source = as_reference(read_name(cursor.value_of("sourceImage")))
            for loaded in file.workflows if source is not None else ():
                assert source is not None
                host = private_host(loaded.account, loaded.region)
                copy = replace(source, registry=host, repository=repository_for(source))
                yield str(copy), "default of `packager map generate`"
