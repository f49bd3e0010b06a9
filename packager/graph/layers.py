"""Nodes in layers: edges run downwards and cross as little as a few sweeps can achieve."""

from __future__ import annotations

import heapq
from bisect import bisect_right, insort
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count, pairwise

_SWEEPS = 16
_GAP = 24
_DENSE = 1.3  # edges for each node from which on a picture gets hard to follow


@dataclass(frozen=True, slots=True)
class Wire:
    """An edge through the layers: the nodes that it passes, from the upper to the lower end.

    The ends are nodes, the others only bend the edge; edges from one node, or to one node with many edges, share their bends.
    `reversed`: it leads upwards, to close a circle.
    """

    source: int
    target: int
    nodes: tuple[int, ...]
    reversed: bool = False


@dataclass(slots=True)
class Layers:
    """The nodes of each layer from left to right, and the edges through them; nodes from `count` on are bends.

    `left_out` is the number of edges without a wire, because a path of other edges leads from their start to their end.
    """

    count: int
    left_out: int = 0
    rows: list[list[int]] = field(default_factory=list)
    wires: list[Wire] = field(default_factory=list)

    def steps(self) -> list[tuple[int, int]]:
        """The parts of all wires between neighbouring layers, from the upper to the lower node, each once."""
        return list(dict.fromkeys(pair for wire in self.wires for pair in pairwise(wire.nodes)))


def layered(
    widths: Sequence[float], edges: Sequence[tuple[int, int]], widest: float, *, top: int, bottom: int
) -> Layers:
    """The nodes in layers, of which none is much wider than `widest`.

    `top` and `bottom` are nodes with a layer of their own at the ends, or -1. Nodes without edges are in no layer, but where an edge leads
    to `bottom`, it has to pass them, so they are.
    """
    size = len(widths)
    forward, turned = _without_circles(size, edges)
    kept = _without_detours(forward)
    linked = {node for edge in kept for node in edge}
    loose = [node for node in range(size) if node not in linked and node != top] if bottom in linked else []
    rows_of = _rows(widths, kept, widest, top, bottom, loose)
    layers = Layers(size, len(forward) - len(kept), [[] for _ in range(max(rows_of.values(), default=-1) + 1)])
    for node in sorted(rows_of):
        layers.rows[rows_of[node]].append(node)
    starting, ending = Counter(source for source, _ in kept), Counter(target for _, target in kept)
    bends: dict[tuple[bool, int, int], int] = {}
    for source, target in kept:
        joins = ending[target] > starting[source]
        shared = target if joins else source
        passed = [(joins, shared, row) for row in range(rows_of[source] + 1, rows_of[target])]
        for bend in passed:
            if bend not in bends:
                bends[bend] = size + len(bends)
                layers.rows[bend[2]].append(bends[bend])
        nodes = (source, *(bends[bend] for bend in passed), target)
        layers.wires.append(Wire(source, target, nodes, (source, target) in turned))
    _uncross(layers)
    return layers


def _without_circles(size: int, edges: Sequence[tuple[int, int]]) -> tuple[list[tuple[int, int]], set[tuple[int, int]]]:
    """The edges, with those that close a circle turned, and the turned ones."""
    after: dict[int, list[int]] = {}
    for source, target in sorted(set(edges)):
        after.setdefault(source, []).append(target)
    turned: set[tuple[int, int]] = set()
    state = [0] * size  # 1: on the way, 2: done
    for start in range(size):
        if state[start]:
            continue
        state[start] = 1
        path = [(start, iter(after.get(start, ())))]
        while path:
            node, rest = path[-1]
            following = next(rest, None)
            if following is None:
                state[node] = 2
                path.pop()
            elif state[following] == 1:
                turned.add((node, following))
            elif not state[following]:
                state[following] = 1
                path.append((following, iter(after.get(following, ()))))
    kept = {edge for edge in edges if edge not in turned}
    backwards = {(target, source) for source, target in turned}
    return sorted(kept | backwards), backwards - kept


def _without_detours(edges: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The edges of a dense graph without those whose ends a longer path connects; all edges of a sparse one."""
    after: dict[int, list[int]] = {}
    before: dict[int, list[int]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
        before.setdefault(target, []).append(source)
    order = _topological(before, after)
    if len(edges) <= _DENSE * len(order):
        return list(edges)
    place = {node: number for number, node in enumerate(order)}
    reached: dict[int, int] = {}  # bits of the places that a path leads to
    kept = []
    for node in reversed(order):
        reached[node] = 1 << place[node]
        for target in sorted(after.get(node, ()), key=lambda target: place[target]):
            if not reached[node] >> place[target] & 1:
                kept.append((node, target))
                reached[node] |= reached[target]
    return sorted(kept)


def _rows(
    widths: Sequence[float],
    edges: Sequence[tuple[int, int]],
    widest: float,
    top: int,
    bottom: int,
    loose: Sequence[int],
) -> dict[int, int]:
    """The layer of each node that has an edge, below all that it depends on, and of `loose` nodes: where there is room."""
    before: dict[int, list[int]] = {}
    after: dict[int, list[int]] = {}
    for source, target in edges:
        after.setdefault(source, []).append(target)
        before.setdefault(target, []).append(source)
    order = _topological(before, after)
    rows: dict[int, int] = {}
    filled: dict[int, float] = {}

    def put(node: int, row: int) -> None:
        rows[node] = row
        filled[row] = filled.get(row, 0) + widths[node] + _GAP

    def has_room(row: int, node: int) -> bool:
        return not filled.get(row) or filled[row] + widths[node] <= widest

    first = int(top in after)
    for node in [*order, *loose]:
        if node == top:
            put(node, 0)
        elif node != bottom:
            lowest = max((rows[other] + 1 for other in before.get(node, ())), default=first)
            put(node, next(row for row in count(lowest) if has_room(row, node)))
    if bottom in before:
        rows[bottom] = max(rows.values()) + 1
    for node in reversed(order):  # what depends on nothing moves to what needs it
        if node in (top, bottom) or node in before or node not in after:
            continue
        row = min(rows[other] for other in after[node]) - 1
        while row > rows[node] and not has_room(row, node):
            row -= 1
        if row > rows[node]:
            filled[rows[node]] -= widths[node] + _GAP
            put(node, row)
    used = {row: number for number, row in enumerate(sorted(set(rows.values())))}
    return {node: used[row] for node, row in rows.items()}


def _topological(before: dict[int, list[int]], after: dict[int, list[int]]) -> list[int]:
    """The nodes in an order in which none comes before what it depends on; the first one first where there is a choice."""
    missing = {node: len(before.get(node, ())) for node in {*before, *after}}
    ready = [node for node, number in missing.items() if not number]
    heapq.heapify(ready)
    order = []
    while ready:
        node = heapq.heappop(ready)
        order.append(node)
        for following in after.get(node, ()):
            missing[following] -= 1
            if not missing[following]:
                heapq.heappush(ready, following)
    return order


def _uncross(layers: Layers) -> None:
    """Sort the nodes of each layer by their neighbours, downwards and upwards in turn, and keep the best order."""
    above: dict[int, list[int]] = {}
    below: dict[int, list[int]] = {}
    for upper, lower in layers.steps():
        above.setdefault(lower, []).append(upper)
        below.setdefault(upper, []).append(lower)
    rows = [list(row) for row in layers.rows]
    best = _crossings(rows, below)
    for sweep in range(_SWEEPS):
        if not best:
            return
        downwards = sweep % 2 == 0
        neighbours = above if downwards else below
        order = range(1, len(rows)) if downwards else range(len(rows) - 2, -1, -1)
        for number in order:
            other = rows[number - 1 if downwards else number + 1]
            rows[number] = _by_neighbours(rows[number], other, neighbours)
        crossings = _crossings(rows, below)
        if crossings < best:
            best, layers.rows = crossings, [list(row) for row in rows]


def _by_neighbours(row: list[int], other: list[int], neighbours: dict[int, list[int]]) -> list[int]:
    """A layer sorted by the mean place of each node's neighbours in another layer; a node without neighbours stays near its place."""
    place = {node: number for number, node in enumerate(other)}
    scale = len(other) / max(1, len(row))
    means = {}
    for number, node in enumerate(row):
        places = [place[each] for each in neighbours.get(node, ())]
        means[node] = sum(places) / len(places) if places else number * scale
    return sorted(row, key=lambda node: means[node])


def _crossings(rows: list[list[int]], below: dict[int, list[int]]) -> int:
    """The number of pairs of edges that cross."""
    total = 0
    for upper, lower in pairwise(rows):
        place = {node: number for number, node in enumerate(lower)}
        seen: list[int] = []
        for node in upper:
            ends = sorted(place[each] for each in below.get(node, ()))
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total
