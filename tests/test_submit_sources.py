"""Definitions, READMEs and maps that lie elsewhere: S3 and STS by moto's server, HealthOmics by the emulator, all over HTTP."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from conftest import Cli, Result
from examples import CORRECT
from fault_support import FaultProxy

from packager.emulator import EmulatorOptions, RunningEmulator

Submit = Callable[..., Result]
Files = Callable[[dict[str, str | bytes]], Path]
ACCOUNT = "123456789012"  # moto's, and the emulator's
HELLO = CORRECT["main.wdl"]
ARN = f"arn:aws:codeconnections:us-east-1:{ACCOUNT}:connection/abc"


@pytest.fixture
def aws(moto: str, emulator: RunningEmulator, monkeypatch: pytest.MonkeyPatch) -> str:
    del emulator  # it sets the credentials
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", moto)
    return moto


@pytest.fixture
def s3(aws: str) -> Iterator[Any]:
    made = boto3.client("s3", endpoint_url=aws, region_name="us-east-1")
    yield made
    made.close()


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = "flows-" + hashlib.sha256(request.node.name.encode()).hexdigest()[:16]
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def hello(files: Files) -> Path:
    return files({"main.wdl": HELLO, "README.md": "# Hello\n"})


def _keys(s3: Any, bucket: str) -> list[str]:
    return [one["Key"] for one in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_a_large_package_goes_to_s3_and_a_small_one_does_not(
    submit: Submit, s3: Any, bucket: str, hello: Path, client: Any
) -> None:
    place = f"s3://{bucket}/team"
    small = submit(hello, "--staging", place)
    assert small.code == 0, small.err
    assert _keys(s3, bucket) == []
    (hello / "data.bin").write_bytes(os.urandom(5_000_000))
    large = submit(hello, "--staging", place, "--include", "data.bin")
    assert large.code == 0, large.err
    (key,) = _keys(s3, bucket)
    assert key == f"team/{large.json['zipSha256']}.zip"
    assert "uploaded" in large.err
    again = submit(hello, "--staging", place, "--include", "data.bin")
    assert again.json["action"] == "reused"
    refused = submit(hello, "--include", "data.bin")
    assert (refused.code, "ZIP001" in refused.codes) == (1, True)


def test_everything_can_be_staged(submit: Submit, s3: Any, bucket: str, hello: Path, client: Any) -> None:
    (hello / "container-registry-map.json").write_text(
        json.dumps({"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]})
    )
    stage = [word for what in ("definition", "readme", "registry-map") for word in ("--stage", what)]
    done = submit(hello, "--staging", f"s3://{bucket}", *stage, "--no-lint")
    assert done.code == 0, done.err
    assert sorted(Path(key).suffix for key in _keys(s3, bucket)) == [".json", ".md", ".zip"]
    seen = client.get_workflow(id=done.json["workflowId"])
    assert seen["containerRegistryMap"]["registryMappings"][0]["upstreamRegistryUrl"] == "quay.io"
    assert submit(hello, "--staging", f"s3://{bucket}", *stage, "--no-lint").json["action"] == "reused"


def test_a_zip_on_s3_without_path(submit: Submit, s3: Any, bucket: str, client: Any) -> None:
    s3.put_object(Bucket=bucket, Key="hello.zip", Body=_zip())
    uri = f"s3://{bucket}/hello.zip"
    done = submit("--definition-uri", uri, "--name", "hello", "--engine", "WDL", "--main", "main.wdl")
    assert done.code == 0, done.err
    reasons = {one["code"]: one["reason"] for one in done.json["skipped"]}
    assert reasons["WDL"] == "the definition is not local (no PATH)"
    assert client.get_workflow(id=done.json["workflowId"])["main"] == "main.wdl"
    again = submit("--definition-uri", uri, "--name", "hello", "--engine", "WDL", "--main", "main.wdl")
    assert again.code == 0, again.err
    assert again.json["versionName"].startswith(
        "d-"
    )  # whether it is the same cannot be told, but the token makes no twin
    third = submit("--definition-uri", uri, "--name", "hello", "--engine", "WDL", "--main", "main.wdl")
    assert (third.json["action"], third.json["versionName"]) == ("reused", again.json["versionName"])


def _zip() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("main.wdl", HELLO)
    return packed.getvalue()


@pytest.fixture
def theirs(aws: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An S3 whose buckets are all of another account, which it is."""
    proxy = FaultProxy(aws, owner="999999999999")
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", proxy.url)
    yield proxy.owner
    proxy.close()


def test_a_zip_that_is_not_there_or_not_ours(submit: Submit, s3: Any, bucket: str, client: Any, theirs: str) -> None:
    s3.put_object(Bucket=bucket, Key="hello.zip", Body=_zip())
    words = ("--definition-uri", f"s3://{bucket}/hello.zip", "--name", "hello")
    foreign = submit(*words)
    assert foreign.code == 3
    assert f"does not belong to account {ACCOUNT}" in foreign.err
    assert "--workflow-bucket-owner-id" in foreign.err
    assert client.list_workflows()["items"] == []
    absent = submit(
        "--definition-uri", f"s3://{bucket}/absent.zip", *words[2:], "--workflow-bucket-owner-id", "999999999999"
    )
    assert (absent.code, "absent.zip` does not exist" in absent.err) == (3, True)
    explicit = submit(*words, "--workflow-bucket-owner-id", theirs)
    assert explicit.code == 0, explicit.err


def test_a_bucket_in_another_region(submit: Submit, s3: Any, hello: Path, client: Any) -> None:
    s3.create_bucket(Bucket="flows-elsewhere", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    refused = submit(hello, "--staging", "s3://flows-elsewhere", "--stage", "definition")
    assert refused.code == 3
    assert "is in eu-west-1, the workflow in us-east-1" in refused.err
    assert client.list_workflows()["items"] == []


def test_another_content_under_the_key(submit: Submit, s3: Any, bucket: str, hello: Path, client: Any) -> None:
    first = submit(hello, "--staging", f"s3://{bucket}", "--stage", "definition", "--dry-run")
    digest = first.json["request"]["definitionZip"]["sha256"]
    s3.put_object(Bucket=bucket, Key=f"{digest}.zip", Body=b"something else")
    refused = submit(hello, "--staging", f"s3://{bucket}", "--stage", "definition")
    assert refused.code == 3
    assert "does not have the content that its name identifies" in refused.err
    assert client.list_workflows()["items"] == []


def test_the_account_of_a_target_is_checked_before_anything_is_sent(
    submit: Submit, aws: str, hello: Path, client: Any
) -> None:
    (hello / "packager.toml").write_text(
        '[target.prod]\naccount = "999999999999"\n[target.dev]\naccount = "123456789012"\n'
    )
    refused = submit(hello, "--target", "prod")
    assert refused.code == 2
    assert "the credentials belong to account 123456789012, but the target is account 999999999999" in refused.err
    assert client.list_workflows()["items"] == []
    assert submit(hello, "--target", "dev").code == 0


def test_a_repository_by_its_folder(cli: Cli, hello: Path) -> None:
    (hello / ".git").mkdir()
    (hello / "flows").mkdir()
    (hello / "main.wdl").rename(hello / "flows" / "main.wdl")
    source = f"connectionArn={ARN},fullRepositoryId=lab/flows,sourceReference={{type=TAG,value=v1}},excludeFilePatterns=[docs/*,*.bam]"
    done = cli("submit", hello / "flows", "--dry-run", "--definition-repository", source, "--format", "json")
    assert done.code == 0, done.err
    request = done.json["request"]
    assert request["main"] == "flows/main.wdl"
    assert request["definitionRepository"] == {
        "connectionArn": ARN,
        "fullRepositoryId": "lab/flows",
        "sourceReference": {"type": "TAG", "value": "v1"},
        "excludeFilePatterns": ["docs/*", "*.bam"],
    }
    assert request["parameterTemplate"] == {"who": {"description": "whom to greet", "optional": False}}
    assert not {"definitionZip", "definitionUri"} & request.keys()


def test_a_repository_that_is_too_large(cli: Cli, hello: Path) -> None:
    (hello / ".git").mkdir()
    with (hello / "genome.fa").open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    source = f'{{"connectionArn": "{ARN}", "fullRepositoryId": "lab/flows"'
    refused = cli("submit", hello, "--dry-run", "--definition-repository", source + "}", "--format", "json")
    assert refused.code == 1
    assert [one["message"] for one in refused.json["diagnostics"] if one["code"] == "REQ030"] == [
        "`genome.fa` has 200 MiB, at most 100 MiB are allowed in a repository"
    ]
    without = cli(
        "submit", hello, "--dry-run", "--definition-repository", source + ', "excludeFilePatterns": ["*.fa"]}'
    )
    assert without.code == 0, without.err


def test_a_repository_through_the_emulator(
    cli: Cli, hello: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from packager.emulator import serve

    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    with serve(tmp_path / "r.sqlite", EmulatorOptions(delay=0.05, repositories={"lab/flows": hello})) as running:
        source = f"connectionArn={ARN},fullRepositoryId=lab/flows"
        words = ("--definition-repository", source, "--endpoint-url", running.endpoint_url, "--region", "us-east-1")
        done = cli("submit", hello, *words, "--format", "json")
        assert done.code == 0, done.err
        other = cli("submit", hello, "--name", "x", *words[2:], "--definition-repository", source.replace("lab", "no"))
        assert other.code == 3


@pytest.mark.parametrize(
    "source", ["nonsense", "{", "[]", "connectionArn=a", "connectionArn={a=b},fullRepositoryId=c", ""]
)
def test_what_is_no_repository(cli: Cli, hello: Path, source: str) -> None:
    refused = cli("submit", hello, "--dry-run", "--definition-repository", source)
    assert refused.code in (1, 2)
    assert "Traceback" not in refused.err


@pytest.mark.parametrize(
    ("words", "name"),
    [
        (("--definition-uri", "s3://some-bucket/flows/calling.zip"), "calling"),
        (("--definition-repository", f"connectionArn={ARN},fullRepositoryId=lab/flows"), "flows"),
        (("--definition-uri", "s3://some-bucket/flows/calling.zip", "--name", "mine"), "mine"),
    ],
)
def test_what_lies_elsewhere_has_a_name(cli: Cli, words: tuple[str, ...], name: str, in_folder: Path) -> None:
    assert cli("submit", *words, "--dry-run").json["request"]["name"] == name


def test_nothing_at_all(cli: Cli, in_folder: Path) -> None:
    refused = cli("submit")
    assert refused.code == 2
    assert "nothing to check: `.` has no workflow definition" in refused.err


STATUS = Path("/proc/self/status")  # Linux tells the peak of a process there
_PEAK = (
    "import sys; from packager.cli import main; code = main(sys.argv[1:]); "
    "print([line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')][0]); sys.exit(code)"
)


@pytest.mark.skipif(not STATUS.exists(), reason="the peak of a process is read from /proc")
@pytest.mark.faults  # at scale: it takes a few seconds of CPU
def test_a_large_zip_is_staged_piece_by_piece(s3: Any, bucket: str, emulator: RunningEmulator, tmp_path: Path) -> None:
    """A zip of 99 MB takes less than 60 MB more than one of a kilobyte."""
    megabytes = []
    for pieces in (0, 99):
        with zipfile.ZipFile(tmp_path / "flow.zip", "w") as archive:
            archive.writestr("main.wdl", HELLO)
            with archive.open("data.bin", "w") as file:
                for _ in range(pieces):
                    file.write(os.urandom(1_000_000))
        words = [
            "submit", str(tmp_path / "flow.zip"), "--name", f"n{pieces}", "--no-lint", "--staging", f"s3://{bucket}",
            "--stage", "definition", "--endpoint-url", emulator.endpoint_url,
        ]  # fmt: skip
        done = subprocess.run([sys.executable, "-c", _PEAK, *words], capture_output=True, text=True, check=True)
        megabytes.append(int(done.stdout.split()[-1]) / 1024)
    assert megabytes[1] - megabytes[0] < 60, megabytes
