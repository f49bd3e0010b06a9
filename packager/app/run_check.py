"""Checking what starts runs: a file of run parameters, a StartRun request, or a batch, each run of it with its own parameters."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from packager.app.check import gather_facts, with_policy
from packager.app.load import apart
from packager.app.loaded import Loaded
from packager.app.run_images import deciding_values, in_run
from packager.findings.diagnostic import Diagnostic, Skipped
from packager.findings.redaction import redact
from packager.findings.report import NO_FINDINGS, Report, merge
from packager.healthomics.request import Request
from packager.images.usage import unique_images
from packager.model.facts import Engine
from packager.model.value_types import ValueKind
from packager.parameters.run_parameters import RunParameters
from packager.parameters.run_requests import RequestPart, RunFile, RunRequest
from packager.rules import Facts, Subject
from packager.rules.parameters.values import unmatched_parameters
from packager.rules.run import run as run_rules
from packager.text import listed

_MAX_LISTED = 5
_MISSING, _UNKNOWN_PROFILE = "TPL012", "NXF021"
LoadWithProfiles = Callable[[str | None], Loaded]  # the workflow with the Nextflow profiles of these names


def check_run_parameters(loaded: Loaded) -> Report:
    """The findings of the run parameters that were loaded with a workflow, and no others.

    Every input whose type is unknown is listed as not checked.
    """
    reading = Report(tuple(finding for finding in loaded.diagnostics if finding.code == "TPL023"))
    run = loaded.run_parameters
    images = _run_images(loaded, run) if run is not None else NO_FINDINGS
    return _accepted(merge(reading, _of_parameters(loaded, run), images), loaded)


def check_run_request(
    request: RunRequest, local: Request | None, load: LoadWithProfiles, profiles: str | None
) -> tuple[Loaded, Report]:
    """The workflow, and the findings of a request that starts runs.

    `local` is the workflow and version that the request should run, as far as they are known. `profiles` override those of the request.
    """
    loaded = load(profiles)
    if profiles is None and request.profile and loaded.workflow.engine is Engine.NEXTFLOW:
        loaded = load(request.profile)
    request = replace(request, path=apart(loaded.tree, request.path))
    facts = Facts(workflow=loaded.workflow, request=local, run_request=request)
    reports = [run_rules(facts, {Subject.RUN_REQUEST}), Report(tuple(_profile_findings(loaded, request)))]
    if request.kind is RunFile.RUN:
        run = request.run_parameters()
        own = _of_parameters(loaded, run)
        reports.append(_without_missing(own) if request.repeats_a_run else own)
        reports.append(_run_images(loaded, run) if run is not None else NO_FINDINGS)
    else:
        reports.append(_of_rows(loaded, request))
    if request.is_elsewhere:
        reports.append(_not_checked("the parameters are in a file on S3: check a copy of it with `--check`"))
    elif request.repeats_a_run:
        reports.append(_not_checked("the request repeats a run, whose parameters are not known"))
    return loaded, _accepted(merge(*reports), loaded)


def _not_checked(reason: str) -> Report:
    return Report((), (Skipped(_MISSING, reason),))


def _accepted(report: Report, loaded: Loaded) -> Report:
    return with_policy(redact(report), loaded)


def _profile_findings(loaded: Loaded, request: RunRequest) -> Iterator[Diagnostic]:
    """The profiles of the request that the workflow does not have, at their place in the request."""
    parts: tuple[str, ...] = () if request.kind is RunFile.RUN else ("defaultRunSetting",)
    for finding in loaded.workflow.diagnostics:
        if finding.code == _UNKNOWN_PROFILE and finding.subject in request.profile:
            yield replace(finding, place=request.place((*parts, "engineSettings", "profile")))


def _of_parameters(loaded: Loaded, run: RunParameters | None) -> Report:
    """The findings of all rules about the parameters of one run; inputs whose types are unknown are listed as not checked."""
    if run is None:
        return NO_FINDINGS
    facts = Facts(
        workflow=loaded.workflow,
        template=loaded.template,
        written_template=loaded.written_template,
        run_parameters=run,
    )
    names = {parameter.name for parameter in run.parameters}
    untyped = [
        declared.name
        for declared in loaded.workflow.inputs
        if declared.name in names and declared.value_type.kind is ValueKind.ANY
    ]
    skipped = list(unmatched_parameters(facts))
    if untyped:
        skipped.append(Skipped("TPL024", f"the types of {listed(untyped, _MAX_LISTED)} are not known"))
    return merge(run_rules(facts, {Subject.RUN_PARAMETERS}), Report((), tuple(skipped)))


@dataclass(frozen=True, slots=True)
class _CheckedRow:
    """A run of a batch, and the findings of its merged parameters."""

    row: RequestPart
    report: Report


def _of_rows(loaded: Loaded, request: RunRequest) -> Report:
    """The findings of the runs of a batch: what concerns all of them once, the rest with the name of its run."""
    rows, images = [], []
    known_images: set[object] = set()
    for row, run in request.row_parameters():
        rows.append(_CheckedRow(row, _of_parameters(loaded, run)))
        deciding = deciding_values(loaded.workflow, run)
        if deciding and deciding not in known_images:
            known_images.add(deciding)
            images.append(_CheckedRow(row, _run_images(loaded, run)))
    if request.kind is RunFile.ROWS:
        shared, missing = _not_checked("the defaults of the batch are in another file"), None
    else:
        shared = _missing_in_all(request, rows)
        missing = {finding.subject for finding in shared.diagnostics}
    own = [_CheckedRow(checked.row, _without_missing(checked.report, missing)) for checked in rows]
    return merge(shared, *_all_labelled(request, own), *_all_labelled(request, images))


def _missing_in_all(request: RunRequest, rows: Sequence[_CheckedRow]) -> Report:
    """The required parameters that no run of a batch has, each as one finding about the defaults."""
    if len(rows) < 2:
        return NO_FINDINGS
    missing = [finding for checked in rows for finding in checked.report.diagnostics if finding.code == _MISSING]
    numbers = Counter(finding.subject for finding in missing)
    place = request.place(("defaultRunSetting", "parameters"))
    in_all = {finding.subject: finding for finding in missing if numbers[finding.subject] == len(rows)}
    return Report(
        tuple(
            replace(finding, place=place, message=f"all {len(rows)} runs: {finding.message}")
            for finding in in_all.values()
        )
    )


def _without_missing(report: Report, names: set[str] | None = None) -> Report:
    """A report without the findings about missing parameters: those of these names, or all."""
    kept = tuple(
        finding
        for finding in report.diagnostics
        if finding.code != _MISSING or (names is not None and finding.subject not in names)
    )
    return replace(report, diagnostics=kept)


def _all_labelled(request: RunRequest, rows: Sequence[_CheckedRow]) -> list[Report]:
    return [_labelled(request, checked.row, checked.report) for checked in rows]


def _labelled(request: RunRequest, row: RequestPart, report: Report) -> Report:
    """Findings with the run that they are about; those in the defaults, which every run has, read the same for all."""

    def labelled(finding: Diagnostic) -> Diagnostic:
        if not request.is_in(row, finding.place):
            return finding
        message = f"{row.label}: {finding.message}"
        return replace(finding, message=message, subject=f"{row.parts[-1]}.{finding.subject}")

    return replace(report, diagnostics=tuple(labelled(finding) for finding in report.diagnostics))


def _run_images(loaded: Loaded, run: RunParameters) -> Report:
    """The findings about images that the run parameters name."""
    workflow = loaded.workflow
    if loaded.run_parameters is None:
        workflow = in_run(workflow, run, loaded.tree, loaded.cache, loaded.profiles)
    images = tuple(use for use in unique_images(workflow) if use.place.path == run.path)
    if not images:
        return NO_FINDINGS
    facts = replace(gather_facts(loaded), workflow=workflow, images=images, run_parameters=run)
    found = run_rules(facts, {Subject.WORKFLOW})
    return Report(
        tuple(finding for finding in found.diagnostics if finding.path == run.path),
        tuple(skipped for skipped in found.skipped if skipped.code.startswith("IMG")),
    )
