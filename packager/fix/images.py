"""Fixes of image references in a definition: a scheme where none belongs."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Diagnostic, Place
from packager.fix.edits import Cure, Fixable, Sources
from packager.images import reference
from packager.images.reference import ImageUse
from packager.jsondoc.jsonedit import Splice

SCHEME = "docker://"
_QUOTES = ("'''", '"""', "'", '"', "")


def cures(loaded: Fixable, sources: Sources, diagnostics: tuple[Diagnostic, ...]) -> Iterator[Cure]:
    """IMG005: `docker://` before an image, in every literal that names the image."""
    found = {(one.path, one.line, one.column): one for one in diagnostics if one.code == "IMG005"}
    for use in loaded.images:
        first = use.tasks[0].place
        finding = found.get((first.path, first.line, first.column))
        bare = use.image.removeprefix(SCHEME)
        if finding is None or use.fault is None or bare == use.image or reference.parse(bare) is None:
            continue
        splices = [_without_scheme(sources, place, use) for place in sorted({task.place for task in use.tasks})]
        # An image that came from elsewhere in one task would still be reported: all of its places, or none.
        known = tuple(one for one in splices if one is not None)
        if len(known) == len(splices):
            yield Cure((finding,), known)


def _without_scheme(sources: Sources, place: Place, use: ImageUse) -> tuple[str, Splice] | None:
    """The scheme taken off, where the text at a place is the image and nothing else."""
    text = sources.text(place.path)
    span = text.span(place) if text else None
    if text is None or span is None:
        return None
    start, end = span
    for quote in _QUOTES:
        if text.text[start:end] == f"{quote}{use.image}{quote}":
            begin = start + len(quote)
            return place.path, Splice(begin, begin + len(SCHEME), "")
    return None
