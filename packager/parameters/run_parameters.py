"""The parameters of a run: a JSON object of values by parameter name, as StartRun takes it."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Place
from packager.jsondoc import jsontext


@dataclass(frozen=True, slots=True)
class RunParameter:
    """A parameter that a run sets; `place` is its name's, `value` as JSON carries it."""

    name: str
    place: Place
    value: Any

    @property
    def text(self) -> str | None:
        """The value where that is a text."""
        return self.value if isinstance(self.value, str) else None


@dataclass(frozen=True, slots=True)
class RunParameters:
    """A file of run parameters. `size` in bytes."""

    path: str
    size: int
    parameters: tuple[RunParameter, ...]
    document: jsontext.JsonText

    def place_of(self, pointer: tuple[str | int, ...]) -> Place:
        """Where a value stands that names and indices lead to."""
        line, column = self.document.place(jsontext.pointer_of(pointer))
        return Place(self.path, line, column)


def read(path: str, content: bytes) -> tuple[RunParameters | None, tuple[Diagnostic, ...]]:
    """A file of run parameters, or why it is none."""
    parsed = jsontext.read(content)
    if isinstance(parsed, jsontext.JsonError):
        return None, (finding("TPL023", parsed.message, path=path, line=parsed.line, column=parsed.column),)
    if not isinstance(parsed.value, dict):
        return None, (finding("TPL023", "the file is no JSON object", path=path, line=1, column=1),)
    found = tuple(
        finding(
            "TPL023",
            f"the name `{pointer.rpartition('/')[2]}` occurs twice",
            path=path,
            line=line,
            column=column,
            subject=pointer.rpartition("/")[2],
        )
        for pointer, line, column in parsed.duplicates
    )
    parameters = []
    for name, value in parsed.value.items():
        line, column = parsed.place(jsontext.pointer_of((name,)), key=True)
        end = column + len(json.dumps(name, ensure_ascii=False))
        place = Place(path, line, column, line, end)
        parameters.append(RunParameter(name, place, value))
    return RunParameters(path, len(content), tuple(parameters), parsed), found
