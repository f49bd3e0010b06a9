"""The S3 side of a request: what is staged there, and whether an object that somebody else put there can be what is meant."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from typing import IO, Any

from packager.aws.deadline import deadline_of
from packager.aws.deliver.options import Delivery, Task
from packager.aws.deliver.prepared import DEFINITION, README, REGISTRY_MAP, Parcel
from packager.aws.deliver.staging import check_object, object_of, stage
from packager.aws.session import client_of
from packager.errors import PackagerError
from packager.healthomics import limits
from packager.healthomics.request import Request


def needs_bucket(parcel: Parcel, delivery: Delivery) -> bool:
    """Whether something goes to S3, so that the owner of the bucket must be known."""
    return (
        bool(delivery.staging and (_is_large(parcel) or delivery.staged)) or parcel.request.definition_uri is not None
    )


def _is_large(parcel: Parcel) -> bool:
    definition = parcel.request.definition_zip
    return definition is not None and definition.size > limits.ZIP_INLINE_WARN_BYTES


def staged(request: Request, task: Task, delivery: Delivery, owner: str | None) -> Request:
    """A request whose large members are on S3; `owner` is the account of the bucket.

    Raises:
        ServiceError: S3 refused, or the bucket is another's or elsewhere.
    """
    place, parcel = delivery.staging, task.parcel
    if place is None or not (_is_large(parcel) or delivery.staged):
        return request
    if owner is None:
        raise PackagerError("the owner of the bucket is not known", "give `--workflow-bucket-owner-id`")
    client: Any = client_of(task.target, "s3", deadline=deadline_of(task.client))

    def put(file: IO[bytes], size: int, sha256: str, suffix: str) -> str:
        names: dict[str, Any] = {
            "size": size,
            "sha256": sha256,
            "suffix": suffix,
            "owner": owner,
            "region": task.region,
        }
        return stage(client, place, file, **names, progress=task.say).uri

    def put_text(text: str, suffix: str) -> str:
        content = text.encode()
        return put(io.BytesIO(content), len(content), hashlib.sha256(content).hexdigest(), suffix)

    try:
        definition = request.definition_zip
        if (
            definition is not None
            and parcel.zip_file is not None
            and (_is_large(parcel) or DEFINITION in delivery.staged)
        ):
            parcel.zip_file.seek(0)
            uri = put(parcel.zip_file, definition.size, definition.sha256, ".zip")
            request = replace(request, definition_zip=None, definition_uri=uri, workflow_bucket_owner_id=owner)
        if README in delivery.staged and request.readme_markdown is not None:
            uri = put_text(request.readme_markdown, ".md")
            request = replace(request, readme_markdown=None, readme_uri=uri)
        if REGISTRY_MAP in delivery.staged and request.container_registry_map is not None:
            uri = put_text(request.container_registry_map, ".json")
            request = replace(request, container_registry_map=None, container_registry_map_uri=uri)
    finally:
        client.close()
    return request


def check_definition(uri: str, task: Task, owner: str) -> None:
    """The zip at a URI must be there, small enough, in the workflow's Region, and in a bucket of `owner`.

    Raises:
        ServiceError: it is not.
    """
    client: Any = client_of(task.target, "s3", deadline=deadline_of(task.client))
    try:
        check_object(client, object_of(uri), owner=owner, region=task.region, most=limits.ZIP_S3_MAX_BYTES)
    finally:
        client.close()
