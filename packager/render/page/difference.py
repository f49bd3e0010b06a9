"""The difference between a local workflow and a deployed version as one HTML page, in the look of the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packager.diff import CallChange, ChangeKind, Comparison, FileChange, ParameterKind, Patch, next_version, step
from packager.findings.redaction import redacted
from packager.render.diff_lines import (
    PARAMETER_WORDS,
    SIGNS,
    Foreign,
    Words,
    aspect_words,
    file_words,
    head,
    not_set_words,
    step_words,
)
from packager.render.markup import Markup, element, joined
from packager.render.page.document import MOST_BYTES
from packager.render.page.frame import framed
from packager.render.page.parts import Cell, code, folded, more, prose, section, table
from packager.render.picture import legend, svg_element
from packager.render.picture.changes import changed_drawing, has_picture
from packager.text import count

_MOST_REASONS = 20
_UNKNOWN_CALLS = "calls"
_KEY = (("added", "+", "added"), ("removed", "\u2212", "removed"), ("changed", "~", "changed"))


@dataclass(frozen=True, slots=True)
class _Room:
    """How much a page shows: boxes of the picture, rows of a table, patches, those of them that are open, and lines of a patch."""

    boxes: int
    rows: int
    patches: int
    opened: int
    lines: int


_ROOMS = (_Room(80, 2000, 200, 5, 400), _Room(60, 500, 100, 3, 200), _Room(40, 100, 30, 1, 60), _Room(10, 20, 5, 0, 20))


def diff_page(comparison: Comparison, path: str) -> str:
    """The output of `diff --format html`. Where it would be too large to send around, lists are cut, with a note."""
    page = ""
    for room in _ROOMS:
        page = framed(f"{path} - packager diff", f"Changes of {path}", _content(comparison, room))
        if len(page.encode()) <= MOST_BYTES:
            break
    return page


def _content(comparison: Comparison, room: _Room) -> Markup:
    difference = comparison.difference
    parts = [
        ("picture", "Picture", _picture(comparison, room)),
        ("parameters", f"Parameters ({len(difference.parameters)})", _parameters(comparison, room)),
        ("outputs", f"Outputs ({len(difference.outputs)})", _outputs(comparison, room)),
        ("images", f"Images ({len(difference.images)})", _images(comparison, room)),
        ("calls", f"Calls ({len(difference.calls)})", _calls(difference.calls, room)),
        ("settings", f"Settings ({len(difference.settings)})", _settings(comparison, room)),
        ("files", f"Files ({len(difference.files)})", _files(comparison, room)),
    ]
    parts = [part for part in parts if part[2]]
    links = [element("li", None, element("a", {"href": f"#{name}"}, title)) for name, title, _ in parts]
    navigation = element("nav", {"aria-label": "Sections"}, element("ul", None, links)) if parts else Markup()
    shown = [section(name, title, content, level=2) for name, title, content in parts]
    return joined([*_verdict(comparison), navigation, *shown])


def _verdict(comparison: Comparison) -> list[Markup]:
    """What the workflow is compared with, whether users of that have to change something, and what could not be compared."""
    difference = comparison.difference
    suggested = step(difference)
    following = next_version(comparison.deployed.version_name, suggested.level)
    out = [element("p", None, "Compared with ", _words(head(comparison)), ".")]
    if difference.identical:
        out.append(element("p", {"class": "verdict"}, element("b", {"class": "pass"}, "No differences"), "."))
    else:
        kind, mark = ("fail", "Breaking changes") if difference.breaking else ("pass", "No breaking changes")
        words = _words(step_words(suggested, following, _MOST_REASONS))
        out.append(
            element("p", {"class": "verdict"}, element("b", {"class": kind}, mark), ". Suggested step: ", words, ".")
        )
    if difference.not_given:
        out.append(element("p", None, _sentence(not_set_words(difference)), "."))
    reasons: dict[str, list[str]] = {}
    for skipped in difference.not_compared:
        reasons.setdefault(skipped.reason, []).append(skipped.part)
    for reason, names in reasons.items():
        out.append(
            element(
                "p",
                None,
                element("b", {"class": "warning"}, f"Not compared: {', '.join(names)}"),
                ": ",
                prose(reason),
                ".",
            )
        )
    return out


def _sentence(words: Words) -> Markup:
    first, *rest = words
    return _words((first[:1].upper() + first[1:], *rest) if isinstance(first, str) else words)


def _words(words: Words) -> Markup:
    return joined(code(redacted(word.text)) if isinstance(word, Foreign) else word.replace("->", "→") for word in words)


def _value(value: str | None, absent: str = "") -> Markup | str:
    return absent if value is None else code(redacted(value)) if value else element("span", {"class": "soft"}, "empty")


def _change(kind: str, words: str) -> Markup:
    """What happened, as a sign and words in the colour of the picture."""
    return element("span", {"class": kind}, f"{SIGNS[kind]}\u00a0{words}")


def _changes_table(
    noun: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], breaking: Sequence[bool], room: _Room
) -> Markup:
    """A table about changes, with a column for those that break users if one does; `breaking` has an element for every change."""
    if any(breaking):
        marks = [element("b", {"class": "fail"}, "breaking") if each else "" for each in breaking]
        heads = (*heads[:-2], "Breaking", *heads[-2:])
        rows = [(*row[:-2], mark, *row[-2:]) for row, mark in zip(rows, marks, strict=False)]
    return joined([table(f"{noun.capitalize()}s", heads, rows, most=room.rows), more(len(breaking) - room.rows, noun)])


def _picture(comparison: Comparison, room: _Room) -> Markup:
    if not has_picture(comparison):
        unknown = any(skipped.part == _UNKNOWN_CALLS for skipped in comparison.difference.not_compared)
        words = "is unknown" if unknown and not comparison.difference.calls else "does not differ"
        return element("p", None, f"What the workflow calls, and what flows between the calls, {words}.")
    rows = {change.call.id: f"call-{number}" for number, change in enumerate(comparison.difference.calls[: room.rows])}
    drawing, left_out = changed_drawing(comparison, rows, room.boxes)
    sentences = legend(drawing.picture, comparison.graph, left_out=drawing.layout.left_out)
    if left_out:
        sentences.append(f"{count(left_out, 'call')} without a change {'is' if left_out == 1 else 'are'} not drawn.")
    svg = svg_element(drawing, "both versions")
    scrolls = {"class": "scroll", "tabindex": "0", "role": "group", "aria-label": "Picture of the changed calls"}
    key = [joined([_change(kind, word), " "]) for kind, _, word in _KEY]
    caption = element("figcaption", None, key, f"since the deployed version. {' '.join(sentences)}")
    return element("figure", None, element("div", scrolls, svg), caption)


def _calls(changes: Sequence[CallChange], room: _Room) -> Markup:
    if not changes:
        return Markup()
    rows: list[Sequence[Cell]] = [
        (
            code(change.call.id),
            _change(change.kind.value, change.kind.value),
            code(change.call.callee),
            _aspects(change),
        )
        for change in changes[: room.rows]
    ]
    ids = [f"call-{number}" for number in range(len(rows))]
    drawn = table("Calls", ("Call", "Change", "Definition", "What differs"), rows, ids=ids, most=room.rows)
    return joined([drawn, more(len(changes) - room.rows, "call")])


def _aspects(change: CallChange) -> list[Markup]:
    """What differs of a call; of an added or removed one, what it requests."""
    if change.kind is ChangeKind.CHANGED:
        return [element("div", None, _words(aspect_words([aspect]))) for aspect in change.aspects]
    values = (aspect.after or aspect.before or "" for aspect in change.aspects)
    return [element("div", {"class": "soft"}, code(redacted(value))) for value in values]


def _parameters(comparison: Comparison, room: _Room) -> Markup:
    changes = comparison.difference.parameters
    if not changes:
        return Markup()
    rows: list[Sequence[Cell]] = []
    for change in changes[: room.rows]:
        sign, words = PARAMETER_WORDS[change.kind]
        described = change.kind is ParameterKind.DESCRIBED
        values = [prose(redacted(text or "")) if described else _value(text) for text in (change.before, change.after)]
        kind = {"+": "added", "-": "removed"}.get(sign, "changed")
        rows.append((code(change.name), _change(kind, words), *values))
    heads = ("Parameter", "Change", "Deployed", "Local")
    return _changes_table("parameter", heads, rows, [change.breaking for change in changes], room)


def _outputs(comparison: Comparison, room: _Room) -> Markup:
    changes = comparison.difference.outputs
    if not changes:
        return Markup()
    rows: list[Sequence[Cell]] = [
        (
            code(change.name),
            _change(change.kind.value, change.kind.value),
            _value(change.before),
            _value(change.after),
        )
        for change in changes[: room.rows]
    ]
    heads = ("Output", "Change", "Deployed", "Local")
    return _changes_table("output", heads, rows, [change.breaking for change in changes], room)


def _images(comparison: Comparison, room: _Room) -> Markup:
    changes = comparison.difference.images
    if not changes:
        return Markup()
    rows: list[Sequence[Cell]] = [
        (
            _change(change.kind.value, change.kind.value),
            _value(None if change.before is None else str(change.before)),
            _value(None if change.after is None else str(change.after)),
        )
        for change in changes[: room.rows]
    ]
    return joined(
        [
            table("Images", ("Change", "Deployed", "Local"), rows, most=room.rows),
            more(len(changes) - room.rows, "image"),
        ]
    )


def _settings(comparison: Comparison, room: _Room) -> Markup:
    changes = comparison.difference.settings
    if not changes:
        return Markup()
    rows: list[Sequence[Cell]] = [
        (
            code(change.name),
            _value(change.before, "not set"),
            _value(change.after, "not set"),
        )
        for change in changes[: room.rows]
    ]
    heads = ("Setting", "Deployed", "Local")
    return _changes_table("setting", heads, rows, [change.breaking for change in changes], room)


def _files(comparison: Comparison, room: _Room) -> Markup:
    """Each file that differs, with its lines."""
    changes = comparison.difference.files
    if not changes:
        return Markup()
    patches = {patch.path: patch for patch in comparison.patches[: room.patches]}
    opened = len(changes) <= room.opened
    out = [_file(change, patches.get(change.path), room, opened=opened) for change in changes[: room.rows]]
    without = len(comparison.patches) - len(patches) + comparison.more_patches
    note = element("p", {"class": "more"}, f"{count(without, 'file')} without its lines.") if without else Markup()
    return joined([*out, more(len(changes) - room.rows, "file"), note])


def _file(change: FileChange, patch: Patch | None, room: _Room, *, opened: bool) -> Markup:
    kind = "changed" if change.kind is ChangeKind.MODE else change.kind.value
    words = [
        element("span", {"class": kind}, f"{SIGNS[kind]} "),
        code(change.path),
        " ",
        element("span", {"class": "soft"}, file_words(change)),
    ]
    if patch is None or not (patch.lines or patch.note):
        return element("p", {"class": "file"}, words)
    lines = [_line(line) for line in patch.lines[: room.lines]]
    note = element("p", {"class": "more"}, f"{patch.note}.") if patch.note else Markup()
    block = element("pre", {"class": "patch"}, lines) if lines else Markup()
    return folded(
        words,
        block,
        more(len(patch.lines) - room.lines, "line"),
        note,
        opened=opened and not patch.path.endswith(".json"),
    )


def _line(line: str) -> Markup:
    """A line of a patch, which has no secrets."""
    kind = {"+": "added", "-": "removed", "@": "info"}.get(line[:1])
    return element("span", {"class": kind}, line.expandtabs(4))
