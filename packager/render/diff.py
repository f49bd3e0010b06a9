"""The difference between a local workflow and a deployed version, as text and as JSON."""

from __future__ import annotations

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
    not_set_words,
    sections,
    step_words,
)
from packager.render.report import SCHEMA_VERSION, tool
from packager.render.terminal import Style
from packager.text import count, safe, safe_path

_MOST_ITEMS = 40  # of a section; JSON has all of them
_MOST_REASONS = 5
_WIDEST = 300


def diff_json(comparison: Comparison, source: dict[str, str]) -> dict[str, object]:
    """The output of `diff --format json`, without the presigned URLs of the service."""
    deployed, difference = comparison.deployed, comparison.difference
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
            "region": comparison.region,
            "newest": comparison.newest,
        },
        "identical": difference.identical,
        "breaking": difference.breaking,
        "step": suggested.level.value,
        "reasons": [{"what": reason.what, "name": reason.name} for reason in suggested.reasons],
        "nextVersionName": next_version(deployed.version_name, suggested.level),
        "parameters": [
            {
                "name": change.name,
                "change": change.kind.value,
                "breaking": change.breaking,
                "before": change.before,
                "after": change.after,
            }
            for change in difference.parameters
        ],
        "outputs": [
            {
                "name": change.name,
                "change": change.kind.value,
                "breaking": change.breaking,
                "before": change.before,
                "after": change.after,
            }
            for change in difference.outputs
        ],
        "images": [
            {"change": change.kind.value, "before": _image_text(change.before), "after": _image_text(change.after)}
            for change in difference.images
        ],
        "files": [
            {
                "path": change.path,
                "change": change.kind.value,
                "before": _file(change.before),
                "after": _file(change.after),
            }
            for change in difference.files
        ],
        "calls": [
            {
                "id": change.call.id,
                "callee": change.call.callee,
                "kind": change.call.kind.value,
                "change": change.kind.value,
                "aspects": [
                    {
                        "aspect": aspect.aspect.value,
                        "before": _shown(aspect.before),
                        "after": _shown(aspect.after),
                    }
                    for aspect in change.aspects
                ],
            }
            for change in difference.calls
        ],
        "edges": [
            {
                "source": change.edge.source or None,
                "target": change.edge.target or None,
                "label": change.edge.label,
                "known": change.edge.known,
                "change": change.kind.value,
            }
            for change in difference.edges
        ],
        "settings": [
            {
                "name": setting.name,
                "breaking": setting.breaking,
                "before": _shown(setting.before),
                "after": _shown(setting.after),
            }
            for setting in difference.settings
        ],
        "notGiven": list(difference.not_given),
        "notCompared": [{"part": skipped.part, "reason": skipped.reason} for skipped in difference.not_compared],
    }


def _shown(value: str | None) -> str | None:
    return None if value is None else redacted(value)


def _image_text(name: ImageName | None) -> str | None:
    return None if name is None else redacted(str(name))


def _file(file: File | None) -> dict[str, object] | None:
    return None if file is None else {"size": file.size, "sha256": file.sha256, "executable": file.executable}


def diff_text(comparison: Comparison, style: Style) -> str:
    """The text output of `diff`."""
    difference = comparison.difference
    out = [f"compared with {_words(head(comparison))}"]
    for section in sections(difference):
        out.append(style.paint(section.title, "bold"))
        out += [_item(item, style) for item in section.items[:_MOST_ITEMS]]
        if len(section.items) > _MOST_ITEMS:
            out.append(f"    and {len(section.items) - _MOST_ITEMS} more")
    for patch in comparison.patches:
        out += _patch(patch, style)
    if comparison.more_patches:
        out.append(f"and {count(comparison.more_patches, 'more file')}")
    if difference.identical:
        out.append(style.paint("no differences", "green"))
    if difference.not_given:
        out.append(_words(not_set_words(difference)))
    out += [
        f"{style.paint('not compared', 'dim')} {safe(skipped.part)}: {safe(skipped.reason)}"
        for skipped in difference.not_compared
    ]
    suggested = step(difference)
    following = next_version(comparison.deployed.version_name, suggested.level)
    out.append(f"{style.paint('suggested step:', 'bold')} {_words(step_words(suggested, following, _MOST_REASONS))}")
    return "\n".join(out) + "\n"


def _item(item: Item, style: Style) -> str:
    colour = "green" if item.sign == ADDED else "red" if item.sign == REMOVED else "yellow"
    mark = style.paint("breaking", "bold", "red") + " " if item.breaking else ""
    return f"  {style.paint(item.sign, colour)} {mark}{_words(item.words)}"


def _words(words: Words) -> str:
    return "".join(shortened(redacted(safe(word.text))) if isinstance(word, Foreign) else word for word in words)


def shortened(text: str) -> str:
    """Text, cut to a length that fits a terminal."""
    return text if len(text) <= _WIDEST else f"{text[:_WIDEST]}..."


def _patch(patch: Patch, style: Style) -> list[str]:
    out = [style.paint(f"--- {safe_path(patch.path)}", "bold")]
    for line in patch.lines:
        colour = {"+": "green", "-": "red", "@": "cyan"}.get(line[:1])
        text = redacted(safe(line.expandtabs(4)))
        out.append(style.paint(text, colour) if colour else text)
    return [*out, f"({safe(patch.note)})"] if patch.note else out
