"""`packager.toml`: where it is found, what may stand in it, and what wins over what."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, Cli, Golden

import packager.rules  # noqa: F401  # registers the rules' codes
from packager.errors import PackagerError
from packager.findings import codes
from packager.findings.diagnostic import Severity
from packager.jsondoc import schemas
from packager.project import config
from packager.project.config import ConfigError
from packager.project.keys import KEYS, NAMED, SCHEMA_URL, TABLES, Key

TASK = """
task say {
  command <<< echo hello >>>
  output { String text = read_string(stdout()) }
  runtime { docker: "quay.io/org/say:1.0"  cpu: 1  memory: "2 GiB" }
}
"""


def workflow(name: str) -> str:
    return f"version 1.0\nworkflow {name} {{ call say  output {{ String text = say.text }} }}\n{TASK}"


MONOREPO = {
    "flows/align/main.wdl": workflow("align"),
    "flows/call/main.wdl": workflow("calling"),
    "packager.toml": """
[lint]
ignore = ["IMG002", "RES"]

[workflow.align]
path = "flows/align"
region = "eu-west-1"
tags = {team = "genomics", stage = "all"}

[workflow.call]
path = "flows/call/main.wdl"
container-registry-map = "maps/all.json"

[target.prod]
account = "111122223333"
region = "us-east-1"
tags = {stage = "prod"}
container-registry-map = "maps/prod.json"
""",
    "maps/all.json": '{"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]}',
    "maps/prod.json": '{"registryMappings": [{"upstreamRegistryUrl": "ghcr.io", "ecrRepositoryPrefix": "ghcr"}]}',
}


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


@pytest.fixture
def monorepo(in_folder: Path) -> Path:
    write(in_folder, MONOREPO)
    (in_folder / ".git").mkdir()
    return in_folder


def settings_of(cli: Cli, *arguments: str) -> dict[str, tuple[str, str]]:
    """What `--show-config` prints: each value with its origin."""
    shown = {}
    for line in cli("lint", *arguments, "--show-config").out.splitlines():
        if not line.startswith("#"):
            name, _, rest = line.partition(" = ")
            value, _, origin = rest.rpartition("  # ")
            shown[name] = (value, origin)
    return shown


def test_it_is_found_upwards_to_the_root_of_the_repository(in_folder: Path) -> None:
    write(in_folder, {"packager.toml": "", "repository/flows/a.wdl": "", "repository/.git/HEAD": ""})
    assert config.find(in_folder / "repository" / "flows" / "a.wdl") is None
    (in_folder / "repository" / "packager.toml").write_text("")
    assert config.find(in_folder / "repository" / "flows") == (in_folder / "repository" / "packager.toml").resolve()


def test_without_a_path_every_workflow_is_linted(cli: Cli, monorepo: Path) -> None:
    found = cli("lint", "--format", "json")
    assert found.code == 0, found.err
    assert [(one["path"], one["code"]) for one in found.json["diagnostics"]] == [("flows/align/main.wdl", "IMG001")]


def test_without_a_path_and_without_workflows_there_is_nothing_to_check(cli: Cli, in_folder: Path) -> None:
    assert cli("lint").code == 2
    write(in_folder, {"packager.toml": "[lint]\n"})
    found = cli("lint")
    assert (found.code, found.out) == (2, "")
    assert "nothing to check: `.` has no workflow definition" in found.err


def test_without_a_path_none_is_left_out(cli: Cli, in_folder: Path) -> None:
    """Neither beside one that is the folder itself, nor outside of it."""
    settings = "[workflow.all]\nmain='main.wdl'\n[workflow.part]\npath='part'\n[workflow.far]\npath='../far'\n"
    write(in_folder, {"project/main.wdl": workflow("a"), "project/part/main.wdl": workflow("b")})
    write(in_folder, {"far/main.wdl": workflow("c"), "project/packager.toml": settings})
    os.chdir(in_folder / "project")
    found = cli("lint", "--select", "IMG001", "--format", "json").json["diagnostics"]
    assert [one["path"] for one in found] == ["../far/main.wdl", "main.wdl", "part/main.wdl"]


def test_a_folder_that_is_gone_and_a_name_that_is_too_long(cli: Cli, in_folder: Path) -> None:
    write(in_folder, {"main.wdl": workflow("a")})
    found = cli("lint", "a" * 5000)
    assert (found.code, found.out) == (2, "")
    assert "file name too long" in found.err
    (in_folder / "gone").mkdir()
    os.chdir(in_folder / "gone")
    (in_folder / "gone").rmdir()
    try:
        for arguments in (("lint",), ("lint", str(in_folder / "main.wdl")), ("inspect", "main.wdl")):
            found = cli(*arguments)
            assert (found.code, found.out) == (2, "")
            assert "cannot read the current folder: no such file or directory" in found.err
    finally:
        os.chdir(in_folder)


def test_a_link_that_loops_is_no_workflow(cli: Cli, in_folder: Path) -> None:
    (in_folder / "loop").symlink_to("loop")
    write(in_folder, {"main.wdl": workflow("a"), "packager.toml": "[workflow.l]\npath='loop'\n"})
    assert cli("lint", "main.wdl").code == 0
    assert cli("lint", "loop").code == 2
    assert "no such file or directory: `loop`" in cli("lint").err


@pytest.mark.parametrize("path", ["align", "flows/align", "./flows/align/"])
def test_a_workflow_is_named_or_pointed_at(cli: Cli, monorepo: Path, path: str) -> None:
    assert settings_of(cli, path)["region"] == ("eu-west-1", "packager.toml:7, [workflow.align]")


def test_a_folder_means_the_workflows_below_it(cli: Cli, monorepo: Path) -> None:
    assert "[workflow.align]" in cli("lint", "flows", "--show-config").out
    assert "[workflow.call]" in cli("lint", "flows", "--show-config").out
    several = cli("package", ".")
    assert several.code == 2
    assert "`align`, `call`" in several.err
    assert "2 workflows" in cli("inspect", ".").out
    assert json.loads(cli("inspect", "call", "--format", "json").out)["source"]["path"] == "flows/call/main.wdl"


def test_flags_win_over_the_environment_the_target_and_the_workflow(
    cli: Cli, monorepo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = ("align", "--target", "prod")
    assert settings_of(cli, "align")["account"] == ("not set", "default")
    assert settings_of(cli, *target)["region"] == ("us-east-1", "packager.toml:16, [target.prod]")
    monkeypatch.setenv("AWS_REGION", "ap-northeast-1")
    assert settings_of(cli, *target)["region"] == ("ap-northeast-1", "the environment")
    assert settings_of(cli, *target, "--region", "us-west-2")["region"] == ("us-west-2", "the command line")
    assert settings_of(cli, "align", "--ignore", "WDL")["ignore"] == ("[WDL]", "the command line")
    assert settings_of(cli, "align")["ignore"] == ("[IMG002, RES]", "packager.toml:3, [lint]")


def test_a_target_decides_what_an_uncovered_image_is(cli: Cli, monorepo: Path) -> None:
    assert cli("lint", "align").code == 0
    assert cli("lint", "call").code == 0
    on_target = cli("lint", "call", "--target", "prod", "--format", "json")
    assert on_target.code == 1
    assert [(one["code"], one["severity"]) for one in on_target.json["diagnostics"] if one["code"] == "IMG001"] == [
        ("IMG001", "error")
    ]


def test_the_settings_reach_the_request(cli: Cli, monorepo: Path) -> None:
    request = json.loads(cli("submit", "align", "--dry-run", "--no-lint", "--format", "json").out)["request"]
    assert request["tags"] == {"team": "genomics", "stage": "all"}
    target = cli("submit", "align", "--dry-run", "--no-lint", "--target", "prod", "--format", "json")
    assert json.loads(target.out)["request"]["tags"] == {"stage": "prod"}


def test_other_severities_and_files_where_codes_do_not_count(cli: Cli, monorepo: Path) -> None:
    more = '[lint.severity]\nIMG = "error"\nIMG001 = "info"\n[lint.per-path-ignores]\n"flows/align/**" = ["IMG004"]\n'
    (monorepo / "packager.toml").write_text(more)
    main = monorepo / "flows" / "align" / "main.wdl"
    main.write_text(workflow("align").replace("say:1.0", "say:latest"))
    found = cli("lint", "flows/align", "--format", "json")
    assert [(one["code"], one["severity"]) for one in found.json["diagnostics"]] == [("IMG001", "info")]
    (monorepo / "packager.toml").write_text('[lint.severity]\nIMG = "error"\nIMG001 = "info"\n')
    found = cli("lint", "flows/align", "--format", "json")
    assert [(one["code"], one["severity"]) for one in found.json["diagnostics"]] == [
        ("IMG001", "info"),
        ("IMG004", "error"),
    ]
    assert found.code == 1


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("[lnt]\n", "packager.toml:1: unknown key `lnt` at the top", "did you mean `lint`?"),
        (
            "[lint]\n\nfail-onn = 'info'\n",
            "packager.toml:3: unknown key `fail-onn` in `[lint]`",
            "did you mean `fail-on`?",
        ),
        (
            "[workflow.a]\nregoin = 'x'\n",
            "packager.toml:2: unknown key `regoin` in `[workflow.a]`",
            "did you mean `region`?",
        ),
        (
            "workflow.a.regoin = 'x'\n",
            "packager.toml:1: unknown key `regoin` in `[workflow.a]`",
            "did you mean `region`?",
        ),
        ("[target.a]\nzzz = 1\n", "packager.toml:2: unknown key `zzz` in `[target.a]`", "known keys: `accelerators`"),
        ("[lint]\nfail-on = 'errors'\n", "packager.toml:2: `fail-on` is `errors`, expected error, warning", ""),
        ("[lint]\nselect = 'IMG'\n", "packager.toml:2: `select` must be a list of strings", ""),
        ("[workflow.a]\nstorage-capacity = true\n", "packager.toml:2: `storage-capacity` must be an integer", ""),
        ("[workflow.a]\ntags = ['x']\n", "packager.toml:2: `workflow.a.tags` must be a table", ""),
        ("[lint.severity]\nIMG = 'bad'\n", "packager.toml:1: `severity` is `bad`, expected error", ""),
        ("workflow = 1\n", "packager.toml:1: `workflow` must be a table", ""),
        ("\n[workflow.'']\n", "packager.toml:2: `[workflow.NAME]` needs a name", ""),
        ("[target.'']\n", "packager.toml:1: `[target.NAME]` needs a name", ""),
        ('[workflow.a]\npath = "a\\u0000"\n', "packager.toml:2: `path` contains a NUL character", ""),
        ('[lint]\n\nbaseline = "\\u0000"\n', "packager.toml:3: `baseline` contains a NUL character", ""),
        ('[workflow.a]\ninclude = ["a", "\\u0000"]\n', "packager.toml:2: `include` contains a NUL character", ""),
        ('[target.t]\nparameter-template = "\\u0000"\n', "`parameter-template` contains a NUL character", ""),
        ('[workflow."a\\u0000"]\n', "packager.toml: the name in `[workflow.NAME]` contains a NUL character", ""),
        ("[workflow.a]\nstorage-capacity = " + "9" * 5000, "`packager.toml` is not valid TOML", ""),
        ("[lint\n", "`packager.toml:1:6` is not valid TOML", ""),
        (
            "[lint]\nselect = ['NIX']\n",
            "no code starts with `NIX` (from packager.toml:2, [lint])",
            "`packager rules` lists them",
        ),
        ("[lint.severity]\nNIX = 'info'\n", "no code starts with `NIX` (from packager.toml:1, [lint])", ""),
        (
            "[lint]\n\nper-path-ignores = {'a/*' = ['IMG', '']}\n",
            "no code starts with `` (from packager.toml:3, [lint])",
            "",
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_place(cli: Cli, in_folder: Path, text: str, message: str, hint: str) -> None:
    write(in_folder, {"main.wdl": workflow("a"), "packager.toml": text})
    found = cli("lint", ".")
    assert (found.code, found.out) == (2, "")
    assert message in found.err
    assert hint in found.err


@pytest.mark.parametrize(
    "command",
    [
        ("lint",),
        ("inspect",),
        ("template",),
        ("images",),
        ("package", "-o", "x.zip"),
        ("submit", "--dry-run"),
        ("map", "generate", "--check"),
    ],
)
def test_every_command_says_what_is_wrong(cli: Cli, in_folder: Path, command: tuple[str, ...]) -> None:
    write(in_folder, {"main.wdl": workflow("a"), "packager.toml": "[lint]\n[lint.severity]\nIMG1 = 'info'\n"})
    found = cli(*command, "main.wdl")
    assert (found.code, found.out) == (2, "")
    assert "no code starts with `IMG1` (from packager.toml:2, [lint])" in found.err


def test_a_target_that_is_not_there(cli: Cli, monorepo: Path) -> None:
    found = cli("lint", "align", "--target", "pord")
    assert found.code == 2
    assert "known targets: `prod`" in found.err
    (monorepo / "packager.toml").unlink()
    assert "no `packager.toml` exists" in cli("lint", "flows/align", "--target", "prod").err


def test_bytes_that_are_no_text_are_refused(in_folder: Path) -> None:
    path = in_folder / "packager.toml"
    for content in (b"\xff\xfe", b"a = " + b"[" * 5000, b"x" * 2_000_000):
        path.write_bytes(content)
        with pytest.raises(PackagerError):
            config.load(path)
    with pytest.raises(ConfigError):
        config.load(in_folder / "absent.toml")


def test_a_long_configuration_is_read_in_a_moment(in_folder: Path) -> None:
    path = in_folder / "packager.toml"
    path.write_text("".join(f"[workflow.a{number}]\nregion='r'\n" for number in range(30_000)))
    started = time.perf_counter()
    assert config.load(path).workflows["a29999"]["region"].line == 60_000
    assert time.perf_counter() - started < 10
    path.write_text("[workflow.a]\n" + "a." * 3000 + "b = 1\n")
    with pytest.raises(PackagerError):
        config.load(path)


def test_a_key_of_one_table_is_not_looked_for_in_another(in_folder: Path) -> None:
    path = in_folder / "packager.toml"
    path.write_text("# x\n[target.a]\nregion='r'\n[workflow.a]\r\nregion='s'\n[workflow.'b.c'.tags]\nx='1'\n")
    read = config.load(path)
    assert (read.targets["a"]["region"].line, read.workflows["a"]["region"].line) == (3, 5)
    assert read.workflows["b.c"]["tags"].line == 6


# The schema that editors use, made from the table of keys and the registry of codes.


def member(key: Key) -> dict[str, Any]:
    code = {"$ref": "#/$defs/code"}
    text = {"type": "string"}
    forms: dict[str, dict[str, Any]] = {
        "string": {**text, **({"enum": list(key.choices)} if key.choices else {})},
        "file": text,
        "number": {"type": "integer"},
        "strings": {"type": "array", "items": text},
        "codes": {"type": "array", "items": code},
        "tags": {"type": "object", "additionalProperties": text},
        "severities": {
            "type": "object",
            "propertyNames": code,
            "additionalProperties": {"enum": [severity.value for severity in Severity]},
        },
        "globs": {"type": "object", "additionalProperties": {"type": "array", "items": code}},
        "repository": REPOSITORY_SCHEMA,
    }
    return {"description": key.description, **forms[key.kind]}


REPOSITORY_SCHEMA = {
    "type": "object",
    "properties": {
        "connection-arn": {"type": "string"},
        "full-repository-id": {"type": "string"},
        "source-reference": {
            "type": "object",
            "properties": {"type": {"enum": ["BRANCH", "TAG", "COMMIT"]}, "value": {"type": "string"}},
            "required": ["type", "value"],
            "additionalProperties": False,
        },
        "exclude-file-patterns": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["connection-arn", "full-repository-id"],
    "additionalProperties": False,
}


def expected_schema() -> dict[str, Any]:
    def section(name: str) -> dict[str, Any]:
        members = {key: member(value) for key, value in sorted(KEYS[name].items())}
        return {"type": "object", "properties": members, "additionalProperties": False}

    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_URL,
        "title": "packager.toml",
        "description": "The configuration of packager. Files and folders are relative to the folder of the file.",
        "type": "object",
        "properties": {
            "lint": {"description": TABLES["lint"], **section("lint")},
            **{
                name: {"description": TABLES[name], "type": "object", "additionalProperties": section(name)}
                for name in NAMED
            },
        },
        "additionalProperties": False,
        "$defs": {
            "code": {
                "description": "A code, or the family that its first letters name.",
                "enum": [*codes.FAMILIES, *codes.known()],
            }
        },
    }


def test_the_schema_is_the_table_of_keys(golden: Golden) -> None:
    golden(ROOT / "schemas" / "packager.schema.json", json.dumps(expected_schema(), indent=2) + "\n")


def test_the_schema_takes_what_the_reader_takes(in_folder: Path) -> None:
    import tomllib

    jsonschema.Draft202012Validator.check_schema(schemas.load("packager"))
    jsonschema.validate(tomllib.loads(MONOREPO["packager.toml"]), schemas.load("packager"))
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"lint": {"fail-onn": "info"}}, schemas.load("packager"))
