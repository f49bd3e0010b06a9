"""`packager vendor`: copies of remote documents, rewritten references, and the lock; through the command line and real HTTPS."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest
from conftest import ROOT, Cli, Result
from https_support import RAW, SHA, Web

from packager.emulator import RunningEmulator
from packager.vendor.hosts import AddressError, address_of, joined

TOOLS = f"{RAW}/o/tools"
COPIES = "vendor/raw.githubusercontent.com/o/tools/main"
TASK = b"version 1.0\ntask t { command {} }\n"
A = b'# SPDX-License-Identifier: MIT\r\nversion 1.0\r\nimport "../tasks/t.wdl" as t\r\nimport "https://github.com/o/tools/blob/main/b.wdl"\r\n'
FILES = {"wf/a.wdl": A, "tasks/t.wdl": TASK, "b.wdl": TASK, "LICENSE": b"\nMIT License\n\nCopyright (c) 2020 Them\n"}
MAIN = (
    b"version 1.0\r\n# import \"https://x.org/a.wdl\"\r\nimport '%s/main/wf/a.wdl' as a\r\nworkflow w { }\r\n"
    % TOOLS.encode()
)
Vendor = Callable[..., Result]


@pytest.fixture
def repository(tmp_path: Path, web: Web) -> Path:
    """A repository with one import of another repository of GitHub."""
    web.github("o/tools", FILES)
    (tmp_path / "packager.toml").touch()
    (tmp_path / "main.wdl").write_bytes(MAIN)
    return tmp_path


@pytest.fixture
def vendor(cli: Cli, web: Web, tmp_path: Path) -> Vendor:
    """`packager vendor` of the repository, trusting the server."""
    return lambda *options: cli("vendor", tmp_path, "--ca-file", web.ca_file, *options)


def content(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def locked(folder: Path) -> dict[str, dict[str, object]]:
    """The entries of the lock by path, which fit its schema."""
    lock = json.loads((folder / "packager.lock").read_text())
    jsonschema.validate(lock, json.loads((ROOT / "schemas" / "lock.schema.json").read_text()))
    return {entry["path"]: entry for entry in lock["files"]}


def test_everything_is_copied_and_only_references_change(repository: Path, vendor: Vendor) -> None:
    result = vendor()
    assert (result.code, result.err) == (0, "")
    assert f"main.wdl:3: {TOOLS}/main/wf/a.wdl is now {COPIES}/wf/a.wdl\n" in result.out
    after = content(repository)
    assert after["main.wdl"] == MAIN.replace(f"{TOOLS}/main/wf/a.wdl".encode(), f"{COPIES}/wf/a.wdl".encode())
    assert after[f"{COPIES}/tasks/t.wdl"] == TASK
    assert after[f"{COPIES}/wf/a.wdl"] == A.replace(b"https://github.com/o/tools/blob/main/b.wdl", b"../b.wdl")
    entries = locked(repository)
    assert {entry["commit"] for entry in entries.values()} == {SHA}
    assert {entry["licence"] for path, entry in entries.items() if path.endswith(".wdl")} == {f"{COPIES}/LICENSE"}
    assert entries[f"{COPIES}/wf/a.wdl"]["notice"] == "MIT"
    assert entries[f"{COPIES}/LICENSE"]["notice"] == "MIT License"
    assert set(after) == {"packager.toml", "main.wdl", "packager.lock", *(f"{COPIES}/{name}" for name in FILES)}


def test_a_second_time_changes_nothing_and_asks_nobody(repository: Path, vendor: Vendor, web: Web) -> None:
    vendor()
    before = content(repository)
    web.answers.clear()
    web.asked.clear()
    for options in ((), ("--locked",), ("--diff",)):
        assert vendor(*options).code == 0
    assert web.asked == []
    assert content(repository) == before


def test_update_and_check_ask_again_and_change_nothing_if_nothing_changed(
    repository: Path, vendor: Vendor, web: Web
) -> None:
    vendor()
    before = content(repository)
    web.asked.clear()
    assert [vendor("--check").code, vendor("--update").code, vendor("--update", "all").code] == [0, 0, 0]
    assert len(web.asked) == 3 * (len(FILES) + 1)
    assert content(repository) == before


def test_changed_content_is_accepted_by_an_update_only(repository: Path, vendor: Vendor, web: Web) -> None:
    vendor()
    before, commit = content(repository), "b" * 40
    web.github("o/tools", {**FILES, "tasks/t.wdl": TASK + b"# new\n"}, commit=commit)
    assert (vendor().code, vendor("--locked").code, content(repository)) == (0, 0, before)
    result = vendor("--check")
    assert result.code == 1
    assert "would change 2 files" in result.out
    assert content(repository) == before
    url = f"{TOOLS}/main/tasks/t.wdl"
    patch = vendor("--update", url, "--diff").out
    assert f"+++ b/{COPIES}/tasks/t.wdl\n" in patch
    assert "+# new\n" in patch
    assert "-" + TASK.decode() not in patch
    assert content(repository) == before
    assert vendor("--update", url).code == 0
    assert (repository / COPIES / "tasks/t.wdl").read_bytes() == TASK + b"# new\n"
    assert locked(repository)[f"{COPIES}/tasks/t.wdl"]["commit"] == commit
    assert locked(repository)[f"{COPIES}/wf/a.wdl"]["commit"] == SHA
    assert vendor("--update").code == 0
    assert {entry["commit"] for entry in locked(repository).values()} == {commit}


def test_a_host_that_breaks_its_promise(repository: Path, vendor: Vendor, web: Web) -> None:
    vendor()
    (repository / COPIES / "tasks/t.wdl").unlink()
    before = content(repository)
    web.serve(f"{TOOLS}/{SHA}/tasks/t.wdl", b"other")
    result = vendor()
    assert result.code == 2
    assert "changed since it was locked; `packager vendor " in result.err
    assert content(repository) == before


def test_a_changed_copy_is_reported_and_kept(repository: Path, vendor: Vendor, cli: Cli) -> None:
    vendor()
    copy = repository / COPIES / "tasks/t.wdl"
    copy.write_bytes(TASK + b"# mine\n")
    assert vendor().code == 2
    assert vendor("--locked").code == 1
    found = [
        each for each in cli("lint", repository, "--format", "json").json["diagnostics"] if each["code"] == "ZIP022"
    ]
    assert [each["path"].endswith(f"{COPIES}/tasks/t.wdl") for each in found] == [True]
    (repository / "packager.toml").write_text('[lint.severity]\nZIP022 = "error"\n')
    for arguments in (("lint",), ("package", "-o", repository / "x.zip"), ("submit", "--dry-run")):  # one gate
        refused = cli(*arguments, repository)
        assert (refused.code, "differs from `packager.lock`" in refused.out + refused.err) == (1, True)
    assert copy.read_bytes() == TASK + b"# mine\n"
    assert vendor("--update", f"{TOOLS}/main/tasks/t.wdl").code == 0
    assert copy.read_bytes() == TASK


@pytest.mark.parametrize("name", ["tasks/t.wdl", "wf/a.wdl", "LICENSE"])
def test_a_missing_copy_is_fetched_again(repository: Path, vendor: Vendor, name: str) -> None:
    vendor()
    before = content(repository)
    (repository / COPIES / name).unlink()
    assert vendor("--locked").code == 1
    assert vendor().code == 0
    assert content(repository) == before


def test_all_copies_are_fetched_again_as_they_are_locked(repository: Path, vendor: Vendor, web: Web) -> None:
    vendor()
    before = content(repository)
    web.github("o/tools", dict.fromkeys(FILES, b"version 1.0\n"), commit="b" * 40)
    for name in FILES:
        (repository / COPIES / name).unlink()
    assert vendor().code == 0
    assert content(repository) == before


def test_copies_that_nothing_refers_to_are_deleted(repository: Path, vendor: Vendor) -> None:
    (repository / "other.wdl").write_bytes(b'version 1.0\nimport "%s/main/b.wdl"\nworkflow o { }\n' % TOOLS.encode())
    vendor()
    (repository / "main.wdl").write_bytes(b"version 1.0\nworkflow w { }\n")
    assert vendor("--locked").code == 1
    result = vendor()
    assert f"{COPIES}/wf/a.wdl: deleted, because nothing refers to it\n" in result.out
    assert list(locked(repository)) == [f"{COPIES}/LICENSE", f"{COPIES}/b.wdl"]
    assert not (repository / COPIES / "wf").exists()
    (repository / "other.wdl").unlink()
    assert vendor().code == 0
    assert set(content(repository)) == {"packager.toml", "main.wdl"}
    assert not (repository / "vendor").exists()


def test_an_unused_copy_that_was_changed_is_kept(repository: Path, vendor: Vendor) -> None:
    vendor()
    (repository / "main.wdl").write_bytes(b"version 1.0\nworkflow w { }\n")
    (repository / COPIES / "b.wdl").write_bytes(b"version 1.0\n")
    result = vendor()
    assert f"nothing refers to `{COPIES}/b.wdl`, which was changed: the file is kept" in result.err
    assert set(content(repository)) == {"packager.toml", "main.wdl", f"{COPIES}/b.wdl"}


def test_a_part_of_the_repository_leaves_the_copies_of_others(repository: Path, cli: Cli, web: Web) -> None:
    (repository / "sub").mkdir()
    (repository / "sub" / "x.wdl").write_bytes(
        b'version 1.0\nimport "%s/main/b.wdl"\nworkflow x { }\n' % TOOLS.encode()
    )
    assert cli("vendor", repository / "main.wdl", "--ca-file", web.ca_file).code == 0
    assert (repository / "sub" / "x.wdl").read_bytes().count(b"https://") == 1
    assert cli("vendor", repository / "sub", "--ca-file", web.ca_file).code == 0
    assert b'import "../vendor/raw.' in (repository / "sub" / "x.wdl").read_bytes()
    assert len(locked(repository)) == len(FILES)


def test_nothing_is_written_if_one_document_is_missing(repository: Path, vendor: Vendor) -> None:
    (repository / "x.wdl").write_bytes(b'version 1.0\nimport "%s/main/none.wdl"\n' % TOOLS.encode())
    before = content(repository)
    result = vendor()
    assert result.code == 2
    assert f"x.wdl:2: cannot fetch `{TOOLS}/main/none.wdl`: the host answers with status 404" in result.err
    assert content(repository) == before


@pytest.mark.parametrize(
    "url", ["https://github.com/me/own.git", "git@github.com:me/own.git", "ssh://git@github.com/me/own"]
)
def test_a_file_of_the_own_repository_is_not_fetched(tmp_path: Path, vendor: Vendor, web: Web, url: str) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "config").write_text(f'[remote "origin"]\n\turl = {url}\n')
    (tmp_path / "t.wdl").write_bytes(TASK)
    (tmp_path / "main.wdl").write_bytes(b'version 1.0\nimport "%s/me/own/v9/t.wdl" as t\n' % RAW.encode())
    assert vendor().code == 0
    assert (tmp_path / "main.wdl").read_bytes() == b'version 1.0\nimport "t.wdl" as t\n'
    assert (web.asked, (tmp_path / "packager.lock").exists()) == ([], False)


def test_a_file_of_another_repository_is_fetched_although_its_path_exists(repository: Path, vendor: Vendor) -> None:
    (repository / "b.wdl").write_bytes(b"version 1.0\n# of the own repository\n")
    (repository / "main.wdl").write_bytes(b'version 1.0\nimport "%s/main/b.wdl"\n' % TOOLS.encode())
    assert vendor().code == 0
    assert (repository / COPIES / "b.wdl").read_bytes() == TASK


def test_copies_that_are_ignored_by_git_are_named(repository: Path, vendor: Vendor, cli: Cli) -> None:
    (repository / ".git").mkdir()
    (repository / ".gitignore").write_text("vendor/\n")
    result = vendor()
    assert result.code == 0
    assert "an ignore file hides 4 copies, such as" in result.err
    assert "WDL050" not in cli("lint", repository, "--format", "json").codes
    assert vendor("--locked").code == 0


def test_options_that_do_not_fit(repository: Path, vendor: Vendor) -> None:
    vendor()
    assert vendor("--locked", "--update").code == 2
    assert vendor("--locked", "--check").code == 2
    assert "is not in `packager.lock`" in vendor("--update", f"{TOOLS}/main/none.wdl").err
    assert "the URL of `--update` is not fetched" in vendor("--update", "main.wdl").err


@pytest.mark.parametrize(
    "url", ["ftp://a.org/b", "https://me:x@a.org/b", "https://a.org/b?token=x", "https:///b", "https://a.org:x/b"]
)
def test_addresses_that_are_not_fetched(url: str) -> None:
    with pytest.raises(AddressError):
        address_of(url)


def test_pages_become_raw_files() -> None:
    assert address_of("https://github.com/o/r/blob/main/a/b.wdl").url == f"{RAW}/o/r/main/a/b.wdl"
    assert address_of("https://gitlab.com/g/s/p/-/blob/v1/b.cwl").url == "https://gitlab.com/g/s/p/-/raw/v1/b.cwl"
    assert address_of("https://bitbucket.org/o/r/src/v1/b.cwl").url == "https://bitbucket.org/o/r/raw/v1/b.cwl"
    tool = "https://dockstore.org/api/ga4gh/trs/v2/tools/%23workflow%2Fx/versions/v1"
    primary = address_of(f"{tool}/WDL/descriptor")
    assert joined(primary, "t.wdl").url == f"{tool}/PLAIN_WDL/descriptor/t.wdl"


def test_diff_reports_a_changed_copy(
    repository: Path, vendor: Vendor, cli: Cli, submit: Vendor, emulator: RunningEmulator
) -> None:
    vendor()
    assert submit(repository, "--name", "w").code == 0
    options = ("--name", "w", "--endpoint-url", emulator.endpoint_url)
    assert "ZIP022" not in cli("diff", repository, *options).err
    (repository / COPIES / "b.wdl").write_bytes(TASK + b"# mine\n")
    assert "ZIP022" in cli("diff", repository, *options).err
    (repository / "packager.toml").write_text('[lint.per-path-ignores]\n"vendor/**" = ["ZIP022"]\n')
    assert "ZIP022" not in cli("diff", repository, *options).err
