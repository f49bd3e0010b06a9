"""What is at a path, asked so that no path can crash the question.

Paths come from documents, configurations and command lines: they may be too long, loop, hold a NUL character or a character that
no file system can store, or lead through a file or a folder that cannot be entered. All of them name nothing that can be used.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

# `OSError`: too long, loops, not permitted, not a folder. `ValueError`: a NUL character, a lone surrogate. `RuntimeError`: loops.
IMPOSSIBLE = (OSError, ValueError, RuntimeError)


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode
    except IMPOSSIBLE:
        return 0


def is_file(path: Path) -> bool:
    """Whether a regular file is there, or a link to one."""
    return stat.S_ISREG(_mode(path))


def is_folder(path: Path) -> bool:
    """Whether a folder is there, or a link to one."""
    return stat.S_ISDIR(_mode(path))


def exists(path: Path) -> bool:
    """Whether anything is there; a link that is broken or loops is nothing."""
    return _mode(path) != 0


def real_path(path: Path) -> Path | None:
    """The path without links and `..`, whether or not anything is there; None for what cannot be a path."""
    try:
        return Path(os.path.realpath(path))
    except IMPOSSIBLE:
        return None
