"""What the service adds for a Nextflow pipeline: the advisory check, as JSON, and the profiles with their templates.

The check never blocks (Guide.LINTERS). The profiles are members of answers (Api.OMICS: GetWorkflowResponse).
"""

from __future__ import annotations

import json
import posixpath
from collections.abc import Mapping
from dataclasses import replace
from typing import TypeAlias

from packager.cache import Cache
from packager.emulator.records import Members
from packager.engines import adapter
from packager.findings.diagnostic import Diagnostic, in_order
from packager.healthomics import api_model, limits
from packager.model.facts import Role, Workflow
from packager.source import SourceTree

# What Nextflow's own strict check reports: syntax, strict syntax, names, and includes that lead nowhere.
_FINDINGS = frozenset({"NXF001", "NXF002", "NXF003", "NXF004"})
_FIRST_LANGUAGE = "1"
_CONFIG = "nextflow.config"
Template: TypeAlias = Members
_ADVISORY = (
    "Found by the strict syntax check, which does not block the workflow. Nextflow 22.04, 23.10 and 24.10 read the older"
    " syntax, for which these are advice; from 25.10 on they are what strict mode requires."
)


def advisory(tree: SourceTree, workflow: Workflow, most: int) -> str | None:
    """The statusMessage for a pipeline, of at most `most` characters; None without findings.

    The first language is not checked (Guide.LINTERS).
    """
    if any(version == _FIRST_LANGUAGE for _, version in workflow.versions):
        return None
    # Checked by the strictest version, whatever version will run it; hence without the cache of other checks.
    strict = replace(workflow, language_version=limits.NEXTFLOW_STRICT)
    verdict = adapter.of(workflow.engine).check(tree, strict, Cache(None))
    diagnostics = (*workflow.diagnostics, *verdict.diagnostics)
    findings = in_order([diagnostic for diagnostic in diagnostics if diagnostic.code in _FINDINGS])
    files = {path for path, _ in workflow.versions} | {file.path for file in workflow.files if file.role is Role.CONFIG}
    return _report_text(list(findings), files, most) if findings else None


def _report_text(findings: list[Diagnostic], files: set[str], most: int) -> str:
    """The JSON on one line; findings at the end are dropped first if it is too long."""
    with_errors = {finding.path for finding in findings}
    entries = [_entry(finding) for finding in findings]
    report: dict[str, object] = {
        "advisory": _ADVISORY,
        "summary": {
            "errors": len(findings),
            "filesWithErrors": len(with_errors),
            "filesWithoutErrors": len(files - with_errors),
            "filesFormatted": 0,
            "warnings": 0,
            "filesWithWarnings": 0,
            "filesWithoutWarnings": len(files | with_errors),
        },
        "errors": entries,
        "warnings": [],
    }
    text = _compact(report)
    if len(text) <= most:
        return text
    report["truncated"] = True
    room = most - len(_compact(report | {"errors": []}))
    kept = []
    for entry in entries:
        room -= len(_compact(entry)) + 1
        if room < 0:
            break
        kept.append(entry)
    return _compact(report | {"errors": kept})


def _entry(finding: Diagnostic) -> dict[str, object]:
    message = "".join(char if limits.is_text(char) else " " for char in finding.message)
    return {"filename": finding.path, "startLine": finding.line, "startColumn": finding.column, "message": message}


def _compact(document: Mapping[str, object]) -> str:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":"))


def profile_members(tree: SourceTree, workflow: Workflow, template: Template | None) -> Members:
    """`profiles` and `profileParameterTemplates` of a pipeline; empty if it has no profiles.

    A profile's template is the workflow's template, in which parameters that the profile sets are optional, and parameters that only
    the profile declares are added. The page does not describe how the service generates it: this treats a profile's values as
    defaults.
    """
    names = list(dict.fromkeys(feature.text for feature in workflow.features if feature.name == "profile"))
    names = names[: api_model.shape("WorkflowProfileList").get("max", len(names))]
    if not names:
        return {}
    templates = {
        name: generated for name in names if (generated := _profile_template(tree, workflow.main, name, template or {}))
    }
    return {"profiles": names, **({"profileParameterTemplates": templates} if templates else {})}


def _profile_template(tree: SourceTree, main: str, profile: str, template: Template) -> Template:
    from packager.engines.nextflow.config_reader import read_settings  # noqa: PLC0415 - only for pipelines
    from packager.engines.nextflow.sources import PipelineSources  # noqa: PLC0415 - as above

    config = posixpath.join(posixpath.dirname(main), _CONFIG)
    settings = read_settings(PipelineSources(tree), config, (profile,))
    generated = dict(template)
    for name, setting in settings.param_settings.items():
        if setting.profile == profile:
            description = template.get(name, {}).get("description", "")
            generated[name] = {"description": description, "optional": True}
    return dict(sorted(generated.items()))
