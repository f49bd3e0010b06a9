"""What is on the network: the hint of each finding is a command or a setting that helps, with the user's own path."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

Files = Callable[[dict[str, str | bytes]], Path]
NEXTFLOW = {"main.nf": "workflow { }\n"}
TOOL = "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: cat\ninputs: []\noutputs: []\n"
STEP = "cwlVersion: v1.2\nclass: Workflow\ninputs: []\noutputs: []\nsteps:\n  s: {run: %s, in: [], out: []}\n"
BASE = "params.base = 'https://example.org/configs'\n"


@pytest.mark.parametrize(
    ("written", "code", "hint"),
    [
        (
            {"main.wdl": 'version 1.0\nimport "https://example.org/t.wdl"\nworkflow w { }\n'},
            "WDL051",
            "copy the document into the repository with `packager vendor PATH`",
        ),
        (
            {"main.cwl": STEP % "https://example.org/t.cwl"},
            "CWL006",
            "copy the document into the repository with `packager vendor PATH`",
        ),
        (
            {
                "main.cwl": TOOL.replace("[]", "{a: {type: File, format: x}}", 1)
                + '$schemas: ["https://example.org/s.owl"]\n'
            },
            "CWL035",
            "copy the schema into the repository with `packager vendor PATH`",
        ),
        (
            NEXTFLOW
            | {"nextflow.config": BASE + "includeConfig params.base ? \"${params.base}/a.config\" : '/dev/null'\n"},
            "NXF013",
            'pass `"base": ""` in every run, or give `params.base` an empty string as its default',
        ),
        (
            NEXTFLOW
            | {"nextflow.config": BASE + "params.on = true\nincludeConfig params.on ? params.base : 'a.config'\n"},
            "NXF013",
            'pass `"on": ""` in every run, or give `params.on` an empty string as its default',
        ),
        (
            NEXTFLOW | {"nextflow.config": BASE + 'includeConfig "${params.base}/a.config"\n'},
            "NXF013",
            "download the config into the repository, and include that file",
        ),
        (
            {"main.nf": "include { A } from 'https://example.org/a.nf'\nworkflow { A() }\n"},
            "NXF005",
            "download the script into the repository, and include it by a path that starts with `./` or `../`",
        ),
        (
            {"main.nf": "include { ALIGN } from 'lab/align'\nworkflow { ALIGN() }\n"},
            "NXF005",
            "install the module in the repository with `nextflow module install lab/align`, and include it by its path",
        ),
    ],
)
def test_the_hint_of_what_is_on_the_network(
    cli: Cli, files: Files, written: dict[str, str | bytes], code: str, hint: str
) -> None:
    files(written)
    (found,) = [each for each in cli("lint", ".", "--format", "json").json["diagnostics"] if each["code"] == code]
    assert found["hint"] == hint


def test_the_next_command_after_a_remote_import(cli: Cli, files: Files) -> None:
    folder = files({"a b/main.wdl": 'version 1.0\nimport "https://example.org/t.wdl"\nworkflow w { }\n'})
    result = cli("lint", "a b", "--main", "main.wdl", "--region", "us-east-1")
    assert result.out.endswith("next: `packager vendor 'a b'`\n")
    assert "with `packager vendor 'a b'`" in result.out
    (folder / "packager.toml").write_text('[workflow.calling]\npath = "a b"\n')
    assert cli("lint", "calling").out.endswith("next: `packager vendor calling`\n")
    assert "the host `example.org` is not allowed" in cli("vendor", "calling").err


def test_modules_with_local_changes_are_one_note(cli: Cli, files: Files) -> None:
    modules = {
        name: {"git_sha": "1", "patch": f"modules/nf-core/{name}/{name.replace('/', '-')}.diff"}
        for name in ("a/b", "c", "unused")
    }
    modules["plain"] = {"git_sha": "1"}
    document = {"repos": {"https://github.com/nf-core/modules.git": {"modules": {"nf-core": modules}}}}
    includes = "".join(
        f"include {{ P{number} }} from './modules/nf-core/{name}/main'\n" for number, name in enumerate(modules)
    )
    written: dict[str, str | bytes] = {
        f"modules/nf-core/{name}/main.nf": f"process P{number} {{ script: 'true' }}\n"
        for number, name in enumerate(modules)
    }
    used = includes.replace(includes.splitlines(keepends=True)[2], "")
    files({**written, "main.nf": f"{used}workflow {{ P0() }}\n", "modules.json": json.dumps(document, indent=1)})
    (found,) = [each for each in cli("lint", ".", "--format", "json").json["diagnostics"] if each["code"] == "NXF064"]
    expected = "2 installed modules have local changes: `modules/nf-core/a/b`, `modules/nf-core/c`"
    assert (found["message"], found["severity"], found["path"], found["line"]) == (expected, "info", "modules.json", 8)


@pytest.mark.parametrize(
    "text", ["", "[]", '{"repos": []}', '{"repos": {"u": {"modules": {"o": {"a": {"patch": 1}}}}}}', "[" * 99_999]
)
def test_a_strange_list_of_modules(cli: Cli, files: Files, text: str) -> None:
    files({**NEXTFLOW, "modules.json": text})
    assert "NXF064" not in cli("lint", ".", "--format", "json").codes
