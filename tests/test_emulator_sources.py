"""Definitions, READMEs, registry maps and templates by URI or in a repository: S3 is moto's server, Git a folder."""

from __future__ import annotations

import hashlib
import io
import json
import random
import threading
import tracemalloc
import urllib.request
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import boto3
import pytest
from emulator_support import running, settled, zipped

from packager.emulator import EmulatorOptions, serve
from packager.errors import PackagerError

WDL = "version 1.0\nworkflow w {\n  input { String x }\n  output { String y = x }\n}\n"
TEMPLATE = {"x": {"description": "of the file", "optional": False}}
MAP = {"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]}
CONNECTION = "arn:aws:codeconnections:us-east-1:123456789012:connection/1"
ZIP = zipped({"main.wdl": WDL})
Files = Callable[[dict[str, str | bytes]], Path]


@pytest.fixture(scope="module")
def bucket(moto: str) -> Iterator[Any]:
    """Puts an object into a bucket and tells its URI."""
    client = boto3.client(
        "s3", endpoint_url=moto, region_name="us-east-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    client.create_bucket(Bucket="flows")

    def put(key: str, content: bytes) -> str:
        client.put_object(Bucket="flows", Key=key, Body=content)
        return f"s3://flows/{key}"

    yield put
    client.close()


@pytest.fixture
def omics(tmp_path: Path, moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto)
    with running(tmp_path / "state.db") as (_, client):
        yield client


def created(omics: Any, **members: Any) -> dict[str, Any]:
    return settled(omics, omics.create_workflow(**members)["id"])


def exported(omics: Any, workflow_id: str, member: str) -> bytes:
    answer = omics.get_workflow(id=workflow_id, export=[member.upper()])
    with urllib.request.urlopen(answer[member], timeout=30) as stored:
        content: bytes = stored.read()
        assert int(stored.headers["Content-Length"]) == len(content)
        return content


def test_a_definition_in_s3(omics: Any, bucket: Any) -> None:
    found = created(omics, definitionUri=bucket("a folder/definition.zip", ZIP))
    assert (found["status"], found["engine"], found["main"]) == ("ACTIVE", "WDL", "main.wdl")
    assert found["parameterTemplate"] == {"x": {"description": "", "optional": False}}
    assert found["digest"] == hashlib.sha256(ZIP).hexdigest()
    assert "definition" not in found
    assert exported(omics, found["id"], "definition") == ZIP


def test_a_version_from_s3(omics: Any, bucket: Any) -> None:
    workflow = omics.create_workflow(definitionUri=bucket("one.zip", ZIP))["id"]
    uri = bucket("two.zip", zipped({"main.wdl": WDL, "more.txt": "more"}))
    omics.create_workflow_version(workflowId=workflow, versionName="v2", definitionUri=uri)
    assert settled(omics, workflow, "v2")["status"] == "ACTIVE"
    assert settled(omics, workflow, "v2")["digest"] != settled(omics, workflow)["digest"]


def test_a_readme_and_a_registry_map_in_s3(omics: Any, bucket: Any) -> None:
    found = created(
        omics,
        definitionZip=ZIP,
        readmeUri=bucket("README.md", b"# Flow\n"),
        containerRegistryMapUri=bucket("map.json", json.dumps(MAP).encode()),
    )
    assert found["status"] == "ACTIVE", found["statusMessage"]
    assert found["containerRegistryMap"] == MAP
    assert "readme" not in found
    assert exported(omics, found["id"], "readme") == b"# Flow\n"
    omics.update_workflow(id=found["id"], readmeMarkdown="# Other\n")
    assert exported(omics, found["id"], "readme") == b"# Other\n"
    omics.delete_workflow(id=found["id"])


def test_a_readme_that_is_changed_while_another_is_imported(
    tmp_path: Path, moto: str, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto)
    with running(tmp_path / "state.db", delay=0.3) as (_, omics):
        answer = omics.create_workflow(definitionZip=ZIP, readmeUri=bucket("README.md", b"# Imported\n"))
        omics.update_workflow(id=answer["id"], readmeMarkdown="# Sent later\n")
        assert settled(omics, answer["id"])["status"] == "ACTIVE"
        assert exported(omics, answer["id"], "readme") == b"# Sent later\n"


def test_what_is_sent_is_read_later(tmp_path: Path, moto: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Creation is asynchronous: the call itself reads nothing."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto)
    with running(tmp_path / "state.db", delay=3600.0) as (_, omics):
        answer = omics.create_workflow(definitionUri="s3://nowhere/x.zip")
        assert omics.get_workflow(id=answer["id"])["status"] == "CREATING"


BAD_MAPS = {
    "not JSON": b"{",
    "a list": b"[]",
    "no prefix": b'{"registryMappings": [{"upstreamRegistryUrl": "quay.io"}]}',
}


@pytest.mark.parametrize(
    ("members", "says"),
    [
        (
            {"definitionUri": "s3://flows/nothing.zip"},
            "definitionUri: S3 rejected s3://flows/nothing.zip: the object does not exist",
        ),
        ({"definitionUri": "s3://no-such-bucket/x.zip"}, "the bucket does not exist"),
        ({"definitionUri": "https://example.org/x.zip"}, "is not the URI of an S3 object"),
        ({"definitionUri": "s3://flows"}, "is not the URI of an S3 object"),
        ({"definitionZip": ZIP, "readmeUri": "s3://flows/nothing.md"}, "readmeUri: S3 rejected"),
        (
            {"definitionZip": ZIP, "containerRegistryMapUri": "s3://flows/nothing"},
            "containerRegistryMapUri: S3 rejected",
        ),
    ],
)
def test_objects_that_cannot_be_had(omics: Any, bucket: Any, members: dict[str, Any], says: str) -> None:
    bucket("something", b"")
    found = created(omics, **members)
    assert found["status"] == "FAILED"
    assert says in found["statusMessage"]


@pytest.mark.parametrize("content", BAD_MAPS.values(), ids=BAD_MAPS.keys())
def test_a_registry_map_that_is_none(omics: Any, bucket: Any, content: bytes) -> None:
    found = created(omics, definitionZip=ZIP, containerRegistryMapUri=bucket("bad.json", content))
    assert found["status"] == "FAILED"
    assert found["statusMessage"].startswith("containerRegistryMapUri: ")


def test_an_object_that_is_no_zip(omics: Any, bucket: Any) -> None:
    found = created(omics, definitionUri=bucket("text.zip", b"text"))
    assert found["status"] == "FAILED"
    assert "definition" in found["statusMessage"]
    assert exported(omics, found["id"], "definition") == b"text", "kept for whoever asks what was read"


def test_a_readme_that_is_too_long(omics: Any, bucket: Any) -> None:
    """Fixed quotas page: 500 KiB."""
    good = created(omics, definitionZip=ZIP, readmeUri=bucket("long.md", b"x" * 500 * 1024))
    assert good["status"] == "ACTIVE"
    bad = created(omics, definitionZip=ZIP, readmeUri=bucket("longer.md", b"x" * (500 * 1024 + 1)))
    assert (bad["status"], bad["statusMessage"].endswith("is larger than 512000 bytes")) == ("FAILED", True)


def test_without_an_endpoint_nothing_is_asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """AWS itself is never called: S3 is what AWS_ENDPOINT_URL_S3 says."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    with running(tmp_path / "state.db") as (_, omics):
        found = created(omics, definitionUri="s3://bucket/x.zip")
    assert found["status"] == "FAILED"
    assert "the emulator cannot reach S3: AWS_ENDPOINT_URL_S3 is not set" in found["statusMessage"]


def test_an_endpoint_where_nobody_listens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "http://127.0.0.1:9")
    with running(tmp_path / "state.db") as (_, omics):
        found = created(omics, definitionUri="s3://bucket/x.zip")
    assert found["status"] == "FAILED"
    assert "the emulator cannot reach S3 for s3://bucket/x.zip" in found["statusMessage"]


OWNER = "210987654321"


class _Bucket(BaseHTTPRequestHandler):
    """An S3 with one object, which looks at the expected owner as the real one does and moto does not."""

    content: Path
    claimed: int | None = None
    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.headers.get("Authorization", ""))
        if self.headers.get("x-amz-expected-bucket-owner", OWNER) != OWNER:
            body = b"<Error><Code>AccessDenied</Code><Message>no</Message></Error>"
            self.send_response(403)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)
            return
        self.send_response(200)
        self.send_header("Content-Length", str(self.claimed or self.content.stat().st_size))
        self.end_headers()
        if self.claimed is None:
            with self.content.open("rb") as file:
                while chunk := file.read(65536):
                    self.wfile.write(chunk)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
        """Silent."""


@contextmanager
def object_server(content: Path, claimed: int | None = None) -> Iterator[tuple[str, list[str]]]:
    asked: list[str] = []
    kind = type("Bucket", (_Bucket,), {"content": content, "claimed": claimed, "asked": asked})
    server = HTTPServer(("127.0.0.1", 0), kind)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def test_the_owner_of_the_bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """API, workflowBucketOwnerId: the owner of the bucket with the definition; not checked if it is not sent."""
    path = tmp_path / "x.zip"
    path.write_bytes(ZIP)
    with object_server(path) as (endpoint, asked), running(tmp_path / "state.db") as (_, omics):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        for owner, status in ((None, "ACTIVE"), (OWNER, "ACTIVE"), ("123456789012", "FAILED")):
            members = {"workflowBucketOwnerId": owner} if owner else {}
            assert created(omics, definitionUri="s3://bucket/x.zip", **members)["status"] == status
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "MINE")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        assert created(omics, definitionUri="s3://bucket/x.zip")["status"] == "ACTIVE"
    assert "Credential=emulator/" in asked[0]
    assert "Credential=MINE/" in asked[-1]


def test_a_definition_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fixed quotas page: 100 MB. It is refused by its length, without a download."""
    with object_server(tmp_path, claimed=100_000_001) as (endpoint, _), running(tmp_path / "state.db") as (_, omics):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        found = created(omics, definitionUri="s3://bucket/x.zip")
    assert found["status"] == "FAILED"
    assert "s3://bucket/x.zip is larger than 100000000 bytes" in found["statusMessage"]


def test_a_large_definition_is_never_in_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "large.zip"
    noise = random.Random(1)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("main.wdl", WDL)
        for number in range(8):
            archive.writestr(f"data/{number}.bin", noise.randbytes(5_000_000))
    with object_server(path) as (endpoint, _), running(tmp_path / "state.db") as (_, omics):
        monkeypatch.setenv("AWS_ENDPOINT_URL_S3", endpoint)
        created(omics, definitionZip=ZIP)  # what is imported first is none of the definition
        tracemalloc.start()
        try:
            found = created(omics, definitionUri="s3://bucket/large.zip")
            answer = omics.get_workflow(id=found["id"], export=["DEFINITION"])
            digest = hashlib.sha256()
            with urllib.request.urlopen(answer["definition"], timeout=60) as stored:
                while chunk := stored.read(65536):
                    digest.update(chunk)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert found["status"] == "ACTIVE"
    assert digest.hexdigest() == hashlib.sha256(path.read_bytes()).hexdigest() == found["digest"]
    assert peak < 30_000_000, "a definition of 40 MB"


# Repositories


def repository(name: str = "lab/flow", **members: Any) -> dict[str, Any]:
    return {"definitionRepository": {"connectionArn": CONNECTION, "fullRepositoryId": name, **members}}


@pytest.fixture
def tree(files: Files) -> Path:
    return files(
        {
            "main.wdl": WDL,
            "README.md": "# Root\n",
            "docs/README.md": "# Docs\n",
            "params/template.json": json.dumps(TEMPLATE),
            "params/broken.json": "{",
            "params/wrong.json": '{"x": "required"}',
            "tests/main.nf": "workflow { }\n",
            "data/deep/big.bam": b"\0" * 1000,
            "bin/run.sh": "#!/bin/sh\n",
            ".git/HEAD": "ref: refs/heads/main\n",
            ".git/refs/heads/main": "1" * 40 + "\n",
            ".git/refs/tags/v1": "1" * 40 + "\n",
            ".git/packed-refs": f"# pack-refs with: peeled\n{'2' * 40} refs/remotes/origin/dev\n"
            f"{'3' * 40} refs/tags/v0.9\n^{'4' * 40}\n",
            ".git/objects/x.nf": "not of the definition\n",
        }
    )


@pytest.fixture
def git(tmp_path: Path, tree: Path) -> Iterator[Any]:
    with running(tmp_path / "state.db", repositories={"lab/flow": tree}) as (_, client):
        yield client


NO_TESTS = ["tests"]


def test_a_repository(git: Any, tree: Path) -> None:
    (tree / "bin" / "run.sh").chmod(0o755)
    reference = {"type": "BRANCH", "value": "main"}
    found = created(git, **repository(sourceReference=reference, excludeFilePatterns=["tests/*", "*.bam"]))
    assert (found["status"], found["engine"], found["main"]) == ("ACTIVE", "WDL", "main.wdl")
    # Creation page: without parameterTemplatePath a repository has no template.
    assert "parameterTemplate" not in found
    assert "statusMessage" not in found
    assert found["definitionRepositoryDetails"] == {
        "connectionArn": CONNECTION,
        "fullRepositoryId": "lab/flow",
        "sourceReference": reference,
    }
    content = exported(git, found["id"], "definition")
    assert found["digest"] == hashlib.sha256(content).hexdigest()
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.namelist() == [
            "README.md", "main.wdl", "bin/run.sh", "docs/README.md", "params/broken.json", "params/template.json",
            "params/wrong.json",
        ]  # fmt: skip
        assert archive.getinfo("bin/run.sh").external_attr >> 16 & 0o111
    assert exported(git, found["id"], "readme") == b"# Root\n", "imported by itself"


def test_paths_in_a_repository(git: Any) -> None:
    found = created(
        git,
        **repository(excludeFilePatterns=NO_TESTS),
        main="main.wdl",
        readmePath="docs/README.md",
        parameterTemplatePath="params/template.json",
    )
    assert found["status"] == "ACTIVE"
    assert found["parameterTemplate"] == TEMPLATE
    assert found["readmePath"] == "docs/README.md"
    assert exported(git, found["id"], "readme") == b"# Docs\n"


def test_a_readme_that_is_sent_goes_before_that_of_the_repository(git: Any) -> None:
    found = created(git, **repository(excludeFilePatterns=NO_TESTS), readmeMarkdown="# Sent\n")
    assert exported(git, found["id"], "readme") == b"# Sent\n"


@pytest.mark.parametrize(
    "reference",
    [("BRANCH", "main"), ("BRANCH", "dev"), ("TAG", "v1"), ("TAG", "v0.9"), ("COMMIT", "1" * 40)],
)
def test_references_that_are_there(git: Any, reference: tuple[str, str]) -> None:
    source = {"type": reference[0], "value": reference[1]}
    found = created(git, **repository(sourceReference=source, excludeFilePatterns=NO_TESTS))
    assert found["status"] == "ACTIVE", found["statusMessage"]


@pytest.mark.parametrize(
    ("members", "says"),
    [
        (repository("lab/other"), "definitionRepository: the emulator has no folder for lab/other"),
        (repository(sourceReference={"type": "BRANCH", "value": "v1"}), "the repository has no branch v1"),
        (repository(sourceReference={"type": "TAG", "value": "main"}), "the repository has no tag main"),
        (repository(sourceReference={"type": "TAG", "value": "../heads/main"}), "is not a tag"),
        (repository(sourceReference={"type": "COMMIT", "value": "main"}), "main is not a commit id"),
        (repository(), "`engine` must be sent"),
        (repository(excludeFilePatterns=["*.wdl", "tests/*"]), "no definition file"),
        ({**repository(excludeFilePatterns=NO_TESTS), "readmePath": "no.md"}, "readmePath: the repository has no file"),
        ({**repository(), "parameterTemplatePath": "no.json"}, "parameterTemplatePath: the repository has no file"),
        ({**repository(), "parameterTemplatePath": "params/broken.json"}, "parameterTemplatePath: not JSON"),
        ({**repository(), "parameterTemplatePath": "params/wrong.json"}, "must be of type structure"),
        ({**repository(), "parameterTemplatePath": "../../etc/passwd"}, "the repository has no file"),
    ],
)
def test_repositories_that_cannot_be_imported(git: Any, members: dict[str, Any], says: str) -> None:
    found = created(git, **members)
    assert found["status"] == "FAILED"
    assert says in found["statusMessage"]
    assert str(Path.cwd()) not in found["statusMessage"]


def test_a_folder_that_is_no_work_tree(tmp_path: Path, files: Files) -> None:
    """Where nothing tells of branches, any is taken; a link is left out."""
    tree = files({"main.wdl": WDL})
    (tree / "secret").symlink_to("/etc/passwd")
    with running(tmp_path / "state.db", repositories={"a/b": tree}) as (_, omics):
        found = created(omics, **repository("a/b", sourceReference={"type": "TAG", "value": "v7"}))
        assert found["status"] == "ACTIVE"
        with zipfile.ZipFile(io.BytesIO(exported(omics, found["id"], "definition"))) as archive:
            assert archive.namelist() == ["main.wdl"]


def test_a_file_that_is_too_large(tmp_path: Path, files: Files) -> None:
    """Fixed quotas page: 100 MiB for a file of a repository, 1 GiB for all."""
    tree = files({"main.wdl": WDL})
    with (tree / "large.bin").open("wb") as file:
        file.truncate(100 * 1024**2 + 1)
    with running(tmp_path / "state.db", repositories={"a/b": tree}) as (_, omics):
        found = created(omics, **repository("a/b"))
        assert "the file large.bin of the repository is larger than 100 MiB" in found["statusMessage"]
        assert created(omics, **repository("a/b", excludeFilePatterns=["*.bin"]))["status"] == "ACTIVE"


def test_names_and_folders_that_are_none(tmp_path: Path) -> None:
    for repositories in ({"flow": tmp_path}, {"a/b": tmp_path / "nothing"}):
        with pytest.raises(PackagerError), serve(tmp_path / "state.db", EmulatorOptions(repositories=repositories)):
            pass
