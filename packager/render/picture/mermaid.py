"""A picture as a Mermaid flowchart that GitHub draws.

Names of calls are only in quoted labels, where all characters but letters, digits and a few marks are written as numbers.
"""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.graph import Box, BoxKind, Picture, picture_of, shortened
from packager.model.calls import CallGraph
from packager.render.picture.labels import Flows, Notes, detail, noted, title
from packager.text import safe

# What Mermaid draws if a page does not raise its limits. Source: Mermaid's configuration, `maxTextSize` and `maxEdges`.
MOST_CHARACTERS, MOST_LINKS = 50_000, 500
_FEWEST_BOXES = 5
_PLAIN = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789 _.,-")
_LONGEST = 60
_STYLES = """\
  classDef error fill:#ffebe9,stroke:#cf222e,color:#1f2328
  classDef warning fill:#fff8c5,stroke:#9a6700,color:#1f2328
  classDef conditional stroke-dasharray:5 3
"""
_GROUP_STYLE = "classDef group fill:none,stroke:#8c959f"
_CHANGE_STYLES = """\
  classDef added fill:#dafbe1,stroke:#1a7f37,color:#1f2328
  classDef removed fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:2 3
  classDef changed fill:#fff8c5,stroke:#9a6700,color:#1f2328
  classDef conditional stroke-dasharray:5 3
"""
_FLOW_STYLES = {
    "added": "stroke:#1a7f37,stroke-width:2px",
    "removed": "stroke:#cf222e,stroke-width:2px,stroke-dasharray:2 3",
    "changed": "stroke:#9a6700,stroke-width:2px",
}


def mermaid_text(graph: CallGraph, notes: Notes, *, most: int, ends: bool = False) -> tuple[str, Picture]:
    """A flowchart, and what it shows, of at most the size that is drawn everywhere: where it would be larger, more calls are folded."""
    while True:
        picture = picture_of(graph, most=most, ends=ends)
        text = flowchart(picture, notes)
        small = len(text) <= MOST_CHARACTERS and len(picture.links) <= MOST_LINKS
        if small or most <= _FEWEST_BOXES:
            return (
                (text, picture)
                if small
                else (flowchart(Picture(picture.boxes, picture.links[:MOST_LINKS]), notes), picture)
            )
        most = most * 2 // 3


def flowchart(picture: Picture, notes: Notes, flows: Flows | None = None) -> str:
    """A picture as a flowchart, however large; `flows` is what happened to its links."""
    names = {box.id: f"n{number}" for number, box in enumerate(picture.all_boxes(), start=1)}
    out = ["flowchart TB", *_boxes(picture.boxes, names, notes, "  ")]
    for link in picture.links:
        arrow = "-->" if link.known else "-.->"
        label = f'|"{_label(link.labels[0])}"|' if len(link.labels) == 1 else ""
        out.append(f"  {names[link.source]} {arrow}{label} {names[link.target]}")
    for change, style in _FLOW_STYLES.items():
        numbers = [
            str(number)
            for number, link in enumerate(picture.links)
            if (flows or {}).get((link.source, link.target)) == change
        ]
        out += [f"  linkStyle {','.join(numbers)} {style}"] if numbers else []
    groups = [names[box.id] for box in picture.all_boxes() if box.kind is BoxKind.GROUP and not _class(box, notes)]
    out += [f"  class {','.join(groups)} group", f"  {_GROUP_STYLE}"] if groups else []
    styles = _STYLES if flows is None else _CHANGE_STYLES
    return "\n".join(out) + f"\n{styles}"


def _boxes(boxes: tuple[Box, ...], names: dict[str, str], notes: Notes, indent: str) -> Iterator[str]:
    for box in boxes:
        name, second = names[box.id], detail(box, notes)
        if box.kind is BoxKind.GROUP:
            change = noted(box, notes).change
            heading = f"{title(box)} ({change})" if change else title(box)
            yield f'{indent}subgraph {name}["{_label(heading)}"]'
            yield from _boxes(box.inner, names, notes, f"{indent}  ")
            yield f"{indent}end"
            if change:
                yield f"{indent}class {name} {change}"
            continue
        label = _label(title(box)) + (f"<br>{_label(second)}" if second else "")
        begin, end = {BoxKind.FOLDED: ("[[", "]]"), BoxKind.TASK: ("[", "]")}.get(box.kind, ("([", "])"))
        yield f'{indent}{name}{begin}"{label}"{end}{_class(box, notes)}'


def _class(box: Box, notes: Notes) -> str:
    note = noted(box, notes)
    severity = note.severity
    if note.change:
        return f":::{note.change}"
    if severity in (Severity.ERROR, Severity.WARNING):
        return f":::{severity.value}"
    return ":::conditional" if box.call and box.call.conditional else ""


def _label(text: str) -> str:
    """Text in quotes; a character that Mermaid, Markdown or HTML could read as more than itself is a number."""
    return "".join(
        char if char in _PLAIN or (not char.isascii() and char.isalnum()) else f"#{ord(char)};"
        for char in shortened(safe(text), _LONGEST)
    )
