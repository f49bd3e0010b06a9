"""The grammars of WDL for our own parser; their tables are made from lark's, and kept as plain data."""

from __future__ import annotations

import hashlib

import lark
from WDL import _parser

from packager.cache import Cache
from packager.engines.caching import code_digest
from packager.engines.wdl import grammar
from packager.engines.wdl.fast_parser import Grammar
from packager.engines.wdl.parse_tables import Tables, UnsupportedGrammarError, tables_of

_KIND = "tables-wdl-parser"
_GRAMMARS: dict[str, Grammar | None] = {}  # by source


def fast_grammar(version: str, cache: Cache) -> Grammar | None:
    """The grammar of a language version, from kept tables if possible; None if lark must parse."""
    source = grammar.source_of(version)
    if source is None:
        return None
    if source not in _GRAMMARS:
        key = Cache.key(code_digest("engines/wdl"), lark.__version__, hashlib.sha256(source.encode()).hexdigest())
        found = _ready(cache.load(_KIND, key, Tables))
        if found is None:
            grammar.prepare(version, cache)
            found = _ready(_built(source))
            if found is not None:
                cache.store(_KIND, key, found.tables)
        _GRAMMARS[source] = found
    return _GRAMMARS[source]


def _built(source: str) -> Tables | None:
    try:
        return tables_of(_parser._lark_cache[(source, grammar.START)], grammar.START)
    except (UnsupportedGrammarError, AttributeError, KeyError, TypeError):
        return None


def _ready(tables: Tables | None) -> Grammar | None:
    """A grammar that can parse, or None if the tables are missing or damaged."""
    if tables is None:
        return None
    try:
        found = Grammar(tables)
        found.parse("version 1.0\n", "1.0", "1.0", "")
    except Exception:  # noqa: BLE001 - damaged tables can fail anywhere
        return None
    return found
