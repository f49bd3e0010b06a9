"""`packager map pin`: digests in the image mappings of a map, asked of a stand-in for ECR over HTTP."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Cli
from ecr_support import ACCOUNT, HOST, REGION, Account, Fault, serving

TEXT = (
    "{\r\n"
    f'\t"imageMappings": [\r\n'
    f'\t\t{{"sourceImage": "quay.io/org/a:1.0", "destinationImage": "{HOST}/org/a:1.0"}},\r\n'
    f'\t\t{{ "destinationImage": "{HOST}/org/b",  "sourceImage": "quay.io/org/b" }},\r\n'
    f'\t\t{{"sourceImage": "quay.io/org/c:1.0", "destinationImage": "{HOST}/org/c@sha256:{"1" * 64}"}}\r\n'
    "\t]\r\n"
    "}"
)


@pytest.fixture
def account(monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    with serving(Account()) as running:
        monkeypatch.setenv("AWS_ENDPOINT_URL", running.url)
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        yield running


@pytest.fixture
def map_file(in_folder: Path) -> Path:
    path = in_folder / "map.json"
    path.write_bytes(TEXT.encode())
    return path


def test_tags_become_digests_and_nothing_else_changes(cli: Cli, account: Account, map_file: Path) -> None:
    first, second = account.image("org/a", "1.0"), account.image("org/b", "latest", "2.0")
    done = cli("map", "pin", map_file, "--region", REGION)
    assert done.code == 0, done.err
    expected = TEXT.replace('/org/a:1.0"}', f'/org/a@{first}"}}').replace(f'{HOST}/org/b"', f'{HOST}/org/b@{second}"')
    assert map_file.read_bytes() == expected.encode()
    assert f"imageMappings[0]: {HOST}/org/a:1.0: pinned to {HOST}/org/a@{first}" in done.err
    before = map_file.stat().st_mtime_ns
    again = cli("map", "pin", map_file, "--region", REGION)
    assert (again.code, map_file.stat().st_mtime_ns) == (0, before)
    assert "no mapping has a tag without a digest" in again.err
    assert cli("map", "pin", map_file, "--check", "--region", REGION).code == 0


def test_the_pinned_map_is_as_valid_as_before(cli: Cli, account: Account, map_file: Path) -> None:
    account.image("org/a", "1.0")
    account.image("org/b", "latest")
    cli("map", "pin", map_file, "--region", REGION)
    found = cli("map", "validate", map_file, "--region", REGION, "--format", "json")
    assert found.json["diagnostics"] == []


def test_what_cannot_be_pinned_stays(cli: Cli, account: Account, map_file: Path) -> None:
    digest = account.image("org/a", "1.0")
    account.repository("org/b")
    done = cli("map", "pin", map_file, "--region", REGION)
    assert done.code == 1
    assert "imageMappings[1]" in done.err
    assert "`org/b` has no tag `latest`" in done.err
    assert json.loads(map_file.read_text())["imageMappings"][0]["destinationImage"] == f"{HOST}/org/a@{digest}"
    assert json.loads(map_file.read_text())["imageMappings"][1]["destinationImage"] == f"{HOST}/org/b"


def test_a_repository_that_is_not_there(cli: Cli, account: Account, map_file: Path) -> None:
    account.image("org/a", "1.0")
    assert "the repository `org/b` does not exist" in cli("map", "pin", map_file, "--region", REGION).err


def test_check_writes_nothing(cli: Cli, account: Account, map_file: Path) -> None:
    account.image("org/a", "1.0")
    account.image("org/b", "latest")
    assert cli("map", "pin", map_file, "--check", "--region", REGION).code == 1
    assert map_file.read_bytes() == TEXT.encode()


def test_another_file_or_stdout(cli: Cli, account: Account, map_file: Path, in_folder: Path) -> None:
    digest = account.image("org/a", "1.0")
    account.image("org/b", "latest")
    assert cli("map", "pin", map_file, "-o", "pinned.json", "--region", REGION).code == 0
    assert digest in (in_folder / "pinned.json").read_text()
    assert digest in cli("map", "pin", map_file, "-o", "-", "--region", REGION).out
    assert map_file.read_bytes() == TEXT.encode()


def test_nothing_could_be_asked(cli: Cli, account: Account, map_file: Path) -> None:
    account.faults["DescribeImages"] = Fault("AccessDeniedException")
    done = cli("map", "pin", map_file, "--region", REGION)
    assert done.code == 3
    assert map_file.read_bytes() == TEXT.encode()


def test_what_is_no_map_is_not_asked_about(cli: Cli, account: Account, in_folder: Path) -> None:
    (in_folder / "map.json").write_text('{"imageMappings": 5}')
    assert cli("map", "pin", "map.json", "--region", REGION).code == 1
    assert cli("map", "pin", "absent.json", "--region", REGION).code == 2
    assert account.calls == []


def test_a_map_without_private_images_needs_no_account(cli: Cli, in_folder: Path) -> None:
    (in_folder / "map.json").write_text('{"registryMappings": []}')
    done = cli("map", "pin", "map.json")
    assert (done.code, ACCOUNT in done.err) == (0, False)
