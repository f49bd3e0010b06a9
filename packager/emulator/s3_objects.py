"""Reading S3 objects that a request names, through the endpoint of `AWS_ENDPOINT_URL_S3` and no other."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from packager.emulator.errors import is_local
from packager.healthomics import limits

_CHUNK = 1024 * 1024
_CONNECT_SECONDS = 5
_READ_SECONDS = 60
_PLACEHOLDER = "emulator"  # an S3 on this machine without users checks no credentials
ENDPOINT = "AWS_ENDPOINT_URL_S3"


class ObjectError(Exception):
    """The object is unavailable; the text is for the statusMessage."""


def download(uri: str, target: Path, *, most: int, region: str, owner: str | None = None) -> None:
    """Write an object to a file, piece by piece.

    Raises:
        ObjectError: it does not exist, is larger than `most` bytes, belongs to another owner, or S3 is out of reach.
    """
    bucket, key = _parts(uri)
    endpoint = os.environ.get(ENDPOINT)
    if not endpoint:
        raise ObjectError(f"the emulator cannot reach S3: {ENDPOINT} is not set")
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError  # noqa: PLC0415 - slow, and only for S3

    try:
        client = _client(endpoint, region)
        try:
            members = {"Bucket": bucket, "Key": key} | ({"ExpectedBucketOwner": owner} if owner else {})
            answer = client.get_object(**members)
            with contextlib.closing(answer["Body"]) as body:
                if answer["ContentLength"] > most:
                    raise _too_large(uri, most)
                _copy(body, target, uri, most)
        finally:
            client.close()
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        raise ObjectError(f"S3 rejected {uri}: {_REASONS.get(code, code)}") from error
    except (BotoCoreError, HTTPClientError, ValueError) as error:
        raise ObjectError(f"the emulator cannot reach S3 for {uri}: {type(error).__name__}") from error


_REASONS = {
    "NoSuchBucket": "the bucket does not exist",
    "NoSuchKey": "the object does not exist",
    "404": "the object does not exist",
    "AccessDenied": "access denied",
    "403": "access denied",
}


def _parts(uri: str) -> tuple[str, str]:
    scheme, _, rest = uri.partition("://")
    bucket, _, key = rest.partition("/")
    if scheme != "s3" or not limits.is_bucket(bucket) or not key:
        raise ObjectError(f"{uri} is not the URI of an S3 object")
    return bucket, key


def _client(endpoint: str, region: str) -> Any:
    import botocore.session  # noqa: PLC0415 - slow, and only for S3
    from botocore import UNSIGNED  # noqa: PLC0415 - as above
    from botocore.config import Config  # noqa: PLC0415 - as above

    session = botocore.session.Session()
    local = is_local(urlsplit(endpoint).hostname or "")
    if local:  # do not wait for the metadata service of a cloud machine
        session.get_component("credential_provider").remove("iam-role")
    known = session.get_credentials() is not None
    config = Config(
        connect_timeout=_CONNECT_SECONDS,
        read_timeout=_READ_SECONDS,
        retries={"total_max_attempts": 2, "mode": "standard"},
        s3={"addressing_style": "path"},
    )
    if local:
        config = config.merge(Config(proxies={}))
    elif not known:
        config = config.merge(Config(signature_version=UNSIGNED))
    placeholder = None if known or not local else _PLACEHOLDER
    return session.create_client(
        "s3",
        region_name=region,
        endpoint_url=endpoint,
        config=config,
        aws_access_key_id=placeholder,
        aws_secret_access_key=placeholder,
    )


def _copy(body: Any, target: Path, uri: str, most: int) -> None:
    size = 0
    with target.open("wb") as file:
        for chunk in body.iter_chunks(_CHUNK):
            size += len(chunk)
            if size > most:
                raise _too_large(uri, most)
            file.write(chunk)


def _too_large(uri: str, most: int) -> ObjectError:
    return ObjectError(f"{uri} is larger than {most} bytes")
