"""What a file defines, by its own text alone: for symbols, and to find a definition."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from lsprotocol import types

from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, SequenceNode, YamlProblem
from packager.engines.cwl.nodes import parse as parse_yaml
from packager.engines.nextflow.scripts import Script, parse_script
from packager.engines.nextflow.syntax import Function, ParamsBlock, Process, WorkflowBlock
from packager.engines.wdl.scan import statement_offsets
from packager.lsp.documents import Language

_WDL = re.compile(r"(struct|task|workflow)\s+([A-Za-z]\w*)")
_UNFINISHED = re.compile(r"^(process|workflow)[ \t]{1,80}(\w+)[ \t]{0,80}\{", re.MULTILINE)
_PARAM = re.compile(r"^[ \t]*params\.(\w+)[ \t]*=(?!=)", re.MULTILINE)
_PARAMS_START = re.compile(r"^[ \t]{0,80}params[ \t]{0,80}\{", re.MULTILINE)
_BLOCK_END = re.compile(r"^[ \t]{0,80}\}", re.MULTILINE)
_PARAM_LINE = re.compile(r"^[ \t]*(\w+)[ \t]*=(?!=)", re.MULTILINE)
# A line of a map or list: its indentation, and the key, or the `id` of an item.
_CWL_LINE = re.compile(
    r"""^(?P<indent>[ ]{0,80})(?:(?P<item>-[ ]{1,80})(?:id[ ]{0,9}:[ ]{0,9}["']?\#?(?P<id>[\w./-]{1,200}))?"""
    r"""|["']?(?P<name>[\w-]{1,200})["']?[ ]{0,9}:)""",
    re.MULTILINE,
)
_KINDS = {
    "struct": types.SymbolKind.Struct,
    "task": types.SymbolKind.Function,
    "process": types.SymbolKind.Function,
    "workflow": types.SymbolKind.Module,
}
_CWL_KINDS = {
    "inputs": types.SymbolKind.Variable,
    "outputs": types.SymbolKind.Field,
    "steps": types.SymbolKind.Function,
}


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name that a file defines: its own span and that of the whole definition, as offsets."""

    name: str
    kind: types.SymbolKind
    start: int
    end: int
    name_start: int

    @property
    def name_end(self) -> int:
        """The offset behind the name."""
        return self.name_start + len(self.name)


def symbols_of(language: Language, path: str, text: str) -> list[Symbol]:
    """The symbols of a file whose lines end in line feeds, in order; never raises."""
    match language:
        case Language.WDL:
            return list(_of_wdl(text))
        case Language.NEXTFLOW:
            return [*_of_script(text), *_of_params(text)]
        case Language.NEXTFLOW_CONFIG:
            return list(_of_params(text))
        case Language.CWL:
            return list(_of_cwl(path, text))
    return []


def _of_wdl(text: str) -> Iterator[Symbol]:
    offsets = [*statement_offsets(text), len(text)]
    for start, end in pairwise(offsets):
        match = _WDL.match(text, start)
        if match:
            stop = start + len(text[start:end].rstrip())
            yield Symbol(match[2], _KINDS[match[1]], start, max(stop, match.end()), match.start(2))


def _of_script(text: str) -> Iterator[Symbol]:
    script = parse_script(text)
    symbols = list(_of_definitions(script))
    if script.faults:
        # What is not finished is not in the tree.
        known = {symbol.name for symbol in symbols}
        symbols += [
            Symbol(match[2], _KINDS[match[1]], match.start(), match.end(), match.start(2))
            for match in _UNFINISHED.finditer(text)
            if match[2] not in known
        ]
    yield from sorted(symbols, key=lambda symbol: symbol.start)


def _of_definitions(script: Script) -> Iterator[Symbol]:
    text = script.text
    for definition in script.definitions:
        match definition:
            case Process():
                kind = types.SymbolKind.Function
            case WorkflowBlock():
                kind = types.SymbolKind.Module
            case Function():
                start = text.find(definition.name, definition.start)
                if start >= 0:
                    yield Symbol(definition.name, types.SymbolKind.Method, definition.start, definition.end, start)
                continue
            case ParamsBlock():
                for param in definition.params:
                    yield Symbol(param.name, types.SymbolKind.Variable, param.start, param.end, param.start)
                continue
            case _:
                continue
        if definition.name:
            yield Symbol(definition.name, kind, definition.start, definition.end, definition.name_start)


def _of_params(text: str) -> Iterator[Symbol]:
    """The parameters that a config or script sets, by lines."""
    for match in _PARAM.finditer(text):
        yield Symbol(match[1], types.SymbolKind.Variable, match.start(1), match.end(1), match.start(1))
    for start, end in _params_blocks(text):
        for match in _PARAM_LINE.finditer(text, start, end):
            yield Symbol(match[1], types.SymbolKind.Variable, match.start(1), match.end(1), match.start(1))


def _params_blocks(text: str) -> Iterator[tuple[int, int]]:
    """The inside of each `params { }` of a config, as offsets."""
    position = 0
    while begin := _PARAMS_START.search(text, position):
        end = _BLOCK_END.search(text, begin.end())
        if end is None:
            return
        yield begin.end(), end.start()
        position = end.end()


def _of_cwl(path: str, text: str) -> Iterator[Symbol]:
    read = parse_yaml(path, text)
    if isinstance(read, YamlProblem):
        yield from _of_broken_cwl(text)
        return
    if not isinstance(read.root, MappingNode):
        return
    starts = [0]
    for line in text.split("\n"):
        starts.append(starts[-1] + len(line) + 1)
    for section, kind in _CWL_KINDS.items():
        for name, row, column in _entries(read.root.get(section)):
            if row < len(starts):
                start = starts[row - 1] + column - 1
                found = text.find(name, start)
                if found >= 0:
                    yield Symbol(name, kind, found, found + len(name), found)


def _of_broken_cwl(text: str) -> Iterator[Symbol]:
    """The symbols of a document that is not valid YAML now, by its indentation: the first entry of a section decides how deep they are."""
    kind: types.SymbolKind | None = None
    indent: int | None = None
    for line in _CWL_LINE.finditer(text):
        section = _CWL_KINDS.get(line["name"]) if line["name"] else None
        depth = len(line["indent"])
        if section is not None and not depth and not line["item"]:
            kind, indent = section, None
            continue
        if kind is None or (not depth and not line["item"]):
            kind = None
            continue
        if indent is None:
            indent = depth
        name = "id" if line["item"] else "name"
        value = line["id"] if line["item"] else line["name"]
        if depth == indent and value:
            yield Symbol(value, kind, line.start(name), line.end(name), line.start(name))


def _entries(node: Node | None) -> Iterator[tuple[str, int, int]]:
    """The names in a map or list of `inputs`, `outputs` or `steps`, with their places."""
    if isinstance(node, MappingNode):
        for name, key in node.keys.items():
            yield name, key.line, key.column
    elif isinstance(node, SequenceNode):
        for item in node.items:
            identifier = item.get("id") if isinstance(item, MappingNode) else None
            if isinstance(identifier, ScalarNode):
                yield identifier.text.removeprefix("#"), identifier.line, identifier.column
