"""The project's own workflows on GitHub: pinned actions, least permissions, and every system and Python that we support."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from conftest import ROOT

FOLDER = ROOT / ".github" / "workflows"
FILES = sorted(FOLDER.glob("*.yml"))
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
pytestmark = pytest.mark.skipif(not FILES, reason="an sdist has no workflows")


def read(name: str) -> Any:
    return yaml.safe_load((FOLDER / name).read_text(encoding="utf-8"))


def steps() -> Iterator[tuple[str, dict[str, Any]]]:
    for file in FILES:
        for name, job in read(file.name)["jobs"].items():
            for step in job["steps"]:
                yield f"{file.name} {name}", step


def test_actions_are_pinned_and_named_once_with_their_version() -> None:
    pins: dict[str, set[str]] = {}
    for file in (*FILES, ROOT / "action.yml"):
        for line in re.findall(r"^.*\buses: (?!\./).*$", file.read_text(encoding="utf-8"), re.MULTILINE):
            match = re.search(r"uses: ([\w.-]+/[\w.-]+)(?:/[\w./-]+)?@([0-9a-f]{40} # v\d+\.\d+\.\d+)$", line)
            assert match, line
            pins.setdefault(match[1], set()).add(match[2])
    assert {name: len(versions) for name, versions in pins.items()} == dict.fromkeys(pins, 1)


def test_jobs_have_only_the_permissions_that_they_name() -> None:
    written = set()
    for file in FILES:
        workflow = read(file.name)
        assert workflow["permissions"] == {}, file.name
        for name, job in workflow["jobs"].items():
            assert job["timeout-minutes"], name
            written |= {(file.name, name, *grant) for grant in job["permissions"].items() if grant[1] != "read"}
    assert written == {
        ("docs.yml", "publish", "pages", "write"),
        ("docs.yml", "publish", "id-token", "write"),
        ("release.yml", "publish", "id-token", "write"),
        ("release.yml", "github", "attestations", "write"),
        ("release.yml", "github", "id-token", "write"),
        ("release.yml", "github", "contents", "write"),
    }


def test_no_secret_and_no_expression_in_a_script() -> None:
    for where, step in steps():
        assert "secrets." not in str(step), where
        assert "${{" not in step.get("run", ""), where
        if str(step.get("uses", "")).startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False, where


def test_every_system_and_every_python_is_tested() -> None:
    matrix = read("ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert matrix["os"] == ["ubuntu-latest", "macos-latest", "windows-latest"]
    prefix = "Programming Language :: Python :: 3."
    minors = [int(each.removeprefix(prefix)) for each in PROJECT["classifiers"] if re.fullmatch(f"{prefix}\\d+", each)]
    assert matrix["python"] == [f"3.{minor}" for minor in minors]
    assert PROJECT["requires-python"] == f">={matrix['python'][0]}"
    jobs = read("ci.yml")["jobs"]
    assert set(jobs["complete"]["needs"]) == jobs.keys() - {"complete"}


def test_a_release_is_built_without_the_permission_to_publish_it() -> None:
    jobs = read("release.yml")["jobs"]
    assert jobs["build"]["permissions"] == {"contents": "read"}
    assert jobs["publish"]["needs"] == "build"
    (publish,) = [step for step in jobs["publish"]["steps"] if "pypi-publish" in step["uses"]]
    assert publish["with"] == {"attestations": True}
    assert not any("run" in step for step in jobs["publish"]["steps"])
    assert PROJECT["name"] in jobs["publish"]["environment"]["url"]


def test_dependencies_of_both_kinds_are_updated() -> None:
    updates = yaml.safe_load((ROOT / ".github" / "dependabot.yml").read_text(encoding="utf-8"))["updates"]
    assert {each["package-ecosystem"] for each in updates} == {"github-actions", "pip"}
