"""One message of the service, before the status decides its severity; and foreign text made printable."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from packager.findings.diagnostic import Severity

_MAX_MESSAGE = 1000
_ESCAPE_SEQUENCE = re.compile(r"\x1b(?:\[[0-9;?]{0,32}[ -/]?[@-~]|[@-Z\\-_])")
_LINE_END = re.compile(r"\r\n|[\r\v\f\x85\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class ServiceMessage:
    """A message with its place, as far as the service reports one.

    `severity` is None if the words do not decide it: then the status does. `advisory`: the service reports that it does not block.
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
    """Text without escape sequences and control characters; its line ends and indents remain."""
    text = _LINE_END.sub("\n", _ESCAPE_SEQUENCE.sub("", text)).replace("\t", "    ")
    if text.isprintable():
        return text
    return "".join(char for char in text if char == "\n" or char.isprintable() or unicodedata.category(char) == "Zs")


def shortened(text: str) -> str:
    """Text on one line, cut at a length that nobody reads beyond."""
    text = " ".join(cleaned(text).split())
    return text if len(text) <= _MAX_MESSAGE else text[: _MAX_MESSAGE - 1] + "…"
