"""Regular expressions of a definition: answers as Python's engine gives them, in time that grows with the text."""

from __future__ import annotations

import re
import sys
import time
import warnings
from collections.abc import Iterator

import pytest
from growth_support import alarm
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import examples, sampled

from packager.patterns import pattern as patterns
from packager.patterns.pattern import compile_pattern

EVIL = (
    "(a+)+b",
    "(a|aa)+b",
    "(a|a)*$",
    "a*a*a*a*a*a*a*b",
    ".*.*.*.*.*.*.*.*b",
    "((a{1,50}){1,50}){1,50}",
    "(a*)*c",
    "(?:a?){40}a{40}",
    "(a|b)*a(a|b){12}",
    r"(\w+\s?)*$",
    r"(.*?,){11}P",
    "(?:){1000}" * 20,
    "((){1000}){1000}",
    "(" * 5000,
    "(" * 400 + ")" * 400,
    "a?" * 400 + "a" * 100,
    "(?:a|a)" * 100,
)


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    with alarm(30, processor=True):
        yield


ATOMS = st.sampled_from(
    [*"ab.A_ -", r"\d", r"\w", r"\s", r"\b", r"\B", "^", "$", r"\A", r"\Z", "[ab]", "[^a]", "[a-c]", r"[^\w]", r"\.", "é", "[é-ü]", r"\x41"]
)  # fmt: skip
QUANTIFIERS = st.sampled_from(
    ["*", "+", "?", "{2}", "{1,3}", "{0,2}", "{2,}", "{,2}", "*?", "+?", "??", "{1,2}?", "*+"]
)
OPENINGS = st.sampled_from(["(", "(?:", "(?i:", "(?s:", "(?m:", "(?-i:", "(?x:", "(?P<n>", "(?=", "(?>"])
PATTERNS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("".join, st.lists(inner, max_size=3)),
        st.builds(lambda opening, parts: f"{opening}{'|'.join(parts)})", OPENINGS, st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part, quantifier: f"(?:{part}){quantifier}", inner, QUANTIFIERS),
        st.builds(lambda part, quantifier: f"({part}){quantifier}", inner, QUANTIFIERS),
        st.builds("{}|{}".format, inner, inner),
    ),
    max_leaves=8,
)  # fmt: skip
TEXTS = st.text(st.sampled_from("aaabbcA_ 1.-\n"), max_size=8) | st.text(st.sampled_from("abé\r\u2028\x1c"), max_size=4)


@pytest.mark.parametrize("examples", sampled([200, 1_000], [200]))
@pytest.mark.parametrize("cheap", [5_000, -1], ids=["as-it-is", "our-machine-alone"])
def test_the_same_answers_as_python(cheap: int, examples: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patterns, "_CHEAP", cheap)
    known = 0

    @settings(max_examples=examples, deadline=None, derandomize=True, database=None)
    @given(
        st.sampled_from(["", "", "(?i)", "(?s)", "(?m)", "(?x)"]),
        PATTERNS,
        TEXTS,
        st.sampled_from(["-", r"\g<0>", r"[\1]", r"\2\1", r"\\"]),
        st.booleans(),
    )
    def compare(flags: str, body: str, text: str, replacement: str, first: bool) -> None:
        nonlocal known
        ours = compile_pattern(flags + body)
        if ours is None:
            return
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            theirs = re.compile(flags + body)
        assert ours.fullmatch(text) in (None, theirs.fullmatch(text) is not None)
        assert ours.search(text) in (None, theirs.search(text) is not None)
        replaced = ours.replace(text, replacement, first_only=first, references="python")
        assert replaced is None or replaced == theirs.sub(replacement, text, count=int(first))
        known += replaced is not None

    compare()
    assert known > examples // 4


SAMPLE = (
    "(a+)+b",
    "a*a*a*a*a*a*a*b",
    "((a{1,50}){1,50}){1,50}",
    "(a*)*c",
    r"(\w+\s?)*$",
    "(" * 5000,
    "a?" * 400 + "a" * 100,
)


@pytest.mark.parametrize("text", sampled(EVIL, SAMPLE), ids=lambda text: text[:20])
def test_the_effort_grows_with_the_text(text: str) -> None:
    pattern = compile_pattern(text)
    if pattern is None:
        return  # too large: not known
    times = []
    for size in (2_000, 20_000):
        began = time.process_time()
        for subject in ("a" * size + "!", "a" * size):
            pattern.fullmatch(subject)
            pattern.search(subject)
            pattern.replace(subject, "-")
        times.append(time.process_time() - began)
    assert times[1] < 40 * times[0] + 1


def test_what_evil_patterns_answer() -> None:
    for text in ("(a+)+b", "(a|aa)+b", "a*a*a*a*a*a*a*b", ".*.*.*.*.*.*.*.*b"):
        pattern = compile_pattern(text)
        assert pattern is not None
        assert pattern.fullmatch("a" * 20_000) is False
        assert pattern.fullmatch("a" * 20_000 + "b") is True
        assert pattern.replace("a" * 1_000 + "b!", "x") == "x!"


def test_many_patterns_hold_little_memory() -> None:
    """The states of an automaton are remembered up to a bound."""
    pattern = compile_pattern("(a|b|c)*a(a|b|c){30}(c|b)*")
    assert pattern is not None
    text = "".join("abc"[(number * number // 7) % 3] for number in range(10_000))
    pattern.search(text)
    pattern.fullmatch(text)
    assert pattern.automata is not None
    states = [state for automaton in pattern.automata for state in automaton._states.values()]
    assert sum(len(state.waiting) + len(state.following) for state in states) < 30_000


@pytest.mark.parametrize(
    "text",
    [
        "a(?=b)", "(?<!ab)c", "(?<!a|b)c", "(?<!", "(?<=)", "(?<!a", "(?<!a)*b",
        r"(a)\1", "a++", "(?>a)", "(?(1)a|b)", "[a&&[b]]", "[a[b]]", "[a--b]", "[]a]", r"\p{L}", r"\Qa\E", r"\h",
        r"\z", r"\R", r"\0", r"\012", "a{,3}", "a{", "{", "a**", "^*", "(?i:é)", "(?u)a", "(?#x)a", "b(?i)a", "a{2}{3}",
        "(a", "a)", "[b-a]", "[a",
        r"[\w-a]", r"[\b]", "a{99999}", "(?x)a #b", "(?x)a +", "(?P<a>x)(?P<a>y)", "\\", "x" * 1_001, "(?P=a)",
    ],
)  # fmt: skip
def test_what_is_not_read_alike_is_not_supported(text: str) -> None:
    assert compile_pattern(text) is None


@pytest.mark.parametrize("text", ["(a*)*", "(?:|a){2}", "(?:a|b?)+", "((a|b)?,?)*(?<!,)"])
def test_loops_over_nothing_answer_only_whether_there_is_a_match(text: str) -> None:
    pattern = compile_pattern(text)
    assert pattern is not None
    assert pattern.fullmatch("a") is None
    assert pattern.replace("a", "b") is None
    assert pattern.search("aab") is True


@settings(max_examples=examples(200))
@given(
    st.sampled_from([r"^((a|b)?,?)*(?<!,)$", "(?<![ab])c", "(?<=,)a", r"(?<!\d)b$", "a(?<!b)", "(?<=.)c"]),
    st.text(alphabet="ab,c1", max_size=12),
)
def test_a_look_at_the_character_before_is_as_in_python(text: str, subject: str) -> None:
    pattern = compile_pattern(text)
    assert pattern is not None
    assert pattern.search(subject) is (re.search(text, subject) is not None)


@pytest.mark.parametrize(
    ("text", "subject"),
    [(r"\w", "é"), (r"\s", "\x1c"), (".", "\r"), ("a.", "a\u2028"), (r"a\Z", "a\n"), ("a$", "a\r"), ("(?i)k", "\u212a"), (r"\B", ""),
     ("(?m)^", "a\n"), ("(?m)^", "")],
)  # fmt: skip
def test_texts_on_which_java_and_python_differ_are_not_known(text: str, subject: str) -> None:
    pattern = compile_pattern(text)
    assert pattern is not None
    assert pattern.search(subject) is None
    assert pattern.fullmatch(subject) is None
    assert pattern.replace(subject, "") is None


@pytest.mark.parametrize(
    ("text", "subject", "replacement", "result"),
    [
        ("(a)(b)?", "ac", "[$1$2]", "[a]c"),
        ("a", "aa", r"\$\\", "$\\$\\"),
        ("(a)", "a", "$10", "a0"),
        ("(?<name>a)b", "ab", "${name}${name}", "aa"),
        ("a", "a", "$1", None),
        ("a", "a", "$", None),
        ("a", "a", "x\\", None),
        ("a", "a", "${b}", None),
        ("x*", "abxd", "-", "-a-b--d-"),
        ("|a", "a", "-", None),  # Java and Python go on differently after an empty match
        (r"[^A-Za-z0-9]+", "a b--c", "_", "a_b_c"),
        ("a", "a" * 50, "b" * 50, None),
    ],
)
def test_replacements_of_java(text: str, subject: str, replacement: str, result: str | None) -> None:
    pattern = compile_pattern(text)
    assert pattern is not None
    assert pattern.replace(subject, replacement, max_length=1_000) == result


def test_replacements_of_python_that_are_not_valid() -> None:
    pattern = compile_pattern("(a)")
    assert pattern is not None
    for replacement in (r"\2", r"\g<2>", r"\g<b>", "\\", r"\q", r"\012", r"\0", r"\g<1"):
        assert pattern.replace("a", replacement, references="python") is None
    assert pattern.replace("ba", r"\g<0>$1\n", first_only=True, references="python") == "ba$1\n"


def test_words_are_compared_as_they_are() -> None:
    pattern = compile_pattern("FASTQC|BWA:MEM")
    assert pattern is not None
    assert pattern.fullmatch("BWA:MEM") is True
    assert pattern.fullmatch("BWA") is False
    assert pattern.search("x FASTQC x") is True
    assert pattern.search("x") is False
    twice = compile_pattern("a|a")
    assert twice is not None
    assert twice.search("bab") is True
    assert pattern.replace("FASTQC", "x") == "x"


def test_deep_callers_get_the_same_answer() -> None:
    """What is supported does not depend on how deep the caller is."""

    def within(depth: int) -> bool:
        return within(depth - 1) if depth else compile_pattern("(" * 25 + "a" + ")" * 25) is not None

    assert within(sys.getrecursionlimit() // 2)
