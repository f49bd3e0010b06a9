"""What takes more than a second is named on stderr with its seconds: on a terminal, and erased at the end; a long wait also in a log."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from packager.cli import streams
from packager.text import safe

_FIRST_SECONDS = 1.0
_LOG_SECONDS = 60.0
_active = threading.Lock()


def _is_terminal() -> bool:
    return sys.stderr.isatty() and os.environ.get("TERM") != "dumb"


@contextmanager
def working(text: str) -> Iterator[None]:
    """Show what is being done, such as "checking main.nf", while the block runs. Inside another one, nothing more is shown."""
    if not _is_terminal() or not _active.acquire(blocking=False):
        yield
        return
    try:
        with _showing(_show, text):
            yield
    finally:
        streams.clear_status()
        _active.release()


@contextmanager
def waiting(text: str) -> Iterator[None]:
    """Show what is waited for, with the seconds, while the block runs: on a terminal all the time, elsewhere a line per minute."""
    if _is_terminal():
        with working(text):
            yield
        return
    with _showing(_log, text):
        yield


@contextmanager
def _showing(write: Callable[[str, threading.Event], None], text: str) -> Iterator[None]:
    """Run `write` in a thread while the block runs."""
    done = threading.Event()
    thread = threading.Thread(target=write, args=(safe(text), done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _log(text: str, done: threading.Event) -> None:
    start = time.monotonic()
    while not done.wait(_LOG_SECONDS):
        streams.write_stderr(f"{text} ({time.monotonic() - start:.0f} s)\n")


def _show(text: str, done: threading.Event) -> None:
    start = time.monotonic()
    while not done.wait(_FIRST_SECONDS):
        streams.show_status(f"{text} ({time.monotonic() - start:.0f} s)")
