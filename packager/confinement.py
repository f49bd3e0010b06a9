"""The places that this process may read and write: all of them, unless it works for a client with roots (`confine`).

Files are opened in `files.py` alone, and searches for what is above a folder ask here how far they may go.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

_places: tuple[str, ...] | None = None


def confine(places: Iterable[Path] | None) -> None:
    """From now on, use only these folders and files, whose links are followed now; None for all."""
    global _places  # noqa: PLW0603 - it is a property of the process, as its current folder is
    _places = None if places is None else tuple(os.path.realpath(place) for place in places)


def may_use(path: str | Path) -> bool:
    """Whether a path may be used, links followed; never raises."""
    if _places is None:
        return True
    try:
        real = os.path.realpath(path)
    except (OSError, ValueError, RuntimeError):
        return False
    return any(real == place or real.startswith(os.path.join(place, "")) for place in _places)  # noqa: PTH118 - strings
