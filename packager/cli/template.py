"""`packager template`: the parameterTemplate."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from packager.cli.options import file_option, load, note, show_findings, source_options, write
from packager.diagnostics import PackagerError
from packager.loaded import Loaded
from packager.report import Report
from packager.template import as_service as service_template
from packager.template import to_json


@click.command("template", short_help="The parameter template as JSON.")
@source_options
@file_option("-o", "--output", help="Write the template there (`-`: stdout).")
@file_option("--check", help="Exit 1 if that template is not what would be written.")
@click.option("--as-service", is_flag=True, help="Exactly what the service would generate by itself.")
def command(path: str, output: str | None, check: str | None, as_service: bool, **settings: Any) -> int:
    """Print the parameterTemplate of the workflow at PATH: every input, whether it is optional, and its description."""
    if check is not None and output is not None:
        raise click.UsageError("--check and --output do not go together")
    loaded = load(path, settings)
    if not loaded.workflow.inputs and not loaded.workflow.complete:
        show_findings(Report(loaded.workflow.diagnostics, loaded.workflow.skipped), loaded)
        raise PackagerError(
            f"the inputs of `{loaded.detection.main}` are not known, so there is no template",
            "mend what is shown above; an empty template would say that there are no inputs",
        )
    text = _text(loaded, as_service)
    show_findings(Report(loaded.template.diagnostics), loaded)
    if check is None:
        write(text, output)
        return 0
    return _check(check, json.loads(text))


def _text(loaded: Loaded, service: bool) -> str:
    parameters = tuple(service_template(loaded.workflow).items()) if service else loaded.template.parameters
    return to_json(parameters)


def _check(path: str, wanted: dict[str, Any]) -> int:
    """Compare a template file with what would be written, and name the differences."""
    try:
        there = json.loads(Path(path).read_bytes())
    except OSError as error:
        raise PackagerError(f"cannot read `{path}`: {(error.strerror or str(error)).lower()}") from error
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
    note(f"{path} is stale: write it anew with `packager template PATH -o {path}`")
    return 1
