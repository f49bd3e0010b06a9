"""The parameters of a run: a JSON object of values by parameter name, as StartRun accepts it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Place
from packager.jsondoc import jsontext
from packager.jsondoc.jsontext import Json, JsonText, Parts
from packager.parameters.template import repeated_names


@dataclass(frozen=True, slots=True)
class RunParameter:
    """A parameter that a run sets; `place` is the place of its name."""

    name: str
    place: Place
    value: Json

    @property
    def text(self) -> str | None:
        """The value if it is a string."""
        return self.value if isinstance(self.value, str) else None


@dataclass(frozen=True, slots=True)
class RunParameters:
    """A file of run parameters. `size` in bytes."""

    path: str
    size: int
    parameters: tuple[RunParameter, ...]
    document: JsonText = field(repr=False, compare=False)

    def place_of(self, parts: Parts) -> Place:
        """The place of the value that these names and indices lead to."""
        return Place(self.path, *self.document.place(parts))


def read(path: str, content: bytes) -> tuple[RunParameters | None, tuple[Diagnostic, ...]]:
    """A file of run parameters, and what is wrong with its form (TPL023)."""
    parsed = jsontext.read(content)
    if isinstance(parsed, jsontext.JsonError):
        return None, (
            finding(
                "TPL023",
                f"the run parameters are not JSON: {parsed.message}",
                path=path,
                line=parsed.line,
                column=parsed.column,
            ),
        )
    if not isinstance(parsed.value, dict):
        return None, (finding("TPL023", "the run parameters are not a JSON object", path=path, line=1, column=1),)
    diagnostics = tuple(repeated_names("TPL023", path, parsed))
    parameters = []
    for name, value in parsed.value.items():
        line, column = parsed.place((name,), key=True)
        end = column + len(json.dumps(name, ensure_ascii=False))
        parameters.append(RunParameter(name, Place(path, line, column, line, end), value))
    return RunParameters(path, len(content), tuple(parameters), parsed), diagnostics
