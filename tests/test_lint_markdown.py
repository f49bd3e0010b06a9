"""The report of lint as Markdown, such as a job summary: what a person sees first, what is folded, and how large it can be."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from conftest import WORKFLOWS, Cli
from samples import sampled

import packager.rules  # noqa: F401 - registers the codes of the rules
from packager.findings.causes import Cause
from packager.findings.diagnostic import Diagnostic, Place, Severity, Skipped
from packager.findings.report import Report
from packager.render.lint_markdown import MOST_BYTES, lint_markdown
from packager.render.markdown import code_span, prose
from packager.render.report_text import NO_ENDING, Ending, Section

HOSTILE = (
    "<img src=x onerror=y>", "</details>", "[a](https://example.org)", "![a](https://example.org/x.png)", "@someone", "**a**",
    "a | b", "`", "``` x", "`<b>`<b>", "` ``<b>`` `", "# a", "- a", "1. a",
    "https://example.org", "www.example.org", "&lt;", "$x$", "~~a~~",
    "_a_", "\\", "#1", "::error::x", " ",
)  # fmt: skip


def finding(
    severity: Severity = Severity.ERROR, message: str = "`a` is wrong", *, path: str = "main.wdl", line: int = 4
) -> Diagnostic:
    return Diagnostic(Place(path, line, 9, line, 12), "IMG001", severity, message, "copy `a`", "a", Cause.NONE)


def test_errors_come_first_and_the_rest_is_folded(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(WORKFLOWS)
    text = cli("lint", "wdl-problems", "--format", "markdown").out
    head, *_ = text.split("<details>")
    assert re.match(r"### packager lint: \d+ errors, \d+ warnings, \d+ notes\n\n\*\*\d+ errors\*\*\n\n- `wdl-", head)
    assert (
        "- `wdl-problems/tasks/qc.wdl:20:14` **RES002** (resources-out-of-range): `fastqc` requests 256 vCPUs" in head
    )
    assert "  <br>hint: " in head
    folded = re.findall("<summary>(.*)</summary>", text)
    assert [re.sub(r"\d+ ", "", title) for title in folded] == [
        "warnings",
        "notes",
        "checks did not run",
        "Picture of wdl-problems (calls)",
    ]
    assert "```mermaid\nflowchart TB\n" in text
    assert text.endswith("Next:\n\n```sh\npackager lint wdl-problems --fix\n```\n")


def test_a_table_by_workflow_the_worst_first(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(WORKFLOWS)
    text = cli("lint", "wdl-variants", "cwl-records", "wdl-problems", "--format", "markdown").out
    rows = [line for line in text.splitlines() if line.startswith("|")]
    assert rows[0] == "| workflow | errors | warnings | notes |"
    assert [row.split("`")[1] for row in rows[2:]] == ["wdl-problems", "cwl-records"]
    assert "1 workflow without findings" in text
    # One workflow needs no table.
    assert "| ---" not in cli("lint", "wdl-variants", "--format", "markdown").out


def test_without_errors_the_warnings_are_open() -> None:
    text = lint_markdown(Report((finding(Severity.WARNING), finding(Severity.INFO))), (), NO_ENDING)
    assert "**1 warning**\n\n- `main.wdl:4:9`" in text
    assert re.findall("<summary>(.*)</summary>", text) == ["1 note"]


def test_nothing_found_is_one_line_and_the_next_command(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(WORKFLOWS)
    text = cli("lint", "wdl-variants", "--format", "markdown", "--region", "us-east-1").out
    assert text.startswith("### packager lint: no findings\n")
    assert "```sh\npackager package wdl-variants" in text


def test_many_errors_of_a_code_are_counted() -> None:
    report = Report(tuple(finding(line=number) for number in range(1, 100)))
    text = lint_markdown(report, (), NO_ENDING)
    assert "**99 errors**" in text
    assert text.count("**IMG001**") == 20
    assert "- and 79 more of IMG001" in text
    assert text.count("hint:") == 1


def outside_of_spans(text: str) -> str:
    """What a Markdown parser reads as text: everything but code spans, as CommonMark pairs their fences."""
    out, at = "", 0
    while (fence := re.compile("`+").search(text, at)) is not None:
        out += text[at : fence.start()]
        close = next((run for run in re.finditer("`+", text[fence.end() :]) if run[0] == fence[0]), None)
        if close is None:
            out += fence[0]
            at = fence.end()
        else:
            at = fence.end() + close.end()
    return out + text[at:]


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("form", ["{}", "`{}` is wrong", "x {} y `{}`", "`x`{}`y`"])
def test_foreign_text_has_no_effect(text: str, form: str) -> None:
    message = form.replace("{}", text)
    shown = outside_of_spans(prose(message))
    assert not re.search(r"[<>\[\]*_|@$~!\\]|://|www\.|&(?!#\d+;)", shown), shown
    assert "\n" not in prose(message)
    report = Report((finding(message=message, path=text),), (Skipped("IMG002", message),))
    sections = (Section(text, report), Section("other", Report()))
    document = lint_markdown(report, sections, Ending(step=text))
    for line in document.split("Next:")[0].splitlines():
        assert not line or line.startswith(
            ("#", "*", "-", "  <br>hint", "<details>", "</details>", "<summary>", "|", "1 ")
        )
    (row,) = [
        line for line in document.splitlines() if line.startswith("| ") and "errors" not in line and "---" not in line
    ]
    assert len(re.findall(r"(?<!\\)\|", row)) == 5


def test_text_without_marks_stays_readable() -> None:
    assert prose("Nextflow uses `nf-schema` 2.6.1 - not 2.5.1") == "Nextflow uses `nf-schema` 2.6.1 - not 2.5.1"
    assert (
        prose("`a` requests 2 GiB (of 3), see `b|c`: 50% - or 1.5.")
        == "`a` requests 2 GiB (of 3), see `b|c`: 50% - or 1.5."
    )
    assert code_span("") == "*(empty)*"


@pytest.mark.parametrize("wide", sampled(["é" * 3_000, "`" * 3_000, "<" * 3_000], ["<" * 3_000]))
def test_it_always_fits_into_a_job_summary(wide: str) -> None:
    findings = tuple(
        finding(severity, wide, path=f"{number}{wide}", line=number % 50 + 1)
        for severity in Severity
        for number in range(300)
    )
    report = Report(findings, tuple(Skipped("IMG002", f"{number} {wide}") for number in range(300)))
    sections = tuple(Section(f"{number}{wide}", report) for number in range(300))
    text = lint_markdown(report, sections, NO_ENDING)
    assert len(text.encode()) <= MOST_BYTES
    assert "more workflows with findings" in text


def test_a_file_of_it_in_the_same_run(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(WORKFLOWS)
    done = cli("lint", "wdl-problems", "--output", f"markdown={tmp_path / 'summary.md'}")
    assert done.code == 1
    assert (tmp_path / "summary.md").read_text(encoding="utf-8") == cli(
        "lint", "wdl-problems", "--format", "markdown"
    ).out
