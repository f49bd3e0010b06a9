"""The cache: what goes in comes out, and nothing that is damaged is believed."""

from __future__ import annotations

import json
import os
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Cli
from hypothesis import given
from hypothesis import strategies as st

from packager.cache import NO_CACHE, Cache, default_directory, from_plain, to_plain
from packager.findings.diagnostic import Diagnostic, Place, Severity
from packager.model.facts import Attribute, Engine, Input, Scan, Verdict, Workflow
from packager.model.features import Feature, FeatureName

texts = st.text(max_size=20)
numbers = st.integers(0, 10**6)
places = st.builds(Place, texts, numbers, numbers, numbers, numbers)
diagnostics = st.builds(Diagnostic, places, texts, st.sampled_from(Severity), texts, texts, texts)
attributes = st.builds(Attribute, texts, texts, places, st.none() | texts | numbers | st.booleans() | st.floats(0, 9))
inputs = st.builds(
    Input, texts, texts, st.booleans(), st.none() | texts, texts, places, service_optional=st.none() | st.booleans()
)
workflows = st.builds(
    Workflow, st.sampled_from(Engine), texts, texts, texts, inputs=st.lists(inputs, max_size=3).map(tuple),
    versions=st.lists(st.tuples(texts, texts), max_size=3).map(tuple), diagnostics=st.lists(diagnostics, max_size=3).map(tuple),
    features=st.lists(st.builds(Feature, st.sampled_from(FeatureName), texts, places), max_size=3).map(tuple), place=places,
)  # fmt: skip


@given(workflows)
def test_facts_survive_json(workflow: Workflow) -> None:
    assert from_plain(Workflow, json.loads(json.dumps(to_plain(workflow)))) == workflow


@given(attributes)
def test_values_keep_their_type(attribute: Attribute) -> None:
    back = from_plain(Attribute, json.loads(json.dumps(to_plain(attribute))))
    assert type(back.value) is type(attribute.value)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=4),
    max_leaves=12,
)


@given(json_values)
def test_other_shapes_are_refused_and_never_crash(value: object) -> None:
    for kind in (Workflow, Verdict, Scan, Place):
        try:
            found = from_plain(kind, value)
        except ValueError:
            continue
        assert to_plain(found) == value


@dataclass(frozen=True)
class Small:
    """A shape for these tests."""

    text: str
    count: int


def test_what_is_stored_is_found(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    key = cache.key("a", "b")
    assert cache.load("kind", key, Small) is None
    cache.store("kind", key, Small("x", 1))
    assert cache.load("kind", key, Small) == Small("x", 1)
    assert cache.load("other", key, Small) is None
    assert NO_CACHE.load("kind", key, Small) is None


def test_keys_do_not_run_together() -> None:
    assert Cache.key("ab", "c") != Cache.key("a", "bc")
    assert Cache.key("a", "") != Cache.key("a")


@pytest.mark.parametrize(
    "damage", [b"", b"{", b"\xff", b'{"key": "other", "value": ["x", 1]}', b'["x", 1]', b"[" * 100_000]
)
def test_damage_is_as_if_nothing_were_there(damage: bytes, tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    key = cache.key("x")
    cache.store("kind", key, Small("x", 1))
    (stored,) = tmp_path.rglob("*.json")
    stored.write_bytes(damage)
    assert cache.load("kind", key, Small) is None
    cache.store("kind", key, Small("y", 2))
    assert cache.load("kind", key, Small) == Small("y", 2)


def test_many_writers_leave_one_whole_entry(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    key = cache.key("x")
    threads = [threading.Thread(target=cache.store, args=("kind", key, Small("x" * 1000, 5))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert cache.load("kind", key, Small) == Small("x" * 1000, 5)
    assert [path.suffix for path in tmp_path.rglob("*") if path.is_file()] == [".json"]


def test_old_entries_are_pruned(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.store("kind", cache.key("x"), Small("x", 1))
    (stored,) = tmp_path.rglob("*.json")
    written = stored.stat().st_mtime
    cache.prune(written + 24 * 3600)
    assert stored.exists()
    cache.prune(written + 31 * 24 * 3600)
    assert not stored.exists()


def test_pruning_is_done_once_a_day(tmp_path: Path) -> None:
    cache = Cache(tmp_path)
    cache.prune(time.time())
    cache.store("kind", cache.key("x"), Small("x", 1))
    (stored,) = tmp_path.rglob("*.json")
    os.utime(stored, (0, 0))
    cache.prune(time.time())
    assert stored.exists()


def test_tables_can_be_kept_without_results(tmp_path: Path) -> None:
    cache = Cache(tmp_path, tables_only=True)
    for kind, kept in (("tables-grammar", Small("x", 1)), ("facts", None)):
        cache.store(kind, cache.key("x"), Small("x", 1))
        assert cache.load(kind, cache.key("x"), Small) == kept


def test_a_variable_names_the_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PACKAGER_CACHE_DIR", str(tmp_path))
    assert default_directory() == tmp_path
    monkeypatch.setenv("PACKAGER_CACHE_DIR", "")
    assert default_directory() not in (None, Path(), tmp_path)


def test_the_size_of_a_large_package_is_kept(
    cli: Cli, files: Callable[[dict[str, str | bytes]], Path], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PACKAGER_CACHE_DIR", str(tmp_path / "kept"))
    noise = random.Random(1).randbytes(5_000_000)
    files({"main.nf": "workflow { }\n", "bin/data.bin": noise})
    reports = [cli("lint", ".", "--format", "json").out for _ in range(2)]
    assert reports[0] == reports[1]
    assert "ZIP001" in reports[0]
    sizes = [json.loads(path.read_text())["value"] for path in (tmp_path / "kept").glob("zip-size/*/*.json")]
    assert len(sizes) == 1
    assert sizes[0] > len(noise)
