"""The facts of CWL definitions, from outside: what `read` says of files on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from packager.cache import NO_CACHE, Cache
from packager.engines.cwl import read
from packager.model.facts import ImageStatus, Role, Workflow
from packager.source import open_directory

TOOL = "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: ls\ninputs: []\noutputs: []\n"
HEAD = "cwlVersion: v1.2\nclass: Workflow\n"


def facts(root: Path, files: dict[str, str | bytes], cache: Cache = NO_CACHE) -> Workflow:
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read(open_directory(root, "source"), "main.cwl", cache)


def runs(text: str) -> str:
    return f"{HEAD}inputs: []\noutputs: []\nsteps:\n  s:\n    in: []\n    out: []\n    run: {text}\n"


def test_inputs_and_outputs(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            "types.yml": "- name: sample\n  type: record\n  fields: {reads: File}\n",
            "main.cwl": f"""{HEAD}id: align
requirements:
  SchemaDefRequirement:
    types: [{{$import: types.yml}}]
inputs:
  reads: {{type: "File[]", label: "Reads", doc: "The reads"}}
  name: string?
  yes: {{type: string, default: no}}
  depth: {{type: [int, "null"]}}
  mode: {{type: {{type: enum, symbols: [a, b]}}, default: a}}
  samples: {{type: {{type: array, items: "types.yml#sample"}}, doc: [one, two]}}
  nothing: {{type: int, default: null}}
outputs:
  bam: {{type: File, outputSource: reads}}
steps: []
""",
        },
    )
    inputs = {one.name: one for one in found.inputs}
    assert {name: (one.type, one.optional, one.default) for name, one in inputs.items()} == {
        "reads": ("File[]", False, None),
        "name": ("string?", True, None),
        "yes": ("string", True, '"no"'),
        "depth": ("int?", True, None),
        "mode": ("enum", True, '"a"'),
        "samples": ("sample[]", False, None),
        "nothing": ("int", False, None),
    }
    assert (inputs["reads"].description, inputs["reads"].service_description) == ("The reads", "Reads")
    assert inputs["samples"].description == "one\ntwo"
    assert (inputs["reads"].place.line, inputs["reads"].place.column) == (8, 3)
    assert [(one.name, one.type) for one in found.outputs] == [("bam", "File")]
    assert found.name == "align"
    assert [(file.path, file.role, file.reason) for file in found.files] == [
        ("main.cwl", Role.MAIN, "main"),
        ("types.yml", Role.DEFINITION, "`$import` in `main.cwl` line 6"),
    ]
    assert found.diagnostics == ()
    assert found.complete


def test_images_follow_precedence_and_defaults(tmp_path: Path) -> None:
    def tool(pull: str, field: str = "hints") -> str:
        return f"{TOOL.replace('inputs: []', 'inputs: {image: string?}')}{field}: {{DockerRequirement: {{dockerPull: {pull}}}}}\n"

    steps = "".join(
        f"  {name}: {{run: {name}.cwl, in: {{image: {source}}}, out: []}}\n"
        for name, source in {
            "hinted": "free",
            "own": "free",
            "linked": "chosen",
            "open": "free",
            "fallback": "{source: free, default: step/image:2}",
        }.items()
    )
    found = facts(
        tmp_path,
        {
            "main.cwl": f"{HEAD}requirements: {{DockerRequirement: {{dockerPull: outer}}}}\n"
            f"inputs:\n  free: string?\n  chosen: {{type: string, default: 'q.io/a:1'}}\noutputs: []\nsteps:\n{steps}",
            "hinted.cwl": tool("inner"),
            "own.cwl": tool("inner", "requirements"),
            "linked.cwl": tool("$(inputs.image)", "requirements"),
            "open.cwl": tool("$(inputs.image)", "requirements"),
            "fallback.cwl": tool("\"x/$(inputs['image'])\"", "requirements"),
        },
    )
    images = {
        task.name: (
            task.image.status,
            task.image.reference and str(task.image.reference),
            task.image.depends_on,
        )
        for task in found.tasks
    }
    assert images == {
        "hinted": (ImageStatus.LITERAL, "outer", ()),
        "own": (ImageStatus.LITERAL, "inner", ()),
        "linked": (ImageStatus.RESOLVED, "q.io/a:1", ("chosen",)),
        "open": (ImageStatus.DYNAMIC, None, ("free",)),
        "fallback": (ImageStatus.RESOLVED, "x/step/image:2", ("free",)),
    }


def test_resources_and_features(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            "main.cwl": """cwlVersion: v1.2
class: CommandLineTool
$namespaces: {cwltool: "http://commonwl.org/cwltool#", arv: "http://arvados.org/cwl#"}
$schemas: ["https://example.org/edam.owl"]
baseCommand: ls
requirements:
  cwltool:CUDARequirement: {cudaDeviceCountMin: 2, cudaComputeCapability: nvidia-l4}
  ResourceRequirement: {coresMin: 4, ramMin: 3072, tmpdirMin: $(inputs.x)}
  InlineJavascriptRequirement: {}
hints:
  - class: arv:OutOfMemoryRetry
    memoryRetryMultiplier: 2
inputs: {x: int}
outputs: {o: {type: stdout, format: "https://example.org/edam#bam"}}
"""
        },
    )
    (task,) = found.tasks
    resources = task.resources
    assert [one and one.value for one in (resources.cpu, resources.memory, resources.disk)] == [4, 3.0, None]
    assert resources.disk is not None
    assert resources.disk.text == "$(inputs.x)"
    assert [one and one.value for one in (resources.accelerator_type, resources.accelerator_count)] == ["nvidia-l4", 2]
    assert "ResourceRequirement.coresMin" in {one.name for one in task.attributes}
    assert {(one.name, one.text) for one in found.features} == {
        ("remote-schema", "https://example.org/edam.owl"),
        ("cuda-requirement", "nvidia-l4"),
        ("javascript", "InlineJavascriptRequirement"),
        ("out-of-memory-retry", "2"),
        ("input-without-label", "x"),
    }


def test_packed_document_runs_main(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            "main.cwl": """{"cwlVersion": "v1.2", "$graph": [
 {"class": "ExpressionTool", "id": "#count", "inputs": [], "outputs": [], "expression": "${return {};}"},
 {"class": "Operation", "id": "#later", "inputs": [], "outputs": []},
 {"class": "Workflow", "id": "#main", "inputs": [{"id": "#main/reads", "type": "File"}], "outputs": [],
  "steps": [{"id": "#main/a", "run": "#count", "in": [], "out": []}, {"id": "b", "run": "#later", "in": [], "out": []}]}]}"""
        },
    )
    assert found.name == "main"
    assert [one.name for one in found.inputs] == ["reads"]
    assert [(task.name, task.runs_container, task.image.status) for task in found.tasks] == [
        ("count", False, ImageStatus.NONE)
    ]
    assert ("operation", "later") in {(one.name, one.text) for one in found.features}
    assert found.diagnostics == ()


def test_data_files_belong_to_the_closure(tmp_path: Path) -> None:
    found = facts(
        tmp_path,
        {
            "main.cwl": """cwlVersion: v1.2
class: CommandLineTool
$schemas: [formats.owl]
baseCommand: ls
inputs:
  f: {type: File, default: {class: File, location: "a%20b.txt", secondaryFiles: [{class: File, path: idx}]}}
  d: {type: Directory, default: {class: Directory, location: data}}
  l: {type: File, default: {class: File, basename: x, contents: hello}}
  s: {type: File, default: {class: File, location: "s3://bucket/key"}}
  host: {type: File, default: {class: File, location: "file:///opt/x"}}
  gone: {type: File, default: {class: File, path: gone.txt}}
  v: {type: "File?", "sbg:suggestedValue": {class: File, path: 5f500135e4b0}}
requirements:
  InitialWorkDirRequirement: {listing: [{entryname: s.sh, entry: {$include: s.sh}}]}
outputs: []
""",
            "formats.owl": "",
            "a b.txt": "",
            "idx": "",
            "data/x/1": "",
            "data/2": "",
            "s.sh": "ls",
        },
    )
    data = [file.path for file in found.files if file.role is Role.DATA]
    assert data == ["a b.txt", "data/2", "data/x/1", "formats.owl", "idx", "s.sh"]
    assert [(one.code, one.line) for one in found.diagnostics] == [("CWL007", 10), ("CWL010", 11)]


REFERENCES = {
    "missing": ({"main.cwl": runs("gone.cwl")}, "CWL005", 9, 10),
    "a directory": ({"main.cwl": runs("{$import: sub}"), "sub/x": ""}, "CWL005", 9, 20),
    "absolute": ({"main.cwl": runs("/etc/tool.cwl")}, "CWL007", 9, 10),
    "file URL": ({"main.cwl": runs("file:///etc/tool.cwl")}, "CWL007", 9, 10),
    "remote": ({"main.cwl": runs("https://example.org/t.cwl")}, "CWL006", 9, 10),
    "outside": ({"main.cwl": runs("../outside.cwl")}, "CWL009", 9, 10),
    "outside and missing": ({"main.cwl": runs("../t.cwl")}, "CWL005", 9, 10),
    "itself": ({"main.cwl": runs("main.cwl")}, "CWL008", 9, 10),
    "a circle": ({"main.cwl": runs("{$import: b.yml}"), "b.yml": "$import: main.cwl\n"}, "CWL008", 1, 10),
    "twice": ({"main.cwl": TOOL + "inputs: {}\n"}, "CWL004", 6, 1),
    "no main": ({"main.cwl": "cwlVersion: v1.2\n$graph: []\n"}, "CWL012", 1, 1),
}


@pytest.mark.parametrize("name", REFERENCES)
def test_findings_at_the_referring_line(tmp_path: Path, name: str) -> None:
    files, code, line, column = REFERENCES[name]
    (tmp_path / "outside.cwl").write_text(TOOL)
    (found,) = facts(tmp_path / "source", dict(files)).diagnostics
    assert (found.code, found.line, found.column) == (code, line, column)


def test_a_kept_reading_notices_every_change(tmp_path: Path) -> None:
    root, cache = tmp_path / "source", Cache(tmp_path / "cache")
    before = facts(root, {"main.cwl": runs("t.cwl")}, cache)
    assert [one.code for one in before.diagnostics] == ["CWL005"]
    appeared = facts(root, {"t.cwl": TOOL}, cache)
    assert appeared == facts(root, {}, cache)
    assert [task.name for task in appeared.tasks] == ["t"]
    edited = facts(root, {"t.cwl": TOOL + "id: renamed\n"}, cache)
    assert [task.name for task in edited.tasks] == ["renamed"]
    (root / "t.cwl").unlink()
    assert facts(root, {}, cache) == before


# Secondary files of defaults

DEFAULT = """cwlVersion: v1.2
class: CommandLineTool
baseCommand: "true"
inputs:
  reference:
    type: TYPE
    secondaryFiles: PATTERNS
    default: FILE
outputs: []
"""
FASTA = "{class: File, location: data/ref.fa}"


@pytest.mark.parametrize(
    ("kind", "patterns", "file", "files", "missing"),
    [
        ("File", "[.fai]", FASTA, ["ref.fa", "ref.fa.fai"], []),
        ("File", ".fai", FASTA, ["ref.fa", "ref.fa.fai"], []),
        ("File", "[^.dict, .fai]", FASTA, ["ref.dict", "ref.fa", "ref.fa.fai"], []),
        ("File", "[^^.dict]", FASTA, ["ref.dict", "ref.fa"], []),
        ("File", "[.gzi]", FASTA, ["ref.fa"], ["ref.fa.gzi"]),
        ("File", "['.gzi?']", FASTA, ["ref.fa"], []),
        ("File", "[{pattern: .gzi, required: false}, {pattern: .fai}]", FASTA, ["ref.fa", "ref.fa.fai"], []),
        ("File", "[.bwt]", "{class: File, path: data/a%20b.fa}", ["a b.fa", "a b.fa.bwt"], []),
        ("'File[]'", "[.fai]", f"[{FASTA}]", ["ref.fa", "ref.fa.fai"], []),
        (
            "File",
            "[.fai]",
            "{class: File, location: data/ref.fa, secondaryFiles: [{class: File, location: other/ref.fa.fai}]}",
            ["ref.fa", "ref.fa.fai"],
            [],
        ),
        ("File", "[.idx]", FASTA, ["ref.fa", "ref.fa.idx"], []),
    ],
)
def test_a_default_brings_its_secondary_files(
    kind: str, patterns: str, file: str, files: list[str], missing: list[str], tmp_path: Path
) -> None:
    text = DEFAULT.replace("TYPE", kind).replace("PATTERNS", patterns).replace("FILE", file)
    names = ("ref.fa", "ref.fa.fai", "ref.dict", "a b.fa", "a b.fa.bwt", "ref.fa.idx/part")
    found = facts(tmp_path, {"main.cwl": text, "other/ref.fa.fai": "", **{f"data/{name}": "" for name in names}})
    packaged = sorted(one.path.removeprefix("data/").removeprefix("other/") for one in found.files)
    assert [name.removesuffix("/part") for name in packaged if name != "main.cwl"] == files
    assert [(one.code, one.line) for one in found.diagnostics] == [("CWL010", 8)] * len(missing)
    assert all(f"`{name}`" in one.message for name, one in zip(missing, found.diagnostics, strict=True))


def test_secondary_files_that_an_expression_names_are_not_checked(tmp_path: Path) -> None:
    text = DEFAULT.replace("TYPE", "File").replace("PATTERNS", "[$(self.basename).x]").replace("FILE", FASTA)
    found = facts(tmp_path, {"main.cwl": text, "data/ref.fa": "", "data/ref.fa.x": ""})
    assert [one.path for one in found.files] == ["data/ref.fa", "main.cwl"]
    (skipped,) = found.skipped
    assert skipped.code == "CWL010"
    assert "`reference` (`main.cwl` line 8)" in skipped.reason


def test_the_default_of_a_step_brings_what_its_tool_declares(tmp_path: Path) -> None:
    tool = DEFAULT.replace("TYPE", "File").replace("PATTERNS", "[.fai]").replace("    default: FILE\n", "")
    main = (
        "cwlVersion: v1.2\nclass: Workflow\ninputs: []\noutputs: []\nsteps:\n"
        f"  a: {{run: t.cwl, in: {{reference: {{default: {FASTA}}}}}, out: []}}\n"
    )
    found = facts(tmp_path, {"main.cwl": main, "t.cwl": tool, "data/ref.fa": "", "data/ref.fa.fai": ""})
    assert [one.path for one in found.files] == ["data/ref.fa", "data/ref.fa.fai", "main.cwl", "t.cwl"]


@pytest.mark.parametrize(
    ("text", "severity"),
    [
        (DEFAULT.replace("TYPE", "File").replace("FILE", "{class: File, path: /data/ref.fa}"), "warning"),
        (
            DEFAULT.replace("TYPE", "File").replace("    default: FILE\n", "")
            + "requirements:\n  InitialWorkDirRequirement: {listing: [{class: File, location: /data/ref.fa}]}\n",
            "error",
        ),
    ],
)
def test_an_absolute_path_that_a_run_may_replace_is_a_warning(text: str, severity: str, tmp_path: Path) -> None:
    (found,) = facts(tmp_path, {"main.cwl": text.replace("PATTERNS", "[]")}).diagnostics
    assert (found.code, found.severity.value) == ("CWL007", severity)
    assert found.message.endswith("(depends on `reference`)") is (severity == "warning")


def test_an_empty_file_that_exists_everywhere_is_a_warning(tmp_path: Path) -> None:
    listing = (
        "requirements:\n  InitialWorkDirRequirement: {listing: [{class: File, location: /dev/null, basename: a}]}\n"
    )
    text = DEFAULT.replace("TYPE", "File").replace("    default: FILE\n", "").replace("PATTERNS", "[]") + listing
    (found,) = facts(tmp_path, {"main.cwl": text}).diagnostics
    assert (found.code, found.severity.value) == ("CWL007", "warning")


@pytest.mark.parametrize(
    "literal",
    [
        "{class: Directory, basename: d, listing: [], location: '_:1f0a3c1e-9a53-4b1e-8f43-6f3a7c1d2e4b'}",
        "{class: File, basename: f, contents: a, location: '_:1f0a3c1e-9a53-4b1e-8f43-6f3a7c1d2e4b'}",
        "{class: Directory, basename: d, listing: []}",
    ],
)
def test_a_literal_with_its_content_names_no_file(literal: str, tmp_path: Path) -> None:
    text = DEFAULT.replace("TYPE", "Any").replace("PATTERNS", "[]").replace("FILE", literal)
    found = facts(tmp_path, {"main.cwl": text})
    assert [one.path for one in found.files] == ["main.cwl"]
    assert found.diagnostics == ()


@pytest.mark.parametrize(
    ("link", "severity", "end"),
    [("source: ref, ", "warning", " (depends on `ref`)"), ("source: [s/ref], ", "warning", " (depends on `s/ref`)"), ("", "error", "fa`")],
)  # fmt: skip
def test_an_absolute_path_that_a_source_may_replace_is_a_warning(
    link: str, severity: str, end: str, tmp_path: Path
) -> None:
    main = (
        "cwlVersion: v1.2\nclass: Workflow\ninputs: {ref: File?}\noutputs: []\nsteps:\n"
        f"  a: {{run: t.cwl, in: {{ref: {{{link}default: {{class: File, path: /data/ref.fa}}}}}}, out: []}}\n"
    )
    tool = "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: ls\ninputs: {ref: File}\noutputs: []\n"
    (found,) = facts(tmp_path, {"main.cwl": main, "t.cwl": tool}).diagnostics
    assert (found.code, found.severity.value) == ("CWL007", severity)
    assert found.message.endswith(end)
