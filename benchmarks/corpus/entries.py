"""The workflows of a folder of checkouts."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

LANGUAGES = ("WDL", "NEXTFLOW", "CWL")


@dataclass(frozen=True, slots=True)
class Entry:
    """One main file; `main` is relative to the folder of its repository."""

    repository: str
    folder: Path
    main: str
    engine: str
    kind: str

    @property
    def id(self) -> str:
        """The name in reports and results."""
        return f"{self.repository}/{self.main}"


def checkouts(corpus: Path) -> list[Path]:
    """The folders below `corpus` that are repositories: those with `.git`, else the folders directly in it."""
    found = sorted({git.parent for pattern in (".git", "*/.git", "*/*/.git") for git in corpus.glob(pattern)})
    return found or sorted(folder for folder in corpus.iterdir() if folder.is_dir() and not folder.name.startswith("."))


def repository_name(folder: Path) -> str:
    """OWNER/NAME as the remote `origin` has it, else the folder's name."""
    url = _git(folder, "remote", "get-url", "origin").removesuffix(".git").rstrip("/")
    return "/".join(url.split("/")[-2:]) if url.startswith("https://") else folder.name


def commit_of(folder: Path) -> str:
    """The commit that is checked out; empty for a folder that is not a repository of its own."""
    return _git(folder, "rev-parse", "HEAD") if (folder / ".git").exists() else ""


def entries(folders: Iterable[Path], root: Path) -> list[Entry]:
    """Every main file that `packager list`, as it is in the folder `root`, finds in each checkout."""
    found = []
    for folder in folders:
        name = repository_name(folder)
        for row in _listed(folder, root):
            main = os.path.relpath(str(row["main"]), folder).replace(os.sep, "/")
            found.append(Entry(name, folder, main, str(row["engine"]), str(row["kind"])))
    return sorted(found, key=lambda entry: entry.id)


def sampled(all_entries: list[Entry], most: int) -> list[Entry]:
    """At most `most` entries of each language, spread evenly."""
    chosen = []
    for language in LANGUAGES:
        own = [entry for entry in all_entries if entry.engine == language]
        step = max(1.0, len(own) / most)
        chosen += [own[int(number * step)] for number in range(min(most, len(own)))]
    return sorted(chosen, key=lambda entry: entry.id)


def _listed(folder: Path, root: Path) -> list[dict[str, object]]:
    done = subprocess.run(
        [sys.executable, "-m", "packager", "list", ".", "--format", "json"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(root), "PYTHONSAFEPATH": "1"},
        capture_output=True,
        check=False,
    )
    try:
        workflows: list[dict[str, object]] = json.loads(done.stdout)["workflows"]
    except (ValueError, KeyError):
        return []
    return [{**row, "main": folder / str(row["main"])} for row in workflows]


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(folder), *arguments], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""
