"""The service's advisory check of Nextflow, which never blocks: findings as JSON (guide: workflow linters page)."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

from packager.cache import Cache
from packager.engines import adapter
from packager.findings.diagnostic import Diagnostic, in_order
from packager.healthomics import limits
from packager.model.facts import Role, Workflow
from packager.source import SourceTree

# What Nextflow's own strict check reports: syntax, strict syntax, names, and includes that lead nowhere.
_FINDINGS = frozenset({"NXF001", "NXF002", "NXF003", "NXF004"})
_FIRST_LANGUAGE = "1"
_ADVISORY = (
    "Found by the strict syntax check, which does not block the workflow. Nextflow 22.04, 23.10 and 24.10 read the older"
    " syntax, for which these are advice; from 25.10 on they stand for what strict mode requires."
)


def advisory(tree: SourceTree, workflow: Workflow, most: int) -> str | None:
    """The statusMessage for a pipeline, of at most `most` characters; None where there is nothing to say.

    The first language is not checked (guide: workflow linters page).
    """
    if any(version == _FIRST_LANGUAGE for _, version in workflow.versions):
        return None
    # Judged as the strictest version judges, whatever version will run it; hence without the cache of other judgements.
    strict = replace(workflow, language_version=limits.NEXTFLOW_STRICT)
    verdict = adapter.of(workflow.engine).check(tree, strict, Cache(None))
    found = in_order([one for one in (*workflow.diagnostics, *verdict.diagnostics) if one.code in _FINDINGS])
    files = {path for path, _ in workflow.versions} | {one.path for one in workflow.files if one.role is Role.CONFIG}
    return _text(list(found), files, most) if found else None


def _text(found: list[Diagnostic], files: set[str], most: int) -> str:
    """The JSON on one line; findings at the end go first where there is no room."""
    with_errors = {one.path for one in found}
    report: dict[str, Any] = {
        "advisory": _ADVISORY,
        "summary": {
            "errors": len(found),
            "filesWithErrors": len(with_errors),
            "filesWithoutErrors": len(files - with_errors),
            "filesFormatted": 0,
            "warnings": 0,
            "filesWithWarnings": 0,
            "filesWithoutWarnings": len(files | with_errors),
        },
        "errors": [_plain(one) for one in found],
        "warnings": [],
    }
    text = _compact(report)
    if len(text) <= most:
        return text
    report["truncated"] = True
    room = most - len(_compact(report | {"errors": []}))
    kept = []
    for one in report["errors"]:
        room -= len(_compact(one)) + 1
        if room < 0:
            break
        kept.append(one)
    return _compact(report | {"errors": kept})


def _plain(one: Diagnostic) -> dict[str, Any]:
    message = "".join(char if limits.is_text(char) else " " for char in one.message)
    return {"filename": one.path, "startLine": one.line, "startColumn": one.column, "message": message}


def _compact(document: dict[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))
