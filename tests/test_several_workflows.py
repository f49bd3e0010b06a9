"""Several workflows in one run: each is judged by its own configuration, and folders may be reached through links."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli

LATEST = 'docker: "quay.io/org/say:latest"'


def workflow(name: str, image: str = LATEST) -> str:
    return f"""version 1.0
workflow {name} {{ call say  output {{ String text = say.text }} }}
task say {{
  command <<< echo hello >>>
  output {{ String text = read_string(stdout()) }}
  runtime {{
    {image}
    cpu: 1
    memory: "2 GiB"
  }}
}}
"""


def write(folder: Path, files: dict[str, str]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")


@pytest.fixture
def two(in_folder: Path) -> Path:
    """Two folders, each with a configuration of its own; both workflows have two warnings."""
    write(in_folder, {"a/main.wdl": workflow("a"), "b/main.wdl": workflow("b")})
    write(in_folder, {"a/packager.toml": "", "b/packager.toml": ""})
    return in_folder


def places(result: Any) -> list[tuple[str, str]]:
    return [(one["path"], one["code"]) for one in result.json["diagnostics"]]


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
@pytest.mark.parametrize(
    ("levels", "code"),
    [
        (("warning", "never"), 1),
        (("never", "warning"), 1),
        (("never", "never"), 0),
        (("error", "error"), 0),
        (("error", "info"), 1),
    ],
)
def test_each_fails_on_what_its_own_configuration_says(
    cli: Cli, two: Path, order: tuple[str, str], levels: tuple[str, str], code: int
) -> None:
    for name, level in zip(("a", "b"), levels, strict=True):
        (two / name / "packager.toml").write_text(f'[lint]\nfail-on = "{level}"\n')
    found = cli("lint", *order, "--format", "json")
    assert found.code == code
    assert len(found.json["diagnostics"]) == 4


def test_only_ones_own_findings_fail_one(cli: Cli, two: Path) -> None:
    (two / "a" / "packager.toml").write_text('[lint]\nfail-on = "warning"\nignore = ["IMG"]\n')
    (two / "b" / "packager.toml").write_text('[lint]\nfail-on = "error"\n')
    found = cli("lint", "a", "b", "--format", "json")
    assert (found.code, places(found)) == (0, [("b/main.wdl", "IMG001"), ("b/main.wdl", "IMG004")])


def test_a_flag_holds_for_all(cli: Cli, two: Path) -> None:
    (two / "a" / "packager.toml").write_text('[lint]\nfail-on = "warning"\n')
    assert cli("lint", "a", "b").code == 1
    assert cli("lint", "a", "b", "--fail-on", "never").code == 0
    assert cli("lint", "a", "b", "--baseline", "all.json", "--write-baseline").code == 0
    assert cli("lint", "a", "b", "--baseline", "all.json", "--format", "json").json["diagnostics"] == []


@pytest.mark.parametrize("order", [("a", "b"), ("b", "a")])
def test_each_has_its_own_baseline(cli: Cli, two: Path, order: tuple[str, str]) -> None:
    (two / "a" / "packager.toml").write_text('[lint]\nbaseline = "base.json"\nfail-on = "warning"\n')
    (two / "b" / "packager.toml").write_text('[lint]\nbaseline = "old.json"\nfail-on = "warning"\n')
    written = cli("lint", *order, "--write-baseline")
    assert (written.code, written.out) == (0, "")
    for name in ("a/base.json", "b/old.json"):
        assert f"2 findings written to {name}" in written.err
        entries = json.loads((two / name).read_text())["findings"]
        assert [(one["path"], one["code"]) for one in entries] == [("main.wdl", "IMG001"), ("main.wdl", "IMG004")]
    left = cli("lint", *order, "--format", "json")
    assert (left.code, left.json["diagnostics"]) == (0, [])
    write(two, {"b/main.wdl": workflow("b", 'docker: "quay.io/org/say:1"')})
    left = cli("lint", *order, "--format", "json")
    assert (left.code, places(left)) == (1, [("b/main.wdl", "IMG001"), ("b/old.json", "INT012")])


def test_one_without_a_baseline_keeps_its_findings(cli: Cli, two: Path) -> None:
    (two / "a" / "packager.toml").write_text('[lint]\nbaseline = "base.json"\n')
    assert cli("lint", "a", "--write-baseline").code == 0
    found = cli("lint", "b", "a", "--format", "json")
    assert places(found) == [("b/main.wdl", "IMG001"), ("b/main.wdl", "IMG004")]
    refused = cli("lint", "a", "b", "--write-baseline")
    assert refused.code == 2
    assert "`b` has none" in refused.err


def test_a_baseline_that_several_share_is_used_up_once(cli: Cli, two: Path) -> None:
    (two / ".git").mkdir()
    for name in ("a", "b"):
        (two / name / "packager.toml").write_text('[lint]\nbaseline = "../all.json"\nfail-on = "warning"\n')
    assert cli("lint", "a", "b", "--write-baseline").code == 0
    assert cli("lint", "a", "b").code == 0
    write(two, {"b/main.wdl": workflow("b", "docker: 'x'").replace("cpu: 1", "cpu: 500")})
    found = cli("lint", "a", "b", "--format", "json")
    assert found.code == 1
    assert ("all.json", "INT012") in places(found)
    assert "a/main.wdl" not in {path for path, _ in places(found)}


def test_findings_of_what_was_not_asked_for_are_not_gone(cli: Cli, two: Path) -> None:
    for name in ("a", "b"):
        (two / name / "packager.toml").unlink()
    (two / "packager.toml").write_text('[lint]\nbaseline = "all.json"\n')
    assert cli("lint", "a", "b", "--write-baseline").code == 0
    assert places(cli("lint", "a", "--format", "json")) == []
    assert places(cli("lint", "b/main.wdl", "a", "--format", "json")) == []
    write(two, {"a/main.wdl": workflow("a", 'docker: "quay.io/org/say:1"')})
    (one,) = (each for each in cli("lint", "a", "--format", "json").json["diagnostics"] if each["code"] == "INT012")
    assert one["message"] == "2 findings of the baseline no longer occur"
    (two / "b" / "main.wdl").rename(two / "b" / "renamed.wdl")
    (one,) = (each for each in cli("lint", "a", "--format", "json").json["diagnostics"] if each["code"] == "INT012")
    assert one["message"] == "4 findings of the baseline no longer occur"


def test_findings_that_were_not_looked_for_are_not_gone(cli: Cli, two: Path) -> None:
    image = 'docker: "111122223333.dkr.ecr.eu-west-1.amazonaws.com/say:latest"'
    write(two, {"a/main.wdl": workflow("a", image)})
    options = ("--baseline", "all.json", "--format", "json")
    assert cli("lint", "a", "--region", "us-east-1", *options[:2], "--write-baseline").code == 0
    codes = {one["code"] for one in json.loads((two / "all.json").read_text())["findings"]}
    assert {"IMG002", "IMG004"} <= codes
    assert places(cli("lint", "a", "--region", "us-east-1", *options)) == []
    assert places(cli("lint", "a", *options)) == []
    assert places(cli("lint", "a", "--region", "us-east-1", "--ignore", "IMG004", *options)) == []
    assert places(cli("lint", "a", "--region", "eu-west-1", *options)) == [("all.json", "INT012")]


def test_findings_in_a_zip_that_was_not_asked_for_are_not_gone(cli: Cli, two: Path) -> None:
    assert cli("package", "b", "-o", "b.zip").code == 0
    assert cli("lint", "a", "b.zip", "--baseline", "all.json", "--write-baseline").code == 0
    assert places(cli("lint", "a", "--baseline", "all.json", "--format", "json")) == []


def test_an_unused_comment_is_told_once_where_a_workflow_is_also_part_of_another(cli: Cli, in_folder: Path) -> None:
    comment = "# packager: allow RES002 - never true\n"
    write(
        in_folder,
        {
            "packager.toml": '[lint]\nignore = ["IMG", "ZIP"]\n',
            "inner.wdl": workflow("inner").replace("    cpu", f"    {comment}    cpu"),
            "outer.wdl": 'version 1.0\nimport "inner.wdl" as i\n'
            "workflow outer { call i.inner  output { String text = inner.text } }\n",
        },
    )
    for order in (("inner.wdl", "outer.wdl"), ("outer.wdl", "inner.wdl")):
        found = cli("lint", *order, "--format", "json").json["diagnostics"]
        assert [(one["path"], one["code"], one["severity"]) for one in found] == [("inner.wdl", "INT011", "warning")]


def test_a_message_is_the_same_in_every_run(cli: Cli, in_folder: Path) -> None:
    """The names that miniwdl gives in any order are sorted, so that a baseline knows the message again."""
    task = (
        workflow("b")
        .partition("task say {")[2]
        .replace("command", "input { Int c  Int a  Int d  Int b }\n  command", 1)
    )
    text = "version 1.0\nworkflow b { call say  output { String text = say.text } }\ntask say {" + task
    (in_folder / "main.wdl").write_text(text)
    found = cli("lint", "main.wdl", "--select", "WDL108", "--format", "json").json["diagnostics"]
    assert [one["message"] for one in found] == ["the call `say` omits the required inputs `a`, `b`, `c`, `d`"]


# Links


@pytest.fixture
def linked(in_folder: Path) -> Path:
    """A project, and a link beside it that leads to the folder of its workflow."""
    write(in_folder, {"project/flows/a/main.wdl": workflow("a"), "project/packager.toml": ""})
    (in_folder / "link").symlink_to("project/flows/a")
    return in_folder


@pytest.mark.parametrize("path", ["link", "link/main.wdl", "project/flows/a", "project/../link"])
def test_patterns_hold_through_a_link(cli: Cli, linked: Path, path: str) -> None:
    (linked / "project" / "packager.toml").write_text('[lint.per-path-ignores]\n"flows/a/**" = ["IMG"]\n')
    assert cli("lint", path, "--format", "json").json["diagnostics"] == []


@pytest.mark.parametrize("path", ["link", "link/main.wdl", "project/flows/a"])
def test_a_baseline_holds_through_a_link(cli: Cli, linked: Path, path: str) -> None:
    (linked / "project" / "packager.toml").write_text('[lint]\nbaseline = "base.json"\n')
    assert cli("lint", "project/flows/a", "--write-baseline").code == 0
    for more in ((), ("--baseline", "project/base.json")):
        assert cli("lint", path, *more, "--format", "json").json["diagnostics"] == []
    written = cli("lint", path, "--write-baseline", "--baseline", "project/again.json")
    assert written.code == 0
    entries = json.loads((linked / "project" / "again.json").read_text())["findings"]
    assert {one["path"] for one in entries} == {"flows/a/main.wdl"}


def test_a_link_within_the_project_keeps_its_name(cli: Cli, linked: Path) -> None:
    (linked / "project" / "flows" / "b").symlink_to("a")
    (linked / "project" / "packager.toml").write_text('[lint.per-path-ignores]\n"flows/b/**" = ["IMG"]\n')
    assert cli("lint", "project/flows/b", "--format", "json").json["diagnostics"] == []
    assert len(cli("lint", "project/flows/a", "--format", "json").json["diagnostics"]) == 2


def test_a_linked_configuration_is_about_the_folder_where_it_lies(cli: Cli, in_folder: Path) -> None:
    write(in_folder, {"flows/a/main.wdl": workflow("a"), ".git/HEAD": ""})
    write(
        in_folder, {"ci/shared.toml": '[workflow.a]\npath = "flows/a"\n[lint.per-path-ignores]\n"flows/**" = ["IMG"]\n'}
    )
    (in_folder / "packager.toml").symlink_to("ci/shared.toml")
    found = cli("lint", "--format", "json")
    assert (found.code, found.json["diagnostics"]) == (0, [])


def test_a_file_that_is_reached_on_two_ways_is_mended_once(cli: Cli, linked: Path) -> None:
    main = linked / "project" / "flows" / "a" / "main.wdl"
    main.write_text(workflow("a", 'docker: "docker://quay.io/org/say:1"'))
    assert cli("lint", "link", "project/flows/a", "--diff").out.count("+++ ") == 1
    assert "fixed 1 finding in 1 file" in cli("lint", "link", "project/flows/a", "--fix").err
    assert "docker://" not in main.read_text()


def test_what_writes_and_what_does_not_are_not_asked_together(cli: Cli, two: Path) -> None:
    asked = cli("lint", "a", "--diff", "--write-baseline", "--baseline", "base.json")
    assert (asked.code, asked.out) == (2, "")
    assert not (two / "base.json").exists()
