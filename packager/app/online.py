"""Questions to an AWS account besides submitting: can images be pulled, and which digests do tags point to. Nothing is changed there."""

from __future__ import annotations

from dataclasses import dataclass

from packager.app.check import RefusedError
from packager.app.loaded import Loaded
from packager.aws.deliver.prepared import Progress
from packager.aws.online.checks import check
from packager.aws.online.pinning import Pin, pins
from packager.findings.report import Report
from packager.images import registry_map
from packager.images.destinations import WorkflowImages
from packager.jsondoc import jsonedit, jsontext


def check_online(
    loaded: Loaded, *, profile: str | None = None, timeout: float = 120, progress: Progress | None = None
) -> Report:
    """The findings of asking an AWS account about the images, caches and secrets that a workflow needs.

    Comments and configuration that accept findings are applied by `lint`. `timeout` bounds all requests together, in seconds.

    Raises:
        PackagerError: the profile does not exist, or the Region is unknown.
        ServiceError: nothing could be asked.
    """
    question = WorkflowImages(
        loaded.workflow, loaded.images, loaded.registry_map, loaded.region, loaded.account, loaded.target
    )
    return check(question, profile=profile, timeout=timeout, progress=progress)


@dataclass(frozen=True, slots=True)
class PinnedMap:
    """A registry map with digests: its new content, and the result for each image mapping that had none."""

    content: bytes
    pins: tuple[Pin, ...]


def pin_map(path: str, content: bytes, *, region: str | None, profile: str | None, timeout: float = 60) -> PinnedMap:
    """A map whose image mappings have the digest that ECR has now for each tag; the rest of it stays byte for byte.

    Raises:
        RefusedError: the content is not a valid map.
        ServiceError: nothing could be asked.
    """
    mapping, faults = registry_map.read(path, content)
    document = jsonedit.parse(content)
    if mapping is None or faults or isinstance(document, jsontext.JsonError):
        raise RefusedError(Report(faults), "AWS was not asked")
    answers = pins(mapping, region=region, profile=profile, timeout=timeout)
    mappings = document.root.member("imageMappings")
    splices = []
    for pin in answers:
        member = mappings.node.items[pin.mapping.index].member("destinationImage") if mappings else None
        if member is not None and pin.destination is not None:
            splices.append(document.replace(member.node, pin.destination))
    return PinnedMap(jsonedit.spliced(document.text, splices).encode(), answers)
