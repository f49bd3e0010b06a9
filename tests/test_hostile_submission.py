"""Submission against tampered zips, services that misbehave, signals and full disks; and the emulator against its clients."""

from __future__ import annotations

import hashlib
import http.client
import io
import json
import os
import re
import shutil
import signal
import stat
import struct
import subprocess
import sys
import threading
import time
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit

import boto3
import pytest
from conftest import Cli, Result, process
from emulator_support import running, settled, zipped
from examples import CORRECT
from fault_support import FaultProxy, ProxyFault, hasten

from packager import load, submit
from packager.aws import calls
from packager.aws.deadline import Bounded, Deadline, OutOfTimeError
from packager.aws.delivery import Delivery
from packager.aws.session import Target
from packager.aws.staging import PART_BYTES, stage, staging_of
from packager.aws.submission import FailedError
from packager.diagnostics import PackagerError, ServiceError
from packager.emulator import RunningEmulator, serve, worker
from packager.judging import RefusedError
from packager.request import Request
from packager.schemas import violations

HELLO = CORRECT["main.wdl"]
OTHER = "version 1.0\nworkflow other {}\n"
HARD_SECONDS = 60.0
Files = Callable[[dict[str, str | bytes]], Path]


@pytest.fixture(autouse=True)
def _alarm() -> Iterator[None]:
    """A hang fails instead of hanging everything."""
    if not hasattr(signal, "SIGALRM") or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(*_: object) -> None:
        raise AssertionError("it hangs")

    before = signal.signal(signal.SIGALRM, ring)
    signal.setitimer(signal.ITIMER_REAL, HARD_SECONDS)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture(autouse=True)
def _credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_DEFAULT_REGION", "us-east-1"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a correct workflow and two targets."""
    made = tmp_path / "hello"
    made.mkdir()
    (made / "main.wdl").write_text(HELLO)
    targets = "".join(f"[target.{name}]\nregion = 'us-east-1'\n" for name in ("dev", "prod"))
    (made / "packager.toml").write_text(targets)
    return made


# --- zips -------------------------------------------------------------------------------------------------------------------


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    info.create_system = 3
    info.external_attr = mode << 16
    return info


def zip_of(*entries: tuple[zipfile.ZipInfo | str, str | bytes], comment: bytes = b"", stream: bool = False) -> bytes:
    """A zip; with `stream` as one writes it that cannot go back, with sizes behind the data."""
    buffer: IO[bytes] = _Unseekable() if stream else io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = comment
            for info, content in entries:
                archive.writestr(info, content)
    return buffer.getvalue()  # type: ignore[attr-defined]  # both are BytesIO


class _Unseekable(io.BytesIO):
    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


PLAIN = (("main.wdl", HELLO), ("docs/notes.txt", "some notes\n" * 20))
LINK = (entry("link.wdl", stat.S_IFLNK | 0o777), "main.wdl")


def encrypted() -> bytes:
    """A zip whose second file is marked as encrypted, in both headers."""
    content = bytearray(zip_of(*PLAIN))
    for mark, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.rindex(mark) + flags] |= 1
    return bytes(content)


# What the directory of the zip shows.
REFUSED = {
    "a file twice": zip_of(*PLAIN, ("main.wdl", OTHER)),
    "a link": zip_of(*PLAIN, LINK),
    "a name that climbs": zip_of(*PLAIN, ("../main.wdl", OTHER)),
    "a name that climbs back": zip_of(*PLAIN, ("docs/../main.wdl", OTHER)),
    "an absolute name": zip_of(*PLAIN, ("/main.wdl", OTHER)),
    "a backslash": zip_of(*PLAIN, ("docs\\main.wdl", OTHER)),
    "a drive": zip_of(*PLAIN, ("C:main.wdl", OTHER)),
    "a control character": zip_of(*PLAIN, ("main.wdl\n", OTHER)),
    "a device": zip_of(*PLAIN, (entry("null", stat.S_IFCHR | 0o666), "")),
    "encrypted": encrypted(),
    "the same name written otherwise": zip_of(*PLAIN, ("./main.wdl", OTHER)),
    "a file as a folder": zip_of(*PLAIN, ("main.wdl/x", OTHER)),
    "a folder of a file's name": zip_of(*PLAIN, ("main.wdl/", "")),
    "a folder that climbs": zip_of(*PLAIN, ("../up/", "")),
    "a folder that is a link": zip_of(*PLAIN, (entry("lib/", stat.S_IFLNK | 0o777), "")),
}


def _replaced(content: bytes, old: bytes, new: bytes, count: int = 1) -> bytes:
    assert old in content
    return content.replace(old, new, count)


def _patched(content: bytes, mark: bytes, offset: int, value: bytes, *, last: bool = False) -> bytes:
    place = (content.rindex(mark) if last else content.index(mark)) + offset
    return content[:place] + value + content[place + len(value) :]


def _with_extra(kind: int, value: bytes) -> bytes:
    info = entry("main.wdl")
    info.extra = struct.pack("<2H", kind, len(value)) + value
    return zip_of((info, HELLO), PLAIN[1])


def _hidden_file() -> bytes:
    """A local file that the directory does not list, between the listed ones."""
    hidden = zip_of(("main.wdl", OTHER))
    local = hidden[: hidden.index(b"PK\x01\x02")]
    whole = zip_of(*PLAIN)
    start = whole.index(b"PK\x01\x02")
    end = whole.rindex(b"PK\x05\x06")
    moved = whole[:start] + local + whole[start:]
    return _patched(moved, b"PK\x05\x06", 16, struct.pack("<L", end - (end - start) + len(local)), last=True)


def _longer_than_said() -> bytes:
    """A deflated file that unpacks to more than the directory says, with the checksum of the shorter one."""
    whole = zip_of((entry("main.wdl"), HELLO + OTHER))
    size, crc = struct.pack("<L", len(HELLO)), struct.pack("<L", zlib.crc32(HELLO.encode()))
    for mark, place in ((b"PK\x03\x04", 14), (b"PK\x01\x02", 16)):
        whole = _patched(whole, mark, place, crc)
        whole = _patched(whole, mark, place + 8, size)
    return whole


def _second_end() -> bytes:
    """Two whole zips, one behind the other: readers that look from the end see the second one."""
    return zip_of(("main.wdl", OTHER)) + zip_of(*PLAIN)


PLAIN_ZIP = zip_of(*PLAIN)
# What the directory of the zip does not show.
AMBIGUOUS = {
    "bytes before": b"#!/bin/sh\nexit\n" + PLAIN_ZIP,
    "bytes behind": PLAIN_ZIP + b"\0" * 10,
    "a zip before": _second_end(),
    "an end record in the comment": zip_of(*PLAIN, comment=b"x PK\x05\x06 y"),
    "a record of a file in the comment": zip_of(*PLAIN, comment=b"x PK\x01\x02 y"),
    "a hidden file": _hidden_file(),
    "another size behind": _longer_than_said(),
    "other flags in the header": _patched(PLAIN_ZIP, b"PK\x03\x04", 6, b"\x02\x08"),
    "another method in the header": _patched(PLAIN_ZIP, b"PK\x03\x04", 8, b"\x00\x00"),
    "another checksum in the header": _patched(PLAIN_ZIP, b"PK\x03\x04", 14, b"\0\1\2\3"),
    "another size in the header": _patched(PLAIN_ZIP, b"PK\x03\x04", 22, b"\1\0\0\0"),
    "a second name": _with_extra(0x7075, b"\1" + struct.pack("<L", zlib.crc32(b"main.wdl")) + b"other.wdl"),
    "a link in an extra field": _with_extra(0x756E, struct.pack("<LHLHH", 0, 0o120777, 0, 0, 0) + b"/etc/passwd"),
    "a link in another extra field": _with_extra(0x000D, b"\0" * 12 + b"/etc/passwd"),
    "an extra field that nobody knows": _with_extra(0x4242, b"x"),
}  # fmt: skip


def _utf8() -> bytes:
    return zip_of(*PLAIN, ("docs/größe.txt", "x"))


def _zip64() -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in PLAIN:
            with archive.open(entry(name), "w", force_zip64=True) as file:
                file.write(content.encode())
    return buffer.getvalue()


# What no reader can mistake, though it is unusual.
SOUND = {
    "as packaged": PLAIN_ZIP,
    "stored": zip_of(*[(entry(name), content) for name, content in PLAIN]),
    "written to a pipe": zip_of(*PLAIN, stream=True),
    "large records": _zip64(),
    "folders": zip_of(("docs/", ""), *PLAIN),
    "a comment": zip_of(*PLAIN, comment=b"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b"),
    "an empty file": zip_of(*PLAIN, ("docs/empty", "")),
    "names in UTF-8": _utf8(),
    "times": _with_extra(0x5455, b"\1" + b"\0" * 4),
    "a zip inside": zip_of(*PLAIN, (entry("docs/inner.zip"), PLAIN_ZIP)),
}


def write_zip(folder: Path, content: bytes) -> Path:
    path = folder / "flow.zip"
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("what", [*REFUSED, *AMBIGUOUS])
def test_a_zip_that_is_not_exactly_what_was_checked_is_refused(what: str, cli: Cli, tmp_path: Path) -> None:
    path = write_zip(tmp_path, (REFUSED | AMBIGUOUS)[what])
    sent = cli("submit", path, "--dry-run", "--no-lint", "--main", "main.wdl", "--format", "json")
    assert sent.code in (1, 2), sent.out
    if sent.code == 1:
        faults = [one for one in sent.json["diagnostics"] if one["code"] in ("ZIP006", "ZIP010", "ZIP012")]
        assert "error" in [one["severity"] for one in faults]
        assert any("packager package" in one["hint"] for one in faults) or [one["code"] for one in faults] == ["ZIP010"]
    linted = cli("lint", path, "--main", "main.wdl", "--format", "json")
    assert linted.code == sent.code
    if sent.code == 1:
        assert {one["code"] for one in faults} <= set(linted.codes)


@pytest.mark.parametrize("what", SOUND)
def test_a_sound_zip_is_sent_as_it_is(what: str, cli: Cli, tmp_path: Path) -> None:
    path = write_zip(tmp_path, SOUND[what])
    sent = cli("submit", path, "--dry-run", "--no-lint", "--format", "json")
    assert sent.code == 0, sent.err
    assert sent.json["request"]["definitionZip"]["sha256"] == hashlib.sha256(SOUND[what]).hexdigest()


@pytest.mark.parametrize("program", ["zip", "git", "7z", "bsdtar"])
def test_zips_of_other_programs_are_sound(program: str, cli: Cli, folder: Path, tmp_path: Path) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"{program} is not installed")
    (folder / "empty").mkdir()
    (folder / "empty" / "x.txt").write_text("")
    path = tmp_path / "made.zip"
    git = ["git", "-c", "user.name=x", "-c", "user.email=x@example.org"]
    commands = {
        "zip": [["zip", "-qr", str(path), "."]],
        "git": [
            ["git", "init", "-q"],
            ["git", "add", "."],
            [*git, "commit", "-qm", "x"],
            ["git", "archive", "--format=zip", "-o", str(path), "HEAD"],
        ],
        "7z": [["7z", "a", "-tzip", str(path), "."]],
        "bsdtar": [["bsdtar", "--format", "zip", "-cf", str(path), "main.wdl", "empty"]],
    }
    for command in commands[program]:
        subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=30)
    sent = cli("submit", path, "--dry-run", "--no-lint", "--format", "json")
    assert sent.code == 0, sent.out


def test_the_python_api_refuses_too_and_no_policy_lowers_it(tmp_path: Path, emulator: RunningEmulator, cli: Cli) -> None:
    path = write_zip(tmp_path, REFUSED["a file twice"])
    target = Target("us-east-1", endpoint_url=emulator.endpoint_url)
    with pytest.raises(RefusedError):
        submit(load(str(path)), Request(name="x"), target, check=False, gate=False)
    (tmp_path / "packager.toml").write_text('[lint.severity]\nZIP012 = "info"\n[lint.per-path-ignore]\n"**" = ["ZIP0"]\n')
    assert cli("submit", path, "--dry-run", "--no-lint").code in (1, 2)
    (tmp_path / "packager.toml").write_text('[lint.severity]\nZIP012 = "info"\nZIP006 = "info"\n')
    for content in (REFUSED["a file twice"], AMBIGUOUS["bytes before"]):
        assert cli("submit", write_zip(tmp_path, content), "--dry-run", "--no-lint").code == 1


def test_a_damaged_file_is_not_left_out_in_silence(cli: Cli, tmp_path: Path) -> None:
    whole = zip_of((entry("main.wdl"), HELLO), (entry("lib.wdl"), OTHER))
    path = write_zip(tmp_path, _replaced(whole, b"workflow other", b"workflow 0ther"))
    sent = cli("submit", path, "--dry-run", "--no-lint", "--format", "json")
    assert (sent.code, "ZIP010" in sent.codes) == (1, True)


def test_package_builds_a_refused_zip_again(cli: Cli, tmp_path: Path) -> None:
    for content in (zip_of(*PLAIN, LINK), AMBIGUOUS["bytes before"]):
        path = write_zip(tmp_path, content)
        assert cli("submit", path, "--dry-run").code == 1
        made = cli("package", path, "-o", tmp_path / "clean.zip")
        assert made.code == 0, made.err
        assert "warning ZIP0" in made.err
        assert zipfile.ZipFile(tmp_path / "clean.zip").namelist() == sorted(name for name, _ in PLAIN)
        assert cli("submit", tmp_path / "clean.zip", "--dry-run").code == 0


@pytest.fixture
def deploy(cli: Cli, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """`packager submit --no-lint` to the emulator, STS included."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", emulator.endpoint_url)
    words = ("--no-lint", "--endpoint-url", emulator.endpoint_url, "--format", "json")
    return lambda *more: cli("submit", *more, *words)


def deployed_files(client: Any, workflow: str) -> dict[str, bytes]:
    url = client.get_workflow(id=workflow, export=["DEFINITION"])["definition"]
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=30)
    connection.request("GET", parts.path)
    with zipfile.ZipFile(io.BytesIO(connection.getresponse().read())) as archive:
        files = {name: archive.read(name) for name in archive.namelist()}
    connection.close()
    return files


def test_leftovers_and_what_is_excluded_are_not_sent(deploy: Callable[..., Result], client: Any, tmp_path: Path) -> None:
    leftovers = [("__MACOSX/._main.wdl", "x"), (".git/config", "x"), ("main.wdl~", OTHER), ("work/a/b.wdl", OTHER)]
    path = write_zip(tmp_path, zip_of(*PLAIN, *leftovers))
    sent = deploy(path)
    assert sent.code == 0, sent.err
    assert deployed_files(client, sent.json["workflowId"]) == {name: text.encode() for name, text in PLAIN}
    less = deploy(path, "--exclude", "docs", "--name", "less")
    assert deployed_files(client, less.json["workflowId"]).keys() == {"main.wdl"}
    assert less.json["contentDigest"] != sent.json["contentDigest"]


def test_a_tampered_zip_is_not_promoted(deploy: Callable[..., Result], client: Any, cli: Cli, folder: Path) -> None:
    made, record = folder / "rel.zip", folder / "r.jsonl"
    assert cli("package", folder, "-o", made, "--no-lint").code == 0
    dev = deploy(made, "--name", "a", "--target", "dev", "--record", record)
    assert dev.code == 0, dev.err
    prod = ("--name", "b", "--target", "prod", "--record", record, "--promote-from", "dev")
    good = made.read_bytes()
    with warnings.catch_warnings(), zipfile.ZipFile(made, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(entry("main.wdl"), OTHER)
    refused = deploy(made, *prod)
    assert refused.code == 1
    # The same files, but other bytes.
    with zipfile.ZipFile(io.BytesIO(good)) as before, zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for info in before.infolist():
            archive.writestr(entry(info.filename), before.read(info))
    other = deploy(made, *prod)
    assert (other.code, "the same files, but is another zip" in other.err) == (2, True)
    assert len(client.list_workflows()["items"]) == 1
    made.write_bytes(good)
    assert deploy(made, *prod).code == 0
    made.unlink()
    assert deploy(folder, "--name", "c", *prod[2:]).code == 0  # a folder by its content


def test_a_zip_that_changes_between_the_check_and_the_sending_is_not_sent(
    emulator: RunningEmulator, client: Any, tmp_path: Path
) -> None:
    from packager.aws.omics import deliver
    from packager.pipeline import prepare

    path = write_zip(tmp_path, PLAIN_ZIP)
    with prepare(load(str(path)), Request(name="x"), check=False, gate=False) as parcel:
        with path.open("r+b") as file:
            file.write(zip_of(*PLAIN, ("more", "x")))
        with pytest.raises(PackagerError, match="changed since it was checked"):
            deliver(parcel, Target("us-east-1", endpoint_url=emulator.endpoint_url), Delivery())
    assert client.list_workflows()["items"] == []


def test_a_deployed_zip_that_hides_something_is_not_the_same(
    deploy: Callable[..., Result], client: Any, folder: Path
) -> None:
    for number, content in enumerate((zip_of(("main.wdl", HELLO), LINK), _second_end())):
        made = client.create_workflow(name=f"n{number}", definitionZip=content, main="main.wdl", requestId=f"r{number}")
        settled(client, made["id"])
        done = deploy(folder, "--name", f"n{number}")
        if settled(client, made["id"])["status"] == "ACTIVE":
            assert (done.json["action"], done.json["workflowId"]) == ("created", made["id"])
            assert done.json["versionName"] is not None


def test_records_count_by_their_last_line(tmp_path: Path) -> None:
    from packager.records import check_promotion

    def line(status: str, ok: bool, **more: str) -> str:
        return json.dumps({"target": "dev", "arn": "arn:x", "status": status, "ok": ok, "contentDigest": "d", **more})

    path = tmp_path / "r.jsonl"
    path.write_text("\n".join([line("CREATING", False), line("ACTIVE", True, zipSha256="z"), ""]))
    assert check_promotion(path, "dev", "d", "z")["status"] == "ACTIVE"
    with pytest.raises(PackagerError, match="another zip"):
        check_promotion(path, "dev", "d", "y")
    path.write_text(path.read_text() + line("ACTIVE", False) + "\n")
    with pytest.raises(PackagerError, match="no ACTIVE submission"):
        check_promotion(path, "dev", "d")
