"""What the service says of a definition becomes findings: errors first, and nothing is lost."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, Result
from hypothesis import given
from hypothesis import strategies as st

from packager.emulator import RunningEmulator
from packager.findings.diagnostic import Diagnostic, Severity
from packager.healthomics.status_messages import read

# As miniwdl prints the documents with their warnings.
OUTLINE = """\
variants.wdl
    (Ln 1, Col 1) MissingVersion, document should declare WDL version; draft-2 assumed
    workflow variants
        (Ln 9, Col 12) UnusedDeclaration, nothing references String label
        call tasks.align as realign
        scatter sample
            call index
    tasks : align_tasks.wdl
        task align
            (Ln 21, Col 10) StringCoercion, String memory = :Int:
        task trim (not called)
            (Ln 48, Col 10) NameCollision (suppressed), declaration of 'trim' collides with a task name"""
# As miniwdl prints errors, with an excerpt of the source.
ERRORS = """\
(variants.wdl Ln 12 Col 22) Unknown identifier refrence
        File fasta = refrence
                     ^^^^^^^^
(tasks/align.wdl Ln 30 Col 5) call sort missing required input(s) bam, threads
* Hint: document should begin with WDL version declaration"""


def places(found: tuple[Diagnostic, ...]) -> list[tuple[str, str, int, int]]:
    return [(str(one.severity), one.path, one.line, one.column) for one in found]


def messages(found: tuple[Diagnostic, ...]) -> list[str]:
    return [one.message for one in found]


def lint_report(**members: Any) -> str:
    entry = {"filename": "main.nf", "startLine": 3, "startColumn": 5, "message": "`foo` is not defined"}
    report = {
        "advisory": True,
        "summary": {"errors": 1, "filesWithErrors": 1, "warnings": 0},
        "errors": [entry],
        "warnings": [],
    }
    return json.dumps(report | members)


# --- the checker's text ---


@pytest.mark.parametrize("lost", [False, True], ids=["with line ends", "line ends became spaces"])
def test_the_outline_of_an_active_workflow_gives_warnings_in_their_documents(lost: bool) -> None:
    found = read(OUTLINE.replace("\n", " ") if lost else OUTLINE, status="ACTIVE", engine="WDL")
    assert places(found) == [
        ("warning", "variants.wdl", 1, 1),
        ("warning", "variants.wdl", 9, 12),
        ("warning", "align_tasks.wdl", 21, 10),
        ("info", "align_tasks.wdl", 48, 10),
    ]
    assert messages(found)[0] == "MissingVersion, document should declare WDL version; draft-2 assumed"
    assert {one.code for one in found} == {"REQ021"}


def test_an_outline_without_warnings_says_nothing() -> None:
    outline = "\n".join(line for line in OUTLINE.splitlines() if "(Ln" not in line)
    assert read(outline, status="ACTIVE", engine="WDL") == ()
    assert "workflow variants" in messages(read(outline, status="FAILED", engine="WDL"))[0]


@pytest.mark.parametrize("lost", [False, True], ids=["with line ends", "line ends became spaces"])
def test_errors_have_their_places_and_excerpts(lost: bool) -> None:
    found = read(ERRORS.replace("\n", " ") if lost else ERRORS, status="FAILED", engine="WDL")
    assert places(found) == [("error", "variants.wdl", 12, 22), ("error", "tasks/align.wdl", 30, 5)]
    assert messages(found) == [
        "Unknown identifier refrence, in `File fasta = refrence`",
        "call sort missing required input(s) bam, threads",
    ]
    assert (found[0].place.end_line, found[0].place.end_column) == (12, 30)
    assert found[1].hint == "document should begin with WDL version declaration"
    assert {one.code for one in found} == {"REQ020"}


def test_the_error_after_two_hundred_warnings_comes_first() -> None:
    warnings = [
        f"(Ln {number}, Col 5) UnusedDeclaration, nothing references String s{number}" for number in range(1, 201)
    ]
    found = read("\n".join([*warnings, "No such function: collect_by_key"]), status="FAILED", engine="WDL")
    assert (found[0].severity, found[0].message) == (Severity.ERROR, "No such function: collect_by_key")
    assert len(found) == 100
    assert all(one.severity is Severity.WARNING for one in found[1:])
    assert found[-1].message == "the service reports 102 more: 102 warning"


def test_warnings_of_a_failed_workflow_stay_warnings_below_its_errors() -> None:
    found = read(f"{OUTLINE}\n{ERRORS}", status="FAILED", engine="WDL")
    assert [str(one.severity) for one in found] == ["error"] * 2 + ["warning"] * 3 + ["info"]


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        ("(main.wdl Ln 12 Col 3) NoSuchInput, no input x", [("error", "main.wdl", 12, 3)]),
        ("main.wdl (Ln 1, Col 1) MissingVersion, draft-2 assumed", [("warning", "main.wdl", 1, 1)]),
        ("main.wdl: (Ln 7, Col 2) Unknown identifier x", [("error", "main.wdl", 7, 2)]),
        ("(my files/main.wdl Ln 2 Col 4) Unknown identifier x", [("error", "my files/main.wdl", 2, 4)]),
        ("(./main.wdl Ln 2 Col 4) Unknown identifier x", [("error", "main.wdl", 2, 4)]),
        ("(main.wdl) the document is circular", [("error", "main.wdl", 0, 0)]),
        ("main.wdl\nLine 3, unexpected token", [("error", "main.wdl", 3, 0)]),
        ("main.cwl:3:1: Missing required field 'class'", [("error", "main.cwl", 3, 1)]),
        ("Error main.nf:6:14: Unexpected input: '{'", [("error", "main.nf", 6, 14)]),
        ("Warning: nextflow.config:2: unknown option", [("warning", "nextflow.config", 2, 0)]),
        ("Workflow creation failed: (main.wdl Ln 3 Col 1) no such task", [("error", "main.wdl", 3, 1)]),
        ("(a.wdl Ln 1 Col 2) one; (b.wdl Ln 3 Col 4) two", [("error", "a.wdl", 1, 2), ("error", "b.wdl", 3, 4)]),
        ("(a.wdl Ln 1 Col 2) one (b.wdl Ln 3 Col 4) two", [("error", "a.wdl", 1, 2), ("error", "b.wdl", 3, 4)]),
        (
            "(main.wdl Ln 1 Col 1) UnusedCall, x; (main.wdl Ln 9 Col 1) No such task",
            [("error", "main.wdl", 9, 1), ("warning", "main.wdl", 1, 1)],
        ),
    ],
)
def test_the_forms_that_a_place_comes_in(message: str, expected: list[tuple[str, str, int, int]]) -> None:
    assert [one for one in places(read(message, status="FAILED", engine=None)) if one[1]] == expected


def test_warnings_without_places_are_told_apart() -> None:
    message = "MissingVersion, document should declare WDL version; draft-2 assumed; no input parameters were found"
    assert messages(read(message, status="ACTIVE", engine="WDL")) == [
        "MissingVersion, document should declare WDL version; draft-2 assumed",
        "no input parameters were found",
    ]


def test_a_place_without_a_file_stays_in_the_words() -> None:
    (found,) = read("(Ln 6, Col 5) UnusedDeclaration, nothing references x", status="ACTIVE", engine="WDL")
    assert found.message == "UnusedDeclaration, nothing references x (line 6, column 5)"
    assert (found.path, found.line) == ("", 0)


def test_an_error_of_several_lines_is_one_finding() -> None:
    message = "(main.wdl Ln 3 Col 5) Unexpected token '}'\nExpected one of:\n\t* LPAR\n\t* CNAME\n    }\n    ^"
    (found,) = read(message, status="FAILED", engine="WDL")
    assert found.message == "Unexpected token '}' Expected one of: * LPAR * CNAME, in `}`"
    assert (found.line, found.column, found.place.end_column) == (3, 5, 6)


# --- the report of the Nextflow linter ---


def test_the_advice_of_the_linter_is_a_note_at_its_place() -> None:
    (found,) = read(lint_report(), status="ACTIVE", engine="NEXTFLOW")
    assert (found.code, found.severity) == ("REQ021", Severity.INFO)
    assert (found.path, found.line, found.column, found.message) == ("main.nf", 3, 5, "`foo` is not defined")
    assert "26.04" in found.hint


def test_the_words_of_a_report_are_shown_once() -> None:
    found = read(lint_report(advisory="Nothing here blocks the workflow"), status="ACTIVE", engine="NEXTFLOW")
    assert [(str(one.severity), one.message) for one in found] == [
        ("info", "`foo` is not defined"),
        ("info", "Nothing here blocks the workflow"),
    ]


def test_a_report_without_findings_says_nothing() -> None:
    assert read(lint_report(summary={"errors": 0}, errors=[]), status="ACTIVE", engine="NEXTFLOW") == ()


def test_a_shortened_report_says_so() -> None:
    found = read(
        lint_report(truncated=True, summary={"errors": 71, "filesWithErrors": 9}), status="ACTIVE", engine="NEXTFLOW"
    )
    assert found[-1].message == "the service shows only a part of its findings (errors: 71, filesWithErrors: 9)"
    assert len(found) == 2
    assert read(lint_report(summary={"errors": 71}), status="ACTIVE", engine="NEXTFLOW")[-1].message.endswith(
        "(errors: 71)"
    )


def test_a_report_that_does_not_stop_anything_is_not_why_it_failed() -> None:
    found = read(lint_report(), status="FAILED", engine="NEXTFLOW")
    assert [str(one.severity) for one in found] == ["error", "info"]
    assert found[0].message == "the workflow became FAILED, and its status message contains no error"
    found = read(lint_report(advisory=False), status="FAILED", engine="NEXTFLOW")
    assert places(found) == [("error", "main.nf", 3, 5)]


def test_a_report_with_words_around_it() -> None:
    found = read(f"Lint findings: {lint_report()} see the guide", status="ACTIVE", engine="NEXTFLOW")
    assert messages(found) == ["see the guide", "Lint findings:", "`foo` is not defined"]
    assert [str(one.severity) for one in found] == ["warning", "info", "info"]


@pytest.mark.parametrize("cut", range(1, 60))
def test_a_report_that_is_cut_off_gives_what_is_whole(cut: int) -> None:
    entries = [
        {"filename": "a.nf", "startLine": number, "startColumn": 1, "message": f"objection {{{number}"}
        for number in (1, 2, 3)
    ]
    whole = json.dumps({"errors": entries})
    found = read(whole[:-cut], status="ACTIVE", engine="NEXTFLOW")
    assert messages(found)[:2] == ["objection {1", "objection {2"]
    assert "cut off" in found[-1].message


def test_entries_of_another_form_are_shown_as_they_are() -> None:
    report = lint_report(errors=["plain", {"file": "x"}, 7, {"message": "m", "filename": 3, "startLine": -1}])
    assert messages(read(report, status="ACTIVE", engine="NEXTFLOW")) == ["plain", '{"file": "x"}', "7", "m"]


# --- anything else ---


@pytest.mark.parametrize(
    "message", ["Invalid zip file", '{"reason": "unknown"}', "{", "an {unbalanced text", "[1, 2]", "main.wdl"]
)
def test_any_other_text_is_one_finding(message: str) -> None:
    (found,) = read(message, status="FAILED", engine=None)
    assert (found.code, found.severity, found.message) == ("REQ020", Severity.ERROR, message)


def test_no_text() -> None:
    assert read("", status="ACTIVE", engine=None) == read("  \n", status="CREATING", engine=None) == ()
    (found,) = read("", status="FAILED", engine=None)
    assert found.message == "the workflow became FAILED, and its status message is empty"


def test_control_characters_and_endless_texts_do_not_get_through() -> None:
    (found,) = read("\x1b[31mred\x1b[0m \u202eword\u2069 \x07", status="FAILED", engine=None)
    assert found.message == "red word"
    (found,) = read("long " * 1000, status="FAILED", engine=None)
    assert len(found.message) == 1000
    assert found.message.endswith("…")
    assert "60,000 more characters" in read("a" * 260_000, status="FAILED", engine=None)[-1].message


# --- the command ---


def test_status_shows_what_the_service_objects_to(
    submit: Callable[..., Result], cli: Cli, emulator: RunningEmulator, files: Callable[[dict[str, str | bytes]], Path]
) -> None:
    folder = files({"main.wdl": "version 1.0\nworkflow w {\n  Int x = y\n}\n"})
    workflow = submit(folder, "--no-lint").json["workflowId"]
    where = ("--endpoint-url", emulator.endpoint_url, "--region", "us-east-1")
    shown = cli("status", workflow, *where)
    assert shown.code == 3
    assert "main.wdl:3:11: error REQ020" in shown.out
    assert "the service reports" not in shown.out
    answer = cli("status", workflow, *where, "--format", "json")
    (found,) = answer.json["diagnostics"]
    assert (found["code"], found["path"], found["line"], found["column"]) == ("REQ020", "main.wdl", 3, 11)
    assert found["message"] in answer.json["statusMessage"]


def test_status_of_an_active_workflow_shows_warnings(
    submit: Callable[..., Result], cli: Cli, emulator: RunningEmulator, files: Callable[[dict[str, str | bytes]], Path]
) -> None:
    folder = files({"main.wdl": "workflow w {\n}\n"})
    workflow = submit(folder, "--no-lint").json["workflowId"]
    shown = cli("status", workflow, "--endpoint-url", emulator.endpoint_url, "--region", "us-east-1")
    assert shown.code == 0
    assert "warning REQ021 MissingVersion, document should declare WDL version; draft-2 assumed" in shown.out


# --- laws ---

WORDS = st.text(alphabet=st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=12)
PIECES = st.sampled_from(
    [
        "(main.wdl Ln 12 Col 3) ", "(Ln 6, Col 5) ", "UnusedDeclaration, ", "main.wdl", "\n", "    ", "; ", "^^^", "task t", "{", "}", "[",
        '"errors": [', "* Hint: ", "Line 3, ", "error: ", "a.nf:3:4: ", "(b.wdl) ", "\x1b[1m", "lib : x.wdl", lint_report(),
        lint_report()[:90],
    ]
)  # fmt: skip
TEXTS = st.one_of(st.text(max_size=300), st.lists(st.one_of(PIECES, WORDS), max_size=25).map("".join))
STATUSES = st.sampled_from(["FAILED", "ACTIVE", "CREATING", "DELETED", "INACTIVE", "UPDATING", "SOMETHING"])
ENGINES = st.sampled_from([None, "WDL", "NEXTFLOW", "CWL", "WDL_LENIENT"])


@given(TEXTS, STATUSES, ENGINES)
def test_any_text_gives_findings_that_fit_the_status(message: str, status: str, engine: str | None) -> None:
    found = read(message, status=status, engine=engine)
    errors = [one for one in found if one.severity is Severity.ERROR]
    assert bool(errors) == (status == "FAILED")
    assert list(found[: len(errors)]) == errors
    assert all(one.code == ("REQ020" if one.severity is Severity.ERROR else "REQ021") for one in found)
    assert all(one.message.strip() and one.hint for one in found)
    assert all("\n" not in one.message and len(one.message) <= 1000 for one in found)
    assert all(one.line == one.column == 0 or one.path for one in found)


LINES = st.one_of(
    WORDS,
    st.builds("(main.wdl Ln {0} Col 3) {1}".format, st.integers(1, 99), WORDS),
    st.builds("    (Ln {0}, Col 3) UnusedCall, {1}".format, st.integers(1, 99), WORDS),
    st.builds("Error: {0}".format, WORDS),
    st.builds("Line 4, {0}".format, WORDS),
)


@given(st.lists(LINES, max_size=12), STATUSES)
def test_every_line_is_represented(lines: list[str], status: str) -> None:
    shown = " ".join(f"{one.message} {one.hint}" for one in read("\n".join(lines), status=status, engine="WDL"))
    for line in lines:
        word = re.split(r"\s", line)[-1]
        assert word in shown
