"""The difference between a local workflow and a deployed version, as Markdown for a comment on a pull request.

Foreign text is only in code spans: there HTML, links, mentions and other marks have no effect.
"""

from __future__ import annotations

from packager.diff import Comparison, next_version, step
from packager.render.diff_lines import DiffSection, Foreign, Item, Words, head, not_set_words, sections, step_words
from packager.render.markdown import code_span
from packager.render.picture.changes import changed_mermaid, has_picture
from packager.render.picture_markdown import picture_block
from packager.text import count

# GitHub allows 65,536 characters in a comment; the rest is for what a CI workflow adds.
MOST_BYTES = 60_000
_MOST_ITEMS = (200, 50, 20, 5, 1)  # of a section, from the preferred number to one that always fits
_MOST_SHOWN = 10  # of a section before it is folded
_MOST_REASONS = 3
_SIGNS = {"+": "added", "-": "removed", "~": "changed"}


def diff_markdown(comparison: Comparison, path: str) -> str:
    """The output of `diff --format markdown`; never more than fits into a comment."""
    for most in _MOST_ITEMS[:-1]:
        for with_picture in (True, False):
            text = _document(comparison, path, most, with_picture=with_picture)
            if len(text.encode()) <= MOST_BYTES:
                return text
    return _document(comparison, path, _MOST_ITEMS[-1], with_picture=False)


def _document(comparison: Comparison, path: str, most: int, *, with_picture: bool) -> str:
    difference = comparison.difference
    suggested = step(difference)
    following = next_version(comparison.deployed.version_name, suggested.level)
    out = [f"### {code_span(path)} compared with {_words(head(comparison))}", ""]
    if difference.identical:
        out += ["No differences.", ""]
    else:
        mark = "Breaking changes." if difference.breaking else "No breaking changes."
        out += [f"**{mark}** Suggested step: {_words(step_words(suggested, following, _MOST_REASONS))}", ""]
    for section in sections(difference):
        out += _section(section, most)
    if difference.not_given:
        words = _words(not_set_words(difference))
        out += [words[:1].upper() + words[1:], ""]
    for skipped in difference.not_compared[:most]:
        out += [f"Not compared: {code_span(skipped.part)}, because {code_span(skipped.reason)}", ""]
    if len(difference.not_compared) > most:
        out += [f"and {len(difference.not_compared) - most} more parts", ""]
    out += _picture(comparison) if with_picture else []
    return "\n".join(out).rstrip() + "\n"


def _picture(comparison: Comparison) -> list[str]:
    """What the calls are now, as a picture that GitHub draws; all text in it is escaped for Mermaid, which covers Markdown."""
    if not has_picture(comparison):
        return []
    text, left_out = changed_mermaid(comparison)
    if not text:
        return ["The picture of the calls is too large for a comment.", ""]
    note = (
        f" {count(left_out, 'call')} without a change {'is' if left_out == 1 else 'are'} not drawn." if left_out else ""
    )
    return picture_block(
        "Picture of the calls", text, f"Green: added; red: removed; yellow: changed.{note}", opened=True
    )


def _section(section: DiffSection, most: int) -> list[str]:
    items = [f"- {_item(item, signed=section.signed)}" for item in section.items[:most]]
    if len(section.items) > most:
        items.append(f"- and {len(section.items) - most} more")
    if len(section.items) > _MOST_SHOWN and not any(item.breaking for item in section.items):
        title = section.title.capitalize() + ("" if ":" in section.title else f" ({len(section.items)})")
        return ["<details>", f"<summary>{title}</summary>", "", *items, "", "</details>", ""]
    return [f"**{section.title.capitalize()}**", "", *items, ""]


def _item(item: Item, *, signed: bool) -> str:
    sign = f"{_SIGNS[item.sign]} " if signed else ""
    return f"{'**breaking** ' if item.breaking else ''}{sign}{_words(item.words)}"


def _words(words: Words) -> str:
    return "".join(code_span(word.text) if isinstance(word, Foreign) else word.replace("->", "→") for word in words)
