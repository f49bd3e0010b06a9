"""Hints for references to missing and remote files that depend on what is around the source."""

from __future__ import annotations

from dataclasses import replace

from packager.engines.local_files import file_from_root, same_repository_file, unfetched_submodule
from packager.findings.diagnostic import Diagnostic
from packager.source import SourceTree

_MISSING = frozenset({"WDL050", "CWL005", "CWL010"})
_REMOTE = frozenset({"WDL051", "CWL006"})


def with_local_files(diagnostics: tuple[Diagnostic, ...], tree: SourceTree) -> tuple[Diagnostic, ...]:
    """The findings; those about missing and remote files have the cure as their hint if it is at hand."""
    return tuple(_with_hint(finding, tree) for finding in diagnostics)


def _with_hint(finding: Diagnostic, tree: SourceTree) -> Diagnostic:
    text = finding.subject.partition("#")[0] if finding.code.startswith("CWL") else finding.subject
    if not text or finding.code not in _MISSING | _REMOTE:
        return finding
    hint = None
    if finding.code in _REMOTE:
        local = same_repository_file(tree, finding.path, text)
    else:
        local = file_from_root(tree, finding.path, text)
        module = unfetched_submodule(tree, finding.path, text)
        if module is not None:
            hint = f"`{module}` is a Git submodule that is not checked out: run `git submodule update --init`"
    if local is not None:
        hint = (
            f'import the local file: `import "{local}"`'
            if finding.code.startswith("WDL")
            else f"refer to the local file `{local}`"
        )
    return finding if hint is None else replace(finding, hint=hint)
