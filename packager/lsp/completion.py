"""Completion in definitions: runtime attributes, directives, accelerators, and parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from lsprotocol import types

from packager.app.loaded import Loaded
from packager.engines.nextflow.builtins import DIRECTIVES
from packager.healthomics import limits
from packager.lsp.documents import Language

_BLOCK = re.compile(
    r"[{}]|\b(runtime|requirements|hints|process|input|output|command|script|shell|exec|stub|meta|parameter_meta|params)\b"
)
_ACCELERATOR = re.compile(
    r"""accelerator(?:Type)?\b[^\n]{0,200}(?:["'][\w-]{0,60}|type[ \t]{0,20}:[ \t]{0,20}["']?[\w-]{0,60})$"""
)
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
