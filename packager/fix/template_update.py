"""How a hand-written parameter template differs from its workflow, and the changes that update it."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from packager.errors import PackagerError
from packager.findings.diagnostic import Diagnostic, Place
from packager.fix.edits import FileEdit, Fixable, candidate_files, folded, reported
from packager.jsondoc import jsonedit
from packager.jsondoc.jsonedit import JsonDocument, Splice, spliced
from packager.jsondoc.jsontext import JsonError, JsonNode
from packager.model.facts import TemplateParameter, Workflow, template_body
from packager.parameters.template import Template, WrittenTemplate, bare_name, clean, read
from packager.text import nearest_name

_CODES = ("TPL004", "TPL005", "TPL006", "TPL009")


class Action(Enum):
    """What a change does to an entry of a template."""

    ADD = auto()
    REMOVE = auto()
    RENAME = auto()
    SET_OPTIONAL = auto()


@dataclass(frozen=True, slots=True)
class TemplateChange:
    """A change that a template needs, and the code of the rule that reports it ("" if none does).

    `name` is the entry's name in the file, `new_name` the name that RENAME gives it. `parameter` is the entry that the workflow
    needs (None for REMOVE), `place` the place of the entry (None for ADD), `description` its hand-written text.
    """

    action: Action
    code: str
    name: str
    new_name: str = ""
    parameter: TemplateParameter | None = None
    place: Place | None = None
    description: str = ""

    def __str__(self) -> str:
        """The difference, as the end of a sentence about the file."""
        match self.action:
            case Action.ADD:
                return f"`{self.name}` is missing"
            case Action.REMOVE:
                return f"`{self.name}` is not an input of the workflow"
            case Action.RENAME:
                return f"`{self.name}` is the input `{self.new_name}`"
            case Action.SET_OPTIONAL:
                return f"`{self.name}` differs: the workflow {self._need}"

    @property
    def done(self) -> str:
        """The change in the past tense, as a sentence."""
        match self.action:
            case Action.ADD:
                return f"added `{self.name}`"
            case Action.REMOVE:
                described = f" (described as `{self.description}`)" if self.description else ""
                return f"removed `{self.name}`, which is not an input of the workflow{described}"
            case Action.RENAME:
                return f"renamed `{self.name}` to `{self.new_name}`"
            case Action.SET_OPTIONAL:
                state = "optional" if self._is_optional else "required"
                return f"made `{self.name}` {state}: the workflow {self._need}"

    @property
    def _is_optional(self) -> bool:
        return self.parameter is not None and self.parameter.optional

    @property
    def _need(self) -> str:
        return "has a default for it or accepts null" if self._is_optional else "requires it"


def fixes(loaded: Fixable, diagnostics: tuple[Diagnostic, ...], *, unsafe: bool = False) -> Iterator[FileEdit]:
    """The edit that resolves the reported differences of the template file, if there is one.

    `unsafe`: entries are removed, too. Their descriptions were written by hand, and an entry may be a misspelt input.
    """
    written = loaded.written_template
    findings = tuple(reported(diagnostics, written.path, _CODES)) if written is not None else ()
    if written is None or not findings:
        return
    for on_disk, content in candidate_files(loaded, written.path):
        if read(written.path, content)[0] != written:
            continue
        # A rule may report only some of the entries (an ignored path, a name that another rule reports).
        changes = [
            change
            for change in find_changes(written, loaded.workflow, loaded.template, {each.code for each in findings})
            if (unsafe or change.action is not Action.REMOVE)
            and any(_resolves(change, finding) for finding in findings)
        ]
        after = apply_changes(written.path, content, changes)
        if after != content:
            fixed = tuple(finding for finding in findings if any(_resolves(change, finding) for change in changes))
            yield FileEdit(written.path, content, after, fixed, on_disk)
        return


def _resolves(change: TemplateChange, finding: Diagnostic) -> bool:
    """Whether a change resolves a finding."""
    if finding.code == "TPL004":
        name = change.new_name or change.name
        return change.action in (Action.ADD, Action.RENAME) and finding.subject == name
    place = change.place
    return place is not None and (finding.code, finding.line, finding.column) == (change.code, place.line, place.column)


def find_changes(
    written: WrittenTemplate, workflow: Workflow, derived: Template, codes: Collection[str] | None = None
) -> tuple[TemplateChange, ...]:
    """Every change after which a template has exactly the workflow's inputs, under their names and optional as they are.

    Descriptions and order stay. With `codes`, only what these rules report. If parts of the workflow are unknown, nothing
    is removed: an entry may be an input of what could not be read.
    """
    renamed: dict[str, TemplateChange] = {}
    for rename in _renames(written, workflow, derived):
        taken = any(rename.new_name == other.new_name for other in renamed.values())
        if not taken and (codes is None or rename.code in codes):
            renamed[rename.name] = rename
    inputs = {declared.name for declared in workflow.inputs}
    parameters = dict(derived.parameters)
    changes: list[TemplateChange] = []
    for entry in written.parameters:
        new = renamed.get(entry.name)
        if new is not None:
            changes.append(new)
        elif entry.name not in inputs and workflow.complete:
            # Sources disagree whether the service accepts the long name, so no rule asks for its removal.
            code = "TPL005" if bare_name(entry.name, workflow) is None else ""
            description = entry.description or ""
            changes.append(TemplateChange(Action.REMOVE, code, entry.name, place=entry.place, description=description))
        parameter = new.parameter if new else parameters.get(entry.name)
        if parameter is not None and parameter.optional is not entry.optional:
            # An author may require a parameter with a default on purpose (in Nextflow it is often null): no rule asks to change
            # that. A renamed entry is corrected with its rename: no rule has compared it under the old name.
            code = "" if parameter.optional else new.code if new else "TPL006"
            changes.append(
                TemplateChange(Action.SET_OPTIONAL, code, entry.name, parameter=parameter, place=entry.place)
            )
    names = {entry.name for entry in written.parameters} | {rename.new_name for rename in renamed.values()}
    changes += [
        # An author may leave out an optional input on purpose, so no rule asks for it.
        TemplateChange(Action.ADD, "" if parameter.optional else "TPL004", name, parameter=parameter)
        for name, parameter in derived.parameters
        if name not in names
    ]
    return tuple(change for change in changes if codes is None or change.code in codes)


def _renames(written: WrittenTemplate, workflow: Workflow, derived: Template) -> Iterator[TemplateChange]:
    """The entries that may be inputs under another name, which the template lacks."""
    inputs = {declared.name for declared in workflow.inputs}
    names = {entry.name for entry in written.parameters}
    absent = {name: parameter for name, parameter in derived.parameters if name not in names}
    spellings: dict[str, list[str]] = {}
    for name in absent:
        spellings.setdefault(folded(name), []).append(name)
    unknown = names - inputs
    for entry in written.parameters:
        if entry.name in inputs:
            continue
        bare = bare_name(entry.name, workflow)
        if bare is not None:
            if bare in absent:
                yield TemplateChange(Action.RENAME, "TPL009", entry.name, bare, absent[bare], entry.place)
        elif workflow.complete:
            alike = spellings.get(folded(entry.name), []) or _misspelt(entry.name, unknown, absent)
            if len(alike) == 1:
                yield TemplateChange(Action.RENAME, "TPL005", entry.name, alike[0], absent[alike[0]], entry.place)


def _misspelt(name: str, unknown: Collection[str], absent: Collection[str]) -> list[str]:
    """The absent input that an unknown name is nearest to, if the name is also the nearest of the unknown ones to that input."""
    nearest = nearest_name(name, absent, names=len(unknown))
    return [nearest] if nearest and nearest_name(nearest, unknown, names=len(unknown)) == name else []


def changes_of_file(path: str, content: bytes, workflow: Workflow, derived: Template) -> tuple[TemplateChange, ...]:
    """The changes (see `find_changes`) for the bytes of a template file.

    Raises:
        PackagerError: the file is not a JSON object of distinct names.
    """
    _document(path, content)
    written, _ = read(path, content)
    return find_changes(written, workflow, derived) if written is not None else ()


def apply_changes(path: str, content: bytes, changes: Collection[TemplateChange]) -> bytes:
    """A template file after some changes; order, formatting and all other text stay.

    Raises:
        PackagerError: the file is not a JSON object of distinct names.
    """
    document = _document(path, content)
    by_action = {action: [change for change in changes if change.action is action] for action in Action}
    members = {member.key: member for member in document.root.members}
    splices = [document.rename(members[change.name], change.new_name) for change in by_action[Action.RENAME]]
    for change in by_action[Action.SET_OPTIONAL]:
        splices += _set_optional(document, members[change.name].node, change.parameter)
    names = {change.name for change in by_action[Action.REMOVE]}
    content = spliced(document.text, splices).encode()
    if names:
        document = _document(path, content)
        content = spliced(document.text, document.remove(document.root, names)).encode()
    added = template_body(
        tuple((change.name, change.parameter) for change in by_action[Action.ADD] if change.parameter)
    )
    if added:
        document = _document(path, content)
        content = spliced(document.text, document.add(document.root, added)).encode()
    return content


def _set_optional(document: JsonDocument, entry: JsonNode, parameter: TemplateParameter | None) -> tuple[Splice, ...]:
    if parameter is None:
        return ()
    if not document.is_object(entry):
        text = document.value(entry)
        described = clean(text)[0] if isinstance(text, str) else ""
        body = {"description": described or parameter.description, "optional": parameter.optional}
        return (document.replace(entry, body),)
    optional = entry.member("optional")
    if optional is None:
        return document.add(entry, {"optional": parameter.optional})
    return (document.replace(optional.node, parameter.optional),)


def _document(path: str, content: bytes) -> JsonDocument:
    """The JSON object in a file's bytes."""
    document = jsonedit.parse(content)
    if isinstance(document, JsonError):
        message = f"{document.message} (line {document.line}, column {document.column})"
        raise PackagerError(f"`{path}` is not a JSON object of distinct names: {message}", "fix the JSON")
    if not document.is_object(document.root):
        raise PackagerError(f"`{path}` is not a JSON object", "fix the JSON")
    return document
