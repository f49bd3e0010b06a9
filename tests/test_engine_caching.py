"""What kept answers of the engines depend on: our code, the versions of libraries, and lookups in the source."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterable, Iterator
from importlib import metadata
from pathlib import Path

import pytest
from conftest import ROOT

from packager._version import __version__
from packager.app import content_scan
from packager.cache import Cache
from packager.engines import caching
from packager.engines.caching import SHARED_CODE, Lookups, Slot, code_digest, kept_or_fresh, version
from packager.model.facts import Engine, Scan
from packager.source import SourceTree, open_directory

PACKAGE = ROOT / "packager"
ENGINES = ("wdl", "nextflow", "cwl")


@pytest.mark.parametrize(
    ("distribution", "module"),
    [("miniwdl", "WDL"), ("cwltool", "cwltool"), ("schema-salad", "schema_salad"), ("omics-packager", "packager")],
)
def test_versions_are_those_of_importlib(distribution: str, module: str) -> None:
    assert version(distribution, module) == metadata.version(distribution)


def test_a_distribution_that_is_not_installed() -> None:
    assert version("no-such-thing", "no_such_thing") == "unknown"


def imported(path: Path) -> Iterator[Path]:
    """The files of the package that a file imports."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("packager"):
            continue
        for name in (node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)):
            place = ROOT / name.replace(".", "/")
            yield from (file for file in (place.with_suffix(".py"), place / "__init__.py") if file.is_file())


@pytest.mark.parametrize("engine", ENGINES)
def test_the_digest_covers_all_code_that_an_engine_uses(engine: str) -> None:
    assert uncovered((PACKAGE / "engines" / engine).glob("*.py"), (f"engines/{engine}",)) == set()


def test_the_digest_covers_all_code_that_the_scan_of_contents_uses() -> None:
    assert uncovered([PACKAGE / "app" / "content_scan.py"], content_scan.CODE) == set()


def uncovered(modules: Iterable[Path], folders: tuple[str, ...]) -> set[Path]:
    """The modules that some modules import, also indirectly, from folders that their digest does not cover."""
    covered = {PACKAGE / folder for folder in (*SHARED_CODE, *folders)}
    pending = list(modules)
    seen = set(pending)
    while pending:
        for path in imported(pending.pop()):
            if path not in seen:
                seen.add(path)
                pending.append(path)
    return {path for path in seen if path.parent not in covered}


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of its own, whose digests are taken."""
    folder = tmp_path / "lib" / "packager"
    for name in ("engines/wdl/facts.py", "engines/cwl/facts.py", "findings/codes/wdl.py"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("A = 1\n")
    monkeypatch.setattr(caching, "_PACKAGE", folder)
    code_digest.cache_clear()
    yield folder
    code_digest.cache_clear()


def fresh_digest(engine: str) -> str:
    code_digest.cache_clear()
    return code_digest(f"engines/{engine}")


def test_a_change_of_the_code_changes_the_digest_of_its_engine(package: Path) -> None:
    before = {engine: fresh_digest(engine) for engine in ENGINES}
    (package / "engines/wdl/facts.py").write_text("A = 2\n")
    changed = {engine for engine in ENGINES if fresh_digest(engine) != before[engine]}
    assert changed == {"wdl"}
    (package / "findings/codes/wdl.py").write_text("A = 2\n")
    assert all(fresh_digest(engine) != before[engine] for engine in ENGINES)


def test_an_installed_wheel_is_known_by_its_record(package: Path) -> None:
    record = package.parent / f"omics_packager-{__version__}.dist-info" / "RECORD"
    record.parent.mkdir()
    record.write_text("packager/engines/wdl/facts.py,sha256=a,6\n")
    before = fresh_digest("wdl")
    record.write_text("packager/engines/wdl/facts.py,sha256=b,6\n")
    assert fresh_digest("wdl") != before


class Asker:
    """Keeps an answer that depends on lookups, and counts how often it is computed."""

    def __init__(self, cache: Cache) -> None:
        self.slot = Slot(cache, "answers", Cache.key("answer"))
        self.computed = 0
        self.lasting = True

    def __call__(self, tree: SourceTree) -> None:
        def compute(lookups: Lookups) -> tuple[Scan, bool]:
            self.computed += 1
            lookups.digest("a.wdl")
            lookups.digest("missing.wdl")
            lookups.below("data")
            lookups.kind("docs")
            return Scan(Engine.WDL, name="a"), self.lasting

        assert kept_or_fresh(self.slot, tree, Scan, compute) == Scan(Engine.WDL, name="a")


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A source with files that lookups ask for."""
    folder = tmp_path / "source"
    for name in ("a.wdl", "other.wdl", "data/x.txt", "docs/y.md"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    return folder


def ask(asker: Asker, source: Path) -> int:
    """How often the answer has been computed after it was asked for once more."""
    asker(open_directory(source, "tree"))
    return asker.computed


def test_an_answer_is_kept_while_its_lookups_hold(tmp_path: Path, source: Path) -> None:
    asker = Asker(Cache(tmp_path / "cache"))
    assert [ask(asker, source), ask(asker, source)] == [1, 1]
    (source / "other.wdl").write_text("changed")
    assert ask(asker, source) == 1
    changes: tuple[Callable[[], object], ...] = (
        lambda: (source / "a.wdl").write_text("changed"),
        lambda: (source / "missing.wdl").write_text(""),
        lambda: (source / "data" / "z.txt").write_text(""),
        lambda: (source / "docs").rename(source / "papers"),
    )
    for count, change in enumerate(changes, start=2):
        change()
        assert [ask(asker, source), ask(asker, source)] == [count, count]


def test_an_answer_that_does_not_last_is_not_kept(tmp_path: Path, source: Path) -> None:
    asker = Asker(Cache(tmp_path / "cache"))
    asker.lasting = False
    assert [ask(asker, source), ask(asker, source)] == [1, 2]


@pytest.mark.parametrize(
    "stored",
    [
        None, [], {}, {"value": ["WDL", "", "a", "", []]}, {"value": [], "lookups": {"files": {}, "folders": {}, "kinds": {}}},
        {"value": ["WDL", "", "b", "", []], "lookups": {"files": [], "folders": {}, "kinds": {}}},
    ],
)  # fmt: skip
def test_a_damaged_record_is_not_used(stored: object, tmp_path: Path, source: Path) -> None:
    asker = Asker(Cache(tmp_path / "cache"))
    asker.slot.cache.put(asker.slot.kind, asker.slot.key, stored)
    assert ask(asker, source) == 1
