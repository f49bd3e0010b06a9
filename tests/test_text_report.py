"""What a person reads of a report: each cause once, notes as a count, lines as wide as the terminal, and the next command."""

from __future__ import annotations

import io
import re
import shlex
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import ROOT, Cli, Golden
from hypothesis import given
from hypothesis import strategies as st
from test_fix import CASES

from packager.cli import progress, streams
from packager.findings import codes
from packager.findings.causes import Cause, sentence
from packager.findings.diagnostic import Diagnostic, Place, Severity, Skipped, in_order
from packager.findings.report import Report
from packager.render.folding import DEFAULT_VIEW, EVERYTHING, Detail, View, fold
from packager.render.github import github_text
from packager.render.report_text import Scope, errors_text, report_text
from packager.render.terminal import Style, table
from packager.render.wrapping import ELLIPSIS, beginning, columns, last_part, shortened, wrapped

Files = Callable[[dict[str, str | bytes]], Path]
EXPECTED = ROOT / "fixtures" / "expected" / "terminal"
TOOLS = [f"tool{number:02}" for number in range(30)]
PUBLISHED = "/mnt/workflow/pubdir"


def process(name: str, image: str) -> str:
    return f"""process {name.upper()} {{
    container '{image}'
    cpus 2
    memory 4.GB
    {"containerOptions '--user root'" if name == "tool00" else ""}

    output:
    path '{name}.txt'

    script:
    \"\"\"
    {name} > {name}.txt
    \"\"\"
}}
"""


def pipeline() -> dict[str, str | bytes]:
    """A pipeline of 30 tasks, each with an image of a public registry, as many public pipelines are."""
    hosts = ["quay.io/biocontainers", "quay.io/biocontainers", "community.wave.seqera.io/library", "docker.io/tools"]
    files: dict[str, str | bytes] = {
        f"modules/{name}.nf": process(name, f"{hosts[number % len(hosts)]}/{name}:1.{number}")
        for number, name in enumerate(TOOLS)
    }
    includes = "\n".join(f"include {{ {name.upper()} }} from './modules/{name}'" for name in TOOLS)
    calls = "\n".join(f"    {name.upper()}()" for name in TOOLS)
    files["main.nf"] = f"{includes}\n\nworkflow {{\n{calls}\n}}\n"
    files["nextflow.config"] = (
        "params.outdir = null\nparams.configs = 'https://raw.githubusercontent.com/organisation/configs/master'\n"
        'includeConfig params.configs ? "${params.configs}/custom.config" : "/dev/null"\n'
        "manifest { nextflowVersion = '!>=24.10.0' }\n"
        f"process.publishDir = '{PUBLISHED}'\n"
    )
    files["nextflow_schema.json"] = (
        '{"$schema": "https://json-schema.org/draft/2020-12/schema",\n'
        ' "properties": {"configs": {"type": "string"}, "outdir": {"type": "string", "description": "results"}}}\n'
    )
    return files


def on_terminal(monkeypatch: pytest.MonkeyPatch, width: int | None) -> None:
    """Output as on a terminal of this width, without colours."""
    monkeypatch.setattr("packager.cli.output.width", lambda _: width)


@pytest.mark.parametrize("width", [80, 120, None], ids=["80", "120", "pipe"])
def test_a_pipeline_of_thirty_images_without_a_map(
    width: int | None, files: Files, cli: Cli, golden: Golden, monkeypatch: pytest.MonkeyPatch
) -> None:
    files({f"flow/{path}": content for path, content in pipeline().items()})
    on_terminal(monkeypatch, width)
    text = cli("lint", "flow").out
    assert text.count("IMG001") == 1
    assert len(text.splitlines()) <= 20
    assert max(map(columns, text.splitlines())) <= (width or 1000)
    assert (cli("lint", "flow", "--format", "json").out.count('"IMG001"')) >= len(TOOLS)
    golden(EXPECTED / f"lint-{width or 'pipe'}.txt", text)


def test_package_needs_four_lines(files: Files, cli: Cli) -> None:
    files({f"flow/{path}": content for path, content in pipeline().items()})
    done = cli("package", "flow", "-o", "flow.zip")
    assert done.code == 0
    assert len(done.out.splitlines()) == 2
    assert re.fullmatch(r"3\d warnings, \d notes?: `packager lint flow` shows them\nnext: `.+`\n", done.err)
    assert cli("package", "flow", "-o", "flow.zip", "--quiet").err == ""


def finding(
    message: str = "it is wrong",
    *,
    path: str = "main.wdl",
    line: int = 0,
    code: str = "IMG001",
    severity: Severity = Severity.WARNING,
    **others: Any,
) -> Diagnostic:
    return Diagnostic(Place(path, line), code, severity, message, **others)


def text_of(*findings: Diagnostic, view: View = DEFAULT_VIEW) -> str:
    return report_text(Report(in_order(findings)), Style(), lambda _: None, view=view)


# --- causes ---


def test_a_cause_is_told_once_by_its_parts() -> None:
    images = [f"quay.io/x/{number}" for number in range(20)] + [f"ghcr.io/x/{number}" for number in range(4)]
    assert (
        sentence(Cause.IMAGES_OUTSIDE_ECR, images, [image.split("/")[0] for image in images])
        == "24 images from quay.io (20), ghcr.io (4) are not in private ECR"
    )
    assert sentence(Cause.IMAGES_OUTSIDE_ECR, images[:4], ["quay.io"] * 4) == (
        "4 images from quay.io are not in private ECR"
    )
    assert sentence(Cause.IMAGES_OUTSIDE_ECR, images[:2], ["quay.io"] * 2) == (
        "2 images are not in private ECR: `quay.io/x/0`, `quay.io/x/1`"
    )
    assert sentence(Cause.TASKS_WITHOUT_IMAGE, ["a", "b", "c", "d"]) == (
        "4 tasks have no container image: `a`, `b`, `c` and 1 more"
    )
    assert sentence(Cause.TASKS_WITHOUT_IMAGE, ["a", "a", "b", "c", "d"]) == (
        "5 tasks have no container image: `a`, `b`, `c` and 2 more"
    )
    assert sentence(Cause.TASKS_WITHOUT_IMAGE, ["a", "a", "a"]) == "3 tasks have no container image: `a` and 2 more"
    six = ["a", "b", "c", "d", "e", "f"]
    assert sentence(Cause.IMAGES_OUTSIDE_ECR, six, six).startswith(
        "6 images from a (1), b (1), c (1), d (1), 2 other registries (2) are"
    )
    assert " d (1), 1 other Region (1) are " in sentence(Cause.IMAGES_OF_ANOTHER_REGION, six[:5], six[:5])


def test_an_image_of_multiple_workflows_is_counted_once() -> None:
    shared = ["quay.io/x/1", "quay.io/x/2", "quay.io/x/1"]
    assert sentence(Cause.MUTABLE_IMAGES, shared) == (
        "2 images have no tag or the tag `latest`: `quay.io/x/1`, `quay.io/x/2`"
    )
    assert sentence(Cause.IMAGES_OUTSIDE_ECR, shared[:1] * 2, ["quay.io"] * 2) == (
        "1 image is not in private ECR: `quay.io/x/1`"
    )
    many = [*(f"ghcr.io/x/{number}" for number in range(4)), *shared]
    assert sentence(Cause.IMAGES_OUTSIDE_ECR, many, [image.split("/")[0] for image in many]) == (
        "6 images from ghcr.io (4), quay.io (2) are not in private ECR"
    )


def test_every_cause_has_a_sentence() -> None:
    for cause in Cause:
        if cause is not Cause.NONE:
            assert sentence(cause, ["a", "b"]).startswith("2 ")


def test_only_findings_of_one_cause_severity_and_hint_are_told_together() -> None:
    def image(number: int, **changes: Any) -> Diagnostic:
        shared = {"cause": Cause.IMAGES_OUTSIDE_ECR, "part": "quay.io", "hint": "map it", "subject": f"image {number}"}
        return finding(f"image {number}", line=number, **{**shared, **changes})

    alike = [image(1), image(2), image(3)]
    other = [image(4, severity=Severity.ERROR), image(5, hint="copy it"), image(6, cause=Cause.NONE)]
    shown = [len(each.members) for each in fold(Report(in_order([*alike, *other]))).shown]
    assert sorted(shown) == [1, 1, 1, 3]
    assert "3 images are not in private ECR: `image 1`, `image 2`, `image 3`" in text_of(*alike, *other)
    everything = text_of(*alike, *other, view=EVERYTHING)
    assert all(f"main.wdl:{number}: " in everything for number in range(1, 7))


def test_the_words_of_a_message_never_group() -> None:
    text = text_of(*(finding("the image `x` is not in private ECR", line=line) for line in (1, 2, 3)))
    assert text.count("the image `x`") == 3


# --- folding ---


def test_notes_are_one_line() -> None:
    notes = [finding(f"note {line}", line=line, severity=Severity.INFO) for line in range(1, 7)]
    assert text_of(*notes) == "0 errors, 0 warnings, 6 notes (--show info)\n"
    shown = text_of(*notes, view=View(details=frozenset({Detail.INFO})))
    assert all(f"note {line}" in shown for line in range(1, 7))


def test_the_same_hint_is_shown_once() -> None:
    text = text_of(*(finding(f"cause {line}", line=line, hint="do it") for line in (1, 2, 3)))
    assert text.count("hint: do it") == 1
    everything = text_of(*(finding(f"cause {line}", line=line, hint="do it") for line in (1, 2, 3)), view=EVERYTHING)
    assert everything.count("hint: do it") == 3


def test_a_code_with_very_many_findings_is_counted() -> None:
    warnings = [finding(f"place {line}", line=line) for line in range(1, 41)]
    text = text_of(*warnings)
    assert text.count("warning IMG001") == 10
    assert "30 more findings of IMG001: --show all\n" in text
    errors = [finding(f"place {line}", line=line, severity=Severity.ERROR) for line in range(1, 41)]
    assert "20 more findings of IMG001: --show all\n" in text_of(*errors)


def test_codes_with_very_many_findings_are_counted_apart() -> None:
    many = [finding(f"place {line}", line=line, code=code) for code in ("IMG001", "IMG003") for line in range(1, 21)]
    assert "20 more findings of IMG001 (10), IMG003 (10): --show all\n" in text_of(*many)


def test_reasons_are_folded() -> None:
    skipped = tuple(Skipped("IMG001", f"reason {number}") for number in range(9))
    report = Report((), (*skipped, Skipped("RES001", "reason 0"), Skipped("IMG001", "reason 0")))
    text = report_text(report, Style(), lambda _: None)
    assert text.count("not checked") == 4
    assert "not checked IMG001, RES001: reason 0\n" in text
    assert "not checked for 6 other reasons: --show skipped\n" in text
    whole = report_text(report, Style(), lambda _: None, view=View(details=frozenset({Detail.SKIPPED})))
    assert all(f"reason {number}" in whole for number in range(9))


SEVERITIES = st.sampled_from(Severity)
WORDS = st.text("abc `/'-\\é界:@", min_size=1, max_size=60).map(lambda text: " ".join(text.split()) or "x")
FINDINGS = st.builds(
    finding,
    WORDS,
    path=st.sampled_from(["a.wdl", "b/c.wdl", ""]),
    line=st.integers(0, 3),
    code=st.sampled_from(["IMG001", "RES001", "WDL001"]),
    severity=SEVERITIES,
    hint=st.sampled_from(["", "do it", "run `packager map generate my/very/long/path/of/a/workflow -o file.json`"]),
    subject=st.sampled_from(["", "a", "b"]),
    cause=st.sampled_from([Cause.NONE, Cause.IMAGES_OUTSIDE_ECR, Cause.TASKS_WITHOUT_IMAGE]),
    part=st.sampled_from(["", "quay.io"]),
)
REPORTS = st.lists(FINDINGS, max_size=40).map(
    lambda findings: Report(in_order(findings), (Skipped("IMG002", "no Region is set"),))
)


@given(REPORTS, st.sampled_from([View(), View(least=Severity.ERROR), View(details=frozenset({Detail.INFO}))]))
def test_every_finding_is_shown_or_counted(report: Report, view: View) -> None:
    folded = fold(report, view)
    shown = [member for each in folded.shown for member in each.members]
    hidden, more = sum(number for _, number in folded.hidden), sum(number for _, number in folded.more)
    assert len(shown) == len(set(shown))
    assert set(shown) <= set(report.diagnostics)
    assert len(shown) + hidden + more == len(report.diagnostics)


@given(REPORTS)
def test_show_all_has_each_finding_of_the_json(report: Report) -> None:
    lines = report_text(report, Style(), lambda _: None, view=EVERYTHING).splitlines()
    for each in report.diagnostics:
        place = f"{each.path}:{each.line}: " if each.path and each.line else f"{each.path}: " if each.path else ""
        assert f"{place}{each.severity} {each.code} {each.message}" in lines


# --- widths ---


def joined(lines: list[str]) -> str:
    """Wrapped lines as one, without blanks and without the backslashes that continue a command."""
    return "".join(re.sub(r" \\$", "", line).replace(" ", "") for line in lines)


@given(WORDS, st.integers(20, 60))
def test_wrapping_loses_nothing_and_fits(text: str, width: int) -> None:
    lines = wrapped(f"warning {text}", width)
    assert "".join(lines).replace(" ", "") == f"warning {text}".replace(" ", "")
    assert all(columns(line) <= width for line in lines)


@given(REPORTS, st.integers(60, 100))
def test_a_terminal_shows_what_a_pipe_shows(report: Report, width: int) -> None:
    terminal = report_text(report, Style(width=width), lambda _: None, view=EVERYTHING)
    pipe = report_text(report, Style(), lambda _: None, view=EVERYTHING)
    assert joined(terminal.splitlines()) == joined(pipe.splitlines())
    assert all(columns(line) <= width for line in terminal.splitlines())


def test_a_wrapped_command_can_be_pasted() -> None:
    command = "packager map generate 'my flow/main.wdl' -o 'my flow/map.json' --account 111122223333 --region us-east-1"
    lines = wrapped(f"hint: map all images with `{command}`, or copy them to private ECR", 60)
    assert max(map(len, lines)) <= 60
    pasted = "\n".join(lines).split("`")[1]
    assert shlex.split(pasted.replace("\\\n", "")) == shlex.split(command)
    assert not any(line.endswith(("-o \\", "--account \\", "--region \\")) for line in lines)


def test_what_touches_a_command_stays_with_it() -> None:
    lines = wrapped("exclude data files (`packager package flow --list` shows them, `packager rules`: all), please", 40)
    assert joined(lines) == "excludedatafiles(`packagerpackageflow--list`showsthem,`packagerrules`:all),please"
    assert not any("( `" in line or "` :" in line for line in lines)
    assert max(map(len, lines)) <= 40


def test_a_path_and_the_words_of_a_command_stay_whole() -> None:
    path = "a/" * 30 + "main.wdl:3:1"
    lines = wrapped(f"{path}: error WDL001 it is wrong", 40)
    assert lines == [f"{path}:", "    error WDL001 it is wrong"]
    lines = wrapped(f"hint: `packager lint {path}`", 40)
    assert path in "".join(lines[-1:])


def test_a_long_name_is_broken_at_its_parts() -> None:
    image = "registry.example.com/organisation/tool@sha256:" + "0" * 64
    lines = wrapped(f"warning IMG001 the image `{image}` is not in private ECR", 60)
    assert max(map(len, lines)) <= 60
    assert image in joined(lines)


def test_wide_characters_take_two_columns() -> None:
    assert columns("界a\033[1m\u0301") == 3
    assert beginning("界界", 3) == "界"
    assert shortened("界界", 3) == "界" + ELLIPSIS
    assert last_part("a/界.wdl", 6) == ELLIPSIS + ".wdl"
    assert last_part("a/b.wdl", None) == last_part("a/b.wdl", 7) == "a/b.wdl"
    assert max(map(columns, wrapped("warning " + "界 " * 40, 30))) <= 30


def test_a_table_fits_and_shortens_its_last_column_first() -> None:
    rows = [("a_parameter_with_a_name", "String", "a long description " * 5), ("b", "Int", "-")]
    lines = table(rows, width=70)
    assert max(map(columns, lines)) <= 70
    assert lines[0].startswith("  a_parameter_with_a_name  String  a long")
    assert lines[0].endswith(ELLIPSIS)
    assert table(rows)[0].endswith("description")
    assert max(map(columns, table([("x" * 50, "y" * 50, "z" * 50)], width=60))) <= 60


def frame(line: str, column: int, end: int, width: int | None = None) -> list[str]:
    place = Place("main.wdl", 1, column, 1, end)
    report = Report((Diagnostic(place, "WDL001", Severity.ERROR, "it is wrong"),))
    return report_text(report, Style(width=width), lambda _: [line]).splitlines()[1:-1]


@pytest.mark.parametrize("width", [60, 80, 120, None])
@pytest.mark.parametrize("column", [1, 20, 100, 300, 395])
def test_a_line_of_code_is_cut_around_the_caret(width: int | None, column: int) -> None:
    line = "".join(f"{number:03}," for number in range(100))
    code, caret = frame(line, column, column + 4, width)
    assert max(len(code), len(caret)) <= (width or 120)
    start, end = caret.index("^"), caret.rindex("^") + 1
    assert code[start:end] == line[column - 1 : column + 3]
    shown = code[8:]
    assert shown.strip(ELLIPSIS) in line
    assert shown.startswith(ELLIPSIS) != line.startswith(shown[:10])
    assert shown.endswith(ELLIPSIS) != line.endswith(shown[-10:])


def test_carets_are_left_out_below_a_whole_line() -> None:
    assert frame("    call greet", 5, 15) == ["    1 |     call greet"]
    assert len(frame("    call greet", 5, 9)) == 2
    assert frame("x" * 500, 1, 501, 60) == [f"    1 | {'x' * 51}{ELLIPSIS}"]


def test_the_end_of_a_secret_before_the_cut_is_not_shown() -> None:
    secret = "glrt-" + "Ab3dEf7hIj1kLm9nOp5q"
    for before in (secret, f"{'x' * 80} {secret}"):
        line = f"{'call' * 30} {before} greet {'word ' * 50}"
        start = line.index("greet") + 1
        assert frame(line, start, start + 5, 60) == []
        assert frame(line.replace(secret, "nothing"), line.replace(secret, "nothing").index("greet") + 1, 300, 60)


def test_wide_characters_do_not_move_the_caret() -> None:
    code, caret = frame('call "界界" greet', 11, 16)
    assert columns(code[: code.index("greet")]) == caret.index("^")


# --- what commands show ---

WDL = """version 1.1
workflow hello { call greet  output { String text = greet.text } }
task greet {
  command <<< echo hello >>>
  output { String text = read_string(stdout()) }
  runtime { container: "IMAGE"  cpu: 1  memory: "2 GiB" }
}
"""


def test_the_image_hint_is_the_next_command(files: Files, cli: Cli) -> None:
    files({"main.wdl": WDL.replace("IMAGE", "quay.io/org/greet:1.0")})
    text = cli("lint", "main.wdl", "--account", "111122223333", "--region", "us-east-1").out
    hint = re.search(r"hint: map all images with `packager ([^`]*)`", text)
    assert hint is not None
    assert hint[1].endswith("-o container-registry-map.json --account 111122223333 --region us-east-1")
    assert "next:" not in text
    assert cli(*shlex.split(hint[1])).code == 0
    assert cli("lint", "main.wdl").out.endswith("next: `packager package main.wdl`\n")


def test_quiet_shows_what_fails_and_nothing_else(files: Files, cli: Cli) -> None:
    files({"main.wdl": WDL.replace("IMAGE", "quay.io/org/greet:1.0"), "bad.wdl": WDL.replace("call greet", "call no")})
    assert cli("lint", "main.wdl", "-q").out == ""
    assert cli("lint", "main.wdl", "-q", "--fail-on", "warning").out.startswith("main.wdl:6:24: warning IMG001")
    bad = cli("lint", "bad.wdl", "--quiet")
    assert (bad.code, bad.out.count(" error ")) == (1, 1)
    assert "errors" not in bad.out


def test_the_view_changes_no_format_for_programs(files: Files, cli: Cli) -> None:
    files({"main.wdl": WDL.replace("IMAGE", "quay.io/org/greet:latest")})
    for form in ("json", "sarif", "github", "junit"):
        plain = cli("lint", "main.wdl", "--format", form)
        for options in (("--quiet",), ("--show", "all"), ("--min-severity", "error")):
            assert cli("lint", "main.wdl", "--format", form, *options) == plain


def test_min_severity_counts_the_others(files: Files, cli: Cli) -> None:
    files({"main.wdl": WDL.replace("IMAGE", "quay.io/org/greet:latest")})
    text = cli("lint", "main.wdl", "--min-severity", "error").out
    assert re.search(r"^2 warnings.*: --show all$", text, re.MULTILINE)
    assert "IMG001" not in text
    assert "warning IMG004" in cli("lint", "main.wdl").out


def test_a_diff_with_changes_exits_with_1(files: Files, cli: Cli) -> None:
    image = "111122223333.dkr.ecr.us-east-1.amazonaws.com/greet:1.0"
    files({"main.wdl": WDL.replace("IMAGE", f"docker://{image}"), "good.wdl": WDL.replace("IMAGE", image)})
    changed = cli("lint", "main.wdl", "--diff")
    assert (changed.code, bool(changed.out)) == (1, True)
    unchanged = cli("lint", "good.wdl", "--diff")
    assert (unchanged.code, unchanged.out) == (0, "")


def test_what_can_be_fixed_is_marked(files: Files, cli: Cli) -> None:
    files({"main.wdl": WDL.replace("IMAGE", "docker://quay.io/org/greet:1.0")})
    text = cli("lint", "main.wdl").out
    assert re.search(r"IMG005 .* \[fixable\]$", text, re.MULTILINE)
    assert "; 1 fixable with `--fix`\n" in text
    assert text.endswith("next: `packager lint main.wdl --fix`\n")
    assert "fixable" not in cli("lint", "main.wdl", "--select", "RES").out


def test_the_codes_with_a_fix_are_those_that_have_one(cli: Cli) -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "packager" / "fix").glob("*.py"))
    assert set(re.findall(r'"([A-Z]{3}[0-9]{3})"', sources)) == codes.WITH_FIX
    assert {case.code for case in CASES} <= codes.WITH_FIX
    listed = {line.split()[0].rstrip("*") for line in cli("rules").out.splitlines() if re.match(r"  \w+\*", line)}
    assert listed == codes.WITH_FIX
    assert "\nfix: `packager lint PATH --fix`" in cli("rules", "IMG005").out
    assert "\nfix: " not in cli("rules", "IMG001").out
    fixable = {rule["code"] for rule in cli("rules", "--format", "json").json["rules"] if rule["fixable"]}
    assert fixable == codes.WITH_FIX


def test_inspect_counts_files_and_outputs(files: Files, cli: Cli) -> None:
    files({"main.wdl": WDL.replace("IMAGE", "quay.io/org/greet:1.0")})
    text = cli("inspect", "main.wdl").out
    assert "outputs (1): --outputs\n" in text
    assert re.search(r"^files \(1, \d+ B before compression\): --files$", text, re.MULTILINE)
    whole = cli("inspect", "main.wdl", "--files", "--outputs").out
    assert re.search(r"^  main.wdl +\d+ B +main$", whole, re.MULTILINE)
    assert re.search(r"^  (hello\.)?text +String$", whole, re.MULTILINE)


def test_findings_of_multiple_workflows_end_in_a_table(files: Files, cli: Cli) -> None:
    shared = WDL.split("task greet", maxsplit=1)[1].replace("IMAGE", "quay.io/org/greet:latest")
    files(
        {
            "shared.wdl": f"version 1.1\ntask greet{shared}",
            **{
                f"{name}.wdl": 'version 1.1\nimport "shared.wdl"\n'
                f"workflow {name} {{ call shared.greet  output {{ String text = greet.text }} }}\n"
                for name in ("one", "two")
            },
            "three.wdl": WDL.replace("call greet", "call no"),
            "four.wdl": WDL.replace("IMAGE", "111122223333.dkr.ecr.us-east-1.amazonaws.com/greet:1.0"),
        }
    )
    names = [f"{name}.wdl" for name in ("four", "one", "three", "two")]
    text = cli("lint", *names).out
    assert text.count("warning IMG004") == 1, "a shared file's finding is shown once"
    lines = text.splitlines()
    head = next(number for number, line in enumerate(lines) if line.startswith("workflow  "))
    assert [line.split() for line in lines[head : head + 5]] == [
        ["workflow", "errors", "warnings"],
        ["one.wdl", "0", "2"],
        ["three.wdl", "1", "0"],
        ["two.wdl", "0", "2"],
        ["1", "workflow", "without", "errors", "and", "warnings"],
    ]
    assert "\n\nthree.wdl\nthree.wdl:2:" in text


def test_other_commands_show_errors_and_a_line() -> None:
    mixed = [finding(severity=severity, line=number) for number, severity in enumerate(Severity, 1)]
    report = Report(in_order([*mixed, finding("of the request", code="REQ008")]))
    scope = Scope("packager lint x", ("REQ",))
    text = errors_text(report, Style(), lambda _: None, scope)
    assert text.splitlines()[1:] == [
        "main.wdl:1: error IMG001 it is wrong",
        "1 warning, 1 note: `packager lint x` shows them",
    ]
    assert "of the request" in text.splitlines()[0]
    notes = Report((finding(severity=Severity.INFO),))
    assert errors_text(notes, Style(), lambda _: None, scope) == ""
    assert errors_text(notes, Style(), lambda _: None, Scope("x", notes=True)) == "1 note: `x` shows it\n"
    assert errors_text(report, Style(), lambda _: None, Scope("x", ("REQ",), quiet=True)).count("\n") == 1


def test_the_first_annotations_are_about_different_codes() -> None:
    findings = [finding(f"image {line}", line=line) for line in range(1, 30)]
    findings += [finding(code=code, line=40) for code in ("IMG004", "RES001", "WDL050")]
    lines = github_text(Report(in_order(findings))).splitlines()
    assert [re.search(r"title=(\w+)", line)[1] for line in lines[:5]] == [  # type: ignore[index]
        "IMG001", "IMG004", "RES001", "WDL050", "IMG001",
    ]  # fmt: skip
    assert len(lines) == len(findings) + 1


# --- terminals ---


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_width_is_that_of_the_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    assert streams.width(io.StringIO()) is None
    assert streams.width(Terminal()) == 80
    monkeypatch.setenv("COLUMNS", "132")
    assert streams.width(Terminal()) == 132
    assert streams.width(io.StringIO()) is None, "a pipe is never wrapped"
    monkeypatch.setenv("COLUMNS", "wide")
    assert streams.width(Terminal()) == 80


def test_slow_work_shows_its_seconds_on_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress, "_FIRST_SECONDS", 0.01)
    monkeypatch.setenv("TERM", "xterm")
    for stream, shown in ((Terminal(), True), (io.StringIO(), False)):
        monkeypatch.setattr("sys.stderr", stream)
        with progress.working("reading x"), progress.working("inside"):
            time.sleep(0.1)
        assert ("reading x (0 s)" in stream.getvalue()) is shown
        assert "inside" not in stream.getvalue()
        assert not shown or stream.getvalue().endswith(f"\r{' ' * 79}\r"), "nothing is left of it"


def test_other_output_replaces_the_status(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    streams.show_status("reading x (1 s)")
    streams.write_stderr("a note\n")
    blanks = " " * 79
    assert terminal.getvalue() == "\r" + "reading x (1 s)".ljust(79) + f"\r{blanks}\ra note\n"
