"""Phrases that messages share."""

from __future__ import annotations

from growth_support import counted

from packager.text import count, joined, listed, nearest_name


def test_a_number_has_its_noun() -> None:
    assert [count(number, "file") for number in (0, 1, 2, 1000)] == ["0 files", "1 file", "2 files", "1,000 files"]
    assert [count(number, "entry", "entries") for number in (1, 3)] == ["1 entry", "3 entries"]


def test_names_are_listed_up_to_a_number() -> None:
    assert listed([]) == ""
    assert listed(["a"]) == "`a`"
    assert listed("abc") == "`a`, `b`, `c`"
    assert listed("abcdefg") == "`a`, `b`, `c` and 4 more"
    assert listed("abcd", 1) == "`a` and 3 more"
    assert listed(["x y", "z"], 5, quote=False) == "x y, z"
    assert listed(["a"] * 1003) == "`a`, `a`, `a` and 1,000 more"


def test_names_are_joined() -> None:
    assert [joined("abc"[:number]) for number in range(4)] == ["", "`a`", "`a` and `b`", "`a`, `b` and `c`"]


def test_a_near_name_is_looked_for_among_few() -> None:
    names = [f"parameter{number}" for number in range(400)]
    assert nearest_name("paramter7", names) == "parameter7"
    assert nearest_name("other", names) is None
    with counted(10_000):
        assert nearest_name("paramter7", names, names=400) is None
        assert nearest_name("p" * 100_000, [*names, "p" * 100_001]) is None
