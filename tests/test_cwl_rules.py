"""Rules about CWL definitions: what is found, where to the character, and what real workflows write that must stay silent."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli

Files = Callable[[dict[str, str | bytes]], Path]
IMAGE = "quay.io/biocontainers/samtools:1.17--h00cdaf9_0"
TOOL = f"""cwlVersion: v1.2
class: CommandLineTool
$namespaces:
  cwltool: http://commonwl.org/cwltool#
  arv: http://arvados.org/cwl#
requirements:
  DockerRequirement:
    dockerPull: {IMAGE}
  ResourceRequirement:
    coresMin: 2
    ramMin: 4096
EXTRA
baseCommand: "true"
inputs: []
outputs: []
"""


def tool(extra: str = "", **changes: str) -> dict[str, str | bytes]:
    text = TOOL.replace("EXTRA\n", extra)
    for old, new in changes.items():
        text = text.replace(*{"ram": ("ramMin: 4096", new), "docker": (f"dockerPull: {IMAGE}", new)}[old])
    return {"main.cwl": text}


@pytest.fixture
def lint(cli: Cli, files: Files) -> Callable[..., list[tuple[str, str, int, int, int, int]]]:
    """The findings of some codes: code, path and place."""

    def run(contents: dict[str, str | bytes], *codes: str) -> list[tuple[str, str, int, int, int, int]]:
        folder = files(contents)
        result = cli("lint", folder / "main.cwl", "--format", "json", "--no-cache", "--fail-on", "never")
        assert result.code == 0, result.err
        return [
            (one["code"], Path(one["path"]).name, one["line"], one["column"], one["endLine"], one["endColumn"])
            for one in result.json["diagnostics"]
            if one["code"] in codes
        ]

    return run


Lint = Callable[..., list[tuple[str, str, int, int, int, int]]]


# -- schemas and files -----------------------------------------------------------------------------


READS = "inputs:\n  reads: {type: File, format: 'http://edamontology.org/format_2572'}\n"


def test_remote_schemas_are_one_finding_for_all_documents(lint: Lint) -> None:
    schema = "$schemas:\n  - https://edamontology.org/EDAM_1.25_unstable_and_long_name_of.owl\n"
    main = (
        f"cwlVersion: v1.2\nclass: Workflow\n{READS}outputs: []\n"
        + schema
        + "steps:\n  a: {run: t.cwl, in: [], out: []}\n"
    )
    tool_with_format = str(tool(schema)["main.cwl"]).replace("inputs: []\n", READS)
    found = lint({"main.cwl": main, "t.cwl": tool_with_format}, "CWL035")
    assert found == [("CWL035", "main.cwl", 7, 5, 7, 69)]


@pytest.mark.parametrize(
    ("schema", "reads"),
    [
        ("https://edamontology.org/EDAM_1.25.owl", "inputs: []\n"),
        *(
            (schema, READS)
            for schema in (
                "https://schema.org/version/latest/schemaorg-current-http.rdf",
                "https://github.com/schemaorg/schemaorg/raw/main/data/releases/11.01/schemaorg-current-http.rdf",
                "http://dublincore.org/2012/06/14/dcterms.rdf",
                "http://xmlns.com/foaf/spec/20140114.rdf",
                "http://usefulinc.com/ns/doap#",
            )
        ),
    ],
)
def test_a_remote_schema_that_defines_no_format_in_use_is_silent(schema: str, reads: str, lint: Lint) -> None:
    text = str(tool(f"$schemas: ['{schema}']\n")["main.cwl"]).replace("inputs: []\n", reads)
    assert lint({"main.cwl": text}, "CWL035") == []


def test_a_local_schema_is_none_of_that(lint: Lint) -> None:
    assert lint({**tool("$schemas: [edam.owl]\n"), "edam.owl": "<rdf/>"}, "CWL035") == []


@pytest.mark.parametrize(
    ("location", "found"),
    [
        ("https://example.com/a.gtf", True),
        ("gs://bucket/a.gtf", True),
        ("keep:99999999999999999999999999999999+99/a.gtf", True),
        ("s3://bucket/a.gtf", False),
        ("omics://111122223333.storage.us-east-1.amazonaws.com/1/readSet/2/source1", False),
        ("a.gtf", False),
        ("$(inputs.x)", False),
    ],
)
def test_a_default_file_must_be_where_a_run_can_read_it(location: str, *, found: bool, lint: Lint) -> None:
    text = str(tool()["main.cwl"]).replace(
        "inputs: []\n",
        f"inputs:\n  genes:\n    type: File\n    default:\n      class: File\n      location: {location}\n",
    )
    expected = [("CWL038", "main.cwl", 18, 17, 18, 17 + len(location))] if found else []
    assert lint({"main.cwl": text, "a.gtf": "x"}, "CWL038") == expected


def test_a_vendors_own_field_names_files_of_its_platform(lint: Lint) -> None:
    text = str(tool()["main.cwl"]).replace(
        "inputs: []\n",
        "inputs:\n  genes:\n    type: File\n    sbg:suggestedValue:\n      class: File\n      location: https://example.com/x\n",
    )
    assert lint({"main.cwl": text}, "CWL038") == []


# -- secondary files -------------------------------------------------------------------------------


def flow(declared: str, step: str = "reads", kind: str = "File") -> str:
    return f"""cwlVersion: v1.2
class: Workflow
requirements: {{SubworkflowFeatureRequirement: {{}}, StepInputExpressionRequirement: {{}}, MultipleInputFeatureRequirement: {{}}}}
inputs:
  reads:
    type: {kind}
    {declared}
outputs: []
steps:
  index:
    run: sub.cwl
    in:
      bam: {step}
    out: []
"""


SUB = """cwlVersion: v1.2
class: Workflow
inputs: {bam: File}
outputs: []
steps:
  inner: {run: tool.cwl, in: {reads: bam}, out: []}
"""


def reader(beside: str, kind: str = "File") -> str:
    return str(tool()["main.cwl"]).replace(
        "inputs: []", f"inputs: {{reads: {{type: {kind}, secondaryFiles: {beside}}}}}"
    )


@pytest.mark.parametrize(
    ("declared", "beside"),
    [
        ("doc: none", "[.bai]"),
        ("doc: none", ".bai"),
        ("secondaryFiles: [.csi]", "[.bai, .csi]"),
        ("doc: none", "[{pattern: .bai}]"),
        ("doc: none", "[{pattern: ^.bai, required: true}]"),
    ],
)
def test_a_tool_below_needs_what_main_does_not_declare(declared: str, beside: str, lint: Lint) -> None:
    contents: dict[str, str | bytes] = {"main.cwl": flow(declared), "sub.cwl": SUB, "tool.cwl": reader(beside)}
    assert lint(contents, "CWL036") == [("CWL036", "main.cwl", 5, 3, 5, 8)]


@pytest.mark.parametrize(
    ("declared", "step", "beside", "kind"),
    [
        ("secondaryFiles: [.bai]", "reads", "[.bai]", "File"),
        ("secondaryFiles: [{pattern: .bai, required: false}]", "reads", "[.bai]", "File"),
        ("secondaryFiles: [.bai?]", "reads", "[.bai]", "File"),
        ("secondaryFiles: $(self.basename).bai", "reads", "[.bai]", "File"),  # what it comes to is not known
        ("doc: none", "reads", "[.bai?]", "File"),
        ("doc: none", "reads", "[{pattern: .bai, required: false}]", "File"),
        ("doc: none", "reads", "$(self.basename + '.bai')", "File"),
        ("doc: none", "reads", "[.bai]", "File?"),
        ("doc: none", "{source: reads, valueFrom: $(self)}", "[.bai]", "File"),  # an expression may bring them along
    ],
)
def test_declared_optional_and_unknown_neighbours_are_silent(
    declared: str, step: str, beside: str, kind: str, lint: Lint
) -> None:
    contents: dict[str, str | bytes] = {
        "main.cwl": flow(declared, step),
        "sub.cwl": SUB.replace("bam: File", f"bam: {kind}"),
        "tool.cwl": reader(beside, kind),
    }
    assert lint(contents, "CWL036") == []


def test_a_file_that_a_step_makes_is_that_steps_business(lint: Lint) -> None:
    main = flow("doc: none", "sort/bam").replace("steps:\n", "steps:\n  sort: {run: sort.cwl, in: [], out: [bam]}\n")
    sort = str(tool()["main.cwl"]).replace("outputs: []", "outputs: {bam: {type: File, outputBinding: {glob: x.bam}}}")
    assert lint({"main.cwl": main, "sub.cwl": SUB, "tool.cwl": reader("[.bai]"), "sort.cwl": sort}, "CWL036") == []


def test_the_main_tools_own_inputs_are_looked_up_by_the_engine(lint: Lint) -> None:
    assert lint({"main.cwl": reader("[.bai]")}, "CWL036") == []


def test_all_tools_that_need_it_are_one_finding(cli: Cli, files: Files) -> None:
    main = flow("doc: none").replace("  index:\n", "  again: {run: tool.cwl, in: {reads: reads}, out: []}\n  index:\n")
    folder = files({"main.cwl": main, "sub.cwl": SUB, "tool.cwl": reader("[.bai, ^.bai]")})
    found = cli("lint", folder / "main.cwl", "--format", "json", "--fail-on", "never").json["diagnostics"]
    messages = [one["message"] for one in found if one["code"] == "CWL036"]
    assert messages == ["`reads` does not declare `.bai`, `^.bai` in `secondaryFiles`, required by `tool`"]


# -- links between steps ---------------------------------------------------------------------------

LINKED = """cwlVersion: v1.2
class: Workflow
requirements: {StepInputExpressionRequirement: {}, InlineJavascriptRequirement: {}, SubworkflowFeatureRequirement: {}}
inputs: {x: string}
outputs: []
steps:
  sort: {run: SORT, in: {x: x}, out: [bam]}
  index: {run: tool.cwl, in: {reads: LINK}, out: []}
"""


def linked(output: str, link: str = "sort/bam", beside: str = "[.bai]") -> dict[str, str | bytes]:
    sort = str(tool()["main.cwl"]).replace("inputs: []", "inputs: {x: string}")
    main = LINKED.replace("LINK", link).replace("SORT", "sort.cwl")
    sort = sort.replace("outputs: []", f"outputs: {{bam: {output}}}")
    return {"main.cwl": main, "tool.cwl": reader(beside), "sort.cwl": sort}


WRITTEN = "{type: File, outputBinding: {glob: x.bam}, secondaryFiles: [%s]}"


@pytest.mark.parametrize(
    ("output", "beside"),
    [
        ("{type: File, outputBinding: {glob: x.bam}}", "[.bai]"),
        (WRITTEN % ".csi", "[{pattern: .bai, required: true}]"),
        ("stdout", "[.bai]"),
        ("{type: 'File[]', outputBinding: {glob: '*.bam'}}", "[.bai]"),
    ],
)
def test_a_step_needs_what_the_step_before_does_not_declare(output: str, beside: str, lint: Lint) -> None:
    assert lint(linked(output, beside=beside), "CWL043", "CWL036", "CWL002") == [("CWL043", "main.cwl", 8, 31, 8, 36)]


@pytest.mark.parametrize(
    ("output", "link", "beside"),
    [
        (WRITTEN % ".bai", "sort/bam", "[.bai]"),
        (WRITTEN % ".bai?", "sort/bam", "[.bai]"),
        (WRITTEN % "$(self.basename).bai", "sort/bam", "[.bai]"),
        (WRITTEN % "", "sort/bam", "[.bai?]"),
        (WRITTEN % "", "{source: sort/bam, valueFrom: $(self)}", "[.bai]"),
        (
            "{type: File, outputBinding: {glob: x, outputEval: $(inputs.x)}}",
            "sort/bam",
            "[.bai]",
        ),  # may bring them along
        ("File", "sort/bam", "[.bai]"),  # of `cwl.output.json`
    ],
)
def test_secondary_files_that_are_declared_or_unknown_are_silent(
    output: str, link: str, beside: str, lint: Lint
) -> None:
    assert lint(linked(output, link, beside), "CWL043") == []


def test_a_sub_workflow_hands_on_what_its_tool_declares(lint: Lint) -> None:
    files = linked(WRITTEN % "")
    files["outer.cwl"] = (
        "cwlVersion: v1.2\nclass: Workflow\ninputs: {x: string}\noutputs: {bam: {type: File, outputSource: s/bam}}\n"
        "steps: {s: {run: sort.cwl, in: {x: x}, out: [bam]}}\n"
    )
    files["main.cwl"] = str(files["main.cwl"]).replace("run: sort.cwl", "run: outer.cwl")
    assert lint(files, "CWL043") == [("CWL043", "main.cwl", 8, 31, 8, 36)]
    files["sort.cwl"] = str(files["sort.cwl"]).replace("secondaryFiles: []", "secondaryFiles: [.bai]")
    assert lint(files, "CWL043") == []


def test_an_input_that_the_tool_does_not_have(cli: Cli, files: Files) -> None:
    contents = linked(WRITTEN % ".bai")
    contents["sort.cwl"] = str(contents["sort.cwl"]).replace("{x: string}", "{x: string, level: int?}")
    contents["main.cwl"] = str(contents["main.cwl"]).replace("in: {x: x}", "in: {x: x, levle: {default: 1}}")
    result = cli("lint", files(contents) / "main.cwl", "--format", "json", "--no-cache")
    assert [
        (one["code"], one["message"]) for one in result.json["diagnostics"] if one["code"] in ("CWL044", "CWL002")
    ] == [("CWL044", "`sort` has no input `levle`; did you mean `level`?")]


@pytest.mark.parametrize(
    "step",
    [
        "in: {x: {valueFrom: $(inputs.other)}, other: x}",
        "in: {x: {valueFrom: '$(inputs[\"other\"])'}, other: x}",
        "in: {x: {valueFrom: '${var i = inputs; return i.other}'}, other: x}",
        "in: {x: x, other: x}, when: $(inputs.other != null)",
        "in: {x: x, other: x}, scatter: other",
        "in: {x: x, other: x}, hints: {ResourceRequirement: {coresMin: $(inputs.other)}}",
        "in: {x: x, other: x}, requirements: [{class: EnvVarRequirement, envDef: {A: $(inputs.other)}}]",
    ],
)
def test_an_input_that_the_step_itself_uses_is_silent(step: str, lint: Lint) -> None:
    contents = linked(WRITTEN % ".bai")
    contents["main.cwl"] = str(contents["main.cwl"]).replace("in: {x: x}", step)
    assert lint(contents, "CWL044") == []


@pytest.mark.parametrize(
    ("command", "found"), [("samtools sort", 1), ("[samtools, sort]", 0), ("samtools", 0), ("['samtools sort']", 0)]
)
def test_a_command_of_one_string_with_blanks(command: str, found: int, lint: Lint) -> None:
    contents = {"main.cwl": str(tool()["main.cwl"]).replace('"true"', command)}
    assert len(lint(contents, "CWL055", "CWL002")) == found


@pytest.mark.parametrize(
    ("cpus", "memory", "found"),
    [("2", "ramMin: 8", 1), ("4", "ramMin: 16", 1), ("8", "ramMax: 64", 1), ("1", "ramMin: 10", 0), ("2", "ramMin: 50", 0),
     ("$(inputs.n)", "ramMin: 16", 0), ("4", "ramMin: 100", 0), ("4", "ramMin: 1", 0)],
)  # fmt: skip
def test_memory_that_would_fit_in_gibibytes(cpus: str, memory: str, found: int, lint: Lint) -> None:
    contents = tool(ram=memory)
    assert (
        len(lint({"main.cwl": str(contents["main.cwl"]).replace("coresMin: 2", f"coresMin: {cpus}")}, "CWL052"))
        == found
    )


@pytest.mark.parametrize("prefix", ["cwl:", "https://w3id.org/cwl/cwl#"])
def test_a_version_may_have_its_prefix(prefix: str, lint: Lint) -> None:
    main = str(tool()["main.cwl"]).replace("cwlVersion: v1.2", f"cwlVersion: {prefix}v1.2")
    assert lint({"main.cwl": main}, "CWL030", "CWL001") == []


def test_a_version_of_a_tool_that_is_not_supported(lint: Lint) -> None:
    contents = linked(WRITTEN % ".bai")
    contents["sort.cwl"] = str(contents["sort.cwl"]).replace("v1.2", "cwl:draft-3")
    assert lint(contents, "CWL030", "CWL001") == [("CWL030", "sort.cwl", 1, 13, 1, 24)]


def test_a_field_that_makes_cwltool_crash_is_the_finding(cli: Cli, files: Files) -> None:
    contents = linked(WRITTEN % ".bai")
    contents["sort.cwl"] = str(contents["sort.cwl"]) + "name: sort\n"
    found = cli("lint", files(contents) / "main.cwl", "--format", "json", "--no-cache").json["diagnostics"]
    assert [one["message"] for one in found if one["severity"] == "error"] == [
        "the field `name` is not allowed in a process; use `id` or `label`"
    ]


def test_a_graph_without_main_names_its_processes(cli: Cli, files: Files) -> None:
    process = "{class: CommandLineTool, id: %s, inputs: [], outputs: [], baseCommand: ls}"
    main = f"cwlVersion: v1.2\n$graph: [{process % 'a'}, {process % 'b'}]\n"
    found = cli("lint", files({"main.cwl": main}) / "main.cwl", "--format", "json").json["diagnostics"]
    assert [(one["code"], one["message"]) for one in found if one["code"] == "CWL012"] == [
        ("CWL012", "the document has multiple processes and none is named `main`: `a`, `b`")
    ]


# -- JavaScript ------------------------------------------------------------------------------------


def script(body: str, lib: str = "") -> dict[str, str | bytes]:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    requirement = (
        f"InlineJavascriptRequirement: {{expressionLib: [{lib}]}}" if lib else "InlineJavascriptRequirement: {}"
    )
    return {
        "main.cwl": f"cwlVersion: v1.2\nclass: ExpressionTool\nrequirements: {{{requirement}}}\n"
        f"inputs: {{n: int}}\noutputs: {{m: int}}\nexpression: |\n    ${{\n{lines}\n    }}\n"
    }


@pytest.mark.parametrize(
    ("body", "line", "column", "length"),
    [
        ("total = 1;\nreturn {m: total};", 8, 5, 5),
        ("var a = 1;\nb = a;\nreturn {m: b};", 9, 5, 1),
        ("for (i = 0; i < 3; i++) {}\nreturn {m: 1};", 8, 10, 1),
        ("for (key in inputs) {}\nreturn {m: 1};", 8, 10, 3),
        ("var a = 010;\nreturn {m: a};", 8, 13, 3),
        ("with (inputs) { return {m: n}; }", 8, 5, 4),
        ("var a = 'b = 1; \\' b'; // c = 1\nd = /e = [/]/.test(a);\nreturn {m: 1};", 9, 5, 1),
        ("function f(x) { y = x; return y; }\nreturn {m: f(1)};", 8, 21, 1),
    ],
)
def test_what_strict_mode_refuses_is_found_at_its_place(
    body: str, line: int, column: int, length: int, lint: Lint
) -> None:
    assert lint(script(body), "CWL037") == [("CWL037", "main.cwl", line, column, line, column + length)]


@pytest.mark.parametrize(
    "body",
    [
        "var a = 1, b = 2;\na = b;\nreturn {m: a};",
        "var a,\n    b;\nb = 1; a = b;\nreturn {m: a};",
        "let {a, b: c} = inputs; c = 1; a = 2;\nreturn {m: a};",
        "const [a, b] = [1, 2];\nreturn {m: a == b ? 1 : 0};",
        "var o = {}; o.x = 1; o['y'] = 2; o\n.z = 3;\nreturn {m: 1};",
        "function f(a, b = 2) { a = b; return a; }\nreturn {m: f(1)};",
        "var f = (a, b) => { a = b; };\nvar g = c => { c = 1; };\nreturn {m: 1};",
        "try { x(); } catch (e) { e = 1; }\nreturn {m: 1};",
        "for (var i = 0, j = 1; i < j; i++) {}\nfor (const k of [1]) {}\nreturn {m: i};",
        "var a = 'x = 1'; var b = \"y = 1\"; var c = `z = 1`;\nreturn {m: 1};",
        "// a = 1\n/* b = 1\nc = 2 */\nreturn {m: 1};",
        "if (inputs.n === 0 || inputs.n <= 1) { return {m: 0}; }\nreturn {m: 0.5 + 0x1f + 10};",
        "self = inputs.n; inputs = {};\nreturn {m: 1};",
        "var s = inputs.n.replace(/a=b/g, '').split(/with (x)/);\nreturn {m: 1};",
        "if (typeof exports !== 'undefined') { exports = module.exports = 1; }\nreturn {m: 1};",
        "if (typeof (root) == 'object') { root = 1; }\nreturn {m: 1};",
        "var o = {with: 1, 'a': 010 < 1 ? 0 : 1};\nreturn {m: o.with};".replace("010", "10"),
    ],
)
def test_strict_javascript_is_silent(body: str, lint: Lint) -> None:
    assert lint(script(body), "CWL037") == []


def test_a_library_may_declare_the_name(lint: Lint) -> None:
    assert lint(script("cache = 1;\nreturn {m: 1};", '"var cache = 0;"'), "CWL037") == []


def test_the_names_of_one_expression_are_one_finding(cli: Cli, files: Files) -> None:
    folder = files(script("a = 1; b = 2; c = 3; d = 4; a = 5;\nreturn {m: 1};"))
    found = cli("lint", folder / "main.cwl", "--format", "json", "--fail-on", "never").json["diagnostics"]
    messages = [one["message"] for one in found if one["code"] == "CWL037"]
    assert messages == ["JavaScript's strict mode rejects `a =`, `b =`, `c =` and 1 more in this expression"]


def test_a_command_that_begins_with_an_expression_is_no_javascript(lint: Lint) -> None:
    text = str(tool()["main.cwl"]).replace(
        'baseCommand: "true"',
        'baseCommand: "true"\narguments:\n  - valueFrom: |\n      ${ return "a"; } && OUT=1\n      OTHER=${ return "b"; }',
    )
    assert lint({"main.cwl": text}, "CWL037") == []


def test_hostile_javascript_takes_no_time(lint: Lint) -> None:
    for body in ("a(" * 20_000, "/" * 50_000, "`" * 50_001, "function " * 10_000, "=>" * 20_000, "var " * 20_000):
        lint(script(body), "CWL037")


# -- requirements ----------------------------------------------------------------------------------


def test_an_extension_that_is_not_documented_may_not_be_required(lint: Lint) -> None:
    found = lint(tool("  cwltool:MPIRequirement:\n    processes: 4\n"), "CWL039")
    assert found == [("CWL039", "main.cwl", 12, 3, 12, 25)]


@pytest.mark.parametrize(
    "extra",
    [
        "hints:\n  cwltool:MPIRequirement:\n    processes: 4\n",
        '  cwltool:CUDARequirement: {cudaVersionMin: "11.4", cudaComputeCapability: nvidia-l4, cudaDeviceCountMin: 1}\n',
        "hints:\n  arv:OutOfMemoryRetry: {memoryRetryMultiplier: 2}\n",
        "  WorkReuse: {enableReuse: false}\n  ToolTimeLimit: {timelimit: 60}\n",
    ],
)
def test_hints_and_what_the_service_documents_are_silent(extra: str, lint: Lint) -> None:
    assert lint(tool(extra), "CWL039", "CWL001") == []


@pytest.mark.parametrize(
    "extra",
    [
        "  arv:OutOfMemoryRetry: {memoryRetryMultiplier: 2}\n",
        "  http://arvados.org/cwl#OutOfMemoryRetry: {memoryRetryMultiplier: 2}\n",
    ],
)
def test_the_services_own_requirements_are_valid(extra: str, lint: Lint) -> None:
    assert lint(tool(extra), "CWL001", "CWL002", "CWL039") == []


def test_the_services_own_field_is_valid_and_the_rest_is_still_checked(lint: Lint) -> None:
    assert lint(tool(ram="ramMin: 4096\n    omicsRetryOn5xx: false"), "CWL001") == []
    found = lint(tool(ram="ramMin: 4096\n    omicsRetryOn5xx: false\n    ramMine: 1"), "CWL001")
    assert [one[:3] for one in found] == [("CWL001", "main.cwl", 13)]


def test_an_absolute_entry_name(lint: Lint) -> None:
    extra = "  InitialWorkDirRequirement:\n    listing:\n      - entryname: /opt/x.cfg\n        entry: a=1\n"
    assert lint(tool(extra), "CWL040") == []  # v1.2, in a container that is required
    old = {"main.cwl": str(tool(extra)["main.cwl"]).replace("v1.2", "v1.1")}
    assert lint(old, "CWL040") == [("CWL040", "main.cwl", 14, 20, 14, 30)]
    hinted = str(tool(extra)["main.cwl"]).replace(f"  DockerRequirement:\n    dockerPull: {IMAGE}\n", "")
    hinted = hinted.replace("baseCommand", f"hints: {{DockerRequirement: {{dockerPull: {IMAGE}}}}}\nbaseCommand")
    assert [one[:3] for one in lint({"main.cwl": hinted}, "CWL040")] == [("CWL040", "main.cwl", 12)]


WAYS_TO_A_TOOL = {
    "surely": ("", ""),
    "when": ("    when: $(inputs.go)\n", " (depends on `go`)"),
    "scatter": ("    scatter: files\n", " (depends on `files`)"),
    "scatter over a result": ("    scatter: made\n", " (if the task runs)"),
    "scatter over what is known": ("    scatter: known\n", ""),
}


@pytest.mark.parametrize("case", WAYS_TO_A_TOOL)
def test_what_a_run_may_leave_out_is_a_warning(case: str, files: Files, cli: Cli) -> None:
    step, end = WAYS_TO_A_TOOL[case]
    main = (
        "cwlVersion: v1.1\nclass: Workflow\nrequirements: {ScatterFeatureRequirement: {}}\n"
        "inputs: {go: boolean, files: 'File[]'}\noutputs: []\nsteps:\n"
        "  before: {run: list.cwl, in: [], out: [made]}\n"
        "  one:\n    run: tool.cwl\n    out: []\n"
        "    in: {go: go, files: files, made: before/made, known: {default: [1, 2]}}\n" + step
    )
    extra = "  InitialWorkDirRequirement:\n    listing:\n      - entryname: /opt/x.cfg\n        entry: a=1\n"
    text = str(tool(extra, ram="ramMin: 4096\n    ramMax: 1024")["main.cwl"]).replace("v1.2", "v1.1")
    root = files(
        {"main.cwl": main, "tool.cwl": text, "list.cwl": text.replace("ramMax", "tmpdirMin").split("  Init")[0]}
    )
    found = cli("lint", root / "main.cwl", "--format", "json", "--no-cache").json["diagnostics"]
    endings = {
        one["code"]: (one["severity"], one["message"].endswith(end), "(" in one["message"])
        for one in found
        if one["code"] in ("CWL040", "CWL050")
    }
    expected = ("warning", True, True) if end else ("error", True, False)
    assert endings == {"CWL040": expected, "CWL050": expected}


def test_relative_and_computed_entry_names_are_silent(lint: Lint) -> None:
    extra = (
        "  InitialWorkDirRequirement:\n    listing:\n      - {entryname: run.sh, entry: a}\n"
        "      - {entryname: $(inputs.x), entry: a}\n      - $(inputs.y)\n"
    )
    assert lint({"main.cwl": str(tool(extra)["main.cwl"]).replace("v1.2", "v1.0")}, "CWL040") == []


def test_network_and_in_place_updates(lint: Lint) -> None:
    found = lint(
        tool("  NetworkAccess:\n    networkAccess: true\n  InplaceUpdateRequirement:\n    inplaceUpdate: true\n"),
        "CWL041",
        "CWL042",
    )
    assert found == [("CWL041", "main.cwl", 13, 20, 13, 24), ("CWL042", "main.cwl", 15, 20, 15, 24)]
    silent = (
        "  NetworkAccess:\n    networkAccess: $(inputs.net)\n  InplaceUpdateRequirement:\n    inplaceUpdate: false\n"
    )
    assert lint(tool(silent), "CWL041", "CWL042") == []


def test_an_expression_tool_needs_no_network(lint: Lint) -> None:
    expression = (
        "cwlVersion: v1.2\nclass: ExpressionTool\nrequirements:\n  InlineJavascriptRequirement: {}\n"
        "  NetworkAccess: {networkAccess: true}\ninputs: []\noutputs: []\nexpression: '${return {};}'\n"
    )
    assert lint({"main.cwl": expression}, "CWL041") == []


def test_network_access_that_holds_for_many_tools_is_one_finding(lint: Lint) -> None:
    main = (
        "cwlVersion: v1.2\nclass: Workflow\nrequirements: {NetworkAccess: {networkAccess: true}}\ninputs: []\noutputs: []\n"
        "steps:\n  a: {run: t.cwl, in: [], out: []}\n  b: {run: u.cwl, in: [], out: []}\n"
    )
    one = tool()["main.cwl"]
    assert [found[:3] for found in lint({"main.cwl": main, "t.cwl": one, "u.cwl": one}, "CWL041")] == [
        ("CWL041", "main.cwl", 3)
    ]


# -- resources and images --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "place"),
    [
        ("ramMin: 4096\n    ramMax: 2048", (11, 13, 11, 17)),
        ("ramMin: 4096\n    coresMax: 1", (10, 15, 10, 16)),
        ("ramMin: 4096\n    tmpdirMin: 10\n    tmpdirMax: 5", (12, 16, 12, 18)),
        ("ramMin: 4096\n    outdirMax: 5\n    outdirMin: 10.5", (13, 16, 13, 20)),
    ],
)
def test_a_minimum_above_its_maximum(fields: str, place: tuple[int, int, int, int], lint: Lint) -> None:
    assert lint(tool(ram=fields), "CWL050") == [("CWL050", "main.cwl", *place)]


@pytest.mark.parametrize(
    "fields",
    [
        "ramMin: 4096\n    ramMax: 4096",
        "ramMin: $(inputs.a)\n    ramMax: 2",
        "ramMax: 4096",
        "ramMin: 4096\n    coresMax: 2.5",
    ],
)
def test_equal_computed_and_single_bounds_are_silent(fields: str, lint: Lint) -> None:
    assert lint(tool(ram=fields), "CWL050", "CWL052") == []


CUDA = """ramMin: 4096
  cwltool:CUDARequirement:
    cudaVersionMin: '11'
    cudaComputeCapability: nvidia-l4
    cudaDeviceCountMin: 8"""


@pytest.mark.parametrize(
    ("fields", "place"),
    [("ramMin: 1572865", (11, 13, 11, 20)), (CUDA, (15, 25, 15, 26))],  # MiB: one more than 1,536 GiB
)
def test_maxima_are_told_in_the_services_units(fields: str, place: tuple[int, int, int, int], lint: Lint) -> None:
    assert lint(tool(ram=fields), "RES002", "CWL001") == [("RES002", "main.cwl", *place)]
    assert lint(tool(ram="ramMin: 1572864"), "RES002") == []


def test_scratch_space(lint: Lint) -> None:
    assert lint(tool(ram="ramMin: 4096\n    tmpdirMin: 3145729"), "CWL051") == [("CWL051", "main.cwl", 12, 16, 12, 23)]
    assert lint(tool(ram="ramMin: 4096\n    tmpdirMin: 3145728\n    outdirMin: 9999999"), "CWL051") == []


def test_memory_in_another_unit(lint: Lint) -> None:
    assert lint(tool(ram="ramMin: 16"), "CWL052") == [("CWL052", "main.cwl", 11, 13, 11, 15)]
    for fields in ("ramMin: 128", "ramMin: 1", "ramMin: $(inputs.gb * 1024)", "ramMax: 8192"):
        assert lint(tool(ram=fields), "CWL052") == []


@pytest.mark.parametrize(
    "field", ["dockerFile: FROM debian", "dockerLoad: https://x/i.tar", "dockerImport: https://x/i.tar"]
)
def test_an_image_to_be_made_cannot_be_pulled(field: str, lint: Lint) -> None:
    name, _, value = field.partition(": ")
    found = lint(tool(docker=f"{field}\n    dockerImageId: tool"), "CWL053")
    assert found == [("CWL053", "main.cwl", 8, 7 + len(name), 8, 7 + len(name) + len(value))]
    assert lint(tool(docker=f"{field}\n    dockerPull: {IMAGE}"), "CWL053") == []  # what is pulled counts


def test_private_images_that_are_literal_are_one_finding(cli: Cli, files: Files) -> None:
    private = "dockerPull: 111122223333.dkr.ecr.us-east-1.amazonaws.com/samtools:1.17"
    main = (
        "cwlVersion: v1.2\nclass: Workflow\ninputs: []\noutputs: []\n"
        "steps:\n  a: {run: t.cwl, in: [], out: []}\n  b: {run: u.cwl, in: [], out: []}\n"
    )
    one = tool(docker=private)["main.cwl"]
    folder = files({"main.cwl": main, "t.cwl": one, "u.cwl": one})
    found = cli("lint", folder / "main.cwl", "--format", "json", "--fail-on", "never").json["diagnostics"]
    messages = [one["message"] for one in found if one["code"] == "CWL054"]
    assert messages == ["2 tools with a literal image in private ECR: `t`, `u`"]


@pytest.mark.parametrize(
    "image", [f"dockerPull: {IMAGE}", "dockerPull: $(inputs.image)", "dockerPull: $(inputs.registry)/a:1"]
)
def test_other_images_are_not_hard_coded_private_ones(image: str, lint: Lint) -> None:
    assert lint(tool(docker=image), "CWL054") == []


# -- what a condition decides ----------------------------------------------------------------------

STEPS = """cwlVersion: v1.2
class: Workflow
requirements: {InlineJavascriptRequirement: {}}
inputs:
  fast: {type: boolean, default: false}
outputs: []
steps:
"""


@pytest.mark.parametrize(
    ("steps", "severity", "names"),
    [
        ("  a: {run: t.cwl, in: [], out: []}\n", "error", ""),
        ("  a: {run: t.cwl, in: {go: fast}, when: $(inputs.go), out: []}\n", "warning", "(depends on `fast`)"),
        ("  a: {run: t.cwl, in: [], when: $(false), out: []}\n", "warning", "(if the task runs)"),
        (
            "  a: {run: t.cwl, in: {go: fast}, when: $(inputs.go), out: []}\n  b: {run: t.cwl, in: [], out: []}\n",
            "error",
            "",
        ),
    ],
)
def test_a_task_that_a_condition_may_leave_out(steps: str, severity: str, names: str, files: Files, cli: Cli) -> None:
    folder = files({"main.cwl": STEPS + steps, "t.cwl": tool(ram="ramMin: 1572865")["main.cwl"]})
    found = cli("lint", folder / "main.cwl", "--format", "json", "--no-cache", "--fail-on", "never")
    (large,) = (one for one in found.json["diagnostics"] if one["code"] == "RES002")
    assert large["severity"] == severity
    assert large["message"].endswith(names or "has 1536")
