"""The blocks that are open where a document has a syntax error, and the next line from which it can be parsed again.

miniwdl's parser stops at the first error. What it has parsed until then shows exactly which blocks are open; what follows the error
is uncertain, so only the indentation of whole lines decides where a block ends and its next statement begins.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

import lark

from packager.text import nearest_name

_SECTIONS = frozenset(("INPUT", "OUTPUT", "RUNTIME", "REQUIREMENTS", "HINTS", "META", "PARAMETER_META"))
_ITEMS = frozenset(("TASK", "WORKFLOW", "STRUCT"))
_NAME = r"[A-Za-z][A-Za-z0-9_]*+"
_TYPE = r"(?:Array|Map|Pair)\s*+\[|(?:String|File|Int|Float|Boolean|Directory|Object)\b"
_DECLARATION = rf"(?:env\s++)?+(?:{_TYPE}|[A-Z][A-Za-z0-9_]*+\??+\s++{_NAME}\s*+(?:=|\#|\Z))"
_SECTION = r"(?:input|output|runtime|requirements|hints|meta|parameter_meta)\s*+(?:\{|\Z)"
_BODY = rf"call\s++{_NAME}|scatter\s*+\(|if\s*+\(.*\{{\s*+\Z|{_DECLARATION}"
_ENTRY = rf"{_NAME}\s*+:"
# How the statements of a block begin, at the beginning of a line.
_STATEMENTS = {
    **dict.fromkeys(("input", "output", "struct"), re.compile(_DECLARATION)),
    **dict.fromkeys(("runtime", "requirements", "hints", "meta", "parameter_meta"), re.compile(_ENTRY)),
    **dict.fromkeys(("scatter", "if"), re.compile(_BODY)),
    "call": re.compile(rf"{_NAME}\s*+(?:=|,|\Z)"),
    "workflow": re.compile(f"{_SECTION}|{_BODY}"),
    "task": re.compile(rf"{_SECTION}|command\b|{_DECLARATION}"),
}
_COMMAND = re.compile(r"\s*+command\s*+(?:<<<|\{|\Z)")
_HEREDOC = re.compile(r"\s*+command\s*+<<<")
_ITEM = re.compile(rf"import\s++[\"']|(?:task|workflow|struct)\s++{_NAME}")
# A line that opens a block, and the keywords that can begin it, by the block around it and by what follows the keyword.
_OPENING = re.compile(rf"(?P<keyword>{_NAME})\s*+(?:(?P<name>{_NAME})\s*+\{{|(?P<paren>\()|\{{|<<<)")
_KEYWORDS = {
    ("", "name"): ("task", "workflow", "struct"),
    ("task", "{"): ("input", "output", "runtime", "requirements", "hints", "meta", "parameter_meta", "command"),
    ("workflow", "{"): ("input", "output", "meta", "parameter_meta"),
    ("workflow", "("): ("scatter", "if"),
    ("scatter", "("): ("scatter", "if"),
    ("if", "("): ("scatter", "if"),
}
_OPENINGS = {"call": "call x { input:", "scatter": "scatter (x in [1]) {", "if": "if (true) {"}


@dataclass(frozen=True, slots=True)
class OpenBlock:
    """A block that is not closed yet: what it is, and the line of its opening."""

    kind: str
    line: int

    @property
    def opening(self) -> str:
        """A correct opening of a block of this kind."""
        if self.kind in ("task", "workflow", "struct"):
            return f"{self.kind} x {{"
        return _OPENINGS.get(self.kind, f"{self.kind} {{")


@dataclass(frozen=True, slots=True)
class OpenBlocks:
    """The blocks around an error, outermost first; `command` is the line of the command that is open in the last one, or 0."""

    blocks: tuple[OpenBlock, ...] = ()
    command: int = 0


@dataclass(frozen=True, slots=True)
class Resumption:
    """A line from which a document can be parsed again, and the blocks around it."""

    line: int
    blocks: tuple[OpenBlock, ...] = ()


def open_blocks(error: lark.exceptions.UnexpectedInput) -> OpenBlocks:
    """What is open where a parser stopped; none of it where this lark does not show it."""
    state = getattr(getattr(error, "interactive_parser", None), "parser_state", None)
    values = getattr(state, "value_stack", None)
    if not isinstance(values, list):
        return OpenBlocks()
    kinds = [getattr(value, "type", "") if isinstance(value, lark.Token) else "" for value in values]
    blocks: list[OpenBlock] = []
    for index, kind in enumerate(kinds):
        if kind == "COMMAND":
            return OpenBlocks(tuple(blocks), values[index].line)
        if kind != "LBRACE":
            continue
        start = _start(kinds, index)
        if start is None and _has_inputs(values, index):
            blocks.append(OpenBlock("call", _line(values[index + 1])))
            continue
        if start is None or (blocks and blocks[-1].kind == "hints"):
            return OpenBlocks(tuple(blocks))
        blocks.append(OpenBlock(kinds[start].lower(), values[start].line))
    if blocks and kinds[-1] in _SECTIONS:  # only its brace is missing
        blocks.append(OpenBlock(kinds[-1].lower(), values[-1].line))
    elif kinds[-2:-1] and kinds[-2] in _ITEMS and kinds[-1] == "CNAME":
        blocks.append(OpenBlock(kinds[-2].lower(), values[-2].line))
    return OpenBlocks(tuple(blocks))


def misspelt_keyword(code: str, parent: str) -> str:
    """The keyword that a line probably means, which opens a block inside a block of another kind; '' if none is misspelt."""
    match = _OPENING.match(code)
    if match is None:
        return ""
    form = "(" if match["paren"] else "name" if match["name"] else "{"
    candidates = _KEYWORDS.get((parent, form), ())
    if match["keyword"] in candidates:
        return ""
    return nearest_name(match["keyword"], candidates) or ""


def _start(kinds: Sequence[str], brace: int) -> int | None:
    """The index of the keyword whose block a brace opens; None for a call, an object, a map."""

    def at(distance: int) -> str:
        return kinds[brace - distance] if brace >= distance else ""

    if at(1) in _SECTIONS:
        return brace - 1
    if at(1) == "CNAME" and at(2) in _ITEMS:
        return brace - 2
    if at(1) == "RPAR" and (at(4), at(3)) == ("IF", "LPAR"):
        return brace - 4
    if at(1) == "RPAR" and (at(6), at(5)) == ("SCATTER", "LPAR"):
        return brace - 6
    return None


def _has_inputs(values: Sequence[object], brace: int) -> bool:
    """Whether a brace opens the inputs of a call."""
    following = [
        value.type if isinstance(value, lark.Token) else getattr(value, "data", "")
        for value in values[brace + 1 : brace + 3]
    ]
    return following[:1] == ["input_colon"] or following == ["INPUT", "COLON"]


def _line(value: object) -> int:
    line = value.line if isinstance(value, lark.Token) else getattr(getattr(value, "meta", None), "line", 0)
    return line or 0


@dataclass(slots=True)
class Lines:
    """The lines of a document, numbered from 1, with their indentation."""

    text: str
    lines: list[str] = field(init=False)
    items: list[int] = field(init=False)  # the lines that begin with an import, a struct, a task or a workflow

    def __post_init__(self) -> None:
        self.lines = self.text.split("\n")
        self.items = []
        is_command = False
        for number, line in enumerate(self.lines, 1):
            if is_command or _HEREDOC.match(line):  # a command may write another WDL document
                is_command = ">>>" not in line
            elif _ITEM.match(line):
                self.items.append(number)

    def next_item(self, line: int) -> int:
        """The first line from `line` on that begins an import, a struct, a task or a workflow; 0 without one."""
        index = bisect_left(self.items, line)
        return self.items[index] if index < len(self.items) else 0

    def item_of(self, line: int) -> int:
        """The line of the item that has a line; 1 before the first one."""
        index = bisect_right(self.items, line)
        return self.items[index - 1] if index else 1

    def characters(self, begin: int, end: int) -> int:
        """How many characters the lines from one to another have."""
        return sum(map(len, self.lines[begin - 1 : end]))

    @staticmethod
    def original(opened: OpenBlocks, outer: Sequence[OpenBlock]) -> OpenBlocks:
        """What is open, with the lines of the document for the blocks of a resumption, whose openings are in line 1."""
        blocks = [
            outer[index] if block.line == 1 and index < len(outer) else block
            for index, block in enumerate(opened.blocks)
        ]
        return OpenBlocks(tuple(blocks), opened.command)

    def resumption(self, opened: OpenBlocks, line: int) -> Resumption | None:
        """Where to go on at or after `line`, which has or follows the error."""
        blocks = [block for block in opened.blocks if block.line < line]
        if opened.command:
            line = max(line, self._after_command(opened.command))
        if blocks:
            found = self._statement(blocks, line)
            if found is not None:
                return found
        item = self.next_item(line)
        return Resumption(item) if item else None

    def has_command(self, resumption: Resumption) -> bool:
        """Whether the task around a line still has its command there or later."""
        outer = _indentation(self.lines[resumption.blocks[0].line - 1])
        for line in self.lines[resumption.line - 1 :]:
            if _COMMAND.match(line):
                return True
            if line.strip() and _indentation(line) <= outer and line.strip()[0] != "#":
                return False
        return False

    def _statement(self, blocks: list[OpenBlock], line: int) -> Resumption | None:
        """The next line that begins a statement of one of the blocks; None if the item ends before, or is not indented well."""
        inner = [self._inner(block) for block in blocks]
        outer = [_indentation(self.lines[block.line - 1]) for block in blocks]
        if any(begin <= end for begin, end in zip(inner, outer, strict=True)):
            return None
        number, deeper = line, -1
        while number <= len(self.lines):
            code, indentation = self.lines[number - 1].strip(), _indentation(self.lines[number - 1])
            if not code or code.startswith("#"):
                number += 1
                continue
            if indentation <= deeper and not code.startswith("}"):
                return None
            if not outer:  # the line after the end of the item
                return Resumption(number) if misspelt_keyword(code, "") else None
            while outer and indentation <= outer[-1]:
                closed = outer.pop()
                inner.pop()
                if code.startswith("}") and indentation == closed:
                    break
                if indentation == closed and self._is_closed(number, closed):
                    return None
            if not outer and code == "}":
                number += 1
                continue
            if not outer or indentation < inner[-1]:
                return None
            kept = tuple(blocks[: len(outer)])
            if indentation == inner[-1] and _begins(code, kept[-1].kind):
                return Resumption(number, kept)
            deeper = indentation if code.endswith("{") else -1
            number = self._after_heredoc(number) if "<<<" in code.partition("#")[0] else number + 1
        return None

    def _is_closed(self, line: int, indentation: int) -> bool:
        """Whether a block around a line that is indented as its opening is closed after it: its indentation shows nothing then."""
        depth = 0
        for each in self.lines[line - 1 :]:
            code = each.strip()
            if not code or code.startswith("#") or _indentation(each) > indentation:
                continue
            if _indentation(each) < indentation:
                return False
            if code.startswith("}"):
                if not depth:
                    return True
                depth -= 1
                code = code[1:]
            depth += code.count("{") > code.count("}")
        return False

    def _inner(self, block: OpenBlock) -> int:
        """The indentation of the first line in a block."""
        rest = (line for line in self.lines[block.line :] if line.strip() and not line.lstrip().startswith("#"))
        return _indentation(next(rest, ""))

    def _after_command(self, line: int) -> int:
        """The line after the command that begins in a line."""
        if "<<<" in self.lines[line - 1]:
            return self._after_heredoc(line)
        indentation = _indentation(self.lines[line - 1])
        for number in range(line, len(self.lines)):
            if self.lines[number].startswith("}", indentation) and _indentation(self.lines[number]) == indentation:
                return number + 2
        return len(self.lines) + 1

    def _after_heredoc(self, line: int) -> int:
        """The line after the one that has the `>>>` of a `<<<`."""
        rest = self.lines[line - 1].partition("<<<")[2]
        for number in range(line, len(self.lines) + 1):
            if ">>>" in rest:
                return number + 1
            rest = self.lines[number] if number < len(self.lines) else ""
        return len(self.lines) + 1


def _begins(code: str, kind: str) -> bool:
    """Whether a line begins a statement of a block of some kind."""
    return _STATEMENTS[kind].match(code) is not None or bool(misspelt_keyword(code, kind))


def _indentation(line: str) -> int:
    return len(line) - len(line.lstrip())
