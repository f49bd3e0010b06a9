"""The syntax errors of one document, without its imports."""

from __future__ import annotations

from packager.engines.wdl.closure import invalid
from packager.engines.wdl.pieces import first_syntax_error
from packager.findings.diagnostic import Diagnostic


def syntax_errors(path: str, text: str) -> tuple[Diagnostic, ...]:
    """The errors that keep a document from being parsed; never raises."""
    error = first_syntax_error(text)
    return (invalid(path, error),) if error is not None else ()
