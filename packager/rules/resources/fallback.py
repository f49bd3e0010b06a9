"""Rules about `omicsResourceFallbackOrder`, the list of resource profiles that a task tries in turn."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import replace

from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, cite
from packager.healthomics import limits
from packager.model.facts import Task
from packager.rules.facts import Facts
from packager.rules.resources.profiles import Kind, Part, parse
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import nearest_name

_NAME = limits.FALLBACK_ATTRIBUTE
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([KMGT])(i?)B?\s*", re.IGNORECASE)
_INSTANCE = re.compile(r"omics\.[a-z0-9]+\.[0-9a-z]+")


def example(runtime: str, call: str = "call fit", output: str = "File model = fit.model") -> str:
    """A workflow of one task with these runtime attributes and an image."""
    return f"""
    main.wdl
        version 1.0
        workflow fitting {{ {call}  output {{ {output} }} }}
        task fit {{
          command <<< touch model >>>
          output {{ File model = "model" }}
          runtime {{
            docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/fit:1.0"
            {runtime}
          }}
        }}
    """


def profile_list(*profiles: str) -> str:
    """The attribute with these profiles."""
    lines = ",\n              ".join(profiles)
    return f"{_NAME}: [\n              {lines}\n            ]"


L40S = '{"acceleratorType": "nvidia-l40s", "acceleratorCount": 1, "cpu": 8, "memory": "32 GiB"}'
L4 = '{"acceleratorType": "nvidia-l4", "acceleratorCount": 1, "cpu": 8, "memory": "32 GiB"}'
CPU = '{"cpu": 32, "memory": "128 GiB"}'
GOOD = example(profile_list(L40S, L4, CPU))


def profiles_of(facts: Facts) -> Iterator[tuple[Task, tuple[Part, ...]]]:
    """The profiles of each task that has a literal list: the maps in it that are not empty."""
    for task, attribute in facts.attributes(_NAME):
        written = parse(attribute)
        if written.kind is Kind.LIST:
            yield task, tuple(item for item in written.items if item.kind is Kind.MAP and item.entries)


def is_cpu(profile: Part) -> bool:
    """Whether a profile surely requests no accelerator."""
    return all(
        key.kind is Kind.TEXT and key.value not in ("acceleratorType", "acceleratorCount") for key, _ in profile.entries
    )


@rule(
    "RES012",
    "fallback-with-own-resources",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="move it into the profiles of the list",
    source=cite(Guide.ADVANCED_RESOURCES, "replaces"),
    bad=example("cpu: 4\n            " + profile_list(L4, CPU)),
    good=GOOD,
)
def fallback_with_own_resources(facts: Facts) -> Iterator[RuleFinding]:
    """A task sets resources in addition to the list of profiles.

    The list replaces `cpu`, `memory`, `acceleratorType`, `acceleratorCount` and `omicsResourceWaitTimeoutInMin`; the service rejects
    the combination.
    """
    for task, _ in facts.attributes(_NAME):
        for attribute in task.attributes:
            if attribute.name in limits.FALLBACK_FIELDS:
                message = f"`{task.name}` sets both `{attribute.name}` and `{_NAME}`"
                yield RuleFinding(attribute.place, message, subject=f"{task.name}.{attribute.name}")


@rule(
    "RES013",
    "fallback-not-profiles",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint='write a list of 1 to 10 profiles such as `{"acceleratorType": "nvidia-l4", "acceleratorCount": 1}`',
    source=cite(Guide.ADVANCED_RESOURCES, "list"),
    bad=example(f"{_NAME}: {L4}"),
    good=GOOD,
)
def fallback_not_profiles(facts: Facts) -> Iterator[RuleFinding]:
    """The profiles are not a list of one to ten non-empty maps with quoted keys.

    The service rejects it when the workflow is created.
    """
    for task, attribute in facts.attributes(_NAME):
        written = parse(attribute)
        if written.kind in (Kind.MAP, Kind.TEXT, Kind.NUMBER):
            yield RuleFinding(attribute.place, f"`{_NAME}` of `{task.name}` is not a list", subject=task.name)
        if written.kind is not Kind.LIST:
            continue
        count = len(written.items)
        if not 1 <= count <= limits.FALLBACK_MAX_PROFILES:
            most = limits.FALLBACK_MAX_PROFILES
            message = f"`{_NAME}` of `{task.name}` has {count} profiles, 1 to {most} are allowed"
            yield RuleFinding(written.place, message, subject=task.name)
        for item in written.items:
            if item.kind in (Kind.LIST, Kind.TEXT, Kind.NUMBER):
                yield RuleFinding(item.place, "the profile is not a map", subject=task.name)
            elif item.kind is Kind.MAP and not item.entries:
                yield RuleFinding(item.place, "the profile is empty", subject=task.name)
            for key, _ in item.entries:
                if key.kind is Kind.NAME:
                    yield RuleFinding(
                        key.place, f"the key `{key.value}` is not in quotes", subject=f"{task.name}.{key.value}"
                    )


@rule(
    "RES014",
    "fallback-profile-invalid",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="use only `acceleratorType`, `acceleratorCount`, `cpu`, `memory` and `omicsResourceWaitTimeoutInMin`, within their limits",
    source=cite(Guide.ADVANCED_RESOURCES, "fields"),
    bad=example(profile_list('{"acceleratorType": "nvidia-l4", "cpu": 8}', CPU)),
    good=GOOD,
)
def fallback_profile_invalid(facts: Facts) -> Iterator[RuleFinding]:
    """A profile has an unknown field, a value of a wrong type or above a limit, or only half of an accelerator.

    Accelerator type and number belong together, `cpu` is a number up to 192, `memory` a string up to 1,536 GiB, and the number of
    accelerators is at most 4. The service rejects it when the workflow is created.
    """
    for task, profiles in profiles_of(facts):
        for profile in profiles:
            for key, value in profile.entries:
                if key.kind is Kind.TEXT:
                    subject = f"{task.name}.{key.value}"
                    yield from (replace(finding, subject=subject) for finding in _field(str(key.value), key, value))
            yield from (replace(finding, subject=task.name) for finding in _halves(profile))


def _field(name: str, key: Part, value: Part) -> Iterator[RuleFinding]:
    if name not in limits.FALLBACK_FIELDS:
        nearest = nearest_name(name, limits.FALLBACK_FIELDS)
        yield RuleFinding(
            key.place, f"unknown field `{name}` in a profile", hint=f"did you mean `{nearest}`?" if nearest else None
        )
        return
    if value.kind not in (Kind.TEXT, Kind.NUMBER):
        return
    text = isinstance(value.value, str)
    if isinstance(value.value, str) and _INSTANCE.fullmatch(value.value):
        yield RuleFinding(value.place, f"`{value.value}` is a machine type, which no field accepts")
    elif text is not (name in ("acceleratorType", "memory")):
        yield RuleFinding(value.place, f"`{name}` is a {value.kind.value}, expected a {'number' if text else 'string'}")
    elif isinstance(value.value, str):
        yield from _text_value(name, value, value.value)
    else:
        yield from _number_value(name, value, value.value)


def _text_value(name: str, part: Part, value: str) -> Iterator[RuleFinding]:
    if name == "acceleratorType":
        if value not in limits.ACCELERATOR_TYPES:
            hint = "omit the field in a profile without accelerator" if value in ("", "cpu") else None
            yield RuleFinding(part.place, f"unknown accelerator `{value}`", hint=hint)
        return
    match = _SIZE.fullmatch(value)
    if match is None:
        return
    number, unit, binary = match.groups()
    gib = float(number) * (1024 if binary else 1000) ** ("KMGT".index(unit.upper()) + 1) / 1024**3
    if gib > limits.MAX_MEMORY_GIB:
        yield RuleFinding(part.place, f"`memory` is {value}, the maximum is {limits.MAX_MEMORY_GIB} GiB")


def _number_value(name: str, part: Part, value: float) -> Iterator[RuleFinding]:
    most = {"cpu": limits.MAX_VCPUS, "acceleratorCount": limits.MAX_ACCELERATORS}.get(name)
    if name != "cpu" and math.isfinite(value) and not value.is_integer():
        yield RuleFinding(part.place, f"`{name}` is {value:g}, expected an integer")
    elif most is not None and value > most:
        yield RuleFinding(part.place, f"`{name}` is {value:g}, the maximum is {most}")


def _halves(profile: Part) -> Iterator[RuleFinding]:
    kind, count = profile.get("acceleratorType"), profile.get("acceleratorCount")
    if kind is not None and count is None:
        yield RuleFinding(kind.place, "the profile has an accelerator type, but no count")
    elif count is not None and kind is None:
        yield RuleFinding(count.place, "the profile has an accelerator count, but no type")


@rule(
    "RES015",
    "fallback-cpu-profile-not-last",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    engines=("WDL",),
    hint="keep one profile without accelerator, as the last",
    source=cite(Guide.ADVANCED_RESOURCES, "cpu"),
    bad=example(profile_list(CPU, L4)),
    good=GOOD,
)
def fallback_cpu_profile_not_last(facts: Facts) -> Iterator[RuleFinding]:
    """A profile without accelerator is not the last one.

    Only one such profile is allowed, and it must be the last: machines without accelerator are always available.
    """
    for task, profiles in profiles_of(facts):
        for profile in profiles[:-1]:
            if is_cpu(profile):
                message = "a profile without accelerator is before the last one"
                yield RuleFinding(profile.place, message, subject=task.name)
