"""Lint, package and submit WDL, Nextflow and CWL workflows for AWS HealthOmics.

The five functions below are the Python API. They take and return frozen dataclasses, raise only `PackagerError`, and print
nothing::

    from packager import lint, load, package

    loaded = load("workflows/calling.wdl")
    report = lint(loaded)
    package(loaded, "calling.zip")
"""

from __future__ import annotations

import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

from packager.diagnostics import Diagnostic, PackagerError, Severity, Skipped

if TYPE_CHECKING:
    from packager.pipeline import lint, load, package, submit, template

__version__ = "0.1.0"
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
        from packager import pipeline  # noqa: PLC0415 - `import packager` alone stays cheap

        return getattr(pipeline, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


class _Package(ModuleType):
    """Keeps the modules `packager.lint` and `packager.template` from covering the functions of the same name."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _FUNCTIONS and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
