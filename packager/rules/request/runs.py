"""Rules about the requests that start runs: StartRun, StartRunBatch and the rows of a batch, as `packager inputs --check` reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

from packager.findings.diagnostic import Place, Severity
from packager.findings.sources import Api, Guide, Own, cite
from packager.healthomics import api_model
from packager.healthomics.run_request import RunForm, RunMember, Structure, members_of
from packager.parameters.run_requests import ENGINE_SETTINGS, RequestPart, RunFile, RunRequest, merged
from packager.parameters.value_check import is_placeholder
from packager.rules.facts import Facts
from packager.rules.request.members import tag_faults
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import joined, nearest_name

_RUN: dict[str, object] = {
    "workflowId": "1234567",
    "workflowVersionName": "1.0",
    "roleArn": "arn:aws:iam::111122223333:role/runs",
    "outputUri": "s3://lab-data/runs/",
    "parameters": {"who": "you"},
}
_COMMAND = "$ packager inputs main.wdl --check run.json"
_PART_IN_BRACKETS = re.compile(r"<[A-Za-z][^<>]*>")


def run_example(changes: Mapping[str, object] | None = None, *, without: str = "", options: str = "") -> str:
    """An example of a StartRun request with other members than the correct one."""
    members = {name: value for name, value in {**_RUN, **(changes or {})}.items() if name != without}
    return f"{_COMMAND}{options}\nrun.json\n    {_indented(members)}\n"


def batch_example(*rows: Mapping[str, object], **changes: object) -> str:
    """An example of a StartRunBatch request with these rows."""
    batch = {"defaultRunSetting": {**_RUN, **changes}, "batchRunSettings": {"inlineSettings": list(rows)}}
    return f"{_COMMAND}\nrun.json\n    {_indented(batch)}\n"


def _indented(request: Mapping[str, object]) -> str:
    return json.dumps(request, indent=2).replace("\n", "\n    ")


GOOD = run_example()


def request_in(facts: Facts) -> RunRequest:
    """The request that a rule about runs checks."""
    assert facts.run_request is not None  # the subject of every rule here
    return facts.run_request


def labelled(part: RequestPart, name: str) -> str:
    """The beginning of a message about a member: its run, and its name."""
    return f"{part.label}: `{name}`" if part.label else f"`{name}`"


def member_finding(
    request: RunRequest, part: RequestPart, name: str, message: str, hint: str | None = None, *, key: bool = False
) -> RuleFinding:
    """A finding about a member of an object, at the place of its value, or of its key."""
    subject = ".".join(str(each) for each in (*part.parts, name))
    place = request.place((*part.parts, name), key=key)
    return RuleFinding(place, f"{labelled(part, name)} {message}", hint, subject=subject)


@rule(
    "REQ050",
    "run-member-unknown",
    Severity.ERROR,
    subject=Subject.RUN_REQUEST,
    hint="remove it, or use the name that the API has; the parameters of the workflow are in `parameters`",
    source=cite(Api.OMICS, "StartRun", "StartRunBatch"),
    bad=run_example({"storage": "DYNAMIC"}),
    good=GOOD,
)
def run_member_unknown(facts: Facts) -> Iterator[RuleFinding]:
    """A request that starts runs has a member that the API does not have.

    The AWS CLI and the SDKs refuse such a request. Most settings of a batch are for all runs: a row has only some of them.
    """
    request = request_in(facts)
    parameters = {declared.name for declared in facts.workflow.inputs} if facts.workflow is not None else set()
    for part in request.objects():
        for name in part.members:
            if name in part.known or name in api_model.members(part.structure):  # which a newer botocore has
                continue
            message = f"is not a member of {part.structure.label}"
            yield member_finding(request, part, name, message, _unknown_hint(part, name, parameters), key=True)


def _unknown_hint(part: RequestPart, name: str, parameters: set[str]) -> str | None:
    """Where a member belongs that the API does not have there; None if that is not known."""
    if part.structure is Structure.ROW and name in members_of(Structure.DEFAULTS):
        return "set it in `defaultRunSetting`: it is the same for all runs"
    if name in parameters and "parameters" in part.known:
        return "it is a parameter of the workflow: move it into `parameters`"
    near = nearest_name(name, part.known)
    return f"did you mean `{near}`?" if near else None


@rule(
    "REQ051",
    "run-member-missing",
    Severity.ERROR,
    subject=Subject.RUN_REQUEST,
    hint="add it; `packager inputs PATH --start-run` prints a request with all that are required",
    source=cite(Api.OMICS, "StartRun", "StartRunBatch"),
    bad=run_example(without="roleArn"),
    good=GOOD,
)
def run_member_missing(facts: Facts) -> Iterator[RuleFinding]:
    """A request that starts runs lacks a member that the API requires.

    A run needs a workflow, a role and a place for its results. The rows of a batch can have the place, and each has its own
    `runSettingId`.
    """
    request = request_in(facts)
    for part in request.objects():
        missing = [name for name, member in part.known.items() if part.structure in member.required]
        if part.structure is Structure.RUN and "runId" not in part.members:
            missing.insert(0, "workflowId")
        for name in missing:
            if name not in part.members:
                yield member_finding(request, part, name, "is missing")
    if request.kind is RunFile.BATCH and "outputUri" not in request.settings:
        without = [row for row in request.rows if "outputUri" not in row.members]
        if without and len(without) == len(request.rows):
            place = request.place(("defaultRunSetting",))
            message = "`outputUri` is missing, in `defaultRunSetting` and in all runs"
            yield RuleFinding(place, message, subject="outputUri")
            return
        for row in without:
            yield member_finding(request, row, "outputUri", "is missing, here and in `defaultRunSetting`")


@rule(
    "REQ052",
    "run-member-invalid",
    Severity.ERROR,
    subject=Subject.RUN_REQUEST,
    hint="set a value that the API accepts",
    source=cite(Api.OMICS, "StartRun", "StartRunBatch", "TagMap", Guide.TAGGING),
    bad=run_example({"storageType": "FAST"}),
    good=GOOD,
)
def run_member_invalid(facts: Facts) -> Iterator[RuleFinding]:
    """A member of a request that starts runs has a value that the API rejects.

    botocore checks types, but not lengths, patterns and choices; only the service would report these. A member that occurs again is a
    warning.
    """
    request = request_in(facts)
    for duplicate in request.document.duplicates:
        message = f"`{duplicate.name}` occurs again, and only its last value counts"
        place = Place(request.path, duplicate.line, duplicate.column)
        subject = ".".join(map(str, duplicate.parts))
        yield RuleFinding(place, message, "keep one of them", Severity.WARNING, subject=subject)
    for part in request.objects():
        for name, value in part.members.items():
            member = part.known.get(name)
            if member is None or is_unset(value):
                continue
            fault = member.fault(value)
            if fault:
                yield member_finding(request, part, name, fault, _valid_value(member, value))
            elif member.form is RunForm.TAGS:
                yield from _tag_findings(request, part, name)
            elif isinstance(value, list):
                for number, row in enumerate(value):
                    if not isinstance(row, dict):
                        place = request.place((*part.parts, name, number))
                        yield RuleFinding(place, f"`{name}[{number}]` is not an object", subject=f"{name}.{number}")


def _valid_value(member: RunMember, value: object) -> str | None:
    """What to write instead of a value that is not valid; None if that is not known."""
    near = value.upper() if isinstance(value, str) else ""
    return f"write `{near}`" if near in member.choices else member.hint or None


def _tag_findings(request: RunRequest, part: RequestPart, name: str) -> Iterator[RuleFinding]:
    """What the API rejects in tags; those of a batch's run are also counted together with the defaults."""
    own, tags = part.members[name], part.members[name]
    if part.structure is Structure.ROW:
        tags = merged(request.settings, part.members)[name]
    assert isinstance(own, dict)  # the form was checked
    assert isinstance(tags, dict)
    for key in (key for key, text in own.items() if not isinstance(text, str)):
        place = request.place((*part.parts, name, key))
        message = f"{labelled(part, name)}: the value of the tag `{key[:40]}` is not a string"
        yield RuleFinding(place, message, subject=f"{name}.{key}")
    pairs = tuple((key, text) for key, text in tags.items() if isinstance(text, str))
    for key, message in tag_faults(pairs):
        if not key or key in own:
            place = request.place((*part.parts, name, key))
            yield RuleFinding(place, f"{labelled(part, name)}: {message}", _TAGS_HINT, subject=f"{name}.{key}")


_TAGS_HINT = (
    "use at most 50 tags of letters, digits, white space and `_ . : / = + - @`, with no key that starts with `aws:`"
)


@rule(
    "REQ053",
    "run-member-placeholder",
    Severity.ERROR,
    subject=Subject.RUN_REQUEST,
    hint="set the value",
    source=cite(Own.PACKAGER, "skeleton"),
    bad=run_example({"roleArn": "<ARN of the run's role>"}),
    good=GOOD,
)
def run_member_placeholder(facts: Facts) -> Iterator[RuleFinding]:
    """A member of a request that starts runs is still a placeholder.

    `packager inputs --start-run` prints placeholders for what only you know.
    """
    request = request_in(facts)
    for part in request.objects():
        for name, value in part.members.items():
            if name in part.known and is_unset(value):
                hint = _VERSION_HINT if name == "workflowVersionName" else None
                yield member_finding(request, part, name, "is still a placeholder", hint)
            if name == ENGINE_SETTINGS and isinstance(value, dict):
                for setting, inner in value.items():
                    if is_unset(inner):
                        place = request.place((*part.parts, name, setting))
                        message = f"{labelled(part, f'{name}.{setting}')} is still a placeholder"
                        yield RuleFinding(place, message, subject=f"{name}.{setting}")


_VERSION_HINT = "set the version's name, or remove the member if the workflow has no versions yet"


def is_unset(value: object) -> bool:
    """Whether a value is, or has, a placeholder; ids, ARNs and URIs never have a word in angle brackets."""
    if not isinstance(value, str):
        return False
    is_address = value.startswith(("arn:", "s3://"))
    return is_placeholder(value) or (is_address and _PART_IN_BRACKETS.search(value) is not None)


@rule(
    "REQ054",
    "run-members-exclusive",
    Severity.ERROR,
    subject=Subject.RUN_REQUEST,
    hint="keep exactly one of them",
    source=cite(Api.OMICS, "parameters file", "BatchRunSettings"),
    bad=run_example({"parametersUri": "s3://lab-data/run.json"}),
    good=GOOD,
)
def run_members_exclusive(facts: Facts) -> Iterator[RuleFinding]:
    """A request that starts runs has two members of which the API accepts one, or neither of two.

    Parameters are in the request or in a file on S3, and so are the rows of a batch.
    """
    request = request_in(facts)
    for part in request.objects():
        if part.structure is Structure.RUN and {"parameters", "parametersUri"} <= part.members.keys():
            yield member_finding(request, part, "parametersUri", "is set, and `parameters` too", key=True)
        if part.structure is Structure.SETTINGS:
            names = [name for name in part.known if name in part.members]
            if len(names) != 1:
                shown = (
                    f"both {joined(names)}" if names else f"neither {' nor '.join(f'`{name}`' for name in part.known)}"
                )
                yield RuleFinding(
                    request.place(part.parts), f"`batchRunSettings` has {shown}", subject="batchRunSettings"
                )
