"""What a private ECR registry says of repositories, images, cache rules and templates; only operations that read.

Images are described before anything is fetched, and fetched by digest: to fetch a tag below a pull-through cache rule would make ECR
import it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import botocore.exceptions
from botocore.awsrequest import AWSRequest
from botocore.httpsession import URLLib3Session
from botocore.utils import get_environ_proxies
from urllib3.exceptions import HTTPError

from packager.aws.deadline import Deadline, OutOfTimeError
from packager.aws.online.inquiry import Absent, Inquiry, Unknown
from packager.aws.online.manifests import MEDIA_TYPES, ImageConfig, Manifest, read_config, read_manifest
from packager.healthomics import limits
from packager.images.destinations import EcrRepository

_MOST_PAGES = 50
_MAX_CONFIG_BYTES = 4 * 1024 * 1024  # our own bound: configurations have some kilobytes
_BLOB_SECONDS = 15.0
_NO_REPOSITORY = "RepositoryNotFoundException"
_NO_IMAGE = "ImageNotFoundException"


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """An image that is there. `size` is compressed, in bytes; what could not be found out is Unknown."""

    digest: str
    size: int | None
    status: str
    manifest: Manifest | Unknown
    config: ImageConfig | Unknown


@dataclass(frozen=True, slots=True)
class RepositoryFacts:
    """A repository: whether it exists, its images by version (digest or tag; Absent: not there), and its policy (None: has none)."""

    exists: bool | Unknown
    images: Mapping[str, ImageFacts | Absent | Unknown] = field(default_factory=dict)
    policy: str | Unknown | None = None


def read_repository(inquiry: Inquiry, repository: EcrRepository, versions: Iterable[str]) -> RepositoryFacts:
    """Everything about a repository and some of its images."""
    wanted = sorted(set(versions))
    described = describe_images(inquiry, repository, wanted)
    answer = _ask(
        inquiry, repository, "get_repository_policy", absent=("RepositoryPolicyNotFoundException", _NO_REPOSITORY)
    )
    if described is None or (isinstance(answer, Absent) and answer.code == _NO_REPOSITORY):
        return RepositoryFacts(exists=False)
    policy = answer if isinstance(answer, Unknown) else None
    text = str(answer.get("policyText") or "") if isinstance(answer, dict) else policy
    unknown = next((one for one in described.values() if isinstance(one, Unknown)), None)
    found = any(not isinstance(one, Unknown) for one in described.values()) or not isinstance(answer, Unknown)
    details = {version: one for version, one in described.items() if isinstance(one, dict)}
    images: dict[str, ImageFacts | Absent | Unknown] = {
        version: one for version, one in described.items() if not isinstance(one, dict)
    }
    images.update(_read_images(inquiry, repository, details))
    return RepositoryFacts(exists=True if found or unknown is None else unknown, images=images, policy=text)


def _ask(
    inquiry: Inquiry, repository: EcrRepository, operation: str, **members: Any
) -> dict[str, Any] | Absent | Unknown:
    return inquiry.ask(
        "ecr",
        operation,
        region=repository.region,
        registryId=repository.account,
        repositoryName=repository.name,
        **members,
    )


def _identifier(version: str) -> dict[str, str]:
    return {"imageDigest": version} if ":" in version else {"imageTag": version}


def describe_images(
    inquiry: Inquiry, repository: EcrRepository, versions: list[str]
) -> dict[str, dict[str, Any] | Absent | Unknown] | None:
    """The details of images by version; None when there is no such repository."""
    found: dict[str, dict[str, Any] | Absent | Unknown] = {}
    for start in range(0, len(versions), limits.ECR_IMAGES_PER_CALL):
        some = versions[start : start + limits.ECR_IMAGES_PER_CALL]
        answer = _ask(
            inquiry,
            repository,
            "describe_images",
            absent=(_NO_REPOSITORY, _NO_IMAGE),
            imageIds=[*map(_identifier, some)],
        )
        if isinstance(answer, Absent) and answer.code == _NO_REPOSITORY:
            return None
        if isinstance(answer, Absent) and len(some) > 1:
            middle = len(some) // 2  # one that is missing fails the whole call: ask for each half
            for half in (some[:middle], some[middle:]):
                described = describe_images(inquiry, repository, half)
                if described is None:
                    return None
                found.update(described)
        elif isinstance(answer, dict):
            found.update(_by_version(some, answer.get("imageDetails") or []))
        else:
            found.update(dict.fromkeys(some, answer))
    return found


def _by_version(versions: list[str], details: list[dict[str, Any]]) -> dict[str, dict[str, Any] | Absent | Unknown]:
    found: dict[str, dict[str, Any] | Absent | Unknown] = {}
    for version in versions:
        match = next(
            (one for one in details if version == one.get("imageDigest") or version in (one.get("imageTags") or [])),
            None,
        )
        found[version] = Absent(_NO_IMAGE) if match is None else match
    return found


def _read_images(
    inquiry: Inquiry, repository: EcrRepository, details: dict[str, dict[str, Any]]
) -> dict[str, ImageFacts]:
    digests = {version: str(one.get("imageDigest")) for version, one in details.items()}
    manifests = _manifests(inquiry, repository, sorted(set(digests.values())))
    children = sorted({one.child for one in manifests.values() if isinstance(one, Manifest) and one.child})
    # Of an index below a cache rule, ECR has perhaps not imported every image yet.
    there = describe_images(inquiry, repository, children) or {}
    inner = _manifests(inquiry, repository, [child for child in children if isinstance(there.get(child), dict)])
    configs: dict[str, ImageConfig | Unknown] = {}
    found = {}
    for version, detail in details.items():
        manifest = manifests[digests[version]]
        single = manifest
        if isinstance(manifest, Manifest) and manifest.is_index:
            single = inner.get(
                manifest.child or "", Unknown("the image for this platform is not in the repository yet")
            )
        size = single.size if isinstance(single, Manifest) else None
        if isinstance(single, Manifest) and single.config:
            if single.config not in configs:
                configs[single.config] = _config(inquiry, repository, single)
            config = configs[single.config]
        else:
            config = single if isinstance(single, Unknown) else Unknown("its manifest names no configuration")
        described_size = (
            None if isinstance(manifest, Manifest) and manifest.is_index else detail.get("imageSizeInBytes")
        )
        found[version] = ImageFacts(
            digests[version],
            size if size is not None else described_size,
            str(detail.get("imageStatus") or "ACTIVE"),
            manifest,
            config,
        )
    return found


def _manifests(inquiry: Inquiry, repository: EcrRepository, digests: list[str]) -> dict[str, Manifest | Unknown]:
    found: dict[str, Manifest | Unknown] = {}
    for start in range(0, len(digests), limits.ECR_IMAGES_PER_CALL):
        some = digests[start : start + limits.ECR_IMAGES_PER_CALL]
        answer = _ask(
            inquiry,
            repository,
            "batch_get_image",
            imageIds=[{"imageDigest": digest} for digest in some],
            acceptedMediaTypes=list(MEDIA_TYPES),
        )
        if not isinstance(answer, dict):
            reason = answer if isinstance(answer, Unknown) else Unknown("the image is no longer there")
            found.update(dict.fromkeys(some, reason))
            continue
        for image in answer.get("images") or []:
            digest = str((image.get("imageId") or {}).get("imageDigest"))
            found[digest] = read_manifest(str(image.get("imageManifest"))) or Unknown(
                "its manifest is of no known form"
            )
        for failure in answer.get("failures") or []:
            digest = str((failure.get("imageId") or {}).get("imageDigest"))
            found[digest] = Unknown(f"ECR does not give its manifest ({failure.get('failureCode')})")
    return {digest: found.get(digest, Unknown("ECR does not give its manifest")) for digest in digests}


def _config(inquiry: Inquiry, repository: EcrRepository, manifest: Manifest) -> ImageConfig | Unknown:
    """The configuration of a single image, from its blob."""
    if manifest.config_size > _MAX_CONFIG_BYTES:
        return Unknown("its configuration is too large to be one")
    answer = _ask(
        inquiry,
        repository,
        "get_download_url_for_layer",
        layerDigest=manifest.config,
        absent=("LayersNotFoundException",),
    )
    if isinstance(answer, Unknown):
        return answer
    url = answer.get("downloadUrl") if isinstance(answer, dict) else None
    if not url:
        return Unknown("its configuration is not there")
    content = _fetch(inquiry, str(url))
    if isinstance(content, Unknown):
        return content
    return read_config(content) or Unknown("its configuration is of no known form")


def _fetch(inquiry: Inquiry, url: str) -> bytes | Unknown:
    """A blob from where ECR says that it is; the place is a signed address, so it is never shown."""
    try:
        return Deadline.after(min(_BLOB_SECONDS, inquiry.seconds_left)).run("a blob", lambda: _blob(inquiry, url))
    except OutOfTimeError:
        return Unknown("its configuration cannot be fetched in time")


def _blob(inquiry: Inquiry, url: str) -> bytes | Unknown:
    seconds = max(0.2, min(_BLOB_SECONDS, inquiry.seconds_left))
    session = URLLib3Session(verify=inquiry.ca_bundle, proxies=get_environ_proxies(url), timeout=seconds)  # type: ignore[arg-type]  # the stubs know neither a bundle of certificates nor parts of a second
    try:
        response = session.send(AWSRequest("GET", url, stream_output=True).prepare())
        if response.status_code != 200:
            return Unknown(f"its configuration cannot be fetched (HTTP {response.status_code})")
        content: bytes = response.raw.read(_MAX_CONFIG_BYTES + 1)
    except (botocore.exceptions.BotoCoreError, HTTPError, OSError, ValueError) as error:
        return Unknown(f"its configuration cannot be fetched ({type(error).__name__})")
    finally:
        session.close()
    return content if len(content) <= _MAX_CONFIG_BYTES else Unknown("its configuration is too large to be one")


def read_all(
    inquiry: Inquiry, operation: str, member: str, *, region: str, **members: Any
) -> list[dict[str, Any]] | Unknown:
    """Every entry of a listing, page by page."""
    found: list[dict[str, Any]] = []
    token: dict[str, Any] = {}
    seen: set[str] = set()
    for _ in range(_MOST_PAGES):
        answer = inquiry.ask("ecr", operation, region=region, **members, **token)
        if not isinstance(answer, dict):
            return answer if isinstance(answer, Unknown) else found
        found += answer.get(member) or []
        if not answer.get("nextToken"):
            return found
        token = {"nextToken": str(answer["nextToken"])}
        if token["nextToken"] in seen:
            return Unknown("a `nextToken` comes twice, so the pages never end")
        seen.add(token["nextToken"])
    return Unknown(f"there are more than {_MOST_PAGES} pages of them")
