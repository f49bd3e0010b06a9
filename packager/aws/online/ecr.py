"""Repositories, images, cache rules and templates of a private ECR registry; only operations that read.

Images are described before anything is fetched, and fetched by digest: fetching a tag below a pull-through cache rule would make ECR
import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

import botocore.exceptions
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from packager.aws.client import Answer, objects
from packager.aws.deadline import Deadline, OutOfTimeError
from packager.aws.online.inquiry import Absent, Inquiry, Unanswered
from packager.aws.online.manifests import MEDIA_TYPES, ImageConfig, Manifest, read_config, read_manifest
from packager.healthomics import limits
from packager.images.destinations import EcrRepository

_MOST_PAGES = 50
_MAX_CONFIG_BYTES = 4 * 1024 * 1024  # our own limit: configurations have some kilobytes
_BLOB_SECONDS = 15.0
_NO_REPOSITORY = "RepositoryNotFoundException"
_NO_IMAGE = "ImageNotFoundException"


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """An image that exists. `size` is compressed, in bytes; None if ECR does not report it."""

    digest: str
    size: int | None
    status: str
    manifest: Manifest | Unanswered
    config: ImageConfig | Unanswered


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """A repository: whether it exists, its images by version (digest or tag), and its policy (None: it has none)."""

    exists: bool | Unanswered
    images: Mapping[str, ImageFacts | Absent | Unanswered] = field(default_factory=dict)
    policy: str | Unanswered | None = None


_Description: TypeAlias = Answer | Absent | Unanswered


def read_repository(inquiry: Inquiry, repository: EcrRepository, versions: Iterable[str]) -> RepositoryFacts:
    """Everything about a repository and some of its images."""
    described = describe_images(inquiry, repository, sorted(set(versions)))
    answer = _ask(
        inquiry, repository, "GetRepositoryPolicy", absent=("RepositoryPolicyNotFoundException", _NO_REPOSITORY)
    )
    if described is None or (isinstance(answer, Absent) and answer.code == _NO_REPOSITORY):
        return RepositoryFacts(exists=False)
    policy: str | Unanswered | None = answer if isinstance(answer, Unanswered) else None
    if isinstance(answer, dict):
        policy = str(answer.get("policyText") or "")
    images: dict[str, ImageFacts | Absent | Unanswered] = {
        version: description for version, description in described.items() if not isinstance(description, dict)
    }
    unanswered = next((image for image in images.values() if isinstance(image, Unanswered)), None)
    is_known = len(images) < len(described) or any(isinstance(image, Absent) for image in images.values())
    details = {version: description for version, description in described.items() if isinstance(description, dict)}
    images.update(_read_images(inquiry, repository, details))
    exists = True if is_known or not isinstance(answer, Unanswered) or unanswered is None else unanswered
    return RepositoryFacts(exists=exists, images=images, policy=policy)


def _ask(
    inquiry: Inquiry,
    repository: EcrRepository,
    operation: str,
    members: Mapping[str, object] | None = None,
    *,
    absent: tuple[str, ...] = (),
) -> _Description:
    own = {"registryId": repository.account, "repositoryName": repository.name}
    return inquiry.ask("ecr", operation, {**own, **(members or {})}, region=repository.region, absent=absent)


def _identifier(version: str) -> dict[str, str]:
    return {"imageDigest": version} if ":" in version else {"imageTag": version}


def describe_images(inquiry: Inquiry, repository: EcrRepository, versions: list[str]) -> dict[str, _Description] | None:
    """The details of images by version; None if the repository does not exist."""
    described: dict[str, _Description] = {}
    for batch in _batches(versions):
        answer = _ask(
            inquiry,
            repository,
            "DescribeImages",
            {"imageIds": [*map(_identifier, batch)]},
            absent=(_NO_REPOSITORY, _NO_IMAGE),
        )
        if isinstance(answer, Absent) and answer.code == _NO_REPOSITORY:
            return None
        if isinstance(answer, Absent) and len(batch) > 1:
            middle = len(batch) // 2  # a single missing image fails the whole call: ask for each half
            for half in (batch[:middle], batch[middle:]):
                halves = describe_images(inquiry, repository, half)
                if halves is None:
                    return None
                described.update(halves)
        elif isinstance(answer, dict):
            described.update(_by_version(batch, objects(answer.get("imageDetails"))))
        else:
            described.update(dict.fromkeys(batch, answer))
    return described


def _batches(items: list[str]) -> Iterable[list[str]]:
    size = limits.ECR_IMAGES_PER_CALL
    return (items[start : start + size] for start in range(0, len(items), size))


def _by_version(versions: list[str], details: list[Answer]) -> dict[str, _Description]:
    return {
        version: next((detail for detail in details if _has_version(detail, version)), Absent(_NO_IMAGE))
        for version in versions
    }


def _has_version(detail: Answer, version: str) -> bool:
    tags = detail.get("imageTags")
    return version == detail.get("imageDigest") or (isinstance(tags, list) and version in tags)


def _read_images(inquiry: Inquiry, repository: EcrRepository, details: dict[str, Answer]) -> dict[str, ImageFacts]:
    digests = {version: str(detail.get("imageDigest")) for version, detail in details.items()}
    manifests = _manifests(inquiry, repository, sorted(set(digests.values())))
    children = sorted(
        {manifest.child for manifest in manifests.values() if isinstance(manifest, Manifest) and manifest.child}
    )
    # ECR may not have imported every image of an index below a cache rule yet.
    described = describe_images(inquiry, repository, children) or {}
    inner = _manifests(inquiry, repository, [child for child in children if isinstance(described.get(child), dict)])
    configs: dict[str, ImageConfig | Unanswered] = {}
    images = {}
    for version, detail in details.items():
        manifest = single = manifests[digests[version]]
        is_index = isinstance(manifest, Manifest) and manifest.is_index
        if isinstance(manifest, Manifest) and is_index:
            single = inner.get(
                manifest.child or "", Unanswered("the image for this platform is not in the repository yet")
            )
        size = single.size if isinstance(single, Manifest) else None
        if isinstance(single, Manifest) and single.config:
            if single.config not in configs:
                configs[single.config] = _config(inquiry, repository, single)
            config = configs[single.config]
        else:
            config = single if isinstance(single, Unanswered) else Unanswered("its manifest has no configuration")
        reported_size = detail.get("imageSizeInBytes")
        if size is None and not is_index and isinstance(reported_size, int):
            size = reported_size
        status = str(detail.get("imageStatus") or "ACTIVE")
        images[version] = ImageFacts(digests[version], size, status, manifest, config)
    return images


def _manifests(inquiry: Inquiry, repository: EcrRepository, digests: list[str]) -> dict[str, Manifest | Unanswered]:
    manifests: dict[str, Manifest | Unanswered] = {}
    for batch in _batches(digests):
        identifiers = [{"imageDigest": digest} for digest in batch]
        members = {"imageIds": identifiers, "acceptedMediaTypes": list(MEDIA_TYPES)}
        answer = _ask(inquiry, repository, "BatchGetImage", members)
        if not isinstance(answer, dict):
            reason = answer if isinstance(answer, Unanswered) else Unanswered("the image no longer exists")
            manifests.update(dict.fromkeys(batch, reason))
            continue
        for image in objects(answer.get("images")):
            manifests[_digest_of(image)] = read_manifest(str(image.get("imageManifest"))) or Unanswered(
                "its manifest has an unexpected form"
            )
        for failure in objects(answer.get("failures")):
            reason = Unanswered(f"ECR does not return its manifest ({failure.get('failureCode')})")
            manifests[_digest_of(failure)] = reason
    return {digest: manifests.get(digest, Unanswered("ECR does not return its manifest")) for digest in digests}


def _digest_of(image: Answer) -> str:
    identifier = image.get("imageId")
    return str(identifier.get("imageDigest")) if isinstance(identifier, dict) else ""


def _config(inquiry: Inquiry, repository: EcrRepository, manifest: Manifest) -> ImageConfig | Unanswered:
    """The configuration of a single image, from its blob."""
    if manifest.config_size > _MAX_CONFIG_BYTES:
        return Unanswered("its configuration is too large")
    answer = _ask(
        inquiry,
        repository,
        "GetDownloadUrlForLayer",
        {"layerDigest": manifest.config},
        absent=("LayersNotFoundException",),
    )
    if isinstance(answer, Unanswered):
        return answer
    if isinstance(answer, Absent):
        return Unanswered("its configuration does not exist")
    content = _fetch(inquiry, str(answer["downloadUrl"]))
    if isinstance(content, Unanswered):
        return content
    return read_config(content) or Unanswered("its configuration has an unexpected form")


def _fetch(inquiry: Inquiry, url: str) -> bytes | Unanswered:
    """A blob from the URL that ECR returned; the URL is signed, so no message shows it."""
    try:
        return Deadline.after(min(_BLOB_SECONDS, inquiry.seconds_left)).run("a blob", lambda: _blob(inquiry, url))
    except OutOfTimeError:
        return Unanswered("its configuration cannot be fetched in time")


def _blob(inquiry: Inquiry, url: str) -> bytes | Unanswered:
    seconds = max(0.2, min(_BLOB_SECONDS, inquiry.seconds_left))
    session = URLLib3Session(verify=inquiry.ca_bundle, proxies=get_environ_proxies(url), timeout=seconds)  # type: ignore[arg-type]  # the stubs know neither a bundle of certificates nor parts of a second
    try:
        response = session.send(AWSRequest("GET", url, stream_output=True).prepare())
        if response.status_code != 200:
            return Unanswered(f"its configuration cannot be fetched (HTTP {response.status_code})")
        content: bytes = response.raw.read(_MAX_CONFIG_BYTES + 1)
    except (botocore.exceptions.BotoCoreError, HTTPError, OSError, ValueError) as error:
        return Unanswered(f"its configuration cannot be fetched ({type(error).__name__})")
    finally:
        session.close()
    return content if len(content) <= _MAX_CONFIG_BYTES else Unanswered("its configuration is too large")


def read_all(
    inquiry: Inquiry, operation: str, members: Mapping[str, object], *, items: str, region: str
) -> list[Answer] | Unanswered:
    """Every entry of a listing, page by page."""
    entries: list[Answer] = []
    token: dict[str, object] = {}
    seen: set[str] = set()
    for _ in range(_MOST_PAGES):
        answer = inquiry.ask("ecr", operation, {**members, **token}, region=region)
        if not isinstance(answer, dict):
            return answer if isinstance(answer, Unanswered) else entries
        entries += objects(answer.get(items))
        if not answer.get("nextToken"):
            return entries
        token = {"nextToken": str(answer["nextToken"])}
        if str(token["nextToken"]) in seen:
            return Unanswered("a `nextToken` is repeated, so the pages never end")
        seen.add(str(token["nextToken"]))
    return Unanswered(f"there are more than {_MOST_PAGES} pages")
