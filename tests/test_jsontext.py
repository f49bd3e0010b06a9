"""JSON with places."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packager.jsondoc.jsontext import JsonError, JsonText, pointer_of, read

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=6), inner, max_size=4),
    max_leaves=15,
)


def members(value: Any, parts: tuple[str | int, ...] = ()) -> list[tuple[tuple[str | int, ...], Any]]:
    found = [(parts, value)]
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in items:
        found += members(inner, (*parts, key))
    return found


@given(json_values, st.sampled_from([None, 0, 2]), st.booleans())
def test_every_place_is_where_the_value_stands(value: Any, indent: int | None, ascii_only: bool) -> None:
    text = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    parsed = read(text.encode("utf-8", "surrogatepass")) if ascii_only else read(text.encode())
    assert isinstance(parsed, JsonText)
    assert parsed.value == value
    assert parsed.duplicates == ()
    lines = text.split("\n")
    for parts, inner in members(value):
        line, column = parsed.place(parts)
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        assert json.JSONDecoder().raw_decode(rest)[0] == inner


@given(st.binary(max_size=60) | st.text(alphabet='{}[]",:0123456789.eE-+ntrufalse \n\\', max_size=40).map(str.encode))
def test_no_bytes_crash_it(content: bytes) -> None:
    parsed = read(content)
    if isinstance(parsed, JsonError):
        assert parsed.line >= 1
        assert parsed.column >= 1
        assert parsed.message


def test_duplicates_are_all_named() -> None:
    parsed = read(b'{"a": 1,\n "b": {"c": 1, "c": 2},\n "a": 3}')
    assert isinstance(parsed, JsonText)
    assert [(pointer_of(each.parts), each.line, each.column) for each in parsed.duplicates] == [
        ("/b/c", 2, 16),
        ("/a", 3, 2),
    ]


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", '{"a": -Infinity}', "", " ", "{'a': 1}", "[1,]", "[" * 3000])
def test_what_is_not_json(text: str) -> None:
    assert isinstance(read(text.encode()), JsonError)


def test_a_byte_order_mark_and_crlf() -> None:
    parsed = read(b'\xef\xbb\xbf{\r\n  "a": true\r\n}')
    assert isinstance(parsed, JsonText)
    assert parsed.place(("a",)) == (2, 8)


def test_a_place_near_what_is_missing() -> None:
    parsed = read(b'{"a": {"b": 1}}')
    assert isinstance(parsed, JsonText)
    assert parsed.place(("a", "x", "y")) == (1, 7)
    assert parsed.place(("a",), key=True) == (1, 2)


def test_pointers_are_escaped() -> None:
    assert pointer_of(("a/b", "m~n", 0)) == "/a~1b/m~0n/0"


@pytest.mark.parametrize("outer", ["{{{0}: [{1}]}}", "{{{0}: {{{2}}}}}", "[{{{0}: [{1}]}}]"])
def test_a_long_key_is_not_repeated_for_all_that_it_holds(outer: str) -> None:
    key, count = json.dumps("k" * 8_000), 2_000
    content = outer.format(key, ",".join(["1"] * count), ",".join(['"a": 1'] * count)).encode()
    tracemalloc.start()
    try:
        parsed = read(content)
        used = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert isinstance(parsed, JsonText)
    assert used < 100 * len(content)  # one pointer for each member would be a thousand times as much
    around = (0,) if outer.startswith("[") else ()
    line, column = parsed.place((*around, "k" * 8_000))
    assert content.decode()[column - 1] in "[{"
    assert parsed.place((*around, "k" * 8_000, 5_000)) == (line, column)


def test_a_place_in_a_large_object_is_found_at_once() -> None:
    names = [f"n{number}" for number in range(20_000)]
    parsed = read(json.dumps(dict.fromkeys(names, 1)).encode())
    assert isinstance(parsed, JsonText)
    assert len({parsed.place((name,)) for name in names}) == len(names)
