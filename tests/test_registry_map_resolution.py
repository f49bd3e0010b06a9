"""What images resolve to: a table read by hand against the documentation, and the laws."""
# ruff: noqa: E501 - a table reads best with one row on a line

from __future__ import annotations

import json
from typing import Any

import pytest
from growth_support import growth
from hypothesis import given
from hypothesis import strategies as st

from packager.images.registry_map import RegistryMap, Resolution, Status, read, resolve
from packager.model.image_reference import ImageReference, parse

SHA = "sha256:" + "0123456789abcdef" * 4
ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
OTHER_ECR = "444455556666.dkr.ecr.us-east-1.amazonaws.com"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:registry-AbCdEf"

MAP = {
    "registryMappings": [
        {"upstreamRegistryUrl": "registry-1.docker.io", "ecrRepositoryPrefix": "docker-hub"},
        {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"},
        {
            "upstreamRegistryUrl": "quay.io",
            "upstreamRepositoryPrefix": "biocontainers",
            "ecrRepositoryPrefix": "bio",
        },
        {
            "upstreamRegistryUrl": "quay.io",
            "upstreamRepositoryPrefix": "biocontainers/legacy",
            "ecrRepositoryPrefix": "old-bio",
        },
        {
            "upstreamRegistryUrl": "public.ecr.aws",
            "ecrRepositoryPrefix": "ecr-public",
            "ecrAccountId": "444455556666",
        },
        {
            "upstreamRegistryUrl": "ghcr.io",
            "upstreamRepositoryPrefix": "theiagen",
            "ecrRepositoryPrefix": "github/theiagen",
        },
        {"upstreamRegistryUrl": "registry.k8s.io", "ecrRepositoryPrefix": "kubernetes"},
        {
            "upstreamRegistryUrl": "community.wave.seqera.io",
            "ecrRepositoryPrefix": "seqera",
            "credentialArn": SECRET,
        },
        {"upstreamRegistryUrl": "lab.azurecr.io", "ecrRepositoryPrefix": "azure"},
        {"upstreamRegistryUrl": "https://registry.gitlab.com/", "ecrRepositoryPrefix": "gitlab"},
    ],
    "imageMappings": [
        {
            "sourceImage": "us.gcr.io/broad-gotc-prod/bwa:1.0.0",
            "destinationImage": f"{ECR}/gotc/bwa:1.0.0",
        },
        {
            "sourceImage": "quay.io/biocontainers/samtools:1.17",
            "destinationImage": f"{ECR}/pinned/samtools:1.17",
        },
        {"sourceImage": "nvcr.io/nvidia/clara", "destinationImage": f"{ECR}/clara"},
        {"sourceImage": "nvcr.io/nvidia/fixed", "destinationImage": f"{ECR}/fixed:7"},
        {"sourceImage": "ubuntu", "destinationImage": f"{ECR}/base/ubuntu:22.04"},
        {"sourceImage": "ubuntu:20.04", "destinationImage": f"{ECR}/base/ubuntu:20.04"},
        {
            "sourceImage": "docker.io/staphb/kraken2:2.1.2",
            "destinationImage": f"{ECR}/staphb/kraken2:2.1.2",
        },
        {
            "sourceImage": f"staphb/mash@{SHA}",
            "destinationImage": f"{ECR}/staphb/mash@{SHA}",
        },
        {"sourceImage": "python:latest", "destinationImage": f"{ECR}/python:3.12"},
        {"sourceImage": "Not An Image", "destinationImage": f"{ECR}/nothing:1"},
        {"sourceImage": "docker.elastic.co/only/source:1"},
    ],
}

P, M, U = Status.PRIVATE, Status.MAPPED, Status.UNMAPPED
HUB, QUAY, BIO, OLD, PUBLIC, GITHUB, K8S, WAVE, AZURE = (f"registryMappings[{n}]" for n in range(9))
BWA, SAMTOOLS, CLARA, FIXED, UBUNTU, UBUNTU20, KRAKEN, MASH, PYTHON = (f"imageMappings[{n}]" for n in range(9))

# image, status, destination (behind the host `ECR` where it begins with a slash), via, doubtful
TABLE = [
    # Private ECR stays what it is, whatever the map says (guide: needs no mapping).
    (f"{ECR}/tool:1", P, "/tool:1", None, False),
    (f"{ECR}/team/tool", P, "/team/tool", None, False),
    (f"{ECR}/team/tool@{SHA}", P, f"/team/tool@{SHA}", None, False),
    (f"{ECR}/quay/biocontainers/samtools:1.17", P, "/quay/biocontainers/samtools:1.17", None, False),
    (f"{OTHER_ECR}/tool:1", P, f"{OTHER_ECR}/tool:1", None, False),
    ("111122223333.dkr.ecr.eu-west-2.amazonaws.com/a:1", P, "111122223333.dkr.ecr.eu-west-2.amazonaws.com/a:1", None, False),
    ("111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/a:1", P, "111122223333.dkr.ecr-fips.us-east-1.amazonaws.com/a:1", None, False),
    ("111122223333.dkr-ecr.us-east-1.on.aws/a:1", P, "111122223333.dkr-ecr.us-east-1.on.aws/a:1", None, False),
    ("111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/a:1", P, "111122223333.dkr.ecr.cn-north-1.amazonaws.com.cn/a:1", None, False),
    # Docker Hub, host-less and under its names; one-segment names lie in `library/`.
    ("alpine", M, "/docker-hub/library/alpine", HUB, False),
    ("alpine:3.19", M, "/docker-hub/library/alpine:3.19", HUB, False),
    ("alpine:latest", M, "/docker-hub/library/alpine:latest", HUB, False),
    (f"alpine@{SHA}", M, f"/docker-hub/library/alpine@{SHA}", HUB, False),
    (f"alpine:3.19@{SHA}", M, f"/docker-hub/library/alpine:3.19@{SHA}", HUB, False),
    ("library/alpine:3.19", M, "/docker-hub/library/alpine:3.19", HUB, False),
    ("docker.io/alpine:3.19", M, "/docker-hub/library/alpine:3.19", HUB, False),
    ("docker.io/library/alpine:3.19", M, "/docker-hub/library/alpine:3.19", HUB, False),
    ("registry-1.docker.io/library/alpine:3.19", M, "/docker-hub/library/alpine:3.19", HUB, False),
    ("index.docker.io/library/alpine:3.19", M, "/docker-hub/library/alpine:3.19", HUB, True),
    ("registry.hub.docker.com/library/alpine:3", M, "/docker-hub/library/alpine:3", HUB, True),
    ("hub.docker.com/staphb/spades:3.15", M, "/docker-hub/staphb/spades:3.15", HUB, True),
    ("broadinstitute/gatk:4.5.0.0", M, "/docker-hub/broadinstitute/gatk:4.5.0.0", HUB, False),
    ("docker.io/broadinstitute/gatk:4.5.0.0", M, "/docker-hub/broadinstitute/gatk:4.5.0.0", HUB, False),
    ("biocontainers/fastqc:v0.11.9_cv8", M, "/docker-hub/biocontainers/fastqc:v0.11.9_cv8", HUB, False),
    ("nfcore/base", M, "/docker-hub/nfcore/base", HUB, False),
    ("a/b/c:1", M, "/docker-hub/a/b/c:1", HUB, False),
    ("rocker/r-ver:4.3", M, "/docker-hub/rocker/r-ver:4.3", HUB, False),
    ("google/deepvariant:1.6.0", M, "/docker-hub/google/deepvariant:1.6.0", HUB, False),
    # Quay: the longest upstream prefix wins, at a whole path segment.
    ("quay.io/organisation/tool:1", M, "/quay/organisation/tool:1", QUAY, False),
    ("quay.io/tool:1", M, "/quay/tool:1", QUAY, False),
    (f"quay.io/organisation/tool:1@{SHA}", M, f"/quay/organisation/tool:1@{SHA}", QUAY, False),
    ("quay.io/broadinstitute/viral-core:2.3.1", M, "/quay/broadinstitute/viral-core:2.3.1", QUAY, False),
    ("quay.io/biocontainers/bwa:0.7.17--h5bf99c6_8", M, "/bio/bwa:0.7.17--h5bf99c6_8", BIO, False),
    ("quay.io/biocontainers/mulled-v2-abc:def-0", M, "/bio/mulled-v2-abc:def-0", BIO, False),
    (f"quay.io/biocontainers/bwa@{SHA}", M, f"/bio/bwa@{SHA}", BIO, False),
    ("quay.io/biocontainers/legacy/bwa:1", M, "/old-bio/bwa:1", OLD, False),
    ("quay.io/biocontainers/legacy-2/bwa:1", M, "/bio/legacy-2/bwa:1", BIO, False),
    ("quay.io/biocontainers-extra/bwa:1", M, "/quay/biocontainers-extra/bwa:1", QUAY, False),
    ("quay.io/biocontainers:1", M, "/quay/biocontainers:1", QUAY, False),
    ("Quay.io/organisation/tool:1", M, "/quay/organisation/tool:1", QUAY, True),
    # Image mappings win over registry mappings.
    ("quay.io/biocontainers/samtools:1.17", M, "/pinned/samtools:1.17", SAMTOOLS, False),
    ("quay.io/biocontainers/samtools:1.18", M, "/bio/samtools:1.18", BIO, False),
    (f"quay.io/biocontainers/samtools:1.17@{SHA}", M, f"/bio/samtools:1.17@{SHA}", BIO, False),
    ("quay.io/biocontainers/samtools", M, "/bio/samtools", BIO, False),
    # Another account's registry.
    ("public.ecr.aws/lts/ubuntu:22.04", M, f"{OTHER_ECR}/ecr-public/lts/ubuntu:22.04", PUBLIC, False),
    ("public.ecr.aws/aws-genomics/broadinstitute/gatk:4.2.6.1-corretto-11", M, f"{OTHER_ECR}/ecr-public/aws-genomics/broadinstitute/gatk:4.2.6.1-corretto-11", PUBLIC, False),
    ("public.ecr.aws/docker/library/python:3.12", M, f"{OTHER_ECR}/ecr-public/docker/library/python:3.12", PUBLIC, False),
    # A mapping that is limited to a namespace leaves the rest of its registry uncovered.
    ("ghcr.io/theiagen/tool:1", M, "/github/theiagen/tool:1", GITHUB, False),
    ("ghcr.io/theiagen/a/b:1", M, "/github/theiagen/a/b:1", GITHUB, False),
    ("ghcr.io/theiagenx/tool:1", U, None, None, False),
    ("ghcr.io/org/tool:1", U, None, None, False),
    ("registry.k8s.io/pause:3.9", M, "/kubernetes/pause:3.9", K8S, False),
    ("k8s.gcr.io/pause:3.9", U, None, None, False),
    # Copied registries: the host stands in the repository's name; hosts are exact.
    ("community.wave.seqera.io/library/samtools:1.20--b5dfbd93de237464", M, "/seqera/community.wave.seqera.io/library/samtools:1.20--b5dfbd93de237464", WAVE, False),
    ("wave.seqera.io/wt/abc/library/x:1", U, None, None, False),
    ("nvcr.io/nvidia/parabricks:4.3", U, None, None, False),
    ("gcr.io/distroless/base:latest", U, None, None, False),
    ("us-docker.pkg.dev/proj/repo/img:1", U, None, None, False),
    # Azure, by the exact host.
    ("lab.azurecr.io/tool:1", M, "/azure/tool:1", AZURE, False),
    ("other.azurecr.io/tool:1", U, None, None, False),
    # A URL with a scheme is no host and matches nothing.
    ("registry.gitlab.com/group/tool:1", U, None, None, False),
    # Image mappings for registries without a registry mapping.
    ("us.gcr.io/broad-gotc-prod/bwa:1.0.0", M, "/gotc/bwa:1.0.0", BWA, False),
    ("us.gcr.io/broad-gotc-prod/bwa:1.0.1", U, None, None, False),
    ("us.gcr.io/broad-gotc-prod/bwa", U, None, None, False),
    ("gcr.io/broad-gotc-prod/bwa:1.0.0", U, None, None, False),
    ("us.gcr.io/broad-gotc-prod/samtools:1.0.0", U, None, None, False),
    # A source without a tag: whether it matches every tag is not documented.
    ("nvcr.io/nvidia/clara", M, "/clara", CLARA, False),
    ("nvcr.io/nvidia/clara:4.0", M, "/clara:4.0", CLARA, True),
    (f"nvcr.io/nvidia/clara@{SHA}", M, f"/clara@{SHA}", CLARA, True),
    ("nvcr.io/nvidia/fixed:9", M, "/fixed:7", FIXED, True),
    ("nvcr.io/nvidia/fixed", M, "/fixed:7", FIXED, False),
    ("ubuntu", M, "/base/ubuntu:22.04", UBUNTU, False),
    ("ubuntu:22.04", M, "/base/ubuntu:22.04", UBUNTU, True),
    ("ubuntu:24.04", M, "/base/ubuntu:22.04", UBUNTU, True),
    ("ubuntu:latest", M, "/base/ubuntu:22.04", UBUNTU, True),
    # The nearest source wins: the tag before the repository.
    ("ubuntu:20.04", M, "/base/ubuntu:20.04", UBUNTU20, False),
    ("docker.io/library/ubuntu:20.04", M, "/base/ubuntu:20.04", UBUNTU20, True),
    ("docker.io/library/ubuntu", M, "/base/ubuntu:22.04", UBUNTU, True),
    # Other spellings of one Docker Hub image.
    ("docker.io/staphb/kraken2:2.1.2", M, "/staphb/kraken2:2.1.2", KRAKEN, False),
    ("staphb/kraken2:2.1.2", M, "/staphb/kraken2:2.1.2", KRAKEN, True),
    ("registry-1.docker.io/staphb/kraken2:2.1.2", M, "/staphb/kraken2:2.1.2", KRAKEN, True),
    ("staphb/kraken2:2.1.3", M, "/docker-hub/staphb/kraken2:2.1.3", HUB, False),
    (f"staphb/mash@{SHA}", M, f"/staphb/mash@{SHA}", MASH, False),
    ("staphb/mash:2.3", M, "/docker-hub/staphb/mash:2.3", HUB, False),
    # A missing tag is `latest` for every registry client; the service's documentation is silent.
    ("python:latest", M, "/python:3.12", PYTHON, False),
    ("python", M, "/python:3.12", PYTHON, True),
    ("python:3.12", M, "/docker-hub/library/python:3.12", HUB, False),
    # Nothing maps these.
    ("localhost:5000/x:1", U, None, None, False),
    ("registry.example.com:8443/team/tool:1", U, None, None, False),
    ("quay.io:443/organisation/tool:1", U, None, None, False),
    ("pgc-images.sbgenomics.com/user/tool:1", U, None, None, False),
    ("docker.elastic.co/only/source:1", U, None, None, False),
    ("cgr.dev/chainguard/python:1", U, None, None, False),
    ("mcr.microsoft.com/dotnet/sdk:8.0", U, None, None, False),
    ("registry.access.redhat.com/ubi9:1", U, None, None, False),
]  # fmt: skip


def the_map(body: dict[str, Any] | None = None) -> RegistryMap:
    registry_map, _ = read("map.json", json.dumps(MAP if body is None else body).encode())
    assert registry_map is not None
    return registry_map


def found(text: str, body: dict[str, Any] | None = None) -> Resolution:
    reference = parse(text)
    assert reference is not None
    return resolve(reference, the_map(body), account="111122223333", region="us-east-1")


def test_the_table_is_long_and_has_no_doubles() -> None:
    assert len({row[0] for row in TABLE}) == len(TABLE) >= 80


@pytest.mark.parametrize(("image", "status", "destination", "via", "doubtful"), TABLE)
def test_resolution(image: str, status: Status, destination: str | None, via: str | None, doubtful: bool) -> None:
    resolution = found(image)
    if destination is not None and destination.startswith("/"):
        destination = ECR + destination
    assert resolution.status is status
    assert destination == (None if resolution.destination is None else str(resolution.destination))
    assert resolution.via == via
    assert resolution.doubtful is doubtful
    assert not doubtful or resolution.caution


@pytest.mark.parametrize(
    ("image", "words"),
    [
        ("alpine", ""),
        ("quay.io/organisation/tool:1", ""),
        ("index.docker.io/library/alpine:3", "accepts `index.docker.io` as Docker Hub"),
        ("nvcr.io/nvidia/clara:4.0", "no tag, and whether it matches every tag"),
        ("nvcr.io/nvidia/clara:4.0", "the destination gets the image's tag"),
        ("staphb/kraken2:2.1.2", "writes the image as `docker.io/staphb/kraken2:2.1.2`"),
        ("python", "only if a missing tag means `latest`"),
        ("quay.io/biocontainers/bwa:1", "`biocontainers/` is removed"),
        ("community.wave.seqera.io/library/x:1", "the copied image's repository is an estimate"),
    ],
)
def test_caution_says_what_is_not_documented(image: str, words: str) -> None:
    caution = found(image).caution
    assert words in caution
    assert bool(words) == bool(caution)


@pytest.mark.parametrize("alias", ["docker.io", "index.docker.io", "hub.docker.com"])
def test_docker_hub_under_another_name_in_the_map(alias: str) -> None:
    mapping = {"upstreamRegistryUrl": alias, "ecrRepositoryPrefix": "hub"}
    resolution = found("alpine:3", {"registryMappings": [mapping]})
    assert str(resolution.destination) == f"{ECR}/hub/library/alpine:3"
    assert resolution.doubtful
    real = {"upstreamRegistryUrl": "registry-1.docker.io", "ecrRepositoryPrefix": "real"}
    both = found("alpine:3", {"registryMappings": [mapping, real]})
    assert both.via == "registryMappings[1]"
    assert not both.doubtful


def test_unknown_account_and_region_are_placeholders() -> None:
    reference = parse("quay.io/organisation/tool:1")
    assert reference is not None
    for account, region, host in (
        (None, None, "<account>.dkr.ecr.<region>.amazonaws.com"),
        ("111122223333", None, "111122223333.dkr.ecr.<region>.amazonaws.com"),
        (None, "eu-west-2", "<account>.dkr.ecr.eu-west-2.amazonaws.com"),
        (None, "cn-north-1", "<account>.dkr.ecr.cn-north-1.amazonaws.com.cn"),
    ):
        resolution = resolve(reference, the_map(), account=account, region=region)
        assert str(resolution.destination) == f"{host}/quay/organisation/tool:1"


@pytest.mark.parametrize(
    ("members", "destination"),
    [
        ({"ecrRepositoryPrefix": "quay/"}, "/quay/biocontainers/x:1"),
        ({"ecrRepositoryPrefix": "ROOT"}, "/biocontainers/x:1"),
        ({"ecrRepositoryPrefix": "a/b"}, "/a/b/biocontainers/x:1"),
        ({"ecrRepositoryPrefix": "q", "upstreamRepositoryPrefix": "biocontainers/"}, "/q/x:1"),
        ({"ecrRepositoryPrefix": "q", "upstreamRepositoryPrefix": "ROOT"}, "/q/biocontainers/x:1"),
    ],
)
def test_prefixes(members: dict[str, str], destination: str) -> None:
    body = {"registryMappings": [{"upstreamRegistryUrl": "quay.io", **members}]}
    assert str(found("quay.io/biocontainers/x:1", body).destination) == ECR + destination


def test_without_a_map_only_private_ecr_is_covered() -> None:
    for text, status in ((f"{ECR}/a:1", P), ("alpine", U), ("quay.io/a/b:1", U)):
        reference = parse(text)
        assert reference is not None
        assert resolve(reference, None).status is status


# The laws.

_HOSTS = ["", "docker.io", "quay.io", "ghcr.io", "public.ecr.aws", "nvcr.io", ECR]
_NAMES = ["a", "a/b", "a/b/c", "library/a", "bio/x"]
_IMAGES = st.builds(
    ImageReference,
    st.sampled_from(_HOSTS),
    st.sampled_from(_NAMES),
    st.sampled_from([None, "1", "latest"]),
    st.sampled_from([None, SHA]),
)
_REGISTRY_MAPPINGS = st.fixed_dictionaries(
    {
        "upstreamRegistryUrl": st.sampled_from(
            ["registry-1.docker.io", "quay.io", "ghcr.io", "public.ecr.aws", "nvcr.io"]
        ),
        "ecrRepositoryPrefix": st.sampled_from(["p", "q", "r/s"]),
    },
    optional={
        "upstreamRepositoryPrefix": st.sampled_from(["bio", "a/b"]),
        "ecrAccountId": st.sampled_from(["111122223333", "444455556666"]),
    },
)
_IMAGE_MAPPINGS = st.builds(
    lambda source, name: {"sourceImage": source.format(), "destinationImage": f"{ECR}/{name}:9"},
    _IMAGES,
    st.sampled_from(_NAMES),
)
_MAPS = st.builds(
    lambda registries, images: {"registryMappings": registries, "imageMappings": images},
    st.lists(_REGISTRY_MAPPINGS, max_size=6),
    st.lists(_IMAGE_MAPPINGS, max_size=4),
)


def _resolve(reference: ImageReference, body: dict[str, Any]) -> Resolution:
    return resolve(reference, the_map(body), account="111122223333", region="us-east-1")


@given(_IMAGES, _MAPS)
def test_a_destination_resolves_to_itself(reference: ImageReference, body: dict[str, Any]) -> None:
    first = _resolve(reference, body)
    if first.destination is None:
        assert first.status is Status.UNMAPPED
        return
    destination = first.destination
    assert isinstance(destination, ImageReference)
    again = _resolve(destination, body)
    assert (again.status, again.destination) == (Status.PRIVATE, first.destination)


@given(_IMAGES.filter(lambda one: not one.is_private), _MAPS)
def test_an_image_mapping_wins(reference: ImageReference, body: dict[str, Any]) -> None:
    mapping = {"sourceImage": reference.format(), "destinationImage": f"{ECR}/chosen:1"}
    body = {**body, "imageMappings": [mapping, *body["imageMappings"]]}
    resolution = _resolve(reference, body)
    assert (str(resolution.destination), resolution.via) == (f"{ECR}/chosen:1", "imageMappings[0]")


@given(_IMAGES, _MAPS)
def test_registry_mappings_keep_tag_and_digest(reference: ImageReference, body: dict[str, Any]) -> None:
    resolution = _resolve(reference, {**body, "imageMappings": []})
    if resolution.destination is not None:
        destination = resolution.destination
        assert isinstance(destination, ImageReference)
        assert (destination.tag, destination.digest) == (reference.tag, reference.digest)


@given(_IMAGES, _MAPS, st.randoms(use_true_random=False))
def test_order_does_not_matter_when_entries_differ(
    reference: ImageReference, body: dict[str, Any], random: Any
) -> None:
    registries = {
        (one["upstreamRegistryUrl"], one.get("upstreamRepositoryPrefix")): one for one in body["registryMappings"]
    }
    images = {source.normal(): one for one in body["imageMappings"] if (source := parse(one["sourceImage"]))}
    body = {
        "registryMappings": list(registries.values()),
        "imageMappings": list(images.values()),
    }
    shuffled = {key: random.sample(value, len(value)) for key, value in body.items()}
    assert _resolve(reference, body).destination == _resolve(reference, shuffled).destination


@given(_IMAGES, _MAPS)
def test_more_mappings_never_uncover_an_image(reference: ImageReference, body: dict[str, Any]) -> None:
    fewer = {**body, "registryMappings": body["registryMappings"][:-1]}
    if _resolve(reference, fewer).status is not Status.UNMAPPED:
        assert _resolve(reference, body).status is not Status.UNMAPPED


@pytest.mark.parametrize("kind", ["images", "images of one repository", "namespaces", "hosts"])
def test_many_images_and_many_mappings_are_not_compared_with_each_other(kind: str) -> None:
    names = {
        "images": "quay.io/org/x{0}:1",
        "images of one repository": "quay.io/org/x:{0}",
        "namespaces": "quay.io/org/x{0}/y:1",
        "hosts": "host{0}.io/org/x:1",
    }[kind]

    def resolve_all(count: int) -> None:
        references = [parsed for number in range(count) if (parsed := parse(names.format(number)))]
        image_mappings = [
            {"sourceImage": str(one), "destinationImage": f"{ECR}/x:{number}"} for number, one in enumerate(references)
        ]
        registry_mappings = [
            {
                "upstreamRegistryUrl": one.registry,
                "upstreamRepositoryPrefix": one.repository.rpartition("/")[0],
                "ecrRepositoryPrefix": "x",
            }
            for one in references
        ]
        both = {"images": {"imageMappings": image_mappings}, "registries": {"registryMappings": registry_mappings}}
        content = both["images" if kind.startswith("images") else "registries"]
        registry_map, _ = read("map.json", json.dumps(content).encode())
        assert registry_map is not None
        assert all(resolve(reference, registry_map).status is Status.MAPPED for reference in references)

    resolve_all(1)
    assert growth(resolve_all, 100) < 3
