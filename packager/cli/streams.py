"""Standard output, for results, and standard error, for everything else. All output is written here."""

from __future__ import annotations

import contextlib
import os
import sys
import threading
from typing import TextIO

from packager.render.wrapping import columns, shortened
from packager.text import inert

_USUAL_WIDTH = 80


class ReaderGoneError(Exception):
    """The reader of the output has closed it. It has its own name because click ends a broken pipe with exit code 1."""


def shows_colour(stream: TextIO) -> bool:
    """Whether a stream shows colours; `NO_COLOR` and `FORCE_COLOR` are honoured."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def width(stream: TextIO) -> int | None:
    """The columns of the terminal that a stream writes to, or the value of `COLUMNS`; None for a pipe or file, where nothing is wrapped."""
    if not stream.isatty():
        return None
    columns = os.environ.get("COLUMNS", "")
    if columns.isascii() and columns.isdigit() and int(columns):
        return int(columns)
    with contextlib.suppress(OSError, ValueError):
        return os.get_terminal_size(stream.fileno()).columns or _USUAL_WIDTH
    return _USUAL_WIDTH


_status = threading.Event()  # a status is on the last line of stderr
_status_lock = threading.Lock()


def show_status(text: str) -> None:
    """Write a line to the terminal of stderr that the next output replaces."""
    with _status_lock, contextlib.suppress(OSError, ValueError):
        room = (width(sys.stderr) or _USUAL_WIDTH) - 1
        shown = shortened(text, room)
        sys.stderr.write("\r" + shown + " " * (room - columns(shown)))
        sys.stderr.flush()
        _status.set()


def clear_status() -> None:
    """Erase the status, if one is shown."""
    with _status_lock, contextlib.suppress(OSError, ValueError):
        if _status.is_set():
            sys.stderr.write("\r" + " " * ((width(sys.stderr) or _USUAL_WIDTH) - 1) + "\r")
            sys.stderr.flush()
            _status.clear()


def clear_screen() -> None:
    """Clear the terminal of stdout, and leave what scrolled out of it; nothing for a pipe or file."""
    if sys.stdout.isatty() and os.environ.get("TERM") != "dumb":
        with contextlib.suppress(OSError):
            sys.stdout.write("\x1b[2J\x1b[H")
            sys.stdout.flush()


def write_stdout(text: str, *, commands: bool = False, exact: bool = False) -> None:
    """Write a result to stdout. `commands`: its lines may be workflow commands, which we made; `exact`: see `inert`.

    Raises:
        ReaderGoneError: the reader has closed it.
    """
    clear_status()
    try:
        sys.stdout.write(inert(text, colour=shows_colour(sys.stdout), commands=commands, exact=exact))
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderGoneError from error


def write_stderr(text: str) -> None:
    """Write what is not the result to stderr; if it is closed or the disk is full, the command continues."""
    clear_status()
    with contextlib.suppress(OSError):
        sys.stderr.write(inert(text, colour=shows_colour(sys.stderr)))
        sys.stderr.flush()


def drop_output() -> None:
    """Drop the rest of the output, so that the interpreter reports no error about it at exit."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_before(failure: Exception | None, text: str) -> None:
    """Write a result to stdout; a closed stdout does not hide a failure that is raised next.

    Raises:
        ReaderGoneError: the reader has closed it, and `failure` is None.
    """
    try:
        write_stdout(text)
    except ReaderGoneError:
        if failure is None:
            raise
        drop_output()
