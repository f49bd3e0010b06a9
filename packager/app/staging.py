"""Putting the definition zip on S3 without submitting it: by the code and under the key of a submission."""

from __future__ import annotations

from dataclasses import dataclass

from packager.app.build import zip_definition
from packager.app.loaded import Loaded
from packager.archive.zip_writer import Package
from packager.aws.deadline import Deadline
from packager.aws.deliver.prepared import Progress, staging_of
from packager.aws.deliver.staging import Bucket, Payload, Staged, stage
from packager.aws.session import Target, caller_of, check_account, client_of, signed_in
from packager.errors import PackagerError
from packager.healthomics import limits


@dataclass(frozen=True, slots=True, kw_only=True)
class StagingOptions:
    """Where the zip goes (`s3://BUCKET/PREFIX`), and through which account.

    `endpoint_url` is that of S3 and STS. The credentials must belong to `account`, if it is set. `owner` is the account of the bucket,
    the caller's if it is not set. `timeout` in seconds limits everything.
    """

    staging: str
    region: str | None = None
    profile: str | None = None
    endpoint_url: str | None = None
    account: str | None = None
    owner: str | None = None
    timeout: float = 600


def stage_definition(
    loaded: Loaded, options: StagingOptions, *, progress: Progress | None = None
) -> tuple[Package, Staged]:
    """The zip that `submit` would send, and its place on S3, where it is uploaded unless it is there already.

    Raises:
        PackagerError: the Region is unknown, the credentials belong to another account, or a file cannot be read.
        ServiceError: AWS refused, the bucket is another account's or in another Region, or the zip is too large for HealthOmics.
    """
    place, deadline = staging_of(options.staging), Deadline.after(options.timeout)
    target = signed_in(Target(options.region, options.profile, storage_url=options.endpoint_url), deadline)
    owner = options.owner
    if options.account is not None or owner is None:
        caller = caller_of(target, deadline)
        if options.account is not None:
            check_account(caller, options.account)
        owner = owner or caller.account
    zip_file, definition, layout = zip_definition(loaded)
    with zip_file:
        if layout.faults:
            raise PackagerError(
                f"`{loaded.tree.name}` is not uploaded: {layout.faults[0].message}",
                "`packager lint` shows every fault of the zip",
            )
        if definition.size > limits.ZIP_S3_MAX_BYTES:
            size = f"{definition.size / 1e6:.1f} MB, the limit is {limits.ZIP_S3_MAX_BYTES / 1e6:.0f} MB"
            raise PackagerError(f"the zip has {size}", "`packager package --list` shows the files and their sizes")
        client = client_of(target, "s3", deadline=deadline)
        try:
            bucket = Bucket(owner, client.region)
            payload = Payload(zip_file, definition.size, definition.sha256, ".zip")
            staged = stage(client, place, payload, bucket, progress=progress)
        finally:
            client.close()
    return Package(definition.size, definition.sha256, definition.content_digest), staged
