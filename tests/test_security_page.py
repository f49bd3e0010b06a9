"""`docs/security.md` gives the bounds that the code has, and a command that works."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from conftest import Cli

from packager.app.content_scan import MAX_BYTES
from packager.engines.cwl.facts import MAX_INSTANCES, MAX_LEVELS
from packager.engines.cwl.isolation import MEMORY_BYTES, SECONDS
from packager.engines.nextflow.values import MAX_STEPS
from packager.engines.wdl.closure import MAX_BYTES as WDL_MAX_BYTES
from packager.engines.wdl.expansion import MAX_MEMBERS
from packager.source import MAX_DEFINITION_BYTES
from packager.source.tree import MAX_FILE_BYTES, MAX_TREE_FILES

PAGE = Path(__file__).parent.parent / "docs" / "security.md"
MIB, GIB = 1024**2, 1024**3
ROWS = [
    f"| files of a source, entries of a zip | {MAX_TREE_FILES:,} |",
    f"| a file | {MAX_FILE_BYTES // GIB} GiB |",
    f"| a definition file | {MAX_DEFINITION_BYTES // MIB} MiB (WDL: {WDL_MAX_BYTES // MIB} MiB) |",
    f"| cwltool | {SECONDS} seconds, {MEMORY_BYTES // GIB} GiB of memory |",
    f"| processes that CWL steps run | {MAX_INSTANCES:,} |",
    f"| levels of CWL types, or of embedded processes | {MAX_LEVELS} |",
    f"| members of a WDL struct, including nested ones | {MAX_MEMBERS:,} |",
    f"| evaluation of Nextflow configs and scripts | {MAX_STEPS:,} steps |",
    f"| secret scan of a file | {MAX_BYTES // MIB} MiB |",
]


@pytest.mark.parametrize("row", ROWS)
def test_the_page_gives_each_bound(row: str) -> None:
    assert row in PAGE.read_text(encoding="utf-8")


def test_its_commands_work(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "pipelines").mkdir()
    (tmp_path / "tasks.wdl").write_text(
        "version 1.0\ntask t { command {} runtime { docker: 'x' cpu: 1 memory: '1 GiB' } }\n"
    )
    (tmp_path / "pipelines" / "main.wdl").write_text(
        'version 1.0\nimport "../tasks.wdl" as t\nworkflow w { call t.t }\n'
    )
    monkeypatch.chdir(tmp_path)
    assert cli("lint", "pipelines/main.wdl").code == 1
    blocks = re.findall(r"```sh\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    commands = [line for block in blocks for line in block.splitlines()]
    for command in commands:
        assert cli(*shlex.split(command)[1:]).code == 0
    assert commands
