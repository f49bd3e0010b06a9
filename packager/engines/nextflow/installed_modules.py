"""`modules.json` of nf-core: which installed modules of a pipeline have local changes."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from packager.engines.nextflow.graph import Graph
from packager.engines.nextflow.sources import PipelineSources
from packager.findings.diagnostic import Place
from packager.jsondoc import jsontext
from packager.model.features import Feature, FeatureName
from packager.source import normalise

MODULES_NAME = "modules.json"


def changed_modules(sources: PipelineSources, graph: Graph) -> Iterator[Feature]:
    """The modules that the pipeline includes and whose changes `modules.json` records as a patch.

    For all others it records a commit of their repository, and nothing about the files: whether those were changed is unknown here.
    """
    path = posixpath.join(graph.home, MODULES_NAME)
    content = sources.content(path)
    parsed = jsontext.read(content) if content is not None else None
    if not isinstance(parsed, jsontext.JsonText):
        return
    used = {posixpath.dirname(use.target) for use in graph.uses if use.kind == "local"}
    for parts, patch in _patches(parsed.value, ("repos",)):
        file = normalise(posixpath.join(graph.home, patch))
        folder = posixpath.dirname(file or "")
        if folder in used:
            yield Feature(FeatureName.MODULE_CHANGED, folder, Place(path, *parsed.place(parts)), key=patch)


def _patches(document: object, start: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """The patches of a document: repos, their URLs, the kinds (`modules`, `subworkflows`), owners and names."""
    levels = [(start, document.get(start[0]) if isinstance(document, dict) else None)]
    for _ in range(4):
        levels = [
            ((*parts, name), below)
            for parts, value in levels
            if isinstance(value, dict)
            for name, below in value.items()
        ]
    for parts, value in levels:
        patch = value.get("patch") if isinstance(value, dict) else None
        if isinstance(patch, str):
            yield (*parts, "patch"), patch
