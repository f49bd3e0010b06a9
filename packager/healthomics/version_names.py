"""Names of workflow versions: what the API takes, and the name that a version has unless one is given.

The scheme: the tag of the commit that is checked out (of several the last in the order of versions), with every run of characters
that the API does not take turned into `-`; without a tag, `d-` and the first twelve hexadecimal digits of the SHA-256 of what is
sent. A name that is taken by a FAILED version gets `.2`, `.3` and so on.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import replace

from packager.healthomics import limits
from packager.healthomics.request import Request, body, canonical_json

_DIGEST_DIGITS = 12
_ROOM = 4  # for the number of a further attempt


def automatic_name(request: Request, tags: Iterable[str]) -> str:
    """What a version is called unless its name is given: the first tag that can be a name, else by what is sent."""
    return next(filter(None, map(fitting, tags)), "") or f"d-{configuration_digest(request)[:_DIGEST_DIGITS]}"


def configuration_digest(request: Request) -> str:
    """SHA-256, in hex, over what would be sent, whatever it is called and whichever operation sends it."""
    nameless = replace(request, name=None, workflow_id=None, version_name=None, request_id=None)
    zip_member = request.definition_zip.content_digest if request.definition_zip else None
    return hashlib.sha256(canonical_json(body(nameless, zip_member)).encode()).hexdigest()


def fitting(text: str) -> str:
    """The nearest name that the API takes; empty if nothing of the text can stay."""
    name = re.sub(r"[^A-Za-z0-9\-._]+", "-", text)
    name = re.sub(r"^[^A-Za-z0-9]+", "", name)
    return name[: limits.VERSION_NAME_LENGTH[1] - _ROOM].rstrip("-._")


def another_attempt(name: str, number: int) -> str:
    """The name of a further attempt at a version whose first attempt has FAILED; the second has the number 2."""
    return f"{name}.{number}"
