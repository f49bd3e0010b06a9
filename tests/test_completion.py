"""What a shell completes, asked as a shell asks."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from conftest import PYTHON, ROOT, Cli

CONFIG = """
[workflow.quantify]
path = "a"
[workflow.qualify]
path = "b"
[workflow."$(touch harm)"]
path = "c"
[target.dev]
region = "us-east-1"
[target.prod]
region = "us-east-1"
"""
HEAVY = ("WDL", "lark", "cwltool", "yaml", "boto3", "botocore", "jsonschema", "http.server")


def asked(folder: Path, *words: str, shell: str = "bash") -> subprocess.CompletedProcess[str]:
    """What the script of a shell does at the last of the words."""
    arguments = {"COMP_WORDS": "\n".join(("packager", *words)), "COMP_CWORD": str(len(words))}
    if shell == "fish":
        arguments = {"COMP_WORDS": " ".join(("packager", *words)), "COMP_CWORD": words[-1]}
    script = (
        "import sys, json\n"
        "from packager.cli import main\n"
        "try:\n"
        "    sys.exit(main([]))\n"
        "finally:\n"
        "    open('modules.json', 'w').write(json.dumps(sorted(sys.modules)))\n"
    )
    return subprocess.run(
        [PYTHON, "-c", script], capture_output=True, text=True, check=False, cwd=folder,
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "_PACKAGER_COMPLETE": f"{shell}_complete", **arguments},
    )  # fmt: skip


def completed(folder: Path, *words: str) -> list[str]:
    done = asked(folder, *words)
    assert done.stderr == ""
    return done.stdout.split()


@pytest.fixture
def folder(in_folder: Path) -> Path:
    (in_folder / "packager.toml").write_text(CONFIG)
    (in_folder / "query.wdl").write_text("")
    return in_folder


def test_commands_from_the_table_alone(folder: Path) -> None:
    assert completed(folder, "in") == ["plain,inspect", "plain,inputs", "plain,init"]
    assert "plain,completion" in completed(folder, "")
    modules = json.loads((folder / "modules.json").read_text())
    assert not [
        name
        for name in modules
        if name in HEAVY or name in ("packager.cli.commands.lint", "packager.app.load", "packager.rules")
    ]


def test_a_command_imports_nothing_heavy_to_be_completed(folder: Path) -> None:
    for words in (("lint", "--ig"), ("submit", "--target", "d"), ("rules", "REQ"), ("lint", "q")):
        assert completed(folder, *words)
        modules = set(json.loads((folder / "modules.json").read_text()))
        assert not modules.intersection(HEAVY)


def test_options_and_their_values(folder: Path) -> None:
    assert completed(folder, "lint", "--sel") == ["plain,--select"]
    assert completed(folder, "lint", "--fail-on", "") == ["plain,error", "plain,warning", "plain,info", "plain,never"]
    assert completed(folder, "inspect", "--engine", "W") == ["plain,WDL", "plain,WDL_LENIENT"]
    assert completed(folder, "map", "validate", "--region", "eu-") == [
        "plain,eu-central-1",
        "plain,eu-west-1",
        "plain,eu-west-2",
    ]


def test_names_in_the_configuration(folder: Path) -> None:
    assert completed(folder, "submit", "--target", "") == ["plain,dev", "plain,prod"]
    assert completed(folder, "submit", "--target", "p") == ["plain,prod"]
    assert completed(folder, "lint", "qua") == ["plain,quantify", "plain,qualify"]


def test_files_where_files_are_wanted(folder: Path) -> None:
    assert completed(folder, "lint", "") == ["file,"]
    assert completed(folder, "lint", "q") == ["file,q"]  # a file begins so
    assert completed(folder, "lint", "--container-registry-map", "x/") == ["file,x/"]
    assert completed(folder, "map", "validate", "con") == ["file,con"]
    assert completed(folder, "inspect", "dir/na") == ["file,dir/na"]


def test_other_shells_have_names_beside_files(folder: Path) -> None:
    done = asked(folder, "lint", "q", shell="fish")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.split() == ["plain,quantify", "plain,qualify", "file,q"]
    zsh = asked(folder, "lint", "--target", "d", shell="zsh")
    assert zsh.stdout.split("\n")[:2] == ["plain", "dev"]


def test_codes_and_the_last_of_several(folder: Path) -> None:
    assert "plain,REQ010" in completed(folder, "lint", "--ignore", "REQ01")
    assert completed(folder, "lint", "--select", "WDL,img00")[0] == "plain,WDL,IMG001"
    assert "plain,ZIP016" in completed(folder, "rules", "ZIP")


def test_nothing_hostile_is_offered(folder: Path) -> None:
    assert not [word for word in completed(folder, "lint", "$") if word.startswith("plain")]
    for word in completed(folder, "lint", ""):
        assert "touch" not in word


@pytest.mark.parametrize(
    "content", ["[workflow", "[target]\ndev = 1\n", "nonsense = 1\n", "\x00", "a = " + "[" * 10_000]
)
def test_a_broken_configuration_is_no_ones_business_here(folder: Path, content: str) -> None:
    (folder / "packager.toml").write_text(content)
    assert completed(folder, "submit", "--target", "") == []
    assert completed(folder, "lint", "q") == ["file,q"]


def test_nonsense_is_silent(folder: Path) -> None:
    for words in (("nosuch", ""), ("map", "nosuch", "x"), ("lint", "--nosuch", "x"), ("status", "--timeout", "x", "")):
        done = asked(folder, *words)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_scripts(cli: Cli, shell: str) -> None:
    done = cli("completion", shell)
    assert done.code == 0
    assert f"_PACKAGER_COMPLETE={shell}_complete" in done.out
    assert cli("completion", "tcsh").code == 2


@pytest.mark.skipif(shutil.which("bash") is None, reason="there is no bash")
def test_in_bash_itself(folder: Path, tmp_path: Path, cli: Cli) -> None:
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    command = bin_folder / "packager"
    command.write_text(f'#!/bin/sh\nPYTHONPATH={ROOT} exec {sys.executable} -m packager "$@"\n')
    command.chmod(0o755)
    (tmp_path / "script").write_text(cli("completion", "bash").out)
    lines = [
        f"source {tmp_path}/script",
        "COMP_WORDS=(packager submit --target p); COMP_CWORD=3; _packager_completion packager; echo ${COMPREPLY[@]}",
        "COMPREPLY=(); COMP_WORDS=(packager lint quan); COMP_CWORD=2; _packager_completion packager; echo ${COMPREPLY[@]}",
        "COMPREPLY=(); COMP_WORDS=(packager comp); COMP_CWORD=1; _packager_completion packager; echo ${COMPREPLY[@]}",
    ]
    done = subprocess.run(
        ["bash", "-c", "\n".join(lines)], capture_output=True, text=True, check=True, cwd=folder,
        env={"PATH": f"{bin_folder}:{os.environ['PATH']}"},
    )  # fmt: skip
    assert done.stdout.split() == ["prod", "quantify", "completion"]
    assert done.stderr == ""
    assert not (folder / "harm").exists()
