"""No sentence of cwltool or schema-salad reaches a user: each that is known has a sentence of our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from packager.cache import NO_CACHE, Cache
from packager.engines.cwl import cwltool_words, read, verdict
from packager.source import open_directory

HEAD = "cwlVersion: v1.2\n"
TOOL = f"{HEAD}class: CommandLineTool\nbaseCommand: ls\ninputs: {{a: string}}\noutputs: []\n"
FLOW = f"{HEAD}class: Workflow\ninputs: {{x: string}}\noutputs: []\nsteps:\n"
FILES = FLOW.replace("string", "File")
STEP = "  s: {run: t.cwl, in: {a: x}, out: []}\n"
TEXT = (
    "cwlVersion: v1.2\nclass: ExpressionTool\ninputs: {a: string}\noutputs: {o: string}\n"
    "expression: \"${return {o: 'x'}}\"\nrequirements: {InlineJavascriptRequirement: {}}\n"
)
CONDITIONAL = (
    "cwlVersion: v1.2\nclass: Workflow\nrequirements: {InlineJavascriptRequirement: {}}\n"
    'inputs: {x: string}\noutputs: []\nsteps:\n  s: {run: t.cwl, in: {a: x}, out: [o], when: "$(true)"}\n'
)
PART = (
    "{class: CommandLineTool, id: '#%s', baseCommand: ls, inputs: [], outputs: [],"
    " requirements: [{class: SchemaDefRequirement, types: [%s]}]}"
)
RECORD, RECORD_IMPORT = "{type: record, name: '#r', fields: []}", "{$import: '#r'}"
SCATTER = "requirements: {ScatterFeatureRequirement: {}}\n"
# `main.cwl`, `t.cwl` where the former uses it, and our messages.
CASES = [
    # links between steps
    (FILES + STEP, TOOL, ["`a` expects `string`, but its source `x` is `File`"]),
    (FLOW.replace("string", "string?") + STEP, TOOL, ["`a` expects `string`, but its source `x` is `string?`"]),
    (FLOW.replace("string", "{type: [string, 'File[]']}") + STEP, TOOL,
     ["`a` expects `string`, but its source `x` is `string` or `File[]`"]),
    (FLOW.replace("x: string", "x: string, y: string") + STEP.replace("a: x", "a: [x, y]"), TOOL,
     ["`a` expects `string`, but gets a list of its source `x` (`string`), with `linkMerge: merge_nested`",
      "`a` expects `string`, but gets a list of its source `y` (`string`), with `linkMerge: merge_nested`"]),
    (FLOW.replace("string", "string?") + "  s: {run: t.cwl, in: {a: {source: x, pickValue: first_non_null}}, out: []}\n", TOOL,
     ["`a` expects `string`, but its source `x` is `string?`, with `pickValue: first_non_null`",
      "`a` expects `string`, but its source `x` is `string?`; `pickValue` needs a list of sources"]),
    (CONDITIONAL + "  r: {run: t.cwl, in: {a: s/o}, out: [o]}\n", TEXT,
     ["`a` expects `string`, but its source `o` is `string?`",
      "`a` expects `string`, but its source `o` is `string?`; the step of the source is conditional and may produce null"]),
    # rules report these
    (FILES + STEP, TOOL.replace("string", "{type: File, secondaryFiles: [{pattern: .bai, required: true}]}"), []),
    (FILES + STEP,
     TOOL.replace("string", "{type: File, secondaryFiles: [{pattern: .b, required: true}, {pattern: ^.c, required: true}]}"), []),
    (FILES + STEP, TOOL.replace("string", "{type: File, secondaryFiles: [.bai]}"), []),
    (FLOW + STEP.replace("a: x", "a: x, q: x"), TOOL, []),
    (FLOW + "  s: {run: {class: ExpressionTool, inputs: {a: string}, outputs: [], expression: x}, in: {a: x, q: x}, out: []}\n", "",
     ["expected an expression, got `x`"]),
    # unless an expression gives the names
    (FILES + STEP, TOOL.replace("string", "{type: File, secondaryFiles: [{pattern: $(inputs.b), required: true}]}"),
     ["`a` expects secondary files, which its source `x` does not have"]),
    (FILES + STEP.replace("a: x", "a: x, b: {}"), TOOL.replace("}", ", b: string}"),
     ["`a` expects `string`, but its source `x` is `File`",
      "the required input `b` has no value: expected `source`, `default` or `valueFrom`"]),
    (FLOW + STEP.replace("out: []", "out: [z]"), TOOL, ["the tool of the step has no output `z`"]),
    (FLOW + STEP.replace("out: []", "out: [z]"), TOOL.replace("outputs: []", "outputs: {o: stdout}"),
     ["the tool of the step has no output `z`; its outputs are `o`"]),
    (FLOW + STEP.replace("a: x", "b: x"), TOOL, ["the step omits the required input `a`"]),
    (FLOW + STEP.replace("{a: x}", "[]"), TOOL.replace("}", ", b: string}"), ["the step omits the required inputs `a`, `b`"]),
    # of an input that only `when` uses: no fact
    (CONDITIONAL + "  r: {run: t.cwl, in: {a: x, b: s/o}, out: [o], when: '$(inputs.b != null)'}\n", TEXT, []),
    # references
    (TOOL.replace("Line", "line"), "", ["`CommandlineTool` is not a class of this CWL version"]),
    (TOOL + "hints: {NopeRequirement: {}}\n", "", ["`NopeRequirement` is not a class of this CWL version"]),
    (TOOL.replace("a: string", "a: {type: File, default: {class: File, path: gone.txt}}"), "",
     []),  # as above: `read` reports it
    (FLOW + STEP.replace("run:", "scatter: a, scatterMethod: bogus, run:") + SCATTER, TOOL, ["`bogus` is not a valid `scatterMethod`"]),
    (TOOL.replace("a: string", "a: strong"), "", ["the type `strong` is not defined"]),
    (FLOW + STEP.replace("a: x", "a: y"), TOOL, ["the source `y` does not exist"]),
    (FLOW + STEP.replace("run:", "scatter: q, run:") + SCATTER, TOOL, ["`scatter` names `q`, which is not an input of the step"]),
    (TOOL.replace("a: string", "a: {type: File, default: {class: File, location: 'keep:abc/x'}}"), "",
     ["the address `keep:abc/x` has the scheme `keep`, which is not supported"]),
    (TOOL.replace("{a: string}", "[{id: a, type: string}, {id: a, type: string}]"), "", ["the ID `main.cwl#a` is used more than once"]),
    # fields and their types
    (FLOW + "  s: {in: {a: x}}\n", "", ["the fields `out` and `run` are missing in `steps`"]),
    (FLOW + "  s: {in: {a: x}, out: []}\n", "", ["the field `run` is missing in `steps`"]),
    (HEAD + "baseCommand: ls\ninputs: []\noutputs: []\n", "", ["the field `class` is missing"]),
    (TOOL + "bad: 1\n", "", ["the field `bad` is not allowed here"]),
    (TOOL.replace("a: string", "a: {type: string, description: x}"), "",
     ["the field `description` is not allowed in `inputs`; did you mean `doc`?"]),
    (TOOL + "requirements: {DockerRequirement: {dockerpull: a}}\n", "",
     ["the field `dockerpull` is not allowed in `requirements`; did you mean `dockerPull`?"]),
    (TOOL + "stdin: []\n", "", ["expected a string or an expression for `stdin`, got a list"]),
    (FLOW + STEP.replace("out: []", "out: {o: 1}"), TOOL, ["expected a list for `out`, got a mapping"]),
    (TOOL.replace("ls", "5"), "", ["expected a string for `baseCommand`"]),
    ((TOOL + "requirements: {ResourceRequirement: {coresMin: 0.5}}\n").replace("v1.2", "v1.0"), "",
     ["expected an integer or a string for `coresMin`, got `0.5`"]),
    (TOOL + "successCodes: [a]\n", "", ["expected an integer for `successCodes`, got `a`"]),
    (FLOW + STEP.replace("a: x", "a: {source: x, linkMerge: nope}"), TOOL,
     ["expected `merge_nested` or `merge_flattened` for `linkMerge`, got `nope`"]),
    (FLOW + "- a\n", "", ["expected a mapping for `steps`"]),
    (TOOL.replace("a: string", "a: 5"), "", ["expected a string, a list or a mapping for `type`, got an integer"]),
    (TOOL.replace("outputs: []", "outputs: {o: {type: string, outputBinding: {outputEval: x}}}"), "",
     ["expected an expression for `outputEval`, got `x`"]),
    (TOOL + "requirements: {DockerRequirement: ubuntu}\n", "", ["expected a mapping for `DockerRequirement`"]),
    (TOOL.replace("v1.2", "5"), "", ["expected a string for `cwlVersion`"]),
    (TOOL + "$namespaces: 5\n", "", ["expected a mapping for `$namespaces`"]),
    (TOOL + "$schemas: 5\n", "", ["expected a string or a list for `$schemas`"]),
    (TOOL.replace("ls", "{$include: t.cwl, b: 1}"), "x", ["`$include` must be the only field of its mapping"]),
    (FLOW + "  s: {run: {class: CommandLineTool, inputs: []}, in: [], out: []}\n", "", ["expected a list or a mapping for `outputs`"]),
    (TOOL.replace("outputs: []", "outputs: {o: {type: stdout, outputBinding: {glob: x}}}"), "",
     ["`outputBinding` is not allowed with the type `stdout`"]),
    (TOOL.replace("string", "{type: array}"), "", ["a type is not valid"]),
    (TOOL.replace("{a: string}", "[{id: [a], type: string}]"), "", ["expected a string for `id`"]),
    (TOOL.replace("{a: string}", "{a: {doc: x}}").replace("v1.2", "v1.0"), "", ["the field `type` is missing in `a`"]),
    (TOOL.replace("a: string", "a: {type: [string, {type: array, items: [int, int]}]}"), "",
     ["a type has the same alternative twice"]),
    (TOOL.replace("a: string", "a: {type: int, format: 'edam:x'}"), "", ["`format` has no effect on `a`, which is not a File"]),
    (TOOL + "hints: {SchemaDefRequirement: {types: x}}\n", "", ["expected a list for `types`, got `x`"]),
    (TOOL + "hints: {InitialWorkDirRequirement: {listing: [5]}}\n", "", ["expected a string for `listing`, got an integer"]),
    (TOOL.replace("string", "{type: {type: array, items: [{type: record, fields: [{name: f, type: File, bad: 1}]}]}}"), "",
     ["the field `bad` is not allowed in `fields`"]),
    (FLOW + STEP.replace("a: x", "a: '#s.o'"), TOOL, ["the source `s.o` does not exist"]),
    (FLOW + STEP.replace("out: []", "out: [z, y]"), TOOL.replace("outputs: []", "outputs: {o: stdout}"),
     ["the tool of the step has no output `z`; its outputs are `o`", "the tool of the step has no output `y`; its outputs are `o`"]),
    (FILES.replace("File", "{type: {type: array, items: [File, string]}}") + STEP, TOOL.replace("string", "'File[]'"),
     ["`a` expects `File[]`, but its source `x` is `array of (File or string)`"]),
    (FILES.replace("File", "{type: File, 'sbg:suggestedValue': {class: File, path: gone, name: x}}") + STEP,
     TOOL.replace("string", "File"), []),
    (TOOL.replace("a: string", "a: a b"), "", ["the type `a b` is not defined"]),
    (FLOW + STEP.replace("a: x", "a: 'x y'"), TOOL, ["the source `x y` does not exist"]),
    (TOOL.replace("a: string", """a: "$(inputs['x'])\""""), "", ["the type `$(inputs['x'])` is not defined"]),
    (TOOL.replace("v1.2", "{a: b}"), "", ["expected a string for `cwlVersion`"]),
    (TOOL.replace("outputs: []", "outputs: [a]"), "", ["expected a mapping for each item of `outputs`"]),
    (TOOL.replace("outputs: []", "outputs: {a: {type: File, $mixin: []}}"), "", ["expected a string or a mapping"]),
    ("$graph: 5\ncwlVersion: v1.2\n", "", ["the document is not a process: expected a mapping with a `class`"]),
    (TOOL.replace("ls", "ls -l"), "", []),  # a rule reports it
    (f"cwlVersion: v1.2\n$graph: [{PART % ('main', RECORD_IMPORT)}, {PART % ('b', RECORD)}]\n",
     "", ["the document has no part `#r` before this reference"]),
    # versions and requirements
    (TOOL.partition("\n")[2], "", ["the field `cwlVersion` is missing"]),
    (TOOL.replace("v1.2", "v9"), "", ["expected `v1.0`, `v1.1` or `v1.2` as `cwlVersion`"]),
    (TOOL.replace("v1.2", "v1.2.0-dev4"), "", ["`v1.2.0-dev4` is not a stable version of CWL; expected `v1.0`, `v1.1` or `v1.2`"]),
    (TOOL + "hints: {DockerRequirement: {dockerPull: a, dockerOutputDirectory: /x}}\n", "",
     ["`DockerRequirement` with `dockerOutputDirectory` belongs in `requirements`, not in `hints`"]),
    (FLOW + "  s: {run: t.cwl, in: {x: x}, out: []}\n", FLOW.replace("steps:", "steps: []"),
     ["a step that runs a workflow needs the requirement `SubworkflowFeatureRequirement`"]),
    (FLOW + STEP.replace("run:", "scatter: a, run:"), TOOL, ["`scatter` needs the requirement `ScatterFeatureRequirement`"]),
    (FLOW + STEP.replace("run:", "scatter: [a, b], run:").replace("a: x", "a: x, b: x") + SCATTER, TOOL.replace("}", ", b: string}"),
     ["`scatter` over multiple inputs needs `scatterMethod`"]),
    (FLOW + STEP, "[1, 2]\n", ["the document is not a process: expected a mapping with a `class`"]),
    # headings, and multiple causes in one place
    (TOOL.replace("a: string", "a: {type: 'File[]', default: [{class: File, path: gone, id: q}]}"), "",
     []),
    (TOOL.replace("a: string", "a: {type: File, default: {class: File, path: ., secondaryFiles: [{class: File, path: gone}]}}"), "",
     []),
    (TOOL.replace("a: string", "a: {type: {type: enum, symbols: 5}}"), "",
     ["expected a list for `symbols`, got `5`"]),
    (TOOL + "requirements: [{class: 'http://x.invalid/y'}]\n", "", ["the class `http://x.invalid/y` is not allowed in `requirements`"]),
    ((FLOW + STEP).replace("string", "{type: string, inputBinding: {prefix: x}}").replace("v1.2", "v1.0"),
     TOOL.replace("v1.2", "v1.0"), ["the field `prefix` of `inputBinding` has no effect in a `Workflow`"]),
    (TOOL.replace("a: string", "a: {type: Directory, default: {class: Directory, listing: [], location: '_:1f0a'}}"), "", []),
    # what works as it is written: an input and an output of one name, and an optional input with a default
    (TOOL.replace("outputs: []", "outputs: {a: stdout}"), "", []),
    (FLOW.replace("{x: string}", "[{id: x, type: string}]").replace("[]", "[{id: x, type: string, outputSource: x}]") + STEP, TOOL,
     ["the ID `main.cwl#x` is used more than once"]),
    (FLOW.replace("string", "string?") + STEP, TOOL, ["`a` expects `string`, but its source `x` is `string?`"]),
    (FLOW.replace("x: string", "x: {type: string?, default: null}") + STEP, TOOL,
     ["`a` expects `string`, but its source `x` is `string?`"]),
    (FLOW.replace("x: string", "x: {type: string?, default: y}") + STEP, TOOL, []),
    (FLOW.replace("{x: string}", "\n  x:\n    type: string?\n    default: y") + STEP, TOOL, []),
    (FLOW.replace("x: string", "x: {type: [string, int, 'null'], default: y}") + STEP, TOOL,
     ["`a` expects `string`, but its source `x` is `string` or `int` or `null`"]),
    # not a verdict
    (TOOL.replace("{a: string}", "[a, b]"), "", ["cwltool fails on the document (AttributeError)"]),
]  # fmt: skip


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache that keeps the compiled schemas between the tests."""
    return tmp_path_factory.mktemp("cache")


def messages(root: Path, cache: Cache, main: str, tool: str) -> list[str]:
    root.mkdir(exist_ok=True)
    (root / "main.cwl").write_text(main, encoding="utf-8")
    if tool:
        (root / "t.cwl").write_text(tool, encoding="utf-8")
    tree = open_directory(root, "source")
    found = verdict.validate(tree, read(tree, "main.cwl", NO_CACHE), "test", cache)
    return [finding.message for finding in found.diagnostics]


@pytest.fixture(scope="module")
def answers(tmp_path_factory: pytest.TempPathFactory, shared: Path) -> tuple[list[list[str]], set[str]]:
    """The messages of each case, and the sentences of the libraries that all of them together provoke."""
    provoked: set[str] = set()
    original = cwltool_words.clauses_of

    def recorded(text: str) -> object:
        clauses = original(text)
        provoked.update(name for name, _clause in clauses)
        return clauses

    folder = tmp_path_factory.mktemp("cases")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cwltool_words, "clauses_of", recorded)
        found = [
            messages(folder / str(number), Cache(shared), main, tool)
            for number, (main, tool, _messages) in enumerate(CASES)
        ]
    return found, provoked


@pytest.mark.parametrize("number", range(len(CASES)), ids=lambda number: f"{number}: {CASES[number][2][:1]}"[:60])
def test_messages_are_our_own(answers: tuple[list[list[str]], set[str]], number: int) -> None:
    assert sorted(answers[0][number]) == sorted(CASES[number][2])


def test_each_sentence_of_the_libraries_is_provoked(answers: tuple[list[list[str]], set[str]]) -> None:
    provoked = answers[1]
    assert [name for name in cwltool_words.names() if name not in provoked] == []


@pytest.mark.parametrize(
    "text", ["", "something new", "Source 'a' of type", "checking item; something new", "checking item " * 9000]
)
def test_a_sentence_that_is_not_known_has_no_own_message(text: str) -> None:
    assert cwltool_words.own_message(text) == ""
