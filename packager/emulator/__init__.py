"""A local HealthOmics endpoint over HTTP, for first submissions without an account and for tests.

It speaks the service's REST-JSON protocol from botocore's own model, keeps its state in one SQLite
file, and is asynchronous as the service is. Control: `GET`, `POST` and `DELETE` on
`/_emulator/faults` (see `faults.Faults`).
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from packager.emulator.options import (
    DEFAULT_ACCOUNT,
    DEFAULT_DELAY,
    DEFAULT_REGION,
    MAX_VERSIONS,
    MAX_WORKFLOWS,
    EmulatorOptions,
)
from packager.errors import PackagerError

if TYPE_CHECKING:
    from packager.cache import Cache
    from packager.emulator.faults import Faults

_MAX_DELAY = 86400.0

__all__ = [
    "DEFAULT_ACCOUNT",
    "DEFAULT_DELAY",
    "DEFAULT_REGION",
    "MAX_VERSIONS",
    "MAX_WORKFLOWS",
    "NOT_EMULATED",
    "EmulatorOptions",
    "RunningEmulator",
    "environment",
    "serve",
]

NOT_EMULATED: tuple[str, ...] = (
    "runs, run groups, run caches, batches, shares and stores: such calls fail with an error that names the operation",
    "S3 itself: URIs are read only through `AWS_ENDPOINT_URL_S3`; the Region of a bucket is not checked",
    "Git itself: a repository is a folder named with `--repository`, read as is, without links; its branch is ignored",
    "connections to Git providers, which are not checked",
    "credentials, signatures and permissions: every caller has access to the one account",
    "how long a check may take: a definition that is not processed within two minutes becomes FAILED",
    "rate limits: calls are throttled only with a fault",
    "the service's Nextflow check: the findings in statusMessage are this tool's own, without warnings",
    "how the service generates templates for profiles (undocumented): here, a profile's values count as defaults",
    "container images, except the form of their names; the service, too, checks images only when a run starts",
    "defaults of storageType and storageCapacity, on which the documentation disagrees",
    "STS except GetCallerIdentity, and real Ready2Run workflows",
    "undocumented behaviour, such as the wording of messages, and versions of a FAILED workflow",
)


@dataclass(frozen=True, slots=True)
class RunningEmulator:
    """An emulator that answers at `endpoint_url`; with `faults` it fails on purpose."""

    endpoint_url: str
    faults: Faults
    _stopped: threading.Event = field(default_factory=threading.Event, repr=False)

    def wait(self, timeout: float | None = None) -> bool:
        """Whether `stop` was called; waits for that, at most `timeout` seconds.

        Raises:
            KeyboardInterrupt: the user interrupted; nothing is lost.
        """
        return self._stopped.wait(timeout)

    def stop(self) -> None:
        """Let `wait` return; leaving the context of `serve` closes the emulator."""
        self._stopped.set()


def environment(endpoint_url: str) -> dict[str, str]:
    """The environment variables with which a client reaches the emulator (any AWS SDK; checked with botocore).

    Clients put `workflows-` and `tags-` before the endpoint's host, and no loopback name
    resolves with a prefix: hence the second. The last is for clients that call STS first.
    """
    return {
        "AWS_ENDPOINT_URL_OMICS": endpoint_url,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ENDPOINT_URL_STS": endpoint_url,
    }


def _silent(text: str) -> None:
    del text


_DEFAULT_OPTIONS = EmulatorOptions()


@contextlib.contextmanager
def serve(
    database: Path,
    options: EmulatorOptions = _DEFAULT_OPTIONS,
    *,
    cache: Cache | None = None,
    log: Callable[[str], None] = _silent,
) -> Iterator[RunningEmulator]:
    """Run an emulator while the context is open.

    Args:
        database: the SQLite file with its state, created if it does not exist.
        options: how it serves.
        cache: results of reading definitions, shared with the rest of the tool.
        log: receives the traceback of each internal error.

    Raises:
        PackagerError: an option is invalid, the file is not a database of the emulator, the address is in use, or a folder does not exist.
    """
    # `--help` and `environment` need only this module.
    from packager.cache import Cache  # noqa: PLC0415 - as above
    from packager.emulator.background import BackgroundWorker  # noqa: PLC0415 - as above
    from packager.emulator.context import Service, ready2run_workflows  # noqa: PLC0415 - as above
    from packager.emulator.faults import Faults  # noqa: PLC0415 - as above
    from packager.emulator.fetching import DefinitionSources, read_repositories  # noqa: PLC0415 - as above
    from packager.emulator.server import Server  # noqa: PLC0415 - as above
    from packager.emulator.store import Store  # noqa: PLC0415 - as above

    if not re.fullmatch(r"[0-9]{12}", options.account):
        raise PackagerError(f"`{options.account[:40]}` is not an AWS account ID (12 digits)")
    if not 0.0 <= options.delay <= _MAX_DELAY:
        raise PackagerError(f"the delay `{options.delay}` is not a number of seconds from 0 to {_MAX_DELAY:.0f}")
    sources = DefinitionSources(options.region, read_repositories(options.repositories))
    store = Store(database)
    host, port = options.host, options.port
    try:
        server = Server((host, port), log)
    except (OSError, OverflowError) as error:
        raise PackagerError(f"cannot listen on {host}:{port}: {error}", "use another port") from error
    worker = BackgroundWorker(store, sources, cache or Cache(None), log, options.definition_seconds)
    shown = f"[{host}]" if ":" in host else host
    endpoint = f"http://{shown}:{server.server_address[1]}"
    faults = Faults()
    server.service = Service(
        store,
        faults,
        endpoint,
        options,
        created=worker.wake,
        ready2run=ready2run_workflows(options.ready2run, options.region),
    )
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="packager-emulator", daemon=True)
    worker.start()
    thread.start()
    try:
        yield RunningEmulator(endpoint, faults)
    finally:
        server.shutdown()
        server.close_connections()
        server.server_close()
        thread.join()
        worker.stop()
