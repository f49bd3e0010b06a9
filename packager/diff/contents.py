"""How the files, parameters, outputs and images of two definitions differ."""

from __future__ import annotations

from collections.abc import Iterator

from packager.diff.model import (
    ChangeKind,
    File,
    FileChange,
    ImageChange,
    OutputChange,
    ParameterChange,
    ParameterKind,
    Side,
)
from packager.model.image_reference import ImageName, ImageReference
from packager.model.value_types import ValueKind, accepts

# Types whose values another type accepts, by engine: WDL specification (type coercion), Nextflow schema (JSON Schema),
# CWL (`long` and `double` hold what `int` and `float` hold).
_WIDER = {("Int", "Float"), ("integer", "number"), ("int", "long"), ("float", "double")}


def file_changes(before: Side, after: Side) -> Iterator[FileChange]:
    """Files that differ, by path."""
    old, new = _by_path(before.files), _by_path(after.files)
    modes = before.modes and after.modes
    for path in sorted(old.keys() | new.keys()):
        was, now = old.get(path), new.get(path)
        if was is None or now is None:
            yield FileChange(ChangeKind.ADDED if was is None else ChangeKind.REMOVED, path, was, now)
        elif was.sha256 != now.sha256 or was.size != now.size:
            yield FileChange(ChangeKind.CHANGED, path, was, now)
        elif modes and was.executable != now.executable:
            yield FileChange(ChangeKind.MODE, path, was, now)


def _by_path(files: tuple[File, ...] | None) -> dict[str, File]:
    return {file.path: file for file in files or ()}


def parameter_changes(before: Side, after: Side) -> Iterator[ParameterChange]:
    """Parameters that differ: breaking changes first, then by name."""
    order = list(ParameterKind)
    changes = _parameter_changes(before, after)
    return iter(sorted(changes, key=lambda change: (not change.breaking, order.index(change.kind), change.name)))


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
    old, new = (dict(side.definition.value_types).get(name) if side.definition else None for side in (before, after))
    if old is None or new is None or ValueKind.ANY in (old.kind, new.kind):
        if _bare(was) == _bare(now):
            return None
        return ParameterKind.WIDENED if _widens(_bare(was), _bare(now)) else ParameterKind.RETYPED
    if not accepts(new, old):
        return ParameterKind.RETYPED
    return None if accepts(old, new) else ParameterKind.WIDENED


def _types(before: Side, after: Side) -> tuple[dict[str, str], dict[str, str]]:
    """The inputs' types, if both definitions are of one language."""
    old, new = before.definition, after.definition
    if old is None or new is None or old.engine != new.engine:
        return {}, {}
    return dict(old.inputs), dict(new.inputs)


def _description(side: Side, name: str) -> str:
    """The author's description of a parameter, "" if they gave none."""
    return "" if name in side.stand_ins else dict(side.parameters)[name].description


def _bare(type_: str) -> str:
    """A type without the mark that makes it optional, which is compared separately."""
    return "".join(type_.split()).removesuffix("?")


def _widens(was: str, now: str) -> bool:
    return (was, now) in _WIDER or was == f"{now}+"


def output_changes(before: Side, after: Side) -> Iterator[OutputChange]:
    """Outputs that differ: breaking changes first, then by name; none if one of the definitions is unknown."""
    return iter(sorted(_output_changes(before, after), key=lambda change: (not change.breaking, change.name)))


def _output_changes(before: Side, after: Side) -> Iterator[OutputChange]:
    if before.definition is None or after.definition is None:
        return
    old, new = dict(before.definition.outputs), dict(after.definition.outputs)
    alike = before.definition.engine == after.definition.engine
    for name in sorted(old.keys() | new.keys()):
        if name not in old:
            yield OutputChange(ChangeKind.ADDED, name, None, new[name])
        elif name not in new:
            yield OutputChange(ChangeKind.REMOVED, name, old[name], None)
        elif alike and old[name] and new[name] and "".join(old[name].split()) != "".join(new[name].split()):
            yield OutputChange(ChangeKind.CHANGED, name, old[name], new[name])


def image_changes(before: Side, after: Side) -> Iterator[ImageChange]:
    """Images that differ, by repository; removed and added images of one repository are paired in order."""
    if before.definition is None or after.definition is None:
        return
    old, new = _by_identity(before.definition.images), _by_identity(after.definition.images)
    removed = _by_repository({key: name for key, name in old.items() if key not in new})
    added = _by_repository({key: name for key, name in new.items() if key not in old})
    for repository in sorted(removed.keys() | added.keys(), key=str):
        were, are = removed.get(repository, []), added.get(repository, [])
        for was, now in zip(were, are, strict=False):
            yield ImageChange(ChangeKind.CHANGED, was, now)
        for was in were[len(are) :]:
            yield ImageChange(ChangeKind.REMOVED, was, None)
        for now in are[len(were) :]:
            yield ImageChange(ChangeKind.ADDED, None, now)


def _by_identity(images: tuple[ImageName, ...]) -> dict[ImageName, ImageName]:
    """Images by their normal form, so that two spellings of an image are the same."""
    names: dict[ImageName, ImageName] = {}
    for name in sorted(images, key=str):
        names.setdefault(name.normal() if isinstance(name, ImageReference) else name, name)
    return names


def _by_repository(images: dict[ImageName, ImageName]) -> dict[ImageName, list[ImageName]]:
    names: dict[ImageName, list[ImageName]] = {}
    for key, name in sorted(images.items(), key=lambda item: str(item[0])):
        names.setdefault(key.without_version() if isinstance(key, ImageReference) else key, []).append(name)
    return names
