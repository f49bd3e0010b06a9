"""Every command that the README, the pages and the help show does what it shows (`make bless` updates the output)."""

from __future__ import annotations

import ast
import json
import re
import shlex
import subprocess
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import click
import page_support
import pytest
import yaml
from check_site import faults
from conftest import PYTHON, ROOT, Cli, Golden
from page_support import PAGES, USER_PAGES

import packager
from packager.cli.group import cli as program
from packager.cli.help import SECTIONS, SectionedCommand
from packager.emulator import RunningEmulator
from packager.jsondoc.schemas import violations
from packager.project.keys import KEYS, REPOSITORY

CONFIGURATION = ROOT / "docs" / "configuration.md"
KINDS = {
    "string": "string",
    "file": "path",
    "number": "integer",
    "strings": "list of strings",
    "codes": "list of codes or families",
    "tags": "table of strings",
    "repository": "table",
    "severities": "table: code or family = severity",
    "globs": "table: pattern = list of codes or families",
}
# What each environment variable does.
VARIABLES = {
    ("AWS_REGION", "AWS_DEFAULT_REGION"): "the Region, without `--region`; overrides the Region of a target",
    ("AWS_PROFILE", "AWS_DEFAULT_PROFILE"): "the AWS profile, without `--profile`",
    (
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
    ): "the files of the AWS profiles; those in `~/.aws` if not set",
    ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"): "credentials; never printed",
    ("AWS_WEB_IDENTITY_TOKEN_FILE",): "credentials of a CI job or a container",
    ("AWS_ENDPOINT_URL_OMICS",): "the endpoint of HealthOmics, without `--endpoint-url`",
    (
        "AWS_ENDPOINT_URL_S3",
        "AWS_ENDPOINT_URL_STS",
    ): "the endpoints of S3 and STS; the emulator reads definitions from S3",
    ("AWS_DISABLE_HOST_PREFIX_INJECTION",): "`true` for other AWS clients of the emulator, which prints it",
    ("PACKAGER_AS_OF",): "the day of `--as-of`",
    ("PACKAGER_CACHE_DIR",): "the folder of the cache of parsed files",
    ("PACKAGER_MCP_TOKEN",): "the token that clients of `packager mcp --http` have to send",
    ("NO_COLOR",): "any value: no colors",
    ("FORCE_COLOR",): "any value: colors even if the output is not a terminal",
    ("COLUMNS",): "the width of lines on a terminal",
    ("TERM",): "`dumb`: no colors and no progress",
    ("XDG_CACHE_HOME",): "Linux: the folder of the cache of parsed files, `~/.cache` if not set",
    ("XDG_DATA_HOME",): "Linux: the folder of the emulator's state, `~/.local/share` if not set",
}
# Of runs in the service, and of the libraries and shells that set them.
_OTHER_VARIABLES = {"AWS_WORKFLOW_RUN", "_PACKAGER_COMPLETE"}
_VARIABLE = re.compile(r"(?:_?PACKAGER|AWS|XDG)(?:_[A-Z0-9]+)+|NO_COLOR|FORCE_COLOR|COLUMNS|TERM")


@pytest.mark.parametrize(
    "page", [page for page in USER_PAGES if page_support.blocks(page, "console")], ids=lambda page: page.name
)
def test_console_blocks_are_real(page: Path, cli: Cli, golden: Golden, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    golden(page, page_support.with_output(page, cli))


@pytest.fixture
def project(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A reader's project, as the current folder."""
    folder = page_support.make_project(tmp_path / "project")
    monkeypatch.chdir(folder)
    assert cli("package", "workflows/calling", "-o", "calling.zip").code == 0
    return folder


@pytest.fixture
def run(cli: Cli, tmp_path: Path, project: Path, emulator: RunningEmulator) -> Callable[[list[str]], None]:
    """Run the words of a command in the reader's project."""
    del project
    return lambda words: page_support.run_in_project(words, cli, lambda: emulator.endpoint_url, tmp_path / "x.sqlite")


# The first commands are for a folder with one workflow, without any PATH; the page about untrusted workflows has a test of its own.
_FIRST_PAGES = (ROOT / "README.md", ROOT / "docs" / "index.md")
_SHELL_PAGES = [page for page in USER_PAGES if page_support.blocks(page, "sh") and page.name != "security.md"]


@pytest.mark.parametrize("page", _FIRST_PAGES, ids=lambda page: page.name)
def test_the_first_commands_run(page: Path, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(page_support.make_folder(tmp_path / "calling"))
    lines = list(page_support.commands(page))
    assert lines
    for words in lines:
        page_support.run_in_project(words, cli, lambda: "", tmp_path / "x.sqlite")


@pytest.mark.parametrize(
    "page", [page for page in _SHELL_PAGES if page not in _FIRST_PAGES], ids=lambda page: page.name
)
def test_shell_lines_run_in_a_project(page: Path, run: Callable[[list[str]], None]) -> None:
    lines = list(page_support.commands(page))
    assert lines
    for words in lines:
        run(words)


def test_every_page_has_a_command_or_a_link() -> None:
    assert len(PAGES) > 15
    for page in USER_PAGES:
        text = page.read_text(encoding="utf-8")
        assert "packager " in text, page
        assert text.startswith("# "), page
        assert not re.search(r"^ {4}packager ", text, re.MULTILINE), f"{page}: a command outside of a block is not run"


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_to_a_page_and_its_heading(page: Path) -> None:
    for link, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]+))?\)", page.read_text(encoding="utf-8")):
        target = (page.parent / link).resolve() if link else page
        assert target.is_file(), f"{page.name}: {link}"
        assert not anchor or anchor in anchors(target), f"{page.name}: {link}#{anchor}"


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can name."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    names = {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}
    return names | set(re.findall(r'<a id="([^"]+)">', text))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_setting_and_file_shown_is_valid(page: Path) -> None:
    for text in page_support.blocks(page, "toml"):
        assert violations("packager", tomllib.loads(text)) == (), text
    for text in page_support.blocks(page, "yaml"):
        assert yaml.safe_load(text), text
    for text in page_support.blocks(page, "json"):
        assert json.loads(text), text


def test_the_tables_have_every_command_and_function() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    commands = re.findall(r"^\| `packager (\w+)` \|", readme, re.MULTILINE)
    assert commands == program.list_commands(click.Context(program))
    functions = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "python.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert sorted(functions) == sorted(name for name in packager.__all__ if name[0].islower())


def test_the_site_has_every_page() -> None:
    site = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    pages = [path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")]
    assert [page for page in pages if not re.search(rf"(?:: |- ){re.escape(page)}$", site, re.MULTILINE)] == []


def test_the_python_example_runs(tmp_path: Path) -> None:
    (example,) = page_support.blocks(ROOT / "docs" / "python.md", "python")
    (tmp_path / "fixtures").symlink_to(ROOT / "fixtures")
    done = subprocess.run(
        [PYTHON, "-c", example], cwd=tmp_path, env={"PYTHONPATH": str(ROOT), "PATH": ""}, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert re.fullmatch(r"[0-9a-f]{64}\n", done.stdout)
    assert (tmp_path / "variants.zip").is_file()


def test_the_demo_shows_an_active_workflow() -> None:
    environment = {"PATH": f"{Path(PYTHON).parent}:/usr/bin:/bin"}
    if not (Path(PYTHON).parent / "packager").exists():
        pytest.fail("the command is not installed beside this interpreter: run `make test`")
    done = subprocess.run(
        ["sh", "fixtures/demo.sh"], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "created workflow" in done.stdout
    assert ": ACTIVE" in done.stdout
    assert "no findings" in done.stdout
    assert "mapped ->" in done.stdout
    assert len(done.stdout.splitlines()) < 50


# The help.


def subcommands(group: click.Group = program, prefix: str = "") -> Iterator[tuple[str, SectionedCommand]]:
    """All commands with their names."""
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        if isinstance(command, click.Group):
            yield from subcommands(command, f"{prefix}{name} ")
        else:
            assert isinstance(command, SectionedCommand), name
            yield f"{prefix}{name}", command


COMMANDS = dict(subcommands())


@pytest.mark.parametrize("name", COMMANDS)
def test_help_has_sections_two_examples_and_a_page(name: str, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    command = COMMANDS[name]
    monkeypatch.setenv("COLUMNS", "200")
    text = cli(*name.split(), "--help").out
    assert max(map(len, text.splitlines())) <= 100 or name == "emulator"
    assert len(command.examples) == 2
    assert all(f"\n  {example}\n" in text for example, _ in command.examples)
    assert f"Documentation: docs/{command.page}\n" in text
    assert (ROOT / "docs" / command.page).is_file()
    titles = re.findall(r"^(\w+):$", text, re.MULTILINE)
    order = ["Options", *SECTIONS, "Examples"]
    assert titles == sorted(titles, key=order.index)
    options = [option for option in command.params if isinstance(option, click.Option)]
    assert all(any(f"  {name}" in text or f", {name}" in text for name in option.opts) for option in options)


@pytest.mark.parametrize("name", COMMANDS)
def test_the_examples_of_the_help_run(name: str, run: Callable[[list[str]], None]) -> None:
    for example, _ in COMMANDS[name].examples:
        words = shlex.split(example)
        assert words[0] == "packager"
        assert " ".join(words[1:]).startswith(name)
        run(words[1:])


def test_every_shared_option_exists() -> None:
    names = {option.name for command in COMMANDS.values() for option in command.params} | {"help"}
    assert [name for section in SECTIONS.values() for name in section if name not in names] == []


def test_every_command_has_its_help_in_the_page() -> None:
    text = (ROOT / "docs" / "commands.md").read_text(encoding="utf-8")
    assert re.findall(r"^\$ packager (.+) --help$", text, re.MULTILINE) == list(COMMANDS)


# The configuration.


def test_the_page_of_the_configuration_has_every_key_and_variable(golden: Golden) -> None:
    text = CONFIGURATION.read_text(encoding="utf-8")
    for name, rows in (("keys", key_tables()), ("environment", variable_table())):
        part = re.compile(rf"(?<=<!-- {name}: generated -->\n).*?(?=<!-- end -->)", re.DOTALL)
        text = part.sub(lambda _, rows=rows: "\n" + "\n".join(rows) + "\n", text, count=1)  # type: ignore[misc]  # the default binds
    golden(CONFIGURATION, text)


def key_tables() -> Iterator[str]:
    for table, keys in KEYS.items():
        title = f"[{table}.NAME]" if table != "lint" else "[lint]"
        yield from (f"### `{title}`", "", "| key | value | meaning |", "| --- | --- | --- |")
        for name, key in sorted(keys.items()):
            value = " or ".join(f"`{choice}`" for choice in key.choices) if key.choices else KINDS[key.kind]
            yield f"| `{name}` | {value} | {key.description} |"
        yield ""
    yield from (f"`definition-repository` is a table with the keys {', '.join(f'`{key}`' for key in REPOSITORY)}.", "")


def variable_table() -> Iterator[str]:
    yield from ("| variable | meaning |", "| --- | --- |")
    for names, meaning in VARIABLES.items():
        yield f"| {', '.join(f'`{name}`' for name in names)} | {meaning} |"
    yield ""


def test_every_variable_of_the_code_is_described() -> None:
    described = {name for names in VARIABLES for name in names}
    texts = {
        node.value
        for path in (ROOT / "packager").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    used = {text for text in texts if _VARIABLE.fullmatch(text)} - _OTHER_VARIABLES
    assert used - described == set()
    assert {name for name in described - used if not name.startswith("XDG_")} == set()  # platformdirs reads those


def test_every_code_of_the_program_is_in_both_tables() -> None:
    rows = [
        re.findall(r"^\| (\d+) \| (.+) \|$", page.read_text(encoding="utf-8"), re.MULTILINE)
        for page in (ROOT / "README.md", CONFIGURATION)
    ]
    assert rows[0] == rows[1]
    assert [code for code, _ in rows[0]] == re.findall(r"(\d+) [a-z]", program.epilog or "")


def test_a_site_that_loads_from_other_hosts_is_found(tmp_path: Path) -> None:
    for name in ("search/search_index.js", "assets/iframe-worker.js"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "index.html").write_text('<a href="https://example.org/">x</a><script src="assets/x.js"></script>')
    assert list(faults(tmp_path)) == []
    (tmp_path / "index.html").write_text('<link rel="stylesheet" href="//fonts.example.org/a.css">')
    (tmp_path / "a.css").write_text("@import url('https://example.org/b.css');")
    assert len(list(faults(tmp_path))) == 2
