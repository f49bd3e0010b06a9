"""Whether a deployed workflow or version equals what would be sent: settings, files and README."""

from __future__ import annotations

import tempfile
from pathlib import Path

from packager.archive.content_digest import same_content
from packager.archive.zip_layout import examine
from packager.aws.client import Client
from packager.aws.deadline import Deadline, OutOfTimeError
from packager.aws.deliver import deployments
from packager.aws.deliver.download import download, read_readme
from packager.aws.deliver.prepared import PreparedRequest
from packager.errors import PackagerError
from packager.findings.diagnostic import Severity
from packager.healthomics.deployed import Deployed, differences
from packager.healthomics.request import MEMBERS
from packager.source import UnreadableError, ZipTree

_FILES, _README = "its definition", "readmeMarkdown"
UNKNOWN = "what cannot be compared"


def differing(client: Client, prepared: PreparedRequest, deployed: Deployed) -> list[str]:
    """What differs between a deployed workflow or version and a prepared request; empty if they are the same.

    `UNKNOWN` alone: everything that can be compared is equal, and the rest is unknown.

    Raises:
        ServiceError: the service refused to show it.
    """
    request = prepared.request
    names = differences(request, deployed)
    unknown = bool(request.extra) or any(member.external and member.value(request) is not None for member in MEMBERS)
    shown = deployments.get(client, deployed.workflow_id, deployed.version_name, export=("DEFINITION", "README"))
    definition = request.definition_zip
    same = deployed.digest == definition.sha256 if definition is not None else None
    if definition is not None and not same:
        same = _same_files(prepared, shown, client.deadline)
    if same is False:
        names.append(_FILES)
    unknown = unknown or same is None
    if request.readme_uri is None and request.readme_path is None:
        readme = read_readme(shown, client.deadline)
        if shown.readme_url is not None and readme is None:
            unknown = True
        elif readme != request.readme_markdown:
            names.append(_README)
    return [*names, UNKNOWN] if unknown else names


def _same_files(prepared: PreparedRequest, shown: Deployed, deadline: Deadline) -> bool | None:
    """Whether the deployed definition has the files of the prepared request; None if that cannot be determined."""
    if shown.definition_url is None:
        return None
    with tempfile.TemporaryDirectory(prefix="packager-") as folder:
        path = Path(folder) / "definition.zip"
        try:
            with path.open("wb") as file:
                download(shown.definition_url, file, what="the deployed definition", deadline=deadline)
            tree = ZipTree(path, "the deployed definition")
            if any(problem.severity is Severity.ERROR for problem in tree.problems):
                return False  # it has more than the files that can be compared
            with path.open("rb") as file:
                return same_content(tree, prepared.entries) and not examine(file, prepared.entries).faults
        except OutOfTimeError:
            raise
        except (PackagerError, UnreadableError):
            return None  # the service compares it then, by the request's token
