"""A picture in DOT, the language of Graphviz; sub-workflows are clusters."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.graph import Box, BoxKind, Link, Picture
from packager.render.picture.labels import Notes, description, detail, noted, title
from packager.text import safe

_COLOURS = {Severity.ERROR: ("#ffebe9", "#cf222e"), Severity.WARNING: ("#fff8c5", "#9a6700")}
_HEADER = """\
  graph [compound=true, fontname="Helvetica", rankdir=TB]
  node [fontname="Helvetica", shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#8c959f"]
  edge [color="#6e7781"]
"""


def dot_text(picture: Picture, notes: Notes, name: str) -> str:
    """A picture as a directed graph. A link from or to a sub-workflow begins or ends at its cluster's border."""
    numbers = {box.id: number for number, box in enumerate(picture.all_boxes(), start=1)}
    groups = {box.id: box for box in picture.all_boxes() if box.kind is BoxKind.GROUP}
    out = [f"digraph {_quoted(name)} {{", _HEADER.rstrip("\n"), *_boxes(picture.boxes, numbers, notes, "  ")]
    for link in picture.links:
        ends = [_node(groups.get(end), numbers[end], numbers) for end in (link.source, link.target)]
        out.append(f"  {ends[0]} -> {ends[1]}{_edge_attributes(link, numbers, groups)}")
    return "\n".join([*out, "}"]) + "\n"


def _node(group: Box | None, number: int, numbers: dict[str, int]) -> str:
    """The node at which a line ends: of a cluster, the first one in it."""
    while group is not None and group.inner:
        number = numbers[group.inner[0].id]
        group = group.inner[0] if group.inner[0].kind is BoxKind.GROUP else None
    return f"n{number}"


def _edge_attributes(link: Link, numbers: dict[str, int], groups: dict[str, Box]) -> str:
    pairs = [
        *([f"tooltip={_quoted(', '.join(link.labels))}"] if link.labels else []),
        *([f"label={_quoted(link.labels[0])}"] if len(link.labels) == 1 else []),
        *(["style=dashed"] if not link.known else []),
        *([f'ltail="cluster_{numbers[link.source]}"'] if link.source in groups else []),
        *([f'lhead="cluster_{numbers[link.target]}"'] if link.target in groups else []),
    ]
    return f" [{', '.join(pairs)}]" if pairs else ""


def _boxes(boxes: tuple[Box, ...], numbers: dict[str, int], notes: Notes, indent: str) -> Iterator[str]:
    for box in boxes:
        number, tooltip = numbers[box.id], _quoted(description(box, notes))
        if box.kind is BoxKind.GROUP:
            yield f"{indent}subgraph cluster_{number} {{"
            yield f'{indent}  label={_quoted(title(box))}; tooltip={tooltip}; style=rounded; color="#8c959f"'
            yield from _boxes(box.inner, numbers, notes, f"{indent}  ")
            yield f"{indent}}}"
            continue
        label = "\n".join(line for line in (title(box), detail(box, notes)) if line)
        attributes = [f"label={_quoted(label)}", f"tooltip={tooltip}", *_look(box, notes)]
        yield f"{indent}n{number} [{', '.join(attributes)}]"


def _look(box: Box, notes: Notes) -> Iterator[str]:
    colours = _COLOURS.get(noted(box, notes).severity or Severity.INFO)
    if colours:
        yield f'fillcolor="{colours[0]}", color="{colours[1]}"'
    if box.call and box.call.conditional:
        yield 'style="rounded,filled,dashed"'
    if box.kind is BoxKind.FOLDED or (box.call and box.call.scattered):
        yield "peripheries=2"


def _quoted(text: str) -> str:
    """A quoted string; only the line ends that we write are line ends."""
    lines = [safe(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")]
    return '"' + "\\n".join(lines) + '"'
