"""Files on S3: moto's server over HTTP, and a server of our own for what it cannot say."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from packager.aws.client import Client
from packager.aws.deliver.prepared import Progress, staging_of
from packager.aws.deliver.staging import PART_BYTES, Bucket, Payload, Staged, stage
from packager.errors import PackagerError, ServiceError

OWNER = "123456789012"  # moto's account
REGION = "eu-west-1"


@pytest.fixture
def client(moto: str) -> Iterator[Any]:
    made = boto3.client("s3", endpoint_url=moto, region_name=REGION, aws_access_key_id="x", aws_secret_access_key="x")
    yield made
    made.close()


@pytest.fixture
def bucket(client: Any, request: pytest.FixtureRequest) -> str:
    name = "staging-" + hashlib.sha256(request.node.name.encode()).hexdigest()[:16]
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    return name


def put(client: Any, bucket: str, content: bytes, *, region: str = REGION, progress: Progress | None = None) -> Staged:
    payload = Payload(io.BytesIO(content), len(content), hashlib.sha256(content).hexdigest(), ".zip")
    return stage(Client(client), staging_of(f"s3://{bucket}/flows/"), payload, Bucket(OWNER, region), progress=progress)


@pytest.mark.parametrize("size", [0, 10, PART_BYTES, PART_BYTES + 1, 2 * PART_BYTES + 12345])
def test_a_file_is_put_once(client: Any, bucket: str, size: int) -> None:
    content = os.urandom(size)
    first = put(client, bucket, content)
    key = f"flows/{hashlib.sha256(content).hexdigest()}.zip"
    assert first == Staged(f"s3://{bucket}/{key}", reused=False, owner=OWNER)
    assert client.get_object(Bucket=bucket, Key=key)["Body"].read() == content
    assert put(client, bucket, content) == Staged(first.uri, reused=True, owner=OWNER)
    assert len(client.list_objects_v2(Bucket=bucket)["Contents"]) == 1
    assert client.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


def test_another_content_under_the_key_is_refused(client: Any, bucket: str) -> None:
    content = b"mine"
    key = f"flows/{hashlib.sha256(content).hexdigest()}.zip"
    for other in (b"hers", b"longer than mine"):
        client.put_object(Bucket=bucket, Key=key, Body=other)
        with pytest.raises(ServiceError, match="does not have the content that its name identifies"):
            put(client, bucket, content)
        assert client.get_object(Bucket=bucket, Key=key)["Body"].read() == other


def test_what_another_tool_put_there_is_read_and_reused(client: Any, bucket: str) -> None:
    content = b"the same"
    client.put_object(Bucket=bucket, Key=f"flows/{hashlib.sha256(content).hexdigest()}.zip", Body=content)
    assert put(client, bucket, content).reused


def test_a_bucket_that_is_not_there_or_elsewhere(client: Any, bucket: str) -> None:
    with pytest.raises(ServiceError, match="does not exist"):
        put(client, "no-such-bucket-anywhere", b"x")
    with pytest.raises(ServiceError, match="is in eu-west-1, the workflow in us-east-1"):
        put(client, bucket, b"x", region="us-east-1")


def test_a_file_that_changes_meanwhile_leaves_nothing(client: Any, bucket: str) -> None:
    content = os.urandom(PART_BYTES + 5)
    payload = Payload(io.BytesIO(content), len(content), "0" * 64, ".zip")
    with pytest.raises(ServiceError, match="changed while it was uploaded"):
        stage(Client(client), staging_of(f"s3://{bucket}"), payload, Bucket(OWNER, REGION))
    assert client.list_objects_v2(Bucket=bucket).get("Contents", []) == []
    assert client.list_multipart_uploads(Bucket=bucket).get("Uploads", []) == []


def test_progress_is_told(client: Any, bucket: str) -> None:
    told: list[str] = []
    put(client, bucket, os.urandom(PART_BYTES + 1), progress=told.append)
    assert [line.split()[0] for line in told] == ["uploaded", "uploaded", "uploaded"]
    assert told[-1].startswith(f"uploaded s3://{bucket}/flows/")


@pytest.mark.parametrize(("uri", "prefix"), [("s3://abc", ""), ("s3://abc/", ""), ("s3://abc/x/y/", "x/y")])
def test_places(uri: str, prefix: str) -> None:
    place = staging_of(uri)
    assert (place.bucket, place.prefix) == ("abc", prefix)
    assert place.uri("0", ".zip") == "s3://abc/" + (f"{prefix}/" if prefix else "") + "0.zip"


@pytest.mark.parametrize("uri", ["abc", "s3://", "s3://A_B/x", "https://abc/x", "s3:///x"])
def test_what_is_no_place(uri: str) -> None:
    with pytest.raises(PackagerError):
        staging_of(uri)
