"""How the settings of two sides differ, by their API names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from packager.diff.model import NotCompared, SettingChange, Side
from packager.healthomics.request import Request, camel, canonical_json
from packager.jsondoc.jsontext import Json
from packager.text import count

# What an answer may omit although it is set.
_SHOWN = ("name", "engine", "main")
# What the local side may leave to the submission.
_LEFT_OPEN = ("description", "storage_type", "storage_capacity", "accelerators")
_MAP, _TAGS, _README = "containerRegistryMap", "tags", "readmeMarkdown"


def setting_changes(before: Side, after: Side) -> Iterator[SettingChange]:
    """Settings that differ, in a fixed order."""
    old, new = before.settings, after.settings
    for member in _SHOWN:
        was, now = getattr(old, member), getattr(new, member)
        if was is not None and now is not None and was != now:
            yield SettingChange(camel(member), was, now, member == "engine" and language(was) != language(now))
    yield from _version_changes(before, after)
    for member in _LEFT_OPEN:
        was, now = getattr(old, member), getattr(new, member)
        if now is not None and was != now:
            yield SettingChange(camel(member), None if was is None else str(was), str(now))
    if new.tags is not None:
        yield from _entries(_TAGS, dict(old.tags or ()), dict(new.tags))
    if new.container_registry_map is not None:
        was, now = _mappings(old), _mappings(new)
        if was != now and old.container_registry_map is None and not now:
            yield SettingChange(_MAP, None, "no mappings")
        yield from _entries(_MAP, was, now)
    if before.readme_known and after.readme_known and before.readme != after.readme:
        yield SettingChange(_README, _length(before.readme), _length(after.readme))


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
    """The API's names of settings that the first has and the second leaves open."""
    found = [one for one in _LEFT_OPEN if getattr(before, one) is not None and getattr(after, one) is None]
    if after.storage_type == "DYNAMIC" and "storage_capacity" in found:
        found.remove("storage_capacity")
    if before.container_registry_map is not None and _names_no_map(after):
        found.append("container_registry_map")
    if before.tags and after.tags is None:
        found.append("tags")
    return tuple(camel(one) for one in found)


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
