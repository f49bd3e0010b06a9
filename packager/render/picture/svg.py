"""A picture as SVG, for a page or as a file of its own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from packager.findings.diagnostic import Severity
from packager.graph import MOST_BOXES, BoxKind, Layout, Line, Picture, PlacedBox, layout_of, picture_of, shortened
from packager.model.calls import CallGraph
from packager.render.markup import Markup, element
from packager.render.picture.labels import (
    Flows,
    Notes,
    common_change,
    description,
    detail,
    link_description,
    noted,
    title,
)

PICTURE_STYLE = """\
.picture { --paper: #fff; --ink: #1f2328; --soft: #59636e; --line: #6e7781; --box: #f6f8fa; --edge: #8c959f; --group: #f6f8fa80;
  --error: #cf222e; --error-box: #ffebe9; --warning: #9a6700; --warning-box: #fff8c5; --info: #0969da; --info-box: #ddf4ff;
  --added: #1a7f37; --added-box: #dafbe1; }
@media (prefers-color-scheme: dark) {
  .picture { --paper: #0d1117; --ink: #f0f6fc; --soft: #9198a1; --line: #8b949e; --box: #212830; --edge: #656c76; --group: #151b2380;
    --error: #ff7b72; --error-box: #49191e; --warning: #e3b341; --warning-box: #3b2b0b; --info: #79c0ff; --info-box: #0f2d4a;
    --added: #57c46a; --added-box: #12351f; } }
@media print { .picture { --paper: #fff; --ink: #000; --soft: #333; --line: #444; --box: #fff; --edge: #555; --group: #fff;
  --error: #a40e26; --error-box: #fff; --warning: #7d4e00; --warning-box: #fff; --info: #0550ae; --info-box: #fff;
  --added: #116329; --added-box: #fff; } }
.picture text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; fill: var(--ink); }
.picture .detail { fill: var(--soft); font-size: 11px; }
.picture rect { fill: var(--box); stroke: var(--edge); }
.picture .paper { fill: var(--paper); stroke: none; }
.picture .group rect { fill: var(--group); }
.picture .heading { font-weight: 600; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
.picture .heading .detail { font-weight: 400; }
.picture .folded rect { stroke-width: 2; }
.picture .conditional rect { stroke-dasharray: 5 3; }
.picture .error rect { fill: var(--error-box); stroke: var(--error); stroke-width: 2; }
.picture .warning rect { fill: var(--warning-box); stroke: var(--warning); stroke-width: 2; }
.picture .info rect { stroke: var(--info); }
.picture .added rect { fill: var(--added-box); stroke: var(--added); stroke-width: 2; }
.picture .removed rect { fill: var(--error-box); stroke: var(--error); stroke-width: 2; stroke-dasharray: 2 3; }
.picture .changed rect { fill: var(--warning-box); stroke: var(--warning); stroke-width: 2; }
.picture .group.added rect, .picture .group.removed rect, .picture .group.changed rect { fill: var(--group); }
.picture .mark { font-weight: 700; text-anchor: end; }
.picture .error .mark { fill: var(--error); }
.picture .warning .mark { fill: var(--warning); }
.picture .info .mark { fill: var(--info); }
.picture .added .mark { fill: var(--added); }
.picture .removed .mark { fill: var(--error); }
.picture .changed .mark { fill: var(--warning); }
.picture .line { fill: none; stroke: var(--line); stroke-width: 1.3; }
.picture .line.added { stroke: var(--added); stroke-width: 2; }
.picture .line.removed { stroke: var(--error); stroke-width: 2; stroke-dasharray: 2 3; }
.picture .line.changed { stroke: var(--warning); stroke-width: 2; }
.picture .line:hover { stroke: var(--info); stroke-width: 3; }
.picture .unknown { stroke-dasharray: 4 4; }
.picture .head { fill: var(--line); }
.picture .head.added { fill: var(--added); }
.picture .head.removed { fill: var(--error); }
.picture .head.changed { fill: var(--warning); }
.picture a:focus-visible rect { stroke: var(--info); stroke-width: 4; }
.picture .empty { fill: var(--soft); }
"""
_MARKS = {
    Severity.ERROR: "✕",
    Severity.WARNING: "!",
    Severity.INFO: "i",
    "added": "+",
    "removed": "\u2212",
    "changed": "~",
}
_SMALLER, _FEWEST_BOXES = (0.75, 0.55, 0.4), 20
WIDE = 1500  # a wider picture scrolls, a narrower one is made to fit
_TALL = 1700  # on one sheet of paper, a higher picture would be too small to be read
_HEAD = 7  # the length of an arrow's head


@dataclass(frozen=True, slots=True)
class Drawing:
    """A picture with its layout and what its boxes show; `flows` is what happened to its links, by their ends."""

    picture: Picture
    layout: Layout
    notes: Notes
    labels: Mapping[str, tuple[str, str]]
    flows: Flows = field(default_factory=dict)


def drawing_of(picture: Picture, notes: Notes, flows: Flows | None = None) -> Drawing:
    """The drawing of a picture; a box whose note has a row links to it."""
    labels = {box.id: (shortened(title(box)), shortened(detail(box, notes))) for box in picture.all_boxes()}
    return Drawing(picture, layout_of(picture, labels), notes, labels, flows or {})


def fitting_drawing(graph: CallGraph, notes: Notes, most: int = MOST_BOXES) -> Drawing:
    """The drawing of a graph with at most that many boxes, and fewer where it is too wide to be read on a page."""
    best = drawing_of(picture_of(graph, most=most), notes)
    for part in _SMALLER:
        if best.layout.width <= WIDE or most * part < _FEWEST_BOXES:
            break
        drawing = drawing_of(picture_of(graph, most=round(most * part)), notes)
        if drawing.layout.width < best.layout.width:
            best = drawing
    return best


def svg_document(drawing: Drawing, name: str) -> str:
    """A drawing as a file of its own."""
    return f"{_svg(drawing, name, style=True)}\n"


def svg_element(drawing: Drawing, name: str) -> Markup:
    """A drawing as a part of a page that has `PICTURE_STYLE`."""
    return _svg(drawing, name, style=False)


def _svg(drawing: Drawing, name: str, *, style: bool) -> Markup:
    layout = drawing.layout
    width, height = round(max(layout.width, 120)), round(max(layout.height, 40))
    attributes = {
        "xmlns": "http://www.w3.org/2000/svg" if style else None,
        "class": " ".join(["picture", *(["wide"] if width > WIDE else []), *(["tall"] if height > _TALL else [])]),
        "viewBox": f"0 0 {width} {height}",
        "width": width,
        "height": height,
        "role": "group",
        "aria-label": f"Calls of {name}",
    }
    children: list[str] = [element("style", None, Markup(PICTURE_STYLE))] if style else []
    if style:
        children.append(element("rect", {"width": width, "height": height, "class": "paper"}))
    children += _drawn(layout, drawing)
    if not drawing.picture.boxes:
        children.append(element("text", {"class": "empty", "x": 16, "y": 25}, "no calls"))
    return element("svg", attributes, children)


def _drawn(layout: Layout, drawing: Drawing) -> Iterator[Markup]:
    """Groups below lines below boxes and headings; heads of lines above the second frame of a box that may run many times."""
    notes, labels = drawing.notes, drawing.labels
    groups = [placed for placed in layout.boxes if placed.box.kind is BoxKind.GROUP]
    yield from (_box(placed, notes, labels[placed.box.id]) for placed in groups)
    lines = [_line(line, drawing.flows) for line in layout.lines]
    yield from (path for path, _ in lines)
    yield from (_heading(placed, labels[placed.box.id]) for placed in groups)
    others = (placed for placed in layout.boxes if placed.box.kind is not BoxKind.GROUP)
    yield from (_box(placed, notes, labels[placed.box.id]) for placed in others)
    yield from (head for _, head in lines)


def _box(placed: PlacedBox, notes: Notes, lines: tuple[str, str]) -> Markup:
    box, note, call = placed.box, noted(placed.box, notes), placed.box.call
    severity = note.severity if box.kind is not BoxKind.GROUP else None
    classes = [box.kind.value, *([severity.value] if severity else [])]
    classes += [note.change] if note.change else []
    classes += ["conditional"] if call and call.conditional else []
    outline = {"x": placed.x, "y": placed.y, "width": placed.width, "height": placed.height, "rx": 6}
    children: list[str] = [element("title", None, description(box, notes))]
    if call and call.scattered:
        children.append(element("rect", {**outline, "x": placed.x + 4, "y": placed.y - 4}))
    children.append(element("rect", outline))
    children += _texts(placed, lines) if box.kind is not BoxKind.GROUP else []
    if severity or note.change:
        place = {"class": "mark", "x": placed.x + placed.width - 7, "y": placed.y + 15}
        children.append(element("text", place, _MARKS[severity or note.change]))
    drawn = element("g", {"class": " ".join(classes)}, children)
    return element("a", {"href": f"#{note.row}"}, drawn) if note.row else drawn


def _heading(placed: PlacedBox, lines: tuple[str, str]) -> Markup:
    """The name of a group; it stays readable where a line crosses it."""
    first, second = lines
    more = [element("tspan", {"class": "detail", "dx": 8}, second)] if second else []
    return element("text", {"class": "heading", "x": placed.x + 12, "y": placed.y + 20}, first, more)


def _texts(placed: PlacedBox, lines: tuple[str, str]) -> Iterator[Markup]:
    first, second = lines
    x, y = placed.x + 12, placed.y + (19 if second else 27)
    yield element("text", {"x": x, "y": y}, first)
    if second:
        yield element("text", {"class": "detail", "x": x, "y": y + 16}, second)


def _line(line: Line, flows: Flows) -> tuple[Markup, Markup]:
    """A line with its tooltip, and its head, which is at the end where the value arrives."""
    points = list(line.points)
    downwards = not line.upwards and line.ends
    upwards = line.upwards and line.starts
    x, y = points[-1]
    head_at = (x, y, 1) if downwards else (*points[0], -1) if upwards else None
    if downwards:
        points[-1] = (x, y - _HEAD)
    elif upwards:
        points[0] = (points[0][0], points[0][1] + _HEAD)
    change = common_change([flows.get((link.source, link.target), "") for link in line.links])
    kind = " ".join(["line", *([] if line.known else ["unknown"]), *([change] if change else [])])
    path = element("path", {"class": kind, "d": _path(points)}, element("title", None, link_description(line.links)))
    return path, Markup() if head_at is None else _head(*head_at, change)


def _path(points: Sequence[tuple[float, float]]) -> str:
    """Straight within each pair of points, curved from pair to pair."""
    (x, y), *rest = points
    parts = [f"M{x:g} {y:g}"]
    for number, (to_x, to_y) in enumerate(rest):
        if number % 2 == 0:
            parts += [f"V{to_y:g}"] if to_y != y else []
        else:
            middle = (y + to_y) / 2
            parts.append(f"C{x:g} {middle:g} {to_x:g} {middle:g} {to_x:g} {to_y:g}")
        x, y = to_x, to_y
    return "".join(parts)


def _head(x: float, y: float, direction: int, change: str) -> Markup:
    back = y - direction * (_HEAD + 1)
    return element("path", {"class": f"head {change}".rstrip(), "d": f"M{x:g} {y:g}L{x - 4:g} {back:g}H{x + 4:g}Z"})
