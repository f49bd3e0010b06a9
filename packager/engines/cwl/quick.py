"""The syntax errors of one document, without what it refers to."""

from __future__ import annotations

from packager.engines.cwl.closure import yaml_finding
from packager.engines.cwl.nodes import YamlProblem, parse
from packager.findings.diagnostic import Diagnostic


def syntax_errors(path: str, text: str) -> tuple[Diagnostic, ...]:
    """The errors that keep a document from being read; never raises."""
    read = parse(path, text)
    return (yaml_finding(path, read),) if isinstance(read, YamlProblem) else ()
