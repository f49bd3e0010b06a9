"""Rules about a container registry map as a whole: what its schema (MAP001) cannot check."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Guide, cite
from packager.healthomics import limits
from packager.images.registry_map import ImageMapping, RegistryMap, RegistryMapping
from packager.images.registry_map.model import upstream_prefix
from packager.images.registry_map.resolution import covering, serving
from packager.model.facts import ImageStatus
from packager.model.image_reference import ImageName, normal_host
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, rule


def _map(facts: Facts) -> RegistryMap:
    assert facts.registry_map is not None  # the subject of every rule here
    return facts.registry_map


def _long_map(entries: int) -> str:
    rows = ",\n".join(
        f'    {{"upstreamRegistryUrl": "lab{n}.azurecr.io", "ecrRepositoryPrefix": "lab{n}"}}' for n in range(entries)
    )
    return f"""
$ packager map validate map.json
map.json
  {{"registryMappings": [
{rows}
  ]}}
"""


@rule(
    "MAP003",
    "too-many-mappings",
    Severity.WARNING,
    subject=Subject.REGISTRY_MAP,
    hint="merge image mappings of one registry into a registry mapping",
    source=cite(Guide.CREATION, "console", Api.OMICS, "no list limit"),
    bad=_long_map(limits.CONSOLE_REGISTRY_MAPPINGS + 1),
    good=_long_map(limits.CONSOLE_REGISTRY_MAPPINGS),
)
def too_many_mappings(facts: Facts) -> Iterator[RuleFinding]:
    """The map is longer than the console accepts.

    The console accepts 20 registry mappings and 100 image mappings. The API's model has no such
    limit, so the service may accept a longer map through the API, or reject it.
    """
    registry_map = _map(facts)
    for kind, mappings, most in (
        ("registry", registry_map.registry_mappings, limits.CONSOLE_REGISTRY_MAPPINGS),
        ("image", registry_map.image_mappings, limits.CONSOLE_IMAGE_MAPPINGS),
    ):
        if len(mappings) > most:
            message = f"the map has {len(mappings)} {kind} mappings, at most {most} are allowed in the console"
            yield RuleFinding(mappings[most].place, message, subject=kind)


@rule(
    "MAP009",
    "duplicate-mapping",
    Severity.WARNING,
    subject=Subject.REGISTRY_MAP,
    hint="keep one of them",
    source=cite(Api.OMICS, "equal entries"),
    bad="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"},
            {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "mirror"}
          ]}
    """,
    good="""
        $ packager map validate map.json
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"},
            {
              "upstreamRegistryUrl": "quay.io",
              "upstreamRepositoryPrefix": "biocontainers",
              "ecrRepositoryPrefix": "bio"
            }
          ]}
    """,
)
def duplicate_mapping(facts: Facts) -> Iterator[RuleFinding]:
    """Two entries of the map are for the same registry and namespace, or for the same image.

    It is not documented which of them the service uses.
    """
    seen_registries: dict[tuple[str, str], RegistryMapping] = {}
    for mapping in _map(facts).registry_mappings:
        host = normal_host(mapping.upstream_registry_url)
        first = seen_registries.setdefault((host, upstream_prefix(mapping)), mapping)
        if first is not mapping:
            yield RuleFinding(
                mapping.place_of("upstreamRegistryUrl"),
                f"`{mapping.name}` is for the same upstream as `{first.name}`",
                subject=f"{host}/{upstream_prefix(mapping)}".rstrip("/"),
            )
    seen_images: dict[ImageName, ImageMapping] = {}
    for image in _map(facts).image_mappings:
        if image.source_image is None:
            continue
        earlier = seen_images.setdefault(image.normal_source or image.source_image, image)
        if earlier is not image:
            yield RuleFinding(
                image.place_of("sourceImage"),
                f"`{image.name}` is for the same image as `{earlier.name}`",
                subject=str(image.normal_source or image.source_image),
            )


@rule(
    "MAP010",
    "unused-mapping",
    Severity.INFO,
    subject=Subject.REGISTRY_MAP,
    needs=("workflow",),
    hint="remove it, unless the map also serves other workflows",
    source=cite(Guide.CONTAINER_CREATION),
    bad="""
        $ packager lint main.wdl --container-registry-map map.json
        main.wdl
          version 1.1
          workflow hello { call greet }
          task greet {
            command <<< echo hello >>>
            output { String text = read_string(stdout()) }
            runtime { container: "quay.io/biocontainers/samtools:1.17--h00cdaf9_0" cpu: 2 memory: "4 GiB" }
          }
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"},
            {"upstreamRegistryUrl": "registry.k8s.io", "ecrRepositoryPrefix": "kubernetes"}
          ]}
    """,
    good="""
        $ packager lint main.wdl --container-registry-map map.json
        main.wdl
          version 1.1
          workflow hello { call greet }
          task greet {
            command <<< echo hello >>>
            output { String text = read_string(stdout()) }
            runtime { container: "quay.io/biocontainers/samtools:1.17--h00cdaf9_0" cpu: 2 memory: "4 GiB" }
          }
        map.json
          {"registryMappings": [
            {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}
          ]}
    """,
)
def unused_mapping(facts: Facts) -> Iterator[RuleFinding]:
    """No image of the workflow uses an entry of the map.

    It does no harm, but often it is a misspelt host or an old tag. Nothing is reported while an
    image of the workflow is unknown, because that image may use the entry.
    """
    if facts.workflow is None or not facts.workflow.complete:
        return
    if any(use.status is ImageStatus.DYNAMIC and not use.candidates for use in facts.images):
        return
    used = [reference for use in facts.images for reference in use.references]
    registries = {mapping.index for reference in used for mapping in serving(reference, _map(facts))}
    for mapping in _map(facts).registry_mappings:
        if mapping.index not in registries:
            what = f"`{mapping.upstream_registry_url}`"
            prefix = upstream_prefix(mapping)
            what = f"`{prefix}/` of {what}" if prefix else what
            yield RuleFinding(
                mapping.place_of("upstreamRegistryUrl"),
                f"no image comes from {what}",
                subject=f"{mapping.upstream_registry_url}/{prefix}".rstrip("/"),
            )
    images = {image.index for reference in used for image in covering(reference, _map(facts))}
    for image in _map(facts).image_mappings:
        complete = image.source_image and image.destination_image
        if complete and image.index not in images:
            message = f"no task uses `{image.source_image}`"
            yield RuleFinding(image.place_of("sourceImage"), message, subject=str(image.source_image or ""))
