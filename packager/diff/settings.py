"""Settings of a workflow, held against each other by their API names."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from packager.diff.model import NotCompared, SettingChange, Side
from packager.healthomics.request import MEMBERS, Diff, Request, RequestMember
from packager.jsondoc.jsontext import canonical_json

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
    one, other = before.definition, after.definition
    if one is None or other is None or language(one.engine) != language(other.engine):
        return
    if one.language_version and other.language_version and one.language_version != other.language_version:
        name = "nextflowVersion" if one.engine == "NEXTFLOW" else "languageVersion"
        yield SettingChange(name, one.language_version, other.language_version)


def language(engine: str) -> str:
    """The language of an engine value: `WDL_LENIENT` is another way to run the same."""
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
    """Settings that one of the two keeps elsewhere."""
    if after.settings.container_registry_map_uri is not None and after.settings.container_registry_map is None:
        yield NotCompared(_MAP, "it lies on S3")
    if not (before.readme_known and after.readme_known):
        yield NotCompared(_README, "it lies elsewhere, or cannot be read")


def _names_no_map(request: Request) -> bool:
    return request.container_registry_map is None and request.container_registry_map_uri is None


def _entries(name: str, was: Mapping[str, str], now: Mapping[str, str]) -> Iterator[SettingChange]:
    for key in sorted(was.keys() | now.keys()):
        if was.get(key) != now.get(key):
            yield SettingChange(f"{name}[{key}]", was.get(key), now.get(key))


def _mappings(request: Request) -> dict[str, str]:
    """The entries of a registry map by what they are for, each as the text of its other members."""
    found: dict[str, str] = {}
    members: dict[str, Any] = json.loads(request.container_registry_map or "{}")
    for entry in _objects(members.get("registryMappings")):
        rest = {name: value for name, value in entry.items() if value not in (None, "")}
        key = str(rest.pop("upstreamRegistryUrl", ""))
        prefix = rest.pop("upstreamRepositoryPrefix", None)
        _add(found, f"{key}/{prefix}" if prefix else key, rest)
    for entry in _objects(members.get("imageMappings")):
        rest = {name: value for name, value in entry.items() if value not in (None, "")}
        _add(found, str(rest.pop("sourceImage", "")), rest)
    return found


def _objects(value: Any) -> list[dict[str, Any]]:
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def _add(found: dict[str, str], key: str, rest: dict[str, Any]) -> None:
    text = ", ".join(
        f"{name}={value if isinstance(value, str) else canonical_json(value)}" for name, value in sorted(rest.items())
    )
    found[key] = f"{found[key]}; {text}" if key in found else text


def _length(text: str | None) -> str | None:
    return None if text is None else f"{len(text):,} characters"
