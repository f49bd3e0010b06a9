"""Read a container registry map: every error at once, with its place, and whatever is valid."""

from __future__ import annotations

import difflib
import json
import re
from collections.abc import Iterator, Sequence
from typing import Any

from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Place, in_order
from packager.healthomics import api_model, limits
from packager.images.registry_map.model import ImageMapping, RegistryMap, RegistryMapping
from packager.jsondoc import jsontext, schemas
from packager.jsondoc.jsontext import JsonText, pointer_of

_SCHEMA = "container-registry-map"
_ACCOUNT = re.compile(rf"[0-9]{{{limits.ACCOUNT_ID_LENGTH}}}")
# By the list that an object stands in ("" for the map itself): its API shape, and its name.
_SHAPES = {
    "": ("ContainerRegistryMap", "a container registry map"),
    "registryMappings": ("RegistryMapping", "a registry mapping"),
    "imageMappings": ("ImageMapping", "an image mapping"),
}
# Unknown keys that the guide's own sample has, or that people carry over from elsewhere.
_KNOWN_MISTAKES = {
    ("registryMappings", "accountId"): "write `ecrAccountId`",
    ("imageMappings", "accountId"): "an image mapping has no account of its own; "
    "`destinationImage` names the whole private ECR image",
    ("imageMappings", "ecrAccountId"): "an image mapping has no account of its own; "
    "`destinationImage` names the whole private ECR image",
}
_KINDS = {
    dict: "an object",
    list: "a list",
    str: "text",
    bool: "true or false",
    int: "a number",
    float: "a number",
    type(None): "null",
}
# What breaking a member's pattern means; the other members take any text.
_FORMS: dict[str | int, str] = {
    "ecrAccountId": f"is not {limits.ACCOUNT_ID_LENGTH} digits",
    "credentialArn": "is not the ARN of a Secrets Manager secret",
}
_MAPPED = ("upstreamRegistryUrl", "sourceImage")
_YAML = re.compile(rb"^(?:registryMappings|imageMappings)[ \t]*:", re.MULTILINE)
_TYPE_NAMES = {"object": "an object", "array": "a list", "string": "text"}


def read(path: str, content: bytes) -> tuple[RegistryMap | None, tuple[Diagnostic, ...]]:
    """The map in a file's bytes, and all that is wrong with its form (MAP001, MAP002).

    `path` is only for the findings. The map is None when the bytes are no JSON object. It never
    raises on any bytes.
    """
    text = jsontext.read(content)
    if isinstance(text, jsontext.JsonError):
        if _is_yaml(path, content):
            message = "the registry map is YAML, the service takes JSON"
            return None, (finding("MAP002", message, path=path, line=1, column=1, hint="write the same map as JSON"),)
        half = isinstance(text, jsontext.LoneSurrogateError)
        message = f"the registry map is not {'valid' if half else 'JSON'}: {text.message}"
        return None, (finding("MAP002", message, path=path, line=text.line, column=text.column),)
    canonical = json.dumps(text.value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    diagnostics = [
        finding(
            "MAP002",
            f"the key `{_shown(pointer)}` is there twice",
            path=path,
            line=line,
            column=column,
            subject=".".join(part for part in pointer.split("/")[1:] if not part.isdigit()),
        )
        for pointer, line, column in text.duplicates
    ]
    diagnostics.extend(_violations(path, text))
    if not isinstance(text.value, dict):
        return None, in_order(diagnostics)
    registry_map = RegistryMap(
        path=path,
        registry_mappings=tuple(_registry_mappings(path, text)),
        image_mappings=tuple(_image_mappings(path, text)),
        text=canonical,
    )
    return registry_map, in_order(diagnostics)


def _violations(path: str, text: JsonText) -> Iterator[Diagnostic]:
    judged = set()
    for violation in schemas.violations(_SCHEMA, text.value):
        pointer = pointer_of(violation.parts)
        judged.add(pointer)
        if violation.keyword == "additionalProperties":
            yield from _unknown_keys(path, text, violation)
            continue
        line, column = text.place(pointer)
        message = f"`{_shown(pointer) or '/'}` {_wording(violation)}"
        subject = _subject(text.value, violation.parts)
        yield finding("MAP001", message, path=path, line=line, column=column, hint=_hint(violation), subject=subject)
    for parts, value in _texts(text.value):
        pointer = pointer_of(parts)
        if pointer not in judged and not limits.is_text(value):
            line, column = text.place(pointer)
            message = f"`{pointer}` holds characters that the service does not take"
            subject = _subject(text.value, parts)
            yield finding("MAP001", message, path=path, line=line, column=column, subject=subject)


def _unknown_keys(path: str, text: JsonText, violation: schemas.Violation) -> Iterator[Diagnostic]:
    kind = str(violation.parts[0]) if violation.parts else ""
    shape, name = _SHAPES[kind]
    known = _properties(kind)
    # A newer botocore may know more than our schema: what it sends is the service's to judge.
    for key in sorted(violation.value.keys() - known - api_model.members(shape)):
        pointer = pointer_of((*violation.parts, key))
        line, column = text.place(pointer, key=True)
        near = difflib.get_close_matches(key, sorted(known), 1)
        hint = _KNOWN_MISTAKES.get((kind, key)) or (
            f"write `{near[0]}`"
            if near
            else f"remove it; the keys are {', '.join(f'`{one}`' for one in sorted(known))}"
        )
        message = f"`{_shown(pointer)}` is not a key of {name}"
        subject = _subject(text.value, (*violation.parts, key))
        yield finding("MAP001", message, path=path, line=line, column=column, hint=hint, subject=subject)


def _subject(value: Any, parts: Sequence[str | int]) -> str:
    """What a finding is about: the member that `parts` lead to, and its mapping by what that maps, which stays where its number changes."""
    names = [str(part) for part in parts if isinstance(part, str)]
    try:
        entry = value[parts[0]][parts[1]]
        mapped = [entry.get(name) for name in _MAPPED]
    except (LookupError, TypeError, AttributeError):
        mapped = []
    return " ".join([*(one for one in mapped if isinstance(one, str)), ".".join(names)])


def _properties(kind: str) -> frozenset[str]:
    schema = schemas.load(_SCHEMA)
    if not kind:
        return frozenset(schema["properties"])
    return frozenset(schema["properties"][kind]["items"]["properties"])


def _wording(violation: schemas.Violation) -> str:
    keyword, limit, value = violation.keyword, violation.limit, violation.value
    if keyword == "required":
        missing = [name for name in limit if name not in value]
        return f"has no {' and no '.join(f'`{name}`' for name in missing)}"
    if keyword == "type":
        return f"is {_KINDS[type(value)]}, not {_TYPE_NAMES[limit]}"
    if keyword == "minLength":
        return f"has {len(value)} of at least {limit} characters"
    if keyword == "maxLength":
        return f"has {len(value)} characters, at most {limit} are allowed"
    if keyword == "pattern":
        return _FORMS.get(violation.parts[-1], "holds characters that the service does not take")
    return _shown(violation.message)


def _hint(violation: schemas.Violation) -> str | None:
    if violation.keyword == "required":
        return "add it"
    if violation.parts and violation.parts[-1] == "ecrAccountId":
        return 'write the account as text of 12 digits, in quotes (`"111122223333"`)'
    return None


def _texts(value: Any) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The members that the API has in its "text" class, with what leads to them."""
    for kind in ("registryMappings", "imageMappings"):
        for index, entry in _entries(value, kind):
            for key, member in entry.items():
                if isinstance(member, str) and key in _properties(kind):
                    yield (kind, index, key), member


def _entries(value: Any, kind: str) -> Iterator[tuple[int, dict[str, Any]]]:
    entries = value.get(kind) if isinstance(value, dict) else None
    for index, entry in enumerate(entries if isinstance(entries, list) else ()):
        if isinstance(entry, dict):
            yield index, entry


def _registry_mappings(path: str, text: JsonText) -> Iterator[RegistryMapping]:
    for index, entry in _entries(text.value, "registryMappings"):
        url, prefix = _text(entry, "upstreamRegistryUrl"), _text(entry, "ecrRepositoryPrefix")
        if not url or not prefix:
            continue
        account = _text(entry, "ecrAccountId")
        pointer = pointer_of(("registryMappings", index))
        yield RegistryMapping(
            index=index,
            upstream_registry_url=url,
            ecr_repository_prefix=prefix,
            upstream_repository_prefix=_text(entry, "upstreamRepositoryPrefix"),
            ecr_account_id=account if account and _ACCOUNT.fullmatch(account) else None,
            credential_arn=_text(entry, "credentialArn"),
            place=_place(path, text, pointer),
            places=_places(path, text, pointer, entry),
        )


def _image_mappings(path: str, text: JsonText) -> Iterator[ImageMapping]:
    for index, entry in _entries(text.value, "imageMappings"):
        pointer = pointer_of(("imageMappings", index))
        yield ImageMapping(
            index=index,
            source_image=_text(entry, "sourceImage"),
            destination_image=_text(entry, "destinationImage"),
            place=_place(path, text, pointer),
            places=_places(path, text, pointer, entry),
        )


def _is_yaml(path: str, content: bytes) -> bool:
    """Whether a text that is no JSON is meant as YAML: it is called so, or begins with one of the two keys."""
    if content.lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"{", b"[")):
        return False
    return path.lower().endswith((".yaml", ".yml")) or _YAML.search(content) is not None


def _text(entry: dict[str, Any], key: str) -> str | None:
    value = entry.get(key)
    return value if isinstance(value, str) else None


def _place(path: str, text: JsonText, pointer: str) -> Place:
    return Place(path, *text.place(pointer))


def _places(path: str, text: JsonText, pointer: str, entry: dict[str, Any]) -> tuple[tuple[str, Place], ...]:
    return tuple((key, _place(path, text, pointer + pointer_of((key,)))) for key in sorted(entry))


def _shown(text: str) -> str:
    """A foreign text, short enough for a message."""
    return text if len(text) <= 120 else f"{text[:119]}…"
