"""The parameters of a run, held against the workflow by `lint --run-parameters`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli

WDL = """version 1.0
workflow count {
  input {
    File reads
    Int threads = 2
    String? label
  }
  call lines { input: reads = reads, threads = threads }
  output { Int n = lines.n }
}
task lines {
  input {
    File reads
    Int threads
  }
  command <<< wc -l < ~{reads} >>>
  output { Int n = read_int(stdout()) }
  runtime { docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/wc:1.0"  cpu: threads  memory: "2 GiB" }
}
"""


@pytest.fixture
def check(cli: Cli, in_folder: Path) -> Any:
    (in_folder / "main.wdl").write_text(WDL)

    def run(content: bytes | dict[str, Any], *options: str) -> Any:
        data = content if isinstance(content, bytes) else json.dumps(content).encode()
        (in_folder / "run.json").write_bytes(data)
        return cli(
            "lint",
            "main.wdl",
            "--run-parameters",
            "run.json",
            "--select",
            "TPL",
            "--ignore",
            "TPL003",
            "--format",
            "json",
            *options,
        )

    return run


def found(result: Any) -> list[tuple[str, str, int, int]]:
    return [(one["code"], one["path"], one["line"], one["column"]) for one in result.json["diagnostics"]]


@pytest.mark.parametrize(
    "content",
    [
        {"reads": "s3://bucket/reads.fastq"},
        {"reads": "s3://bucket/reads.fastq", "threads": 4, "label": None},
        b'\xef\xbb\xbf{"reads": "s3://bucket/reads.fastq"}\r\n',
    ],
)
def test_what_a_run_may_set_is_met_with_silence(check: Any, content: Any) -> None:
    result = check(content)
    assert (result.code, found(result)) == (0, [])


def test_each_fault_at_its_place(check: Any) -> None:
    result = check(b'{\n  "count.threads": 4,\n  "lable": "x",\n  "count.lines.cpu": 1\n}\n')
    assert result.code == 1
    assert found(result) == [
        ("TPL012", "run.json", 1, 1),
        ("TPL010", "run.json", 2, 3),
        ("TPL011", "run.json", 3, 3),
        ("TPL011", "run.json", 4, 3),
    ]
    assert [one["hint"] for one in result.json["diagnostics"] if one["line"] == 3] == ["did you mean `label`?"]


def test_a_namespaced_required_parameter_is_given(check: Any) -> None:
    assert found(check({"count.reads": "s3://b/x"})) == [("TPL010", "run.json", 1, 2)]


@pytest.mark.parametrize("content", [b"", b"[1]", b'{"reads": 1, "reads": 2}', b"{", b"\xff"])
def test_what_is_no_object_of_distinct_names(check: Any, content: bytes) -> None:
    result = check(content)
    assert result.code == 1
    assert "TPL023" in result.codes


def test_a_written_template_decides_what_a_run_may_set(check: Any, in_folder: Path) -> None:
    template = {"reads": {"description": "FASTQ"}, "threads": {"description": "CPUs", "optional": True}}
    (in_folder / "parameter-template.json").write_text(json.dumps(template))
    assert ("TPL011", "run.json", 1, 23) in found(check({"reads": "s3://b/x", "label": "x"}))


def test_inputs_that_are_not_all_known_refuse_nothing(check: Any, in_folder: Path) -> None:
    (in_folder / "main.wdl").write_text(WDL.replace("version 1.0", 'version 1.0\nimport "absent.wdl" as a'))
    assert not {"TPL011", "TPL012"} & set(check({"other": 1}).codes)


def test_names_are_mended_and_nothing_else(check: Any, in_folder: Path) -> None:
    before = b'{\r\n\t"count.reads" :"s3://b/x",\r\n\t"count.threads":4, "threads": 5,\r\n\t"count.lines.cpu": 1}'
    shown = check(before, "--diff")
    assert (in_folder / "run.json").read_bytes() == before
    assert '+\t"reads" :"s3://b/x",' in shown.out
    result = check(before, "--fix")
    assert (in_folder / "run.json").read_bytes() == before.replace(b'"count.reads"', b'"reads"')
    assert [one for one in found(result) if one[0] == "TPL010"] == [("TPL010", "run.json", 3, 2)]
    after = (in_folder / "run.json").stat().st_mtime_ns
    check((in_folder / "run.json").read_bytes(), "--diff")
    assert after


def test_a_file_that_is_not_there(cli: Cli, in_folder: Path) -> None:
    (in_folder / "main.wdl").write_text(WDL)
    result = cli("lint", "main.wdl", "--run-parameters", "absent.json")
    assert (result.code, "cannot read `absent.json`" in result.err) == (2, True)
