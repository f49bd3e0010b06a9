"""The hook, run by pre-commit itself, which installs packager from a clone."""

from __future__ import annotations

from pathlib import Path

import pytest
from interop_support import BAD, GOOD, ROOT, git, project, run, their_repository

pytestmark = pytest.mark.interop


def configure(folder: Path, project: Path, revision: str, *arguments: str) -> None:
    lines = ["repos:", f"- repo: {project}", f"  rev: {revision}", "  hooks:", "  - id: packager-lint"]
    if arguments:
        lines.append(f"    args: {list(arguments)!r}")
    (folder / ".pre-commit-config.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def test_the_manifest_is_valid() -> None:
    done = run("pre-commit", "validate-manifest", ".pre-commit-hooks.yaml", cwd=ROOT)
    assert done.returncode == 0, done.stdout


def test_a_commit_is_judged_by_its_workflows(tmp_path: Path) -> None:
    ours, theirs = project(tmp_path), their_repository(tmp_path)
    revision = git("rev-parse", "HEAD", cwd=ours).strip()
    home = {"PRE_COMMIT_HOME": str(tmp_path / "home"), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    configure(theirs, ours, revision, "workflows/good", "workflows/not good")
    git("add", "--all", cwd=theirs)
    assert run("pre-commit", "install", cwd=theirs, **home).returncode == 0
    # An error stops the commit, and is said once however many files were changed.
    done = run("git", "commit", "--message", "One", cwd=theirs, **home)
    said = done.stdout + done.stderr
    assert done.returncode == 1, said
    assert "packager lint" in said
    assert "exit code: 1" in said
    assert said.count("workflows/not good/main.wdl:4:") == 1
    assert "warning" not in said  # only what stops the commit
    assert "not checked" not in said
    # Mended, it is committed.
    (theirs / "workflows/not good/main.wdl").write_text(GOOD, encoding="utf-8")
    git("add", "--all", cwd=theirs)
    done = run("git", "commit", "--message", "Two", cwd=theirs, **home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Passed" in done.stdout + done.stderr
    # What is no part of a workflow starts nothing.
    (theirs / "README.md").write_text("# Theirs\n", encoding="utf-8")
    git("add", "--all", cwd=theirs)
    done = run("git", "commit", "--message", "Three", cwd=theirs, **home)
    assert "Skipped" in done.stdout + done.stderr
    # Without arguments, the whole repository is linted, or the workflows of packager.toml.
    (theirs / "workflows/not good/main.wdl").write_text(BAD, encoding="utf-8")
    configure(theirs, ours, revision)
    git("add", "--all", cwd=theirs)
    done = run("pre-commit", "run", "--all-files", cwd=theirs, **home)
    assert "exit code: 1" in done.stdout
    assert "workflows/not good/main.wdl:4:" in done.stdout
    (theirs / "packager.toml").write_text('[workflow.hello]\npath = "workflows/good"\n', encoding="utf-8")
    git("add", "--all", cwd=theirs)
    done = run("pre-commit", "run", "--all-files", cwd=theirs, **home)
    assert done.returncode == 0, done.stdout
