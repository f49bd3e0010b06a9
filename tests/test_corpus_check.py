"""`make corpus`: workflows of checkouts judged one by one, kept, and compared with another run."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("resource", reason="each entry has a forked process")

from benchmarks.corpus.compare import changes, verdicts
from benchmarks.corpus.entries import Entry
from benchmarks.corpus.expected import day_of, differences, updated
from benchmarks.corpus.nextflow_parsers import compared

ROOT = Path(__file__).parent.parent
BROKEN = "version 1.0\nworkflow broken {\n  call missing\n}\n"


def check(corpus: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [
        sys.executable,
        "-m",
        "benchmarks.corpus",
        str(corpus),
        "--results",
        str(corpus.parent / "kept"),
        "--jobs",
        "1",
    ]
    return subprocess.run(
        [*command, *options],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture(scope="module")
def corpus(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("corpus") / "checkouts"
    shutil.copytree(ROOT / "fixtures" / "workflows" / "cwl-packed", folder / "cwl")
    (folder / "wdl").mkdir()
    (folder / "wdl" / "broken.wdl").write_text(BROKEN, encoding="utf-8")
    return folder


@pytest.mark.faults  # a process for each entry and for each peer
def test_entries_are_judged_once_and_compared_with_the_peers(corpus: Path) -> None:
    first = check(corpus, "--peers")
    assert first.returncode == 0, first.stderr
    assert "Verdicts, WDL: 1 compared, 100.00 % equal" in first.stdout
    assert "Verdicts, CWL: 1 compared, 100.00 % equal" in first.stdout
    assert "\n## Crashes and bounds\n\nNone." in first.stdout
    kept = {file: file.read_text() for file in (corpus.parent / "kept").iterdir()}
    rows = [json.loads(line) for text in kept.values() for line in text.splitlines()]
    assert len(rows) == 4  # two entries, judged by packager and by a peer
    again = check(corpus, "--peers")
    assert again.stdout == first.stdout
    assert {file: file.read_text() for file in kept} == kept


def test_an_entry_beyond_its_bounds_is_reported(corpus: Path) -> None:
    done = check(corpus, "--seconds", "0.001", "--results", str(corpus.parent / "short"))
    assert done.returncode == 1
    assert "### time: 2" in done.stdout


def result(*findings: tuple[str, str, str, int, str], **facts: object) -> dict[str, object]:
    return {"exit": 0, "findings": [list(row) for row in findings], "digest": "d", **facts}


def test_changes_are_told_apart() -> None:
    before = {
        "a": result(
            ("IMG001", "warning", "a.wdl", 1, "one"),
            ("WDL050", "error", "a.wdl", 7, "two"),
            ("RES001", "error", "a.wdl", 9, "three"),
        ),
        "b": result(digest="old"),
    }
    after = {
        "a": result(
            ("IMG001", "error", "a.wdl", 1, "one"),
            ("WDL050", "error", "a.wdl", 8, "two"),
            ("RES002", "error", "a.wdl", 9, "four"),
        ),
        "b": result(digest="new"),
    }
    found = changes(before, after)
    assert [list(kind) for kind in (found.severity, found.moved, found.gone, found.appeared)] == [
        ["IMG001"],
        ["WDL050"],
        ["RES001"],
        ["RES002"],
    ]
    assert found.facts == {"digest": ["b"]}
    assert not changes(after, after)


def entry(main: str, engine: str) -> Entry:
    return Entry("owner/name", Path(), main, engine, "workflow")


def test_both_ways_of_a_wrong_verdict_are_listed() -> None:
    entries = [entry(name, "WDL") for name in ("right.wdl", "false.wdl", "missed.wdl")]
    head = {
        "owner/name/right.wdl": result(("WDL050", "error", "right.wdl", 1, "x")),
        "owner/name/false.wdl": result(("WDL050", "error", "false.wdl", 1, "x")),
        "owner/name/missed.wdl": result(("WDL102", "warning", "missed.wdl", 1, "x")),
    }
    peers = {
        "owner/name/right.wdl": {"peer": "ValidationError"},
        "owner/name/false.wdl": {"peer": ""},
        "owner/name/missed.wdl": {"peer": "ImportError"},
    }
    wdl = verdicts(entries, head, peers)[0]
    assert wdl.compared == 3
    assert wdl.refused_by_us == ["owner/name/false.wdl: WDL050"]
    assert wdl.refused_by_peer == ["owner/name/missed.wdl: ImportError"]


def test_files_of_nextflow_are_compared_once() -> None:
    head = {
        "owner/name/main.nf": result(("NXF001", "error", "lib.nf", 1, "x"), files=["main.nf", "lib.nf", "README.md"]),
        "owner/name/other.nf": result(("NXF001", "error", "lib.nf", 1, "x"), files=["other.nf", "lib.nf"]),
    }
    refused = {"owner/name": {"main.nf": True, "lib.nf": False, "other.nf": False, "README.md": True}}
    found = compared([entry("main.nf", "NEXTFLOW"), entry("other.nf", "NEXTFLOW")], head, refused)
    assert (found.compared, found.refused_by_us, found.refused_by_peer) == (
        3,
        ["owner/name/lib.nf: NXF001"],
        ["owner/name/main.nf"],
    )


def test_expected_counts_hold_for_their_commit_only(tmp_path: Path) -> None:
    file = tmp_path / "corpus.toml"
    counts = {"owner/name": {"IMG001": 2, "WDL050": 1}}
    file.write_text(updated(file, "2026-11-26", {"owner/name": "c1"}, counts), encoding="utf-8")
    assert differences(file, {"owner/name": "c1"}, counts) == []
    assert differences(file, {"owner/name": "c1"}, {"owner/name": {"IMG001": 3}}) == [
        "owner/name: IMG001: expected 2, got 3",
        "owner/name: WDL050: expected 1, got 0",
    ]
    assert differences(file, {"owner/name": "c2"}, {}) == []
    assert (day_of(file, ""), day_of(file, "2027-01-01")) == ("2026-11-26", "2027-01-01")
