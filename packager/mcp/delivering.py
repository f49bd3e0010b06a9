"""The tools that make something: `package` writes a zip, `submit` prepares a request and, where the server allows it, sends it."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from packager.app.build import prepare
from packager.app.check import RefusedError
from packager.app.loaded import Loaded
from packager.app.options import SubmitOptions
from packager.app.package import lint_for_package, write_package
from packager.app.submit import Listener
from packager.aws.deliver.prepared import PreparedRequest
from packager.aws.deliver.submission import FailedError, Submission, UnfinishedError
from packager.errors import PackagerError
from packager.findings.report import Report, relocate
from packager.healthomics.request import BY_API_NAME, MEMBERS, Form, Request
from packager.healthomics.request_body import of_members, printable
from packager.mcp.call import Call
from packager.mcp.judging import is_judged
from packager.mcp.places import require_inside
from packager.mcp.results import Answer, Verdict, judged, verdict_of
from packager.mcp.workflows import ChosenWorkflow, one_workflow
from packager.render.hints import with_path
from packager.render.next_steps import PackageFacts, after_package, after_submit
from packager.render.submission import resume_line, submission_json, worst_first
from packager.settings.arguments import build
from packager.settings.layers import DEFAULT, OptionValue
from packager.settings.request import request_of, workflow_name

# The settings of a submission that `packager.toml` can add to those of a request, with their defaults.
_SUBMISSION: Mapping[str, object] = {
    "carry_over": False,
    "replace_failed": False,
    "staging": None,
    "staged": (),
    "endpoint_url": None,
    "record": None,
    "promote_from": None,
    "wait": True,
    "gate": True,
}
_CALL = "the call"
_FEWEST_SECONDS = 30  # for the requests themselves
# Members of a request that are read with the workflow, or are files.
_WITH_THE_WORKFLOW = frozenset({"definitionZip", "main", "engine", "parameterTemplate", "containerRegistryMap"})


def package(call: Call) -> Answer:
    """The zip of a workflow, unless findings fail it."""
    workflow = one_workflow(call)
    loaded = workflow.loaded
    output = call.text("output") or f"{workflow_name(workflow.workflow.source.path)}.zip"
    if not output.lower().endswith(".zip"):
        raise PackagerError(f"`output`: expected the name of a zip, got `{output}`", "use a name that ends with `.zip`")
    require_inside(output)
    try:
        report = lint_for_package(loaded, workflow.lint)
    except RefusedError as error:
        return Answer(judged(Verdict.FAIL, _shown(call, loaded, error.report)))
    written = write_package(loaded, Path(output), derived=call.text("output") is None)
    mapping = loaded.registry_map
    named = None if mapping is None or loaded.tree.kind == "zip" else loaded.on_disk(mapping.path)
    facts = PackageFacts(output, named, has_region=loaded.region is not None)
    return Answer(
        {
            **judged(_verdict(loaded, report), _shown(call, loaded, report)),
            "path": output,
            "size": written.size,
            "zipSha256": written.sha256,
            "contentDigest": loaded.plan.content_digest,
            "files": len(loaded.plan.entries),
            "next": after_package(call.names(), facts),
        }
    )


def dry_run(call: Call) -> Answer:
    """The request that a submission would send, unless findings refuse it; nothing is sent."""
    workflow, request, options = _submission(call)
    try:
        with prepare(workflow.loaded, request, options) as prepared:
            report = _shown(call, workflow.loaded, prepared.report)
            value = judged(_verdict(workflow.loaded, prepared.report), report)
            operation, members = prepared.request.operation, printable(prepared.request)
    except RefusedError as error:
        return Answer({**judged(Verdict.FAIL, _shown(call, workflow.loaded, error.report)), "sent": False})
    return Answer({**value, "sent": False, "operation": operation, "request": members})


def submit(call: Call) -> Answer:
    """What became of a submission."""
    from packager.app import submit as submitting  # noqa: PLC0415 - boto3 only when something is sent
    from packager.aws.session import Target  # noqa: PLC0415 - as above

    workflow, request, options = _submission(call)
    profile, endpoint = (workflow.values.get(name) for name in ("profile", "endpoint_url"))
    target = Target(
        workflow.loaded.region,
        profile if isinstance(profile, str) else None,
        endpoint if isinstance(endpoint, str) else None,
    )
    listener = _Prepared()
    try:
        submission = submitting.submit(
            workflow.loaded, request, lambda: contextlib.nullcontext(target), options=options, listener=listener
        )
        verdict = Verdict.PASS if submission.deployed.finished else Verdict.INCOMPLETE
    except RefusedError as error:
        return Answer({**judged(Verdict.FAIL, _shown(call, workflow.loaded, error.report)), "sent": False})
    except FailedError as error:
        submission, verdict = error.submission, Verdict.FAIL
    except UnfinishedError as error:
        submission, verdict = error.submission, Verdict.INCOMPLETE
    return Answer(_sent(call, verdict, submission, listener.prepared_request))


class _Prepared(Listener):
    """Keeps the request that was prepared."""

    prepared_request: PreparedRequest | None = None

    def prepared(self, prepared: PreparedRequest) -> None:
        """Keep it."""
        self.prepared_request = prepared


def _sent(call: Call, verdict: Verdict, submission: Submission, prepared: PreparedRequest | None) -> dict[str, object]:
    assert prepared is not None  # something was sent
    resume = None if submission.deployed.finished else resume_line(submission, {})
    members = submission_json(submission, prepared, runnable=True, resume=resume)
    left_out = ("schemaVersion", "tool", "diagnostics", "skipped")
    own = {name: value for name, value in members.items() if name not in left_out}
    report = worst_first(submission.report)
    following = resume or (
        after_submit(call.names(), submission.workflow_id, submission.version_name) if call.is_on_disk else None
    )
    return {**judged(verdict, report), "sent": True, **own, "next": following}


def _submission(call: Call) -> tuple[ChosenWorkflow, Request, SubmitOptions]:
    """The workflow to submit, its request, and how to send it."""
    members = call.arguments.get("request")
    fixed = _WITH_THE_WORKFLOW & set(members if isinstance(members, dict) else ())
    if fixed:
        name = min(fixed)
        raise PackagerError(f"`request` cannot have `{name}`", "it is made from the workflow and the other arguments")
    given = of_members(members) if isinstance(members, dict) else Request()
    more = {name: OptionValue(value, DEFAULT) for name, value in _SUBMISSION.items()}
    more |= {member.field: OptionValue(None, DEFAULT) for member in MEMBERS if member.direct}
    for name in members if isinstance(members, dict) else ():
        member = BY_API_NAME[name]
        if member.form is Form.TEXT and str(member.value(given)).startswith("file://"):
            raise PackagerError(f"`request`: `{name}` cannot be a file", "pass the text itself")
        more[member.field] = OptionValue(member.value(given), _CALL)
    workflow = one_workflow(call, more)
    values = dict(workflow.values)
    values["path"] = values["path"] if call.is_on_disk else workflow.loaded.detection.main
    options = build(SubmitOptions, {**values, "lint": workflow.lint})
    wait = call.number("wait_seconds", 0)
    # Half of the time is for what comes before: a call that is ended could not name what it created.
    timeout = min(float(max(wait, _FEWEST_SECONDS)), call.seconds / 2)
    return workflow, request_of(values), replace(options, wait=wait > 0, timeout=timeout)


def _verdict(loaded: Loaded, report: Report) -> Verdict:
    return verdict_of(failed=False, complete=is_judged(loaded, report.skipped))


def _shown(call: Call, loaded: Loaded, report: Report) -> Report:
    """The findings with paths relative to the root, and with commands that name the workflow."""
    if call.is_on_disk:
        report = with_path(report, loaded, call.words(), target=loaded.target)
    return relocate(report, loaded.on_disk)
