"""The command line: exit codes, streams, and what happens when things go wrong."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import get_type_hints

import botocore
import pytest
from conftest import PYTHON, ROOT, WORKFLOWS, Cli

from packager import PackagerError
from packager._version import __version__
from packager.findings import codes

Files = Callable[[dict[str, str | bytes]], Path]
GOOD = WORKFLOWS / "wdl-variants"


def test_version_and_help(cli: Cli) -> None:
    assert cli("--version").out == f"packager {__version__}\n"
    for options in (("--version", "--verbose"), ("--verbose", "--version")):
        lines = cli(*options).out.splitlines()
        assert lines[0] == f"packager {__version__}"
        assert re.fullmatch(r"facts of [0-9]{4}-[0-9]{2}(-[0-9]{2})?", lines[1])
        assert lines[2] == f"API model of botocore {botocore.__version__}"
    alone = cli("--verbose", "rules")
    assert (alone.code, alone.out) == (2, "")
    assert "use --verbose together with --version" in alone.err
    helped = cli("--help")
    assert helped.code == 0
    for command in ("inspect", "lint", "template", "images", "map", "package", "submit", "rules", "emulator"):
        assert f"  {command}" in helped.out
        assert cli(command, "--help").code == 0


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("lint", str(GOOD)), 0),
        (("lint", str(WORKFLOWS / "wdl-problems")), 1),
        (("lint", str(WORKFLOWS / "wdl-problems"), "--fail-on", "never"), 0),
        (("lint", str(GOOD), "--fail-on", "info"), 0),
        (("lint", str(WORKFLOWS / "cwl-packed")), 0),
        (("lint", str(WORKFLOWS / "cwl-packed"), "--fail-on", "warning"), 1),
        (("lint", str(WORKFLOWS / "cwl-packed"), "--fail-on", "warning", "--ignore", "IMG"), 0),
        (("lint", str(WORKFLOWS / "wdl-problems"), "--select", "REQ"), 0),
        (("lint", str(GOOD), "--select", "NOPE"), 2),
        (("lint", "absent"), 2),
        (("rules", "NOPE"), 2),
        (("lint", str(GOOD), "--unknown"), 2),
        (("lint", str(GOOD), "--engine", "SNAKEMAKE"), 2),
        (("lint", str(GOOD), "--format", "xml"), 2),
        (("lnt", str(GOOD)), 2),
        (("package", str(WORKFLOWS)), 2),
        (("map", "validate", str(GOOD / "container-registry-map.json")), 0),
        (("map", "validate", str(WORKFLOWS / "wdl-problems" / "container-registry-map.json")), 1),
        (("map", "validate", "absent.json"), 2),
        (("rules",), 0),
        (("rules", "img001"), 0),
        (("rules", "uncovered-image"), 0),
        (("rules", "IMG999"), 2),
        (("lint", str(GOOD), "--parameter-template", "absent.json"), 2),
        (("lint", str(GOOD), "--container-registry-map", "absent.json"), 2),
    ],
)  # fmt: skip
@pytest.mark.parametrize("form", ["text", "json"])
def test_exit_codes_are_the_same_for_every_format(arguments: tuple[str, ...], code: int, form: str, cli: Cli) -> None:
    result = cli(*arguments) if form == "text" or "--format" in arguments else cli(*arguments, "--format", form)
    assert result.code == code, result.out + result.err
    assert "Traceback" not in result.err
    if code == 2:
        assert result.out == ""
        assert result.err


def test_a_mistyped_command_gets_a_suggestion(cli: Cli) -> None:
    assert "'lint'" in cli("lnit").err


def test_stdout_has_the_result_and_nothing_else(cli: Cli) -> None:
    result = cli("inspect", WORKFLOWS / "wdl-problems", "--format", "json")
    json.loads(result.out)
    template = cli("template", WORKFLOWS / "wdl-problems")
    json.loads(template.out)
    assert re.fullmatch(r"1 note: `packager lint \S+ --show info` shows it\n", template.err)


def process(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [PYTHON, "-m", "packager", *arguments], cwd=ROOT, capture_output=True, text=True, check=False,
        env={**{name: value for name, value in os.environ.items() if name != "PYTHONPATH"}, **environment},
    )  # fmt: skip


def test_colour_only_where_it_is_wanted() -> None:
    arguments = ("lint", str(WORKFLOWS / "nextflow-problems"))  # read by our own parser alone
    assert "\x1b[" not in process(*arguments).stdout
    assert "\x1b[" in process(*arguments, FORCE_COLOR="1").stdout
    assert "\x1b[" not in process(*arguments, FORCE_COLOR="1", NO_COLOR="1").stdout
    assert "\x1b[" not in process(*arguments, "--format", "json", FORCE_COLOR="1").stdout


def test_a_reader_that_goes_away_is_no_error() -> None:
    command = f"{PYTHON} -m packager rules --format json | head -c 10"
    done = subprocess.run(
        ["bash", "-o", "pipefail", "-c", command], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""


def test_output_that_cannot_be_written_is_said_so() -> None:
    command = f"{PYTHON} -m packager rules --format json"
    for redirection, code in ((">/dev/full", 2), (">&-", 0)):
        done = subprocess.run(
            ["sh", "-c", f"{command} {redirection}"], cwd=ROOT, capture_output=True, text=True, check=False
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr
        assert ("cannot write the output" in done.stderr) == (code == 2)


def test_a_device_is_written_to_and_not_replaced(cli: Cli, in_folder: Path) -> None:
    os.mkfifo("pipe")
    reader = subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE)
    assert cli("template", GOOD, "-o", "pipe").code == 0
    out, _ = reader.communicate(timeout=20)
    assert "samples" in json.loads(out)
    assert Path("pipe").is_fifo()
    Path("link.json").symlink_to("real.json")
    assert cli("template", GOOD, "-o", "link.json").code == 0
    assert Path("link.json").is_symlink()
    assert "samples" in json.loads(Path("real.json").read_text())


def test_an_empty_path_is_no_directory(cli: Cli) -> None:
    assert cli("lint", "").code == 2


def test_an_ascii_terminal_gets_escapes_and_no_crash() -> None:
    done = process("inspect", str(GOOD), PYTHONIOENCODING="ascii", LC_ALL="C")
    assert done.returncode == 0, done.stderr


def test_a_bug_of_ours_is_owned(cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom \x1b[31m")

    monkeypatch.setattr("packager.app.load.detect.locate", broken)
    result = cli("inspect", GOOD)
    assert result.code == 70
    assert "this is a bug in packager" in result.err
    assert "\x1b" not in result.err
    (log,) = tmp_path.glob("packager-bug-*.log")
    assert "RuntimeError: boom" in log.read_text()


def test_a_cache_that_cannot_be_written_only_costs_time(
    cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert cli("lint", GOOD).code == 0


def test_a_corrupt_cache_is_not_trusted(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    before = cli("inspect", GOOD, "--format", "json")
    stored = list(tmp_path.rglob("*.json"))
    assert stored
    for number, path in enumerate(stored):
        damage = [b"", b"{", b"[]", b'{"key": "x", "value": []}', path.read_bytes().replace(b"[", b"{", 3)]
        path.write_bytes(damage[number % len(damage)])
    assert cli("inspect", GOOD, "--format", "json") == before


def test_control_characters_in_names_are_escaped(files: Files, cli: Cli) -> None:
    folder = files({"evil\x1b[31m.wdl": "version 1.0\nworkflow w {\n}\n"})
    shown = cli("inspect", folder)
    assert shown.code == 0
    assert "\x1b" not in shown.out + shown.err
    assert "\\x1b" in shown.out


def test_rules_explain_themselves(cli: Cli) -> None:
    listed = cli("rules").out
    for code in codes.known():
        assert code in listed
    one = cli("rules", "RES002").out
    for words in ("resources-out-of-range", "192 vCPUs", "bad", "good", "source:"):
        assert words in one


def test_arguments_may_be_written_as_the_aws_cli_writes_them(cli: Cli) -> None:
    path = WORKFLOWS / "wdl-variants" / "container-registry-map.json"
    for prefix in ("", "file://", "fileb://"):
        assert cli("lint", GOOD, "--container-registry-map", f"{prefix}{path}").code == 0


def test_the_python_api(tmp_path: Path) -> None:
    from packager import lint, load, package, template

    loaded = load(str(GOOD), region="us-east-1")
    assert lint(loaded).diagnostics == ()
    assert dict(template(loaded).parameters)["samples"].optional is False
    written = package(loaded, tmp_path / "x.zip")
    assert written.content_digest == loaded.plan.content_digest
    with pytest.raises(PackagerError):
        load(str(tmp_path / "absent"))


def test_the_keywords_of_the_python_api_are_the_fields_of_the_options() -> None:
    from packager.app.api import LoadKeywords, SubmitKeywords
    from packager.app.options import LoadOptions, SubmitOptions

    for keywords, options in ((LoadKeywords, LoadOptions), (SubmitKeywords, SubmitOptions)):
        assert get_type_hints(keywords) == get_type_hints(options)


def test_multiple_workflows_and_a_baseline_in_the_python_api(tmp_path: Path, files: Files) -> None:
    import packager

    folder = files(
        {"a.wdl": "version 1.0\nworkflow a {\n  call missing\n}\n", "b.wdl": "version 1.0\nworkflow b {\n}\n"}
    )
    workflows = [packager.load(folder / name) for name in ("a.wdl", "b.wdl")]
    outcome = packager.check_workflows(workflows)
    assert outcome.failed
    assert {finding.path for finding in outcome.report.diagnostics if finding.severity is packager.Severity.ERROR} == {
        os.path.relpath(folder / "a.wdl")
    }
    assert not packager.check_workflows(workflows[1:]).failed
    assert not packager.check_workflows(workflows, packager.LintOptions(fail_on="never")).failed
    assert not packager.check_workflows(workflows, packager.LintOptions(ignored=("WDL",))).failed
    baseline = tmp_path / "baseline.json"
    (baseline).write_text('{"schemaVersion": "1", "findings": []}')
    assert packager.check_workflows(workflows, packager.LintOptions(baseline=str(baseline))).failed
    with pytest.raises(PackagerError):
        packager.check_workflows(workflows, packager.LintOptions(baseline=str(tmp_path / "none.json")))
    assert packager.check_workflows([]).report.diagnostics == ()
    with pytest.raises(AttributeError):
        packager.nothing  # noqa: B018 - the attribute does not exist


def test_no_module_bears_the_name_of_an_api_function() -> None:
    package = ROOT / "packager"
    assert not [name for name in ("lint", "load", "package", "submit", "template") if list(package.glob(f"{name}*"))]


def test_files_from_windows(files: Files, cli: Cli) -> None:
    folder = files({"main.wdl": b"\xef\xbb\xbfversion 1.0\r\n\r\nworkflow w {\r\n  input { Int n }\r\n}\r\n"})
    assert cli("template", folder).json == {"n": {"description": "Int", "optional": False}}


@pytest.mark.parametrize("engine", ["WDL", "CWL", "NEXTFLOW"])
@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\0\1\2\3",
        b"\xff\xfe\x00v",
        b"{" * 1100,
        b"(" * 5000,
        b"a: &a [*a, *a]\n",
        b"version 1.0\n" + b"\n" * 10000,
        b"\"'" * 999,
    ],
)
def test_whatever_the_bytes_the_answer_is_no_traceback(content: bytes, engine: str, files: Files, cli: Cli) -> None:
    suffix = {"WDL": "wdl", "CWL": "cwl", "NEXTFLOW": "nf"}[engine]
    folder = files({f"main.{suffix}": content})
    for command in ("inspect", "lint", "template", "images", "package"):
        more = ("--list",) if command == "package" else ()
        result = cli(command, folder / f"main.{suffix}", "--engine", engine, *more)
        assert result.code in (0, 1, 2), result.err
        assert "internal error" not in result.err
