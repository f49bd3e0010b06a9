"""The workflows of a caller, loaded: a folder with more than one workflow is all of them."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packager.app.loaded import Loaded
from packager.detect import NoWorkflowError, SeveralWorkflowsError
from packager.errors import PackagerError
from packager.files import is_folder
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic
from packager.settings.arguments import SourceArguments, build
from packager.settings.layers import ConfiguredWorkflow

Load = Callable[[SourceArguments], Loaded]


@dataclass(frozen=True, slots=True)
class LoadedWorkflow:
    """A workflow, and the arguments that name it alone."""

    source: SourceArguments
    loaded: Loaded


@dataclass(frozen=True, slots=True)
class UncheckedPath:
    """A PATH that could not be loaded, and why."""

    path: str
    error: PackagerError

    @property
    def is_no_workflow(self) -> bool:
        """Whether it can be read and has no workflow, such as a file that a shell's pattern matched."""
        return isinstance(self.error, NoWorkflowError)

    def finding(self) -> Diagnostic:
        """The finding that a report has instead of the findings of this PATH."""
        path = os.path.normpath(self.path).replace(os.sep, "/")
        if self.is_no_workflow:
            return finding("INT014", "not checked: it has no workflow", path=path)
        return finding("INT013", f"not checked: {self.error.message}", path=path, hint=self.error.hint)


def sources_of(chosen: Sequence[ConfiguredWorkflow]) -> list[SourceArguments]:
    """The arguments that say where the workflows are and how to read them."""
    return [build(SourceArguments, workflow.arguments()) for workflow in chosen]


def load_one_or_more(source: SourceArguments, load: Load) -> LoadedWorkflow | list[SourceArguments]:
    """The workflow at a PATH, read by `load`; or where the workflows are, if it is a folder with more than one.

    Raises:
        PackagerError: the workflow cannot be loaded, or does not exist.
    """
    try:
        return LoadedWorkflow(source, load(source))
    except SeveralWorkflowsError as error:
        return each_of(source, error)


def each_of(source: SourceArguments, error: SeveralWorkflowsError) -> list[SourceArguments]:
    """Where the workflows of a folder are that has more than one.

    Raises:
        SeveralWorkflowsError: it is a zip.
    """
    if not is_folder(Path(source.path)):
        raise error
    return [replace(source, path=_joined(source.path, main)) for main in error.mains]


def _joined(folder: str, main: str) -> str:
    return main if folder == os.curdir else os.path.join(folder, main)  # noqa: PTH118 - keeps the user's spelling
