"""The types that the lenient engine of HealthOmics converts, and miniwdl does not."""

from __future__ import annotations

from WDL import Type


def converts(expected: Type.Base, actual: Type.Base) -> bool:
    """Whether the lenient engine converts a type: to a number, or between a Map and an Array of Pairs.

    Source: Guide.WDL, implicit type conversion. A conversion that would lose something fails,
    but only in a run.
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


def _is_pairs(kind: Type.Base) -> bool:
    return isinstance(kind, Type.Array) and isinstance(kind.item_type, Type.Pair)


def _coerces(expected: tuple[Type.Base, ...], actual: tuple[Type.Base, ...]) -> bool:
    return all(
        part.coerces(target, False) or converts(target, part) for part, target in zip(actual, expected, strict=True)
    )
