"""Whether what is deployed is the same as what would be sent: its files and its README as the service gives them out again."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packager import limits
from packager.archive import same_content
from packager.aws import deployments
from packager.deployed import Deployed, differences
from packager.diagnostics import PackagerError
from packager.parcel import Parcel
from packager.source import UnreadableError, ZipTree

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

FILES, UNKNOWN_FILES, README = "its definition", "its definition (which cannot be compared)", "readmeMarkdown"


def differing(client: OmicsClient, parcel: Parcel, deployed: Deployed) -> list[str]:
    """In what a deployed workflow or version differs from a parcel; empty if it is the same.

    `UNKNOWN_FILES` alone: the settings are equal, and the files cannot be told.

    Raises:
        ServiceError: the service refused to show it.
    """
    found = differences(parcel.request, deployed)
    definition = parcel.request.definition_zip
    if definition is None:
        return [*found, UNKNOWN_FILES]
    if deployed.digest == definition.sha256 and parcel.request.readme_markdown is None:
        return found
    shown = deployments.get(client, deployed.workflow_id, deployed.version_name, export=("DEFINITION", "README"))
    if deployed.digest != definition.sha256:
        same = _same_files(parcel, shown)
        if same is not True:
            found.append(FILES if same is False else UNKNOWN_FILES)
    readme = read_readme(shown) if parcel.request.readme_markdown is not None else None
    if readme is not None and readme != parcel.request.readme_markdown:
        found.append(README)
    return found


def _same_files(parcel: Parcel, shown: Deployed) -> bool | None:
    """Whether the definition that the service gives out has the parcel's files; None if that cannot be told."""
    if shown.definition_url is None:
        return None
    with tempfile.TemporaryDirectory(prefix="packager-") as folder:
        path = Path(folder) / "definition.zip"
        try:
            with path.open("wb") as file:
                deployments.download(shown.definition_url, file, what="the deployed definition")
            return same_content(ZipTree(path, "the deployed definition"), parcel.entries)
        except (PackagerError, UnreadableError):
            return None  # it is then compared by the service, which knows the request's token


def read_readme(shown: Deployed) -> str | None:
    """The README of a workflow or version that was asked for with its README; None if it cannot be had."""
    if shown.readme_url is None:
        return None
    with tempfile.TemporaryFile() as file:
        try:
            deployments.download(shown.readme_url, file, what="the deployed README", most=limits.README_MAX_BYTES)
            file.seek(0)
            return file.read().decode("utf-8")
        except (PackagerError, UnicodeDecodeError):
            return None


def with_readme(client: OmicsClient, deployed: Deployed) -> Deployed:
    """A workflow or version with the text of its README among its settings, as far as it can be had."""
    shown = deployments.get(client, deployed.workflow_id, deployed.version_name, export=("README",))
    text = read_readme(shown)
    return shown if text is None else replace(shown, settings=replace(shown.settings, readme_markdown=text))
