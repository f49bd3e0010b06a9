"""The rule about names that are not image references, and what to write instead (a part of the IMG family)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from packager.findings.causes import Cause
from packager.findings.diagnostic import Severity
from packager.findings.sources import Guide, Standard, cite
from packager.model import image_reference as reference
from packager.rules.facts import Facts
from packager.rules.images.sources import lint_example, place_of, severity_of, unless, users_of
from packager.rules.rule import RuleFinding, Subject, rule

_SAMTOOLS = "quay.io/biocontainers/samtools:1.17--h00cdaf9_0"


@rule(
    "IMG005",
    "malformed-image-reference",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    hint="write `host/repository:tag`, in lower case and without a scheme",
    source=cite(Guide.CONTAINERS, Standard.IMAGE_NAMES, "grammar"),
    bad=lint_example(f"docker://{_SAMTOOLS}"),
    good=lint_example("111122223333.dkr.ecr.us-east-1.amazonaws.com/samtools:1.17--h00cdaf9_0"),
)
def malformed_image_reference(facts: Facts) -> Iterator[RuleFinding]:
    """An image is not a container image reference.

    No registry has such an image and no mapping can cover it, so the run fails when the task starts. It is a warning where an input's
    default is the image, or a condition decides whether the task runs.
    """
    for use in facts.images:
        if use.fault is not None:
            message = f"the image `{use.image}` {users_of(use)} {use.fault}{unless(use)}"
            hint, cause = _hint(use.image), Cause.NONE
            if reference.has_placeholder(use.image):
                hint, cause = _HINT_OF_TEMPLATE, Cause.IMAGES_WITH_PLACEHOLDERS
            severity = severity_of(use)
            yield RuleFinding(place_of(use), message, hint=hint, severity=severity, subject=use.image, cause=cause)


_SINGULARITY = re.compile(r"(?:library|shub|oras)://|.*\.(?:sif|simg|img)\Z")
_HINT_OF_TEMPLATE = "replace the placeholders, and check and submit the result"
_DEPOT = "https://depot.galaxyproject.org/singularity/"


def _hint(text: str) -> str | None:
    """What to write instead of a name that is not an image reference; None if only the general hint applies."""
    bare = text.removeprefix("docker://")
    if bare != text and reference.parse(bare):
        return f"write `{bare}`"
    build = f"quay.io/biocontainers/{text.removeprefix(_DEPOT)}"
    if text.startswith(_DEPOT) and reference.parse(build):
        return f"write `{build}`: the same build as a Docker image; this is a Singularity image"
    if (text.startswith("https://") and "/blobs/sha256/" in text) or _SINGULARITY.match(text):
        return "use the container image that this Singularity image was built from"
    return None
