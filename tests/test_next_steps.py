"""What comes next: each command ends with a command that works as it is printed."""

from __future__ import annotations

import importlib
import re
import shlex
import shutil
from collections.abc import Callable
from pathlib import Path

import botocore.session
import click
import pytest
from botocore import xform_name
from conftest import WORKFLOWS, Cli, Result

from packager.images.registry_map.generation import EcrRegistry
from packager.render import next_steps
from packager.render.next_steps import (
    ACCEPTED,
    CacheFacts,
    ImageFacts,
    LintFacts,
    MapFacts,
    PackageFacts,
    PolicyFacts,
    WorkflowNames,
    after_diff,
    after_images,
    after_lint,
    after_list,
    after_map,
    after_package,
    after_policy,
    after_submit,
    credentials_note,
    instead_of_aws,
)
from packager.shell import command_line, quoted

ACCOUNT, REGION = "111122223333", "us-east-1"
_NEXT = re.compile(r"^next: `(.+)`$", re.MULTILINE)
_PLACEHOLDERS = {"ACCOUNT": ACCOUNT, "REGION": REGION}


def steps(result: Result) -> list[str]:
    """The commands that a command ends with."""
    return _NEXT.findall(result.err) or _NEXT.findall(result.out)


def words(command: str) -> list[str]:
    """The words that the shell passes on, with an account and a Region where the command has placeholders."""
    return [_PLACEHOLDERS.get(word, word) for word in shlex.split(command)]


def follow(cli: Cli, command: str) -> Result:
    """Run a command of packager as it is printed."""
    program, *arguments = words(command)
    assert program == "packager"
    return cli(*arguments)


def check_aws_command(command: str) -> None:
    """Check a command of the AWS CLI against the model of its API: the operation, its options, and those that are required."""
    program, service, operation, *rest = words(command)
    assert program == "aws"
    model = botocore.session.get_session().get_service_model(service)
    names = {xform_name(name, "-"): name for name in model.operation_names}
    shape = model.operation_model(names[operation]).input_shape
    assert shape is not None
    members = {xform_name(name, "-"): name for name in shape.members}
    options = {word.removeprefix("--") for word in rest if word.startswith("--")} - {"region"}
    if "cli-input-json" in options:  # the file has the members
        return
    assert options <= set(members), command
    assert {name for name, member in members.items() if member in shape.required_members} <= options, command


@pytest.fixture
def workflows(in_folder: Path) -> Path:
    """Copies of the fixtures in the current folder."""
    for name in ("nextflow-modules", "nextflow-typed", "wdl-variants", "cwl-records"):
        shutil.copytree(WORKFLOWS / name, in_folder / name)
    return in_folder


# The whole way.


def test_the_way_from_the_first_look_to_the_parameters(cli: Cli, workflows: Path) -> None:
    (seen,) = steps(cli("list", "nextflow-modules"))
    assert seen == "packager inspect nextflow-modules"
    (command,) = steps(follow(cli, seen))
    assert command == "packager lint nextflow-modules"
    linted = follow(cli, command)
    assert linted.code == 0
    (mapping,) = set(re.findall(r"`(packager map generate [^`]+)`", linted.out))
    (same,) = steps(cli("images", "nextflow-modules"))
    assert sorted(words(same)) == sorted(words(mapping))
    mapped = follow(cli, mapping)
    assert mapped.code == 0, mapped.err
    assert Path("nextflow-modules/container-registry-map.json").is_file()
    printed = steps(mapped)
    assert len(printed) == 4
    assert "ecr batch-get-image" in follow(cli, printed.pop()).out
    for command in printed:
        if command.startswith("aws "):
            check_aws_command(command)
            continue
        policy = follow(cli, command)
        assert policy.code == 0
        assert policy.json["Version"] == "2012-10-17"
        for using in steps(policy):
            check_aws_command(using)
    (packaging,) = steps(cli("images", "nextflow-modules", "--account", ACCOUNT, "--region", REGION))
    assert packaging == f"packager package nextflow-modules --region {REGION} --account {ACCOUNT}"
    assert follow(cli, packaging).code == 0
    packaged = cli("package", "nextflow-modules")
    (submitting,) = steps(packaged)
    assert "--local" in words(submitting)
    assert "--container-registry-map" in words(submitting)
    submitted = follow(cli, submitting)
    assert submitted.code == 0, submitted.err
    (parameters,) = steps(submitted)
    assert "--start-run" in words(parameters)
    request = Path("start-run.json")
    checked = follow_to_the_check(cli, parameters, request)
    request.write_text(
        request.read_text()
        .replace("<workflow ID>", "1234567")
        .replace("<version name>", "1.0")
        .replace("<ARN of the run's role>", f"arn:aws:iam::{ACCOUNT}:role/runs")
        .replace("BUCKET/PATH/TO", "data")
    )
    (starting,) = steps(follow(cli, checked))
    assert words(starting)[:3] == ["aws", "omics", "start-run"]
    check_aws_command(starting)


def follow_to_the_check(cli: Cli, printing: str, file: Path) -> str:
    """Print something to fill in and write it to a file; the command that checks it, which reports the placeholders first."""
    (writing,) = steps(follow(cli, printing))
    written = follow(cli, writing)
    assert file.is_file()
    (checking,) = steps(written)
    checked = follow(cli, checking)
    assert (checked.code, steps(checked)) == (1, [])
    return checking


def test_run_parameters_lead_to_lint(cli: Cli, workflows: Path) -> None:
    checking = follow_to_the_check(cli, "packager inputs nextflow-modules", Path("inputs.json"))
    Path("inputs.json").write_text(Path("inputs.json").read_text().replace("BUCKET/PATH/TO", "data"))
    (linting,) = steps(follow(cli, checking))
    assert follow(cli, linting).code == 0


@pytest.mark.parametrize("name", ["nextflow-typed", "wdl-variants", "cwl-records"])
def test_each_engine_can_be_followed_to_the_parameters(cli: Cli, workflows: Path, name: str) -> None:
    (linting,) = steps(cli("inspect", name))
    assert follow(cli, linting).code == 0
    packaged = cli("package", name)
    assert packaged.code == 0, packaged.out
    (submitting,) = steps(packaged)
    submitted = follow(cli, submitting)
    assert submitted.code == 0, submitted.err
    assert [words(step)[1] for step in steps(submitted)] == ["inputs"]
    assert follow(cli, steps(submitted)[0]).code == 0


def test_a_repository_leads_to_its_configuration(cli: Cli, workflows: Path) -> None:
    (command,) = steps(cli("list"))
    assert command == "packager init"
    written = follow(cli, command)
    assert steps(written) == ["packager lint"]
    assert follow(cli, "packager lint").code == 0
    assert steps(cli("list")) == ["packager lint"]
    listed = {workflow["name"] for workflow in cli("list", "--format", "json").json["workflows"]}
    configured = re.findall(r"^\[workflow\.([\w-]+)\]", Path("packager.toml").read_text(), re.M)
    assert set(configured) == listed


def test_a_template_says_what_was_written(cli: Cli, workflows: Path) -> None:
    elsewhere = cli("template", "nextflow-modules", "-o", "t.json")
    assert elsewhere.err.startswith("t.json: written, 6 parameters\n")
    assert steps(elsewhere) == ["packager lint nextflow-modules --parameter-template t.json"]
    used = cli("template", "nextflow-modules", "-o", "nextflow-modules/parameter-template.json")
    assert steps(used) == ["packager lint nextflow-modules"]
    assert follow(cli, steps(used)[0]).code == 0
    updated = cli("template", "nextflow-typed", "--update", "nextflow-typed/parameter-template.json")
    assert "written" in updated.err
    assert steps(updated) == ["packager lint nextflow-typed"]


def test_diff_and_status_lead_on(cli: Cli, workflows: Path) -> None:
    cli("submit", "wdl-variants", "--local", "--name", "first")
    (one,) = steps(cli("status", "--local"))
    assert follow(cli, one).code == 0
    main = Path("wdl-variants/main.wdl")
    main.write_text(main.read_text() + "\n# changed\n")
    (submitting,) = steps(cli("diff", "wdl-variants", "--local", "--name", "first"))
    submitted = follow(cli, submitting)
    assert submitted.code == 0, submitted.err
    assert "created workflow 1000001, version" in submitted.out
    assert steps(cli("diff", "wdl-variants", "--local", "--name", "first")) == []


def test_a_refused_package_names_the_codes(cli: Cli, files: Callable[..., Path]) -> None:
    files({"main.wdl": 'version 1.0\nimport "absent.wdl" as a\nworkflow w { call a.t }\n'})
    refused = cli("package", ".")
    assert refused.code == 1
    assert refused.err.endswith("error: 1 error found, nothing was written: WDL050\n")


# Where it is not wanted.


@pytest.mark.parametrize(
    "arguments",
    [
        ("inspect", "--format", "json"), ("inspect", "-q"), ("images", "--format", "json"),
        ("package", "--format", "json"), ("package", "-q"), ("list", "--format", "json"), ("inputs", "--schema"),
        ("template",), ("template", "-o", "-"), ("submit", "--local", "--format", "json"), ("submit", "--local", "-q"),
        ("submit", "--dry-run"), ("package", "--list"),
    ],
)  # fmt: skip
def test_other_programs_and_quiet_get_no_advice(cli: Cli, workflows: Path, arguments: tuple[str, ...]) -> None:
    result = cli(arguments[0], "nextflow-typed", *arguments[1:])
    assert result.code == 0
    assert "next:" not in result.err + result.out


def test_results_stay_alone_on_stdout(cli: Cli, workflows: Path) -> None:
    for command in ("inspect", "images", "inputs", "package"):
        result = cli(command, "nextflow-typed")
        assert "next:" not in result.out
        assert result.err.count("next: ") == 1
        assert result.err.endswith("`\n")


def test_it_is_dim_where_colours_are_shown(cli: Cli, workflows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert cli("inspect", "nextflow-typed").err.endswith("\033[2mnext: `packager lint nextflow-typed`\033[0m\n")


# The user's own values.


def test_options_that_decide_the_workflow_are_kept(cli: Cli, workflows: Path) -> None:
    shutil.copytree("wdl-variants", "with space", dirs_exist_ok=True)
    result = cli(
        "inspect", "with space", "--main", "main.wdl", "--engine", "WDL_LENIENT", "--exclude", "*.md", "--no-cache"
    )
    (command,) = steps(result)
    assert command == "packager lint 'with space' --engine WDL_LENIENT --main main.wdl --exclude '*.md'"
    assert follow(cli, command).code == 0


def test_lines_about_the_rest_keep_the_options_too(cli: Cli, workflows: Path) -> None:
    shutil.copy("nextflow-modules/main.nf", "nextflow-modules/other.nf")
    options = ("--main", "other.nf", "--nextflow-profile", "test", "--exclude", "*.md")
    packaged = cli("package", "nextflow-modules", *options)
    shown = "packager lint nextflow-modules --main other.nf --nextflow-profile test --exclude '*.md'"
    assert f"`{shown}` shows them" in packaged.err
    assert follow(cli, shown).code == 0


def test_the_environment_is_not_repeated(cli: Cli, workflows: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-west-1")
    assert steps(cli("inspect", "nextflow-typed")) == ["packager lint nextflow-typed"]
    assert steps(cli("package", "nextflow-typed")) == ["packager submit nextflow-typed.zip"]


def test_the_options_are_those_that_the_commands_accept() -> None:
    for name, expected in ACCEPTED.items():
        module, _, inner = name.partition(" ")
        command = importlib.import_module(f"packager.cli.commands.{module}").command
        command = command.commands[inner] if inner else command
        options = {option for parameter in command.params for option in parameter.opts}
        assert isinstance(command, click.Command)
        assert expected <= options, name
        # A profile is only for what asks AWS, a map that is going to be written is not used, and `package` has the endpoint of S3.
        others = {"--profile", "--container-registry-map", *(["--endpoint-url"] if name == "package" else [])}
        assert options & next_steps.CARRIED - expected <= others, name


# The functions alone.


def test_the_files_that_the_commands_read_are_described() -> None:
    hub, github = CacheFacts("docker.io", "docker-hub", True), CacheFacts("ghcr.io", "github", True)
    login = '{"username": "NAME", "accessToken": "TOKEN"}'
    assert credentials_note((CacheFacts("quay.io", "quay", False),)) == ""
    assert (
        credentials_note((hub,))
        == f"first write your login for `docker.io` to `docker-hub-credentials.json`, as `{login}`"
    )
    assert "to `docker-hub-credentials.json` and `github-credentials.json`" in credentials_note((hub, github))


def test_what_was_submitted_is_run() -> None:
    names = WorkflowNames(("w",), (("--target", "prod"), ("--name", "x")))
    command = "packager inputs w --target prod --start-run"
    assert after_submit(names, None, None) == command
    assert after_submit(names, "12", None) == f"{command} --workflow-id 12 --default-version"
    assert after_submit(names, "12", "1.0") == f"{command} --workflow-id 12 --version-name 1.0"


def test_lists() -> None:
    assert after_list((), number=2, configured=False) == "packager init"
    assert after_list(("a",), number=2, configured=False) == "packager init a"
    assert after_list(("a", "b"), number=2, configured=False) == ""
    assert after_list(("a", "b"), number=2, configured=True) == "packager lint a b"


def test_lint() -> None:
    names = WorkflowNames(("w",), (("--nextflow-profile", "test"),))
    assert (
        after_lint(names, LintFacts(fixable=1, first_error="WDL050")) == "packager lint w --nextflow-profile test --fix"
    )
    assert after_lint(names, LintFacts(first_error="WDL050", needs_map=True)) == "packager rules WDL050"
    assert after_lint(names, LintFacts(needs_map=True)) == ""
    assert after_lint(names, LintFacts()) == "packager package w --nextflow-profile test"
    zipped = WorkflowNames(("w.zip",))
    assert after_lint(zipped, LintFacts(in_zip=True)) == "packager submit w.zip --local"
    assert after_lint(zipped, LintFacts(in_zip=True, has_region=True)) == "packager submit w.zip"


def test_images() -> None:
    names = WorkflowNames(("w",))
    mapping = "packager map generate w --account ACCOUNT --region REGION -o container-registry-map.json"
    assert after_images(names, ImageFacts(2)) == mapping
    known = ImageFacts(1, "maps/m.json", account=ACCOUNT, region=REGION)
    assert after_images(names, known) == f"packager map generate w --account {ACCOUNT} --region {REGION} -o maps/m.json"
    target = WorkflowNames(("w",), (("--target", "prod"),))
    assert after_images(target, ImageFacts(2)) == "packager map generate w --target prod -o container-registry-map.json"
    assert after_images(names, ImageFacts(0)) == "packager package w"
    assert after_images(names, ImageFacts(0, failed=True)) == "packager images w --print-policy ecr"
    assert after_images(WorkflowNames(("v", "w")), ImageFacts(0)) == "packager lint v w"


def test_maps() -> None:
    caches = (CacheFacts("quay.io", "quay", needs_secret=False), CacheFacts("ghcr.io", "github", needs_secret=True))
    facts = MapFacts("m.json", automatic=True, registry=EcrRegistry(ACCOUNT, REGION), caches=caches, copied_images=1)
    commands = after_map(WorkflowNames(("w",)), facts)
    for command in commands[:3]:
        check_aws_command(command)
    assert [words(command)[2] for command in commands[:3]] == [
        "create-pull-through-cache-rule", "create-secret", "create-pull-through-cache-rule",
    ]  # fmt: skip
    assert "ecr-pullthroughcache/github" in commands[1]
    assert "--credential-arn SECRET_ARN" in commands[2]
    same = f"packager images w --account {ACCOUNT} --region {REGION}"
    assert commands[3:] == [
        f"{same} --print-policy registry",
        f"{same} --format mirror --script skopeo",
        f"{same} --print-policy repository",
        f"{same} --prime",
    ]  # fmt: skip


@pytest.mark.parametrize("kind", ["caller", "run-role", "repository", "registry"])
def test_policies_are_used_by_the_aws_cli(kind: str) -> None:
    for command in after_policy(PolicyFacts(kind, ("tools/bwa",), ("quay",), None)):
        check_aws_command(command)


def test_packages() -> None:
    names = WorkflowNames(("w",), (("--main", "a.wdl"), ("--target", "prod")))
    assert after_package(names, PackageFacts("w.zip", None, has_region=True)) == "packager submit w.zip --target prod"
    local = after_package(WorkflowNames(("w",)), PackageFacts("w.zip", "w/map.json", has_region=False))
    assert local == "packager submit w.zip --container-registry-map w/map.json --local"


def test_the_emulator_instead_of_aws() -> None:
    names = WorkflowNames(("w",), (("--profile", "p"), ("--region", REGION)))
    assert instead_of_aws(names) == f"packager submit w --region {REGION} --local"


def test_differences() -> None:
    names = WorkflowNames(("w",), (("--local", ""),))
    assert after_diff(names, identical=True, choice=()) == ""
    changed = after_diff(names, identical=False, choice=[("--workflow-id", "7")])
    assert changed == "packager submit w --local --workflow-id 7"


def test_a_path_is_no_option() -> None:
    assert after_images(WorkflowNames(("-x",)), ImageFacts(0)) == "packager package ./-x"


# Quotes.


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("main.wdl", "main.wdl"),
        ("C:\\work\\main.wdl", "C:\\work\\main.wdl"),
        ("with space", '"with space"'),
        ("a&b", '"a&b"'),
        ("*.md", '"*.md"'),
        ("it's", '"it\'s"'),
        ("", '""'),
        ('say "x"', '"say \\"x\\""'),
        ("folder with\\", '"folder with\\\\"'),
        ("$HOME", '"$HOME"'),
        ("--region", "--region"),
        ("a=b", "a=b"),
    ],
)
def test_words_on_windows(word: str, expected: str) -> None:
    assert quoted(word, windows=True) == expected


@pytest.mark.parametrize("word", ["main.wdl", "with space", "it's", "a\\b", "*", "$x", ""])
def test_words_elsewhere(word: str) -> None:
    assert shlex.split(quoted(word, windows=False)) == [word]


def test_lines() -> None:
    line = ["packager", "lint", "C:\\a b\\main.wdl"]
    assert command_line(line, windows=True) == 'packager lint "C:\\a b\\main.wdl"'
    assert command_line(line, windows=False) == "packager lint 'C:\\a b\\main.wdl'"
