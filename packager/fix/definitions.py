"""Fixes of literals in the workflow's own files: images with a scheme, where Nextflow processes publish, and imports."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from packager.engines.local_files import is_in_reach, local_file
from packager.findings.diagnostic import Diagnostic, Place
from packager.fix.edits import FileEdit, Fix, Fixable, SourceTexts, compose
from packager.healthomics import limits
from packager.images.usage import ImageUse
from packager.jsondoc.jsonedit import Splice
from packager.model.features import Feature, FeatureName
from packager.model.image_reference import parse

SCHEME = "docker://"
_PLAIN_PATH = re.compile(r"[A-Za-z0-9_./-]+")  # needs no quotes and no escapes anywhere
_QUOTES = ("'''", '"""', "'", '"', "")
_EXPORTED = f"{limits.NEXTFLOW_PUBLISH_DIR}/"
# A string literal that begins with the name of a folder: no root, no `..`, no variable, no scheme.
_RELATIVE = re.compile(
    r"""(?P<quote>'''|\"""|'|")(?P<path>(?:\./)*(?P<name>[A-Za-z0-9_][A-Za-z0-9_.-]*)(?:/[^'"$\\]*)?)(?=['"$])"""
)


def fixes(loaded: Fixable, diagnostics: tuple[Diagnostic, ...]) -> Iterator[FileEdit]:
    """The edits of the workflow's own files."""
    sources = SourceTexts(loaded.tree)
    proposed = [
        *_scheme_fixes(loaded, sources, diagnostics),
        *_publish_fixes(loaded, sources, diagnostics),
        *_import_fixes(loaded, sources, diagnostics),
    ]
    paths = {path for fix in proposed for path, _ in fix.splices}
    texts = {path: text.text for path in paths if (text := sources.text(path)) is not None}
    for path, after, fixed in compose(texts, proposed):
        yield FileEdit(path, texts[path].encode(), after.encode(), fixed, Path(loaded.on_disk(path)))


def _findings_at(diagnostics: Iterable[Diagnostic], code: str) -> Callable[[Place], Diagnostic | None]:
    """A lookup of the findings of a code by the place where they begin."""
    findings = {(each.path, each.line, each.column): each for each in diagnostics if each.code == code}
    return lambda place: findings.get((place.path, place.line, place.column))


def _scheme_fixes(loaded: Fixable, sources: SourceTexts, diagnostics: Iterable[Diagnostic]) -> Iterator[Fix]:
    """IMG005: `docker://` before an image is removed, in every literal that names the image."""
    reported_at = _findings_at(diagnostics, "IMG005")
    for use in loaded.images:
        finding = reported_at(use.tasks[0].place)
        bare = use.image.removeprefix(SCHEME)
        if finding is None or use.fault is None or bare == use.image or parse(bare) is None:
            continue
        splices = [_without_scheme(sources, place, use) for place in sorted({task.place for task in use.tasks})]
        yield from _whole_fix(finding, splices)


def _publish_fixes(loaded: Fixable, sources: SourceTexts, diagnostics: Iterable[Diagnostic]) -> Iterator[Fix]:
    """NXF027: a relative folder is put below the folder that the service exports, in every literal that names it."""
    reported_at = _findings_at(diagnostics, "NXF027")
    published = [feature for feature in loaded.workflow.features if feature.name is FeatureName.PUBLISH_PATH]
    for feature in published:
        finding = reported_at(feature.place)
        if finding is not None:
            same = [other for other in published if other.text == feature.text]
            yield from _whole_fix(finding, [_below_exported(sources, other) for other in same])


def _import_fixes(loaded: Fixable, sources: SourceTexts, diagnostics: Iterable[Diagnostic]) -> Iterator[Fix]:
    """WDL050, WDL051, CWL005, CWL006: the path of the local file that a missing or remote reference means."""
    for finding in diagnostics:
        if finding.code not in ("WDL050", "WDL051", "CWL005", "CWL006"):
            continue
        written = finding.subject.partition("#")[0] if finding.code.startswith("CWL") else finding.subject
        remote = finding.code in ("WDL051", "CWL006")
        local = local_file(loaded.tree, finding.path, written, remote=remote) if written else None
        if local is not None and _PLAIN_PATH.fullmatch(local) and is_in_reach(loaded.tree, finding.path, local):
            yield from _whole_fix(finding, [_with_path(sources, finding.place, written, local)])


def _with_path(sources: SourceTexts, place: Place, written: str, local: str) -> tuple[str, Splice] | None:
    """The splice that replaces a path, if the text at a place has it once."""
    text = sources.text(place.path)
    span = text.span(place) if text else None
    if text is None or span is None or text.text[span[0] : span[1]].count(written) != 1:
        return None
    begin = text.text.index(written, span[0])
    return place.path, Splice(begin, begin + len(written), local)


def _whole_fix(finding: Diagnostic, splices: list[tuple[str, Splice] | None]) -> Iterator[Fix]:
    """A fix with all splices, or none: a place that cannot be edited would still be reported."""
    known = tuple(splice for splice in splices if splice is not None)
    if len(known) == len(splices):
        yield Fix((finding,), known)


def _without_scheme(sources: SourceTexts, place: Place, use: ImageUse) -> tuple[str, Splice] | None:
    """The splice that removes the scheme, if the text at a place is the image and nothing else."""
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


def _below_exported(sources: SourceTexts, feature: Feature) -> tuple[str, Splice] | None:
    """The splice that puts the exported folder before a path, if the literal at the place begins with that path."""
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
