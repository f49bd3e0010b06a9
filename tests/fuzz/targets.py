"""What is fuzzed: for each reader its seeds, how they are mutated, and what is done with a mutated input."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random

from fuzz import laws
from fuzz.mutation import Mutate, mutated_bytes, mutated_json, mutated_tokens, mutated_zip
from packager.cli import cli_input
from packager.emulator import protocol, validation
from packager.emulator.errors import ApiError
from packager.errors import PackagerError
from packager.findings import baseline
from packager.healthomics import status_messages
from packager.images import registry_map
from packager.jsondoc import jsontext
from packager.parameters import run_parameters, run_requests, template
from packager.project import config
from packager.rules import Facts, Subject
from packager.rules.run import run as run_rules
from packager.text import inert
from packager.vendor.lock import LockError, read_lock

ROOT = Path(__file__).parent.parent.parent
WORKFLOWS = ROOT / "fixtures" / "workflows"
SUFFIXES = {"wdl": (".wdl",), "nextflow": (".nf", ".config"), "cwl": (".cwl",), "schema": ("nextflow_schema.json",)}


@dataclass(frozen=True, slots=True)
class Target:
    """A reader; `seeds` are its names and contents, `check` raises if a law is broken."""

    name: str
    seeds: tuple[tuple[str, bytes], ...]
    mutate: Mutate
    check: Callable[[Random, str, bytes], None]


def _seeds_of(kind: str) -> tuple[tuple[str, bytes], ...]:
    """Each file of our fixtures with one of these endings: its path in the fixtures, and its bytes."""
    files = (file for file in sorted(WORKFLOWS.rglob("*")) if file.name.endswith(SUFFIXES[kind]) and file.is_file())
    return tuple((file.relative_to(WORKFLOWS).as_posix(), file.read_bytes()) for file in files)


@contextmanager
def _fixture_with(seed: str, content: bytes) -> Iterator[Path]:
    """A copy of the fixture to which a file belongs, with other content of that file."""
    fixture, _, inside = seed.partition("/")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "workflow"
        shutil.copytree(WORKFLOWS / fixture, copy)
        (copy / inside).write_bytes(content)
        yield copy


# The dear laws are checked for one input in so many.
_DEAR = (
    (laws.check_cache, 10),
    (laws.check_zip, 5),
    (laws.check_fixes, 5),
    (laws.check_order, 10),
    (laws.check_hash_seed, 100),
)


def _check_workflow(random: Random, seed: str, content: bytes) -> None:
    also = [law for law, one_in in _DEAR if random.randrange(one_in) == 0]
    with _fixture_with(seed, content) as folder:
        laws.check_workflow(folder, also)


def _check_zip(_random: Random, _seed: str, content: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "workflow.zip"
        path.write_bytes(content)
        laws.check_workflow(path)


def _reads(
    read: Callable[[bytes], object], *, allowed: type[Exception] = PackagerError
) -> Callable[[Random, str, bytes], None]:
    """A check that a reader answers or refuses, the same each time, and that what it says about the input is inert."""

    def answer(content: bytes) -> str:
        try:
            return repr(read(content))
        except allowed as error:
            laws.require(str(error) == inert(str(error)) or "\n" in str(error), "a refusal is inert text")
            return f"{type(error).__name__}: {error}"

    def check(_random: Random, _seed: str, content: bytes) -> None:
        laws.require(answer(content) == answer(content), "the answer depends on the input alone")

    return check


def _on_disk(name: str, read: Callable[[Path], object]) -> Callable[[bytes], object]:
    def of_bytes(content: bytes) -> object:
        folder = Path(tempfile.gettempdir()) / f"packager-fuzz-{os.getpid()}"
        folder.mkdir(exist_ok=True)
        path = folder / name
        path.write_bytes(content)
        return read(path)

    return of_bytes


def _status(content: bytes) -> object:
    text = content.decode("utf-8", "replace")
    found = [status_messages.read(text, status=status, engine="WDL") for status in ("FAILED", "ACTIVE")]
    laws.require(found[0], "a failure has a finding")
    for finding in (*found[0], *found[1]):
        laws.require(finding.line >= 0, "lines are counted from 1")
    return found


def _emulated(content: bytes) -> object:
    line, _, body = content.partition(b"\n")
    method, _, target = line.decode("latin-1").partition(" ")
    call = protocol.route(method, target)
    return validation.validate(call.operation, protocol.read_members(call, body))


def _run_request(content: bytes) -> object:
    """What starts runs: the findings about its members, and the parameters of each run."""
    request = run_requests.read("run.json", content)
    if request is None:
        return None
    report = run_rules(Facts(run_request=request), {Subject.RUN_REQUEST})
    laws.require(all(finding.code != "INT001" for finding in report.diagnostics), "no rule fails")
    return report, request.run_parameters(), tuple(request.row_parameters())


def _json_round_trip(content: bytes) -> object:
    found = jsontext.read(content)
    if isinstance(found, jsontext.JsonError):
        return repr(found)
    laws.require(json.loads(content.decode("utf-8-sig")) == found.value, "the value is that of the json module")
    return repr(found.value)


@cache
def _zip_seeds() -> tuple[tuple[str, bytes], ...]:
    seeds = []
    for name in ("wdl-variants", "nextflow-modules", "cwl-records"):
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "workflow.zip"
            with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                for file in sorted((WORKFLOWS / name).rglob("*")):
                    if file.is_file():
                        archive.write(file, file.relative_to(WORKFLOWS / name))
            seeds.append((name, path.read_bytes()))
    return tuple(seeds)


_MAP = (WORKFLOWS / "wdl-variants" / "container-registry-map.json").read_bytes()
_TEMPLATE = b'{"reads": {"description": "the reads", "optional": false}, "n": {}}'
_RUN = b'{"variants.reads": ["s3://bucket/a"], "variants.n": 3, "x": {"y": [1.5, null]}}'
_BATCH = (ROOT / "fixtures" / "run-parameters" / "wdl-variants-batch.json").read_bytes()
_START_RUN = json.dumps({**json.loads(_BATCH)["defaultRunSetting"], "tags": {"a": "b"}}).encode()
_BASELINE = b'{"schemaVersion": "1", "findings": [{"path": "main.wdl", "code": "IMG001", "subject": "a", "count": 2}]}'
_LOCK = json.dumps(
    {
        "schemaVersion": "1",
        "files": [{"url": "https://example.com/a.wdl", "path": "vendor/a.wdl", "sha256": "0" * 64, "size": 3}],
    }
).encode()
_TOML = b"""[workflow.a]
path = "main.wdl"
engine = "WDL"
[target.dev]
account = "111122223333"
region = "us-east-1"
tags = { team = "x" }
[lint]
ignore = ["IMG001"]
severity = { RES001 = "error" }
"""
_CLI_INPUT = json.dumps(
    {
        "name": "a",
        "engine": "WDL",
        "main": "main.wdl",
        "tags": {"a": "b"},
        "parameterTemplate": {"a": {}},
        "storageCapacity": 1200,
    }
).encode()
_STATUS = (
    b"Workflow processing failed: main.wdl (Ln 3 Col 5) Unknown type Foo\n    call x\n    ^",
    b'{"errors": [{"filename": "main.nf", "startLine": 3, "startColumn": 1, "message": "Unexpected input"}], "summary": {"errors": 1}}',
)
_REQUESTS = (
    b"POST /workflow\n" + json.dumps({"requestId": "1", "name": "a", "definitionZip": "UEsFBg=="}).encode(),
    b"GET /workflow?maxResults=10&startingToken=2\n",
    b"POST /workflow/123/version\n" + json.dumps({"requestId": "1", "versionName": "v1", "tags": {"a": "b"}}).encode(),
    b"DELETE /tags/arn%3Aaws%3Aomics?tagKeys=a&tagKeys=b\n",
)


@cache
def targets() -> dict[str, Target]:
    """Every target by its name."""
    workflow_kinds = {"wdl": "wdl", "nextflow": "nextflow", "cwl": "cwl"}
    found = [
        Target(kind, _seeds_of(kind), mutated_tokens(language), _check_workflow)
        for kind, language in workflow_kinds.items()
    ]
    found += [
        Target("nextflow-schema", _seeds_of("schema"), mutated_json, _check_workflow),
        Target("zip", _zip_seeds(), mutated_zip, _check_zip),
        _reader("json", (_MAP, _TEMPLATE, _RUN), mutated_json, _json_round_trip),
        _reader("registry-map", (_MAP,), mutated_json, lambda content: registry_map.read("map.json", content)),
        _reader("template", (_TEMPLATE,), mutated_json, lambda content: template.read("template.json", content)),
        _reader("run-parameters", (_RUN,), mutated_json, lambda content: run_parameters.read("run.json", content)),
        _reader("run-request", (_BATCH, _START_RUN), mutated_json, _run_request),
        _reader("baseline", (_BASELINE,), mutated_json, lambda content: baseline.read("baseline.json", content)),
        Target("lock", (("", _LOCK),), mutated_json, _reads(read_lock, allowed=LockError)),
        _reader("toml", (_TOML,), mutated_tokens(""), _on_disk("packager.toml", config.load)),
        _reader(
            "cli-input-json",
            (_CLI_INPUT,),
            mutated_json,
            _on_disk("input.json", lambda path: cli_input.read(str(path))),
        ),
        _reader(
            "cli-input-yaml",
            (_CLI_INPUT,),
            mutated_tokens("cwl"),
            _on_disk("input.yaml", lambda path: cli_input.read(str(path))),
        ),
        _reader("status", _STATUS, mutated_bytes, _status),
        Target("emulator", tuple(("", seed) for seed in _REQUESTS), mutated_bytes, _reads(_emulated, allowed=ApiError)),
    ]
    return {target.name: target for target in found}


def _reader(name: str, seeds: tuple[bytes, ...], mutate: Mutate, read: Callable[[bytes], object]) -> Target:
    return Target(name, tuple(("", seed) for seed in seeds), mutate, _reads(read))
