"""The versions of installed distributions, without the cost of `importlib.metadata`."""

from __future__ import annotations

import functools
import importlib.util
import re
from pathlib import Path


@functools.cache
def version(distribution: str, module: str) -> str:
    """The version of the distribution that provides a top-level module, or `unknown`.

    It is read off the name of the `.dist-info` folder beside the module, and asked of `importlib.metadata` (which takes
    25 ms to import) only where there is none, such as in an editable install.
    """
    spec = importlib.util.find_spec(module)
    for location in (spec.submodule_search_locations if spec else None) or ():
        name = re.sub(r"[-_.]+", "_", distribution)
        for folder in Path(location).parent.glob(f"{name}-*.dist-info"):
            return folder.name.removeprefix(f"{name}-").removesuffix(".dist-info")
    from importlib import metadata  # noqa: PLC0415 - the slow way

    try:
        return metadata.version(distribution)
    except metadata.PackageNotFoundError:
        return "unknown"
