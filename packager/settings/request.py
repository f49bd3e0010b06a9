"""The request that a caller's settings make: its members, the workflow's default name, and a README that is a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

from packager.errors import PackagerError
from packager.files import MIB, is_file, is_folder, read_file, real_path, text_of
from packager.healthomics import limits
from packager.healthomics.request import MEMBERS, DefinitionRepository, Request
from packager.settings.arguments import build
from packager.shell import quoted

# Far more than a README may have, so that the rule about its size reports one that is too long.
_MAX_TEXT_BYTES = 16 * MIB
_EXTENSIONS = (".wdl", ".nf", ".cwl", ".zip")
# Options that go into the request as they are.
DIRECT = tuple(member.field for member in MEMBERS if member.direct)


def request_of(values: Mapping[str, object]) -> Request:
    """The request that the options of a command and its `--cli-input` file make.

    The contents in the file are used unless options name files of them.
    """
    path, readme = str(values["path"]), values["readme_markdown"]
    members = {name: values[name] for name in DIRECT if name in values}
    if isinstance(readme, str):
        _check_text(readme, "--readme-markdown")
        members["readme_markdown"] = text_or_file(readme)
    if members.get("workflow_id") is None and members.get("name") is None:
        members["name"] = workflow_name(path) if path else _remote_name(members)
    if not path:  # nothing is loaded that these could come from
        members |= {"engine": values["engine"], "main": values["main"]}
    request_file = values.get("cli_input")
    if isinstance(request_file, Request):
        for field in fields(Request):
            if field.name not in members and values.get(field.name) is None:
                members[field.name] = getattr(request_file, field.name)
    return build(Request, members)


def workflow_name(path: str) -> str:
    """The default name of the workflow at a path: the folder's or the file's without extension; for `main.*`, the folder's.

    Raises:
        PackagerError: no part of the path can be a name.
    """
    place = real_path(Path(path)) or Path(path)
    suffix = place.suffix.lower()
    stem = place.stem if suffix in _EXTENSIONS and not is_folder(place) else place.name
    if stem == "main" and suffix in _EXTENSIONS:
        stem = place.parent.name
    if not stem:
        raise PackagerError("the workflow needs a name", "use `--name`")
    return stem[: limits.NAME_LENGTH[1]]


def _remote_name(members: Mapping[str, object]) -> str:
    """The default name of a definition that is not local: that of the repository or of the zip."""
    repository = members["definition_repository"]
    if isinstance(repository, DefinitionRepository):
        return repository.full_repository_id.rpartition("/")[2][: limits.NAME_LENGTH[1]]
    return workflow_name(str(members["definition_uri"]))


def text_or_file(value: str | None) -> str | None:
    """The value itself, or the content of `file://FILE`.

    Raises:
        PackagerError: the file cannot be read.
    """
    if value is None or not value.startswith("file://"):
        return value
    path = Path(value.removeprefix("file://"))
    try:
        return text_of(read_file(path, _MAX_TEXT_BYTES))
    except UnicodeDecodeError as error:
        raise PackagerError(f"cannot read `{path}`: not UTF-8 at byte {error.start}") from error


def _check_text(value: str, option: str) -> None:
    """Check that a value is not the name of a file.

    Raises:
        PackagerError: a file has that name.
    """
    if is_file(Path(value)):
        raise PackagerError(
            f"`{option}` is the text itself, and `{value}` is a file", f"use `{option} {quoted(f'file://{value}')}`"
        )
