"""`packager init`: a first configuration from what a folder has."""

from __future__ import annotations

import os
import re
import select
import subprocess
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import PYTHON, Cli
from hypothesis import given
from hypothesis import strategies as st

from packager.model.facts import Engine
from packager.project import config
from packager.project.discovery import DiscoveredWorkflow
from packager.project.init import FirstTarget, text

Files = Callable[[dict[str, str | bytes]], Path]

WDL = "version 1.0\nworkflow w {{\n}}\n{}"
NEXTFLOW = {"nextflow.config": "manifest {\n    mainScript = 'main.nf'\n}\n", "main.nf": "workflow {\n}\n"}
SEVERAL: dict[str, str | bytes] = {
    "align/align.wdl": WDL.format(""),
    "workflows/call.wdl": 'version 1.0\nimport "../tasks/t.wdl" as t\nworkflow calling {\n}\n',
    "workflows/join.wdl": WDL.format(""),
    "tasks/t.wdl": "version 1.0\ntask t {\n  command <<<\n    true\n  >>>\n}\n",
    "counts/main.nf": NEXTFLOW["main.nf"],
    "counts/nextflow.config": NEXTFLOW["nextflow.config"],
    "counts/parameter-template.json": "{}",
    "tests/try.wdl": WDL.format(""),
}


def written(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "packager.toml").read_text(encoding="utf-8"))


def uncommented(content: str) -> str:
    """A configuration whose suggestions are all taken."""
    return re.sub(r"^#(?=[\w\[])", "", content, flags=re.MULTILINE)


def test_one_workflow_and_its_suggestions(cli: Cli, files: Files) -> None:
    folder = files(dict(NEXTFLOW))
    done = cli("init", folder)
    assert (done.code, done.out) == (0, "")
    assert "with 1 workflow" in done.err
    assert written(folder) == {"workflow": {"source": {"path": ".", "main": "main.nf", "engine": "NEXTFLOW"}}}
    content = (folder / "packager.toml").read_text()
    (folder / "packager.toml").write_text(uncommented(content))
    loaded = config.load(folder / "packager.toml")
    assert set(loaded.targets) == {"dev", "prod"}
    assert {"account", "region", "tags", "container-registry-map"} <= loaded.targets["prod"].keys()
    assert loaded.lint
    assert cli("lint", "--show-config", "--target", "prod", folder).code == 0


def test_several_workflows_with_what_lies_beside_them(cli: Cli, files: Files) -> None:
    folder = files(SEVERAL)
    assert cli("init", folder).code == 0
    assert written(folder)["workflow"] == {
        "align": {"path": "align", "main": "align.wdl", "engine": "WDL"},
        "call": {"path": "workflows/call.wdl", "engine": "WDL"},
        "counts": {"path": "counts", "main": "main.nf", "engine": "NEXTFLOW"},
        "join": {"path": "workflows/join.wdl", "engine": "WDL"},
    }
    content = (folder / "packager.toml").read_text()
    assert content.count('"parameter-template.json" next to the main file is used automatically') == 1
    config.load(folder / "packager.toml")
    shown = cli("lint", "--show-config", folder)
    assert shown.code == 0
    assert "[workflow.call]" in shown.out
    linted = cli("lint", folder, "--format", "json", "--fail-on", "never", "--no-cache")
    assert linted.code == 0
    assert not [found for found in linted.json["diagnostics"] if found["severity"] == "error"]


def test_a_workflow_whose_imports_lie_beside_its_folder(cli: Cli, files: Files) -> None:
    kept = ("workflows/call.wdl", "tasks/t.wdl")
    folder = files({name: SEVERAL[name] for name in kept})
    assert cli("init", folder).code == 0
    assert written(folder)["workflow"] == {"call": {"path": ".", "main": "workflows/call.wdl", "engine": "WDL"}}


def test_names_differ(cli: Cli, files: Files) -> None:
    paths = ["a/x/main.wdl", "b/x/main.wdl", "b/y.wdl", "c/y.wdl", "c/y z.wdl", "c/y-z.wdl", "d/ö.wdl", "d/ü.wdl"]
    folder = files({path: WDL.format("") for path in paths})
    assert cli("init", folder).code == 0
    names = {one["path"]: name for name, one in written(folder)["workflow"].items()}
    assert names == {
        "a/x": "a-x",
        "b/x": "b-x",
        "b": "b-y",
        "c/y.wdl": "c-y",
        "c/y z.wdl": "c-y-z",
        "c/y-z.wdl": "c-y-z-2",
        "d/ö.wdl": "d",
        "d/ü.wdl": "d-2",
    }
    assert all(re.fullmatch(r"[A-Za-z0-9_-]+", name) for name in names.values())


def test_ninety_workflows_and_too_many(cli: Cli, files: Files) -> None:
    folder = files({f"w/a{number}.wdl": WDL.format("") for number in range(93)})
    assert cli("init", folder).code == 0
    assert len(written(folder)["workflow"]) == 93
    files({f"w/b{number}.wdl": WDL.format("") for number in range(450)})
    done = cli("init", folder, "--force")
    assert done.code == 2
    assert "543 workflows" in done.err


def test_nothing_is_overwritten(cli: Cli, files: Files) -> None:
    folder = files({**NEXTFLOW, "packager.toml": "# mine\n"})
    done = cli("init", folder)
    assert done.code == 2
    assert "--force" in done.err
    assert (folder / "packager.toml").read_text() == "# mine\n"
    assert cli("init", folder, "--force").code == 0
    assert "workflow" in written(folder)
    (folder / "packager.toml").unlink()
    (folder / "packager.toml").symlink_to("nowhere.toml")
    assert cli("init", folder).code == 2


def test_where_it_is_written(cli: Cli, files: Files, tmp_path: Path) -> None:
    folder = files(SEVERAL)
    to_stdout = cli("init", folder, "-o", "-")
    assert (to_stdout.code, to_stdout.err) == (0, "")
    assert not (folder / "packager.toml").exists()
    elsewhere = tmp_path / "configs" / "packager.toml"
    elsewhere.parent.mkdir()
    assert cli("init", folder, "-o", elsewhere).code == 0
    loaded = config.load(elsewhere)
    assert all(loaded.workflow_path(name).exists() for name in loaded.workflows)


def test_a_target_and_no_secret(cli: Cli, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files(dict(NEXTFLOW))
    plain = cli("init", folder, "-o", "-").out
    for name in ("AWS_REGION", "AWS_PROFILE", "AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID"):
        monkeypatch.setenv(name, "of-the-environment")
    assert cli("init", folder, "-o", "-").out == plain
    assert cli("init", folder, "--account", "123456789012", "--region", "eu-west-2").code == 0
    assert written(folder)["target"] == {"dev": {"account": "123456789012", "region": "eu-west-2"}}
    assert cli("init", folder, "--account", "12", "-o", "-").code == 2


def test_nothing_there(cli: Cli, files: Files) -> None:
    folder = files({"README.md": "nothing"})
    assert cli("init", folder).code == 2
    assert cli("init", folder / "README.md").code == 2
    assert cli("init", folder / "absent").code == 2
    assert not (folder / "packager.toml").exists()


def test_a_configuration_above_is_named(cli: Cli, files: Files) -> None:
    folder = files({"packager.toml": "", **{f"deep/{name}": content for name, content in NEXTFLOW.items()}})
    done = cli("init", folder / "deep")
    assert done.code == 0
    assert "no longer applies to this folder" in done.err


def answered(folder: Path, *answers: str) -> tuple[int, str]:
    """`packager init` at a terminal, with the answers of a person."""
    pty = pytest.importorskip("pty", reason="Windows has no such terminals")
    terminal, ours = pty.openpty()
    command = [
        PYTHON,
        "-c",
        "import sys; from packager.cli import main; sys.exit(main(sys.argv[1:]))",
        "init",
        str(folder),
    ]
    with subprocess.Popen(command, stdin=ours, stdout=ours, stderr=ours, close_fds=True) as running:
        os.close(ours)
        shown, left, deadline = "", list(answers), time.monotonic() + 30
        while time.monotonic() < deadline:
            ready, _, _ = select.select([terminal], [], [], 0.2)
            try:
                shown += os.read(terminal, 4096).decode() if ready else ""
            except OSError:  # the other end is gone
                break
            if left and shown.count("]: ") + shown.count("none): ") > len(answers) - len(left):
                os.write(terminal, f"{left.pop(0)}\n".encode())
        os.close(terminal)
        return running.wait(10), shown


def test_a_person_is_asked(files: Files) -> None:
    folder = files(SEVERAL)
    code, shown = answered(folder, "counts, 3", "123456789012", "us-west-2")
    assert code == 0, shown
    assert "found 4 workflows" in shown
    assert set(written(folder)["workflow"]) == {"call", "counts"}
    assert written(folder)["target"] == {"dev": {"account": "123456789012", "region": "us-west-2"}}


def test_each_question_has_a_default(files: Files) -> None:
    folder = files(SEVERAL)
    code, shown = answered(folder, "", "", "")
    assert code == 0, shown
    assert len(written(folder)["workflow"]) == 4
    assert "target" not in written(folder)


PATHS = st.text(alphabet=st.characters(exclude_categories=["Cs"]), min_size=1, max_size=30)


@given(PATHS, PATHS, PATHS, PATHS)
def test_hostile_names_stay_inside_their_strings(path: str, main: str, name: str, region: str) -> None:
    workflow = DiscoveredWorkflow(name, path, main, Engine.WDL, f"x/{main}", "")
    value = tomllib.loads(text([workflow], FirstTarget("dev", region=region)))
    assert value["workflow"] == {name: {"path": path, "main": main, "engine": "WDL"}}
    assert value["target"] == {"dev": {"region": region}}
    assert set(value) == {"workflow", "target"}
