"""Commands in hints, with the paths of the user, so that they can be pasted into a shell."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from packager.app.loaded import Loaded
from packager.cli.arguments import SourceArguments
from packager.cli.given import given_workflows
from packager.cli.next_steps import after_inspect
from packager.findings.report import Report
from packager.shell import quoted
from packager.source import ZipTree

_PATH = re.compile(r"(?<=`)(packager [a-z ]+ )PATH\b")
_TEMPLATE_FILE = re.compile(r"(packager template [^`]* (?:-o|--update) )FILE(?=`)")
_MOST_PATHS = 3
_ONLY_PATH = "packager vendor "  # which has no options that name a workflow
_READING = ("--engine", "--nextflow-profile")  # what every command that reads a workflow accepts
_NEW_MAP = "-o container-registry-map.json"


def command_path(source: SourceArguments) -> str:
    """The arguments that name the same workflow in another command."""
    options = [("--main", source.load.main), ("--target", source.target_name)]
    options += [(name, value) for name, value in given_workflows().options if name in _READING]
    given = [f"{name} {quoted(value)}" for name, value in options if value]
    return " ".join([quoted(source.path.replace(os.sep, "/")), *given])


def lint_command(source: SourceArguments) -> str:
    """The command that shows all findings of a workflow."""
    return after_inspect(replace(given_workflows(), paths=(source.path,)))


def with_paths(report: Report, source: SourceArguments, loaded: Loaded | None) -> Report:
    """A report whose hints name the workflow as the user did, and the files that the commands write."""
    if loaded is None or not source.path:
        return report
    path, only_path = command_path(source), quoted(source.path.replace(os.sep, "/"))
    in_zip = isinstance(loaded.tree, ZipTree)
    next_to_main = PurePosixPath(loaded.on_disk(loaded.detection.main)).with_name("container-registry-map.json")
    new_map = _NEW_MAP if in_zip else f"-o {quoted(str(next_to_main))}"
    new_map += "" if source.load.target else _registry(loaded)

    def filled(hint: str, place: str) -> str:
        hint = _PATH.sub(lambda match: match[1] + (only_path if match[1] == _ONLY_PATH else path), hint)
        hint = hint.replace(_NEW_MAP, new_map)
        file = "FILE" if in_zip else quoted(loaded.on_disk(place))
        return _TEMPLATE_FILE.sub(lambda match: match[1] + file, hint)

    findings = (replace(finding, hint=filled(finding.hint, finding.path)) for finding in report.diagnostics)
    return replace(report, diagnostics=tuple(findings))


def common_paths(named: Sequence[SourceArguments]) -> str:
    """The arguments that name multiple PATHs; a placeholder if they are many."""
    return " ".join(map(command_path, named)) if len(named) <= _MOST_PATHS else "PATH"


def with_common_paths(report: Report, named: Sequence[SourceArguments], loaded: Loaded) -> Report:
    """A report on multiple workflows whose hints name all PATHs; `loaded` is one of the workflows."""
    paths = common_paths(named)
    only_path = quoted(named[0].path.replace(os.sep, "/")) if len(named) == 1 else "PATH"
    new_map = _NEW_MAP + ("" if named[0].load.target else _registry(loaded))

    def filled(hint: str) -> str:
        hint = _PATH.sub(lambda match: match[1] + (only_path if match[1] == _ONLY_PATH else paths), hint)
        return hint.replace(f"{_NEW_MAP}`", f"{new_map}`")

    findings = (replace(finding, hint=filled(finding.hint)) for finding in report.diagnostics)
    return replace(report, diagnostics=tuple(findings))


def _registry(loaded: Loaded) -> str:
    """The options that name the private ECR: with the values that are known, else with placeholders."""
    account, region = loaded.account or "ACCOUNT", loaded.region or "REGION"
    return f" --account {quoted(account)} --region {quoted(region)}"
