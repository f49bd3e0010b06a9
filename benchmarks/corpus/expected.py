"""`tests/corpus.toml`: public repositories at commits, and how often each code is reported for all of their workflows."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

Counts = Mapping[str, Mapping[str, int]]

_HEAD = """\
# Public repositories at commits, and how often each code is reported for all of their workflows. `make corpus` compares the checkouts
# that it is given with them and updates this file with UPDATE=1. Read every difference before you commit it.
"""


def _read(file: Path | None) -> tuple[str, dict[str, Any]]:
    document = tomllib.loads(file.read_text(encoding="utf-8")) if file is not None and file.exists() else {}
    return str(document.get("as-of", date.today().isoformat())), document.get("repositories", {})  # noqa: DTZ011 - the user's day


def day_of(file: Path | None, chosen: str) -> str:
    """The day that is judged for: the chosen one, else that of the file, else today."""
    return chosen or _read(file)[0]


def differences(file: Path, commits: Mapping[str, str], found: Counts) -> list[str]:
    """One line for each count that differs, of the repositories that are checked out at the commit that the file has."""
    _day, expected = _read(file)
    lines: list[str] = []
    for name, row in sorted(expected.items()):
        if name not in found or commits.get(name) != row["commit"]:
            continue
        before, after = row["counts"], found[name]
        lines += [
            f"{name}: {code}: expected {before.get(code, 0)}, got {after.get(code, 0)}"
            for code in sorted(before.keys() | after.keys())
            if before.get(code, 0) != after.get(code, 0)
        ]
    return lines


def updated(file: Path, day: str, commits: Mapping[str, str], found: Counts) -> str:
    """The file's text with the repositories that are checked out; others, and the day if it is empty, keep what they have."""
    kept_day, rows = _read(file)
    for name, counts in found.items():
        if commits.get(name):
            rows[name] = {"commit": commits[name], "counts": dict(counts)}
    lines = [_HEAD, f"as-of = {json.dumps(day or kept_day)}\n"]
    for name, row in sorted(rows.items()):
        reported = ", ".join(f"{code} = {number}" for code, number in sorted(row["counts"].items()))
        lines.append(
            f"[repositories.{json.dumps(name)}]\ncommit = {json.dumps(row['commit'])}\ncounts = {{ {reported} }}\n"
        )
    return "\n".join(lines)
