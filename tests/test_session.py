"""A session returns what a first check of the same content returns, checks again only what changed, and uses bounded memory."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import DAY, INTERRUPTIBLE, PYTHON, ROOT, WORKFLOWS, Cli, bare_environment

from packager import PackagerError
from packager.app.load import load
from packager.app.options import LintOptions, LoadOptions
from packager.app.outcome import check_workflow
from packager.app.session import CancelledError, Session, statuses
from packager.app.session_cache import SessionCache
from packager.cache import Cache
from packager.source import Overlay

Files = Callable[[dict[str, str | bytes]], Path]
LINT = LintOptions()
TASK = 'version 1.0\ntask t {\n  command <<< >>>\n  runtime { docker: "ubuntu" }\n}\n'
MAIN = 'version 1.0\nimport "lib/t.wdl" as lib\nworkflow w { call lib.t }\n'


def age(folder: Path) -> None:
    """Let all files and folders be old: what was written a moment ago is not trusted."""
    for place in (folder, *folder.rglob("*")):
        os.utime(place, ns=(1_700_000_000_000_000_000, 1_700_000_000_000_000_000))


def messages(session: Session, path: str, texts: dict[Path, str] | None = None) -> list[str]:
    """What a session reports, which is what a first check of the same content reports."""
    options = LoadOptions(overlay=Overlay.of(texts or {}))
    judged = session.judge(path, options, LINT)
    fresh = load(path, options)
    assert judged.checked.report == check_workflow(fresh, LINT).report
    assert judged.loaded.workflow == fresh.workflow
    return [f"{found.code} {found.subject}" for found in judged.checked.report.diagnostics]


def test_only_what_changed_is_checked_again(files: Files) -> None:
    folder = files({"main.wdl": MAIN, "lib/t.wdl": TASK, "other.wdl": "version 1.0\nworkflow o {}\n", "note.txt": ""})
    age(folder.parent)
    session = Session()
    first, other = (session.judge(path, LoadOptions(), LINT) for path in ("main.wdl", "other.wdl"))
    assert session.judge("main.wdl", LoadOptions(), LINT).loaded is first.loaded
    (folder / "lib/t.wdl").write_text(TASK.replace("ubuntu", "debian"))
    assert session.judge("other.wdl", LoadOptions(), LINT).loaded is other.loaded
    second = session.judge("main.wdl", LoadOptions(), LINT)
    assert [str(use.reference) for use in second.loaded.images] == ["debian"]
    unsaved = LoadOptions(overlay=Overlay.of({folder / "lib/t.wdl": TASK}))
    assert [str(use.reference) for use in session.judge("main.wdl", unsaved, LINT).loaded.images] == ["ubuntu"]
    assert session.judge("other.wdl", unsaved, LINT).loaded is other.loaded


def test_what_appears_or_disappears_counts(files: Files) -> None:
    folder = files({".git/x": "", "main.wdl": MAIN.replace("lib/t", "new/deep/t")})
    session = Session()
    age(folder.parent)
    assert "WDL050 new/deep/t.wdl" in messages(session, "main.wdl")
    age(folder.parent)
    messages(session, "main.wdl")
    (folder / "new/deep").mkdir(parents=True)
    (folder / "new/deep/t.wdl").write_text(TASK)
    assert "WDL050 new/deep/t.wdl" not in messages(session, "main.wdl")
    age(folder.parent)
    messages(session, "main.wdl")
    (folder / "container-registry-map.json").write_text("{")
    assert any(message.startswith("MAP") for message in messages(session, "main.wdl"))
    shutil.rmtree(folder / "new")
    assert "WDL050 new/deep/t.wdl" in messages(session, "main.wdl")
    assert "WDL050 new/deep/t.wdl" not in messages(session, "main.wdl", {folder / "new/deep/t.wdl": TASK})
    with pytest.raises(PackagerError):
        session.judge("gone.wdl", LoadOptions(), LINT)


def test_places_show_when_a_failure_may_be_over(files: Files) -> None:
    folder = files({"deep/folder/note.txt": ""})
    session = Session()
    with pytest.raises(PackagerError):
        session.judge(".", LoadOptions(), LINT)
    before = statuses(session.places)
    (folder / "deep/folder/main.wdl").write_text("version 1.0\nworkflow w {}\n")
    assert statuses(session.places) != before


def test_a_check_is_cancelled_between_its_stages(files: Files) -> None:
    files({"main.wdl": MAIN, "lib/t.wdl": TASK})
    session, asked = Session(), iter([False, False, True])
    with pytest.raises(CancelledError):
        session.judge("main.wdl", LoadOptions(), LINT, is_cancelled=lambda: next(asked))
    messages(session, "main.wdl")


def test_memory_is_bounded(tmp_path: Path) -> None:
    below = Cache(tmp_path)
    cache = SessionCache(below, limit=1000)
    for number in range(100):
        cache.put("kind", f"{number}", "x" * 100)
        assert cache.size <= 1000
    assert cache.get("kind", "0") == "x" * 100  # from the disk
    cache.saves = False
    cache.put("kind", "unsaved", [1])
    assert (cache.get("kind", "unsaved"), below.get("kind", "unsaved")) == ([1], None)
    cache.put("kind", "huge", "x" * 2000)
    assert (cache.size, cache.is_empty) == (0, True)


@pytest.mark.parametrize(
    "arguments",
    [("--format", "json"), ("--format", "github"), ("--fix",), ("--diff",), ("--online",), ("--output", "json=x")],
)
def test_watch_is_for_people(arguments: tuple[str, ...], cli: Cli, in_folder: Path) -> None:
    shutil.copytree(WORKFLOWS / "wdl-type-errors", "w")
    result = cli("lint", "w", "--watch", *arguments)
    assert result.code == 2
    assert "--watch" in result.err


@pytest.mark.skipif(os.name == "nt", reason="a signal cannot be sent to one process there")
def test_watch_checks_again_after_a_change(files: Files, tmp_path: Path) -> None:
    folder = files({"main.wdl": MAIN, "lib/t.wdl": TASK})
    age(folder.parent)
    environment = bare_environment(
        PACKAGER_CACHE_DIR=str(tmp_path / "cache"), PYTHONPATH=str(ROOT), PACKAGER_AS_OF=DAY.isoformat()
    )
    command = [PYTHON, "-c", INTERRUPTIBLE, "lint", ".", "--watch"]
    with subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None

        def round_of() -> str:
            lines = []
            for line in process.stdout or ():
                lines.append(line)
                if line.startswith("watching "):
                    return "".join(lines)
            raise AssertionError("".join(lines))

        assert "WDL001" not in round_of()
        (folder / "main.wdl").write_text("version 1.0\nworkflow w {")
        assert "WDL001" in round_of()
        (folder / "packager.toml").write_text("[lin]\n")
        while "unknown key `lin`" not in (text := round_of()):
            assert "WDL001" in text
        process.send_signal(signal.SIGINT)
        assert "interrupted" in process.stdout.read()
        assert process.wait() == 130


DIAMOND = {
    "main.wdl": 'version 1.0\nimport "a.wdl" as a\nimport "b.wdl" as b\n'
    "workflow w { input { Pair_ p }\n  call a.aw { input: p = p }\n  call b.t as bt { input: p = aw.out } }\n",
    "a.wdl": 'version 1.0\nimport "s.wdl" as s\nimport "b.wdl" as b\n'
    "workflow aw { input { Pair_ p }\n  call b.t { input: p = p }\n  output { Pair_ out = p } }\n",
    "b.wdl": 'version 1.0\nimport "s.wdl" as s\ntask t { input { Pair_ p }\n  String n = p.left\n'
    '  command <<< ~{n} >>>\n  runtime { docker: "ubuntu" }\n  output { File f = "x" } }\n'
    'task idle { command <<< >>>\n  runtime { docker: "ubuntu" } }\n',
    "s.wdl": "version 1.0\nstruct Pair_ { String left }\n",
    "other.wdl": 'version 1.0\nimport "b.wdl" as b\nworkflow o { call b.idle }\n',
    "twice.wdl": 'version 1.0\nimport "a.wdl" as a\nimport "a.wdl" as c\nimport "s.wdl" as s\n'
    "workflow o { input { Pair_ p }\n  call a.aw { input: p = p }\n  call c.aw as again { input: p = p } }\n",
}
EDITS = [
    ("main.wdl", "call b.t as bt", "call b.t as it"),
    ("s.wdl", "String left", "Int left"),
    ("b.wdl", "String n = p.left", "Int n = p.left"),
    ("a.wdl", "output { Pair_ out = p }", "output { String out = p.left }"),
    ("a.wdl", "output { String out = p.left }", "output { Pair_ out = p }"),
    ("main.wdl", "workflow w {", "workflow w {{"),
    ("s.wdl", "Int left", "Int left Array[File]+ more"),
    ("main.wdl", "workflow w {{", "workflow w {"),
    ("b.wdl", 'File f = "x"', "File f = stdout() Int unused = 1"),
    ("b.wdl", " Int unused = 1", ""),
    ("other.wdl", "call b.idle", "call b.idle if (false) { call b.idle as twice }"),
    ("s.wdl", "Int left Array[File]+ more", "String left"),
    ("b.wdl", "Int n = p.left", "String n = p.left Int idle = 2"),
]


def test_checked_trees_are_used_again_only_with_the_same_imports(files: Files) -> None:
    folder = files(dict(DIAMOND))
    session = Session()
    for path in ("main.wdl", "other.wdl", "twice.wdl"):
        messages(session, path)
    for changed, old, new in EDITS:
        text = (folder / changed).read_text()
        assert old in text
        (folder / changed).write_text(text.replace(old, new))
        age(folder.parent)
        for path in ("main.wdl", "other.wdl", "twice.wdl"):
            messages(session, path)
