"""`--cli-input FILE`: the members of a request, as `aws omics create-workflow --cli-input-yaml` or `-json` accepts them."""

from __future__ import annotations

import base64
import binascii
import functools
import json
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import click

from packager.errors import PackagerError
from packager.files import MIB, exists, is_file, read_file, real_path, text_of
from packager.healthomics import api_model
from packager.healthomics.request import BY_API_NAME, Request
from packager.healthomics.request_body import of_members
from packager.jsondoc import jsontext
from packager.jsondoc.jsontext import JsonMember, JsonNode, JsonPart, JsonText, Parts
from packager.settings.layers import Layer, OptionValue
from packager.source import is_zip
from packager.source.boundaries import boundary, is_in_git_folder, is_inside
from packager.text import nearest_name

if TYPE_CHECKING:
    import yaml

_MAX_BYTES = 16 * MIB  # it may contain a zip
_OPERATIONS = ("CreateWorkflowRequest", "CreateWorkflowVersionRequest")


@dataclass(frozen=True, slots=True)
class CliInput:
    """The content of a file: `request` with the members that are not options, `layer` with those that are, and its zip, if any."""

    request: Request = field(default_factory=Request)
    layer: Layer = field(default_factory=dict)
    zip_path: str | None = None


def read(path: str) -> CliInput:
    """The members of a request in a file.

    Raises:
        PackagerError: it cannot be read, or has a member that the API does not have.
    """
    members, text = _members(path)
    documents = {name: _document(path, text, name) for name in members if _is_document(name)}
    content = members.pop("definitionZip", None)
    named = _named_file(content)
    if named is not None and exists(Path(named)) and not (is_file(Path(named)) and is_zip(Path(named))):
        raise PackagerError(
            f"`{path}`: `definitionZip` names `{named}`, which is not a zip",
            "name a zip, or give the folder or main file as PATH",
        )
    zip_path = named or _temporary(path, content)
    extra = {name: value for name, value in members.items() if name not in BY_API_NAME}
    for name in extra:
        _check_known(path, name)
    try:
        request = of_members(
            {name: value for name, value in members.items() if name in BY_API_NAME and name not in documents}
        )
    except PackagerError as error:
        raise PackagerError(f"`{path}`: {error.message}", error.hint) from error
    _check_readme(path, request.readme_markdown or "")
    layer = {
        member.field.replace("_", "-"): OptionValue(
            documents[name] if member.form.is_document else member.value(request), path
        )
        for name in members
        if (member := BY_API_NAME.get(name)) is not None
    }
    try:
        passed = tuple(sorted((name, jsontext.canonical_json(value)) for name, value in extra.items()))
    except (TypeError, ValueError) as error:
        raise PackagerError(f"`{path}` has a value that JSON does not have, such as a date") from error
    if zip_path is not None and named is None and "name" not in layer:  # not that of the temporary file
        layer["name"] = OptionValue(Path(path).stem, path)
    return CliInput(Request(extra=passed), layer, zip_path)


def _is_document(name: str) -> bool:
    member = BY_API_NAME.get(name)
    return member is not None and member.form.is_document


def _document(path: str, text: JsonText, name: str) -> JsonPart:
    """A member that is a document of its own; the same rules check it as a file that an option names.

    Raises:
        PackagerError: it has a value that JSON does not have, such as a date.
    """
    part = text.part(name)
    try:
        json.dumps(part.value if part is not None else None, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        line, column = text.place((name,), key=True)
        raise PackagerError(
            f"`{path}:{line}:{column}`: `{name}` has a value that is not JSON", "write dates and names in quotes"
        ) from error
    assert part is not None  # `name` is a member
    return JsonPart(path, part)


def _members(path: str) -> tuple[dict[str, object], JsonText]:
    """The members in a file that are not null, and the whole file with places.

    Raises:
        PackagerError: it cannot be read, or is not an object of members.
    """
    import yaml  # noqa: PLC0415 - only for such a file

    class Loader(yaml.SafeLoader):
        """Refuses references to a list or map: a few of them can expand to more than fits into memory."""

        def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
            refers = self.check_event(yaml.AliasEvent)
            node = super().compose_node(parent, index)
            if refers and not isinstance(node, yaml.ScalarNode):
                raise PackagerError(
                    f"`{path}` refers to a list or map by an alias", "write the value itself in each place"
                )
            return node

        def construct_scalar(self, node: yaml.ScalarNode | yaml.MappingNode) -> str:
            mark = node.start_mark
            return _in_characters(super().construct_scalar(node), f"`{path}:{mark.line + 1}:{mark.column + 1}`")

    try:
        text = text_of(read_file(Path(path), _MAX_BYTES), "utf-8-sig")
        loader = Loader(text)
        root = loader.get_single_node()
        value = loader.construct_document(root) if root is not None else None
        duplicates: list[tuple[Parts, int]] = []
        spans = _spans(root, (), duplicates) if root is not None else JsonNode(0, 0)
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
        place = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else path
        raise PackagerError(f"`{place}` is neither YAML nor JSON") from error
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise PackagerError(
            f"`{path}` does not contain request members",
            "write them as for `aws omics create-workflow --cli-input-yaml`",
        )
    members = {name: member for name, member in value.items() if member is not None}
    return members, jsontext.json_text(value, text, spans, duplicates)


def _spans(node: yaml.Node, parts: Parts, duplicates: list[tuple[Parts, int]]) -> JsonNode:
    """The spans of a value and of all values in it; keys that occur again are added to `duplicates`."""
    import yaml  # noqa: PLC0415 - only for such a file

    start, end, value = node.start_mark.index, node.end_mark.index, node.value
    if isinstance(node, yaml.SequenceNode):
        return JsonNode(
            start, end, items=tuple(_spans(item, (*parts, at), duplicates) for at, item in enumerate(value))
        )
    members: dict[str, JsonMember] = {}
    for key, inner in value if isinstance(node, yaml.MappingNode) else ():
        name, at = str(key.value), key.start_mark.index
        if name in members:
            duplicates.append(((*parts, name), at))
        members[name] = JsonMember(name, at, key.end_mark.index, _spans(inner, (*parts, name), duplicates))
    return JsonNode(start, end, members=tuple(members.values()))


def _in_characters(text: str, where: str) -> str:
    """A string with characters instead of surrogate pairs, which JSON uses, and whose halves YAML reads one by one.

    Raises:
        PackagerError: a half is alone.
    """
    if not jsontext.has_half_character(text):
        return text
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise PackagerError(
            f"{where}: half of a surrogate pair is not a character", "write the character itself"
        ) from error


def _check_known(path: str, name: str) -> None:
    """Accept a member that only a newer API has.

    Raises:
        PackagerError: no version of the API has it.
    """
    newer = frozenset().union(*(api_model.members(operation) for operation in _OPERATIONS))
    if name in newer:
        return
    near = nearest_name(name, sorted({*BY_API_NAME, *newer}))
    hint = f"did you mean `{near}`?" if near else "names are those of the API, such as `parameterTemplate`"
    raise PackagerError(f"`{path}`: `{name}` is not a member of the request", hint)


def _check_readme(path: str, text: str) -> None:
    """Refuse a README outside of the projects of this file and of the current folder, because it would be sent."""
    if not text.startswith("file://"):
        return
    named = Path(text.removeprefix("file://"))
    folders = [boundary(folder) for place in (Path(path).parent, Path()) if (folder := real_path(place)) is not None]
    if not any(is_inside(named, folder) and not is_in_git_folder(named, folder) for folder in folders):
        raise PackagerError(
            f"`{path}`: `readmeMarkdown` names `{named}`, which is not a file of the project",
            "write the README itself there, or use `--readme-markdown file://FILE`",
        )


def _named_file(value: object) -> str | None:
    """The path of the zip, if it is written as the AWS CLI writes files."""
    if isinstance(value, str) and value.startswith(("fileb://", "file://")):
        return value.partition("://")[2]
    return None


def _temporary(path: str, value: object) -> str | None:
    """A temporary file with the zip, which the value holds as bytes or as base64."""
    if value is None:
        return None
    try:
        content = value if isinstance(value, bytes) else base64.b64decode(str(value), validate=True)
    except (binascii.Error, ValueError) as error:
        raise PackagerError(f"`{path}`: `definitionZip` is neither base64 nor `fileb://FILE`") from error
    with tempfile.NamedTemporaryFile(prefix="packager-", suffix=".zip", delete=False) as file:
        file.write(content)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(functools.partial(Path(file.name).unlink, missing_ok=True))
    return file.name
