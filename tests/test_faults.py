"""Whatever goes wrong on the way: never a twin, never a lost configuration, never a false ACTIVE, always the right exit code.

`make faults` plays every scenario, `make test` a sample of them.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from botocore.config import Config
from fault_support import HELLO, REGISTRY_MAP, FaultProxy, World, hasten, play, scenario
from samples import sampled

from packager.emulator import EmulatorOptions, serve

ALL = 240
SAMPLE = (12, 42, 96, 138, 156, 186)  # every kind of fault at least once


@pytest.fixture
def world(
    moto: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> Iterator[World]:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_DEFAULT_REGION", "us-east-1"),
        ("AWS_ENDPOINT_URL_STS", moto),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)
    folder = tmp_path / "hello"
    folder.mkdir()
    bucket = f"flows-{request.node.callspec.params['seed']}"
    s3 = boto3.client("s3", endpoint_url=moto)
    s3.create_bucket(Bucket=bucket)
    proxy = FaultProxy(moto)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
    hasten(monkeypatch.setattr)
    database = tmp_path / "state.sqlite"
    with serve(database, EmulatorOptions(delay=0.05)) as running:
        client = boto3.client("omics", endpoint_url=running.endpoint_url, config=Config(inject_host_prefix=False))
        yield World(running, client, proxy, bucket, folder, database)
        client.close()
    proxy.close()
    s3.close()


@pytest.mark.parametrize("seed", sampled(range(ALL), SAMPLE))
def test_whatever_goes_wrong(seed: int, world: World) -> None:
    what = scenario(seed)

    def project(word: str) -> None:
        (world.folder / "main.wdl").write_text(HELLO.replace("hello ~{who}", f"{word} ~{{who}}"))
        (world.folder / "README.md").write_text("# Hello\n")
        (world.folder / "container-registry-map.json").write_text(json.dumps(REGISTRY_MAP))

    wrong = play(world, what, project)
    story = "\n".join(f"--- run {number}: exit code {one.code}\n{one.err}" for number, one in enumerate(world.runs, 1))
    assert wrong == [], f"{what}\n{story}"


def test_the_scenarios_are_many_and_different() -> None:
    stories = {str(scenario(seed)) for seed in range(ALL)}
    assert len(stories) > 200
    kinds = Counter(kind for seed in range(ALL) for kind in _kinds(seed))
    assert min(kinds.values()) >= 5, kinds
    assert {kind for seed in SAMPLE for kind in _kinds(seed)} == kinds.keys()


def _kinds(seed: int) -> list[str]:
    what = scenario(seed)
    return [what.by, what.killed, *(one["kind"] for one in what.omics), *(f"s3 {one[0]}" for one in what.s3)]
