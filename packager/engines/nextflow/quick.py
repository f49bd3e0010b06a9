"""The syntax errors of one script or config, without the rest of the pipeline."""

from __future__ import annotations

from dataclasses import replace

from packager.engines.nextflow.sources import PipelineSources
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic
from packager.source import TextTree


def syntax_errors(path: str, text: str) -> tuple[Diagnostic, ...]:
    """What no version of Nextflow can parse; never raises."""
    name = "nextflow.config" if path.endswith(".config") else "main.nf"
    sources = PipelineSources(TextTree({name: text}, name))
    parsed = sources.config(name) if path.endswith(".config") else sources.script(name)
    faults = [fault for fault in parsed.faults if fault.everywhere] if parsed is not None else []
    findings = []
    for fault in faults:
        place = replace(sources.place(name, fault.start, fault.end), path=path)
        findings.append(finding_at(place, "NXF001", fault.message, subject=fault.subject(text)))
    return tuple(findings)
