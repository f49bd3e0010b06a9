"""Members of a request that the service refuses, and those that are just allowed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from contract.account import PREFIX, Session
from contract.case import Case, Members, expect
from contract.definitions import NF_ZIP
from contract.rows import Sources
from packager.findings.sources import Api, Guide, cite

MODEL: Final = cite(Api.OMICS, "CreateWorkflowRequest")
TEMPLATE: Final = cite(Api.OMICS, "WorkflowParameterTemplate")
MAP: Final = cite(Api.OMICS, "RegistryMapping")
TAGS: Final = cite(Guide.TAGGING, Api.OMICS, "TagMap")
QUOTAS: Final = cite(Guide.FIXED_QUOTAS)
SOURCE: Final = cite(Guide.PACKAGING, "one source")
# Limits of the guide that the model does not have: no document names the error.
GUIDE_ONLY: Final = (QUOTAS, SOURCE, TAGS)
ARN: Final = "arn:aws:secretsmanager:us-east-1:123456789012:secret:x"
MAPPING: Final = {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}
REPOSITORY: Final = {"connectionArn": "arn:aws:c:r:123456789012:x", "fullRepositoryId": "a/b"}
# The suite's own tag is one more.
TAGS_BESIDES: Final = 49


def _name(length: int) -> str:
    return PREFIX + "x" * (length - len(PREFIX))


def _map(**members: str) -> Members:
    return {"containerRegistryMap": {"registryMappings": [{**MAPPING, **members}]}}


# What is wrong, what the emulator's message names, members (None: not sent).
REFUSALS: tuple[tuple[str, str, Sources, Members], ...] = (
    ("a name of 129 characters", "name", MODEL, {"name": _name(129)}),
    ("a name with a tab", "name", MODEL, {"name": f"{PREFIX}a\tb"}),
    ("a name with a line end", "name", MODEL, {"name": f"{PREFIX}a\nb"}),
    ("a name with a zero-width space", "name", MODEL, {"name": f"{PREFIX}a\u200bb"}),
    ("an empty description", "description", MODEL, {"description": ""}),
    ("a description of 257 characters", "description", MODEL, {"description": "x" * 257}),
    ("a description with a line end", "description", MODEL, {"description": "line\nline"}),
    ("an unknown engine", "engine", MODEL, {"engine": "SNAKEMAKE"}),
    ("an engine in lower case", "engine", MODEL, {"engine": "wdl"}),
    ("a main of 129 characters", "main", MODEL, {"main": "x" * 129}),
    ("an unknown storage type", "storageType", MODEL, {"storageType": "SHARED"}),
    ("a storage capacity of 100,001", "storageCapacity", MODEL, {"storageCapacity": 100_001}),
    ("a negative storage capacity", "storageCapacity", MODEL, {"storageCapacity": -1}),
    ("unknown accelerators", "accelerators", MODEL, {"accelerators": "TPU"}),
    ("a request ID of 129 characters", "requestId", MODEL, {"requestId": "x" * 129}),
    ("a request ID with a control character", "requestId", MODEL, {"requestId": "a\x00b"}),
    ("a bucket owner of 11 digits", "workflowBucketOwnerId", MODEL, {"workflowBucketOwnerId": "12345678901"}),
    ("a bucket owner of 13 digits", "workflowBucketOwnerId", MODEL, {"workflowBucketOwnerId": "1234567890123"}),
    (
        "a template of 2,001 entries",
        "parameterTemplate",
        TEMPLATE,
        {"parameterTemplate": {f"p{n}": {} for n in range(2001)}},
    ),
    ("a parameter name of 129 characters", "parameterTemplate", TEMPLATE, {"parameterTemplate": {"p" * 129: {}}}),
    ("a parameter name with a tab", "parameterTemplate", TEMPLATE, {"parameterTemplate": {"a\tb": {}}}),
    (
        "a parameter description of 257 characters",
        "parameterTemplate.a.description",
        TEMPLATE,
        {"parameterTemplate": {"a": {"description": "x" * 257}}},
    ),
    (
        "a parameter description with a line end",
        "parameterTemplate.a.description",
        TEMPLATE,
        {"parameterTemplate": {"a": {"description": "x\ny"}}},
    ),
    (
        "a template of more than 400 KB",
        "parameterTemplate",
        QUOTAS,
        {"parameterTemplate": {f"{n:0>128}": {"description": "x" * 256, "optional": True} for n in range(990)}},
    ),
    ("51 tags", "tags", TAGS, {"tags": {f"k{n}": "v" for n in range(TAGS_BESIDES + 1)}}),
    ("a tag key that begins with aws:", "tag key", TAGS, {"tags": {"aws:x": "v"}}),
    ("a tag key of 129 characters", "tags", TAGS, {"tags": {"k" * 129: "v"}}),
    ("a tag value of 257 characters", "tags", TAGS, {"tags": {"k": "v" * 257}}),
    ("a tag key with a comma", "tag", TAGS, {"tags": {"k,k": "v"}}),
    ("a tag value with a semicolon", "tag", TAGS, {"tags": {"k": "v;v"}}),
    ("a README of more than 500 KiB", "readmeMarkdown", QUOTAS, {"readmeMarkdown": "x" * (500 * 1024 + 1)}),
    ("a README over HTTPS", "readmeUri", MODEL, {"readmeUri": "https://example.org/README.md"}),
    ("a README path of 129 characters", "readmePath", MODEL, {"readmePath": "x" * 129}),
    ("a template path of 129 characters", "parameterTemplatePath", MODEL, {"parameterTemplatePath": "x" * 129}),
    (
        "a map URI of more than 750 characters",
        "containerRegistryMapUri",
        MODEL,
        {"containerRegistryMapUri": "s3://b/" + "x" * 750},
    ),
    ("an ECR account with a letter", "ecrAccountId", MAP, _map(ecrAccountId="12345678901x")),
    ("an ECR account of 13 digits", "ecrAccountId", MAP, _map(ecrAccountId="1234567890123")),
    (
        "an upstream prefix of 31 characters",
        "upstreamRepositoryPrefix",
        MAP,
        _map(upstreamRepositoryPrefix="x" * 31),
    ),
    ("a credential of another service", "credentialArn", MAP, _map(credentialArn=ARN.replace("secretsm", "x"))),
    ("an ECR prefix of 257 characters", "ecrRepositoryPrefix", MAP, _map(ecrRepositoryPrefix="x" * 257)),
    (
        "a source image of 751 characters",
        "imageMappings[0].sourceImage",
        cite(Api.OMICS, "ImageMapping"),
        {"containerRegistryMap": {"imageMappings": [{"sourceImage": "x" * 751}]}},
    ),
    ("no definition", "none was sent", SOURCE, {"definitionZip": None}),
    ("a zip and a URI", "definitionZip, definitionUri", SOURCE, {"definitionUri": "s3://bucket/x.zip"}),
    ("a zip and a repository", "definitionRepository", SOURCE, {"definitionRepository": REPOSITORY}),
    (
        "a definition URI of more than 256 characters",
        "definitionUri",
        MODEL,
        {"definitionZip": None, "definitionUri": "s3://bucket/" + "x" * 256},
    ),
    (
        "a repository without an owner",
        "fullRepositoryId",
        cite(Api.OMICS, "DefinitionRepository"),
        {"definitionZip": None, "definitionRepository": {**REPOSITORY, "fullRepositoryId": "name"}},
    ),
    (
        "51 patterns of excluded files",
        "excludeFilePatterns",
        cite(Api.OMICS, "ExcludeFilePatternList"),
        {"definitionZip": None, "definitionRepository": {**REPOSITORY, "excludeFilePatterns": ["*.bam"] * 51}},
    ),
    ("a zip of 4.7 MB", "definitionZip", QUOTAS, {"definitionZip": b"0" * 4_700_000}),
)

ALLOWED: tuple[tuple[str, Sources, Members], ...] = (
    ("a name of 128 characters", MODEL, {"name": PREFIX + "ä" * (128 - len(PREFIX))}),
    ("a description of 256 characters", MODEL, {"description": "x" * 256}),
    ("a storage capacity of 0", MODEL, {"storageCapacity": 0}),
    ("a storage capacity of 100,000", MODEL, {"storageCapacity": 100_000}),
    (
        "a parameter name of 128 characters, an empty description",
        TEMPLATE,
        {"parameterTemplate": {"p" * 128: {"description": "", "optional": False}}},
    ),
    ("50 tags", TAGS, {"tags": {f"k{n}": "" for n in range(TAGS_BESIDES)}}),
    ("tags of the greatest length", TAGS, {"tags": {"k" * 128: "v" * 256}}),
    ("every allowed character in a tag", TAGS, {"tags": {"_.:/=+-@ é9": "_.:/=+-@ é9"}}),
    ("a README of 500 KiB", QUOTAS, {"readmeMarkdown": "x" * (500 * 1024)}),
    (
        "an upstream prefix of two characters, an ECR account and a credential",
        MAP,
        _map(upstreamRepositoryPrefix="xy", ecrAccountId="123456789012", credentialArn=ARN),
    ),
)


def _refused(named: str, source: Sources, members: Members) -> Callable[[Session], None]:
    def check(session: Session) -> None:
        sent: Any = {"definitionZip": NF_ZIP, **members}
        sent = {name: value for name, value in sent.items() if value is not None}
        code, message = session.refusal("CreateWorkflow", **session.request(None, **sent))
        if source in GUIDE_ONLY:
            expect("refusal", "any", "any" if code else "none", message)
        else:
            expect("refusal", "ValidationException", code or "none", message)
        if session.own_words and named not in message:
            expect("message", f"the words `{named}`", message)

    return check


def _allowed(members: Members) -> Callable[[Session], None]:
    def check(session: Session) -> None:
        code, message = session.refusal("CreateWorkflow", **session.request(NF_ZIP, **members))
        expect("refusal", "none", code or "none", message)

    return check


CASES: tuple[Case, ...] = (
    *(
        Case("refused members", name, source, _refused(named, source, members), 0)
        for name, named, source, members in REFUSALS
    ),
    *(Case("allowed members", name, source, _allowed(members)) for name, source, members in ALLOWED),
)
