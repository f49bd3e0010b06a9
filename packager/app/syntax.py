"""The syntax errors of one file alone, quickly: what an editor shows before the whole workflow is checked."""

from __future__ import annotations

from packager.engines.adapter import syntax_errors
from packager.findings.diagnostic import Diagnostic, in_order
from packager.images import registry_map
from packager.model.facts import Engine
from packager.parameters.template import read as read_template

# The codes of syntax errors: a check of the whole workflow reports the same.
CODES = frozenset({"WDL001", "NXF001", "CWL003", "CWL014"})


def definition_errors(engine: Engine, path: str, text: str) -> tuple[Diagnostic, ...]:
    """The syntax errors of a definition or of a Nextflow config; never raises."""
    return in_order(syntax_errors(engine, path, text))


def template_errors(path: str, text: str) -> tuple[Diagnostic, ...]:
    """The errors of a parameter template alone."""
    return in_order(read_template(path, text.encode("utf-8", "replace"))[1])


def registry_map_errors(path: str, text: str) -> tuple[Diagnostic, ...]:
    """The errors of the form of a container registry map."""
    return in_order(registry_map.read(path, text.encode("utf-8", "replace"))[1])
