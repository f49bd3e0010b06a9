"""`template --update` and `--check`: what is written by hand stays, and the one accepts what the other leaves."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import WORKFLOWS, Cli
from hypothesis import given
from hypothesis import strategies as st

from packager.errors import PackagerError
from packager.findings.diagnostic import Place
from packager.fix.template_update import Action, apply_changes, changes_of_file
from packager.model.facts import Engine, Input, Workflow
from packager.parameters.template import derive

Files = Callable[[dict[str, str | bytes]], Path]

MAIN = """version 1.0

workflow count {
    input {
        File reads
        Int min_quality = 20
        String? label
    }
    parameter_meta {
        reads: "FASTQ"
        min_quality: "Least quality"
        label: "Größe"
    }
    output {
        Int n = min_quality
    }
}
"""


@pytest.fixture
def update(files: Files, cli: Cli, in_folder: Path) -> Callable[[str | bytes], tuple[str, list[str]]]:
    """Bring a template up to date by the command line: what it is then, and what was said."""
    assert in_folder.is_dir()
    source = files({"main.wdl": MAIN})

    def run(content: str | bytes) -> tuple[str, list[str]]:
        path = Path("t.json")
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        before = path.read_bytes()
        stale = cli("template", source, "--check", "t.json")
        done = cli("template", source, "--update", "t.json")
        assert (done.code, done.out) == (0, "")
        after = path.read_bytes()
        assert stale.code == int(before != after)
        status = path.stat()
        for option in ("--update", "--check"):
            again = cli("template", source, option, "t.json")
            assert (again.code, again.out, again.err) == (0, "", "t.json is up to date\n")
        assert path.read_bytes() == after
        assert (path.stat().st_mtime_ns, path.stat().st_ino) == (status.st_mtime_ns, status.st_ino)
        return after.decode(), done.err.splitlines()

    return run


Update = Callable[[str | bytes], tuple[str, list[str]]]


def test_descriptions_order_and_formatting_stay(update: Update) -> None:
    text = (
        '{\r\n\t"reads" : {"description": "by hand, größer"},\r\n'
        '\t"older" : {"description": "once", "optional": true},\r\n'
        '\t"min_quality" : {"optional": false, "description": "also by hand"}\r\n}'
    )
    after, said = update(text)
    assert after == (
        '{\r\n\t"reads" : {"description": "by hand, größer"},\r\n'
        '\t"min_quality" : {"optional": true, "description": "also by hand"},\r\n'
        '\t"label" : {"description": "Größe", "optional": true}\r\n}'
    )
    assert said == [
        "t.json: removed `older`, which is not an input of the workflow (described as `once`)",
        "t.json: made `min_quality` optional: the workflow has a default for it or accepts null",
        "t.json: added `label`",
    ]


UPDATED = [
    (
        "sorted keys stay sorted",
        '{"label": {"optional": true}, "reads": {}}',
        '{"label": {"optional": true}, "min_quality": {"description": "Least quality", "optional": true}, "reads": {}}',
    ),
    (
        "a byte order mark stays",
        '\ufeff{"reads":{},"min_quality":{"optional":true},"label":{}}\n',
        '\ufeff{"reads":{},"min_quality":{"optional":true},"label":{"optional":true}}\n',
    ),
    (
        "an empty description is somebody's",
        '{"reads": {"description": ""}, "min_quality": {"optional": true}, "label": {"optional": true}}',
        None,
    ),
    (
        "a requirement need not be written",
        '{"reads": {}, "min_quality": {"optional": true}, "label": {"optional": true}}',
        None,
    ),
    (
        "what is called optional and is not",
        '{"reads": {"optional":true}, "min_quality": {"optional": true}, "label": {"optional": true}}',
        '{"reads": {"optional":false}, "min_quality": {"optional": true}, "label": {"optional": true}}',
    ),
    (
        "names with the workflow's before them",
        '{"count.reads": {"description": "by hand"}, "count.min_quality": {"optional": true}, "label": {"optional": true}}',
        '{"reads": {"description": "by hand"}, "min_quality": {"optional": true}, "label": {"optional": true}}',
    ),
    (
        "a long name beside the short one",
        '{"count.reads": {}, "reads": {}, "min_quality": {"optional": true}, "label": {"optional": true}}',
        '{"reads": {}, "min_quality": {"optional": true}, "label": {"optional": true}}',
    ),
    (
        "another spelling",
        '{"Reads": {"description": "by hand"}, "minQuality": {"description": "too"}, "label": {"optional": true}}',
        (
            '{"reads": {"description": "by hand"}, "min_quality": {"description": "too", "optional": true}, '
            '"label": {"optional": true}}'
        ),
    ),
    (
        "an entry that is a description alone",
        '{"reads": {}, "min_quality": "by hand", "label": {"optional": true}}',
        '{"reads": {}, "min_quality": {"description": "by hand", "optional": true}, "label": {"optional": true}}',
    ),
    (
        "nothing at all",
        "{}\n",
        (
            '{\n  "label": {\n    "description": "Größe",\n    "optional": true\n  },\n'
            '  "min_quality": {\n    "description": "Least quality",\n    "optional": true\n  },\n'
            '  "reads": {\n    "description": "FASTQ",\n    "optional": false\n  }\n}\n'
        ),
    ),
]


@pytest.mark.parametrize(("before", "after"), [row[1:] for row in UPDATED], ids=[row[0] for row in UPDATED])
def test_what_has_to_change_changes(before: str, after: str | None, update: Update) -> None:
    assert update(before)[0] == (before if after is None else after)


def test_a_template_that_is_not_there_is_written(files: Files, cli: Cli, in_folder: Path) -> None:
    source = files({"main.wdl": MAIN})
    done = cli("template", source, "--update", "file://new.json")
    assert (done.code, done.out, done.err) == (
        0,
        "",
        f"new.json: written, 3 parameters\nnext: `packager lint {source} --parameter-template new.json`\n",
    )
    assert (in_folder / "new.json").read_text(encoding="utf-8") == cli("template", source).out
    assert cli("template", source, "--update", "new.json").err == "new.json is up to date\n"
    assert cli("template", source, "--check", "new.json").code == 0


@pytest.mark.parametrize("name", ["wdl-variants", "cwl-records", "nextflow-counts"])
def test_what_is_written_is_up_to_date_for_every_language(name: str, cli: Cli, in_folder: Path) -> None:
    source = WORKFLOWS / name
    cli("template", source, "-o", "t.json")
    before = (in_folder / "t.json").read_bytes()
    assert cli("template", source, "--check", "t.json").code == 0
    assert cli("template", source, "--update", "t.json").err == "t.json is up to date\n"
    content = {key: {**entry, "description": f"{entry['description']}!"} for key, entry in json.loads(before).items()}
    (in_folder / "t.json").write_text(json.dumps(content))
    assert cli("template", source, "--check", "t.json").code == 0


def test_permissions_and_links_stay(files: Files, cli: Cli, in_folder: Path) -> None:
    real, link = in_folder / "real.json", in_folder / "t.json"
    real.write_text("{}")
    real.chmod(0o640)
    link.symlink_to(real)
    assert cli("template", files({"main.wdl": MAIN}), "--update", "t.json").code == 0
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o640
    assert set(json.loads(real.read_text())) == {"reads", "min_quality", "label"}


def test_the_file_beside_main_is_the_one_that_is_linted(files: Files, cli: Cli) -> None:
    folder = files({"main.wdl": MAIN, "parameter-template.json": '{"older": {}}'})
    assert "TPL004" in cli("lint", folder, "--format", "json").codes
    cli("template", folder, "--update", folder / "parameter-template.json")
    assert not [code for code in cli("lint", folder, "--format", "json").codes if code.startswith("TPL")]


def test_faults_of_form_are_shown_and_exit_1(files: Files, cli: Cli, in_folder: Path) -> None:
    """They are the writer's to mend; what has drifted is mended all the same."""
    source = files({"main.wdl": MAIN})
    path = in_folder / "t.json"
    path.write_text('{"reads": {"type": "File"}, "min_quality": {"optional": true}}')
    done = cli("template", source, "--update", "t.json")
    assert done.code == 1
    assert "added `label`" in done.err
    assert "TPL002" in done.err
    assert json.loads(path.read_text())["reads"] == {"type": "File"}
    assert cli("template", source, "--check", "t.json").code == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '"x"', '{"reads": {}, "reads": {}}', b"\xff{}"])
@pytest.mark.parametrize("option", ["--update", "--check"])
def test_what_is_no_template_is_refused(
    option: str, text: str | bytes, files: Files, cli: Cli, in_folder: Path
) -> None:
    path = in_folder / "t.json"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    before = path.read_bytes()
    refused = cli("template", files({"main.wdl": MAIN}), option, "t.json")
    assert (refused.code, refused.out) == (2, "")
    assert "is not a JSON object" in refused.err
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "options",
    [
        ("--update", "t.json", "--check", "t.json"),
        ("--update", "t.json", "-o", "t.json"),
        ("--update", "t.json", "--as-service"),
    ],
)
def test_options_that_do_not_go_together(options: tuple[str, ...], files: Files, cli: Cli, in_folder: Path) -> None:
    assert cli("template", files({"main.wdl": MAIN}), *options).code == 2
    assert not (in_folder / "t.json").exists()


def test_names_are_printed_without_control_characters(files: Files, cli: Cli, in_folder: Path) -> None:
    (in_folder / "t.json").write_text('{"\\u001b[31m": {}}')
    said = cli("template", files({"main.wdl": MAIN}), "--update", "t.json").err
    assert "\033" not in said
    assert "\\x1b[31m" in said


def test_the_services_own_template_is_compared_word_by_word(cli: Cli, in_folder: Path) -> None:
    source = WORKFLOWS / "cwl-records"
    cli("template", source, "--as-service", "-o", "t.json")
    assert cli("template", source, "--as-service", "--check", "t.json").code == 0
    content = json.loads((in_folder / "t.json").read_text())
    content["strand"]["description"] = "by hand"
    (in_folder / "t.json").write_text(json.dumps(content))
    stale = cli("template", source, "--as-service", "--check", "t.json")
    assert stale.code == 1
    assert "`strand` differs" in stale.err
    assert cli("template", source, "--check", "t.json").code == 0


def workflow(inputs: dict[str, bool], *, complete: bool = True) -> Workflow:
    place = Place("main.wdl", 1, 1)
    declared = tuple(Input(name, "Int", optional, None, "", place) for name, optional in inputs.items())
    return Workflow(Engine.WDL, "main.wdl", "count", "1.0", inputs=declared, complete=complete)


def test_nothing_is_removed_while_inputs_may_be_unknown() -> None:
    known = workflow({"a": False}, complete=False)
    found = changes_of_file("t.json", b'{"b": {}, "A": {}}', known, derive(known))
    assert [(one.action, one.name) for one in found] == [(Action.ADD, "a")]


def test_two_entries_that_may_be_one_input() -> None:
    """The first takes the name; the other is no input."""
    known = workflow({"min_size": False})
    content = b'{"minSize": {"description": "x"}, "MIN_SIZE": {"description": "y"}}'
    after = apply_changes("t.json", content, changes_of_file("t.json", content, known, derive(known)))
    assert after == b'{"min_size": {"description": "x"}}'


names = st.sampled_from(
    ["a", "b", "c_d", "cD", "C-D", "count.a", "count.c_d", "count.x", "ß", "\U0001f9ec", 'q"uote', "z"]
)
white = st.sampled_from(["", " ", "\n", "\r\n\t", "  "])
entries = st.one_of(
    st.fixed_dictionaries({}, optional={"description": st.text(max_size=5), "optional": st.booleans()}),
    st.fixed_dictionaries({"optional": st.one_of(st.none(), st.integers(0, 2), st.text(max_size=2))}),
    st.text(max_size=4),
    st.none(),
)


@given(
    st.dictionaries(names, entries, max_size=6), st.dictionaries(names, st.booleans(), max_size=6), st.booleans(), white
)
def test_an_update_is_complete_and_needs_no_other(
    written: dict[str, Any], inputs: dict[str, bool], complete: bool, space: str
) -> None:
    known = workflow({name: optional for name, optional in inputs.items() if "." not in name}, complete=complete)
    content = json.dumps(written, ensure_ascii=False, separators=(f"{space},{space}", f"{space}:{space}")).encode()
    after = apply_changes("t.json", content, changes_of_file("t.json", content, known, derive(known)))
    assert changes_of_file("t.json", after, known, derive(known)) == ()
    found = json.loads(after)
    wanted = {declared.name for declared in known.inputs}
    assert wanted <= found.keys()
    assert not complete or wanted == found.keys()
    for declared in known.inputs:
        entry = found[declared.name]
        assert declared.optional is (isinstance(entry, dict) and entry.get("optional") is True)
        if isinstance(before := written.get(declared.name), dict) and "description" in before:
            assert entry["description"] == before["description"]


def test_what_is_no_json_raises_a_packager_error() -> None:
    known = workflow({"a": False})
    with pytest.raises(PackagerError, match="not a JSON object of distinct names"):
        apply_changes("t.json", b"{", changes_of_file("t.json", b"{}", known, derive(known)))
