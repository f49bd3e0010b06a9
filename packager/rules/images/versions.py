"""Rules about the version of an image, and the machines that it is built for (a part of the IMG family)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, cite
from packager.images.registry_map import Resolution
from packager.model.image_reference import ImageReference, as_reference
from packager.rules.facts import Facts
from packager.rules.images.sources import known_images, lint_example, other_version, place_of, resolution_of, users_of
from packager.rules.rule import RuleFinding, Subject, rule

_PRIVATE = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
_WITH_MAP = " --container-registry-map map.json"


def _map_of(tag: str, copy: str) -> str:
    return f"""map.json
  {{"imageMappings": [
    {{"sourceImage": "ubuntu{tag}", "destinationImage": "{_PRIVATE}/ubuntu{copy}"}}
  ]}}
"""


@rule(
    "IMG007",
    "mapped-to-another-version",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    hint="add an image mapping for this version",
    source=cite(Guide.CONTAINERS, "untagged"),
    bad=lint_example("ubuntu:24.04", _WITH_MAP, _map_of("", ":22.04")),
    good=lint_example("ubuntu:24.04", _WITH_MAP, _map_of(":24.04", ":24.04")),
)
def mapped_to_another_version(facts: Facts) -> Iterator[RuleFinding]:
    """An image is mapped to another version than the task names.

    An image mapping without a tag may apply to every version of the image, and its destination names one version. The task then
    runs that version, or has no image at all if the service applies the mapping only to images without a tag.
    """
    mappings = facts.registry_map.image_mappings if facts.registry_map else ()
    sources = {mapping.name: mapping.normal_source for mapping in mappings}
    for use, reference in known_images(facts):
        resolution = resolution_of(facts, reference)
        source = sources.get(resolution.via or "")
        if source is None or source.tag is not None or source.digest is not None:
            continue  # MAP015 compares a source with a version
        other = other_version(reference, resolution)
        if other is not None:
            message = f"the image `{use.image}` {users_of(use)} is mapped to `{other}` by `{resolution.via}`"
            yield RuleFinding(place_of(use), message, subject=use.image)


_ARM = re.compile(r"(?:\A|[-_.])(?:arm64(?:v8)?|aarch64|armv[678][a-z]*|arm32v[567])(?=[-_.]|\Z)", re.IGNORECASE)
_BOTH = re.compile(r"amd64|x86|multi", re.IGNORECASE)
_ARM_NAMESPACE = re.compile(r"arm(?:64v8|32v[567])")


def _is_for_arm(reference: ImageReference) -> bool:
    """Whether the tag, the repository or the namespace contains ARM's name, and none of them contains x86's."""
    namespace, _, name = reference.repository.rpartition("/")
    words = f"{name}.{reference.tag or ''}"
    if _BOTH.search(words):
        return False
    return bool(_ARM.search(words)) or (reference.is_docker_hub and bool(_ARM_NAMESPACE.fullmatch(namespace)))


def _pulled(reference: ImageReference, resolution: Resolution) -> ImageReference:
    """The destination of an image mapping, else the image as the task names it."""
    if not (resolution.via or "").startswith("imageMappings"):
        return reference
    return as_reference(resolution.destination) or reference


@rule(
    "IMG008",
    "image-for-arm",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    hint="use an image that is built for x86_64 (amd64)",
    source=cite(Guide.CONTAINERS, "platform"),
    bad=lint_example(f"{_PRIVATE}/samtools:1.17-arm64"),
    good=lint_example(f"{_PRIVATE}/samtools:1.17-amd64"),
)
def image_for_arm(facts: Facts) -> Iterator[RuleFinding]:
    """An image is built for ARM, according to its name.

    HealthOmics runs tasks on x86_64 machines only, where such an image cannot start.
    """
    for use, reference in known_images(facts):
        if _is_for_arm(_pulled(reference, resolution_of(facts, reference))):
            message = f"the image `{use.image}` {users_of(use)} is for ARM, according to its name"
            yield RuleFinding(place_of(use), message, subject=use.image)


# Tags that move by convention: branches and release channels.
_MOVING = frozenset(
    {
        "current",
        "dev",
        "devel",
        "develop",
        "development",
        "edge",
        "head",
        "lts",
        "main",
        "master",
        "nightly",
        "rolling",
        "snapshot",
        "stable",
        "staging",
        "test",
        "testing",
        "trunk",
        "unstable",
    }
)


@rule(
    "IMG009",
    "moving-image-tag",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    hint="use the tag of a version, or better a digest (`@sha256:...`)",
    source=cite(Guide.COPIED_REGISTRIES, "once"),
    bad=lint_example(f"{_PRIVATE}/samtools:dev"),
    good=lint_example(f"{_PRIVATE}/samtools:1.17"),
)
def moving_image_tag(facts: Facts) -> Iterator[RuleFinding]:
    """An image has a tag that names a branch or a channel, such as `dev` or `stable`.

    Such a tag moves to each new build, so the next run may pull another image, and results cannot be reproduced.
    """
    for use, reference in known_images(facts):
        pulled = _pulled(reference, resolution_of(facts, reference))
        if pulled.digest is None and reference.digest is None and (pulled.tag or "").lower() in _MOVING:
            message = (
                f"the image `{use.image}` {users_of(use)} has the tag `{pulled.tag}`, which does not name a version"
            )
            yield RuleFinding(place_of(use), message, subject=use.image)
