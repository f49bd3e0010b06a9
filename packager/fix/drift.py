"""How a hand-written parameter template and its workflow have come apart, and the file brought up to date."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from packager.errors import PackagerError
from packager.findings.diagnostic import Place
from packager.fix.names import bare_name, folded
from packager.jsondoc import jsonedit
from packager.jsondoc.jsonedit import Document, Node, Splice, spliced
from packager.jsondoc.jsontext import JsonError
from packager.model.facts import TemplateParameter, Workflow, template_body
from packager.parameters.template import Template, WrittenTemplate, clean, read


class Change(Enum):
    """What can be done to an entry of a template."""

    ADD = auto()
    REMOVE = auto()
    RENAME = auto()
    SET_OPTIONAL = auto()


@dataclass(frozen=True, slots=True)
class Drift:
    """One change that a template needs, and the code of the rule that reports it ("" where none does).

    `name` is the entry's name in the file, `new_name` the one that RENAME gives it. `parameter` is what the workflow says of the
    entry (None by REMOVE), `place` where the entry stands (None by ADD), `description` its hand-written text.
    """

    change: Change
    code: str
    name: str
    new_name: str = ""
    parameter: TemplateParameter | None = None
    place: Place | None = None
    description: str = ""

    def __str__(self) -> str:
        """What the file has to be told, as the end of a sentence about the file."""
        match self.change:
            case Change.ADD:
                return f"`{self.name}` is missing"
            case Change.REMOVE:
                return f"`{self.name}` is no input of the workflow"
            case Change.RENAME:
                return f"`{self.name}` is the input `{self.new_name}`"
            case Change.SET_OPTIONAL:
                return f"`{self.name}` differs: the workflow {self._need}"

    @property
    def done(self) -> str:
        """What was done about it."""
        match self.change:
            case Change.ADD:
                return f"added `{self.name}`"
            case Change.REMOVE:
                words = f" (described as `{self.description}`)" if self.description else ""
                return f"removed `{self.name}`, which is no input of the workflow{words}"
            case Change.RENAME:
                return f"renamed `{self.name}` to `{self.new_name}`"
            case Change.SET_OPTIONAL:
                return (
                    f"made `{self.name}` {'optional' if self._is_optional else 'required'}: the workflow {self._need}"
                )

    @property
    def _is_optional(self) -> bool:
        return self.parameter is not None and self.parameter.optional

    @property
    def _need(self) -> str:
        return "has a default for it or takes null" if self._is_optional else "requires it"


def drift(
    written: WrittenTemplate, workflow: Workflow, derived: Template, codes: Collection[str] | None = None
) -> tuple[Drift, ...]:
    """Every change after which a template has exactly the workflow's inputs, under their names and rightly optional.

    Descriptions and order are the writer's. With `codes`, only what these rules report. Where parts of the workflow are not
    known nothing is removed: an entry may be an input of what could not be read.
    """
    renamed: dict[str, Drift] = {}
    for one in _renames(written, workflow, derived):
        taken = any(one.new_name == other.new_name for other in renamed.values())
        if not taken and (codes is None or one.code in codes):
            renamed[one.name] = one
    inputs = {declared.name for declared in workflow.inputs}
    wanted = dict(derived.parameters)
    found: list[Drift] = []
    for entry in written.parameters:
        new = renamed.get(entry.name)
        if new is not None:
            found.append(new)
        elif entry.name not in inputs and workflow.complete:
            # Whether the service takes the long name beside the short one is disputed, so no rule asks for its removal.
            code = "TPL005" if bare_name(entry.name, workflow) is None else ""
            found.append(Drift(Change.REMOVE, code, entry.name, place=entry.place, description=entry.description or ""))
        parameter = new.parameter if new else wanted.get(entry.name)
        if parameter is not None and parameter.optional is not entry.optional:
            # Whoever requires what has a default may know why (in Nextflow it is often null): that stays advice, and is no rule's to
            # undo. Under a new name an entry is set right at once: no rule has compared it under the old one.
            code = "" if parameter.optional else new.code if new else "TPL006"
            found.append(Drift(Change.SET_OPTIONAL, code, entry.name, parameter=parameter, place=entry.place))
    there = {entry.name for entry in written.parameters} | {one.new_name for one in renamed.values()}
    found += [
        # An optional input may be kept from those who start runs, so no rule asks for it.
        Drift(Change.ADD, "" if parameter.optional else "TPL004", name, parameter=parameter)
        for name, parameter in derived.parameters
        if name not in there
    ]
    return tuple(one for one in found if codes is None or one.code in codes)


def _renames(written: WrittenTemplate, workflow: Workflow, derived: Template) -> Iterator[Drift]:
    """The entries that may be an input which the template lacks, under another name."""
    inputs = {declared.name for declared in workflow.inputs}
    named = {entry.name for entry in written.parameters}
    absent = {name: parameter for name, parameter in derived.parameters if name not in named}
    spellings: dict[str, list[str]] = {}
    for name in absent:
        spellings.setdefault(folded(name), []).append(name)
    for entry in written.parameters:
        if entry.name in inputs:
            continue
        bare = bare_name(entry.name, workflow)
        if bare is not None:
            if bare in absent:
                yield Drift(Change.RENAME, "TPL009", entry.name, bare, absent[bare], entry.place)
        elif workflow.complete:
            alike = spellings.get(folded(entry.name), [])
            if len(alike) == 1:
                yield Drift(Change.RENAME, "TPL005", entry.name, alike[0], absent[alike[0]], entry.place)


def drift_of_file(path: str, content: bytes, workflow: Workflow, derived: Template) -> tuple[Drift, ...]:
    """`drift` for the bytes of a template file.

    Raises:
        PackagerError: the file is no JSON object of distinct names.
    """
    _document(path, content)
    written, _ = read(path, content)
    return drift(written, workflow, derived) if written is not None else ()


def mended(path: str, content: bytes, drifts: Collection[Drift]) -> bytes:
    """A template file after some changes; order, formatting and every text that they are not about stay.

    Raises:
        PackagerError: the file is no JSON object of distinct names.
    """
    document = _document(path, content)
    by_change = {change: [one for one in drifts if one.change is change] for change in Change}
    members = {member.key: member for member in document.root.members}
    splices = [document.rename(members[one.name], one.new_name) for one in by_change[Change.RENAME]]
    for one in by_change[Change.SET_OPTIONAL]:
        splices += _set_optional(document, members[one.name].node, one.parameter)
    names = {one.name for one in by_change[Change.REMOVE]}
    content = spliced(document.text, splices).encode()
    if names:
        document = _document(path, content)
        content = spliced(document.text, document.remove(document.root, names)).encode()
    added = template_body(tuple((one.name, one.parameter) for one in by_change[Change.ADD] if one.parameter))
    if added:
        document = _document(path, content)
        content = spliced(document.text, document.add(document.root, added)).encode()
    return content


def _set_optional(document: Document, entry: Node, parameter: TemplateParameter | None) -> tuple[Splice, ...]:
    if parameter is None:
        return ()
    if not document.is_object(entry):
        text = document.value(entry)
        described = clean(text)[0] if isinstance(text, str) else ""
        return (
            document.replace(
                entry, {"description": described or parameter.description, "optional": parameter.optional}
            ),
        )
    optional = entry.member("optional")
    if optional is None:
        return document.add(entry, {"optional": parameter.optional})
    return (document.replace(optional.node, parameter.optional),)


def _document(path: str, content: bytes) -> Document:
    """The JSON object in a file's bytes."""
    found = jsonedit.parse(content)
    if isinstance(found, JsonError):
        raise PackagerError(
            f"`{path}` is not a JSON object of distinct names: {found.message} (line {found.line}, column {found.column})",
            "mend the JSON",
        )
    if not found.is_object(found.root):
        raise PackagerError(f"`{path}` is not a JSON object", "mend the JSON")
    return found
