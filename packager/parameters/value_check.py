"""What is wrong with the values of a run's parameters: whether each is of its parameter's type, and whether a run can use it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from packager.findings.redaction import REDACTED, redacted
from packager.findings.secret_names import names_a_secret
from packager.healthomics import limits
from packager.jsondoc.jsontext import Json, Parts
from packager.model.value_types import ValueKind, ValueType
from packager.text import joined


class FaultKind(StrEnum):
    """What is wrong with a value. CONVERTED: the engine may accept it all the same."""

    TYPE = "type"
    CONVERTED = "converted"
    MEMBER = "member"
    PLACE = "place"
    REMOTE = "remote"
    SPACE = "space"
    PLACEHOLDER = "placeholder"


@dataclass(frozen=True, slots=True)
class ValueFault:
    """An error of a value: its kind, the names and indices that lead to the value, and what to do."""

    kind: FaultKind
    parts: Parts
    message: str
    hint: str = ""


_OF_TYPE = (FaultKind.TYPE, FaultKind.MEMBER)
_MAX_CHOICES = 8  # of an enum, in messages
_NUMBER = re.compile(r"\s*+[+-]?(?:\d++(?:\.\d*+)?+|\.\d++)(?:[eE][+-]?\d++)?+\s*+")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*)://")
_READABLE = tuple(scheme.removesuffix("://") for scheme in limits.WDL_FILE_SCHEMES)
# A whole value that somebody still has to replace.
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


def check_value(value: Json, expected: ValueType, *, at: Parts = (), depth: int = 0) -> Iterator[ValueFault]:
    """Everything that is wrong with a value, at every depth; `at` leads to the value."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, str):
        faults = list(_string_faults(value, expected, at))
        yield from faults
        if any(fault.kind is FaultKind.PLACEHOLDER for fault in faults):
            return  # the value that replaces it will be different
    if value is None:
        if not expected.optional and expected.kind is not ValueKind.ANY:
            message = f"expected {expected.text}, got null"
            yield ValueFault(FaultKind.TYPE, at, message, "remove the parameter, or set a value")
        return
    yield from _typed_faults(value, expected, at, depth)


def _typed_faults(value: Json, expected: ValueType, at: Parts, depth: int) -> Iterator[ValueFault]:
    match expected.kind:
        case ValueKind.BOOLEAN | ValueKind.INTEGER | ValueKind.NUMBER | ValueKind.STRING | ValueKind.ENUM:
            yield from _scalar_faults(value, expected, at)
        case ValueKind.FILE | ValueKind.DIRECTORY:
            yield from _file_faults(value, expected, at)
        case ValueKind.ARRAY:
            yield from _array_faults(value, expected, at, depth)
        case ValueKind.MAP:
            yield from _map_faults(value, expected, at, depth)
        case ValueKind.STRUCT:
            yield from _struct_faults(value, expected, at, depth)
        case ValueKind.PAIR:
            yield from _pair_faults(value, expected, at, depth)
        case ValueKind.UNION:
            yield from _union_faults(value, expected, at, depth)


def _wrong_type(value: Json, expected: ValueType, at: Parts, hint: str = "") -> ValueFault:
    return ValueFault(FaultKind.TYPE, at, f"expected {expected.text}, got {_described(value, at)}", hint)


def _scalar_faults(value: Json, expected: ValueType, at: Parts) -> Iterator[ValueFault]:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    text = value if isinstance(value, str) else ""
    right, near = False, False
    match expected.kind:
        case ValueKind.BOOLEAN:
            right, near = isinstance(value, bool), text.strip().lower() in ("true", "false")
        case ValueKind.INTEGER:
            right = is_number and not isinstance(value, float)
            near = (isinstance(value, float) and value.is_integer()) or bool(re.fullmatch(r"\s*[+-]?\d+\s*", text))
        case ValueKind.NUMBER:
            right, near = is_number, _NUMBER.fullmatch(text) is not None
        case ValueKind.STRING:
            right, near = isinstance(value, str), is_number
        case ValueKind.ENUM:
            right = text in expected.choices
    if right:
        yield from _limit_faults(value, expected, at)
        return
    message = f"expected {expected.text}, got {_described(value, at)}"
    hint = f"write {_converted(value, expected)}" if near else ""
    yield ValueFault(FaultKind.CONVERTED if near else FaultKind.TYPE, at, message, hint)


def _limit_faults(value: Json, expected: ValueType, at: Parts) -> Iterator[ValueFault]:
    """How a value of the right type breaks the keywords of its schema."""
    keywords = {name: json.loads(text) for name, text in expected.limits}
    if isinstance(value, str):
        pattern = keywords.get("pattern")
        if isinstance(pattern, str) and _matches(pattern, value) is False:
            message = f"{_described(value, at)} does not match `{pattern[:_SHOWN]}`"
            yield ValueFault(FaultKind.TYPE, at, message)
        measure: float = len(value)
        bounds = (("minLength", 1), ("maxLength", -1))
    elif isinstance(value, list):
        measure, bounds = len(value), (("minItems", 1), ("maxItems", -1))
    elif isinstance(value, int | float) and not isinstance(value, bool):
        measure, bounds = value, (("minimum", 1), ("maximum", -1))
        yield from _number_faults(value, keywords, at)
    else:
        return
    for name, sign in bounds:
        bound = keywords.get(name)
        if isinstance(bound, int | float) and (measure < bound if sign > 0 else bound < measure):
            relation = "less than" if sign > 0 else "more than"
            message = f"{_plain(measure)} is {relation} the schema's {name} of {_plain(bound)}"
            yield ValueFault(FaultKind.TYPE, at, message)


def _number_faults(value: int | float, keywords: dict[str, Json], at: Parts) -> Iterator[ValueFault]:
    """How a number breaks the keywords of a schema that compare it with other numbers than its bounds."""
    choices = keywords.get("enum")
    if isinstance(choices, list) and value not in choices:
        shown = ", ".join(_plain(choice) for choice in choices[:_MAX_CHOICES] if isinstance(choice, int | float))
        more = ", ..." if len(choices) > _MAX_CHOICES else ""
        yield ValueFault(FaultKind.TYPE, at, f"{_plain(value)} is not one of {shown}{more}")
    for name, sign, relation in (("exclusiveMinimum", 1, "more than"), ("exclusiveMaximum", -1, "less than")):
        bound = keywords.get(name)
        if isinstance(bound, int | float) and (value <= bound if sign > 0 else bound <= value):
            message = f"{_plain(value)} is not {relation} the schema's {name} of {_plain(bound)}"
            yield ValueFault(FaultKind.TYPE, at, message)
    step = keywords.get("multipleOf")
    if isinstance(value, int) and isinstance(step, int) and step > 0 and value % step:
        yield ValueFault(FaultKind.TYPE, at, f"{_plain(value)} is not a multiple of {_plain(step)}")


def _plain(number: float) -> str:
    """A number in digits, cut if it is very long."""
    text = str(number).removesuffix(".0")
    return text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"


def unevaluated_patterns(expected: ValueType, value: Json) -> list[str]:
    """The patterns of a schema for a value that cannot be evaluated."""
    return [
        pattern
        for name, text in expected.limits
        if name == "pattern" and isinstance(pattern := json.loads(text), str) and isinstance(value, str)
        if _matches(pattern, value) is None
    ]


def _matches(pattern: str, value: str) -> bool | None:
    """Whether a pattern of the schema matches; None where it is not valid, not supported or too large."""
    from packager.patterns.pattern import compile_pattern  # noqa: PLC0415 - few parameters have a pattern, and every lint imports this

    compiled = compile_pattern(pattern)
    return None if compiled is None else compiled.search(value)


def _file_faults(value: Json, expected: ValueType, at: Parts) -> Iterator[ValueFault]:
    if isinstance(value, dict) and value.get("class") in ("File", "Directory"):  # as CWL writes them
        member = "location" if "location" in value else "path"
        if isinstance(value.get(member), str):
            yield from check_value(value[member], expected, at=(*at, member))
        secondary = value.get("secondaryFiles")
        for number, inner in enumerate(secondary if isinstance(secondary, list) else ()):
            if isinstance(inner, dict):
                kind = ValueKind.DIRECTORY if inner.get("class") == "Directory" else ValueKind.FILE
                yield from check_value(inner, ValueType(kind), at=(*at, "secondaryFiles", number))
    elif isinstance(value, str):
        yield from _limit_faults(value, expected, at)
        yield from _location_faults(value, expected, at)
    else:
        yield _wrong_type(value, expected, at)


def _location_faults(value: str, expected: ValueType, at: Parts) -> Iterator[ValueFault]:
    """Why a run cannot read a file or directory at a location."""
    text, shown = value.strip(), _described(value, at)
    if not text:
        yield ValueFault(FaultKind.PLACE, at, f"expected {expected.text}, got an empty string", "remove the value")
        return
    if text == limits.DEFINITION_MOUNT or text.startswith(f"{limits.DEFINITION_MOUNT}/"):
        return  # the service mounts the definition there
    scheme = _SCHEME.match(text)
    hint = f"upload it to S3, and use its URI ({' or '.join(limits.WDL_FILE_SCHEMES)})"
    if scheme is None or scheme[1].lower() == "file":
        yield ValueFault(FaultKind.PLACE, at, f"{shown} is a local path, which a run cannot read", hint)
    elif scheme[1] not in _READABLE:
        yield ValueFault(FaultKind.REMOTE, at, f"{shown} is not on S3 or in HealthOmics storage", hint)
    elif expected.kind is ValueKind.FILE and text.endswith("/"):
        yield ValueFault(
            FaultKind.PLACE, at, f"expected a file, but {shown} is a folder", "use the URI of the object itself"
        )
    elif expected.kind is ValueKind.DIRECTORY and not text.endswith("/"):
        yield ValueFault(FaultKind.PLACE, at, f"expected a folder, but {shown} does not end in `/`", "add the `/`")


def _array_faults(value: Json, expected: ValueType, at: Parts, depth: int) -> Iterator[ValueFault]:
    if not isinstance(value, list):
        yield _wrong_type(value, expected, at, "write the value between `[` and `]`")
        return
    if len(value) < expected.at_least:
        yield ValueFault(FaultKind.TYPE, at, "the list is empty, expected at least one element")
    yield from _limit_faults(value, expected, at)
    for number, item in enumerate(value):
        yield from check_value(item, expected.items[0], at=(*at, number), depth=depth + 1)


def _map_faults(value: Json, expected: ValueType, at: Parts, depth: int) -> Iterator[ValueFault]:
    if not isinstance(value, dict):
        yield _wrong_type(value, expected, at)
        return
    key_type, item_type = expected.items
    for name, item in value.items():
        if key_type.kind in (ValueKind.INTEGER, ValueKind.NUMBER) and not _NUMBER.fullmatch(name):
            message = f"expected {key_type.text} as the key, got `{name[:_SHOWN]}`"
            yield ValueFault(FaultKind.TYPE, (*at, name), message)
        yield from check_value(item, item_type, at=(*at, name), depth=depth + 1)


def _struct_faults(value: Json, expected: ValueType, at: Parts, depth: int) -> Iterator[ValueFault]:
    if not isinstance(value, dict):
        message = f"expected {expected.text}, got {_described(value, at)}"
        hint = "write the object itself, without quotes around it" if isinstance(value, str) and "{" in value else ""
        yield ValueFault(FaultKind.MEMBER, at, message, hint)
        return
    members, owner = dict(expected.members), expected.name or "the record"
    for name in value:
        if name not in members:
            near = next((member for member in members if member.lower() == name.lower()), "")
            hint = f"write `{near}`" if near else f"the members are {joined(list(members))}"
            yield ValueFault(FaultKind.MEMBER, (*at, name), f"`{name[:_SHOWN]}` is not a member of `{owner}`", hint)
    for name, kind in members.items():
        if name in value:
            yield from check_value(value[name], kind, at=(*at, name), depth=depth + 1)
        elif not kind.optional:
            yield ValueFault(FaultKind.MEMBER, at, f"the member `{name}` of `{owner}` is missing")


def _pair_faults(value: Json, expected: ValueType, at: Parts, depth: int) -> Iterator[ValueFault]:
    names = {name.lower(): name for name in value} if isinstance(value, dict) else {}
    if not isinstance(value, dict) or set(names) != {"left", "right"} or len(value) != 2:
        yield _wrong_type(value, expected, at)
        return
    for side, kind in zip(("left", "right"), expected.items, strict=True):
        yield from check_value(value[names[side]], kind, at=(*at, names[side]), depth=depth + 1)


def _union_faults(value: Json, expected: ValueType, at: Parts, depth: int) -> Iterator[ValueFault]:
    attempts = [list(check_value(value, choice, at=at, depth=depth + 1)) for choice in expected.items]
    fitting = [faults for faults in attempts if not any(fault.kind in _OF_TYPE for fault in faults)]
    if fitting:
        best = min(fitting, key=len)
        yield from (fault for fault in best if fault.kind not in (FaultKind.SPACE, FaultKind.PLACEHOLDER))
        return
    deepest = max(attempts, key=lambda faults: max((len(fault.parts) for fault in faults), default=0))
    if any(len(fault.parts) > len(at) for fault in deepest):
        yield from deepest  # the faults of the nearest choice help more than that no choice fits
    else:
        yield _wrong_type(value, expected, at)


def _string_faults(value: str, expected: ValueType, at: Parts) -> Iterator[ValueFault]:
    """What is wrong with a string of any type."""
    text = value.strip()
    is_uri = _SCHEME.match(text) is not None
    if text != value and text and (is_uri or expected.kind in (ValueKind.FILE, ValueKind.DIRECTORY, ValueKind.ENUM)):
        yield ValueFault(FaultKind.SPACE, at, f"{_described(value, at)} starts or ends with a space", "remove them")
    if _EXPRESSION.search(text):
        message = f"{_described(value, at)} has a variable, which is not replaced in a run's parameters"
        yield ValueFault(FaultKind.PLACEHOLDER, at, message)
    elif is_placeholder(text):
        yield ValueFault(FaultKind.PLACEHOLDER, at, f"{_described(value, ())} is still a placeholder")


def is_placeholder(text: str) -> bool:
    """Whether a string is a placeholder, or an address with one, that somebody still has to replace."""
    return _PLACEHOLDER.fullmatch(text) is not None or _PLACEHOLDER_PART.search(text) is not None


def has_placeholder(value: Json) -> bool:
    """Whether a string at any depth is a placeholder."""
    if isinstance(value, str):
        return is_placeholder(value)
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(map(has_placeholder, inner))


def _described(value: Json, at: Parts) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        value = _without_secrets(value, at)
        shown = value if len(value) <= _SHOWN else value[: _SHOWN - 1] + "…"
        return f"the string `{shown}`"
    if isinstance(value, int | float):
        return f"the number {value}"[:_SHOWN]
    return "a list" if isinstance(value, list) else "an object"


def _without_secrets(value: str, at: Parts) -> str:
    """A string as it may be shown: hidden if it is a secret, or if a name that leads to it is the name of a secret."""
    is_secret = any(isinstance(part, str) and names_a_secret(part) for part in at)
    return REDACTED if is_secret and value.strip() else redacted(value)


def _converted(value: Json, expected: ValueType) -> str:
    """A value as JSON writes values of the type."""
    if expected.kind is ValueKind.STRING:
        return f'`"{json.dumps(value)}"`'
    if isinstance(value, float):
        return f"`{int(value)}`"
    text = str(value).strip()
    return f"`{text.lower() if expected.kind is ValueKind.BOOLEAN else text}` without quotes"
