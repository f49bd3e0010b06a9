"""Quick fixes: the automatic fixes of `lint --fix`, and a comment that accepts a finding with a reason."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence

from lsprotocol import types

from packager import fix
from packager.app.loaded import Loaded
from packager.app.outcome import CheckedWorkflow
from packager.engines import adapter
from packager.findings import codes
from packager.findings.diagnostic import Diagnostic
from packager.findings.report import Report, relocate
from packager.fix import FileEdit
from packager.lsp.documents import DEFINITIONS, Document, Documents, Language, uri_of
from packager.lsp.positions import Positions
from packager.model.facts import Engine

_SLASHES = frozenset({Language.NEXTFLOW, Language.NEXTFLOW_CONFIG})
_QUOTING = {Language.WDL: Engine.WDL, Language.NEXTFLOW: Engine.NEXTFLOW, Language.CWL: Engine.CWL}
REASON = "TODO: reason"
Workflows = Iterable[tuple[Loaded, CheckedWorkflow]]


def fix_actions(
    findings: Sequence[Diagnostic], workflows: Workflows, documents: Documents, encoding: str
) -> Iterator[types.CodeAction]:
    """An action for each finding that has a fix; none if a file has changed since it was checked."""
    pairs = list(workflows)
    for finding in findings:
        if finding.code not in codes.WITH_FIX:
            continue
        for loaded, checked in pairs:
            edits = _edits(finding, loaded, checked)
            changes = {edit: _text_edit(edit, documents, encoding) for edit in edits}
            if edits and all(changes.values()):
                yield types.CodeAction(
                    title=f"Fix {finding.code}: {finding.hint or finding.message}",
                    kind=types.CodeActionKind.QuickFix,
                    is_preferred=True,
                    edit=types.WorkspaceEdit(
                        changes={_uri(edit, documents): [made] for edit, made in changes.items() if made is not None}
                    ),
                )
                break


def _edits(finding: Diagnostic, loaded: Loaded, checked: CheckedWorkflow) -> tuple[FileEdit, ...]:
    """The edits that resolve one finding, whose path is relative to the current folder."""
    for own in checked.report.diagnostics:
        (moved,) = relocate(Report((own,)), loaded.on_disk).diagnostics
        if moved == finding:
            return fix.fixes(loaded, Report((own,)))
    return ()


def _uri(edit: FileEdit, documents: Documents) -> str:
    document = documents.at(str(edit.on_disk))
    return document.uri if document is not None else uri_of(os.path.abspath(edit.on_disk))  # noqa: PTH100 - links are kept


def _text_edit(edit: FileEdit, documents: Documents, encoding: str) -> types.TextEdit | None:
    """The part of a file that an edit changes; None if the file is not as it was."""
    before, after = edit.before.decode(), edit.after.decode()
    if documents.text(str(edit.on_disk)) != before:
        return None
    start = next((at for at, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), -1)
    start = min(len(before), len(after)) if start < 0 else start
    most = min(len(before), len(after)) - start
    same = next((at for at in range(most) if before[-1 - at] != after[-1 - at]), most)
    positions = Positions.of(before, encoding)
    first, last = (_line_and_column(before, at) for at in (start, len(before) - same))
    span = types.Range(positions.position(*first), positions.position(*last))
    return types.TextEdit(span, after[start : len(after) - same])


def _line_and_column(text: str, offset: int) -> tuple[int, int]:
    mark = len(text) - len(text.removeprefix("\ufeff"))
    line_start = text.rfind("\n", 0, offset) + 1
    return text.count("\n", 0, offset) + 1, offset - max(line_start, mark if line_start == 0 else 0) + 1


def allow_actions(findings: Sequence[Diagnostic], document: Document) -> Iterator[types.CodeAction]:
    """An action for each finding that inserts a comment above its line; not where a comment is part of a string or command."""
    language = document.language
    if language is None or language not in DEFINITIONS | _SLASHES:
        return
    lines = Positions.of(document.text, types.PositionEncodingKind.Utf32.value).lines
    engine = _QUOTING.get(language, Engine.NEXTFLOW)
    quoted = adapter.quoted(engine, document.text)
    for code, line in dict.fromkeys((finding.code, finding.line) for finding in findings):
        if not code or not 0 < line <= len(lines) or _is_quoted(document.text, line, quoted):
            continue
        text = lines[line - 1]
        indent = text[: len(text) - len(text.lstrip())]
        sign = "//" if language in _SLASHES else "#"
        at = types.Position(line - 1, 0)
        comment = f"{indent}{sign} packager: allow {code} - {REASON}\n"
        yield types.CodeAction(
            title=f"Allow {code} here, with a reason",
            kind=types.CodeActionKind.QuickFix,
            edit=types.WorkspaceEdit(changes={document.uri: [types.TextEdit(types.Range(at, at), comment)]}),
        )


def _is_quoted(text: str, line: int, quoted: Sequence[tuple[int, int]]) -> bool:
    """Whether the beginning of a line is in a string or command."""
    offset = 0
    for _ in range(line - 1):
        offset = text.find("\n", offset) + 1
    return any(start < offset < end for start, end in quoted)
