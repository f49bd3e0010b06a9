"""What a request names by URI or in a repository, fetched: the definition, README, registry map and template."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from packager.emulator.records import Members
from packager.emulator.repositories import RepositoryError, check_reference, import_tree
from packager.emulator.s3_objects import ObjectError, download
from packager.emulator.validation import read_shape
from packager.errors import PackagerError
from packager.files import is_folder
from packager.healthomics import limits
from packager.jsondoc import jsontext
from packager.source import UnreadableError, ZipTree, normalise

_MAX_MAP_BYTES = 4 * 1024 * 1024  # ours: no page has a limit
_ROOT_README = "README.md"


class SourceError(Exception):
    """Something that the request names is unavailable; the text is for the statusMessage."""


@dataclass(frozen=True, slots=True)
class DefinitionSources:
    """Where definitions come from besides requests: S3, as the environment configures it, and work trees by `owner/name`."""

    region: str = "us-east-1"
    repositories: Mapping[str, Path] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was fetched. `definition` and `readme` are files; `fresh`: the definition came from elsewhere."""

    definition: Path
    fresh: bool = False
    readme: Path | None = None
    template: Members | None = None
    registry_map: Members | None = None


def fetch(members: Members, folder: Path, sources: DefinitionSources) -> Fetched:
    """All that a request names; `folder` has `definition.zip` if that was sent.

    Raises:
        SourceError: something is unavailable.
    """
    definition = folder / "definition.zip"
    readme = None
    template = None
    if "definitionUri" in members:
        _object(members, "definitionUri", definition, limits.ZIP_S3_MAX_BYTES, sources)
    elif "definitionRepository" in members:
        _repository(members["definitionRepository"], definition, sources)
        readme, template = _repository_documents(members, definition, folder)
    if "readmeUri" in members:
        readme = folder / "readme"
        _object(members, "readmeUri", readme, limits.README_MAX_BYTES, sources)
    registry_map = None
    if "containerRegistryMapUri" in members:
        path = folder / "map.json"
        _object(members, "containerRegistryMapUri", path, _MAX_MAP_BYTES, sources)
        registry_map = _json(path.read_bytes(), "containerRegistryMapUri", "ContainerRegistryMap")
    return Fetched(definition, "definitionZip" not in members and definition.exists(), readme, template, registry_map)


def _object(members: Members, member: str, target: Path, most: int, sources: DefinitionSources) -> None:
    # Api.OMICS: the owner is that of the bucket with the definition.
    owner = members.get("workflowBucketOwnerId") if member == "definitionUri" else None
    try:
        download(members[member], target, most=most, region=sources.region, owner=owner)
    except ObjectError as error:
        raise SourceError(f"{member}: {error}") from error


def _repository(source: Members, target: Path, sources: DefinitionSources) -> None:
    name = source["fullRepositoryId"]
    root = sources.repositories.get(name)
    if root is None:
        raise SourceError(f"definitionRepository: the emulator has no folder for {name}")
    try:
        if "sourceReference" in source:
            check_reference(root, source["sourceReference"])
        import_tree(root, tuple(source.get("excludeFilePatterns", ())), target)
    except RepositoryError as error:
        raise SourceError(f"definitionRepository: {error}") from error


def _repository_documents(members: Members, definition: Path, folder: Path) -> tuple[Path | None, Members | None]:
    """The README and the template of a repository (creation page): by their paths, and `README.md` at its root automatically."""
    with contextlib.closing(ZipTree(definition, "repository")) as tree:
        return _read_documents(members, tree, folder)


def _read_documents(members: Members, tree: ZipTree, folder: Path) -> tuple[Path | None, Members | None]:
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


def _file(tree: ZipTree, members: Members, member: str, most: int) -> bytes:
    path = normalise(members[member])
    if path is None or tree.lookup(path) is None:
        raise SourceError(f"{member}: the repository has no file {members[member]}")
    try:
        return tree.read(path, most)
    except UnreadableError as error:
        raise SourceError(f"{member}: {members[member]} has more than {most} bytes or is damaged") from error


def _json(content: bytes, member: str, shape: str) -> Members:
    """A JSON document of a shape of the API's model."""
    parsed = jsontext.read(content)
    if isinstance(parsed, jsontext.JsonError):
        raise SourceError(f"{member}: not JSON: {parsed.message} (line {parsed.line})")
    value, problems = read_shape(shape, parsed.value)
    if problems:
        raise SourceError(f"{member}: {'; '.join(problems)}")
    if not isinstance(value, dict):
        raise SourceError(f"{member}: not a JSON object")
    return value


def read_repositories(folders: Mapping[str, Path]) -> dict[str, Path]:
    """The folders that serve as repositories.

    Raises:
        PackagerError: a name is not `owner/name`, or a folder does not exist.
    """
    for name, folder in folders.items():
        owner, slash, rest = name.partition("/")
        if not (owner and slash and rest):
            raise PackagerError(f"`{name[:80]}` is not the name of a repository", "write it as `owner/name`")
        if not is_folder(folder):
            raise PackagerError(f"the folder `{folder}` does not exist")
    return dict(folders)
