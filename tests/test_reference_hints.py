"""The cure of a missing or remote reference, where it is at hand: a hint, and a fix."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

Files = Callable[[dict[str, str | bytes]], Path]

RAW = "https://raw.githubusercontent.com/lab/flows/refs/heads/main/lib/t.wdl"
RAW_CWL = "https://github.com/lab/flows/raw/main/lib/t.cwl"
TASK = 'version 1.0\ntask t {\n command <<< >>>\n runtime { docker: "a:1" }\n}\n'
TOOL = 'cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: "true"\ninputs: []\noutputs: []\n'


def wdl(path: str) -> str:
    return f'version 1.0\nimport "{path}" as lib\nworkflow w {{\n  call lib.t\n}}\n'


def cwl(path: str) -> str:
    return (
        f"cwlVersion: v1.2\nclass: Workflow\ninputs: []\noutputs: []\nsteps:\n  a: {{run: {path}, in: [], out: []}}\n"
    )


CASES = {
    "WDL, remote": ("main.wdl", wdl(RAW), "lib/t.wdl", TASK, "WDL051", '`import "../../lib/t.wdl"`'),
    "WDL, from the root": ("main.wdl", wdl("lib/t.wdl"), "lib/t.wdl", TASK, "WDL050", '`import "../../lib/t.wdl"`'),
    "CWL, remote": ("main.cwl", cwl(RAW_CWL), "lib/t.cwl", TOOL, "CWL006", "local file `../../lib/t.cwl`"),
    "CWL, from the root": ("main.cwl", cwl("lib/t.cwl"), "lib/t.cwl", TOOL, "CWL005", "local file `../../lib/t.cwl`"),
}


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("way", ["file", "folder"])
@pytest.mark.parametrize("project", [True, False])
def test_the_same_hint_for_a_file_and_a_folder(case: str, way: str, *, project: bool, files: Files, cli: Cli) -> None:
    name, text, other, content, code, hint = CASES[case]
    main = f"flows/a/{name}"
    folder = files({main: text, other: content, **({".git/HEAD": ""} if project else {})})
    arguments = [folder / main] if way == "file" else [folder, "--main", main]
    found = cli("lint", *arguments, "--format", "json", "--no-cache").json["diagnostics"]
    (missing,) = (one for one in found if one["code"] == code)
    assert hint in missing["hint"]
    patch = cli("lint", *arguments, "--diff", "--no-cache").out
    assert (f'+import "../../{other}" as lib' in patch or f"run: ../../{other}," in patch) is (
        project or way == "folder"
    )


@pytest.mark.parametrize("case", CASES)
def test_the_fix_ends_the_finding(case: str, files: Files, cli: Cli) -> None:
    name, text, other, content, code, _hint = CASES[case]
    folder = files({f"flows/a/{name}": text, other: content, ".git/HEAD": ""})
    main = folder / "flows" / "a" / name
    codes = cli("lint", main, "--fix", "--format", "json", "--no-cache").codes
    assert not {code, "WDL054", "CWL009"} & set(codes)
    assert f"../../{other}" in main.read_text()


@pytest.mark.parametrize("text", [wdl("https://example.org/lib/t.wdl"), wdl("gone/t.wdl"), wdl("../lib/t.wdl")])
def test_what_is_not_at_hand_stays(text: str, files: Files, cli: Cli) -> None:
    main = files({"flows/a/main.wdl": text, "lib/t.wdl": TASK, ".git/HEAD": ""}) / "flows/a/main.wdl"
    found = cli("lint", main, "--fix", "--format", "json", "--no-cache").json["diagnostics"]
    assert not [one for one in found if "local file" in one["hint"]]
    assert main.read_text() == text


MODULES = '[submodule "lib"]\n\tpath = lib\n\turl = https://example.org/lib.git\n'
CHECK_OUT = "run `git submodule update --init`"
BRANCHES = {
    "WDL": ("main.wdl", wdl("../lib/t.wdl"), TASK, "WDL050"),
    "WDL, below": ("main.wdl", wdl("../lib/deep/t.wdl"), TASK, "WDL050"),
    "CWL": ("main.cwl", cwl("../lib/t.cwl"), TOOL, "CWL005"),
}


@pytest.mark.parametrize("case", BRANCHES)
@pytest.mark.parametrize("project", [True, False])
def test_a_submodule_that_is_not_checked_out(case: str, *, project: bool, files: Files, cli: Cli) -> None:
    name, text, _content, code = BRANCHES[case]
    folder = files({f"flow/{name}": text, ".gitmodules": MODULES, **({".git/HEAD": ""} if project else {})})
    (folder / "lib").mkdir()

    def hint() -> str:
        found = cli("lint", folder / "flow" / name, "--format", "json", "--no-cache").json["diagnostics"]
        return "".join(one["hint"] for one in found if one["code"] == code)

    assert hint() == CHECK_OUT
    (folder / "lib" / "README").write_text("checked out")
    assert "submodule" not in hint()
    (folder / "lib" / "README").unlink()
    (folder / "lib").rmdir()
    assert "submodule" in hint()


def test_a_submodule_of_a_pipeline(files: Files, cli: Cli) -> None:
    main = "include { A } from './lib/t'\ninclude { B } from './link/deep/t'\nworkflow { A() }\n"
    folder = files({"main.nf": main, "nextflow.config": "includeConfig 'lib/a.config'\n", ".gitmodules": MODULES})
    (folder / "lib").mkdir()
    (folder / "link").symlink_to("lib/link")
    found = cli("lint", folder, "--format", "json", "--no-cache").json["diagnostics"]
    (missing,) = (one for one in found if one["code"] in ("NXF004", "NXF009"))
    assert (missing["code"], missing["line"]) == ("NXF004", 1)
    assert missing["message"].endswith("not exist (and 2 other files): the Git submodule `lib` is not checked out")
    assert missing["hint"] == CHECK_OUT


def test_a_submodule_that_is_not_checked_out_is_one_finding(files: Files, cli: Cli) -> None:
    text = wdl("lib/t.wdl").replace(
        "\n", '\nimport "lib/u.wdl" as u\nimport "sub.wdl" as s\nimport "gone.wdl" as g\n', 1
    )
    files(
        {
            "main.wdl": text,
            "sub.wdl": 'version 1.1\nimport "lib/deep/v.wdl" as v\n',
            ".gitmodules": MODULES,
            ".git/HEAD": "",
        }
    )
    found = cli("lint", "main.wdl", "--select", "WDL05", "--format", "json", "--no-cache").json["diagnostics"]
    assert [(one["path"], one["line"], one["message"]) for one in found] == [
        (
            "main.wdl",
            2,
            "the import `lib/u.wdl` does not exist (and 2 other files): the Git submodule `lib` is not checked out",
        ),
        ("main.wdl", 4, "the import `gone.wdl` does not exist"),
    ]
    assert found[0]["hint"] == CHECK_OUT


def test_submodules_that_are_not_checked_out_are_one_line(files: Files, cli: Cli) -> None:
    modules = "".join(f'[submodule "{name}"]\n\tpath = {name}\n' for name in ("lib", "qc"))
    files({"main.wdl": wdl("lib/t.wdl").replace("\n", '\nimport "qc/q.wdl" as q\n', 1), ".gitmodules": modules})
    told = cli("lint", "main.wdl", "--no-cache").out
    assert told.startswith("error WDL050 2 Git submodules are not checked out: `qc`, `lib`\n    hint: " + CHECK_OUT)
    assert told.count("error WDL050") == 1


def test_cwltool_does_not_repeat_what_a_submodule_lacks(files: Files, cli: Cli) -> None:
    step = "cwlVersion: v1.2\nclass: Workflow\ninputs: []\noutputs: []\nsteps: {s: {run: FILE, in: [], out: []}}\n"
    both = step.replace("steps: {", "steps: {t: {run: inner.cwl, in: [], out: []}, ").replace("FILE", "tools/a.cwl")
    files(
        {
            "main.cwl": both,
            "inner.cwl": step.replace("FILE", "tools/b.cwl"),
            ".gitmodules": MODULES.replace("lib", "tools"),
        }
    )
    found = cli("lint", "main.cwl", "--select", "CWL0", "--format", "json", "--no-cache").json["diagnostics"]
    assert [one["code"] for one in found if one["severity"] == "error"] == ["CWL005"]


@pytest.mark.parametrize("modules", ["path = ../..\n", "path = /\n", "path = .\n", "path =\n", "\0", json.dumps({})])
def test_a_strange_list_of_submodules(modules: str, files: Files, cli: Cli) -> None:
    folder = files({"main.wdl": wdl("lib/t.wdl"), ".gitmodules": modules})
    found = cli("lint", folder / "main.wdl", "--format", "json", "--no-cache")
    assert "WDL050" in found.codes
    assert "submodule update" not in found.out
