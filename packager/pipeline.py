"""The whole road on one screen: source, detect, load, template, images, plan, lint, package, request, submit.

Every function takes and returns plain data. Nothing here prints, exits, or reads the environment.
"""

from __future__ import annotations

import os
import posixpath
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from packager import archive, codes, detect, engines, limits, registry_map, suppressions
from packager.archive import Package, Plan, Sidecar
from packager.cache import NO_CACHE, Cache
from packager.codes import finding
from packager.diagnostics import Diagnostic, PackagerError, Severity, in_order
from packager.images import unique_images
from packager.loaded import Loaded
from packager.model import Detection, Engine, Role
from packager.policy import NO_POLICY, Policy
from packager.policy import apply as apply_policy
from packager.report import Report, merge
from packager.request import Request, ZipDefinition, request_id
from packager.run_parameters import read as read_run_parameters
from packager.source import SourceTree, UnreadableError, ZipTree
from packager.suppressions import Suppression
from packager.template import FILE_NAME as TEMPLATE_NAME
from packager.template import Template, derive
from packager.template import read as read_template

if TYPE_CHECKING:
    from packager.aws.omics import Progress, Submission, Target
    from packager.rules import Facts


class RefusedError(PackagerError):
    """Findings stand in the way; `report` has them. Exit code 1."""

    exit_code = 1

    def __init__(self, report: Report, what: str) -> None:
        errors = report.count(Severity.ERROR)
        super().__init__(f"{errors} error{'s' if errors != 1 else ''} found, {what}")
        self.report = report


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
    workflow = engines.adapter(detection.engine).read(tree, detection.main, cache, profiles=profiles)
    plan = archive.plan(tree, workflow, include=include, exclude=exclude)
    found = [*located.diagnostics, *workflow.diagnostics, *plan.diagnostics]
    if tree.kind == "zip" or workflow.engine is Engine.NEXTFLOW:
        found += tree.problems  # elsewhere only the closure counts, and it was read file by file
    if tree.kind == "zip":
        found += _judge_sidecar(path, sidecar, plan, detection)
    template = derive(workflow)
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
    return archive.read_sidecar(Path(path)) if Path(path).is_file() and path.endswith(".zip") else None


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
            return given, Path(given).read_bytes()
        except OSError as error:
            raise PackagerError(f"cannot read `{given}`: {(error.strerror or str(error)).lower()}") from error
    beside = posixpath.join(posixpath.dirname(main), name)
    if tree.lookup(beside) is None:
        return None
    try:
        return beside, tree.read(beside)
    except UnreadableError as error:
        raise PackagerError(f"cannot read `{beside}`: {error}") from error


def lint(loaded: Loaded, *, check: bool = True, online: Report | None = None) -> Report:
    """Judge a workflow: the language's own verdict (unless `check` is False), and every rule over its facts.

    `online` is what `check_online` found, to be judged with the rest.
    """
    from packager.contents.redaction import redact  # noqa: PLC0415 - only what judges pays for it
    from packager.lint import run as run_rules  # noqa: PLC0415 - only what judges pays for the rules
    from packager.rules.images import unchecked_images  # noqa: PLC0415 - as above

    facts = _facts(loaded)
    reading = Report(loaded.diagnostics, loaded.workflow.skipped)
    reports = [reading, run_rules(facts)]
    if check:
        adapter = engines.adapter(loaded.detection.engine)
        lenient = loaded.request_engine == "WDL_LENIENT"
        verdict = adapter.check(loaded.tree, loaded.workflow, loaded.cache, lenient=lenient, profiles=loaded.profiles)
        reports.append(Report(verdict.diagnostics, verdict.skipped))
    reports.append(Report((), unchecked_images(facts)))
    unlooked = () if online is not None else codes.online.CODES
    reports.append(online or Report())
    accepting = _suppressions(loaded)
    report = suppressions.apply(redact(merge(*reports)), accepting, loaded.detection.main, unlooked=unlooked)
    folder = loaded.policy_folder or "."
    return apply_policy(report, loaded.policy, lambda path: os.path.relpath(loaded.on_disk(path), folder))


def _suppressions(loaded: Loaded) -> list[Suppression]:
    """The comments in the workflow's own files that accept findings."""
    found: list[Suppression] = []
    for file in loaded.workflow.files:
        if file.role in (Role.MAIN, Role.DEFINITION, Role.CONFIG, Role.OTHER):
            try:
                if suppressions.MARK in loaded.tree.read(file.path):
                    found += suppressions.suppressions_of(file.path, loaded.tree.text(file.path))
            except UnreadableError:
                continue  # said elsewhere
    return found


def _facts(loaded: Loaded, request: Request | None = None) -> Facts:
    """What rules look at; with a request that is about to be sent, that request too."""
    from packager.contents.looking import look  # noqa: PLC0415 - only what judges pays for the rules
    from packager.rules import ArchiveFacts, Facts  # noqa: PLC0415 - as above

    mapping = loaded.registry_map
    known = Request(
        engine=loaded.request_engine,
        main=loaded.detection.main,
        parameter_template=loaded.parameters.parameters,
        container_registry_map=mapping.text if mapping else None,
    )
    return Facts(
        workflow=loaded.workflow,
        detection=loaded.detection,
        images=loaded.images,
        template=loaded.template,
        written_template=loaded.written_template,
        registry_map=mapping,
        request=request or known,
        submission=request,
        run_parameters=loaded.run_parameters,
        archive=ArchiveFacts(
            loaded.plan.entries,
            _zip_size(loaded),
            inline=request is None or request.definition_uri is None,
            contents=look(loaded.tree, loaded.plan.entries, loaded.cache),
        ),
        region=loaded.region,
        account=loaded.account,
        target=loaded.target,
    )


def _zip_size(loaded: Loaded) -> int | None:
    """The size of the zip in bytes; None where the files are so small that it cannot matter."""
    if isinstance(loaded.tree, ZipTree):
        return loaded.tree.path.stat().st_size
    if loaded.plan.size <= limits.ZIP_INLINE_WARN_BYTES:
        return None
    with tempfile.TemporaryFile() as file:
        return archive.write_zip(loaded.tree, loaded.plan.entries, file).size


def template(loaded: Loaded) -> Template:
    """The parameter template that is derived from the workflow."""
    return loaded.template


def package(loaded: Loaded, output: str | Path) -> Package:
    """Write the zip and, beside it, its description `OUTPUT.json`.

    Raises:
        PackagerError: a file cannot be read or written.
    """
    path = Path(output)
    entries = loaded.plan.entries
    if all(entry.path != loaded.detection.main for entry in entries):
        raise PackagerError(f"the main file `{loaded.detection.main}` cannot be packaged: it cannot be read")
    written = archive.save_zip(loaded.tree, entries, path)
    description = Sidecar(
        written.content_digest,
        loaded.request_engine,
        loaded.detection.main,
        loaded.parameters.parameters,
        _readme(loaded),
    )
    archive.save_text(archive.sidecar_path(path), archive.sidecar_json(description))
    return written


def _readme(loaded: Loaded) -> str | None:
    """The text of the `README.md` beside main, if the service would take it."""
    if loaded.sidecar is not None:
        return loaded.sidecar.readme
    path = posixpath.join(posixpath.dirname(loaded.detection.main), "README.md")
    file = loaded.tree.lookup(path)
    if file is None or not 0 < file.size <= limits.README_MAX_BYTES:
        return None
    try:
        return loaded.tree.text(path)
    except UnreadableError:
        return None  # a README that is not text is none


@dataclass(frozen=True, slots=True)
class Prepared:
    """A request that is ready to be sent: with the zip's bytes, and what was found on the way."""

    request: Request
    zip_bytes: bytes | None
    report: Report


def prepare(loaded: Loaded, settings: Request, *, check: bool = True, gate: bool = True, attempt: int = 0) -> Prepared:
    """The full request for a workflow: what `settings` says, completed by what is known of the workflow.

    All constraints of the request are checked, all at once. With `gate`, errors of the workflow itself stand in
    the way too.

    Raises:
        RefusedError: errors were found.
    """
    from packager.lint import run as run_rules  # noqa: PLC0415 - only what judges pays for the rules
    from packager.rules import Subject  # noqa: PLC0415 - as above

    definition, content = (None, None) if settings.definition_uri else _definition(loaded)
    mapping = loaded.registry_map
    request = replace(
        settings,
        engine=settings.engine or loaded.request_engine,
        main=loaded.detection.main,
        definition_zip=definition,
        parameter_template=settings.parameter_template or loaded.parameters.parameters or None,
        container_registry_map=settings.container_registry_map or (mapping.text if mapping else None),
        readme_markdown=settings.readme_markdown or _readme(loaded),
        storage_type=settings.storage_type or (loaded.sidecar.storage_type if loaded.sidecar else None),
    )
    if request.request_id is None:
        request = replace(request, request_id=request_id(request, attempt))
    facts = _facts(loaded, request)
    constraints = run_rules(facts, {Subject.REQUEST, Subject.SUBMISSION, Subject.ARCHIVE})
    report = merge(constraints, lint(loaded, check=check)) if gate else constraints
    if any(
        found.code == "MAP020" for found in report.diagnostics
    ):  # which says of the request what MAP019 says of the map
        report = replace(report, diagnostics=tuple(one for one in report.diagnostics if one.code != "MAP019"))
    if report.count(Severity.ERROR):
        raise RefusedError(report, "nothing was sent")
    return Prepared(request, content, report)


def _definition(loaded: Loaded) -> tuple[ZipDefinition, bytes | None]:
    """The zip to send: the source itself if it is one, else built from the plan. No bytes if it is too large to be sent."""
    if isinstance(loaded.tree, ZipTree):
        size = loaded.tree.path.stat().st_size
        with loaded.tree.path.open("rb") as file:
            digest = archive.digest_file(file)
            file.seek(0)
            content = file.read() if size <= limits.ZIP_INLINE_MAX_BYTES else None
        return ZipDefinition(size, digest, loaded.plan.content_digest), content
    with tempfile.TemporaryFile() as file:
        written = archive.write_zip(loaded.tree, loaded.plan.entries, file)
        file.seek(0)
        content = file.read() if written.size <= limits.ZIP_INLINE_MAX_BYTES else None
    return ZipDefinition(written.size, written.sha256, written.content_digest), content


def submit(
    loaded: Loaded,
    settings: Request,
    target: Target,
    *,
    check: bool = True,
    gate: bool = True,
    wait: bool = True,
    timeout: float = 600,
    progress: Progress | None = None,
) -> Submission:
    """Lint, package, create the workflow (or the version, if `settings` has a workflow id), and wait until it is ACTIVE.

    Raises:
        RefusedError: errors were found; nothing was sent.
        ServiceError: AWS refused, or the workflow became FAILED.
        StillCreatingError: it was still CREATING after `timeout` seconds.
    """
    from packager.aws.omics import send  # noqa: PLC0415 - boto3 only when something is sent

    prepared = prepare(loaded, settings, check=check, gate=gate)
    return send(
        prepared.request,
        prepared.zip_bytes,
        target,
        fixed_request_id=settings.request_id is not None,
        wait=wait,
        timeout=timeout,
        progress=progress,
    )


def validate_map(path: str, content: bytes, *, region: str | None = None) -> Report:
    """A container registry map by itself: its form, and every rule about it."""
    from packager.lint import run as run_rules  # noqa: PLC0415 - only what judges pays for the rules
    from packager.rules import Facts, Subject  # noqa: PLC0415 - as above

    mapping, faults = registry_map.read(path, content)
    return merge(
        Report(faults),
        run_rules(Facts(registry_map=mapping, region=region), {Subject.REGISTRY_MAP}),
    )
