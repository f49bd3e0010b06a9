"""Every command that the README shows does what it shows (`make bless` updates the output)."""

from __future__ import annotations

import re
import shlex
import subprocess
from pathlib import Path

import pytest
from conftest import PYTHON, ROOT, Cli, Golden
from examples import CORRECT

from packager.emulator import RunningEmulator

README = ROOT / "README.md"
BLOCK = re.compile(r"```(console|sh|python)\n(.*?)```", re.DOTALL)


def blocks(kind: str) -> list[str]:
    return [text for found, text in BLOCK.findall(README.read_text(encoding="utf-8")) if found == kind]


def run_block(text: str, cli: Cli) -> str:
    """A console block with the output that its commands give now."""
    lines = []
    for command in (line for line in text.splitlines() if line.startswith("$ ")):
        words = shlex.split(command.removeprefix("$ "))
        assert words[0] == "packager"
        result = cli(*words[1:])
        assert result.code in (0, 1), result.err
        lines += [command, *result.out.splitlines()]
    return "\n".join(lines) + "\n"


def test_console_blocks_are_real(cli: Cli, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    text = README.read_text(encoding="utf-8")
    for block in blocks("console"):
        text = text.replace(f"```console\n{block}```", f"```console\n{run_block(block, cli)}```")
    golden(README, text)


@pytest.fixture
def project(cli: Cli, tmp_path: Path) -> Path:
    """A folder with what the lines of the README speak of."""
    folder = tmp_path / "project"
    (folder / "workflows").mkdir(parents=True)
    (folder / "workflows" / "calling.wdl").write_text(CORRECT["main.wdl"])
    (folder / "packager.toml").write_text('[target.prod]\naccount = "111122223333"\nregion = "us-east-1"\n')
    assert cli("package", folder / "workflows" / "calling.wdl", "-o", folder / "calling.zip").code == 0
    return folder


def test_shell_lines_are_understood(
    cli: Cli, tmp_path: Path, project: Path, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What needs an account or never ends is run as far as it can be: its options are parsed, or it is run with `--local`."""
    seen = 0
    for line in filter(None, "\n".join(blocks("sh")).splitlines()):
        words = shlex.split(line, comments=True)
        monkeypatch.chdir(ROOT)
        if words[:1] != ["packager"]:
            assert words[0] == "make"
            assert f"\n{words[1]}:" in (ROOT / "Makefile").read_text()
            continue
        seen += 1
        if words[1] == "emulator":
            assert cli("emulator", "--help").code == 0
        elif "--local" in words:
            assert cli(*words[1:], "--db", tmp_path / "x.sqlite").code == 0
        elif words[1] == "submit":
            monkeypatch.chdir(project)
            done = cli(*words[1:], "--dry-run")
            assert done.code == 0, done.out
        elif words[1] in ("init", "completion"):
            monkeypatch.chdir(project)
            done = cli(*words[1:], *(["--force", "--yes"] if words[1] == "init" else []))
            assert done.code == 0, done.err
        elif words[1] in ("status", "diff"):
            monkeypatch.chdir(project)
            done = cli(*words[1:], "--endpoint-url", emulator.endpoint_url, "--region", "us-east-1")
            assert "ResourceNotFoundException" in done.err or "no workflow" in done.err, done.err
        else:
            words[2] = "fixtures/workflows/wdl-variants/main.wdl"
            if "--online" in words:  # without credentials it says so, and asks nothing
                assert cli(*words[1:]).code == 3
            else:
                assert cli(*words[1:]).code == 0
    assert seen >= 4


def test_the_python_example_runs(tmp_path: Path) -> None:
    (example,) = blocks("python")
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    done = subprocess.run(
        [PYTHON, "-c", example], cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"[0-9a-f]{64}\n", done.stdout)
    assert (tmp_path / "variants.zip").is_file()


def test_the_demo_shows_an_active_workflow() -> None:
    environment = {"PATH": f"{Path(PYTHON).parent}:/usr/bin:/bin"}
    if not (Path(PYTHON).parent / "packager").exists():
        pytest.fail("the command is not installed beside this interpreter: run `make test`")
    done = subprocess.run(
        ["sh", "fixtures/demo.sh"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "created workflow" in done.stdout
    assert ": ACTIVE" in done.stdout
    assert '"samples": {' in done.stdout
    assert "mapped ->" in done.stdout
