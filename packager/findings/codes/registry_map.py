"""What reading a container registry map reports."""

from __future__ import annotations

from packager.findings.codes.registry import row
from packager.findings.diagnostic import Severity

_ERROR = Severity.ERROR
_MAP_SHAPE = "API ContainerRegistryMap, RegistryMapping, ImageMapping"

row(
    "MAP001",
    "registry-map-malformed",
    _ERROR,
    "The container registry map breaks its schema.",
    why="The service refuses a map with missing, unknown or overlong members, so the workflow cannot be created.",
    hint="correct the member; the schema is `schemas/container-registry-map.schema.json`",
    source=_MAP_SHAPE,
)
row(
    "MAP002",
    "registry-map-not-json",
    _ERROR,
    "The container registry map is not a JSON text of distinct keys.",
    why="It cannot be sent; of two equal keys one would be dropped without a word.",
    hint="mend the JSON",
    source=_MAP_SHAPE,
)
