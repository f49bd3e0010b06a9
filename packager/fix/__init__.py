"""Mechanical cures: edits that make a finding disappear and change nothing else.

Each needs no judgement: what is written can be meant in one way only. A missing `version` of a WDL document, for one, is not mended:
the document is draft-2 then, whose `${...}` in commands and undeclared sections mean something else under `version 1.0`, mostly
without an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from packager.files import read_regular
from packager.findings.report import Report
from packager.fix import images, publishing, registry_maps, templates
from packager.fix.apply import apply, diff_text, replace
from packager.fix.edits import Cure, FileEdit, Fixable, Sources, Text, composed
from packager.fix.run_parameters import fix_namespaced_keys
from packager.images import registry_map
from packager.jsondoc import jsonedit
from packager.jsondoc.jsontext import JsonError
from packager.parameters.run_parameters import read as read_run_parameters
from packager.parameters.template import read as read_template
from packager.source import MAX_DEFINITION_BYTES, UnreadableError

__all__ = ["FileEdit", "apply", "diff_text", "fix_namespaced_keys", "fixes", "replace"]


def fixes(loaded: Fixable, report: Report) -> tuple[FileEdit, ...]:
    """The edits that end what can be mended of a report's findings, sorted by path.

    What was accepted is not in a report's findings, and stays. Nothing is written (see `apply`).
    """
    edits = [
        *_definition(loaded, report),
        *_template(loaded, report),
        *_map(loaded, report),
        *_run_parameters(loaded, report),
    ]
    return tuple(sorted(edits, key=lambda edit: edit.path))


def _definition(loaded: Fixable, report: Report) -> Iterator[FileEdit]:
    """Edits of the workflow's own files."""
    sources = Sources(loaded.tree)
    cures: list[Cure] = [
        *images.cures(loaded, sources, report.diagnostics),
        *publishing.cures(loaded, sources, report.diagnostics),
    ]
    paths = {path for cure in cures for path, _ in cure.splices}
    texts = {path: text.text for path in paths if (text := sources.text(path)) is not None}
    for path, after, fixed in composed(texts, cures):
        yield FileEdit(path, texts[path].encode(), after.encode(), fixed, Path(loaded.on_disk(path)))


def _template(loaded: Fixable, report: Report) -> Iterator[FileEdit]:
    written = loaded.written_template
    if written is None:
        return
    for on_disk, content in _candidates(loaded, written.path):
        if read_template(written.path, content)[0] == written:
            mended = templates.mend(loaded, content, report.diagnostics)
            if mended is not None and mended[0] != content:
                yield FileEdit(written.path, content, *mended, on_disk)
            return


def _map(loaded: Fixable, report: Report) -> Iterator[FileEdit]:
    known = loaded.registry_map
    if known is None:
        return
    for on_disk, content in _candidates(loaded, known.path):
        document = jsonedit.parse(content)
        if isinstance(document, JsonError) or registry_map.read(known.path, content)[0] != known:
            continue
        cures = registry_maps.cures(known.path, Text(content), document, report.diagnostics)
        for path, after, fixed in composed({known.path: document.text}, cures):
            yield FileEdit(path, content, after.encode(), fixed, on_disk)
        return


def _run_parameters(loaded: Fixable, report: Report) -> Iterator[FileEdit]:
    known = loaded.run_parameters
    found = tuple(one for one in report.diagnostics if one.code == "TPL010")
    if known is None or not found:
        return
    with suppress(OSError):
        content = read_regular(Path(known.path), MAX_DEFINITION_BYTES)
        if read_run_parameters(known.path, content)[0] != known:
            return
        after = fix_namespaced_keys(content, loaded.workflow)
        mended = read_run_parameters(known.path, after)[0]
        left = {one.name for one in mended.parameters} if mended is not None else set()
        gone = {one.place for one in known.parameters if one.name not in left}
        fixed = tuple(one for one in found if any((one.line, one.column) == (at.line, at.column) for at in gone))
        if fixed:
            yield FileEdit(known.path, content, after, fixed, Path(known.path))


def _candidates(loaded: Fixable, path: str) -> Iterator[tuple[Path, bytes]]:
    """The files that a path of a finding may mean: one of the source, or one beside it that was named."""
    if loaded.tree.lookup(path) is not None:
        with suppress(UnreadableError):  # said elsewhere
            yield Path(loaded.on_disk(path)), loaded.tree.read(path)
    with suppress(OSError):
        yield Path(path), read_regular(Path(path), MAX_DEFINITION_BYTES)
