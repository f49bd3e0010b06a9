"""A difference as lines of words, before it is text or Markdown: own words and foreign text are kept apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from packager.diff import (
    Aspect,
    AspectChange,
    CallChange,
    ChangeKind,
    Comparison,
    Difference,
    FileChange,
    ImageChange,
    Level,
    OutputChange,
    ParameterChange,
    ParameterKind,
    SettingChange,
    Step,
)
from packager.healthomics.deployed import ACTIVE
from packager.model.calls import CallKind
from packager.model.image_reference import ImageReference
from packager.render.terminal import size_text
from packager.text import count

ADDED, REMOVED, CHANGED = "+", "-", "~"
SIGNS = {"added": ADDED, "removed": "\u2212", "changed": CHANGED}  # in a picture or table
_SIGNS = {ChangeKind.ADDED: ADDED, ChangeKind.REMOVED: REMOVED, ChangeKind.CHANGED: CHANGED, ChangeKind.MODE: CHANGED}
PARAMETER_WORDS = {
    ParameterKind.ADDED_REQUIRED: (ADDED, "new, required"),
    ParameterKind.REMOVED: (REMOVED, "removed"),
    ParameterKind.NOW_REQUIRED: (CHANGED, "was optional, is required"),
    ParameterKind.RETYPED: (CHANGED, "other type"),
    ParameterKind.ADDED_OPTIONAL: (ADDED, "new, optional"),
    ParameterKind.NOW_OPTIONAL: (CHANGED, "was required, is optional"),
    ParameterKind.WIDENED: (CHANGED, "wider type"),
    ParameterKind.DESCRIBED: (CHANGED, "new description"),
}
_ASPECTS = {
    **{aspect: aspect.value for aspect in Aspect},
    Aspect.CALLEE: "calls",
    Aspect.CPU: "CPU",
    Aspect.SCATTER: "number of runs",
}
_EDITED = {Aspect.DEFINITION: "definition edited", Aspect.ARGUMENTS: "arguments edited"}
_FILE_WORDS = {
    ChangeKind.ADDED: "added",
    ChangeKind.REMOVED: "removed",
    ChangeKind.CHANGED: "changed",
    ChangeKind.MODE: "mode changed",
}
_NAMED_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Foreign:
    """A string from a definition or from the service."""

    text: str


Words = tuple[str | Foreign, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One line: the sign (`+`, `-` or `~`), whether the change breaks users of the deployed version, and the words."""

    sign: str
    breaking: bool
    words: Words


@dataclass(frozen=True, slots=True)
class DiffSection:
    """One part of the difference; `signed`: the items' words need their signs to be understood."""

    title: str
    items: tuple[Item, ...]
    signed: bool = False


def head(comparison: Comparison) -> Words:
    """The deployed version that the local workflow is compared with."""
    deployed = comparison.deployed
    words: list[str | Foreign] = ["workflow ", Foreign(deployed.workflow_id)]
    if deployed.name:
        words += [" ", Foreign(deployed.name)]
    if deployed.version_name is not None:
        words += [", version ", Foreign(deployed.version_name)]
        words += [" (the newest ACTIVE one)"] if comparison.newest else []
    elif comparison.newest:
        words.append(" (the workflow itself; it has no ACTIVE version)")
    if deployed.status != ACTIVE:
        words += [", which is ", Foreign(deployed.status)]
    return (*words, ", in ", Foreign(comparison.region))


def sections(difference: Difference) -> tuple[DiffSection, ...]:
    """The parts in which something differs, the ones that matter most first."""
    parts = (
        DiffSection("parameters", tuple(_parameters(difference.parameters))),
        DiffSection("outputs", tuple(map(_output, difference.outputs))),
        DiffSection("images", tuple(map(_image, difference.images)), signed=True),
        DiffSection("calls", tuple(_calls(difference.calls, difference.images)), signed=True),
        DiffSection("settings", tuple(map(_setting, difference.settings))),
        DiffSection(_files_title(difference.files), tuple(map(_file, difference.files)), signed=True),
    )
    return tuple(section for section in parts if section.items)


def _parameters(changes: Iterable[ParameterChange]) -> Iterator[Item]:
    described = []
    for change in changes:
        if change.kind is ParameterKind.DESCRIBED:
            described.append(change.name)
            continue
        sign, words = PARAMETER_WORDS[change.kind]
        yield Item(sign, change.breaking, (Foreign(change.name), f": {words}", *_types(change)))
    if described:
        names = described[:_NAMED_AT_ONCE]
        more = f" and {len(described) - len(names)} more" if len(described) > len(names) else ""
        yield Item(CHANGED, False, ("new descriptions: ", *_joined(names), more))


def _types(change: ParameterChange) -> Words:
    if change.kind in (ParameterKind.RETYPED, ParameterKind.WIDENED):
        return (", ", Foreign(change.before or ""), " -> ", Foreign(change.after or ""))
    if change.kind in (ParameterKind.ADDED_REQUIRED, ParameterKind.ADDED_OPTIONAL) and change.after:
        return (", ", Foreign(change.after))
    return ()


def _joined(names: Iterable[str]) -> Iterator[str | Foreign]:
    for number, name in enumerate(names):
        if number:
            yield ", "
        yield Foreign(name)


def _output(change: OutputChange) -> Item:
    words: Words = (
        Foreign(change.name),
        f": {'other type' if change.kind is ChangeKind.CHANGED else change.kind.value}",
    )
    if change.kind is ChangeKind.CHANGED:
        words += (", ", Foreign(change.before or ""), " -> ", Foreign(change.after or ""))
    elif change.kind is ChangeKind.ADDED and change.after:
        words += (", ", Foreign(change.after))
    return Item(_SIGNS[change.kind], change.breaking, words)


def _image(change: ImageChange) -> Item:
    sign = _SIGNS[change.kind]
    if change.before is not None and change.after is not None:
        after = str(change.after)
        version = (
            after.removeprefix(str(change.after.without_version())) if isinstance(change.after, ImageReference) else ""
        )
        return Item(sign, False, (Foreign(str(change.before)), " -> ", Foreign(version.removeprefix(":") or after)))
    return Item(sign, False, (Foreign(str(change.before or change.after or "")),))


def _calls(changes: Sequence[CallChange], images: Iterable[ImageChange]) -> Iterator[Item]:
    """One line for all calls that change in the same way; what is in an added or removed sub-workflow is counted there."""
    listed = frozenset((str(image.before), str(image.after)) for image in images)
    whole = {change.call.id: change.kind for change in changes if change.kind is not ChangeKind.CHANGED}
    inside: dict[str, int] = {}
    alike: dict[tuple[object, ...], list[CallChange]] = {}
    for change in changes:
        outer = _outermost(change.call.id, change.kind, whole)
        if outer is not None:
            inside[outer] = inside.get(outer, 0) + 1
            continue
        own = change.call.id if change.call.kind is CallKind.WORKFLOW else change.call.callee
        alike.setdefault((change.kind, own, change.aspects), []).append(change)
    for same in alike.values():
        first = same[0]
        more = f" and {len(same) - _NAMED_AT_ONCE} more" if len(same) > _NAMED_AT_ONCE else ""
        names = *_joined(change.call.id for change in same[:_NAMED_AT_ONCE]), more
        if first.kind is ChangeKind.CHANGED:
            yield Item(CHANGED, False, (*names, ": ", *aspect_words(first.aspects, listed)))
        else:
            calls = inside.get(first.call.id, 0)
            yield Item(_SIGNS[first.kind], False, (*names, f", with {count(calls, 'call')}" if calls else ""))


def _outermost(call: str, kind: ChangeKind, whole: Mapping[str, ChangeKind]) -> str | None:
    """The outermost sub-workflow around a call that is added or removed as the call is."""
    parts = call.split("/")
    around = ("/".join(parts[:number]) for number in range(1, len(parts)))
    return next((name for name in around if whole.get(name) is kind), None)


def aspect_words(aspects: Iterable[AspectChange], listed: frozenset[tuple[str, str]] = frozenset()) -> Words:
    """In what a call differs; images whose change is listed already are not named."""
    words: list[str | Foreign] = []
    for change in aspects:
        words += [", "] if words else []
        if change.aspect in _EDITED:
            words.append(_EDITED[change.aspect])
            continue
        if change.aspect is Aspect.IMAGE and (str(change.before), str(change.after)) in listed:
            words.append("other image")
            continue
        if change.aspect in (Aspect.SCATTER, Aspect.CONDITION):
            words.append(f"runs {change.after}")
            continue
        values = ("not set" if value is None else Foreign(value) for value in (change.before, change.after))
        words += [f"{_ASPECTS[change.aspect]} ", next(values), " -> ", next(values)]
    return tuple(words)


def change_summary(change: CallChange) -> str:
    """What happened to a call in a few words, for a box of a picture."""
    if change.kind is not ChangeKind.CHANGED:
        return change.kind.value
    if len(change.aspects) == 1:
        (aspect,) = change.aspects
        if aspect.aspect in (Aspect.CPU, Aspect.MEMORY, Aspect.ACCELERATORS):
            return f"{aspect.before or 'not set'} → {aspect.after or 'not set'}"
    return "changed: " + ", ".join(_ASPECTS[aspect.aspect] for aspect in change.aspects)


def _setting(change: SettingChange) -> Item:
    sign = ADDED if change.before is None else REMOVED if change.after is None else CHANGED
    values = [
        "not set" if value is None else Foreign(value) if value else "empty" for value in (change.before, change.after)
    ]
    return Item(sign, change.breaking, (Foreign(change.name), ": ", values[0], " -> ", values[1]))


def _files_title(changes: tuple[FileChange, ...]) -> str:
    counts = [(words, sum(change.kind is kind for change in changes)) for kind, words in _FILE_WORDS.items()]
    return "files: " + ", ".join(f"{count} {words}" for words, count in counts if count)


def _file(change: FileChange) -> Item:
    return Item(_SIGNS[change.kind], False, (Foreign(change.path), f" ({file_words(change)})"))


def file_words(change: FileChange) -> str:
    """The sizes of a file that differs, or its new mode."""
    sizes = [size_text(file.size) for file in (change.before, change.after) if file is not None]
    if change.kind is ChangeKind.MODE and change.after is not None:
        sizes = ["is executable now" if change.after.executable else "is no longer executable"]
    return " -> ".join(dict.fromkeys(sizes))


def step_words(step: Step, following: str | None, most: int) -> Words:
    """The suggested version step, with at most `most` of its reasons."""
    if step.level is Level.NONE:
        return ("none",)
    words: list[str | Foreign] = [step.level.value]
    what = ""
    for number, reason in enumerate(step.reasons[:most]):
        words.append(" (" if not number else ", " if reason.what == what else "; ")
        words += [f"{reason.what} " if reason.what != what else ""] if reason.name else [reason.what]
        words += [Foreign(reason.name)] if reason.name else []
        what = reason.what
    if len(step.reasons) > most:
        words.append(f" and {count(len(step.reasons) - most, 'more reason')}")
    words.append(")")
    if following is not None:
        words += ["; the next version is ", Foreign(following)]
    return tuple(words)


def not_set_words(difference: Difference) -> Words:
    """The members that a new version would not have, because they are not set locally."""
    return ("not set locally, so a new version would lose: ", *_joined(difference.not_given))
