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
    """The parameters of a run: a file of them, or a part of a file. `size` in bytes.

    In a batch of runs, what a run does not set itself is in `defaults`. `sent`: they are in a request, and `size` is what it takes there.
    """

    path: str
    size: int
    parameters: tuple[RunParameter, ...]
    document: JsonText = field(repr=False, compare=False)
    defaults: JsonText | None = field(default=None, repr=False, compare=False)
    sent: bool = False
    batch: bool = False

    @property
    def place(self) -> Place:
        """The place of the object that has them."""
        return Place(self.path, *self.document.place(()))

    def place_of(self, parts: Parts) -> Place:
        """The place of the value that these names and indices lead to."""
        own = self.document.value
        inherited = self.defaults is not None and not (isinstance(own, dict) and parts[0] in own)
        document = self.defaults if inherited and self.defaults is not None else self.document
        return Place(self.path, *document.place(parts))


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
    return parameters_in(path, parsed, size=len(content)), tuple(repeated_names("TPL023", path, parsed))


def parameters_in(path: str, text: JsonText, *, size: int | None = None) -> RunParameters:
    """The parameters that an object has: the whole document, of `size` bytes, or a part of a request."""
    parameters = []
    values = text.value if isinstance(text.value, dict) else {}
    for name, value in values.items():
        line, column = text.place((name,), key=True)
        end = column + len(json.dumps(name, ensure_ascii=False))
        parameters.append(RunParameter(name, Place(path, line, column, line, end), value))
    return RunParameters(path, sent_size(values) if size is None else size, tuple(parameters), text, sent=size is None)


def sent_size(values: Json) -> int:
    """The bytes that run parameters take in a request, as botocore writes JSON."""
    return len(json.dumps(values))
