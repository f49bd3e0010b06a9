"""Advice about `omicsResourceFallbackOrder`: values that the service accepts but that are likely not intended."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Aws, Guide, cite
from packager.healthomics import limits
from packager.model.features import FeatureName
from packager.rules.facts import Facts
from packager.rules.resources.fallback import CPU, GOOD, L4, example, is_cpu, profile_list, profiles_of
from packager.rules.resources.profiles import Kind
from packager.rules.rule import RuleFinding, Subject, rule


@rule(
    "RES016",
    "fallback-wait-too-short",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="wait at least 20 minutes (30 for multiple accelerators), or omit the field",
    source=cite(Guide.ADVANCED_RESOURCES, "advice"),
    bad=example(profile_list(L4.replace("}", ', "omicsResourceWaitTimeoutInMin": 5}'), CPU)),
    good=GOOD,
)
def fallback_wait_too_short(facts: Facts) -> Iterator[RuleFinding]:
    """A profile waits for less time than the user guide recommends, or has no accelerator to wait for.

    In less than 20 minutes (30 for multiple accelerators) the service may not find a machine. A profile without accelerator does not
    wait.
    """
    for task, profiles in profiles_of(facts):
        for profile in profiles:
            wait, count = profile.get("omicsResourceWaitTimeoutInMin"), profile.get("acceleratorCount")
            if wait is None or not isinstance(wait.value, float):
                continue
            multiple = count is not None and isinstance(count.value, float) and count.value > 1
            minimum = limits.FALLBACK_WAIT_MINUTES_MULTIPLE if multiple else limits.FALLBACK_WAIT_MINUTES
            if is_cpu(profile):
                message = "a profile without accelerator does not wait"
                yield RuleFinding(wait.place, message, hint="omit the field", severity=Severity.INFO, subject=task.name)
            elif wait.value < minimum:
                message = f"the profile waits {wait.value:g} minutes, the recommended minimum is {minimum}"
                yield RuleFinding(wait.place, message, subject=task.name)


@rule(
    "RES017",
    "fallback-profile-doubtful",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="list each accelerator separately and once, with a longer wait for the first",
    source=cite(Guide.ADVANCED_RESOURCES, "advice"),
    bad=example(profile_list(L4, L4, CPU)),
    good=GOOD,
)
def fallback_profile_doubtful(facts: Facts) -> Iterator[RuleFinding]:
    """A profile is listed twice, or its accelerator type covers multiple families of machines.

    A profile that was already tried is still unavailable, and for a type with multiple families the service chooses the order.
    """
    for task, profiles in profiles_of(facts):
        seen: list[dict[str | float, str | float]] = []
        for profile in profiles:
            known = {key.value: value.value for key, value in profile.entries}
            literal = all(value.kind in (Kind.TEXT, Kind.NUMBER) for _, value in profile.entries)
            if literal and known in seen:
                yield RuleFinding(profile.place, "the same profile is already in the list", subject=task.name)
            seen += [known] if literal else []
            kind = profile.get("acceleratorType")
            if kind is not None and len(limits.ACCELERATOR_FAMILIES.get(str(kind.value), ())) > 1:
                message = f"`{kind.value}` covers multiple families of machines"
                yield RuleFinding(kind.place, message, subject=f"{task.name}.{kind.value}")


@rule(
    "RES018",
    "fallback-in-scatter",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="call the task outside of the scatter, or set its own resources",
    source=cite(Guide.ADVANCED_RESOURCES, "scatter"),
    bad=example(profile_list(L4, CPU), "scatter (n in [1, 2]) { call fit }", "Array[File] model = fit.model"),
    good=GOOD,
)
def fallback_in_scatter(facts: Facts) -> Iterator[RuleFinding]:
    """A task with a list of profiles is called in a scatter.

    According to the user guide, the list is not supported within scatter blocks.
    """
    for feature in facts.features(FeatureName.FALLBACK_IN_SCATTER):
        message = f"`{feature.text}` has `{limits.FALLBACK_ATTRIBUTE}` and is called in a scatter"
        yield RuleFinding(feature.place, message, subject=feature.text)


@rule(
    "RES019",
    "fallback-accelerator-not-in-region",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    needs=("region",),
    hint="choose a type that is available in the Region, or remove the profile",
    source=cite(Aws.POWER_COMPUTE, "unavailable", Guide.TASK_ACCELERATORS, "types"),
    bad="$ packager lint . --region eu-west-1\n" + example(profile_list(L4, CPU)),
    good="$ packager lint . --region us-east-1\n" + example(profile_list(L4, CPU)),
)
def fallback_accelerator_not_in_region(facts: Facts) -> Iterator[RuleFinding]:
    """The Region has no machine with the accelerator of a profile.

    The service skips such a profile.
    """
    if facts.region is None or facts.region not in limits.REGIONS:
        return
    for task, profiles in profiles_of(facts):
        for profile in profiles:
            kind = profile.get("acceleratorType")
            families = limits.ACCELERATOR_FAMILIES.get(str(kind.value), ()) if kind is not None else ()
            if (
                kind is not None
                and families
                and all(facts.region not in limits.accelerator_regions(family) for family in families)
            ):
                message = f"`{kind.value}` is not known to be available in `{facts.region}`"
                yield RuleFinding(kind.place, message, subject=f"{task.name}.{kind.value}")
