"""Whether a script is written in Nextflow's first language, where processes take their inputs `from` channels."""

from __future__ import annotations

from packager.engines.nextflow.lexing import NAME, lex
from packager.engines.nextflow.scan import names_channels
from packager.engines.nextflow.scripts import Script
from packager.engines.nextflow.syntax import Assignment, Include, Literal, Process, Property, WorkflowBlock


def is_first_language(script: Script | None) -> bool:
    """Whether only the first language reads the script: it says so, or its processes name channels and no workflow calls them."""
    if script is None:
        return False
    for one in script.definitions:
        if isinstance(one, Assignment) and isinstance(one.target, Property) and one.target.name == "dsl":
            return isinstance(one.value, Literal) and one.value.value == 1
        if isinstance(one, (WorkflowBlock, Include)):
            return False
    processes = [one for one in script.definitions if isinstance(one, Process)]
    if not processes:  # they may stand in an `if`
        return names_channels(script.text)
    return any(_names_channels(script, one) for one in processes)


def _names_channels(script: Script, process: Process) -> bool:
    for section in process.sections:
        if section.label in ("input", "output"):
            tokens = lex(script.text[section.start : section.end])
            if any(
                kind is NAME and word in ("from", "into")
                for kind, word in zip(tokens.kinds, tokens.values, strict=True)
            ):
                return True
    return False
