"""Rules about the image mappings of a container registry map (a part of the MAP family)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Guide, cite
from packager.images.registry_map import ImageMapping, Status, resolve
from packager.model.image_reference import as_reference, fault
from packager.rules.facts import Facts
from packager.rules.maps.usage import severity_in_use
from packager.rules.rule import RuleFinding, Subject, rule


def _mappings(facts: Facts) -> tuple[ImageMapping, ...]:
    assert facts.registry_map is not None  # the subject of every rule here
    return facts.registry_map.image_mappings


def _example(source: str, destination: str) -> str:
    return f"""
$ packager map validate map.json
map.json
  {{"imageMappings": [
    {{
      "sourceImage": "{source}",
      "destinationImage": "{destination}"
    }}
  ]}}
"""


_SAMTOOLS = "quay.io/biocontainers/samtools:1.17--h00cdaf9_0"
_PRIVATE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/samtools:1.17--h00cdaf9_0"
_GOOD = _example(_SAMTOOLS, _PRIVATE)


@rule(
    "MAP011",
    "redundant-image-mapping",
    Severity.INFO,
    subject=Subject.REGISTRY_MAP,
    hint="remove it",
    source=cite(Guide.CONTAINERS, "priority"),
    bad="""
        $ packager map validate map.json
        map.json
          {
            "registryMappings": [
              {
                "upstreamRegistryUrl": "quay.io",
                "ecrRepositoryPrefix": "quay",
                "ecrAccountId": "111122223333"
              }
            ],
            "imageMappings": [
              {
                "sourceImage": "quay.io/org/tool:1.0",
                "destinationImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/quay/org/tool:1.0"
              }
            ]
          }
    """,
    good=_GOOD,
)
def redundant_image_mapping(facts: Facts) -> Iterator[RuleFinding]:
    """An image mapping has the same result as a registry mapping.

    Image mappings have priority, so it does no harm. Without it the map is shorter, and a change of
    the registry mapping applies to this image too.
    """
    assert facts.registry_map is not None
    without = replace(facts.registry_map, image_mappings=())
    for mapping in _mappings(facts):
        source = as_reference(mapping.source_image)
        destination = as_reference(mapping.destination_image)
        if source is None or destination is None or source.is_private:
            continue
        region = destination.region
        resolution = resolve(source, without, account=facts.account, region=region)
        if resolution.status is Status.MAPPED and resolution.destination == mapping.destination_image:
            yield RuleFinding(
                mapping.place,
                f"`{mapping.name}` has the same result as `{resolution.via}`",
                subject=str(mapping.source_image or ""),
            )


@rule(
    "MAP012",
    "destination-not-private-ecr",
    Severity.ERROR,
    subject=Subject.REGISTRY_MAP,
    hint="write the whole private ECR image, `<account>.dkr.ecr.<region>.amazonaws.com/<repository>:<tag>`",
    source=cite(Guide.CONTAINERS, "private"),
    bad=_example(_SAMTOOLS, "public.ecr.aws/biocontainers/samtools:1.17--h00cdaf9_0"),
    good=_GOOD,
)
def destination_not_private_ecr(facts: Facts) -> Iterator[RuleFinding]:
    """An image mapping's destination is not a private ECR image.

    HealthOmics pulls from private ECR only, so the run fails when a task pulls the image. It is a warning if no image of the workflow
    needs the mapping, and for a destination without a host: one sample of the guide has such a destination.
    """
    severity_of = severity_in_use(facts)
    for mapping in _mappings(facts):
        destination = mapping.destination_image
        if not destination:
            continue
        place, severity = mapping.place_of("destinationImage"), severity_of(mapping)
        if isinstance(destination, str):
            message = f"the destination `{destination}` {fault(destination)}"
            yield RuleFinding(place, message, severity=severity, subject=destination)
        elif not destination.explicit_registry:
            message = f"the destination `{destination}` has no registry host"
            yield RuleFinding(place, message, severity=Severity.WARNING, subject=str(destination))
        elif not destination.is_private:
            message = f"the destination `{destination}` is not in private ECR"
            yield RuleFinding(place, message, severity=severity, subject=str(destination))


@rule(
    "MAP013",
    "destination-in-another-region",
    Severity.ERROR,
    subject=Subject.REGISTRY_MAP,
    needs=("region",),
    hint="copy the image to ECR in the workflow's Region, and use the copy as the destination",
    source=cite(Guide.CONTAINERS, "private"),
    bad=_example(_SAMTOOLS, _PRIVATE).replace("map.json\n", "map.json --region eu-west-2\n", 1),
    good=_example(_SAMTOOLS, _PRIVATE).replace("map.json\n", "map.json --region us-east-1\n", 1),
)
def destination_in_another_region(facts: Facts) -> Iterator[RuleFinding]:
    """An image mapping's destination is in a different Region than the workflow.

    HealthOmics pulls images only from ECR in its own Region, so the run fails when a task pulls the image. It is a warning if no image
    of the workflow needs the mapping.
    """
    severity_of = severity_in_use(facts)
    for mapping in _mappings(facts):
        destination = as_reference(mapping.destination_image)
        if facts.region and destination and destination.region not in (None, facts.region):
            message = f"the destination is in `{destination.region}`, but the workflow is in `{facts.region}`"
            place, subject = mapping.place_of("destinationImage"), str(mapping.destination_image or "")
            yield RuleFinding(place, message, severity=severity_of(mapping), subject=subject)


@rule(
    "MAP014",
    "mapping-to-itself",
    Severity.WARNING,
    subject=Subject.REGISTRY_MAP,
    hint="remove it",
    source=cite(Api.OMICS, "ImageMapping"),
    bad=_example(_PRIVATE, _PRIVATE),
    good=_GOOD,
)
def mapping_to_itself(facts: Facts) -> Iterator[RuleFinding]:
    """An image mapping's source is already in private ECR, or is its own destination.

    An image in private ECR needs no mapping, and it is not documented what the service does with one.
    """
    for mapping in _mappings(facts):
        source = as_reference(mapping.source_image)
        place = mapping.place_of("sourceImage")
        if mapping.source_image and mapping.source_image == mapping.destination_image:
            message = f"`{mapping.name}` maps `{mapping.source_image}` to itself"
            yield RuleFinding(place, message, subject=str(mapping.source_image))
        elif source and source.is_private:
            message = f"the source `{mapping.source_image}` is already in private ECR"
            yield RuleFinding(place, message, subject=str(mapping.source_image or ""))


@rule(
    "MAP015",
    "mapped-version-differs",
    Severity.WARNING,
    subject=Subject.REGISTRY_MAP,
    hint="give both the same tag or digest, unless the difference is intended",
    source=cite(Guide.CONTAINERS, "mapping"),
    bad=_example(_SAMTOOLS, _PRIVATE.replace("1.17--h00cdaf9_0", "1.9")),
    good=_GOOD,
)
def mapped_version_differs(facts: Facts) -> Iterator[RuleFinding]:
    """An image mapping's source and destination have different tags or digests.

    Tasks then run a different version than the definition names, and a run's record does not show it.
    """
    for mapping in _mappings(facts):
        source = as_reference(mapping.source_image)
        destination = as_reference(mapping.destination_image)
        if source is None or destination is None:
            continue
        for what, left, right in (
            ("digest", source.digest, destination.digest),
            ("tag", source.tag, destination.tag),
        ):
            if left == right and left is not None and what == "digest":
                break  # the same content, whatever the tags are
            if left is not None and right is not None and left != right:
                message = f"the source has the {what} `{left}`, but the destination has `{right}`"
                yield RuleFinding(
                    mapping.place_of("destinationImage"), message, subject=str(mapping.source_image or "")
                )
                break


@rule(
    "MAP017",
    "incomplete-image-mapping",
    Severity.WARNING,
    subject=Subject.REGISTRY_MAP,
    hint="set both `sourceImage` and `destinationImage`",
    source=cite(Api.OMICS, "ImageMapping"),
    bad="""
        $ packager map validate map.json
        map.json
          {"imageMappings": [{"sourceImage": "quay.io/org/tool:1.0"}]}
    """,
    good=_GOOD,
)
def incomplete_image_mapping(facts: Facts) -> Iterator[RuleFinding]:
    """An image mapping lacks its source or its destination.

    The API's model requires neither, but without both the mapping has no effect.
    """
    for mapping in _mappings(facts):
        missing = [
            name
            for name, value in (
                ("sourceImage", mapping.source_image),
                ("destinationImage", mapping.destination_image),
            )
            if value is None
        ]
        if missing:
            listed = " and no ".join(f"`{name}`" for name in missing)
            subject = str(mapping.source_image or mapping.destination_image or "")
            yield RuleFinding(mapping.place, f"`{mapping.name}` has no {listed}", subject=subject)


@rule(
    "MAP018",
    "malformed-source-image",
    Severity.WARNING,
    subject=Subject.REGISTRY_MAP,
    hint="write the image exactly as in the tasks",
    source=cite(Api.OMICS, "ImageMapping"),
    bad=_example(f"docker://{_SAMTOOLS}", _PRIVATE),
    good=_GOOD,
)
def malformed_source_image(facts: Facts) -> Iterator[RuleFinding]:
    """An image mapping's source is not an image reference.

    No task can use such an image, so the mapping has no effect.
    """
    for mapping in _mappings(facts):
        source = mapping.source_image
        if source and isinstance(source, str):
            yield RuleFinding(mapping.place_of("sourceImage"), f"the source `{source}` {fault(source)}", subject=source)
