"""`packager template`: the parameterTemplate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from packager.app.loaded import Loaded
from packager.cli.options import file_option, load, note, show_findings, source_options, write
from packager.errors import PackagerError, cannot
from packager.files import exists, read_named
from packager.findings.diagnostic import Severity
from packager.findings.report import Report
from packager.parameters.template import as_service as service_template
from packager.parameters.template import read, to_json
from packager.source import MAX_DEFINITION_BYTES


@click.command("template", short_help="The parameter template as JSON.")
@source_options
@file_option("-o", "--output", help="Write the template there (`-`: stdout).")
@file_option("--update", help="Bring that template up to date; descriptions, order and formatting stay.")
@file_option("--check", help="Exit 1 if `--update` would change that template.")
@click.option("--as-service", is_flag=True, help="Exactly what the service would generate by itself.")
def command(
    path: str, output: str | None, update: str | None, check: str | None, as_service: bool, **settings: Any
) -> int:
    """Print the parameterTemplate of the workflow at PATH: every input, whether it is optional, and its description.

    A template that is written by hand describes the inputs in its own words: `--update` and `--check` compare names and
    `optional` alone.
    """
    given = [
        name for name, value in (("--check", check), ("--update", update), ("--output", output)) if value is not None
    ]
    if len(given) > 1:
        raise click.UsageError(f"{given[0]} and {given[1]} do not go together")
    if update is not None and as_service:
        raise click.UsageError("--update and --as-service do not go together")
    loaded = load(path, settings)
    if not loaded.workflow.inputs and not loaded.workflow.complete:
        show_findings(Report(loaded.workflow.diagnostics, loaded.workflow.skipped), loaded)
        raise PackagerError(
            f"the inputs of `{loaded.detection.main}` are not known, so there is no template",
            "mend what is shown above; an empty template would say that there are no inputs",
        )
    show_findings(Report(loaded.template.diagnostics), loaded)
    if update is not None:
        return _update(update, loaded)
    if check is not None:
        return _check_service(check, loaded) if as_service else _check(check, loaded)
    write(_text(loaded, as_service), output)
    return 0


def _text(loaded: Loaded, service: bool) -> str:
    parameters = tuple(service_template(loaded.workflow).items()) if service else loaded.template.parameters
    return to_json(parameters)


def _update(path: str, loaded: Loaded) -> int:
    """Change what has to change in a template file, say what, and write the file if there is none."""
    from packager import fix  # noqa: PLC0415 - printing a template needs none of it
    from packager.fix.template_update import apply_changes, changes_of_file  # noqa: PLC0415 - as above

    if not exists(Path(path)):
        write(_text(loaded, service=False), path)
        note(f"{path}: written, {len(loaded.template.parameters)} parameters")
        return 0
    before = _content(path)
    drifts = changes_of_file(path, before, loaded.workflow, loaded.template)
    after = apply_changes(path, before, drifts)
    if after != before:
        fix.replace(Path(path), after)
    for one in drifts:
        note(f"{path}: {one.done}")
    if not drifts:
        note(f"{path} is up to date")
    return _judge(path, after, loaded)


def _check(path: str, loaded: Loaded) -> int:
    """Compare a template file with the workflow, and name the differences."""
    from packager.fix.template_update import changes_of_file  # noqa: PLC0415 - printing a template needs none of it

    content = _content(path)
    drifts = changes_of_file(path, content, loaded.workflow, loaded.template)
    for one in drifts:
        note(f"{path}: {one}")
    if drifts:
        note(f"{path} is stale: bring it up to date with `packager template PATH --update {path}`")
        return 1
    note(f"{path} is up to date")
    return _judge(path, content, loaded)


def _judge(path: str, content: bytes, loaded: Loaded) -> int:
    """What the API would reject in the file, which nobody but its writer can mend."""
    faults = read(path, content)[1]
    show_findings(Report(faults), loaded)
    return int(any(found.severity is Severity.ERROR for found in faults))


def _check_service(path: str, loaded: Loaded) -> int:
    """Compare a template file with what the service would generate, word by word."""
    wanted = json.loads(_text(loaded, service=True))
    try:
        there = json.loads(_content(path))
    except (ValueError, RecursionError) as error:
        raise PackagerError(f"`{path}` is not JSON: {error}") from error
    if there == wanted:
        note(f"{path} is up to date")
        return 0
    there = there if isinstance(there, dict) else {}
    for name in sorted(wanted.keys() | there.keys()):
        if name not in there:
            note(f"{path}: `{name}` is missing")
        elif name not in wanted:
            note(f"{path}: `{name}` is no input of the workflow")
        elif there[name] != wanted[name]:
            note(f"{path}: `{name}` differs")
    note(f"{path} is stale: write it anew with `packager template PATH --as-service -o {path}`")
    return 1


def _content(path: str) -> bytes:
    try:
        return read_named(Path(path), MAX_DEFINITION_BYTES)
    except OSError as error:
        raise cannot("read", f"`{path}`", error) from error
