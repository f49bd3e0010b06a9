"""miniwdl's tree of a document, made while its tokens are read: by lark's tables and miniwdl's functions, without lark's own trees.

lark makes a token of each word, a tree with places of each rule, and then walks that tree to call miniwdl's functions.
Here a place is two offsets until a node needs it, the function of a rule is called as soon as its children are known,
and rules that only pass on their child cost nothing. What is not as expected, also in a document, is left to lark: an
error and its place are always lark's.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping
from itertools import accumulate
from typing import Final, cast

import lark
from WDL import Error, Tree, _grammar, _parser

from packager.engines.wdl.parse_tables import BLANKS, COMMENT, END, END_OF_TEXT, Reduction, Tables

_MAX_LEVELS: Final = 150  # of a tree; lark uses the stack for each, so it decides about a document with more
_IGNORED: Final = frozenset({COMMENT, *BLANKS})
_new_string = str.__new__
_new_tuple = tuple.__new__

Span = tuple[int, int]  # offsets in the text
_Function = Callable[[object, Span, list[object]], object]
_Match = Callable[[str, int], "re.Match[str] | None"]
_Words = Mapping[str, Mapping[str, str]]
_Row = tuple[_Match, _Words, Mapping[str, int]]


class UnexpectedError(Exception):
    """Something that lark must decide about."""


class _Step:
    """A reduction, and miniwdl's function that makes its node."""

    __slots__ = ("function", "height", "is_list", "origin", "parts", "passes_on", "single", "size", "takes_all")

    def __init__(self, reduction: Reduction, function: _Function) -> None:
        self.size, self.origin, self.single = reduction.size, reduction.origin, reduction.single
        self.is_list, self.parts, self.takes_all = reduction.is_list, reduction.parts, reduction.takes_all
        self.passes_on = self.size == 1 and self.single == 0
        self.height = 0 if self.is_list or self.single >= 0 else 1  # how many levels it adds to the tree
        self.function = function


class Grammar:
    """The tables of a grammar, ready to parse."""

    def __init__(self, tables: Tables) -> None:
        functions = _functions()
        self.tables = tables
        self.start, self.end, self.kept = tables.start, tables.end, frozenset(tables.kept)
        self.actions = cast("list[dict[str, int]]", tables.actions)
        self.steps = [
            _Step(reduction, functions.get(reduction.method) or _tree(reduction.method))
            for reduction in tables.reductions
        ]
        self.rows: dict[int, _Row] = {}
        self.jumps: dict[tuple[int, str, str], int] = {}
        self._scanners, self._scanner_of = tables.scanners, tables.scanner_of
        self._matches: dict[int, _Match] = {}

    def parse(self, text: str, version: str, declared: str | None, abspath: str) -> Tree.Document:
        """The tree of a document.

        Raises:
            Exception: lark must parse the document; it may have an error.
        """
        comments: list[lark.Token] = []
        maker = _Maker(
            source_text=text,
            uri=abspath,
            abspath=abspath,
            keywords=_grammar.get(version)[1],
            comments=comments,
            version=version,
            declared_version=declared,
        )
        text = text if text.endswith("\n") else f"{text}\n"
        maker.lines = list(accumulate((len(line) + 1 for line in text.split("\n")), initial=0))
        maker.numbers = list(range(len(maker.lines) + 1))
        return _Parse(self, text, maker, comments).document()

    def row(self, state: int) -> _Row:
        """What a state expects: the pattern of its tokens, the words among them that are other tokens, and its actions."""
        number = self._scanner_of[state]
        scanner = self._scanners[number]
        if number not in self._matches:
            self._matches[number] = re.compile(scanner.pattern).match
        row = self.rows[state] = (self._matches[number], cast("_Words", scanner.words), self.actions[state])
        return row

    def jump(self, state: int, symbol: str, token: str) -> int:
        """The state after a symbol, and after the rules that pass it on if the next token is `token`."""
        target = self.actions[state][symbol]
        action = self.actions[target].get(token, 0)
        while action < 0 and self.steps[~action].passes_on:
            target = self.actions[state][self.steps[~action].origin]
            action = self.actions[target].get(token, 0)
        self.jumps[state, symbol, token] = target
        return target


def _functions() -> dict[str, _Function]:
    """The function of miniwdl for each rule, without lark's wrapper."""
    kinds = (_parser._ExprTransformer, _parser._DocTransformer)
    return {name: function for kind in kinds for name, function in _unwrapped(kind).items()}


def _unwrapped(kind: type) -> dict[str, _Function]:
    wrapped = {name: member for name, member in vars(kind).items() if hasattr(member, "visit_wrapper")}
    return {name: member.__wrapped__ for name, member in wrapped.items()}


def _tree(name: str) -> _Function:
    return lambda _maker, _span, children: lark.Tree(name, children)


class _Expressions(_parser._ExprTransformer):  # type: ignore[misc]  # miniwdl has no types for it
    """miniwdl's functions for expressions, as its functions for documents call them."""


for _name, _member in _unwrapped(_parser._ExprTransformer).items():
    setattr(_Expressions, _name, _member)


class _Maker(_parser._DocTransformer, _Expressions):  # type: ignore[misc]
    """miniwdl's functions for a document: where they get a place, it is a span."""

    lines: list[int]  # where each begins, and the end
    numbers: list[int]  # of the lines: all places on a line share the same object
    _span: Span | None = None
    _position: Error.SourcePosition

    def _sp(self, meta: Span) -> Error.SourcePosition:
        if meta is not self._span:
            self._position = _new_tuple(Error.SourcePosition, (self.uri, self.abspath, *self.places(meta)))
            self._span = meta
        return self._position

    def places(self, span: Span) -> tuple[int, int, int, int]:
        """Line and column of the start and of the end of a span."""
        start, end = span
        lines = self.lines
        line = self.numbers[bisect_right(lines, start)]
        last = line if end < lines[line] else self.numbers[bisect_right(lines, end)]
        return line, start - lines[line - 1] + 1, last, end - lines[last - 1] + 1


class _Parse:
    __slots__ = ("comments", "grammar", "levels", "maker", "spans", "states", "text", "values")

    def __init__(self, grammar: Grammar, text: str, maker: _Maker, comments: list[lark.Token]) -> None:
        self.grammar, self.text, self.maker, self.comments = grammar, text, maker, comments
        self.states = [grammar.start]
        # Of the symbols that were read and not yet reduced:
        self.values: list[object] = []
        self.spans: list[Span] = []
        self.levels: list[int] = []

    def document(self) -> Tree.Document:
        grammar, text, states = self.grammar, self.text, self.states
        rows, actions, steps, kept = grammar.rows, grammar.actions, grammar.steps, grammar.kept
        state, end = grammar.start, 0
        while True:
            match, words, row = rows.get(state) or grammar.row(state)
            found = match(text, end)
            token = found.lastgroup if found is not None else None
            if found is None or token is None:
                raise UnexpectedError
            start, end = found.span(token)
            if token in words:
                token = words[token].get(text[start:end], token)
            elif token in _IGNORED:
                if token == COMMENT:
                    self.comments.append(self._token(token, (start, end)))
                continue
            elif token == END_OF_TEXT:
                token = END
            action = row[token]
            while action < 0:
                state = self._reduced(steps[~action], token)
                if state == grammar.end:
                    return self.values[0]
                action = actions[state][token]
            state = action
            states.append(state)
            span = (start, end)
            self.values.append(self._token(token, span) if token in kept else None)
            self.spans.append(span)
            self.levels.append(0)

    def _token(self, kind: str, span: Span) -> lark.Token:
        start, end = span
        value = self.text[start:end]
        token = _new_string(lark.Token, value)
        token.type, token.value, token.start_pos, token.end_pos = kind, value, start, end
        token.line, token.column, token.end_line, token.end_column = self.maker.places(span)
        return token

    def _reduced(self, step: _Step, token: str) -> int:
        """The state after a reduction, if `token` is the next token."""
        size, states, values, spans, levels = step.size, self.states, self.values, self.spans, self.levels
        if size == 1:
            states.pop()
            if step.single < 0:
                values[-1] = self._value(step, values[-1:], spans[-1], levels[-1])
                levels[-1] += step.height
        elif size:
            span = (spans[-size][0], spans[-1][1])
            level = max(levels[-size:])
            children = values[-size:]
            del states[-size:], values[-size:], spans[-size:], levels[-size:]
            single = step.single
            values.append(children[single] if single >= 0 else self._value(step, children, span, level))
            spans.append(span)
            levels.append(level + step.height)
        else:
            raise UnexpectedError  # it has no place
        state = states[-1]
        key = (state, step.origin, token)
        target = self.grammar.jumps.get(key) or self.grammar.jump(*key)
        states.append(target)
        return target

    def _value(self, step: _Step, children: list[object], span: Span, level: int) -> object:
        if not step.takes_all:
            children = _listed(children, step.parts)
        if step.is_list:
            return children
        if level > _MAX_LEVELS:
            raise UnexpectedError
        return step.function(self.maker, span, children)


def _listed(values: list[object], parts: tuple[tuple[int, bool], ...]) -> list[object]:
    """The values at some places; of a value that is a list itself, its items."""
    items: list[object] = []
    for place, is_list in parts:
        if not is_list:
            items.append(values[place])
        elif items:
            items += cast("list[object]", values[place])
        else:
            items = cast("list[object]", values[place])  # the list grows with each item: it is not copied
    return items
