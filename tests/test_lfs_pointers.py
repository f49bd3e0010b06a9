"""Pointers of Git LFS and scripts with an unusable first line are reported, for every engine; what only looks like one is not."""

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


@pytest.mark.parametrize(("engine", "code"), [("WDL", "ZIP021"), ("CWL", "ZIP021"), ("NEXTFLOW", "NXF062")])
@pytest.mark.parametrize(
    ("content", "is_bad"),
    [
        (b"#!/bin/bash\r\ntrue\r\n", True),
        (b"\xef\xbb\xbf#!/bin/bash\ntrue\n", True),
        (b"#!/bin/bash\ntrue\r\n", False),
        (b"true\r\n", False),
        (b"#!" + b"x" * 600 + b"\r\n", False),
    ],
)
def test_a_script_whose_first_line_is_of_no_use(
    engine: str, code: str, content: bytes, *, is_bad: bool, cli: Cli, files: Files
) -> None:
    main = {name: text.replace("assets/panel.bed", "bin/count.sh") for name, text in ENGINES[engine].items()}
    folder = files({**main, "bin/count.sh": content})
    options = ("--include", "bin/*") if engine == "WDL" else ()
    codes = cli("lint", folder, *options, "--format", "json", "--no-cache").codes
    assert codes.count(code) == is_bad
    assert len({"ZIP021", "NXF062"} & set(codes)) == is_bad


DEFINITIONS = {
    "WDL": ({"main.wdl": 'version 1.0\nimport "t.wdl" as t\nworkflow w { call t.x }\n'}, "t.wdl"),
    "CWL": ({"main.cwl": "cwlVersion: v1.2\nclass: Workflow\ninputs: []\noutputs: []\nsteps: []\n"}, "main.cwl"),
    "NEXTFLOW": ({"main.nf": "include { A } from './a.nf'\nworkflow { A() }\n"}, "a.nf"),
}


@pytest.mark.parametrize("engine", DEFINITIONS)
def test_a_definition_that_is_a_pointer_is_one_error(cli: Cli, files: Files, engine: str) -> None:
    written, pointer = DEFINITIONS[engine]
    folder = files({**written, pointer: POINTER})
    path = folder / pointer if engine == "CWL" else folder
    found = [
        each for each in cli("lint", path, "--format", "json").json["diagnostics"] if each["path"].endswith(pointer)
    ]
    errors = [each for each in found if each["severity"] == "error"]
    assert [each["message"] for each in errors] == [
        "the file is a Git LFS pointer; the file itself (94.4 MB) is not here"
    ]
    assert errors[0]["code"] != "ZIP020"  # which a project may accept for its data
    assert errors[0]["hint"].startswith("fetch the file with `git lfs pull`")
