"""Commands in hints, with the paths of the user, so that they can be pasted into a shell."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace

from packager.app.loaded import Loaded
from packager.cli.given import given_workflows
from packager.findings.report import Report
from packager.render import hints
from packager.render.next_steps import after_inspect
from packager.settings.arguments import SourceArguments
from packager.shell import quoted

_MOST_PATHS = 3
_READING = ("--engine", "--nextflow-profile")  # what every command that reads a workflow accepts


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
    only_path = quoted(source.path.replace(os.sep, "/"))
    return hints.with_path(report, loaded, command_path(source), target=source.load.target, only_path=only_path)


def common_paths(named: Sequence[SourceArguments]) -> str:
    """The arguments that name multiple PATHs; a placeholder if they are many."""
    return " ".join(map(command_path, named)) if len(named) <= _MOST_PATHS else "PATH"


def with_common_paths(report: Report, named: Sequence[SourceArguments], loaded: Loaded) -> Report:
    """A report on multiple workflows whose hints name all PATHs; `loaded` is one of the workflows."""
    only_path = quoted(named[0].path.replace(os.sep, "/")) if len(named) == 1 else "PATH"
    return hints.with_paths(report, loaded, common_paths(named), target=named[0].load.target, only_path=only_path)
