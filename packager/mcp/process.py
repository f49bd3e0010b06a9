"""The process that answers calls: it starts before the SDK is imported, and can be ended when a call takes too long or is cancelled."""

from __future__ import annotations

import contextlib
import os
import threading

from packager.errors import PackagerError
from packager.files import MIB
from packager.worker import Ending, NoAnswerError, Worker

_MEMORY = 8192 * MIB
# Of AWS's settings, what says where and for whom to check; credentials only go to a server that may submit.
_PLACE_VARIABLES = frozenset(
    {
        "AWS_REGION",
        "AWS_DEFAULT_REGION",
        "AWS_PROFILE",
        "AWS_DEFAULT_PROFILE",
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
    }
)


def answering_process(seconds: float, *, allow_submit: bool) -> Worker:
    """A process that answers calls in `seconds` each; it is started now, and gets ready while the caller goes on."""
    environment = {
        name: value
        for name, value in os.environ.items()
        if name in _PLACE_VARIABLES or (allow_submit and name.startswith("AWS_"))
    }
    worker = Worker("packager.mcp.answering:answer", seconds=seconds, memory=_MEMORY, environment=environment)
    threading.Thread(target=_prepare, args=(worker,), daemon=True).start()
    return worker


def _prepare(worker: Worker) -> None:
    with contextlib.suppress(NoAnswerError):  # the first call reports it
        worker.ask({"tool": None})


def without_answer(error: NoAnswerError, seconds: float) -> PackagerError:
    """What a client reads about a call that has no answer."""
    match error.ending:
        case Ending.TIME:
            return PackagerError(
                f"the call took longer than {seconds:g} seconds",
                "pass one workflow, or start the server with a longer `--timeout`",
            )
        case Ending.CRASH:
            return PackagerError(
                "the check ended without an answer", "the workflow may be too large for this machine; pass one workflow"
            )
        case Ending.UNAVAILABLE:
            return PackagerError("the process that checks cannot be started", "restart the server")
