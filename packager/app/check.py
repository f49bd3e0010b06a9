"""Checking a workflow: every rule over its facts, the language's own checker, and what the project accepts."""

from __future__ import annotations

import tempfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from packager._version import __version__
from packager.app.content_scan import scan_contents
from packager.app.loaded import Loaded
from packager.archive import zip_writer
from packager.archive.content_digest import content_digest
from packager.archive.plan import Plan
from packager.archive.zip_layout import Layout, examine
from packager.cache import Cache
from packager.engines import adapter
from packager.engines.adapter import EngineOptions
from packager.errors import PackagerError, cannot
from packager.files import open_regular
from packager.findings import codes, suppressions
from packager.findings.diagnostic import Place, Severity, in_order
from packager.findings.overrides import apply as apply_policy
from packager.findings.redaction import redact
from packager.findings.report import NO_FINDINGS, Report, below, merge
from packager.findings.suppressions import Suppression
from packager.healthomics import limits
from packager.healthomics.request import Request
from packager.images import registry_map
from packager.model.facts import Role
from packager.rules import ArchiveFacts, Facts, Subject
from packager.rules.images.sources import unchecked_images
from packager.rules.parameters.values import unmatched_parameters
from packager.rules.run import run as run_rules
from packager.rules.security import unsearched_files
from packager.source import SourceTree, UnreadableError, ZipTree
from packager.text import count, listed

_MAX_CODES = 8
_SIZES = "zip-size"  # of packages, in the cache


class RefusedError(PackagerError):
    """Errors were found, or what else `fail-on` names, so nothing was done; `report` has them. Exit code 1."""

    exit_code = 1

    def __init__(self, report: Report, consequence: str) -> None:
        worst = min((finding.severity for finding in report.diagnostics), key=lambda severity: severity.rank)
        word = "finding" if worst is Severity.INFO else worst.value
        codes_of_worst = sorted({finding.code for finding in report.diagnostics if finding.severity is worst})
        shown = listed(codes_of_worst, _MAX_CODES, quote=False)
        super().__init__(f"{count(report.count(worst), word)} found, {consequence}: {shown}")
        self.report = report


def go_on() -> None:
    """Between two stages of a check: nothing stops it."""


def lint(
    loaded: Loaded, *, check: bool = True, online: Report | None = None, between: Callable[[], None] = go_on
) -> Report:
    """All findings of a workflow: of every rule, and of the language's own checker unless `check` is false.

    `online` are the findings of `check_online`, to which comments and configuration apply as well. `between` is called between the
    stages, and can stop the check by an exception.
    """
    facts = gather_facts(loaded)
    between()
    return check_facts(loaded, facts, check=check, online=online, between=between)


def check_facts(
    loaded: Loaded,
    facts: Facts,
    *,
    check: bool = True,
    online: Report | None = None,
    others: Report = NO_FINDINGS,
    between: Callable[[], None] = go_on,
) -> Report:
    """The findings of `lint`, from facts that were gathered before, and `others`, to which comments and configuration apply too."""
    reading = Report(loaded.diagnostics, loaded.workflow.skipped)
    reports = [reading, run_rules(facts)]
    between()
    if check:
        reports.append(check_language(loaded))
        between()
    reports.append(Report((), (*unchecked_images(facts), *unsearched_files(facts), *unmatched_parameters(facts))))
    unchecked = () if online is not None else codes.online.CODES
    reports += [online or Report(), others]
    accepting = _suppressions(loaded)
    report = suppressions.apply(
        redact(_of_pointers(_without_echoes(merge(*reports)))), accepting, loaded.detection.main, unchecked=unchecked
    )
    return with_policy(report, loaded)


def check_language(loaded: Loaded) -> Report:
    """The findings of the language's own checker."""
    options = EngineOptions(loaded.request_engine == "WDL_LENIENT", loaded.profiles)
    verdict = adapter.of(loaded.detection.engine).check(loaded.tree, loaded.workflow, loaded.cache, options)
    return Report(verdict.diagnostics, verdict.skipped)


# Findings that say less about a line than another finding there, by code, with the code of the other one.
_ECHOES = {"WDL102": "WDL021"}


def _without_echoes(report: Report) -> Report:
    """A report without the findings that only repeat the cause of another finding."""
    said = {(finding.code, finding.path, finding.line) for finding in report.diagnostics}
    kept = tuple(
        finding for finding in report.diagnostics if (_ECHOES.get(finding.code), finding.path, finding.line) not in said
    )
    return replace(report, diagnostics=kept)


def with_policy(report: Report, loaded: Loaded) -> Report:
    """A report with the severities and per-path ignores of the project."""
    relative = below(Path(loaded.policy_folder or "."))
    return apply_policy(report, loaded.policy, lambda path: relative(loaded.on_disk(path)))


def _of_pointers(report: Report) -> Report:
    """A report with one error for each definition that is a Git LFS pointer, in place of the findings about its lines."""
    pointers = {finding.path: finding for finding in report.diagnostics if finding.code == "ZIP020"}
    errors = [each for each in report.diagnostics if each.path in pointers and each.severity is Severity.ERROR]
    first = {error.path: error for error in sorted(errors, reverse=True)}
    kept = [each for each in report.diagnostics if each.path not in first]
    for path, error in first.items():
        kept.append(replace(error, message=pointers[path].message, hint=pointers[path].hint))
    return replace(report, diagnostics=in_order(kept)) if first else report


def changed_copies(loaded: Loaded) -> Report:
    """The findings about copies of remote documents that differ from the lock, for commands that show no other findings."""
    return with_policy(Report(tuple(each for each in loaded.diagnostics if each.code == "ZIP022")), loaded)


def _suppressions(loaded: Loaded) -> list[Suppression]:
    """The comments in the workflow's own files that accept findings."""
    accepting: list[Suppression] = []
    for file in loaded.workflow.files:
        if file.role in (Role.MAIN, Role.DEFINITION, Role.CONFIG, Role.OTHER):
            try:
                if suppressions.MARK in loaded.tree.read(file.path):
                    text = loaded.tree.text(file.path)
                    quoted = () if file.role is Role.OTHER else adapter.quoted(loaded.workflow.engine, text)
                    accepting += suppressions.suppressions_of(file.path, text, quoted)
            except UnreadableError:
                continue  # reported elsewhere
    return accepting


def gather_facts(
    loaded: Loaded,
    request: Request | None = None,
    *,
    zip_size: int | None = None,
    inline: bool = True,
    layout: Layout | None = None,
) -> Facts:
    """What rules look at; with a request that is about to be sent, that request too.

    `zip_size` in bytes, if the zip exists already; `inline`: it is part of the request itself; `layout` is that of the source, if the
    source is a zip that was examined already.
    """
    mapping = loaded.registry_map
    layout = layout or _layout(loaded.tree, loaded.plan)
    local = Request(
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
        request=request or local,
        submission=request,
        run_parameters=loaded.run_parameters,
        archive=ArchiveFacts(
            loaded.plan.entries,
            zip_size if zip_size is not None else _zip_size(loaded.tree, loaded.plan, loaded.cache),
            inline=inline,
            contents=scan_contents(loaded.tree, loaded.plan.entries, loaded.cache),
            zip_faults=_zip_faults(loaded.tree, layout),
        ),
        region=loaded.region,
        account=loaded.account,
        target=loaded.target,
        day=loaded.day,
        packaged=loaded.tree.kind == "zip",
    )


def _layout(tree: SourceTree, plan: Plan) -> Layout:
    """How a source that is a zip is laid out; an empty layout for anything else."""
    if not isinstance(tree, ZipTree):
        return Layout()
    try:
        with open_regular(tree.path) as file:
            return examine(file, plan.entries)
    except OSError as error:
        raise cannot("read", f"`{tree.name}`", error) from error


def _zip_faults(tree: SourceTree, layout: Layout) -> tuple[tuple[Place, str], ...]:
    """The faults of a zip, without those of entries that were refused when it was opened."""
    if not layout.faults:  # the problems of a folder are known only after all its files were listed
        return ()
    refused = {problem.path for problem in tree.problems if problem.severity is Severity.ERROR}
    return tuple((Place(fault.path), fault.message) for fault in layout.faults if fault.path not in refused)


def _zip_size(tree: SourceTree, plan: Plan, cache: Cache) -> int | None:
    """The size of the zip in bytes; None if the files are so small that it cannot matter.

    The size for an unchanged package comes from the cache: compressing tens of megabytes takes seconds.
    """
    if isinstance(tree, ZipTree):
        return tree.path.stat().st_size
    if plan.size <= limits.ZIP_INLINE_WARN_BYTES:
        return None
    key = Cache.key(__version__, zlib.ZLIB_RUNTIME_VERSION, content_digest(plan.entries))
    kept = cache.get(_SIZES, key)
    if isinstance(kept, int):
        return kept
    with tempfile.TemporaryFile() as file:
        size = zip_writer.write_zip(tree, plan.entries, file).size
    cache.put(_SIZES, key, size)
    return size


def check_map(path: str, content: bytes, *, region: str | None = None) -> Report:
    """The findings of a container registry map alone: its form, and every rule about it."""
    mapping, faults = registry_map.read(path, content)
    return redact(merge(Report(faults), run_rules(Facts(registry_map=mapping, region=region), {Subject.REGISTRY_MAP})))
