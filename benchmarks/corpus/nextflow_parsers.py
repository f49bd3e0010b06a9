"""Compares syntax errors of Nextflow files with the parsers that read them: the strict one, and Groovy's (parser v1).

A parser is a command in which `{}` stands for the folder of a repository. It prints one JSON object per line: `file`, relative to
that folder, and `errors`, a list that is empty if the parser accepts the file.
"""

from __future__ import annotations

import json
import shlex
import subprocess
from collections.abc import Iterable, Mapping
from pathlib import Path

from benchmarks.corpus.compare import Results, Verdicts, findings
from benchmarks.corpus.entries import Entry

# Neither parser accepts the file.
SYNTAX_ERROR = "NXF001"
SUFFIXES = (".nf", ".config")
MOST_SECONDS = 900


def refused_files(commands: Iterable[str], entries: Iterable[Entry], kept: Path) -> dict[str, dict[str, bool]]:
    """For each repository and file, whether all parsers refuse it. Answers are kept in the folder `kept`."""
    all_commands = list(commands)
    folders = {entry.repository: entry.folder for entry in entries if entry.engine == "NEXTFLOW"}
    refused = {}
    for name, folder in sorted(folders.items()):
        answers = [
            _answers(command, folder, kept / f"{number}-{name.replace('/', '+')}.json")
            for number, command in enumerate(all_commands)
        ]
        common = set.intersection(*(set(answer) for answer in answers))
        refused[name] = {file: all(answer[file] for answer in answers) for file in sorted(common)}
    return refused


def _answers(command: str, folder: Path, kept: Path) -> dict[str, bool]:
    if not kept.exists():
        arguments = [str(folder.resolve()) if word == "{}" else word for word in shlex.split(command)]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True, timeout=MOST_SECONDS)
        rows = [json.loads(line) for line in done.stdout.splitlines()]
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(
            json.dumps({row["file"]: bool(row.get("errors")) for row in rows if "errors" in row}), encoding="utf-8"
        )
    answers: dict[str, bool] = json.loads(kept.read_text(encoding="utf-8"))
    return answers


def compared(entries: Iterable[Entry], head: Results, refused: Mapping[str, Mapping[str, bool]]) -> Verdicts:
    """Each file of a package that both have read, once."""
    ours: dict[str, bool] = {}
    theirs: dict[str, bool] = {}
    for entry in entries:
        result = head[entry.id]
        if entry.engine != "NEXTFLOW" or "ended" in result:
            continue
        wrong = {place.path for place in findings(entry.id, result) if place.code == SYNTAX_ERROR}
        for file in result.get("files", ()):
            peer = refused.get(entry.repository, {}).get(file)
            if peer is not None and file.endswith(SUFFIXES):
                ours[f"{entry.repository}/{file}"] = file in wrong
                theirs[f"{entry.repository}/{file}"] = peer
    return Verdicts(
        "Nextflow (files)",
        len(ours),
        [f"{name}: {SYNTAX_ERROR}" for name, error in sorted(ours.items()) if error and not theirs[name]],
        [name for name, error in sorted(theirs.items()) if error and not ours[name]],
    )
