"""Unsaved text over a folder, and texts without one: what they report equals what the same content reports once it is saved."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import WORKFLOWS

from packager import LintOptions, PackagerError, check_workflows
from packager.app.load import load, load_texts
from packager.app.loaded import Loaded
from packager.app.options import LoadOptions
from packager.source import DirectoryTree, Overlay, SourceTree, TextTree
from packager.source.opening import address_of, open_address

Files = Callable[[dict[str, str | bytes]], Path]

# A fixture, and the files of it that are unsaved: changed, with a file that does not exist yet, and with broken syntax.
EDITS: dict[str, dict[str, str]] = {
    "wdl-problems": {
        "main.wdl": 'version 1.0\nimport "new/lib.wdl" as lib\nimport "tasks/align.wdl"\nworkflow w { call lib.t }\n',
        "new/lib.wdl": 'version 1.0\ntask t {\n  command <<< >>>\n  runtime { docker: "ubuntu" }\n}\n',
        "parameter-template.json": '{"x": {"description": "gone"}}\n',
    },
    "wdl-type-errors": {"tasks.wdl": "version 1.0\ntask t {\n  input { Int"},
    "nextflow-modules": {
        "nextflow.config": "manifest { nextflowVersion = '!>=25.10.0' }\nincludeConfig 'conf/new.config'\n",
        "conf/new.config": "process.container = 'quay.io/x/y:1'\n",
    },
    "cwl-records": {"main.cwl": "cwlVersion: v1.2\nclass: Workflow\ninputs: {a: File}\noutputs: {}\nsteps: {s: {run: t.cwl}}\n"},
}  # fmt: skip


def findings(loaded: Loaded) -> list[object]:
    outcome = check_workflows([loaded], LintOptions(fail_on="never"))
    return [*outcome.located.diagnostics, *outcome.located.skipped]


@pytest.mark.parametrize("name", EDITS)
def test_unsaved_text_is_checked_as_if_it_was_saved(name: str, in_folder: Path) -> None:
    folder = in_folder / name
    shutil.copytree(WORKFLOWS / name, folder)
    overlay = Overlay.of({folder / path: text for path, text in EDITS[name].items()})
    before = findings(load(name))
    unsaved = load(name, LoadOptions(overlay=overlay))
    facts = (findings(unsaved), unsaved.plan.entries, unsaved.template, unsaved.images)
    for path, text in EDITS[name].items():
        place = folder / path
        place.parent.mkdir(exist_ok=True)
        place.write_text(text, encoding="utf-8", newline="\n")
    saved = load(name)
    assert facts == (findings(saved), saved.plan.entries, saved.template, saved.images)
    assert facts[0] != before


@pytest.mark.parametrize("name", ["wdl-problems", "nextflow-modules", "cwl-records"])
def test_texts_alone_are_checked_as_in_a_folder(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(WORKFLOWS / name)
    texts = {
        path.relative_to(WORKFLOWS / name).as_posix(): path.read_text(encoding="utf-8")
        for path in (WORKFLOWS / name).rglob("*")
        if path.is_file()
    }
    alone, folder = load_texts(texts), load(".")
    assert findings(alone) == findings(folder)
    assert alone.workflow == folder.workflow
    assert [(entry.path, entry.sha256) for entry in alone.plan.entries] == [
        (entry.path, entry.sha256) for entry in folder.plan.entries
    ]


def test_an_unsaved_import_raises_the_root(files: Files) -> None:
    folder = files({".git/x": "", "a/b/main.wdl": "version 1.0\nworkflow w {}\n", "lib/l.wdl": "version 1.0\n"})
    overlay = Overlay.of({folder / "a/b/main.wdl": 'version 1.0\nimport "../../lib/l.wdl"\nworkflow w {}\n'})
    loaded = load("a/b/main.wdl", LoadOptions(overlay=overlay))
    assert loaded.detection.main == "a/b/main.wdl"
    assert load("a/b", LoadOptions(overlay=overlay)).detection.main == "a/b/main.wdl"
    assert load("a/b").detection.main == "main.wdl"


def test_a_file_that_is_nowhere_but_in_the_editor(files: Files) -> None:
    folder = files({"x.txt": ""})
    overlay = Overlay.of({folder / "new/main.wdl": "version 1.0\nworkflow w {}\n"})
    for path in (".", "new/main.wdl"):
        assert load(path, LoadOptions(overlay=overlay)).workflow.name == "w"


def test_ignore_rules_apply_to_unsaved_files(files: Files) -> None:
    folder = files({".gitignore": "*.tmp\nout/\n", "a.wdl": "", "out/old.wdl": "", "deep/b.wdl": ""})
    names = ["a.tmp", "deep/c.tmp", "out/new.wdl", "deep/new/d.wdl", "new/out/e.wdl", ".nextflow/f.wdl", "deep/no.wdl"]
    overlay = Overlay.of({**{folder / name: "text" for name in names}, folder / "deep/.gitignore": "no.*\n"})
    tree = DirectoryTree(folder, ".", overlay=overlay)
    assert list(tree.files) == [".gitignore", "a.wdl", "deep/.gitignore", "deep/b.wdl", "deep/new/d.wdl"]
    for path in ("a.tmp", "out/new.wdl"):  # a definition that names it gets it
        assert tree.text(path) == "text"


def test_a_link_to_an_edited_file_has_the_unsaved_text(files: Files) -> None:
    folder = files({"real/a.wdl": "old", "b.wdl": ""})
    (folder / "link.wdl").symlink_to("real/a.wdl")
    (folder / "folder").symlink_to("real")
    outside = folder.parent / "outside.wdl"
    tree = DirectoryTree(folder, ".", overlay=Overlay.of({folder / "link.wdl": "newer", outside: "secret"}))
    for path in ("real/a.wdl", "link.wdl", "folder/a.wdl"):
        assert (tree.text(path), tree.files[path].size) == ("newer", 5)
    assert tree.lookup("../outside.wdl") is None
    assert "outside.wdl" not in " ".join(tree.files)


def test_an_overlay_reaches_another_process(files: Files) -> None:
    folder = files({"a.wdl": "old"})
    tree: SourceTree = DirectoryTree(folder, ".", overlay=Overlay.of({folder / "a.wdl": "größer"}))
    address = address_of(tree)
    assert address is not None
    assert open_address(address).text("a.wdl") == "größer"


def test_texts_stay_inside_of_their_source() -> None:
    for path in ("../a.wdl", "/etc/passwd", ".", ""):
        with pytest.raises(PackagerError, match="is not a relative path"):
            TextTree({path: ""}, "texts")
    tree = TextTree({"./a/../b.wdl": "text", "work/x.wdl": ""}, "texts")
    assert list(tree.files) == ["b.wdl"]
    assert tree.lookup("c.wdl") is None
    assert tree.read("b.wdl") == b"text"
