"""What asks an account besides submitting: whether images can be pulled, and which digests stand behind tags. Nothing there is changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from packager.app.load import RefusedError
from packager.app.loaded import Loaded
from packager.errors import PackagerError
from packager.findings.report import Report
from packager.images import registry_map
from packager.jsondoc import jsonedit, jsontext

if TYPE_CHECKING:
    from packager.aws.deliver.staging import Progress
    from packager.aws.online.pinning import Pin


def check_online(
    loaded: Loaded, *, profile: str | None = None, timeout: float = 120, progress: Progress | None = None
) -> Report:
    """Ask an AWS account about the images, caches and secrets that a workflow comes to; nothing there is changed.

    Comments and configuration that accept findings are applied by `lint`. `timeout` bounds it all, in seconds.

    Raises:
        PackagerError: no such profile, or no Region is known.
        ServiceError: nothing could be asked.
    """
    from packager.aws.online.checks import check  # noqa: PLC0415 - as above
    from packager.images.destinations import WorkflowImages  # noqa: PLC0415 - boto3 only when something is asked

    question = WorkflowImages(
        loaded.workflow, loaded.images, loaded.registry_map, loaded.region, loaded.account, loaded.target
    )
    return check(question, profile=profile, timeout=timeout, progress=progress)


def least_policies(loaded: Loaded) -> dict[str, Any]:
    """The least policies of repositories, registries and creation templates that let the service pull a workflow's images.

    Raises:
        PackagerError: the account or the Region is not known, and something depends on it.
    """
    from packager.aws.iam.grants import least_policies as policies  # noqa: PLC0415 - as above
    from packager.images.destinations import WorkflowImages, resolve_destinations  # noqa: PLC0415 - only when they are printed

    question = WorkflowImages(loaded.workflow, loaded.images, loaded.registry_map)
    wanted = resolve_destinations(question, account=loaded.account, region=loaded.region)
    unnamed = [one for one in wanted.caches if not (one.ecr_account_id or loaded.account)]
    if unnamed or (wanted.caches and not loaded.region):
        raise PackagerError("the account or the Region of the registry is not known", "give `--account` and `--region`")
    return policies(wanted, account=loaded.account, region=loaded.region)


@dataclass(frozen=True, slots=True)
class PinnedMap:
    """A registry map by digests: its new text, and what became of each image mapping that had none."""

    content: bytes
    pins: tuple[Pin, ...]


def pin_map(path: str, content: bytes, *, region: str | None, profile: str | None, timeout: float = 60) -> PinnedMap:
    """Write the digest that ECR has now behind each tag into the image mappings of a map; the rest stays byte for byte.

    Raises:
        RefusedError: it is no map.
        ServiceError: nothing could be asked.
    """
    from packager.aws.online.pinning import pins  # noqa: PLC0415 - boto3 only when something is asked

    mapping, faults = registry_map.read(path, content)
    document = jsonedit.parse(content)
    if mapping is None or faults or isinstance(document, jsontext.JsonError):
        raise RefusedError(Report(faults), "nothing was asked")
    found = pins(mapping, region=region, profile=profile, timeout=timeout)
    listed = document.root.member("imageMappings")
    splices = []
    for pin in found:
        member = listed.node.items[pin.mapping.index].member("destinationImage") if listed else None
        if member is not None and pin.destination is not None:
            splices.append(document.replace(member.node, pin.destination))
    return PinnedMap(jsonedit.spliced(document.text, splices).encode(), found)
