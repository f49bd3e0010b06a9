"""`packager diff`: the local definition against a deployed version."""

from __future__ import annotations

from typing import Any

import click

from packager.app.diff import compare_with_deployed
from packager.app.loaded import Loaded
from packager.cli.endpoint import service, service_options, timeout_option
from packager.cli.options import (
    account_option,
    format_option,
    load,
    name_from,
    pattern_options,
    source_options,
    style,
    write,
)
from packager.cli.request_options import setting_options, text_or_file
from packager.cli.values import in_characters
from packager.diff import Comparison
from packager.healthomics.request import Request
from packager.render.diff import diff_json, diff_text
from packager.render.diff_markdown import diff_markdown
from packager.render.report import to_json

# What can be compared of the members of a request; each is an option as `submit` has it.
_SETTINGS = (
    "description", "storage_type", "storage_capacity", "accelerators", "tags", "container_registry_map_uri", "readme_markdown",
    "readme_path", "readme_uri",
)  # fmt: skip
_FAIL_ON = ("breaking", "any", "never")


@click.command("diff", short_help="The definition here against a deployed one.")
@source_options
@click.option("--workflow-id", metavar="ID", callback=in_characters, help="The deployed workflow.")
@click.option(
    "--name",
    callback=in_characters,
    help="Its exact name, where no `--workflow-id` is given; the main file's or folder's unless given.",
)
@click.option(
    "--version-name",
    "against_version",
    metavar="NAME",
    callback=in_characters,
    help="The deployed version; the newest ACTIVE one unless given.",
)
@click.option("--patch", "-p", is_flag=True, help="Show what differs in text files, line by line.")
@click.option(
    "--fail-on",
    type=click.Choice(_FAIL_ON),
    default="never",
    show_default=True,
    help="Which differences exit with 1.",
)
@pattern_options
@setting_options
@account_option
@service_options
@timeout_option
@format_option("text", "json", "markdown")
def command(path: str, form: str, **options: Any) -> int:
    """Hold the workflow at PATH against a deployed version: parameters, outputs, images, files, settings.

    It says which differences break the users of the deployed one, and what that means for the number of the next version. Settings
    that are not given here are no differences. `--format markdown` is for a comment on a pull request.
    """
    patch, fail_on, version = options.pop("patch"), options.pop("fail_on"), options.pop("against_version")
    timeout = options.pop("timeout")
    if patch and form != "text":
        raise click.UsageError("--patch goes with the format text")
    where = {name: options.pop(name) for name in ("profile", "endpoint_url", "local", "database")}
    settings = _settings(path, options)
    loaded = load(path, options)
    with service(loaded.region, **where, cache=loaded.cache) as target:
        found = compare_with_deployed(loaded, settings, target, version_name=version, patches=patch, timeout=timeout)
    write(_rendered(found, loaded, path, form))
    difference = found.difference
    failing = difference.breaking if fail_on == "breaking" else fail_on == "any" and not difference.identical
    return int(failing)


def _settings(path: str, options: dict[str, Any]) -> Request:
    """What is said of the workflow here; the options' entries are taken out."""
    given = {name: options.pop(name) for name in (*_SETTINGS, "name", "workflow_id")}
    given["readme_markdown"] = text_or_file(given["readme_markdown"])
    if given["workflow_id"] is None and given["name"] is None:
        given["name"] = name_from(path)
    return Request(**given)


def _rendered(found: Comparison, loaded: Loaded, path: str, form: str) -> str:
    if form == "json":
        return to_json(diff_json(found, {"path": path, "kind": loaded.tree.kind}))
    return diff_markdown(found, path) if form == "markdown" else diff_text(found, style())
