"""Standard output, where the result goes, and nothing else."""

from __future__ import annotations

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
