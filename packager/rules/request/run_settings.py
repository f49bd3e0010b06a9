"""Rules about the settings of requests that start runs: what has no effect, which version runs, and the ids of a batch's runs."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Guide, Own, cite
from packager.healthomics.run_request import Structure
from packager.parameters.run_requests import ENGINE_SETTINGS, RunFile
from packager.rules.facts import Facts
from packager.rules.request.runs import GOOD, batch_example, is_unset, member_finding, request_in, run_example
from packager.rules.rule import RuleFinding, Subject, rule


@rule(
    "REQ055",
    "run-member-without-effect",
    Severity.WARNING,
    subject=Subject.RUN_REQUEST,
    hint="remove the member, or set the one that it needs",
    source=cite(
        Api.OMICS,
        "capacity",
        "cache behavior",
        "batches of Ready2Run",
        "StartRunRequest.engineSettings",
        Guide.RUN_TYPES,
        "DYNAMIC",
        Guide.VPC,
        "configuration",
    ),
    bad=run_example({"storageType": "DYNAMIC", "storageCapacity": 2400}),
    good=run_example({"storageType": "STATIC", "storageCapacity": 2400}),
)
def run_member_without_effect(facts: Facts) -> Iterator[RuleFinding]:
    """A member of a request that starts runs has no effect, or not without another one.

    Dynamic storage ignores the capacity, a cache behavior needs a cache, and a run in a VPC needs a configuration. Engine settings are
    options of Nextflow. An error if a batch runs a Ready2Run workflow, which batches do not support.
    """
    request = request_in(facts)
    for part in request.objects():
        settings = part.members
        if settings.get("storageType") == "DYNAMIC" and "storageCapacity" in settings:
            yield member_finding(request, part, "storageCapacity", "is ignored, because `storageType` is DYNAMIC")
        if "cacheBehavior" in settings and "cacheId" not in settings:
            yield member_finding(request, part, "cacheBehavior", "needs `cacheId`, which is not set")
        if settings.get("networkingMode") == "VPC" and "configurationName" not in settings:
            yield member_finding(request, part, "networkingMode", "is VPC, but `configurationName` is not set")
        engine = facts.workflow.engine.value if facts.workflow is not None else "NEXTFLOW"
        if settings.get(ENGINE_SETTINGS) and engine != "NEXTFLOW":
            yield member_finding(request, part, ENGINE_SETTINGS, f"is for Nextflow, and the workflow is {engine}")
        if part.structure is Structure.DEFAULTS and settings.get("workflowType") == "READY2RUN":
            yield RuleFinding(
                request.place((*part.parts, "workflowType")),
                "`workflowType` is READY2RUN, which batches do not support",
                "start the runs one by one",
                Severity.ERROR,
                subject="workflowType",
            )


@rule(
    "REQ056",
    "run-without-version",
    Severity.INFO,
    subject=Subject.RUN_REQUEST,
    hint="set `workflowVersionName`, unless you want the workflow as it was created first",
    source=cite(Api.OMICS, "default version", Guide.DEFAULT_VERSION, "original"),
    bad=run_example(without="workflowVersionName"),
    good=GOOD,
)
def run_without_version(facts: Facts) -> Iterator[RuleFinding]:
    """A request that starts runs does not set the version of the workflow.

    The runs use the default version, which is always the workflow as it was created first, never a newer version.
    """
    request = request_in(facts)
    settings = request.settings
    if "workflowId" in settings and "workflowVersionName" not in settings:
        parts = ("workflowId",) if request.kind is RunFile.RUN else ("defaultRunSetting", "workflowId")
        runs = "the run uses" if request.kind is RunFile.RUN else "the runs use"
        message = f"`workflowVersionName` is not set: {runs} the workflow's first version"
        yield RuleFinding(request.place(parts, key=True), message, subject="workflowVersionName")


@rule(
    "REQ057",
    "run-of-another-version",
    Severity.WARNING,
    subject=Subject.RUN_REQUEST,
    hint="update the request, or check out the version that it runs",
    source=cite(Own.PACKAGER, "checked version"),
    bad=run_example(options=" --version-name 1.1"),
    good=run_example(options=" --version-name 1.0"),
)
def run_of_another_version(facts: Facts) -> Iterator[RuleFinding]:
    """A request runs another workflow or version than the one that is checked here.

    The local workflow or version is known from the options, from `packager.toml`, or from the record of its submission. Parameters that
    are right for it may be wrong for another version.
    """
    request, local = request_in(facts), facts.request
    if local is None:
        return
    parts = () if request.kind is RunFile.RUN else ("defaultRunSetting",)
    for name, expected in (("workflowId", local.workflow_id), ("workflowVersionName", local.version_name)):
        value = request.settings.get(name)
        if expected is not None and isinstance(value, str) and value != expected and not is_unset(value):
            message = f"`{name}` is `{value[:60]}`, but the workflow here is `{expected}`"
            yield RuleFinding(request.place((*parts, name)), message, subject=name)


@rule(
    "REQ058",
    "run-setting-id-repeated",
    Severity.ERROR,
    subject=Subject.RUN_REQUEST,
    hint="give each row a `runSettingId` of its own",
    source=cite(Api.OMICS, "row ids"),
    bad=batch_example({"runSettingId": "s1"}, {"runSettingId": "s1"}),
    good=batch_example({"runSettingId": "s1"}, {"runSettingId": "s2"}),
)
def run_setting_id_repeated(facts: Facts) -> Iterator[RuleFinding]:
    """Two runs of a batch have the same `runSettingId`.

    The service rejects the batch: the ID connects a run with its row.
    """
    request = request_in(facts)
    seen: dict[str, int] = {}
    for number, row in enumerate(request.rows, 1):
        identifier = row.members.get("runSettingId")
        if not isinstance(identifier, str):
            continue
        if identifier in seen:
            message = f"`runSettingId` is `{identifier[:60]}`, as in run {seen[identifier]}"
            place = request.place((*row.parts, "runSettingId"))
            yield RuleFinding(place, f"run {number}: {message}", subject=f"{identifier} {number}")
        seen.setdefault(identifier, number)
