"""Whether what is deployed is the same as what would be sent: its files and its README as the service gives them out again."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packager.archive.plan import same_content
from packager.archive.zip_layout import examine
from packager.aws.deadline import Deadline, OutOfTimeError, deadline_of
from packager.aws.deliver import deployments
from packager.aws.deliver.prepared import Parcel
from packager.errors import PackagerError
from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.healthomics.deployed import Deployed, differences
from packager.source import UnreadableError, ZipTree

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

FILES, README = "its definition", "readmeMarkdown"
UNKNOWN = "what cannot be compared"
# Members whose content an answer does not show.
_UNSEEN = ("readme_uri", "readme_path", "container_registry_map_uri", "parameter_template_path")


def differing(client: OmicsClient, parcel: Parcel, deployed: Deployed) -> list[str]:
    """In what a deployed workflow or version differs from a parcel; empty if it is the same.

    `UNKNOWN` alone: what can be compared is equal, and the rest cannot be told.

    Raises:
        ServiceError: the service refused to show it.
    """
    request = parcel.request
    found = differences(request, deployed)
    unknown = bool(request.extra) or any(getattr(request, member) is not None for member in _UNSEEN)
    shown = deployments.get(client, deployed.workflow_id, deployed.version_name, export=("DEFINITION", "README"))
    definition = request.definition_zip
    same = deployed.digest == definition.sha256 if definition is not None else None
    if definition is not None and not same:
        same = _same_files(parcel, shown, deadline_of(client))
    if same is False:
        found.append(FILES)
    unknown = unknown or same is None
    if request.readme_uri is None and request.readme_path is None:
        there = read_readme(shown, deadline_of(client))
        if shown.readme_url is not None and there is None:
            unknown = True
        elif there != request.readme_markdown:
            found.append(README)
    return [*found, UNKNOWN] if unknown else found


def _same_files(parcel: Parcel, shown: Deployed, deadline: Deadline) -> bool | None:
    """Whether the definition that the service gives out has the parcel's files; None if that cannot be told."""
    if shown.definition_url is None:
        return None
    with tempfile.TemporaryDirectory(prefix="packager-") as folder:
        path = Path(folder) / "definition.zip"
        try:
            with path.open("wb") as file:
                deployments.download(shown.definition_url, file, what="the deployed definition", deadline=deadline)
            tree = ZipTree(path, "the deployed definition")
            if any(problem.severity is Severity.ERROR for problem in tree.problems):
                return False  # it has more than the files that can be compared
            with path.open("rb") as file:
                return same_content(tree, parcel.entries) and not examine(file, parcel.entries).faults
        except OutOfTimeError:
            raise
        except (PackagerError, UnreadableError):
            return None  # it is then compared by the service, which knows the request's token


def read_readme(shown: Deployed, deadline: Deadline) -> str | None:
    """The README of a workflow or version that was asked for with its README; None if it cannot be had."""
    if shown.readme_url is None:
        return None
    with tempfile.TemporaryFile() as file:
        try:
            most = limits.README_MAX_BYTES
            deployments.download(shown.readme_url, file, what="the deployed README", most=most, deadline=deadline)
            file.seek(0)
            return file.read().decode("utf-8")
        except OutOfTimeError:
            raise
        except (PackagerError, UnicodeDecodeError):
            return None


def with_readme(shown: Deployed, deadline: Deadline) -> Deployed:
    """A workflow or version that was asked for with its README, with the text among its settings, as far as it can be had."""
    text = read_readme(shown, deadline)
    return shown if text is None else replace(shown, settings=replace(shown.settings, readme_markdown=text))
