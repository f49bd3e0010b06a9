"""What the service returns of a deployed workflow or version: its settings, its definition and its README.

Both files come from URLs that hold a secret, so no message shows them.
"""

from __future__ import annotations

import contextlib
import http.client
import tempfile
import urllib.error
import urllib.request
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

from packager.aws.client import Client
from packager.aws.deadline import NO_DEADLINE, Deadline, OutOfTimeError
from packager.aws.deliver import deployments
from packager.aws.session import is_loopback
from packager.errors import PackagerError, ServiceError
from packager.healthomics import limits
from packager.healthomics.deployed import Deployed

_TIMEOUT_SECONDS = 60
_CHUNK = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Exported:
    """A deployed workflow or version, without the URLs.

    `newest`: it was chosen because it is the newest. `definition` is the downloaded zip; if it is None, `no_definition` is the
    reason. `readme` is its text; `readme_known` is False if there may be one that could not be downloaded.
    """

    deployed: Deployed
    newest: bool
    definition: Path | None
    no_definition: str
    readme: str | None
    readme_known: bool


def export(
    client: Client, workflow_id: str, version_name: str | None, folder: Path, *, named: bool = False
) -> Exported:
    """A workflow's version, or the newest ACTIVE one; its definition is written into `folder`. `named`: its name is needed too.

    Raises:
        ServiceError: it does not exist, or the call was refused.
    """
    newest = version_name is None
    deployed = deployments.newest(client, workflow_id) if newest else deployments.get(client, workflow_id, version_name)
    if named and deployed.name is None:
        name = deployments.get(client, workflow_id).name
        deployed = replace(deployed, name=name, settings=replace(deployed.settings, name=name))
    try:
        shown = deployments.get(client, workflow_id, deployed.version_name, export=("DEFINITION", "README"))
    except OutOfTimeError:
        raise
    except ServiceError as error:
        return Exported(deployed, newest, None, error.message, None, False)
    definition, reason = _definition(shown, folder, client.deadline)
    readme = read_readme(shown, client.deadline)
    known = readme is not None or (shown.readme_url is None and shown.settings.readme_path is None)
    return Exported(deployed, newest, definition, reason, readme, known)


def _definition(shown: Deployed, folder: Path, deadline: Deadline) -> tuple[Path | None, str]:
    """The file that the definition was written to, or the reason why it is missing."""
    if shown.definition_url is None:
        return None, "the service returned no definition"
    path = folder / "definition.zip"
    try:
        with path.open("wb") as file:
            download(shown.definition_url, file, what="the deployed definition", deadline=deadline)
    except OutOfTimeError:
        raise
    except ServiceError as error:
        return None, error.message
    return path, ""


def read_readme(shown: Deployed, deadline: Deadline) -> str | None:
    """The README of a workflow or version that was exported with its README; None if it has no README, or it cannot be read."""
    if shown.readme_url is None:
        return None
    with tempfile.TemporaryFile() as file:
        try:
            most = limits.README_MAX_BYTES
            download(shown.readme_url, file, what="the deployed README", most=most, deadline=deadline)
            file.seek(0)
            return file.read().decode("utf-8")
        except OutOfTimeError:
            raise
        except (PackagerError, UnicodeDecodeError):
            return None


def with_readme(shown: Deployed, deadline: Deadline) -> Deployed:
    """A workflow or version that was exported with its README, with the text among its settings if it can be read."""
    text = read_readme(shown, deadline)
    return shown if text is None else replace(shown, settings=replace(shown.settings, readme_markdown=text))


def download(
    url: str,
    file: IO[bytes],
    *,
    what: str,
    most: int = limits.ZIP_S3_MAX_BYTES,
    deadline: Deadline = NO_DEADLINE,
) -> int:
    """Write the content of a URL that the service returned into a file, at most `most` bytes; their number.

    Raises:
        ServiceError: the URL is not one that we follow, it did not answer in time, or the content is too large.
    """
    return deadline.run(what, lambda: _download(url, file, what, most))


def _is_followed(url: str) -> bool:
    try:
        scheme = urlsplit(url).scheme
        return scheme == "https" or (scheme == "http" and is_loopback(url))
    except ValueError:
        return False


class _Redirects(urllib.request.HTTPRedirectHandler):
    """S3 redirects clients to another of its hosts; redirects have the same rules as the first URL."""

    def redirect_request(
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: http.client.HTTPMessage,
        newurl: str,
    ) -> urllib.request.Request | None:
        """The request to the new URL, or None to treat the answer as an error."""
        if not _is_followed(newurl):
            return None
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _download(url: str, file: IO[bytes], what: str, most: int) -> int:
    if not _is_followed(url):
        raise ServiceError(f"the service returned no usable URL for {what}")
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
