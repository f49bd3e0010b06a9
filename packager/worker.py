"""A function in a process of its own, with bounds on time and memory, for libraries that foreign input can hang or crash.

The process is an isolated interpreter: no environment variable and no current folder decides what it imports, and its hashes
are the same each time, because some libraries report things in the order of their sets. It starts with the first question,
answers one question after the other, and ends with its parent.
"""

from __future__ import annotations

import atexit
import contextlib
import importlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from enum import StrEnum
from pathlib import Path

from packager.interpreter import collect_garbage_rarely

# What runs in the process: the search path comes on the first line, without the current folder.
_PROGRAM = "import json, sys; sys.path[:] = json.loads(sys.stdin.buffer.readline()); from packager.worker import serve; serve()"
_GRACE_SECONDS = 2.0
_MAX_QUESTIONS = 200  # of one process; the libraries keep what they have seen


class Ending(StrEnum):
    """Why a question has no answer."""

    TIME = "time"
    CRASH = "crash"
    UNAVAILABLE = "unavailable"


class NoAnswerError(Exception):
    """The process ended, or was ended, before it answered; `ending` is the reason."""

    def __init__(self, ending: Ending) -> None:
        super().__init__(str(ending))
        self.ending = ending


class Worker:
    """Asks `target` (as `package.module:function`, which takes and returns what JSON holds) in another process.

    `seconds` bounds each question, `memory` the process's address space in bytes where the system can do that. `environment` is what
    the process has beyond the environment that all such processes have: they get no credentials and no settings of AWS.
    """

    def __init__(
        self, target: str, *, seconds: float, memory: int, environment: Mapping[str, str] | None = None
    ) -> None:
        self.seconds = seconds
        self._environment = dict(environment or {})
        self._target = target
        self._memory = memory
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = 0
        self._questions = 0
        self._lock = threading.Lock()

    def ask(self, question: object) -> object:
        """The answer to a question.

        Raises:
            NoAnswerError: the process crashed, took too long, or could not be started. The next question starts a new one.
        """
        with self._lock:
            if self._questions >= _MAX_QUESTIONS:
                self._end()
            process = self._running()
            self._questions += 1
            line = self._exchange(process, json.dumps(question).encode() + b"\n")
            try:
                return json.loads(line)
            except ValueError:
                self._end()
                raise NoAnswerError(Ending.CRASH) from None

    def close(self) -> None:
        """End the process, if there is one."""
        with self._lock:
            self._end()

    def stop(self) -> None:
        """End the process without waiting for an answer; the question that it answers has none."""
        process = self._process
        if process is not None and self._owner == os.getpid():
            with contextlib.suppress(OSError):
                process.kill()

    def _running(self) -> subprocess.Popen[bytes]:
        if self._owner != os.getpid():  # a fork of the parent must not use the parent's process
            self._process = None
        if self._process is not None and self._process.poll() is None:
            return self._process
        self._end()  # one that was killed still has its pipes
        # Relative entries of the path would let the current folder decide what is imported.
        own = str(Path(__file__).resolve().parent.parent)
        path = [entry for entry in sys.path if os.path.isabs(entry)]  # noqa: PTH117 - these are strings
        path += [own] if own not in path else []
        settings = {"target": self._target, "seconds": self.seconds, "memory": self._memory}
        try:
            process = subprocess.Popen(  # noqa: S603 - this interpreter, with our own program
                [sys.executable, "-P", "-s", "-c", _PROGRAM],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                env=_environment() | self._environment,
            )
        except OSError:
            raise NoAnswerError(Ending.UNAVAILABLE) from None
        self._process, self._owner, self._questions = process, os.getpid(), 0
        atexit.register(self.close)
        assert process.stdin is not None
        with contextlib.suppress(OSError):
            process.stdin.write(b"".join(json.dumps(entry).encode() + b"\n" for entry in (path, settings)))
            process.stdin.flush()
        return process

    def _exchange(self, process: subprocess.Popen[bytes], question: bytes) -> bytes:
        answer: list[bytes] = []

        def talk() -> None:
            assert process.stdin is not None
            assert process.stdout is not None
            with contextlib.suppress(OSError, ValueError):
                process.stdin.write(question)
                process.stdin.flush()
                answer.append(process.stdout.readline())

        thread = threading.Thread(target=talk, daemon=True)
        thread.start()
        try:
            thread.join(self.seconds)
        except BaseException:
            self._end()
            raise
        late = thread.is_alive()
        if late or not answer or not answer[0].endswith(b"\n"):
            self._end()
            thread.join()
            raise NoAnswerError(Ending.TIME if late else Ending.CRASH)
        return answer[0]

    def _end(self) -> None:
        process, self._process = self._process, None
        self._questions = 0
        if process is None or self._owner != os.getpid():
            return
        atexit.unregister(self.close)
        with contextlib.suppress(OSError):
            process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()


def _environment() -> dict[str, str]:
    """The environment without credentials and without what changes an interpreter (as `-I` does), but with a fixed hash seed."""
    kept = {name: value for name, value in os.environ.items() if not name.upper().startswith(("AWS_", "PYTHON"))}
    return {**kept, "PYTHONHASHSEED": "0"}


def serve() -> None:
    """Read questions from the standard input until it ends, and write the answers: the main function of the process."""
    questions = sys.stdin.buffer
    # What a library prints must not be mistaken for an answer.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interrupt ends
    collect_garbage_rarely()
    settings = json.loads(questions.readline())
    module, _, name = settings["target"].partition(":")
    function: Callable[[object], object] = getattr(importlib.import_module(module), name)
    for question in questions:
        _limit(settings["seconds"], settings["memory"])
        # A parent that was killed cannot end this process.
        alone = threading.Timer(settings["seconds"] + _GRACE_SECONDS, os._exit, (1,))
        alone.daemon = True
        alone.start()
        answers.write(json.dumps(function(json.loads(question))).encode() + b"\n")
        answers.flush()
        alone.cancel()


def _limit(seconds: float, memory: int) -> None:
    """Bound this process's memory and time, except on Windows, which has no such bounds."""
    try:
        import resource  # noqa: PLC0415 - not on every system
    except ImportError:
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    bounds = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CORE: 0,
        resource.RLIMIT_CPU: int(used.ru_utime + used.ru_stime + seconds) + 1,
    }
    for kind, bound in bounds.items():
        with contextlib.suppress(OSError, ValueError):
            _soft, hard = resource.getrlimit(kind)
            resource.setrlimit(kind, (bound if hard == resource.RLIM_INFINITY else min(bound, hard), hard))
