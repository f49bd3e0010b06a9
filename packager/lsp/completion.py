"""Completion: runtime attributes, directives, accelerators, and the keys and values of our own files."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from lsprotocol import types

from packager.app.loaded import Loaded
from packager.engines.nextflow.builtins import DIRECTIVES
from packager.findings.codes import known
from packager.healthomics import limits
from packager.images.usage import ImageUse
from packager.jsondoc import schemas
from packager.lsp.documents import Language
from packager.model.image_reference import ImageReference
from packager.project.keys import KEYS, NAMED

_TABLE = re.compile(r"^[ \t]{0,80}\[\[?[ \t]{0,80}([\w.\"'-]{1,300})", re.MULTILINE)
_BLOCK = re.compile(
    r"[{}]|\b(runtime|requirements|hints|process|input|output|command|script|shell|exec|stub|meta|parameter_meta|params)\b"
)
_ACCELERATOR = re.compile(
    r"""accelerator(?:Type)?\b[^\n]{0,200}(?:["'][\w-]{0,60}|type[ \t]{0,20}:[ \t]{0,20}["']?[\w-]{0,60})$"""
)
_VALUE = re.compile(r"^\s*([\w-]+)\s*=\s*(\[[^\]]*)?[\"']?[\w-]*$")
_PROCESS_SECTIONS = ("input", "output", "script", "shell", "exec", "stub")


@dataclass(frozen=True, slots=True)
class Request:
    """Where completion is asked for: the text before the cursor, and the workflows that have the file."""

    language: Language
    before: str
    workflows: tuple[Loaded, ...]

    @property
    def line(self) -> str:
        """The line up to the cursor."""
        return self.before.rpartition("\n")[2]


def complete(request: Request) -> list[types.CompletionItem]:
    """The completions at a place, each label once."""
    items: dict[str, types.CompletionItem] = {}
    for item in _items(request):
        items.setdefault(item.label, item)
    return list(items.values())


def _items(request: Request) -> Iterator[types.CompletionItem]:
    match request.language:
        case Language.WDL:
            yield from _of_wdl(request)
        case Language.NEXTFLOW | Language.NEXTFLOW_CONFIG:
            yield from _of_nextflow(request)
        case Language.CONFIGURATION:
            yield from _of_configuration(request)
        case Language.TEMPLATE:
            yield from _of_template(request)
        case Language.REGISTRY_MAP:
            yield from _of_map(request)


def _item(
    label: str, kind: types.CompletionItemKind, detail: str = "", insert: str | None = None
) -> types.CompletionItem:
    return types.CompletionItem(label, kind=kind, detail=detail or None, insert_text=insert)


def _accelerators() -> Iterator[types.CompletionItem]:
    for name in limits.ACCELERATOR_TYPES:
        yield _item(name, types.CompletionItemKind.EnumMember, "accelerator of HealthOmics")


def _of_wdl(request: Request) -> Iterator[types.CompletionItem]:
    if _ACCELERATOR.search(request.line):
        yield from _accelerators()
    elif _innermost(request.before) in ("runtime", "requirements", "hints") and ":" not in request.line:
        for name in limits.WDL_RUNTIME_ATTRIBUTES:
            yield _item(name, types.CompletionItemKind.Property, "runtime attribute of HealthOmics", f"{name}: ")


def _of_nextflow(request: Request) -> Iterator[types.CompletionItem]:
    if _ACCELERATOR.search(request.line):
        yield from _accelerators()
        return
    if re.search(r"\bparams\.\w*$", request.line):
        for loaded in request.workflows:
            for declared in loaded.workflow.inputs:
                yield _item(declared.name, types.CompletionItemKind.Variable, declared.type)
    elif re.fullmatch(r"\s*\w*", request.line) and _innermost(request.before) == "process":
        for name in sorted(DIRECTIVES):
            yield _item(name, types.CompletionItemKind.Property, "directive", f"{name} ")
        if request.language is Language.NEXTFLOW:
            for name in _PROCESS_SECTIONS:
                yield _item(f"{name}:", types.CompletionItemKind.Keyword, "section")


def _innermost(before: str) -> str:
    """The word of the block that a place is in: the last one before the brace that is still open."""
    bare = re.sub(r"#[^\n]*|//[^\n]*|\"[^\"\n]*\"|'[^'\n]*'", " ", before)
    stack: list[str] = []
    word = ""
    for match in _BLOCK.finditer(bare):
        if match.group() == "{":
            stack.append(word)
            word = ""
        elif match.group() == "}":
            word = stack.pop() if stack else ""
            word = ""
        else:
            word = match.group()
    return stack[-1] if stack else ""


def _of_configuration(request: Request) -> Iterator[types.CompletionItem]:
    tables = _TABLE.findall(request.before)
    if re.fullmatch(r"\s*\[+[\w.]*", request.line):
        for section in KEYS:
            yield _item(
                section, types.CompletionItemKind.Module, "table", f"{section}." if section in NAMED else section
            )
        return
    section = tables[-1].partition(".")[0] if tables else ""
    keys = KEYS.get(section, {})
    value = _VALUE.match(request.line)
    inner = tables[-1].partition(".")[2] if tables else ""
    if section == "lint" and inner == "severity":
        yield from _severities() if value else _codes()
    elif value is None:
        for name, key in keys.items():
            yield _item(name, types.CompletionItemKind.Property, key.description, f"{name} = ")
    elif value[1] in keys:
        for choice in keys[value[1]].choices:
            yield _item(choice, types.CompletionItemKind.EnumMember)
        if keys[value[1]].kind == "codes":
            yield from _codes()


def _codes() -> Iterator[types.CompletionItem]:
    for code in known().values():
        yield _item(code.code, types.CompletionItemKind.EnumMember, f"{code.severity.value}: {code.summary}")


def _severities() -> Iterator[types.CompletionItem]:
    for severity in ("error", "warning", "info"):
        yield _item(severity, types.CompletionItemKind.EnumMember)


def _of_template(request: Request) -> Iterator[types.CompletionItem]:
    if _depth(request.before) > 1:
        yield _item('"description"', types.CompletionItemKind.Property, "at most 256 characters", '"description": ""')
        yield _item('"optional"', types.CompletionItemKind.Property, "whether a run may omit it", '"optional": true')
        return
    for loaded in request.workflows:
        for name, entry in loaded.template.parameters:
            yield _item(
                f'"{name}"', types.CompletionItemKind.Variable, entry.description, f'"{name}": {{"description": ""}}'
            )


def _depth(before: str) -> int:
    bare = re.sub(r'"(?:[^"\\]|\\.)*"', "", before)
    return bare.count("{") + bare.count("[") - bare.count("}") - bare.count("]")


def _of_map(request: Request) -> Iterator[types.CompletionItem]:
    inside = re.findall(r'"(registryMappings|imageMappings)"', request.before)
    if _depth(request.before) <= 1 or not inside:
        for name in schemas.properties("container-registry-map"):
            yield _item(f'"{name}"', types.CompletionItemKind.Property, "", f'"{name}": []')
        return
    if re.search(r'"sourceImage"\s*:\s*"?[^"\n]*$', request.line):
        for image in _images(request.workflows):
            yield _item(f"{image}", types.CompletionItemKind.Value, "image of the workflow")
        return
    for name in schemas.properties("container-registry-map", inside[-1]):
        yield _item(f'"{name}"', types.CompletionItemKind.Property, "", f'"{name}": ""')


def _images(workflows: Iterable[Loaded]) -> Iterator[ImageReference]:
    uses: Iterable[ImageUse] = (use for loaded in workflows for use in loaded.images)
    for use in uses:
        if isinstance(use.reference, ImageReference) and not use.reference.is_private:
            yield use.reference
