"""Runs the examples of the rules' documentation through the real command line."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

# What an example runs beside when it brings no files of its own: a workflow without findings.
CORRECT = {
    "main.wdl": """version 1.0

workflow hello {
    input {
        String who
    }
    parameter_meta {
        who: "whom to greet"
    }
    call greet {
        input: who = who
    }
    output {
        String text = greet.text
    }
}

task greet {
    input {
        String who
    }
    command <<<
        echo "hello ~{who}"
    >>>
    output {
        String text = read_string(stdout())
    }
    runtime {
        docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0"
        cpu: 1
        memory: "2 GiB"
    }
}
"""
}


def is_runnable(example: str) -> bool:
    """Whether an example is a command or files; prose examples have tests of their own."""
    return example.startswith("$ ") or "\n    " in example


def parse(example: str) -> tuple[list[str], dict[str, str]]:
    """The command line (without the program's name) and the files of an example."""
    command = ["lint", "."]
    files: dict[str, list[str]] = {}
    current: list[str] | None = None
    for line in example.splitlines():
        if line.startswith("$ packager "):
            command = shlex.split(line.removeprefix("$ packager "))
        elif line.strip() and not line.startswith(" "):
            current = files.setdefault(line.strip(), [])
        elif current is not None:
            current.append(line.removeprefix("    "))
        else:
            assert not line.strip(), f"content without a file: {line!r}"
    return command, {name: "\n".join(lines).strip("\n") + "\n" for name, lines in files.items()}


def run_example(example: str, folder: Path, cli: Callable[..., Any]) -> set[str]:
    """The codes that an example is reported with."""
    return {found["code"] for found in findings_of(example, folder, cli)}


def findings_of(example: str, folder: Path, cli: Callable[..., Any]) -> list[dict[str, Any]]:
    """What an example is reported with."""
    command, files = parse(example)
    if not any(name.endswith((".wdl", ".cwl", ".nf", ".yml")) for name in files):
        files = {**CORRECT, **files}
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    result = cli(*command, "--format", "json")
    assert result.code in (0, 1), result.err
    found: list[dict[str, Any]] = result.json["diagnostics"]
    return found
