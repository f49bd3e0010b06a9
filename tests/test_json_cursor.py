"""Where a cursor is in JSON that somebody is typing."""

from __future__ import annotations

import json
import random

import pytest

from packager.jsondoc import jsontext
from packager.jsondoc.cursor import cursor_at, keys_at


@pytest.mark.parametrize(
    ("text", "parts", "at_key", "written"),
    [
        ("|", (), False, ""),
        ("{|", ("",), True, ""),
        ("{|}", ("",), True, ""),
        ('{"a|', ("a",), True, "a"),
        ('{"a|"}', ("a",), True, "a"),
        ('{"a"|}', ("",), True, ""),
        ('{"a": |', ("a",), False, ""),
        ('{"a": "x|', ("a",), False, "x"),
        ('{"a": tr|', ("a",), False, "tr"),
        ('{"a": {"b": [1, |]}}', ("a", "b", 1), False, ""),
        ('{"a": {"b": [1, {"c|": 2}]}}', ("a", "b", 1, "c"), True, "c"),
        ('{"a": 1, |"b": 2}', ("b",), True, "b"),
        # Unfinished: the value of `a` is missing, a quote is missing, a bracket is missing.
        ('{"a": |\n "b": true}', ("a",), False, ""),
        ('{"a":\n "b|": true}', ("b",), True, "b"),
        ('{"a": "x,\n "b|": true}', ("b",), True, "b"),
        ('{"a": [1, 2\n}, |', (), False, ""),
        ('{"a": {"x": [}, "b|": 1}', ("b",), True, "b"),
        ('{"a": 1\n "b|": 2}', ("b",), True, "b"),
        ("]]}{|", ("",), True, ""),
        ('[{"a": 1}, {"a": |', (1, "a"), False, ""),
    ],
)
def test_places(text: str, parts: tuple[str | int, ...], at_key: bool, written: str) -> None:
    cursor = cursor_at(text.replace("|", ""), text.index("|"))
    assert (cursor.value_parts, cursor.at_key, cursor.written) == (parts, at_key, written)


def test_members_of_the_object_around_the_cursor() -> None:
    text = '{"x": {"a": 1, "b": "two", |, "c": {"d": 2}, "e"\n}, "f": 3}'
    cursor = cursor_at(text.replace("|", ""), text.index("|"))
    assert cursor.other_keys == {"a", "b", "c", "e"}
    assert (cursor.value_of("b"), cursor.value_of("c"), cursor.value_of("z")) == ("two", "", "")
    assert (keys_at(text), keys_at(text, ("x", "c")), keys_at(text, ("x", "d"))) == (("x", "f"), ("d",), ())
    assert (keys_at("[1"), keys_at('[{}, {"a": [', (1,))) == ((), ("a",))


def test_inserting_before_a_token() -> None:
    cursor = cursor_at('{"a": 1, "b": 2}', 9, inserting=True)
    assert (cursor.start, cursor.end, sorted(cursor.other_keys), cursor.has_colon) == (9, 9, ["a", "b"], False)
    assert cursor_at('{"a": tr', 8, inserting=True).written == "tr"


def test_every_place_of_a_document_is_that_of_the_reader() -> None:
    text = json.dumps({"a": [1, {"b": None, 'é"': ["x", [], {}]}], "c": {"d": {"e": -1.5}}, "": True}, indent=1)
    document = jsontext.read(text.encode())
    assert isinstance(document, jsontext.JsonText)
    places: list[tuple[jsontext.Parts, bool, int]] = []
    stack: list[tuple[jsontext.Parts, jsontext.JsonNode]] = [((), document.root)]
    while stack:
        parts, node = stack.pop()
        for member in node.members:
            places.append(((*parts, member.key), True, member.start))
            stack.append(((*parts, member.key), member.node))
        stack += [((*parts, number), item) for number, item in enumerate(node.items)]
        if text[node.start] not in "{[":
            places.append((parts, False, node.start))
    assert len(places) == 12
    for parts, at_key, start in places:
        cursor = cursor_at(text, start)
        assert (cursor.value_parts, cursor.at_key, cursor.start) == (parts, at_key, start)


def test_any_text_has_a_cursor() -> None:
    chance = random.Random(1)
    for _ in range(150):
        text = "".join(chance.choices('{}[]:,"\\ \nab1', k=chance.randrange(60)))
        for offset in range(len(text) + 1):
            cursor = cursor_at(text, offset)
            assert cursor.start <= offset <= cursor.end
