"""One gate: what `[lint]` accepts or refuses holds for `lint`, `package` and `submit` alike."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

Files = Callable[[dict[str, str]], Path]
# RES002 is an error, IMG001 a warning.
MAIN = """version 1.1
workflow w { call t }
task t {
  command <<< echo >>>
  output { String text = read_string(stdout()) }
  runtime { docker: "quay.io/org/tool:1" cpu: 2 memory: "4 GiB" gpuCount: 1 acceleratorType: "nvidia-tesla-none" }
}
"""


def _codes(cli: Cli, folder: Path, command: str) -> tuple[int, set[str]]:
    words: dict[str, tuple[object, ...]] = {
        "lint": (), "package": ("-o", folder / "w.zip"), "submit": ("--dry-run", "--storage-type", "DYNAMIC"),
    }  # fmt: skip
    result = cli(command, folder / "main.wdl", *words[command], "--region", "us-east-1", "--format", "json")
    (folder / "w.zip").unlink(missing_ok=True)
    return result.code, {found["code"] for found in json.loads(result.out).get("diagnostics", [])}


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ("", 1), ('ignore = ["RES"]', 0), ('ignore = ["IMG"]', 1), ('select = ["IMG"]', 0), ('select = ["RES"]', 1),
        ('fail-on = "never"', 0), ('fail-on = "warning"\nignore = ["RES"]', 1), ('baseline = "b.json"', 0),
        ('fail-on = "warning"\nbaseline = "b.json"', 0),
        ('severity = { RES = "warning" }', 0), ('per-path-ignores = { "*.wdl" = ["RES"] }', 0),
    ],
)  # fmt: skip
def test_the_three_commands_agree(cli: Cli, files: Files, settings: str, code: int) -> None:
    folder = files({"main.wdl": MAIN})
    assert cli("lint", folder, "--region", "us-east-1", "--baseline", folder / "b.json", "--write-baseline").code == 0
    (folder / "packager.toml").write_text(f"[lint]\n{settings}\n")
    ends = {command: _codes(cli, folder, command)[0] for command in ("lint", "package", "submit")}
    assert ends == dict.fromkeys(ends, code)


def test_what_is_ignored_is_not_shown_and_the_reason_is_counted(cli: Cli, files: Files) -> None:
    folder = files({"main.wdl": MAIN, "packager.toml": '[lint]\nfail-on = "warning"\nignore = ["RES", "REQ"]\n'})
    refused = cli("package", folder, "-o", folder / "w.zip", "--region", "us-east-1")
    assert "error: 2 warnings found, nothing was written" in refused.err
    assert "RES002" not in refused.out
    sent = cli("submit", folder, "--no-lint", "--dry-run", "--region", "us-east-1")
    assert sent.code == 0


def test_what_the_service_refuses_cannot_be_ignored(cli: Cli, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files({"main.wdl": MAIN, "packager.toml": '[lint]\nfail-on = "never"\nignore = ["REQ"]\n'})
    refused = cli("submit", folder, "--dry-run", "--version-name", "a b", "--workflow-id", "1", "--region", "us-east-1")
    assert (refused.code, "REQ002" in refused.out) == (1, True)
    remote = ("submit", "--definition-uri", "s3://b/k.zip", "--name", "w", "--dry-run", "--region", "us-east-1")
    (folder / "packager.toml").write_text('[lint]\nignore = ["REQ008"]\n')
    monkeypatch.chdir(folder)
    assert "REQ008" not in cli(*remote).out
    assert cli(*remote, "--description", "").code == 1


def test_the_settings_are_shown(cli: Cli, files: Files) -> None:
    folder = files({"main.wdl": MAIN, "packager.toml": '[lint]\nfail-on = "warning"\n'})
    for command in ("package", "submit"):
        assert "fail-on = warning  # " in cli(command, folder, "--show-config").out
