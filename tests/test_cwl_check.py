"""The verdict on CWL definitions, and that asking for it changes nothing around it."""

from __future__ import annotations

import json
import logging
import os
import re
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest
from conftest import Cli

from packager.cache import NO_CACHE, Cache
from packager.engines.cwl import check, read, salad
from packager.engines.cwl import verdict as validation
from packager.findings.diagnostic import Diagnostic, Severity
from packager.model.facts import Verdict
from packager.source import open_directory

TOOL = "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: ls\ninputs: {a: string}\noutputs: []\n"
HEAD = "cwlVersion: v1.2\nclass: Workflow\ninputs: {x: string}\noutputs: []\nsteps:\n"


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that keeps the compiled schemas between the tests."""
    return tmp_path_factory.mktemp("cache")


def verdict(root: Path, files: dict[str, str], cache: Cache) -> tuple[tuple[Diagnostic, ...], Verdict]:
    for path, content in files.items():
        target = root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(content, encoding="utf-8")
    tree = open_directory(root, "source")
    workflow = read(tree, "main.cwl", cache)
    return workflow.diagnostics, check(tree, workflow, cache)


CASES = {
    "valid": ({"main.cwl": HEAD + "  s: {run: t.cwl, in: {a: x}, out: []}\n", "t.cwl": TOOL}, []),
    "a step's input is not linked": (
        {"main.cwl": HEAD + "  s: {run: sub/t.cwl, in: [], out: []}\n", "sub/t.cwl": TOOL},
        [("main.cwl", 6, "omits the required input")],
    ),
    "types do not fit": (
        {"main.cwl": HEAD.replace("string", "File") + "  s: {run: t.cwl, in: {a: x}, out: []}\n", "t.cwl": TOOL},
        [("main.cwl", 3, "expects `string`")],
    ),
    "an unknown field, in a file with a blank": (
        {"main.cwl": HEAD + "  s: {run: a b.cwl, in: {a: x}, out: []}\n", "a b.cwl": TOOL + "glob: x\n"},
        [("a b.cwl", 6, "glob")],
    ),
    "every cause at once": (
        {"main.cwl": TOOL + "requirements:\n  ResourceRequirement: {ramMin: {}}\nbad: 1\nstdin: []\n"},
        [("main.cwl", 7, "ramMin"), ("main.cwl", 8, "bad"), ("main.cwl", 9, "stdin")],
    ),
    "no version": ({"main.cwl": TOOL.partition("\n")[2]}, [("main.cwl", 0, "cwlVersion")]),
    "a class that only the service and `--enable-ext` know": (
        {
            "main.cwl": TOOL + '$namespaces: {cwltool: "http://commonwl.org/cwltool#"}\nrequirements:\n'
            '  cwltool:CUDARequirement: {cudaVersionMin: "11.4", cudaComputeCapability: nvidia-l4, cudaDeviceCountMin: 1}\n'
        },
        [],
    ),
    "a remote schema is not asked for": (
        {"main.cwl": TOOL + '$schemas: ["https://example.invalid/edam.owl"]\n'},
        [],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_verdict(tmp_path: Path, shared: Path, name: str) -> None:
    files, expected = CASES[name]
    _read, found = verdict(tmp_path, files, Cache(shared))
    errors = [one for one in found.diagnostics if one.severity is Severity.ERROR]
    assert [(one.path, one.line) for one in errors] == [(path, line) for path, line, _ in expected]
    for one, (_path, _line, word) in zip(errors, expected, strict=True):
        assert word in one.message
        assert "definition.invalid" not in one.message
        assert one.message.isprintable()


def test_what_the_reading_said_is_not_said_twice(tmp_path: Path, shared: Path) -> None:
    files = {"main.cwl": HEAD + "  s: {run: gone.cwl, in: [], out: []}\n"}
    before, found = verdict(tmp_path, files, Cache(shared))
    assert [one.code for one in before] == ["CWL005"]
    assert found.diagnostics == ()


STEP = "  s: {run: t.cwl, in: {a: x}, out: []}\n"
OF_FILES = HEAD.replace("string", "File")
CONDITIONAL = """cwlVersion: v1.2
class: Workflow
requirements: {InlineJavascriptRequirement: {}}
inputs: {x: string}
outputs: {o: {type: Any, outputSource: [s/o]}}
steps: {s: {run: t.cwl, in: {a: x}, out: [o], when: "$(true)"}}
"""
# For each pattern of the libraries' own words, files that provoke them, and what the pattern finds there.
PROVOKED = [
    ("HEADING", {"main.cwl": HEAD.replace("string", "string?") + STEP, "t.cwl": TOOL}, "Workflow checker warning:"),
    ("HEADING", {"main.cwl": HEAD + STEP, "t.cwl": TOOL + "bad: 1\n"}, "failed validation:"),
    ("LISTED", {"main.cwl": OF_FILES + STEP, "t.cwl": TOOL}, "Source '"),
    (
        "LISTED",
        {"main.cwl": OF_FILES + STEP.replace("a: x", "a: x, b: {}"), "t.cwl": TOOL.replace("}", ", b: string}")},
        "Required parameter '",
    ),
    (
        "LISTED",
        {
            "main.cwl": OF_FILES + STEP,
            "t.cwl": TOOL.replace("string", "{type: File, secondaryFiles: [{pattern: .bai, required: true}]}"),
        },
        "Parameter '",
    ),
    ("FIELD", {"main.cwl": TOOL + "stdin: []\n"}, "the 'stdin' field is not valid"),
    ("SINK", {"main.cwl": OF_FILES + STEP, "t.cwl": TOOL}, "with sink 'a'"),
    ("QUOTED", {"main.cwl": TOOL + "bad: 1\n"}, "'bad'"),
    ("ADVICE", {"main.cwl": TOOL.partition("\n")[2]}, "Use the following syntax"),
    ("NO_PROCESS", {"main.cwl": HEAD + STEP, "t.cwl": "[1, 2]\n"}, "workflowjobj must be a dict"),
    (
        "OWN_CLASS",
        {
            "main.cwl": TOOL + '$namespaces: {cwltool: "http://commonwl.org/cwltool#"}\nrequirements:\n'
            '  cwltool:CUDARequirement: {cudaVersionMin: "11.4", cudaComputeCapability: "8", cudaDeviceCountMin: 1}\n'
        },
        "http://commonwl.org/cwltool#",
    ),
    (
        "UNUSED_PICK",
        {
            "main.cwl": CONDITIONAL,
            "t.cwl": "cwlVersion: v1.2\nclass: ExpressionTool\ninputs: {a: string}\noutputs: {o: string}\n"
            "expression: \"${return {o: 'x'}}\"\n",
        },
        "pickValue is not used",
    ),
    ("TRIED", {"main.cwl": TOOL.replace("a: string", "a: {type: {type: enum, symbols: 5}}")}, "tried "),
    (
        "NAMED",
        {"main.cwl": TOOL.replace("{a: string}", "[{id: a, type: string}, {id: a, type: string}]")},
        "main.cwl#a",
    ),
]


@pytest.mark.parametrize(("name", "files", "words"), PROVOKED)
def test_the_libraries_write_what_we_look_for(
    tmp_path: Path, shared: Path, name: str, files: dict[str, str], words: str
) -> None:
    pattern = getattr(salad, name)
    assert any(
        words in found for text in said_by_cwltool(tmp_path, files, Cache(shared)) for found in all_of(pattern, text)
    )


def said_by_cwltool(root: Path, files: dict[str, str], cache: Cache) -> list[str]:
    """What cwltool logs and raises: the text of each error and of what caused it."""
    for path, content in files.items():
        (root / path).write_text(content, encoding="utf-8")
    tree = open_directory(root, "source")
    workflow = read(tree, "main.cwl", cache)
    with salad.captured() as logged:
        try:
            validation._run(tree, workflow, "tests", cache, extensions=False)
        except Exception as error:  # noqa: BLE001 - whatever it is
            texts = [*logged, str(error)]
            while isinstance(error.__cause__, Exception):
                error = error.__cause__
                texts.append(str(error))
            return texts
    return logged


def all_of(pattern: re.Pattern[str], text: str) -> list[str]:
    """All that a pattern finds, line by line too, because the messages of a list are looked at one by one."""
    lines = [line.split(": ", 1)[-1].lstrip() for line in text.splitlines()]
    return [match.group() for part in (text, *lines) for match in pattern.finditer(part)]


def test_every_pattern_of_the_libraries_words_is_provoked() -> None:
    patterns = {name for name, value in vars(salad).items() if isinstance(value, re.Pattern)}
    assert patterns == {name for name, _files, _words in PROVOKED}


def test_the_words_of_our_own_errors_decide_nothing(tmp_path: Path, shared: Path) -> None:
    files = {"main.cwl": TOOL + '"packager could not read": 1\ndoc: one\ndoc: two\n'}
    before, found = verdict(tmp_path, files, Cache(shared))
    assert [one.code for one in before] == ["CWL004"]
    assert [one.subject for one in found.diagnostics] == ["packager could not read"]


@pytest.mark.parametrize(
    "files",
    [
        {"main.cwl": HEAD + STEP, "t.cwl": "a: [\n"},
        {"main.cwl": TOOL + "hints: {$import: x.yml}\n", "x.yml": "a: [\n"},
        {"main.cwl": TOOL + "doc: {$include: gone.txt}\n"},
        {"main.cwl": HEAD + STEP.replace("t.cwl", '"https://example.org/t.cwl"')},
        {"main.cwl": HEAD + STEP.replace("t.cwl", "../../../t.cwl")},
        {"main.cwl": "[1, 2]\n"},
    ],
    ids=["step", "import", "include", "remote", "outside", "list"],
)
def test_a_document_that_cannot_be_read_is_reported_once(tmp_path: Path, shared: Path, files: dict[str, str]) -> None:
    before, found = verdict(tmp_path, files, Cache(shared))
    assert len(before) == 1
    assert found.diagnostics == ()


def test_findings_of_cwltool_have_subjects(tmp_path: Path, shared: Path) -> None:
    files = {
        "main.cwl": OF_FILES + STEP,
        "t.cwl": TOOL.replace("}", ", c: {type: int?, format: 'edam:x'}}"),
    }
    _before, found = verdict(tmp_path, files, Cache(shared))
    assert {(one.code, one.subject) for one in found.diagnostics} == {("CWL001", "a"), ("CWL002", "format")}
    tool = {"main.cwl": TOOL + "requirements:\n  ResourceRequirement: {ramMin: {}}\nbad: 1\n"}
    _before, found = verdict(tmp_path, tool, Cache(shared))
    assert [one.subject for one in found.diagnostics] == ["ramMin", "bad"]


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "  s: {run: main.cwl, in: [], out: []}\n",
        TOOL + "hints: {$import: main.cwl}\n",
        TOOL + "doc: " + "[" * 1100,
        "a: &a [x, x]\n"
        + "".join(f"b{n}: &{chr(98 + n)} [{'*' + chr(97 + n)}{', *' + chr(97 + n)}]\n" for n in range(22)),
        "\x00",
        "{",
    ],
    ids=["runs itself", "imports itself", "deep", "bomb", "control", "truncated"],
)
def test_cwltool_is_not_asked_about_what_it_cannot_bear(tmp_path: Path, text: str) -> None:
    before, found = verdict(tmp_path, {"main.cwl": text}, NO_CACHE)
    assert any(one.severity is Severity.ERROR for one in before)
    assert [one.code for one in found.skipped] == ["CWL001"]


def test_a_verdict_leaves_no_trace(tmp_path: Path, shared: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from ruamel.yaml.main import YAML

    def state() -> object:
        loggers = [logging.getLogger(name) for name in ("cwltool", "salad")]
        return [(one.handlers[:], one.level, one.propagate) for one in loggers], dict(os.environ), YAML.load

    root = tmp_path / "source"
    before = state()
    verdict(root, {"main.cwl": HEAD + "  s: {run: t.cwl, in: [], out: []}\n", "t.cwl": TOOL}, Cache(shared))
    assert state() == before
    assert sorted(path.name for path in root.rglob("*")) == ["main.cwl", "t.cwl"]
    assert capfd.readouterr() == ("", "")


def test_a_warm_run_imports_neither_yaml_nor_cwltool(tmp_path: Path, shared: Path) -> None:
    (tmp_path / "main.cwl").write_text(TOOL)
    program = textwrap.dedent(
        """
        import json, sys
        from pathlib import Path
        from packager.cache import Cache, to_plain
        from packager.engines.cwl import check, read
        from packager.source import open_directory

        tree, cache = open_directory(Path(sys.argv[1]), "x"), Cache(Path(sys.argv[2]))
        workflow = read(tree, "main.cwl", cache)
        found = to_plain(check(tree, workflow, cache))
        print(json.dumps([found, to_plain(workflow), sorted({"yaml", "cwltool", "schema_salad"} & set(sys.modules))]))
        """
    )
    command = [sys.executable, "-c", program, str(tmp_path), str(shared)]
    cold, warm = (json.loads(subprocess.check_output(command)) for _ in range(2))
    assert cold[:2] == warm[:2]
    assert cold[2] == ["yaml"]  # cwltool is in a process of its own
    assert warm[2] == []


@pytest.mark.parametrize("version", ["v1.0", "v1.1", "v1.2"])
def test_our_schema_is_cwltools_own(version: str) -> None:
    """The shortcut must not have fallen back, and must come to the same schema."""
    from cwltool import process
    from schema_salad import schema

    from packager.engines.cwl import containers, salad

    process.SCHEMA_CACHE.pop(version, None)
    with containers.own_yaml():
        ours = salad._compiled(version)
    process.SCHEMA_CACHE.pop(version, None)
    loader, _names, _described, meta = process.get_schema(version)
    document, _ = meta.resolve_ref("https://w3id.org/cwl/CommonWorkflowLanguage.yml", "")
    assert ours["ctx"] == salad._plain(loader.ctx)
    assert ours["avro"] == salad._plain(schema.make_avro(document, loader, meta.vocab))


def test_a_process_without_a_name_has_the_same_subject_in_each_run() -> None:
    """Cwltool invents another name for such a process in each run."""
    names = ("_:0d5ac5a1-1f0b-4f8e-9d57-3f3c0a9d1b11", "_:9b1f7c7e-5a55-4b8e-8a6e-2f1f6d7c0e22")
    subjects = {validation._subject(f"tool `{name}` has no output `x`", "out") for name in names}
    assert len(subjects) == 1


@pytest.mark.parametrize("version", ["v1.3", "v1.4", "v1.3.0-dev1", "draft-3"])
def test_a_version_that_the_service_does_not_know_is_one_finding(version: str, cli: Cli, tmp_path: Path) -> None:
    text = f'cwlVersion: {version}\nclass: CommandLineTool\nbaseCommand: "true"\ninputs: []\noutputs: []\n'
    (tmp_path / "main.cwl").write_text(text)
    found = cli("lint", tmp_path / "main.cwl", "--format", "json", "--no-cache")
    assert [one["code"] for one in found.json["diagnostics"] if one["severity"] == "error"] == ["CWL030"]
    assert any(one["code"] == "CWL001" for one in found.json["skipped"])


def test_what_read_reports_as_missing_is_not_reported_again(tmp_path: Path, shared: Path) -> None:
    files = {
        "main.cwl": HEAD + "  s:\n    in: []\n    out: []\n    run:\n      gone.cwl\n",
        "data.cwl": TOOL.replace("a: string", "a: {type: File, default: {class: File, path: 'file:///gone.txt'}}"),
    }
    before, found = verdict(tmp_path, files, Cache(shared))
    assert [one.code for one in before] == ["CWL005"]
    assert found.diagnostics == ()
    before, found = verdict(tmp_path, {"main.cwl": files["data.cwl"]}, Cache(shared))
    assert [one.code for one in before] == ["CWL007"]
    assert found.diagnostics == ()


def test_a_packed_document_imports_its_own_types(tmp_path: Path, shared: Path) -> None:
    types = "requirements: [{class: SchemaDefRequirement, types: [TYPE]}]"
    tool = "{class: CommandLineTool, id: '#NAME', baseCommand: ls, inputs: [], outputs: [], " + types + "}"
    first = tool.replace("NAME", "a").replace("TYPE", "{type: record, name: '#r.yaml/r', fields: []}")
    packed = f"cwlVersion: v1.2\n$graph: [{first}, {tool.replace('NAME', 'main')}]\n"
    before, found = verdict(tmp_path, {"main.cwl": packed.replace("TYPE", "{$import: '#r.yaml/r'}")}, Cache(shared))
    assert (list(before), found.diagnostics) == ([], ())
    before, found = verdict(tmp_path, {"main.cwl": packed.replace("TYPE", "{$import: '#q'}")}, Cache(shared))
    assert [one.message for one in before] == ["`$import` of `#q`: the document has no such part"]
    assert found.diagnostics == ()


def test_steps_that_share_a_tool_are_checked_with_their_own_requirements(tmp_path: Path, shared: Path) -> None:
    allowed = "requirements: {ScatterFeatureRequirement: {}, SubworkflowFeatureRequirement: {}}"
    inner = HEAD.replace("string", "'string[]'") + "  t: {run: t.cwl, scatter: a, in: {a: x}, out: []}\n"
    steps = "".join(f"  {name}: {{run: inner.cwl, in: {{x: x}}, out: []}}\n" for name in ("one", "two"))
    main = HEAD.replace("string", "'string[]'") + steps
    main = main.replace("out: []}\n", f"out: [], {allowed}}}\n")
    files = {"main.cwl": main, "inner.cwl": inner, "t.cwl": TOOL}
    assert verdict(tmp_path, files, Cache(shared))[1].diagnostics == ()
    files["main.cwl"] = main.replace(f", {allowed}}}", ", requirements: {SubworkflowFeatureRequirement: {}}}")
    neither = verdict(tmp_path, files, Cache(shared))[1].diagnostics
    assert [(one.path, one.line, one.severity) for one in neither] != []
    for position in (6, 7):
        lines = main.splitlines(keepends=True)
        lines[position - 1] = files["main.cwl"].splitlines(keepends=True)[position - 1]
        one_lacks_it = {**files, "main.cwl": "".join(lines)}
        assert verdict(tmp_path, one_lacks_it, Cache(shared))[1].diagnostics != ()
