"""The workflows that a call names, loaded: on disk, as texts over the files on disk, or as texts alone."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypedDict, TypeVar

from packager.app.load import load, load_texts
from packager.app.loaded import Loaded
from packager.app.options import LintOptions
from packager.detect import SeveralWorkflowsError
from packager.errors import PackagerError
from packager.mcp.call import Call
from packager.mcp.places import require_inside
from packager.settings.arguments import SourceArguments, build
from packager.settings.choice import check_account_and_region, check_codes, choose, choose_without_path
from packager.settings.layers import ConfiguredWorkflow, OptionValue
from packager.settings.loading import Load, LoadedWorkflow, UncheckedPath, load_one_or_more
from packager.source import Overlay
from packager.text import listed

Item = TypeVar("Item")
_TEXTS = "files"


class Changes(TypedDict, total=False):
    """Values of `LoadOptions` that a tool sets itself."""

    run_parameters: str | None
    nextflow_profile: str | None


NO_CHANGES: Changes = {}


@dataclass(frozen=True, slots=True)
class ChosenWorkflow:
    """A workflow of a call, loaded, and which of its findings count; `values` are all its settings."""

    workflow: LoadedWorkflow
    lint: LintOptions
    values: Mapping[str, object]

    @property
    def loaded(self) -> Loaded:
        """The workflow with its facts."""
        return self.workflow.loaded


@dataclass(frozen=True, slots=True)
class Workflows:
    """The workflows of a call, and the paths that could not be loaded."""

    chosen: Sequence[ChosenWorkflow]
    unchecked: Sequence[UncheckedPath] = ()


Read = Callable[[SourceArguments, LintOptions], Loaded]


def all_workflows(call: Call, read: Read | None = None) -> Workflows:
    """All workflows that a call names; of more than one, those that cannot be loaded do not stop the others.

    `read` reads a workflow on disk; it is only loaded if omitted.

    Raises:
        PackagerError: none can be loaded.
    """
    if call.files and call.path is None:
        return Workflows(_of_texts(call))
    chosen: list[ChosenWorkflow] = []
    unchecked: list[UncheckedPath] = []
    for each in _configured(call, {}):
        values = each.arguments()
        lint = build(LintOptions, values)
        load_one = _with_options(read or _loader(call), lint)
        sources = deque([_source_of(each, call)])
        while sources:
            source = sources.popleft()
            try:
                first = load_one_or_more(source, load_one)
            except PackagerError as error:
                unchecked.append(UncheckedPath(source.path, error))
                continue
            if isinstance(first, LoadedWorkflow):
                chosen.append(ChosenWorkflow(first, lint, values))
            else:
                sources.extendleft(reversed(first))
    if not chosen:
        raise unchecked[0].error
    return Workflows(chosen, unchecked)


def one_workflow(
    call: Call, submission: Mapping[str, OptionValue] | None = None, *, changes: Changes = NO_CHANGES
) -> ChosenWorkflow:
    """The only workflow that a call names; `submission` are the settings of one, `changes` are other values of `LoadOptions`.

    Raises:
        PackagerError: it cannot be loaded, or is not exactly one.
    """
    if call.files and call.path is None:
        texts = _of_texts(call, submission, changes)
        return _only(texts, [each.workflow.source.load.main or "" for each in texts])
    found = _configured(call, submission or {})
    configured = _only(found, [each.name or each.path for each in found])
    values = configured.arguments()
    source, lint = _source_of(configured, call), build(LintOptions, values)
    source = _changed(source, changes)
    try:
        return ChosenWorkflow(LoadedWorkflow(source, _loader(call)(source, lint)), lint, values)
    except SeveralWorkflowsError as error:
        raise _several(error.mains) from error


def _only(items: Sequence[Item], names: Sequence[str]) -> Item:
    """The only item; an error with the names if there are more."""
    if len(items) != 1:
        raise _several(names)
    return items[0]


def _several(names: Sequence[str]) -> PackagerError:
    return PackagerError(
        f"found {len(names)} workflows: {listed(names)}",
        "pass the main file of one as `path`: the tool `list` shows them",
    )


def _source_of(workflow: ConfiguredWorkflow, call: Call) -> SourceArguments:
    """Where a workflow is and how to read it, with the texts of the call over the files on disk."""
    source = build(SourceArguments, workflow.arguments())
    if not call.files:
        return source
    texts = {Path(require_inside(path)).absolute(): text for path, text in call.files.items()}
    return replace(source, load=replace(source.load, overlay=Overlay.of(texts)))


def _configured(call: Call, more: Mapping[str, OptionValue]) -> list[ConfiguredWorkflow]:
    caller = call.caller(more)
    configured = choose(call.path, caller) if call.path is not None else choose_without_path(caller)
    for each in configured:
        require_inside(each.path)
        _check(each)
    return configured


def _check(configured: ConfiguredWorkflow) -> None:
    """Check the settings of a workflow that can be wrong before it is read."""
    check_account_and_region(configured)
    for name in ("selected", "ignored"):
        value = configured.values[name]
        check_codes((code, value.origin) for code in (value.value if isinstance(value.value, tuple) else ()))


def _with_options(read: Read, lint: LintOptions) -> Load:
    return lambda source: read(source, lint)


def _loader(call: Call) -> Read:
    """A function that only loads a workflow."""
    return lambda source, _: load(source.path, source.load, cache=call.session.cache)


def _changed(source: SourceArguments, changes: Changes) -> SourceArguments:
    return replace(source, load=replace(source.load, **changes)) if changes else source


def _of_texts(
    call: Call, submission: Mapping[str, OptionValue] | None = None, changes: Changes = NO_CHANGES
) -> list[ChosenWorkflow]:
    """The workflows of the call's texts, without any file on disk."""
    configured = ConfiguredWorkflow(_TEXTS, call.caller(submission).values)
    _check(configured)
    values = configured.arguments()
    source, cache = _changed(build(SourceArguments, values), changes), call.session.cache
    lint = build(LintOptions, values)
    try:
        mains: Sequence[str | None] = [source.load.main]
        loaded = [load_texts(call.files, source.load, name=_TEXTS, cache=cache)]
    except SeveralWorkflowsError as error:
        mains = error.mains
        loaded = [load_texts(call.files, replace(source.load, main=main), name=_TEXTS, cache=cache) for main in mains]
    pairs = zip(mains, loaded, strict=True)
    return [
        ChosenWorkflow(
            LoadedWorkflow(replace(source, load=replace(source.load, main=main)), each),
            lint,
            values,
        )
        for main, each in pairs
    ]
