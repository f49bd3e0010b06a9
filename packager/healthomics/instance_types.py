"""The instance types of the service, and the smallest one that fits a task.

The service allocates the smallest instance type with the vCPUs, the memory and the accelerators that a task requests. Fractions are
rounded up, and a task that does not set a value gets 1 vCPU or 1 GiB. Sources: Guide.COMPUTE, Guide.TASK_ACCELERATORS.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass
from typing import Final

from packager.healthomics import limits
from packager.model.facts import Attribute, Resources, Task

# GiB for each vCPU, and the vCPUs of each size. Guide.COMPUTE.
_GIB_PER_VCPU: Final = {"c": 2, "m": 4, "r": 8}
_VCPUS: Final = {
    "large": 2,
    "xlarge": 4,
    "2xlarge": 8,
    "4xlarge": 16,
    "8xlarge": 32,
    "12xlarge": 48,
    "16xlarge": 64,
    "24xlarge": 96,
    "32xlarge": 128,
    "48xlarge": 192,
}
_LARGEST_SIZES: Final = ("32xlarge", "48xlarge")  # only in `limits.LARGE_INSTANCE_REGIONS`
# Types with accelerators: the family of `limits.ACCELERATOR_FAMILIES`, and the sizes that have four instead of one. Guide.COMPUTE.
_ACCELERATED: Final = {"g4dn": "G4", "g5": "G5", "g6": "G6", "g6e": "G6e"}
_ACCELERATED_GIB_PER_VCPU: Final = {"g4dn": 4, "g5": 4, "g6": 4, "g6e": 8}
_ACCELERATED_SIZES: Final = {
    "xlarge": 1,
    "2xlarge": 1,
    "4xlarge": 1,
    "8xlarge": 1,
    "12xlarge": 4,
    "16xlarge": 1,
    "24xlarge": 4,
}
_MISSING: Final = ("omics.g4dn.24xlarge",)
_MINIMUM: Final = 1


@dataclass(frozen=True, slots=True)
class InstanceType:
    """An instance type; `family` is that of its accelerators, "" if it has none."""

    name: str
    vcpus: int
    memory_gib: int
    accelerators: int = 0
    family: str = ""

    @property
    def size(self) -> tuple[int, int, str]:
        """What orders types from the smallest to the largest."""
        return self.vcpus, self.memory_gib, self.name

    def exists_in(self, region: str | None) -> bool:
        """Whether a Region is known to have the type; if no Region is known, some Region has it."""
        if region is None or region not in limits.REGIONS:
            return True
        if self.family:
            return region in limits.accelerator_regions(self.family)
        large = self.name.rsplit(".", 1)[-1] in _LARGEST_SIZES
        return not large or region in limits.LARGE_INSTANCE_REGIONS


@dataclass(frozen=True, slots=True)
class Request:
    """What a task requests, as the service counts it: whole vCPUs, whole GiB, and accelerators of some families."""

    vcpus: int = _MINIMUM
    memory_gib: int = _MINIMUM
    accelerators: int = 0
    families: tuple[str, ...] = ()

    def is_of_kind(self, instance: InstanceType) -> bool:
        """Whether an instance type has the requested accelerators: none, one, or four for more than one."""
        if not self.accelerators:
            return not instance.family
        if instance.family not in self.families or instance.accelerators < self.accelerators:
            return False
        return self.accelerators > 1 or instance.accelerators == 1

    def fits(self, instance: InstanceType) -> bool:
        """Whether an instance type has what is requested."""
        enough = instance.vcpus >= self.vcpus and instance.memory_gib >= self.memory_gib
        return enough and self.is_of_kind(instance)


@dataclass(frozen=True, slots=True)
class Fit:
    """The smallest instance type for a request; more than one if families of accelerators have the same size.

    `smaller` is the next smaller type with such accelerators, None for the smallest; `lacking_*` is what that type lacks.
    """

    request: Request
    types: tuple[InstanceType, ...]
    smaller: InstanceType | None = None

    @property
    def name(self) -> str:
        """The name of the type, or the names."""
        return " or ".join(instance.name for instance in self.types)

    @property
    def unused_vcpus(self) -> int:
        """The vCPUs that the task does not request."""
        return self.types[0].vcpus - self.request.vcpus

    @property
    def unused_gib(self) -> int:
        """The GiB that the task does not request."""
        return self.types[0].memory_gib - self.request.memory_gib

    @property
    def lacking_vcpus(self) -> int:
        """The vCPUs that the next smaller type lacks."""
        return max(0, self.request.vcpus - self.smaller.vcpus) if self.smaller else 0

    @property
    def lacking_gib(self) -> int:
        """The GiB that the next smaller type lacks."""
        return max(0, self.request.memory_gib - self.smaller.memory_gib) if self.smaller else 0


@functools.cache
def instance_types() -> tuple[InstanceType, ...]:
    """All instance types, from the smallest to the largest."""
    plain = [
        InstanceType(f"omics.{family}.{size}", vcpus, vcpus * ratio)
        for family, ratio in _GIB_PER_VCPU.items()
        for size, vcpus in _VCPUS.items()
    ]
    accelerated = [
        InstanceType(
            f"omics.{name}.{size}", _VCPUS[size], _VCPUS[size] * _ACCELERATED_GIB_PER_VCPU[name], count, family
        )
        for name, family in _ACCELERATED.items()
        for size, count in _ACCELERATED_SIZES.items()
        if f"omics.{name}.{size}" not in _MISSING
    ]
    return tuple(sorted(plain + accelerated, key=lambda instance: instance.size))


def smallest(request: Request, region: str | None = None) -> Fit | None:
    """The smallest instance type that fits a request, in a Region if one is known; None if no type is large enough."""
    kinds = [instance for instance in instance_types() if instance.exists_in(region) and request.is_of_kind(instance)]
    fitting = [instance for instance in kinds if request.fits(instance)]
    if not fitting:
        return None
    first = fitting[0]
    same = tuple(each for each in fitting if (each.vcpus, each.memory_gib) == (first.vcpus, first.memory_gib))
    smaller = [each for each in kinds if (each.vcpus, each.memory_gib) < (first.vcpus, first.memory_gib)]
    return Fit(request, same, smaller[-1] if smaller else None)


def request_of(task: Task) -> Request | None:
    """What a task requests; None if that is known only in a run, or if the task runs in the engine or tries a list of profiles."""
    if not task.runs_container or any(each.name == limits.FALLBACK_ATTRIBUTE for each in task.attributes):
        return None
    vcpus, memory = _amount(task.resources.cpu), _amount(task.resources.memory)
    if vcpus is None or memory is None:
        return None
    accelerators = _accelerators(task.resources)
    return None if accelerators is None else Request(vcpus, memory, *accelerators)


def fit_of(task: Task, region: str | None = None) -> Fit | None:
    """The smallest instance type that fits a task; None if its request is not known, or larger than all types."""
    request = request_of(task)
    return None if request is None else smallest(request, region)


def _amount(attribute: Attribute | None) -> int | None:
    """A number of vCPUs or GiB, rounded up; the minimum if it is not set, None if it is not known."""
    if attribute is None:
        return _MINIMUM
    number = attribute.number
    if number is None or not math.isfinite(number):
        return None
    return max(_MINIMUM, math.ceil(round(number, 6)))  # sizes in other units are not exact in GiB


def _accelerators(resources: Resources) -> tuple[int, tuple[str, ...]] | None:
    """The number of accelerators and their families; None if only a part is known."""
    kind, count = resources.accelerator_type, resources.accelerator_count
    if kind is None and count is None:
        return 0, ()
    number = count.number if count is not None else None
    if number == 0:
        return 0, ()
    families = limits.ACCELERATOR_FAMILIES.get(str(kind.value)) if kind is not None else None
    if number is None or not math.isfinite(number) or number < 0 or families is None:
        return None
    return math.ceil(number), families
