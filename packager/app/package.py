"""Packaging a workflow: lint, then write the zip and its description."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from packager.app.build import readme_text
from packager.app.check import RefusedError, lint
from packager.app.loaded import Loaded
from packager.app.options import LintOptions
from packager.app.outcome import left_by
from packager.archive.description import Sidecar, sidecar_json, sidecar_path
from packager.archive.zip_writer import Package, save_zip
from packager.errors import PackagerError
from packager.files import replacing
from packager.findings.diagnostic import Diagnostic, Severity, fails, in_order
from packager.findings.report import Report

_DEFAULT = LintOptions()
# About the zip that is the source: a zip that is built from it has only the files that were read.
_OF_THE_SOURCE_ZIP = ("ZIP006", "ZIP012")


def lint_for_package(loaded: Loaded, options: LintOptions = _DEFAULT, *, rebuilt: bool = True) -> Report:
    """The findings of a workflow that can be packaged. If it is `rebuilt`, errors about a source zip itself become warnings.

    Raises:
        RefusedError: findings fail the workflow, as they would fail `lint` with these options.
    """
    report = lint(loaded)
    if rebuilt and loaded.tree.kind == "zip":
        report = replace(report, diagnostics=in_order([_without_error(finding) for finding in report.diagnostics]))
    report = left_by(loaded, report, options)
    if fails(report.diagnostics, options.fail_on):
        raise RefusedError(report, "nothing was written")
    return report


def _without_error(finding: Diagnostic) -> Diagnostic:
    if finding.code in _OF_THE_SOURCE_ZIP and finding.severity is Severity.ERROR:
        return replace(finding, severity=Severity.WARNING)
    return finding


def write_package(loaded: Loaded, output: str | Path, *, derived: bool = False) -> Package:
    """The zip that was written to `output`, with its description next to it (`OUTPUT.json`).

    `derived`: the user did not name the output (see `files.replacing`).

    Raises:
        PackagerError: a file cannot be read or written.
    """
    path, main = Path(output), loaded.detection.main
    entries = loaded.plan.entries
    if all(entry.path != main for entry in entries):
        raise PackagerError(f"the main file `{main}` cannot be packaged: it cannot be read")
    written = save_zip(loaded.tree, entries, path, derived=derived)
    description = Sidecar(
        written.content_digest,
        loaded.request_engine,
        main,
        loaded.parameters.parameters,
        readme_text(loaded.tree, main, loaded.sidecar),
    )
    with replacing(sidecar_path(path), derived=True) as file:
        file.write(sidecar_json(description).encode())
    return written
