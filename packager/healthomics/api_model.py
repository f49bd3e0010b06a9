"""The service's API model as the installed botocore ships it, read as data without importing botocore."""

from __future__ import annotations

import functools
import gzip
import importlib.util
import json
from pathlib import Path
from typing import Any

_FOLDER = "data/omics/2022-11-28"


@functools.cache
def service_model() -> dict[str, Any]:
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
                model: dict[str, Any] = json.loads(gzip.decompress(content) if name.endswith(".gz") else content)
                return model
    raise LookupError("the omics model of botocore was not found")


def shape(name: str) -> dict[str, Any]:
    """A shape of the model.

    Raises:
        LookupError: no model, or no such shape.
    """
    found: dict[str, Any] = service_model()["shapes"][name]
    return found


def members(name: str) -> frozenset[str]:
    """The member names of a structure; empty when they cannot be told."""
    try:
        return frozenset(shape(name).get("members", {}))
    except LookupError:
        return frozenset()
