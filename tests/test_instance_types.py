"""Instance types: the smallest one that fits a task, what stays unused, and what the next smaller one lacks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packager.findings.diagnostic import Place
from packager.healthomics import limits
from packager.healthomics.instance_types import Fit, Request, fit_of, instance_types, request_of, smallest
from packager.model.facts import Attribute, ImageStatus, Resources, Task, TaskImage

PLACE = Place("main.wdl", 1)
LARGE_REGION, OTHER_REGION = "us-east-1", "eu-west-1"


def attribute(name: str, value: str | float | None) -> Attribute:
    return Attribute(name, str(value), PLACE, value)


def task(**values: str | float | None) -> Task:
    resources = Resources(**{name: attribute(name, value) for name, value in values.items()})
    return Task("fit", PLACE, TaskImage(ImageStatus.NONE, PLACE), resources)


def found(fit: Fit | None) -> Fit:
    assert fit is not None
    return fit


# The documentation's own examples, and one of each family; written by hand.
@pytest.mark.parametrize(
    ("cpu", "memory", "name"),
    [
        (8, 64, "omics.r.2xlarge"),
        (1, 1, "omics.c.large"),
        (2, 4, "omics.c.large"),
        (2, 4.2, "omics.m.large"),
        (2, 16, "omics.r.large"),
        (4, 34, "omics.r.2xlarge"),
        (0.5, 3, "omics.c.large"),
        (9, 20, "omics.c.4xlarge"),
        (96, 768, "omics.r.24xlarge"),
        (192, 1536, "omics.r.48xlarge"),
        (1, 1024, "omics.r.32xlarge"),
    ],
)
def test_the_smallest_type_fits(cpu: float, memory: float, name: str) -> None:
    assert found(fit_of(task(cpu=cpu, memory=memory))).name == name


def test_a_task_that_requests_nothing_gets_the_documented_default() -> None:
    fit = found(fit_of(task()))
    assert (fit.name, fit.request.vcpus, fit.request.memory_gib) == ("omics.c.large", 1, 1)
    assert (fit.unused_vcpus, fit.unused_gib, fit.smaller) == (1, 3, None)


def test_the_next_smaller_type_lacks_what_counts() -> None:
    fit = found(fit_of(task(cpu=4, memory=34)))
    assert fit.smaller is not None
    assert (fit.smaller.name, fit.lacking_vcpus, fit.lacking_gib) == ("omics.m.2xlarge", 0, 2)
    assert (fit.unused_vcpus, fit.unused_gib) == (4, 30)


@pytest.mark.parametrize(
    ("kind", "count", "cpu", "memory", "name"),
    [
        ("nvidia-tesla-t4", 1, 4, 16, "omics.g4dn.xlarge"),
        ("nvidia-tesla-a10g", 1, 4, 17, "omics.g5.2xlarge"),
        ("nvidia-l4", 2, 4, 16, "omics.g6.12xlarge"),
        ("nvidia-l40s", 1, 4, 32, "omics.g6e.xlarge"),
        ("nvidia-l40s", 4, 96, 768, "omics.g6e.24xlarge"),
        ("nvidia-tesla-t4-a10g", 1, 1, 1, "omics.g4dn.xlarge or omics.g5.xlarge"),
        ("nvidia-tesla-t4-a10g", 4, 96, 1, "omics.g5.24xlarge"),
    ],
)
def test_accelerators_choose_the_family(kind: str, count: int, cpu: int, memory: int, name: str) -> None:
    fit = found(fit_of(task(cpu=cpu, memory=memory, accelerator_type=kind, accelerator_count=count)))
    assert fit.name == name


@pytest.mark.parametrize(
    "values",
    [
        {"cpu": None},
        {"memory": None},
        {"cpu": "four"},
        {"cpu": float("inf")},
        {"cpu": 193},
        {"memory": 1537},
        {"accelerator_type": "nvidia-l4"},
        {"accelerator_count": 1},
        {"accelerator_type": "nvidia-h100", "accelerator_count": 1},
        {"accelerator_type": "nvidia-l4", "accelerator_count": 5},
        {"accelerator_type": "nvidia-l4", "accelerator_count": 1, "cpu": 65},
    ],
)
def test_no_type_is_invented(values: dict[str, str | float | None]) -> None:
    assert fit_of(task(**values)) is None


def test_a_list_of_profiles_and_the_engine_have_no_type() -> None:
    plain = task(cpu=2)
    in_engine = Task("js", PLACE, plain.image, plain.resources, runs_container=False)
    listed = Task("fit", PLACE, plain.image, Resources(), (attribute(limits.FALLBACK_ATTRIBUTE, None),))
    assert request_of(in_engine) is None
    assert request_of(listed) is None


def test_a_region_has_only_its_types() -> None:
    large, accelerated = Request(97, 1), Request(4, 16, 1, ("G6",))
    assert found(smallest(large, LARGE_REGION)).name == "omics.c.32xlarge"
    assert smallest(large, OTHER_REGION) is None
    assert found(smallest(accelerated, LARGE_REGION)).name == "omics.g6.xlarge"
    assert smallest(accelerated, OTHER_REGION) is None
    assert found(smallest(Request(1, 1, 1, ("G4", "G5")), "il-central-1")).name == "omics.g5.xlarge"


def test_the_table_agrees_with_the_limits() -> None:
    """The largest types are the limits that rules check."""
    types = instance_types()
    assert len(types) == len({instance.name for instance in types}) == 3 * 10 + 4 * 7 - 1
    assert max(instance.vcpus for instance in types) == limits.MAX_VCPUS
    assert max(instance.memory_gib for instance in types) == limits.MAX_MEMORY_GIB
    for kind, families in limits.ACCELERATOR_FAMILIES.items():
        one = limits.ONE_ACCELERATOR_MAX_L40S if kind == "nvidia-l40s" else limits.ONE_ACCELERATOR_MAX
        assert smallest(Request(*one, 1, families)) is not None
        assert smallest(Request(one[0], one[1] + 1, 1, families)) is None
        assert smallest(Request(one[0] + 1, one[1], 1, families)) is None
    four = {"G4": limits.FOUR_ACCELERATORS_MAX_T4, "G6e": limits.FOUR_ACCELERATORS_MAX_L40S}
    for family in ("G4", "G5", "G6", "G6e"):
        most = four.get(family, limits.FOUR_ACCELERATORS_MAX)
        assert smallest(Request(*most, 4, (family,))) is not None
        assert smallest(Request(most[0] + 1, most[1], 4, (family,))) is None


@given(st.integers(1, 192), st.integers(1, 1536))
def test_no_smaller_type_fits(vcpus: int, memory: int) -> None:
    request = Request(vcpus, memory)
    fit = found(smallest(request))
    assert fit.unused_vcpus >= 0
    assert fit.unused_gib >= 0
    for instance in instance_types():
        if request.fits(instance):
            assert (instance.vcpus, instance.memory_gib) >= (fit.types[0].vcpus, fit.types[0].memory_gib)
    assert fit.smaller is None or fit.lacking_vcpus or fit.lacking_gib
