"""The Python API: the use cases as functions with keywords. `packager` exports them, and imports this module when one is used."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, TypedDict, Unpack

from packager.app import load as loading
from packager.app.loaded import Loaded
from packager.app.options import LintOptions, LoadOptions, SubmitOptions
from packager.cache import NO_CACHE, Cache
from packager.findings.overrides import Policy
from packager.healthomics.request import Request
from packager.jsondoc.jsontext import JsonPart
from packager.parameters.template import Template
from packager.source import Overlay

if TYPE_CHECKING:
    from packager.archive.zip_writer import Package
    from packager.aws.deliver.submission import Submission
    from packager.aws.session import Target


class LoadKeywords(TypedDict, total=False):
    """The fields of `LoadOptions`, each of which may be omitted."""

    engine: str | None
    main: str | None
    parameter_template: str | JsonPart | None
    container_registry_map: str | JsonPart | None
    include: tuple[str, ...]
    exclude: tuple[str, ...]
    region: str | None
    account: str | None
    nextflow_profile: str | None
    policy: Policy
    policy_folder: str | None
    target: bool
    run_parameters: str | None
    as_of: date | None
    overlay: Overlay


class SubmitKeywords(TypedDict, total=False):
    """The fields of `SubmitOptions`, each of which may be omitted."""

    check: bool
    gate: bool
    lint: LintOptions
    promote_from: str | None
    account: str | None
    staging: str | None
    staged: tuple[str, ...]
    carry_over: bool
    replace_failed: bool
    wait: bool
    timeout: float
    record: str | None
    target_name: str | None


def load(path: str | Path, *, cache: Cache = NO_CACHE, **options: Unpack[LoadKeywords]) -> Loaded:
    """The workflow at `path` (a directory, a main file or a zip) with all its facts; the keywords are the fields of `LoadOptions`.

    Raises:
        PackagerError: the path does not exist, or is not exactly one workflow.
    """
    return loading.load(str(path), LoadOptions(**options), cache=cache)


def template(loaded: Loaded) -> Template:
    """The parameter template that is derived from the workflow."""
    return loaded.template


def package(loaded: Loaded, output: str | Path) -> Package:
    """The zip that was written to `output`, with its description next to it (`OUTPUT.json`).

    Raises:
        PackagerError: a file cannot be read or written.
    """
    from packager.app.package import write_package  # noqa: PLC0415 - each function imports only what it needs

    return write_package(loaded, output)


def submit(
    loaded: Loaded | None,
    request: Request,
    target: Target,
    *,
    progress: Callable[[str], None] | None = None,
    **options: Unpack[SubmitKeywords],
) -> Submission:
    """The workflow or version that was created, or that existed already; the keywords are the fields of `SubmitOptions`.

    `loaded` is None if the definition is on S3 or in a repository.

    Raises:
        RefusedError: errors were found; nothing was sent.
        ServiceError: AWS refused, or the workflow became FAILED.
        StillCreatingError: it was still CREATING when the time ran out.
    """
    from packager.app import submit as submitting  # noqa: PLC0415 - boto3 only when something is sent

    return submitting.submit(
        loaded or LoadOptions(),
        request,
        lambda: contextlib.nullcontext(target),
        options=SubmitOptions(**options),
        listener=submitting.Listener(progress) if progress is not None else submitting.Listener(),
    )
