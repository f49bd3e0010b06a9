"""No text makes a pattern or a reader of ours take more than about twice as long when it is twice as long."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from growth_support import HangError, alarm
from pattern_support import Use, evil_texts, rooms, run, uses

from packager.engines.cwl import scan as cwl_scan
from packager.engines.nextflow import scan as nextflow_scan
from packager.engines.wdl import scan as wdl_scan
from packager.findings.suppressions import suppressions_of
from packager.project import config

SIZE = 3000
# A pattern that is linear is done with a text of SIZE in some hundredths of this; a quadratic one is not.
FLOOR = 0.002
HANG = 5
# Patterns that meet short texts only: what bounds these.
BOUNDED: dict[str, str] = {}


def taken(action: Callable[[], object], enough: float = 0.0) -> float:
    """The CPU time that an action takes, the least of several times; fewer once it is less than `enough`."""
    best = float(HANG)
    for _ in range(3):
        start = time.thread_time()
        action()
        best = min(best, time.thread_time() - start)
        if best < enough:
            break
    return best


def is_linear(use: Use, short: Any, long: Any) -> bool:
    first = taken(lambda: run(use, short), FLOOR)
    return first < FLOOR or taken(lambda: run(use, long)) < 3 * first


def test_the_patterns_are_found() -> None:
    """Those of modules, those in tables, and those that are written where they are used."""
    names = {use.name.rpartition(":")[0] for use in uses()}
    assert {
        "project/config.py",
        "findings/suppressions.py",
        "engines/wdl/scan.py",
        "findings/credentials.py",
        "rules/wdl/runtime.py",
    } <= names
    assert len(uses()) > 150
    assert {use.name for use in uses()} >= BOUNDED.keys()
    assert {use.room for use in uses()} <= set(rooms())


@pytest.mark.parametrize("room", rooms())
def test_patterns_grow_with_their_text(room: str) -> None:
    for use in uses():
        if use.room != room or use.name in BOUNDED:
            continue
        longer = None
        with alarm(HANG * 4):
            for number, text in enumerate(evil_texts(use.pattern, SIZE)):
                if taken(lambda use=use, text=text: run(use, text), FLOOR) < FLOOR:  # type: ignore[misc] # the defaults bind this turn's values
                    continue
                longer = longer or list(evil_texts(use.pattern, SIZE * 2))
                assert is_linear(use, text, longer[number]), f"{use.name}: {use.pattern.pattern!r} on {text[:60]!r}..."


def test_the_search_finds_what_it_is_for() -> None:
    """Nested and adjacent repetitions, and a search that begins anew at each character."""
    import re

    for pattern, method in (
        (r"\A(?:\s*(?:#[^\n]*)?\n)*version", "match"),
        (r"\s*\[+\s*([^\]]+?)\s*\]", "match"),
        (r"[A-Za-z]+\Z", "search"),
        (r"\s+$", "search"),
        (r"/\*.*?\*/", "finditer"),
        (r"\s*(\d+)[\s.]*(B?)\s*", "fullmatch"),
    ):
        use = Use("bad", re.compile(pattern, re.DOTALL), (method,))
        short, long = evil_texts(use.pattern, SIZE), evil_texts(use.pattern, SIZE * 2)
        try:
            with alarm(0.1, processor=True):
                assert not all(is_linear(use, one, other) for one, other in zip(short, long, strict=True)), pattern
        except HangError:
            pass


# What reads whole files


def many(piece: str, count: int) -> str:
    return piece * count


READERS: dict[str, Callable[[str], object]] = {
    "wdl": lambda text: wdl_scan.scan("main.wdl", text.encode()),
    "wdl quoted": wdl_scan.quoted,
    "cwl": lambda text: cwl_scan.scan("main.cwl", text.encode()),
    "nextflow": lambda text: nextflow_scan.scan("main.nf", text.encode()),
    "suppressions": lambda text: suppressions_of("main.wdl", text),
    "suppressions in strings": lambda text: suppressions_of(
        "main.wdl", text, [(start, start + 10) for start in range(0, len(text), 10)]
    ),
}
ALLOW = "# packager: allow IMG001 - why"
PIECES = {
    "blank lines": "\n",
    "lines of blanks": "   \t\n",
    "a long line of blanks": " ",
    "comments": "# a comment\n",
    "comments and blanks": "  # c  \n \n",
    "slashes": "// a\n",
    "suppressions": f"{ALLOW}\n",
    "suppressions behind code": f"x = 1 {ALLOW}\n",
    "suppressions in one line": f"{ALLOW} ",
    "slashed suppressions in one line": "// packager: allow IMG001 - why ",
    "suppressions over code": f"{ALLOW}\nx\n",
    "imports": 'import "a.wdl" as x\n',
    "imports in one line": 'import "a.wdl" ',
    "includes": "include { A } from './a'\n",
    "includes in one line": "include { A } from './a' ",
    "includes without an end": "include { A ",
    "the word include": "include ",
    "quotes": '"',
    "braces": "{",
    "nested maps": '{"a": 1, "run": ',
    "keys": "a: b\n",
    "a key with blanks": "a      ",
    "dashes": "- ",
    "runs": "run: a.cwl\n",
    "commands": "command ",
    "metadata": 'meta { a: "b" }\n',
    "commands without an end": "command <<<\n",
    "placeholders": '"~{',
}  # fmt: skip


def start_of(reader: str, piece: str) -> str:
    """What makes a reader read on, where it would stop at once."""
    if reader == "cwl":
        return "" if piece.startswith("{") else "$import: a\n"
    return ""


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("piece", PIECES)
def test_readers_grow_with_their_text(reader: str, piece: str) -> None:
    read, text = READERS[reader], PIECES[piece]
    count = 24_000 // len(text)
    start = start_of(reader, text)
    with alarm(HANG):
        first = taken(lambda: read(start + many(text, count)), 0.02)
        if first > 0.02:
            assert taken(lambda: read(start + many(text, count * 2))) < 3 * first


@pytest.mark.parametrize(
    "piece",
    [
        "[ " + " " * 4000,
        "[" * 40,
        "[a" + " " * 4000,
        "a" + ".a" * 2000,
        "[" + "a." * 2000 + "a]",
        "a" + " " * 4000,
        '"' * 4001,
        "'a'" * 1000,
    ],
    ids=lambda piece: piece[:6],
)
def test_a_configuration_is_read_in_time(piece: str, tmp_path: Path) -> None:
    """TOML refuses all of these sooner or later; the places of tables and keys are looked for before."""
    path = tmp_path / "packager.toml"
    path.write_text(f"{piece}\n[lint]\nselect = ['WDL']\n", encoding="utf-8")
    with alarm(HANG):
        places = config._places([piece, "[lint]", "select = 1"] * 40)
        assert places["lint", "select"] == 3
        with pytest.raises(config.ConfigError):
            config.load(path)


@pytest.mark.parametrize("key", ["a.", '"a" . ', "'a'.\t"])
@pytest.mark.parametrize("line", ["{0} = 1", "[{0}]", "x = {{ {0} = 1 }}"])
def test_a_key_of_very_many_parts_is_refused(line: str, key: str, tmp_path: Path) -> None:
    """The memory of tomllib grows with the square of the parts of a key."""
    path = tmp_path / "packager.toml"
    path.write_text(f"[lint]\n{line.format(key * 30_000 + 'a')}\n", encoding="utf-8")
    with alarm(HANG), pytest.raises(config.ConfigError, match=r"packager\.toml:2: a key has more than 100 parts"):
        config.load(path)


@pytest.mark.parametrize("kind", ["tables", "keys", "dotted keys", "one long table"])
def test_a_long_configuration_is_read_in_time(kind: str, tmp_path: Path) -> None:
    def text(count: int) -> str:
        tables = {
            "tables": "".join(f"[workflow.w{number}]\nmain = 'main.wdl'\n" for number in range(count)),
            "keys": "[lint.severity]\n" + "".join(f"WDL{number} = 'info'\n" for number in range(count)),
            "dotted keys": "".join(f"workflow.w{number}.main = 'main.wdl'\n" for number in range(count)),
            "one long table": "[workflow.a]\ntags = {"
            + ", ".join(f"k{number} = 'v'" for number in range(count))
            + "}\n",
        }
        return tables[kind]

    path = tmp_path / "packager.toml"

    def read(count: int) -> float:
        path.write_text(text(count), encoding="utf-8")
        return taken(lambda: config.load(path), 0.02)

    with alarm(HANG * 2):
        first = read(400)
        assert first < 0.02 or read(800) < 3 * first
