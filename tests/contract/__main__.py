"""Ask a real account, or the emulator, what the suite expects: `python tests/contract --profile P --region R`.

Without `--yes` it prints what it would do, and does nothing. It creates and deletes only workflows that are named `packager-contract-*` and
have the tag `packager-contract`. It starts no runs.
"""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

sys.path.insert(0, str(Path(__file__).parents[2]))
sys.path.insert(0, str(Path(__file__).parents[1]))

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from contract import definition_probes, probes, runner
from contract.account import PREFIX, Account, NotAskedError
from packager.emulator import EmulatorOptions, serve
from packager.text import safe

LOCAL = ("127.0.0.1", "::1", "localhost")
PROBES = (*probes.PROBES, *definition_probes.PROBES)
EMULATOR_REGION = "us-east-1"


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(safe(line).encode("ascii", "backslashreplace").decode() + "\n")
    sys.stdout.flush()


def arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    """The options."""
    parser = argparse.ArgumentParser(prog="contract", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--profile", help="profile of the AWS configuration")
    parser.add_argument("--region", help="Region; that of the profile if omitted")
    parser.add_argument("--endpoint-url", help="another endpoint, such as that of `packager emulator`")
    parser.add_argument("--emulator", action="store_true", help="start the emulator, and ask it")
    parser.add_argument("--only", metavar="WORD", help="only questions whose topic, name or key has this word")
    parser.add_argument("--yes", action="store_true", help="create and delete workflows, as the plan says")
    return parser.parse_args(argv)


@contextlib.contextmanager
def connected(options: argparse.Namespace) -> Iterator[tuple[Account, str]]:
    """The account, and who it is for the plan."""
    endpoint = options.endpoint_url
    local = endpoint is not None and urlsplit(endpoint).hostname in LOCAL
    keys: dict[str, Any] = (
        {"aws_access_key_id": "anyone", "aws_secret_access_key": "anything"} if local and not options.profile else {}
    )
    region = options.region or (EMULATOR_REGION if local else None)
    session = boto3.session.Session(profile_name=options.profile, region_name=region, **keys)
    proxies: Any = {} if local else None
    # The service has to see what the client would refuse, and throttled calls are repeated ever more slowly.
    config = Config(
        inject_host_prefix=False if local else None,
        parameter_validation=False,
        max_pool_connections=runner.WORKERS + 2,
        retries={"mode": "adaptive", "total_max_attempts": 12},
        proxies=proxies,
    )
    omics = session.client("omics", endpoint_url=endpoint, config=config)
    sts = session.client("sts", endpoint_url=endpoint if local else None, config=Config(proxies=proxies))
    try:
        identity = sts.get_caller_identity()
        run = f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}/{uuid.uuid4().hex[:8]}"
        who = f"Account {identity['Account']} as {identity['Arn']}, Region {omics.meta.region_name}"
        yield Account(omics, run, own_words=local), f"{who}, endpoint {omics.meta.endpoint_url}"
    finally:
        omics.close()
        sts.close()


@contextlib.contextmanager
def emulator(options: argparse.Namespace) -> Iterator[None]:
    """With `--emulator`, one that runs as long as this."""
    if not options.emulator:
        yield
        return
    with (
        tempfile.TemporaryDirectory() as folder,
        serve(Path(folder, "state.db"), EmulatorOptions(delay=0.0)) as running,
    ):
        options.endpoint_url = running.endpoint_url
        yield


def chosen(entries: Sequence[Any], word: str | None, names: Sequence[str]) -> list[Any]:
    """The entries of which a member has the word."""
    return [entry for entry in entries if not word or any(word in getattr(entry, name) for name in names)]


def main(argv: Sequence[str] | None = None) -> int:
    """0: as expected; 1: not; 2: not asked, because of `--yes` or a connection; 130: interrupted."""
    options = arguments(argv)
    cases = chosen(runner.CASES, options.only, ("topic", "name"))
    asked = chosen(PROBES, options.only, ("key", "question"))
    try:
        with emulator(options), connected(options) as (account, who):
            left = account.leftovers()
            say(who)
            for line in runner.plan(cases, asked):
                say(line)
            if left:
                say(f"  also delete {len(left)} workflows that an earlier run left: {', '.join(sorted(left))}")
            say(
                f"Only workflows named {PREFIX}* with the tag {PREFIX[:-1]} are changed or deleted. No runs are started."
            )
            if not options.yes:
                say("Nothing was done. Repeat the command with ARGS=--yes (or --yes) to start.")
                return 2
            started = time.monotonic()
            result = runner.run(account, cases, asked, say)
            for line in runner.report(result, account.omics.meta.region_name):
                say(line)
            say(f"{time.monotonic() - started:.0f} s")
            return 130 if result.interrupted else int(not result.good)
    except (BotoCoreError, ClientError, NotAskedError) as error:
        say(f"cannot ask: {error}")
        return 2
    except KeyboardInterrupt:
        say("interrupted before anything was created")
        return 130


if __name__ == "__main__":
    # Also where whoever started this ignores ^C, and where a system ends it: what was created is deleted first.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    sys.exit(main())
