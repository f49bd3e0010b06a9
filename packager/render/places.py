"""Where other programs look for a finding's file: inside of the current folder, or nowhere."""

from __future__ import annotations

import posixpath
import re

_DRIVE = re.compile(r"[A-Za-z]:")


def inside(path: str) -> str | None:
    """The normal form of a path below the current folder; None for no file, and for one that lies elsewhere."""
    normal = posixpath.normpath(path) if path else "."
    if normal == "." or normal.startswith("/") or _DRIVE.match(normal) or normal.split("/", 1)[0] == "..":
        return None
    return normal
