"""Whether a value that a run gives is of its parameter's type, and what else is wrong with it. Values are as JSON carries them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from packager.healthomics import limits
from packager.model.value_types import ValueKind, ValueType

Pointer = tuple[str | int, ...]


class Trouble(StrEnum):
    """What is wrong with a value. CONVERTED: the engine may take it all the same."""

    TYPE = "type"
    CONVERTED = "converted"
    MEMBER = "member"
    PLACE = "place"
    REMOTE = "remote"
    SPACE = "space"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong, and where: the names and indices that lead to it."""

    trouble: Trouble
    pointer: Pointer
    message: str
    hint: str = ""


_OF_TYPE = (Trouble.TYPE, Trouble.MEMBER)
_NUMBER = re.compile(r"\s*+[+-]?(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?\d++)?+\s*+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_READABLE = tuple(scheme.removesuffix("://") for scheme in limits.WDL_FILE_SCHEMES)
# A whole value that stands for one that somebody still has to fill in.
_PLACEHOLDER = re.compile(
    r"<(?!(?:NON_REF|DEL|INS|DUP|INV|CNV|BND|\*)\b)[^<>]*>|[A-Z]\w+(?:\[[^<>()]*\])?\+?\?? (?:<REQUIRED>|\(optional\b.*\))"
    r"|\{\{?[\w .-]+\}?\}|TODO|FIXME|TBD|CHANGE[-_ ]?ME|REPLACE[-_ ]?ME|PLACEHOLDER",
    re.IGNORECASE,
)
# What only a script or config of Nextflow replaces.
_EXPRESSION = re.compile(r"\$\{?(?:projectDir|baseDir|launchDir|workDir|params\.)")
_PLACEHOLDER_PART = re.compile(
    r"(?:s3|omics)://(?:BUCKET|(?:your|my)[-_]?(?:s3[-_]?)?bucket(?:[-_]?name)?|<[^<>/]*>|\{[^{}/]*\})(?:/|$)|PATH/TO/|^/path/to/",
)
_SHOWN = 60
_MAX_DEPTH = 50


def faults(value: Any, wanted: ValueType, *, at: Pointer = (), depth: int = 0) -> Iterator[Fault]:
    """What is wrong with a value, at every depth."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        found = list(_text_faults(value, wanted, at))
        yield from found
        if any(fault.trouble is Trouble.PLACEHOLDER for fault in found):
            return  # whatever is filled in, it will be something else
    if value is None:
        if not wanted.optional and wanted.kind is not ValueKind.ANY:
            yield Fault(Trouble.TYPE, at, f"null is given, {wanted.text} is wanted", "leave it out, or give a value")
        return
    yield from _typed_faults(value, wanted, at, depth)


def _typed_faults(value: Any, wanted: ValueType, at: Pointer, depth: int) -> Iterator[Fault]:
    match wanted.kind:
        case ValueKind.BOOLEAN | ValueKind.INTEGER | ValueKind.NUMBER | ValueKind.STRING | ValueKind.ENUM:
            yield from _scalar_faults(value, wanted, at)
        case ValueKind.FILE | ValueKind.DIRECTORY:
            yield from _file_faults(value, wanted, at)
        case ValueKind.ARRAY:
            yield from _array_faults(value, wanted, at, depth)
        case ValueKind.MAP:
            yield from _map_faults(value, wanted, at, depth)
        case ValueKind.STRUCT:
            yield from _struct_faults(value, wanted, at, depth)
        case ValueKind.PAIR:
            yield from _pair_faults(value, wanted, at, depth)
        case ValueKind.UNION:
            yield from _union_faults(value, wanted, at, depth)


def _scalar_faults(value: Any, wanted: ValueType, at: Pointer) -> Iterator[Fault]:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    text = value if isinstance(value, str) else ""
    right, near = False, False
    match wanted.kind:
        case ValueKind.BOOLEAN:
            right, near = isinstance(value, bool), text.strip().lower() in ("true", "false")
        case ValueKind.INTEGER:
            right = number and not isinstance(value, float)
            near = (isinstance(value, float) and value.is_integer()) or bool(re.fullmatch(r"\s*[+-]?\d+\s*", text))
        case ValueKind.NUMBER:
            right, near = number, _NUMBER.fullmatch(text) is not None
        case ValueKind.STRING:
            right, near = isinstance(value, str), number
        case ValueKind.ENUM:
            right = text in wanted.choices
    if not right:
        trouble = Trouble.CONVERTED if near else Trouble.TYPE
        hint = f"write {_unquoted(value, wanted)}" if near else ""
        yield Fault(trouble, at, f"{_described(value, at)} is given, {wanted.text} is wanted", hint)
        return
    yield from _limit_faults(value, wanted, at)


def _limit_faults(value: Any, wanted: ValueType, at: Pointer) -> Iterator[Fault]:
    """What the keywords of a schema say of a value of the right type."""
    given = {name: json.loads(text) for name, text in wanted.limits}
    if isinstance(value, str):
        pattern = given.get("pattern")
        if isinstance(pattern, str) and _matches(pattern, value) is False:
            yield Fault(Trouble.TYPE, at, f"{_described(value, at)} does not match `{pattern[:_SHOWN]}`")
        measure: float = len(value)
        bounds = (("minLength", 1), ("maxLength", -1))
    elif isinstance(value, list):
        measure, bounds = len(value), (("minItems", 1), ("maxItems", -1))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        measure, bounds = value, (("minimum", 1), ("maximum", -1))
    else:
        return
    for name, sign in bounds:
        bound = given.get(name)
        if isinstance(bound, int | float) and (measure < bound if sign > 0 else bound < measure):
            what = "less than" if sign > 0 else "more than"
            yield Fault(Trouble.TYPE, at, f"{_plain(measure)} is {what} the schema's {name} of {_plain(bound)}")


def _plain(number: float) -> str:
    """A number as it is written, however long."""
    text = str(number).removesuffix(".0")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def unevaluated_patterns(wanted: ValueType, value: Any) -> list[str]:
    """The patterns of a schema that a value of the type is checked against and that cannot be evaluated."""
    return [
        pattern
        for name, text in wanted.limits
        if name == "pattern" and isinstance(pattern := json.loads(text), str) and isinstance(value, str)
        if _matches(pattern, value) is None
    ]


def _matches(pattern: str, value: str) -> bool | None:
    """Whether a pattern of the schema matches; None where it is not valid, not supported or too large."""
    from packager.patterns.pattern import compile_pattern  # noqa: PLC0415 - few parameters have a pattern, and every run imports this

    compiled = compile_pattern(pattern)
    return None if compiled is None else compiled.search(value)


def _file_faults(value: Any, wanted: ValueType, at: Pointer) -> Iterator[Fault]:
    if isinstance(value, dict) and value.get("class") in ("File", "Directory"):  # as CWL writes them
        location = "location" if "location" in value else "path"
        if isinstance(value.get(location), str):
            yield from faults(value[location], wanted, at=(*at, location))
        for number, inner in enumerate(value.get("secondaryFiles") or ()):
            if isinstance(inner, dict):
                kind = ValueKind.DIRECTORY if inner.get("class") == "Directory" else ValueKind.FILE
                yield from faults(inner, ValueType(kind), at=(*at, "secondaryFiles", number))
        return
    if not isinstance(value, str):
        yield Fault(Trouble.TYPE, at, f"{_described(value, at)} is given, {wanted.text} is wanted")
        return
    yield from _limit_faults(value, wanted, at)
    text = value.strip()
    if not text:
        yield Fault(Trouble.PLACE, at, "an empty text is given, a file is wanted", "leave it out")
        return
    if text == limits.DEFINITION_MOUNT or text.startswith(f"{limits.DEFINITION_MOUNT}/"):
        return  # what the service mounts is there
    scheme = _SCHEME.match(text)
    hint = f"put it on S3, and give its URI ({' or '.join(limits.WDL_FILE_SCHEMES)})"
    if scheme is None or scheme[1].lower() == "file":
        yield Fault(
            Trouble.PLACE, at, f"{_described(value, at)} is a path on this machine, which a run does not see", hint
        )
    elif scheme[1] not in _READABLE:
        yield Fault(Trouble.REMOTE, at, f"{_described(value, at)} is not on S3 or in HealthOmics storage", hint)
    elif wanted.kind is ValueKind.FILE and text.endswith("/"):
        yield Fault(
            Trouble.PLACE, at, f"{_described(value, at)} names a folder, a file is wanted", "name the object itself"
        )
    elif wanted.kind is ValueKind.DIRECTORY and not text.endswith("/"):
        yield Fault(
            Trouble.PLACE, at, f"{_described(value, at)} does not end in `/`, a directory is wanted", "add the `/`"
        )


def _array_faults(value: Any, wanted: ValueType, at: Pointer, depth: int) -> Iterator[Fault]:
    if not isinstance(value, list):
        yield Fault(
            Trouble.TYPE, at, f"{_described(value, at)} is given, {wanted.text} is wanted", "put it into `[` and `]`"
        )
        return
    if len(value) < wanted.at_least:
        yield Fault(Trouble.TYPE, at, "the list is empty, at least one element is wanted")
    yield from _limit_faults(value, wanted, at)
    for number, item in enumerate(value):
        yield from faults(item, wanted.items[0], at=(*at, number), depth=depth + 1)


def _map_faults(value: Any, wanted: ValueType, at: Pointer, depth: int) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield Fault(Trouble.TYPE, at, f"{_described(value, at)} is given, {wanted.text} is wanted")
        return
    key, item = wanted.items
    for name, one in value.items():
        if key.kind in (ValueKind.INTEGER, ValueKind.NUMBER) and not _NUMBER.fullmatch(name):
            yield Fault(Trouble.TYPE, (*at, name), f"the name `{name[:_SHOWN]}` is no number, as the map's keys are")
        yield from faults(one, item, at=(*at, name), depth=depth + 1)


def _struct_faults(value: Any, wanted: ValueType, at: Pointer, depth: int) -> Iterator[Fault]:
    if not isinstance(value, dict):
        hint = "write the object itself, without quotes around it" if isinstance(value, str) and "{" in value else ""
        yield Fault(Trouble.MEMBER, at, f"{_described(value, at)} is given, {wanted.text} is wanted", hint)
        return
    members = dict(wanted.members)
    for name in value:
        if name not in members:
            near = next((one for one in members if one.lower() == name.lower()), "")
            hint = f"write `{near}`" if near else f"it has {', '.join(f'`{one}`' for one in members)}"
            yield Fault(
                Trouble.MEMBER, (*at, name), f"`{wanted.name or 'the record'}` has no member `{name[:_SHOWN]}`", hint
            )
    for name, kind in members.items():
        if name in value:
            yield from faults(value[name], kind, at=(*at, name), depth=depth + 1)
        elif not kind.optional:
            yield Fault(Trouble.MEMBER, at, f"the member `{name}` of `{wanted.name or 'the record'}` is missing")


def _pair_faults(value: Any, wanted: ValueType, at: Pointer, depth: int) -> Iterator[Fault]:
    names = {name.lower(): name for name in value} if isinstance(value, dict) else {}
    if set(names) != {"left", "right"} or len(value) != 2:
        yield Fault(Trouble.TYPE, at, f"{_described(value, at)} is given, {wanted.text} is wanted")
        return
    for side, kind in zip(("left", "right"), wanted.items, strict=True):
        yield from faults(value[names[side]], kind, at=(*at, names[side]), depth=depth + 1)


def _union_faults(value: Any, wanted: ValueType, at: Pointer, depth: int) -> Iterator[Fault]:
    tried = [list(faults(value, one, at=at, depth=depth + 1)) for one in wanted.items]
    fitting = [found for found in tried if not any(fault.trouble in _OF_TYPE for fault in found)]
    if fitting:
        best = min(fitting, key=len)
        yield from (
            fault for fault in best if fault.trouble not in (Trouble.SPACE, Trouble.PLACEHOLDER)
        )  # said already
        return
    deepest = max(tried, key=lambda found: max((len(fault.pointer) for fault in found), default=0))
    if any(len(fault.pointer) > len(at) for fault in deepest):
        yield from deepest  # the choice that fits best says more than that none fits
    else:
        yield Fault(Trouble.TYPE, at, f"{_described(value, at)} is given, {wanted.text} is wanted")


def _text_faults(value: str, wanted: ValueType, at: Pointer) -> Iterator[Fault]:
    """What is wrong with a text whatever it is for."""
    text = value.strip()
    uri = _SCHEME.match(text) is not None
    if text != value and text and (uri or wanted.kind in (ValueKind.FILE, ValueKind.DIRECTORY, ValueKind.ENUM)):
        yield Fault(Trouble.SPACE, at, f"{_described(value, at)} has spaces around it", "remove them")
    if _EXPRESSION.search(text):
        yield Fault(
            Trouble.PLACEHOLDER,
            at,
            f"{_described(value, at)} has a variable, which nothing replaces in a run's parameters",
        )
    elif _PLACEHOLDER.fullmatch(text) or _PLACEHOLDER_PART.search(text):
        yield Fault(Trouble.PLACEHOLDER, at, f"{_described(value, ())} is still to be filled in")


def _described(value: Any, at: Pointer) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        value = _shown(value, at)
        shown = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
        return f"the text `{shown}`"
    if isinstance(value, int | float):
        return f"the number {value}"[:_SHOWN]
    return "a list" if isinstance(value, list) else "an object"


def _shown(value: str, at: Pointer) -> str:
    """A text for others to read: it is not shown where it is a secret, or where a name that leads to it says so."""
    from packager.findings.redaction import REDACTED, names_a_secret, redacted  # noqa: PLC0415 - only where something is wrong

    is_secret = any(isinstance(part, str) and names_a_secret(part) for part in at)
    return REDACTED if is_secret and value.strip() else redacted(value)


def _unquoted(value: Any, wanted: ValueType) -> str:
    """A value as the type wants it, where it can be told."""
    if wanted.kind is ValueKind.STRING:
        return f'`"{json.dumps(value)}"`'
    if isinstance(value, float):
        return f"`{int(value)}`"
    return f"`{str(value).strip().lower() if wanted.kind is ValueKind.BOOLEAN else str(value).strip()}` without quotes"
