"""The workflows of a command line, loaded: a folder with more than one workflow is all of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from packager.cli.options import load_source
from packager.cli.output import note
from packager.detect import NoWorkflowError
from packager.settings.arguments import SourceArguments
from packager.settings.layers import ConfiguredWorkflow
from packager.settings.loading import LoadedWorkflow, load_one_or_more, sources_of


def load_all(chosen: Sequence[ConfiguredWorkflow]) -> list[LoadedWorkflow]:
    """All workflows at the PATHs of a command; of more than one PATH, those without a workflow are left out with a note.

    Raises:
        PackagerError: a workflow cannot be loaded, or no PATH has one.
    """
    loaded: list[LoadedWorkflow] = []
    empty: list[NoWorkflowError] = []
    for source in sources_of(chosen):
        try:
            loaded += _loaded(source)
        except NoWorkflowError as error:
            if len(chosen) == 1:
                raise
            note(f"{source.path}: left out: it has no workflow")
            empty.append(error)
    if not loaded:
        raise empty[0]
    return loaded


def _loaded(source: SourceArguments) -> Iterator[LoadedWorkflow]:
    first = load_one_or_more(source, load_source)
    if isinstance(first, LoadedWorkflow):
        yield first
    else:
        yield from (LoadedWorkflow(each, load_source(each)) for each in first)
