"""The parameters of a run: a JSON object of values by parameter name, as StartRun takes it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from packager import jsontext
from packager.codes import finding
from packager.diagnostics import Diagnostic
from packager.model import Place


@dataclass(frozen=True, slots=True)
class RunParameter:
    """A parameter that a run sets; `place` is its name's, `text` its value where that is a text."""

    name: str
    place: Place
    text: str | None


@dataclass(frozen=True, slots=True)
class RunParameters:
    """A file of run parameters. `size` in bytes."""

    path: str
    size: int
    parameters: tuple[RunParameter, ...]


def read(path: str, content: bytes) -> tuple[RunParameters | None, tuple[Diagnostic, ...]]:
    """A file of run parameters, or why it is none."""
    parsed = jsontext.read(content)
    if isinstance(parsed, jsontext.JsonError):
        return None, (finding("TPL023", parsed.message, path=path, line=parsed.line, column=parsed.column),)
    if not isinstance(parsed.value, dict):
        return None, (finding("TPL023", "the file is no JSON object", path=path, line=1, column=1),)
    found = tuple(
        finding("TPL023", f"the name `{pointer.rpartition('/')[2]}` occurs twice", path=path, line=line, column=column)
        for pointer, line, column in parsed.duplicates
    )
    parameters = []
    for name, value in parsed.value.items():
        line, column = parsed.place(jsontext.pointer_of((name,)), key=True)
        end = column + len(json.dumps(name, ensure_ascii=False))
        place = Place(path, line, column, line, end)
        parameters.append(RunParameter(name, place, value if isinstance(value, str) else None))
    return RunParameters(path, len(content), tuple(parameters)), found
