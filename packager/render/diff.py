"""A workflow held against a deployed one, as text and as JSON."""

from __future__ import annotations

from typing import Any

from packager.diff import Comparison, File, Patch, next_version, step
from packager.findings.redaction import redacted
from packager.model.image_reference import ImageName
from packager.render.diff_lines import (
    ADDED,
    REMOVED,
    Foreign,
    Item,
    Words,
    head,
    not_given_words,
    sections,
    step_words,
)
from packager.render.report import SCHEMA_VERSION, tool
from packager.render.terminal import Style
from packager.text import safe, safe_path

_MOST_ITEMS = 40  # of one section; JSON has them all
_MOST_REASONS = 5
_WIDEST = 300


def diff_json(found: Comparison, source: dict[str, str]) -> dict[str, Any]:
    """What `diff --format json` prints; the addresses that the service gives out are not in it."""
    deployed, difference = found.deployed, found.difference
    suggested = step(difference)
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "source": source,
        "deployed": {
            "workflowId": deployed.workflow_id,
            "versionName": deployed.version_name,
            "name": deployed.name,
            "arn": deployed.arn,
            "status": deployed.status,
            "region": found.region,
            "newest": found.newest,
        },
        "identical": difference.identical,
        "breaking": difference.breaking,
        "step": suggested.level.value,
        "reasons": [{"what": one.what, "name": one.name} for one in suggested.reasons],
        "nextVersionName": next_version(deployed.version_name, suggested.level),
        "parameters": [
            {
                "name": one.name,
                "change": one.kind.value,
                "breaking": one.breaking,
                "before": one.before,
                "after": one.after,
            }
            for one in difference.parameters
        ],
        "outputs": [
            {
                "name": one.name,
                "change": one.kind.value,
                "breaking": one.breaking,
                "before": one.before,
                "after": one.after,
            }
            for one in difference.outputs
        ],
        "images": [
            {"change": one.kind.value, "before": _image_text(one.before), "after": _image_text(one.after)}
            for one in difference.images
        ],
        "files": [
            {"path": one.path, "change": one.kind.value, "before": _file(one.before), "after": _file(one.after)}
            for one in difference.files
        ],
        "settings": [
            {"name": one.name, "breaking": one.breaking, "before": _shown(one.before), "after": _shown(one.after)}
            for one in difference.settings
        ],
        "notGiven": list(difference.not_given),
        "notCompared": [{"part": one.part, "reason": one.reason} for one in difference.not_compared],
    }


def _shown(value: str | None) -> str | None:
    return None if value is None else redacted(value)


def _image_text(name: ImageName | None) -> str | None:
    return None if name is None else str(name)


def _file(file: File | None) -> dict[str, Any] | None:
    return None if file is None else {"size": file.size, "sha256": file.sha256, "executable": file.executable}


def diff_text(found: Comparison, style: Style) -> str:
    """What `diff` prints for a person."""
    difference = found.difference
    out = [f"against {_words(head(found))}"]
    for section in sections(difference):
        out.append(style.paint(section.title, "bold"))
        out += [_item(item, style) for item in section.items[:_MOST_ITEMS]]
        if len(section.items) > _MOST_ITEMS:
            out.append(f"    and {len(section.items) - _MOST_ITEMS} more")
    for one in found.patches:
        out += _patch(one, style)
    if found.more_patches:
        out.append(f"and {found.more_patches} more files")
    if difference.identical:
        out.append(style.paint("no differences", "green"))
    if difference.not_given:
        out.append(_words(not_given_words(difference)))
    out += [
        f"{style.paint('not compared', 'dim')} {safe(one.part)}: {safe(one.reason)}" for one in difference.not_compared
    ]
    suggested = step(difference)
    following = next_version(found.deployed.version_name, suggested.level)
    out.append(f"{style.paint('step', 'bold')} {_words(step_words(suggested, following, _MOST_REASONS))}")
    return "\n".join(out) + "\n"


def _item(item: Item, style: Style) -> str:
    colour = "green" if item.sign == ADDED else "red" if item.sign == REMOVED else "yellow"
    mark = style.paint("breaking", "bold", "red") + " " if item.breaking else ""
    return f"  {style.paint(item.sign, colour)} {mark}{_words(item.words)}"


def _words(words: Words) -> str:
    return "".join(shortened(redacted(safe(one.text))) if isinstance(one, Foreign) else one for one in words)


def shortened(text: str) -> str:
    """A text of bearable length."""
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}..."


def _patch(patch: Patch, style: Style) -> list[str]:
    out = [style.paint(f"--- {safe_path(patch.path)}", "bold")]
    for line in patch.lines:
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        text = redacted(safe(line.expandtabs(4)))
        out.append(style.paint(text, colour) if colour else text)
    return [*out, f"({safe(patch.note)})"] if patch.note else out
