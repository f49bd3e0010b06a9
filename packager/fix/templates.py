"""Fixes of a hand-written parameter template."""

from __future__ import annotations

from packager.findings.diagnostic import Diagnostic
from packager.fix.drift import Change, Drift, drift, mended
from packager.fix.edits import Fixable, reported

_CODES = ("TPL004", "TPL005", "TPL006", "TPL009")


def mend(
    loaded: Fixable, content: bytes, diagnostics: tuple[Diagnostic, ...]
) -> tuple[bytes, tuple[Diagnostic, ...]] | None:
    """The template file without its drift, as far as that is reported, and the findings that are gone."""
    written = loaded.written_template
    if written is None:
        return None
    found = tuple(reported(diagnostics, written.path, _CODES))
    if not found:
        return None
    # A rule may be silent about one entry of several (a path that is ignored, a name that another rule minds).
    drifts = [
        change
        for change in drift(written, loaded.workflow, loaded.template, {one.code for one in found})
        if any(_ends(change, one) for one in found)
    ]
    fixed = tuple(one for one in found if any(_ends(change, one) for change in drifts))
    return mended(written.path, content, drifts), fixed


def _ends(change: Drift, found: Diagnostic) -> bool:
    """Whether a finding is gone after a change."""
    if found.code == "TPL004":
        name = change.new_name or change.name
        return change.change in (Change.ADD, Change.RENAME) and found.subject == name
    place = change.place
    return place is not None and (found.code, found.line, found.column) == (change.code, place.line, place.column)
