"""`tests/corpus.toml`: public repositories at commits, and how often each code is reported for all of their workflows."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path

Counts = Mapping[str, Mapping[str, int]]

_HEAD = """\
# Public repositories at commits, and how often each code is reported for all of their workflows. `make corpus` compares the checkouts
# that it is given with them and updates this file with UPDATE=1. Read every difference before you commit it.
"""


def differences(file: Path, commits: Mapping[str, str], found: Counts) -> list[str]:
    """One line for each count that differs, of the repositories that are checked out at the commit that the file has."""
    expected = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
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


def updated(file: Path, commits: Mapping[str, str], found: Counts) -> str:
    """The file's text with the repositories that are checked out; others keep what they have."""
    rows = tomllib.loads(file.read_text(encoding="utf-8")) if file.exists() else {}
    for name, counts in found.items():
        if commits.get(name):
            rows[name] = {"commit": commits[name], "counts": dict(counts)}
    lines = [_HEAD]
    for name, row in sorted(rows.items()):
        reported = ", ".join(f"{code} = {number}" for code, number in sorted(row["counts"].items()))
        lines.append(f"[{json.dumps(name)}]\ncommit = {json.dumps(row['commit'])}\ncounts = {{ {reported} }}\n")
    return "\n".join(lines)
