"""Hover and completion in `packager.toml`, from its schema, the table of request members, the defaults, and the codes."""

from __future__ import annotations

import json
from collections.abc import Iterator

from lsprotocol import types

import packager.rules  # noqa: F401 - registers its codes
from packager.findings.codes import known
from packager.findings.codes.registry import FAMILIES
from packager.findings.sources import Api, Citation
from packager.healthomics.request import CREATE_VERSION, CREATE_WORKFLOW, MEMBERS, RequestMember
from packager.jsondoc import schemas
from packager.jsondoc.cursor import Cursor
from packager.jsondoc.jsontext import Json
from packager.jsondoc.schema_nodes import SchemaDocument, SchemaNode, describe, plain
from packager.lsp.proposals import Proposal
from packager.lsp.toml_cursor import toml_cursor
from packager.project.keys import KEYS, NAMED, TABLES
from packager.settings.defaults import LINT_DEFAULTS
from packager.settings.layers import key_of

_SCHEMA = "packager"
_KEY_DEPTH = {"lint": 2, **dict.fromkeys(NAMED, 3)}  # the parts of a key, by its table
_MEMBERS = {member.config: member for member in MEMBERS if member.config is not None}
_BRACKETS = {"array": "[]", "object": "{}", "string": '""'}


def hover_toml(text: str, offset: int) -> tuple[str, int, int] | None:
    """Markdown about the table, key, value or code at an offset, and the span that it is about; None between them."""
    found = toml_cursor(text, offset)
    cursor = found.cursor
    if cursor.start == cursor.end:
        return None
    parts = tuple(str(part) for part in cursor.value_parts)
    shown = _code(cursor.written) or _table(parts) or _key(cursor, parts)
    return (shown, cursor.start, cursor.end) if shown else None


def _code(written: str) -> str:
    code = known().get(written)
    if code is not None:
        return f"**{code.code}** {code.name}, {code.severity.value}: {code.summary}\n\nSource: {code.source}."
    return f"**{written}**: all codes about {FAMILIES[written]}" if written in FAMILIES else ""


def _table(parts: tuple[str, ...]) -> str:
    """About a table that has keys of its own."""
    if parts and parts[0] in KEYS and len(parts) < _KEY_DEPTH[parts[0]]:
        name = f"{parts[0]}.NAME" if parts[0] in NAMED else parts[0]
        return f"**[{name}]**\n\n{TABLES[parts[0]]}"
    return ""


def _key(cursor: Cursor, parts: tuple[str, ...]) -> str:
    node = SchemaDocument(schemas.load(_SCHEMA)).at(tuple(cursor.value_parts))
    if node is None or not parts or parts[0] not in KEYS:
        return ""
    depth = _KEY_DEPTH[parts[0]]
    lines = [describe(parts[min(len(parts), depth) - 1] if len(parts) <= depth else parts[-1], node)]
    if len(parts) == depth:
        default = {key_of(name): value for name, value in LINT_DEFAULTS.items()}.get(parts[-1])
        lines += [f"default: `{default}`"] if default else []
        member = _MEMBERS.get(parts[-1]) if parts[0] in NAMED else None
        lines += [_member(member)] if member is not None else []
    return "\n\n".join(lines)


def _member(member: RequestMember) -> str:
    """What the API knows of a key, and its option."""
    shape = f"{CREATE_VERSION if member.operation == CREATE_VERSION else CREATE_WORKFLOW}Request"
    limit = f"{member.length[0]} to {member.length[1]:,} characters. " if member.length is not None else ""
    return f"{limit}As an option: `{member.option}`. Source: {Citation(Api.OMICS).text}: {shape}.{member.api}."


def complete_toml(text: str, offset: int) -> Iterator[Proposal]:
    """What can be at an offset: tables, keys that a table does not have yet, values, and codes."""
    found = toml_cursor(text, offset)
    cursor = found.cursor
    schema = SchemaDocument(schemas.load(_SCHEMA))
    if found.in_header:
        yield from _headers(cursor, schema)
        return
    if cursor.at_key:
        around = schema.at(cursor.parts)
        members = schema.members(around) if around is not None and cursor.parts else {}
        for name, member in members.items():
            if name not in cursor.other_keys:
                yield _proposed_key(name, member, cursor)
        if around is not None and not members and tuple(cursor.parts[:2]) == ("lint", "severity"):
            yield from (_proposed(code, cursor, f"{code} = ", detail) for code, detail in _codes())
        return
    node = schema.at(cursor.value_parts)
    if node is None:
        return
    details = dict(_codes())
    for value in (*node.values, *([True, False] if "boolean" in node.types else [])):
        label = plain(value)
        yield _proposed(label, cursor, json.dumps(value), details.get(label, ""))


def _headers(cursor: Cursor, schema: SchemaDocument) -> Iterator[Proposal]:
    if not cursor.parts:
        for name in KEYS:
            yield _proposed(name, cursor, f"{name}." if name in NAMED else name, TABLES[name])
        return
    around = schema.at(cursor.parts)
    for name, member in (schema.members(around) if around is not None else {}).items():
        if "object" in member.types:
            yield _proposed(name, cursor, name, member.description)


def _codes() -> Iterator[tuple[str, str]]:
    for family, subject in FAMILIES.items():
        yield family, f"all codes about {subject}"
    for code in known().values():
        yield code.code, f"{code.severity.value}: {code.summary}"


def _proposed_key(name: str, member: SchemaNode, cursor: Cursor) -> Proposal:
    value: Json = _BRACKETS.get(member.types[0], "") if member.types else ""
    insert = name if cursor.has_colon else f"{name} = {value}"
    return _proposed(name, cursor, insert, member.description, describe(name, member))


def _proposed(label: str, cursor: Cursor, insert: str, detail: str = "", documentation: str = "") -> Proposal:
    quoted = insert if insert.startswith('"') else ""
    return Proposal(
        label=label,
        kind=types.CompletionItemKind.Value if quoted else types.CompletionItemKind.Property,
        start=cursor.start,
        end=cursor.end,
        insert=insert,
        detail=detail,
        documentation=documentation,
        match=quoted,
    )
