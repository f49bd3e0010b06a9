"""Lint, package and submit WDL, Nextflow and CWL workflows for AWS HealthOmics.

The functions below are the Python API. They take and return frozen dataclasses, raise only `PackagerError`, and print nothing::

    from packager import lint, load, package

    loaded = load("workflows/calling.wdl")
    report = lint(loaded)
    package(loaded, "calling.zip")

Multiple workflows with a baseline, as `packager lint` checks them::

    from packager import LintOptions, check_workflows, load

    outcome = check_workflows([load("calling.wdl"), load("qc.wdl")], LintOptions(baseline="packager-baseline.json"))
    assert not outcome.failed
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

from packager._version import __version__
from packager.errors import PackagerError
from packager.findings.diagnostic import Diagnostic, Severity, Skipped

if TYPE_CHECKING:
    from packager.app.api import load, package, submit, template
    from packager.app.check import lint
    from packager.app.options import LintOptions
    from packager.app.outcome import check_workflows

__all__ = [
    "Diagnostic",
    "LintOptions",
    "PackagerError",
    "Severity",
    "Skipped",
    "__version__",
    "check_workflows",
    "lint",
    "load",
    "package",
    "submit",
    "template",
]

# What is imported when it is first used: `import packager` alone stays cheap.
_MODULES = {
    "LintOptions": "packager.app.options",
    "check_workflows": "packager.app.outcome",
    "lint": "packager.app.check",
    "load": "packager.app.api",
    "package": "packager.app.api",
    "submit": "packager.app.api",
    "template": "packager.app.api",
}


def __getattr__(name: str) -> object:
    """The functions of the API, imported when they are first used."""
    if name in _MODULES:
        value: object = getattr(importlib.import_module(_MODULES[name]), name)
        return value
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
