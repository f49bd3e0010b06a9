"""The parameterTemplate: derived from a workflow's inputs, as the service would generate it, or written by hand."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass, replace

from packager.findings.codes import finding, finding_at
from packager.findings.diagnostic import Diagnostic, Place, in_order
from packager.findings.redaction import shown_description
from packager.healthomics import limits
from packager.jsondoc import jsontext, schemas
from packager.jsondoc.jsontext import JsonText
from packager.model.facts import Engine, Input, TemplateParameter, Workflow, template_body
from packager.text import listed, safe_json

_ELLIPSIS = "…"
_SHOWN = 40
_MOST_NAMES = 5
_MEMBERS = ("description", "optional")
FILE_NAME = "parameter-template.json"


@dataclass(frozen=True, slots=True)
class Template:
    """A parameterTemplate that the API accepts, sorted by name; `diagnostics` report what could not be kept."""

    parameters: tuple[tuple[str, TemplateParameter], ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    undescribed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenParameter:
    """An entry of a hand-written template; `optional` is False if the entry has no such member (service default)."""

    name: str
    description: str | None
    optional: bool
    place: Place


@dataclass(frozen=True, slots=True)
class WrittenTemplate:
    """A hand-written template, as far as it is valid. `size` in bytes; `place` is that of the whole.

    `is_part`: it is a part of a file with other members.
    """

    path: str
    size: int
    parameters: tuple[WrittenParameter, ...]
    place: Place
    is_part: bool = False

    def as_template(self) -> tuple[tuple[str, TemplateParameter], ...]:
        """The entries as the request sends them, sorted."""
        return tuple(
            sorted(
                (entry.name, TemplateParameter(entry.description or "", entry.optional)) for entry in self.parameters
            )
        )


def derive(workflow: Workflow) -> Template:
    """The template of a workflow: bare names, optional where the input is nullable or has a default.

    Every description is made valid for the API (see `clean`); lost text is reported.
    """
    parameters: dict[str, TemplateParameter] = {}
    diagnostics: list[Diagnostic] = []
    undescribed = []
    losses: list[tuple[Place, str, str]] = []
    for declared in sorted(workflow.inputs, key=lambda declared: declared.name):
        if not _usable_name(declared.name):
            diagnostics.append(
                finding_at(
                    declared.place,
                    "TPL021",
                    f"the input `{declared.name[:_SHOWN]}` cannot be the name of a parameter",
                    subject=declared.name,
                )
            )
            continue
        if len(parameters) >= limits.TEMPLATE_ENTRIES[1]:
            diagnostics.append(
                finding_at(
                    declared.place,
                    "TPL022",
                    f"the input `{declared.name}` does not fit into the template",
                    subject=declared.name,
                )
            )
            continue
        text, loss = clean(shown_description(declared.name, declared.description, declared.default))
        if loss:
            losses.append((declared.place, declared.name, loss))
        if not text:
            undescribed.append(declared.name)
        parameters[declared.name] = TemplateParameter(text or _type_text(declared), declared.optional)
    if losses:
        diagnostics.append(_shortened(losses))
    return Template(tuple(parameters.items()), in_order(diagnostics), tuple(undescribed))


def _shortened(losses: list[tuple[Place, str, str]]) -> Diagnostic:
    """One finding, at the first place, about all descriptions that lost something: place, name, and what it lost."""
    place, name, loss = min(losses)
    if len(losses) == 1:
        return finding_at(place, "TPL020", f"the description of `{name}` {loss}", subject=name)
    names = [name for _, name, _ in sorted(losses)]
    message = f"{len(names)} descriptions are shortened to what the service accepts: {listed(names, _MOST_NAMES)}"
    return finding_at(place, "TPL020", message)


def as_service(workflow: Workflow) -> dict[str, TemplateParameter]:
    """The template that the service itself would generate, sorted by name (Guide.PARAMETER_TEMPLATES).

    WDL: the main workflow's inputs with `parameter_meta`; CWL: `label`, not `doc`; Nextflow: the schema next to
    main, else the parameters of main and its `nextflow.config`. Inputs that the service would miss are absent.
    """
    return {
        declared.name: TemplateParameter(
            declared.service_description,
            declared.optional if declared.service_optional is None else declared.service_optional,
        )
        for declared in sorted(workflow.inputs, key=lambda declared: declared.name)
        if declared.service_visible
    }


def clean(text: str) -> tuple[str, str]:
    """A description that the API accepts, and what was lost ("" for nothing).

    White space is folded, characters outside the service's text class are removed, and text beyond 256 characters is cut at
    a word, with an ellipsis.
    """
    folded = " ".join(text.split())
    allowed = folded if limits.is_text(folded) else "".join(char for char in folded if limits.is_text(char))
    kept = " ".join(unicodedata.normalize("NFC", allowed).split())
    losses = []
    if len(folded) != len(allowed):
        losses.append("lost characters that the service does not accept")
    longest = limits.PARAMETER_DESCRIPTION_LENGTH[1]
    if len(kept) > longest:
        losses.append(f"was cut from {len(kept)} to {longest} characters")
        kept = _cut(kept, longest)
    return kept, " and ".join(losses)


def _describe(violation: schemas.Violation) -> str:
    """A violation of the template's schema as a sentence."""
    subject = " of ".join(f"`{part}`" for part in reversed(violation.parts)) or "the template"
    if isinstance(violation.value, str) and not violation.parts:
        subject = f"the name `{violation.value[:_SHOWN]}`"
    if violation.keyword == "additionalProperties":
        return f"{subject} {schemas.unknown(violation.unknown_members(_MEMBERS))}"
    return f"{subject} {schemas.describe(violation)}"


def _cut(text: str, longest: int) -> str:
    head = text[: longest - len(_ELLIPSIS)]
    if text[len(head)] != " " and " " in head:
        head = head.rpartition(" ")[0]
    return head.rstrip(" ,;:.") + _ELLIPSIS


def _type_text(declared: Input) -> str:
    """The description of an undescribed parameter: its type."""
    return clean(declared.type)[0] or declared.name


def bare_name(name: str, workflow: Workflow) -> str | None:
    """`input` of `Workflow.input`, if that WDL workflow has such an input; None for every other name."""
    if workflow.engine is not Engine.WDL or not name.startswith(f"{workflow.name}."):
        return None
    bare = name.removeprefix(f"{workflow.name}.")
    return bare if any(declared.name == bare for declared in workflow.inputs) else None


def _usable_name(name: str) -> bool:
    shortest, longest = limits.PARAMETER_NAME_LENGTH
    return shortest <= len(name) <= longest and limits.is_text(name)


def to_json(parameters: tuple[tuple[str, TemplateParameter], ...]) -> str:
    """A template as a JSON file: names sorted, UTF-8, a line end at the end."""
    return safe_json(json.dumps(template_body(parameters), ensure_ascii=False, indent=2, sort_keys=True)) + "\n"


def repeated_names(code: str, path: str, document: JsonText) -> list[Diagnostic]:
    """A finding of that code for each name that occurs twice in an object of a document."""
    return [
        finding(
            code,
            f"the name `{duplicate.name}` occurs twice",
            path=path,
            line=duplicate.line,
            column=duplicate.column,
            subject=duplicate.name,
        )
        for duplicate in document.duplicates
    ]


def read(path: str, content: bytes | JsonText) -> tuple[WrittenTemplate | None, tuple[Diagnostic, ...]]:
    """A hand-written template as far as it is valid, and every error of its form (TPL001, TPL002).

    The content is that of a file, or a part of one.

    The form is `schemas/parameter-template.schema.json`; rules check numbers of entries and sizes. `{}` is the template of a
    workflow without inputs: the request then omits the member.
    """
    parsed = content if isinstance(content, JsonText) else jsontext.read(content)
    if isinstance(parsed, jsontext.JsonError):
        code = "TPL002" if isinstance(parsed, jsontext.LoneSurrogateError) else "TPL001"
        message = parsed.message if code == "TPL002" else f"the parameter template is not JSON: {parsed.message}"
        return None, (finding(code, message, path=path, line=parsed.line, column=parsed.column),)
    diagnostics = repeated_names("TPL001", path, parsed)
    for violation in schemas.violations("parameter-template", parsed.value) if parsed.value != {} else ():
        line, column = parsed.place(violation.parts)
        subject = ".".join(map(str, violation.parts))
        message = _describe(violation)
        diagnostics.append(finding("TPL002", message, path=path, line=line, column=column, subject=subject))
    parameters = []
    for name, entry in parsed.value.items() if isinstance(parsed.value, dict) else ():
        line, column = parsed.place((name,), key=True)
        members = entry if isinstance(entry, dict) else {}  # another type is reported above
        description = members.get("description")
        parameters.append(
            WrittenParameter(
                name,
                description if isinstance(description, str) else None,
                members.get("optional") is True,
                Place(path, line, column, line, column + len(json.dumps(name, ensure_ascii=False))),
            )
        )
    if isinstance(content, JsonText):
        size, place = len(jsontext.canonical_json(content.value).encode()), Place(path, *content.place(()))
    else:
        size, place = len(content), Place(path, 1, 1)
    is_part = isinstance(content, JsonText)
    if is_part:
        diagnostics = [replace(found, hint="fix the entry") for found in diagnostics]
    return WrittenTemplate(path, size, tuple(parameters), place, is_part), in_order(diagnostics)
