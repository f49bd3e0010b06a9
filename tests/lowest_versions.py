"""Print the oldest versions that `pyproject.toml` allows, as constraints for pip: `python tests/lowest_versions.py`."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

_PROJECT = Path(__file__).parent.parent / "pyproject.toml"
_BOUND = re.compile(r"(?P<name>[A-Za-z0-9._-]+)>=(?P<version>[0-9.]+)(,<[0-9.]+)?")


def constraints() -> Iterator[str]:
    """Each dependency at its lower bound; for boto3 also botocore, which has the model of the service and the same version numbers."""
    for requirement in tomllib.loads(_PROJECT.read_text())["project"]["dependencies"]:
        bound = _BOUND.fullmatch(requirement)
        if bound is None:
            raise SystemExit(f"`{requirement}` has no lower bound")
        yield f"{bound['name']}=={bound['version']}"
        if bound["name"] == "boto3":
            yield f"botocore=={bound['version']}"


if __name__ == "__main__":
    sys.stdout.writelines(f"{line}\n" for line in constraints())
