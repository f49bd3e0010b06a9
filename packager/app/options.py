"""The options of the use cases, as frozen data: the command line, the Python API and tests make the same ones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from packager.findings.diagnostic import Severity
from packager.findings.overrides import NO_POLICY, Policy
from packager.jsondoc.jsontext import JsonPart
from packager.source import NO_OVERLAY, Overlay


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadOptions:
    """How to read a workflow; what is None is detected.

    `parameter_template`, `container_registry_map` and `run_parameters` are paths of files; the first two may be parts of one file
    with other members. `nextflow_profile` names profiles of a
    Nextflow config, separated by commas. `policy` has the project's severities and per-path ignores, whose patterns are relative to
    `policy_folder`. `target`: `account` and `region` are those of a configured target. `as_of` is the day for
    which to check what depends on a day; today if omitted. Unsaved texts of files are read from the `overlay`.
    """

    engine: str | None = None
    main: str | None = None
    parameter_template: str | JsonPart | None = None
    container_registry_map: str | JsonPart | None = None
    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()
    region: str | None = None
    account: str | None = None
    nextflow_profile: str | None = None
    policy: Policy = NO_POLICY
    policy_folder: str | None = None
    target: bool = False
    run_parameters: str | None = None
    as_of: date | None = None
    overlay: Overlay = NO_OVERLAY


@dataclass(frozen=True, slots=True, kw_only=True)
class LintOptions:
    """Which findings of a workflow count.

    `fail_on` is the minimum severity that fails it, or `never`. `selected` and `ignored` are codes, or the first letters of some.
    `baseline` is the file of accepted findings. With `online`, the AWS account of `profile` is asked about images, caches and secrets.
    """

    fail_on: str = "error"
    selected: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()
    baseline: str | None = None
    online: bool = False
    profile: str | None = None

    @property
    def folds(self) -> bool:
        """Whether text for people only counts notes: no code is selected, and they do not decide."""
        return not self.selected and self.fail_on != Severity.INFO


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitOptions:
    """How to submit a workflow.

    Before: `gate` refuses a workflow whose findings fail it by `lint`, and `check` runs the language's own checker too; the constraints
    of the request are always checked. `promote_from`, a target, refuses anything but the content that became ACTIVE there, according to
    the file `record`.

    Sending: the credentials must belong to `account`, if one is set. `staging` is `s3://BUCKET/PREFIX` for what is too large for a
    request, and `staged` names what goes there even if it is small. `carry_over` keeps what the newest version has and the request
    does not name. `replace_failed` deletes a FAILED version of the chosen name first.

    After: `wait` until the workflow is ACTIVE, with all that went before within `timeout` seconds. `record` is the file of submissions
    to append to, and `target_name` the target that it names.
    """

    check: bool = True
    gate: bool = True
    lint: LintOptions = LintOptions()
    promote_from: str | None = None
    account: str | None = None
    staging: str | None = None
    staged: tuple[str, ...] = ()
    carry_over: bool = False
    replace_failed: bool = False
    wait: bool = True
    timeout: float = 600
    record: str | None = None
    target_name: str | None = None
