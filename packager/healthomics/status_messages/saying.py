"""One thing that the service says, before the status tells what it means; and foreign text made fit to be shown."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from packager.findings.diagnostic import Severity

_MAX_MESSAGE = 1000
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?]{0,32}[ -/]?[@-~]|[@-Z\\-_])")
_LINE_END = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class Saying:
    """A message with its place, as far as the service gives one.

    `severity` is None where the words do not tell: then the status does. `advisory`: the service says that it stops nothing.
    """

    message: str
    severity: Severity | None = None
    path: str = ""
    line: int = 0
    column: int = 0
    end_column: int = 0
    hint: str = ""
    advisory: bool = False


def cleaned(text: str) -> str:
    """Text without escape sequences and control characters; its line ends and indents stay."""
    text = _LINE_END.sub("\n", _ESCAPE_SEQUENCE.sub("", text)).replace("\t", "    ")
    if text.isprintable():
        return text
    return "".join(char for char in text if char == "\n" or char.isprintable() or unicodedata.category(char) == "Zs")


def shortened(text: str) -> str:
    """Text on one line, cut where nobody would read on."""
    text = " ".join(cleaned(text).split())
    return text if len(text) <= _MAX_MESSAGE else text[: _MAX_MESSAGE - 1] + "…"
