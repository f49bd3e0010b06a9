"""What a request names by URI or in a repository, fetched: the definition, README, registry map and template."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from packager.emulator.repositories import RepositoryError, check_reference, import_tree
from packager.emulator.s3_objects import ObjectError, download
from packager.emulator.validation import read_shape
from packager.errors import PackagerError
from packager.files import is_folder
from packager.healthomics import limits
from packager.jsondoc import jsontext
from packager.source import UnreadableError, ZipTree, normalise

_MAX_MAP_BYTES = 4 * 1024 * 1024  # ours: no page states one
_ROOT_README = "README.md"


class SourceError(Exception):
    """Something that the request names cannot be had; the text is for the statusMessage."""


@dataclass(frozen=True, slots=True)
class Sources:
    """Where definitions come from besides requests: S3 as the environment tells, and work trees by `owner/name`."""

    region: str = "us-east-1"
    repositories: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched. `definition` and `readme` are files; `fresh`: the definition came from elsewhere."""

    definition: Path
    fresh: bool = False
    readme: Path | None = None
    template: dict[str, Any] | None = None
    registry_map: dict[str, Any] | None = None


def fetch(members: Mapping[str, Any], folder: Path, sources: Sources) -> Fetched:
    """Fetch all that a request names; `folder` holds `definition.zip` if that was sent.

    Raises:
        SourceError: the first thing that cannot be had.
    """
    definition = folder / "definition.zip"
    readme = None
    template = None
    if "definitionUri" in members:
        _object(members, "definitionUri", definition, limits.ZIP_S3_MAX_BYTES, sources)
    elif "definitionRepository" in members:
        _repository(members["definitionRepository"], definition, sources)
        readme, template = _beside_definition(members, definition, folder)
    if "readmeUri" in members:
        readme = folder / "readme"
        _object(members, "readmeUri", readme, limits.README_MAX_BYTES, sources)
    registry_map = None
    if "containerRegistryMapUri" in members:
        path = folder / "map.json"
        _object(members, "containerRegistryMapUri", path, _MAX_MAP_BYTES, sources)
        registry_map = _json(path.read_bytes(), "containerRegistryMapUri", "ContainerRegistryMap")
    return Fetched(definition, "definitionZip" not in members and definition.exists(), readme, template, registry_map)


def _object(members: Mapping[str, Any], member: str, target: Path, most: int, sources: Sources) -> None:
    # API: the owner is that of the bucket with the definition.
    owner = members.get("workflowBucketOwnerId") if member == "definitionUri" else None
    try:
        download(members[member], target, most=most, region=sources.region, owner=owner)
    except ObjectError as error:
        raise SourceError(f"{member}: {error}") from error


def _repository(wanted: Mapping[str, Any], target: Path, sources: Sources) -> None:
    name = wanted["fullRepositoryId"]
    root = sources.repositories.get(name)
    if root is None:
        raise SourceError(f"definitionRepository: the emulator cannot reach {name}: it was not told of a folder for it")
    try:
        if "sourceReference" in wanted:
            check_reference(root, wanted["sourceReference"])
        import_tree(root, tuple(wanted.get("excludeFilePatterns", ())), target)
    except RepositoryError as error:
        raise SourceError(f"definitionRepository: {error}") from error


def _beside_definition(
    members: Mapping[str, Any], definition: Path, folder: Path
) -> tuple[Path | None, dict[str, Any] | None]:
    """The README and the template of a repository (creation page): by path, and `README.md` at its root by itself."""
    tree = ZipTree(definition, "repository")
    template = None
    if "parameterTemplatePath" in members and "parameterTemplate" not in members:
        content = _file(tree, members, "parameterTemplatePath", limits.TEMPLATE_MAX_BYTES)
        template = _json(content, "parameterTemplatePath", "WorkflowParameterTemplate")
    if "readmeMarkdown" in members or "readmeUri" in members:
        return None, template
    if "readmePath" not in members and tree.lookup(_ROOT_README) is None:
        return None, template
    readme = folder / "readme"
    readme.write_bytes(_file(tree, {"readmePath": _ROOT_README, **members}, "readmePath", limits.README_MAX_BYTES))
    return readme, template


def _file(tree: ZipTree, members: Mapping[str, Any], member: str, most: int) -> bytes:
    path = normalise(members[member])
    if path is None or tree.lookup(path) is None:
        raise SourceError(f"{member}: the repository has no file {members[member]}")
    try:
        return tree.read(path, most)
    except UnreadableError as error:
        raise SourceError(f"{member}: {members[member]} has more than {most} bytes or is damaged") from error


def _json(content: bytes, member: str, shape: str) -> dict[str, Any]:
    """A JSON document of a shape of the API's model."""
    parsed = jsontext.read(content)
    if isinstance(parsed, jsontext.JsonError):
        raise SourceError(f"{member}: not JSON: {parsed.message} (line {parsed.line})")
    value, problems = read_shape(shape, parsed.value)
    if problems:
        raise SourceError(f"{member}: {'; '.join(problems)}")
    read: dict[str, Any] = value
    return read


def read_repositories(words: Mapping[str, Path]) -> dict[str, Path]:
    """Check the folders that stand for repositories.

    Raises:
        PackagerError: a name that is no `owner/name`, or no folder.
    """
    for name, folder in words.items():
        owner, slash, rest = name.partition("/")
        if not (owner and slash and rest):
            raise PackagerError(f"`{name[:80]}` is no name of a repository", "as in `owner/name`")
        if not is_folder(folder):
            raise PackagerError(f"no such folder: `{folder}`")
    return dict(words)
