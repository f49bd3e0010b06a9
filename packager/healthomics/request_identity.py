"""What identifies a request: its idempotency token, the digest of its configuration, and the name of a version.

The name of a version, if the user chooses none: the tag of the commit that is checked out (the last one in version order), with every
run of characters that the API rejects turned into `-`; without a tag, `d-` and the first twelve hexadecimal digits of the
configuration digest. If a FAILED version already has the name, `.2`, `.3` and so on are added.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace

from packager.healthomics import limits
from packager.healthomics.request import MEMBERS, Request, with_members
from packager.healthomics.request_body import body
from packager.jsondoc.jsontext import canonical_json

_DIGEST_DIGITS = 12
_ROOM = 4  # for the number of a further attempt


def request_id(request: Request, attempt: int = 0) -> str:
    """The idempotency token: SHA-256 of the canonical request and the attempt's number.

    The zip counts by its content digest, so that another compression is the same request. The attempt rises only after the service
    has FAILED an earlier one, because it would answer a repeated token with that failure.
    """
    members = _plain_body(replace(request, request_id=None))
    return _sha256({"operation": request.operation, "attempt": attempt, "request": members})


def configuration_digest(request: Request) -> str:
    """SHA-256, in hex, of what would be sent, without the names and ids of the request."""
    return _sha256(_plain_body(with_members(request, (member for member in MEMBERS if not member.identifies))))


def _plain_body(request: Request) -> dict[str, object]:
    return body(request, request.definition_zip.content_digest if request.definition_zip else None)


def _sha256(value: object) -> str:
    return hashlib.sha256(canonical_json(value).encode()).hexdigest()


def automatic_name(request: Request, tags: Iterable[str]) -> str:
    """The name of a version if the user chooses none: the first tag that makes a valid name, else one from the digest."""
    return next(filter(None, map(valid_name, tags)), "") or f"d-{configuration_digest(request)[:_DIGEST_DIGITS]}"


def valid_name(text: str) -> str:
    """The nearest name that the API accepts; empty if no character can stay."""
    name = re.sub(r"[^A-Za-z0-9\-._]+", "-", text)
    name = re.sub(r"^[^A-Za-z0-9]+", "", name)
    return name[: limits.VERSION_NAME_LENGTH[1] - _ROOM].rstrip("-._")


def next_attempt_name(name: str, number: int) -> str:
    """The name for a further attempt at a version whose first attempt has FAILED; the second has the number 2."""
    return f"{name}.{number}"
