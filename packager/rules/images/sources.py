"""Rules about container images: where they are pulled from, and whether they change."""

from __future__ import annotations

from collections.abc import Iterator

from packager.findings.causes import Cause
from packager.findings.diagnostic import Place, Severity, Skipped
from packager.findings.sources import Aws, Guide, cite
from packager.images.registry_map import Resolution, Status, resolve
from packager.images.registry_map.resolution import is_copied, is_pull_through
from packager.images.usage import ImageUse
from packager.model.facts import Engine, ImageStatus, Task, Workflow
from packager.model.features import FeatureName
from packager.model.image_reference import ImageReference, as_reference, normal_host
from packager.rules.facts import Facts
from packager.rules.rule import RuleFinding, Subject, rule
from packager.text import joined, listed

_HINT_OF_ZIP = (
    "name the registry map with `--container-registry-map` (a zip has none), or copy the images to private ECR"
)
_ONE_REGION = "copy the images to ECR in the workflow's Region; `--region` shows which ones"
_TO_BE_BUILT = ("DockerRequirement.dockerFile", "DockerRequirement.dockerLoad", "DockerRequirement.dockerImport")


def lint_example(image: str, options: str = "", registry_map: str = "") -> str:
    """An example of a workflow whose one task has that image."""
    return f"""
$ packager lint main.wdl{options}
main.wdl
  version 1.1
  workflow hello {{ call greet }}
  task greet {{
    command <<< echo hello >>>
    output {{ String text = read_string(stdout()) }}
    runtime {{ container: "{image}" cpu: 2 memory: "4 GiB" }}
  }}
{registry_map}"""


_QUAY_MAP = """map.json
  {"registryMappings": [
    {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}
  ]}
"""
_WITH_MAP = " --container-registry-map map.json"
_SAMTOOLS = "quay.io/biocontainers/samtools:1.17--h00cdaf9_0"
_PRIVATE = "111122223333.dkr.ecr.us-east-1.amazonaws.com/samtools:1.17--h00cdaf9_0"


def known_images(facts: Facts) -> Iterator[tuple[ImageUse, ImageReference]]:
    """The images that are known and well-formed."""
    for use in facts.images:
        if use.reference is not None:
            yield use, use.reference


def resolution_of(facts: Facts, reference: ImageReference) -> Resolution:
    """What an image resolves to under the map of these facts."""
    return resolve(reference, facts.registry_map, account=facts.account, region=facts.region)


def users_of(use: ImageUse) -> str:
    """The users of an image: "(task `a` and 3 more)"."""
    return f"(task {listed(use.task_names, 1)})"


def unless(use: ImageUse) -> str:
    """The end of a message about an image that an input's default names, or that a condition decides on; empty if every run pulls it.

    An input of a call (`call.image`) does not decide: no template has it.
    """
    inputs = [name for name in use.depends_on if "." not in name]
    if inputs:
        return f", unless a run sets {joined(inputs)}"
    if use.conditions:
        return f" (depends on {joined(use.conditions)})"
    return " (if the task runs)" if use.conditional else ""


def severity_of(use: ImageUse) -> Severity | None:
    """A warning for an image that not every run pulls; None, the rule's own severity, for others."""
    return Severity.WARNING if unless(use) else None


def place_of(use: ImageUse) -> Place:
    """Where the image is named first."""
    return use.tasks[0].place


@rule(
    "IMG001",
    "uncovered-image",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    hint="map all images with `packager map generate PATH -o container-registry-map.json`, or copy them to private ECR",
    source=cite(Guide.CONTAINERS, "private", Guide.CONTAINER_CREATION, "every host"),
    bad=lint_example("ghcr.io/org/tool:1.0", _WITH_MAP, _QUAY_MAP),
    good=lint_example(_SAMTOOLS, _WITH_MAP, _QUAY_MAP),
)
def uncovered_image(facts: Facts) -> Iterator[RuleFinding]:
    """An image is not in private ECR, and no mapping of the registry map covers it.

    HealthOmics pulls from private ECR only. Creating the workflow still succeeds; the run fails at the first task with that image, after
    the tasks before it have been paid for. With a registry map or a target this is an error. Without them it is unknown how the image will
    be mapped, and it is a warning; so it is where an input's default is the image, or a condition decides whether the task runs. The
    message names the input.
    """
    decided = facts.registry_map is not None or facts.target
    for use, reference in known_images(facts):
        if resolution_of(facts, reference).status is not Status.UNMAPPED:
            continue
        hint: str | None
        host, cause = reference.normal().registry, Cause.IMAGES_OUTSIDE_ECR
        if facts.registry_map is not None:
            cause = Cause.IMAGES_WITHOUT_MAPPING
            message = f"no mapping covers the image `{use.image}` {users_of(use)}{unless(use)}"
            hint = f"add a mapping for `{host}` to the map, or copy its images to private ECR"
        else:
            message = f"the image `{use.image}` {users_of(use)} is not in private ECR{unless(use)}"
            hint = _HINT_OF_ZIP if facts.packaged else None
        severity = severity_of(use) if decided else Severity.WARNING
        registry = "Docker Hub" if reference.is_docker_hub else host
        yield RuleFinding(
            place_of(use), message, hint=hint, severity=severity, subject=use.image, cause=cause, part=registry
        )


@rule(
    "IMG002",
    "image-in-another-region",
    Severity.ERROR,
    subject=Subject.WORKFLOW,
    needs=("region",),
    hint="copy the image to ECR in the workflow's Region",
    source=cite(Guide.CONTAINERS, "private"),
    bad=lint_example(_PRIVATE, " --region eu-west-2"),
    good=lint_example(_PRIVATE, " --region us-east-1"),
)
def image_in_another_region(facts: Facts) -> Iterator[RuleFinding]:
    """An image is in private ECR of a different Region than the workflow.

    HealthOmics pulls images only from ECR in its own Region, so the run fails when the task starts. Without a Region, only images of
    different Regions are reported: one workflow cannot run with them. It is a warning where an input or a condition decides about an image.
    """
    if facts.region is None:
        yield from _different_regions(facts)
        return
    for use, reference in known_images(facts):
        if reference.region not in (None, facts.region):
            regions = f"is in `{reference.region}`, but the workflow is in `{facts.region}`"
            message = f"the image `{use.image}` {users_of(use)} {regions}{unless(use)}"
            yield RuleFinding(
                place_of(use),
                message,
                severity=severity_of(use),
                subject=use.image,
                cause=Cause.IMAGES_OF_ANOTHER_REGION,
                part=reference.region or "",
            )


def _different_regions(facts: Facts) -> Iterator[RuleFinding]:
    """A finding if images are in private ECR of more than one Region: then some of them are in another one than the workflow."""
    regions: dict[str, list[ImageUse]] = {}
    for use, reference in known_images(facts):
        if reference.region is not None:
            regions.setdefault(reference.region, []).append(use)
    if len(regions) < 2:
        return
    certain = [region for region, uses in regions.items() if any(_is_certain(facts, use) for use in uses)]
    named = [min(uses, key=lambda use: (not _is_certain(facts, use), place_of(use))) for uses in regions.values()]
    first, second = sorted(named, key=place_of)[:2]
    message = f"the image `{first.image}` is in `{_region(first)}`, and `{second.image}` in `{_region(second)}`: a workflow has one Region"
    severity = None if len(certain) > 1 else Severity.WARNING
    yield RuleFinding(place_of(second), message, hint=_ONE_REGION, severity=severity, subject=",".join(sorted(regions)))


def _region(use: ImageUse) -> str | None:
    return use.reference.region if use.reference is not None else None


def _is_certain(facts: Facts, use: ImageUse) -> bool:
    """Whether every run pulls an image: no input and no condition decides about it, nor a profile, which Nextflow has."""
    workflow = facts.workflow
    if use.depends_on or workflow is None or workflow.engine is Engine.NEXTFLOW:
        return False
    certain = {task.name for task in workflow.tasks if not task.conditional and not task.depends_on}
    return not certain.isdisjoint(use.task_names)


@rule(
    "IMG003",
    "task-without-image",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    needs=("complete_workflow", "configured_workflow"),
    hint="set a container image for the task",
    source=cite(Guide.RUN_CACHE, "container"),
    bad="""
        $ packager lint main.wdl
        main.wdl
          version 1.1
          workflow hello { call greet }
          task greet {
            command <<< echo hello >>>
            output { String text = read_string(stdout()) }
            runtime { cpu: 2 memory: "4 GiB" }
          }
    """,
    good=lint_example(_PRIVATE),
)
def task_without_image(facts: Facts) -> Iterator[RuleFinding]:
    """A task has no container image.

    The service then runs it in its default image, which contains little more than a shell, and never
    caches its results.
    """
    workflow = facts.workflow
    if workflow is None:
        return
    by_profile: dict[str, list[Task]] = {}
    profiles = {(found.text, found.place): found.key for found in facts.features(FeatureName.PROFILE_IMAGE)}
    for task in workflow.tasks:
        if any(attribute.name in _TO_BE_BUILT for attribute in task.attributes):
            continue  # CWL053 reports images that are built
        if not task.runs_container or task.image.status is not ImageStatus.NONE:
            continue
        if profile := profiles.get((task.name, task.place)):
            by_profile.setdefault(profile, []).append(task)
        else:
            message = f"the task `{task.name}` has no container image"
            yield RuleFinding(task.place, message, subject=task.name, cause=Cause.TASKS_WITHOUT_IMAGE)
    for profile, tasks in by_profile.items():
        names = [task.name for task in tasks]
        who = f"the task `{names[0]}` has" if len(names) == 1 else f"{len(names)} tasks ({listed(names)}) have"
        each = "one" if len(names) == 1 else "one for each"
        yield RuleFinding(
            tasks[0].place,
            f"{who} no container image; the profile `{profile}` names {each}",
            hint=f"lint with `--nextflow-profile {profile}`, and start runs with that profile (`profile` of `engineSettings`)",
            subject=f"profile {profile}",
        )


@rule(
    "IMG004",
    "mutable-image-tag",
    Severity.WARNING,
    subject=Subject.WORKFLOW,
    hint="use the tag of a version, or better a digest (`@sha256:...`)",
    source=cite(Guide.COPIED_REGISTRIES, "once"),
    bad=lint_example("111122223333.dkr.ecr.us-east-1.amazonaws.com/samtools:latest"),
    good=lint_example(_PRIVATE),
)
def mutable_image_tag(facts: Facts) -> Iterator[RuleFinding]:
    """An image has no tag, or the tag `latest`.

    The next run may pull another image, so results cannot be reproduced. HealthOmics copies images
    of some registries only once, and never updates the copy. A digest (`@sha256:...`) is safer than a tag, but a pull-through cache may not
    find an image by it (IMG010).
    """
    mutable = [(use, reference) for use, reference in known_images(facts) if _is_mutable(facts, reference)]
    hint = None
    if any(is_pull_through(reference.normal().registry) for _, reference in mutable):
        hint = "use the tag of a version"  # one hint for all, which holds for each
    for use, reference in mutable:
        what = "has no tag" if reference.tag is None else "has the tag `latest`"
        message = f"the image `{use.image}` {users_of(use)} {what}"
        yield RuleFinding(place_of(use), message, hint=hint, subject=use.image, cause=Cause.MUTABLE_IMAGES)


def _is_mutable(facts: Facts, reference: ImageReference) -> bool:
    """Whether neither the image nor the mapping that covers it names a version."""
    destination = as_reference(resolution_of(facts, reference).destination) if reference.is_mutable else None
    return reference.is_mutable and (destination is None or destination.is_mutable)


@rule(
    "IMG010",
    "digest-behind-cache",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    hint="fill the cache by the tag (`packager images PATH --prime`), or copy it to private ECR and add an image mapping",
    source=cite(Aws.ROADMAP_CACHE, "digest"),
    bad=lint_example(f"{_SAMTOOLS}@sha256:{'1' * 64}", _WITH_MAP, _QUAY_MAP),
    good=lint_example(_SAMTOOLS, _WITH_MAP, _QUAY_MAP),
)
def digest_behind_cache(facts: Facts) -> Iterator[RuleFinding]:
    """An image that is pulled through a cache is named by its digest.

    ECR is reported to fill a pull-through cache only by tag: the first pull by a digest, with or without a tag, finds no image. Once the
    image is in the cache, the digest works. Registries that HealthOmics copies from itself are not affected.
    """
    mappings = facts.registry_map.registry_mappings if facts.registry_map else ()
    hosts = {mapping.name: normal_host(mapping.upstream_registry_url) for mapping in mappings}
    for use, reference in known_images(facts):
        host = hosts.get(resolution_of(facts, reference).via or "")
        if reference.digest is not None and host is not None and not is_copied(host):
            message = f"the image `{use.image}` {users_of(use)} is named by its digest, which may not fill the cache"
            yield RuleFinding(place_of(use), message, subject=use.image)


@rule(
    "IMG006",
    "undocumented-image-match",
    Severity.INFO,
    subject=Subject.WORKFLOW,
    hint="write the image in the map exactly as in the task",
    source=cite(Guide.CONTAINER_CREATION, "matching"),
    bad=lint_example(
        _SAMTOOLS,
        _WITH_MAP,
        """map.json
  {"imageMappings": [
    {
      "sourceImage": "quay.io/biocontainers/samtools",
      "destinationImage": "111122223333.dkr.ecr.us-east-1.amazonaws.com/samtools:1.17--h00cdaf9_0"
    }
  ]}
""",
    ),
    good=lint_example(_SAMTOOLS, _WITH_MAP, _QUAY_MAP),
)
def undocumented_image_match(facts: Facts) -> Iterator[RuleFinding]:
    """Whether a mapping covers an image is not documented.

    A mapping without a tag, or with another name of the same registry, probably matches; only a
    run shows whether it does.
    """
    mappings = facts.registry_map.registry_mappings if facts.registry_map else ()
    hosts = {mapping.name: mapping.upstream_registry_url for mapping in mappings}
    for use, reference in known_images(facts):
        resolution = resolution_of(facts, reference)
        host = hosts.get(resolution.via or "")
        if not resolution.doubtful or (host and not _is_documented_host(host)):
            continue  # MAP004 and MAP005 report the map's own spelling
        if other_version(reference, resolution):
            continue  # IMG007
        yield RuleFinding(
            place_of(use),
            f"the image `{use.image}` {users_of(use)} is covered by `{resolution.via}`, but {resolution.caution}",
            hint="write the image's host as in the user guide and the map" if host else None,
            subject=use.image,
        )


def other_version(reference: ImageReference, resolution: Resolution) -> str | None:
    """The tag or digest that a mapping replaces an image's own with; None if it may be the same."""
    destination = as_reference(resolution.destination)
    if destination is None or (reference.digest and reference.digest == destination.digest):
        return None
    for mine, other in ((reference.digest, destination.digest), (reference.tag, destination.tag)):
        if mine is not None and other is not None and mine != other:
            return other
    return None


def _is_documented_host(host: str) -> bool:
    return host == normal_host(host)


def unchecked_images(facts: Facts) -> tuple[Skipped, ...]:
    """The images that are not checked because only a run decides: one entry per set of deciding inputs."""
    groups: dict[tuple[str, ...], list[ImageUse]] = {}
    for use in facts.images:
        if use.status is ImageStatus.DYNAMIC:
            groups.setdefault(use.depends_on, []).append(use)
    return tuple(_unchecked(facts.workflow, depends_on, uses) for depends_on, uses in sorted(groups.items()))


def _unchecked(workflow: Workflow | None, depends_on: tuple[str, ...], uses: list[ImageUse]) -> Skipped:
    tasks = sorted({task for use in uses for task in use.tasks})
    paths: tuple[str, ...] = ()
    if len(tasks) == 1:
        place = tasks[0].place
        paths = (place.path,)
        subject = f"the image of task `{tasks[0].name}` (`{place.path}` line {place.line})"
        depends, known = "depends", "is known"
    else:
        names = list(dict.fromkeys(task.name for task in tasks))
        subject = f"the images of {len(tasks)} tasks ({listed(names)})"
        depends, known = "depend", "are known"
    if not depends_on:
        return Skipped("IMG001", f"{subject} {known} only when the workflow runs", paths)
    return Skipped("IMG001", f"{subject} {depends} on {joined(depends_on)}{_why_open(workflow, depends_on)}", paths)


def _why_open(workflow: Workflow | None, depends_on: tuple[str, ...]) -> str:
    """Why the inputs do not decide the image before the run, if they have no defaults."""
    inputs = {declared.name: declared for declared in workflow.inputs} if workflow else {}
    deciding = [inputs[name] for name in depends_on if name in inputs]
    if len(deciding) < len(depends_on) or any(declared.default is not None for declared in deciding):
        return ""
    return ", which has no default" if len(deciding) == 1 else ", which have no default"
