"""Which workflows the open files belong to, and their check.

An open file belongs to a project: the folder of its `packager.toml`, else the editor's folder that contains it, else its own folder. A home
folder or the root is not a project, because nobody wants all of it to be searched after each key: the file is then one of its own. The
workflows of a project are those that `packager lint` checks there. An open definition that none of them reaches is checked as
`packager lint FILE` checks it.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from packager.app.loaded import Loaded
from packager.app.options import LintOptions
from packager.app.outcome import CheckedWorkflow, decide, read_baselines
from packager.app.session import CancelledError, Session
from packager.detect import NoWorkflowError, SeveralWorkflowsError
from packager.errors import PackagerError
from packager.files import is_folder
from packager.findings.baseline import Accepted
from packager.findings.diagnostic import Diagnostic
from packager.lsp.documents import DEFINITIONS, Document, Language
from packager.lsp.preferences import Preferences
from packager.project import config as configuration
from packager.settings.arguments import SourceArguments, build
from packager.settings.choice import check_account_and_region, choose
from packager.settings.layers import ConfiguredWorkflow
from packager.settings.loading import UncheckedPath, each_of
from packager.source import Overlay
from packager.source.boundaries import is_too_high


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What a check is about: the open files, the editor's folders, and the preferences."""

    documents: Mapping[str, Document]
    folders: tuple[str, ...]
    preferences: Preferences
    overlay: Overlay


@dataclass(frozen=True, slots=True)
class CheckedProject:
    """The outcome of a project: its workflows with their findings, whose paths are absolute, and why a part could not be checked."""

    workflows: tuple[tuple[Loaded, CheckedWorkflow], ...]
    findings: tuple[Diagnostic, ...]
    errors: tuple[PackagerError, ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True)
class _Item:
    """A workflow to check: where it is, and which of its findings count."""

    source: SourceArguments
    lint: LintOptions

    @property
    def key(self) -> tuple[str, LintOptions]:
        return self.source.path, self.lint


@dataclass(slots=True)
class Checker:
    """Checks projects with one session, the workflows of the open files first."""

    session: Session
    _files: dict[str, frozenset[str]] = field(default_factory=dict)  # that a workflow reached when it was checked last

    def projects(self, snapshot: Snapshot) -> list[str]:
        """The projects of all open files, each once: folders, or files that are projects of their own."""
        documents = sorted(snapshot.documents)
        return list(dict.fromkeys(self._project(path, snapshot) for path in documents))

    def files_of(self, project: str, snapshot: Snapshot) -> set[str]:
        """The open files that belong to a project."""
        return {path for path in snapshot.documents if self._project(path, snapshot) == project}

    def _project(self, path: str, snapshot: Snapshot) -> str:
        folder = os.path.dirname(path)  # noqa: PTH120 - of strings
        found = configuration.find(Path(folder), snapshot.overlay)
        if found is not None:
            return str(found.parent)
        around = [each for each in snapshot.folders if Path(path).is_relative_to(each) and not is_too_high(Path(each))]
        return max(around, key=len, default=path if is_too_high(Path(folder)) else folder)

    def check(self, project: str, snapshot: Snapshot, is_cancelled: Callable[[], bool]) -> Iterator[CheckedProject]:
        """The outcome of a project: first with the workflows of the open files, then with all.

        Raises:
            CancelledError: `is_cancelled` became true.
        """
        opened = self.files_of(project, snapshot)
        try:
            items = self._items(project, snapshot)
        except PackagerError as error:
            yield CheckedProject((), (), (error,))
            return
        state = _State(self.session, snapshot, is_cancelled)
        pending = deque(sorted(items, key=lambda item: not self._files.get(item.source.path, frozenset()) & opened))
        nearest = bool(pending) and bool(self._files.get(pending[0].source.path, frozenset()) & opened)
        while pending:
            item = pending.popleft()
            pending.extendleft(reversed(state.check(item)))
            self._note(state, item)
            following = self._files.get(pending[0].source.path, frozenset()) if pending else frozenset()
            if nearest and pending and not following & opened:
                nearest = False
                yield state.outcome(complete=False)
        reached = frozenset().union(*state.reached.values()) if state.reached else frozenset()
        self._check_alone(sorted(opened - reached), snapshot, state)
        yield state.outcome()

    def _check_alone(self, paths: Iterable[str], snapshot: Snapshot, state: _State) -> None:
        """Check definitions as workflows of their own, without those that another of them uses."""
        found: dict[str, list[tuple[Loaded, CheckedWorkflow]]] = {}
        used: set[str] = set()
        for path in paths:
            if snapshot.documents[path].language in DEFINITIONS:
                before = len(state.checked)
                for item in self._alone(path, snapshot, state):
                    state.check(item, alone=True)
                    if path not in used:  # of two that use each other, one stays
                        used |= state.reached.get(item.source.path, frozenset()) - {path}
                found[path] = state.checked[before:]
                del state.checked[before:]
        state.checked += [pair for path, pairs in found.items() if path not in used for pair in pairs]

    def _items(self, project: str, snapshot: Snapshot) -> list[_Item]:
        """The workflows of a project, a folder with more than one still as one."""
        if not is_folder(Path(project)):
            return []
        shown = _from_current(project)
        return [_item(configured.arguments(), snapshot) for configured in _chosen(shown, snapshot)]

    def _alone(self, path: str, snapshot: Snapshot, state: _State) -> list[_Item]:
        """A definition that no workflow of the project reaches, as a workflow of its own."""
        try:
            return [_item(configured.arguments(), snapshot) for configured in _chosen(_from_current(path), snapshot)]
        except PackagerError as error:
            state.errors.append(error)
            return []

    def _note(self, state: _State, item: _Item) -> None:
        reached = state.reached.get(item.source.path)
        if reached is not None:
            self._files[item.source.path] = reached


def _chosen(path: str, snapshot: Snapshot) -> list[ConfiguredWorkflow]:
    configured = choose(path, snapshot.preferences.caller(snapshot.overlay))
    for each in configured:
        check_account_and_region(each)
    return configured


def _item(arguments: Mapping[str, object], snapshot: Snapshot) -> _Item:
    source = build(SourceArguments, arguments)
    source = replace(source, load=replace(source.load, overlay=snapshot.overlay))
    return _Item(source, build(LintOptions, arguments))


@dataclass(slots=True)
class _State:
    """A check of a project so far. `reached` are the files of each workflow, by absolute paths without links."""

    session: Session
    snapshot: Snapshot
    is_cancelled: Callable[[], bool]
    checked: list[tuple[Loaded, CheckedWorkflow]] = field(default_factory=list)
    unchecked: list[UncheckedPath] = field(default_factory=list)
    errors: list[PackagerError] = field(default_factory=list)
    reached: dict[str, frozenset[str]] = field(default_factory=dict)

    def check(self, item: _Item, *, alone: bool = False) -> list[_Item]:
        """Check a workflow; the workflows instead, if it is a folder with more than one."""
        if self.is_cancelled():
            raise CancelledError
        path = item.source.path
        try:
            accepted = self._accepted(item.lint)
            judged = self.session.judge(path, item.source.load, item.lint, accepted, is_cancelled=self.is_cancelled)
        except SeveralWorkflowsError as error:
            try:
                return [replace(item, source=source) for source in each_of(item.source, error)]
            except PackagerError as refused:
                self.unchecked.append(UncheckedPath(path, refused))
        except NoWorkflowError:
            pass  # a folder or a file without a workflow is nothing to report while one writes it
        except PackagerError as error:
            self.errors.append(error)
            if not alone:
                self.unchecked.append(UncheckedPath(path, error))
        else:
            self.checked.append((judged.loaded, judged.checked))
            self.reached[path] = frozenset(_real_files(judged.loaded, judged.checked))
        return []

    def _accepted(self, lint: LintOptions) -> Accepted | None:
        (accepted,) = read_baselines([lint])
        return accepted

    def outcome(self, *, complete: bool = True) -> CheckedProject:
        """The findings so far."""
        outcome = decide([checked for _, checked in self.checked], [path.finding() for path in self.unchecked])
        return CheckedProject(tuple(self.checked), outcome.located.diagnostics, tuple(self.errors), complete)


def _real_files(loaded: Loaded, checked: CheckedWorkflow) -> Iterable[str]:
    definitions = {file.path for file in loaded.workflow.files}
    for path in checked.files | definitions:
        yield os.path.realpath(loaded.on_disk(path))


def _from_current(path: str) -> str:
    """A path as the command line would name it: relative to the current folder if it is below."""
    relative = os.path.relpath(path)
    return path if relative.startswith(os.pardir) else relative


def is_configuration(document: Document) -> bool:
    """Whether a file decides how others are checked."""
    return document.language is Language.CONFIGURATION
