"""Submission against tampered zips, services that misbehave, signals and full disks; and the emulator against its clients."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import io
import json
import os
import re
import shutil
import signal
import socket
import socketserver
import sqlite3
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
from typing import Any
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.config import Config
from conftest import Cli, Result, process
from emulator_support import running, settled, zipped
from examples import CORRECT
from fault_support import FaultProxy, ProxyFault, hasten
from growth_support import alarm
from samples import sampled

from packager import load, submit
from packager.app.check import RefusedError
from packager.aws import client as aws_client
from packager.aws.client import Client
from packager.aws.deadline import Deadline, OutOfTimeError
from packager.aws.deliver.download import download
from packager.aws.deliver.prepared import DeliveryOptions, staging_of
from packager.aws.deliver.staging import PART_BYTES, Bucket, Payload, stage
from packager.aws.deliver.submission import FailedError, Submission
from packager.aws.session import Target
from packager.cli import main
from packager.emulator import EmulatorOptions, RunningEmulator, background, serve
from packager.emulator.processing import process as process_definition
from packager.emulator.s3_objects import ObjectError
from packager.emulator.s3_objects import download as download_object
from packager.errors import PackagerError, ServiceError
from packager.healthomics.deployed import deployed_as_far_as_known
from packager.healthomics.request import Request
from packager.jsondoc.schemas import violations
from packager.render.submission import resume_line

HELLO = CORRECT["main.wdl"]
HELLO_IMAGE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0"
OTHER = "version 1.0\nworkflow other {}\n"
LOCAL = Config(inject_host_prefix=False)
HARD_SECONDS = 60.0

if sys.platform != "win32":  # `nohup` ignores it, and the processes of these tests would inherit that
    signal.signal(signal.SIGHUP, signal.SIG_DFL)
Files = Callable[[dict[str, str | bytes]], Path]


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    with alarm(HARD_SECONDS):
        yield


@pytest.fixture(scope="module")
def sts() -> Iterator[str]:
    """An STS that tells nobody who they are."""
    with service(lambda *_: as_json(403, message="no")) as refusing:
        yield refusing.url


@pytest.fixture(autouse=True)
def _credentials(sts: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (
        ("AWS_ENDPOINT_URL_STS", sts),
        ("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test"), ("AWS_DEFAULT_REGION", "us-east-1"),
    ):  # fmt: skip
        monkeypatch.setenv(name, value)


@pytest.fixture
def hastened(monkeypatch: pytest.MonkeyPatch) -> None:
    """Short pauses between retries."""
    hasten(monkeypatch.setattr)


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
    buffer = _Unseekable() if stream else io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.comment = comment
            for info, content in entries:
                archive.writestr(info, content)
    return buffer.getvalue()


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
    "a comment that says PK": zip_of(*PLAIN, comment=b"made by PKZIP"),
    "rights of Windows": _with_extra(0x4453, b"\0" * 4),
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
    linted = cli("lint", path, "--main", "main.wdl", "--format", "json")
    assert linted.code == sent.code
    if what == "an end record in the comment":
        assert (sent.code, "is not a readable zip" in sent.err) == (2, True)
        return
    assert sent.code == 1, sent.out
    faults = [one for one in sent.json["diagnostics"] if one["code"] in ("ZIP006", "ZIP012")]
    assert [one["severity"] for one in faults] == ["error"], "one cause, one finding"
    assert "packager package" in faults[0]["hint"]
    assert faults[0] in linted.json["diagnostics"]


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


def test_the_python_api_refuses_too_and_no_policy_lowers_it(
    tmp_path: Path, emulator: RunningEmulator, cli: Cli
) -> None:
    path = write_zip(tmp_path, REFUSED["a file twice"])
    target = Target("us-east-1", endpoint_url=emulator.endpoint_url)
    with pytest.raises(RefusedError):
        submit(load(str(path)), Request(name="x"), target, check=False, gate=False)
    (tmp_path / "packager.toml").write_text(
        '[lint.severity]\nZIP012 = "info"\n[lint.per-path-ignore]\n"**" = ["ZIP0"]\n'
    )
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
        assert made.err.startswith("1 warning, ")
        assert "error ZIP0" in cli("lint", path).out
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


def test_leftovers_and_what_is_excluded_are_not_sent(
    deploy: Callable[..., Result], client: Any, tmp_path: Path
) -> None:
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
    assert (other.code, "the same files, but is a different zip" in other.err) == (2, True)
    assert len(client.list_workflows()["items"]) == 1
    made.write_bytes(good)
    assert deploy(made, *prod).code == 0
    made.unlink()
    assert deploy(folder, "--name", "c", *prod[2:]).code == 0  # a folder by its content


def test_a_zip_that_changes_between_the_check_and_the_sending_is_not_sent(
    emulator: RunningEmulator, client: Any, tmp_path: Path
) -> None:
    from packager.app.build import prepare
    from packager.app.options import SubmitOptions
    from packager.aws.deliver.delivery import deliver

    path = write_zip(tmp_path, PLAIN_ZIP)
    with prepare(load(str(path)), Request(name="x"), SubmitOptions(gate=False)) as parcel:
        with path.open("r+b") as file:
            file.write(zip_of(*PLAIN, ("more", "x")))
        with pytest.raises(PackagerError, match="changed since it was checked"):
            deliver(parcel, Target("us-east-1", endpoint_url=emulator.endpoint_url), DeliveryOptions())
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
    from packager.project.submission_log import check_promotion

    def line(status: str, ok: bool, **more: str) -> str:
        return json.dumps({"target": "dev", "arn": "arn:x", "status": status, "ok": ok, "contentDigest": "d", **more})

    path = tmp_path / "r.jsonl"
    path.write_text("\n".join([line("CREATING", False), line("ACTIVE", True, zipSha256="z"), ""]))
    assert check_promotion(path, "dev", "d", "z")["status"] == "ACTIVE"
    with pytest.raises(PackagerError, match="different zip"):
        check_promotion(path, "dev", "d", "y")
    path.write_text(path.read_text() + line("ACTIVE", False) + "\n")
    with pytest.raises(PackagerError, match="no ACTIVE submission"):
        check_promotion(path, "dev", "d")


# --- services that misbehave ------------------------------------------------------------------------------------------------

Answer = tuple[int, bytes]


class Service:
    """A server that answers as a function says; `calls` has the lines of all requests."""

    def __init__(self, answer: Callable[[str, str, bytes], Answer | None]) -> None:
        self.calls: list[str] = []
        service = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle(self) -> None:
                try:
                    super().handle()
                except OSError:
                    return  # the client left, as it may

            def log_message(self, *_: Any) -> None:
                """Nothing."""

            def respond(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                service.calls.append(f"{self.command} {self.path}")
                found = answer(self.command, self.path, body)
                if found is None:  # never answered
                    service.closing.wait(HARD_SECONDS)
                    self.close_connection = True
                    return
                self.send_response_only(found[0])
                self.send_header("Content-Length", str(len(found[1])))
                self.end_headers()
                self.wfile.write(found[1])

            do_GET = do_POST = do_DELETE = do_PUT = do_HEAD = respond  # noqa: N815 - the base class's names

        self.closing = threading.Event()
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self._thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def close(self) -> None:
        self.closing.set()
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()


@contextmanager
def service(answer: Callable[[str, str, bytes], Answer | None]) -> Iterator[Service]:
    made = Service(answer)
    try:
        yield made
    finally:
        made.close()


def as_json(http_status: int, **members: Any) -> Answer:
    return http_status, json.dumps(members).encode()


def before(
    upstream: str, change: Callable[[str, str], Answer | str | None]
) -> Callable[[str, str, bytes], Answer | None]:
    """Passes requests on, but those for which `change` has an answer; "hang" is none at all."""

    def answer(method: str, path: str, body: bytes) -> Answer | None:
        changed = change(method, path)
        if changed == "hang":
            return None
        if changed is not None:
            assert not isinstance(changed, str)
            return changed
        connection = http.client.HTTPConnection(urlsplit(upstream).netloc, timeout=30)
        connection.request(method, path, body=body, headers={"Content-Type": "application/json"})
        passed = connection.getresponse()
        content = passed.read()
        connection.close()
        return passed.status, content

    return answer


def send(cli: Cli, folder: Path, url: str, *more: str | Path) -> Result:
    words = ("--no-lint", "--name", "x", "--format", "json", "--region", "us-east-1")
    return cli("submit", folder, *words, "--endpoint-url", url, *more)


def an_item(number: int) -> dict[str, Any]:
    return {"id": str(number), "name": "another", "status": "ACTIVE", "type": "PRIVATE"}


def test_pages_without_an_end_stop_at_the_deadline(cli: Cli, folder: Path) -> None:
    numbers = iter(range(10**9))
    with service(lambda *_: as_json(200, items=[an_item(1)], nextToken=f"t{next(numbers)}")) as endless:
        done = send(cli, folder, endless.url, "--timeout", "1.5")
    assert done.code == 3
    assert "within 1.5 s" in done.err


def test_pages_without_an_end_stop_at_a_bound(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_client, "MAX_PAGES", 7)
    numbers = iter(range(10**9))
    for command in (("submit", "--no-lint"), ("diff",)):
        with service(lambda *_: as_json(200, items=[], nextToken=f"t{next(numbers)}")) as endless:
            words = ("--endpoint-url", endless.url, "--region", "us-east-1", "--name", "x")
            done = cli(command[0], folder, *command[1:], *words)
        assert (done.code, "more than 7 pages" in done.err) == (3, True), done.err
        assert len(endless.calls) == 7


@pytest.mark.parametrize("token", ["t", ["t"], 5])
def test_a_token_that_comes_twice_or_is_no_string(token: Any, cli: Cli, folder: Path) -> None:
    with service(lambda *_: as_json(200, items=[], nextToken=token)) as circle:
        done = send(cli, folder, circle.url)
    assert done.code == 3, done.err
    assert len(circle.calls) <= 2


def test_a_service_that_never_answers(cli: Cli, folder: Path) -> None:
    with service(lambda *_: None) as silent:
        for words in (("submit", folder, "--no-lint"), ("status", "123"), ("diff", folder, "--name", "x")):
            done = cli(*words, "--endpoint-url", silent.url, "--region", "us-east-1", "--timeout", "0.5")
            assert (done.code, "within 0.5 s" in done.err) == (3, True), done.err


def test_an_answer_that_drips(cli: Cli, folder: Path) -> None:
    class Drip(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            while not over.wait(0.1):
                self.wfile.write(b" ")

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    over = threading.Event()
    with ThreadingHTTPServer(("127.0.0.1", 0), Drip) as server:
        server.daemon_threads = True
        server.handle_error = lambda *_: None  # type: ignore[method-assign]  # the client left, as it may
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        done = send(cli, folder, f"http://127.0.0.1:{server.server_address[1]}", "--timeout", "1")
        over.set()
        server.shutdown()
        thread.join()
    assert (done.code, "within 1 s" in done.err) == (3, True)


def test_a_silent_sts_and_a_silent_s3(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(method: str, path: str, _: bytes) -> Answer | None:
        return as_json(200, items=[]) if (method, path.partition("?")[0]) == ("GET", "/workflow") else None

    with service(answer) as silent:
        for name in ("STS", "S3"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", silent.url)
        staged = ("--staging", "s3://some-bucket/x", "--stage", "definition")
        for more in (("--account", "123456789012"), (*staged, "--workflow-bucket-owner-id", "123456789012")):
            done = send(cli, folder, silent.url, "--timeout", "1", *more)
            assert (done.code, "within 1 s" in done.err) == (3, True), done.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has another shell")
def test_a_program_for_credentials_that_hangs(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    Path(os.environ["AWS_CONFIG_FILE"]).write_text("[profile slow]\ncredential_process = sleep 4\n")
    done = send(cli, folder, "http://127.0.0.1:9", "--profile", "slow", "--timeout", "0.5")
    assert (done.code, "within 0.5 s" in done.err) == (3, True), done.err


def test_the_deadline_is_kept_whoever_asks() -> None:
    with pytest.raises(OutOfTimeError):
        Deadline.after(0.1).run("x", lambda: time.sleep(5))
    with pytest.raises(OutOfTimeError):
        Deadline.after(0).run("x", lambda: 1)
    assert Deadline.after(5).run("x", lambda: 1) == 1
    with pytest.raises(ZeroDivisionError):
        Deadline.after(5).run("x", lambda: 1 // 0)


# --- created, and told ------------------------------------------------------------------------------------------------------


def created_id(client: Any) -> str:
    (item,) = client.list_workflows(type="PRIVATE")["items"]
    return str(item["id"])


def assert_told(done: Result, record: Path, workflow: str) -> None:
    """The id is on stderr with the line to resume, in the JSON, and in the record."""
    assert re.search(rf"to wait for it: packager status {workflow} --wait", done.err), done.err
    assert done.json["workflowId"] == workflow
    assert done.json["resume"].startswith(f"packager status {workflow} --wait")
    assert violations("report", done.json) == ()
    lines = [json.loads(line) for line in record.read_text().splitlines()]
    assert {(one["workflowId"], one["action"], one["ok"]) for one in lines} == {(workflow, "created", False)}
    assert all(violations("record", one) == () for one in lines)


LIST_FAILURES: dict[str, Answer] = {
    "500": as_json(500, message="no"),
    "403": as_json(403, message="no"),
    "not UTF-8": (200, b'{"items": ["\xff"]}'),
    "no items": as_json(200, items=5),
    "an item without an id": as_json(200, items=[{"name": "x", "type": "PRIVATE"}]),
    "an item of the wrong form": as_json(200, items=[{**an_item(7), "name": "x", "uuid": ["7"]}]),
    "a time that is none": as_json(200, items=[{**an_item(7), "name": "x", "creationTime": "x"}]),
}  # fmt: skip


@pytest.mark.usefixtures("hastened")
@pytest.mark.parametrize("what", LIST_FAILURES)
def test_what_was_created_is_told_though_the_look_for_twins_fails(
    what: str, cli: Cli, folder: Path, emulator: RunningEmulator, client: Any
) -> None:
    emulator.faults.set({"never_finish": 1})
    made: list[str] = []

    def change(method: str, path: str) -> Answer | None:
        if method == "POST":
            made.append(path)
        return LIST_FAILURES[what] if made and path.startswith("/workflow?") else None

    with service(before(emulator.endpoint_url, change)) as between:
        done = send(cli, folder, between.url, "--record", folder / "r.jsonl")
    assert done.code == 3, done.err
    assert_told(done, folder / "r.jsonl", created_id(client))


GET_FAILURES: dict[str, Answer] = {
    "a storage type that is a number": as_json(200, id="7", status="CREATING", storageType=5),
    "a time that is none": as_json(200, id="7", status="CREATING", creationTime="x"),
    "NaN": (200, b'{"id": "7", "status": "CREATING", "creationTime": NaN}'),
    "not UTF-8": (200, b'{"id": "\xff", "status": "CREATING"}'),
    "profiles that are a number": as_json(200, id="7", status="CREATING", profiles=5),
    "a UUID that is a list": as_json(200, id="7", status="CREATING", uuid=[]),
    "403": as_json(403, message="no"),
}


@pytest.mark.usefixtures("hastened")
@pytest.mark.parametrize("what", GET_FAILURES)
def test_what_was_created_is_told_though_it_is_shown_in_a_wrong_form(
    what: str, cli: Cli, folder: Path, emulator: RunningEmulator, client: Any
) -> None:

    def change(method: str, path: str) -> Answer | None:
        return GET_FAILURES[what] if method == "GET" and re.match(r"/workflow/\d", path) else None

    with service(before(emulator.endpoint_url, change)) as between:
        done = send(cli, folder, between.url, "--record", folder / "r.jsonl")
    assert done.code == 3, done.err
    assert_told(done, folder / "r.jsonl", created_id(client))


@pytest.mark.usefixtures("hastened")
@pytest.mark.parametrize("members", [{}, {"status": "CREATING", "arn": 5, "uuid": []}, {"tags": 7}])
def test_a_creation_whose_answer_is_broken_but_has_an_id(members: dict[str, Any], cli: Cli, folder: Path) -> None:
    def answer(method: str, path: str, _: bytes) -> Answer:
        if method == "POST":
            return as_json(201, id="1234567", **members)
        return as_json(200, items=[]) if path.startswith("/workflow?") else as_json(500, message="no")

    with service(answer) as broken:
        done = send(cli, folder, broken.url, "--record", folder / "r.jsonl", "--timeout", "20")
    assert done.code in (3, 4), done.err
    assert_told(done, folder / "r.jsonl", "1234567")


def test_the_time_runs_out_after_the_creation(cli: Cli, folder: Path, emulator: RunningEmulator, client: Any) -> None:
    made: list[str] = []

    def change(method: str, path: str) -> Answer | str | None:
        if made:
            return "hang"
        if method == "POST":
            made.append(path)
        return None

    with service(before(emulator.endpoint_url, change)) as between:
        done = send(cli, folder, between.url, "--record", folder / "r.jsonl", "--timeout", "3")
    assert done.code == 4, done.err
    assert_told(done, folder / "r.jsonl", created_id(client))


def test_a_bug_after_the_creation(
    cli: Cli, folder: Path, emulator: RunningEmulator, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise ZeroDivisionError("oops")

    monkeypatch.setattr("tempfile.tempdir", str(folder))  # where the log goes
    monkeypatch.setattr("packager.aws.deliver.creation._check_twins", crash)
    emulator.faults.set({"never_finish": 1})
    done = send(cli, folder, emulator.endpoint_url, "--record", folder / "r.jsonl")
    assert done.code == 70
    assert_told(done, folder / "r.jsonl", created_id(client))


def test_the_python_api_has_what_was_created(folder: Path, emulator: RunningEmulator, client: Any) -> None:
    made: list[str] = []

    def change(method: str, path: str) -> Answer | None:
        if method == "POST":
            made.append(path)
        return as_json(403, message="no") if made and path.startswith("/workflow?") else None

    with service(before(emulator.endpoint_url, change)) as between, pytest.raises(FailedError) as failed:
        submit(
            load(str(folder / "main.wdl")), Request(name="x"), Target("us-east-1", endpoint_url=between.url), gate=False
        )
    assert failed.value.submission.workflow_id == created_id(client)
    assert failed.value.exit_code == 3


# Whoever runs the tests in the background has ^C ignored, which a child would inherit.
WAITING = ("--no-lint", "--name", "x", "--format", "json", "--region", "us-east-1", "--timeout", "60")


def signalled(folder: Path, url: str, chosen: str, ready: Callable[[], bool], *more: str) -> tuple[int, str, str]:
    """`packager submit` in a process of its own that gets a signal when it is ready."""
    with process(
        "submit", str(folder), *WAITING, "--endpoint-url", url, "--record", str(folder / "r.jsonl"), *more
    ) as child:
        deadline = time.monotonic() + HARD_SECONDS / 2
        while not ready() and time.monotonic() < deadline:
            time.sleep(0.02)
        for one in chosen.split():
            child.send_signal(signal.Signals[one])
        out, err = child.communicate(timeout=HARD_SECONDS / 2)
    return child.returncode, out, err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_while_it_waits(folder: Path, emulator: RunningEmulator, client: Any) -> None:
    emulator.faults.set({"never_finish": 1})
    record = folder / "r.jsonl"
    code, out, err = signalled(
        folder, emulator.endpoint_url, "SIGTERM SIGHUP SIGTERM", lambda: record.exists() and record.stat().st_size > 0
    )
    assert code == 130, err
    assert "Traceback" not in err
    assert_told(Result(code, out, err), record, created_id(client))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_a_signal_while_the_answer_to_the_creation_is_under_way(
    folder: Path, emulator: RunningEmulator, client: Any
) -> None:
    emulator.faults.set({"kind": "delay", "count": 1, "operation": "CreateWorkflow", "delay_seconds": 1.0})
    code, out, err = signalled(
        folder, emulator.endpoint_url, "SIGHUP", lambda: bool(client.list_workflows(type="PRIVATE")["items"])
    )
    assert code == 130, err
    assert_told(Result(code, out, err), folder / "r.jsonl", created_id(client))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_the_emulator_ends_by_sigterm(tmp_path: Path) -> None:
    with process("emulator", "--port", "0", "--db", str(tmp_path / "state.sqlite")) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGTERM)
        _, err = child.communicate(timeout=HARD_SECONDS / 2)
    assert (child.returncode, "Traceback" in err) == (130, False)


@pytest.mark.usefixtures("hastened")
@pytest.mark.parametrize("body", [b"<html>", b"", b'{"id": 5}'])
def test_a_creation_whose_answer_cannot_be_read_says_so(body: bytes, cli: Cli, folder: Path) -> None:
    def answer(method: str, path: str, _: bytes) -> Answer:
        if method == "POST":
            return 201, body
        return as_json(200, items=[]) if path.startswith("/workflow?") else as_json(500, message="no")

    with service(answer) as broken:
        done = send(cli, folder, broken.url, "--timeout", "20")
    assert done.code in (3, 4), done.err
    assert "the workflow was created: run the same command again" in done.err or "packager status 5 --wait" in done.err


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no device that is always full")
@pytest.mark.parametrize("full", ["stdout", "stderr"])
def test_a_full_disk_after_the_creation(
    full: str, folder: Path, emulator: RunningEmulator, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.faults.set({"never_finish": 1})
    record = folder / "r.jsonl"
    other = io.StringIO()
    monkeypatch.setattr(sys, "stderr" if full == "stdout" else "stdout", other)
    with Path("/dev/full").open("w", buffering=1) as device:
        monkeypatch.setattr(sys, full, device)
        words = [*WAITING[:-1], "3", "--record", str(record), "--endpoint-url", emulator.endpoint_url]
        code = main(["submit", str(folder), *words])
        with contextlib.suppress(OSError):
            device.close()
    monkeypatch.undo()
    workflow = str(client.list_workflows(type="PRIVATE")["items"][0]["id"])
    assert code == 4
    assert f"packager status {workflow} --wait" in other.getvalue()
    assert f'"workflowId": "{workflow}"' in record.read_text()


def test_a_record_that_cannot_be_written_after_the_creation(
    cli: Cli, folder: Path, emulator: RunningEmulator, client: Any
) -> None:
    record = folder / "r.jsonl"

    def change(method: str, _: str) -> None:
        if method == "POST":  # from now on, something else is in its place
            record.unlink()
            record.mkdir()

    for never, expected in ((1, 4), (0, 2)):
        emulator.faults.set({"never_finish": never})
        name = ("--name", f"x{never}", "--record", record, "--timeout", "3" if never else "60")
        with service(before(emulator.endpoint_url, change)) as between:
            done = send(cli, folder, between.url, *name)
        assert done.code == expected, done.err  # that of the failure, or of the record itself
        workflow = done.json["workflowId"]
        assert f'"workflowId": "{workflow}"' in done.err  # the line that could not be written
        assert not never or f"packager status {workflow} --wait" in done.err
        record.rmdir()
    assert len(client.list_workflows(type="PRIVATE")["items"]) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other pipes")
def test_nobody_reads_what_was_created(
    folder: Path, emulator: RunningEmulator, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    emulator.faults.set({"never_finish": 1})
    reading, writing = os.pipe()
    os.close(reading)
    err = io.StringIO()
    monkeypatch.setattr(sys, "stderr", err)
    with open(writing, "w", encoding="utf-8") as closed:  # noqa: PTH123 - a descriptor has no path
        monkeypatch.setattr(sys, "stdout", closed)
        main(["submit", str(folder), *WAITING, "--no-wait", "--endpoint-url", emulator.endpoint_url])
    monkeypatch.undo()
    assert f"packager status {created_id(client)} --wait" in err.getvalue()


# --- staging ----------------------------------------------------------------------------------------------------------------

OWNER = "123456789012"  # moto's account


@pytest.fixture
def proxy(moto: str) -> Iterator[FaultProxy]:
    made = FaultProxy(moto)
    yield made
    made.close()


@pytest.fixture
def stored(moto: str, request: pytest.FixtureRequest) -> Iterator[tuple[Any, str]]:
    """A client of S3 past the proxy, and a bucket."""
    s3 = boto3.client("s3", endpoint_url=moto)
    bucket = "hostile-" + hashlib.sha256(request.node.name.encode()).hexdigest()[:16]
    s3.create_bucket(Bucket=bucket)
    yield s3, bucket
    s3.close()


def upload(proxy: FaultProxy, bucket: str, content: bytes, seconds: float = 30) -> bool:
    """Stage a content through the proxy; whether it was there already."""
    plain = boto3.client("s3", endpoint_url=proxy.url)
    digest = hashlib.sha256(content).hexdigest()
    try:
        client = Client(plain, Deadline.after(seconds))
        payload = Payload(io.BytesIO(content), len(content), digest, ".zip")
        return stage(client, staging_of(f"s3://{bucket}/x"), payload, Bucket(OWNER, "us-east-1")).reused
    finally:
        plain.close()


def assert_stored(stored: tuple[Any, str], content: bytes) -> None:
    s3, bucket = stored
    (item,) = s3.list_objects_v2(Bucket=bucket)["Contents"]
    assert item["Key"] == f"x/{hashlib.sha256(content).hexdigest()}.zip"
    assert item["Size"] == len(content)
    assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


LARGE = bytes(range(256)) * (PART_BYTES // 256) + b"the last part"


@pytest.mark.usefixtures("hastened")
@pytest.mark.parametrize("count", [1, 9])
def test_a_lost_answer_to_the_end_of_an_upload(count: int, proxy: FaultProxy, stored: tuple[Any, str]) -> None:
    proxy.faults = [ProxyFault("cut_after", r"^POST .*uploadId", count)]
    assert not upload(proxy, stored[1], LARGE)
    assert_stored(stored, LARGE)


@pytest.mark.usefixtures("hastened")
def test_a_lost_answer_to_a_small_upload(proxy: FaultProxy, stored: tuple[Any, str]) -> None:
    proxy.faults = [ProxyFault("cut_after", "^PUT", 9)]
    assert not upload(proxy, stored[1], b"small")
    assert_stored(stored, b"small")


@pytest.mark.usefixtures("hastened")
@pytest.mark.parametrize("kind", ["error", "cut_before"])
def test_an_upload_that_fails_leaves_no_parts(kind: str, proxy: FaultProxy, stored: tuple[Any, str]) -> None:
    s3, bucket = stored
    # The first answer to the clean-up is lost, too.
    proxy.faults = [ProxyFault(kind, r"^PUT .*partNumber=2", 9), ProxyFault("cut_after", "^DELETE", 1)]
    with pytest.raises(ServiceError, match="UploadPart"):
        upload(proxy, bucket, LARGE)
    assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []
    assert s3.list_objects_v2(Bucket=bucket).get("Contents", []) == []


def test_an_upload_that_takes_too_long_leaves_no_parts(
    moto: str, stored: tuple[Any, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    s3, bucket = stored
    waiting = threading.Event()

    class Slow(FaultProxy):
        def answer(self, handler: BaseHTTPRequestHandler) -> None:
            if "partNumber=1" in handler.path:
                waiting.wait(HARD_SECONDS)
            super().answer(handler)

    slow = Slow(moto)
    try:
        with pytest.raises(OutOfTimeError, match="UploadPart"):
            upload(slow, bucket, LARGE, seconds=1.5)
        assert s3.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []
    finally:
        waiting.set()
        slow.close()


# --- the emulator -----------------------------------------------------------------------------------------------------------

LONG = 100_000


def call_emulator(emulator: RunningEmulator, method: str, path: str, body: Any = None) -> tuple[int, str]:
    """A request, and how long it took is bounded by the alarm."""
    connection = http.client.HTTPConnection(urlsplit(emulator.endpoint_url).netloc, timeout=HARD_SECONDS)
    content = body if isinstance(body, bytes) else json.dumps(body or {}).encode()
    connection.request(method, path, body=content)
    answer = connection.getresponse()
    text = answer.read().decode()
    connection.close()
    return answer.status, text


def cpu_of(step: Callable[[], object]) -> float:
    started = time.process_time()
    step()
    return time.process_time() - started


def test_a_repository_id_of_slashes_is_refused_at_once(emulator: RunningEmulator) -> None:
    repository = {
        "connectionArn": "arn:aws:a:b:123456789012:c",
        "fullRepositoryId": "/" * LONG + "\n",
    }
    status, text = call_emulator(emulator, "POST", "/workflow", {"requestId": "x", "definitionRepository": repository})
    assert (status, "fullRepositoryId` must have at most" in text) == (400, True)


@pytest.mark.parametrize(
    "value",
    ["/" * 2047 + "\n", "arn:aws:" + ":" * LONG, "arn:aws" + "-a" * LONG, "a/" * LONG, "s3://" + "a" * LONG, "\n" * LONG, "1" * LONG],
)  # fmt: skip
def test_no_string_member_takes_long(value: str) -> None:
    """Every string of a request, whatever is in it."""
    from packager.emulator.operations import EMULATED
    from packager.emulator.validation import read_shape
    from packager.healthomics import api_model

    shapes = api_model.service_model()["shapes"]
    names: set[str] = set()

    def walk(name: str) -> None:
        if name not in names:
            names.add(name)
            shape = shapes[name]
            for reference in (
                *shape.get("members", {}).values(),
                *(shape.get(one) for one in ("member", "key", "value")),
            ):
                if reference:
                    walk(reference["shape"])

    for operation in EMULATED:
        walk(api_model.service_model()["operations"][operation]["input"]["shape"])
    strings = sorted(name for name in names if shapes[name]["type"] == "string")
    assert "FullRepositoryId" in strings
    taken = cpu_of(lambda: [read_shape(name, value) for name in strings])
    assert taken < 5.0, "a pattern takes the square of the length"


def test_the_linear_check_of_repository_ids_is_the_pattern() -> None:
    from packager.healthomics import limits

    for text in ("a/b", "/", "a/", "/a", "a//b", "///", "a/b/c", "", "a", "a\n/b", "a/b\n", "é/ü"):
        assert limits.is_repository_id(text) == bool(re.fullmatch(limits.FULL_REPOSITORY_ID_PATTERN, text)), text


def test_requests_of_many_entries_are_refused_at_once(emulator: RunningEmulator) -> None:
    hostile: tuple[dict[str, Any], ...] = (
        {"containerRegistryMap": {"imageMappings": [0] * 1_000_000}},
        {"containerRegistryMap": {"imageMappings": [{}] * 500_000}},
        {"tags": {str(number): 0 for number in range(200_000)}},
        {"parameterTemplate": {str(number): {} for number in range(200_000)}},
        {"tags": {"k" * 1_000_000: "v"}},
    )
    for members in hostile:
        status, _ = call_emulator(emulator, "POST", "/workflow", {"requestId": "x", **members})
        assert status == 400
    for body in (b"[" * 1_000_000, b'{"a":' * 200_000, b'{"storageCapacity": ' + b"1" * 1_000_000 + b"}"):
        assert call_emulator(emulator, "POST", "/workflow", body)[0] == 400
    for path in ("/workflow/" + "1" * 60_000, "/tags/arn:" + ":" * 60_000, "/workflow?startingToken=" + "A" * 60_000):
        assert call_emulator(emulator, "GET", path)[0] == 400


def test_checks_of_requests_take_no_square_of_the_length(cli: Cli, folder: Path) -> None:
    for words in (
        ("--description", "a" * 50_000),
        ("--description", "a.b" * 20_000),
        ("--definition-repository", json.dumps({"connectionArn": "arn:aws:" + ":" * LONG, "fullRepositoryId": "/" * LONG + "\n"})),
        ("--readme-markdown", "[" * 400_000),
        ("--readme-markdown", "![" * 200_000 + "](x.png)"),
    ):  # fmt: skip
        assert cpu_of(lambda words=words: cli("submit", folder, "--dry-run", "--no-lint", *words)) < 10.0  # type: ignore[misc]


def judgement(monkeypatch: pytest.MonkeyPatch, judge: Callable[[], object], named: str = "bad") -> None:
    """Definitions of a name are judged by a function of the test's; the others as ever."""

    def judged(members: dict[str, Any], *more: Any) -> Any:
        if members.get("name") == named:
            judge()
        return process_definition(members, *more)

    monkeypatch.setattr(background, "process", judged)


def create(client: Any, name: str) -> str:
    content = zipped({"main.wdl": OTHER})
    return str(client.create_workflow(name=name, definitionZip=content, requestId=name)["id"])


def _spin() -> None:
    while True:
        sum(range(1000))


def _leave() -> None:
    raise SystemExit


def _recurse() -> None:
    _recurse()


def test_the_worker_gets_past_a_definition_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    judgement(monkeypatch, _spin)
    with running(tmp_path / "state.sqlite", definition_seconds=0.3) as (_, client):
        bad, good = create(client, "bad"), create(client, "good")
        seen = settled(client, bad)
        assert (seen["status"], "was not processed within 0.3 seconds" in seen["statusMessage"]) == ("FAILED", True)
        assert settled(client, good)["status"] == "ACTIVE"
        deadline = time.monotonic() + 10
        while any(one.name == "packager-emulator-definition" for one in threading.enumerate()):
            assert time.monotonic() < deadline, "the thread goes on"
            time.sleep(0.05)


def test_the_worker_gets_past_it_after_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = tmp_path / "state.sqlite"
    with running(database, delay=3600.0) as (_, client):
        bad, good = create(client, "bad"), create(client, "good")
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE resources SET ready = 0")
    judgement(monkeypatch, _spin)
    with running(database, definition_seconds=0.3) as (_, client):
        assert settled(client, bad)["status"] == "FAILED"
        assert settled(client, good)["status"] == "ACTIVE"


@pytest.mark.parametrize("crash", [_leave, _recurse])
def test_the_worker_gets_past_a_definition_that_crashes(
    crash: Callable[[], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judgement(monkeypatch, crash)
    with serve(tmp_path / "state.sqlite", EmulatorOptions(delay=0.0), log=lambda _: None) as emulator:
        client = boto3.client("omics", endpoint_url=emulator.endpoint_url, config=LOCAL)
        bad, good = create(client, "bad"), create(client, "good")
        assert "internal error" in settled(client, bad)["statusMessage"]
        assert settled(client, good)["status"] == "ACTIVE"
        client.close()


def test_a_result_that_cannot_be_stored_does_not_stop_the_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from packager.emulator.records import Result as Ended

    def judged(members: dict[str, Any], *more: Any) -> Any:
        bad = members.get("name") == "bad"
        return Ended("FAILED", "half a pair: \ud800") if bad else process_definition(members, *more)

    monkeypatch.setattr(background, "process", judged)
    with serve(tmp_path / "state.sqlite", EmulatorOptions(delay=0.0), log=lambda _: None) as emulator:
        client = boto3.client("omics", endpoint_url=emulator.endpoint_url, config=LOCAL)
        bad, good = create(client, "bad"), create(client, "good")
        assert settled(client, bad)["status"] == "FAILED"
        assert settled(client, good)["status"] == "ACTIVE"
        client.close()


def test_a_definition_that_ends_the_emulator_is_tried_only_so_often(tmp_path: Path) -> None:
    """A crash in C code, such as too deep a recursion, ends the process. Its next starts find the definition in the database."""
    database = tmp_path / "state.sqlite"
    with running(database, delay=3600.0) as (_, client):
        bad = create(client, "bad")
    with contextlib.closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE resources SET ready = 0")
        for _ in range(3):
            connection.execute("INSERT INTO attempts (sequence, started) SELECT sequence, 0 FROM resources")
    with running(database) as (_, client):
        seen = settled(client, bad)
        good = create(client, "good")
        assert settled(client, good)["status"] == "ACTIVE"
    assert (seen["status"], "ended 3 times" in seen["statusMessage"]) == ("FAILED", True)
    with contextlib.closing(sqlite3.connect(database)) as connection:
        assert connection.execute("SELECT count(*) FROM attempts").fetchone() == (0,)


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ("DROP TABLE requests", "is damaged: it lacks requests"),
        ("DROP TABLE pieces; DROP TABLE blobs", "is damaged: it lacks blobs, pieces"),
        ("PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql = CAST(x'95ff00' AS TEXT)", "as a database"),
    ],
)
def test_a_damaged_state_is_told_at_the_start(damage: str, words: str, cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with serve(path):
        pass
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.executescript(f"PRAGMA foreign_keys = OFF; {damage}")
        connection.commit()
    done = cli("status", "1000001", "--local", "--db", path)
    assert (done.code, words in done.err, "hint: use another file" in done.err) == (2, True, True), done.err


def test_a_state_that_is_damaged_later_is_told_to_the_client(emulator: RunningEmulator, tmp_path: Path) -> None:
    path = tmp_path / "state.sqlite"
    with serve(path) as running_here:
        path.write_bytes(b"something else" * 1000)
        status, text = call_emulator(running_here, "GET", "/workflow")
    assert (status, "the emulator's database cannot be used" in text) == (500, True)
    assert str(tmp_path) not in text


@pytest.mark.parametrize(
    "bucket", ["arn:aws:s3:us-east-1:123456789012:accesspoint:a", "..", "a..b", "A", "127.0.0.1:1"]
)
def test_a_bucket_is_a_bucket_of_the_endpoint(bucket: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with service(lambda *_: (200, b"x")) as store:
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", store.url)
        with pytest.raises(ObjectError, match="is not the URI of an S3 object"):
            download_object(f"s3://{bucket}/key", tmp_path / "x", most=10, region="us-east-1")
        assert store.calls == []
        download_object("s3://bucket/key", tmp_path / "x", most=10, region="us-east-1")
        assert store.calls == ["GET /bucket/key"]


# --- answers without an end, and of something else ---------------------------------------------------------------------------


@contextmanager
def raw(answer: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that reads the head of a request and then does what a function does with the connection."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with contextlib.suppress(OSError):
                self.request.recv(65536)
                answer(self.request)

    class Server(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}"
        finally:
            server.shutdown()
            thread.join()


def endless(head: str, piece: bytes = b" " * 65536) -> Callable[[socket.socket], None]:
    def answer(connection: socket.socket) -> None:
        connection.sendall(head.replace("\n", "\r\n").encode())
        while True:
            connection.sendall(piece)

    return answer


ENDLESS = {
    "no length": endless("HTTP/1.1 200 OK\n\n"),
    "chunks": endless("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n", b"10000\r\n" + b" " * 65536 + b"\r\n"),
    "a length": endless("HTTP/1.1 200 OK\nContent-Length: 99999999999\n\n"),
    "an error": endless("HTTP/1.1 400 No\n\n"),
}


@pytest.mark.parametrize("what", list(ENDLESS))
def test_an_answer_without_an_end_is_not_read_to_the_end(
    what: str, cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws_client, "MAX_BYTES", 1_000_000)
    where = ("--region", "us-east-1", "--timeout", "30")
    with raw(ENDLESS[what]) as url:
        for words in (
            ("submit", folder, "--no-lint", "--name", "x"),
            ("status", "123"),
            ("diff", folder, "--name", "x"),
        ):
            done = cli(*words, "--endpoint-url", url, *where)
            assert (done.code, "it has more than 1,000,000 bytes" in done.err) == (3, True), done.err
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", url)
        done = cli("submit", folder, "--no-lint", "--name", "x", "--account", "123456789012", *where)
        assert (done.code, "more than 1,000,000 bytes" in done.err) == (3, True), done.err
        monkeypatch.setenv("AWS_ENDPOINT_URL_ECR", url)
        (folder / "map.json").write_text(json.dumps({"imageMappings": [mapping()]}))
        done = cli("map", "pin", folder / "map.json")
        assert (done.code, "it has more than 1,000,000 bytes" in done.err) == (3, True), done.err


def mapping() -> dict[str, str]:
    return {"sourceImage": "quay.io/a/b:1", "destinationImage": "123456789012.dkr.ecr.us-east-1.amazonaws.com/foo:1"}


def test_a_creation_with_an_endless_answer_may_have_been_made(
    cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(aws_client, "MAX_BYTES", 1000)
    with service(
        lambda method, *_: (201, b" " * 2000) if method == "POST" else as_json(200, items=[])
    ) as endless_answer:
        done = send(cli, folder, endless_answer.url)
    assert done.code == 3
    assert "the workflow may have been created: run the same command again" in done.err


def test_a_long_reason_is_shortened(cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with service(lambda *_: as_json(400, message="x" * 100_000)) as talkative:
        assert len(send(cli, folder, talkative.url).err) < 5000
    with service(lambda *_: (200, b"[" * 100_000)) as talkative:
        monkeypatch.setenv("AWS_ENDPOINT_URL_STS", talkative.url)
        done = send(cli, folder, talkative.url, "--account", "123456789012")
    assert (done.code, len(done.err) < 5000) == (3, True)


@pytest.mark.parametrize("body", [b"", b"{}", b"<html>log in</html>", b'{"ima'])
def test_a_page_of_something_else_is_no_answer_that_an_image_is_missing(
    body: bytes, cli: Cli, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "map.json"
    path.write_text(json.dumps({"imageMappings": [mapping()]}))
    (folder / "main.wdl").write_text(HELLO.replace(HELLO_IMAGE, mapping()["destinationImage"]))
    with service(lambda *_: (200, body)) as other:
        for name in ("ECR", "STS"):
            monkeypatch.setenv(f"AWS_ENDPOINT_URL_{name}", other.url)
        for words in (("map", "pin", path), ("images", folder, "--online", "--timeout", "20")):
            done = cli(*words)
            assert (done.code, "no tag" in done.out + done.err, "IMG023" in done.out) == (3, False, False), done.err
            assert "unexpected response" in done.err


def test_no_redirection_leads_to_an_address_that_is_not_followed() -> None:
    class Redirecting(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200 if self.path == "/there" else 302)
            if self.path != "/there":
                self.send_header("Location", locations[self.path])
            self.end_headers()
            self.wfile.write(b"readme" if self.path == "/there" else b"")

        def log_message(self, *_: Any) -> None:
            """Nothing."""

    locations = {"/a": "/there", "/b": "http://192.0.2.1/latest/meta-data", "/c": "ftp://127.0.0.1/x", "/d": "/d"}
    with ThreadingHTTPServer(("127.0.0.1", 0), Redirecting) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        kept = io.BytesIO()
        assert download(f"{url}/a", kept, what="it") == len(kept.getvalue()) == 6
        for path in ("/b", "/c", "/d"):
            with pytest.raises(ServiceError, match="could not be read: HTTP status 302"):
                download(url + path, io.BytesIO(), what="it", deadline=Deadline.after(20))
        server.shutdown()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_a_record_that_fits_only_in_part_is_an_error(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    program = (
        "import resource, signal, sys; from pathlib import Path; from packager.project import submission_log\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN); resource.setrlimit(resource.RLIMIT_FSIZE, (50, 50))\n"
        "submission_log._append(Path(sys.argv[1]), 'x' * 80 + '\\n')"
    )
    done = subprocess.run([sys.executable, "-c", program, str(path)], capture_output=True, text=True, check=False)
    assert "PackagerError: cannot write" in done.stderr


TOGETHER = ("SIGINT SIGINT", "SIGTERM SIGINT SIGINT", "SIGINT SIGHUP SIGTERM", "SIGHUP SIGINT")


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("signals", sampled(TOGETHER, ["SIGINT SIGHUP SIGTERM"]))
def test_signals_that_come_together_end_it_once(folder: Path, emulator: RunningEmulator, signals: str) -> None:
    emulator.faults.set({"never_finish": 6})
    record = folder / "r.jsonl"

    def ready() -> bool:
        return record.exists() and record.stat().st_size > 0

    code, out, err = signalled(folder, emulator.endpoint_url, signals, ready, "--name", "x")
    assert (code, err.count("interrupted")) == (130, 1), err
    assert json.loads(out)["resume"]


def test_the_line_to_go_on_has_no_password() -> None:
    made = deployed_as_far_as_known({"id": "1234567", "status": "CREATING"})
    submission = Submission("created", made, Request(name="x"), "us-east-1")
    line = resume_line(submission, {"--endpoint-url": "https://bob:q7Rt2mXw9@omics.example.net", "--profile": "p"})
    assert line == (
        "packager status 1234567 --wait --region us-east-1 --endpoint-url 'https://bob:<redacted>@omics.example.net' --profile p"
    )


@pytest.mark.parametrize("other", ["1234568", "\ud800"])
def test_an_answer_about_another_workflow_does_not_take_the_place_of_what_was_created(
    other: str, cli: Cli, folder: Path, emulator: RunningEmulator, client: Any
) -> None:
    def change(method: str, path: str) -> Answer | None:
        shown = method == "GET" and re.fullmatch(r"/workflow/\d+", path)
        return (
            as_json(200, id=other, status="ACTIVE", arn="arn:aws:omics:us-east-1:123456789012:workflow/1")
            if shown
            else None
        )

    record = folder / "r.jsonl"
    with service(before(emulator.endpoint_url, change)) as between:
        done = send(cli, folder, between.url, "--timeout", "20", "--record", record)
    assert done.code == 3, done.err
    assert_told(done, record, created_id(client))
    with service(lambda *_: as_json(200, id=other, status="ACTIVE")) as wrong:
        done = cli("status", "1234567", "--endpoint-url", wrong.url, "--region", "us-east-1")
    assert (done.code, "it is for another workflow or version" in done.err) == (3, True)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
@pytest.mark.parametrize("moments", sampled([(2, 7), (0, 4, 9), (1, 3, 5, 6, 8)], [(2, 7)]), ids=str)
def test_an_interruption_at_any_moment_makes_no_twin(folder: Path, tmp_path: Path, moments: tuple[int, ...]) -> None:
    arguments = ["submit", str(folder), "--local", "--record", str(folder / "r.jsonl")]

    def submit(state: Path, name: str = "", after: float = 0.0) -> tuple[int | None, str, str]:
        with process(*arguments, "--db", str(state)) as child:
            if name:
                time.sleep(after)
                child.send_signal(signal.Signals[name])
            out, err = child.communicate(timeout=HARD_SECONDS)
        return child.returncode, out, err

    begun = time.monotonic()
    submit(tmp_path / "whole.sqlite")
    whole = time.monotonic() - begun
    for moment in moments:  # tenths of the time that it takes
        (folder / "r.jsonl").unlink(missing_ok=True)
        state = tmp_path / f"{moment}.sqlite"
        submit(state, "SIGINT" if moment % 2 else "SIGTERM", whole * moment / 10)
        code, _, err = submit(state)
        assert code == 0, err
        with contextlib.closing(sqlite3.connect(state)) as database:
            assert database.execute("SELECT count(*) FROM resources").fetchone() == (1,)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")
def test_an_interruption_while_modules_are_imported_is_no_traceback() -> None:
    text = (
        "import sys, packager.cli as cli\n"
        "class Interrupting:\n"
        "    def find_spec(self, name, *rest):\n"
        "        if name == 'packager.cli.error_boundary': raise KeyboardInterrupt\n"
        "sys.meta_path.insert(0, Interrupting())\nsys.argv = ['packager', 'rules']\nsys.exit(cli.main())\n"
    )
    ended = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert (ended.returncode, "Traceback" in ended.stderr) == (130, False)
