"""A container registry map read from its file: everything valid in it, and every error with its place."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeAlias

from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Place, in_order
from packager.healthomics import api_model, limits
from packager.images.registry_map.model import ImageMapping, RegistryMap, RegistryMapping
from packager.jsondoc import jsontext, schemas
from packager.jsondoc.jsontext import Json, JsonText, Parts, pointer_of
from packager.model.image_reference import read_name
from packager.text import joined, nearest_name

_SCHEMA = "container-registry-map"
LISTS = ("registryMappings", "imageMappings")
_ACCOUNT = re.compile(rf"[0-9]{{{limits.ACCOUNT_ID_LENGTH}}}")
# By the list that contains an object ("" for the map itself): its API shape, and its name.
_SHAPES = {
    "": ("ContainerRegistryMap", "a container registry map"),
    "registryMappings": ("RegistryMapping", "a registry mapping"),
    "imageMappings": ("ImageMapping", "an image mapping"),
}
_NO_ACCOUNT = "remove it; `destinationImage` has the account in its host"
# Unknown keys in the guide's own sample, or that people expect here.
_KNOWN_MISTAKES = {
    ("registryMappings", "accountId"): "write `ecrAccountId`",
    ("imageMappings", "accountId"): _NO_ACCOUNT,
    ("imageMappings", "ecrAccountId"): _NO_ACCOUNT,
}
# What it means to break a member's pattern; the other members accept any text without control characters.
_PATTERNS: dict[str | int, str] = {
    "ecrAccountId": f"is not {limits.ACCOUNT_ID_LENGTH} digits",
    "credentialArn": "is not the ARN of a Secrets Manager secret",
}
_MAPPED = ("upstreamRegistryUrl", "sourceImage")
_YAML = re.compile(rb"^(?:registryMappings|imageMappings)[ \t]*:", re.MULTILINE)

_Entry: TypeAlias = dict[str, Json]


def read(path: str, content: bytes | JsonText) -> tuple[RegistryMap | None, tuple[Diagnostic, ...]]:
    """The map in a file's bytes or in a part of a file, and all errors of its form (MAP001, MAP002); never raises.

    `path` is only for the findings. The map is None if the bytes are not a JSON object.
    """
    text = content if isinstance(content, JsonText) else jsontext.read(content)
    if isinstance(text, jsontext.JsonError):
        assert isinstance(content, bytes)
        if _is_yaml(path, content):
            message = "the registry map is YAML, expected JSON"
            return None, (finding("MAP002", message, path=path, line=1, column=1, hint="write the same map as JSON"),)
        half = isinstance(text, jsontext.LoneSurrogateError)
        message = f"the registry map is not {'valid' if half else 'JSON'}: {text.message}"
        return None, (finding("MAP002", message, path=path, line=text.line, column=text.column),)
    diagnostics = [
        finding(
            "MAP002",
            f"the key `{_short(pointer_of(duplicate.parts))}` occurs twice",
            path=path,
            line=duplicate.line,
            column=duplicate.column,
            subject=".".join(part for part in duplicate.parts if isinstance(part, str)),
        )
        for duplicate in text.duplicates
    ]
    diagnostics.extend(_violations(path, text))
    if not isinstance(text.value, dict):
        return None, in_order(diagnostics)
    registry_map = RegistryMap(
        path=path,
        registry_mappings=tuple(_registry_mappings(path, text)),
        image_mappings=tuple(_image_mappings(path, text)),
        text=json.dumps(text.value, ensure_ascii=False, sort_keys=True, separators=(",", ":")),
    )
    return registry_map, in_order(diagnostics)


def _violations(path: str, text: JsonText) -> Iterator[Diagnostic]:
    reported = set()
    for violation in schemas.violations(_SCHEMA, text.value):
        reported.add(violation.parts)
        if violation.keyword == "additionalProperties":
            yield from _unknown_keys(path, text, violation)
            continue
        line, column = text.place(violation.parts)
        pattern = _PATTERNS.get(violation.parts[-1]) if violation.parts else None
        where = _short(pointer_of(violation.parts)) or "/"
        message = f"`{where}` {schemas.describe(violation, pattern=pattern)}"
        subject = _subject(text.value, violation.parts)
        yield finding("MAP001", message, path=path, line=line, column=column, hint=_hint(violation), subject=subject)
    for parts, value in _strings(text.value):
        if parts not in reported and not limits.is_text(value):
            line, column = text.place(parts)
            message = f"`{pointer_of(parts)}` contains characters that the service does not accept"
            subject = _subject(text.value, parts)
            yield finding("MAP001", message, path=path, line=line, column=column, subject=subject)


def _unknown_keys(path: str, text: JsonText, violation: schemas.Violation) -> Iterator[Diagnostic]:
    kind = str(violation.parts[0]) if violation.parts else ""
    shape, name = _SHAPES[kind]
    known = _properties(kind)
    # A newer botocore may know more members than our schema: those are sent, and the service decides.
    for key in violation.unknown_members(known | api_model.members(shape)):
        parts = (*violation.parts, key)
        line, column = text.place(parts, key=True)
        near = nearest_name(key, sorted(known))
        hint = _KNOWN_MISTAKES.get((kind, key)) or (
            f"write `{near}`" if near else f"remove it; the keys are {joined(sorted(known))}"
        )
        message = f"`{_short(pointer_of(parts))}` is not a key of {name}"
        subject = _subject(text.value, parts)
        yield finding("MAP001", message, path=path, line=line, column=column, hint=hint, subject=subject)


def _subject(value: Json, parts: Parts) -> str:
    """The member that a finding is about, after the image or registry of its mapping: independent of the mapping's index."""
    entry = value
    for part in parts[:2]:
        match entry, part:
            case dict(), str():
                entry = entry.get(part)
            case list(), int():
                entry = entry[part]
    mapping = entry if len(parts) > 1 and isinstance(entry, dict) else {}
    mapped = [name for key in _MAPPED if isinstance(name := mapping.get(key), str)]
    return " ".join([*mapped, ".".join(part for part in parts if isinstance(part, str))])


def _properties(kind: str) -> frozenset[str]:
    return frozenset(schemas.properties(_SCHEMA, kind))


def _hint(violation: schemas.Violation) -> str | None:
    if violation.keyword == "required":
        return "add it"
    if violation.parts and violation.parts[-1] == "ecrAccountId":
        return 'write the account as a string of 12 digits, in quotes (`"111122223333"`)'
    return None


def _strings(value: Json) -> Iterator[tuple[Parts, str]]:
    """The members that are strings in the API, with the keys and indices that lead to them."""
    for kind in LISTS:
        for index, entry in _entries(value, kind):
            for key, member in entry.items():
                if isinstance(member, str) and key in _properties(kind):
                    yield (kind, index, key), member


def _entries(value: Json, kind: str) -> Iterator[tuple[int, _Entry]]:
    entries = value.get(kind) if isinstance(value, dict) else None
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield index, entry


def _registry_mappings(path: str, text: JsonText) -> Iterator[RegistryMapping]:
    for index, entry in _entries(text.value, "registryMappings"):
        url, prefix = _string(entry, "upstreamRegistryUrl"), _string(entry, "ecrRepositoryPrefix")
        if not url or not prefix:
            continue
        account = _string(entry, "ecrAccountId")
        parts = ("registryMappings", index)
        yield RegistryMapping(
            index=index,
            upstream_registry_url=url,
            ecr_repository_prefix=prefix,
            upstream_repository_prefix=_string(entry, "upstreamRepositoryPrefix"),
            ecr_account_id=account if account and _ACCOUNT.fullmatch(account) else None,
            credential_arn=_string(entry, "credentialArn"),
            place=_place(path, text, parts),
            places=_places(path, text, parts, entry),
        )


def _image_mappings(path: str, text: JsonText) -> Iterator[ImageMapping]:
    for index, entry in _entries(text.value, "imageMappings"):
        parts = ("imageMappings", index)
        source, destination = _string(entry, "sourceImage"), _string(entry, "destinationImage")
        yield ImageMapping(
            index=index,
            source_image=None if source is None else read_name(source),
            destination_image=None if destination is None else read_name(destination),
            place=_place(path, text, parts),
            places=_places(path, text, parts, entry),
        )


def _is_yaml(path: str, content: bytes) -> bool:
    """Whether content that is not JSON looks like YAML, by the file's name or by one of the two keys."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return False
    return path.lower().endswith((".yaml", ".yml")) or _YAML.search(content) is not None


def _string(entry: _Entry, key: str) -> str | None:
    value = entry.get(key)
    return value if isinstance(value, str) else None


def _place(path: str, text: JsonText, parts: Parts) -> Place:
    return Place(path, *text.place(parts))


def _places(path: str, text: JsonText, parts: Parts, entry: _Entry) -> tuple[tuple[str, Place], ...]:
    return tuple((key, _place(path, text, (*parts, key))) for key in sorted(entry))


def _short(text: str) -> str:
    """A foreign string, short enough for a message."""
    return text if len(text) <= 120 else f"{text[:119]}…"
