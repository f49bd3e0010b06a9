"""What no document settles, asked of the service: the request and its members."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from contract.account import Session
from contract.case import Observation, Outcome, Probe
from contract.definitions import BROKEN_WDL, NEXTFLOW, NF_ZIP, OTHER_NF_ZIP, WDL_ZIP, zip_of_size, zipped
from packager.healthomics import limits

MEBIBYTE: Final = 1024 * 1024
# The sizes that decide between 4 MiB, 4.4 MB and 4.4 MiB.
ZIP_SIZES: Final = (4_400_000, 4_613_734)
MAPPING: Final = {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}
DESTINATION: Final = "123456789012.dkr.ecr.us-east-1.amazonaws.com/lab/tool:1"
PARAMETERS_NF: Final = "workflow { println params.a }\n"


def ending(constant: str, subject: str, content: bytes, **members: Any) -> Callable[[Session], Observation]:
    """How a creation ends: the status, or the code of the refusal."""

    def ask(session: Session) -> Observation:
        outcome = session.outcome(content, **members)
        return Observation(f"{subject} {outcome.sentence}.", constant, outcome.ending)

    return ask


def kept(constant: str, member: str, content: bytes, **members: Any) -> Callable[[Session], Observation]:
    """What GetWorkflow answers for a member; the code, if the request is refused."""

    def ask(session: Session) -> Observation:
        outcome = session.outcome(content, **members)
        if not outcome.accepted:
            return Observation(f"the request is refused: {outcome.message}.", constant, outcome.code)
        value = outcome.answer.get(member)
        shown = "no value" if value is None else value
        return Observation(f"GetWorkflow answers {shown}, with the status {outcome.status}.", constant, value)

    return ask


def zip_size(session: Session) -> Observation:
    """The largest of the disputed sizes that a request accepts."""
    most = 4 * MEBIBYTE
    answers = []
    for size in ZIP_SIZES:
        outcome = session.outcome(zip_of_size({"main.nf": NEXTFLOW}, size))
        answers.append(f"a zip of {size:,} bytes {outcome.sentence}")
        if outcome.accepted:
            most = size
    return Observation(f"{'; '.join(answers)}.", "ZIP_INLINE_MAX_BYTES", most)


def template_entries(session: Session) -> Observation:
    """The largest of the disputed numbers of entries."""
    most = limits.TEMPLATE_ENTRIES_WARN
    answers = []
    for count in (limits.TEMPLATE_ENTRIES_WARN + 1, limits.TEMPLATE_ENTRIES[1]):
        names = [f"p{number}" for number in range(count)]
        lines = "".join(f"params.{name} = 1\n" for name in names)
        template = {name: {"optional": True} for name in names}
        outcome = session.outcome(zipped({"main.nf": NEXTFLOW, "nextflow.config": lines}), parameterTemplate=template)
        answers.append(f"a template of {count:,} entries {outcome.sentence}")
        if outcome.status == "ACTIVE":
            most = count
    return Observation(f"{'; '.join(answers)}.", "TEMPLATE_ENTRIES", (1, most))


def version_of_failed(session: Session) -> Observation:
    """A version of a workflow that is FAILED."""
    workflow_id = session.create(zipped({"main.wdl": BROKEN_WDL}))["id"]
    session.settled(workflow_id)
    outcome = session.version_outcome(workflow_id, "v", NF_ZIP)
    return Observation(f"the version {outcome.sentence}.", "VERSION_OF_FAILED_WORKFLOW", outcome.ending)


def version_while_creating(session: Session) -> Observation:
    """A version of a workflow at once after its creation."""
    workflow_id = session.create(NF_ZIP)["id"]
    outcome = session.version_outcome(workflow_id, "v", NF_ZIP)
    return Observation(f"the version {outcome.sentence}.", "VERSION_OF_CREATING_WORKFLOW", outcome.ending)


def deleted_while_creating(session: Session) -> Observation:
    """A deletion at once after the creation."""
    workflow_id = session.create(NF_ZIP)["id"]
    code, message = session.refusal("DeleteWorkflow", id=workflow_id)
    sentence = f"the deletion is refused ({code}): {message}." if code else "the deletion is accepted."
    return Observation(sentence, "DELETION_WHILE_CREATING", code or "accepted")


def request_id_reused(session: Session) -> Observation:
    """The same requestId for another definition."""
    members = session.request(NF_ZIP)
    first = session.call("CreateWorkflow", **members)["id"]
    changed = {**members, "definitionZip": OTHER_NF_ZIP}
    code, message = session.refusal("CreateWorkflow", **changed)
    if code:
        return Observation(f"the second request is refused ({code}): {message}.", "REQUEST_ID_REUSED", code)
    same = session.ids[-1] == first
    sentence = "the answer is that of the first request." if same else "another workflow is created."
    return Observation(sentence, "REQUEST_ID_REUSED", "first answer" if same else "another workflow")


def version_name_taken(session: Session) -> Observation:
    """The refusal of a version's name that is in use."""
    workflow_id = session.create(NF_ZIP)["id"]
    session.settled(workflow_id)
    session.create_version(workflow_id, "v", NF_ZIP)
    outcome = session.version_outcome(workflow_id, "v", OTHER_NF_ZIP)
    return Observation(f"the second version {outcome.sentence}.", "VERSION_NAME_TAKEN", outcome.ending)


def deletion_with_versions(session: Session) -> Observation:
    """The refusal to delete a workflow that has versions."""
    workflow_id = session.create(NF_ZIP)["id"]
    session.settled(workflow_id)
    session.create_version(workflow_id, "v", NF_ZIP)
    session.settled(workflow_id, "v")
    code, message = session.refusal("DeleteWorkflow", id=workflow_id)
    sentence = f"the deletion is refused ({code}): {message}." if code else "the deletion is accepted."
    return Observation(sentence, "DELETION_WITH_VERSIONS", code or "accepted")


def digest(session: Session) -> Observation:
    """What the digest of a workflow is made of."""
    import hashlib

    content = zipped({"main.wdl": "version 1.0\nworkflow w { }\n"})
    outcome: Outcome = session.outcome(content)
    got = str(outcome.answer.get("digest") or "")
    of_zip = hashlib.sha256(content).hexdigest() in got
    sentence = "it is the SHA-256 of the zip." if of_zip else f"it is not the SHA-256 of the zip, but `{got}`."
    return Observation(sentence, "DIGEST_IS_SHA256_OF_ZIP", of_zip)


def _map(*mappings: dict[str, str], images: tuple[dict[str, str], ...] = ()) -> dict[str, Any]:
    lists = {"registryMappings": list(mappings), "imageMappings": list(images)}
    return {"containerRegistryMap": {name: entries for name, entries in lists.items() if entries}}


def _host(constant: str, host: str) -> Callable[[Session], Observation]:
    """Which host GetWorkflow answers for a mapping; the code, if the request is refused."""

    def ask(session: Session) -> Observation:
        outcome = session.outcome(NF_ZIP, **_map({**MAPPING, "upstreamRegistryUrl": host}))
        if outcome.status != "ACTIVE":
            return Observation(f"the map {outcome.sentence}.", constant, outcome.ending)
        mappings = outcome.answer.get("containerRegistryMap", {}).get("registryMappings") or [{}]
        kept_host = str(mappings[0].get("upstreamRegistryUrl", ""))
        return Observation(f"the map is accepted, and has the host `{kept_host}`.", constant, kept_host)

    return ask


CONTAINERS: Final = ("Guide.CONTAINERS", "Guide.CONTAINER_CREATION")
STORAGE: Final = ("Guide.RUN_TYPES", "Guide.CREATION", "Guide.VERSIONS", "Api.OMICS")
IMAGE: Final = {"sourceImage": "ghcr.io/lab/tool:1", "destinationImage": DESTINATION}

PROBES: tuple[Probe, ...] = (
    Probe(
        "zip-size",
        "How large can a zip in the request be: 4 MiB, 4.4 MB or 4.4 MiB?",
        ("Guide.FIXED_QUOTAS", "Guide.PACKAGING", "Guide.CREATION_OVERVIEW"),
        zip_size,
        2,
    ),
    Probe(
        "template-entries",
        "How many entries can a parameter template have: 1,000 or 2,000?",
        ("Guide.FIXED_QUOTAS", "Api.OMICS"),
        template_entries,
        2,
    ),
    Probe(
        "template-empty",
        "Is a parameter template without entries accepted?",
        ("Guide.PARAMETER_TEMPLATES", "Api.OMICS"),
        ending("TEMPLATE_EMPTY", "an empty template", NF_ZIP, parameterTemplate={}),
    ),
    Probe(
        "template-unknown-name",
        "Is a parameter template accepted that names no input of the workflow?",
        ("Guide.PARAMETER_TEMPLATES",),
        ending("TEMPLATE_UNKNOWN_NAME", "the request", WDL_ZIP, parameterTemplate={"other": {"optional": True}}),
    ),
    Probe(
        "template-no-description",
        "Can an entry of a parameter template have no description, which the guide requires and the API does not?",
        ("Guide.PARAMETER_TEMPLATES", "Api.OMICS"),
        ending("TEMPLATE_NO_DESCRIPTION", "the request", WDL_ZIP, parameterTemplate={"x": {"optional": False}}),
    ),
    Probe(
        "template-path",
        "Is parameterTemplatePath refused if the definition is not in a Git repository?",
        ("Guide.CREATION", "Api.OMICS"),
        ending("TEMPLATE_PATH_WITH_ZIP", "the request", NF_ZIP, parameterTemplatePath="template.json"),
    ),
    Probe(
        "readme-path",
        "Is readmePath refused if the definition is not in a Git repository?",
        ("Guide.CREATION", "Api.OMICS"),
        ending("README_PATH_WITH_ZIP", "the request", NF_ZIP, readmePath="README.md"),
    ),
    Probe(
        "storage-type",
        "Which storageType does a workflow have that was created without one?",
        STORAGE,
        kept("STORAGE_TYPE_DEFAULT", "storageType", NF_ZIP),
    ),
    Probe(
        "storage-capacity",
        "Which storageCapacity does a STATIC workflow have that was created without one?",
        STORAGE,
        kept("STORAGE_CAPACITY_DEFAULT", "storageCapacity", NF_ZIP, storageType="STATIC"),
    ),
    Probe(
        "storage-rounding",
        "Is a storageCapacity of 5,000 GiB kept, or rounded up to 6,000 (steps of 1,200) or 7,200 (steps of 2,400)?",
        ("Guide.RUN_TYPES", "Api.OMICS"),
        kept("STORAGE_CAPACITY_OF_5000", "storageCapacity", NF_ZIP, storageType="STATIC", storageCapacity=5000),
    ),
    Probe(
        "storage-dynamic",
        "Is a storageCapacity kept with DYNAMIC storage?",
        ("Guide.RUN_TYPES",),
        kept("STORAGE_CAPACITY_OF_DYNAMIC", "storageCapacity", NF_ZIP, storageType="DYNAMIC", storageCapacity=1200),
    ),
    Probe(
        "image-untagged",
        "Can the source of an image mapping have no tag?",
        CONTAINERS,
        ending("IMAGE_MAPPING_UNTAGGED", "the map", NF_ZIP, **_map(images=({**IMAGE, "sourceImage": "ubuntu"},))),
    ),
    Probe(
        "image-twice",
        "Can a map have two image mappings of one source?",
        CONTAINERS,
        ending(
            "IMAGE_MAPPING_TWICE",
            "the map",
            NF_ZIP,
            **_map(images=(IMAGE, {**IMAGE, "destinationImage": DESTINATION.replace(":1", ":2")})),
        ),
    ),
    Probe(
        "registry-twice",
        "Can a map have two registry mappings of one host?",
        CONTAINERS,
        ending(
            "REGISTRY_MAPPING_TWICE", "the map", NF_ZIP, **_map(MAPPING, {**MAPPING, "ecrRepositoryPrefix": "other"})
        ),
    ),
    Probe(
        "registry-docker-io",
        "Is `docker.io` accepted for Docker Hub in a map, and is it replaced by `registry-1.docker.io`?",
        CONTAINERS,
        _host("REGISTRY_MAPPING_DOCKER_IO", "docker.io"),
    ),
    Probe(
        "registry-scheme",
        "Is a registry accepted as a URL with `https://`, and is it replaced by the host?",
        CONTAINERS,
        _host("REGISTRY_MAPPING_SCHEME", "https://quay.io"),
    ),
    Probe(
        "registry-case",
        "Is a registry in upper case accepted, and is it kept so?",
        CONTAINERS,
        _host("REGISTRY_MAPPING_CASE", "QUAY.IO"),
    ),
    Probe(
        "registry-unknown",
        "Is a registry accepted that no page lists?",
        ("Guide.PULL_THROUGH_CACHES", "Guide.COPIED_REGISTRIES"),
        _host("REGISTRY_MAPPING_UNKNOWN", "registry.example.org"),
    ),
    Probe(
        "registry-credential",
        "Is a mapping of a registry that HealthOmics copies from accepted without a credential?",
        ("Guide.CONTAINER_CREATION", "Api.OMICS"),
        _host("REGISTRY_MAPPING_NO_CREDENTIAL", "nvcr.io"),
    ),
    Probe(
        "registry-count",
        "Does the limit of the console, 20 registry mappings, hold for the API?",
        ("Guide.CREATION", "Api.OMICS"),
        ending(
            "REGISTRY_MAPPINGS_21",
            "a map of 21 registries",
            NF_ZIP,
            **_map(
                *(
                    {**MAPPING, "ecrRepositoryPrefix": f"quay{n}", "upstreamRegistryUrl": f"r{n}.azurecr.io"}
                    for n in range(21)
                )
            ),
        ),
    ),
    Probe(
        "image-count",
        "Does the limit of the console, 100 image mappings, hold for the API?",
        ("Guide.CREATION", "Api.OMICS"),
        ending(
            "IMAGE_MAPPINGS_101",
            "a map of 101 images",
            NF_ZIP,
            **_map(images=tuple({**IMAGE, "sourceImage": f"ghcr.io/lab/tool:{n}"} for n in range(101))),
        ),
    ),
    Probe(
        "tag-prefix-case",
        "Is a tag key that begins with `AWS:` refused as one that begins with `aws:` is?",
        ("Guide.TAGGING",),
        ending("TAG_PREFIX_UPPER_CASE", "the tag", NF_ZIP, tags={"AWS:x": "y"}),
    ),
    Probe("version-of-failed", "Can a FAILED workflow get a version?", ("Guide.VERSIONS",), version_of_failed),
    Probe(
        "version-while-creating",
        "Can a workflow get a version while it is CREATING?",
        ("Guide.VERSIONS",),
        version_while_creating,
    ),
    Probe(
        "version-name-taken",
        "How is a version's name refused that is in use?",
        ("Guide.VERSIONS", "Api.OMICS"),
        version_name_taken,
    ),
    Probe(
        "request-id-reused",
        "How is a requestId answered that another request had?",
        ("Api.OMICS",),
        request_id_reused,
        2,
    ),
    Probe(
        "deletion-creating",
        "Can a workflow be deleted while it is CREATING?",
        ("Guide.DEFAULT_VERSION", "Api.OMICS"),
        deleted_while_creating,
    ),
    Probe(
        "deletion-versions",
        "How is the deletion of a workflow with versions refused?",
        ("Guide.DEFAULT_VERSION",),
        deletion_with_versions,
    ),
    Probe("digest", "What is the digest of a workflow?", ("Api.OMICS",), digest),
)
