"""What a shell completes, asked as a shell asks."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from conftest import PYTHON, ROOT, Cli, Result, bare_environment

from packager.cli import main

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


def variables(*words: str, shell: str = "bash") -> dict[str, str]:
    """What the script of a shell sets to ask for the last of the words."""
    question = {"COMP_WORDS": "\n".join(("packager", *words)), "COMP_CWORD": str(len(words))}
    if shell == "fish":
        question = {"COMP_WORDS": " ".join(("packager", *words)), "COMP_CWORD": words[-1]}
    return {"_PACKAGER_COMPLETE": f"{shell}_complete", **question}


def asked(*words: str, shell: str = "bash") -> Result:
    """The answer to a shell, in this process."""
    out, err = io.TextIOWrapper(io.BytesIO()), io.StringIO()  # click writes bytes
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        for name, value in variables(*words, shell=shell).items():
            patch.setenv(name, value)
        try:
            code = main([])
        except SystemExit as end:
            code = int(end.code or 0)
    out.seek(0)
    return Result(code, out.read(), err.getvalue())


def completed(*words: str) -> list[str]:
    done = asked(*words)
    assert done.err == ""
    return done.out.split()


def modules_after(folder: Path, *questions: tuple[str, ...]) -> set[str]:
    """What one new process has imported after it has answered all of the questions; none has a bad or no answer."""
    script = (
        "import io, json, os, sys\n"
        "from contextlib import redirect_stdout, suppress\n"
        "from packager.cli import main\n"
        "for question in json.load(sys.stdin):\n"
        "    os.environ.update(question)\n"
        "    with redirect_stdout(io.TextIOWrapper(io.BytesIO())) as out, suppress(SystemExit):\n"
        "        sys.exit(main([]))\n"
        "    assert out.buffer.getvalue(), question\n"
        "print(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run(
        [PYTHON, "-c", script], capture_output=True, text=True, check=True, cwd=folder,
        input=json.dumps([variables(*words) for words in questions]),
        env=bare_environment(PYTHONPATH=str(ROOT)),
    )  # fmt: skip
    assert done.stderr == ""
    return set(json.loads(done.stdout))


@pytest.fixture
def folder(in_folder: Path) -> Path:
    (in_folder / "packager.toml").write_text(CONFIG)
    (in_folder / "query.wdl").write_text("")
    return in_folder


def test_commands_from_the_table_alone(folder: Path) -> None:
    assert completed("in") == ["plain,inspect", "plain,inputs", "plain,init"]
    assert "plain,completion" in completed("")
    assert not [
        name
        for name in modules_after(folder, ("in",), ("",))
        if name in HEAVY or name in ("packager.cli.commands.lint", "packager.app.load", "packager.rules")
    ]


def test_a_command_imports_nothing_heavy_to_be_completed(folder: Path) -> None:
    questions = (("lint", "--ig"), ("submit", "--target", "d"), ("rules", "REQ"), ("lint", "q"))
    assert not modules_after(folder, *questions).intersection(HEAVY)


def test_options_and_their_values(folder: Path) -> None:
    assert completed("lint", "--sel") == ["plain,--select"]
    assert completed("lint", "--fail-on", "") == ["plain,error", "plain,warning", "plain,info", "plain,never"]
    assert completed("inspect", "--engine", "W") == ["plain,WDL", "plain,WDL_LENIENT"]
    assert completed("map", "validate", "--region", "eu-") == [
        "plain,eu-central-1",
        "plain,eu-west-1",
        "plain,eu-west-2",
    ]


def test_names_in_the_configuration(folder: Path) -> None:
    assert completed("submit", "--target", "") == ["plain,dev", "plain,prod"]
    assert completed("submit", "--target", "p") == ["plain,prod"]
    assert completed("lint", "qua") == ["plain,quantify", "plain,qualify"]


def test_files_where_files_are_wanted(folder: Path) -> None:
    assert completed("lint", "") == ["file,"]
    assert completed("lint", "q") == ["file,q"]  # a file begins so
    assert completed("lint", "--container-registry-map", "x/") == ["file,x/"]
    assert completed("map", "validate", "con") == ["file,con"]
    assert completed("inspect", "dir/na") == ["file,dir/na"]


def test_other_shells_have_names_beside_files(folder: Path) -> None:
    done = asked("lint", "q", shell="fish")
    assert (done.code, done.err) == (0, "")
    assert done.out.split() == ["plain,quantify", "plain,qualify", "file,q"]
    zsh = asked("lint", "--target", "d", shell="zsh")
    assert zsh.out.split("\n")[:2] == ["plain", "dev"]


def test_codes_and_the_last_of_several(folder: Path) -> None:
    assert "plain,REQ010" in completed("lint", "--ignore", "REQ01")
    assert completed("lint", "--select", "WDL,img00")[0] == "plain,WDL,IMG001"
    assert "plain,ZIP016" in completed("rules", "ZIP")


def test_nothing_hostile_is_offered(folder: Path) -> None:
    assert not [word for word in completed("lint", "$") if word.startswith("plain")]
    for word in completed("lint", ""):
        assert "touch" not in word


@pytest.mark.parametrize(
    "content", ["[workflow", "[target]\ndev = 1\n", "nonsense = 1\n", "\x00", "a = " + "[" * 10_000]
)
def test_a_broken_configuration_is_no_ones_business_here(folder: Path, content: str) -> None:
    (folder / "packager.toml").write_text(content)
    assert completed("submit", "--target", "") == []
    assert completed("lint", "q") == ["file,q"]


def test_nonsense_is_silent(folder: Path) -> None:
    for words in (("nosuch", ""), ("map", "nosuch", "x"), ("lint", "--nosuch", "x"), ("status", "--timeout", "x", "")):
        done = asked(*words)
        assert (done.code, done.err) == (0, "")


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
