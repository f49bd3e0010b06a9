"""The parameterTemplate: derived from a workflow's inputs, as the service would generate it, or written by hand."""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from packager.findings.codes import finding, finding_at
from packager.findings.credentials import redacted
from packager.findings.diagnostic import Diagnostic, Place, in_order
from packager.healthomics import limits
from packager.jsondoc import jsontext
from packager.model.facts import Input, TemplateParameter, Workflow, template_body
from packager.text import safe_json

if TYPE_CHECKING:
    from packager.jsondoc.schemas import Violation

_ELLIPSIS = "…"
FILE_NAME = "parameter-template.json"


@dataclass(frozen=True, slots=True)
class Template:
    """A parameterTemplate that the API accepts, sorted by name, and what was lost on the way to it."""

    parameters: tuple[tuple[str, TemplateParameter], ...]
    diagnostics: tuple[Diagnostic, ...] = ()
    undescribed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class WrittenParameter:
    """An entry of a hand-written template; `optional` is False where the entry does not say (service default)."""

    name: str
    description: str | None
    optional: bool
    place: Place


@dataclass(frozen=True, slots=True)
class WrittenTemplate:
    """A hand-written template file, as far as it could be understood. `size` in bytes."""

    path: str
    size: int
    parameters: tuple[WrittenParameter, ...]

    def as_template(self) -> tuple[tuple[str, TemplateParameter], ...]:
        """The entries as the request sends them, sorted."""
        return tuple(
            sorted(
                (entry.name, TemplateParameter(entry.description or "", entry.optional)) for entry in self.parameters
            )
        )


def derive(workflow: Workflow) -> Template:
    """The template of a workflow: bare names, optional where the input is nullable or has a default.

    Every description is made valid for the API (see `clean`); what loses text is reported.
    """
    parameters: dict[str, TemplateParameter] = {}
    diagnostics: list[Diagnostic] = []
    undescribed = []
    for declared in sorted(workflow.inputs, key=lambda one: one.name):
        if not _usable_name(declared.name):
            diagnostics.append(
                finding_at(
                    declared.place,
                    "TPL021",
                    f"the input `{declared.name[:40]}` cannot be a parameter",
                    subject=declared.name,
                )
            )
            continue
        if len(parameters) >= limits.TEMPLATE_ENTRIES[1]:
            diagnostics.append(
                finding_at(
                    declared.place,
                    "TPL022",
                    f"the input `{declared.name}` is beyond the template's end",
                    subject=declared.name,
                )
            )
            continue
        text, loss = clean(redacted(declared.description))
        if loss:
            message = f"the description of `{declared.name}` {loss}"
            diagnostics.append(finding_at(declared.place, "TPL020", message, subject=declared.name))
        if not text:
            undescribed.append(declared.name)
        parameters[declared.name] = TemplateParameter(text or _stand_in(declared), declared.optional)
    return Template(tuple(parameters.items()), in_order(diagnostics), tuple(undescribed))


def as_service(workflow: Workflow) -> dict[str, TemplateParameter]:
    """What the service itself would generate, sorted by name (guide: parameter templates page).

    WDL: the main workflow's inputs with `parameter_meta`; CWL: `label`, not `doc`; Nextflow: the schema beside
    main, else what main and its `nextflow.config` show. Inputs that the service would miss are absent.
    """
    return {
        declared.name: TemplateParameter(
            declared.service_description,
            declared.optional if declared.service_optional is None else declared.service_optional,
        )
        for declared in sorted(workflow.inputs, key=lambda one: one.name)
        if declared.service_visible
    }


def clean(text: str) -> tuple[str, str]:
    """A description that the API takes, and what was lost ("" for nothing).

    White space is folded, characters outside the service's text class are removed, and what exceeds 256 characters is cut at
    a word, with an ellipsis.
    """
    folded = " ".join(text.split())
    allowed = folded if limits.is_text(folded) else "".join(char for char in folded if limits.is_text(char))
    kept = " ".join(unicodedata.normalize("NFC", allowed).split())
    losses = []
    if len(folded) != len(allowed):
        losses.append("lost characters that the service does not take")
    longest = limits.PARAMETER_DESCRIPTION_LENGTH[1]
    if len(kept) > longest:
        losses.append(f"was cut from {len(kept)} to {longest} characters")
        kept = _cut(kept, longest)
    return kept, " and ".join(losses)


def _wording(violation: Violation) -> str:
    """A fault of form in this tool's words."""
    where = " of ".join(f"`{part}`" for part in reversed(violation.parts)) or "the template"
    longest = limits.PARAMETER_DESCRIPTION_LENGTH[1] if len(violation.parts) > 1 else limits.PARAMETER_NAME_LENGTH[1]
    match violation.keyword:
        case "additionalProperties":
            unknown = sorted(set(violation.value) - {"description", "optional"})
            return f"{where} has the unknown member {', '.join(f'`{name}`' for name in unknown)}"
        case "maxLength":
            return f"{where} has {len(violation.value)} characters, at most {longest} are taken"
        case "pattern":
            return f"{where} has control characters, line ends or tabs"
        case "type":
            return f"{where} must be {_TYPES.get(violation.limit, violation.limit)}"
        case "maxProperties":
            return f"{where} has {len(violation.value)} entries, at most {violation.limit} are taken"
        case _:
            return f"{where}: {violation.message[:200]}"


_TYPES = {"object": "an object", "string": "text", "boolean": "true or false"}


def _cut(text: str, longest: int) -> str:
    head = text[: longest - len(_ELLIPSIS)]
    if text[len(head)] != " " and " " in head:
        head = head.rpartition(" ")[0]
    return head.rstrip(" ,;:.") + _ELLIPSIS


def _stand_in(declared: Input) -> str:
    """What an undescribed parameter is described by: its type."""
    return clean(declared.type)[0] or declared.name


def _usable_name(name: str) -> bool:
    shortest, longest = limits.PARAMETER_NAME_LENGTH
    return shortest <= len(name) <= longest and limits.is_text(name)


def to_json(parameters: tuple[tuple[str, TemplateParameter], ...]) -> str:
    """A template as a JSON file: names sorted, UTF-8, a line end at the end."""
    return safe_json(json.dumps(template_body(parameters), ensure_ascii=False, indent=2, sort_keys=True)) + "\n"


def read(path: str, content: bytes) -> tuple[WrittenTemplate | None, tuple[Diagnostic, ...]]:
    """A hand-written template: its entries as far as they can be understood, and every fault of its form.

    The form is `schemas/parameter-template.schema.json`; numbers of entries and sizes are judged by rules. `{}` is what a
    workflow without inputs has: the request then omits the member.
    """
    parsed = jsontext.read(content)
    if isinstance(parsed, jsontext.JsonError):
        code = "TPL002" if isinstance(parsed, jsontext.LoneSurrogateError) else "TPL001"
        return None, (finding(code, parsed.message, path=path, line=parsed.line, column=parsed.column),)
    found = [
        finding(
            "TPL001",
            f"the name `{pointer.rpartition('/')[2]}` occurs twice",
            path=path,
            line=line,
            column=column,
            subject=pointer.rpartition("/")[2],
        )
        for pointer, line, column in parsed.duplicates
    ]
    from packager.jsondoc.schemas import violations  # noqa: PLC0415 - jsonschema is slow to import

    for violation in violations("parameter-template", parsed.value) if parsed.value != {} else ():
        line, column = parsed.place(jsontext.pointer_of(violation.parts))
        where = ".".join(map(str, violation.parts))
        found.append(finding("TPL002", _wording(violation), path=path, line=line, column=column, subject=where))
    entries = parsed.value.items() if isinstance(parsed.value, dict) else ()
    parameters = []
    for name, body in entries:
        line, column = parsed.place(jsontext.pointer_of((name,)), key=True)
        body = body if isinstance(body, dict) else {}  # noqa: PLW2901 - another shape was reported above
        description = body.get("description")
        parameters.append(
            WrittenParameter(
                name,
                description if isinstance(description, str) else None,
                body.get("optional") is True,
                Place(path, line, column, line, column + len(json.dumps(name, ensure_ascii=False))),
            )
        )
    return WrittenTemplate(path, len(content), tuple(parameters)), in_order(found)
