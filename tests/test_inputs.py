"""Run parameters: skeletons, schemas and checks, for the three engines."""

# ruff: noqa: E501 - a finding stands on one line here, as it does in the report

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from conftest import ROOT, WORKFLOWS, Cli, Golden
from hypothesis import given, settings
from hypothesis import strategies as st
from samples import examples

from packager.findings.diagnostic import Place
from packager.jsondoc.schemas import violations
from packager.model import value_types
from packager.model.facts import Engine, Input, Workflow
from packager.model.value_types import ValueKind, ValueType
from packager.parameters.json_schema import make_schema as schema_of
from packager.parameters.skeleton import make_skeleton
from packager.parameters.value_check import FaultKind, check_value

Files = Callable[[dict[str, str | bytes]], Path]
WDL = """version 1.1

import "types.wdl" alias Reads as Pairs

struct Sample {
    String id
    Pairs reads
    Int? lane
}

workflow w {
    input {
        Array[Sample]+ samples
        Map[String, Pair[Int, File]] index
        File reference
        Directory? cache
        Int threads = 4
        Float fraction = 0.5
        String name = "x"
        Boolean? keep
        String note = "at ~{name}"
    }
    output { Int n = length(samples) }
}
"""
TYPES = "version 1.1\nstruct Reads {\n    File first\n    File? second\n}\n"
GOOD: dict[str, Any] = {
    "samples": [{"id": "s1", "reads": {"first": "s3://lab-data/1.fq"}}],
    "index": {"a": {"Left": 1, "RIGHT": "omics://1/readSet/2"}},
    "reference": "s3://lab-data/ref.fa",
}


@pytest.fixture
def check(cli: Cli, files: Files) -> Callable[..., list[str]]:
    """What `--check` says of parameters: code, severity, line and message of each finding."""

    def run(parameters: Any, sources: dict[str, str | bytes] | None = None, main: str = "main.wdl") -> list[str]:
        folder = files(sources or {"main.wdl": WDL, "types.wdl": TYPES})
        text = parameters if isinstance(parameters, str) else json.dumps(parameters, indent=1)
        (folder / "run.json").write_text(text)
        done = cli("inputs", folder / main, "--check", folder / "run.json", "--format", "json")
        assert done.code in (0, 1), done.err
        assert violations("report", done.json) == ()
        assert done.code == int(any(one["severity"] == "error" for one in done.json["diagnostics"]))
        return [f"{one['code']} {one['severity']} {one['line']} {one['message']}" for one in done.json["diagnostics"]]

    return run


def test_what_is_right_is_met_with_silence(check: Callable[..., list[str]]) -> None:
    assert check(GOOD) == []
    full = GOOD | {
        "cache": "s3://lab-data/cache/", "threads": 8, "fraction": 1, "name": "y", "keep": None, "note": "any <b>text</b> at all",
        "samples": [{"id": "s1", "reads": {"first": "s3://lab-data/1.fq", "second": None}, "lane": 3}],
    }  # fmt: skip
    assert check(full) == []


@pytest.mark.parametrize(
    ("change", "finding"),
    [
        ({"threads": "8"}, "TPL025 warning `threads`: expected an integer, got the string `8`"),
        ({"threads": 8.0}, "TPL025 warning `threads`: expected an integer, got the number 8.0"),
        ({"threads": 8.5}, "TPL024 error `threads`: expected an integer, got the number 8.5"),
        ({"threads": True}, "TPL024 error `threads`: expected an integer, got true"),
        ({"threads": None}, "TPL024 error `threads`: expected an integer, got null"),
        ({"keep": "true"}, "TPL025 warning `keep`: expected true or false, got the string `true`"),
        ({"keep": 1}, "TPL024 error `keep`: expected true or false, got the number 1"),
        ({"name": 5}, "TPL025 warning `name`: expected a string, got the number 5"),
        ({"name": ["x"]}, "TPL024 error `name`: expected a string, got a list"),
        ({"fraction": "half"}, "TPL024 error `fraction`: expected a number, got the string `half`"),
        ({"samples": []}, "TPL024 error `samples`: the list is empty, expected at least one element"),
        ({"samples": {}}, "TPL024 error `samples`: expected a list of objects, got an object"),
        ({"samples": ['{"id": 1}']}, 'TPL026 error `samples[0]`: expected a `Sample` object, got the string `{"id": 1}`'),
        ({"samples": [{"id": "a"}]}, "TPL026 error `samples[0]`: the member `reads` of `Sample` is missing"),
        (
            {"samples": [{"id": "a", "reads": {"first": "s3://d/x", "Second": None}}]},
            "TPL026 error `samples[0].reads.Second`: `Second` is not a member of `Pairs`",
        ),
        ({"index": {"a": [1, "s3://d/x"]}}, "TPL024 error `index.a`: expected an object with `left` and `right`, got a list"),
        ({"index": {"a": {"left": "x", "right": "s3://d/x"}}}, "TPL024 error `index.a.left`: expected an integer, got the string `x`"),
        ({"reference": "/data/ref.fa"}, "TPL027 error `reference`: the string `/data/ref.fa` is a local path, which a run cannot read"),
        ({"reference": "file:///r.fa"}, "TPL027 error `reference`: the string `file:///r.fa` is a local path, which a run cannot read"),
        ({"reference": "https://e.org/r.fa"}, "TPL027 error `reference`: the string `https://e.org/r.fa` is not on S3 or in HealthOmics storage"),
        ({"reference": "gs://d/r.fa"}, "TPL027 error `reference`: the string `gs://d/r.fa` is not on S3 or in HealthOmics storage"),
        ({"reference": "s3://d/r/"}, "TPL027 error `reference`: expected a file, but the string `s3://d/r/` is a folder"),
        ({"cache": "s3://d/r"}, "TPL027 error `cache`: expected a folder, but the string `s3://d/r` does not end in `/`"),
        ({"reference": " s3://d/r.fa"}, "TPL028 warning `reference`: the string ` s3://d/r.fa` starts or ends with a space"),
        ({"reference": "s3://BUCKET/PATH/TO/r"}, "TPL029 error `reference`: the string `s3://BUCKET/PATH/TO/r` is still a placeholder"),
        ({"reference": "s3://your-bucket/r"}, "TPL029 error `reference`: the string `s3://your-bucket/r` is still a placeholder"),
        ({"name": "<name>"}, "TPL029 error `name`: the string `<name>` is still a placeholder"),
        ({"name": "TODO"}, "TPL029 error `name`: the string `TODO` is still a placeholder"),
        ({"nmae": "x"}, "TPL011 error `nmae` is not a parameter of the workflow"),
        ({"w.threads": "4"}, "TPL025 warning `w.threads`: expected an integer, got the string `4`"),
    ],
)  # fmt: skip
def test_one_thing_that_is_wrong(check: Callable[..., list[str]], change: dict[str, Any], finding: str) -> None:
    code, severity, message = finding.split(" ", 2)
    found = [one for one in check(GOOD | change) if not one.startswith("TPL010")]
    assert len(found) == 1, found
    assert found[0].startswith(f"{code} {severity} ")
    assert found[0].endswith(message)


def test_places_lead_to_the_value_and_everything_is_said_at_once(check: Callable[..., list[str]]) -> None:
    text = """{
  "samples": [
    {"id": 5, "reads": {"first": "/x"}}
  ],
  "index": {},
  "threads": "4"
}"""
    assert check(text) == [
        "TPL012 error 1 the required parameter `reference` has no value",
        "TPL025 warning 3 `samples[0].id`: expected a string, got the number 5",
        "TPL027 error 3 `samples[0].reads.first`: the string `/x` is a local path, which a run cannot read",
        "TPL025 warning 6 `threads`: expected an integer, got the string `4`",
    ]


CWL = """cwlVersion: v1.2
class: Workflow
requirements:
  SchemaDefRequirement:
    types:
      - name: strand
        type: enum
        symbols: [strand/forward, strand/reverse]
inputs:
  sample:
    type:
      type: record
      name: sample
      fields:
        id: string
        reads: {type: {type: array, items: File}}
        strand: "#strand?"
  either: [int, string]
  many: File[]?
  name: {type: string, default: x}
outputs: []
steps: []
"""


def test_cwl(check: Callable[..., list[str]]) -> None:
    sources: dict[str, str | bytes] = {"main.cwl": CWL}
    good = {
        "sample": {"id": "a", "reads": [{"class": "File", "location": "s3://d/x"}, "s3://d/y"], "strand": "forward"},
        "either": 4,
    }
    assert check(good, sources, "main.cwl") == []
    bad = {
        "sample": {"id": "a", "reads": {"class": "File", "location": "s3://d/x"}, "strand": "both"}, "either": [1],
        "many": [{"class": "File", "path": "reads.fq", "secondaryFiles": [{"class": "File", "location": "https://e.org/x"}]}],
    }  # fmt: skip
    assert [one.split(" ", 3)[0::3] for one in check(bad, sources, "main.cwl")] == [
        ["TPL024", "`sample.reads`: expected a list of files, got an object"],
        ["TPL024", "`sample.strand`: expected one of `forward`, `reverse`, got the string `both`"],
        ["TPL024", "`either`: expected an integer or a string, got a list"],
        ["TPL027", "`many[0].path`: the string `reads.fq` is a local path, which a run cannot read"],
        [
            "TPL027",
            "`many[0].secondaryFiles[0].location`: the string `https://e.org/x` is not on S3 or in HealthOmics storage",
        ],
    ]


NEXTFLOW: dict[str, str | bytes] = {
    "main.nf": "workflow {\n  println params.input\n}\n",
    "nextflow.config": "params.input = null\nparams.outdir = null\nparams.cpus = 4\nparams.save = false\n",
    "nextflow_schema.json": json.dumps({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "properties": {
            "input": {"type": "string", "format": "file-path", "pattern": "^\\S+\\.csv$", "description": "Samples"},
            "outdir": {"type": "string", "format": "directory-path"},
            "cpus": {"type": "integer", "minimum": 1, "maximum": 16},
            "mode": {"type": "string", "enum": ["fast", "slow"]},
            "ids": {"type": ["string", "integer"]},
        },
        "required": ["input", "outdir"],
    }),
}  # fmt: skip


def test_nextflow(check: Callable[..., list[str]]) -> None:
    good = {
        "input": "s3://d/x.csv",
        "outdir": "/mnt/workflow/pubdir",
        "cpus": 4,
        "mode": "fast",
        "ids": 5,
        "save": True,
    }
    assert check(good, NEXTFLOW, "main.nf") == []
    bad = {"input": "s3://d/x.tsv", "outdir": "results", "cpus": 99, "mode": "quick", "ids": True, "save": "yes"}
    assert [one.split(" ", 3)[0::3] for one in check(bad, NEXTFLOW, "main.nf")] == [
        ["TPL024", "`input`: the string `s3://d/x.tsv` does not match `^\\S+\\.csv$`"],
        ["TPL030", "`outdir` is `results`, which is not exported"],
        ["TPL024", "`cpus`: 99 is more than the schema's maximum of 16"],
        ["TPL024", "`mode`: expected one of `fast`, `slow`, got the string `quick`"],
        ["TPL024", "`ids`: expected a string or an integer, got true"],
    ]


def test_false_may_stand_for_nothing(check: Callable[..., list[str]]) -> None:
    """Older pipelines of nf-core switch a text off with `false`."""
    schema = {
        "$schema": "http://json-schema.org/draft-07/schema",
        "properties": {"email": {"type": "string"}, "name": {"type": "string"}},
    }
    sources: dict[str, str | bytes] = {
        "main.nf": "workflow {}\n", "nextflow.config": "params.email = false\nparams.name = 'x'\n", "nextflow_schema.json": json.dumps(schema),
    }  # fmt: skip
    assert check({"email": False, "name": None}, sources, "main.nf") == []
    assert check({"email": "a@example.org"}, sources, "main.nf") == []
    assert len(check({"email": 5, "name": False}, sources, "main.nf")) == 2


def test_the_skeleton_has_the_extension_that_the_schema_wants(cli: Cli, files: Files) -> None:
    made = cli("inputs", files(NEXTFLOW)).json
    assert made == {"input": "s3://BUCKET/PATH/TO/input.csv", "outdir": "/mnt/workflow/pubdir"}


def test_what_the_values_of_real_runs_look_like(check: Callable[..., list[str]]) -> None:
    for name in ("<NON_REF>", "<DEL>", "XXX", "chr1:1-100 (optional)", "a/path/to/x"):
        assert check(GOOD | {"name": name}) == [], name
    assert [one.split()[0] for one in check(GOOD | {"name": "Array[File]? (optional)", "note": "${projectDir}/x"})] == [
        "TPL029",
        "TPL029",
    ]
    huge = "1" * 400
    assert check(json.dumps(GOOD | {"threads": 0}).replace('"threads": 0', f'"threads": {huge}')) == []
    assert [one.split()[0] for one in check(GOOD | {"reference": ""})] == ["TPL027"]


def test_results_of_nextflow_go_where_they_are_exported(check: Callable[..., list[str]]) -> None:
    for outdir, codes in (("/mnt/workflow/pubdir/x", []), ("s3://lab/results/", ["TPL030"]), ("./results", ["TPL030"])):
        assert [
            one.split()[0] for one in check({"input": "s3://d/x.csv", "outdir": outdir}, NEXTFLOW, "main.nf")
        ] == codes


def test_a_type_that_is_not_known_is_said_to_be_unchecked(cli: Cli, files: Files) -> None:
    folder = files({**NEXTFLOW, "run.json": '{"input": "s3://d/x.csv", "outdir": "s3://d/", "save": 5}'})
    done = cli("inputs", folder, "--check", folder / "run.json")
    assert done.code == 0
    assert "not checked TPL024: the types of `save` are not known" in done.out


def test_lint_says_the_same(cli: Cli, files: Files) -> None:
    folder = files({"main.wdl": WDL, "types.wdl": TYPES, "run.json": json.dumps(GOOD | {"threads": "4"})})
    done = cli("lint", folder, "--run-parameters", folder / "run.json", "--select", "TPL025", "--format", "json")
    assert done.codes == ["TPL025"]


@pytest.mark.parametrize("name", ["wdl-variants", "cwl-records", "nextflow-modules"])
@pytest.mark.parametrize("words", [(), ("--all",), ("--schema",)])
def test_output_is_the_expected_one(name: str, words: tuple[str, ...], cli: Cli, golden: Golden) -> None:
    done = cli("inputs", WORKFLOWS / name, *words)
    assert done.code == 0, done.err
    golden(ROOT / "fixtures" / "expected" / f"{name}.inputs{''.join(words).replace('--', '-')}.json", done.out)


@pytest.mark.parametrize(
    "name", ["wdl-variants", "cwl-records", "cwl-packed", "nextflow-modules", "nextflow-typed", "nextflow-counts"]
)
def test_a_filled_skeleton_is_right(name: str, cli: Cli, tmp_path: Path) -> None:
    schema = cli("inputs", WORKFLOWS / name, "--schema").json
    jsonschema.Draft202012Validator.check_schema(schema)
    every = cli("inputs", WORKFLOWS / name, "--all").json
    order = [
        *schema.get("required", []),
        *(one for one in schema["properties"] if one not in schema.get("required", [])),
    ]
    assert list(every) == [one for one in order if one in every]  # what only a run works out is left out
    assert set(schema.get("required", [])) <= every.keys()
    run = tmp_path / "run.json"
    for words in ((), ("--all",)):
        text = cli("inputs", WORKFLOWS / name, *words).out
        run.write_text(text)
        unfilled = cli("inputs", WORKFLOWS / name, "--check", run, "--format", "json")
        assert set(unfilled.codes) <= {"TPL027", "TPL029", "IMG001"}
        run.write_text(text.replace("BUCKET/PATH/TO", "lab-data").replace("<text>", "x").replace("<name>", "x"))
        filled = cli("inputs", WORKFLOWS / name, "--check", run, "--format", "json")
        assert set(filled.codes) <= {"TPL027", "IMG001"}, filled.out  # defaults: files of the pipeline, public images
        assert filled.json["summary"]["error"] == 0


def test_stdin_output_and_wrong_use(cli: Cli, files: Files, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import io
    import sys

    folder = files({"main.wdl": WDL, "types.wdl": TYPES})
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(GOOD).encode())))
    assert cli("inputs", folder, "--check", "-").code == 0
    assert cli("inputs", folder, "--all", "--schema").code == 2
    assert cli("inputs", folder, "--check", "absent.json").code == 2
    written = tmp_path / "run.json"
    assert cli("inputs", folder, "-o", written).out == ""
    assert set(json.loads(written.read_text())) == {"samples", "index", "reference"}
    for text in ("", "[]", "{", '{"a": 1, "a": 2}', "\x00"):
        written.write_text(text)
        done = cli("inputs", folder, "--check", written, "--format", "json")
        assert (done.code, "TPL023" in done.codes) == (1, True), text
    written.write_text(json.dumps(GOOD | {"name": "x" * 256_000}))
    large = cli("inputs", folder, "--check", written, "--format", "json")
    (found,) = [one for one in large.json["diagnostics"] if one["code"] == "TPL013"]
    assert (found["severity"], "parametersUri" in found["hint"]) == ("warning", True)


# --- laws ----------------------------------------------------------------------------------------------------------------------

_names = st.text("abcxyz", min_size=1, max_size=3)
_plain = st.sampled_from([value_types.BOOLEAN, value_types.INTEGER, value_types.STRING, value_types.ANY])
_types = st.recursive(
    st.one_of(_plain, st.lists(_names, min_size=1, max_size=3, unique=True).map(lambda names: value_types.enumeration(tuple(names)))),
    lambda inner: st.one_of(
        inner.map(value_types.array),
        inner.map(lambda one: value_types.mapping(value_types.STRING, one)),
        inner.map(ValueType.or_null),
        st.dictionaries(_names, inner, max_size=3).map(lambda members: value_types.struct("S", tuple(members.items()))),
    ),
    max_leaves=6,
)  # fmt: skip
_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), _names),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(_names, inner, max_size=3)),
    max_leaves=8,
)


def _workflow(kind: ValueType) -> Workflow:
    one = Input("x", "", optional=False, default=None, description="", place=Place("main.wdl"), value_type=kind)
    return Workflow(engine=Engine.WDL, main="main.wdl", name="w", language_version="1.1", inputs=(one,))


@given(_types, _values)
@settings(max_examples=examples(150))
def test_the_schema_takes_exactly_what_the_check_takes(kind: ValueType, value: Any) -> None:
    schema = schema_of(_workflow(kind), {"x"})
    jsonschema.Draft202012Validator.check_schema(schema)
    taken = jsonschema.Draft202012Validator(schema).is_valid({"x": value})
    wrong = [
        one for one in check_value(value, kind) if one.kind in (FaultKind.TYPE, FaultKind.CONVERTED, FaultKind.MEMBER)
    ]
    assert taken == (not wrong), wrong


@given(_types)
def test_a_skeleton_fits_its_schema(kind: ValueType) -> None:
    workflow = _workflow(kind)
    made = make_skeleton(workflow, {"x"})
    assert list(made) == ["x"]
    assert not [one for one in check_value(made["x"], kind) if one.kind is not FaultKind.PLACEHOLDER]


@given(
    st.recursive(
        st.one_of(st.none(), st.booleans(), st.floats(allow_nan=False), st.text()),
        lambda one: st.lists(one) | st.dictionaries(st.text(), one),
    )
)
def test_no_value_is_too_odd(value: Any) -> None:
    for kind in ValueKind:
        item = ValueType(ValueKind.FILE)
        wanted = ValueType(
            kind,
            items=(item, item),
            members=(("a", item),),
            choices=("a",),
            limits=(("pattern", '"("'), ("minimum", "1")),
        )
        assert isinstance(list(check_value(value, wanted)), list)


def test_a_choice_is_left_to_the_user(cli: Cli, files: Callable[..., Path], in_folder: Path) -> None:
    properties = {
        "analysis": {"type": "string", "enum": ["targeted", "screening"]},
        "kmer": {"type": "integer", "enum": [21, 31]},
        "build": {"type": "string", "enum": [f"b{number}" for number in range(20)]},
    }
    schema = {"properties": properties, "required": list(properties)}
    folder = files(
        {"main.nf": "workflow {\n  println params.analysis\n}\n", "nextflow_schema.json": json.dumps(schema)}
    )
    skeleton = cli("inputs", folder).json
    assert skeleton == {
        "analysis": "<targeted|screening>",
        "kmer": "<21|31>",
        "build": "<b0|b1|b2|b3|b4|b5|b6|b7|...>",
    }
    (in_folder / "inputs.json").write_text(json.dumps(skeleton))
    checked = cli("inputs", folder, "--check", "inputs.json", "--format", "json")
    assert checked.code == 1
    assert len(checked.json["diagnostics"]) == 3
    assert all("is still a placeholder" in each["message"] for each in checked.json["diagnostics"])
    (in_folder / "inputs.json").write_text('{"analysis": "targeted", "kmer": 21, "build": "b3"}')
    assert cli("inputs", folder, "--check", "inputs.json").code == 0


def test_a_symbol_of_cwl_is_left_to_the_user(cli: Cli, files: Callable[..., Path]) -> None:
    symbols = "inputs: {strand: {type: {type: enum, symbols: [forward, reverse]}}}\n"
    folder = files({"main.cwl": f"cwlVersion: v1.2\nclass: Workflow\n{symbols}outputs: {{}}\nsteps: {{}}\n"})
    assert cli("inputs", folder).json == {"strand": "<forward|reverse>"}
