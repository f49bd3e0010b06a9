"""What is shown of every file: the findings of the last check, moved with the text, and the syntax errors of what was typed since."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field

from packager.app.loaded import Loaded
from packager.app.outcome import CheckedWorkflow
from packager.app.syntax import CODES
from packager.findings.diagnostic import Diagnostic, Place, Severity, in_order
from packager.lsp.diagnostics import shifted
from packager.lsp.facts_of_files import FileFacts
from packager.lsp.knowledge import paths_in
from packager.lsp.positions import lines_of
from packager.lsp.workflows import CheckedProject
from packager.project.config import ConfigError


@dataclass(slots=True)
class Board:
    """The findings by file, by paths without links."""

    workflows: dict[str, tuple[tuple[Loaded, CheckedWorkflow], ...]] = field(default_factory=dict)
    _findings: dict[str, dict[str, list[Diagnostic]]] = field(default_factory=dict)  # by project and file
    _errors: dict[str, list[Diagnostic]] = field(default_factory=dict)  # by project, of its configuration
    _syntax: dict[str, tuple[Diagnostic, ...]] = field(default_factory=dict)
    _facts: dict[str, FileFacts] = field(default_factory=dict)  # of open files
    _paths: dict[int, tuple[Loaded, dict[str, str]]] = field(
        default_factory=dict
    )  # of the files of a workflow, by its `id`

    def set_project(self, project: str, outcome: CheckedProject) -> set[str]:
        """Replace the findings of a project; the files whose findings may be others now."""
        changed = {os.path.realpath(error.path) for error in self._errors.get(project, ())}
        self._errors[project] = [_config_finding(error) for error in outcome.errors if isinstance(error, ConfigError)]
        changed |= {os.path.realpath(error.path) for error in self._errors[project]}
        if outcome.errors and not outcome.workflows:
            return changed  # what was found before is still the best that is known
        before = self._findings.get(project, {})
        after: dict[str, list[Diagnostic]] = {}
        for finding in outcome.findings:
            path = os.path.realpath(finding.path)
            if finding.path and not is_folder_path(path):
                after.setdefault(path, []).append(finding)
        if not outcome.complete:
            after = before | after
        self._findings[project] = after
        self.workflows[project] = outcome.workflows
        return changed | {path for path in before.keys() | after.keys() if before.get(path) != after.get(path)}

    def drop_projects(self, kept: Iterable[str]) -> set[str]:
        """Forget all projects but some; the files that were shown."""
        gone = (self._findings.keys() | self._errors.keys()) - set(kept)
        changed: set[str] = set()
        for project in gone:
            changed |= self._findings.pop(project, {}).keys()
            changed |= {os.path.realpath(error.path) for error in self._errors.pop(project, ())}
            self.workflows.pop(project, None)
        return changed

    def edit(self, path: str, before: list[str], after: list[str], syntax: tuple[Diagnostic, ...] | None) -> None:
        """Move the findings of a file with its text, and replace its syntax errors where they are known."""
        for files in self._findings.values():
            if path in files:
                files[path] = shifted(files[path], before, after)
        if syntax is not None:
            self._syntax[path] = syntax

    def settle(self, path: str) -> None:
        """Note that the last check had the current text of a file."""
        self._syntax.pop(path, None)

    def learn(self, path: str, text: str) -> None:
        """Note which workflows have a file, as of a check of this text; what was known stays if the text has a syntax error."""
        if path in self._facts and any(finding.code in CODES for finding in self.of(path)):
            return
        workflows = tuple((loaded, inside) for loaded in self._checked() if (inside := self.path_in(loaded, path)))
        if workflows:
            self._facts[path] = FileFacts(lines_of(text), workflows)

    def forget(self, path: str) -> None:
        """Forget what was known of the text of a file that is closed."""
        self._facts.pop(path, None)
        self._syntax.pop(path, None)

    def facts(self, path: str) -> FileFacts | None:
        """What is known of an open file; None if no workflow has it."""
        return self._facts.get(path)

    def loaded(self) -> list[Loaded]:
        """All workflows of the last checks; one whose main file is open and broken as it was before."""
        known: dict[str, Loaded] = {}
        for path, facts in self._facts.items():
            known.update((path, loaded) for loaded, inside in facts.workflows if inside == loaded.detection.main)
        return [known.get(os.path.realpath(each.on_disk(each.detection.main)), each) for each in self._checked()]

    def _checked(self) -> list[Loaded]:
        return [loaded for pairs in self.workflows.values() for loaded, _ in pairs]

    def path_in(self, loaded: Loaded, path: str) -> str | None:
        """The path of a file in a workflow, by its path without links; None if the workflow does not have it."""
        known = self._paths.get(id(loaded))
        if known is None:
            current = {id(each) for each in self._checked()}
            self._paths = {key: value for key, value in self._paths.items() if key in current}
            known = self._paths[id(loaded)] = (loaded, paths_in(loaded))
        return known[1].get(path)

    def of(self, path: str) -> list[Diagnostic]:
        """The findings of a file, each once."""
        found = [finding for files in self._findings.values() for finding in files.get(path, ())]
        found += [error for errors in self._errors.values() for error in errors if os.path.realpath(error.path) == path]
        typed = self._syntax.get(path)
        if typed is not None:
            found = [finding for finding in found if finding.code not in CODES] + list(typed)
        return list(in_order(found))


def is_folder_path(path: str) -> bool:
    """Whether a finding is about a folder, which no editor can show."""
    return os.path.isdir(path)  # noqa: PTH112 - of strings


def _config_finding(error: ConfigError) -> Diagnostic:
    path = error.place.path
    return Diagnostic(Place(path, error.place.line, error.place.column), "", Severity.ERROR, error.fact, error.hint)
