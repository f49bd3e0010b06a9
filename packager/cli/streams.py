"""Standard output, where the result goes, and standard error, where everything else goes. All that is printed passes here."""

from __future__ import annotations

import contextlib
import os
import sys
from typing import TextIO

from packager.text import inert


class ReaderGoneError(Exception):
    """Whoever reads our output has seen enough. A name of its own, because click ends a broken pipe with exit code 1."""


def shows_colour(stream: TextIO) -> bool:
    """Whether a stream shows colours; `NO_COLOR` and `FORCE_COLOR` are honoured."""
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (stream.isatty() and os.environ.get("TERM") != "dumb")


def write_stdout(text: str, *, commands: bool = False, exact: bool = False) -> None:
    """Send a result to stdout. `commands`: lines of it are workflow commands of our own; `exact`: see `inert`.

    Raises:
        ReaderGoneError: nobody reads it any more.
    """
    try:
        sys.stdout.write(inert(text, colour=shows_colour(sys.stdout), commands=commands, exact=exact))
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderGoneError from error


def write_stderr(text: str) -> None:
    """Send what is not the result to stderr; if nobody listens or the disk is full, the work goes on."""
    with contextlib.suppress(OSError):
        sys.stderr.write(inert(text, colour=shows_colour(sys.stderr)))
        sys.stderr.flush()


def drop_output() -> None:
    """Keep the interpreter from complaining at its exit about output that nobody takes."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def write_before(failure: Exception | None, text: str) -> None:
    """Send a result to stdout; a reader that is gone does not hide a failure that is to be raised next.

    Raises:
        ReaderGoneError: nobody reads it any more, and there is no failure.
    """
    try:
        write_stdout(text)
    except ReaderGoneError:
        if failure is None:
            raise
        drop_output()
