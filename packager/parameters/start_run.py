"""StartRun and StartRunBatch requests to fill in: what is known, and placeholders that `inputs --check` finds again for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from packager.healthomics import limits
from packager.healthomics.run_request import Structure, members_of
from packager.jsondoc.jsontext import Json, canonical_json

_PLACEHOLDERS: Mapping[str, Json] = {
    "workflowId": "<workflow ID>",
    "workflowVersionName": "<version name>",
    "roleArn": "<ARN of the run's role>",
    "outputUri": "s3://BUCKET/PATH/TO/OUTPUTS/",
}
_FOLDER = "s3://BUCKET/PATH/TO/"
_ROW_ID = "<ID of the run>"


@dataclass(frozen=True, slots=True)
class RowParameters:
    """The parameters of a run of a batch; `identifier` is its `runSettingId`."""

    identifier: str
    parameters: Mapping[str, Json]


def start_run(
    settings: Mapping[str, Json], parameters: Mapping[str, Json] | None, *, default_version: bool = False
) -> dict[str, Json]:
    """A StartRun request with these settings, by their API names; `parameters` is None if the settings name a file of them.

    `default_version`: the run is of the workflow as it was created first, which has no version name.
    """
    members = _settings(settings, default_version=default_version)
    if parameters is not None:
        members["parameters"] = dict(parameters)
    return _in_order(members, Structure.RUN)


def start_run_batch(
    settings: Mapping[str, Json],
    shared: Mapping[str, Json],
    rows: Sequence[RowParameters],
    *,
    default_version: bool = False,
    rows_uri: str | None = None,
) -> dict[str, Json]:
    """A StartRunBatch request: `settings` and the parameters that all runs share, and the runs, or the URI of a file with them."""
    defaults = _in_order(_settings(settings, default_version=default_version), Structure.DEFAULTS)
    if shared:
        defaults = _in_order({**defaults, "parameters": dict(shared)}, Structure.DEFAULTS)
    runs: dict[str, Json] = {"s3UriSettings": rows_uri} if rows_uri else {"inlineSettings": list(row_settings(rows))}
    batch: dict[str, Json] = {"defaultRunSetting": defaults, "batchRunSettings": runs}
    name = settings.get("name")
    if isinstance(name, str):
        batch["batchName"] = name[: limits.BATCH_NAME_LENGTH[1]]
    return _in_order(batch, Structure.BATCH)


def row_settings(rows: Sequence[RowParameters]) -> list[Json]:
    """The rows of a batch, as in the request or in a file on S3."""
    return [{"runSettingId": row.identifier, "parameters": dict(row.parameters)} for row in rows]


def skeleton_row(parameters: Mapping[str, Json]) -> RowParameters:
    """A row to fill in and to repeat."""
    return RowParameters(_ROW_ID, parameters)


def placeholder_uri(file: str) -> str:
    """The URI of a file that still has to be copied to S3."""
    return _FOLDER + file


def shared_parameters(runs: Sequence[Mapping[str, Json]]) -> dict[str, Json]:
    """The parameters that have the same value in all runs; none of a single run."""
    if len(runs) < 2:
        return {}
    first, *others = runs
    return {
        name: value
        for name, value in first.items()
        if all(name in other and canonical_json(other[name]) == canonical_json(value) for other in others)
    }


def _settings(settings: Mapping[str, Json], *, default_version: bool) -> dict[str, Json]:
    """The settings of a run with placeholders for what is required and not set, and a storage type.

    Without a storage type the service uses a default about which AWS pages disagree.
    """
    storage = "STATIC" if "storageCapacity" in settings else "DYNAMIC"
    members: dict[str, Json] = {**_PLACEHOLDERS, "storageType": storage, **settings}
    if default_version:
        del members["workflowVersionName"]
    return members


def _in_order(members: Mapping[str, Json], structure: Structure) -> dict[str, Json]:
    """The members in the order of the table."""
    return {name: members[name] for name in members_of(structure) if name in members}
