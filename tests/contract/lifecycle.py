"""What becomes of workflows and versions: status, idempotency, names, versions, updates, tags, export and deletion."""

from __future__ import annotations

import io
import json
import re
import urllib.request
import zipfile
from typing import Any, Final
from urllib.parse import urlsplit

from contract.account import PREFIX, TAG, NotAskedError, Session
from contract.case import Case, expect
from contract.definitions import CWL, NF_ZIP, OTHER_NF_ZIP, WDL, WDL_ZIP, zipped
from packager.findings.sources import Api, Guide, cite

CREATION: Final = cite(Api.OMICS, "CreateWorkflow")
VERSIONS: Final = cite(Guide.VERSIONS, Api.OMICS, "CreateWorkflowVersion")
GET: Final = cite(Api.OMICS, "GetWorkflow")
LOOPBACK: Final = ("127.0.0.1", "::1", "localhost")


def created(session: Session) -> None:
    """The answer to a creation."""
    answer = session.create(NF_ZIP, tags={"team": "genomics"})
    expect("HTTP status", 201, answer["ResponseMetadata"]["HTTPStatusCode"])
    expect("status", "CREATING", answer["status"])
    expect("id", True, re.fullmatch(r"[0-9]{1,18}", answer["id"]) is not None, answer["id"])
    expect("end of the ARN", f":workflow/{answer['id']}", answer["arn"][-len(f":workflow/{answer['id']}") :])
    expect("tags", {"team": "genomics", TAG: session.account.run}, answer["tags"])


def kept(session: Session) -> None:
    """What was sent is answered."""
    sent: dict[str, Any] = {
        "description": "says hello",
        "engine": "NEXTFLOW",
        "main": "main.nf",
        "storageType": "STATIC",
        "storageCapacity": 1200,
        "accelerators": "GPU",
        "containerRegistryMap": {
            "registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]
        },
    }
    outcome = session.outcome(NF_ZIP, **sent)
    expect("status", "ACTIVE", outcome.ending, outcome.message)
    for name, value in sent.items():
        expect(name, value, outcome.answer.get(name))
    expect("type", "PRIVATE", outcome.answer.get("type"))
    expect("definition, which was not requested", None, outcome.answer.get("definition"))


def strict_syntax(session: Session) -> None:
    """Nextflow's check does not block, and its report is JSON."""
    outcome = session.outcome(zipped({"main.nf": "workflow {\n  for (x in [1]) { println x }\n}\n"}))
    expect("status", "ACTIVE", outcome.ending, outcome.message)
    try:
        report = json.loads(outcome.message)
    except ValueError:
        report = {}
    expect(
        "members of the status message",
        {"advisory", "errors", "summary", "warnings"},
        set(report) - {"truncated"},
        outcome.message,
    )
    expect("members of an error", {"filename", "message", "startColumn", "startLine"}, set(report["errors"][0]))


def repeated(session: Session) -> None:
    """A request that is repeated creates nothing."""
    members = session.request(NF_ZIP)
    first = session.call("CreateWorkflow", **members)
    again = session.call("CreateWorkflow", **members)
    expect("id of the repeated request", first["id"], again["id"])
    other = session.call("CreateWorkflow", **{**members, "requestId": f"{members['requestId']}-2"})
    expect("whether another requestId creates another workflow", True, other["id"] != first["id"])


def repeated_version(session: Session) -> None:
    """A request for a version that is repeated creates nothing."""
    workflow_id = session.create(NF_ZIP)["id"]
    session.settled(workflow_id)
    members = {
        "workflowId": workflow_id,
        "versionName": "v1",
        "definitionZip": NF_ZIP,
        "requestId": f"one-{workflow_id}",
    }
    first = session.call("CreateWorkflowVersion", **members)
    again = session.call("CreateWorkflowVersion", **members)
    expect("uuid of the repeated request", first.get("uuid"), again.get("uuid"))
    listed = session.call("ListWorkflowVersions", workflowId=workflow_id)["items"]
    expect("versions", ["v1"], [item["versionName"] for item in listed])


def twins(session: Session) -> None:
    """Names are not unique, and a list is filtered by the whole name."""
    ids = [session.create(NF_ZIP)["id"] for _ in range(2)]
    expect("whether the ids differ", True, ids[0] != ids[1])
    full_name = f"{PREFIX}{session.key}"

    def listed(name: str) -> set[str]:
        return {item["id"] for item in session.call("ListWorkflows", name=name, type="PRIVATE")["items"]}

    session.account.wait_until(lambda: set(ids) <= listed(full_name), "the list of new workflows")
    expect("workflows by the beginning of a name", set(), listed(full_name[:-1]) & set(ids))


def version(session: Session) -> None:
    """A version is processed like a workflow, and inherits nothing."""
    template = {"x": {"description": "of the workflow", "optional": False}}
    workflow = session.create(WDL_ZIP, parameterTemplate=template, description="of the workflow", storageType="DYNAMIC")
    session.settled(workflow["id"])
    outcome = session.version_outcome(workflow["id"], "1.0-rc.1_a", zipped({"flow.cwl": CWL}))
    expect("status", "ACTIVE", outcome.ending, outcome.message)
    expect("engine and main", ("CWL", "flow.cwl"), (outcome.answer.get("engine"), outcome.answer.get("main")))
    expect("template", {"x": {"description": "", "optional": False}}, outcome.answer.get("parameterTemplate"))
    expect("description", None, outcome.answer.get("description"))
    expect("tags", {}, outcome.answer.get("tags") or {})
    expect("ARN", f"{workflow['arn']}/version/1.0-rc.1_a", outcome.answer["arn"])
    failing = session.version_outcome(workflow["id"], "2.0", zipped({"main.wdl": WDL.replace("output", "outputs")}))
    expect("status of a version with a syntax error", "FAILED", failing.ending, failing.message)


def version_names(session: Session) -> None:
    """What a version can be named."""
    workflow_id = session.create(NF_ZIP)["id"]
    session.settled(workflow_id)
    for name in ("-a", ".a", "a b", "ä", "x" * 65):
        code, message = session.refusal(
            "CreateWorkflowVersion", workflowId=workflow_id, versionName=name, definitionZip=NF_ZIP, requestId="x" * 64
        )
        expect(f"refusal of the version name `{name}`", "ValidationException", code or "accepted", message)
    longest = "A9-._" + "x" * 59
    expect("name of 64 characters", longest, session.create_version(workflow_id, longest, NF_ZIP)["versionName"])
    code, message = session.refusal(
        "CreateWorkflowVersion",
        workflowId=workflow_id,
        versionName=longest,
        definitionZip=OTHER_NF_ZIP,
        requestId=f"again-{workflow_id}",
    )
    expect("whether a name that is in use is refused", True, bool(code), message)


def updated(session: Session) -> None:
    """What can be changed later."""
    workflow_id = session.create(NF_ZIP, description="old")["id"]
    session.settled(workflow_id)
    name = f"{PREFIX}{session.key}-renamed"
    answer = session.call("UpdateWorkflow", id=workflow_id, name=name, storageType="STATIC", storageCapacity=2400)
    expect("HTTP status", 202, answer["ResponseMetadata"]["HTTPStatusCode"])
    session.account.wait_until(lambda: session.get(workflow_id).get("name") == name, "the change of a name")
    workflow = session.settled(workflow_id)
    got = (workflow.get("description"), workflow.get("storageType"), workflow.get("storageCapacity"))
    expect("description and storage", ("old", "STATIC", 2400), got)
    code, message = session.refusal("UpdateWorkflow", id=workflow_id, description="a\tb")
    expect("refusal of a description with a tab", "ValidationException", code or "accepted", message)


def tagged(session: Session) -> None:
    """Tags can be added, changed and removed."""
    arn = session.create(NF_ZIP, tags={"a": "1", "b": "2"})["arn"]
    session.settled(session.ids[0])
    session.call("TagResource", resourceArn=arn, tags={"b": "3", "c d": "é"})
    session.call("UntagResource", resourceArn=arn, tagKeys=["a", "nothing"])
    tags = {"b": "3", "c d": "é", TAG: session.account.run}
    expect("ListTagsForResource", tags, session.call("ListTagsForResource", resourceArn=arn)["tags"])
    expect("tags of GetWorkflow", tags, session.get(session.ids[0]).get("tags"))
    code, message = session.refusal("TagResource", resourceArn=arn, tags={"aws:x": "y"})
    expect("refusal of a key that begins with aws:", "ValidationException", code or "accepted", message)


def exported(session: Session) -> None:
    """The definition and the README can be downloaded."""
    files = {"main.wdl": WDL, "lib/notes.txt": "notes\n"}
    workflow_id = session.create(zipped(files), readmeMarkdown="# Hello\n")["id"]
    session.settled(workflow_id)
    answer = session.call("GetWorkflow", id=workflow_id, export=["DEFINITION"])
    expect("readme, which was not requested", None, answer.get("readme"))
    with zipfile.ZipFile(io.BytesIO(_downloaded(answer["definition"]))) as archive:
        got = {name: archive.read(name).decode() for name in archive.namelist()}
    expect("files of the exported definition", files, got)
    answer = session.call("GetWorkflow", id=workflow_id, export=["README"])
    expect("definition, which was not requested", None, answer.get("definition"))
    expect("README", "# Hello\n", _downloaded(answer["readme"]).decode())


def _downloaded(url: str) -> bytes:
    """What is behind a URL of an answer: HTTPS, or a server on this machine."""
    parts = urlsplit(url)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in LOOPBACK):
        expect("scheme of the address", "https", parts.scheme or url[:100])
    try:
        with urllib.request.urlopen(url, timeout=60) as response:
            content: bytes = response.read()
    except OSError as error:
        raise NotAskedError(f"download of an export: {error}") from error
    return content


def deleted(session: Session) -> None:
    """A workflow can be deleted after its versions, and a version's name can be used again."""
    workflow_id = session.create(NF_ZIP)["id"]
    session.settled(workflow_id)
    first = session.create_version(workflow_id, "v", NF_ZIP)
    session.settled(workflow_id, "v")
    code, message = session.refusal("DeleteWorkflow", id=workflow_id)
    expect("whether a workflow with versions can be deleted", False, not code, message)
    answer = session.call("DeleteWorkflowVersion", workflowId=workflow_id, versionName="v")
    expect("HTTP status", 202, answer["ResponseMetadata"]["HTTPStatusCode"])
    session.account.wait_until(lambda: session.is_gone(workflow_id, "v"), "the deletion of a version")
    again = session.create_version(workflow_id, "v", NF_ZIP)
    expect("whether the new version has a uuid of its own", True, again.get("uuid") != first.get("uuid"))
    session.settled(workflow_id, "v")
    session.call("DeleteWorkflowVersion", workflowId=workflow_id, versionName="v")
    session.account.wait_until(lambda: session.is_gone(workflow_id, "v"), "the deletion of a version")
    session.call("DeleteWorkflow", id=workflow_id)
    session.account.wait_until(lambda: session.is_gone(workflow_id), "the deletion of a workflow")
    code, message = session.refusal("GetWorkflow", id=workflow_id)
    expect("GetWorkflow of a deleted workflow", "ResourceNotFoundException", code or "accepted", message)


CASES: tuple[Case, ...] = (
    Case("status", "a new workflow is CREATING", CREATION, created),
    Case("status", "the members of a request are kept", GET, kept),
    Case("status", "a report about strict syntax does not block", cite(Guide.LINTERS, "status"), strict_syntax),
    Case("idempotency", "a repeated request creates nothing", CREATION, repeated, 2),
    Case("idempotency", "a repeated request for a version creates nothing", VERSIONS, repeated_version),
    Case("names", "two workflows with one name", CREATION, twins, 2),
    Case("names", "names of versions", cite(Api.OMICS, "WorkflowVersionName"), version_names),
    Case("versions", "a version inherits nothing", cite(Guide.VERSIONS, "inherits"), version),
    Case("update", "name, storage and description", cite(Api.OMICS, "GetWorkflow"), updated),
    Case("tags", "added, changed and removed", cite(Guide.TAGGING), tagged),
    Case("export", "the definition and the README", GET, exported),
    Case("deletion", "versions first, then the workflow", cite(Guide.DEFAULT_VERSION), deleted),
)
