"""`--cli-input FILE`: what works as `aws omics create-workflow --cli-input-yaml` or `-json`, read as settings of a request."""

from __future__ import annotations

import base64
import binascii
import difflib
import functools
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click

from packager.cli.values import Layer, Value
from packager.errors import PackagerError, cannot
from packager.files import MIB, TooLargeError, exists, is_file, read_named, real_path, text_of
from packager.healthomics import api_model
from packager.healthomics.request import Request, canonical_json, known_members, of_members
from packager.jsondoc import jsontext
from packager.source import is_zip
from packager.source.boundaries import boundary, is_in_git_folder, is_inside

_MAX_BYTES = 16 * MIB  # a zip may be in it
# Members that are options with another meaning: files there, contents here.
_CONTENTS = ("parameterTemplate", "containerRegistryMap")
_OPERATIONS = ("CreateWorkflowRequest", "CreateWorkflowVersionRequest")


@dataclass(frozen=True, slots=True)
class CliInput:
    """What a file says: `request` with the members that are no options, `layer` with those that are, and its zip if it has one."""

    request: Request = field(default_factory=Request)
    layer: Layer = field(default_factory=dict)
    zip_path: str | None = None


def read(path: str | None) -> CliInput:
    """Read a file of request members.

    Raises:
        PackagerError: it cannot be read, or has a member that is not the API's.
    """
    if path is None:
        return CliInput()
    members = _members(path)
    content = members.pop("definitionZip", None)
    named = _named_file(content)
    if named is not None and exists(Path(named)) and not (is_file(Path(named)) and is_zip(Path(named))):
        raise PackagerError(
            f"`{path}`: `definitionZip` names `{named}`, which is not a zip",
            "name a zip, or give the folder or main file as PATH",
        )
    zip_path = named or _temporary(path, content)
    known = known_members()
    extra = {name: value for name, value in members.items() if name not in known}
    for name in extra:
        _check_known(path, name, known)
    try:
        request = of_members({name: value for name, value in members.items() if name in known})
    except PackagerError as error:
        raise PackagerError(f"`{path}`: {error.message}", error.hint) from error
    _check_readme(path, request.readme_markdown or "")
    layer = {
        known[name].replace("_", "-"): Value(None if name in _CONTENTS else getattr(request, known[name]), path)
        for name in members
        if name in known
    }
    own = {known[name]: getattr(request, known[name]) for name in _CONTENTS}
    try:
        passed = tuple(sorted((name, canonical_json(value)) for name, value in extra.items()))
    except (TypeError, ValueError) as error:
        raise PackagerError(f"`{path}` has a value that is not JSON") from error
    if zip_path is not None and named is None and "name" not in layer:  # a temporary file's name says nothing
        layer["name"] = Value(Path(path).stem, path)
    return CliInput(Request(**own, extra=passed), layer, zip_path)


def _members(path: str) -> dict[str, Any]:
    import yaml  # noqa: PLC0415 - only where such a file is given

    class Loader(yaml.SafeLoader):
        """No reference to a list or map: a few of them stand for more than fits into memory."""

        def compose_node(self, parent: Any, index: Any) -> Any:
            refers = self.check_event(yaml.AliasEvent)
            node = super().compose_node(parent, index)
            if refers and not isinstance(node, yaml.ScalarNode):
                raise yaml.YAMLError("a reference to a list or map")
            return node

        def construct_scalar(self, node: Any) -> Any:
            mark = node.start_mark
            return _in_characters(super().construct_scalar(node), f"`{path}:{mark.line + 1}:{mark.column + 1}`")

    try:
        text = text_of(read_named(Path(path), _MAX_BYTES), "utf-8-sig")
        value = yaml.load(text, Loader)  # noqa: S506 - a safe loader, and stricter
    except TooLargeError as error:
        raise PackagerError(f"`{path}` is too large") from error
    except OSError as error:
        raise cannot("read", f"`{path}`", error) from error
    except (yaml.YAMLError, UnicodeDecodeError, RecursionError, ValueError) as error:
        first = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise PackagerError(f"`{path}` is neither YAML nor JSON: {first}") from error
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise PackagerError(
            f"`{path}` is no set of request members", "write them as `aws omics create-workflow` takes them"
        )
    return {name: one for name, one in value.items() if one is not None}


def _in_characters(text: str, where: str) -> str:
    """A string whose surrogate pairs are the characters that they stand for: JSON writes them so, and YAML reads each half by itself.

    Raises:
        PackagerError: a half is alone.
    """
    if not jsontext.has_half_character(text):
        return text
    try:
        return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeDecodeError as error:
        raise PackagerError(
            f"{where}: half of a surrogate pair is not a character", "write the whole character"
        ) from error


def _check_known(path: str, name: str, known: dict[str, str]) -> None:
    """What a newer API has passes; anything else is a mistake."""
    newer = frozenset().union(*(api_model.members(operation) for operation in _OPERATIONS))
    if name in newer:
        return
    near = difflib.get_close_matches(name, sorted({*known, *newer}), 1)
    hint = f"did you mean `{near[0]}`?" if near else "names are those of the API, such as `parameterTemplate`"
    raise PackagerError(f"`{path}`: `{name}` is no member of the request", hint)


def _check_readme(path: str, text: str) -> None:
    """Refuse a file that belongs neither to the project of this file nor to that of the current folder: it would be sent."""
    if not text.startswith("file://"):
        return
    named = Path(text.removeprefix("file://"))
    folders = [boundary(folder) for place in (Path(path).parent, Path()) if (folder := real_path(place)) is not None]
    if not any(is_inside(named, folder) and not is_in_git_folder(named, folder) for folder in folders):
        raise PackagerError(
            f"`{path}`: `readmeMarkdown` names `{named}`, which is not a file of the project",
            "write the text itself, or name the file with `--readme-markdown`",
        )


def _named_file(value: Any) -> str | None:
    """The zip that is named as the AWS CLI names files."""
    if isinstance(value, str) and value.startswith(("fileb://", "file://")):
        return value.partition("://")[2]
    return None


def _temporary(path: str, value: Any) -> str | None:
    """A temporary file with the zip's bytes, which are there as such or as base64."""
    if value is None:
        return None
    try:
        content = value if isinstance(value, bytes) else base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError, TypeError) as error:
        raise PackagerError(f"`{path}`: `definitionZip` is neither base64 nor `fileb://FILE`") from error
    with tempfile.NamedTemporaryFile(prefix="packager-", suffix=".zip", delete=False) as file:
        file.write(content)
    context = click.get_current_context(silent=True)
    if context is not None:
        context.call_on_close(functools.partial(Path(file.name).unlink, missing_ok=True))
    return file.name
