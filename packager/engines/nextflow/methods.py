"""Methods of known values, computed without running anything."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from packager.engines.nextflow.arithmetic import to_number
from packager.engines.nextflow.values import MAX_TEXT, UNKNOWN, Memory, holds_unknown, to_text


def _replaced(text: str, old: str, new: str) -> object:
    length = len(text) + text.count(old) * (len(new) - len(old))
    return text.replace(old, new) if length <= MAX_TEXT else UNKNOWN


def _split_by(text: str, by: str) -> object:
    """The parts between a separator, unknown if it is a pattern; empty parts at the end are dropped, as Java does."""
    if not by or (len(by) == 1 and by in ".$|()[{^?*+\\") or (len(by) > 1 and not by.isalnum()):
        return UNKNOWN
    parts = text.split(by)
    while len(parts) > 1 and not parts[-1]:
        parts.pop()
    return parts


_TEXT_METHODS: dict[str, Callable[..., object]] = {
    "toString": lambda text: text,
    "toLowerCase": str.lower,
    "toUpperCase": str.upper,
    "trim": str.strip,
    "size": len,
    "length": len,
    "isEmpty": lambda text: not text,
    "contains": lambda text, other: other in text,
    "startsWith": lambda text, other: text.startswith(other),
    "endsWith": lambda text, other: text.endswith(other),
    "replace": _replaced,
    "tokenize": lambda text, by=" ": [part for part in _split_any(text, by) if part],
    "split": _split_by,
    "concat": lambda text, other: text + other if len(text) + len(other) <= MAX_TEXT else UNKNOWN,
    "stripIndent": lambda text: text,
}
_LIST_METHODS: dict[str, Callable[..., object]] = {
    "contains": lambda items, item: item in items,
    "size": len,
    "isEmpty": lambda items: not items,
    "first": lambda items: items[0] if items else UNKNOWN,
    "last": lambda items: items[-1] if items else UNKNOWN,
    "get": lambda items, index: items[index] if isinstance(index, int) and 0 <= index < len(items) else UNKNOWN,
}


def _split_any(text: str, separators: str) -> list[str]:
    if not separators:
        return [text]
    same = str.maketrans(dict.fromkeys(separators, separators[0]))
    return text.translate(same).split(separators[0])


def call_method(target: object, name: str, arguments: list[object]) -> object:
    """The result of a method of a known value, or `UNKNOWN`."""
    if isinstance(target, str):
        method = _TEXT_METHODS.get(name)
        if method is None or not all(isinstance(argument, str) for argument in arguments):
            return _converted(target, name) if not arguments else UNKNOWN
    elif isinstance(target, list):
        if holds_unknown(target):
            return UNKNOWN
        if name == "join":
            return _join(target, arguments)
        method = _LIST_METHODS.get(name)
    elif isinstance(target, Mapping):
        if (
            name in ("containsKey", "get")
            and len(arguments) == 1
            and isinstance(arguments[0], str)
            and ("" not in target or arguments[0] in target)
        ):
            return arguments[0] in target if name == "containsKey" else target.get(arguments[0])
        return UNKNOWN
    elif isinstance(target, Memory) and name in ("toGiga", "toMega", "toBytes") and not arguments:
        return int(target.size // 1024 ** {"toBytes": 0, "toMega": 2, "toGiga": 3}[name])
    elif name == "toString" and not arguments:
        text = to_text(target)
        return UNKNOWN if text is None else text
    else:
        return _converted(target, name) if not arguments else UNKNOWN
    if method is None:
        return UNKNOWN
    try:
        return method(target, *arguments)
    except (TypeError, ValueError, IndexError, OverflowError):
        return UNKNOWN


def _converted(target: object, name: str) -> object:
    if name in ("toInteger", "toLong", "intValue"):
        return to_number(target, int)
    if name in ("toFloat", "toDouble", "toBigDecimal"):
        return to_number(target, float)
    if name == "toBoolean" and isinstance(target, str | bool):
        return target if isinstance(target, bool) else target.strip().lower() in ("true", "y", "1")
    return UNKNOWN


def _join(items: list[object], arguments: list[object]) -> object:
    separator = arguments[0] if arguments else ""
    texts = [to_text(item) for item in items]
    if not isinstance(separator, str) or None in texts:
        return UNKNOWN
    length = sum(len(text or "") for text in texts) + len(separator) * max(len(texts) - 1, 0)
    return separator.join(text or "" for text in texts) if length <= MAX_TEXT else UNKNOWN
