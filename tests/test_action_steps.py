"""The steps of the GitHub Action in a workspace whose files would like to be run."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import yaml
from conftest import ROOT
from samples import sampled

ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS = {step["name"]: step for step in ACTION["runs"]["steps"] if "run" in step}
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
BASH = shutil.which("bash")
# Modules that the steps, the tool or the interpreter import, as files of a workspace.
MODULES = (
    "click", "json", "sys", "venv", "pip", "yaml", "sitecustomize", "usercustomize", "encodings", "ensurepip", "site", "_distutils_hack",
)  # fmt: skip
PROGRAMS = ("python", "python3", "pip", "git", "jq", "rm")
WORKFLOW = """version 1.1
workflow hello { call greet  output { String text = greet.text } }
task greet {
  command <<< echo hello >>>
  output { String text = read_string(stdout()) }
  runtime { container: "123456789012.dkr.ecr.us-east-1.amazonaws.com/say:1.0"  cpu: 1  memory: "2 GiB" }
}
"""
pytestmark = pytest.mark.skipif(BASH is None or os.name == "nt", reason="the steps are run by a POSIX bash")


@dataclass(frozen=True)
class Job:
    """A runner's folders, and what the steps put out."""

    workspace: Path
    temporary: Path
    inputs: dict[str, str]
    outputs: dict[str, str] = field(default_factory=dict)

    @property
    def summary(self) -> Path:
        """The file that GitHub shows on the page of the job."""
        return self.temporary / "summary.md"

    def _value(self, text: str) -> str:
        names = {"github.action_path": str(ROOT), **self.outputs}
        names.update({f"inputs.{name}": value for name, value in self.inputs.items()})
        return re.sub(r"\$\{\{ ([\w.-]+) \}\}", lambda match: names.get(match[1], ""), text)

    def run(self, name: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run the text of a step as a runner does."""
        step = STEPS[name]
        script, results = self.temporary / "step.sh", self.temporary / "outputs"
        script.write_text(step["run"], encoding="utf-8")
        results.write_text("", encoding="utf-8")
        done = subprocess.run(
            [str(BASH), "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.workspace,
            env={
                "PATH": os.environ["PATH"],
                "XDG_CACHE_HOME": str(self.temporary / "cache"),
                "RUNNER_TEMP": str(self.temporary),
                "GITHUB_OUTPUT": str(results),
                "GITHUB_STEP_SUMMARY": str(self.summary),
                **{key: self._value(value) for key, value in step["env"].items()},
                **environment,
            },
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        for line in results.read_text(encoding="utf-8").splitlines():
            key, equals, value = line.partition("=")
            assert equals
            self.outputs[f"steps.{step.get('id')}.outputs.{key}"] = value
        return done

    def marks(self) -> list[str]:
        """The files of the workspace that were run."""
        return sorted(path.name for path in self.temporary.parent.glob("marks/*"))


@pytest.fixture
def job(tmp_path: Path) -> Job:
    """A job whose workspace leaves a mark for each of its files that is run."""
    workspace, temporary = tmp_path / "work space", tmp_path / "runner temp"
    for folder in (workspace / "packager", workspace / ".venv" / "bin", temporary, tmp_path / "marks"):
        folder.mkdir(parents=True)
    leaves_mark = f"open({str(tmp_path / 'marks')!r} + '/' + __name__, 'w').close()\n"
    for name in MODULES:
        (workspace / f"{name}.py").write_text(leaves_mark, encoding="utf-8")
    for name in ("__init__", "__main__"):
        (workspace / "packager" / f"{name}.py").write_text(leaves_mark, encoding="utf-8")
    for folder in (workspace, workspace / ".venv" / "bin"):
        for name in PROGRAMS:
            program = folder / name
            program.write_text(f"#!/bin/sh\n: > '{tmp_path}/marks/program-{name}'\n", encoding="utf-8")
            program.chmod(0o755)
    (workspace / "main.wdl").write_text(WORKFLOW, encoding="utf-8")
    (workspace / "-o main.wdl").write_text(WORKFLOW, encoding="utf-8")
    for name in ("pip.conf", "setup.cfg", "pyproject.toml", ".python-version"):
        (workspace / name).write_text("[global]\nno-index = true\nprefix = /nowhere\n", encoding="utf-8")
    inputs = {name: value.get("default", "") for name, value in ACTION["inputs"].items()}
    return Job(workspace, temporary, inputs)


@pytest.fixture
def installed(job: Job) -> Job:
    """A job for which the tool is installed already: an environment that looks into this one."""
    environment = job.temporary / "packager-environment"
    venv.create(environment, with_pip=False, symlinks=True)
    (folder,) = environment.glob("lib/python*/site-packages")
    (folder / "here.pth").write_text(f"{ROOT}\n{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    return job


def test_linting_runs_nothing_of_the_workspace(installed: Job) -> None:
    installed.inputs["path"] = "main.wdl"
    done = installed.run("Lint", PYTHONPATH=str(installed.workspace))
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("no findings\n")
    assert installed.outputs["steps.lint.outputs.exit-code"] == "0"
    assert installed.summary.read_text(encoding="utf-8").startswith("### packager lint: no findings\n")
    assert (installed.temporary / "packager-cache").is_dir()
    done = installed.run("Remove accepted findings", PYTHONPATH=str(installed.workspace))
    assert done.returncode == 0, done.stderr
    assert Path(installed.outputs["steps.open.outputs.sarif"]).is_file()
    assert installed.marks() == []


def test_installing_runs_nothing_of_the_workspace(job: Job, tmp_path: Path) -> None:
    # The first `python` on PATH makes the environment, without fetching anything: its pip only says where it was started.
    programs, log = tmp_path / "programs", tmp_path / "log"
    programs.mkdir()
    fake = programs / "python"
    fake.write_text(
        f"""#!/bin/sh
printf '%s|%s\\n' "$PWD" "$*" >> '{log}'
'{sys.executable}' "$@" --without-pip
for folder in "$RUNNER_TEMP"/packager-environment/lib/python*/site-packages; do
  mkdir "$folder/pip"
  echo 'import os, sys; print(os.getcwd(), *sys.argv[1:], sep="|"); print(sys.flags.isolated)' > "$folder/pip/__main__.py"
done
""",
        encoding="utf-8",
    )
    fake.chmod(0o755)
    path = f"{programs}{os.pathsep}{os.environ['PATH']}"
    done = job.run("Install packager", PATH=path, PYTHONPATH=str(job.workspace))
    assert done.returncode == 0, done.stderr
    assert log.read_text().startswith(f"{job.temporary}|-I -m venv ")
    where, isolated = done.stdout.splitlines()
    assert where.startswith(f"{job.temporary}|install|")
    assert where.endswith(f"|{ROOT}")
    assert isolated == "1"
    assert job.marks() == []


PATHS = ("-o main.wdl", "--output=sarif=main.wdl", "$(touch x)", '"; touch x; "', "--fix", "*")
VALUES = [
    (name, value)
    for name in ("target", "baseline", "fail-on")
    for value in ("absent", "--fix", "-q", "$(touch x)", "a b")
]


@pytest.mark.parametrize("hostile", sampled(PATHS, ["-o main.wdl", "$(touch x)", "--fix"]))
def test_a_path_is_a_path(installed: Job, hostile: str) -> None:
    installed.inputs["path"] = hostile
    before = sorted(path.name for path in installed.workspace.iterdir())
    done = installed.run("Lint")
    assert done.returncode == (0 if hostile == "-o main.wdl" else 2), done.stderr
    assert sorted(path.name for path in installed.workspace.iterdir()) == before
    assert (installed.workspace / "main.wdl").read_text(encoding="utf-8") == WORKFLOW
    outputs = {name.removeprefix("steps.lint.outputs.") for name in installed.outputs}
    assert outputs <= {"exit-code", "report", "sarif", "summary"}
    if done.returncode == 2:
        assert done.stdout.startswith("::error title=packager::")
        assert installed.summary.read_text(encoding="utf-8").startswith("### packager lint: nothing was checked\n")


@pytest.mark.parametrize(
    "value", sampled(VALUES, [("target", "--fix"), ("baseline", "$(touch x)"), ("fail-on", "a b")]), ids=" ".join
)
def test_a_value_is_a_value(installed: Job, value: tuple[str, str]) -> None:
    name, hostile = value
    installed.inputs.update({"path": "main.wdl", name: hostile})
    before = sorted(path.name for path in installed.workspace.iterdir())
    done = installed.run("Lint")
    assert done.returncode == 2, done.stdout
    assert done.stdout.startswith("::error title=packager::")
    assert sorted(path.name for path in installed.workspace.iterdir()) == before
    assert (installed.workspace / "main.wdl").read_text(encoding="utf-8") == WORKFLOW


def test_a_target_and_a_baseline(installed: Job) -> None:
    (installed.workspace / "packager.toml").write_text(
        '[target.dev]\nregion = "eu-west-1"\naccount = "123456789012"\n', encoding="utf-8"
    )
    installed.inputs.update({"path": "main.wdl", "target": "dev", "summary": "false"})
    done = installed.run("Lint")
    assert "title=IMG002 " in done.stdout
    assert not installed.summary.exists()
    assert Path(installed.outputs["steps.lint.outputs.summary"]).is_file()
    (installed.workspace / "accepted.json").write_text('{"schemaVersion": "2", "findings": []}', encoding="utf-8")
    installed.inputs["baseline"] = "accepted.json"
    assert installed.run("Lint").returncode == done.returncode


def test_the_report_is_attached_if_the_input_says_so(installed: Job) -> None:
    installed.inputs["path"] = "main.wdl"
    assert installed.run("Lint").returncode == 0
    assert "steps.lint.outputs.report" not in installed.outputs
    assert "flowchart TB" in installed.summary.read_text(encoding="utf-8")
    installed.inputs.update({"report": "true", "args": "--region=us-east-1"})
    assert installed.run("Lint", PYTHONPATH=str(installed.workspace)).returncode == 0
    report = Path(installed.outputs["steps.lint.outputs.report"])
    assert "<title>hello - packager report</title>" in report.read_text(encoding="utf-8")
    (attach,) = [step for step in ACTION["runs"]["steps"] if "upload-artifact" in step.get("uses", "")]
    assert re.search(r"@[0-9a-f]{40}$", attach["uses"])
    assert "steps.lint.outputs.report" in attach["if"]
    assert attach["with"]["path"] == "${{ steps.lint.outputs.report }}"
    installed.inputs["path"] = "absent"
    del installed.outputs["steps.lint.outputs.report"]
    assert installed.run("Lint").returncode == 2
    assert "steps.lint.outputs.report" not in installed.outputs
    assert installed.marks() == []


def test_no_text_of_the_action_can_pick_up_the_workspace() -> None:
    for step in STEPS.values():
        assert "${{" not in step["run"]  # values come as variables, never as text of the script
        for call in re.findall(r'^\s*(?:python|"\$python")\s+(.*)$', step["run"], re.MULTILINE):
            assert call.startswith("-I "), call
    for hook in HOOKS:
        assert hook["entry"].split()[0] == "packager"  # the console script, whose own folder is first on the path
        assert hook["pass_filenames"] is False


def test_no_documented_snippet_can_pick_up_the_workspace() -> None:
    for page in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        snippets = re.findall(r"^```\w*\n(.*?)^```", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
        assert not any(re.search(r"\bpython3?\s+-(?:m\s|\s)", snippet) for snippet in snippets), page


def test_the_console_script_does_not_import_from_the_current_folder(installed: Job) -> None:
    script = installed.temporary / "packager-environment" / "bin" / "packager"
    script.write_text(
        f"#!{script.parent / 'python'}\nimport sys\nfrom packager.cli import main\nsys.exit(main())\n", encoding="utf-8"
    )
    done = subprocess.run(
        [script.parent / "python", script, "lint", "main.wdl", "--no-cache"],
        cwd=installed.workspace,
        env={"PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert installed.marks() == []
