"""The findings of a workflow on a page: those of one code together, with the reason, the places, the code and what to do."""

from __future__ import annotations

from collections.abc import Sequence

from packager.findings import codes
from packager.findings.diagnostic import Diagnostic, Severity
from packager.render.code_frame import Lines, code_parts
from packager.render.markup import Markup, element, joined
from packager.render.page.model import ReportedWorkflow, Room
from packager.render.page.parts import badge, folded, more, paragraphs, place, prose
from packager.text import count


def group_id(prefix: str, code: str, severity: Severity) -> str:
    """The id of the findings of one code and severity."""
    return f"{prefix}-{code}-{severity.value}"


def findings_list(workflow: ReportedWorkflow, prefix: str, room: Room) -> list[Markup]:
    """All findings, errors first, and the checks that did not run."""
    groups: dict[tuple[int, str], list[Diagnostic]] = {}
    for finding in workflow.report.diagnostics:
        groups.setdefault((finding.severity.rank, finding.code), []).append(finding)
    out = [_group(groups[key], prefix, workflow.lines, room) for key in sorted(groups)]
    if not groups:
        out.append(element("p", None, "No findings."))
    if workflow.report.suppressed:
        out.append(element("p", None, f"{count(len(workflow.report.suppressed), 'finding')} accepted."))
    return [*out, *_skipped(workflow, room)]


def _group(findings: Sequence[Diagnostic], prefix: str, lines: Lines, room: Room) -> Markup:
    first = findings[0]
    code = codes.get(first.code)
    same_hint = len({finding.hint for finding in findings}) == 1
    number = [element("span", {"class": "count"}, f"{len(findings)} times")] if len(findings) > 1 else []
    summary = [badge(first.severity), " ", element("b", None, first.code), " ", code.name, " ", *number]
    items = [
        _item(finding, lines if number < room.frames else None, hint=not same_hint)
        for number, finding in enumerate(findings[: room.findings])
    ]
    return folded(
        summary,
        element("ul", {"class": "findings"}, items),
        more(len(findings) - room.findings, "finding"),
        _cure(first.hint) if same_hint else Markup(),
        element("div", {"class": "why"}, element("p", None, prose(code.summary)), paragraphs(code.why)),
        opened=first.severity is Severity.ERROR,
        identity=group_id(prefix, first.code, first.severity),
    )


def _cure(hint: str) -> Markup:
    return element("p", {"class": "cure"}, element("b", None, "What to do: "), prose(hint)) if hint else Markup()


def _item(finding: Diagnostic, lines: Lines | None, *, hint: bool) -> Markup:
    where = [place(finding.path, finding.line), ": "] if finding.path else []
    parts = code_parts(finding, lines) if lines is not None else None
    marked = Markup()
    if parts is not None:
        number = element("span", {"class": "number"}, f"{finding.line} ")
        marked = element("pre", None, number, parts[0], element("mark", None, parts[1]), parts[2])
    return element("li", None, where, prose(finding.message), marked, _cure(finding.hint) if hint else Markup())


def _skipped(workflow: ReportedWorkflow, room: Room) -> list[Markup]:
    """The checks that did not run, those of one reason together."""
    reasons: dict[str, list[str]] = {}
    for check in workflow.report.skipped:
        reasons.setdefault(check.reason, []).append(check.code)
    if not reasons:
        return []
    items = [
        element("li", None, element("b", None, ", ".join(dict.fromkeys(names))), ": ", prose(reason))
        for reason, names in list(reasons.items())[: room.rows]
    ]
    title = f"{count(len(workflow.report.skipped), 'check')} did not run"
    return [folded(title, element("ul", None, joined(items)), more(len(reasons) - room.rows, "reason"))]
