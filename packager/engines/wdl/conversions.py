"""Which types the lenient engine converts beyond the language's own coercions."""

from __future__ import annotations

from typing import Any

from WDL import Type


def converts(expected: Any, actual: Any) -> bool:
    """Whether the guide names the conversion: to numbers, or between a Map and an Array of Pairs.

    Source: HealthOmics user guide, WDL specifics, implicit type conversion (2026-10). Each may lose nothing, which only a run tells.
    """
    if isinstance(expected, Type.Int):
        return isinstance(actual, Type.Float | Type.String)
    if isinstance(expected, Type.Float):
        return isinstance(actual, Type.String)
    if isinstance(expected, Type.Map) and _is_pairs(actual):
        return _coerces(expected.item_type, (actual.item_type.left_type, actual.item_type.right_type))
    if isinstance(actual, Type.Map) and _is_pairs(expected):
        return _coerces((expected.item_type.left_type, expected.item_type.right_type), actual.item_type)
    return False


def _is_pairs(kind: Any) -> bool:
    return isinstance(kind, Type.Array) and isinstance(kind.item_type, Type.Pair)


def _coerces(expected: Any, actual: Any) -> bool:
    return all(one.coerces(other, False) or converts(other, one) for one, other in zip(actual, expected, strict=True))
