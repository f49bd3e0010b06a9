"""What takes more than a second is named on stderr with its seconds, on a terminal only, and erased at the end."""

from __future__ import annotations

import os
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from packager.cli import streams
from packager.text import safe

_FIRST_SECONDS = 1.0
_active = threading.Lock()


@contextmanager
def working(text: str) -> Iterator[None]:
    """Show what is being done, such as "checking main.nf", while the block runs. Inside another one, nothing more is shown."""
    if not sys.stderr.isatty() or os.environ.get("TERM") == "dumb" or not _active.acquire(blocking=False):
        yield
        return
    done = threading.Event()
    thread = threading.Thread(target=_show, args=(safe(text), done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
        streams.clear_status()
        _active.release()


def _show(text: str, done: threading.Event) -> None:
    start = time.monotonic()
    while not done.wait(_FIRST_SECONDS):
        streams.show_status(f"{text} ({time.monotonic() - start:.0f} s)")
