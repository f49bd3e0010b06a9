"""The pages of the documentation, their commands, and a project in which a reader would type them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from conftest import ROOT, Cli
from examples import CORRECT

# `docs/development.md` is for developers of packager, and `test_development_page.py` runs its commands.
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]
USER_PAGES = [page for page in PAGES if page.name != "development.md"]
_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
# Other programs whose lines are shown, but not run.
_OTHER_PROGRAMS = ("git", "make", "pip", "pipx", "sh", "uv", "uvx")
_CONFIGURATION = """\
[workflow.calling]
path = "workflows/calling"

[workflow.qc]
path = "workflows/qc/main.nf"

[target.dev]
account = "111122223333"
region = "us-east-1"

[target.prod]
account = "444455556666"
region = "us-east-1"
container-registry-map = "container-registry-map.json"
"""
_MAP = '{"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]}\n'
_QC = """\
process QC {
    container 'quay.io/biocontainers/fastqc:0.12.1--hdfd78af_0'
    cpus 2
    memory '4 GB'

    output:
    path 'report.html'

    script:
    'fastqc --version > report.html'
}

workflow {
    QC()
}
"""


def blocks(page: Path, kind: str) -> list[str]:
    """The fenced blocks of a kind in a page."""
    return [text for found, text in _BLOCK.findall(page.read_text(encoding="utf-8")) if found == kind]


def with_output(page: Path, cli: Cli) -> str:
    """The text of a page in which each console block has the output that its commands give now."""
    text = page.read_text(encoding="utf-8")
    for block in blocks(page, "console"):
        text = text.replace(f"```console\n{block}```", f"```console\n{_output(block, cli)}```")
    return text


def _output(block: str, cli: Cli) -> str:
    lines = []
    for command in (line for line in block.splitlines() if line.startswith("$ ")):
        words = shlex.split(command.removeprefix("$ "))
        assert words[0] == "packager"
        result = cli(*words[1:])
        assert result.code in (0, 1), result.err
        lines += [command, *(line.rstrip() for line in result.out.splitlines())]
    return "\n".join(lines) + "\n"


def commands(page: Path) -> Iterator[list[str]]:
    """The command lines of packager in the shell blocks of a page, as words."""
    for line in filter(None, "\n".join(blocks(page, "sh")).splitlines()):
        words = shlex.split(line.replace('"$TAG"', "v1.2"), comments=True)
        if words[0] == "uvx":  # runs the program that it installs
            assert words[1] == "omics-packager"
            words = ["packager", *words[2:]]
        if words[0] == "make":
            assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text(encoding="utf-8"), line
        if words[0] != "packager":
            assert words[0] in _OTHER_PROGRAMS, line
        else:
            yield words[1:]


def make_folder(folder: Path) -> Path:
    """The folder of a single workflow, in which a new user types the first commands."""
    (folder / ".git").mkdir(parents=True)
    (folder / "main.wdl").write_text(CORRECT["main.wdl"], encoding="utf-8")
    return folder


def make_project(folder: Path) -> Path:
    """A repository with two workflows, two targets and a map, as the pages assume it."""
    files = {
        "workflows/calling/main.wdl": CORRECT["main.wdl"],
        "workflows/qc/main.nf": _QC,
        "packager.toml": _CONFIGURATION,
        "container-registry-map.json": _MAP,
        "parameter-template.json": '{"who": {"description": "whom to greet", "optional": false}}\n',
        ".git/HEAD": "ref: refs/heads/main\n",
    }
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def run_in_project(words: list[str], cli: Cli, endpoint: Callable[[], str], state: Path) -> None:
    """Run a command of a page as far as it can be run: what never ends or needs an account is run differently or only parsed.

    The current folder is the project; `endpoint` is the URL of an emulator, `state` a file for the state of the embedded one.
    """
    name, options = words[0], set(words)
    expected: tuple[int, ...] = (0,)
    if name in ("emulator", "lsp", "mcp"):
        words = [*words, "--help"]
    elif "--local" in options:
        words = [*words, "--db", str(state)]
    elif name == "submit":
        words = [*words, "--dry-run"]
    elif name in ("status", "diff"):  # the workflow of the example does not exist
        words = [*words, "--endpoint-url", endpoint(), "--region", "us-east-1"]
        expected = (0, 2, 3)
    elif name == "init":
        words = [*words, "--force", "--yes"]
    elif name == "map" and words[1] == "pin" and "--check" not in options:
        expected = (0, 3)  # no credentials, or nothing to pin
    elif "--online" in options or "--stage" in options:
        expected = (3,)  # without credentials it reports that, and asks nothing
    elif options & {"--check", "--diff"}:
        expected = (0, 1)  # there may be differences
    result: Any = cli(*words)
    assert result.code in expected, f"{words}: exit code {result.code}\n{result.out[-2000:]}\n{result.err[-2000:]}"
