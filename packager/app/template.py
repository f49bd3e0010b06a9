"""A parameter template file compared with its workflow, and updated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from packager import fix
from packager.app.loaded import Loaded
from packager.errors import PackagerError
from packager.files import exists, read_file
from packager.findings.diagnostic import Diagnostic
from packager.fix.template_update import apply_changes, changes_of_file
from packager.parameters.template import as_service, read, to_json
from packager.source import MAX_DEFINITION_BYTES


@dataclass(frozen=True, slots=True)
class TemplateComparison:
    """Whether a template file differs from what it should be, the differences in words, and the findings about the file itself."""

    stale: bool
    differences: tuple[str, ...] = ()
    findings: tuple[Diagnostic, ...] = ()


def template_text(loaded: Loaded, *, service: bool = False) -> str:
    """The parameter template of a workflow as JSON; `service`: as the service would generate it."""
    return to_json(tuple(as_service(loaded.workflow).items()) if service else loaded.template.parameters)


def compare_template(path: str, loaded: Loaded) -> TemplateComparison:
    """A template file compared with the workflow, by names and `optional` alone: descriptions are the author's.

    Raises:
        PackagerError: the file cannot be read.
    """
    content = read_file(Path(path), MAX_DEFINITION_BYTES)
    changes = changes_of_file(path, content, loaded.workflow, loaded.template)
    return TemplateComparison(bool(changes), tuple(str(change) for change in changes), read(path, content)[1])


def update_template(path: str, loaded: Loaded) -> TemplateComparison | None:
    """The changes that were written to a template file, keeping its descriptions, order and formatting; None if it does not exist.

    Raises:
        PackagerError: the file cannot be read or written.
    """
    if not exists(Path(path)):
        return None
    content = read_file(Path(path), MAX_DEFINITION_BYTES)
    changes = changes_of_file(path, content, loaded.workflow, loaded.template)
    updated = apply_changes(path, content, changes)
    if updated != content:
        fix.replace(Path(path), updated)
    return TemplateComparison(bool(changes), tuple(change.done for change in changes), read(path, updated)[1])


def compare_with_service(path: str, loaded: Loaded) -> TemplateComparison:
    """A template file compared with the template that the service would generate, descriptions included.

    Raises:
        PackagerError: the file cannot be read, or is not JSON.
    """
    expected = json.loads(template_text(loaded, service=True))
    try:
        actual = json.loads(read_file(Path(path), MAX_DEFINITION_BYTES))
    except (ValueError, RecursionError) as error:
        place = f"{path}:{error.lineno}:{error.colno}" if isinstance(error, json.JSONDecodeError) else path
        raise PackagerError(f"`{place}` is not valid JSON") from error
    if actual == expected:
        return TemplateComparison(stale=False)
    actual = actual if isinstance(actual, dict) else {}
    differences = []
    for name in sorted(expected.keys() | actual.keys()):
        if name not in actual:
            differences.append(f"`{name}` is missing")
        elif name not in expected:
            differences.append(f"`{name}` is not an input of the workflow")
        elif actual[name] != expected[name]:
            differences.append(f"`{name}` differs")
    return TemplateComparison(stale=True, differences=tuple(differences))
