"""What `packager --version --verbose` prints: the versions and dates that a report of a bug needs."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version

from packager._version import __version__
from packager.findings.sources import newest_date

# The libraries whose versions change what packager reports.
_LIBRARIES = ("miniwdl", "cwltool", "boto3", "jsonschema")


def version_lines() -> list[str]:
    """The version of packager, the day of its newest facts, the API model of the service, and the versions of Python and libraries."""
    return [
        f"packager {__version__}",
        f"facts of {newest_date()}",
        f"API model of botocore {_installed('botocore')}",
        f"Python {platform.python_version()} on {platform.system()}",
        ", ".join(f"{name} {_installed(name)}" for name in _LIBRARIES),
    ]


def _installed(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "not installed"
