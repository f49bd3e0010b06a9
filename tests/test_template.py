"""The parameter template: derived, checked, written by hand."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import WORKFLOWS, Cli
from hypothesis import given
from hypothesis import strategies as st

from packager.findings.diagnostic import Place
from packager.healthomics import limits
from packager.jsondoc.schemas import violations
from packager.model.facts import Engine, Input, Workflow, template_body
from packager.parameters.template import as_service, clean, derive, read, to_json

Files = Callable[[dict[str, str | bytes]], Path]


def workflow(*inputs: Input) -> Workflow:
    return Workflow(engine=Engine.WDL, main="main.wdl", name="w", language_version="1.0", inputs=inputs)


def declared(name: str, description: str = "", *, kind: str = "File", optional: bool = False) -> Input:
    return Input(name, kind, optional, None, description, Place("main.wdl", 3, 5))


@given(st.lists(st.tuples(st.text(max_size=140), st.text(max_size=400), st.booleans()), max_size=12))
def test_a_derived_template_is_always_valid_for_the_api(rows: list[tuple[str, str, bool]]) -> None:
    inputs = {name: declared(name, text, optional=flag) for name, text, flag in rows}
    parameters = derive(workflow(*inputs.values())).parameters
    if parameters:
        assert violations("parameter-template", template_body(parameters)) == ()
    for name, one in parameters:
        assert limits.is_text(name)
        assert limits.is_text(one.description)
        assert one.description
        assert len(one.description) <= 256


@given(st.text(max_size=600))
def test_cleaning_twice_changes_nothing(text: str) -> None:
    once, _ = clean(text)
    assert clean(once) == (once, "")


@given(st.permutations([declared(name) for name in "abcdef"]))
def test_the_order_of_inputs_does_not_matter(inputs: list[Input]) -> None:
    assert derive(workflow(*inputs)) == derive(workflow(*sorted(inputs, key=lambda one: one.name)))


def test_long_descriptions_are_cut_at_a_word_and_reported() -> None:
    text = " ".join(f"word{number}" for number in range(60))
    template = derive(workflow(declared("x", text)))
    ((_, one),) = template.parameters
    assert len(one.description) <= 256
    assert one.description.endswith("…")
    assert text.startswith(one.description[:-1])
    assert text[len(one.description) - 1] == " "
    assert [found.code for found in template.diagnostics] == ["TPL020"]
    assert "from 410 to 256" in template.diagnostics[0].message or "was cut from" in template.diagnostics[0].message


def test_descriptions_that_are_cut_are_one_finding() -> None:
    inputs = [declared(name, "word " * 100) for name in ("x", "y", "z")]
    (found,) = derive(workflow(*inputs, declared("short", "a word"))).diagnostics
    assert found.message == "3 descriptions are shortened to what the service accepts: `x`, `y`, `z`"


def test_white_space_is_folded_without_a_word() -> None:
    template = derive(workflow(declared("x", "  two\n\tlines \u00a0 here ")))
    assert template.parameters[0][1].description == "two lines here"
    assert template.diagnostics == ()


def test_control_characters_are_removed_and_reported() -> None:
    template = derive(workflow(declared("x", "bell\x07 and zero\u200bwidth")))
    assert template.parameters[0][1].description == "bell and zerowidth"
    assert [found.code for found in template.diagnostics] == ["TPL020"]


def test_an_undescribed_input_is_described_by_its_type() -> None:
    template = derive(workflow(declared("x", kind="Array[File]+?")))
    assert template.parameters[0][1].description == "Array[File]+?"
    assert template.undescribed == ("x",)


def test_more_inputs_than_fit() -> None:
    template = derive(workflow(*(declared(f"i{number:04}") for number in range(2003))))
    assert len(template.parameters) == 2000
    assert {found.code for found in template.diagnostics} == {"TPL022"}
    assert len(template.diagnostics) == 3


def test_as_the_service_would(cli: Cli) -> None:
    """CWL: `label` and not `doc`; an input without a label has an empty description."""
    found = cli("template", WORKFLOWS / "cwl-records", "--as-service").json
    assert found["strand"] == {"description": "", "optional": True}
    assert found["min_mapq"] == {"description": "Minimum mapping quality", "optional": True}
    own = cli("template", WORKFLOWS / "cwl-records").json
    assert own["strand"]["description"] == "Which strand counts: none, forward or reverse."


def test_the_service_takes_a_schemas_required_literally(files: Files, cli: Cli) -> None:
    schema = {"$schema": "http://json-schema.org/draft-07/schema", "required": ["a"],
              "properties": {"a": {"type": "string", "default": "x"}, "b": {"type": "string"}}}  # fmt: skip
    folder = files({"main.nf": "workflow { }", "nextflow_schema.json": json.dumps(schema)})
    assert cli("template", folder, "--as-service").json["a"]["optional"] is False
    assert cli("template", folder).json["a"]["optional"] is True


def test_hidden_inputs_are_absent_from_the_services() -> None:
    hidden = Input("x", "string", False, None, "", Place("m"), service_visible=False)
    assert as_service(workflow(hidden)) == {}


def test_nothing_to_declare(files: Files, cli: Cli) -> None:
    folder = files({"main.wdl": "version 1.0\nworkflow w {\n}\n"})
    assert cli("template", folder).out == "{}\n"
    assert "parameterTemplate" not in cli("submit", folder, "--dry-run").json["request"]


def test_check_and_output(cli: Cli, in_folder: Path) -> None:
    source = WORKFLOWS / "wdl-variants"
    assert cli("template", source, "-o", "t.json").out == ""
    assert cli("template", source, "--check", "t.json").code == 0
    content = json.loads(Path("t.json").read_text())
    del content["samples"]
    content["extra"] = {"description": "x"}
    content["min_quality"]["optional"] = False
    Path("t.json").write_text(json.dumps(content))
    stale = cli("template", source, "--check", "file://t.json")
    assert stale.code == 1
    for words in ("`samples` is missing", "`extra` is not an input", "`min_quality` differs", "out of date"):
        assert words in stale.err
    assert cli("template", source, "--check", "absent.json").code == 2
    assert cli("template", source, "--check", "t.json", "-o", "x.json").code == 2
    assert cli("template", source, "-o", "-").out == cli("template", source).out


WRITTEN: list[tuple[str, list[tuple[str, int, int]]]] = [
    ('{"a": {"description": "x", "optional": true}}', []),
    ("{}", []),
    ('{"a": }', [("TPL001", 1, 7)]),
    ('{"a": {},\n "a": {}}', [("TPL001", 2, 2)]),
    ("[]", [("TPL002", 1, 1)]),
    ('{"a": "x"}', [("TPL002", 1, 7)]),
    ('{"a": {"type": "File"},\n "b": {"optional": "yes"}}', [("TPL002", 1, 7), ("TPL002", 2, 20)]),
    ('{"a": {"description": "two\\nlines"}}', [("TPL002", 1, 23)]),
    ('{"a": {"description": "%s"}}' % ("x" * 257), [("TPL002", 1, 23)]),
]


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_faults_of_form_have_their_place(text: str, expected: list[tuple[str, int, int]]) -> None:
    _, found = read("t.json", text.encode())
    assert [(one.code, one.line, one.column) for one in found] == expected


def test_a_written_template_is_sent_instead_of_the_derived(files: Files, cli: Cli) -> None:
    folder = files(
        {
            "main.wdl": "version 1.0\nworkflow w {\n input { Int n }\n}\n",
            "parameter-template.json": '{"n": {"description": "by hand"}}',
        }
    )
    request = cli("submit", folder, "--dry-run").json["request"]
    assert request["parameterTemplate"] == {"n": {"description": "by hand", "optional": False}}


def test_json_is_sorted_and_ends_with_a_line() -> None:
    text = to_json(derive(workflow(declared("b", "ß"), declared("a"))).parameters)
    assert list(json.loads(text)) == ["a", "b"]
    assert text.endswith("}\n")
    assert "ß" in text


@pytest.mark.parametrize(
    "contents", [{"main.wdl": "version 1.0\nworkflow w {\n  input { Int\n}\n"}, {"main.nf": "workflow {"}]
)
def test_inputs_that_are_not_known_are_no_empty_template(
    contents: dict[str, str | bytes], files: Files, cli: Cli
) -> None:
    (name,) = contents
    done = cli("template", files(contents) / name)
    assert (done.code, done.out) == (2, "")
    assert "are unknown" in done.err


TWO_INPUTS = (
    "version 1.1\nworkflow w { input { String name  Int threads = 2 }  output { String n = name  Int t = threads } }\n"
)


def _template_findings(cli: Cli, folder: Path) -> list[tuple[str, str, str]]:
    found = cli("lint", folder, "--format", "json").json["diagnostics"]
    return [
        (one["code"], one["message"], one["hint"]) for one in found if one["code"] in ("TPL004", "TPL005", "TPL032")
    ]


def test_an_input_that_no_run_can_set_is_said_once(cli: Cli, files: Callable[[dict[str, str]], Path]) -> None:
    folder = files({"main.wdl": TWO_INPUTS, "parameter-template.json": '{"name": {"description": "n"}}'})
    (found,) = _template_findings(cli, folder)
    assert found[:2] == ("TPL032", "1 input is not in the template, so that no run can set it: `threads`")
    (folder / "parameter-template.json").unlink()
    assert _template_findings(cli, folder) == [], "the derived template has every input"


def test_a_misspelt_entry_is_renamed_and_keeps_its_description(
    cli: Cli, files: Callable[[dict[str, str]], Path]
) -> None:
    written = '{"name": {"description": "n"}, "thread": {"description": "by hand", "optional": true}}'
    folder = files({"main.wdl": TWO_INPUTS, "parameter-template.json": written})
    assert ("TPL005", "`thread` is not an input of the workflow", "did you mean `threads`?") in _template_findings(
        cli, folder
    )
    cli("lint", folder, "--fix")
    assert json.loads((folder / "parameter-template.json").read_text()) == {
        "name": {"description": "n"}, "threads": {"description": "by hand", "optional": True},
    }  # fmt: skip
    assert _template_findings(cli, folder) == []
    assert cli("template", folder, "--check", folder / "parameter-template.json").code == 0


@pytest.mark.parametrize("others", [("threads_", "thread"), ("zebra",), ("thread", "threadss")])
def test_only_the_nearest_name_is_renamed(
    cli: Cli, files: Callable[[dict[str, str]], Path], others: tuple[str, ...]
) -> None:
    written = {"name": {"description": "n"}} | {name: {"description": name, "optional": True} for name in others}
    folder = files({"main.wdl": TWO_INPUTS, "parameter-template.json": json.dumps(written)})
    cli("lint", folder, "--fix", "--unsafe-fixes")
    after = json.loads((folder / "parameter-template.json").read_text())
    assert set(after) <= {"name", "threads"}
    assert ("threads" in after) is (others != ("zebra",))
