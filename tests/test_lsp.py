"""`packager lsp` by a real client: what an editor shows equals what `packager lint` reports of the same content."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from conftest import Cli
from lsp_support import Editor

Files = Callable[[dict[str, str | bytes]], Path]

TASK = 'version 1.0\ntask t {\n  command <<< echo >>>\n  runtime { docker: "ubuntu" }\n}\n'
MAIN = 'version 1.0\nimport "lib/t.wdl" as lib\nworkflow w {\n  call lib.t\n}\n'


@pytest.fixture
def editor(files: Files, tmp_path: Path) -> Iterator[Callable[..., Editor]]:
    """Opens an editor in a folder with files; at the end its log must be empty."""
    editors: list[Editor] = []

    def start(contents: dict[str, str | bytes], **options: object) -> Editor:
        editors.append(Editor(files(contents), tmp_path / f"cache-{len(editors)}", **options))  # type: ignore[arg-type]
        return editors[-1]

    yield start
    assert [each.quit() for each in editors] == [""] * len(editors)


def linted(cli: Cli, *paths: str) -> dict[str, list[str]]:
    """What `packager lint` reports, in the form of `Editor.check`."""
    shown: dict[str, list[str]] = {}
    for found in cli("lint", *(paths or (".",)), "--format", "json").json["diagnostics"]:
        shown.setdefault(found["path"], []).append(f"{max(found['line'], 1)} {found['code']}")
    return {path: sorted(found) for path, found in sorted(shown.items())}


def in_order(shown: dict[str, list[str]]) -> dict[str, list[str]]:
    return {path: sorted(found) for path, found in shown.items()}


def test_diagnostics_equal_lint(editor: Callable[..., Editor], cli: Cli) -> None:
    one = editor({".git/x": "", "main.wdl": MAIN, "lib/t.wdl": TASK})
    one.open("main.wdl")
    assert in_order(one.check()) == linted(cli)
    one.open("lib/t.wdl")
    broken = TASK.replace("echo >>>", "echo")
    one.type("lib/t.wdl", broken)
    first = one.check()
    (one.folder / "lib/t.wdl").write_text(broken)
    assert in_order(first) == linted(cli)
    assert "WDL001" in first["lib/t.wdl"][0]
