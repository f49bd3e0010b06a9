"""Commands in hints, with the path of the workflow and the files that they write, so that they can be pasted into a shell."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import PurePosixPath

from packager.app.loaded import Loaded
from packager.findings.report import Report
from packager.shell import quoted
from packager.source import ZipTree

_PATH = re.compile(r"(?<=`)(packager [a-z ]+ )PATH\b")
_TEMPLATE_FILE = re.compile(r"(packager template [^`]* (?:-o|--update) )FILE(?=`)")
_ONLY_PATH = "packager vendor "  # which has no options that name a workflow
_NEW_MAP = "-o container-registry-map.json"


def with_path(report: Report, loaded: Loaded, path: str, *, target: bool, only_path: str | None = None) -> Report:
    """A report whose hints name the workflow by `path`, words of a command line, and the files that the commands write.

    With `target`, these words name a target too, which has the account and the Region. `only_path` is the path without options, for
    commands that have none.
    """
    in_zip = isinstance(loaded.tree, ZipTree)
    next_to_main = PurePosixPath(loaded.on_disk(loaded.detection.main)).with_name("container-registry-map.json")
    new_map = _NEW_MAP if in_zip else f"-o {quoted(str(next_to_main))}"
    new_map += "" if target else _registry(loaded)

    def filled(hint: str, place: str) -> str:
        hint = _named(hint, path, only_path or path).replace(_NEW_MAP, new_map)
        file = "FILE" if in_zip else quoted(loaded.on_disk(place))
        return _TEMPLATE_FILE.sub(lambda match: match[1] + file, hint)

    findings = (replace(finding, hint=filled(finding.hint, finding.path)) for finding in report.diagnostics)
    return replace(report, diagnostics=tuple(findings))


def with_paths(report: Report, loaded: Loaded, paths: str, *, target: bool, only_path: str | None = None) -> Report:
    """A report on multiple workflows whose hints name all of them by `paths`; `loaded` is one of the workflows."""
    new_map = _NEW_MAP + ("" if target else _registry(loaded))

    def filled(hint: str) -> str:
        return _named(hint, paths, only_path or paths).replace(f"{_NEW_MAP}`", f"{new_map}`")

    findings = (replace(finding, hint=filled(finding.hint)) for finding in report.diagnostics)
    return replace(report, diagnostics=tuple(findings))


def _named(hint: str, path: str, only_path: str) -> str:
    return _PATH.sub(lambda match: match[1] + (only_path if match[1] == _ONLY_PATH else path), hint)


def _registry(loaded: Loaded) -> str:
    """The options that name the private ECR: with the values that are known, else with placeholders."""
    account, region = loaded.account or "ACCOUNT", loaded.region or "REGION"
    return f" --account {quoted(account)} --region {quoted(region)}"
