"""Repositories with more than one workflow: what is listed, and what each command does with all of them."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

from packager.app.options import LoadOptions
from packager.app.priming import Primer, prime
from packager.jsondoc.schemas import violations

Files = Callable[[dict[str, str | bytes]], Path]
TASKS = """version 1.0
task say {
  input { String word }
  command <<< echo ~{word} >>>
  output { String text = read_string(stdout()) }
  runtime { docker: "quay.io/org/say:1.0"  cpu: 1  memory: "2 GiB" }
}
"""


def wdl(name: str, tasks: str = "tasks.wdl") -> str:
    return f"""version 1.0
import "{tasks}" as tasks
workflow {name} {{
  input {{ String word }}
  call tasks.say {{ input: word = word }}
  output {{ String text = say.text }}
}}
"""


def check_of(path: str) -> str:
    return f'version 1.0\nimport "{path}" as tested\nworkflow check {{ call tested.{Path(path).stem} }}\n'


LIBRARY: dict[str, str | bytes] = {
    "pipelines/align/align.wdl": wdl("align", "../../modules/say/say.wdl"),
    "pipelines/align/testrun.wdl": check_of("align.wdl"),
    "pipelines/count/count.wdl": wdl("count", "../../modules/say/say.wdl"),
    "pipelines/count/testrun.wdl": check_of("count.wdl"),
    "modules/say/say.wdl": TASKS,
    "modules/other/other.wdl": TASKS,
    "modules/other/testrun.wdl": 'version 1.0\nimport "other.wdl" as o\nworkflow check { call o.say { input: word = "a" } }\n',
    "README.md": "text\n",
}


@pytest.fixture
def library(files: Files) -> Path:
    """A repository of pipelines, each with a test next to it, and modules with tasks alone."""
    folder = files(LIBRARY)
    (folder / ".git").mkdir()
    return folder


def rows(cli: Cli, *arguments: str) -> list[tuple[str, str, str]]:
    result = cli("list", *arguments, "--format", "json")
    assert result.code == 0, result.err
    assert violations("report", result.json) == ()
    return [(each["kind"], each["name"], each["main"]) for each in result.json["workflows"]]


def test_a_workflow_that_only_its_test_imports_is_listed_as_a_workflow(cli: Cli, library: Path) -> None:
    assert rows(cli) == [
        ("workflow", "align", "pipelines/align/align.wdl"),
        ("workflow", "count", "pipelines/count/count.wdl"),
        ("test", "other-testrun", "modules/other/testrun.wdl"),
        ("test", "align-testrun", "pipelines/align/testrun.wdl"),
        ("test", "count-testrun", "pipelines/count/testrun.wdl"),
        ("library", "other", "modules/other/other.wdl"),
    ]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("testrun.wdl", "test"),
        ("test_align.wdl", "test"),
        ("align_test.wdl", "test"),
        ("alignTest.wdl", "test"),
        ("align.test.wdl", "test"),
        ("example1.wdl", "test"),
        ("align-example.wdl", "test"),
        ("Tests/x.wdl", "test"),
        ("testis.wdl", "workflow"),
        ("attest.wdl", "workflow"),
        ("contestants.wdl", "workflow"),
        ("latest.wdl", "workflow"),
    ],
)  # fmt: skip
def test_tests_and_examples_are_known_by_name(cli: Cli, files: Files, name: str, kind: str) -> None:
    files({name: "version 1.0\nworkflow x {}\n", "a/b/c/main.wdl": "version 1.0\nworkflow y {}\n"})
    assert (kind, name) in [(kind, main) for kind, _, main in rows(cli)]


def test_the_text_of_list_is_a_table(cli: Cli, library: Path) -> None:
    assert cli("list", "--kind", "workflow", "--kind", "library").out.splitlines() == [
        "NAME   KIND      ENGINE  MAIN",
        "align  workflow  WDL     pipelines/align/align.wdl",
        "count  workflow  WDL     pipelines/count/count.wdl",
        "other  library   WDL     modules/other/other.wdl",
        "2 workflows, 1 library",
    ]


def test_list_has_the_names_of_the_configuration(cli: Cli, library: Path) -> None:
    (library / "packager.toml").write_text('[workflow.a]\npath = "pipelines/align/align.wdl"\n')
    assert rows(cli) == [("workflow", "a", "pipelines/align/align.wdl")]


def test_list_below_another_folder_has_paths_from_here(
    cli: Cli, library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(library / "modules")
    assert rows(cli, "../pipelines/align")[0] == ("workflow", "align", "../pipelines/align/align.wdl")


def test_a_folder_without_a_workflow_lists_its_libraries(cli: Cli, library: Path) -> None:
    assert rows(cli, "modules/say") == [("library", "say", "modules/say/say.wdl")]


def test_nothing_to_list_is_a_usage_error(cli: Cli, files: Files) -> None:
    files({"README.md": ""})
    result = cli("list")
    assert (result.code, result.out) == (2, "")


def test_lint_of_a_folder_is_lint_of_its_workflows(cli: Cli, library: Path) -> None:
    both = cli("lint", "pipelines/align/align.wdl", "pipelines/count/count.wdl", "--format", "json")
    for arguments in ((), (".",), ("pipelines",)):
        result = cli("lint", *arguments, "--format", "json")
        assert result.code == 0, result.err
        assert result.json["diagnostics"] == both.json["diagnostics"]


def test_a_name_of_list_is_a_path(cli: Cli, library: Path) -> None:
    by_name = cli("inspect", "align", "--format", "json")
    assert by_name.code == 0, by_name.err
    assert by_name.json == cli("inspect", "pipelines/align/align.wdl", "--format", "json").json | {
        "source": by_name.json["source"]
    }
    assert cli("package", "count", "-o", "count.zip").code == 0
    assert cli("inspect", "absent").code == 2


@pytest.mark.parametrize("command", ["package", "submit", "diff", "inputs"])
def test_a_command_for_one_workflow_names_them_and_shows_how_to_choose(cli: Cli, library: Path, command: str) -> None:
    more = ("--dry-run",) if command == "submit" else ("--workflow-id", "1") if command == "diff" else ()
    result = cli(command, "pipelines", *more)
    assert (result.code, result.out) == (2, "")
    assert result.err.splitlines() == [
        "error: `pipelines` has 2 workflows: `align/align.wdl`, `count/count.wdl`",
        "hint: pass the main file of one, or its name where you are in the folder: `packager list pipelines` shows them",
    ]


def test_one_wrong_path_does_not_stop_the_others(cli: Cli, library: Path) -> None:
    result = cli("lint", "align", "absent.wdl", "README.md", "--format", "json")
    found = {(each["path"], each["code"], each["severity"]) for each in result.json["diagnostics"]}
    assert {("absent.wdl", "INT013", "error"), ("README.md", "INT014", "info")} <= found
    assert any(path == "modules/say/say.wdl" for path, _, _ in found)
    assert result.code == 2


def test_a_file_of_a_pattern_that_is_no_workflow_fails_nothing(cli: Cli, library: Path) -> None:
    assert cli("lint", "README.md", "modules/say", "align", "--fail-on", "error").code == 0
    for paths in (("README.md",), ("README.md", "modules/say")):
        result = cli("lint", *paths)
        assert (result.code, result.out) == (2, "")


def test_one_broken_workflow_of_a_folder_does_not_hide_the_others(cli: Cli, library: Path) -> None:
    (library / "pipelines" / "count" / "count.wdl").write_text("version 1.0\nworkflow count { call }\n")
    result = cli("lint", "--format", "json")
    assert result.code == 1
    assert {"pipelines/count/count.wdl", "modules/say/say.wdl"} <= {each["path"] for each in result.json["diagnostics"]}


def test_images_of_a_folder_are_those_of_all_workflows_once(cli: Cli, library: Path) -> None:
    result = cli("images", "--format", "json")
    assert violations("report", result.json) == ()
    (image,) = result.json["images"]
    assert image["workflows"] == ["pipelines/align/align.wdl", "pipelines/count/count.wdl"]
    assert "used by say in pipelines/align/align.wdl, pipelines/count/count.wdl" in cli("images").out


def test_a_folder_gets_one_map(cli: Cli, library: Path) -> None:
    target = ("--account", "111122223333", "--region", "us-east-1")
    assert cli("map", "generate", *target, "-o", "map.json").code == 0
    assert "quay.io" in Path("map.json").read_text()
    assert cli("map", "generate", *target, "-o", "map.json", "--check").code == 0
    alone = cli("map", "generate", "align", *target)
    assert json.loads(alone.out) == json.loads(Path("map.json").read_text())


def test_workflows_with_different_targets_get_no_common_map(cli: Cli, library: Path) -> None:
    tables = [f'[workflow.{name}]\npath = "pipelines/{name}"\nregion = "{region}"\n' for name, region in
              (("align", "us-east-1"), ("count", "us-west-2"))]  # fmt: skip
    (library / "packager.toml").write_text("".join(tables))
    result = cli("map", "generate", "--account", "111122223333")
    assert (result.code, "different" in result.err) == (2, True)


def test_templates_of_a_folder_are_checked_next_to_each_main(cli: Cli, library: Path) -> None:
    name = "parameter-template.json"
    missing = cli("template", "--check", name)
    assert missing.code == 1
    assert missing.err.splitlines()[0] == (
        f"pipelines/align/{name} does not exist: create it with"
        f" `packager template pipelines/align/align.wdl -o pipelines/align/{name}`"
    )
    assert cli("template", "--update", name).code == 0
    assert cli("template", "--check", name).code == 0
    Path(f"pipelines/count/{name}").write_text("{}")
    assert cli("template", "--check", name).code == 1
    for arguments in ((), ("-o", "x.json"), ("--check", "a/b.json")):
        assert cli("template", *arguments).code == 2


def test_inspect_of_a_folder_is_a_table(cli: Cli, library: Path) -> None:
    result = cli("inspect", "--format", "json")
    assert violations("report", result.json) == ()
    assert [each["main"] for each in result.json["workflows"]] == [
        "pipelines/align/align.wdl",
        "pipelines/count/count.wdl",
    ]
    assert cli("inspect").out.splitlines() == [
        "WORKFLOW                   ENGINE   PARAMETERS  OUTPUTS  TASKS  IMAGES  FILES",
        "pipelines/align/align.wdl  WDL 1.0  1           1        1      1       2",
        "pipelines/count/count.wdl  WDL 1.0  1           1        1      1       2",
        "2 workflows",
    ]


def test_a_folder_whose_imports_climb_is_packaged_from_the_common_ancestor(cli: Cli, library: Path) -> None:
    by_folder = cli("package", "pipelines/align", "--list", "--format", "json").json
    by_file = cli("package", "pipelines/align/align.wdl", "--list", "--format", "json").json
    assert [entry["path"] for entry in by_folder["entries"]] == ["modules/say/say.wdl", "pipelines/align/align.wdl"]
    assert by_folder["contentDigest"] == by_file["contentDigest"]


def test_a_folder_outside_of_a_repository_is_its_own_boundary(cli: Cli, library: Path) -> None:
    shutil.rmtree(library / ".git")
    result = cli("lint", "pipelines/align", "--format", "json")
    assert "WDL054" in result.codes


@pytest.mark.parametrize("jobs", ["1", "2", "7"])
def test_the_number_of_processes_changes_nothing(cli: Cli, library: Path, jobs: str, expected_report: str) -> None:
    assert cli("lint", "--format", "json", "--jobs", jobs).out == expected_report


@pytest.fixture
def expected_report(cli: Cli, library: Path) -> str:
    return cli("lint", "--format", "json", "--no-cache").out


def test_processes_fill_the_cache(cli: Cli, library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packager.app.priming._READERS", ("json",))  # as after a workflow that was not in the cache
    cache = tmp_path / "filled"
    paths = ["pipelines/align/align.wdl", "pipelines/count/count.wdl", "absent.wdl", "modules/other/testrun.wdl"]
    with Primer(cache, 3) as primer:
        numbers = primer.add((path, LoadOptions()) for path in paths)
        primer.take(numbers[0])
        for _ in range(600):
            if cache.exists() and any(path.name.startswith("wdl") for path in cache.iterdir()):
                break
            time.sleep(0.1)
        for number in numbers[1:]:
            primer.take(number)
    assert [path.name for path in cache.iterdir() if path.name.startswith("wdl")]


def test_a_process_needs_nothing_but_the_question(library: Path, tmp_path: Path) -> None:
    options = {"engine": None, "main": None, "nextflow_profile": None}
    question = {"path": "absent", "cache": str(tmp_path), "options": options}
    assert not prime(question)
    assert prime(question | {"path": "pipelines/align"})
