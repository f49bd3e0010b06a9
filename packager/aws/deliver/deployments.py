"""What is deployed: a workflow or version by its id, those of a name, and the files that the service gives out again."""

from __future__ import annotations

import contextlib
import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import urlsplit

from packager.aws.calls import call, not_the_service, pages
from packager.aws.deadline import NO_DEADLINE, Deadline
from packager.aws.session import is_loopback
from packager.errors import PackagerError, ServiceError
from packager.healthomics import limits
from packager.healthomics.deployed import Deployed, of_answer

if TYPE_CHECKING:
    from mypy_boto3_omics import OmicsClient

_TIMEOUT_SECONDS = 60
_CHUNK = 1024 * 1024


def get(
    client: OmicsClient, workflow_id: str, version_name: str | None = None, *, export: Sequence[str] = ()
) -> Deployed:
    """A workflow or a version. `export`: which of `DEFINITION` and `README` to get a URL of.

    Raises:
        ServiceError: there is none, or it was refused.
    """
    exported = {"export": list(export)} if export else {}
    if version_name is None:
        return _same("GetWorkflow", {"id": workflow_id}, call(client, "GetWorkflow", {"id": workflow_id, **exported}))
    members = {"workflowId": workflow_id, "versionName": version_name}
    return _same("GetWorkflowVersion", members, call(client, "GetWorkflowVersion", {**members, **exported}))


def _same(operation: str, asked: Mapping[str, str], answer: Mapping[str, Any]) -> Deployed:
    """An answer in our own words; one about another workflow must not take the place of the one that was asked for."""
    for name, value in asked.items():
        if answer.get(name, value) != value:
            raise not_the_service(operation, f"it is about another workflow or version (`{name}`)")
    return read(operation, answer)


def read(operation: str, answer: Mapping[str, Any]) -> Deployed:
    """An answer, or an item of a list, in our own words.

    Raises:
        WrongAnswerError: a member is missing or has the wrong form.
    """
    try:
        return of_answer(answer)
    except PackagerError as error:
        raise not_the_service(operation, error.message) from error
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError, RecursionError) as error:
        raise not_the_service(operation, f"it has the wrong form ({type(error).__name__})") from error


def private_workflows_named(client: OmicsClient, name: str | None) -> list[Deployed]:
    """The account's own workflows of exactly this name (None: without one), by their ids; each as its list shows it."""
    wanted = {"name": name} if name is not None else {}
    items = pages(client, "ListWorkflows", {"type": "PRIVATE", "maxResults": 100, **wanted})
    named = [item for item in items if item.get("name") == name and item.get("type", "PRIVATE") == "PRIVATE"]
    found = [read("ListWorkflows", item) for item in named]
    return sorted(found, key=lambda one: (len(one.workflow_id), one.workflow_id))


def versions(client: OmicsClient, workflow_id: str) -> list[Deployed]:
    """The versions of a workflow, oldest first; each as its list shows it."""
    items = pages(client, "ListWorkflowVersions", {"workflowId": workflow_id, "maxResults": 100})
    found = [read("ListWorkflowVersions", item) for item in items]
    return sorted(found, key=lambda one: (one.created or 0, one.version_name or ""))


def newest(client: OmicsClient, workflow_id: str, *, export: Sequence[str] = ()) -> Deployed:
    """The version of a workflow that was made last and is ACTIVE, whole; the workflow itself if it has none. `export`: see `get`.

    Raises:
        ServiceError: there is no such workflow, or it was refused.
    """
    active = [one for one in versions(client, workflow_id) if one.status == "ACTIVE"]
    return get(client, workflow_id, active[-1].version_name if active else None, export=export)


def delete_version(client: OmicsClient, deployed: Deployed) -> None:
    """Delete a version.

    Raises:
        ServiceError: it was refused.
    """
    members = {"workflowId": deployed.workflow_id, "versionName": deployed.version_name}
    call(client, "DeleteWorkflowVersion", members)


def download(
    url: str,
    file: IO[bytes],
    *,
    what: str,
    most: int = limits.ZIP_S3_MAX_BYTES,
    deadline: Deadline = NO_DEADLINE,
) -> int:
    """Write what is at a URL that the service gave into a file, at most `most` bytes; how many there were.

    The URL is a secret: no message has it.

    Raises:
        ServiceError: it is no URL that we follow, did not answer in time, or has too much.
    """
    return deadline.run(what, lambda: _download(url, file, what, most))


def _is_followed(url: str) -> bool:
    try:
        scheme = urlsplit(url).scheme
        return scheme == "https" or (scheme == "http" and is_loopback(url))
    except ValueError:
        return False


class _Redirects(urllib.request.HTTPRedirectHandler):
    """S3 sends a client on to another of its hosts; what would not be followed in the first place is not followed then either."""

    def redirect_request(  # noqa: PLR0917 - the parameters of the base class
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: Any, newurl: str
    ) -> urllib.request.Request | None:
        """The request at the new address, or None for the answer as it is, which is an error."""
        if not _is_followed(newurl):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(url: str, file: IO[bytes], what: str, most: int) -> int:
    if not _is_followed(url):
        raise ServiceError(f"the service gave no usable address of {what}")
    size = 0
    try:
        opener = urllib.request.build_opener(_Redirects)
        with contextlib.closing(opener.open(url, timeout=_TIMEOUT_SECONDS)) as answer:
            while chunk := answer.read(_CHUNK):
                size += len(chunk)
                if size > most:
                    raise ServiceError(f"{what} has more than {most:,} bytes")
                file.write(chunk)
    except urllib.error.HTTPError as error:
        error.close()
        raise ServiceError(f"{what} could not be read: HTTP status {error.code}") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise ServiceError(f"{what} could not be read: {type(error).__name__}") from None
    return size
