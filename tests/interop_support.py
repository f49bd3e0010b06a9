"""What the tests with other programs share: the project as a repository of its own, and a user's repository."""

from __future__ import annotations

import os
import shutil
import subprocess
import venv
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import process

ROOT = Path(__file__).parent.parent
GOOD = """version 1.0

workflow hello {
  call say
  output { String text = say.text }
}

task say {
  command <<< echo hello >>>
  output { String text = read_string(stdout()) }
  runtime {
    docker: "123456789012.dkr.ecr.us-east-1.amazonaws.com/say:1.0"
    cpu: 1
    memory: "2 GiB"
  }
}
"""
BAD = GOOD.replace("call say\n", "call shout\n")
_AUTHOR = {
    f"GIT_{role}_{what}": value
    for role in ("AUTHOR", "COMMITTER")
    for what, value in (("NAME", "Ada"), ("EMAIL", "ada@example.org"))
}


def run(
    *words: str | Path, cwd: Path, stdin: str | None = None, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a program without the settings that whoever runs the tests has for git, GitHub and pre-commit."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("GIT_", "GITHUB_", "RUNNER_", "PRE_COMMIT"))
    }
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd,
        env={**inherited, **_AUTHOR, "GIT_CONFIG_GLOBAL": os.devnull, **environment},
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )


def git(*words: str | Path, cwd: Path) -> str:
    """Run git, which must succeed."""
    done = run("git", *words, cwd=cwd)
    assert done.returncode == 0, done.stderr
    return done.stdout


def project(folder: Path) -> Path:
    """This project as it stands now, committed to a repository of its own."""
    copy = folder / "omics-packager"
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard", cwd=ROOT)
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    git("init", "--quiet", cwd=copy)
    git("add", "--all", cwd=copy)
    git("commit", "--quiet", "--message", "All", cwd=copy)
    return copy


def their_repository(folder: Path) -> Path:
    """A user's repository: a workflow without errors, and one with a blank in its path that has an error."""
    theirs = folder / "their repository"
    for name, text in (("workflows/good/main.wdl", GOOD), ("workflows/not good/main.wdl", BAD), ("README.md", "# A\n")):
        (theirs / name).parent.mkdir(parents=True, exist_ok=True)
        (theirs / name).write_text(text, encoding="utf-8")
    git("init", "--quiet", cwd=theirs)
    return theirs


def environment_with(folder: Path, *packages: str) -> Path:
    """An environment of its own with packages from the index; the folder of its programs."""
    venv.create(folder / "venv", with_pip=True, symlinks=True)
    programs = folder / "venv" / "bin"
    done = run(
        programs / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", *packages, cwd=folder
    )
    assert done.returncode == 0, done.stderr
    return programs


@contextmanager
def served(database: Path, *flags: str) -> Iterator[dict[str, str]]:
    """`packager emulator`, and the variables that a client of it needs."""
    with process("emulator", "--port", "0", "--db", str(database), *flags) as emulator:
        assert emulator.stdout is not None
        lines = [emulator.stdout.readline().strip() for _ in range(3)]
        exported = dict(line.removeprefix("export ").split("=", 1) for line in lines)
        yield {
            **exported,
            "AWS_ACCESS_KEY_ID": "anyone",
            "AWS_SECRET_ACCESS_KEY": "anything",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_PAGER": "",
            "NO_PROXY": "127.0.0.1",
        }
