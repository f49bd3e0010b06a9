"""Which folder becomes the root of a package: nothing above the project, and no data, gets in because a document names it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PYTHON, ROOT, Cli

from packager.detect import locate
from packager.source.boundaries import boundary, enclosing_folders

Files = Callable[[dict[str, str | bytes]], Path]

SECRET = "zz-the-secret-of-this-machine-zz"  # in no form that a search for secrets knows
TASKS = 'version 1.0\ntask t {\n command <<< >>>\n runtime { docker: "a:1" }\n}\n'
TOOL = 'cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: "true"\ninputs: []\noutputs: []\n'


def wdl(*imports: str) -> str:
    lines = "".join(f'import "{path}" as i{number}\n' for number, path in enumerate(imports))
    return f"version 1.0\n{lines}workflow w {{\n}}\n"


def runs(text: str) -> str:
    """A CWL workflow with a step."""
    return json.dumps(
        {"cwlVersion": "v1.2", "class": "Workflow", "inputs": [], "outputs": [], "steps": {"a": {"run": text, "in": [], "out": []}}}
    )  # fmt: skip


def with_member(**members: object) -> str:
    """A CWL tool with more members."""
    tool = {"cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": "true", "inputs": {}, "outputs": []}
    return json.dumps({**tool, **members})


def defaults(**file: object) -> str:
    """A CWL tool with a file as default."""
    return with_member(inputs={"a": {"type": "Any", "default": {"class": "File", **file}}})


def includes(text: str) -> str:
    return f"include {{ A }} from '{text}'\nworkflow {{ A() }}\n"


MODULE = "process A {\n script:\n 'true'\n}\n"
# A main file that reaches a definition above its folder, by engine.
CLIMBING = {
    "WDL": ("main.wdl", wdl("../lib/t.wdl"), "lib/t.wdl", TASKS, "WDL054"),
    "CWL run": ("main.cwl", runs("../lib/t.cwl"), "lib/t.cwl", TOOL, "CWL009"),
    "CWL run, encoded": ("main.cwl", runs("../lib/a%20tool.cwl"), "lib/a tool.cwl", TOOL, "CWL009"),
    "CWL $import": (
        "main.cwl", with_member(requirements=[{"$import": "../lib/t.yml"}]), "lib/t.yml", "class: ShellCommandRequirement\n",
        "CWL009",
    ),
    "NEXTFLOW": ("main.nf", includes("../lib/t"), "lib/t.nf", MODULE, "NXF006"),
}  # fmt: skip


@pytest.fixture
def home(files: Files, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home folder with secrets in it; what is there is written by `files`, at the same place."""
    folder = files({".aws/credentials": SECRET, ".ssh/id_rsa": SECRET, ".env": SECRET, "src/.env": SECRET})
    monkeypatch.setenv("HOME", str(folder))
    monkeypatch.setenv("USERPROFILE", str(folder))
    return folder


def link(path: Path, target: str | Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        path.symlink_to(target)
    except OSError:
        pytest.skip("no symbolic links here")


def packaged(cli: Cli, main: Path, output: Path) -> tuple[set[str], set[str]]:
    """The files of a package that is made whatever the findings are, and their codes; the secret is in neither."""
    made = cli("package", main, "-o", output, "--no-lint", "--no-cache")
    assert made.code == 0, made.err
    with zipfile.ZipFile(output) as archive:
        contents = {name: archive.read(name) for name in archive.namelist()}
    said = cli("lint", main, "--format", "json", "--no-cache")
    assert said.code in (0, 1), said.err
    for text in (
        made.out,
        made.err,
        said.out,
        said.err,
        *(one.decode("utf-8", "replace") for one in contents.values()),
    ):
        assert SECRET not in text
    return set(contents), set(said.codes)


# What may raise the root


@pytest.mark.parametrize("case", CLIMBING)
@pytest.mark.parametrize("mark", [".git/HEAD", ".git", "packager.toml"])
def test_definitions_raise_the_root_within_a_project(case: str, mark: str, files: Files, cli: Cli) -> None:
    name, main, other, content, code = CLIMBING[case]
    folder = files(
        {f"flow/{name}": main, other: content, mark: "" if mark == "packager.toml" else "gitdir: /elsewhere\n"}
    )
    found = cli("lint", folder / "flow" / name, "--format", "json", "--no-cache")
    assert not {"ZIP016", code} & set(found.codes)
    output = folder.parent / "out.zip"
    assert cli("package", folder / "flow" / name, "-o", output, "--no-lint").code == 0
    with zipfile.ZipFile(output) as archive:
        assert set(archive.namelist()) == {f"flow/{name}", other}


@pytest.mark.parametrize("case", CLIMBING)
def test_without_a_project_the_folder_of_main_is_the_root(case: str, files: Files, cli: Cli) -> None:
    """The hint is a command that does it."""
    name, main, other, content, code = CLIMBING[case]
    folder = files({f"a flow/{name}": main, other: content})
    found = cli("lint", folder / "a flow" / name, "--format", "json", "--no-cache")
    assert found.code == 1
    assert "ZIP016" not in found.codes
    (said,) = (one for one in found.json["diagnostics"] if one["code"] == code)
    command = re.search(r"`packager (lint .*)`", said["hint"])
    assert command is not None, said["hint"]
    again = cli(*shlex.split(command[1]), "--format", "json", "--no-cache")
    assert again.code in (0, 1)
    assert code not in again.codes


def test_one_command_for_all_that_climbs(files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files(
        {"a/b/c/main.wdl": wdl("../x.wdl", "../../../y.wdl", "../gone.wdl"), "a/b/x.wdl": TASKS, "y.wdl": TASKS}
    )
    monkeypatch.chdir(folder)
    found = cli("lint", "a/b/c/main.wdl", "--format", "json", "--no-cache").json["diagnostics"]
    hints = [one["hint"] for one in found if one["code"] == "WDL054"]
    assert [("packager lint . --main a/b/c/main.wdl" in hint) for hint in hints] == [True, False]
    assert "as above" in hints[1]
    assert [one["code"] for one in found if "gone.wdl" in one["message"]] == ["WDL050"]


def test_a_climb_to_the_root_of_the_disk_is_a_finding(files: Files, cli: Cli) -> None:
    text = includes("../" * 60) + includes("../" * 60 + "..").replace("A", "B")
    folder = files({"main.nf": text})
    found = cli("lint", folder / "main.nf", "--format", "json", "--no-cache")
    assert (found.code, found.codes.count("NXF006")) == (1, 2)


def test_a_path_that_goes_up_and_back_raises_the_root_as_far(files: Files) -> None:
    folder = files({"tasks/main.wdl": wdl("../tasks/t.wdl"), "tasks/t.wdl": TASKS, ".git/HEAD": ""})
    located = locate(str(folder / "tasks" / "main.wdl"))
    assert located.detection.main == "tasks/main.wdl"


NAMED_FILES = {
    "location": defaults(location="../data.txt"),
    "path": defaults(path="../data.txt"),
    "secondary": defaults(location="main.cwl", secondaryFiles=[{"class": "File", "location": "../data.txt"}]),
    "text": with_member(doc={"$include": "../data.txt"}),
}


@pytest.mark.parametrize("name", NAMED_FILES)
def test_a_file_that_cwl_names_raises_the_root_within_its_repository(
    name: str, files: Files, home: Path, cli: Cli
) -> None:
    main = NAMED_FILES[name]
    folder = files({"src/repo/wf/main.cwl": main, "src/repo/data.txt": "text", "src/repo/.git/HEAD": ""})
    names, codes = packaged(cli, folder / "src/repo/wf/main.cwl", home.parent / "x.zip")
    assert names == {"wf/main.cwl", "data.txt"}
    assert "CWL009" not in codes


@pytest.mark.parametrize("name", NAMED_FILES)
def test_a_file_that_cwl_names_raises_no_root_above_its_repository(
    name: str, files: Files, home: Path, cli: Cli
) -> None:
    for mark in ("src/repo/wf/.git/HEAD", "src/repo/wf/unmarked"):
        folder = files({"src/repo/wf/main.cwl": NAMED_FILES[name], "src/repo/data.txt": SECRET, mark: ""})
        names, codes = packaged(cli, folder / "src/repo/wf/main.cwl", home.parent / "x.zip")
        assert names == {"main.cwl"}
        assert "CWL009" in codes


@pytest.mark.parametrize(
    ("main", "code"),
    [
        (with_member(**{"$schemas": ["../data.txt"]}), "CWL009"),
        (with_member(requirements=[{"$import": "../data.txt"}]), "CWL009"),
        (runs("../data.txt"), "CWL009"),
    ],
)
def test_what_is_no_definition_raises_no_root(main: str, code: str, files: Files, home: Path, cli: Cli) -> None:
    """Not even within a repository: what is not a definition may be anything."""
    folder = files({"src/repo/wf/main.cwl": main, "src/repo/data.txt": SECRET, "src/repo/.git/HEAD": ""})
    names, codes = packaged(cli, folder / "src/repo/wf/main.cwl", home.parent / "x.zip")
    assert names == {"main.cwl"}
    assert code in codes


def test_data_below_the_raised_root_is_packaged(files: Files, cli: Cli) -> None:
    tool = TOOL.replace("inputs: []", "inputs:\n  f: {type: File, default: {class: File, location: ../data.txt}}")
    folder = files(
        {"repo/wf/main.cwl": runs("../lib/t.cwl"), "repo/lib/t.cwl": tool, "repo/data.txt": "x", "repo/.git/HEAD": ""}
    )
    names, _ = packaged(cli, folder / "repo/wf/main.cwl", folder / "x.zip")
    assert names == {"wf/main.cwl", "lib/t.cwl", "data.txt"}


# How far


ATTACKS = {
    "the case": defaults(location="../../../.aws/credentials"),
    "far up": defaults(location="../" * 60 + "etc/passwd"),
    "file scheme": defaults(location="file:///etc/passwd"),
    "absolute": defaults(location="/etc/passwd"),
    "absolute path": defaults(path="/etc/passwd"),
    "encoded": defaults(location="%2e%2e/%2e%2e/%2e%2e/.aws/credentials"),
    "encoded slashes": defaults(location="..%2f..%2f..%2f.aws%2fcredentials"),
    "backslashes": defaults(location="..\\..\\..\\.aws\\credentials"),
    "NUL": defaults(location="../../../.aws/credentials\0.txt"),
    "home": defaults(location="~/.aws/credentials"),
    "directory": with_member(inputs={"a": {"type": "Any", "default": {"class": "Directory", "location": "../../../.aws"}}}),
    "run": runs("../../../.aws/credentials"),
    "import": with_member(requirements=[{"$import": "../../../.aws/credentials"}]),
    "import of a folder": with_member(requirements=[{"$import": "../../.."}]),
    "mixin": with_member(hints=[{"$mixin": "../../../.aws/credentials"}]),
    "include": with_member(doc={"$include": "../../../.aws/credentials"}),
    "schemas": with_member(**{"$schemas": ["../../../.aws/credentials"]}),
    "through a link": runs("x.cwl"),
    "through a link above": runs("../x.cwl"),
    "data through a link": defaults(location="x.cwl"),
    "below a linked folder": defaults(location="linked/credentials"),
    "through a linked folder": runs("linked/../../../../.aws/credentials"),
}  # fmt: skip


@pytest.mark.parametrize("repository", [True, False])
@pytest.mark.parametrize("attack", ATTACKS)
def test_nothing_of_the_machine_gets_into_a_package(
    attack: str, repository: bool, files: Files, home: Path, cli: Cli
) -> None:
    folder = files({"src/repo/wf/main.cwl": ATTACKS[attack], **({"src/repo/.git/HEAD": ""} if repository else {})})
    if "link" in attack:
        link(folder / "src/repo/wf/x.cwl", home / ".ssh" / "id_rsa")
        link(folder / "src/repo/x.cwl", home / ".ssh" / "id_rsa")
        link(folder / "src/repo/wf/linked", home / ".aws")
    names, codes = packaged(cli, folder / "src/repo/wf/main.cwl", home.parent / "x.zip")
    assert names == {"main.cwl"}
    missing = (
        {"CWL010"} if attack in ("encoded slashes", "backslashes", "NUL", "home") else set()
    )  # names that are not there
    assert {"CWL007", "CWL009", *missing} & codes


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("main.wdl", wdl("../../../.aws/credentials")),
        ("main.wdl", wdl("x.wdl")),
        ("main.wdl", wdl("../x.wdl")),
        ("main.wdl", wdl("../.env")),
        ("main.nf", includes("../../../.aws/credentials")),
        ("main.nf", includes("./x")),
        ("main.nf", f"includeConfig '../../../.aws/credentials'\n{includes('../../../.ssh/id_rsa')}"),
        ("main.nf", "workflow { file(\"${projectDir}/../../../.aws/credentials\"); file('../../../.ssh/id_rsa') }\n"),
        ("main.nf", "process A {\n script:\n template '../../../../.ssh/id_rsa'\n}\nworkflow { A() }\n"),
    ],
)
def test_nothing_of_the_machine_gets_into_a_package_of_another_engine(
    name: str, text: str, files: Files, home: Path, cli: Cli
) -> None:
    folder = files({f"src/repo/wf/{name}": text, "src/repo/.git/HEAD": "", "src/repo/.env": SECRET})
    for place in ("src/repo/wf/x.wdl", "src/repo/wf/x.nf", "src/repo/x.wdl"):
        link(folder / place, home / ".ssh" / "id_rsa")
    assert packaged(cli, folder / f"src/repo/wf/{name}", home.parent / "x.zip")[0] == {name}


def test_a_repository_that_is_the_home_folder_is_no_project(files: Files, home: Path, cli: Cli) -> None:
    """Some people keep their settings in one."""
    folder = files({"wf/main.wdl": wdl("../lib/t.wdl"), "lib/t.wdl": TASKS, ".git/HEAD": "", "packager.toml": ""})
    assert folder == home
    located = locate(str(folder / "wf" / "main.wdl"))
    assert located.detection.main == "main.wdl"
    found = cli("lint", folder / "wf/main.wdl", "--format", "json", "--no-cache")
    (said,) = (one for one in found.json["diagnostics"] if one["code"] == "WDL054")
    assert "packager lint" not in said["hint"]  # nobody is told to package a home folder


def test_nor_is_one_above_it(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files({"home/me/wf/main.wdl": wdl("../../t.wdl"), "home/t.wdl": TASKS, "home/.git/HEAD": ""})
    monkeypatch.setenv("HOME", str(folder / "home" / "me"))
    monkeypatch.setenv("USERPROFILE", str(folder / "home" / "me"))
    assert locate(str(folder / "home/me/wf/main.wdl")).detection.main == "main.wdl"


def test_the_home_folder_is_known_by_every_name(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files({"me/wf/main.wdl": wdl("../t.wdl"), "me/t.wdl": TASKS, "me/.git/HEAD": ""})
    link(folder / "also", folder / "me")
    for home, place in (("also", "me"), ("me", "also")):
        monkeypatch.setenv("HOME", str(folder / home))
        monkeypatch.setenv("USERPROFILE", str(folder / home))
        assert locate(str(folder / place / "wf/main.wdl")).detection.main == "main.wdl"


@pytest.mark.skipif(os.name == "nt", reason="no such modes")
def test_a_folder_that_everyone_may_write_to_is_no_project(files: Files) -> None:
    folder = files({"tmp/wf/main.wdl": wdl("../t.wdl"), "tmp/t.wdl": TASKS, "tmp/.git/HEAD": ""})
    (folder / "tmp").chmod(0o1777)
    assert locate(str(folder / "tmp/wf/main.wdl")).detection.main == "main.wdl"


@pytest.mark.parametrize("nested", [".git", ".git/HEAD"])
@pytest.mark.parametrize("content", ["", "gitdir: ../../../elsewhere\n", "gitdir: /\n", "nonsense"])
def test_the_lowest_repository_counts(nested: str, content: str, files: Files) -> None:
    """Whatever it holds: one that is put there only narrows what can be reached."""
    folder = files({"wf/main.wdl": wdl("../t.wdl"), "t.wdl": TASKS, ".git/HEAD": "", f"wf/{nested}": content})
    assert locate(str(folder / "wf/main.wdl")).detection.main == "main.wdl"


def test_a_repository_bounds_and_not_a_configuration_in_it(files: Files) -> None:
    folder = files({"wf/main.wdl": wdl("../t.wdl"), "t.wdl": TASKS, ".git/HEAD": "", "wf/packager.toml": ""})
    assert locate(str(folder / "wf/main.wdl")).detection.main == "wf/main.wdl"


def test_a_link_in_the_way_to_main_widens_nothing(files: Files) -> None:
    """A repository that holds a link to the main file's folder does not hold that folder."""
    folder = files({"far/wf/main.wdl": wdl("../t.wdl"), "repo/t.wdl": TASKS, "repo/.git/HEAD": "", "far/t.wdl": TASKS})
    link(folder / "repo/wf", folder / "far/wf")
    assert locate(str(folder / "repo/wf/main.wdl")).detection.main == "main.wdl"
    assert enclosing_folders(folder / "repo/wf") == (folder / "repo/wf",)


def test_a_linked_folder_within_a_repository_is_no_hindrance(files: Files) -> None:
    folder = files({"there/wf/main.wdl": wdl("../t.wdl"), "t.wdl": TASKS, ".git/HEAD": ""})
    link(folder / "wf", folder / "there/wf")
    located = locate(str(folder / "wf/main.wdl"))
    assert (located.detection.main, located.tree.lookup("t.wdl") is not None) == ("wf/main.wdl", True)
    assert located.tree.lookup("wf/main.wdl") is not None


@pytest.mark.parametrize("name", ["main.cwl", "count.cwl"])
def test_a_linked_definition_raises_the_root_to_where_it_is(name: str, files: Files, cli: Cli) -> None:
    folder = files({"flow/main.cwl": runs("count.cwl"), "shared/count.cwl": TOOL, ".git/HEAD": ""})
    link(folder / "flow/count.cwl", Path("../shared/count.cwl"))
    found = cli("lint", folder / "flow" / name, "--format", "json", "--no-cache")
    assert not {"CWL005", "ZIP010"} & set(found.codes)
    assert locate(str(folder / "flow" / name)).detection.main == f"flow/{name}"


@pytest.mark.parametrize("name", ["main.wdl", "main.cwl", "main.nf"])
def test_a_main_that_is_a_link_out_of_the_project_is_not_read(name: str, files: Files, cli: Cli) -> None:
    """Not even to see what it imports."""
    texts = {"main.wdl": wdl("../t.wdl"), "main.cwl": runs("../t.cwl"), "main.nf": includes("../t")}
    folder = files(
        {f"far/{name}": texts[name], "repo/.git/HEAD": "", "repo/t.wdl": TASKS, "repo/t.cwl": TOOL, "repo/t.nf": MODULE}
    )
    link(folder / "repo/wf" / name, folder / "far" / name)
    found = cli("lint", folder / "repo/wf" / name, "--format", "json", "--no-cache")
    assert found.code == 1
    assert "ZIP016" not in found.codes
    assert cli("package", folder / "repo/wf" / name, "-o", folder / "x.zip", "--no-lint").code == 2


def test_boundaries(files: Files) -> None:
    folder = files({"a/.git/HEAD": "", "a/b/packager.toml": "", "a/b/c/x": "", "d/packager.toml": "", "d/e/f/x": ""})
    assert boundary(folder / "a/b/c") == folder / "a"
    assert boundary(folder / "d/e/f") == folder / "d"
    assert enclosing_folders(folder / "d/e/f") == (folder / "d/e/f", folder / "d/e", folder / "d")
    assert boundary(Path(folder.anchor)) == Path(folder.anchor)


# What a configuration names


@pytest.mark.parametrize("text", ["..", "../..", "../../../source", "/", "up", "../repo/up/src", "file:///"])
def test_a_configuration_names_no_folder_above_its_project(
    text: str, files: Files, home: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = f"[lint]\n[workflow.x]\nmain = 'src/repo/main.cwl'\npath = '{text}'\n"
    files({"src/repo/packager.toml": config, "src/repo/main.cwl": defaults(location="../../.aws/credentials")})
    folder = files({"src/repo/.git/HEAD": ""}) / "src/repo"
    link(folder / "up", home)
    monkeypatch.chdir(folder)
    for arguments in (("package", "x", "-o", "x.zip"), ("lint",), ("submit", "x", "--dry-run"), ("lint", "main.cwl")):
        found = cli(*arguments)
        assert (found.code, found.out) == (2, "")
        assert "packager.toml:4: " in found.err
    assert not (folder / "x.zip").exists()


def test_a_configuration_elsewhere_names_no_home_folder(
    files: Files, home: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    files({"main.wdl": wdl()})
    folder = home.parent / "elsewhere"
    folder.mkdir()
    (folder / "packager.toml").write_text("[workflow.x]\npath = '../source'\nmain = 'main.wdl'\n", encoding="utf-8")
    monkeypatch.chdir(folder)
    assert cli("lint", "x").code == 2


def test_a_configuration_in_a_part_of_a_repository_names_another_part(
    files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = files({"a/packager.toml": "[workflow.x]\npath = '../b'\n", "b/main.wdl": wdl(), ".git/HEAD": ""})
    monkeypatch.chdir(folder / "a")
    assert cli("lint", "x", "--no-cache").code == 0


FILE_KEYS = {
    "baseline": "[lint]\nbaseline = '@'\n",
    "parameter-template": "[workflow.x]\nparameter-template = '@'\n",
    "container-registry-map": "[target.x]\ncontainer-registry-map = '@'\n",
    "readme-markdown": "[target.x]\nreadme-markdown = 'file://@'\n",
}


@pytest.mark.parametrize("key", FILE_KEYS)
def test_a_configuration_names_no_file_outside_of_its_project(
    key: str, files: Files, home: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ("../../.aws/credentials", "/etc/passwd", "up/.aws/credentials", "up/new.json"):
        config = FILE_KEYS[key].replace("@", text)
        contents: dict[str, str | bytes] = {
            "src/repo/packager.toml": config,
            "src/repo/main.wdl": wdl(),
            "src/repo/.git/HEAD": "",
        }
        folder = files(contents) / "src/repo"
        if not (folder / "up").exists():
            link(folder / "up", home)
        monkeypatch.chdir(folder)
        for arguments in (("lint",), ("lint", "--write-baseline"), ("submit", ".", "--dry-run", "--target", "x")):
            refused = cli(*arguments)
            assert (refused.code, refused.out) == (2, "")
            assert f"`{key}` is `{text}`, which is outside" in refused.err.splitlines()[0]
    assert not (home / "new.json").exists()


def test_a_configuration_names_files_anywhere_in_its_repository(
    files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = "[workflow.x]\nparameter-template = '../shared/t.json'\n"
    folder = files({"a/packager.toml": config, "a/main.wdl": wdl(), "shared/t.json": "{}", ".git/HEAD": ""})
    monkeypatch.chdir(folder / "a")
    assert cli("lint", "x", "--no-cache").code in (0, 1)


@pytest.mark.parametrize("text", [".git/config", ".GIT/config", "sub/../.git/config", "linked", "folder/config"])
def test_nothing_of_a_git_folder_is_packaged(text: str, files: Files, cli: Cli, tmp_path: Path) -> None:
    folder = files(
        {"main.cwl": defaults(location=text), ".git/HEAD": "", ".git/config": "token", ".GIT/config": "token"}
    )
    link(folder / "linked", folder / ".git/config")
    link(folder / "folder", folder / ".git")
    cli("package", folder / "main.cwl", "--no-lint", "-o", tmp_path / "x.zip")
    names = zipfile.ZipFile(tmp_path / "x.zip").namelist() if (tmp_path / "x.zip").exists() else []
    assert not {name for name in names if name != "main.cwl"}


NEXTFLOW = """process A {
    output: path 'x'
    script: "run.sh > x"
}
workflow { A() }
"""


def test_no_link_into_a_git_folder_is_packaged(files: Files, cli: Cli, tmp_path: Path) -> None:
    """A pipeline takes all of some folders along, so that the walk has to know."""
    folder = files({"main.nf": NEXTFLOW, ".git/HEAD": "", ".git/config": "token", "bin/a.sh": "a", "lib/x.txt": ""})
    link(folder / "bin/run.sh", "../.git/config")
    link(folder / "lib/git", "../.git")
    link(folder / "data", ".git")
    link(folder / "README.md", ".git/config")
    assert cli("package", folder, "--no-lint", "--include", "lib", "-o", tmp_path / "x.zip").code == 0
    assert zipfile.ZipFile(tmp_path / "x.zip").namelist() == ["bin/a.sh", "lib/x.txt", "main.nf"]
    for pattern in ("data", "data/config", "bin/run.sh"):
        assert cli("package", folder, "--no-lint", "--include", pattern, "-o", tmp_path / "y.zip").code == 2
    found = cli("lint", folder, "--format", "json").json["diagnostics"]
    said = [one["path"] for one in found if one["message"] == "the link leads into `.git`"]
    assert said == ["README.md", "bin/run.sh", "data", "lib/git"]
    sent = cli("submit", folder, "--dry-run", "--no-lint", "--format", "json")
    assert "token" not in sent.out + sent.err


@pytest.mark.parametrize("key", FILE_KEYS)
@pytest.mark.parametrize("text", [".git/config", ".GIT/new", "a/../.git/HEAD", "linked/config"])
def test_a_configuration_names_nothing_of_a_git_folder(
    key: str, text: str, files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = files({"packager.toml": FILE_KEYS[key].replace("@", text), "main.wdl": wdl(), ".git/config": "token"})
    link(folder / "linked", ".git")
    monkeypatch.chdir(folder)
    for arguments in (("lint", "--write-baseline"), ("submit", ".", "--dry-run", "--target", "x")):
        refused = cli(*arguments)
        assert (refused.code, refused.out) == (2, "")
        assert f"`{key}` is `{text}`, which is in `.git`" in refused.err
    assert [path.name for path in (folder / ".git").iterdir()] == ["config"]


@pytest.mark.parametrize("text", ["@/home.txt", "../home.txt", ".git/config", "up/home.txt"])
def test_a_request_sends_no_file_outside_of_its_project(
    text: str, files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    above = files({"home.txt": "token", "p/.git/config": "token", "p/main.wdl": wdl(), "p/docs/README.md": "# mine"})
    folder = above / "p"
    link(folder / "up", above)
    monkeypatch.chdir(folder)
    request = f"name: x\nreadmeMarkdown: 'file://{text.replace('@', above.as_posix())}'\n"
    (folder / "in.yaml").write_text(request, encoding="utf-8")
    refused = cli("submit", "main.wdl", "--cli-input", "in.yaml", "--dry-run")
    assert (refused.code, refused.out) == (2, "")
    assert "which is not a file of the project" in refused.err
    (folder / "in.yaml").write_text("name: x\nreadmeMarkdown: 'file://docs/README.md'\n", encoding="utf-8")
    sent = cli("submit", "main.wdl", "--cli-input", "in.yaml", "--dry-run", "--no-lint", "--format", "json")
    assert sent.json["request"]["readmeMarkdown"] == "# mine"


def test_a_request_names_a_zip_and_nothing_else(files: Files, cli: Cli) -> None:
    folder = files({"main.wdl": wdl(), "x.wdl": wdl()})
    for place in (folder, folder / "main.wdl"):
        (folder / "in.yaml").write_text(f"name: x\ndefinitionZip: 'fileb://{place.as_posix()}'\n", encoding="utf-8")
        refused = cli("submit", "--cli-input", folder / "in.yaml", "--dry-run")
        assert (refused.code, refused.out) == (2, "")
        assert "which is not a zip" in refused.err


# Paths that no file can have

LONG = "a" * 300
ODD = ["b" * 5000, f"{LONG}.wdl", "/".join(["d" * 200] * 30), "loop", "loop/x.wdl", "main.wdl/x", "a\\u0000b", "\\ud800", "~",
       "http://[", "https://[::1/x", "file://[", "./" * 3000 + "y", ".."]  # fmt: skip
NAMING: dict[str, Callable[[str], dict[str, str | bytes]]] = {
    "WDL": lambda text: {"main.wdl": f'version 1.0\nimport "{text}" as x\nworkflow w {{\n}}\n'},
    "WDL 1.2": lambda text: {
        "main.wdl": f'version 1.2\nworkflow w {{\n input {{ File f = "{text}" Directory d = "{text}" }}\n}}\n'
    },
    "CWL": lambda text: {"main.cwl": runs("@").replace("@", text)},
    "CWL data": lambda text: {
        "main.cwl": defaults(location="@", secondaryFiles=[{"class": "File", "path": "@"}]).replace("@", text)
    },
    "NEXTFLOW": lambda text: {
        "main.nf": f"{includes(text)}{includes('./' + text)}process P {{\n script:\n template '{text}'\n}}\n",
        "nextflow.config": f"includeConfig '{text}'\nmanifest.mainScript = '{text}'\n",
    },
}


@pytest.mark.parametrize("naming", NAMING)
def test_a_path_that_no_file_can_have_is_a_finding(naming: str, files: Files, cli: Cli) -> None:
    for text in ODD:
        contents = NAMING[naming](text)
        folder = files(contents)
        if not (folder / "loop").is_symlink():
            link(folder / "loop", "loop")
        name = next(iter(contents))
        for arguments in (("lint", folder / name), ("inspect", folder, "--main", name)):
            found = cli(*arguments, "--no-cache")
            assert found.code in (0, 1), (text, arguments, found.err)


@pytest.mark.parametrize("key", ["path", "main", "parameter-template", "container-registry-map", "include", "per-path"])
def test_a_configuration_with_a_path_that_no_file_can_have(
    key: str, files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text in ODD:
        value = f'["{text}"]' if key == "include" else f'"{text}"'
        table = (
            f"[workflow.w]\n{key} = {value}\n"
            if key != "per-path"
            else f'[lint.per-path-ignores]\n"{text}" = ["WDL"]\n'
        )
        folder = files({"main.wdl": wdl(), "packager.toml": table})
        if not (folder / "loop").is_symlink():
            link(folder / "loop", "loop")
        monkeypatch.chdir(folder)
        for arguments in (("lint", "."), ("lint", "main.wdl"), ("submit", "w", "--dry-run"), ("lint",)):
            found = cli(*arguments)
            assert found.code in (0, 1, 2), (text, arguments, found.err)


@pytest.mark.parametrize("text", ["fileb://@", "fileb://loop", "fileb://a\\u0000b", "fileb://\\ud800"])
def test_a_request_with_a_path_that_no_file_can_have(
    text: str, files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = files({"in.json": f'{{"definitionZip": "{text}", "name": "x"}}'.replace("@", LONG)})
    link(folder / "loop", "loop")
    monkeypatch.chdir(folder)
    found = cli("submit", "--cli-input", "in.json", "--dry-run")
    assert (found.code, found.out) == (2, "")


@pytest.mark.parametrize("path", ["a\0b", LONG, "\ud800"])
def test_a_path_of_the_python_interface_that_no_file_can_have(path: str) -> None:
    from packager import load
    from packager.errors import PackagerError

    with pytest.raises(PackagerError):
        load(path)
    with pytest.raises(PackagerError):
        load(str(ROOT / "fixtures/workflows/wdl-variants"), parameter_template=path)


# Documents that come back to themselves

_CIRCLES = r"""
import json, sys
from pathlib import Path
from packager.cli import main
folder = Path(sys.argv[1])
tool = {"cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": "true", "inputs": [], "outputs": []}
texts = ["/main.cwl", "//", "?a", "main.cwl?a", "../main.cwl", " main.cwl", "ma\nin.cwl", "#", "", "main.cwl",
         "https://definition.invalid/main.cwl"]
for text in texts:
    for more in ({"requirements": [{"$import": text}]}, {"hints": [{"$mixin": text}]}, {"doc": {"$include": text}}):
        (folder / "main.cwl").write_text(json.dumps({**tool, **more}), encoding="utf-8")
        code = main(["lint", str(folder), "--no-cache", "--fail-on", "never"])
        assert code == 0, (more, code)
"""


def test_a_document_that_comes_back_to_itself_in_any_way_ends(tmp_path: Path) -> None:
    """In a process of its own: compiled libraries do not raise an error when they run out of stack."""
    done = subprocess.run(
        [PYTHON, "-c", _CIRCLES, str(tmp_path)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr[-2000:]


# Values that grow

_GROWING = {
    "integers": ("Int x0 = 99999999", "Int x{n} = x{m} * x{m}", "Int m = x{m}"),
    "strings": ('String x0 = "aaaaaaaa"', "String x{n} = x{m} + x{m}", 'String s = x{m} Int m = 1'),
    "lists": ("Array[Int] x0 = [1, 2]", "Array[Int] x{n} = flatten([x{m}, x{m}])", "Int m = length(x{m})"),
    "nested": ("Array[Int] x0 = [1, 2]", "Array[Int] x{n} = [x{m}, x{m}]", "Int m = if x{m} == x{m} then 1 else 2"),
    "replacements": (f'String x0 = sub("{"a" * 9000}", "a", "{"b" * 9000}")', "String x{n} = x{m}", "Int m = 1"),
    "patterns": (f'String x0 = sub("{"a" * 60}", "(a|a)*b", "c")', 'String x{n} = sub(x{m}, "(a|a)(a|a)*c", "")', "Int m = 1"),
}  # fmt: skip


@pytest.mark.parametrize("kind", _GROWING)
def test_values_that_double_are_given_up(kind: str, files: Files, cli: Cli) -> None:
    first, step, last = _GROWING[kind]
    lines = [first, *(step.format(n=number, m=number - 1) for number in range(1, 300)), last.format(m=299)]
    text = f"version 1.0\nworkflow w {{\n call t\n}}\ntask t {{\n {chr(10).join(lines)}\n command <<< >>>\n runtime {{ memory: m }}\n}}\n"
    found = cli("inspect", files({"main.wdl": text}), "--no-cache")
    assert found.code == 0, found.err


# Paths that climb out of a folder by its name and return to it, links, and what is not there


RETURNING = {
    "WDL": ("tasks/main.wdl", wdl("../tasks/t.wdl"), "tasks/t.wdl", TASKS, "WDL054"),
    "WDL, higher": ("a/b/main.wdl", wdl("../../a/b/t.wdl"), "a/b/t.wdl", TASKS, "WDL054"),
    "CWL run": ("tasks/main.cwl", runs("../tasks/t.cwl"), "tasks/t.cwl", TOOL, "CWL009"),
    "CWL $include": ("tasks/main.cwl", with_member(doc={"$include": "../tasks/t.txt"}), "tasks/t.txt", "x", "CWL009"),
    "CWL default File": ("tasks/main.cwl", defaults(location="../tasks/t.txt"), "tasks/t.txt", "x", "CWL009"),
    "NEXTFLOW": ("tasks/main.nf", includes("../tasks/t"), "tasks/t.nf", MODULE, "NXF006"),
}  # fmt: skip


@pytest.mark.parametrize("case", RETURNING)
@pytest.mark.parametrize("way", ["file", "folder", "here"])
def test_a_path_that_leaves_a_folder_and_returns_needs_no_project(
    case: str, way: str, files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The package begins at the highest folder of the path, and nothing else of that folder is read."""
    main, text, other, content, code = RETURNING[case]
    folder = files({main: text, other: content, "other/secret.txt": SECRET, "secret.wdl": SECRET, "x.nf": SECRET})
    source = folder / main if way == "file" else (folder / main).parent
    if way == "here":
        monkeypatch.chdir(source)
        source = Path()
    found = cli("lint", source, "--format", "json", "--no-cache")
    assert code not in found.codes
    assert ("ZIP016" in found.codes) is (way != "file")
    names, codes = packaged(cli, source, folder.parent / "x.zip")
    assert names == {main, other}
    assert not {"WDL050", "CWL005", "CWL010", "NXF005"} & set(codes)


@pytest.mark.parametrize("way", ["file", "folder"])
def test_a_path_that_returns_opens_no_other_folder(way: str, files: Files, home: Path, cli: Cli) -> None:
    text = wdl("../tasks/t.wdl", "../other/secret.wdl")
    folder = files(
        {"src/tasks/main.wdl": text, "src/tasks/t.wdl": TASKS, "src/other/secret.wdl": TASKS + f"# {SECRET}"}
    )
    main = folder / "src/tasks/main.wdl"
    names, codes = packaged(cli, main if way == "file" else main.parent, home.parent / "x.zip")
    assert names == {"tasks/main.wdl", "tasks/t.wdl"}
    assert "WDL054" in codes
    found = cli("lint", main, "--format", "json", "--no-cache").json["diagnostics"]
    (hint,) = (one["hint"] for one in found if one["code"] == "WDL054")
    assert "--main tasks/main.wdl" in hint


def test_a_path_that_returns_from_the_home_folder(files: Files, home: Path, cli: Cli) -> None:
    folder = files({"tasks/main.wdl": wdl("../tasks/t.wdl"), "tasks/t.wdl": TASKS})
    names, codes = packaged(cli, folder / "tasks/main.wdl", home.parent / "x.zip")
    assert names == {"tasks/main.wdl", "tasks/t.wdl"}
    assert "WDL054" not in codes


MISSING = {
    "WDL": ("main.wdl", wdl("../common/t.wdl"), "WDL050"),
    "WDL, far": ("main.wdl", wdl("../" * 60 + "t.wdl"), "WDL050"),
    "NEXTFLOW": ("main.nf", includes("../common/t"), "NXF004"),
    "NEXTFLOW, far": ("main.nf", includes("../" * 60 + "t"), "NXF004"),
    "NEXTFLOW config": ("main.nf", "workflow { }\n", "NXF009"),
    "CWL run": ("main.cwl", runs("../common/t.cwl"), "CWL005"),
    "CWL $import": ("main.cwl", with_member(requirements=[{"$import": "../common/t.yml"}]), "CWL005"),
    "CWL default File": ("main.cwl", defaults(location="../common/t.txt"), "CWL010"),
}  # fmt: skip


@pytest.mark.parametrize("case", MISSING)
@pytest.mark.parametrize("way", ["file", "folder"])
@pytest.mark.parametrize("project", [True, False])
def test_what_does_not_exist_is_missing_however_far_it_climbs(
    case: str, way: str, *, project: bool, files: Files, cli: Cli
) -> None:
    name, text, code = MISSING[case]
    config = {"flow/nextflow.config": "includeConfig '../common/t.config'\n"} if "config" in case else {}
    folder = files({f"flow/{name}": text, **config, **({".git/HEAD": ""} if project else {})})
    source = folder / "flow" / name if way == "file" else folder / "flow"
    codes = cli("lint", source, "--format", "json").codes
    assert codes.count(code) == 1
    assert not {"WDL054", "CWL009", "NXF006", "NXF014"} & set(codes)
    (folder / "common").mkdir()
    for other in ("t.wdl", "t.cwl", "t.yml", "t.txt", "t.nf", "t.config"):  # a kept answer is not used again
        (folder / "common" / other).write_text({"t.wdl": TASKS, "t.nf": MODULE, "t.config": ""}.get(other, TOOL))
    if "far" not in case:
        assert code not in cli("lint", source, "--format", "json").codes


@pytest.mark.parametrize("project", [True, False])
@pytest.mark.parametrize("name", ["main.cwl", "count.cwl"])
def test_a_document_that_is_a_link(name: str, *, project: bool, files: Files, cli: Cli) -> None:
    folder = files(
        {"flow/main.cwl": runs("count.cwl"), "shared/count.cwl": TOOL, **({".git/HEAD": ""} if project else {})}
    )
    link(folder / "flow/count.cwl", "../shared/count.cwl")
    found = cli("lint", folder / "flow" / name, "--format", "json", "--no-cache")
    errors = [one for one in found.json["diagnostics"] if one["severity"] == "error"]
    if project:
        assert not errors
        return
    (error,) = errors
    assert "link" in error["message"]
    command = re.search(r"`packager (lint .*)`", error["hint"])
    assert command is not None, error["hint"]
    again = cli(*shlex.split(command[1]), "--format", "json", "--no-cache")
    assert not {"CWL005", "CWL009", "ZIP010"} & set(again.codes)


def test_a_default_directory_raises_the_root_within_its_repository(files: Files, cli: Cli) -> None:
    text = with_member(
        inputs={"a": {"type": "Directory", "default": {"class": "Directory", "location": "../reference"}}}
    )
    folder = files({"wf/main.cwl": text, "reference/a.fa": "x", "reference/b.fa": "x", ".git/HEAD": ""})
    names, codes = packaged(cli, folder / "wf/main.cwl", folder.parent / "x.zip")
    assert names == {"wf/main.cwl", "reference/a.fa", "reference/b.fa"}
    assert "CWL009" not in codes


def test_an_ignored_script_that_climbs_out_raises_the_root(files: Files, cli: Cli) -> None:
    folder = files(
        {
            ".git/HEAD": "",
            "flow/.gitignore": "made/\n",
            "flow/main.nf": includes("./made/a"),
            "flow/made/a.nf": includes("../../mods/b").replace("workflow { A() }", ""),
            "mods/b.nf": MODULE,
        }
    )
    assert "ZIP016" in cli("lint", folder / "flow", "--format", "json", "--no-cache").codes
