"""The members of the request as options, each with the API's name, and the request that they make."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping

import click

from packager.cli.arguments import Command
from packager.cli.options import Decorator, file_option, joined
from packager.cli.repository_source import FORM, repository_option
from packager.healthomics.request import MEMBERS, DefinitionRepository, Form, RequestMember
from packager.settings.request import DIRECT, request_of, text_or_file


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


def _repository(_: click.Context, __: click.Parameter, value: str | None) -> DefinitionRepository | None:
    return repository_option(text_or_file(value))


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


request_member_options = joined(_identity_options, _setting_options)


def request_options(function: Command) -> Command:
    """Every member of the request as an option; the command gets them as one `request`."""
    return request_member_options(_with_request(function))


def setting_options(function: Command) -> Command:
    """The settings of a workflow or version as options; the command gets them as one `request`, with its identity."""
    return _setting_options(_with_request(function))


def _with_request(function: Command) -> Command:
    @functools.wraps(function)
    def command(**values: object) -> int:
        return function(request=request_of(values), **{name: values[name] for name in values if name not in DIRECT})

    return command
