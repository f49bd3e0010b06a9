"""Automatic fixes: edits that resolve a finding and change nothing else.

A finding has a fix only where the text can be intended in one way. A missing `version` of a WDL document, for example, has none: the
document is then draft-2, whose `${...}` in commands and undeclared sections have another meaning under `version 1.0`, mostly
without an error. A fix that removes what a person wrote is unsafe: it is made only if it is asked for.
"""

from __future__ import annotations

from packager.findings.report import Report
from packager.fix import definitions, registry_maps, run_parameters, template_update
from packager.fix.apply import apply, diff_text, replace
from packager.fix.edits import FileEdit, Fixable
from packager.fix.run_parameters import fix_namespaced_keys

__all__ = ["FileEdit", "apply", "diff_text", "fix_namespaced_keys", "fixes", "replace"]


def fixes(loaded: Fixable, report: Report, *, unsafe: bool = False) -> tuple[FileEdit, ...]:
    """The edits that resolve findings of a report, sorted by path.

    Accepted findings are not in a report, and stay. Nothing is written (see `apply`). `unsafe`: also the edits that remove entries.
    """
    edits = [
        *template_update.fixes(loaded, report.diagnostics, unsafe=unsafe),
        *(
            edit
            for subject in (definitions, registry_maps, run_parameters)
            for edit in subject.fixes(loaded, report.diagnostics)
        ),
    ]
    return tuple(sorted(edits, key=lambda edit: edit.path))
