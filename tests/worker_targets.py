"""What the tests of `packager.worker` run in its process."""

from __future__ import annotations

import os
import sys
import time


def act(question: object) -> object:
    """Do what the question says."""
    match question:
        case "crash":
            os.abort()
        case "exit":
            sys.exit(0)
        case "hang":
            while True:
                time.sleep(0.05)
        case "fail":
            raise ValueError("no")
        case "print":
            print('"not the answer"')  # noqa: T201 - this is what is tested
            return "the answer"
        case "memory":
            return len(bytearray(8 * 1024**3))
        case "pid":
            return os.getpid()
        case "path":
            return sys.path
        case "environment":
            return sorted(os.environ)
    return question


def crash(question: object) -> object:
    """End as a segmentation fault does."""
    del question
    os.abort()


def hang(question: object) -> object:
    """Never answer."""
    while question:
        time.sleep(0.05)
    return None


def nonsense(question: object) -> object:
    """Answer something that is not a verdict."""
    del question
    return {"verdict": 1}
