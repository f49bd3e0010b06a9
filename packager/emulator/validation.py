"""Checks of a request's members: by the model, and by limits that only the guide has."""

from __future__ import annotations

import base64
import binascii
import functools
import itertools
import json
import re
import unicodedata
from collections.abc import Iterator

from packager.emulator.errors import invalid
from packager.emulator.records import Members
from packager.healthomics import api_model, limits

_MAX_REPORTED = 20
_MAX_SHOWN = 60
# Ours: strings with a pattern, of which the model gives no length (repository ids, URIs, account ids).
_MAX_MATCHED = 2048
# Ours: lists and maps of which the model gives no length, and how many problems of one are collected.
_MAX_ENTRIES = 10_000
_MAX_PROBLEMS = 1000
_TYPES = {
    "string": str,
    "integer": int,
    "long": int,
    "boolean": bool,
    "map": dict,
    "list": list,
    "structure": dict,
}
_SOURCES = ("definitionZip", "definitionUri", "definitionRepository")


def validate(operation: str, members: Members) -> Members:
    """The members with blobs decoded.

    Raises:
        ApiError: a ValidationException that lists everything wrong.
    """
    name = api_model.operation(operation)["input"]["shape"]
    decoded: Members = {}
    problems = list(_structure(name, members, "", decoded))
    if not problems:
        problems = list(_guide(operation, decoded))
    if problems:
        more = f"; and {len(problems) - _MAX_REPORTED} more" if len(problems) > _MAX_REPORTED else ""
        raise invalid("; ".join(problems[:_MAX_REPORTED]) + more)
    return decoded


def read_shape(shape: str, document: object) -> tuple[object, list[str]]:
    """A document that a request names by URI or path: as the service reads it, and what is wrong with it."""
    holder: list[object] = []
    problems = list(_value(shape, document, shape, holder))
    if not problems and shape == "WorkflowParameterTemplate":
        problems = list(_template(holder[0] if isinstance(holder[0], dict) else None))
    return (holder or [None])[0], problems[:_MAX_REPORTED]


def _structure(name: str, value: Members, path: str, decoded: Members) -> Iterator[str]:
    shape = api_model.shape(name)
    for member in shape.get("required", ()):
        if value.get(member) is None:
            yield f"`{path}{member}` is required"
    for member, reference in shape["members"].items():
        if value.get(member) is not None:
            holder: list[object] = []
            yield from _value(reference["shape"], value[member], f"{path}{member}", holder)
            if holder:
                decoded[member] = holder[0]


def _value(name: str, value: object, path: str, holder: list[object]) -> Iterator[str]:
    """Problems of one value; `holder` receives the value as the service reads it, if it can."""
    shape = api_model.shape(name)
    kind = shape["type"]
    if kind == "blob":
        content = _from_base64(value)
        if content is None:
            yield f"`{path}` must be base64"
        else:
            holder.append(content)
        return
    expected = _TYPES.get(kind)
    if expected is None or not isinstance(value, expected) or (expected is int and isinstance(value, bool)):
        yield f"`{path}` must be of type {kind}"
        return
    problems = list(_scalar(shape, value, path))
    if isinstance(value, dict) and kind == "structure":
        structure: Members = {}
        problems.extend(_structure(name, value, f"{path}.", structure))
        value = structure
    elif isinstance(value, dict) and not problems:  # the entries of a map or list that is too long are not checked
        entries: Members = {}
        problems.extend(itertools.islice(_map(shape, value, path, entries), _MAX_PROBLEMS))
        value = entries
    elif isinstance(value, list) and not problems:
        items: list[object] = []
        problems.extend(itertools.islice(_list(shape, value, path, items), _MAX_PROBLEMS))
        value = items
    yield from problems
    holder.append(value)


def _list(shape: api_model.Shape, value: list[object], path: str, plain: list[object]) -> Iterator[str]:
    for index, item in enumerate(value):
        yield from _value(shape["member"]["shape"], item, f"{path}[{index}]", plain)


def _map(shape: api_model.Shape, value: Members, path: str, plain: Members) -> Iterator[str]:
    for key, item in value.items():
        shown = f"{path}.{_shown(key)}"
        yield from _value(shape["key"]["shape"], key, f"{shown} (the key)", [])
        inner: list[object] = []
        yield from _value(shape["value"]["shape"], item, shown, inner)
        if inner:
            plain[key] = inner[0]


def _scalar(shape: api_model.Shape, value: object, path: str) -> Iterator[str]:
    """Length or range, and only if that is right, enumeration and pattern: a pattern may take the square of the length."""
    numeric = isinstance(value, int)
    measure = value if isinstance(value, int) else len(value) if isinstance(value, str | list | dict) else 0
    verb = "be" if numeric else "have"
    unit = "" if numeric else " characters" if isinstance(value, str) else " entries"
    unbounded = _MAX_MATCHED if "pattern" in shape else _MAX_ENTRIES if shape["type"] in ("list", "map") else None
    most = shape.get("max", unbounded)
    if "min" in shape and measure < shape["min"]:
        yield f"`{path}` must {verb} at least {shape['min']}{unit}, not {measure}"
    if most is not None and measure > most:
        yield f"`{path}` must {verb} at most {most}{unit}, not {measure}"
        return
    if "enum" in shape and value not in shape["enum"]:
        yield f"`{path}` must be one of {', '.join(shape['enum'])}, not `{_shown(str(value))}`"
    if "pattern" in shape and isinstance(value, str) and value and not _matches(shape["pattern"], value):
        if shape["pattern"] == limits.TEXT_PATTERN:
            yield f"`{path}` must not have control characters, tabs or line ends"
        else:
            yield f"`{path}` must match `{shape['pattern']}`"


def _matches(pattern: str, value: str) -> bool:
    if pattern == limits.TEXT_PATTERN:
        return limits.is_text(value)
    if pattern == limits.FULL_REPOSITORY_ID_PATTERN:
        return limits.is_repository_id(value)
    compiled = _compiled(pattern)
    return compiled is None or compiled.fullmatch(value) is not None


@functools.cache
def _compiled(pattern: str) -> re.Pattern[str] | None:
    """A pattern of the model; None where `re` lacks a class (no emulated operation has such)."""
    return None if r"\p{" in pattern else re.compile(pattern, re.ASCII)


def _from_base64(value: object) -> bytes | None:
    try:
        return base64.b64decode(value, validate=True) if isinstance(value, str) else None
    except (binascii.Error, ValueError):
        return None


def _shown(text: str) -> str:
    kept = "".join(char if limits.is_text(char) else "?" for char in text[: _MAX_SHOWN + 1])
    return kept if len(kept) <= _MAX_SHOWN else kept[: _MAX_SHOWN - 1] + "…"


def _guide(operation: str, members: Members) -> Iterator[str]:
    if operation in ("CreateWorkflow", "CreateWorkflowVersion"):
        yield from _definition(members)
        yield from _template(members.get("parameterTemplate"))
    readme = members.get("readmeMarkdown")
    if readme is not None and len(readme.encode("utf-8", "surrogatepass")) > limits.README_MAX_BYTES:
        yield f"`readmeMarkdown` must have at most {limits.README_MAX_BYTES} bytes"
    yield from tag_problems(members.get("tags") or {})


def _definition(members: Members) -> Iterator[str]:
    """Exactly one source, not too large (packaging page; fixed quotas page)."""
    sources = [source for source in _SOURCES if source in members]
    if len(sources) != 1:
        what = f"{len(sources)} were sent: {', '.join(sources)}" if sources else "none was sent"
        yield f"exactly one of {', '.join(_SOURCES)} must be sent, but {what}"
    content = members.get("definitionZip")
    if content is not None and len(content) > limits.ZIP_INLINE_MAX_BYTES:
        most = limits.ZIP_INLINE_MAX_BYTES
        yield f"`definitionZip` must have at most {most} bytes, not {len(content)}"


def _template(template: Members | None) -> Iterator[str]:
    """400 KB at most (fixed quotas page), measured as compact JSON."""
    if template is None:
        return
    text = json.dumps(template, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode("utf-8", "surrogatepass")) > limits.TEMPLATE_MAX_BYTES:
        yield f"`parameterTemplate` must have at most {limits.TEMPLATE_MAX_BYTES} bytes"


def tag_problems(tags: dict[str, str]) -> Iterator[str]:
    """What is wrong with tags beyond their lengths (tagging page)."""
    if len(tags) > limits.TAGS_MAX:
        yield f"`tags` must have at most {limits.TAGS_MAX} entries, not {len(tags)}"
    for key, value in tags.items():
        if key.lower().startswith(limits.TAG_RESERVED_PREFIX):
            yield f"the tag key `{_shown(key)}` must not start with `{limits.TAG_RESERVED_PREFIX}`"
        if not _tag_text(key) or not _tag_text(value):
            allowed = " ".join(limits.TAG_PUNCTUATION)
            yield f"the tag `{_shown(key)}` may have only letters, digits, spaces and {allowed}"


def _tag_text(text: str) -> bool:
    return all(char in limits.TAG_PUNCTUATION or char == " " or unicodedata.category(char)[0] in "LNZ" for char in text)
