"""Edits of a JSON text: the member that is meant changes, and every other byte stays."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packager.jsondoc.jsonedit import JsonDocument, Splice, parse, spliced
from packager.jsondoc.jsontext import JsonError, JsonNode

white = st.text(alphabet=" \t\r\n", max_size=3)
keys = st.text(max_size=6)
scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=8)
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(keys, inner, max_size=4)),
    max_leaves=12,
)


@st.composite
def written(draw: st.DrawFn, value: Any) -> str:
    """A value as JSON with any white space between its parts, and text escaped or not."""
    if isinstance(value, dict):
        members = [
            f"{draw(white)}{draw(written(key))}{draw(white)}:{draw(white)}{draw(written(one))}{draw(white)}"
            for key, one in value.items()
        ]
        return f"{{{','.join(members) or draw(white)}}}"
    if isinstance(value, list):
        items = [f"{draw(white)}{draw(written(one))}{draw(white)}" for one in value]
        return f"[{','.join(items) or draw(white)}]"
    text = json.dumps(value, ensure_ascii=draw(st.booleans()))
    try:
        text.encode()
    except UnicodeEncodeError:
        return json.dumps(value)
    return text


@st.composite
def objects(draw: st.DrawFn) -> tuple[bytes, dict[str, Any]]:
    """The bytes of an object with white space around it, perhaps with a byte order mark, and its value."""
    value = draw(st.dictionaries(keys, values, max_size=5))
    text = draw(white) + draw(written(value)) + draw(white)
    return (draw(st.sampled_from(["", "\ufeff"])) + text).encode(), value


def document(content: bytes) -> JsonDocument:
    found = parse(content)
    assert isinstance(found, JsonDocument)
    return found


def load(text: str) -> Any:
    return json.loads(text.removeprefix("\ufeff"))


def raw(found: JsonDocument, node: JsonNode) -> list[tuple[str, str]]:
    """The members as they are written."""
    return [(found.text[one.start : one.end], found.text[one.node.start : one.node.end]) for one in node.members]


def around(found: JsonDocument) -> tuple[str, str]:
    return found.text[: found.root.start], found.text[found.root.end :]


@given(objects())
def test_the_spans_are_those_of_the_values(given_object: tuple[bytes, dict[str, Any]]) -> None:
    found = document(given_object[0])
    assert [one.key for one in found.root.members] == list(given_object[1])
    assert [found.value(one.node) for one in found.root.members] == list(given_object[1].values())


@given(objects(), keys, st.data())
def test_renaming_changes_a_key_alone(
    given_object: tuple[bytes, dict[str, Any]], new: str, data: st.DataObject
) -> None:
    content, value = given_object
    old = data.draw(st.sampled_from(sorted(value))) if value else None
    if old is None or new in value:
        return
    found = document(content)
    member = found.root.member(old)
    assert member is not None
    after = spliced(found.text, [found.rename(member, new)])
    assert list(load(after).items()) == [(new if key == old else key, one) for key, one in value.items()]
    assert after.startswith(found.text[: member.start])
    assert after.endswith(found.text[member.end :])


@given(objects(), scalars, st.data())
def test_replacing_changes_a_value_alone(
    given_object: tuple[bytes, dict[str, Any]], new: Any, data: st.DataObject
) -> None:
    content, value = given_object
    if not value:
        return
    key = data.draw(st.sampled_from(sorted(value)))
    found = document(content)
    member = found.root.member(key)
    assert member is not None
    after = spliced(found.text, [found.replace(member.node, new)])
    assert list(load(after).items()) == [(name, new if name == key else one) for name, one in value.items()]
    assert after.startswith(found.text[: member.node.start])
    assert after.endswith(found.text[member.node.end :])


@given(objects(), st.data())
def test_removing_leaves_the_other_members_as_they_are_written(
    given_object: tuple[bytes, dict[str, Any]], data: st.DataObject
) -> None:
    content, value = given_object
    gone = data.draw(st.sets(st.sampled_from(sorted(value)))) if value else set()
    before = document(content)
    text = spliced(before.text, before.remove(before.root, gone))
    after = document(text.encode())
    assert list(load(text).items()) == [(key, one) for key, one in value.items() if key not in gone]
    kept = [
        one for one, member in zip(raw(before, before.root), before.root.members, strict=True) if member.key not in gone
    ]
    assert raw(after, after.root) == kept
    assert around(after) == around(before)


@given(objects(), st.dictionaries(keys, st.one_of(scalars, st.dictionaries(keys, scalars, max_size=3)), max_size=4))
def test_adding_leaves_the_other_members_as_they_are_written(
    given_object: tuple[bytes, dict[str, Any]], new: dict[str, Any]
) -> None:
    content, value = given_object
    new = {key: one for key, one in new.items() if key not in value}
    before = document(content)
    text = spliced(before.text, before.add(before.root, new))
    after = document(text.encode())
    assert load(text) == {**value, **new}
    assert [one for one in raw(after, after.root) if json.loads(one[0]) not in new] == raw(before, before.root)
    assert around(after) == around(before)
    keys_before = list(value)
    if keys_before == sorted(keys_before) and keys_before:
        assert list(load(text)) == sorted(load(text))
    elif keys_before:
        assert list(load(text)) == keys_before + list(new)


@given(objects(), st.data())
def test_what_was_added_can_be_removed_without_a_trace(
    given_object: tuple[bytes, dict[str, Any]], data: st.DataObject
) -> None:
    """Unless the object was empty: what stood between its braces is not kept."""
    content, value = given_object
    new = data.draw(st.dictionaries(keys.filter(lambda key: key not in value), scalars, max_size=3))
    if not value:
        return
    before = document(content)
    added = document(spliced(before.text, before.add(before.root, new)).encode())
    assert spliced(added.text, added.remove(added.root, new)) == before.text


ADDED: list[tuple[str, Mapping[str, Any], str]] = [
    ("{}", {"n": {"optional": True}}, '{\n  "n": {\n    "optional": true\n  }\n}'),
    ("{ }\n", {"n": 1, "a": 2}, '{\n  "n": 1,\n  "a": 2\n}\n'),
    ('{"a": 1}', {"b": 2}, '{"a": 1, "b": 2}'),
    ('{"a":1}', {"b": {"x": 1, "y": 2}}, '{"a":1,"b":{"x":1,"y":2}}'),
    ('{ "b" : 1 }', {"a": 2}, '{ "a" : 2, "b" : 1 }'),
    ('{\n\t"a": {}\n}', {"b": {"x": 1}}, '{\n\t"a": {},\n\t"b": {\n\t\t"x": 1\n\t}\n}'),
    ('{\r\n    "z": {"d": "x"}\r\n}', {"b": {"d": "ß"}}, '{\r\n    "b": {"d": "ß"},\r\n    "z": {"d": "x"}\r\n}'),
    (
        '{\n  "a": {\n    "d": "x"\n  },\n\n  "c": {\n    "d": "y"\n  },\n  "e": {}\n}\n',
        {"b": {"d": "z", "o": True}},
        '{\n  "a": {\n    "d": "x"\n  },\n\n  "b": {\n    "d": "z",\n    "o": true\n  },\n\n  "c": {\n    "d": "y"\n  },\n  "e": {}\n}\n',
    ),
    ('{\n  "a": 1\n, "b": 2\n, "c": 3\n}', {"d": 4}, '{\n  "a": 1\n, "b": 2\n, "c": 3\n, "d": 4\n}'),
]


@pytest.mark.parametrize(("before", "new", "after"), ADDED)
def test_what_is_added_looks_like_its_neighbours(before: str, new: Mapping[str, Any], after: str) -> None:
    found = document(before.encode())
    assert spliced(found.text, found.add(found.root, new)) == after


@pytest.mark.parametrize(
    ("text", "reason"),
    [("{", ""), ("", ""), ('{"a": 1, "a": 2}', "the name `a` occurs twice"), ("[" * 500 + "]" * 500, "")],
)
def test_what_cannot_be_edited_says_why(text: str, reason: str) -> None:
    found = parse(text.encode())
    assert isinstance(found, JsonError)
    assert reason in found.message


def test_overlapping_splices_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        spliced("abcdef", [Splice(0, 3, "x"), Splice(2, 4, "y")])
