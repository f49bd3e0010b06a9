"""Every rule keeps what its documentation promises."""

from __future__ import annotations

import random
import re
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Cli, Golden
from examples import CORRECT, is_runnable, run_example

from packager.findings import codes
from packager.healthomics import limits
from packager.healthomics.request import Request, ZipDefinition
from packager.model.facts import Engine, Entry, Role, Workflow
from packager.rules import RULES, ArchiveFacts, Facts, Subject
from packager.rules.run import run

RUNNABLE = [code for code, rule in RULES.items() if is_runnable(rule.code.bad)]
PROSE = sorted(set(RULES) - set(RUNNABLE))


@pytest.mark.parametrize("code", RUNNABLE)
def test_the_bad_example_is_reported(code: str, cli: Cli, in_folder: Path) -> None:
    assert code in run_example(RULES[code].code.bad, in_folder, cli)


@pytest.mark.parametrize("code", RUNNABLE)
def test_the_good_example_is_not(code: str, cli: Cli, in_folder: Path) -> None:
    assert code not in run_example(RULES[code].code.good, in_folder, cli)


def data(size: int) -> bytes:
    """Bytes that do not compress."""
    return random.Random(7).randbytes(size)


def with_data(folder: Path, size: int) -> None:
    for name, content in CORRECT.items():
        (folder / name).write_text(content)
    (folder / "reference.bin").write_bytes(data(size))


def many_inputs(count: int) -> str:
    inputs = "\n".join(f"        String input_{number}" for number in range(count))
    return f"version 1.0\n\nworkflow many {{\n    input {{\n{inputs}\n    }}\n    output {{ String first = input_0 }}\n}}\n"


def zip_001(folder: Path, cli: Cli) -> tuple[bool, bool]:
    with_data(folder, limits.ZIP_INLINE_MAX_BYTES + 10_000)
    bad = cli("lint", ".", "--include", "*.bin", "--format", "json")
    good = cli("lint", ".", "--format", "json")
    return "ZIP001" in bad.codes, "ZIP001" in good.codes


def zip_002(folder: Path, cli: Cli) -> tuple[bool, bool]:
    with_data(folder, limits.ZIP_INLINE_WARN_BYTES + 10_000)
    bad = cli("lint", ".", "--include", "*.bin", "--format", "json")
    good = cli("lint", ".", "--format", "json")
    return "ZIP002" in bad.codes and "ZIP001" not in bad.codes, "ZIP002" in good.codes


def zip_004(folder: Path, cli: Cli) -> tuple[bool, bool]:
    """No command leads there: whatever keeps the main file out of a package has a finding of its own."""
    workflow = Workflow(engine=Engine.WDL, main="main.wdl", name="x", language_version="1.1")
    bad, good = (
        run(Facts(workflow=workflow, archive=ArchiveFacts(entries, None)), {Subject.ARCHIVE})
        for entries in ((), (Entry("main.wdl", 1, "00", 0o644, Role.MAIN),))
    )
    return "ZIP004" in [one.code for one in bad.diagnostics], "ZIP004" in [one.code for one in good.diagnostics]


def zip_006(folder: Path, cli: Cli) -> tuple[bool, bool]:
    with zipfile.ZipFile(folder / "good.zip", "w") as archive:
        archive.writestr("main.wdl", CORRECT["main.wdl"])
    zipped = (folder / "good.zip").read_bytes()
    (folder / "bad.zip").write_bytes(b"#!/bin/sh\n" + zipped)
    bad, good = (cli("lint", f"{name}.zip", "--format", "json") for name in ("bad", "good"))
    return "ZIP006" in bad.codes, "ZIP006" in good.codes


def tpl_007(folder: Path, cli: Cli) -> tuple[bool, bool]:
    (folder / "main.wdl").write_text(many_inputs(limits.TEMPLATE_ENTRIES_WARN + 1))
    bad = cli("lint", "main.wdl", "--format", "json")
    (folder / "main.wdl").write_text(many_inputs(40))
    good = cli("lint", "main.wdl", "--format", "json")
    return "TPL007" in bad.codes, "TPL007" in good.codes


def tpl_008(folder: Path, cli: Cli) -> tuple[bool, bool]:
    (folder / "main.wdl").write_text(many_inputs(1))
    template = folder / "parameter-template.json"
    template.write_text('{"input_0": {"description": "x"}}' + " " * limits.TEMPLATE_MAX_BYTES)
    bad = cli("lint", "main.wdl", "--format", "json")
    template.write_text('{"input_0": {"description": "x"}}')
    good = cli("lint", "main.wdl", "--format", "json")
    return "TPL008" in bad.codes, "TPL008" in good.codes


def sec_006(folder: Path, cli: Cli) -> tuple[bool, bool]:
    with_data(folder, 2 * 1024 * 1024)
    bad = cli("lint", ".", "--include", "*.bin", "--format", "json")
    good = cli("lint", ".", "--format", "json")
    return "SEC006" in bad.codes, "SEC006" in good.codes


def req_001(folder: Path, cli: Cli) -> tuple[bool, bool]:
    del folder, cli  # the command line cannot say it; the Python API can
    definition = ZipDefinition(10, "0" * 64, "0" * 64)
    check = RULES["REQ001"].check
    both = Facts(request=Request(definition_zip=definition, definition_uri="s3://bucket/x.zip"))
    neither = Facts(request=Request())
    one = Facts(request=Request(definition_zip=definition))
    return bool(list(check(both)) and list(check(neither))), bool(list(check(one)))


def req_030(folder: Path, cli: Cli) -> tuple[bool, bool]:
    for name, content in CORRECT.items():
        (folder / name).write_text(content)
    (folder / ".git").mkdir()
    with (folder / "genome.fa").open("wb") as file:
        file.truncate(3_000_000_000)
    source = '{"connectionArn": "arn:aws:codeconnections:us-east-1:111122223333:connection/abc", "fullRepositoryId": "lab/calling"'
    words = ("submit", ".", "--dry-run", "--format", "json", "--definition-repository")
    bad = cli(*words, source + "}")
    good = cli(*words, source + ', "excludeFilePatterns": ["*.fa"]}')
    return bad.codes.count("REQ030") == 2, "REQ030" in good.codes  # the file, and all files together


def req_036(folder: Path, cli: Cli) -> tuple[bool, bool]:
    for name, content in CORRECT.items():
        (folder / name).write_text(content)
    words = ("submit", ".", "--name", "x", "--local", "--db", folder / "state.sqlite", "--format", "json")
    assert cli(*words, "--tags", "team=genomics").code == 0
    bad = cli(*words, "--description", "one")
    good = cli(*words, "--description", "two", "--tags", "team=genomics")
    return "REQ036" in bad.codes, "REQ036" in good.codes


def tpl_013(folder: Path, cli: Cli) -> tuple[bool, bool]:
    (folder / "main.wdl").write_text(many_inputs(1))
    (folder / "run.json").write_text('{"input_0": "' + "x" * limits.RUN_PARAMETERS_MAX_BYTES + '"}')
    bad = cli("lint", "main.wdl", "--run-parameters", "run.json", "--format", "json")
    (folder / "run.json").write_text('{"input_0": "x"}')
    good = cli("lint", "main.wdl", "--run-parameters", "run.json", "--format", "json")
    return "TPL013" in bad.codes, "TPL013" in good.codes


def nxf_062(folder: Path, cli: Cli) -> tuple[bool, bool]:
    (folder / "bin").mkdir()
    (folder / "main.nf").write_text("workflow { println params.input }\n")
    (folder / "bin/hello.sh").write_bytes(b"#!/usr/bin/env bash\r\necho hello\r\n")
    bad = cli("lint", "main.nf", "--format", "json", "--no-cache")
    (folder / "bin/hello.sh").write_bytes(b"#!/usr/bin/env bash\necho hello\n")
    good = cli("lint", "main.nf", "--format", "json", "--no-cache")
    return "NXF062" in bad.codes, "NXF062" in good.codes


def zip_021(folder: Path, cli: Cli) -> tuple[bool, bool]:
    (folder / "main.cwl").write_text(
        "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: bash\ninputs:\n  script:\n    type: File\n"
        "    default: {class: File, location: count.sh}\noutputs: []\n"
    )
    (folder / "count.sh").write_bytes(b"#!/usr/bin/env bash\r\necho hello\r\n")
    bad = cli("lint", "main.cwl", "--format", "json", "--no-cache")
    (folder / "count.sh").write_bytes(b"#!/usr/bin/env bash\necho hello\n")
    good = cli("lint", "main.cwl", "--format", "json", "--no-cache")
    return "ZIP021" in bad.codes, "ZIP021" in good.codes


PROSE_TESTS: dict[str, Callable[[Path, Cli], tuple[bool, bool]]] = {
    "ZIP001": zip_001,
    "ZIP002": zip_002,
    "ZIP004": zip_004,
    "ZIP006": zip_006,
    "ZIP021": zip_021,
    "TPL007": tpl_007,
    "TPL008": tpl_008,
    "TPL013": tpl_013,
    "REQ001": req_001,
    "REQ030": req_030,
    "REQ036": req_036,
    "SEC006": sec_006,
    "NXF062": nxf_062,
}


@pytest.mark.parametrize("code", PROSE)
def test_examples_in_prose_are_kept_too(code: str, in_folder: Path, cli: Cli) -> None:
    assert PROSE_TESTS[code](in_folder, cli) == (True, False)


def test_a_correct_workflow_is_met_with_silence(cli: Cli, in_folder: Path) -> None:
    for name, content in CORRECT.items():
        (in_folder / name).write_text(content)
    result = cli("lint", "main.wdl", "--region", "us-east-1", "--format", "json")
    assert result.json["diagnostics"] == []
    assert result.json["skipped"] == []


@pytest.mark.parametrize("code", list(codes.known()))
def test_every_code_is_documented(code: str) -> None:
    known = codes.known()[code]
    assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", known.name)
    assert known.summary.endswith(".")
    assert known.why
    assert not known.hint.endswith(".")
    assert known.source
    assert set(known.engines) <= set(codes.ENGINES)


@pytest.mark.parametrize("code", sorted(RULES))
def test_every_rule_says_more_than_a_line(code: str) -> None:
    assert RULES[code].code.why, "the docstring says what, but not why"


def test_a_rule_that_crashes_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    from packager.rules.rule import Rule

    def crash(_: Facts) -> list[object]:
        raise ZeroDivisionError("oops")

    broken = Rule(RULES["ZIP003"].code, RULES["ZIP003"].subject, crash)  # type: ignore[arg-type]  # it never returns
    monkeypatch.setitem(RULES, "ZIP003", broken)
    workflow = Workflow(engine=Engine.CWL, main="main.yml", name="x", language_version="v1.2")
    found = run(Facts(workflow=workflow, archive=ArchiveFacts((), None))).diagnostics
    assert [one.code for one in found] == ["INT001", "ZIP004"]
    assert "ZeroDivisionError" in found[0].message


@pytest.mark.parametrize("family", [None, *codes.FAMILIES])
def test_the_pages_of_the_rules_are_fresh(family: str | None, cli: Cli, golden: Golden) -> None:
    page = cli("rules", *([family] if family else []), "--format", "markdown").out
    golden(ROOT / "docs" / "rules" / f"{(family or 'index').lower()}.md", page)


def test_a_family_is_listed_alone(cli: Cli) -> None:
    listed = cli("rules", "map").out
    assert "MAP001" in listed
    assert "IMG001" not in listed
    assert {rule["code"][:3] for rule in cli("rules", "MAP", "--format", "json").json["rules"]} == {"MAP"}


def test_every_url_leads_to_its_place_in_a_page() -> None:
    for code in codes.known().values():
        file, _, anchor = code.url.partition("#")
        assert f'<a id="{anchor}"></a>' in (ROOT / file).read_text(encoding="utf-8")
    pages = {path.name for path in (ROOT / "docs" / "rules").iterdir()}
    assert pages == {"index.md", *(code.page.rpartition("/")[2] for code in codes.known().values())}
