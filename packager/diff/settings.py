"""How the settings of two sides differ, by their API names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from packager.diff.model import NotCompared, SettingChange, Side
from packager.healthomics.request import MEMBERS, Diff, Request, RequestMember
from packager.jsondoc.jsontext import Json, canonical_json
from packager.text import count

# What an answer may omit although it is set.
_IF_KNOWN = [member for member in MEMBERS if member.diff is Diff.IF_KNOWN]
# What the local side may leave to the submission.
_IF_SET = [member for member in MEMBERS if member.diff is Diff.IF_SET]
_MAP, _TAGS, _README = "containerRegistryMap", "tags", "readmeMarkdown"


def setting_changes(before: Side, after: Side) -> Iterator[SettingChange]:
    """Settings that differ, in a fixed order."""
    old, new = before.settings, after.settings
    for member in _IF_KNOWN:
        was, now = _texts(member, old, new)
        if was is not None and now is not None and was != now:
            yield SettingChange(member.api, was, now, member.field == "engine" and language(was) != language(now))
    yield from _version_changes(before, after)
    for member in _IF_SET:
        was, now = _texts(member, old, new)
        if now is not None and was != now:
            yield SettingChange(member.api, was, now)
    if new.tags is not None:
        yield from _entries(_TAGS, dict(old.tags or ()), dict(new.tags))
    if new.container_registry_map is not None:
        mappings_before, mappings = _mappings(old), _mappings(new)
        if mappings_before != mappings and old.container_registry_map is None and not mappings:
            yield SettingChange(_MAP, None, "no mappings")
        yield from _entries(_MAP, mappings_before, mappings)
    if before.readme_known and after.readme_known and before.readme != after.readme:
        yield SettingChange(_README, _length(before.readme), _length(after.readme))


def _texts(member: RequestMember, old: Request, new: Request) -> tuple[str | None, str | None]:
    was, now = member.value(old), member.value(new)
    return None if was is None else str(was), None if now is None else str(now)


def _version_changes(before: Side, after: Side) -> Iterator[SettingChange]:
    old, new = before.definition, after.definition
    if old is None or new is None or language(old.engine) != language(new.engine):
        return
    if old.language_version and new.language_version and old.language_version != new.language_version:
        name = "nextflowVersion" if old.engine == "NEXTFLOW" else "languageVersion"
        yield SettingChange(name, old.language_version, new.language_version)


def language(engine: str) -> str:
    """The language of an engine value: `WDL_LENIENT` runs the same language."""
    return engine.removesuffix("_LENIENT")


def not_given(before: Request, after: Request) -> tuple[str, ...]:
    """The API's names of what the first has and the second does not say."""
    names = [member.api for member in _IF_SET if member.value(before) is not None and member.value(after) is None]
    if after.storage_type == "DYNAMIC" and "storageCapacity" in names:
        names.remove("storageCapacity")
    if before.container_registry_map is not None and _names_no_map(after):
        names.append(_MAP)
    if before.tags and after.tags is None:
        names.append(_TAGS)
    return tuple(names)


def not_compared(before: Side, after: Side) -> Iterator[NotCompared]:
    """Settings whose values are unknown on one of the sides."""
    if after.settings.container_registry_map_uri is not None and after.settings.container_registry_map is None:
        yield NotCompared(_MAP, "it is on S3")
    if not (before.readme_known and after.readme_known):
        yield NotCompared(_README, "it is not a local file, or cannot be read")


def _names_no_map(request: Request) -> bool:
    return request.container_registry_map is None and request.container_registry_map_uri is None


def _entries(name: str, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[SettingChange]:
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key):
            yield SettingChange(f"{name}[{key}]", was.get(key), now.get(key))


def _mappings(request: Request) -> dict[str, str]:
    """The entries of a registry map by the registry or image that they map, each as the text of its other members."""
    mappings: dict[str, str] = {}
    members: dict[str, Json] = json.loads(request.container_registry_map or "{}")
    for entry in _objects(members.get("registryMappings")):
        rest = {name: value for name, value in entry.items() if value not in (None, "")}
        key = str(rest.pop("upstreamRegistryUrl", ""))
        prefix = rest.pop("upstreamRepositoryPrefix", None)
        _add(mappings, f"{key}/{prefix}" if prefix else key, rest)
    for entry in _objects(members.get("imageMappings")):
        rest = {name: value for name, value in entry.items() if value not in (None, "")}
        _add(mappings, str(rest.pop("sourceImage", "")), rest)
    return mappings


def _objects(value: Json) -> list[dict[str, Json]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _add(mappings: dict[str, str], key: str, rest: Mapping[str, Json]) -> None:
    text = ", ".join(
        f"{name}={value if isinstance(value, str) else canonical_json(value)}" for name, value in sorted(rest.items())
    )
    mappings[key] = f"{mappings[key]}; {text}" if key in mappings else text


def _length(text: str | None) -> str | None:
    return None if text is None else count(len(text), "character")
