"""Globs: of files in which codes do not count, of a package, and of a repository."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from growth_support import alarm
from hypothesis import given
from hypothesis import strategies as st

from packager.patterns.globs import matches_package_glob, matches_repository_glob
from packager.patterns.globs import matches_path_glob as matches


@pytest.mark.parametrize(
    ("glob", "paths"),
    [
        ("flows/a/**", ["flows/a/main.wdl", "flows/a/b/c.wdl"]),
        ("flows/a/", ["flows/a/main.wdl", "flows/a/b/c.wdl"]),
        ("./flows/a/*.wdl", ["flows/a/main.wdl"]),
        ("/flows/a/main.wdl", ["flows/a/main.wdl"]),
        ("main.wdl", ["main.wdl", "flows/a/main.wdl"]),
        ("*.wdl", ["main.wdl", "flows/a/b/c.wdl"]),
        ("**/b/*", ["b/x", "a/b/x", "a/a/b/x"]),
        ("flows/**/main.wdl", ["flows/main.wdl", "flows/a/b/main.wdl"]),
        ("**", ["main.wdl", "a/b/c"]),
        ("ma?n.wdl", ["main.wdl"]),
        ("a+(b).wdl", ["a+(b).wdl"]),
    ],
)
def test_what_a_pattern_is_about(glob: str, paths: list[str]) -> None:
    assert [path for path in paths if not matches(glob, path)] == []


@pytest.mark.parametrize(
    ("glob", "path"),
    [
        ("flows/a/*", "flows/a/b/c.wdl"),
        ("flows/a", "flows/a/main.wdl"),
        ("flows/a/**", "flows/ab/main.wdl"),
        ("flows/a/**", "other/flows/a/main.wdl"),
        ("**/b/*", "ab/x"),
        ("ma?n.wdl", "ma/n.wdl"),
        ("main.wdl", "xmain.wdl"),
        ("flows/*/main.wdl", "flows/main.wdl"),
    ],
)
def test_what_it_is_not_about(glob: str, path: str) -> None:
    assert not matches(glob, path)


@pytest.mark.parametrize(
    ("glob", "path"),
    [("**/" * 25 + "x", "a/" * 200 + "y"), ("*a" * 30 + "b", "a" * 500), ("**" * 12 + "x", "a/" * 300)],
)
def test_every_pattern_comes_to_an_end(glob: str, path: str) -> None:
    assert not matches(glob, path)


@pytest.mark.parametrize(
    ("glob", "paths", "others"),
    [
        ("docs", ["docs", "docs/a.md", "a/docs/b/c"], ["docsx", "a/xdocs/b"]),
        ("./docs/", ["docs/a.md"], ["xdocs/a.md"]),
        ("docs/*", ["docs/a.md", "docs/b/c.md"], ["docs", "a/docs/b"]),
        ("docs/*.md", ["docs/a.md", "docs/b/c.md"], ["docs/a.txt"]),
        ("*.md", ["a.md", "b/a.md", "a.md/x"], ["a.mdx"]),
        ("[ab].md", ["a.md", "x/b.md"], ["c.md"]),
        ("[!ab].md", ["c.md", "x/d.md"], ["a.md"]),
        ("[^ab].md", ["c.md", "x/d.md", "!.md"], ["a.md"]),
        ("[[^].md", ["[.md", "^.md"], ["a.md"]),
    ],
)
def test_what_a_pattern_of_a_package_matches(glob: str, paths: list[str], others: list[str]) -> None:
    assert [path for path in [*paths, *others] if matches_package_glob(glob, path)] == paths


@pytest.mark.parametrize(
    ("glob", "paths", "others"),
    [
        ("docs", ["docs", "docs/a.md"], ["a/docs/b", "docsx"]),
        ("docs/", ["docs/a.md"], ["a/docs/b"]),
        ("*.md", ["a.md", "b/a.md"], ["a.md/x"]),
        ("docs/*", ["docs/a.md", "docs/b/c.md"], ["docs"]),
        ("[ab].md", ["a.md", "b.md"], ["c.md"]),
        ("[^ab].md", ["c.md", "^.md"], ["a.md"]),
        ("[!ab].md", ["!.md", "a.md", "b.md"], ["c.md"]),
        ("[!a-].md", ["!.md", "a.md", "-.md"], ["b.md"]),
        ("[!].md", ["!.md"], ["a.md"]),
        ("[]a].md", ["].md", "a.md"], ["b.md"]),
        ("[^]a].md", ["b.md"], ["].md", "a.md"]),
        ("a[b", ["a[b"], ["ab"]),
        ("[^x", ["[^x"], ["a"]),
    ],
)
def test_what_a_pattern_of_a_repository_matches(glob: str, paths: list[str], others: list[str]) -> None:
    assert [path for path in [*paths, *others] if matches_repository_glob(glob, path)] == paths


@pytest.mark.parametrize("matches_glob", [matches, matches_package_glob, matches_repository_glob])
@pytest.mark.parametrize("piece", ["*a", "**a", "**/a", "?*", "**/", "[ab]*", "[^b]*", "["])
def test_time_grows_with_pattern_and_path_alone(matches_glob: Callable[[str, str], bool], piece: str) -> None:
    with alarm(5):
        assert not matches_glob(piece * 200 + "/c", "a/aab" * 200)


def expression(glob: str) -> str:
    """The pattern as a regular expression."""
    glob = glob if "/" in glob else f"**/{glob}"
    known = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    return "".join(known.get(token) or re.escape(token) for token in re.findall(r"\*\*/|\*\*|.", glob))


@given(st.text("ab/*?", max_size=8), st.text("ab/", max_size=8))
def test_it_is_what_a_regular_expression_would_say(glob: str, path: str) -> None:
    if not glob.startswith(("/", "./")) and not glob.endswith("/"):
        assert matches(glob, path) == bool(re.fullmatch(expression(glob), path))
