"""Files, parameters, outputs and images of two definitions, held against each other."""

from __future__ import annotations

from collections.abc import Iterator

from packager.diff.model import (
    File,
    FileChange,
    ImageChange,
    Kind,
    OutputChange,
    ParameterChange,
    ParameterKind,
    Side,
)
from packager.images.reference import parse
from packager.model.value_types import ValueKind, accepts

# Types whose every value another type accepts too, by engine: WDL specification (type coercion), Nextflow schema (JSON Schema),
# CWL (`long` and `double` hold what `int` and `float` hold).
_WIDER = {("Int", "Float"), ("integer", "number"), ("int", "long"), ("float", "double")}


def file_changes(before: Side, after: Side) -> Iterator[FileChange]:
    """Files that differ, by path."""
    old, new = _by_path(before.files), _by_path(after.files)
    modes = before.modes and after.modes
    for path in sorted(old.keys() | new.keys()):
        one, other = old.get(path), new.get(path)
        if one is None or other is None:
            yield FileChange(Kind.ADDED if one is None else Kind.REMOVED, path, one, other)
        elif one.sha256 != other.sha256 or one.size != other.size:
            yield FileChange(Kind.CHANGED, path, one, other)
        elif modes and one.executable != other.executable:
            yield FileChange(Kind.MODE, path, one, other)


def _by_path(files: tuple[File, ...] | None) -> dict[str, File]:
    return {file.path: file for file in files or ()}


def parameter_changes(before: Side, after: Side) -> Iterator[ParameterChange]:
    """Parameters that differ: what breaks first, then by name."""
    found = list(_parameter_changes(before, after))
    order = list(ParameterKind)
    return iter(sorted(found, key=lambda one: (not one.breaking, order.index(one.kind), one.name)))


def _parameter_changes(before: Side, after: Side) -> Iterator[ParameterChange]:
    old, new = dict(before.parameters), dict(after.parameters)
    old_types, new_types = _types(before, after)
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            kind = ParameterKind.ADDED_OPTIONAL if new[name].optional else ParameterKind.ADDED_REQUIRED
            yield ParameterChange(kind, name, None, new_types.get(name) or None)
            continue
        if name not in new:
            yield ParameterChange(ParameterKind.REMOVED, name, old_types.get(name) or None, None)
            continue
        if old[name].optional != new[name].optional:
            kind = ParameterKind.NOW_OPTIONAL if new[name].optional else ParameterKind.NOW_REQUIRED
            yield ParameterChange(kind, name, old_types.get(name) or None, new_types.get(name) or None)
        was, now = old_types.get(name, ""), new_types.get(name, "")
        retyped = _retyped(before, after, name, was, now) if was and now else None
        if retyped is not None:
            yield ParameterChange(retyped, name, was, now if now != was else f"{now} (with other members or limits)")
        texts = _description(before, name), _description(after, name)
        if texts[0] != texts[1]:
            yield ParameterChange(ParameterKind.DESCRIBED, name, *texts)


def _retyped(before: Side, after: Side, name: str, was: str, now: str) -> ParameterKind | None:
    """How the type of a parameter that both have has changed; None if it has not."""
    one, other = (dict(side.definition.value_types).get(name) if side.definition else None for side in (before, after))
    if one is None or other is None or ValueKind.ANY in (one.kind, other.kind):
        if _bare(was) == _bare(now):
            return None
        return ParameterKind.WIDENED if _widens(_bare(was), _bare(now)) else ParameterKind.RETYPED
    if not accepts(other, one):
        return ParameterKind.RETYPED
    return None if accepts(one, other) else ParameterKind.WIDENED


def _types(before: Side, after: Side) -> tuple[dict[str, str], dict[str, str]]:
    """The inputs' types, where both are of one language."""
    one, other = before.definition, after.definition
    if one is None or other is None or one.engine != other.engine:
        return {}, {}
    return dict(one.inputs), dict(other.inputs)


def _description(side: Side, name: str) -> str:
    """What the author says of a parameter."""
    return "" if name in side.stand_ins else dict(side.parameters)[name].description


def _bare(type_: str) -> str:
    """A type without the mark that makes it optional, which is compared by itself."""
    return "".join(type_.split()).removesuffix("?")


def _widens(was: str, now: str) -> bool:
    return (was, now) in _WIDER or was == f"{now}+"


def output_changes(before: Side, after: Side) -> Iterator[OutputChange]:
    """Outputs that differ: what breaks first, then by name; none if one of the definitions is not known."""
    return iter(sorted(_output_changes(before, after), key=lambda one: (not one.breaking, one.name)))


def _output_changes(before: Side, after: Side) -> Iterator[OutputChange]:
    if before.definition is None or after.definition is None:
        return
    old, new = dict(before.definition.outputs), dict(after.definition.outputs)
    alike = before.definition.engine == after.definition.engine
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield OutputChange(Kind.ADDED, name, None, new[name])
        elif name not in new:
            yield OutputChange(Kind.REMOVED, name, old[name], None)
        elif alike and old[name] and new[name] and "".join(old[name].split()) != "".join(new[name].split()):
            yield OutputChange(Kind.CHANGED, name, old[name], new[name])


def image_changes(before: Side, after: Side) -> Iterator[ImageChange]:
    """Images that differ, by repository. Of one repository, those that went and those that came are paired in order."""
    if before.definition is None or after.definition is None:
        return
    old, new = _by_identity(before.definition.images), _by_identity(after.definition.images)
    gone = _by_repository({key: text for key, text in old.items() if key not in new})
    come = _by_repository({key: text for key, text in new.items() if key not in old})
    for repository in sorted(gone.keys() | come.keys()):
        were, are = gone.get(repository, []), come.get(repository, [])
        for one, other in zip(were, are, strict=False):
            yield ImageChange(Kind.CHANGED, one, other)
        for one in were[len(are) :]:
            yield ImageChange(Kind.REMOVED, one, None)
        for other in are[len(were) :]:
            yield ImageChange(Kind.ADDED, None, other)


def _by_identity(images: tuple[str, ...]) -> dict[str, str]:
    """Images by their normal form, so that two spellings of one are the same."""
    found: dict[str, str] = {}
    for text in sorted(images):
        reference = parse(text)
        found.setdefault(reference.normal().format() if reference else text, text)
    return found


def _by_repository(images: dict[str, str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for key, text in sorted(images.items()):
        reference = parse(key)
        found.setdefault(reference.without_version().format() if reference else key, []).append(text)
    return found
