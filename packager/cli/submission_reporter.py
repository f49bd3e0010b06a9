"""What a submission has created: shown and recorded, even if something fails after the creation."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from packager.app.loaded import Loaded
from packager.app.submit import Listener
from packager.aws.deliver.prepared import PreparedRequest
from packager.aws.deliver.submission import Submission
from packager.cli.output import is_quiet, located, note, show_errors
from packager.cli.signals import held_back
from packager.cli.streams import drop_output, write_stdout
from packager.findings.report import NO_FINDINGS, Report
from packager.render.report import to_json
from packager.render.submission import notes_line, resume_line, submission_json, submission_text, worst_first


@dataclass(slots=True, kw_only=True)
class SubmissionReporter(Listener):
    """Shows one submission in the format `form`. `flags` name the service that it goes to; `loaded` is the workflow.

    `show_report` writes the findings.
    """

    form: str
    flags: dict[str, str | bool | None]
    local: bool
    loaded: Loaded | None
    show_report: Callable[[Report], None]
    request: PreparedRequest | None = None

    def prepared(self, prepared: PreparedRequest) -> None:
        """Show the findings of the request."""
        self.request = replace(prepared, report=located(prepared.report, self.loaded))
        self.show_report(prepared.report)

    def created(self, submission: Submission, record: Callable[[], None]) -> None:
        """Record what was created before it is waited for; more may become known later."""
        if not is_quiet():
            note(f"created {submission.deployed.label}; waiting until it is ACTIVE")
        with held_back() as held:
            unrecorded = _attempt(record)
            if unrecorded is not None:  # it is written again at the end; the submission continues
                note(f"warning: {unrecorded}")
        if held:
            raise KeyboardInterrupt

    def ended(self, submission: Submission, failure: BaseException | None, record: Callable[[], None]) -> None:
        """Record and show the result, as far as it can be written; then raise the failure.

        Raises:
            BaseException: the failure; without one, the error of recording or showing.
        """
        with held_back():
            unrecorded = _attempt(record)
            unshown = _attempt(lambda: self._show(submission))
            if unshown is not None:
                drop_output()
            self._note_state(submission, failure, shown=unshown is None)
            if failure is not None and unrecorded is not None:
                note(f"error: {unrecorded}")
        problem = failure or unrecorded or unshown
        if problem is not None:
            raise problem

    def _note_state(self, submission: Submission, failure: BaseException | None, *, shown: bool) -> None:
        """Write to stderr what exists now, and the command that continues."""
        deployed = submission.deployed
        if failure is None and shown:
            return
        if deployed.finished:
            if not shown:
                note(f"{deployed.label} is {deployed.status}")
            return
        note(f"{deployed.label} was created; to wait for it: {resume_line(submission, self.flags)}")

    def _show(self, submission: Submission) -> None:
        assert self.request is not None  # it was prepared before anything was sent
        runnable = not self.local
        if self.form == "json":
            resume = None if submission.deployed.finished else resume_line(submission, self.flags)
            write_stdout(to_json(submission_json(submission, self.request, runnable=runnable, resume=resume)))
            return
        write_stdout(submission_text(submission, runnable=runnable))
        if submission.report != NO_FINDINGS:
            elsewhere = notes_line(submission, self.flags)
            show_errors(worst_first(submission.report), None, elsewhere=elsewhere, own=("",), notes=True)


def _attempt(step: Callable[[], None]) -> Exception | None:
    """The error of a step that must not prevent the next one."""
    try:
        step()
    except Exception as error:  # noqa: BLE001 - raised again when everything was attempted
        return error
    return None
