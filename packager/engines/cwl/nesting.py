"""How deeply types and embedded processes are nested: cwltool's time doubles with each level."""

from __future__ import annotations

from collections.abc import Iterable

from packager.engines.cwl.nodes import Mapping, Node, Scalar

MAX_LEVELS = 12  # public workflows have up to four
MAX_INSTANCES = 2_000  # processes that steps run, each as often as it is run; public workflows have up to 500
_TYPES = frozenset({"items", "fields"})
_PROCESSES = frozenset({"run"})


def beyond_cwltool(roots: Iterable[Node | None], instances: int) -> str:
    """Why cwltool is not asked about documents whose steps run so many processes, or '' if it is."""
    if instances > MAX_INSTANCES:
        return f"steps run more than {MAX_INSTANCES:,} processes, counted through sub-workflows"
    for root in roots:
        if root is not None and levels(root, _TYPES) > MAX_LEVELS:
            return f"types are nested more than {MAX_LEVELS} levels deep"
        if root is not None and levels(root, _PROCESSES) > MAX_LEVELS:
            return f"processes are embedded in each other more than {MAX_LEVELS} levels deep"
    return ""


def levels(root: Node, keys: frozenset[str]) -> int:
    """The largest number of these keys on one way from a root to a leaf; each shared node is looked at once."""
    below: dict[int, int] = {}
    stack = [(root, False)]
    while stack:
        node, children_known = stack.pop()
        if isinstance(node, Scalar) or (id(node) in below and not children_known):
            continue
        parts = list(node.entries.items()) if isinstance(node, Mapping) else [("", item) for item in node.items]
        if children_known:
            below[id(node)] = max((below.get(id(part), 0) + (key in keys) for key, part in parts), default=0)
            continue
        below[id(node)] = 0  # what a circle of aliases would see
        stack.append((node, True))
        stack += [(part, False) for _, part in parts]
    return below.get(id(root), 0)
