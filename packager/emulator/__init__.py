"""A local HealthOmics endpoint over HTTP, for first submissions without an account and for tests.

It speaks the service's REST-JSON protocol from botocore's own model, keeps its state in one SQLite
file, and is asynchronous as the service is. Control: `GET`, `POST` and `DELETE` on
`/_emulator/faults` (see `faults.Faults`).
"""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from packager.errors import PackagerError

if TYPE_CHECKING:
    from packager.cache import Cache
    from packager.emulator.faults import Faults

DEFAULT_DELAY = 0.2
_MAX_DELAY = 86400.0
# How long one definition may be processed: ours, several times what the largest public workflows need.
DEFINITION_SECONDS = 120.0
DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"

# Quotas per account and Region. GUIDE: service quotas (workflows), fixed quotas (versions of a workflow).
MAX_WORKFLOWS = 1000
MAX_VERSIONS = 1000

NOT_EMULATED: tuple[str, ...] = (
    "runs, run groups, run caches, batches, shares and stores: such a call is refused by its name",
    "S3 itself: URIs are read through `AWS_ENDPOINT_URL_S3` and no other way; the Region of a bucket is not looked at",
    "Git itself: a repository is a folder named with `--repository`, read as it stands whatever its branch, without links",
    "connections to Git providers, which are not looked at",
    "credentials, signatures and permissions: every caller is the one account",
    "how long a check may take: a definition that is not processed within two minutes becomes FAILED",
    "rate limits: calls are throttled only when told so",
    "the service's Nextflow check: the findings in statusMessage are this tool's own, without warnings",
    "how the templates of profiles are made is not documented: a profile's values are taken as defaults",
    "container images beyond their form, which the service leaves to the run too",
    "defaults of storageType and storageCapacity, on which the documentation disagrees",
    "STS but for GetCallerIdentity, Ready2Run workflows but for made-up names",
    "what is not documented, such as the texts of messages and versions of a FAILED workflow",
)


@dataclass(frozen=True, slots=True)
class RunningEmulator:
    """An emulator that answers at `endpoint_url`; `faults` makes it fail on purpose."""

    endpoint_url: str
    faults: Faults
    _stopped: threading.Event = field(default_factory=threading.Event, repr=False)

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until `stop` is called from another thread, or `timeout` seconds; whether it was.

        Raises:
            KeyboardInterrupt: the user interrupted; nothing is lost.
        """
        return self._stopped.wait(timeout)

    def stop(self) -> None:
        """Let `wait` return; leaving the context of `serve` closes the emulator."""
        self._stopped.set()


def environment(endpoint_url: str) -> dict[str, str]:
    """What a client's environment needs to reach the emulator (any AWS SDK; checked with botocore).

    Clients put `workflows-` and `tags-` before the endpoint's host, which no loopback name
    survives: hence the second. The last is for clients that ask who they are.
    """
    return {
        "AWS_ENDPOINT_URL_OMICS": endpoint_url,
        "AWS_DISABLE_HOST_PREFIX_INJECTION": "true",
        "AWS_ENDPOINT_URL_STS": endpoint_url,
    }


def _silent(text: str) -> None:
    del text


@contextlib.contextmanager
def serve(
    database: Path,
    *,
    port: int = 0,
    host: str = "127.0.0.1",
    delay: float = DEFAULT_DELAY,
    account: str = DEFAULT_ACCOUNT,
    region: str = DEFAULT_REGION,
    cache: Cache | None = None,
    repositories: Mapping[str, Path] | None = None,
    ready2run: Sequence[str] = (),
    max_workflows: int = MAX_WORKFLOWS,
    max_versions: int = MAX_VERSIONS,
    definition_seconds: float = DEFINITION_SECONDS,
    log: Callable[[str], None] | None = None,
) -> Iterator[RunningEmulator]:
    """Run an emulator while the context is open.

    Args:
        database: the SQLite file with its state, made if it is not there.
        port: 0 takes any free one.
        host: the address to listen on.
        delay: seconds from the 201 until a definition is processed.
        account: the 12 digits in ARNs.
        region: the Region in ARNs.
        cache: results of earlier readings of definitions, shared with the rest of the tool.
        repositories: work trees on this machine by `owner/name`, for `definitionRepository`.
        ready2run: names of Ready2Run workflows to offer.
        max_workflows: the quota of workflows.
        max_versions: the quota of versions of a workflow.
        definition_seconds: how long one definition may be processed before it becomes FAILED.
        log: receives a text for each of our own bugs.

    Raises:
        PackagerError: an argument cannot be, the file is no database of ours, the address is not free, or a folder is not there.
    """
    from packager.cache import Cache  # noqa: PLC0415 - the name is imported for types only above
    from packager.emulator.background import Worker  # noqa: PLC0415 - as above
    from packager.emulator.context import Service  # noqa: PLC0415 - as above
    from packager.emulator.faults import Faults  # noqa: PLC0415 - `--help` needs only this module
    from packager.emulator.fetching import Sources, read_repositories  # noqa: PLC0415 - as above
    from packager.emulator.ready2run import ready2run_workflows  # noqa: PLC0415 - as above
    from packager.emulator.server import Server  # noqa: PLC0415 - as above
    from packager.emulator.store import Store  # noqa: PLC0415 - as above

    if not re.fullmatch(r"[0-9]{12}", account):
        raise PackagerError(f"the account `{account[:40]}` is not 12 digits")
    if not 0.0 <= delay <= _MAX_DELAY:
        raise PackagerError(f"the delay `{delay}` is not a number of seconds from 0 to {_MAX_DELAY:.0f}")
    report = log or _silent
    sources = Sources(region, read_repositories(repositories or {}))
    store = Store(database)
    try:
        server = Server((host, port), report)
    except (OSError, OverflowError) as error:
        raise PackagerError(f"cannot listen on {host}:{port}: {error}", "name another port") from error
    worker = Worker(store, sources, cache or Cache(None), report, definition_seconds)
    shown = f"[{host}]" if ":" in host else host
    endpoint = f"http://{shown}:{server.server_address[1]}"
    faults = Faults()
    offered = ready2run_workflows(ready2run, region)
    server.service = Service(
        store, faults, endpoint, account, region, delay, worker.wake, max_workflows, max_versions, offered
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
