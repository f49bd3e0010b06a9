"""The verdict on CWL definitions, and that asking for it changes nothing around it."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from packager.cache import NO_CACHE, Cache
from packager.engines.cwl import check, read
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
        [("main.cwl", 6, "missing required parameter")],
    ),
    "types do not fit": (
        {"main.cwl": HEAD.replace("string", "File") + "  s: {run: t.cwl, in: {a: x}, out: []}\n", "t.cwl": TOOL},
        [("main.cwl", 3, "incompatible")],
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


@pytest.mark.parametrize(
    "text",
    [
        HEAD + "  s: {run: main.cwl, in: [], out: []}\n",
        TOOL + "hints: {$import: main.cwl}\n",
        TOOL + "doc: " + "[" * 5000,
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
        ours = salad._compiled(process, version)
    process.SCHEMA_CACHE.pop(version, None)
    loader, _names, _described, meta = process.get_schema(version)
    document, _ = meta.resolve_ref("https://w3id.org/cwl/CommonWorkflowLanguage.yml", "")
    assert ours["ctx"] == salad._plain(loader.ctx)
    assert ours["avro"] == salad._plain(schema.make_avro(document, loader, meta.vocab))
