"""Judging a workflow: every rule over its facts, the language's own verdict, and what the project accepts."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from packager.app.loaded import Loaded
from packager.archive import package
from packager.archive.zip_layout import Layout, examine
from packager.engines import adapter
from packager.engines.adapter import EngineOptions
from packager.errors import PackagerError, cannot
from packager.files import open_regular
from packager.findings import codes, suppressions
from packager.findings.diagnostic import Place, Severity, Skipped
from packager.findings.policy import apply as apply_policy
from packager.findings.report import Report, below, merge
from packager.findings.suppressions import Suppression
from packager.healthomics import limits
from packager.healthomics.request import Request
from packager.images import registry_map
from packager.model.facts import Role
from packager.model.value_types import ValueKind
from packager.source import UnreadableError, ZipTree

if TYPE_CHECKING:
    from packager.rules import Facts

_MAX_LISTED = 5


class RefusedError(PackagerError):
    """Findings stand in the way; `report` has them. Exit code 1."""

    exit_code = 1

    def __init__(self, report: Report, what: str) -> None:
        errors = report.count(Severity.ERROR)
        super().__init__(f"{errors} error{'s' if errors != 1 else ''} found, {what}")
        self.report = report


def lint(loaded: Loaded, *, check: bool = True, online: Report | None = None) -> Report:
    """Judge a workflow: the language's own verdict (unless `check` is False), and every rule over its facts.

    `online` is what `check_online` found, to be judged with the rest.
    """
    return judge(loaded, facts_of(loaded), check=check, online=online)


def judge(loaded: Loaded, facts: Facts, *, check: bool = True, online: Report | None = None) -> Report:
    """`lint` with facts that were gathered before."""
    from packager.findings.redaction import redact  # noqa: PLC0415 - only what judges pays for it
    from packager.rules.images.sources import unchecked_images  # noqa: PLC0415 - as above
    from packager.rules.parameters.values import unmatched_parameters  # noqa: PLC0415 - as above
    from packager.rules.run import run as run_rules  # noqa: PLC0415 - only what judges pays for the rules
    from packager.rules.security import unsearched_files  # noqa: PLC0415 - as above

    reading = Report(loaded.diagnostics, loaded.workflow.skipped)
    reports = [reading, run_rules(facts)]
    if check:
        options = EngineOptions(loaded.request_engine == "WDL_LENIENT", loaded.profiles)
        engine = adapter.of(loaded.detection.engine)
        verdict = engine.check(loaded.tree, loaded.workflow, loaded.cache, options)
        reports.append(Report(verdict.diagnostics, verdict.skipped))
    reports.append(Report((), (*unchecked_images(facts), *unsearched_files(facts), *unmatched_parameters(facts))))
    unlooked = () if online is not None else codes.online.CODES
    reports.append(online or Report())
    accepting = _suppressions(loaded)
    report = suppressions.apply(redact(merge(*reports)), accepting, loaded.detection.main, unlooked=unlooked)
    where = below(Path(loaded.policy_folder or "."))
    return apply_policy(report, loaded.policy, lambda path: where(loaded.on_disk(path)))


def _suppressions(loaded: Loaded) -> list[Suppression]:
    """The comments in the workflow's own files that accept findings."""
    found: list[Suppression] = []
    for file in loaded.workflow.files:
        if file.role in (Role.MAIN, Role.DEFINITION, Role.CONFIG, Role.OTHER):
            try:
                if suppressions.MARK in loaded.tree.read(file.path):
                    text = loaded.tree.text(file.path)
                    quoted = () if file.role is Role.OTHER else adapter.quoted(loaded.workflow.engine, text)
                    found += suppressions.suppressions_of(file.path, text, quoted)
            except UnreadableError:
                continue  # said elsewhere
    return found


def check_run_parameters(loaded: Loaded) -> Report:
    """Judge the run parameters that were loaded with a workflow, and nothing else of it.

    Every input whose type is not known is listed as not checked.
    """
    from packager.findings.redaction import redact  # noqa: PLC0415 - only what judges pays for it
    from packager.rules import Facts, Subject  # noqa: PLC0415 - as above
    from packager.rules.parameters.values import unmatched_parameters  # noqa: PLC0415 - as above
    from packager.rules.run import run as run_rules  # noqa: PLC0415 - only what judges pays for the rules

    facts = Facts(
        workflow=loaded.workflow,
        template=loaded.template,
        written_template=loaded.written_template,
        run_parameters=loaded.run_parameters,
    )
    reading = Report(tuple(found for found in loaded.diagnostics if found.code == "TPL023"))
    given = {one.name for one in loaded.run_parameters.parameters} if loaded.run_parameters else set()
    unknown = [one.name for one in loaded.workflow.inputs if one.name in given and one.value_type.kind is ValueKind.ANY]
    if unknown:
        names = ", ".join(f"`{name}`" for name in unknown[:_MAX_LISTED])
        more = f" and {len(unknown) - _MAX_LISTED} more" if len(unknown) > _MAX_LISTED else ""
        reading = merge(reading, Report((), (Skipped("TPL024", f"the types of {names}{more} are not known"),)))
    unmatched = Report((), unmatched_parameters(facts))
    report = redact(merge(reading, unmatched, run_rules(facts, {Subject.RUN_PARAMETERS})))
    where = below(Path(loaded.policy_folder or "."))
    return apply_policy(report, loaded.policy, lambda path: where(loaded.on_disk(path)))


def facts_of(
    loaded: Loaded,
    request: Request | None = None,
    *,
    zip_size: int | None = None,
    inline: bool = True,
    layout: Layout | None = None,
) -> Facts:
    """What rules look at; with a request that is about to be sent, that request too.

    `zip_size` in bytes, where the zip is there already; `inline`: it goes into the request itself; `layout`: that of a given zip, where
    it was looked at already.
    """
    from packager.app.content_scan import look  # noqa: PLC0415 - only what judges pays for the rules
    from packager.rules import ArchiveFacts, Facts  # noqa: PLC0415 - as above

    mapping = loaded.registry_map
    layout = layout or _layout(loaded)
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
            zip_size if zip_size is not None else _zip_size(loaded),
            inline=inline,
            contents=look(loaded.tree, loaded.plan.entries, loaded.cache),
            zip_faults=_zip_faults(loaded, layout),
        ),
        region=loaded.region,
        account=loaded.account,
        target=loaded.target,
    )


def _layout(loaded: Loaded) -> Layout:
    """How a zip that was given is laid out; nothing is to be said of what is not a zip yet."""
    if not isinstance(loaded.tree, ZipTree):
        return Layout()
    try:
        with open_regular(loaded.tree.path) as file:
            return examine(file, loaded.plan.entries)
    except OSError as error:
        raise cannot("read", f"`{loaded.tree.name}`", error) from error


def _zip_faults(loaded: Loaded, layout: Layout) -> tuple[tuple[Place, str], ...]:
    """The faults of a zip, without those of entries that were refused when it was opened."""
    refused = {problem.path for problem in loaded.tree.problems if problem.severity is Severity.ERROR}
    return tuple((Place(fault.path), fault.message) for fault in layout.faults if fault.path not in refused)


def _zip_size(loaded: Loaded) -> int | None:
    """The size of the zip in bytes; None where the files are so small that it cannot matter."""
    if isinstance(loaded.tree, ZipTree):
        return loaded.tree.path.stat().st_size
    if loaded.plan.size <= limits.ZIP_INLINE_WARN_BYTES:
        return None
    with tempfile.TemporaryFile() as file:
        return package.write_zip(loaded.tree, loaded.plan.entries, file).size


def validate_map(path: str, content: bytes, *, region: str | None = None) -> Report:
    """A container registry map by itself: its form, and every rule about it."""
    from packager.findings.redaction import redact  # noqa: PLC0415 - only what judges pays for it
    from packager.rules import Facts, Subject  # noqa: PLC0415 - as above
    from packager.rules.run import run as run_rules  # noqa: PLC0415 - only what judges pays for the rules

    mapping, faults = registry_map.read(path, content)
    return redact(merge(Report(faults), run_rules(Facts(registry_map=mapping, region=region), {Subject.REGISTRY_MAP})))
