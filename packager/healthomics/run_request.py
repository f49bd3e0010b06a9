"""The members of StartRun and StartRunBatch requests: one table, from which options, checks and the printed order derive.

A run's request is JSON that the user edits, so it stays JSON here; the table describes what its objects may have.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import NotRequired, TypedDict, Unpack

from packager.healthomics import limits
from packager.text import camel_case

START_RUN, START_RUN_BATCH = "StartRun", "StartRunBatch"


class Structure(StrEnum):
    """An object of a request, by the name of its shape in the API."""

    RUN = "StartRunRequest"
    BATCH = "StartRunBatchRequest"
    DEFAULTS = "DefaultRunSetting"
    SETTINGS = "BatchRunSettings"
    ROW = "InlineSetting"

    @property
    def label(self) -> str:
        """How messages name the object."""
        return _LABELS[self]


_LABELS = {
    Structure.RUN: START_RUN,
    Structure.BATCH: START_RUN_BATCH,
    Structure.DEFAULTS: "`defaultRunSetting`",
    Structure.SETTINGS: "`batchRunSettings`",
    Structure.ROW: "a run in `inlineSettings`",
}


class RunForm(StrEnum):
    """The form of a member's value."""

    TEXT = "a string"
    INTEGER = "an integer"
    BOOLEAN = "true or false"
    TAGS = "an object of strings"
    OBJECT = "an object"
    ROWS = "a list of objects"


_RUN = frozenset({Structure.RUN})
_BATCH = frozenset({Structure.BATCH})
_DEFAULTS = frozenset({Structure.DEFAULTS})
_ROW = frozenset({Structure.ROW})
_SETTINGS = frozenset({Structure.SETTINGS})
_SHARED = _RUN | _DEFAULTS  # what is the same for all runs of a batch
_OVERRIDDEN = _SHARED | _ROW


@dataclass(frozen=True, slots=True, kw_only=True)
class RunMember:
    """A member of a run's request.

    - `field` is its API name in snake_case. `structures` are the objects that have it, `required` those that need it.
    - `option` is its option of the command line, empty if it has none; `description` and `metavar` are the option's.
    - `length` counts characters, or elements of a list; `bounds` are of a number. A string without `pattern` has characters of the
      API's "text" class, with line ends and tabs if `lines`. `on_s3`: it is an S3 URI.
    - `merged`: the object of a row is added to that of the defaults, whose other members it keeps.
    - `hint`: what to do if the value is not valid, where that needs an explanation.
    """

    field: str
    structures: frozenset[Structure]
    form: RunForm = RunForm.TEXT
    required: frozenset[Structure] = frozenset()
    option: str = ""
    description: str = ""
    metavar: str = ""
    length: tuple[int, int] | None = None
    bounds: tuple[int, int] | None = None
    pattern: str = ""
    choices: tuple[str, ...] = ()
    lines: bool = False
    on_s3: bool = False
    merged: bool = False
    hint: str = ""

    @property
    def api(self) -> str:
        """The API's name: `workflowVersionName`."""
        return camel_case(self.field)

    def fault(self, value: object) -> str:
        """What is wrong with a value, as the end of a sentence about it; empty if the API accepts it."""
        if not _has_form(value, self.form):
            return f"is {_described(value)}, expected {self.form}"
        if isinstance(value, str):
            return self._text_fault(value)
        if isinstance(value, int) and self.bounds is not None and not self.bounds[0] <= value <= self.bounds[1]:
            return f"is {value}, expected {self.bounds[0]} to {self.bounds[1]:,}"
        if isinstance(value, list) and self.length is not None and not self.length[0] <= len(value) <= self.length[1]:
            return f"has {len(value):,} entries, {self.length[0]} to {self.length[1]} are allowed"
        return ""

    def _text_fault(self, value: str) -> str:
        if self.choices:
            return "" if value in self.choices else f"is `{value[:60]}`, expected {' or '.join(self.choices)}"
        if self.length is not None and not self.length[0] <= len(value) <= self.length[1]:
            return f"has {len(value):,} characters, {self.length[0]} to {self.length[1]:,} are allowed"
        if self.pattern:
            return (
                "" if re.fullmatch(self.pattern, value) else f"is `{value[:60]}`, which does not match `{self.pattern}`"
            )
        if not limits.is_text(value.translate(_LINES) if self.lines else value):
            return "contains control characters"
        return "" if not self.on_s3 or value.startswith("s3://") else f"is `{value[:60]}`, not an S3 URI (`s3://...`)"


_LINES = str.maketrans("\t\n\r", "   ")
_TYPES: Mapping[RunForm, type] = {
    RunForm.TEXT: str,
    RunForm.INTEGER: int,
    RunForm.BOOLEAN: bool,
    RunForm.TAGS: dict,
    RunForm.OBJECT: dict,
    RunForm.ROWS: list,
}


def _has_form(value: object, form: RunForm) -> bool:
    return isinstance(value, _TYPES[form]) and (form is RunForm.BOOLEAN or not isinstance(value, bool))


def _described(value: object) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int() | float():
            return f"the number {value}"[:60]
        case str():
            return "a string"
    return "a list" if isinstance(value, list) else "an object"


class _Id(TypedDict):
    length: NotRequired[tuple[int, int]]
    pattern: NotRequired[str]


_ID: _Id = {"length": limits.WORKFLOW_ID_LENGTH, "pattern": limits.WORKFLOW_ID_PATTERN}
_ACCOUNT = limits.BUCKET_OWNER_PATTERN


class _Described(TypedDict):
    """The option of a member, if it has one."""

    option: NotRequired[str]
    description: NotRequired[str]
    metavar: NotRequired[str]


def _choice(
    field: str, structures: frozenset[Structure], choices: tuple[str, ...], **described: Unpack[_Described]
) -> RunMember:
    return RunMember(field=field, structures=structures, choices=choices, **described)


# In the order in which they are printed.
RUN_MEMBERS: tuple[RunMember, ...] = (
    RunMember(
        field="batch_name",
        structures=_BATCH,
        length=limits.BATCH_NAME_LENGTH,
    ),
    RunMember(field="default_run_setting", structures=_BATCH, form=RunForm.OBJECT, required=_BATCH),
    RunMember(field="batch_run_settings", structures=_BATCH, form=RunForm.OBJECT, required=_BATCH),
    RunMember(
        field="inline_settings",
        structures=_SETTINGS,
        form=RunForm.ROWS,
        length=limits.RUN_ROWS,
        hint="write more runs as a JSON list into a file on S3, and name it in `s3UriSettings`",
    ),
    RunMember(field="s3_uri_settings", structures=_SETTINGS, length=limits.RUN_ROWS_URI_LENGTH, on_s3=True),
    RunMember(field="run_setting_id", structures=_ROW, required=_ROW, length=limits.RUN_SETTING_ID_LENGTH),
    RunMember(
        field="workflow_id",
        structures=_SHARED,
        required=_DEFAULTS,
        option="--workflow-id",
        description="The workflow to run.",
        metavar="ID",
        hint="use the numeric ID that `aws omics list-workflows` shows, not the UUID or the ARN",
        **_ID,
    ),
    RunMember(
        field="workflow_version_name",
        structures=_SHARED,
        option="--version-name",
        description="The version to run.",
        metavar="NAME",
        length=limits.VERSION_NAME_LENGTH,
        pattern=limits.VERSION_NAME_PATTERN,
    ),
    _choice("workflow_type", _SHARED, limits.WORKFLOW_TYPES),
    RunMember(
        field="workflow_owner_id",
        structures=_SHARED,
        option="--workflow-owner-id",
        description="The account that shares the workflow.",
        metavar="ID",
        pattern=_ACCOUNT,
    ),
    RunMember(field="run_id", structures=_RUN, **_ID),
    RunMember(
        field="name",
        structures=_OVERRIDDEN,
        option="--name",
        description="Name of the run; that of the workflow if omitted.",
        length=limits.RUN_NAME_LENGTH,
    ),
    RunMember(
        field="role_arn",
        structures=_SHARED,
        required=_SHARED,
        option="--role-arn",
        description="The IAM role of the run.",
        metavar="ARN",
        length=limits.RUN_ROLE_LENGTH,
        pattern=limits.RUN_ROLE_PATTERN,
    ),
    RunMember(
        field="output_uri",
        structures=_OVERRIDDEN,
        required=_RUN,
        option="--output-uri",
        description="Where the run's results go.",
        metavar="S3-URI",
        length=limits.RUN_OUTPUT_URI_LENGTH,
        on_s3=True,
    ),
    RunMember(field="output_bucket_owner_id", structures=_DEFAULTS | _ROW, pattern=_ACCOUNT),
    _choice("output_uri_prefix_mode", _RUN, limits.OUTPUT_PREFIX_MODES),
    RunMember(field="parameters", structures=_OVERRIDDEN, form=RunForm.OBJECT, merged=True),
    RunMember(
        field="parameters_uri",
        structures=_RUN,
        option="--parameters-uri",
        description="The parameters as a JSON file on S3.",
        metavar="S3-URI",
        length=limits.RUN_PARAMETERS_URI_LENGTH,
        pattern=limits.RUN_PARAMETERS_URI_PATTERN,
    ),
    _choice(
        "storage_type",
        _SHARED,
        limits.STORAGE_TYPES,
        option="--storage-type",
        description="Storage type of the run; DYNAMIC if omitted, and STATIC with a capacity.",
        metavar="TYPE",
    ),
    RunMember(
        field="storage_capacity",
        structures=_SHARED,
        form=RunForm.INTEGER,
        option="--storage-capacity",
        description="The size of STATIC storage in GiB.",
        metavar="GIB",
        bounds=limits.STORAGE_CAPACITY,
    ),
    _choice("scratch_storage_mode", _SHARED, limits.SCRATCH_STORAGE_MODES),
    RunMember(field="engine_settings", structures=_OVERRIDDEN, form=RunForm.OBJECT),
    RunMember(
        field="run_group_id",
        structures=_SHARED,
        option="--run-group-id",
        description="The group that limits the run.",
        metavar="ID",
        **_ID,
    ),
    RunMember(field="priority", structures=_OVERRIDDEN, form=RunForm.INTEGER, bounds=limits.RUN_PRIORITY),
    RunMember(
        field="cache_id",
        structures=_SHARED,
        option="--cache-id",
        description="The cache of task results.",
        metavar="ID",
        **_ID,
    ),
    _choice("cache_behavior", _SHARED, limits.CACHE_BEHAVIORS),
    _choice("log_level", _SHARED, limits.LOG_LEVELS),
    _choice("retention_mode", _SHARED, limits.RETENTION_MODES),
    _choice(
        "networking_mode",
        _SHARED,
        limits.NETWORKING_MODES,
        option="--networking-mode",
        description="The network of the run.",
        metavar="MODE",
    ),
    RunMember(
        field="configuration_name",
        structures=_SHARED,
        option="--configuration-name",
        description="The configuration of a run in a VPC.",
        metavar="NAME",
        length=limits.RUN_CONFIGURATION_LENGTH,
        pattern=limits.VERSION_NAME_PATTERN,
    ),
    RunMember(
        field="requester_pays_enabled",
        structures=_SHARED,
        form=RunForm.BOOLEAN,
        option="--requester-pays-enabled",
        description="Allow inputs from buckets that use Requester Pays; your account pays.",
    ),
    RunMember(field="session_policy", structures=_SHARED, length=limits.RUN_SESSION_POLICY_LENGTH, lines=True),
    RunMember(field="tags", structures=_RUN | _BATCH, form=RunForm.TAGS),
    RunMember(field="run_tags", structures=_DEFAULTS | _ROW, form=RunForm.TAGS, merged=True),
    RunMember(field="request_id", structures=_RUN | _BATCH, length=limits.REQUEST_ID_LENGTH),
)


@functools.cache
def members_of(structure: Structure) -> dict[str, RunMember]:
    """The members of an object of a request, by their API names, in the order in which they are printed."""
    return {member.api: member for member in RUN_MEMBERS if structure in member.structures}
