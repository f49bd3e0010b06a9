"""What a submission has created: reported and recorded, whatever happens after the creation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from packager.aws.deliver.prepared import Parcel
from packager.cli.options import note, show_findings
from packager.cli.signals import held_back
from packager.cli.streams import drop_output, write_stdout
from packager.findings.report import NO_FINDINGS
from packager.render.report import to_json
from packager.render.submission import resume_line, submission_json, submission_text, worst_first

if TYPE_CHECKING:
    from packager.aws.deliver.submission import Submission
    from packager.project.submission_log import Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Reporting:
    """Where a submission is reported. `where` are the options that say which service it went to, by their names."""

    form: str
    record: str | None
    target_name: str | None
    where: dict[str, str | bool | None]
    local: bool
    wait: bool


class SubmissionLog:
    """Reports one submission; `latest` is what is known of what it has created, None while that is nothing."""

    def __init__(self, parcel: Parcel, reporting: Reporting) -> None:
        self._parcel = parcel
        self._reporting = reporting
        self._recorded: Record | None = None
        self.latest: Submission | None = None
        self.ended = False

    def created(self, submission: Submission) -> None:
        """Something was created: before it is waited for, the record has it. More may become known later."""
        first, self.latest = self.latest is None, submission
        if not (first and self._reporting.wait):
            return  # without a wait, the last line comes at once
        with held_back() as held:
            unrecorded = _attempt(lambda: self._record(submission, ok=False))
            if unrecorded is not None:  # it is written again at the end; the work goes on
                note(f"warning: {unrecorded}")
        if held:
            raise KeyboardInterrupt

    def end(self, submission: Submission, failure: BaseException | None) -> None:
        """Record and show how it ended, as far as that can be written; then raise what went wrong.

        Raises:
            BaseException: the failure; without one, what went wrong with the reporting.
        """
        with held_back():
            self.ended = True
            unrecorded = _attempt(lambda: self._record(submission, ok=failure is None))
            unshown = _attempt(lambda: self._show(submission))
            if unshown is not None:
                drop_output()
            self._tell(submission, failure, shown=unshown is None)
            if failure is not None and unrecorded is not None:
                note(f"error: {unrecorded}")
        problem = failure or unrecorded or unshown
        if problem is not None:
            raise problem

    def _tell(self, submission: Submission, failure: BaseException | None, *, shown: bool) -> None:
        """On stderr: what is there, and the line to go on with."""
        deployed = submission.deployed
        if failure is None and shown:
            return
        if deployed.finished:
            if not shown:
                note(f"{deployed.label} is {deployed.status}")
            return
        note(f"{deployed.label} is there; to go on waiting: {self._resume(submission)}")

    def _resume(self, submission: Submission) -> str:
        return resume_line(submission, self._reporting.where)

    def _show(self, submission: Submission) -> None:
        runnable = not self._reporting.local
        if self._reporting.form == "json":
            resume = None if submission.deployed.finished else self._resume(submission)
            write_stdout(to_json(submission_json(submission, self._parcel, runnable=runnable, resume=resume)))
            return
        write_stdout(submission_text(submission, runnable=runnable))
        if submission.report != NO_FINDINGS:
            show_findings(worst_first(submission.report), None)

    def _record(self, submission: Submission, *, ok: bool) -> None:
        reporting, deployed, definition = self._reporting, submission.deployed, self._parcel.request.definition_zip
        if reporting.record is None or submission.action == "seen":
            return  # what an earlier run has created was recorded then
        from packager.project import submission_log  # noqa: PLC0415 - only where there are records

        record = submission_log.Record(
            time=datetime.now(UTC),
            target=None if reporting.local else reporting.target_name,  # the emulator is nobody's account
            caller=submission.caller,
            account=deployed.account,
            region=submission.region,
            action=submission.action,
            workflow_id=deployed.workflow_id,
            name=self._parcel.request.name,
            version_name=deployed.version_name,
            arn=deployed.arn,
            uuid=deployed.uuid,
            status=deployed.status,
            ok=ok and deployed.status == "ACTIVE",
            engine=deployed.settings.engine or self._parcel.request.engine,
            main=deployed.settings.main or self._parcel.request.main,
            content_digest=definition.content_digest if definition else None,
            zip_sha256=definition.sha256 if definition else None,
            request_id=submission.request.request_id,
        )
        if self._recorded is None or replace(record, time=self._recorded.time) != self._recorded:
            submission_log.append(Path(reporting.record), record)
            self._recorded = record


def _attempt(step: Callable[[], None]) -> Exception | None:
    """Do something that must not keep the next thing from being tried; what went wrong."""
    try:
        step()
    except Exception as error:  # noqa: BLE001 - raised again when all was tried
        return error
    return None
