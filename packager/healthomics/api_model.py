"""The service's API model as the installed botocore ships it, read as data without importing botocore."""

from __future__ import annotations

import functools
import gzip
import importlib.util
import json
from pathlib import Path
from typing import Any, TypeAlias

_FOLDER = "data/omics/2022-11-28"
# Botocore's own JSON, whose form it guarantees: `shapes`, `operations` and so on.
Shape: TypeAlias = dict[str, Any]


@functools.cache
def service_model() -> Shape:
    """The `omics` service model.

    Raises:
        LookupError: botocore is not installed or keeps its models elsewhere.
    """
    spec = importlib.util.find_spec("botocore")
    for location in (spec.submodule_search_locations if spec else None) or ():
        for name in ("service-2.json.gz", "service-2.json"):
            path = Path(location) / _FOLDER / name
            if path.is_file():
                content = path.read_bytes()
                model: Shape = json.loads(gzip.decompress(content) if name.endswith(".gz") else content)
                return model
    raise LookupError("the omics model of botocore was not found")


def operation(name: str) -> Shape:
    """An operation of the model.

    Raises:
        LookupError: the model is missing, or has no such operation.
    """
    model: Shape = service_model()["operations"][name]
    return model


def shape(name: str) -> Shape:
    """A shape of the model.

    Raises:
        LookupError: the model is missing, or has no such shape.
    """
    model: Shape = service_model()["shapes"][name]
    return model


def members(name: str) -> frozenset[str]:
    """The member names of a structure; empty if they are unknown."""
    try:
        return frozenset(shape(name).get("members", {}))
    except LookupError:
        return frozenset()
