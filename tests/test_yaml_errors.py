"""No sentence of a YAML library reaches a user."""

from __future__ import annotations

import re

import pytest
import yaml

from packager.engines.cwl import yaml_errors
from packager.engines.cwl.nodes import YamlProblem, parse

CASES = [
    ("a: 1\nb 2\n", "expected `:` after a key"),
    ("a: b: c\n", "`:` is not allowed here: quote a value that contains it, or correct the indentation"),
    ("a: - b\n", "an item of a list (`-`) is not allowed here"),
    ("? a\nb: ? c\n", "a key (`?`) is not allowed here"),
    ("a:\n  b: 1\n c: 2\n", "expected a key with the same indentation as the keys above"),
    ("- a\nd: 1\n", "expected `-` with the same indentation as the items above"),
    ('a: "b" c\n', "expected the end of the line, found `c`"),
    ("a: [1, 2]]\n", "expected the end of the line, found `]`"),
    ("[1, 2", "expected `,` or `]`, found the end of the file"),
    ("x: {a: b\ny: 1\n", "expected `,` or `}`, found `:`"),
    ("a: ]\n", "expected a value, found `]`"),
    ("[1] 2\n", "expected the end of the document, found `2`"),
    ("--- a\n--- b\n", "more than one document in the file"),
    ('a: "x\n', "the quoted string has no end"),
    ('a: "x\n---\n', "the quoted string contains a separator of documents (`---` or `...`)"),
    ('a: "\\q"\n', "the quoted string has an unknown escape sequence"),
    ('a: "\\x1"\n', "the quoted string has an incomplete escape sequence"),
    ("a:\n\tb: 1\n", "a tab is not allowed as indentation"),
    ("a: |\n\tb\n", "a tab is not allowed as indentation"),
    ("a: |0\n x\n", "the indentation after `|` or `>` cannot be 0"),
    ("a: | x\n y\n", "expected the end of the line after `|` or `>`"),
    ("a: *\n", "expected a name after `&` or `*`"),
    ("a: & b\n", "expected a name after `&` or `*`"),
    ("a: !x!y z\n", "the tag (`!`) has a prefix that no `%TAG` defines"),
    ("a: !<x y\n", "the tag (`!`) is not valid"),
    ("%YAML x\n---\na: 1\n", "the directive (`%`) is not valid"),
    ("%YAML 2.0\n---\na\n", "the document does not have YAML version 1"),
    ("a: @b\n", "a value that begins with `@` needs quotes"),
    ("a: `b`\n", "a value that begins with a backtick needs quotes"),
    ("a: \x01\n", "a control character is not allowed"),
    ("a: \ud800\n", "a character is not valid Unicode"),
]


def message(text: str) -> str:
    problem = parse("main.cwl", text)
    assert isinstance(problem, YamlProblem)
    return problem.message


@pytest.mark.parametrize(("text", "expected"), CASES)
def test_errors_have_messages_of_our_own(text: str, expected: str) -> None:
    assert message(text) == expected


def test_each_sentence_of_a_library_is_provoked() -> None:
    """With and without libyaml, whose sentences differ."""
    raised = []
    for loader in (yaml.CSafeLoader, yaml.SafeLoader):
        for text, _ in (*CASES, ('a: "\\uD800"\n', "")):
            try:
                list(yaml.parse(text, Loader=loader))
            except (yaml.YAMLError, ValueError) as error:
                problem = getattr(error, "problem", None) or getattr(error, "reason", None)
                raised.append(" ".join(f"{problem} {getattr(error, 'context', None) or ''}".split()))
    first = {next((pattern for pattern, _ in yaml_errors.WORDS if re.fullmatch(pattern, text)), "") for text in raised}
    assert [pattern for pattern, _ in yaml_errors.WORDS if pattern not in first] == []


def test_without_libyaml_the_messages_are_ours_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(yaml, "CSafeLoader")
    for text, _expected in CASES:
        assert message(text) in {expected for _, expected in CASES} | {
            "expected the same indentation as the lines above",
            "a syntax error",
        }


def test_a_sentence_that_is_not_known_is_not_shown() -> None:
    assert yaml_errors.yaml_message("something new happened", "", "a: 1\n", (1, 1)) == "a syntax error"
    assert yaml_errors.yaml_message("something new happened", "", "", (9, 9)) == "a syntax error"
