"""Requests that start runs of a workflow, from what is known of it: its parameters, its profiles, and the record of its submission."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath

from packager.app.loaded import Loaded
from packager.errors import PackagerError
from packager.files import read_file
from packager.healthomics import limits
from packager.healthomics.request import Request
from packager.jsondoc.jsontext import Json
from packager.model.facts import Workflow
from packager.parameters.run_parameters import read as read_parameters
from packager.parameters.run_parameters import sent_size
from packager.parameters.skeleton import make_skeleton
from packager.parameters.start_run import (
    RowParameters,
    placeholder_uri,
    row_settings,
    shared_parameters,
    skeleton_row,
    start_run,
    start_run_batch,
)
from packager.parameters.template import bare_name
from packager.parameters.value_check import has_placeholder
from packager.project import submission_log
from packager.source import MAX_DEFINITION_BYTES
from packager.text import count

_URI = "parametersUri"


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """What a request has besides parameters: `settings` by their API names, and where the workflow and version are known from.

    `record` is the file of submissions. `default_version`: the workflow as it was created first, which has no version name.
    `parameters` are files of run parameters, one for each run.
    """

    settings: Mapping[str, Json] = field(default_factory=dict)
    default_version: bool = False
    record: str | None = None
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PreparedRun:
    """A request to print, and the files that must be on S3: their names, their URIs, and their content if they do not exist yet."""

    request: dict[str, Json]
    uploads: tuple[tuple[str, str], ...] = ()
    rows: list[Json] | None = None

    @property
    def complete(self) -> bool:
        """Whether nothing is left to fill in."""
        return not has_placeholder([self.request, self.rows])


def local_version(loaded: Loaded, options: RunOptions, target: str | None) -> RunOptions:
    """The options with the workflow and version that the record of submissions has for this content.

    Raises:
        PackagerError: it has none.
    """
    if options.record is None:
        return options
    record = submission_log.submission_of(Path(options.record), target, loaded.plan.content_digest)
    version = record.get("versionName")
    known: dict[str, Json] = {"workflowId": str(record["workflowId"])}
    if isinstance(version, str):
        known["workflowVersionName"] = version
    return RunOptions(
        settings={**options.settings, **known},
        default_version=version is None,
        parameters=options.parameters,
    )


def as_request(options: RunOptions) -> Request:
    """The workflow and version that the options name, for comparison with a request."""
    workflow, version = options.settings.get("workflowId"), options.settings.get("workflowVersionName")
    return Request(
        workflow_id=workflow if isinstance(workflow, str) else None,
        version_name=version if isinstance(version, str) else None,
    )


def prepare_run(loaded: Loaded, options: RunOptions, *, every: bool) -> PreparedRun:
    """A StartRun request: with the parameters of a file, or with a skeleton of them (`every`: also of the optional ones).

    Parameters that do not fit into a request are in a file on S3.

    Raises:
        PackagerError: a file cannot be read.
    """
    settings, file = _settings(loaded, options), next(iter(options.parameters), None)
    parameters = (
        _read(file, loaded.workflow)
        if file is not None
        else make_skeleton(loaded.workflow, _names(loaded), every=every)
    )
    uploads: tuple[tuple[str, str], ...] = ()
    if file is not None and (_URI in settings or sent_size(dict(parameters)) > limits.RUN_PARAMETERS_MAX_BYTES):
        uri = settings.setdefault(_URI, placeholder_uri(PurePath(file).name))
        uploads = ((file, str(uri)),)
    inline = None if _URI in settings else parameters
    return PreparedRun(start_run(settings, inline, default_version=options.default_version), uploads)


def prepare_batch(loaded: Loaded, options: RunOptions, *, every: bool, rows_file: str | None) -> PreparedRun:
    """A StartRunBatch request with a run for each file of parameters, or with one to fill in and to repeat.

    What is the same in all files is in the defaults. More runs than a request may have are in `rows_file`, which must be on S3.

    Raises:
        PackagerError: a file cannot be read, or there are too many runs and no file for them.
    """
    settings, default_version = _settings(loaded, options), options.default_version
    if _URI in settings:
        raise PackagerError("the runs of a batch have no `parametersUri`", "omit `--parameters-uri`")
    if not options.parameters:
        required = make_skeleton(loaded.workflow, _names(loaded))
        optional = make_skeleton(loaded.workflow, _names(loaded), every=True) if every else {}
        shared = {name: value for name, value in optional.items() if name not in required}
        return PreparedRun(start_run_batch(settings, shared, [skeleton_row(required)], default_version=default_version))
    runs = {name: _read(file, loaded.workflow) for name, file in _identifiers(options.parameters).items()}
    shared = shared_parameters(list(runs.values()))
    rows = [
        RowParameters(name, {key: value for key, value in run.items() if key not in shared})
        for name, run in runs.items()
    ]
    if len(rows) <= limits.RUN_ROWS[1]:
        return PreparedRun(start_run_batch(settings, shared, rows, default_version=default_version))
    if rows_file is None:
        most = limits.RUN_ROWS[1]
        raise PackagerError(
            f"{count(len(rows), 'run')} do not fit into a request, which has at most {most}",
            "use `-o FILE`: the rows are then in a file of their own, for S3",
        )
    uri = placeholder_uri(PurePath(rows_file).name)
    request = start_run_batch(settings, shared, rows, default_version=default_version, rows_uri=uri)
    return PreparedRun(request, ((rows_file, uri),), row_settings(rows))


def _names(loaded: Loaded) -> set[str]:
    return {name for name, _ in loaded.parameters.parameters}


def _settings(loaded: Loaded, options: RunOptions) -> dict[str, Json]:
    profiles: dict[str, Json] = {"engineSettings": {"profile": ",".join(loaded.profiles)}} if loaded.profiles else {}
    return {**options.settings, **profiles}


def _read(file: str, workflow: Workflow) -> dict[str, Json]:
    """The run parameters in a file, by the names of the inputs, without the workflow's name as a prefix.

    Raises:
        PackagerError: it cannot be read, or is not a JSON object with unique names.
    """
    run, faults = read_parameters(file, read_file(Path(file), MAX_DEFINITION_BYTES))
    if run is None or faults:
        fault = faults[0]
        raise PackagerError(f"{fault.path}:{fault.line}:{fault.column}: {fault.message}", fault.hint)
    names = {parameter.name: bare_name(parameter.name, workflow) or parameter.name for parameter in run.parameters}
    counted = Counter(names.values())  # an input that occurs with and without the prefix stays as it is, for the check
    return {names[each.name] if counted[names[each.name]] == 1 else each.name: each.value for each in run.parameters}


def _identifiers(files: Sequence[str]) -> dict[str, str]:
    """The files by a unique name for each: the file's own without its extension, with its folder or a number where that is not unique."""
    longest = limits.RUN_SETTING_ID_LENGTH[1] - len(str(len(files))) - 1
    stems = [PurePath(file).stem[:longest] for file in files]
    if len(set(stems)) < len(stems):
        stems = [PurePath(file).with_suffix("").as_posix()[-longest:] for file in files]
    named: dict[str, str] = {}
    for number, (stem, file) in enumerate(zip(stems, files, strict=True), 1):
        named[stem if stem not in named else f"{stem}-{number}"] = file
    return named
