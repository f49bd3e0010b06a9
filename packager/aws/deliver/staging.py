"""Putting a file on S3 under a key that is its content: what is there already is compared and reused, nothing is ever overwritten.

The key is `PREFIX/SHA256SUFFIX`. Every call names the bucket's owner, so that a bucket of that name in another account is refused.
"""

from __future__ import annotations

import base64
import contextlib
import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import IO, Any

import botocore.exceptions

from packager.aws.answers import reason_of, shortened
from packager.aws.deadline import Bounded, Deadline, OutOfTimeError, deadline_of
from packager.errors import PackagerError, ServiceError
from packager.healthomics import limits

Progress = Callable[[str], None]
S3Client = Any  # botocore makes its classes at run time

# One part is in memory at a time. S3: parts of 5 MiB to 5 GiB, at most 10,000 of them.
PART_BYTES = 8 * 1024 * 1024
_METADATA = "sha256"
_MISSING = ("404", "NoSuchKey", "NotFound")
# The codes of S3 that the key is taken.
_TAKEN = ("PreconditionFailed", "ConditionalRequestConflict", "412", "409")
_CLEAN_UP_SECONDS = 15.0  # for removing the parts of an upload that failed, though the time may be up


@dataclass(frozen=True, slots=True)
class Staging:
    """Where files are put: a bucket and a prefix without slashes at its ends, which may be empty."""

    bucket: str
    prefix: str

    def key(self, sha256: str, suffix: str) -> str:
        """The key of a content."""
        return "/".join(part for part in (self.prefix, f"{sha256}{suffix}") if part)

    def uri(self, sha256: str, suffix: str) -> str:
        """The S3 URI of a content."""
        return f"s3://{self.bucket}/{self.key(sha256, suffix)}"


@dataclass(frozen=True, slots=True)
class Staged:
    """A file on S3. `reused` tells that it was there before; `owner` is the account of the bucket."""

    uri: str
    reused: bool
    owner: str


class OtherContentError(ServiceError):
    """An object has another content than its key says."""


def staging_of(uri: str) -> Staging:
    """`s3://BUCKET/PREFIX` in its parts.

    Raises:
        PackagerError: it is no such URI.
    """
    bucket, _, prefix = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not limits.is_bucket(bucket):
        raise PackagerError(f"`{uri}` is no place on S3", "write `s3://BUCKET/PREFIX`")
    return Staging(bucket, prefix.strip("/"))


def object_of(uri: str) -> tuple[str, str]:
    """`s3://BUCKET/KEY` as bucket and key.

    Raises:
        PackagerError: it is no such URI.
    """
    bucket, _, key = uri.removeprefix("s3://").partition("/")
    if not uri.startswith("s3://") or not limits.is_bucket(bucket) or not key:
        raise PackagerError(f"`{uri}` is no object on S3", "write `s3://BUCKET/KEY`")
    return bucket, key


def check_object(client: S3Client, place: tuple[str, str], *, owner: str, region: str | None, most: int) -> None:
    """An object must be there, with at most `most` bytes, in a bucket of `owner` in `region`.

    Raises:
        ServiceError: it is not.
    """
    bucket, key = place
    _check_bucket(client, Staging(bucket, ""), owner, region)
    try:
        answer: Any = client.head_object(Bucket=bucket, Key=key, ExpectedBucketOwner=owner)
    except botocore.exceptions.ClientError as error:
        if _client_code(error) in _MISSING:
            raise ServiceError(f"there is no `s3://{bucket}/{key}`") from error
        raise _error("HeadObject", error) from error
    except ServiceError:
        raise
    except Exception as error:
        raise _error("HeadObject", error) from error
    size = int(answer.get("ContentLength") or 0)
    if size > most:
        raise ServiceError(f"`s3://{bucket}/{key}` has {size / 1e6:.1f} MB, at most {most / 1e6:.0f} MB are taken")


def stage(
    client: S3Client,
    place: Staging,
    source: IO[bytes],
    *,
    size: int,
    sha256: str,
    suffix: str,
    owner: str,
    region: str | None,
    progress: Progress | None = None,
) -> Staged:
    """Put `source` (`size` bytes with the SHA-256 `sha256`, in hex) on S3, unless it is there.

    `owner` is the account that must own the bucket; `region`, if given, the one in which it must lie.

    Raises:
        ServiceError: S3 refused, the bucket is another's or elsewhere, or another content has the key.
    """
    _check_bucket(client, place, owner, region)
    staged = Staged(place.uri(sha256, suffix), reused=False, owner=owner)
    common = {"Bucket": place.bucket, "Key": place.key(sha256, suffix), "ExpectedBucketOwner": owner}
    if _is_there(client, common, size, sha256):
        return Staged(staged.uri, reused=True, owner=owner)
    say = progress or (lambda _: None)
    try:
        if size <= PART_BYTES:
            _put(client, common, source.read(), sha256)
        else:
            _put_parts(client, common, source, (size, sha256), say)
    except OutOfTimeError:
        raise
    except ServiceError as error:
        # The object may be there all the same: another upload was faster, or ours was complete and its answer was lost.
        if not _is_there_after(error, client, common, size, sha256):
            raise
        return Staged(staged.uri, reused=_code(error) in _TAKEN, owner=owner)
    say(f"uploaded {staged.uri}")
    return staged


def _check_bucket(client: S3Client, place: Staging, owner: str, region: str | None) -> None:
    """The bucket must be there, the owner's, and in the workflow's Region (guide: packaging page)."""
    try:
        answer: Any = client.head_bucket(Bucket=place.bucket, ExpectedBucketOwner=owner)
    except botocore.exceptions.ClientError as error:
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status == 404:
            raise ServiceError(f"the bucket `{place.bucket}` does not exist") from error
        if status == 403:
            raise ServiceError(
                f"the bucket `{place.bucket}` is not of the account {owner}, or may not be used",
                "look at `s3:ListBucket`; name the owner with `--workflow-bucket-owner-id` if it is another account's",
            ) from error
        raise _error("HeadBucket", error) from error
    except ServiceError:
        raise
    except Exception as error:
        raise _error("HeadBucket", error) from error
    found = answer.get("BucketRegion") or answer["ResponseMetadata"]["HTTPHeaders"].get("x-amz-bucket-region")
    if region and found and found != region:
        raise ServiceError(
            f"the bucket `{place.bucket}` lies in {found}, the workflow in {region}",
            "the service reads definitions from buckets of its own Region only",
        )


def _is_there_after(error: ServiceError, client: S3Client, common: dict[str, str], size: int, sha256: str) -> bool:
    """Whether the content has its key after an upload that failed with `error`.

    Raises:
        ServiceError: the key has another content, or, after a refusal because the key is taken, S3 does not show its content.
    """
    try:
        return _is_there(client, common, size, sha256)
    except ServiceError as second:
        if isinstance(second, OtherContentError) or _code(error) in _TAKEN:
            raise
        return False


def _is_there(client: S3Client, common: dict[str, str], size: int, sha256: str) -> bool:
    """Whether the content has its key already.

    Raises:
        OtherContentError: the key has another content.
        ServiceError: S3 refused to show it.
    """
    try:
        answer: Any = client.head_object(**common, ChecksumMode="ENABLED")
    except botocore.exceptions.ClientError as error:
        if _client_code(error) in _MISSING:
            return False
        raise _error("HeadObject", error) from error
    except ServiceError:
        raise
    except Exception as error:
        raise _error("HeadObject", error) from error
    same = answer.get("ContentLength") == size
    if same and answer.get("ChecksumSHA256") != _base64(sha256):  # none, or one made of the parts' checksums
        same = _content_hash(client, common) == sha256
    if not same:
        raise OtherContentError(
            f"`s3://{common['Bucket']}/{common['Key']}` has another content than its name says",
            "remove the object, or use another `--staging` prefix",
        )
    return True


def _content_hash(client: S3Client, common: dict[str, str]) -> str:
    """The SHA-256 of an object that S3 has no full checksum of, read piece by piece."""
    with _calling("GetObject"):
        answer: Any = client.get_object(**common)
        return deadline_of(client).run("GetObject", lambda: _hash_of(answer["Body"]))


def _hash_of(body: Any) -> str:
    digest = hashlib.sha256()
    for chunk in body.iter_chunks(PART_BYTES):
        digest.update(chunk)
    return digest.hexdigest()


def _put(client: S3Client, common: dict[str, str], content: bytes, sha256: str) -> None:
    with _calling("PutObject"):
        client.put_object(
            **common,
            Body=content,
            ChecksumSHA256=_base64(sha256),
            IfNoneMatch="*",
            Metadata={_METADATA: sha256},
        )


def _put_parts(
    client: S3Client, common: dict[str, str], source: IO[bytes], expected: tuple[int, str], say: Progress
) -> None:
    """Upload part by part; `expected` is the size and the SHA-256 of the whole."""
    size, sha256 = expected
    parts = []
    done = 0
    digest = hashlib.sha256()
    created: list[Any] = []
    try:
        with _calling("CreateMultipartUpload"):
            _create_upload(client, common, sha256, created)
            name = {**common, "UploadId": str(created[0]["UploadId"])}
        for number, content in enumerate(_pieces(source), 1):
            digest.update(content)
            checksum = base64.b64encode(hashlib.sha256(content).digest()).decode()
            with _calling("UploadPart"):
                answer: Any = client.upload_part(
                    **name,
                    PartNumber=number,
                    Body=content,
                    ChecksumSHA256=checksum,
                )
                parts.append({"PartNumber": number, "ETag": answer["ETag"], "ChecksumSHA256": checksum})
            done += len(content)
            say(f"uploaded {done / 1e6:.0f} of {size / 1e6:.0f} MB")
        _check_digest(digest.hexdigest(), sha256)
        with _calling("CompleteMultipartUpload"):
            client.complete_multipart_upload(
                **name,
                MultipartUpload={"Parts": parts},
                IfNoneMatch="*",
            )
    except BaseException:  # an interruption, too, must not leave parts that are paid for
        for upload in created:
            _abort(client, {**common, "UploadId": str(upload.get("UploadId"))})
        raise


def _create_upload(client: S3Client, common: dict[str, str], sha256: str, created: list[Any]) -> None:
    """Begin an upload in parts; the answer is in `created` as soon as it is there."""
    members = {**common, "ChecksumAlgorithm": "SHA256", "Metadata": {_METADATA: sha256}}
    if isinstance(client, Bounded):
        client.invoke("create_multipart_upload", members, created)
    else:
        created.append(client.create_multipart_upload(**members))


def _abort(client: S3Client, name: dict[str, str]) -> None:
    """Remove the parts of an upload. One that is complete in truth is not there any more, and stays as it is."""
    if isinstance(client, Bounded):
        client = client.until(Deadline.after(_CLEAN_UP_SECONDS))
    with contextlib.suppress(Exception):  # what failed before is what counts
        client.abort_multipart_upload(**name)


def _check_digest(found: str, wanted: str) -> None:
    if found != wanted:
        raise ServiceError("the zip changed while it was uploaded", "package it again")


def _pieces(source: IO[bytes]) -> Iterator[bytes]:
    while content := source.read(PART_BYTES):
        yield content


@contextlib.contextmanager
def _calling(operation: str) -> Iterator[None]:
    """Turn what botocore raises into our own error; a broken answer trips its parser in many ways."""
    try:
        yield
    except ServiceError:
        raise
    except Exception as error:
        raise _error(operation, error) from error


def _error(operation: str, error: Exception) -> ServiceError:
    if isinstance(error, botocore.exceptions.ClientError):
        return ServiceError(f"S3 {operation} was refused: {_client_code(error)}: {reason_of(error)}")
    if isinstance(error, botocore.exceptions.NoCredentialsError):
        return ServiceError("no AWS credentials were found", "log in first, or give `--profile`")
    return ServiceError(
        f"S3 {operation} did not get an answer: {shortened(str(error))}",
        "run the same command again: what is uploaded is reused",
    )


def _code(error: ServiceError) -> str:
    cause = error.__cause__
    return _client_code(cause) if isinstance(cause, botocore.exceptions.ClientError) else ""


def _client_code(error: botocore.exceptions.ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _base64(sha256: str) -> str:
    return base64.b64encode(bytes.fromhex(sha256)).decode()
