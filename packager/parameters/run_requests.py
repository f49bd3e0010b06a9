"""Files that start runs: a StartRun request, a StartRunBatch request, or the rows of a batch, which the service reads from S3.

They are recognised by their members. What each run of a batch sets is its row merged over the defaults, as the service does it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from enum import StrEnum

from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Place
from packager.healthomics.run_request import RUN_MEMBERS, START_RUN, START_RUN_BATCH, RunMember, Structure, members_of
from packager.jsondoc import jsontext
from packager.jsondoc.cursor import keys_at
from packager.jsondoc.jsontext import Json, JsonText, Parts
from packager.parameters.run_parameters import RunParameter, RunParameters, parameters_in, sent_size
from packager.parameters.run_parameters import read as read_run_parameters

PARAMETERS, ENGINE_SETTINGS, PROFILE = "parameters", "engineSettings", "profile"
_DEFAULTS, _SETTINGS, _ROWS, _ROWS_URI = "defaultRunSetting", "batchRunSettings", "inlineSettings", "s3UriSettings"
_ID = "runSettingId"
# Members that hardly any workflow has as parameters.
_OF_RUNS = frozenset({"workflowId", "workflowVersionName", "runId", "roleArn", "outputUri", "parametersUri"})
_OF_BATCHES = frozenset({_DEFAULTS, _SETTINGS})
_LONGEST_GUESS = 1_000_000  # characters of an unfinished file
_MERGED = frozenset(member.api for member in RUN_MEMBERS if member.merged)


class RunFile(StrEnum):
    """What a file that starts runs is; the value names it in messages."""

    RUN = START_RUN
    BATCH = START_RUN_BATCH
    ROWS = "the rows of a batch"


@dataclass(frozen=True, slots=True)
class RequestPart:
    """An object of a request, with the names and indices that lead to it; `label` names its run in messages."""

    structure: Structure
    parts: Parts
    members: Mapping[str, Json]
    label: str = ""

    @property
    def known(self) -> Mapping[str, RunMember]:
        """The members that it may have, by their API names."""
        return members_of(self.structure)


@dataclass(frozen=True, slots=True)
class RunRequest:
    """A file that starts runs, with its places."""

    path: str
    kind: RunFile
    document: JsonText = field(repr=False, compare=False)

    @property
    def members(self) -> Mapping[str, Json]:
        """The members of the request; none if the file is a list of rows."""
        return self.document.value if isinstance(self.document.value, dict) else {}

    @property
    def settings(self) -> Mapping[str, Json]:
        """What every run has: the members of StartRun, or the defaults of a batch."""
        return self.members if self.kind is RunFile.RUN else _object(self.members.get(_DEFAULTS))

    @property
    def profile(self) -> str:
        """The Nextflow profiles that the settings name, separated by commas; empty if there are none."""
        profile = _object(self.settings.get(ENGINE_SETTINGS)).get(PROFILE)
        return profile if isinstance(profile, str) else ""

    @property
    def rows(self) -> tuple[RequestPart, ...]:
        """The runs of a batch that are in the file."""
        inline = _object(self.members.get(_SETTINGS)).get(_ROWS)
        value, parts = (self.document.value, ()) if self.kind is RunFile.ROWS else (inline, (_SETTINGS, _ROWS))
        rows = [
            (number, row)
            for number, row in enumerate(value if isinstance(value, list) else ())
            if isinstance(row, dict)
        ]
        known = Counter(str(row.get(_ID)) for _, row in rows)
        return tuple(
            RequestPart(Structure.ROW, (*parts, number), row, _row_label(number, row.get(_ID), known))
            for number, row in rows
        )

    @property
    def repeats_a_run(self) -> bool:
        """Whether it is a copy of an earlier run, with the parameters of that run where it sets none."""
        return self.kind is RunFile.RUN and "runId" in self.members

    @property
    def is_elsewhere(self) -> bool:
        """Whether parameters or rows are in a file on S3."""
        return "parametersUri" in self.members or _ROWS_URI in _object(self.members.get(_SETTINGS))

    def objects(self) -> Iterator[RequestPart]:
        """The objects of the request whose members the API defines, in the order of the file."""
        if self.kind is RunFile.RUN:
            yield RequestPart(Structure.RUN, (), self.members)
        elif self.kind is RunFile.BATCH:
            yield RequestPart(Structure.BATCH, (), self.members)
            for structure, name in ((Structure.DEFAULTS, _DEFAULTS), (Structure.SETTINGS, _SETTINGS)):
                inner = self.members.get(name)
                if isinstance(inner, dict):
                    yield RequestPart(structure, (name,), inner)
        yield from self.rows

    def place(self, parts: Parts, *, key: bool = False) -> Place:
        """The place of a value of the file, or of its key."""
        return Place(self.path, *self.document.place(parts, key=key))

    def is_in(self, part: RequestPart, place: Place) -> bool:
        """Whether a place is in an object of the request."""
        start, end = self.document.span(part.parts)
        return place.path == self.path and start <= (place.line, place.column) < end

    def run_parameters(self) -> RunParameters | None:
        """The parameters of StartRun; None if they are in a file on S3, or are not an object."""
        if self.kind is not RunFile.RUN or (PARAMETERS not in self.members and self.is_elsewhere):
            return None
        text = self.document.part(PARAMETERS)
        if text is None:
            return RunParameters(self.path, 0, (), self.document.empty(()), sent=True)
        return parameters_in(self.path, text) if isinstance(text.value, dict) else None

    def row_parameters(self) -> Iterator[tuple[RequestPart, RunParameters]]:
        """The parameters of each run of a batch, merged over the defaults, each at its place in the file."""
        defaults = _object(self.settings.get(PARAMETERS))
        shared = {name: self._parameter(name, value, (_DEFAULTS, PARAMETERS)) for name, value in defaults.items()}
        default_text = self.document.at((_DEFAULTS, PARAMETERS)) if defaults else None
        for row in self.rows:
            own = _object(row.members.get(PARAMETERS))
            parts = (*row.parts, PARAMETERS)
            run = shared | {name: self._parameter(name, value, parts) for name, value in own.items()}
            values = {name: parameter.value for name, parameter in run.items()}
            text = (self.document.at(parts) if own else None) or self.document.empty(row.parts)
            yield (
                row,
                RunParameters(
                    self.path,
                    sent_size(values),
                    tuple(run.values()),
                    text,
                    defaults=default_text,
                    sent=True,
                    batch=True,
                ),
            )

    def _parameter(self, name: str, value: Json, parts: Parts) -> RunParameter:
        """A parameter of an object of the request; its place is that of its name."""
        return RunParameter(name, self.place((*parts, name), key=True), value)


def merged(defaults: Mapping[str, Json], row: Mapping[str, Json]) -> dict[str, Json]:
    """The settings of one run of a batch: those of its row replace the defaults, and parameters and tags are merged by name."""
    both = {name: {**_object(defaults.get(name)), **_object(row.get(name))} for name in _MERGED & {*defaults, *row}}
    return {**defaults, **row, **both}


def _row_label(number: int, identifier: Json, known: Mapping[str, int]) -> str:
    """How messages name a run: by its ID, or by its number if that is not its own."""
    unique = isinstance(identifier, str) and known[identifier] == 1
    return f"run `{identifier}`" if unique else f"run {number + 1}"


def _object(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def recognise(value: Json) -> RunFile | None:
    """What starts runs, by its members; None for the parameters of a run, or anything else."""
    if isinstance(value, list):
        return RunFile.ROWS if value and all(isinstance(row, dict) and _ID in row for row in value) else None
    return _recognise_names(_object(value).keys())


def guess(text: str) -> RunFile | None:
    """What a JSON text that may be unfinished starts, by its members; None if it does not start runs."""
    start = text.lstrip(f"{jsontext.BYTE_ORDER_MARK}{jsontext.WHITE}")[:1]
    if len(text) > _LONGEST_GUESS or not any(f'"{name}"' in text for name in (_ID, *_OF_RUNS, *_OF_BATCHES)):
        return None
    if start == "[":
        return RunFile.ROWS if f'"{_ID}"' in text else None
    return _recognise_names(frozenset(keys_at(text)))


def _recognise_names(names: Set[str]) -> RunFile | None:
    """What an object with these members starts."""
    if names & _OF_BATCHES:
        return RunFile.BATCH
    telling = names & _OF_RUNS
    if len(telling) > 1 or (telling and names <= members_of(Structure.RUN).keys()):
        return RunFile.RUN
    return None


def read(path: str, content: bytes) -> RunRequest | None:
    """A file that starts runs; None if it is not one."""
    parsed = jsontext.read(content)
    if isinstance(parsed, jsontext.JsonError):
        return None
    kind = recognise(parsed.value)
    return RunRequest(path, kind, parsed) if kind is not None else None


def read_parameters(path: str, content: bytes) -> tuple[RunParameters | None, tuple[Diagnostic, ...]]:
    """The parameters of one run: a file of them, or those of a StartRun request; and what is wrong with its form (TPL023)."""
    request = read(path, content)
    if request is None:
        return read_run_parameters(path, content)
    if request.kind is RunFile.RUN:
        return request.run_parameters(), ()
    message = "expected the parameters of one run, got a batch of runs"
    hint = f"check a batch with `packager inputs PATH --check {path}`"
    return None, (finding("TPL023", message, path=path, line=1, column=1, hint=hint),)
