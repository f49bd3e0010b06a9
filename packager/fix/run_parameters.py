"""Fixes of a file of run parameters: names without the workflow's before them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from packager.files import read_regular
from packager.findings.diagnostic import Diagnostic
from packager.fix.edits import FileEdit, Fixable
from packager.jsondoc import jsonedit
from packager.jsondoc.jsontext import JsonError
from packager.model.facts import Workflow
from packager.parameters.run_parameters import read
from packager.parameters.template import bare_name
from packager.source import MAX_DEFINITION_BYTES


def fixes(loaded: Fixable, diagnostics: tuple[Diagnostic, ...]) -> Iterator[FileEdit]:
    """The edit that resolves TPL010, if there is one."""
    known = loaded.run_parameters
    findings = [finding for finding in diagnostics if finding.code == "TPL010"]
    if known is None or not findings:
        return
    with suppress(OSError):
        content = read_regular(Path(known.path), MAX_DEFINITION_BYTES)
        if read(known.path, content)[0] != known:
            return
        after = fix_namespaced_keys(content, loaded.workflow)
        edited = read(known.path, after)[0]
        names = {parameter.name for parameter in edited.parameters} if edited is not None else set()
        gone = {(each.place.line, each.place.column) for each in known.parameters if each.name not in names}
        fixed = tuple(finding for finding in findings if (finding.line, finding.column) in gone)
        if fixed:
            yield FileEdit(known.path, content, after, fixed, Path(known.path))


def fix_namespaced_keys(content: bytes, workflow: Workflow) -> bytes:
    """Run parameters with bare names: `Workflow.input` becomes `input`, if that is an input and the file does not have it yet.

    Inputs of calls (`Workflow.call.input`) stay as they are, and so does content that is not a JSON object of distinct names.
    """
    document = jsonedit.parse(content)
    if isinstance(document, JsonError):
        return content
    members = document.root.members
    names = {member.key for member in members}
    renamed = [(member, bare) for member in members if (bare := bare_name(member.key, workflow)) is not None]
    counted = Counter(bare for _, bare in renamed)
    splices = [document.rename(member, bare) for member, bare in renamed if bare not in names and counted[bare] == 1]
    return jsonedit.spliced(document.text, splices).encode()
