"""The tools that judge: `lint` and `check_inputs`."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from packager.app.loaded import Loaded
from packager.app.options import LintOptions
from packager.app.outcome import CheckedWorkflow, Outcome, check_workflow, decide, of_each, read_baselines
from packager.app.run_check import check_run_parameters, check_run_request
from packager.errors import PackagerError
from packager.files import read_file
from packager.findings import codes
from packager.findings.causes import Cause
from packager.findings.diagnostic import Severity, Skipped, fails
from packager.findings.report import Report, relocate
from packager.mcp.call import Call
from packager.mcp.places import require_inside
from packager.mcp.results import DEFAULT_FINDINGS, Answer, Verdict, judged, problems, verdict_of
from packager.mcp.workflows import ChosenWorkflow, Workflows, all_workflows, one_workflow
from packager.parameters.run_requests import read as read_run_request
from packager.parameters.skeleton import make_skeleton
from packager.render.hints import with_path, with_paths
from packager.render.next_steps import LintFacts, after_checked_inputs, after_lint
from packager.settings.arguments import SourceArguments
from packager.source import MAX_DEFINITION_BYTES, ZipTree

# The checks of the languages' own parsers: a definition that one of them did not see is not judged completely.
_VERDICTS = frozenset({"WDL001", "CWL001"})
_VALUES = "values"
_MOST_WORKFLOWS = 100
_ORDER = list(Verdict)


def lint(call: Call) -> Answer:
    """Every offline check of all workflows that a call names."""
    judged_before: list[CheckedWorkflow] = []

    def judge(source: SourceArguments, options: LintOptions) -> Loaded:
        (accepted,) = read_baselines([options])
        judgement = call.session.judge(source.path, source.load, options, accepted)
        judged_before.append(judgement.checked)
        return judgement.loaded

    workflows = all_workflows(call, judge)
    checked = judged_before or [check_workflow(each.loaded, each.lint) for each in workflows.chosen]
    outcome = decide(checked, [path.finding() for path in workflows.unchecked])
    report = shown(call, workflows.chosen, outcome)
    complete = not workflows.unchecked and all(map(_is_complete, workflows.chosen, checked))
    verdict = verdict_of(failed=outcome.failed, complete=complete)
    value = judged(verdict, report, limit=call.number("limit", DEFAULT_FINDINGS))
    if len(workflows.chosen) > 1:
        each = _each(workflows, checked, outcome)
        value |= {"workflows": each[:_MOST_WORKFLOWS], "moreWorkflows": max(len(each) - _MOST_WORKFLOWS, 0)}
    if call.is_on_disk:
        value["next"] = _next(call, workflows, checked, report)
    return Answer(value)


def shown(call: Call, workflows: Sequence[ChosenWorkflow], outcome: Outcome) -> Report:
    """The findings with paths relative to the root, and with commands that name the workflows as the call does."""
    if not call.is_on_disk:
        return outcome.located
    words = call.words()
    first = workflows[0]
    target = first.workflow.source.load.target
    if len(workflows) > 1:
        return with_paths(outcome.located, first.loaded, words, target=target)
    return relocate(with_path(outcome.report, first.loaded, words, target=target), first.loaded.on_disk)


def is_judged(loaded: Loaded, skipped: Sequence[Skipped]) -> bool:
    """Whether everything of a workflow was read, and its language's own parser saw it."""
    return loaded.workflow.complete and not any(check.code in _VERDICTS for check in skipped)


def _is_complete(workflow: ChosenWorkflow, checked: CheckedWorkflow) -> bool:
    return is_judged(workflow.loaded, checked.report.skipped)


def _each(workflows: Workflows, checked: Sequence[CheckedWorkflow], outcome: Outcome) -> list[dict[str, object]]:
    """The verdict and the counts of each of multiple workflows, the worst first."""
    members: list[tuple[int, dict[str, object]]] = []
    for workflow, own, report in zip(workflows.chosen, checked, of_each(outcome, checked), strict=True):
        failed = fails(report.diagnostics, workflow.lint.fail_on)
        verdict = verdict_of(failed=failed, complete=_is_complete(workflow, own))
        counts = {severity.value: report.count(severity) for severity in Severity}
        main = workflow.loaded.on_disk(workflow.loaded.detection.main)
        members.append((_ORDER.index(verdict), {"main": main, "verdict": verdict.value, "counts": counts}))
    return [own for _, own in sorted(members, key=lambda ranked: ranked[0])]


def _next(call: Call, workflows: Workflows, checked: Sequence[CheckedWorkflow], report: Report) -> str:
    """The command that comes next."""
    first = workflows.chosen[0].loaded
    errors = [finding.code for finding in report.diagnostics if finding.severity is Severity.ERROR]
    pairs = [(each.loaded, own) for each, own in zip(workflows.chosen, checked, strict=True)]
    facts = LintFacts(
        fixable=_fixable(pairs, report),
        first_error=errors[0] if errors else "",
        needs_map=any(finding.cause is Cause.IMAGES_OUTSIDE_ECR for finding in report.diagnostics),
        in_zip=isinstance(first.tree, ZipTree),
        has_region=first.region is not None,
    )
    return after_lint(call.names(), facts)


def _fixable(pairs: Sequence[tuple[Loaded, CheckedWorkflow]], report: Report) -> int:
    if not any(finding.code in codes.WITH_FIX for finding in report.diagnostics):
        return 0
    from packager.app.fix import fixable  # noqa: PLC0415 - only when something may be fixed

    return len(fixable(pairs))


def check_inputs(call: Call) -> Answer:
    """The findings about run parameters; without any, a skeleton of them."""
    values, file = call.arguments.get("values"), call.text("file")
    if values is not None and file is not None:
        raise PackagerError("`values` and `file` cannot be used together", "omit one of them")
    if values is not None:
        copy = Path(call.own_folder, f"{_VALUES}.json")
        copy.write_text(json.dumps(values), encoding="utf-8")
        return _checked_inputs(call, str(copy), _VALUES)
    if file is not None:
        return _checked_inputs(call, require_inside(file), file)
    workflow = one_workflow(call)
    loaded = workflow.loaded
    if not loaded.workflow.inputs and not loaded.workflow.complete:
        return _unknown_inputs(loaded)
    names = {name for name, _ in loaded.parameters.parameters}
    skeleton = make_skeleton(loaded.workflow, names)
    verdict = verdict_of(failed=False, complete=False)
    report = relocate(Report((), loaded.workflow.skipped), loaded.on_disk)
    return Answer({**judged(verdict, report), "skeleton": skeleton})


def _unknown_inputs(loaded: Loaded) -> Answer:
    """The answer about a workflow whose inputs cannot be read."""
    report = relocate(Report(loaded.workflow.diagnostics, loaded.workflow.skipped), loaded.on_disk)
    error = {"message": f"the inputs of `{loaded.detection.main}` are unknown", "hint": "fix the problems first"}
    return Answer({"verdict": Verdict.INCOMPLETE.value, "error": error, **problems(report)}, is_error=True)


def _checked_inputs(call: Call, file: str, name: str) -> Answer:
    """The findings about run parameters, or about a request that starts runs, in a file that the answer calls `name`."""
    request = read_run_request(file, read_file(Path(file), MAX_DEFINITION_BYTES))
    workflow = one_workflow(call, changes={} if request is not None else {"run_parameters": file})
    loaded = workflow.loaded
    if not loaded.workflow.inputs and not loaded.workflow.complete:
        return _unknown_inputs(loaded)
    if request is None:
        found = check_run_parameters(loaded)
    else:

        def load(profiles: str | None) -> Loaded:
            return one_workflow(call, changes={"nextflow_profile": profiles}).loaded

        loaded, found = check_run_request(request, None, load, workflow.workflow.source.load.nextflow_profile)
    report = relocate(found, lambda path: name if path == file else loaded.on_disk(path))
    failed = fails(report.diagnostics, workflow.lint.fail_on)
    value = judged(verdict_of(failed=failed, complete=loaded.workflow.complete), report)
    if call.is_on_disk and name != _VALUES and not failed and request is None:
        value["next"] = after_checked_inputs(call.names(), file)
    return Answer(value)
