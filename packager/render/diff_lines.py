"""A difference in words, before it is text or Markdown: lines of our own words and of foreign texts, told apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from packager.diff import (
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
from packager.model.image_reference import ImageReference
from packager.render.terminal import plural, size_text

ADDED, REMOVED, CHANGED = "+", "-", "~"
_SIGNS = {ChangeKind.ADDED: ADDED, ChangeKind.REMOVED: REMOVED, ChangeKind.CHANGED: CHANGED, ChangeKind.MODE: CHANGED}
_PARAMETER_WORDS = {
    ParameterKind.ADDED_REQUIRED: (ADDED, "new, required"),
    ParameterKind.REMOVED: (REMOVED, "removed"),
    ParameterKind.NOW_REQUIRED: (CHANGED, "was optional, is required"),
    ParameterKind.RETYPED: (CHANGED, "other type"),
    ParameterKind.ADDED_OPTIONAL: (ADDED, "new, optional"),
    ParameterKind.NOW_OPTIONAL: (CHANGED, "was required, is optional"),
    ParameterKind.WIDENED: (CHANGED, "wider type"),
    ParameterKind.DESCRIBED: (CHANGED, "described anew"),
}
_FILE_WORDS = {
    ChangeKind.ADDED: "added",
    ChangeKind.REMOVED: "removed",
    ChangeKind.CHANGED: "changed",
    ChangeKind.MODE: "mode changed",
}
_NAMED_AT_ONCE = 8


@dataclass(frozen=True, slots=True)
class Foreign:
    """A text that is not ours."""

    text: str


Words = tuple[str | Foreign, ...]


@dataclass(frozen=True, slots=True)
class Item:
    """One line: what happened (`+`, `-` or `~`), whether it breaks the users of what is deployed, and the words."""

    sign: str
    breaking: bool
    words: Words


@dataclass(frozen=True, slots=True)
class Section:
    """One part of the difference; `signed`: its words do not say what happened, the items' signs do."""

    title: str
    items: tuple[Item, ...]
    signed: bool = False


def head(found: Comparison) -> Words:
    """What the workflow here was held against."""
    deployed = found.deployed
    words: list[str | Foreign] = ["workflow ", Foreign(deployed.workflow_id)]
    if deployed.name:
        words += [" ", Foreign(deployed.name)]
    if deployed.version_name is not None:
        words += [", version ", Foreign(deployed.version_name)]
        words += [" (the newest ACTIVE one)"] if found.newest else []
    elif found.newest:
        words.append(" (the workflow itself: no version of it is ACTIVE)")
    if deployed.status != ACTIVE:
        words += [", which is ", Foreign(deployed.status)]
    return (*words, ", in ", Foreign(found.region))


def sections(difference: Difference) -> tuple[Section, ...]:
    """The parts in which something differs, the ones that matter most first."""
    found = (
        Section("parameters", tuple(_parameters(difference.parameters))),
        Section("outputs", tuple(map(_output, difference.outputs))),
        Section("images", tuple(map(_image, difference.images)), signed=True),
        Section("settings", tuple(map(_setting, difference.settings))),
        Section(_files_title(difference.files), tuple(map(_file, difference.files)), signed=True),
    )
    return tuple(one for one in found if one.items)


def _parameters(changes: Iterable[ParameterChange]) -> Iterator[Item]:
    described = []
    for change in changes:
        if change.kind is ParameterKind.DESCRIBED:
            described.append(change.name)
            continue
        sign, words = _PARAMETER_WORDS[change.kind]
        yield Item(sign, change.breaking, (Foreign(change.name), f": {words}", *_types(change)))
    if described:
        names = described[:_NAMED_AT_ONCE]
        more = f" and {len(described) - len(names)} more" if len(described) > len(names) else ""
        yield Item(CHANGED, False, ("described anew: ", *_joined(names), more))


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


def _setting(change: SettingChange) -> Item:
    sign = ADDED if change.before is None else REMOVED if change.after is None else CHANGED
    values = [
        "not set" if value is None else Foreign(value) if value else "empty" for value in (change.before, change.after)
    ]
    return Item(sign, change.breaking, (Foreign(change.name), ": ", values[0], " -> ", values[1]))


def _files_title(changes: tuple[FileChange, ...]) -> str:
    counts = [(words, sum(one.kind is kind for one in changes)) for kind, words in _FILE_WORDS.items()]
    return "files: " + ", ".join(f"{count} {words}" for words, count in counts if count)


def _file(change: FileChange) -> Item:
    before, after = change.before, change.after
    sizes = [size_text(one.size) for one in (before, after) if one is not None]
    if change.kind is ChangeKind.MODE and after is not None:
        sizes = ["is executable now" if after.executable else "is executable no more"]
    return Item(_SIGNS[change.kind], False, (Foreign(change.path), f" ({' -> '.join(dict.fromkeys(sizes))})"))


def step_words(step: Step, following: str | None, most: int) -> Words:
    """The step that is suggested, with at most `most` of its reasons."""
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
        words.append(f" and {plural(len(step.reasons) - most, 'more reason')}")
    words.append(")")
    if following is not None:
        words += ["; the next version is ", Foreign(following)]
    return tuple(words)


def not_given_words(difference: Difference) -> Words:
    """What a new version would be without, as things are said here."""
    return ("not given here, so a new version would not have it: ", *_joined(difference.not_given))
