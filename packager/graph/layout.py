"""Where the boxes of a picture are, and how its links run: from top to bottom, a group around its boxes.

Deterministic: the same picture has the same layout. Within each group its boxes are in layers (`layers`). A link that leaves a group
passes a port on its lower edge, one that enters it a port on its upper edge, so a link is drawn as one line in each group that it passes.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, zip_longest

from packager.graph.layers import Layers, Wire, layered
from packager.graph.picture import Box, BoxKind, Link, Picture

# Lengths in pixels. A character of the fixed-width font is about 0.6 of its size.
CHARACTER = 7.3
LONGEST_TITLE = 30
HEIGHT, HEADER, PADDING = 44, 30, 16
_ROW_GAP, _NODE_GAP, _BEND_GAP = 40, 24, 14
_NARROWEST, _BOX_PADDING = 90, 36
_WIDEST, _WIDEST_GROUP = 1100, 700
_SWEEPS = 12
_PORT_STEP = 12


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box with its rectangle."""

    box: Box
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Line:
    """A line of links within one group: `points` come in pairs: straight within a pair, curved between pairs.

    `starts`, `ends`: the line begins at a box, or ends there, and not at a port; `upwards`: it leads from its end to its start.
    """

    links: tuple[Link, ...]
    points: tuple[tuple[float, float], ...]
    known: bool
    upwards: bool
    starts: bool
    ends: bool


@dataclass(frozen=True, slots=True)
class Layout:
    """A picture with the places of its boxes, groups first, and its lines.

    `left_out` counts lines that are not drawn, because other lines lead from their start to their end.
    """

    width: float
    height: float
    boxes: tuple[PlacedBox, ...]
    lines: tuple[Line, ...]
    left_out: int = 0


@dataclass(slots=True)
class _Inside:
    """The content of a group: sizes of its boxes and places in it, and the x of its ports (None: it has no such port)."""

    width: float
    height: float
    places: dict[str, tuple[float, float]] = field(default_factory=dict)
    lines: list[Line] = field(default_factory=list)
    entry: float | None = None
    exit: float | None = None
    left_out: int = 0


_Pairs = dict[tuple[str, str], list[Link]]
_ENTRY, _EXIT = "<entry>", "<exit>"  # ends of lines that are ports


def display_width(text: str) -> int:
    """How many characters wide a string is in a fixed-width font."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def shortened(text: str, longest: int = LONGEST_TITLE) -> str:
    """A string of at most that width, with a mark in its middle if it was longer."""
    if display_width(text) <= longest:
        return text
    half = (longest - 1) // 2
    return f"{_prefix(text, longest - 1 - half)}…{_prefix(text[::-1], half)[::-1]}"


def _prefix(text: str, width: int) -> str:
    used = 0
    for number, char in enumerate(text[: width + 1]):
        used += display_width(char)
        if used > width:
            return text[:number]
    return text[:width]


def layout_of(picture: Picture, labels: Mapping[str, tuple[str, str]]) -> Layout:
    """The layout of a picture; `labels` are the two lines of text of each box, by its id."""
    pairs = _pairs(picture)
    insides: dict[str, _Inside] = {}
    for box in reversed(list(picture.all_boxes())):
        if box.kind is BoxKind.GROUP:
            insides[box.id] = _inside(box.inner, pairs.get(box.id, {}), insides, labels, _title_width(labels, box))
    whole = _inside(picture.boxes, pairs.get("", {}), insides, labels, 0)
    boxes, lines = [], []
    waiting = [(picture.boxes, whole, 0.0, 0.0)]
    while waiting:
        inner, inside, x, y = waiting.pop(0)
        lines += [_moved(line, x, y) for line in inside.lines]
        for box in inner:
            left, top = x + inside.places[box.id][0], y + inside.places[box.id][1]
            width, height = _size(box, insides, labels)
            boxes.append(PlacedBox(box, left, top, width, height))
            if box.kind is BoxKind.GROUP:
                waiting.append((box.inner, insides[box.id], left, top))
    left_out = whole.left_out + sum(inside.left_out for inside in insides.values())
    return Layout(whole.width, whole.height, tuple(boxes), tuple(lines), left_out)


def _pairs(picture: Picture) -> dict[str, _Pairs]:
    """The lines in each group, by the ids of their ends, with the links that they show."""
    groups: dict[str, tuple[str, ...]] = {}
    waiting: list[tuple[tuple[Box, ...], tuple[str, ...]]] = [(picture.boxes, ())]
    while waiting:
        boxes, around = waiting.pop()
        for box in boxes:
            groups[box.id] = (*around, box.id)
            waiting.append((box.inner, groups[box.id]))
    pairs: dict[str, _Pairs] = {}
    for link in picture.links:
        if link.source in groups and link.target in groups:
            for group, pair in _passed(groups[link.source], groups[link.target]):
                pairs.setdefault(group, {}).setdefault(pair, []).append(link)
    return pairs


def _passed(source: tuple[str, ...], target: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, str]]]:
    """The groups that a link passes, each with the ends of its line there."""
    shared = 0
    while shared < min(len(source), len(target)) and source[shared] == target[shared]:
        shared += 1
    if shared in (len(source), len(target)):  # between a group and what is in it
        return
    yield (source[shared - 1] if shared else ""), (source[shared], target[shared])
    for outer, inner in zip(source[shared:], source[shared + 1 :], strict=False):
        yield outer, (inner, _EXIT)
    for outer, inner in zip(target[shared:], target[shared + 1 :], strict=False):
        yield outer, (_ENTRY, inner)


def _title_width(labels: Mapping[str, tuple[str, str]], box: Box) -> float:
    first, second = labels[box.id]
    return display_width(f"{first}  {second}") * CHARACTER + 2 * PADDING


def _size(box: Box, insides: Mapping[str, _Inside], labels: Mapping[str, tuple[str, str]]) -> tuple[float, float]:
    if box.kind is BoxKind.GROUP:
        return insides[box.id].width, insides[box.id].height
    text = max(display_width(line) for line in labels[box.id])
    return max(_NARROWEST, round(text * CHARACTER + _BOX_PADDING)), HEIGHT


def _inside(
    boxes: Sequence[Box],
    pairs: _Pairs,
    insides: Mapping[str, _Inside],
    labels: Mapping[str, tuple[str, str]],
    title: float,
) -> _Inside:
    """The layout within one group (`title`: the width of its heading), or of the whole picture (0)."""
    sizes = [_size(box, insides, labels) for box in boxes] + [(0.0, 0.0), (0.0, 0.0)]
    numbers = {box.id: number for number, box in enumerate(boxes)} | {_ENTRY: len(boxes), _EXIT: len(boxes) + 1}
    edges = sorted({(numbers[source], numbers[target]) for source, target in pairs})
    widest = _WIDEST_GROUP if title else _WIDEST
    layers = layered([width for width, _ in sizes], edges, widest, top=numbers[_ENTRY], bottom=numbers[_EXIT])
    grid = _Grid(sizes, layers, HEADER if title else PADDING)
    loose = [number for number in range(len(boxes)) if number not in grid.x]
    grid.add_loose(loose, widest)
    below = 0 if numbers[_EXIT] in grid.x and not loose else PADDING  # a port is on the lower edge
    inside = _Inside(max(grid.right + PADDING, title), grid.bottom + below, left_out=layers.left_out)
    shift = (inside.width - grid.right - PADDING) / 2
    for number in grid.x:
        grid.x[number] += shift
    inside.places = {
        box.id: (grid.x[number] - sizes[number][0] / 2, grid.y[number])
        for box, number in ((box, numbers[box.id]) for box in boxes)
    }
    inside.entry, inside.exit = grid.x.get(numbers[_ENTRY]), grid.x.get(numbers[_EXIT])
    if inside.entry is not None:
        grid.y[numbers[_ENTRY]] = 0
    if inside.exit is not None:
        grid.y[numbers[_EXIT]] = inside.height
    ends = _Ends(grid, layers, [insides.get(box.id) for box in boxes])
    names = {number: name for name, number in numbers.items()}
    for number, wire in enumerate(layers.wires):
        pair = names[wire.source], names[wire.target]
        links = tuple(pairs[pair[::-1] if wire.reversed else pair])
        inside.lines.append(
            Line(
                links,
                tuple(ends.points(number, wire)),
                any(link.known for link in links),
                wire.reversed,
                pair[0] != _ENTRY,
                pair[1] != _EXIT,
            )
        )
    return inside


class _Grid:
    """The centres and tops of the nodes of a group."""

    def __init__(self, sizes: Sequence[tuple[float, float]], layers: Layers, top: float) -> None:
        self.sizes, self.layers, self.top = sizes, layers, top
        self.x: dict[int, float] = {}
        self.y: dict[int, float] = {}
        self.tops: list[float] = []
        self.bottoms: list[float] = []
        self._place_rows()
        self._place_layers(top)

    def width(self, node: int) -> float:
        """The width of a node; bends have none."""
        return self.sizes[node][0] if node < self.layers.count else 0

    def height(self, node: int) -> float:
        """The height of a node."""
        return self.sizes[node][1] if node < self.layers.count else 0

    @property
    def right(self) -> float:
        """The right end of all nodes."""
        return max((x + self.width(node) / 2 for node, x in self.x.items()), default=0)

    @property
    def bottom(self) -> float:
        """The lower end of all nodes."""
        return max((self.y[node] + self.height(node) for node in self.x if node in self.y), default=0)

    def _gap(self, left: int, right: int) -> float:
        bends = left >= self.layers.count or right >= self.layers.count
        return (self.width(left) + self.width(right)) / 2 + (_BEND_GAP if bends else _NODE_GAP)

    def _place_rows(self) -> None:
        """The x of all nodes: near the mean of their neighbours, in the order of their row, without overlap."""
        above: dict[int, list[int]] = {}
        below: dict[int, list[int]] = {}
        for upper, lower in self.layers.steps():
            above.setdefault(lower, []).append(upper)
            below.setdefault(upper, []).append(lower)
        for row in self.layers.rows:
            x = 0.0
            for left, node in zip([None, *row], row, strict=False):
                x += self._gap(left, node) if left is not None else 0
                self.x[node] = x
            for node in row:
                self.x[node] -= x / 2
        for sweep in range(_SWEEPS):
            rows = self.layers.rows if sweep % 2 == 0 else self.layers.rows[::-1]
            near = above if sweep % 2 == 0 else below
            far = below if sweep % 2 == 0 else above
            for row in rows:
                self._settle(row, near, far, last=sweep >= _SWEEPS - 2)
        first = min((self.x[node] - self.width(node) / 2 for node in self.x), default=0)
        for node in self.x:
            self.x[node] = round(self.x[node] - first + PADDING, 1)

    def _settle(self, row: list[int], near: dict[int, list[int]], far: dict[int, list[int]], *, last: bool) -> None:
        wishes, weights = [], []
        for node in row:
            others = near.get(node, ()) if not last else (*near.get(node, ()), *far.get(node, ()))
            wishes.append(sum(self.x[other] for other in others) / len(others) if others else self.x[node])
            weights.append(8.0 if node >= self.layers.count else 1.0 if others else 0.1)
        gaps = [self._gap(left, right) for left, right in pairwise(row)]
        for node, x in zip(row, _separated(wishes, weights, gaps), strict=True):
            self.x[node] = x

    def _place_layers(self, top: float) -> None:
        y = top
        rows = self.layers.rows
        for row, following in zip_longest(rows, rows[1:], fillvalue=()):
            height = max((self.height(node) for node in row), default=0)
            self.tops.append(y)
            self.bottoms.append(y + height)
            for node in row:
                self.y[node] = y
            y += height + (_ROW_GAP / 2 if self._is_port(row) or self._is_port(following) else _ROW_GAP)

    def _is_port(self, row: Sequence[int]) -> bool:
        return len(row) == 1 and row[0] < self.layers.count and not self.sizes[row[0]][1]

    def add_loose(self, nodes: Sequence[int], widest: float) -> None:
        """Place nodes without edges in rows below the others."""
        y = self.bottom + _NODE_GAP if self.x else self.top
        widest = max(widest, self.right)
        x, height = float(PADDING), 0.0
        for node in nodes:
            if x > PADDING and x + self.width(node) > widest:
                x, y, height = float(PADDING), y + height + _NODE_GAP, 0.0
            self.x[node], self.y[node] = x + self.width(node) / 2, y
            x += self.width(node) + _NODE_GAP
            height = max(height, self.height(node))


def _separated(wishes: Sequence[float], weights: Sequence[float], gaps: Sequence[float]) -> list[float]:
    """The positions nearest to the wished ones (least squares) with at least these gaps between them, in order."""
    offsets = [0.0]
    for gap in gaps:
        offsets.append(offsets[-1] + gap)
    blocks: list[tuple[float, float, int]] = []  # mean, weight, length
    for wish, weight, offset in zip(wishes, weights, offsets, strict=False):
        mean, total, length = wish - offset, weight, 1
        while blocks and blocks[-1][0] >= mean:
            other, more, count = blocks.pop()
            mean, total, length = (mean * total + other * more) / (total + more), total + more, length + count
        blocks.append((mean, total, length))
    bases = [mean for mean, _, length in blocks for _ in range(length)]
    return [base + offset for base, offset in zip(bases, offsets, strict=False)]


class _Ends:
    """Where lines begin and end at boxes: next to each other, in the order of where they lead."""

    def __init__(self, grid: _Grid, layers: Layers, insides: Sequence[_Inside | None]) -> None:
        self._grid, self._insides = grid, insides
        self._starts = self._spread(layers.wires, upper=True)
        self._targets = self._spread(layers.wires, upper=False)
        self._rows = {node: number for number, row in enumerate(layers.rows) for node in row}

    def _spread(self, wires: Sequence[Wire], *, upper: bool) -> dict[int, float]:
        """The x of the end of each wire; wires that continue together have one end."""
        ends: dict[int, dict[int, list[int]]] = {}
        for number, wire in enumerate(wires):
            node, following = (wire.nodes[0], wire.nodes[1]) if upper else (wire.nodes[-1], wire.nodes[-2])
            ends.setdefault(node, {}).setdefault(following, []).append(number)
        spread = {}
        for node, lines in ends.items():
            port = self._port(node, upper=upper)
            step = min(_PORT_STEP, self._grid.width(node) * 0.7 / len(lines)) if port is None else 0
            centre = self._grid.x[node] if port is None else port
            order = sorted(lines, key=lambda following: (self._grid.x[following], following))
            for place, following in enumerate(order):
                x = centre + (place - (len(order) - 1) / 2) * step
                spread.update(dict.fromkeys(lines[following], x))
        return spread

    def _port(self, node: int, *, upper: bool) -> float | None:
        inside = self._insides[node] if node < len(self._insides) else None
        port = (inside.exit if upper else inside.entry) if inside else None
        return None if port is None or inside is None else self._grid.x[node] - inside.width / 2 + port

    def points(self, number: int, wire: Wire) -> Iterator[tuple[float, float]]:
        """The points of a line: two for each row that it passes, straight within the row and curved between rows."""
        grid = self._grid
        first, *bends, last = wire.nodes
        x = self._starts[number]
        yield x, grid.y[first] + grid.height(first)
        yield x, max(grid.bottoms[self._rows[first]], grid.y[first] + grid.height(first))
        for bend in bends:
            row = self._rows[bend]
            yield grid.x[bend], grid.tops[row]
            yield grid.x[bend], grid.bottoms[row]
        yield self._targets[number], grid.y[last]


def _moved(line: Line, x: float, y: float) -> Line:
    points = tuple((round(left + x, 1), round(top + y, 1)) for left, top in line.points)
    return Line(line.links, points, line.known, line.upwards, line.starts, line.ends)
