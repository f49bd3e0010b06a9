"""The syntax errors of one document, without its imports."""

from __future__ import annotations

from packager.engines.wdl.closure import invalid
from packager.engines.wdl.pieces import errors_of_text
from packager.findings.diagnostic import Diagnostic


def syntax_errors(path: str, text: str) -> tuple[Diagnostic, ...]:
    """The errors that keep a document from being parsed; never raises."""
    return tuple(invalid(path, error) for error in errors_of_text(text))
