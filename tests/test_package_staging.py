"""`packager package --stage`: the zip goes to S3 under its content's hash; moto's server over HTTP."""

from __future__ import annotations

import hashlib
import json
import shlex
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import jsonschema
import pytest
import yaml
from conftest import ROOT, Cli, Result
from examples import CORRECT

Files = Callable[[dict[str, str | bytes]], Path]
ACCOUNT, REGION = "123456789012", "us-east-1"  # moto's account
HELLO = CORRECT["main.wdl"]


@pytest.fixture
def s3(moto: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    for name, value in (("ACCESS_KEY_ID", "x"), ("SECRET_ACCESS_KEY", "x"), ("REGION", REGION)):
        monkeypatch.setenv(f"AWS_{name}", value)
    made = boto3.client("s3", endpoint_url=moto, region_name=REGION)
    yield made
    made.close()


@pytest.fixture
def bucket(s3: Any, request: pytest.FixtureRequest) -> str:
    name = "packages-" + hashlib.sha256(request.node.name.encode()).hexdigest()[:16]
    s3.create_bucket(Bucket=name)
    return name


@pytest.fixture
def staged(cli: Cli, moto: str, bucket: str) -> Callable[..., Result]:
    def run(path: Path, *options: str) -> Result:
        place = ("--stage", "--staging", f"s3://{bucket}/flows/", "--endpoint-url", moto)
        return cli("package", path, *place, *options)

    return run


def keys(s3: Any, bucket: str) -> list[str]:
    return [each["Key"] for each in s3.list_objects_v2(Bucket=bucket).get("Contents", [])]


def test_the_zip_is_uploaded_once(staged: Callable[..., Result], s3: Any, bucket: str, files: Files) -> None:
    folder = files({"main.wdl": HELLO})
    first = staged(folder)
    assert first.code == 0, first.err
    (key,) = keys(s3, bucket)
    content = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
    assert key == f"flows/{hashlib.sha256(content).hexdigest()}.zip"
    assert first.out.splitlines()[-1] == f"s3://{bucket}/{key}"
    assert f"uploaded s3://{bucket}/{key}" in first.err
    assert "next: `packager submit " in first.err
    assert sorted(path.name for path in folder.iterdir()) == ["main.wdl"], "no file without -o"
    again = staged(folder, "-o", "w.zip", "--format", "json")
    assert again.json["staged"] == {"uri": f"s3://{bucket}/{key}", "reused": True, "bucketOwner": ACCOUNT}
    assert "uploaded" not in again.err
    assert (folder / "w.zip").read_bytes() == content
    schema = json.loads((ROOT / "schemas" / "report.schema.json").read_text())
    jsonschema.validate(again.json, schema)
    assert keys(s3, bucket) == [key]
    assert staged(folder).err.startswith("this zip is on S3 already: nothing was uploaded")


def test_submit_finds_what_was_staged(
    staged: Callable[..., Result],
    submit: Callable[..., Result],
    bucket: str,
    files: Files,
    moto: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder = files({"main.wdl": HELLO})
    uri = staged(folder, "--format", "json").json["staged"]["uri"]
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", moto)
    monkeypatch.setenv("AWS_ENDPOINT_URL_STS", moto)
    sent = submit(folder, "--staging", f"s3://{bucket}/flows", "--stage", "definition")
    assert sent.code == 0, sent.err
    assert uri.endswith(f"{sent.json['zipSha256']}.zip")
    assert "uploaded" not in sent.err


def test_the_command_of_export_puts_the_zip_where_the_template_expects_it(
    cli: Cli, s3: Any, bucket: str, files: Files, moto: str
) -> None:
    folder = files({"main.wdl": HELLO, "extra.txt": "x"})
    zipped = folder / "as-is.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("main.wdl", HELLO)
    uri = ""
    for path, options in ((folder, ("--include", "extra.txt")), (zipped, ())):
        exported = cli("export", path, *options, "--staging", f"s3://{bucket}/a b", "--region", REGION)
        assert exported.code == 0, exported.err
        (resource,) = yaml.safe_load(exported.out)["Resources"].values()
        (command,) = [line for line in exported.err.splitlines() if line.startswith("  packager package ")]
        done = cli(*shlex.split(command)[1:], "--endpoint-url", moto)
        assert done.code == 0, done.err
        uri = resource["Properties"]["DefinitionUri"]
        assert done.out.splitlines()[-1] == uri
    key = uri.removeprefix(f"s3://{bucket}/")
    assert s3.get_object(Bucket=bucket, Key=key)["Body"].read() == zipped.read_bytes(), "a zip is uploaded as is"


def test_the_place_of_a_target(cli: Cli, s3: Any, bucket: str, files: Files, moto: str) -> None:
    toml = f'[target.prod]\nstaging = "s3://{bucket}/prod"\nregion = "{REGION}"\nendpoint-url = "http://127.0.0.1:1"\n'
    folder = files({"main.wdl": HELLO, "packager.toml": toml})
    done = cli("package", folder, "--target", "prod", "--stage", "--endpoint-url", moto)
    assert done.code == 0, done.err
    assert keys(s3, bucket)[0].startswith("prod/")
    assert cli("package", folder, "--target", "prod", "-o", "w.zip").code == 0, "nothing is sent without --stage"


@pytest.mark.parametrize(
    ("options", "code", "message"),
    [
        (("--staging", "s3://no-such-bucket-anywhere/x"), 3, "the bucket `no-such-bucket-anywhere` does not exist"),
        (("--account", "999988887777"), 2, "the credentials belong to account"),
        (("--region", "eu-west-1", "--no-lint"), 3, "is in us-east-1, the workflow in eu-west-1"),
        (("--staging", "flows"), 2, "is not an S3 URI"),
        (("--list",), 2, "--stage cannot be used with --list"),
    ],
)
def test_refusals(
    staged: Callable[..., Result], s3: Any, bucket: str, files: Files, options: tuple[str, ...], code: int, message: str
) -> None:
    done = staged(files({"main.wdl": HELLO}), *options)
    assert (done.code, keys(s3, bucket)) == (code, [])
    assert message in done.err.replace("\n", " ")


def test_nothing_is_uploaded_if_lint_fails(staged: Callable[..., Result], s3: Any, bucket: str, files: Files) -> None:
    assert staged(files({"main.wdl": HELLO.replace("version 1", "version 9")})).code == 1
    assert keys(s3, bucket) == []


def test_options_that_need_each_other(cli: Cli, files: Files) -> None:
    folder = files({"main.wdl": HELLO})
    assert "--stage needs --staging" in cli("package", folder, "--stage").err
    assert "--staging needs --stage" in cli("package", folder, "--staging", "s3://lab-bucket").err


def test_a_zip_that_the_service_would_refuse_is_not_uploaded(
    staged: Callable[..., Result], s3: Any, bucket: str, files: Files
) -> None:
    zipped = files({}) / "w.zip"
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("main.wdl", HELLO)
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("main.wdl", HELLO)
    assert staged(zipped).code == 1
    assert staged(zipped, "--no-lint").code == 2
    assert keys(s3, bucket) == []
    with zipfile.ZipFile(zipped, "w") as archive:
        archive.writestr("main.wdl", HELLO)
    assert "leave out `-o`" in staged(zipped, "-o", "other.zip").err


def test_the_default_aws_profile_counts_only_for_an_upload(
    cli: Cli, files: Files, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "aws-config").write_text("[default]\nregion = eu-west-1\n")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "aws-config"))
    folder = files({"main.wdl": HELLO})
    assert "region = not set" in cli("package", folder, "--show-config").out
    place = ("--stage", "--staging", "s3://lab-bucket")
    assert "region = eu-west-1" in cli("package", folder, *place, "--show-config").out


def test_without_credentials(cli: Cli, files: Files) -> None:
    done = cli("package", files({"main.wdl": HELLO}), "--stage", "--staging", "s3://lab-bucket", "--region", REGION)
    assert done.code == 3
    assert "credentials" in done.err
