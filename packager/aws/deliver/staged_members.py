"""The S3 side of a request: what is staged there, and the check of a definition that is there already."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace

from packager.aws.deliver.prepared import DEFINITION, README, REGISTRY_MAP, DeliveryOptions, PreparedRequest
from packager.aws.deliver.staging import Bucket, Payload, check_object, object_of, stage
from packager.aws.deliver.submission import DeliveryContext
from packager.aws.session import client_of
from packager.errors import PackagerError
from packager.healthomics import limits
from packager.healthomics.request import Request


def needs_bucket(prepared: PreparedRequest, options: DeliveryOptions) -> bool:
    """Whether S3 is used, so that the owner of the bucket must be known."""
    return _stages(prepared, options) or prepared.request.definition_uri is not None


def _stages(prepared: PreparedRequest, options: DeliveryOptions) -> bool:
    return bool(options.staging and (_is_large(prepared) or options.staged))


def _is_large(prepared: PreparedRequest) -> bool:
    definition = prepared.request.definition_zip
    return definition is not None and definition.size > limits.ZIP_INLINE_WARN_BYTES


def staged(request: Request, context: DeliveryContext, options: DeliveryOptions, owner: str | None) -> Request:
    """The request with its large members on S3; `owner` is the account of the bucket.

    Raises:
        ServiceError: S3 refused, or the bucket is another account's or in another Region.
    """
    place, prepared = options.staging, context.prepared
    if place is None or not _stages(prepared, options):
        return request
    if owner is None:
        raise PackagerError("the owner of the bucket is unknown", "use `--workflow-bucket-owner-id`")
    client = client_of(context.target, "s3", deadline=context.client.deadline)
    bucket = Bucket(owner, context.client.region)

    def put(payload: Payload) -> str:
        return stage(client, place, payload, bucket, progress=context.say).uri

    try:
        definition, zip_file = request.definition_zip, prepared.zip_file
        in_any_case = DEFINITION in options.staged
        if definition is not None and zip_file is not None and (_is_large(prepared) or in_any_case):
            zip_file.seek(0)
            uri = put(Payload(zip_file, definition.size, definition.sha256, ".zip"))
            request = replace(request, definition_zip=None, definition_uri=uri, workflow_bucket_owner_id=owner)
        if README in options.staged and request.readme_markdown is not None:
            uri = put(_text_payload(request.readme_markdown, ".md"))
            request = replace(request, readme_markdown=None, readme_uri=uri)
        if REGISTRY_MAP in options.staged and request.container_registry_map is not None:
            uri = put(_text_payload(request.container_registry_map, ".json"))
            request = replace(request, container_registry_map=None, container_registry_map_uri=uri)
    finally:
        client.close()
    return request


def _text_payload(text: str, suffix: str) -> Payload:
    content = text.encode()
    return Payload(io.BytesIO(content), len(content), hashlib.sha256(content).hexdigest(), suffix)


def check_definition(uri: str, context: DeliveryContext, owner: str) -> None:
    """Refuse a zip at a URI that does not exist, is too large, or is in a bucket of another Region or owner.

    Raises:
        ServiceError: one of these.
    """
    client = client_of(context.target, "s3", deadline=context.client.deadline)
    try:
        bucket = Bucket(owner, context.client.region)
        check_object(client, object_of(uri), bucket, most=limits.ZIP_S3_MAX_BYTES)
    finally:
        client.close()
