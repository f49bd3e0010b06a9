"""Lint, package and submit WDL, Nextflow and CWL workflows for AWS HealthOmics.

The five functions below are the Python API. They take and return frozen dataclasses, raise only `PackagerError`, and print
nothing::

    from packager import lint, load, package

    loaded = load("workflows/calling.wdl")
    report = lint(loaded)
    package(loaded, "calling.zip")
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from packager._version import __version__
from packager.errors import PackagerError
from packager.findings.diagnostic import Diagnostic, Severity, Skipped

if TYPE_CHECKING:
    from packager.app.load import lint, load, package, submit, template

__all__ = [
    "Diagnostic",
    "PackagerError",
    "Severity",
    "Skipped",
    "__version__",
    "lint",
    "load",
    "package",
    "submit",
    "template",
]

_FUNCTIONS = ("lint", "load", "package", "submit", "template")


def __getattr__(name: str) -> Any:
    """The functions of the API, imported when first asked for."""
    if name in _FUNCTIONS:
        from packager.app import load  # noqa: PLC0415 - `import packager` alone stays cheap

        return getattr(load, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
