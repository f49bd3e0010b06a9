"""Task facts from the values of runtime attributes: the image, the resources, and every attribute as written."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from packager.engines.wdl.calls import ReachedTask
from packager.engines.wdl.document_facts import RuntimeFact
from packager.engines.wdl.values import ValueSet
from packager.model.facts import Attribute, ImageStatus, Resources, Task, TaskImage
from packager.model.image_reference import read_name

# WDL: `K`, `M`, `G`, `T` (with or without `B`) are decimal, `Ki`, `Mi`, ... are binary. Standard.WDL, units of storage.
_UNITS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4, "p": 5}
_SIZE = re.compile(r"\s*+(\d++(?:\.\d++)?+|\.\d++)\s*+([KMGTP]?)(i?)(B?)\s*+", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")
_BEYOND = 1e300  # larger than any amount; a larger integer may not fit a float
_IMAGE = ("container", "docker")
_MAX_CANDIDATES = 32


def task_of(reached: ReachedTask) -> Task:
    """The facts of a task over every way that leads to it."""
    attributes = {fact.name: _attribute(fact, reached) for fact in reached.task.runtime}
    return Task(
        name=reached.task.name,
        place=reached.task.span.at(reached.path),
        image=_image(reached),
        resources=Resources(
            cpu=_converted(attributes.get("cpu"), cpu_count),
            memory=_converted(attributes.get("memory"), memory_gib),
            accelerator_type=attributes.get("acceleratorType") or attributes.get("gpuType"),
            accelerator_count=_converted(
                attributes.get("acceleratorCount") or attributes.get("gpuCount"), device_count
            ),
            disk=_disk(attributes.get("disks"), reached),
        ),
        attributes=tuple(attributes.values()),
        conditional=reached.deciding is not None,
        depends_on=_inputs(reached.deciding or frozenset()),
        light=reached.task.light,
    )


def _attribute(fact: RuntimeFact, reached: ReachedTask) -> Attribute:
    value = reached.value(fact.name)
    plain = value.options[0] if value.known else None
    known = plain if isinstance(plain, str | int | float | bool) else None
    depends = _inputs(value.depends) if known is not None else ()
    return Attribute(fact.name, fact.text, fact.span.at(reached.path), known, depends)


def _converted(attribute: Attribute | None, convert: Callable[[object], str | int | float | None]) -> Attribute | None:
    if attribute is None:
        return None
    value = None if attribute.value is None else convert(attribute.value)
    return replace(attribute, value=value)


def _disk(attribute: Attribute | None, reached: ReachedTask) -> Attribute | None:
    """The `disks` attribute in GiB; an array of entries counts like one string of them."""
    if attribute is None:
        return None
    value = reached.value(attribute.name)
    entries = value.options[0] if value.known else None
    if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
        return _converted(attribute, disk_gib)
    return replace(attribute, value=disk_gib(",".join(entries)), depends_on=_inputs(value.depends))


def cpu_count(value: object) -> int | float | None:
    """A `cpu` attribute's value in vCPUs."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return value
    text = str(value).strip()
    if not _NUMBER.fullmatch(text):
        return None
    return float(text) if "." in text else int(text)


def device_count(value: object) -> int | None:
    """An accelerator count in devices."""
    number = cpu_count(value)
    return int(number) if number is not None and abs(number) < _BEYOND and number == int(number) else None


def memory_gib(value: object) -> float | None:
    """A `memory` attribute's value in GiB; a bare number is bytes, as WDL specifies."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) / 1024**3 if abs(value) < _BEYOND else None
    match = _SIZE.fullmatch(str(value))
    if match is None:
        return None
    number, unit, binary, _ = match.groups()
    factor: int = (1024 if binary else 1000) ** _UNITS[unit.lower()]
    return float(number) * factor / 1024**3


def disk_gib(value: object) -> float | None:
    """A `disks` attribute's value: the number of each entry, summed, as the service does.

    Source: Guide.WDL, `disks`: only the number counts.
    """
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return float(value) if abs(value) < _BEYOND else None
    total = 0.0
    for entry in str(value).split(","):
        numbers = [word for word in re.split(r"\s+", entry.strip()) if _NUMBER.fullmatch(word)]
        if not numbers:
            return None
        total += float(numbers[0])
    return total


def _image(reached: ReachedTask) -> TaskImage:
    facts = {fact.name: fact for fact in reached.task.runtime}
    fact = next((facts[name] for name in _IMAGE if name in facts), None)
    if fact is None:
        return TaskImage(ImageStatus.NONE, reached.task.span.at(reached.path))
    place = fact.span.at(reached.path)
    if _is_literal(fact.expr):
        images = _images(reached.value(fact.name))
        if len(images) == 1:
            return TaskImage(ImageStatus.LITERAL, place, fact.text, read_name(images[0]))
    value = reached.value(fact.name)
    images = _images(value)
    depends = _inputs(value.depends)
    if value.known and len(images) == 1:
        return TaskImage(ImageStatus.RESOLVED, place, fact.text, read_name(images[0]), depends_on=depends)
    if not value.more and not images and all(option in (None, "") for option in value.options):
        return TaskImage(ImageStatus.NONE, place, fact.text, depends_on=depends)
    return TaskImage(
        ImageStatus.DYNAMIC, place, fact.text, None, tuple(map(read_name, images[:_MAX_CANDIDATES])), depends
    )


def _is_literal(expr: object) -> bool:
    """Whether an expression is a string without placeholders, or an array of such."""
    if not isinstance(expr, list):
        return False
    if expr[0] == "array":
        return bool(expr[1]) and all(map(_is_literal, expr[1]))
    return bool(expr[0] == "text" and all(isinstance(part, str) for part in expr[1]))


def _images(value: ValueSet) -> list[str]:
    """The images among the values, sorted; the first of an array, because its members are alternatives."""
    images = set()
    for option in value.options:
        first = option[0] if isinstance(option, list) and option else option
        if isinstance(first, str) and first.strip():
            images.add(first.strip())
    return sorted(images)


def _inputs(depends: frozenset[str]) -> tuple[str, ...]:
    """The main workflow's inputs that decide, or failing that the tasks' and sub-workflows' own."""
    own = sorted(name for name in depends if "." not in name)
    return tuple(own or sorted(depends))
