"""Fixes of where Nextflow processes publish."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Diagnostic
from packager.fix.edits import Cure, Fixable, Sources
from packager.healthomics import limits
from packager.jsondoc.jsonedit import Splice
from packager.model.features import Feature

_EXPORTED = f"{limits.NEXTFLOW_PUBLISH_DIR}/"
# A text literal that begins with the name of a folder: no root, no `..`, no variable, no scheme.
_RELATIVE = re.compile(
    r"""(?P<quote>'''|\"""|'|")(?P<path>(?:\./)*(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)(?:/[^'"$\\]*)?)(?=['"$])"""
)


def cures(loaded: Fixable, sources: Sources, diagnostics: tuple[Diagnostic, ...]) -> Iterator[Cure]:
    """NXF027: a relative folder, in every literal that names it, is put below the folder that the service exports."""
    found = {(one.path, one.line, one.column): one for one in diagnostics if one.code == "NXF027"}
    published = [one for one in loaded.workflow.features if one.name == "publish-path"] if found else []
    for feature in published:
        finding = found.get((feature.place.path, feature.place.line, feature.place.column))
        if finding is None:
            continue
        same = [one for one in published if one.text == feature.text]
        splices = [_below(sources, one) for one in same]
        known = tuple(one for one in splices if one is not None)
        if len(known) == len(splices):
            yield Cure((finding,), known)


def _below(sources: Sources, feature: Feature) -> tuple[str, Splice] | None:
    """The exported folder put before a path, where the literal at the place begins with that path."""
    text = sources.text(feature.place.path)
    span = text.span(feature.place) if text else None
    if text is None or span is None:
        return None
    start, end = span
    literal = text.text[start:end]
    relative = _RELATIVE.match(literal)
    if relative is None or ".." in literal or not feature.text.startswith(relative["path"]):
        return None
    return feature.place.path, Splice(start + relative.start("path"), start + relative.start("name"), _EXPORTED)
