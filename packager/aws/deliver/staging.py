"""Putting a file on S3 under a key that is its content's hash: what is there already is compared and reused, never overwritten.

The key is `PREFIX/SHA256SUFFIX`. Every call names the bucket's owner, so that a bucket of that name in another account is refused.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import IO, Protocol

from packager.aws.client import Answer, CallError, Client, error_code
from packager.aws.deadline import Deadline, OutOfTimeError
from packager.aws.deliver.prepared import Progress, Staging
from packager.errors import PackagerError, ServiceError
from packager.healthomics import limits

# One part is in memory at a time. S3: parts of 5 MiB to 5 GiB, at most 10,000 of them.
PART_BYTES = 8 * 1024 * 1024
_METADATA = "sha256"
_MISSING = ("404", "NoSuchKey", "NotFound")
# The codes of S3 that the key is taken.
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_CLEAN_UP_SECONDS = 15.0  # for removing the parts of a failed upload, even after the deadline


@dataclass(frozen=True, slots=True)
class Payload:
    """A file to put on S3: its bytes, their number, their SHA-256 in hex, and the suffix of its key."""

    file: IO[bytes]
    size: int
    sha256: str
    suffix: str

    @property
    def checksum(self) -> str:
        """The SHA-256 in base64, as S3 writes it."""
        return base64.b64encode(bytes.fromhex(self.sha256)).decode()


@dataclass(frozen=True, slots=True)
class Bucket:
    """What a bucket must be: owned by this account and, if the Region is known, in it."""

    owner: str
    region: str | None


@dataclass(frozen=True, slots=True)
class Staged:
    """A file on S3. `reused`: it was there before; `owner` is the account of the bucket."""

    uri: str
    reused: bool
    owner: str


class OtherContentError(ServiceError):
    """An object has content that its key does not name."""


class _Body(Protocol):
    """The body of an S3 object, as botocore returns it."""

    def iter_chunks(self, chunk_size: int) -> Iterator[bytes]:
        """The body piece by piece."""


def object_of(uri: str) -> tuple[str, str]:
    """`s3://BUCKET/KEY` as bucket and key.

    Raises:
        PackagerError: it is not such a URI.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not limits.is_bucket(bucket) or not key:
        raise PackagerError(f"`{uri}` is not an object on S3", "write `s3://BUCKET/KEY`")
    return bucket, key


def check_object(client: Client, place: tuple[str, str], bucket: Bucket, *, most: int) -> None:
    """Refuse an object that does not exist, has more than `most` bytes, or is in another bucket than it should be.

    Raises:
        ServiceError: one of these.
    """
    name, key = place
    _check_bucket(client, name, bucket)
    try:
        answer = client.call("HeadObject", {"Bucket": name, "Key": key, "ExpectedBucketOwner": bucket.owner})
    except CallError as error:
        if error.code in _MISSING:
            raise ServiceError(f"`s3://{name}/{key}` does not exist") from error
        raise
    size = answer.get("ContentLength")
    if isinstance(size, int) and size > most:
        raise ServiceError(f"`s3://{name}/{key}` has {size / 1e6:.1f} MB, the limit is {most / 1e6:.0f} MB")


def stage(
    client: Client, place: Staging, payload: Payload, bucket: Bucket, *, progress: Progress | None = None
) -> Staged:
    """The file on S3, uploaded unless it is there already.

    Raises:
        ServiceError: S3 refused, the bucket is another account's or in another Region, or the key has other content.
    """
    _check_bucket(client, place.bucket, bucket)
    uri = place.uri(payload.sha256, payload.suffix)
    location = {
        "Bucket": place.bucket,
        "Key": place.key(payload.sha256, payload.suffix),
        "ExpectedBucketOwner": bucket.owner,
    }
    if _exists(client, location, payload):
        return Staged(uri, reused=True, owner=bucket.owner)
    say = progress or (lambda _: None)
    try:
        if payload.size <= PART_BYTES:
            _put(client, location, payload)
        else:
            _put_parts(client, location, payload, say)
    except OutOfTimeError:
        raise
    except ServiceError as error:
        # The object may exist all the same: another upload was faster, or the answer to ours was lost.
        if not _exists_after(error, client, location, payload):
            raise
        return Staged(uri, reused=error_code(error) in _TAKEN, owner=bucket.owner)
    say(f"uploaded {uri}")
    return Staged(uri, reused=False, owner=bucket.owner)


def _check_bucket(client: Client, name: str, bucket: Bucket) -> None:
    """The bucket must exist, be the owner's, and be in the workflow's Region (Guide.PACKAGING)."""
    try:
        answer = client.call("HeadBucket", {"Bucket": name, "ExpectedBucketOwner": bucket.owner})
    except CallError as error:
        if error.status == 404:
            raise ServiceError(f"the bucket `{name}` does not exist") from error
        if error.status == 403:
            raise ServiceError(
                f"the bucket `{name}` does not belong to account {bucket.owner}, or access is denied",
                "check `s3:ListBucket`; if the bucket is another account's, use `--workflow-bucket-owner-id`",
            ) from error
        raise
    region = answer.get("BucketRegion") or _header(answer, "x-amz-bucket-region")
    if bucket.region and region and region != bucket.region:
        raise ServiceError(
            f"the bucket `{name}` is in {region}, the workflow in {bucket.region}",
            "the service reads definitions only from buckets of its own Region",
        )


def _header(answer: Answer, name: str) -> str | None:
    metadata = answer.get("ResponseMetadata")
    headers = metadata.get("HTTPHeaders") if isinstance(metadata, dict) else None
    return headers.get(name) if isinstance(headers, dict) else None


def _exists_after(error: ServiceError, client: Client, location: dict[str, str], payload: Payload) -> bool:
    """Whether the content is under its key after an upload that failed with `error`.

    Raises:
        ServiceError: the key has other content, or, after a refusal because the key is taken, S3 does not show its content.
    """
    try:
        return _exists(client, location, payload)
    except ServiceError as second:
        if isinstance(second, OtherContentError) or error_code(error) in _TAKEN:
            raise
        return False


def _exists(client: Client, location: dict[str, str], payload: Payload) -> bool:
    """Whether the content is already under its key.

    Raises:
        OtherContentError: the key has other content.
        ServiceError: S3 refused to show it.
    """
    try:
        answer = client.call("HeadObject", {**location, "ChecksumMode": "ENABLED"})
    except CallError as error:
        if error.code in _MISSING:
            return False
        raise
    same = answer.get("ContentLength") == payload.size
    if same and answer.get("ChecksumSHA256") != payload.checksum:  # none, or one of the parts' checksums
        same = _content_hash(client, location) == payload.sha256
    if not same:
        raise OtherContentError(
            f"`s3://{location['Bucket']}/{location['Key']}` does not have the content that its name identifies",
            "delete the object, or use another `--staging` prefix",
        )
    return True


def _content_hash(client: Client, location: dict[str, str]) -> str:
    """The SHA-256 of an object for which S3 has no full checksum, read piece by piece."""
    body = client.call("GetObject", location)["Body"]
    try:
        return client.deadline.run("GetObject", lambda: _hash_of(body))
    except ServiceError:
        raise
    except Exception as error:
        raise ServiceError(
            f"S3 GetObject did not return the whole object ({type(error).__name__})", "run the same command again"
        ) from error


def _hash_of(body: object) -> str:
    chunks: _Body = body  # type: ignore[assignment]  # botocore creates its classes at run time
    digest = hashlib.sha256()
    for chunk in chunks.iter_chunks(PART_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _put(client: Client, location: dict[str, str], payload: Payload) -> None:
    members = {
        "Body": payload.file.read(),
        "ChecksumSHA256": payload.checksum,
        "IfNoneMatch": "*",
        "Metadata": {_METADATA: payload.sha256},
    }
    client.call("PutObject", {**location, **members})


def _put_parts(client: Client, location: dict[str, str], payload: Payload, say: Progress) -> None:
    """Upload part by part."""
    parts = []
    done = 0
    digest = hashlib.sha256()
    created: list[Answer] = []
    try:
        members = {"ChecksumAlgorithm": "SHA256", "Metadata": {_METADATA: payload.sha256}}
        client.call("CreateMultipartUpload", {**location, **members}, created)
        upload = {**location, "UploadId": str(created[0].get("UploadId"))}
        for number, content in enumerate(_pieces(payload.file), 1):
            digest.update(content)
            checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
            part = {"PartNumber": number, "Body": content, "ChecksumSHA256": checksum}
            answer = client.call("UploadPart", {**upload, **part})
            parts.append({"PartNumber": number, "ETag": answer.get("ETag"), "ChecksumSHA256": checksum})
            done += len(content)
            say(f"uploaded {done / 1e6:.0f} of {payload.size / 1e6:.0f} MB")
        _check_digest(digest.hexdigest(), payload)
        client.call("CompleteMultipartUpload", {**upload, "MultipartUpload": {"Parts": parts}, "IfNoneMatch": "*"})
    except BaseException:  # an interruption, too, must not leave parts that cost money
        for answer in created:
            _abort(client, {**location, "UploadId": str(answer.get("UploadId"))})
        raise


def _check_digest(sha256: str, payload: Payload) -> None:
    if sha256 != payload.sha256:
        raise ServiceError("the zip changed while it was uploaded", "package it again")


def _abort(client: Client, upload: dict[str, str]) -> None:
    """Remove the parts of an upload. An upload that was completed after all no longer exists, and its object stays."""
    with contextlib.suppress(Exception):  # the first error is the one that matters
        client.with_deadline(Deadline.after(_CLEAN_UP_SECONDS)).call("AbortMultipartUpload", upload)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    while content := file.read(PART_BYTES):
        yield content
