"""What must hold for a workflow, whatever its bytes are."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from packager.app.check import lint
from packager.app.fix import Pairs, apply_fixes, fixable
from packager.app.load import load
from packager.app.loaded import Loaded
from packager.app.options import LoadOptions
from packager.app.outcome import check_workflow as checked
from packager.app.package import write_package
from packager.archive.description import sidecar_path
from packager.cache import NO_CACHE, Cache
from packager.errors import PackagerError
from packager.findings.diagnostic import Diagnostic, Severity
from packager.findings.report import Report
from packager.render.github import github_text
from packager.render.junit import junit_text
from packager.render.report import report_json, to_json
from packager.render.sarif import sarif_text
from packager.source import UnreadableError

# Findings about the package itself, which a folder and a zip of it do not share.
PACKAGE_FAMILIES = ("ZIP", "REQ")
_CONTROLS = {chr(code) for code in (*range(32), *range(127, 160), 0x2028, 0x2029, 0x202E)} - {"\n", "\t"}


class BrokenLawError(AssertionError):
    """Something that must hold does not."""


def require(holds: object, law: str) -> None:
    """Check a law.

    Raises:
        BrokenLawError: it does not hold.
    """
    if not holds:
        raise BrokenLawError(law)


def judged(path: Path, cache: Cache = NO_CACHE) -> tuple[Loaded, Report] | None:
    """The workflow and its report; None if it is refused as a whole, which a user reads as an error."""
    try:
        loaded = load(str(path), cache=cache)
        return loaded, lint(loaded)
    except PackagerError as error:
        require(str(error), "an error has a message")
        return None


def check_places(loaded: Loaded, report: Report) -> None:
    """Every finding is inside of a file, if its file can be read."""
    for finding in report.diagnostics:
        lines = _lines(loaded, finding.path)
        if lines is None:
            continue
        require(
            0 <= finding.line <= max(len(lines), 1),
            f"{finding.code} has a line of its file: {finding.line} of {len(lines)}",
        )
        if 0 < finding.line <= len(lines):
            last = len(lines[finding.line - 1]) + 1
            require(
                0 <= finding.column <= max(last, 1),
                f"{finding.code} has a column of its line: {finding.column} of {last}",
            )


def _lines(loaded: Loaded, path: str) -> list[str] | None:
    try:
        return loaded.tree.text(path).split("\n")
    except (UnreadableError, UnicodeDecodeError, KeyError):
        return None


def check_formats(report: Report) -> None:
    """No format passes control characters on, and formats for programs are valid."""
    texts = {
        "github": github_text(report),
        "junit": junit_text(report),
        "sarif": sarif_text(report),
        "json": to_json(report_json(report)),
    }
    for name, text in texts.items():
        require(not _CONTROLS & set(text), f"{name} has no control characters")
    json.loads(texts["sarif"])
    json.loads(texts["json"])
    commands = [line for line in texts["github"].split("\n") if line.startswith("::")]
    require(len(commands) <= len(report.diagnostics) + len(report.skipped) + 1, "each annotation is one finding")


def keys(findings: Iterable[Diagnostic]) -> list[tuple[str, str, int, int, str]]:
    """What identifies findings, in their order."""
    return [(finding.code, finding.path, finding.line, finding.column, finding.message) for finding in findings]


def check_cache(path: Path, _loaded: Loaded, report: Report) -> None:
    """With a cache, cold or warm, the report is the same."""
    with tempfile.TemporaryDirectory() as folder:
        for state in ("cold", "warm"):
            again = judged(path, Cache(Path(folder)))
            require(again is not None and again[1] == report, f"a {state} cache changes nothing")


def check_zip(path: Path, loaded: Loaded, report: Report) -> None:
    """A zip of the same files has the same findings about their content."""
    with tempfile.TemporaryDirectory() as folder:
        archive = Path(folder) / "workflow.zip"
        try:
            write_package(loaded, archive)
            sidecar_path(archive).unlink(missing_ok=True)  # it has the template of the folder, and of no other file
            again = lint(load(str(archive), _found_files(path, loaded.detection.main)))
        except PackagerError:  # a file that cannot be read, or a path that a zip cannot have
            return
    if report.count(Severity.ERROR):  # what a broken document refers to is not always packaged
        require(again.count(Severity.ERROR), "a zip of a folder with errors has errors")
        return
    kept = {entry.path for entry in loaded.plan.entries}
    mine, theirs = (
        [key for key in keys(found.diagnostics) if not key[0].startswith(PACKAGE_FAMILIES) and key[1] in kept]
        for found in (report, again)
    )
    require(mine == theirs, f"a zip has the findings of the folder: {sorted(set(mine) ^ set(theirs))[:2]}")


def _found_files(path: Path, main: str) -> LoadOptions:
    """The files next to the main file that are found without being named, and that a zip does not have."""
    folder = (path / main).parent
    template, mapping = folder / "parameter-template.json", folder / "container-registry-map.json"
    return LoadOptions(
        parameter_template=str(template) if template.exists() else None,
        container_registry_map=str(mapping) if mapping.exists() else None,
    )


def check_fixes(path: Path, loaded: Loaded, _report: Report) -> None:
    """Fixing twice changes nothing more than fixing once."""
    if not fixable([(loaded, checked(loaded))]):
        return
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "copy"
        shutil.copytree(path if path.is_dir() else path.parent, copy)
        target = copy if path.is_dir() else copy / path.name
        states = []
        for _ in range(2):
            _fix(target)
            states.append({file: file.read_bytes() for file in sorted(copy.rglob("*")) if file.is_file()})
        require(states[0] == states[1], "--fix twice is --fix once")


def _fix(target: Path) -> None:
    def pairs() -> Pairs:
        found = judged(target)
        return [(found[0], checked(found[0]))] if found else []

    if first := pairs():
        apply_fixes(first, pairs)


def check_order(path: Path, _loaded: Loaded, report: Report) -> None:
    """The order in which the files were written, which is that of a folder's entries on many disks, does not matter."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        for file in sorted((file for file in path.rglob("*") if file.is_file()), reverse=True):
            target = copy / file.relative_to(path)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(file, target)
        again = judged(copy)
        require(again is not None and again[1] == report, "the order of files changes nothing")


def check_hash_seed(path: Path, _loaded: Loaded, _report: Report) -> None:
    """The seed of Python's hashes, which decides the order of sets, does not matter."""
    outputs = []
    for seed in ("1", "2"):
        command = [
            sys.executable,
            "-m",
            "packager",
            "lint",
            ".",
            "--format",
            "json",
            "--fail-on",
            "never",
            "--no-cache",
        ]
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": os.pathsep.join(sys.path)}
        outputs.append(subprocess.run(command, cwd=path, env=environment, capture_output=True, check=False).stdout)
    require(outputs[0] == outputs[1], "the seed of hashes changes nothing")


Check = Callable[[Path, Loaded, Report], None]


def check_workflow(path: Path, also: Iterable[Check] = ()) -> None:
    """Judge the workflow at a path, and check places, formats and what else is asked for."""
    found = judged(path)
    if found is None:
        return
    loaded, report = found
    check_places(loaded, report)
    check_formats(report)
    for check in also:
        check(path, loaded, report)
