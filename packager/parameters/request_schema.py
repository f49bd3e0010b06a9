"""The JSON Schema of a request that starts runs, from the table of its members: what an editor shows and proposes."""

from __future__ import annotations

from packager.findings.sources import Api, Citation
from packager.healthomics.run_request import RunForm, RunMember, Structure, members_of
from packager.jsondoc.jsontext import Json
from packager.parameters.run_requests import PARAMETERS, RunFile
from packager.text import count

_FORMS: dict[RunForm, dict[str, Json]] = {
    RunForm.TEXT: {"type": "string"},
    RunForm.INTEGER: {"type": "integer"},
    RunForm.BOOLEAN: {"type": "boolean"},
    RunForm.TAGS: {"type": "object", "additionalProperties": {"type": "string"}},
    RunForm.OBJECT: {"type": "object"},
    RunForm.ROWS: {"type": "array"},
}
_INNER = {
    "default_run_setting": Structure.DEFAULTS,
    "batch_run_settings": Structure.SETTINGS,
    "inline_settings": Structure.ROW,
}


def make_request_schema(kind: RunFile, parameters: dict[str, Json]) -> dict[str, Json]:
    """The schema of a file that starts runs; `parameters` is that of the parameters of its runs."""
    match kind:
        case RunFile.RUN:
            return _structure(Structure.RUN, parameters)
        case RunFile.BATCH:
            return _structure(Structure.BATCH, parameters)
    return {"type": "array", "items": _structure(Structure.ROW, parameters)}


def _structure(structure: Structure, parameters: dict[str, Json]) -> dict[str, Json]:
    members = members_of(structure)
    required: list[Json] = [name for name, member in members.items() if structure in member.required]
    return {
        "description": _source(structure.value),
        "type": "object",
        "properties": {name: _member(member, structure, parameters) for name, member in members.items()},
        "required": required,
        "additionalProperties": False,
    }


def _member(member: RunMember, structure: Structure, parameters: dict[str, Json]) -> dict[str, Json]:
    sentences = [member.description, _limit(member), _source(f"{structure.value}.{member.api}")]
    described: dict[str, Json] = {"description": " ".join(sentence for sentence in sentences if sentence)}
    inner = _INNER.get(member.field)
    if member.api == PARAMETERS:
        return {**parameters, **described}
    if inner is Structure.ROW:
        return {**described, "type": "array", "items": _structure(inner, parameters)}
    if inner is not None:
        return {**_structure(inner, parameters), **described}
    choices: dict[str, Json] = {"enum": list(member.choices)} if member.choices else {}
    return {**described, **_FORMS[member.form], **choices}


def _limit(member: RunMember) -> str:
    """What the API accepts, as a sentence; empty if it is any value of the form."""
    parts = []
    if member.length is not None:
        shortest, longest = member.length
        unit = ("run", "runs") if member.form is RunForm.ROWS else ("character", "characters")
        parts.append(f"{shortest} to {count(longest, *unit)}" if shortest != longest else count(longest, *unit))
    if member.bounds is not None:
        parts.append(f"{member.bounds[0]} to {member.bounds[1]:,}")
    if member.pattern:
        parts.append(f"matches `{member.pattern}`")
    if member.on_s3:
        parts.append("an S3 URI")
    sentence = ", ".join(parts)
    return f"{sentence[0].upper()}{sentence[1:]}." if sentence else ""


def _source(topic: str) -> str:
    return f"Source: {Citation(Api.OMICS).text}: {topic}."
