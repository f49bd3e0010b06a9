"""Image references as real workflows write them: their parts and what they resolve to, worked out by hand from the documented rules."""
# ruff: noqa: E501 - a table reads best with one row on a line

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli, Result
from hypothesis import given
from hypothesis import strategies as st

from packager.images.registry_map import RegistryMap, Status, read, resolve
from packager.images.registry_map.generation import repository_for
from packager.model.image_reference import ImageReference, parse

ECR = "111122223333.dkr.ecr.us-east-1.amazonaws.com"
SECRET = "arn:aws:secretsmanager:us-east-1:111122223333:secret:registry-AbCdEf"
HUB = "registry-1.docker.io"

# A map as a team would write it: caches, copied registries, and single images of all others.
MAP = {
    "registryMappings": [
        {"upstreamRegistryUrl": "registry-1.docker.io", "ecrRepositoryPrefix": "docker-hub"},
        {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"},
        {"upstreamRegistryUrl": "public.ecr.aws", "ecrRepositoryPrefix": "ecr-public"},
        {
            "upstreamRegistryUrl": "ghcr.io",
            "upstreamRepositoryPrefix": "broadinstitute",
            "ecrRepositoryPrefix": "broad",
        },
        {"upstreamRegistryUrl": "dsppipelinedev.azurecr.io", "ecrRepositoryPrefix": "azure-dsp"},
        {"upstreamRegistryUrl": "registry.gitlab.com", "ecrRepositoryPrefix": "gitlab"},
        {"upstreamRegistryUrl": "registry.k8s.io", "ecrRepositoryPrefix": "kubernetes"},
        {"upstreamRegistryUrl": "community.wave.seqera.io", "ecrRepositoryPrefix": "seqera", "credentialArn": SECRET},
        {"upstreamRegistryUrl": "nvcr.io", "ecrRepositoryPrefix": "nvidia", "credentialArn": SECRET},
        {"upstreamRegistryUrl": "us-docker.pkg.dev", "ecrRepositoryPrefix": "google-us", "credentialArn": SECRET},
        {"upstreamRegistryUrl": "gcr.io", "ecrRepositoryPrefix": "google", "credentialArn": SECRET},
    ],
    "imageMappings": [
        {"sourceImage": "us.gcr.io/broad-gatk/gatk:4.6.1.0", "destinationImage": f"{ECR}/gatk:4.6.1.0"},
        {"sourceImage": "us.gcr.io/broad-dsde-methods/ubuntu:20.04", "destinationImage": f"{ECR}/base/ubuntu:20.04"},
        {"sourceImage": "quay.io/biocontainers/gawk:5.3.0", "destinationImage": f"{ECR}/pinned/gawk:5.3.0"},
        {
            "sourceImage": "mirror.gcr.io/staphb/vadr:1.6.4",
            "destinationImage": f"{ECR}/mirror.gcr.io/staphb/vadr:1.6.4",
        },
        {"sourceImage": "mcr.microsoft.com/dotnet/runtime:8.0", "destinationImage": f"{ECR}/dotnet:8.0"},
    ],
}
WAVE, NVIDIA, GOOGLE_US, GOOGLE = (
    "seqera/community.wave.seqera.io",
    "nvidia/nvcr.io",
    "google-us/us-docker.pkg.dev",
    "google/gcr.io",
)
SHA_ALPINE = "sha256:965a718a07c700a5204c77e391961edee37477634ce2f9cf652a8e4c2db858ff"
SHA_UBUNTU = "sha256:025124e2f1cf4d29149958f17270596bffe13fc6acca6252977c572dd5ba01bf"
SHA_TENSOR = "sha256:f6efb9e592eb32c46cb75070be2769b34381d60cbb2709d2885771324abfe32a"
SHA_SUSIE = "sha256:ede17b5112eadb765f22cdfbd2a987da96087a1e2f0ad224994c16f1af645443"
SHA_HTSLIB = "sha256:ff9d466929dc2d587128afc213fc4516d936ccc5e7fa39f39d3769f76b471293"
SHA_RNASEQC = "sha256:a4bec726bb51df5fb8c8f640f7dec22fa28c8f7803ef9994b8ec39619b4514ca"

# As written; the registry and the repository that are meant; tag; digest; the repository in ECR (None: nothing maps it).
TABLE = [
    # Docker Hub without a host: one segment means `library/`.
    ("ubuntu", HUB, "library/ubuntu", None, None, "docker-hub/library/ubuntu"),
    ("ubuntu:latest", HUB, "library/ubuntu", "latest", None, "docker-hub/library/ubuntu"),
    ("alpine:3.7", HUB, "library/alpine", "3.7", None, "docker-hub/library/alpine"),
    ("alpine:3.9.4", HUB, "library/alpine", "3.9.4", None, "docker-hub/library/alpine"),
    ("python:slim", HUB, "library/python", "slim", None, "docker-hub/library/python"),
    ("eggnog_pipeline:latest", HUB, "library/eggnog_pipeline", "latest", None, "docker-hub/library/eggnog_pipeline"),
    ("qc-stats:latest", HUB, "library/qc-stats", "latest", None, "docker-hub/library/qc-stats"),
    ("ubuntu@sha256:2e863c44b718727c860746568e1d54afd13b2fa71b160f5cd9058fc436217b30", HUB, "library/ubuntu", None, "sha256:2e863c44b718727c860746568e1d54afd13b2fa71b160f5cd9058fc436217b30", "docker-hub/library/ubuntu"),
    # Docker Hub without a host: two segments.
    (f"bashell/alpine-bash@{SHA_ALPINE}", HUB, "bashell/alpine-bash", None, SHA_ALPINE, "docker-hub/bashell/alpine-bash"),
    ("befh/bgen:v1.1.7", HUB, "befh/bgen", "v1.1.7", None, "docker-hub/befh/bgen"),
    ("biocontainers/bcftools:v1.9-1-deb_cv1", HUB, "biocontainers/bcftools", "v1.9-1-deb_cv1", None, "docker-hub/biocontainers/bcftools"),
    ("biocrusoe/cmsearch-deoverlap", HUB, "biocrusoe/cmsearch-deoverlap", None, None, "docker-hub/biocrusoe/cmsearch-deoverlap"),
    ("biopython/biopython:latest", HUB, "biopython/biopython", "latest", None, "docker-hub/biopython/biopython"),
    ("biowardrobe2/cellranger-arc:v0.0.1", HUB, "biowardrobe2/cellranger-arc", "v0.0.1", None, "docker-hub/biowardrobe2/cellranger-arc"),
    ("biowardrobe2/fastx_toolkit:v0.0.14", HUB, "biowardrobe2/fastx_toolkit", "v0.0.14", None, "docker-hub/biowardrobe2/fastx_toolkit"),
    ("biowardrobe2/ucscuserapps:v358_2", HUB, "biowardrobe2/ucscuserapps", "v358_2", None, "docker-hub/biowardrobe2/ucscuserapps"),
    ("broadgdac/biobambam2:2.0.87-release-20180301132713", HUB, "broadgdac/biobambam2", "2.0.87-release-20180301132713", None, "docker-hub/broadgdac/biobambam2"),
    ("broadinstitute/horsefish:pgs_visualizations", HUB, "broadinstitute/horsefish", "pgs_visualizations", None, "docker-hub/broadinstitute/horsefish"),
    ("cumulusprod/cellranger:8.0.1", HUB, "cumulusprod/cellranger", "8.0.1", None, "docker-hub/cumulusprod/cellranger"),
    ("google/deepvariant:1.4.0", HUB, "google/deepvariant", "1.4.0", None, "docker-hub/google/deepvariant"),
    ("mgnify/pipeline-v5.dna_chunking:latest", HUB, "mgnify/pipeline-v5.dna_chunking", "latest", None, "docker-hub/mgnify/pipeline-v5.dna_chunking"),
    ("ontresearch/wf-cnv:sha428cb19e51370020ccf29ec2af4eead44c6a17c2", HUB, "ontresearch/wf-cnv", "sha428cb19e51370020ccf29ec2af4eead44c6a17c2", None, "docker-hub/ontresearch/wf-cnv"),
    ("rocker/tidyverse", HUB, "rocker/tidyverse", None, None, "docker-hub/rocker/tidyverse"),
    ("robertplayer/scidap-qiime2:stable", HUB, "robertplayer/scidap-qiime2", "stable", None, "docker-hub/robertplayer/scidap-qiime2"),
    ("skwalker/imputation:with_vcftools", HUB, "skwalker/imputation", "with_vcftools", None, "docker-hub/skwalker/imputation"),
    # Docker Hub by a name that the guide writes too.
    ("docker.io/library/ubuntu:20.04", HUB, "library/ubuntu", "20.04", None, "docker-hub/library/ubuntu"),
    ("docker.io/biocontainers/biocontainers:v1.2.0_cv1", HUB, "biocontainers/biocontainers", "v1.2.0_cv1", None, "docker-hub/biocontainers/biocontainers"),
    ("docker.io/clinicalgenomics/retroseq:1.5_9d4f3b5-1", HUB, "clinicalgenomics/retroseq", "1.5_9d4f3b5-1", None, "docker-hub/clinicalgenomics/retroseq"),
    ("docker.io/google/deepvariant:1.10.0", HUB, "google/deepvariant", "1.10.0", None, "docker-hub/google/deepvariant"),
    ("docker.io/kishwars/pepper_deepvariant:r0.8", HUB, "kishwars/pepper_deepvariant", "r0.8", None, "docker-hub/kishwars/pepper_deepvariant"),
    ("docker.io/nextstrain/base:build-20240318T173028Z", HUB, "nextstrain/base", "build-20240318T173028Z", None, "docker-hub/nextstrain/base"),
    ("docker.io/yuukiiwa/nanoseq:dexseq", HUB, "yuukiiwa/nanoseq", "dexseq", None, "docker-hub/yuukiiwa/nanoseq"),
    # Quay.
    ("quay.io/biocontainers/bedtools:2.28.0--hdf88d34_0", "quay.io", "biocontainers/bedtools", "2.28.0--hdf88d34_0", None, "quay/biocontainers/bedtools"),
    ("quay.io/biocontainers/bioconductor-treesummarizedexperiment:2.10.0--r43hdfd78af_0", "quay.io", "biocontainers/bioconductor-treesummarizedexperiment", "2.10.0--r43hdfd78af_0", None, "quay/biocontainers/bioconductor-treesummarizedexperiment"),
    ("quay.io/biocontainers/control-freec:11.6b--hde5307d_3", "quay.io", "biocontainers/control-freec", "11.6b--hde5307d_3", None, "quay/biocontainers/control-freec"),
    (f"quay.io/biocontainers/htslib@{SHA_HTSLIB}", "quay.io", "biocontainers/htslib", None, SHA_HTSLIB, "quay/biocontainers/htslib"),
    ("quay.io/biocontainers/mulled-v2-1f09f39f20b1c4ee36581dc81cc323c70e661633:6500f0fa0c9536821177168555632d9811670937-0", "quay.io", "biocontainers/mulled-v2-1f09f39f20b1c4ee36581dc81cc323c70e661633", "6500f0fa0c9536821177168555632d9811670937-0", None, "quay/biocontainers/mulled-v2-1f09f39f20b1c4ee36581dc81cc323c70e661633"),
    ("quay.io/biocontainers/multiqc:1.32--pyhdfd78af_1", "quay.io", "biocontainers/multiqc", "1.32--pyhdfd78af_1", None, "quay/biocontainers/multiqc"),
    ("quay.io/biocontainers/porechop_abi:0.5.0post1--py310h275bdba_0", "quay.io", "biocontainers/porechop_abi", "0.5.0post1--py310h275bdba_0", None, "quay/biocontainers/porechop_abi"),
    ("quay.io/biocontainers/umi_tools:1.1.5--py39hf95cd2a_0", "quay.io", "biocontainers/umi_tools", "1.1.5--py39hf95cd2a_0", None, "quay/biocontainers/umi_tools"),
    ("quay.io/broadinstitute/polyphonia:latest", "quay.io", "broadinstitute/polyphonia", "latest", None, "quay/broadinstitute/polyphonia"),
    ("quay.io/broadinstitute/subsampler", "quay.io", "broadinstitute/subsampler", None, None, "quay/broadinstitute/subsampler"),
    ("quay.io/broadinstitute/viral-ngs:3.0.20-baseimage", "quay.io", "broadinstitute/viral-ngs", "3.0.20-baseimage", None, "quay/broadinstitute/viral-ngs"),
    ("quay.io/pacbio/workflow-data-container-hifi-human-wgs-wdl-grch38@sha256:5e3f23e44c1c09762838e81677f7d136367be2a4063efc608129841cef745b42", "quay.io", "pacbio/workflow-data-container-hifi-human-wgs-wdl-grch38", None, "sha256:5e3f23e44c1c09762838e81677f7d136367be2a4063efc608129841cef745b42", "quay/pacbio/workflow-data-container-hifi-human-wgs-wdl-grch38"),
    # An image mapping wins over the registry's mapping.
    ("quay.io/biocontainers/gawk:5.3.0", "quay.io", "biocontainers/gawk", "5.3.0", None, "pinned/gawk"),
    ("quay.io/biocontainers/gawk:5.3.1", "quay.io", "biocontainers/gawk", "5.3.1", None, "quay/biocontainers/gawk"),
    # GitHub, where the mapping is for one owner only; what is cut off is how ECR's own rules work.
    ("ghcr.io/broadinstitute/read-qc-tools:1.1.3", "ghcr.io", "broadinstitute/read-qc-tools", "1.1.3", None, "broad/read-qc-tools"),
    ("ghcr.io/broadinstitute/reconstructr:main", "ghcr.io", "broadinstitute/reconstructr", "main", None, "broad/reconstructr"),
    (f"ghcr.io/aou-multiomics-analysis/aggregate_susie:main@{SHA_SUSIE}", "ghcr.io", "aou-multiomics-analysis/aggregate_susie", "main", SHA_SUSIE, None),
    ("ghcr.io/aou-multiomics-analysis/prepare_qtl@sha256:b9986a803ad82aee02945e9131f180fc028c73eadb889184e23aff8dabf573fe", "ghcr.io", "aou-multiomics-analysis/prepare_qtl", None, "sha256:b9986a803ad82aee02945e9131f180fc028c73eadb889184e23aff8dabf573fe", None),
    # Azure: each registry has a host of its own.
    ("dsppipelinedev.azurecr.io/picard-cloud:2.26.10", "dsppipelinedev.azurecr.io", "picard-cloud", "2.26.10", None, "azure-dsp/picard-cloud"),
    ("dsppipelinedev.azurecr.io/picard-python:1.0.0-2.26.10-1663951039", "dsppipelinedev.azurecr.io", "picard-python", "1.0.0-2.26.10-1663951039", None, "azure-dsp/picard-python"),
    (f"dsppipelinedev.azurecr.io/ubuntu_16_0_4@{SHA_UBUNTU}", "dsppipelinedev.azurecr.io", "ubuntu_16_0_4", None, SHA_UBUNTU, "azure-dsp/ubuntu_16_0_4"),
    ("dsppipelinedev.azurecr.io/upstools:1.0.0-2023.03.03-1704300311", "dsppipelinedev.azurecr.io", "upstools", "1.0.0-2023.03.03-1704300311", None, "azure-dsp/upstools"),
    ("terrapublic.azurecr.io/gatk:4.6.1.0", "terrapublic.azurecr.io", "gatk", "4.6.1.0", None, None),
    # Other caches.
    ("public.ecr.aws/lts/ubuntu:22.04", "public.ecr.aws", "lts/ubuntu", "22.04", None, "ecr-public/lts/ubuntu"),
    ("public.ecr.aws/docker/library/python:3.12", "public.ecr.aws", "docker/library/python", "3.12", None, "ecr-public/docker/library/python"),
    ("public.ecr.aws/aws-genomics/google/deepvariant:1.4.0", "public.ecr.aws", "aws-genomics/google/deepvariant", "1.4.0", None, "ecr-public/aws-genomics/google/deepvariant"),
    ("registry.gitlab.com/cgps/pathogenwatch/analyses/reads:1.0", "registry.gitlab.com", "cgps/pathogenwatch/analyses/reads", "1.0", None, "gitlab/cgps/pathogenwatch/analyses/reads"),
    ("registry.k8s.io/pause:3.9", "registry.k8s.io", "pause", "3.9", None, "kubernetes/pause"),
    # Copied registries: the upstream's host is part of the name.
    ("community.wave.seqera.io/library/blast_htslib_samtools_seqkit:07b64cc4a2210347", "community.wave.seqera.io", "library/blast_htslib_samtools_seqkit", "07b64cc4a2210347", None, f"{WAVE}/library/blast_htslib_samtools_seqkit"),
    ("community.wave.seqera.io/library/decoupler-py_matplotlib_pandas_python_scanpy:c539733016e15bbc", "community.wave.seqera.io", "library/decoupler-py_matplotlib_pandas_python_scanpy", "c539733016e15bbc", None, f"{WAVE}/library/decoupler-py_matplotlib_pandas_python_scanpy"),
    ("community.wave.seqera.io/library/gtdbtk:2.7.2--64b0fd171db01270", "community.wave.seqera.io", "library/gtdbtk", "2.7.2--64b0fd171db01270", None, f"{WAVE}/library/gtdbtk"),
    ("community.wave.seqera.io/library/multiqc:1.34--db7c73dae76bc9e6", "community.wave.seqera.io", "library/multiqc", "1.34--db7c73dae76bc9e6", None, f"{WAVE}/library/multiqc"),
    ("wave.seqera.io/wt/0f1e2d3c4b5a/library/samtools:1.20", "wave.seqera.io", "wt/0f1e2d3c4b5a/library/samtools", "1.20", None, None),
    ("nvcr.io/nvidia/clara/clara-parabricks:4.3.2-1", "nvcr.io", "nvidia/clara/clara-parabricks", "4.3.2-1", None, f"{NVIDIA}/nvidia/clara/clara-parabricks"),
    ("nvcr.io/nvidia/clara/clara-parabricks:4.7.1-1", "nvcr.io", "nvidia/clara/clara-parabricks", "4.7.1-1", None, f"{NVIDIA}/nvidia/clara/clara-parabricks"),
    ("us-docker.pkg.dev/general-theiagen/python/python:3.8.18-slim", "us-docker.pkg.dev", "general-theiagen/python/python", "3.8.18-slim", None, f"{GOOGLE_US}/general-theiagen/python/python"),
    ("us-docker.pkg.dev/general-theiagen/staphb/bakta:1.10.3", "us-docker.pkg.dev", "general-theiagen/staphb/bakta", "1.10.3", None, f"{GOOGLE_US}/general-theiagen/staphb/bakta"),
    ("us-docker.pkg.dev/general-theiagen/theiagen/terra-tools:2024-08-27", "us-docker.pkg.dev", "general-theiagen/theiagen/terra-tools", "2024-08-27", None, f"{GOOGLE_US}/general-theiagen/theiagen/terra-tools"),
    ("us-docker.pkg.dev/general-theiagen/quay/ubuntu:latest", "us-docker.pkg.dev", "general-theiagen/quay/ubuntu", "latest", None, f"{GOOGLE_US}/general-theiagen/quay/ubuntu"),
    ("us-central1-docker.pkg.dev/pgs-automation/enterics-visualizations/create_visualization_html:v6", "us-central1-docker.pkg.dev", "pgs-automation/enterics-visualizations/create_visualization_html", "v6", None, None),
    ("gcr.io/broad-cga-francois-gtex/gtex_rnaseq:V10", "gcr.io", "broad-cga-francois-gtex/gtex_rnaseq", "V10", None, f"{GOOGLE}/broad-cga-francois-gtex/gtex_rnaseq"),
    (f"gcr.io/broad-cga-francois-gtex/tensorqtl@{SHA_TENSOR}", "gcr.io", "broad-cga-francois-gtex/tensorqtl", None, SHA_TENSOR, f"{GOOGLE}/broad-cga-francois-gtex/tensorqtl"),
    ("gcr.io/gcp-runtimes/ubuntu_20_0_4", "gcr.io", "gcp-runtimes/ubuntu_20_0_4", None, None, f"{GOOGLE}/gcp-runtimes/ubuntu_20_0_4"),
    ("gcr.io/google.com/cloudsdktool/google-cloud-cli:499.0.0-slim", "gcr.io", "google.com/cloudsdktool/google-cloud-cli", "499.0.0-slim", None, f"{GOOGLE}/google.com/cloudsdktool/google-cloud-cli"),
    # Single images, by their whole text.
    ("us.gcr.io/broad-gatk/gatk:4.6.1.0", "us.gcr.io", "broad-gatk/gatk", "4.6.1.0", None, "gatk"),
    ("us.gcr.io/broad-dsde-methods/ubuntu:20.04", "us.gcr.io", "broad-dsde-methods/ubuntu", "20.04", None, "base/ubuntu"),
    ("mirror.gcr.io/staphb/vadr:1.6.4", "mirror.gcr.io", "staphb/vadr", "1.6.4", None, "mirror.gcr.io/staphb/vadr"),
    ("mcr.microsoft.com/dotnet/runtime:8.0", "mcr.microsoft.com", "dotnet/runtime", "8.0", None, "dotnet"),
    # Another tag of such an image, another host of the same company, and hosts that nothing maps.
    ("us.gcr.io/broad-gatk/gatk:4.5.0.0", "us.gcr.io", "broad-gatk/gatk", "4.5.0.0", None, None),
    ("us.gcr.io/broad-gotc-prod/ea-utils:1.0.0-1.04.807-1659990665", "us.gcr.io", "broad-gotc-prod/ea-utils", "1.0.0-1.04.807-1659990665", None, None),
    (f"us.gcr.io/broad-dsde-methods/ckachulis/rnaseqc@{SHA_RNASEQC}", "us.gcr.io", "broad-dsde-methods/ckachulis/rnaseqc", None, SHA_RNASEQC, None),
    ("mirror.gcr.io/hailgenetics/hail:0.2.126-py3.11", "mirror.gcr.io", "hailgenetics/hail", "0.2.126-py3.11", None, None),
    ("mcr.microsoft.com/dotnet/sdk:8.0", "mcr.microsoft.com", "dotnet/sdk", "8.0", None, None),
    ("images.sbgenomics.com/uros_sipetic/kallisto:0.43.1", "images.sbgenomics.com", "uros_sipetic/kallisto", "0.43.1", None, None),
    ("pgc-images.sbgenomics.com/d3b-bixu/samtools:1.20-multi-arch", "pgc-images.sbgenomics.com", "d3b-bixu/samtools", "1.20-multi-arch", None, None),
    ("pgc-images.sbgenomics.com/danmiller/star:fusion-1.10.2", "pgc-images.sbgenomics.com", "danmiller/star", "fusion-1.10.2", None, None),
    # Hosts with a port.
    ("registry.example.org:5000/team/aligner:2.1", "registry.example.org:5000", "team/aligner", "2.1", None, None),
    ("localhost:5000/aligner", "localhost:5000", "aligner", None, None, None),
    ("quay.io:443/biocontainers/gawk:5.3.0", "quay.io:443", "biocontainers/gawk", "5.3.0", None, None),
]  # fmt: skip


def the_map() -> RegistryMap:
    registry_map, faults = read("map.json", json.dumps(MAP).encode())
    assert registry_map is not None
    assert faults == ()
    return registry_map


def test_the_table_is_long_and_has_no_doubles() -> None:
    assert len({row[0] for row in TABLE}) == len(TABLE) >= 80


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row[0])
def test_parts_and_resolution(row: tuple[str, str, str, str | None, str | None, str | None]) -> None:
    text, registry, repository, tag, digest, in_ecr = row
    reference = parse(text)
    assert reference is not None
    assert reference.format() == text
    assert reference.normal() == ImageReference(registry, repository, tag, digest)
    found = resolve(reference, the_map(), account="111122223333", region="us-east-1")
    if in_ecr is None:
        assert (found.status, found.destination) == (Status.UNMAPPED, None)
    else:
        assert found.status is Status.MAPPED
        assert found.destination == ImageReference(ECR, in_ecr, tag, digest)
        assert not found.doubtful


_TEXTS = st.sampled_from([row[0] for row in TABLE])


@given(_TEXTS)
def test_an_image_in_private_ecr_stays_whatever_the_map_says(text: str) -> None:
    reference = parse(text)
    assert reference is not None
    copy = ImageReference(ECR, repository_for(reference), reference.tag, reference.digest)
    found = resolve(copy, the_map(), account="444455556666", region="eu-west-2")
    assert (found.status, found.destination, found.via) == (Status.PRIVATE, copy, None)


@given(_TEXTS, st.booleans())
def test_a_mapping_of_the_very_image_always_wins(text: str, first: bool) -> None:
    mapping = {"sourceImage": text, "destinationImage": f"{ECR}/chosen:1"}
    images = [mapping, *MAP["imageMappings"]] if first else [*MAP["imageMappings"], mapping]
    body = {**MAP, "imageMappings": [one for one in images if one is mapping or one["sourceImage"] != text]}
    registry_map, _ = read("map.json", json.dumps(body).encode())
    reference = parse(text)
    assert reference is not None
    found = resolve(reference, registry_map)
    assert (str(found.destination), found.doubtful) == (f"{ECR}/chosen:1", False)


def test_the_command_line_says_the_same(cli: Cli, tmp_path: Path) -> None:
    """The whole table as one workflow, through the real command line."""
    steps = {
        f"s{number}": {
            "run": {
                "class": "CommandLineTool",
                "baseCommand": "true",
                "requirements": {"DockerRequirement": {"dockerPull": row[0]}},
                "inputs": {},
                "outputs": {},
            },
            "in": {},
            "out": [],
        }
        for number, row in enumerate(TABLE)
    }
    body = {"cwlVersion": "v1.2", "class": "Workflow", "inputs": {}, "outputs": {}, "steps": steps}
    main, registry_map = tmp_path / "main.cwl", tmp_path / "map.json"
    main.write_text(json.dumps(body))
    registry_map.write_text(json.dumps(MAP))
    options = ("--container-registry-map", registry_map, "--account", "111122223333", "--region", "us-east-1")
    answer = cli("images", main, *options, "--format", "json").json
    listed = {one["image"]: one for one in answer["images"]}
    assert len(listed) == len(TABLE)
    for text, registry, repository, tag, digest, in_ecr in TABLE:
        found = listed[text]
        assert (found["registry"], found["repository"], found["tag"], found["digest"]) == (
            registry,
            repository,
            tag,
            digest,
        )
        destination = None if in_ecr is None else ImageReference(ECR, in_ecr, tag, digest).format()
        assert (found["status"], found["destination"]) == ("unmapped" if in_ecr is None else "mapped", destination)


def wdl(*images: str) -> str:
    """A workflow with a task for each image; the first image stands in line 6, the next one five lines below."""
    calls = " ".join(f"call t{number}" for number in range(len(images)))
    tasks = "".join(
        f"""task t{number} {{
    command <<< true >>>
    runtime {{
        docker: "{image}"
        cpu: 1
        memory: "2 GiB"
    }}
}}
"""
        for number, image in enumerate(images)
    )
    return f"version 1.0\nworkflow main {{ {calls} }}\n{tasks}"


Files = Callable[[dict[str, str | bytes]], Path]


class TestVersions:
    """IMG007, IMG008 and IMG009, each at the image, to the character."""

    def lint(self, cli: Cli, folder: Path, code: str, *options: str | Path) -> list[tuple[int, int, int, str, str]]:
        found = cli("lint", folder / "main.wdl", "--select", code, "--format", "json", *options).json["diagnostics"]
        return [(one["line"], one["column"], one["endColumn"], one["severity"], one["message"]) for one in found]

    @pytest.mark.parametrize(
        ("source", "destination", "found"),
        [
            ("ubuntu", "base/ubuntu:22.04", True),
            ("docker.io/library/ubuntu", "base/ubuntu:22.04", True),
            ("ubuntu", f"base/ubuntu:24.04@{SHA_UBUNTU}", False),
            # The same version, the image's own version, or none that could differ.
            ("ubuntu", "base/ubuntu:24.04", False),
            ("ubuntu", "base/ubuntu", False),
            # A source with a version is compared by MAP015.
            ("ubuntu:24.04", "base/ubuntu:22.04", False),
        ],
    )
    def test_mapped_to_another_version(
        self, cli: Cli, files: Files, source: str, destination: str, found: bool
    ) -> None:
        mapping = {"sourceImage": source, "destinationImage": f"{ECR}/{destination}"}
        body = json.dumps({"imageMappings": [mapping]})
        folder = files({"main.wdl": wdl("ubuntu:24.04"), "map.json": body})
        message = "the image `ubuntu:24.04` (task `t0`) is mapped to `22.04` by `imageMappings[0]`"
        options = ("--container-registry-map", folder / "map.json")
        expected = [(6, 17, 31, "warning", message)] if found else []
        assert self.lint(cli, folder, "IMG007", *options) == expected
        if found:
            assert self.lint(cli, folder, "IMG006", *options) == []

    def test_a_digest_that_the_map_exchanges(self, cli: Cli, files: Files) -> None:
        mapping = {"sourceImage": "ubuntu", "destinationImage": f"{ECR}/ubuntu@{SHA_ALPINE}"}
        folder = files({"main.wdl": wdl(f"ubuntu@{SHA_UBUNTU}"), "map.json": json.dumps({"imageMappings": [mapping]})})
        ((line, *_, message),) = self.lint(cli, folder, "IMG007", "--container-registry-map", folder / "map.json")
        assert line == 6
        assert (
            message == f"the image `ubuntu@{SHA_UBUNTU}` (task `t0`) is mapped to `{SHA_ALPINE}` by `imageMappings[0]`"
        )

    @pytest.mark.parametrize(
        ("image", "found"),
        [
            (f"{ECR}/tool:1.0-arm64", True),
            (f"{ECR}/tool:aarch64", True),
            (f"{ECR}/tool:linux-arm64v8", True),
            (f"{ECR}/tool-aarch64:1.0", True),
            ("arm64v8/ubuntu:22.04", True),
            ("docker.io/arm32v7/ubuntu:22.04", True),
            # Built for both, or only called alike.
            (f"{ECR}/tool:1.0-amd64", False),
            (f"{ECR}/tool:1.0-amd64-arm64", False),
            (f"{ECR}/tool:1.20-multi-arch", False),
            (f"{ECR}/charm:1.0", False),
            (f"{ECR}/armadillo:arm64ish", False),
            (f"{ECR}/arm64v8/tool:1.0", False),
            ("quay.io/biocontainers/alarm:1.0", False),
        ],
    )
    def test_an_image_for_arm(self, cli: Cli, files: Files, image: str, found: bool) -> None:
        folder = files({"main.wdl": wdl(image)})
        message = f"the image `{image}` (task `t0`) is for ARM, according to its name"
        expected = [(6, 17, 19 + len(image), "warning", message)] if found else []
        assert self.lint(cli, folder, "IMG008") == expected

    def test_what_is_pulled_counts(self, cli: Cli, files: Files) -> None:
        mapping = {"sourceImage": "org/tool:1-arm64", "destinationImage": f"{ECR}/tool:1"}
        body = json.dumps({"imageMappings": [mapping]})
        folder = files({"main.wdl": wdl("org/tool:1-arm64", "org/tool:dev"), "map.json": body})
        assert self.lint(cli, folder, "IMG008", "--container-registry-map", folder / "map.json") == []
        mapping.update(sourceImage="org/tool:dev")
        folder = files({"map.json": json.dumps({"imageMappings": [mapping]})})
        assert self.lint(cli, folder, "IMG009", "--container-registry-map", folder / "map.json") == []

    @pytest.mark.parametrize(
        ("image", "found"),
        [
            ("ghcr.io/broadinstitute/reconstructr:main", True),
            ("robertplayer/scidap-qiime2:stable", True),
            ("cmloreth/pathogen-genomics:test", True),
            ("nfcore/eager:dev", True),
            ("nfcore/eager:Dev", True),
            # What a digest holds fast, IMG004's own cases, and tags that only contain such a word.
            (f"ghcr.io/aou-multiomics-analysis/aggregate_susie:main@{SHA_SUSIE}", False),
            ("ubuntu:latest", False),
            ("ubuntu", False),
            ("nfcore/eager:dev-2.4", False),
            ("python:slim", False),
            ("ubuntu:jammy-20230816", False),
            ("broadinstitute/horsefish:pgs_visualizations", False),
        ],
    )
    def test_a_moving_tag(self, cli: Cli, files: Files, image: str, found: bool) -> None:
        folder = files({"main.wdl": wdl(image)})
        tag = image.rpartition(":")[2]
        message = f"the image `{image}` (task `t0`) has the tag `{tag}`, which does not name a version"
        expected = [(6, 17, 19 + len(image), "warning", message)] if found else []
        assert self.lint(cli, folder, "IMG009") == expected


@pytest.mark.parametrize(
    ("image", "hint"),
    [
        ("docker://quay.io/org/a:1", "write `quay.io/org/a:1`"),
        (
            "https://depot.galaxyproject.org/singularity/samtools:1.17--h00cdaf9_0",
            "write `quay.io/biocontainers/samtools:1.17--h00cdaf9_0`: the same build as a Docker image; this is a Singularity image",
        ),
        (
            "oras://community.wave.seqera.io/library/samtools:1.20--b5dfbd93de237464",
            "use the container image that this Singularity image was built from",
        ),
        (
            "library://sylabs/examples/lolcow:1",
            "use the container image that this Singularity image was built from",
        ),
        (
            "https://community-cr-prod.seqera.io/docker/registry/v2/blobs/sha256/ab/abcd/data",
            "use the container image that this Singularity image was built from",
        ),
        ("/shared/images/samtools.sif", "use the container image that this Singularity image was built from"),
        ("Quay.io/Org/a:1", "write `host/repository:tag`, in lower case and without a scheme"),
    ],
)
def test_the_cure_of_what_is_no_image(cli: Cli, files: Files, image: str, hint: str) -> None:
    folder = files({"main.wdl": wdl(image)})
    (found,) = cli("lint", folder / "main.wdl", "--select", "IMG005", "--format", "json").json["diagnostics"]
    assert (found["line"], found["column"], found["hint"]) == (6, 17, hint)


class TestMirror:
    """`images --format mirror`: what tools that copy images read."""

    OPTIONS = ("--account", "111122223333", "--region", "us-east-1", "--format", "mirror")

    def mirror(self, cli: Cli, folder: Path, *images: str) -> Result:
        (folder / "main.wdl").write_text(wdl(*images))
        (folder / "map.json").write_text(json.dumps(MAP))
        return cli("images", folder / "main.wdl", "--container-registry-map", folder / "map.json", *self.OPTIONS)

    def test_a_pair_on_each_line(self, cli: Cli, tmp_path: Path) -> None:
        images = (
            "ubuntu:22.04",
            "docker.io/library/ubuntu:22.04",  # the same image: one line
            "rocker/tidyverse",
            f"bashell/alpine-bash@{SHA_ALPINE}",
            f"ubuntu:22.04@{SHA_UBUNTU}",  # tools take a tag or a digest, not both
            "quay.io/biocontainers/gawk:5.3.0",
            f"{ECR}/already/there:1",
        )
        found = self.mirror(cli, tmp_path, *images)
        assert found.out.splitlines() == [
            f"docker.io/bashell/alpine-bash@{SHA_ALPINE} {ECR}/docker-hub/bashell/alpine-bash@{SHA_ALPINE}",
            f"docker.io/library/ubuntu:22.04 {ECR}/docker-hub/library/ubuntu:22.04",
            f"docker.io/library/ubuntu@{SHA_UBUNTU} {ECR}/docker-hub/library/ubuntu:22.04",
            f"docker.io/rocker/tidyverse {ECR}/docker-hub/rocker/tidyverse",
            f"quay.io/biocontainers/gawk:5.3.0 {ECR}/pinned/gawk:5.3.0",
        ]
        assert found.code == 0
        assert found.err.startswith("note: ECR needs no copies from `registry-1.docker.io` if the cache rules exist: ")

    def test_what_has_no_destination_is_said_and_counts(self, cli: Cli, tmp_path: Path) -> None:
        found = self.mirror(cli, tmp_path, "quay.io/org/a:1", "cgr.dev/org/b:1", "docker://quay.io/org/c:1")
        assert found.out == f"quay.io/org/a:1 {ECR}/quay/org/a:1\n"
        assert found.code == 1
        assert found.err.splitlines()[:2] == [
            "not listed: no mapping covers `cgr.dev/org/b:1`",
            "not listed: `docker://quay.io/org/c:1` starts with the scheme `docker://`",
        ]

    def test_an_unknown_account_is_no_destination(self, cli: Cli, tmp_path: Path) -> None:
        (tmp_path / "main.wdl").write_text(wdl("quay.io/org/a:1"))
        (tmp_path / "map.json").write_text(json.dumps(MAP))
        options = ("--container-registry-map", tmp_path / "map.json", "--format", "mirror")
        found = cli("images", tmp_path / "main.wdl", *options)
        assert (found.code, found.out) == (1, "")
        assert "the account or the Region for `quay.io/org/a:1` is unknown" in found.err

    def test_images_that_the_service_copies_need_no_copy(self, cli: Cli, tmp_path: Path) -> None:
        found = self.mirror(cli, tmp_path, "nvcr.io/nvidia/a:1", "nvcr.io/nvidia/b:1")
        assert (found.code, found.out) == (0, "")
        assert found.err.startswith("note: 2 images of nvcr.io: nothing to do")

    def test_candidates_of_a_dynamic_image(self, cli: Cli, tmp_path: Path) -> None:
        body = """version 1.0
workflow main {
    input { Boolean big }
    call t0 { input: image = if big then "quay.io/org/big:1" else "quay.io/org/small:1" }
}
task t0 {
    input { String image }
    command <<< true >>>
    runtime { docker: image }
}
"""
        (tmp_path / "main.wdl").write_text(body)
        (tmp_path / "map.json").write_text(json.dumps(MAP))
        options = (
            "--container-registry-map",
            tmp_path / "map.json",
            "--account",
            "111122223333",
            "--region",
            "us-east-1",
        )
        found = cli("images", tmp_path / "main.wdl", *options, "--format", "mirror")
        assert [line.split()[0] for line in found.out.splitlines()] == ["quay.io/org/big:1", "quay.io/org/small:1"]
        assert found.code == 0
        assert "known only in a run; only its candidates are listed" in found.err
        text = cli("images", tmp_path / "main.wdl", *options).out
        assert f"  candidate: quay.io/org/big:1: mapped -> {ECR}/quay/org/big:1 (registryMappings[1])" in text
