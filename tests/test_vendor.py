"""`packager vendor`: copies of remote documents, rewritten references, and the lock."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from conftest import ROOT, Cli

from packager.app import vendor
from packager.app.vendor import VendorOptions
from packager.errors import PackagerError
from packager.files import replace_files
from packager.https_client import Client, DownloadError
from packager.vendor.hosts import AddressError, address_of, joined

SHA = "a" * 40
REFS = f"001e# service=git-upload-pack\n0000003d{SHA} refs/heads/main\n0000".encode()
RAW = "https://raw.githubusercontent.com/o/tools"
TASK = b"version 1.0\ntask t { command {} }\n"
ANSWERS = {
    "https://github.com/o/tools.git/info/refs?service=git-upload-pack": REFS,
    f"{RAW}/{SHA}/wf/a.wdl": b'version 1.0\r\nimport "../tasks/t.wdl" as t\r\nimport "https://github.com/o/tools/blob/main/b.wdl"\r\n',
    f"{RAW}/{SHA}/tasks/t.wdl": TASK,
    f"{RAW}/{SHA}/b.wdl": TASK,
    f"{RAW}/{SHA}/LICENSE": b"MIT\n",
}
MAIN = (
    b"\xef\xbb\xbfversion 1.0\r\n# import \"https://x.org/a.wdl\"\r\nimport '%s/main/wf/a.wdl' as a\r\nworkflow w { }\r\n"
    % RAW.encode()
)


class Answers(Client):
    """A client without a network."""

    def fetch(self, url: str) -> bytes:
        if url not in ANSWERS:
            raise DownloadError("the host answers with status 404", missing=True)
        return ANSWERS[url]


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    (tmp_path / "packager.toml").touch()
    (tmp_path / "main.wdl").write_bytes(MAIN)
    return tmp_path


def run(folder: Path, options: VendorOptions = VendorOptions()) -> vendor.Vendoring:  # noqa: B008 - frozen
    vendoring = vendor.plan(str(folder), options, Answers)
    if not vendoring.plan.problems:
        vendor.apply(vendoring)
    return vendoring


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_is_copied_and_only_references_change(repository: Path) -> None:
    assert run(repository).plan.problems == []
    base = "vendor/raw.githubusercontent.com/o/tools/main"
    after = content(repository)
    assert after["main.wdl"] == MAIN.replace(f"{RAW}/main/wf/a.wdl".encode(), f"{base}/wf/a.wdl".encode())
    assert after[f"{base}/tasks/t.wdl"] == TASK
    assert after[f"{base}/wf/a.wdl"] == (b'version 1.0\r\nimport "../tasks/t.wdl" as t\r\nimport "../b.wdl"\r\n')
    lock = json.loads(after["packager.lock"])
    jsonschema.validate(lock, json.loads((ROOT / "schemas" / "lock.schema.json").read_text()))
    assert {file["commit"] for file in lock["files"]} == {SHA}
    assert {file["licence"] for file in lock["files"] if file["path"].endswith(".wdl")} == {f"{base}/LICENSE"}


def test_a_second_time_changes_nothing(repository: Path) -> None:
    run(repository)
    before = content(repository)
    assert run(repository).plan.is_empty
    assert run(repository, VendorOptions(locked=True)).plan.is_empty
    assert run(repository, VendorOptions(update_all=True)).plan.is_empty
    assert content(repository) == before


def test_a_changed_copy_is_reported_and_kept(repository: Path, cli: Cli) -> None:
    run(repository)
    copy = next(repository.rglob("t.wdl"))
    copy.write_bytes(TASK + b"# mine\n")
    assert run(repository).plan.problems
    assert cli("vendor", str(repository), "--locked").code == 1
    lint = cli("lint", str(repository), "--format", "json")
    assert "ZIP022" in lint.codes


def test_a_missing_copy_is_fetched_again(repository: Path) -> None:
    run(repository)
    before = content(repository)
    next(repository.rglob("t.wdl")).unlink()
    assert run(repository).plan.problems == []
    assert content(repository) == before


def test_nothing_is_written_if_one_document_is_missing(repository: Path) -> None:
    (repository / "x.wdl").write_bytes(b'version 1.0\nimport "%s/main/none.wdl"\n' % RAW.encode())
    before = content(repository)
    assert run(repository).plan.problems
    assert content(repository) == before


def test_a_file_of_the_own_repository_is_not_fetched(tmp_path: Path) -> None:
    (tmp_path / "packager.toml").touch()
    (tmp_path / "t.wdl").write_bytes(TASK)
    (tmp_path / "main.wdl").write_bytes(b'version 1.0\nimport "%s/v9/t.wdl" as t\n' % RAW.encode())
    run(tmp_path)
    assert (tmp_path / "main.wdl").read_bytes() == b'version 1.0\nimport "t.wdl" as t\n'
    assert not (tmp_path / "packager.lock").exists()


@pytest.mark.parametrize(
    "url", ["ftp://a.org/b", "https://me:x@a.org/b", "https://a.org/b?token=x", "https:///b", "https://a.org:x/b"]
)
def test_addresses_that_are_not_fetched(url: str) -> None:
    with pytest.raises(AddressError):
        address_of(url)


def test_pages_become_raw_files() -> None:
    assert (
        address_of("https://github.com/o/r/blob/main/a/b.wdl").url
        == "https://raw.githubusercontent.com/o/r/main/a/b.wdl"
    )
    assert address_of("https://gitlab.com/g/s/p/-/blob/v1/b.cwl").url == "https://gitlab.com/g/s/p/-/raw/v1/b.cwl"
    assert address_of("https://bitbucket.org/o/r/src/v1/b.cwl").url == "https://bitbucket.org/o/r/raw/v1/b.cwl"
    tool = "https://dockstore.org/api/ga4gh/trs/v2/tools/%23workflow%2Fx/versions/v1"
    primary = address_of(f"{tool}/WDL/descriptor")
    assert joined(primary, "t.wdl").url == f"{tool.replace('/trs/', '/trs/')}/PLAIN_WDL/descriptor/t.wdl"


@pytest.mark.parametrize("address", ["127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "::ffff:10.0.0.1"])
def test_private_addresses_are_refused(address: str) -> None:
    client = Client({"a.org"}, resolve=lambda _host, _port: [address])
    with pytest.raises(DownloadError, match="private network"):
        client.fetch("https://a.org/x")


def test_other_hosts_are_refused() -> None:
    with pytest.raises(DownloadError) as caught:
        Client({"a.org"}).fetch("https://b.org/x")
    assert caught.value.refused


def test_files_are_replaced_together(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    (tmp_path / "b").mkdir()
    with pytest.raises(PackagerError):
        replace_files([(tmp_path / "new" / "c", b"x"), (tmp_path / "a", b"x"), (tmp_path / "b", b"x")])
    assert content(tmp_path) == {"a": b"old"}
    assert not (tmp_path / "new").exists()
