"""A real client of a real emulator over loopback HTTP, for the emulator's tests."""

from __future__ import annotations

import contextlib
import io
import json
import time
import urllib.request
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

from packager.emulator import EmulatorOptions, RunningEmulator, serve

PATIENCE_SECONDS = 60.0  # the longest that a test waits before it calls something hung


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    """A zip of files in the order given."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def client(endpoint_url: str, attempts: int = 1, connections: int = 10) -> Any:
    """A boto3 client as anyone makes it, with the two things that a loopback endpoint needs."""
    session = boto3.session.Session(
        aws_access_key_id="anyone", aws_secret_access_key="anything", region_name="us-east-1"
    )
    return session.client(
        "omics",
        endpoint_url=endpoint_url,
        config=Config(
            inject_host_prefix=False,
            proxies={},
            read_timeout=PATIENCE_SECONDS,
            max_pool_connections=connections,
            retries={"total_max_attempts": attempts, "mode": "standard"},
        ),
    )


@contextlib.contextmanager
def running(database: Path, attempts: int = 1, **options: Any) -> Iterator[tuple[RunningEmulator, Any]]:
    """An emulator and its client; a bug of the emulator's own fails the test."""
    bugs: list[str] = []
    with serve(database, EmulatorOptions(**{"delay": 0.0, **options}), log=bugs.append) as emulator:
        omics = client(emulator.endpoint_url, attempts)
        try:
            yield emulator, omics
        finally:
            omics.close()
    assert not bugs, bugs[0]


def settled(omics: Any, workflow_id: str, version_name: str | None = None) -> dict[str, Any]:
    """A workflow or version once it is no longer CREATING."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        found: dict[str, Any] = (
            omics.get_workflow(id=workflow_id)
            if version_name is None
            else omics.get_workflow_version(workflowId=workflow_id, versionName=version_name)
        )
        if found["status"] != "CREATING":
            return found
        assert time.monotonic() < deadline, "still CREATING"
        time.sleep(0.01)


def control(emulator: RunningEmulator, method: str, body: Any = None, **headers: str) -> Any:
    """What the emulator answers to a call of its faults' address."""
    request = urllib.request.Request(
        f"{emulator.endpoint_url}/_emulator/faults",
        data=None if body is None else json.dumps(body).encode(),
        method=method,
        headers=headers,
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)
