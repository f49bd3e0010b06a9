"""Submitting a workflow: lint, package, create the workflow or a version of it, wait, and record what was created."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from packager.app.build import prepare
from packager.app.loaded import Loaded
from packager.app.options import LoadOptions, SubmitOptions
from packager.aws.deliver.delivery import deliver
from packager.aws.deliver.prepared import DeliveryOptions, PreparedRequest, Watch, staging_of, unwatched
from packager.aws.deliver.submission import FailedError, InterruptedWaitError, Submission, UnfinishedError
from packager.aws.session import Target
from packager.errors import PackagerError
from packager.healthomics.request import Request
from packager.project import submission_log
from packager.project.submission_log import SubmissionRecord

_DEFAULT = SubmitOptions()


def _ignore(_: str) -> None:
    """Nobody wants to know about the progress."""


@dataclass(slots=True)
class Listener:
    """What a caller learns while a submission is under way; a subclass overrides what it wants to know.

    `progress` is called with a line for a person, `watch` with what is waited for.
    """

    progress: Callable[[str], None] = _ignore
    watch: Watch = unwatched

    def prepared(self, prepared: PreparedRequest) -> None:
        """The request is complete; nothing was sent yet."""

    def created(self, submission: Submission, record: Callable[[], None]) -> None:
        """Something was created and is going to be waited for; `record` writes it to the file of records."""
        record()

    def ended(self, submission: Submission, failure: BaseException | None, record: Callable[[], None]) -> None:
        """The submission ended, with a failure or without; `record` writes that to the file of records.

        Raises:
            BaseException: the failure.
        """
        try:
            record()
        finally:
            if failure is not None:
                raise failure


def submit(
    definition: Loaded | LoadOptions,
    request: Request,
    connect: Callable[[], AbstractContextManager[Target]],
    *,
    options: SubmitOptions = _DEFAULT,
    listener: Listener | None = None,
) -> Submission:
    """The workflow or version that was created, or that existed already.

    `definition` is a workflow, or `LoadOptions` if it is on S3 or in a repository. `connect` opens the service to send to, once nothing
    refuses the submission.

    Raises:
        RefusedError: errors were found; nothing was sent.
        ServiceError: AWS refused, or the workflow became FAILED.
        StillCreatingError: it was still CREATING when the time ran out.
        InterruptedWaitError: the user interrupted after something was created.
    """
    listener = listener or Listener()
    with prepare(definition, request, options) as prepared:
        listener.prepared(prepared)
        _check_record(prepared, options, listener)
        with connect() as target:
            return _send(prepared, target, options, listener)


def _check_record(prepared: PreparedRequest, options: SubmitOptions, listener: Listener) -> None:
    """Check, before anything is sent, that the content is the one to promote and that the record can be written."""
    if options.record is None:
        return
    path = Path(options.record)
    if options.promote_from is not None:
        definition = prepared.request.definition_zip
        if definition is None:
            raise PackagerError(
                "cannot promote a definition that is not local: its content is unknown", "pass the zip as PATH"
            )
        own_zip = definition.sha256 if prepared.as_given else None
        earlier = submission_log.check_promotion(path, options.promote_from, definition.content_digest, own_zip)
        listener.progress(f"the same content became ACTIVE in `{options.promote_from}` at {earlier.get('time')}")
    submission_log.check_writable(path)


def _delivery(options: SubmitOptions) -> DeliveryOptions:
    return DeliveryOptions(
        wait=options.wait,
        timeout=options.timeout,
        staging=staging_of(options.staging) if options.staging else None,
        staged=frozenset(options.staged),
        account=options.account,
        carry_over=options.carry_over,
        replace_failed=options.replace_failed,
        identify=options.record is not None,
    )


def _send(prepared: PreparedRequest, target: Target, options: SubmitOptions, listener: Listener) -> Submission:
    """Deliver a request; even if something fails after the creation, the listener learns of it and it is recorded."""
    recorder = _Recorder(prepared.request, options, local=target.static_credentials)
    latest: Submission | None = None
    ended = False

    def created(submission: Submission) -> None:
        nonlocal latest
        first, latest = latest is None, submission
        if first and options.wait:  # without a wait, the end comes at once
            listener.created(submission, lambda: recorder.record(submission, ok=False))

    def end(submission: Submission, failure: BaseException | None) -> None:
        def record() -> None:
            nonlocal ended
            ended = True
            recorder.record(submission, ok=failure is None)

        listener.ended(submission, failure, record)

    try:
        submission = deliver(
            prepared, target, _delivery(options), progress=listener.progress, watch=listener.watch, created=created
        )
        end(submission, None)
    except (FailedError, UnfinishedError, InterruptedWaitError) as error:
        end(error.submission, error)
        raise
    except BaseException as error:
        if latest is None or ended:
            raise
        end(latest, error)
        raise
    return submission


@dataclass(slots=True)
class _Recorder:
    """Appends what became of one submission to the file of records, each state once."""

    request: Request
    options: SubmitOptions
    local: bool
    latest: SubmissionRecord | None = field(default=None, init=False)

    def record(self, submission: Submission, *, ok: bool) -> None:
        deployed, definition = submission.deployed, self.request.definition_zip
        if self.options.record is None or submission.action == "seen":
            return  # what an earlier run created was recorded then
        record = SubmissionRecord(
            time=datetime.now(UTC),
            target=None if self.local else self.options.target_name,  # the emulator belongs to no target
            caller=submission.caller,
            account=deployed.account,
            region=submission.region,
            action=submission.action,
            workflow_id=deployed.workflow_id,
            name=self.request.name,
            version_name=deployed.version_name,
            arn=deployed.arn,
            uuid=deployed.uuid,
            status=deployed.status,
            ok=ok and deployed.status == "ACTIVE",
            engine=deployed.settings.engine or self.request.engine,
            main=deployed.settings.main or self.request.main,
            content_digest=definition.content_digest if definition else None,
            zip_sha256=definition.sha256 if definition else None,
            request_id=submission.request.request_id,
        )
        if self.latest is None or replace(record, time=self.latest.time) != self.latest:
            submission_log.append(Path(self.options.record), record)
            self.latest = record
