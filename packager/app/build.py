"""The complete request of a workflow: the settings, completed from the workflow, with every constraint checked before anything is sent."""

from __future__ import annotations

import contextlib
import functools
import os
import posixpath
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import IO

from packager.app.check import RefusedError, check_facts, gather_facts
from packager.app.load import read_named
from packager.app.loaded import Loaded
from packager.app.options import LoadOptions, SubmitOptions
from packager.app.outcome import left_by
from packager.archive import zip_writer
from packager.archive.description import Sidecar
from packager.archive.zip_layout import Layout, examine
from packager.aws.deliver.prepared import DEFINITION, PreparedRequest
from packager.errors import PackagerError, cannot
from packager.files import is_special, open_regular, relative_path
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Severity, Skipped, fails
from packager.findings.overrides import apply as apply_policy
from packager.findings.report import NO_FINDINGS, Report, merge, select
from packager.healthomics import limits
from packager.healthomics.request import Request, ZipDefinition
from packager.healthomics.request_body import body
from packager.healthomics.request_identity import automatic_name, request_id
from packager.images import registry_map
from packager.jsondoc.jsontext import canonical_json
from packager.parameters.template import read as read_template
from packager.project import git
from packager.project.changes import WorkFile, changed_since_head
from packager.rules import RULES, Facts, Subject
from packager.rules.run import run as run_rules
from packager.source import SourceTree, UnreadableError, ZipTree
from packager.text import listed

_NOT_LOCAL = "the definition is not local (no PATH)"
_DEFAULT = SubmitOptions()
# Errors of the form of a template or map: the service would refuse it, and what is left of it is not what the user wrote.
_MALFORMED = ("TPL001", "TPL002", "MAP001", "MAP002")


def prepare(definition: Loaded | LoadOptions, settings: Request, options: SubmitOptions = _DEFAULT) -> PreparedRequest:
    """The complete request for a workflow, or for a definition that is on S3 or in a repository (then its `LoadOptions` alone).

    All constraints of the request are checked, all at once. With `options.gate`, errors of the workflow itself are refused too.

    Raises:
        PackagerError: a file cannot be read.
        RefusedError: errors were found.
    """
    if isinstance(definition, LoadOptions):
        return _prepare_remote(definition, settings, options)
    return _prepare_local(definition, settings, options)


def _prepare_local(loaded: Loaded, settings: Request, options: SubmitOptions) -> PreparedRequest:
    canonical_json(body(settings))  # what cannot be sent is reported before a zip is made
    zip_file, definition, layout = None, None, Layout()
    if settings.definition_uri is None and settings.definition_repository is None:
        zip_file, definition, layout = zip_definition(loaded)
    request = _identified(_completed(loaded, settings, definition))
    large = definition is not None and definition.size > limits.ZIP_INLINE_WARN_BYTES
    staged = options.staging is not None and (large or DEFINITION in options.staged)
    facts = gather_facts(
        loaded,
        request,
        zip_size=definition.size if definition else None,
        inline=definition is not None and not staged,
        layout=layout,
    )
    if request.definition_repository is not None:
        excluded = request.definition_repository.exclude or ()
        facts = replace(facts, repository=_repository_files(_repository_root(loaded), excluded))
    constraints = run_rules(facts, {Subject.REQUEST, Subject.SUBMISSION, Subject.ARCHIVE, Subject.REPOSITORY})
    tags, doubt = _tags(loaded, request)
    unsent = merge(_readme_findings(loaded, request), doubt)
    malformed = Report(tuple(found for found in loaded.diagnostics if found.code in _MALFORMED))
    refused = _refused_entries(loaded) if zip_file is not None else NO_FINDINGS
    constraints = merge(constraints, malformed, refused)
    if options.gate:
        every = check_facts(loaded, facts, check=options.check, others=unsent)
        checked, constraints = left_by(loaded, every, options.lint), _errors(constraints)
    else:
        checked = unsent
    report = _with_constraints(constraints, checked)
    if _is_refused(constraints, checked, options):
        if zip_file is not None:
            zip_file.close()
        raise RefusedError(report, "nothing was sent")
    return PreparedRequest(
        request=request,
        zip_file=zip_file,
        entries=loaded.plan.entries,
        report=report,
        policy=loaded.policy,
        version_name=automatic_name(request, tags),
        profiles=loaded.profiles,
        fixed_request_id=settings.request_id is not None,
        as_given=isinstance(loaded.tree, ZipTree) and layout.exact,
    )


def _errors(report: Report) -> Report:
    return Report(tuple(problem for problem in report.diagnostics if problem.severity is Severity.ERROR))


def _is_refused(constraints: Report, checked: Report, options: SubmitOptions) -> bool:
    """Whether nothing is sent: the service would refuse the request, or the findings would fail `lint`."""
    fail_on = options.lint.fail_on if options.gate else "error"
    return constraints.count(Severity.ERROR) > 0 or fails(checked.diagnostics, fail_on)


def _prepare_remote(options: LoadOptions, settings: Request, submit: SubmitOptions) -> PreparedRequest:
    """The request for a definition that is not local; the definition itself cannot be checked."""
    template, mapping = None, None
    faults: list[Diagnostic] = []
    if options.parameter_template:
        template, template_faults = read_template(*read_named(options.parameter_template))
        faults += template_faults
    if options.container_registry_map:
        mapping, map_faults = registry_map.read(*read_named(options.container_registry_map))
        faults += map_faults
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
        region=options.region,
        account=options.account,
        target=options.target,
    )
    subjects = {Subject.REQUEST, Subject.SUBMISSION, Subject.REGISTRY_MAP}
    unaltered = merge(Report(tuple(faults)), run_rules(facts, subjects))
    checked, errors = apply_policy(unaltered, options.policy, lambda path: path), _errors(unaltered)
    if submit.gate:
        checked = select(checked, chosen=submit.lint.selected, ignored=submit.lint.ignored)
    report = merge(_with_constraints(errors, checked), Report((), _not_local()))
    if _is_refused(errors, checked, submit):
        raise RefusedError(report, "nothing was sent")
    return PreparedRequest(
        request=request,
        report=report,
        policy=options.policy,
        version_name=automatic_name(request, ()),
        fixed_request_id=settings.request_id is not None,
    )


def _not_local() -> tuple[Skipped, ...]:
    """The families of rules that need the definition."""
    families = {
        rule.code.code[:3] for rule in RULES.values() if rule.subject not in (Subject.REQUEST, Subject.SUBMISSION)
    }
    return tuple(Skipped(family, _NOT_LOCAL) for family in sorted(families - {"REQ", "INT"}))


def _with_constraints(constraints: Report, checked: Report) -> Report:
    """The findings about a request and all others; of a finding in both reports, the more severe.

    A project may raise the severity of a finding about its requests, but not lower it: the service would refuse the request anyway.
    """
    by_key: dict[Diagnostic, Diagnostic] = {}
    for diagnostic in (*constraints.diagnostics, *checked.diagnostics):
        key = replace(diagnostic, severity=Severity.ERROR)
        if key not in by_key or diagnostic.severity.rank < by_key[key].severity.rank:
            by_key[key] = diagnostic
    return merge(Report(tuple(by_key.values()), constraints.skipped), replace(checked, diagnostics=()))


def _refused_entries(loaded: Loaded) -> Report:
    """Errors about entries of a zip that were not read: they would be sent with it, or be missing if it were built again."""
    if not isinstance(loaded.tree, ZipTree):
        return NO_FINDINGS
    problems = (*loaded.tree.problems, *loaded.plan.diagnostics)
    return Report(tuple(problem for problem in problems if problem.severity is Severity.ERROR))


def _readme_findings(loaded: Loaded, request: Request) -> Report:
    """A warning if the `README.md` next to main cannot be sent."""
    readmes = (request.readme_markdown, request.readme_path, request.readme_uri)
    if loaded.sidecar is not None or any(readme is not None for readme in readmes):
        return NO_FINDINGS
    path = posixpath.join(posixpath.dirname(loaded.detection.main), "README.md")
    why = _why_unsent(loaded.tree, path)
    if not why:
        return NO_FINDINGS
    return Report((finding("REQ034", f"the README {why}, and is not sent", path=path, severity=Severity.WARNING),))


def _why_unsent(tree: SourceTree, path: str) -> str:
    """Why `readme_text` does not send a README; "" if it does not exist or is empty."""
    file, place = tree.lookup(path), tree.real_path(path)
    if file is None:
        return "is not a regular file" if place is not None and is_special(place) else ""
    if file.size > limits.README_MAX_BYTES:
        return f"has {file.size:,} bytes"
    return "is not UTF-8 text" if file.size else ""


def _identified(request: Request) -> Request:
    return request if request.request_id is not None else replace(request, request_id=request_id(request))


def _completed(loaded: Loaded, settings: Request, definition: ZipDefinition | None) -> Request:
    """The settings, completed from the workflow."""
    mapping, sidecar = loaded.registry_map, loaded.sidecar
    map_text = settings.container_registry_map
    if (
        map_text is None
        and mapping is not None
        and not (settings.container_registry_map_uri and _is_next_to_main(loaded))
    ):
        map_text = mapping.text
    readme = settings.readme_markdown
    if readme is None and settings.readme_path is None and settings.readme_uri is None:
        readme = readme_text(loaded.tree, loaded.detection.main, sidecar)
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


def _is_next_to_main(loaded: Loaded) -> bool:
    """Whether the map was detected next to main, not named."""
    path = posixpath.join(posixpath.dirname(loaded.detection.main), registry_map.FILE_NAME)
    return loaded.registry_map is not None and loaded.registry_map.path == path


def _main(loaded: Loaded, settings: Request) -> str:
    """The main file as the service will look for it: in a repository, relative to its root."""
    if settings.definition_repository is None:
        return loaded.detection.main
    place, root = loaded.tree.real_path(loaded.detection.main), _repository_root(loaded)
    if place is None or root is None:
        return loaded.detection.main
    return relative_path(place.resolve(), root)


def readme_text(tree: SourceTree, main: str, sidecar: Sidecar | None) -> str | None:
    """The text of the `README.md` next to main, if the service would accept it; for a packaged zip, that of its description."""
    if sidecar is not None:
        return sidecar.readme
    path = posixpath.join(posixpath.dirname(main), "README.md")
    file = tree.lookup(path)
    if file is None or not 0 < file.size <= limits.README_MAX_BYTES:
        return None
    try:
        return tree.text(path)
    except UnreadableError:
        return None  # not UTF-8


def zip_definition(loaded: Loaded) -> tuple[IO[bytes], ZipDefinition, Layout]:
    """The zip to send, as a file, and the layout of the source, if that is a zip.

    The source itself is sent if it is a zip with exactly the files of the plan; else the zip is built from the plan. So only what was
    checked is sent, without files that other tools left and without what `--exclude` names. A zip with faults is refused later.
    """
    layout = Layout()
    if isinstance(loaded.tree, ZipTree):
        try:
            file: IO[bytes] = open_regular(loaded.tree.path)
        except OSError as error:
            raise cannot("read", f"`{loaded.tree.name}`", error) from error
        # The digest comes first: a change after it is seen when the zip is sent, one before it by the examination.
        size, digest = os.fstat(file.fileno()).st_size, zip_writer.digest_file(file)
        layout = examine(file, loaded.plan.entries)
        if layout.exact or layout.faults:
            file.seek(0)
            return file, ZipDefinition(size, digest, loaded.plan.content_digest), layout
        file.close()
    built = tempfile.TemporaryFile()  # noqa: SIM115 - the prepared request closes it
    try:
        written = zip_writer.write_zip(loaded.tree, loaded.plan.entries, built)
    except PackagerError:
        built.close()
        raise
    built.seek(0)
    return built, ZipDefinition(written.size, written.sha256, written.content_digest), layout


def _tags(loaded: Loaded, request: Request) -> tuple[list[str], Report]:
    """The tags that may name a version of these files, and a warning if they mean other files or that is unknown."""
    root = None if isinstance(loaded.tree, ZipTree) else _repository_root(loaded)
    tags = git.tags_at_head(root) if root else []
    if root is None or not tags or request.version_name is not None:
        return tags, NO_FINDINGS
    changed = changed_since_head(root, list(_sent_files(loaded)))
    if changed is None:
        message = f"cannot tell whether the files differ from the tag `{tags[0]}`: Git's objects cannot be read"
        return tags, Report((finding("REQ041", message, path="", subject=tags[0]),))
    if not changed:
        return tags, NO_FINDINGS
    differ = "differs" if len(changed) == 1 else "differ"
    message = f"{listed(changed)} {differ} from the tag `{tags[0]}`: a version is named after the content"
    return [], Report((finding("REQ041", message, path="", subject=tags[0]),))


def _sent_files(loaded: Loaded) -> Iterator[WorkFile]:
    """The files on disk that a request is made of: those of the package, and those next to main."""
    tree, folder = loaded.tree, posixpath.dirname(loaded.detection.main)
    named = [file.path for file in (loaded.written_template, loaded.registry_map) if file is not None]
    paths = {entry.path for entry in loaded.plan.entries} | {*named, posixpath.join(folder, "README.md")}
    for path in sorted(paths):
        file, place = tree.lookup(path), tree.real_path(path)
        if file is not None and place is not None:
            yield WorkFile(place, file.size, functools.partial(tree.chunks, path))


def _repository_root(loaded: Loaded) -> Path | None:
    """The root of the repository that the main file is in."""
    place = loaded.tree.real_path(loaded.detection.main)
    return git.repository_root(place.parent) if place else None


def _repository_files(root: Path | None, exclude: tuple[str, ...]) -> tuple[tuple[str, int], ...] | None:
    """The files of a repository with their sizes, without those that `exclude` matches."""
    if root is None:
        return None
    files = []
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if name != ".git")
        for name in sorted(names):
            path = Path(folder, name)
            shown = path.relative_to(root).as_posix()
            with contextlib.suppress(OSError):  # it was removed in the meantime
                status = path.lstat()
                if stat.S_ISREG(status.st_mode) and not git.matches_any(shown, exclude):
                    files.append((shown, status.st_size))
    return tuple(files)
