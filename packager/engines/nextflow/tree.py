"""A walk over the nodes of a syntax tree."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from functools import cache


def walk(root: object) -> Iterator[object]:
    """A node and all nodes below it, in source order."""
    stack = [root]
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            stack.extend(reversed(node))
            continue
        if not dataclasses.is_dataclass(node) or isinstance(node, type):
            continue
        yield node
        stack.extend(getattr(node, name) for name in _fields(type(node)))


@cache
def _fields(kind: type) -> tuple[str, ...]:
    return tuple(item.name for item in reversed(dataclasses.fields(kind)))
