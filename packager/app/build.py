"""The full request of a workflow: what is given, completed by what is known, with every constraint checked before anything is sent."""

from __future__ import annotations

import contextlib
import os
import posixpath
import stat
import tempfile
from collections.abc import Collection
from dataclasses import replace
from pathlib import Path
from typing import IO

from packager.app.check import RefusedError, facts_of, judge
from packager.app.loaded import Loaded
from packager.archive import package
from packager.archive.zip_layout import Layout, examine
from packager.aws.deliver.prepared import DEFINITION, Parcel
from packager.errors import PackagerError, cannot
from packager.files import is_special, open_regular, read_named
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Severity, Skipped
from packager.findings.policy import NO_POLICY, Policy
from packager.findings.policy import apply as apply_policy
from packager.findings.report import NO_FINDINGS, Report, merge
from packager.healthomics import limits
from packager.healthomics.request import Request, ZipDefinition, body, canonical_json, request_id
from packager.healthomics.version_names import automatic_name
from packager.images import registry_map
from packager.parameters.template import read as read_template
from packager.project import git
from packager.source import MAX_DEFINITION_BYTES, SourceTree, UnreadableError, ZipTree

_UNREAD = "the definition is not here: no PATH was given"


def prepare(
    loaded: Loaded,
    settings: Request,
    *,
    check: bool = True,
    gate: bool = True,
    staging: bool = False,
    staged: Collection[str] = (),
) -> Parcel:
    """The full request for a workflow: what `settings` says, completed by what is known of the workflow.

    All constraints of the request are checked, all at once. With `gate`, errors of the workflow itself stand in
    the way too. With `staging` there is a place on S3 for what is too large for a request; `staged` names what goes there anyway.

    Raises:
        RefusedError: errors were found.
    """
    from packager.rules import Subject  # noqa: PLC0415 - as above
    from packager.rules.run import run as run_rules  # noqa: PLC0415 - only what judges pays for the rules

    canonical_json(body(settings))  # what cannot be sent is said before a zip is made
    zip_file, definition, layout = None, None, Layout()
    if settings.definition_uri is None and settings.definition_repository is None:
        zip_file, definition, layout = _definition(loaded)
    request = _identified(_completed(loaded, settings, definition))
    large = definition is not None and definition.size > limits.ZIP_INLINE_WARN_BYTES
    inline = definition is not None and not (staging and (large or DEFINITION in staged))
    size = definition.size if definition else None
    facts = facts_of(loaded, request, zip_size=size, inline=inline, layout=layout)
    if request.definition_repository is not None:
        facts = replace(facts, repository=_repository_files(loaded, request.definition_repository.exclude or ()))
    constraints = run_rules(facts, {Subject.REQUEST, Subject.SUBMISSION, Subject.ARCHIVE, Subject.REPOSITORY})
    judged = judge(loaded, facts, check=check) if gate else NO_FINDINGS
    refused = _refused_entries(loaded) if zip_file is not None else NO_FINDINGS
    report = _with_constraints(merge(constraints, _readme_findings(loaded, request), refused), judged)
    if report.count(Severity.ERROR):
        if zip_file is not None:
            zip_file.close()
        raise RefusedError(report, "nothing was sent")
    return Parcel(
        request=request,
        zip_file=zip_file,
        entries=loaded.plan.entries,
        report=report,
        policy=loaded.policy,
        version_name=automatic_name(request, _tags(loaded)),
        profiles=loaded.profiles,
        fixed_request_id=settings.request_id is not None,
        as_given=isinstance(loaded.tree, ZipTree) and layout.exact,
    )


def prepare_remote(
    settings: Request,
    *,
    parameter_template: str | None = None,
    container_registry_map: str | None = None,
    region: str | None = None,
    account: str | None = None,
    policy: Policy = NO_POLICY,
) -> Parcel:
    """The request for a definition that lies elsewhere; of the definition itself nothing can be checked.

    `parameter_template` and `container_registry_map` are files.

    Raises:
        PackagerError: a file cannot be read.
        RefusedError: errors were found.
    """
    from packager.rules import RULES, Facts, Subject  # noqa: PLC0415 - as above
    from packager.rules.run import run as run_rules  # noqa: PLC0415 - only what judges pays for the rules

    template, template_faults = read_template(*_file(parameter_template)) if parameter_template else (None, ())
    mapping, map_faults = registry_map.read(*_file(container_registry_map)) if container_registry_map else (None, ())
    if template is not None:
        settings = replace(settings, parameter_template=template.as_template() or None)
    if mapping is not None:
        settings = replace(settings, container_registry_map=mapping.text)
    request = _identified(settings)
    facts = Facts(
        request=request,
        submission=request,
        written_template=template,
        registry_map=mapping,
        region=region,
        account=account,
        target=account is not None,
    )
    found = merge(
        Report((*template_faults, *map_faults)),
        run_rules(facts, {Subject.REQUEST, Subject.SUBMISSION, Subject.REGISTRY_MAP}),
    )
    unread = sorted(
        {rule.code.code[:3] for rule in RULES.values() if rule.subject not in (Subject.REQUEST, Subject.SUBMISSION)}
    )
    skipped = tuple(Skipped(family, _UNREAD) for family in unread if family not in ("REQ", "INT"))
    judged = apply_policy(found, policy, lambda path: path)
    certain = Report(tuple(one for one in found.diagnostics if one.severity is Severity.ERROR))
    report = merge(_with_constraints(certain, judged), Report((), skipped))
    if report.count(Severity.ERROR):
        raise RefusedError(report, "nothing was sent")
    return Parcel(
        request=request,
        report=report,
        policy=policy,
        version_name=automatic_name(request, ()),
        fixed_request_id=settings.request_id is not None,
    )


def _file(path: str) -> tuple[str, bytes]:
    try:
        return path, read_named(Path(path), MAX_DEFINITION_BYTES)
    except OSError as error:
        raise cannot("read", f"`{path}`", error) from error


def _with_constraints(constraints: Report, judged: Report) -> Report:
    """What is wrong with a request and all else that was found; of a finding in both, the more severe.

    A project may take a finding about its requests more seriously, but never so lightly that the service is asked in vain.
    """
    by_key: dict[Diagnostic, Diagnostic] = {}
    for one in (*constraints.diagnostics, *judged.diagnostics):
        key = replace(one, severity=Severity.ERROR)
        if key not in by_key or one.severity.rank < by_key[key].severity.rank:
            by_key[key] = one
    return merge(Report(tuple(by_key.values()), constraints.skipped), replace(judged, diagnostics=()))


def _refused_entries(loaded: Loaded) -> Report:
    """The entries of a zip that were not read, and would be sent with it, or would be missing if it were built again."""
    if not isinstance(loaded.tree, ZipTree):
        return NO_FINDINGS
    problems = (*loaded.tree.problems, *loaded.plan.diagnostics)
    return Report(tuple(one for one in problems if one.severity is Severity.ERROR))


def _readme_findings(loaded: Loaded, request: Request) -> Report:
    """A `README.md` beside main that is there and cannot be sent."""
    given = (request.readme_markdown, request.readme_path, request.readme_uri)
    if loaded.sidecar is not None or any(one is not None for one in given):
        return NO_FINDINGS
    path = posixpath.join(posixpath.dirname(loaded.detection.main), "README.md")
    why = _why_unsent(loaded.tree, path)
    if not why:
        return NO_FINDINGS
    return Report((finding("REQ034", f"the README {why}, and is not sent", path=path, severity=Severity.WARNING),))


def _why_unsent(tree: SourceTree, path: str) -> str:
    """What is wrong with a README, "" if there is none or it is empty; `readme_text` has told that it is not sent."""
    file, place = tree.lookup(path), tree.real_path(path)
    if file is None:
        return "is not a regular file" if place is not None and is_special(place) else ""
    if file.size > limits.README_MAX_BYTES:
        return f"has {file.size:,} bytes"
    return "is not UTF-8 text" if file.size else ""


def _identified(request: Request) -> Request:
    return request if request.request_id is not None else replace(request, request_id=request_id(request))


def _completed(loaded: Loaded, settings: Request, definition: ZipDefinition | None) -> Request:
    """What is given, and for the rest what is known of the workflow."""
    mapping, sidecar = loaded.registry_map, loaded.sidecar
    map_text = settings.container_registry_map
    if map_text is None and mapping is not None and not (settings.container_registry_map_uri and _is_beside(loaded)):
        map_text = mapping.text
    readme = settings.readme_markdown
    if readme is None and settings.readme_path is None and settings.readme_uri is None:
        readme = readme_text(loaded)
    template = settings.parameter_template
    if template is None and settings.parameter_template_path is None:
        template = loaded.parameters.parameters or None
    return replace(
        settings,
        engine=settings.engine or loaded.request_engine,
        main=_main(loaded, settings),
        definition_zip=definition,
        parameter_template=template,
        container_registry_map=map_text,
        readme_markdown=readme,
        storage_type=settings.storage_type or (sidecar.storage_type if sidecar else None),
        storage_capacity=settings.storage_capacity
        if settings.storage_capacity is not None or settings.storage_type
        else (sidecar.storage_capacity if sidecar else None),
    )


def _is_beside(loaded: Loaded) -> bool:
    """Whether the map was found beside main, not named."""
    beside = posixpath.join(posixpath.dirname(loaded.detection.main), registry_map.FILE_NAME)
    return loaded.registry_map is not None and loaded.registry_map.path == beside


def _main(loaded: Loaded, settings: Request) -> str:
    """The main file as the service will look for it: in a repository from the repository's root."""
    if settings.definition_repository is None:
        return loaded.detection.main
    place = loaded.tree.real_path(loaded.detection.main)
    root = git.repository_root(place.parent) if place else None
    if place is None or root is None:
        return loaded.detection.main
    return os.path.relpath(place.resolve(), root).replace(os.sep, "/")


def readme_text(loaded: Loaded) -> str | None:
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


def _definition(loaded: Loaded) -> tuple[IO[bytes], ZipDefinition, Layout]:
    """The zip to send, as a file, and how a given one is laid out.

    It is the source itself if that is a zip with exactly the files of the plan; else it is built from the plan. So what is sent is what
    was checked: leftovers of other tools and what `--exclude` names are not in it. A zip with faults is refused later.
    """
    layout = Layout()
    if isinstance(loaded.tree, ZipTree):
        try:
            file: IO[bytes] = open_regular(loaded.tree.path)
        except OSError as error:
            raise cannot("read", f"`{loaded.tree.name}`", error) from error
        # The digest comes first: a change after it is seen when the zip is sent, one before it by the examination.
        size, digest = os.fstat(file.fileno()).st_size, package.digest_file(file)
        layout = examine(file, loaded.plan.entries)
        if layout.exact or layout.faults:
            file.seek(0)
            return file, ZipDefinition(size, digest, loaded.plan.content_digest), layout
        file.close()
    built = tempfile.TemporaryFile()  # noqa: SIM115 - it goes with the parcel
    try:
        written = package.write_zip(loaded.tree, loaded.plan.entries, built)
    except PackagerError:
        built.close()
        raise
    built.seek(0)
    return built, ZipDefinition(written.size, written.sha256, written.content_digest), layout


def _tags(loaded: Loaded) -> list[str]:
    place = None if isinstance(loaded.tree, ZipTree) else loaded.tree.real_path(loaded.detection.main)
    root = git.repository_root(place.parent) if place else None
    return git.tags_at_head(root) if root else []


def _repository_files(loaded: Loaded, exclude: tuple[str, ...]) -> tuple[tuple[str, int], ...] | None:
    """The files of the repository that PATH is in, with their sizes, less what `exclude` matches."""
    place = loaded.tree.real_path(loaded.detection.main)
    root = git.repository_root(place.parent) if place else None
    if root is None:
        return None
    found = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = Path(folder, name)
            shown = path.relative_to(root).as_posix()
            with contextlib.suppress(OSError):  # it was removed a moment ago
                status = path.lstat()
                if stat.S_ISREG(status.st_mode) and not git.matches_any(shown, exclude):
                    found.append((shown, status.st_size))
    return tuple(found)
