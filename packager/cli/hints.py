"""Commands in hints, with the paths of the user, so that they can be pasted into a shell."""

from __future__ import annotations

import re
import shlex
from dataclasses import replace
from pathlib import PurePosixPath

from packager.app.loaded import Loaded
from packager.cli.arguments import SourceArguments
from packager.findings.report import Report
from packager.source import ZipTree

_PATH = re.compile(r"(?<=`)(packager [a-z ]+ )PATH\b")
_TEMPLATE_FILE = re.compile(r"(packager template [^`]* (?:-o|--update) )FILE(?=`)")
_NEW_MAP = "-o container-registry-map.json"


def command_path(source: SourceArguments) -> str:
    """The arguments that name the same workflow in another command."""
    main = source.load.main
    return shlex.quote(source.path) + (f" --main {shlex.quote(main)}" if main else "")


def with_paths(report: Report, source: SourceArguments, loaded: Loaded | None) -> Report:
    """A report whose hints name the workflow as the user did, and the files that the commands write."""
    if loaded is None or not source.path:
        return report
    path = command_path(source)
    in_zip = isinstance(loaded.tree, ZipTree)
    next_to_main = PurePosixPath(loaded.on_disk(loaded.detection.main)).with_name("container-registry-map.json")
    new_map = _NEW_MAP if in_zip else f"-o {shlex.quote(str(next_to_main))}"

    def filled(hint: str, place: str) -> str:
        hint = _PATH.sub(lambda match: match[1] + path, hint).replace(_NEW_MAP, new_map)
        file = "FILE" if in_zip else shlex.quote(loaded.on_disk(place))
        return _TEMPLATE_FILE.sub(lambda match: match[1] + file, hint)

    findings = (replace(finding, hint=filled(finding.hint, finding.path)) for finding in report.diagnostics)
    return replace(report, diagnostics=tuple(findings))
