"""The members of the request as options, each with the API's name, and the request that they make."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import fields
from pathlib import Path

import click

from packager.cli.arguments import Command, build
from packager.cli.options import file_option, joined
from packager.cli.repository_source import FORM, repository_option
from packager.errors import PackagerError, cannot
from packager.files import MIB, is_folder, read_named, real_path, text_of
from packager.healthomics import limits
from packager.healthomics.request import Repository, Request

_MAX_TEXT_BYTES = (
    16 * MIB
)  # far more than a README may have, so that the rule about its size reports one that is too long
_EXTENSIONS = (".wdl", ".nf", ".cwl", ".zip")
# Options that go into the request as they are; the names are the request's own.
MEMBERS = (
    "name", "version_name", "workflow_id", "description", "definition_uri", "definition_repository", "storage_type",
    "storage_capacity", "accelerators", "tags", "container_registry_map_uri", "readme_markdown", "readme_path", "readme_uri",
    "parameter_template_path", "workflow_bucket_owner_id", "request_id",
)  # fmt: skip


def _tags(_: click.Context, __: click.Parameter, value: str | None) -> tuple[tuple[str, str], ...] | None:
    """`k=v,k2=v2` as pairs; a duplicate key is kept, for the rule that reports it."""
    if value is None:
        return None
    pairs = []
    for part in value.split(","):
        key, equals, text = part.partition("=")
        if not equals:
            raise click.BadParameter(f"`{part}` is not KEY=VALUE")
        pairs.append((key.strip(), text.strip()))
    return tuple(pairs)


def _text_or_file(value: str | None) -> str | None:
    """The value itself, or the content of `file://FILE`.

    Raises:
        PackagerError: the file cannot be read.
    """
    if value is None or not value.startswith("file://"):
        return value
    path = Path(value.removeprefix("file://"))
    try:
        return text_of(read_named(path, _MAX_TEXT_BYTES))
    except OSError as error:
        raise cannot("read", f"`{path}`", error) from error
    except UnicodeDecodeError as error:
        raise PackagerError(f"cannot read `{path}`: not UTF-8 at byte {error.start}") from error


def _repository(_: click.Context, __: click.Parameter, value: str | None) -> Repository | None:
    return repository_option(_text_or_file(value))


# What a workflow or version is configured with, besides its definition.
_setting_options = joined(
    click.option("--description", metavar="TEXT", help="Description of the workflow."),
    click.option("--storage-type", metavar="TYPE", help=f"Storage type of runs: {', '.join(limits.STORAGE_TYPES)}."),
    click.option("--storage-capacity", type=int, metavar="GIB", help="Size of STATIC storage."),
    click.option("--accelerators", metavar="KIND", help=f"Accelerators: {', '.join(limits.ACCELERATORS)}."),
    click.option("--tags", metavar="K=V,...", callback=_tags, help="Tags of the workflow or version."),
    click.option("--container-registry-map-uri", metavar="S3-URI", help="Container registry map on S3."),
    click.option(
        "--readme-markdown",
        metavar="TEXT",
        help="README text, or file://FILE; `README.md` next to the main file if omitted.",
    ),
    click.option("--readme-path", metavar="PATH", help="Path of the README in the repository."),
    click.option("--readme-uri", metavar="S3-URI", help="README on S3."),
)
_identity_options = joined(
    file_option("--cli-input", help="Request members, as for `aws omics create-workflow --cli-input-yaml`."),
    click.option("--name", help="Name of the workflow; that of the file or folder if omitted."),
    click.option("--version-name", metavar="NAME", help="Version name; from the Git tag or the content if omitted."),
    click.option("--workflow-id", metavar="ID", help="Create a version of this workflow, whatever its name."),
    click.option("--definition-uri", metavar="S3-URI", help="Definition zip on S3; PATH, if any, is only checked."),
    click.option(
        "--definition-repository",
        metavar="SOURCE",
        callback=_repository,
        help=f"Git repository of the definition: JSON, file://FILE, or {FORM}.",
    ),
    click.option("--parameter-template-path", metavar="PATH", help="Path of the parameter template in the repository."),
    click.option(
        "--workflow-bucket-owner-id",
        metavar="ID",
        help="Account that owns the bucket of `--definition-uri` or `--staging`; the caller's if omitted.",
    ),
    click.option("--request-id", metavar="TOKEN", help="Idempotency token; computed from the content if omitted."),
)


def request_options(function: Command) -> Command:
    """Every member of the request as an option; the command gets them as one `request`."""
    return _identity_options(_setting_options(_with_request(function)))


def setting_options(function: Command) -> Command:
    """The settings of a workflow or version as options; the command gets them as one `request`, with its identity."""
    return _setting_options(_with_request(function))


def _with_request(function: Command) -> Command:
    @functools.wraps(function)
    def command(**values: object) -> int:
        return function(request=_request(values), **{name: values[name] for name in values if name not in MEMBERS})

    return command


def _request(values: Mapping[str, object]) -> Request:
    """The request that the options of a command and its `--cli-input` file make.

    The contents in the file are used unless options name files of them.
    """
    path, readme = str(values["path"]), values["readme_markdown"]
    members = {name: values[name] for name in MEMBERS if name in values}
    if isinstance(readme, str):
        members["readme_markdown"] = _text_or_file(readme)
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
    if isinstance(repository, Repository):
        return repository.full_repository_id.rpartition("/")[2][: limits.NAME_LENGTH[1]]
    return workflow_name(str(members["definition_uri"]))
