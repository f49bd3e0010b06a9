"""The tables of a lark parser as plain data: what `fast_parser` needs of a grammar, and what the cache keeps of it.

They say the same as lark's: which token the text has next in a state of the parser, and what the parser does with it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import lark
from lark.grammar import Rule, Symbol
from lark.lexer import BasicLexer, TerminalDef, UnlessCallback

from packager.engines.wdl.fragments import faster

END = "$END"
COMMENT = "COMMENT"
BLANKS = {"SPACE": "[ \t]+", "NEWLINE": "(?:(?:\r)?\n)+"}  # ignored, with the patterns that `_SKIPPED` stands for
_SKIPPED = r"(?:[ \t]++(?!#)|\n++)*+"  # the white space before a token; the space before a comment is a part of it
END_OF_TEXT = "END_OF_TEXT"


class UnsupportedGrammarError(Exception):
    """A grammar or a lark that is not as expected: lark itself must parse."""


@dataclass(frozen=True, slots=True)
class Scanner:
    """What the next token can be: a pattern with a group for each terminal.

    `words` are the texts of a terminal that are another terminal: the keywords among the names.
    """

    pattern: str
    words: object  # dict[str, dict[str, str]]


@dataclass(frozen=True, slots=True)
class Reduction:
    """What the parser does with the values of a rule's symbols, which are the last `size` ones.

    The new value is the one at `single`, or else of those at `parts`: for a rule whose value is a part of its parent's
    (`is_list`) their list, for others what the transformer's method `method` returns for this list. Of a part that is
    such a list itself (the second member), the list gets the items.
    """

    size: int
    origin: str
    method: str
    single: int
    is_list: bool
    parts: tuple[tuple[int, bool], ...]

    @property
    def takes_all(self) -> bool:
        """Whether the parts are all values, as they are."""
        return len(self.parts) == self.size and not any(is_list for _, is_list in self.parts)


@dataclass(frozen=True, slots=True)
class Tables:
    """A grammar. An action of a state for a symbol is the next state, or `~n` for the reduction number n."""

    start: int
    end: int
    kept: tuple[str, ...]  # the terminals whose tokens a rule needs
    scanners: tuple[Scanner, ...]
    scanner_of: tuple[int, ...]  # by state
    actions: object  # list[dict[str, int]], by state
    reductions: tuple[Reduction, ...]


def tables_of(parser: lark.Lark, start: str) -> Tables:
    """The tables of a parser for a start symbol.

    Raises:
        UnsupportedGrammarError: it has something that these tables cannot express.
    """
    try:
        front = parser.parser
        table, lexers = front.parser._parse_table, front.lexer.lexers
        numbers = {state: number for number, state in enumerate(table.states)}
        rules: dict[Rule, int] = {}
        actions = [
            {
                symbol: numbers[target] if action.name == "Shift" else ~rules.setdefault(target, len(rules))
                for symbol, (action, target) in row.items()
            }
            for row in table.states.values()
        ]
        distinct = {id(lexers[state]): lexers[state] for state in numbers}
        places = {identity: number for number, identity in enumerate(distinct)}
        return Tables(
            start=numbers[table.start_states[start]],
            end=numbers[table.end_states[start]],
            kept=tuple(
                sorted(
                    {part.name for rule in rules for part in rule.expansion if part.is_term and _is_kept(rule, part)}
                )
            ),
            scanners=tuple(_scanner(lexer) for lexer in distinct.values()),
            scanner_of=tuple(places[id(lexers[state])] for state in numbers),
            actions=actions,
            reductions=tuple(_reduction(rule) for rule in rules),
        )
    except (AttributeError, TypeError, KeyError, ValueError) as error:
        raise UnsupportedGrammarError from error


def _is_kept(rule: Rule, part: Symbol) -> bool:
    return rule.options.keep_all_tokens or not (part.is_term and part.filter_out)


def _reduction(rule: Rule) -> Reduction:
    parts = tuple(
        (place, not part.is_term and part.name.startswith("_"))
        for place, part in enumerate(rule.expansion)
        if _is_kept(rule, part)
    )
    is_list = rule.origin.name.startswith("_")
    single = -1
    if rule.options.expand1 and not rule.alias:
        if is_list or len(parts) != 1 or parts[0][1]:
            raise UnsupportedGrammarError
        single = parts[0][0]
    if rule.options.template_source:
        raise UnsupportedGrammarError
    return Reduction(len(rule.expansion), rule.origin.name, rule.alias or rule.origin.name, single, is_list, parts)


def _scanner(lexer: BasicLexer) -> Scanner:
    words: dict[str, dict[str, str]] = {}
    terminals: list[TerminalDef] = lexer.scanner.terminals
    patterns = {terminal.name: terminal.pattern.to_regexp() for terminal in terminals}
    for name, callback in lexer.callback.items():
        if isinstance(callback, UnlessCallback):
            words[name] = {terminal.pattern.value: terminal.name for terminal in callback.scanner.terminals}
        elif name != COMMENT:
            raise UnsupportedGrammarError
    ignored = {name: patterns.get(name) for name in lexer.ignore_types if name != COMMENT}
    if ignored != BLANKS or COMMENT not in patterns or lexer.g_regex_flags or lexer.use_bytes:
        raise UnsupportedGrammarError
    skips = not _has_blank_tokens(patterns)
    groups = [f"(?P<{name}>{faster(pattern)})" for name, pattern in patterns.items() if not skips or name not in BLANKS]
    groups.append(rf"(?P<{END_OF_TEXT}>\Z)")
    return Scanner(f"{_SKIPPED if skips else ''}(?:{'|'.join(groups)})", words)


def _has_blank_tokens(patterns: Mapping[str, str]) -> bool:
    """Whether a token can begin with white space: the text of strings and commands."""
    return any(
        re.match(pattern, f"{blank}{rest}")
        for name, pattern in patterns.items()
        if name not in (*BLANKS, COMMENT)
        for blank in " \t\n"
        for rest in ("", " ", "x", "{")
    )
