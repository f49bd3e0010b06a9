"""Pointers of Git LFS in a package are reported, for every engine; what only looks like one is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

Files = Callable[[dict[str, str | bytes]], Path]
POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d' * 32}\nsize 94371840\n"
ENGINES = {
    "WDL": {"main.wdl": "version 1.1\nworkflow w { output { Int one = 1 } }\n"},
    "CWL": {
        "main.cwl": "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: cat\ninputs:\n  panel:\n    type: File\n"
        "    default: {class: File, location: assets/panel.bed}\noutputs: []\n"
    },
    "NEXTFLOW": {"main.nf": 'workflow { println file("${projectDir}/assets/panel.bed") }\n'},
}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_pointer_in_the_package_is_a_warning_at_the_file(cli: Cli, files: Files, engine: str) -> None:
    folder = files({**ENGINES[engine], "assets/panel.bed": POINTER})
    options = ("--include", "assets/*") if engine == "WDL" else ()
    result = cli("lint", folder, *options, "--format", "json")
    (found,) = [found for found in result.json["diagnostics"] if found["code"] == "ZIP020"]
    assert (found["severity"], Path(found["path"]).name, found["line"]) == ("warning", "panel.bed", 1)
    assert found["message"] == "the file is a Git LFS pointer; the file itself (94.4 MB) is not here"


@pytest.mark.parametrize(
    "content",
    [
        POINTER + "x", "x" + POINTER, POINTER.replace("sha256", "md5"), POINTER.replace("94371840", "many"), b"\x00" * 100,
        POINTER.replace("\n", " "), "", POINTER * 2,
    ],
)  # fmt: skip
def test_what_is_not_a_pointer(cli: Cli, files: Files, content: str | bytes) -> None:
    folder = files({**ENGINES["WDL"], "assets/panel.bed": content})
    assert "ZIP020" not in cli("lint", folder, "--include", "assets/*", "--format", "json").codes


@pytest.mark.parametrize(
    "content",
    [POINTER.replace("\n", "\r\n"), POINTER[:-1], POINTER.replace("\noid", "\next-0-foo sha256:" + "0" * 64 + "\noid")],
)
def test_other_forms_of_pointers(cli: Cli, files: Files, content: str) -> None:
    folder = files({**ENGINES["WDL"], "assets/panel.bed": content})
    assert "ZIP020" in cli("lint", folder, "--include", "assets/*", "--format", "json").codes
