"""Rules about the request's storage: type and capacity."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.rules.facts import Facts
from packager.rules.request.members import NOWHERE, request_of
from packager.rules.rule import Found, Subject, rule


@rule(
    "REQ008",
    "storage-type-omitted",
    Severity.INFO,
    subject=Subject.SUBMISSION,
    hint="give `--storage-type DYNAMIC` or `--storage-type STATIC --storage-capacity GIB`",
    source="run types page (DYNAMIC) against creating private workflows page and API StartRun (STATIC)",
    bad="$ packager submit main.wdl --dry-run",
    good="$ packager submit main.wdl --dry-run --storage-type DYNAMIC",
)
def storage_type_omitted(facts: Facts) -> Iterator[Found]:
    """No storage type is given, and the sources disagree about the service's default.

    Two pages of the guide say DYNAMIC, two others and the API say STATIC with 1,200 GiB.
    """
    if request_of(facts).storage_type is None:
        yield Found(NOWHERE, "`storageType` is not given, and what the service then uses is disputed")


@rule(
    "REQ009",
    "capacity-with-dynamic-storage",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="leave `--storage-capacity` out, or use `--storage-type STATIC`",
    source="run types page",
    bad="$ packager submit main.wdl --dry-run --storage-type DYNAMIC --storage-capacity 1200",
    good="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 1200",
)
def capacity_with_dynamic_storage(facts: Facts) -> Iterator[Found]:
    """A storage capacity is given for dynamic storage.

    Dynamic storage grows by itself and ignores the number.
    """
    request = request_of(facts)
    if request.storage_type == "DYNAMIC" and request.storage_capacity is not None:
        yield Found(
            NOWHERE,
            f"`storageCapacity` {request.storage_capacity} is ignored with DYNAMIC storage",
        )


@rule(
    "REQ010",
    "storage-capacity-out-of-range",
    Severity.ERROR,
    subject=Subject.REQUEST,
    hint="give 0 to 100000 GiB",
    source="API StorageCapacity",
    bad="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 200000",
    good="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 2400",
)
def storage_capacity_out_of_range(facts: Facts) -> Iterator[Found]:
    """The storage capacity is outside what the API takes.

    botocore does not check the maximum, so the mistake would be seen only by the service.
    """
    capacity = request_of(facts).storage_capacity
    if capacity is not None and not limits.STORAGE_CAPACITY[0] <= capacity <= limits.STORAGE_CAPACITY[1]:
        yield Found(
            NOWHERE,
            f"`storageCapacity` is {capacity} GiB, 0 to {limits.STORAGE_CAPACITY[1]} are taken",
        )


@rule(
    "REQ011",
    "storage-capacity-above-quota",
    Severity.WARNING,
    subject=Subject.REQUEST,
    hint="ask for a higher quota first, or use DYNAMIC storage",
    source="service quotas page: 9,600 GiB of static storage per run, adjustable",
    bad="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 12000",
    good="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 9600",
)
def storage_capacity_above_quota(facts: Facts) -> Iterator[Found]:
    """The storage capacity exceeds an account's default quota.

    Runs fail to start unless the quota was raised for the account.
    """
    capacity = request_of(facts).storage_capacity
    if capacity is not None and limits.STORAGE_QUOTA_GIB < capacity <= limits.STORAGE_CAPACITY[1]:
        yield Found(
            NOWHERE,
            f"`storageCapacity` is {capacity} GiB, the default quota is {limits.STORAGE_QUOTA_GIB}",
        )


@rule(
    "REQ012",
    "storage-capacity-rounded",
    Severity.INFO,
    subject=Subject.REQUEST,
    hint="give 1200 or a multiple of 2400",
    source="run types page",
    bad="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 5000",
    good="$ packager submit main.wdl --dry-run --storage-type STATIC --storage-capacity 7200",
)
def storage_capacity_rounded(facts: Facts) -> Iterator[Found]:
    """The storage capacity is not a size that the service offers.

    Static storage comes as 1,200 GiB or multiples of 2,400 GiB; other numbers are rounded up, and billed so.
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
        yield Found(NOWHERE, f"`storageCapacity` {capacity} GiB is rounded up to {rounded}")
