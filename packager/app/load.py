"""The whole road on one screen: source, detect, load, template, images, plan, lint, package, request, submit.

Every function takes and returns plain data. Nothing here prints, exits, or reads the environment.
"""

from __future__ import annotations

import posixpath
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packager import detect
from packager.app.build import prepare, prepare_remote, readme_text
from packager.app.check import RefusedError, check_run_parameters, lint, validate_map
from packager.app.loaded import Loaded
from packager.archive import package as archive
from packager.archive.package import Package, Plan, Sidecar
from packager.cache import NO_CACHE, Cache
from packager.engines import adapter
from packager.engines.adapter import EngineOptions
from packager.errors import PackagerError, cannot
from packager.files import exists, is_file, is_special, read_named, replacing
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, in_order
from packager.findings.policy import NO_POLICY, Policy
from packager.healthomics import limits
from packager.healthomics.request import Request
from packager.images import registry_map
from packager.images.reference import unique_images
from packager.model.facts import Detection, Engine
from packager.parameters.run_parameters import read as read_run_parameters
from packager.parameters.template import FILE_NAME as TEMPLATE_NAME
from packager.parameters.template import Template, derive
from packager.parameters.template import read as read_template
from packager.source import MAX_DEFINITION_BYTES, DirectoryTree, SourceTree, UnreadableError

if TYPE_CHECKING:
    from packager.aws.deliver.options import Delivery
    from packager.aws.deliver.staging import Progress
    from packager.aws.deliver.submission import Submission
    from packager.aws.session import Target

__all__ = [
    "RefusedError",
    "check_run_parameters",
    "lint",
    "load",
    "package",
    "prepare",
    "prepare_remote",
    "submit",
    "template",
    "validate_map",
]


def load(
    path: str,
    *,
    engine: str | None = None,
    main: str | None = None,
    parameter_template: str | None = None,
    container_registry_map: str | None = None,
    include: tuple[str, ...] = (),
    exclude: tuple[str, ...] = (),
    region: str | None = None,
    account: str | None = None,
    nextflow_profile: str | None = None,
    policy: Policy = NO_POLICY,
    policy_folder: str | None = None,
    target: bool = False,
    run_parameters: str | None = None,
    cache: Cache = NO_CACHE,
) -> Loaded:
    """Everything that can be known of the workflow at `path` (a directory, a main file or a zip) without judging it.

    `nextflow_profile` names profiles of a Nextflow config to apply, separated by commas. `policy` is how the project judges findings, with
    patterns relative to `policy_folder`; `target`: account and Region are where the workflow is meant to go. `run_parameters` is a
    file of a run's parameters, to be held against the workflow.

    Raises:
        PackagerError: nothing there, nothing that is a workflow, or more than one that may be meant.
    """
    if engine is not None and engine not in limits.ENGINES:
        raise PackagerError(f"unknown engine `{engine}`", f"use one of {', '.join(limits.ENGINES)}")
    wanted = None if engine is None else Engine.WDL if engine == "WDL_LENIENT" else Engine(engine)
    sidecar = _sidecar(path)
    located = detect.locate(path, engine=wanted, main=main, described_main=sidecar.main if sidecar else None)
    tree, detection = located.tree, located.detection
    profiles = tuple(name.strip() for name in (nextflow_profile or "").split(",") if name.strip())
    if profiles and detection.engine is not Engine.NEXTFLOW:
        raise PackagerError(
            f"a {detection.engine.value} workflow has no Nextflow profiles", "leave `--nextflow-profile` out"
        )
    workflow = adapter.of(detection.engine).read(tree, detection.main, cache, EngineOptions(profiles=profiles))
    workflow = replace(workflow, diagnostics=detect.with_way_out(workflow.diagnostics, tree, detection))
    plan = archive.plan(tree, workflow, include=include, exclude=exclude)
    found = [*located.diagnostics, *workflow.diagnostics, *plan.diagnostics]
    if tree.kind == "zip" or workflow.engine is Engine.NEXTFLOW:
        found += tree.problems  # elsewhere only the closure counts, and it was read file by file
    if tree.kind == "zip":
        found += _judge_sidecar(path, sidecar, plan, detection)
    template = derive(workflow)
    neighbours = {TEMPLATE_NAME: parameter_template, registry_map.FILE_NAME: container_registry_map}
    found += _unusable(tree, detection.main, [name for name, given in neighbours.items() if given is None])
    content = _given_or_beside(tree, detection.main, parameter_template, TEMPLATE_NAME)
    written, faults = read_template(*content) if content else (None, ())
    found += [*template.diagnostics, *faults]
    content = _given_or_beside(tree, detection.main, container_registry_map, registry_map.FILE_NAME)
    mapping, faults = registry_map.read(*content) if content else (None, ())
    found += faults
    content = _given_or_beside(tree, detection.main, run_parameters, "") if run_parameters is not None else None
    parameters, faults = read_run_parameters(*content) if content else (None, ())
    found += faults
    if engine is None and sidecar is not None:
        engine = sidecar.engine
    return Loaded(
        tree=tree,
        detection=detection,
        request_engine=engine or detection.engine.value,
        workflow=workflow,
        template=template,
        written_template=written,
        registry_map=mapping,
        images=unique_images(workflow),
        plan=plan,
        sidecar=sidecar,
        cache=cache,
        region=region,
        account=account,
        profiles=profiles,
        diagnostics=in_order(found),
        policy=policy,
        policy_folder=policy_folder,
        target=target,
        run_parameters=parameters,
    )


def _sidecar(path: str) -> Sidecar | None:
    return archive.read_sidecar(Path(path)) if path.endswith(".zip") and is_file(Path(path)) else None


def _judge_sidecar(path: str, sidecar: Sidecar | None, plan: Plan, detection: Detection) -> list[Diagnostic]:
    if sidecar is None:
        beside = archive.sidecar_path(Path(path)).name
        message = f"there is no `{beside}` beside the zip: its engine, main and template are worked out anew"
        return [finding("ZIP018", message, path=detection.main)]
    if sidecar.content_digest != plan.content_digest:
        raise PackagerError(
            f"`{archive.sidecar_path(Path(path))}` describes another package: the content digest differs",
            "package the workflow again, or remove the description to use the zip as it is",
        )
    return []


def _given_or_beside(tree: SourceTree, main: str, given: str | None, name: str) -> tuple[str, bytes] | None:
    """A file that was named (in which case it must be there), or one of that name beside main."""
    if given is not None:
        try:
            return given, read_named(Path(given), MAX_DEFINITION_BYTES)
        except OSError as error:
            raise cannot("read", f"`{given}`", error) from error
    beside = posixpath.join(posixpath.dirname(main), name)
    if tree.lookup(beside) is None:
        return None
    try:
        return beside, tree.read(beside)
    except UnreadableError as error:
        raise PackagerError(f"cannot read `{beside}`: {error}") from error


def _unusable(tree: SourceTree, main: str, names: list[str]) -> list[Diagnostic]:
    """What is reported about files that would be used if they were regular files inside of the source."""
    found = []
    for path in (posixpath.join(posixpath.dirname(main), name) for name in names):
        place = tree.real_path(path)
        if place is None or tree.lookup(path) is not None:
            continue
        if is_special(place):
            found.append(finding("ZIP013", "not a regular file", path=path))
        elif place.is_symlink():
            why = tree.link_fault(place) if isinstance(tree, DirectoryTree) and exists(place) else ""
            found.append(finding("ZIP011", why or "the link is broken or loops", path=path))
    return found


def template(loaded: Loaded) -> Template:
    """The parameter template that is derived from the workflow."""
    return loaded.template


def package(loaded: Loaded, output: str | Path, *, derived: bool = False) -> Package:
    """Write the zip and, beside it, its description `OUTPUT.json`. `derived`: the user did not name the output (see `files.replacing`).

    Raises:
        PackagerError: a file cannot be read or written.
    """
    path = Path(output)
    entries = loaded.plan.entries
    if all(entry.path != loaded.detection.main for entry in entries):
        raise PackagerError(f"the main file `{loaded.detection.main}` cannot be packaged: it cannot be read")
    written = archive.save_zip(loaded.tree, entries, path, derived=derived)
    description = Sidecar(
        written.content_digest,
        loaded.request_engine,
        loaded.detection.main,
        loaded.parameters.parameters,
        readme_text(loaded),
    )
    with replacing(archive.sidecar_path(path), derived=True) as file:
        file.write(archive.sidecar_json(description).encode())
    return written


def submit(
    loaded: Loaded | None,
    settings: Request,
    target: Target,
    *,
    check: bool = True,
    gate: bool = True,
    delivery: Delivery | None = None,
    progress: Progress | None = None,
) -> Submission:
    """Lint, package, create the workflow or a version of it (unless it is there already), and wait until it is ACTIVE.

    `loaded` is None where the definition lies elsewhere: on S3 or in a repository.

    Raises:
        RefusedError: errors were found; nothing was sent.
        ServiceError: AWS refused, or the workflow became FAILED.
        StillCreatingError: it was still CREATING when the time ran out.
    """
    from packager.aws.deliver.delivery import deliver  # noqa: PLC0415 - as above
    from packager.aws.deliver.options import Delivery  # noqa: PLC0415 - boto3 only when something is sent

    how = delivery or Delivery()
    if loaded is None:
        parcel = prepare_remote(settings)
    else:
        parcel = prepare(loaded, settings, check=check, gate=gate, staging=how.staging is not None, staged=how.staged)
    with parcel:
        return deliver(parcel, target, how, progress=progress)
