"""What others wrote, in what we print: no terminal and no CI runner obeys it, nothing of it is half a character, and no secret is shown."""

from __future__ import annotations

import json
import os
import re
import sys
import threading
import tomllib
import unicodedata
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, Result
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import examples

import packager.rules  # noqa: F401 - registers the rules' codes
from packager.cli.commands.lint import FORMATS
from packager.cli.group import cli as group
from packager.emulator import RunningEmulator
from packager.errors import PackagerError
from packager.findings import codes
from packager.findings.diagnostic import Diagnostic, Place, Severity, Skipped
from packager.findings.redaction import redacted, shown_value
from packager.findings.report import Report, Suppressed
from packager.findings.secret_names import names_a_secret
from packager.jsondoc import jsontext
from packager.render.github import github_text
from packager.render.junit import junit_text
from packager.render.lint_markdown import lint_markdown
from packager.render.report import report_json, to_json
from packager.render.report_text import Ending, Section, report_text
from packager.render.rule_pages import family_page, index_page
from packager.render.rules import rules_text
from packager.render.sarif import sarif_text
from packager.render.terminal import Style, table
from packager.text import inert, safe, safe_json, safe_path

Files = Callable[[dict[str, str | bytes]], Path]
HOSTILE = (
    "a\n::error::forged", "::error::x", " ::warning::x", "\u00a0::stop-commands::x", "a\r::error::x", "a\r\n\r\n::set-output name=a::b",
    "##[error]x", "###[group]x", "##vso[task.setvariable]x", "\x1b[2J\x07", "\x1b]0;title\x07", "\u009b31m", "\x00", "\u202e\u2066x",
    "\u2028::error::x", "\u0085::error::x", "\u200b\ufeff", "\ufffe", "\U000e0001", "\ud800", "\udcff",
)  # fmt: skip
# The same in a few strings, for what takes its time.
FEW = (
    "::error::x\x1b[2J\x07",
    "a\n::error::forged\r\n\r::error::x\u2028::error::x",
    " ::warning::x##[error]x###[group]x##vso[a]",
    "\u009b31m\u202e\u2066x\u200b\ufeff\ufffe\U000e0001\x00",
)
FOREIGN = st.lists(
    st.sampled_from([*HOSTILE, "::", ":", "#", "[", "error", "\x1b[31m", "\n", "\r", "/", "a", " ", "é"]), max_size=6
).map("".join)
COMMAND = re.compile(r"##[A-Za-z]*\[")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")
TASK = """task t {
  command <<< echo >>>
  output { String o = read_string(stdout()) }
  runtime { container: "123456789012.dkr.ecr.us-east-1.amazonaws.com/say:1.0"  cpu: 1  memory: "2 GiB" }
}
"""
WDL = f"version 1.1\nworkflow w {{ call t output {{ String o = t.o }} }}\n{TASK}"


def assert_inert(text: str, *, commands: bool = False) -> None:
    """Nothing in a printed text is obeyed by a terminal or a CI runner."""
    for line in text.replace("\r\n", "\n").split("\n"):
        for char in line.replace("\t", ""):
            assert char.isprintable() or unicodedata.category(char) == "Zs", ascii(line)
        assert commands or not line.lstrip().startswith("::"), ascii(line)
        assert not COMMAND.search(line), ascii(line)


def assert_quiet(done: Result, *, commands: bool = False) -> None:
    assert done.code != 70, done.err
    assert_inert(done.out, commands=commands)
    assert_inert(done.err)


# One way to print


@given(FOREIGN)
def test_a_foreign_string_is_safe_on_one_line(text: str) -> None:
    shown = safe(text)
    assert "\n" not in shown
    assert_inert(f"x {shown}")
    assert safe(shown) == shown
    assert_inert(safe_path(text))
    if text.isprintable() and "##" not in text:
        assert shown == text


@given(FOREIGN, st.booleans())
def test_a_whole_output_is_inert(text: str, colour: bool) -> None:
    shown = inert(text, colour=colour)
    assert_inert(COLOUR.sub("", shown) if colour else shown)
    assert inert(shown, colour=colour) == shown
    assert shown.count("\n") == text.count("\n")


@given(st.recursive(FOREIGN, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(FOREIGN, inner, max_size=3)))
def test_json_keeps_its_value(value: Any) -> None:
    for text in (json.dumps(value, ensure_ascii=False, indent=2), json.dumps(value)):
        shown = safe_json(text)
        assert json.loads(shown) == json.loads(
            json.dumps(value)
        )  # two halves side by side are a whole character, there too
        assert_inert(shown)
        assert inert(shown) == shown


def test_our_own_text_stays_as_it_is() -> None:
    text = "\033[1mmain.wdl:1:2\033[0m: \033[1;31merror\033[0m x\n\ta\r\n# a\n## b\n### [c]\n"
    assert inert(text, colour=True) == text
    assert safe("é 日本 \u00a0 # ## a::b [x]") == "é 日本 \u00a0 # ## a::b [x]"
    assert inert("::error file=a::b\n", commands=True) == "::error file=a::b\n"
    every = list(codes.known().values())
    pages = [family_page(every, family) for family in codes.FAMILIES]
    for text in (rules_text(every, Style()), index_page(every), *pages):
        assert inert(text) == text


def test_a_patch_keeps_what_is_only_invisible() -> None:
    patch = "+\ufeffworkflow\r\n \U0001f469\u200d\U0001f4bb\n-a\tb\n"
    assert inert(patch, exact=True) == patch
    for text in HOSTILE:
        shown = inert(f" {text}", exact=True)
        assert_inert("".join(char for char in shown if unicodedata.category(char) not in ("Cf", "Cn")))
    assert inert("\u202e\u2066\u2028\x1b\ud800", exact=True) == r"\u202e\u2066\u2028\x1b\ud800"


def test_escapes_are_the_usual_ones() -> None:
    assert safe("\n\r\t\x1b\x9b\u202e\U000e0001\ud800") == r"\n\r\t\x1b\x9b\u202e\U000e0001\ud800"
    assert safe("##[error]") == r"#\x23[error]"
    assert inert("  ::error::x\n") == "  \\x3a:error::x\n"
    assert safe_path("::error::x") == "./::error::x"
    assert safe_json('"##[x] \u202e\U000e0001"') == '"#\\u0023[x] \\u202e\\udb40\\udc01"'


CODES = st.sampled_from(list(codes.known()))
DIAGNOSTICS = st.builds(
    Diagnostic,
    place=st.builds(Place, FOREIGN, st.integers(0, 3), st.integers(0, 3), st.integers(0, 3), st.integers(0, 9)),
    code=CODES,
    severity=st.sampled_from(list(Severity)),
    message=FOREIGN,
    hint=FOREIGN,
)
REPORTS = st.builds(
    lambda found, skipped, accepted: Report(
        tuple(found), tuple(skipped), tuple(Suppressed(one, reason) for one, reason in accepted)
    ),
    st.lists(DIAGNOSTICS, max_size=4),
    st.lists(st.builds(Skipped, CODES, FOREIGN), max_size=3),
    st.lists(st.tuples(DIAGNOSTICS, FOREIGN), max_size=2),
)


@settings(max_examples=examples(60), deadline=None)
@given(REPORTS, FOREIGN)
def test_every_format_of_a_report_is_inert(report: Report, line: str) -> None:
    for found in report.diagnostics:
        assert "\n" not in found.message + found.hint
    lines = line.split("\n")
    assert_inert(inert(report_text(report, Style(), lambda _: lines)))
    assert_inert(COLOUR.sub("", inert(report_text(report, Style(True), lambda _: lines), colour=True)))
    assert_inert(inert(junit_text(report)))
    assert_inert(github_text(report), commands=True)
    for other in github_text(report).splitlines():
        assert re.match(r"::(error|warning|notice) |not checked |no findings|\d+ error", other), other
    markdown = lint_markdown(
        report, (Section(line, report), Section("x", report)), Ending(step=f"packager lint {line}")
    )
    for text in (to_json(report_json(report)), sarif_text(report), markdown):
        assert_inert(text)
        assert inert(text) == text
    # A file of a report can be written, whatever is in it.
    for text in (
        junit_text(report),
        github_text(report),
        sarif_text(report),
        markdown,
        report_text(report, Style(), lambda _: None),
    ):
        text.encode()


@given(st.lists(st.tuples(FOREIGN, FOREIGN), max_size=3))
def test_tables_are_inert(rows: list[tuple[str, str]]) -> None:
    lines = table(rows)
    assert len(lines) == len(rows)
    assert_inert(inert("\n".join(lines)))


@given(FOREIGN, FOREIGN)
def test_an_error_is_one_line(message: str, hint: str) -> None:
    error = PackagerError(message, hint)
    assert_inert(f"error: {error.message}")
    assert_inert(f"hint: {error.hint}")
    assert "\n" not in str(error)


# The real command line

LINT = tuple(f"lint --format {form}" for form in FORMATS)
COMMANDS = (
    "inspect", "inspect --format json", *LINT, "lint --statistics", "lint --diff", "template", "template --as-service",
    "template --check t.json", "template --update t2.json",
    "inputs --all", "inputs --schema", "inputs --check run.json", "images", "images --format json",
    "images --format mirror --account 123456789012 --region us-east-1", "package --list", "package --no-lint -o o.zip", "submit --dry-run",
    "map generate -o - --account 123456789012 --region us-east-1", "lint --show-config",
)  # fmt: skip


def escaped(text: str) -> str:
    return "".join(f"\\u{ord(char):04x}" if ord(char) < 0x10000 else char for char in text)


def wdl_of(text: str) -> str:
    return f"""version 1.1
import "{text}.wdl" as x
workflow w {{
  input {{ String s = "{text}"  File? f = "{text}" }}
  call t
  output {{ String o = t.o }}
  parameter_meta {{ s: "{text}" }}
}}
task t {{
  command <<< echo {text} >>>
  output {{ String o = read_string(stdout()) }}
  runtime {{ container: "{text}"  cpu: "{text}"  memory: "{text}"  acceleratorType: "{text}" }}
}}
"""


def cwl_of(text: str) -> str:
    return json.dumps(
        {
            "cwlVersion": "v1.2", "class": "CommandLineTool", "id": text, "label": text, "doc": text, "baseCommand": [text],
            "hints": {text: {}, "DockerRequirement": {"dockerPull": text}}, "inputs": {text: {"type": "string", "default": text}},
            "outputs": {text: {"type": "File", "outputBinding": {"glob": text}}}, text: 1,
        }
    )  # fmt: skip


def nextflow_of(text: str) -> str:
    return f"""include {{ A }} from '{text}'
params.s = '{text}'
process P {{
  container '{text}'
  cpus '{text}'
  publishDir '{text}'
  output: path '{text}'
  script: 'echo {text}'
}}
workflow {{ P() }}
"""


@pytest.mark.parametrize("engine", ["wdl", "cwl", "nf"])
@pytest.mark.parametrize("text", FEW, ids=ascii)
def test_every_command_prints_hostile_definitions_inertly(
    engine: str, text: str, files: Files, cli: Cli, in_folder: Path
) -> None:
    made = {"wdl": wdl_of, "cwl": cwl_of, "nf": nextflow_of}[engine]
    entry = json.dumps({text: {"description": text, "optional": text, text: 1}})
    mapping = {"registryMappings": [{"upstreamRegistryUrl": text, text: 1}], "imageMappings": [{"sourceImage": text}]}
    folder = files(
        {
            f"main.{engine}": made(text if engine == "cwl" else escaped(text)),
            "parameter-template.json": entry,
            "container-registry-map.json": json.dumps(mapping),
            "nextflow_schema.json": json.dumps(
                {"$schema": text, "properties": {text: {"type": text, "default": text}}}
            ),
            "nextflow.config": f"manifest.name = '{escaped(text)}'\nincludeConfig '{escaped(text)}'\n",
        }
    )
    (in_folder / "t.json").write_text(entry)
    (in_folder / "t2.json").write_text(json.dumps({text: {"description": "x"}}))
    (in_folder / "run.json").write_text(json.dumps({text: text, "s": [text], "f": text}))
    for command in COMMANDS[FEW.index(text) % 2 :: 2]:
        assert_quiet(cli(*command.split(), folder), commands="github" in command)
    assert_quiet(cli("package", folder, "--explain", text))


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux alone")
@pytest.mark.parametrize("text", [*FEW, "\udcff"], ids=ascii)
def test_names_of_files_are_printed_inertly(text: str, files: Files, cli: Cli, in_folder: Path) -> None:
    text = text.replace("\0", "")
    (in_folder / f"{text}.wdl").write_text(wdl_of("x"))
    folder = in_folder / "names" / text.replace("/", "_")
    folder.mkdir(parents=True)
    (folder / "main.wdl").write_text(WDL)
    (folder / text).write_text("x")
    for command in (
        "inspect",
        *LINT,
        "package --list",
        "submit --no-lint --dry-run",
    ):
        assert_quiet(cli(*command.split(), "--", f"{text}.wdl"), commands="github" in command)
        assert_quiet(cli(*command.split(), "--include", text, "--", folder), commands="github" in command)
    assert_quiet(cli("init", "-o", "-", "names"))
    assert_quiet(cli("package", "--no-lint", "--", folder))
    (in_folder / "more").mkdir()
    for number in range(2):
        (in_folder / "more" / f"{number}{text}.wdl").write_text(WDL)
    assert_quiet(cli("lint", "more"))


def test_a_path_cannot_begin_a_line_as_a_command(cli: Cli, in_folder: Path) -> None:
    if os.name == "nt":
        pytest.skip("no file can have this name")
    (in_folder / "::error::x").mkdir()
    (in_folder / "::error::x" / "main.wdl").write_text(WDL.replace("call t", "call u"))
    done = cli("lint", "::error::x")
    assert done.out.startswith("./::error::x/main.wdl:")
    done = cli("lint", "::error::x", "::error::x/main.wdl")
    assert done.out.startswith("./::error::x\n./::error::x/main.wdl:")
    assert cli("package", "--no-lint", "::error::x", "-o", "::error::x/o.zip").out.startswith("./::error::x/o.zip: ")


@pytest.mark.parametrize("text", FEW, ids=ascii)
def test_what_a_configuration_says_is_printed_inertly(text: str, cli: Cli, in_folder: Path) -> None:
    (in_folder / "wdl").mkdir()
    (in_folder / "wdl" / "main.wdl").write_text(WDL)
    word = "".join(f"\\U{ord(char):08x}" for char in text)
    for toml in (
        f'[workflow."{word}"]\npath = "wdl"\n[target."{word}"]\nregion = "{word}"\ntags = {{"{word}" = "{word}"}}\n',
        f'[workflow."{word}"]\npath = "wdl"\n"{word}" = 1\n',
        f'[workflow.x]\npath = "{word}"\nparameter-template = "{word}"\n[target."{word}"]\naccount = "{word}"\n',
        f'[lint.per-path-ignores]\n"x" = ["X{word}"]\n',
        f'[lint]\nbaseline = "{word}"\nseverity = {{"{word}" = "error"}}\n',
        f"{text} = {text}\n",
    ):
        (in_folder / "packager.toml").write_bytes(toml.encode())
        for command in ("lint", "lint --show-config", "submit wdl --dry-run", "inspect wdl"):
            assert_quiet(cli(*command.split()))
            assert_quiet(cli(*command.split(), "--target", text))


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux alone")
def test_a_first_configuration_names_hostile_folders(cli: Cli, in_folder: Path) -> None:
    names = [text.replace("/", "_").replace("\0", "") for text in (*FEW, "a\u009bb", "##[x]", "\U0001f3f4\U000e0067")]
    for name in names:
        (in_folder / "all" / name).mkdir(parents=True)
        (in_folder / "all" / name / "main.wdl").write_text(WDL)
    done = cli("init", "all", "-o", "-")
    assert_quiet(done)
    assert {Path(one["path"]).name for one in tomllib.loads(done.out)["workflow"].values()} == set(names)


def options_of_commands() -> Iterator[tuple[list[str], str]]:
    import click

    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        inner = command.commands if isinstance(command, click.Group) else {"": command}
        for below, one in inner.items():
            assert one is not None
            for parameter in one.params:
                if isinstance(parameter, click.Option) and not parameter.is_flag and name != "emulator":
                    yield [name, *filter(None, [below])], max(parameter.opts, key=len)


@pytest.mark.parametrize("text", [*FEW, "\udcff"], ids=ascii)
def test_words_of_the_command_line_are_printed_inertly(text: str, cli: Cli, in_folder: Path) -> None:
    text = text.replace("\0", "")
    (in_folder / "main.wdl").write_text(WDL)
    assert_quiet(cli(text))
    assert_quiet(cli(f"--{text}"))
    several = list(options_of_commands())
    for number, (command, option) in enumerate(several):
        if (number + len(text)) % 4 or option == "--output":
            continue
        where = ["main.wdl"] if command[0] not in ("rules", "completion", "map", "init", "status") else []
        local = ["--endpoint-url", "http://127.0.0.1:9"] if command[0] in ("diff", "status") else []
        more = ["--dry-run"] if command[0] == "submit" else ["1234567"] if command[0] == "status" else []
        assert_quiet(cli(*command, *where, *local, *more, f"{option}={text}"))
    for command in (["rules"], ["map", "validate"], ["init"], ["completion"], ["lint"], ["status"]):
        assert_quiet(cli(*command, "--", text))


def test_usage_errors_keep_their_form(cli: Cli) -> None:
    done = cli("lint", "--format", "a\n::error::x")
    assert done.code == 2
    assert done.err.startswith(
        "Usage: packager lint [OPTIONS] [PATH]...\nTry 'packager lint --help' for help.\n\nError: "
    )
    assert "'a\\n::error::x' is not one of 'text'" in done.err
    done = cli("completion")
    assert "Choose from:\n\tbash" in done.err


# What the service says


@contextmanager
def saying(answer: Callable[[str], tuple[int, dict[str, Any]]]) -> Iterator[str]:
    """A stub of the service; `answer` gives the status and the members of what it says for a path."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            self.rfile.read(length)
            status, members = answer(self.path)
            content = json.dumps(members).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            if status >= 400:
                self.send_header("x-amzn-ErrorType", "ValidationException")
            self.end_headers()
            self.wfile.write(content)

        do_POST = do_GET  # noqa: N815 - the base class's name

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join(10)


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (("ACCESS_KEY_ID", "test"), ("SECRET_ACCESS_KEY", "test"), ("DEFAULT_REGION", "us-east-1")):
        monkeypatch.setenv(f"AWS_{name}", value)
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")


@pytest.mark.usefixtures("credentials")
@pytest.mark.parametrize("text", ["::error::x\n::error::y\x1b[2J##[error]x\u202e\x00"], ids=ascii)
def test_what_the_service_says_is_printed_inertly(text: str, files: Files, cli: Cli) -> None:
    workflow = {
        "arn": f"arn:aws:omics:us-east-1:123456789012:workflow/1{text}", "id": f"1{text}", "status": "FAILED", "name": f"source{text}",
        "statusMessage": text, "description": text, "tags": {f"a{text}": text}, "uuid": text, "engine": f"WDL{text}", "main": text,
        "parameterTemplate": {f"a{text}": {"description": text}}, "type": "PRIVATE",
    }  # fmt: skip
    folder = files({"main.wdl": WDL})

    def answer(path: str) -> tuple[int, dict[str, Any]]:
        if "version" in path:
            return 200, {"items": []}
        return 200, {**workflow, "items": [{**workflow, "name": "source"}]}

    with saying(answer) as url:
        for status in ("FAILED", "DELETED"):
            workflow["status"] = status
            for form in ("text", "json"):
                assert_quiet(cli("status", "1234567", "--endpoint-url", url, "--format", form))
        workflow["status"] = "ACTIVE"
        for form in ("text", "json", "markdown"):
            assert_quiet(cli("diff", folder, "--workflow-id", "1234567", "--endpoint-url", url, "--format", form))
    with saying(lambda _: (400, {"message": text})) as url:
        assert_quiet(cli("status", "1234567", "--endpoint-url", url))
        assert_quiet(cli("submit", folder, "--endpoint-url", url))


@pytest.mark.usefixtures("credentials")
def test_a_message_of_several_lines_stays_readable(cli: Cli) -> None:
    workflow = {"arn": "arn:aws:omics:us-east-1:123456789012:workflow/1", "id": "1234567", "type": "PRIVATE"}
    said = "::error::one\nline \x1b[31mtwo\n"
    with saying(lambda _: (200, {**workflow, "status": "INACTIVE", "statusMessage": said})) as url:
        done = cli("status", "1234567", "--endpoint-url", url)
    assert_quiet(done)
    assert "one" in done.out
    assert "two" in done.out


def test_a_failed_submission_is_printed_inertly(
    emulator: RunningEmulator, files: Files, cli: Cli, tmp_path: Path
) -> None:
    folder = files({"main.wdl": WDL, "::x.txt": "x"} if os.name != "nt" else {"main.wdl": WDL})
    emulator.faults.set({"kind": "fail", "count": 2, "fail_message": "a\n::error::x\x1b[2J ##[error]y"})
    for form in ("text", "json"):
        done = cli("submit", folder, "--endpoint-url", emulator.endpoint_url, "--format", form)
        assert done.code == 3
        assert_quiet(done)
    tags = "a=::error::x"
    record = tmp_path / "r.jsonl"
    done = cli(
        "submit", folder, "--name", "y", "--tags", tags, "--record", record, "--endpoint-url", emulator.endpoint_url
    )
    assert done.code == 0
    assert_quiet(done)
    (folder / "main.wdl").write_text(WDL.replace("echo", "\n  ::error::x \x1b[2J\n##[error]x echo"))
    for more in (["-p"], ["--format", "markdown"]):
        assert_quiet(
            cli("diff", folder, "--name", "y", "--description", "::x", "--endpoint-url", emulator.endpoint_url, *more)
        )


# Half of a surrogate pair

HALF = '"\\ud800"'


@pytest.mark.parametrize(
    ("content", "line", "column"),
    [
        ('{"a": "\\ud800"}', 1, 7), ('{"a":\n ["\\udfff x"]}', 2, 3), ('{"\\uD83D": 1}', 1, 2), ('["\\ude00\\ud83d"]', 1, 2),
        ('"\\ud83d\\ud83d\\ude00"', 1, 1), ('{"a": 1, "a": "\\udc00"}', 1, 15),
    ],
)  # fmt: skip
def test_json_with_half_a_pair_is_refused_at_its_place(content: str, line: int, column: int) -> None:
    parsed = jsontext.read(content.encode())
    assert isinstance(parsed, jsontext.LoneSurrogateError)
    assert (parsed.line, parsed.column) == (line, column)


@pytest.mark.parametrize("text", ["\\ud83d\\ude00", "\\\\ud800", "ud800", "\\u00e9", "😀"])
def test_json_with_whole_characters_is_read(text: str) -> None:
    parsed = jsontext.read(f'{{"{text}": "{text}"}}'.encode())
    assert isinstance(parsed, jsontext.JsonText)
    assert parsed.value == json.loads(f'{{"{text}": "{text}"}}')


@pytest.mark.parametrize("command", ["lint", "inspect", "package --no-lint -o o.zip", "submit --dry-run"])
def test_half_a_pair_in_a_template(command: str, files: Files, cli: Cli, in_folder: Path) -> None:
    template = f'{{"n": {{"description": {HALF}}}}}'
    source = files({"main.wdl": WDL, "parameter-template.json": template})
    done = cli(*command.split(), source)
    assert done.code == {"inspect": 0, "package": 0}.get(command.split(maxsplit=1)[0], 1)
    found = re.search(r"(\w+)(?:-\w+)?\.json:1:23: error TPL002 half of a surrogate pair", done.out + done.err)
    assert found, done.out + done.err


def test_half_a_pair_in_other_files(files: Files, cli: Cli, in_folder: Path) -> None:
    folder = files({"main.wdl": WDL, "nf/main.nf": "workflow { }\n", "nf/nextflow_schema.json": f'{{"title": {HALF}}}'})
    (in_folder / "map.json").write_text(f'{{"imageMappings": [{{"sourceImage": {HALF}}}]}}')
    done = cli("map", "validate", "map.json")
    assert done.code == 1
    assert "map.json:1:36: error MAP002" in done.out
    (in_folder / "run.json").write_text(f'{{"s": {HALF}}}')
    done = cli("inputs", "--check", "run.json", folder / "main.wdl")
    assert done.code == 1
    assert "run.json:1:7: error TPL023" in done.out
    assert re.search(
        r"nextflow_schema.json:1:11: \w+ NXF\d+ .*half of a surrogate pair", cli("lint", folder / "nf").out
    )
    for content, place in ((f'{{"name": {HALF}}}', "1:10"), ('name: a\ntags:\n  "\\udfff": b\n', "3:3")):
        (in_folder / "c.yaml").write_text(content)
        done = cli("submit", folder / "main.wdl", "--dry-run", "--cli-input", "c.yaml")
        assert done.code == 2
        assert done.err.startswith(f"error: `c.yaml:{place}`: half of a surrogate pair")
    assert cli("lint", folder / "main.wdl", "--cli-input", "c.yaml").code == 2


def test_a_whole_character_in_a_cli_input_file_is_read(files: Files, cli: Cli, in_folder: Path) -> None:
    (in_folder / "c.json").write_text(json.dumps({"description": "😀"}))
    done = cli("submit", files({"main.wdl": WDL}), "--dry-run", "--cli-input", "c.json")
    assert done.code == 0, done.err
    assert done.json["request"]["description"] == "😀"


def test_half_a_pair_beside_a_zip(files: Files, cli: Cli, in_folder: Path) -> None:
    assert cli("package", files({"main.wdl": WDL}), "-o", "a.zip").code == 0
    sidecar = in_folder / "a.zip.json"
    members = json.loads(sidecar.read_text())
    for member in ("main", "readme", "engine"):
        sidecar.write_text(json.dumps({**members, member: "\ud800"}))
        for command in ("submit a.zip --dry-run", "submit a.zip --dry-run --no-lint", "lint a.zip"):
            done = cli(*command.split())
            assert done.code == 2
            assert "is not a package description" in done.err


@pytest.mark.parametrize("byte", ["\udcff", "a\udc80"])
def test_words_that_are_not_utf_8(byte: str, files: Files, cli: Cli, in_folder: Path) -> None:
    folder = files({"main.wdl": WDL})
    options = [
        "--name",
        "--description",
        "--version-name",
        "--request-id",
        "--readme-markdown",
        "--definition-repository",
    ]
    for option in options:
        assert cli("submit", folder, "--dry-run", option, byte).code in (1, 2), option
        assert cli("submit", folder, "--dry-run", "--no-lint", option, byte).code in (1, 2), option
    for tags in (f"{byte}=a", f"a={byte}"):
        assert cli("submit", folder, "--dry-run", "--no-lint", "--tags", tags).code in (1, 2)
    where = ["--endpoint-url", "http://127.0.0.1:9", "--region", "us-east-1"]
    assert cli("status", byte, *where).code == 2
    assert cli("status", "1234567", "--version-name", byte, *where).code == 2
    for option in ("--name", "--workflow-id", "--version-name"):
        assert cli("diff", folder, *where, option, byte).code == 2
    for command in ("lint", "inspect", "package", "template", "inputs", "images", "init"):
        assert cli(command, byte).code == 2


@pytest.mark.skipif(sys.platform != "linux", reason="names of files are bytes on Linux alone")
def test_files_whose_names_are_not_utf_8_are_not_packaged(files: Files, cli: Cli, in_folder: Path) -> None:
    folder = files({"main.wdl": WDL})
    (folder / "\udcff").write_text("x")
    (folder / "\udcff.wdl").write_text(WDL)
    done = cli("package", folder / "main.wdl", "--include", "\udcff", "--no-lint", "-o", "o.zip")
    assert done.code == 2
    assert "its name is not UTF-8" in done.err
    assert not (in_folder / "o.zip").exists()
    for command in ("package --no-lint -o o.zip", "submit --dry-run", "submit --dry-run --no-lint"):
        assert cli(*command.split(), folder / "\udcff.wdl").code == 2
    assert cli("package", "--list", "--format", "json", folder / "\udcff.wdl").code == 0


# Secrets in what is printed


@pytest.mark.parametrize(
    "name",
    [
        "password", "PASSWORD", "db_password", "dbPassword", "passwd", "passphrase", "token", "githubToken",
        "secret", "client_secret", "apikey", "API_KEY", "apiKey", "accessKey", "secret_key", "private_key",
        "credentials", "aws_credentials", "password1", "password_value", "call.password", "SSH_KEY",
        "passwords", "api_keys", "apiTokens", "access_tokens",
    ],
)  # fmt: skip
def test_names_that_mean_a_secret(name: str) -> None:
    assert names_a_secret(name)
    assert shown_value(name, '"hunter2"') == "<redacted>"
    for harmless in ('"<password>"', '"~{other}"', "'${other}'"):
        assert shown_value(name, harmless) == harmless
        assert redacted(f"{name} = {harmless}") == f"{name} = {harmless}"
    for harmless in ("", '""', "''", "null", "true", "False", "12", "-1.5e3", "[]", "{}"):
        assert shown_value(name, harmless) == harmless


@pytest.mark.parametrize(
    "name",
    [
        "max_tokens",
        "token_count",
        "tokens",
        "tokenizer",
        "secret_santa",
        "pad_token",
        "next_token",
        "passwordFile",
        "password_length",
        "accessKeyId",
        "key",
        "sort_key",
        "monkey",
        "bypass",
        "pass",
        "reference",
        "key_file",
        "secretary",
    ],
)
def test_names_that_mean_none(name: str) -> None:
    assert not names_a_secret(name)
    assert shown_value(name, '"s3://bucket/a"') == '"s3://bucket/a"'


def test_known_forms_and_quoted_values_are_redacted() -> None:
    token = "ghp_" + "q7Rt2mXw9Lk4Zp8Vb3Nc6Hd1Js5Gf0TyUiOp"
    assert shown_value("image", f'"{token}"') == '"<redacted>"'
    assert redacted("params.password = 'hunter2'  x = 'y'") == "params.password = '<redacted>'  x = 'y'"
    assert redacted('{"apiKey": ["abc"], "max_tokens": "9"}') == '{"apiKey": ["<redacted>"], "max_tokens": "9"}'
    assert redacted("the text `a` is given, `token` is wanted") == "the text `a` is given, `token` is wanted"
    assert redacted("token count: 'a'; passwordless='b'") == "token count: 'a'; passwordless='b'"


def _of(alphabet: str, count: int) -> str:
    return (alphabet * (count // len(alphabet) + 1))[:count]


MIXED, HEX = "q7Rt2mXw9Lk4Zp8Vb3Nc6Hd1Js5Gf0TyUiOp", "9f3b7c01e5ad26488d0c"
# No scanner of secrets is to take this file for one that holds some: each is put together here.
FORMS = {
    "glrt-" + _of(MIXED, 20), "xapp-1-" + _of("A7KQ2", 11) + "-" + _of("4719", 13) + "-" + _of(HEX, 64),
    "GOCSPX-" + _of(MIXED, 28), "ya29." + _of(MIXED, 90), "IQoJb3JpZ2luX2Vj" + _of(MIXED, 200),
    "X-Amz-Signature=" + _of(HEX, 64), "sig=" + _of(MIXED, 43) + "%3D", "sk_live_" + _of(MIXED, 24), "rk_live_" + _of(MIXED, 24),
    "SG." + _of(MIXED, 22) + "." + _of(MIXED, 43), "dop_v1_" + _of(HEX, 64), "shpat_" + _of(HEX, 32), "ATATT3" + _of(MIXED, 180),
    "dapi" + _of(HEX, 32), "hvs." + _of(MIXED, 95), "NRAK-" + _of("Q7R2M9", 27), "glsa_" + _of(MIXED, 32) + "_" + _of(HEX, 8),
    "glc_eyJ" + _of(MIXED, 60), "lin_api_" + _of(MIXED, 40), "ntn_" + _of(MIXED, 46), "PMAK-" + _of(HEX, 24) + "-" + _of(HEX, 34),
    "pscale_tkn_" + _of(MIXED, 43), "dp.pt." + _of(MIXED, 43), "sntrys_eyJ" + _of(MIXED, 80), "rubygems_" + _of(HEX, 48),
    "gsk_" + _of(MIXED, 52), "pul-" + _of(HEX, 40), "AGE-SECRET-KEY-1" + _of("QPZRY9X8GF2TVDW0S3JN", 58),
}  # fmt: skip


@pytest.mark.parametrize("secret", sorted(FORMS))
def test_forms_of_tokens_are_redacted_wherever_they_stand(secret: str) -> None:
    for before, after in (
        ("", ""),
        ('"', '"'),
        ("see https://x.example.net/a?", "&b=1"),
        ("use ", " here"),
        ("k=", "\n"),
    ):
        assert redacted(f"{before}{secret}{after}") == f"{before}<redacted>{after}"
    longer = f"a{secret}"
    assert redacted(longer) == longer  # a word of its own, or none of these


def test_what_is_sent_as_a_password_is_redacted() -> None:
    for kind in ("Bearer", "Basic", "token"):
        for form in ('"Authorization: {} {}"', '{{"Authorization": "{} {}"}}', "authorization={} {}"):
            assert redacted(form.format(kind, MIXED)) == form.format(kind, "<redacted>")
    for harmless in (
        "Bearer ${token}",
        "Bearer xxxxxxxxxxxxxxxxxxxxxxxx",
        "Bearer your-token-goes-here-1Q",
        "negotiate",
    ):
        assert redacted(f"Authorization: {harmless}") == f"Authorization: {harmless}"


def test_secrets_of_texts_and_requirements_are_never_printed(files: Files, cli: Cli) -> None:
    secret = "glrt-" + _of(MIXED, 20)
    tool = {
        "cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": "echo", "outputs": {},
        "requirements": {"ResourceRequirement": {"coresMin": secret}},
        "inputs": {"a": {"type": "string", "doc": f"use {secret}"}},
    }  # fmt: skip
    folder = files({"main.cwl": json.dumps(tool)})
    for command in ("inspect", "inspect --format json", "template", "lint"):
        done = cli(*command.split(), folder / "main.cwl")
        assert secret not in done.out + done.err, command
    assert cli("template", folder / "main.cwl").json["a"]["description"] == "use <redacted>"


def test_the_log_of_a_bug_has_no_secrets(
    files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    secret, own = "glrt-" + _of(MIXED, 20), _of(MIXED, 40)

    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError(f"{secret} and {own}")

    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", own)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("packager.cli.commands.inspect.load_all", fail)
    done = cli("inspect", files({"main.wdl": WDL}))
    assert done.code == 70
    (log,) = tmp_path.glob("packager-bug-*.log")
    for text in (done.err, log.read_text()):
        assert "<redacted> and <AWS_SECRET_ACCESS_KEY>" in text
        assert secret not in text
        assert own not in text


SECRET = "hunter2-" + "q"
DEFAULTS = {
    "main.wdl": f"""version 1.1
workflow w {{
  input {{ String password = "{SECRET}"  String image = "ubuntu:22.04"  Int token = 3  String api_key = ""  Boolean secret = true
    Array[String] credentials = ["{SECRET}"]  String max_tokens = "many" }}
  call t {{ input: p = password }}
  output {{ String o = t.o }}
}}
{TASK.replace("command", "input { String p } command", 1)}""",
    "main.nf": f"params.password = '{SECRET}'\nparams.image = 'ubuntu:22.04'\nparams.token = 3\nparams.api_key = ''\nworkflow {{ }}\n",
    "main.cwl": json.dumps(
        {
            "cwlVersion": "v1.2", "class": "CommandLineTool", "baseCommand": "echo", "outputs": {},
            "inputs": {"password": {"type": "string", "default": SECRET}, "image": {"type": "string", "default": "ubuntu:22.04"}},
        }
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(DEFAULTS))
def test_secret_defaults_are_never_printed(name: str, files: Files, cli: Cli, in_folder: Path) -> None:
    folder = files({name: DEFAULTS[name]})
    for command in (
        "inspect",
        "inspect --format json",
        "lint",
        "lint --format json",
        "template",
        "inputs",
        "inputs --all",
        "inputs --schema",
        "images",
    ):
        done = cli(*command.split(), folder / name)
        assert done.code in (0, 1), done.err
        assert SECRET not in done.out + done.err, command
    shown = cli("inspect", folder / name).out
    assert "= <redacted>" in shown
    assert "ubuntu:22.04" in shown
    defaults = {
        one["name"]: one["default"] for one in cli("inspect", folder / name, "--format", "json").json["parameters"]
    }
    assert defaults["password"] == "<redacted>"
    assert "ubuntu:22.04" in defaults["image"]
    skeleton = cli("inputs", folder / name, "--all").json
    assert skeleton["password"] == "<redacted>"
    assert skeleton["image"] == "ubuntu:22.04"
    if name == "main.wdl":
        assert (defaults["token"], defaults["secret"], defaults["max_tokens"]) == ("3", "true", '"many"')
        assert (skeleton["token"], skeleton["api_key"], skeleton["secret"]) == (3, "", True)
        assert skeleton["credentials"] == ["<text>"]
    # What was not filled in is found: it cannot be sent as a password.
    (in_folder / "run.json").write_text(json.dumps({"password": skeleton["password"]}))
    assert "still a placeholder" in cli("inputs", folder / name, "--check", "run.json").out


def test_secret_run_parameters_are_never_printed(files: Files, cli: Cli, in_folder: Path) -> None:
    folder = files({"main.wdl": DEFAULTS["main.wdl"]})
    given = {
        "password": [SECRET],
        "token": SECRET,
        "credentials": SECRET,
        "secret": {"a": SECRET},
        "api_key": f" {SECRET} ",
    }
    (in_folder / "run.json").write_text(json.dumps(given, indent=1))
    shown = [cli("inputs", folder, "--check", "run.json", "--format", form) for form in ("text", "json")]
    for done in shown:
        assert done.code == 1
        assert SECRET not in done.out + done.err
        assert "the string `<redacted>`" in done.out


def test_secrets_of_settings_are_never_printed_as_differences(
    emulator: RunningEmulator, files: Files, cli: Cli
) -> None:
    token = "ghp_" + "q7Rt2mXw9Lk4Zp8Vb3Nc6Hd1Js5Gf0TyUiOp"
    folder = files({"main.wdl": DEFAULTS["main.wdl"]})
    where = ["--name", "y", "--endpoint-url", emulator.endpoint_url]
    assert cli("submit", folder, *where, "--description", "plain").code == 0
    (folder / "main.wdl").write_text(DEFAULTS["main.wdl"].replace(SECRET, f"{SECRET}2"))
    for more in (["-p"], ["--format", "json"], ["--format", "markdown"]):
        done = cli("diff", folder, *where, "--description", f"x {token}", *more)
        assert done.code == 0, done.err
        assert "redacted" in done.out
        assert not re.search(f"{token}|{SECRET}", done.out + done.err)


# What is not searched for secrets


def skipped_of(done: Result) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for one in done.json["skipped"]:
        found.setdefault(one["reason"], []).append(one["code"])
    return {reason: names for reason, names in found.items() if "secrets" in reason}


def test_files_that_are_not_searched_are_listed(files: Files, cli: Cli) -> None:
    token = "ghp_" + "q7Rt2mXw9Lk4Zp8Vb3Nc6Hd1Js5Gf0TyUiOp"
    folder = files(
        {
            "main.wdl": WDL,
            **{f"data/{name}.bin": b"\x89PNG\0\0" for name in "abcde"},
            "large.txt": b"a\n" * 600_000,
            "plain.txt": "nothing\n",
        }
    )
    done = cli("lint", folder, "--include", "*", "--format", "json")
    codes_of_search = ["SEC001", "SEC002", "SEC003"]
    assert skipped_of(done) == {
        "5 files not searched for secrets because of binary content: `data/a.bin`, `data/b.bin`, `data/c.bin` and 2 more": codes_of_search,
        "1 file of over 1 MiB searched for secrets only in the first 1 MiB: `large.txt`": codes_of_search,
    }
    text = cli("lint", folder, "--include", "*").out
    assert len(re.findall("not checked SEC001, SEC002, SEC003: ", text)) == 2
    assert skipped_of(cli("lint", folder, "--format", "json")) == {}
    assert (
        skipped_of(cli("lint", folder, "--include", "*", "--format", "json", "--ignore", "SEC001,SEC002,SEC003")) == {}
    )
    # The same for a zip, and from the cache.
    with zipfile.ZipFile(folder / "a.zip", "w") as archive:
        archive.writestr("main.wdl", WDL)
        archive.writestr("a.bin", b"\0")
    for _ in range(2):
        assert list(skipped_of(cli("lint", folder / "a.zip", "--format", "json"))) == [
            "1 file not searched for secrets because of binary content: `a.bin`"
        ]
    # Text with a byte-order mark is text.
    for encoding in ("utf-16", "utf-16-be", "utf-32", "utf-32-be", "utf-8-sig"):
        mark = {"utf-16-be": b"\xfe\xff", "utf-32-be": b"\0\0\xfe\xff"}.get(encoding, b"")
        (folder / "plain.txt").write_bytes(mark + f"é\ntoken = {token}\n".encode(encoding))
        done = cli("lint", folder, "--include", "plain.txt", "--format", "json")
        assert skipped_of(done) == {}
        (found,) = [one for one in done.json["diagnostics"] if one["code"] == "SEC001"]
        assert (found["path"], found["line"], found["column"]) == ("plain.txt", 2, 9)


def test_a_language_version_is_printed_inertly(cli: Cli, files: Files) -> None:
    folder = files(
        {
            "main.wdl": "version 1.0\x1b[31m\nworkflow w {}\n",
            "main.cwl": '{"cwlVersion": "v1.2\\u001b", "class": "Workflow"}',
        }
    )
    assert cli("inspect", folder / "main.wdl").out.startswith("workflow  w (WDL 1.0\\x1b[31m)\n")
    assert_quiet(cli("inspect", folder / "main.cwl"))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('"s3://lab-data/keys/a.pem"', '"s3://lab-data/keys/a.pem"'),
        ("s3://lab-data/a?X-Amz-Signature=1f2e3d", "<redacted>"),
        ('"hunter2-hunter2"', "<redacted>"),
    ],
)
def test_the_address_of_an_object_is_no_secret(text: str, shown: str) -> None:
    assert shown_value("umi_private_key", text) == shown
