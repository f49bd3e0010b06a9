"""Automatic fixes of the findings of workflows: what they would change, and applying them until nothing is left to fix."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from packager import fix
from packager.app.loaded import Loaded
from packager.app.outcome import CheckedWorkflow, unaccepted
from packager.findings.diagnostic import Diagnostic
from packager.fix import FileEdit

_MOST_PASSES = 5
Pairs = Sequence[tuple[Loaded, CheckedWorkflow]]


@dataclass(frozen=True, slots=True)
class FixedWorkflows:
    """Workflows after their fixes, and the numbers of fixed findings and files. `unsafe`: how many more unsafe fixes would resolve."""

    workflows: Pairs
    findings: int
    files: int
    unsafe: int


def _edits(workflows: Pairs, *, unsafe: bool) -> tuple[FileEdit, ...]:
    """The fixes of all findings, one edit per file: two workflows may reach one file by different paths."""
    edits = {
        os.path.realpath(edit.on_disk): edit
        for loaded, checked in workflows
        for edit in fix.fixes(loaded, unaccepted(checked), unsafe=unsafe)
    }
    return tuple(edits[path] for path in sorted(edits))


def fixable(workflows: Pairs) -> list[Diagnostic]:
    """The findings that a fix resolves, with paths relative to the current folder."""
    return [
        replace(finding, place=replace(finding.place, path=loaded.on_disk(finding.path)))
        for loaded, checked in workflows
        for edit in fix.fixes(loaded, unaccepted(checked))
        for finding in edit.fixed
    ]


def preview_fixes(workflows: Pairs, *, unsafe: bool = False) -> str:
    """A patch with what the fixes would change."""
    return fix.diff_text(_edits(workflows, unsafe=unsafe))


def apply_fixes(workflows: Pairs, check_again: Callable[[], Pairs], *, unsafe: bool = False) -> FixedWorkflows:
    """The workflows after all fixes. Edits that overlap are applied in separate passes, with a new check before each."""
    findings, files = 0, set()
    for _ in range(_MOST_PASSES):
        edits = _edits(workflows, unsafe=unsafe)
        if not edits:
            break
        fix.apply(edits)
        findings += sum(len(edit.fixed) for edit in edits)
        files |= {edit.on_disk for edit in edits}
        workflows = check_again()
    left = 0 if unsafe else sum(len(edit.fixed) for edit in _edits(workflows, unsafe=True))
    return FixedWorkflows(workflows, findings, len(files), left)
