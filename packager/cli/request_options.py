"""The members of the request as options: each carries the API's name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import click

from packager.cli.options import file_option, joined, name_from
from packager.cli.values import repository_option
from packager.errors import PackagerError, cannot
from packager.files import MIB, read_named, text_of
from packager.healthomics import limits
from packager.healthomics.request import Request

_MAX_TEXT_BYTES = 16 * MIB  # far more than a README may have, so that a README that is too long is judged as such
# Options that go into the request as they are; the names are the request's own.
MEMBERS = (
    "name", "version_name", "workflow_id", "description", "definition_uri", "definition_repository", "storage_type",
    "storage_capacity", "accelerators", "tags", "container_registry_map_uri", "readme_markdown", "readme_path", "readme_uri",
    "parameter_template_path", "workflow_bucket_owner_id", "request_id",
)  # fmt: skip


def _tags(_: click.Context, __: click.Parameter, value: str | None) -> tuple[tuple[str, str], ...] | None:
    """`k=v,k2=v2` as pairs; a doubled key stays, for the rule that says so."""
    if value is None:
        return None
    pairs = []
    for part in value.split(","):
        key, equals, text = part.partition("=")
        if not equals:
            raise click.BadParameter(f"`{part}` is not KEY=VALUE")
        pairs.append((key.strip(), text.strip()))
    return tuple(pairs)


def text_or_file(value: str | None) -> str | None:
    """A text, or what is in `file://FILE`.

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


def _repository(_: click.Context, __: click.Parameter, value: str | None) -> Any:
    return repository_option(text_or_file(value))


_Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

# What a workflow or version is configured with, beside its definition.
setting_options: _Decorator = joined(
    [
        click.option("--description", metavar="TEXT", help="What the workflow does."),
        click.option("--storage-type", metavar="TYPE", help=f"One of {', '.join(limits.STORAGE_TYPES)}."),
        click.option("--storage-capacity", type=int, metavar="GIB", help="The size of STATIC storage."),
        click.option("--accelerators", metavar="KIND", help=f"One of {', '.join(limits.ACCELERATORS)}."),
        click.option("--tags", metavar="K=V,...", callback=_tags, help="Tags of the workflow or version."),
        click.option("--container-registry-map-uri", metavar="S3-URI", help="The registry map is there."),
        click.option(
            "--readme-markdown", metavar="TEXT", help="The README, or file://FILE; `README.md` beside main is found."
        ),
        click.option("--readme-path", metavar="PATH", help="The README in the repository."),
        click.option("--readme-uri", metavar="S3-URI", help="The README is there."),
    ]
)
_identity_options: _Decorator = joined(
    [
        file_option(
            "--cli-input", help="Members of the request as `aws omics create-workflow --cli-input-yaml` takes them."
        ),
        click.option("--name", help="The workflow's name; the file's or folder's unless given."),
        click.option(
            "--version-name", metavar="NAME", help="The version's name; from the Git tag or the content unless given."
        ),
        click.option("--workflow-id", metavar="ID", help="Create a version of this workflow, whatever its name."),
        click.option(
            "--definition-uri", metavar="S3-URI", help="The zip is there; PATH, if given, serves the checks only."
        ),
        click.option(
            "--definition-repository",
            metavar="SOURCE",
            callback=_repository,
            help="The definition is in a Git repository: JSON, file://FILE, or "
            "connectionArn=ARN,fullRepositoryId=OWNER/NAME,sourceReference={type=TAG,value=NAME},excludeFilePatterns=[GLOB].",
        ),
        click.option("--parameter-template-path", metavar="PATH", help="The parameter template in the repository."),
        click.option(
            "--workflow-bucket-owner-id",
            metavar="ID",
            help="The account that owns the bucket of `--definition-uri` or `--staging`; the caller's unless given.",
        ),
        click.option(
            "--request-id", metavar="TOKEN", help="The idempotency token; worked out from the content unless given."
        ),
    ]
)


def request_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """Every member of the request as an option."""
    return _identity_options(setting_options(function))


def _elsewhere(given: dict[str, Any]) -> str:
    """What a definition that lies elsewhere is called: the zip's name, or the repository's."""
    repository = given["definition_repository"]
    if repository is not None:
        return str(repository.full_repository_id).rpartition("/")[2][: limits.NAME_LENGTH[1]]
    return name_from(str(given["definition_uri"]))


def settings_of(path: str, options: dict[str, Any], written: Request) -> Request:
    """The request that the options say, and what a `--cli-input` file says besides; the options' entries are taken out."""
    given = {member: options.pop(member) for member in MEMBERS}
    given["readme_markdown"] = text_or_file(given["readme_markdown"])
    if options.get("parameter_template") is not None:
        written = replace(written, parameter_template=None)
    if options.get("container_registry_map") is not None:
        written = replace(written, container_registry_map=None)
    if given["workflow_id"] is None and given["name"] is None:
        given["name"] = name_from(path) if path else _elsewhere(given)
    if not path:  # nothing is loaded that would say these
        given |= {"engine": options.pop("engine"), "main": options.pop("main")}
    return replace(written, **given)
