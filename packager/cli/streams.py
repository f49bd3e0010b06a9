"""Standard output, where the result goes, and nothing else."""

from __future__ import annotations

import contextlib
import os
import sys


class ReaderGoneError(Exception):
    """Whoever reads our output has seen enough. A name of its own, because click ends a broken pipe with exit code 1."""


def write_stdout(text: str) -> None:
    """Send a result to stdout.

    Raises:
        ReaderGoneError: nobody reads it any more.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError as error:
        raise ReaderGoneError from error


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
