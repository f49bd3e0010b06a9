"""Fixes of a file of run parameters."""

from __future__ import annotations

from collections import Counter

from packager.fix.names import bare_name
from packager.jsondoc import jsonedit
from packager.jsondoc.jsontext import JsonError
from packager.model.facts import Workflow


def fix_namespaced_keys(text: bytes, workflow: Workflow) -> bytes:
    """Run parameters with bare names: `Workflow.input` becomes `input`, where that is an input and is not there yet.

    Inputs of calls (`Workflow.call.input`) stay as they are, and so does a text that is no JSON object of distinct names.
    """
    document = jsonedit.parse(text)
    if isinstance(document, JsonError):
        return text
    members = document.root.members
    there = {member.key for member in members}
    wanted = [(member, bare) for member in members if (bare := bare_name(member.key, workflow)) is not None]
    counted = Counter(bare for _, bare in wanted)
    splices = [document.rename(member, bare) for member, bare in wanted if bare not in there and counted[bare] == 1]
    return jsonedit.spliced(document.text, splices).encode()
