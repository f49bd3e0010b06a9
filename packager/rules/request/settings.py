"""Rules about the settings of a workflow: storage, accelerators, and what a new version loses."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Aws, Guide, cite
from packager.healthomics import limits
from packager.healthomics.deployed import losses
from packager.rules.facts import Facts
from packager.rules.request.members import NOWHERE, request_of
from packager.rules.rule import RuleFinding, Subject, rule


@rule(
    "REQ008",
    "storage-type-omitted",
    Severity.INFO,
    subject=Subject.SUBMISSION,
    hint="use `--storage-type DYNAMIC`, or `--storage-type STATIC --storage-capacity GIB`",
    source=cite(Guide.RUN_TYPES, "default", Guide.CREATION, "storage", Api.OMICS, "STATIC"),
    bad="$ packager submit main.wdl --dry-run",
    good="$ packager submit main.wdl --dry-run --storage-type DYNAMIC",
)
def storage_type_omitted(facts: Facts) -> Iterator[RuleFinding]:
    """The request has no storage type, and AWS pages disagree about the default.

    Two pages of the guide name DYNAMIC, two others and the API name STATIC with 1,200 GiB.
    """
    if request_of(facts).storage_type is None:
        yield RuleFinding(NOWHERE, "the request has no `storageType`, and AWS pages disagree about the default")


@rule(
    "REQ009",
    "capacity-with-dynamic-storage",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="remove `--storage-capacity`, or use `--storage-type STATIC`",
    source=cite(Guide.RUN_TYPES, "DYNAMIC"),
    bad="$ packager submit main.wdl --dry-run --storage-type DYNAMIC --storage-capacity 1200",
    good="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 1200",
)
def capacity_with_dynamic_storage(facts: Facts) -> Iterator[RuleFinding]:
    """The request has a storage capacity together with dynamic storage.

    Dynamic storage grows automatically and ignores the number.
    """
    request = request_of(facts)
    if request.storage_type == "DYNAMIC" and request.storage_capacity is not None:
        yield RuleFinding(
            NOWHERE,
            f"`storageCapacity` {request.storage_capacity} is ignored with DYNAMIC storage",
        )


@rule(
    "REQ010",
    "storage-capacity-out-of-range",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="use 0 to 100000 GiB",
    source=cite(Api.OMICS, "CreateWorkflowRequest.storageCapacity"),
    bad="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 200000",
    good="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 2400",
)
def storage_capacity_out_of_range(facts: Facts) -> Iterator[RuleFinding]:
    """The storage capacity is outside the range that the API accepts.

    botocore does not check the maximum, so only the service would report the mistake.
    """
    capacity = request_of(facts).storage_capacity
    if capacity is not None and not limits.STORAGE_CAPACITY[0] <= capacity <= limits.STORAGE_CAPACITY[1]:
        yield RuleFinding(
            NOWHERE,
            f"`storageCapacity` is {capacity} GiB, 0 to {limits.STORAGE_CAPACITY[1]} are allowed",
        )


@rule(
    "REQ011",
    "storage-capacity-above-quota",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="request a higher quota first, or use `--storage-type DYNAMIC`",
    source=cite(Guide.SERVICE_QUOTAS, "storage"),
    bad="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 12000",
    good="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 9600",
)
def storage_capacity_above_quota(facts: Facts) -> Iterator[RuleFinding]:
    """The storage capacity exceeds an account's default quota.

    Runs fail to start unless the quota was raised for the account.
    """
    capacity = request_of(facts).storage_capacity
    if capacity is not None and limits.STORAGE_QUOTA_GIB < capacity <= limits.STORAGE_CAPACITY[1]:
        yield RuleFinding(
            NOWHERE,
            f"`storageCapacity` is {capacity} GiB, the default quota is {limits.STORAGE_QUOTA_GIB}",
        )


@rule(
    "REQ012",
    "storage-capacity-rounded",
    Severity.INFO,
    subject=Subject.REQUEST,
    hint="use 1200 or a multiple of 2400",
    source=cite(Guide.RUN_TYPES, "steps"),
    bad="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 5000",
    good="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 7200",
)
def storage_capacity_rounded(facts: Facts) -> Iterator[RuleFinding]:
    """The storage capacity is not a size that the service offers.

    Static storage has 1,200 GiB or a multiple of 2,400 GiB; other numbers are rounded up and billed as such.
    """
    request = request_of(facts)
    capacity = request.storage_capacity
    if request.storage_type == "DYNAMIC" or not capacity or capacity > limits.STORAGE_CAPACITY[1]:
        return
    if capacity <= limits.STORAGE_SMALLEST_GIB:
        rounded = limits.STORAGE_SMALLEST_GIB
    else:
        rounded = -(-capacity // limits.STORAGE_STEP_GIB) * limits.STORAGE_STEP_GIB
    if capacity > 0 and rounded != capacity:
        yield RuleFinding(NOWHERE, f"`storageCapacity` {capacity} GiB is rounded up to {rounded}")


@rule(
    "REQ013",
    "gpu-without-accelerators",
    Severity.INFO,
    subject=Subject.SUBMISSION,
    hint="use `--accelerators GPU`",
    source=cite(Guide.CREATION, "accelerators", Aws.MCP_SERVER, "accelerators"),
    bad="""
    $ packager submit main.wdl --dry-run
    main.wdl
        version 1.0
        workflow train { call fit  output { File model = fit.model } }
        task fit {
          command <<< touch model >>>
          output { File model = "model" }
          runtime {
            docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/fit:1.0"
            cpu: 4
            memory: "16 GiB"
            acceleratorType: "nvidia-l4"
            acceleratorCount: 1
          }
        }
    """,
    good="$ packager submit main.wdl --dry-run",
)
def gpu_without_accelerators(facts: Facts) -> Iterator[RuleFinding]:
    """Tasks request GPUs, but the request does not set `accelerators`.

    The guide describes the member; a newer AWS source states that the service does not use it.
    """
    if facts.workflow is None or request_of(facts).accelerators is not None:
        return
    for task in facts.workflow.tasks:
        if task.resources.accelerator_type is not None:
            yield RuleFinding(task.place, f"`{task.name}` requests a GPU, but the request has no `accelerators`")
            return


@rule(
    "REQ036",
    "configuration-lost",
    Severity.WARNING,
    subject=Subject.DEPLOYED,
    hint="set it again, or use `--carry-over` to keep it",
    source=cite(Api.OMICS, "CreateWorkflowVersion", Guide.VERSIONS, "inherits"),
    bad="a version without `--tags`, of a workflow whose newest version has the tag `team`",
    good="the same version with `--tags team=genomics`, or with `--carry-over`",
)
def configuration_lost(facts: Facts) -> Iterator[RuleFinding]:
    """The newest version has a setting that the new version would not have.

    A version inherits no settings: a setting that you do not send again is lost.
    """
    assert facts.deployed is not None  # the subject of the rule
    for name, label in losses(request_of(facts), facts.deployed).items():
        yield RuleFinding(NOWHERE, f"{label} of the {facts.deployed.label} would be lost", subject=name)
