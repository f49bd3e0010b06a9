"""Delivering a request: decide, stage, create, wait, and compare the result with the request."""

from __future__ import annotations

import os
from dataclasses import replace

from packager.aws.deadline import Deadline, OutOfTimeError
from packager.aws.deliver import decision as decisions
from packager.aws.deliver import deployments, staged_members
from packager.aws.deliver.creation import create
from packager.aws.deliver.prepared import DeliveryOptions, PreparedRequest, Progress, Watch, unwatched
from packager.aws.deliver.submission import (
    Created,
    DeliveryContext,
    FailedError,
    InterruptedWaitError,
    Submission,
    UnfinishedError,
    concluded,
    ignore,
    preview,
)
from packager.aws.deliver.waiting import settle, wait_until_settled
from packager.aws.session import Caller, Target, caller_of, check_account, is_loopback, omics_client
from packager.errors import ServiceError
from packager.healthomics.deployed import Deployed

# How long finding out who the caller is may take if only a record needs it.
_IDENTIFY_SECONDS = 20.0


def deliver(
    prepared: PreparedRequest,
    target: Target,
    options: DeliveryOptions,
    *,
    progress: Progress | None = None,
    watch: Watch = unwatched,
    created: Created = ignore,
) -> Submission:
    """Create the workflow or a version of it, unless the same exists already, and wait for ACTIVE.

    `created` is called as soon as something was created, and whenever more is known about it, so that no later error hides it.

    Raises:
        PackagerError: the credentials belong to another account, or more than one workflow has the name; nothing was sent.
        ServiceError: AWS refused, or the workflow became FAILED, or differs from the request, or the time ran out before anything
            was created. A `FailedError` has what was created.
        StillCreatingError: it was still CREATING when the time ran out.
        InterruptedWaitError: the user interrupted after something was created.
    """
    deadline = Deadline.after(options.timeout)
    client = omics_client(target, deadline)
    latest: list[Submission] = []

    def note(submission: Submission) -> None:
        latest.append(submission)
        created(submission)

    try:
        caller = _caller(prepared, target, options, deadline)
        context = DeliveryContext(client, prepared, target, caller, progress or (lambda _: None), note, watch)
        return _deliver(context, options, deadline)
    except (FailedError, UnfinishedError, InterruptedWaitError):
        raise
    except (ServiceError, KeyboardInterrupt) as error:
        if not latest:
            raise
        raise _with_submission(error, latest[-1], deadline) from error
    finally:
        client.close()


def _deliver(context: DeliveryContext, options: DeliveryOptions, deadline: Deadline) -> Submission:
    submission = _submit(context, options, deadline)
    if submission.action == "created":
        context.created(submission)
    if options.wait:
        submission = wait_until_settled(context.client, submission, deadline, context.say, context.watch)
    return concluded(submission, context.prepared) if submission.deployed.finished else submission


def _with_submission(
    error: ServiceError | KeyboardInterrupt, submission: Submission, deadline: Deadline
) -> FailedError | UnfinishedError | InterruptedWaitError:
    """An error with what was created before it."""
    if isinstance(error, KeyboardInterrupt):
        return InterruptedWaitError(submission)
    if isinstance(error, OutOfTimeError):
        return UnfinishedError(submission, deadline.seconds)
    return FailedError(submission, error.message, error.hint)


def _caller(prepared: PreparedRequest, target: Target, options: DeliveryOptions, deadline: Deadline) -> Caller | None:
    """Who submits, if that must be known before anything is sent; the embedded emulator has no callers."""
    if target.static_credentials:
        return None
    owner_needed = staged_members.needs_bucket(prepared, options) and prepared.request.workflow_bucket_owner_id is None
    if options.account is not None or owner_needed:
        caller = caller_of(target, deadline)
        if options.account is not None:
            check_account(caller, options.account)
        return caller
    if options.identify:
        try:
            return caller_of(target, Deadline.after(min(_IDENTIFY_SECONDS, deadline.left / 4)))
        except ServiceError:
            return None  # a record without a name is better than no submission
    return None


def _submit(context: DeliveryContext, options: DeliveryOptions, deadline: Deadline) -> Submission:
    """Decide, and send what does not exist already."""

    def settled(deployed: Deployed) -> Deployed:
        if not deployed.finished:
            context.say(f"{deployed.label} is {deployed.status}; waiting for it first")
        ended = settle(context.client, deployed, deadline, context.say, context.watch)
        if not ended.finished:
            raise UnfinishedError(context.submission("seen", ended, context.prepared.request), deadline.seconds)
        return ended

    prepared = context.prepared
    decision = decisions.decide(context.client, prepared, settled, carry_over=options.carry_over)
    request = decision.request
    if decision.existing is not None:
        if request.definition_zip is None:
            context.say(
                "the definition at its source may have changed since then; only a new version would include the change"
            )
        return context.submission("reused", decision.existing, request)
    report = preview(decision, prepared.policy)
    owner = prepared.request.workflow_bucket_owner_id or (context.caller.account if context.caller else None)
    with_s3 = not is_loopback(context.client.endpoint_url) or "AWS_ENDPOINT_URL_S3" in os.environ
    if request.definition_uri is not None and owner is not None and with_s3:
        staged_members.check_definition(request.definition_uri, context, owner)
    sent = staged_members.staged(request, context, options, owner)
    known = decision.known
    if decision.failed is not None and options.replace_failed:
        context.say(f"deleting the {decision.failed.label}, which has FAILED")
        deployments.delete_version(context.client, decision.failed)
        known -= {decisions.identity(decision.failed)}
    return replace(create(context, request, sent, known), report=report)
