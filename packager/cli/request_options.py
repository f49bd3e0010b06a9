"""The members of the request as options, each with the API's name, and the request that they make."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

import click

from packager.cli.arguments import Command, build
from packager.cli.options import Decorator, file_option, joined
from packager.cli.repository_source import FORM, repository_option
from packager.errors import PackagerError
from packager.files import MIB, is_file, is_folder, read_file, real_path, text_of
from packager.healthomics import limits
from packager.healthomics.request import MEMBERS, DefinitionRepository, Form, Request, RequestMember
from packager.shell import quoted

# Far more than a README may have, so that the rule about its size reports one that is too long.
_MAX_TEXT_BYTES = 16 * MIB
_EXTENSIONS = (".wdl", ".nf", ".cwl", ".zip")
# Options that go into the request as they are.
_DIRECT = tuple(member.field for member in MEMBERS if member.direct)


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


def _repository(_: click.Context, __: click.Parameter, value: str | None) -> DefinitionRepository | None:
    return repository_option(_text_or_file(value))


# What the description of a member does not say: other forms, and what is used if the option is omitted.
_HELP = {
    "name": "Name of the workflow; that of the file or folder if omitted.",
    "version_name": "Version name; from the Git tag or the content if omitted.",
    "workflow_id": "Create a version of this workflow; its name does not matter.",
    "definition_uri": "Definition zip on S3; PATH, if any, is only checked.",
    "definition_repository": f"Git repository of the definition: JSON, file://FILE, or {FORM}.",
    "readme_markdown": "README text, or file://FILE; `README.md` next to the main file if omitted.",
    "workflow_bucket_owner_id": "Account that owns the bucket of `--definition-uri` or `--staging`; the caller's if omitted.",
    "request_id": "Idempotency token; computed from the content if omitted.",
}
_CALLBACKS: Mapping[Form, Callable[[click.Context, click.Parameter, str | None], object]] = {
    Form.TAGS: _tags,
    Form.REPOSITORY: _repository,
}


def _option(member: RequestMember) -> Decorator:
    choices = f" One of {', '.join(member.choices)}." if member.choices else ""
    return click.option(
        f"{member.option}",
        type=int if member.form is Form.INTEGER else None,
        metavar=member.metavar or None,
        callback=_CALLBACKS.get(member.form),
        help=_HELP.get(member.field, member.description) + choices,
    )


_setting_options = joined(*(_option(member) for member in MEMBERS if member.direct and member.setting))
_identity_options = joined(
    file_option(
        "--cli-input", help="YAML or JSON file of request members, as for `aws omics create-workflow --cli-input-yaml`."
    ),
    *(_option(member) for member in MEMBERS if member.direct and not member.setting),
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
        return function(request=_request(values), **{name: values[name] for name in values if name not in _DIRECT})

    return command


def _request(values: Mapping[str, object]) -> Request:
    """The request that the options of a command and its `--cli-input` file make.

    The contents in the file are used unless options name files of them.
    """
    path, readme = str(values["path"]), values["readme_markdown"]
    members = {name: values[name] for name in _DIRECT if name in values}
    if isinstance(readme, str):
        _check_text(readme, "--readme-markdown")
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
    if isinstance(repository, DefinitionRepository):
        return repository.full_repository_id.rpartition("/")[2][: limits.NAME_LENGTH[1]]
    return workflow_name(str(members["definition_uri"]))
