"""miniwdl's grammars ready to use: building one takes a third of a second, so its tables are kept as plain data.

miniwdl keeps its lark parsers in a private table; a parser rebuilt from kept tables is put there. If anything does
not look as expected, that table is left alone and miniwdl builds the parser itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping

import lark
from lark.grammar import Rule
from lark.lexer import TerminalDef
from WDL import _grammar, _parser

from packager._version import __version__
from packager.cache import Cache

_KIND = "tables-wdl-grammar"
START = "document"
_OPTIONS = {"start": START, "parser": "lalr", "maybe_placeholders": False, "propagate_positions": True}


def prepare(version: str, cache: Cache) -> None:
    """Give miniwdl the parser of a language version, from kept tables if possible."""
    source = source_of(version)
    table = getattr(_parser, "_lark_cache", None)
    comments = getattr(_parser, "_lark_comments_buffer", None)
    if source is None or not isinstance(table, dict) or not isinstance(comments, list):
        return
    if (source, START) in table:
        return
    callbacks = {"COMMENT": comments.append}
    digest = hashlib.sha256(source.encode()).hexdigest()
    key = Cache.key(__version__, lark.__version__, digest, json.dumps(_OPTIONS, sort_keys=True))
    kept = cache.get(_KIND, key)
    parser = _restored(kept, callbacks) if kept is not None else None
    if parser is None:
        parser = lark.Lark(source, lexer_callbacks=callbacks, **_OPTIONS)
        stored = _tables(parser)
        if stored is not None:
            cache.put(_KIND, key, stored)
    table[(source, START)] = parser


def source_of(version: str) -> str | None:
    """The source of a grammar, or None if miniwdl has none of that version."""
    try:
        source = _grammar.get(version)[0]
    except (KeyError, TypeError, IndexError, AttributeError):
        return None
    return source if isinstance(source, str) else None


def _tables(parser: lark.Lark) -> object:
    """A parser's tables as plain data, or None when this lark does not provide them."""
    try:
        data, memo = parser.memo_serialize([TerminalDef, Rule])
        data["options"] = {name: value for name, value in data["options"].items() if name != "lexer_callbacks"}
        return _to_json({"data": data, "memo": memo})
    except (AttributeError, TypeError, KeyError, ValueError):
        return None


def _restored(kept: object, callbacks: Mapping[str, Callable[[object], object]]) -> lark.Lark | None:
    """A parser from kept tables, or None when this lark does not understand them."""
    try:
        plain = _from_json(kept)
        assert isinstance(plain, dict)
        parser = lark.Lark._load_from_dict(
            plain["data"], plain["memo"], lexer_callbacks=callbacks, propagate_positions=True
        )
        tree = parser.parse("\n")
    except Exception:  # noqa: BLE001 - damaged tables can fail anywhere in lark; the parser is then built again
        return None
    return parser if getattr(tree, "data", None) == START else None


def _to_json(value: object) -> object:
    """Plain data with tuples, and keys that are not strings, in a form that JSON can hold."""
    if isinstance(value, dict):
        return {"d": [[_to_json(key), _to_json(item)] for key, item in value.items()]}
    if isinstance(value, tuple):
        return {"t": [_to_json(item) for item in value]}
    if isinstance(value, list):
        return [_to_json(item) for item in value]
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"not plain data: {type(value).__name__}")


def _from_json(value: object) -> object:
    if isinstance(value, list):
        return [_from_json(item) for item in value]
    if isinstance(value, dict):
        if "t" in value:
            return tuple(_from_json(item) for item in value["t"])
        return {_from_json(key): _from_json(item) for key, item in value["d"]}
    return value
