"""The description of a package, `FILE.zip.json`: what a request needs besides the zip."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from packager.errors import PackagerError, cannot
from packager.files import MIB, read_regular
from packager.jsondoc import jsontext
from packager.jsondoc.jsontext import JsonPart
from packager.model.facts import TemplateParameter, template_body

_T = TypeVar("_T", str, int)
SIDECAR_VERSION = "1"
_MAX_BYTES = 16 * MIB  # it has a template and a README, both of which the service limits


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What `FILE.zip.json` holds: all that a request needs besides the zip, and nothing of an account.

    `template` is the part of the file with the parameter template, if it was read of one.
    """

    content_digest: str
    engine: str
    main: str
    parameter_template: tuple[tuple[str, TemplateParameter], ...]
    readme: str | None = None
    storage_type: str | None = None
    storage_capacity: int | None = None
    template: JsonPart | None = None


def sidecar_path(zip_path: Path) -> Path:
    """The path of a zip's sidecar."""
    return zip_path.with_name(f"{zip_path.name}.json")


def sidecar_json(sidecar: Sidecar) -> str:
    """The content of the sidecar file: `schemas/package.schema.json`."""
    members: dict[str, object] = {
        "schemaVersion": SIDECAR_VERSION,
        "contentDigest": sidecar.content_digest,
        "engine": sidecar.engine,
        "main": sidecar.main,
        "parameterTemplate": template_body(sidecar.parameter_template),
        "readme": sidecar.readme,
        "storageType": sidecar.storage_type,
        "storageCapacity": sidecar.storage_capacity,
    }
    members = {name: value for name, value in members.items() if value is not None}
    return json.dumps(members, ensure_ascii=False, indent=2, sort_keys=True) + "\n"


def read_sidecar(zip_path: Path) -> Sidecar | None:
    """The sidecar next to a zip, or None without such a file.

    Raises:
        PackagerError: it exists but cannot be used.
    """
    path = sidecar_path(zip_path)
    try:
        content = read_regular(path, _MAX_BYTES)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise cannot("read", f"`{path}`", error) from error
    try:
        text = jsontext.read(content)
        if isinstance(text, jsontext.JsonError):
            raise ValueError(text.message)  # noqa: TRY004, TRY301 - of content, not of a type; handled with the others
        members: dict[str, Any] = text.value  # type: ignore[assignment]  # its form is checked member by member
        part = text.part("parameterTemplate")
        template = tuple(
            sorted(
                (name, TemplateParameter(str(body.get("description", "")), body.get("optional") is True))
                for name, body in members["parameterTemplate"].items()
            )
        )
        if members["schemaVersion"] != SIDECAR_VERSION:
            raise PackagerError(f"`{path}` has the unknown version {members['schemaVersion']!r}")
        return Sidecar(
            str(members["contentDigest"]),
            str(members["engine"]),
            str(members["main"]),
            template,
            _optional(members, "readme", str),
            _optional(members, "storageType", str),
            _optional(members, "storageCapacity", int),
            JsonPart(path.as_posix(), part) if part is not None else None,
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise PackagerError(
            f"`{path}` is not a package description",
            "regenerate it with `packager package`",
        ) from error


def _optional(members: dict[str, object], name: str, kind: type[_T]) -> _T | None:
    """A member that may be absent.

    Raises:
        TypeError: it is of another type.
    """
    value = members.get(name)
    if value is None:
        return None
    if type(value) is not kind:  # a Boolean is an `int` for isinstance
        raise TypeError(name)
    return value
