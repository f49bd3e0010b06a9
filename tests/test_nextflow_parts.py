"""What a pipeline is made of: includes and configs that parameters choose, processes that functions call, modules of a registry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import pytest
from conftest import Cli

import packager
from packager.app.loaded import Loaded
from packager.findings.diagnostic import Diagnostic

Files = Callable[[dict[str, str | bytes]], Path]

STEP = """
process STEP {
    publishDir '/mnt/workflow/pubdir'
    output: path 'o.txt'
    script:
    'date > o.txt'
}
"""
COUNT = """
process COUNT {
    container 'quay.io/lab/count:1.0'
    input: path x
    output: path 'n.txt'
    script:
    "wc -l $x > n.txt"
}
"""


def loaded(root: Path, **settings: str) -> Loaded:
    return packager.load(str(root), **settings)  # type: ignore[arg-type] # only texts are given here


def findings(root: Path, *codes: str) -> list[Diagnostic]:
    return [found for found in packager.lint(loaded(root)).diagnostics if found.code in codes]


def names(root: Path) -> list[str]:
    return sorted(task.name for task in loaded(root).workflow.tasks)


def packaged(root: Path) -> dict[str, bool]:
    """The files of the package, each with whether it is a guess."""
    return {file.path: file.guess for file in loaded(root).workflow.files}


def skipped(root: Path) -> dict[str, str]:
    return {one.code: one.reason for one in packager.lint(loaded(root)).skipped}


class TestIncludes:
    @pytest.mark.parametrize(
        ("source", "config", "more"),
        [
            ('"./${params.mods}/step"', "params.mods = 'mods'", ""),
            ("'./' + params.mods + '/step'", "params { mods = 'mods' }", ""),
            ('"./${params.mods}/step"', "", "params.mods = 'mods'\n"),
            ('"${projectDir}/${folder}/step"', "", "folder = 'mods'\n"),
            ("params.x ? './mods/step' : './other'", "params.x = true", ""),
        ],
    )
    def test_a_path_with_known_parameters(self, source: str, config: str, more: str, files: Files) -> None:
        main = f"{more}include {{ STEP }} from {source}\nworkflow {{ STEP() }}\n"
        root = files({"main.nf": main, "mods/step.nf": STEP, "nextflow.config": config, "notes/x.nf": STEP})
        assert names(root) == ["STEP"]
        assert packaged(root)["mods/step.nf"] is False
        assert "notes/x.nf" not in packaged(root)
        assert findings(root, "NXF004", "NXF060") == []

    def test_a_module_sets_its_own_parameters(self, files: Files) -> None:
        module = 'params.up = "../"\ninclude { STEP } from "./${params.up}step"\nworkflow SUB { STEP() }\n'
        main = "include { SUB } from './sub/main'\nworkflow { SUB() }\n"
        root = files({"main.nf": main, "sub/main.nf": module, "step.nf": STEP})
        assert names(root) == ["STEP"]

    def test_the_scripts_of_other_parameters_are_a_guess(self, files: Files) -> None:
        main = 'include { STEP } from "./${params.mode}/step"\nworkflow { STEP() }\n'
        other = f"include {{ COUNT }} from '../count'\n{STEP}"
        root = files(
            {
                "main.nf": main,
                "one/step.nf": STEP,
                "two/step.nf": other,
                "count.nf": COUNT,
                "three/none.nf": STEP,
                "nextflow.config": "params.mode = 'one'\n",
            }
        )
        assert packaged(root) == {
            "main.nf": False,
            "nextflow.config": False,
            "one/step.nf": False,
            "two/step.nf": True,
            "count.nf": True,
        }
        assert names(root) == ["STEP"]

    def test_an_agent_is_one_error(self, files: Files) -> None:
        agent = 'agent NAME {\n model "a/b"\n input:\n reads: List<Path>\n output:\n sheet: Sheet\n prompt:\n """\n {${reads}\n """\n}\n'
        main = "include { helper as check } from './helper'\nworkflow { check(1)\n first(2) }\n"
        root = files(
            {
                "main.nf": main + agent.replace("NAME", "first") + agent.replace("NAME", "second"),
                "helper.nf": agent.replace("NAME", "helper"),
            }
        )
        found = findings(root, "NXF001", "NXF002", "NXF003", "NXF007", "NXF063")
        assert [(one.code, one.path, one.line) for one in found] == [
            ("NXF001", "helper.nf", 1),
            ("NXF001", "main.nf", 4),
        ]
        assert all("no version of Nextflow with agents" in (one.hint or "") for one in found)
        silent = files(
            {"main.nf": "def agent(x) { x }\nworkflow {\n agent(1)\n agent 'a'\n def agent = 2\n println agent\n}\n"}
        )
        assert findings(silent, "NXF001") == []

    def test_a_parameter_that_is_not_known(self, files: Files) -> None:
        main = f'include {{ STEP }} from "./${{params.mode}}/step"\n{COUNT.replace("container", "// ")}\nworkflow {{ STEP()\n COUNT(1) }}\n'
        root = files({"main.nf": main, "one/step.nf": STEP, "data/x.txt": "x", "docs/y.md": "y"})
        (found,) = findings(root, "NXF060")
        assert (found.severity.value, found.line, "`params.mode`" in found.message) == ("warning", 1, True)
        assert packaged(root)["one/step.nf"] is True
        assert packaged(root)["data/x.txt"] is True
        reasons = skipped(root)
        for code in ("IMG003", "NXF003", "NXF029"):
            assert "`main.nf` line 1" in reasons[code], code

    def test_a_missing_script_that_a_parameter_names(self, files: Files) -> None:
        main = 'include { STEP } from "./${params.mode}/step"\nworkflow { STEP() }\n'
        root = files({"main.nf": main, "nextflow.config": "params.mode = 'none'\n"})
        (found,) = findings(root, "NXF004")
        assert found.severity.value == "warning"
        assert "`params.mode`" in found.message

    @pytest.mark.parametrize(
        ("include", "code"),
        [("include { STEP } from './none'", "NXF004"), ("include { OTHER } from './step'", "NXF007")],
    )
    @pytest.mark.parametrize(
        ("before", "severity", "end"),
        [
            ("if (params.mode == 'fast')", "warning", " (depends on `mode`)"),
            ("def mode = params.mode\nif (mode) { } else", "warning", " (depends on `mode`)"),
            ("if (choose())", "warning", " (if it is included)"),
            ("if (false)", "warning", " (if it is included)"),
            ("if (true)", "error", ""),
            ("", "error", ""),
        ],
    )
    def test_an_include_that_an_if_decides_on(
        self, before: str, severity: str, end: str, include: str, code: str, files: Files
    ) -> None:
        main = f"{before} {{ {include} }}" if before else include
        root = files(
            {
                "main.nf": f"{main}\nworkflow {{ }}\n",
                "step.nf": STEP,
                "nextflow.config": "manifest.nextflowVersion = '!>=25.10.0'\nparams.mode = 'slow'\n",
            }
        )
        (found,) = findings(root, code)
        assert (found.severity.value, "(" in found.message) == (severity, bool(end))
        assert found.message.endswith(end)

    @pytest.mark.parametrize(
        ("version", "expected"), [(">=23.04.0", []), ("!>=25.10.0", []), ("!>=26.04.0", ["NXF007"])]
    )
    def test_an_included_script_passes_on_what_it_includes(
        self, version: str, expected: list[str], files: Files
    ) -> None:
        root = files(
            {
                "main.nf": "include { COUNT } from './sub'\nworkflow { COUNT(1) }\n",
                "sub.nf": "include { TALLY as COUNT } from './mod/count'\n",
                "mod/count.nf": COUNT.replace("process COUNT", "process TALLY"),
                "nextflow.config": f"manifest.nextflowVersion = '{version}'\n",
            }
        )
        assert [found.code for found in findings(root, "NXF007")] == expected
        assert [str(image.image) for image in loaded(root).images] == ["quay.io/lab/count:1.0"]


class TestModules:
    MAIN = "include { STEP } from 'lab/align'\nworkflow { STEP() }\n"

    def root(self, files: Files, version: str, *, meta: bool = True, module: bool = True) -> Path:
        contents: dict[str, str | bytes] = {
            "main.nf": self.MAIN,
            "nextflow.config": f"manifest.nextflowVersion = '{version}'\n",
        }
        if module:
            contents |= {"modules/lab/align/main.nf": STEP, "modules/lab/align/.module-info": "{}"}
        if meta:
            contents["modules/lab/align/meta.yml"] = "name: lab/align\n"
        return files(contents)

    def test_an_installed_module(self, files: Files) -> None:
        root = self.root(files, "!>=26.04.0")
        assert [found.severity.value for found in findings(root, "NXF005")] == ["info"]
        assert names(root) == ["STEP"]
        assert {"modules/lab/align/main.nf", "modules/lab/align/meta.yml", "modules/lab/align/.module-info"} <= set(
            packaged(root)
        )

    def test_a_run_can_request_the_version_that_includes_modules_by_name(self, files: Files) -> None:
        (found,) = findings(self.root(files, "!>=25.10.0", meta=True, module=True), "NXF005")
        assert found.severity.value == "warning"
        assert found.message.endswith("(unless a run requests Nextflow 26.04.0)")

    @pytest.mark.parametrize(
        ("version", "meta", "module", "word"),
        [
            ("!25.10.0", True, True, "26.04"),
            ("!>=26.04.0", False, True, "meta.yml"),
            ("!>=26.04.0", False, False, "registry"),
        ],
    )
    def test_what_surely_fails(self, version: str, meta: bool, module: bool, word: str, files: Files) -> None:
        (found,) = findings(self.root(files, version, meta=meta, module=module), "NXF005")
        assert found.severity.value == "error"
        assert word in found.message


class TestCalls:
    def test_functions_call_processes(self, files: Files) -> None:
        module = """
def read_all(pattern) { inner(pattern)
 return TIDY.out }
def inner(pattern) { TIDY(Channel.fromPath(pattern))
 inner(pattern) }
process TIDY { label 'reading'
 input: path x
 output: path 'tidy.txt'
 script: "sort $x > tidy.txt"
}
process NEVER { script: 'x' }
"""
        config = """
process { container = 'a/main:1'
 withLabel: reading { container = 'quay.io/lab/reading:2.0' }
 withName: 'SUB:TIDY' { cpus = 7 } }
"""
        main = "include { read_all } from './lib/ingress'\nworkflow SUB { read_all(params.x) }\nworkflow { SUB() }\n"
        root = files({"main.nf": main, "lib/ingress.nf": module, "nextflow.config": config})
        (task,) = loaded(root).workflow.tasks
        assert (task.name, str(task.image.reference)) == ("TIDY", "quay.io/lab/reading:2.0")
        assert task.resources.cpu is not None
        assert task.resources.cpu.value == 7

    @pytest.mark.parametrize(
        "body",
        ["ch | (ONE & TWO)", "ch | map { it } | (ONE & TWO) | mix", "ONE | TWO", "ONE.recurse(ch).times(2)\n TWO(ch)"],
    )
    def test_pipes_call_processes(self, body: str, files: Files) -> None:
        processes = "".join(f"process {name} {{\n script:\n 'x'\n}}\n" for name in ("ONE", "TWO", "NEVER"))
        root = files({"main.nf": f"{processes}workflow {{\n ch = channel.of(1)\n {body}\n}}\n"})
        assert names(root) == ["ONE", "TWO"]


class TestConfigs:
    CLOSURE = """
manifest.nextflowVersion = '!>=26.04.0'
params { mode = 'quick' }
includeConfig ({
    if (params.mode.split(',').contains('quick')) {
        return 'conf/quick.config'
    }
    if (params.mode == 'slow') { return 'conf/slow.config' }
    return '/dev/null'
}())
"""

    def test_a_closure(self, files: Files) -> None:
        quick = "process {\n withName: COUNT {\n  cpus = 3\n  if (params.mode == 'quick') { cpus = 4 }\n }\n}\n"
        root = files(
            {
                "main.nf": f"{COUNT}workflow {{ COUNT(channel.of(1)) }}\n",
                "nextflow.config": self.CLOSURE,
                "conf/quick.config": quick,
                "conf/slow.config": "if (params.mode) { process.cpus = 1 }\nincludeConfig 'base.config'\n",
                "conf/base.config": "process.cpus = 2\n",
                "conf/none.config": "process.cpus = 2\n",
            }
        )
        assert [(found.path, found.line) for found in findings(root, "NXF002")] == [("conf/quick.config", 4)]
        assert packaged(root)["conf/quick.config"] is False
        assert packaged(root)["conf/slow.config"] is True
        assert packaged(root)["conf/base.config"] is True
        assert "conf/none.config" not in packaged(root)
        (task,) = loaded(root).workflow.tasks
        assert task.resources.cpu is not None

    def test_a_closure_of_which_only_a_run_knows_the_result(self, files: Files) -> None:
        config = self.CLOSURE.replace("params { mode = 'quick' }", "").replace("26.04.0", "25.10.0")
        root = files(
            {
                "main.nf": "workflow { }\n",
                "nextflow.config": config,
                "conf/quick.config": "params.a = 1\n",
                "conf/slow.config": "params.b = 1\n",
            }
        )
        assert {"conf/quick.config", "conf/slow.config"} <= set(packaged(root))

    @pytest.mark.parametrize(
        "body", ["includeConfig params.config", "try {\n includeConfig params.config\n} catch (Exception e) { }"]
    )
    def test_a_path_from_a_parameter(self, body: str, files: Files) -> None:
        config = "params {\n pipeline = 'not_given'\n config = \"config/${params.pipeline}.config\"\n}\n"
        root = files(
            {
                "main.nf": "workflow { println params.pipeline }\n",
                "nextflow.config": config + body,
                "config/first.config": "process.cpus = 2\n",
                "config/second.config": "process.cpus = 4\n",
                "config/readme.txt": "x",
            }
        )
        (found,) = findings(root, "NXF009")
        assert (found.severity.value, "`params.pipeline`" in found.message) == ("warning", True)
        assert [path for path, guess in packaged(root).items() if guess] == [
            "config/first.config",
            "config/second.config",
        ]

    def test_a_config_that_only_a_run_knows(self, files: Files) -> None:
        root = files(
            {
                "main.nf": f"{STEP}workflow {{ STEP() }}\n",
                "nextflow.config": 'includeConfig "${choose()}.config"\n',
                "conf/one.config": "process.cpus = 2\n",
            }
        )
        (found,) = findings(root, "NXF060")
        assert (found.severity.value, found.path, found.line) == ("warning", "nextflow.config", 1)
        assert packaged(root)["conf/one.config"] is True
        reasons = skipped(root)
        for check in ("IMG001", "IMG003", "RES001"):
            assert "`nextflow.config` line 1" in reasons[check], check
        assert "NXF003" not in reasons

    @pytest.mark.parametrize(
        ("source", "code"),
        [("https://example.org/${choose()}.config", "NXF013"), ("/data/${choose()}.config", "NXF014")],
    )
    def test_an_unknown_config_that_is_certainly_elsewhere(self, source: str, code: str, files: Files) -> None:
        root = files({"main.nf": "workflow { }\n", "nextflow.config": f'includeConfig "{source}"\n', "x/y.txt": "x"})
        assert [found.code for found in findings(root, "NXF013", "NXF014", "NXF060")] == [code]
        assert "x/y.txt" not in packaged(root)

    @pytest.mark.parametrize(
        ("path", "code"), [("conf/none.config", "NXF009"), ("/data/x.config", "NXF014"), ("../x.config", "NXF009")]
    )
    @pytest.mark.parametrize(
        ("condition", "severity", "end"),
        [
            ("!params.skip", "warning", " (depends on `skip`)"),
            ("params.skip", "", ""),
            ("true", "error", ""),
        ],
    )
    def test_a_config_that_an_if_on_a_parameter_includes(
        self, condition: str, severity: str, end: str, path: str, code: str, files: Files
    ) -> None:
        config = f"params.skip = false\nif ({condition}) {{\n  includeConfig '{path}'\n}}\n"
        root = files({"main.nf": "workflow { println params.skip }\n", "nextflow.config": config})
        found = findings(root, code)
        assert [one.severity.value for one in found] == ([severity] if severity else [])
        assert all(one.message.endswith(end) for one in found)

    def test_a_config_with_certain_path_that_is_missing_is_an_error(self, files: Files) -> None:
        root = files({"main.nf": "workflow { }\n", "nextflow.config": "includeConfig 'conf/none.config'\n"})
        assert [found.severity.value for found in findings(root, "NXF009")] == ["error"]

    def test_a_fault_in_a_config_that_a_parameter_chooses_is_a_warning(self, files: Files) -> None:
        root = files(
            {
                "main.nf": "workflow { }\n",
                "nextflow.config": "params.mode = 'one'\nincludeConfig \"conf/${params.mode}.config\"\n",
                "conf/one.config": "params.a = 1\n",
                "conf/two.config": "params.a = = 1\n",
            }
        )
        assert [(found.path, found.severity.value) for found in findings(root, "NXF001")] == [
            ("conf/two.config", "warning")
        ]


def test_the_list_of_the_package_names_the_reason(files: Files, cli: Cli) -> None:
    root = files(
        {
            "main.nf": "workflow { }\n",
            "nextflow.config": "params.mode = 'one'\nincludeConfig \"conf/${params.mode}.config\"\n",
            "conf/one.config": "params.a = 1\n",
            "conf/two.config": "params.a = 1\n",
        }
    )
    shown = cli("package", root, "--no-lint", "--list").out
    assert "`includeConfig` in `nextflow.config:2`, for other parameters" in shown


class TestRoot:
    CONFIGS: ClassVar[list[str]] = [
        "'../shared.config'",
        "('../shared.config')",
        '"$projectDir/../shared.config"',
        '"${projectDir}/../shared.config"',
    ]

    @pytest.mark.parametrize("source", CONFIGS)
    def test_a_config_that_climbs_raises_the_root(self, source: str, files: Files) -> None:
        root = files(
            {
                ".git/HEAD": "ref: refs/heads/main\n",
                "one/main.nf": f"{STEP}workflow {{ STEP() }}\n",
                "one/nextflow.config": f"includeConfig {source}\n// includeConfig '../../other.config'\n",
                "shared.config": "includeConfig 'conf/more.config'\nprocess.cpus = 4\n",
                "conf/more.config": "process.memory = '2 GB'\n",
            }
        )
        workflow = loaded(root / "one/main.nf").workflow
        assert {"one/main.nf", "one/nextflow.config", "shared.config", "conf/more.config"} <= {
            file.path for file in workflow.files
        }
        report = packager.lint(loaded(root / "one/main.nf"))
        found = {diagnostic.code for diagnostic in report.diagnostics}
        assert "NXF014" not in found

    def test_an_include_with_a_parameter_raises_the_root(self, files: Files) -> None:
        root = files(
            {
                ".git/HEAD": "ref: refs/heads/main\n",
                "one/main.nf": 'params.up = "../one/"\ninclude { STEP } from "./${params.up}step"\nworkflow { STEP() }\n',
                "one/step.nf": STEP,
            }
        )
        workflow = loaded(root / "one/main.nf").workflow
        assert [file.path for file in workflow.files] == ["one/main.nf", "one/step.nf"]
        assert findings(root / "one", "NXF006") == []

    def test_a_config_above_the_repository_is_outside(self, files: Files) -> None:
        root = files(
            {
                "repository/.git/HEAD": "ref: refs/heads/main\n",
                "repository/main.nf": "workflow { }\n",
                "repository/nextflow.config": "includeConfig '../shared.config'\n",
                "shared.config": "process.cpus = 4\n",
            }
        )
        report = packager.lint(loaded(root / "repository/main.nf"))
        (found,) = (diagnostic for diagnostic in report.diagnostics if diagnostic.code == "NXF006")
        assert found.message == "the config `../shared.config` is outside the source"
        assert "--main repository/main.nf" in found.hint


class TestMainScript:
    CONTENTS: ClassVar[dict[str, str | bytes]] = {
        "src/run.nf": f"{STEP}workflow {{ STEP() }}\n",
        "nextflow.config": "manifest.nextflowVersion = '!>=25.10.0'\nmanifest.mainScript = 'src/run.nf'\nprocess.cpus = 8\n",
        "bin/hello.py": "#!/usr/bin/env python3\n",
    }

    def test_a_config_in_a_higher_folder_is_not_read(self, files: Files) -> None:
        root = files(self.CONTENTS)
        opened = loaded(root)
        assert opened.detection.reason == "`manifest.mainScript` of `nextflow.config`"
        (found,) = findings(root, "NXF061", "NXF018", "IMG003", "RES001")
        assert (found.code, found.path, found.line) == ("NXF061", "nextflow.config", 2)
        assert {"IMG003", "NXF018", "RES001"} <= set(skipped(root))
        assert {"nextflow.config", "bin/hello.py"} <= set(packaged(root))

    def test_a_config_next_to_the_main_script_is_read(self, files: Files) -> None:
        root = files({**self.CONTENTS, "src/nextflow.config": "process.memory = '2 GB'\n"})
        assert findings(root, "NXF061") == []
        assert "IMG003" not in skipped(root)

    def test_a_main_script_next_to_its_config(self, files: Files) -> None:
        config = "manifest { mainScript = 'run.nf' }\nprocess.cpus = 8\n"
        root = files({"run.nf": f"{STEP}workflow {{ STEP() }}\n", "nextflow.config": config})
        assert findings(root, "NXF061") == []
        assert packaged(root) == {"nextflow.config": False, "run.nf": False}


class TestPublishing:
    CONFIG = "params.results = \"$projectDir/results\"\nparams.good = '/mnt/workflow/pubdir'\n"

    @pytest.mark.parametrize(
        ("workflows", "expected"),
        [
            ("workflow { STEP(1, params.results) }", ["NXF028"]),
            ("workflow { STEP(1, params.good) }", []),
            ("workflow SUB {\n take: a\n b\n main: STEP(a, b) }\nworkflow { SUB(1, params.results) }", ["NXF028"]),
            ('def run(a, b) { STEP(a, b) }\nworkflow { run(1, "${params.results}/x") }', ["NXF028"]),
            ("workflow { STEP(1, 'results') }", ["NXF027"]),
            ("workflow ONE { STEP(1, 'results') }\nworkflow { STEP(1, params.good) }", []),
        ],
    )
    def test_a_folder_that_calls_pass(self, workflows: str, expected: list[str], files: Files) -> None:
        process = "process STEP {\n publishDir \"${where}/tables\"\n input:\n path x\n val where\n script:\n 'x'\n}\n"
        root = files({"main.nf": f"{process}{workflows}\n", "nextflow.config": self.CONFIG})
        assert [found.code for found in findings(root, "NXF027", "NXF028")] == expected

    def test_a_folder_that_only_a_run_knows(self, files: Files) -> None:
        process = (
            "process STEP {\n publishDir \"${where}/tables\"\n input:\n tuple val(where), path(x)\n script:\n 'x'\n}\n"
        )
        root = files({"main.nf": f"{process}workflow {{ STEP(channel.of(1)) }}\n"})
        assert findings(root, "NXF027", "NXF028", "NXF029") == []
        assert "`main.nf` line 2" in skipped(root)["NXF027"]


class TestScripts:
    @pytest.mark.parametrize(
        ("path", "content", "expected"),
        [
            ("bin/x.py", b"#!/usr/bin/env python3\r\nprint(1)\r\n", True),
            ("bin/tools/x.py", b"#!/usr/bin/env python3\r\n", False),
            ("templates/x.sh", b"#!/bin/bash\r\n", True),
            ("bin/x.py", b"\xef\xbb\xbf#!/usr/bin/env python3\nprint(1)\n", True),
            (
                "modules/x/resources/usr/bin/x.py",
                b"#!/usr/bin/env python3\r\n",
                False,
            ),  # of a module that is not included
            ("bin/x.py", b"\xef\xbb\xbfa,b\n", False),
            ("bin/x.py", b"#!/usr/bin/env python3\nprint(1)\r\n", False),
            ("bin/x.txt", b"a\r\nb\r\n", False),
            ("bin/x", b"", False),
            ("data/x.py", b"#!/usr/bin/env python3\r\n", False),
        ],
    )
    def test_windows_line_ends(self, path: str, content: bytes, expected: bool, files: Files) -> None:
        process = "process STEP {\n script:\n template 'x.sh'\n}\n"
        root = files({"main.nf": f"{process}workflow {{ STEP() }}\n", path: content})
        found = findings(root, "NXF062")
        assert [(one.path, one.line) for one in found] == ([(path, 1)] if expected else [])


def test_links_in_folders_without_packaged_files_are_one_note(files: Files) -> None:
    root = files(
        {
            "main.nf": 'workflow { println file("${projectDir}/assets/a.txt") }\n',
            "assets/a.txt": "x",
            "tests/data/real.txt": "x",
        }
    )
    for name in ("tests/data/a.txt", "tests/data/b.txt", "assets/broken.txt"):
        (root / name).symlink_to("nowhere")
    note, warning = sorted(findings(root, "ZIP011"), key=lambda found: found.severity.value)
    assert (note.severity.value, note.path, "2 links" in note.message) == ("info", "tests/data/a.txt", True)
    assert (warning.severity.value, warning.path) == ("warning", "assets/broken.txt")


def test_what_climbs_is_one_finding_for_each_level(files: Files) -> None:
    root = files(
        {
            "a/b/main.nf": "".join(f"include {{ {n} }} from '../mods/{n}'\n" for n in "XYZ")
            + "include { W } from '../../w'\nworkflow { X()\n Y()\n Z()\n W() }\n",
            "a/b/nextflow.config": "includeConfig '../mods/shared.config'\n",
            **{f"a/mods/{name}.nf": f"process {name} {{\n script:\n 'true'\n}}\n" for name in "XYZ"},
            "a/mods/shared.config": "process.cpus = 2\n",
            "w.nf": "process W {\n script:\n 'true'\n}\n",
        }
    )
    found = findings(root / "a/b", "NXF004", "NXF006", "NXF014")
    assert [diagnostic.message for diagnostic in found] == [
        "the script `../mods/X` is outside the source (3 more)",
        "the script `../../w` is outside the source",
    ]
    assert "--main a/b/main.nf" in found[0].hint


class TestConditions:
    """Which tasks a run may leave out, and the parameters that decide."""

    STEPS = "".join(f"process {name} {{\n script:\n 'true'\n}}\n" for name in "ABCDE")

    def conditions(self, files: Files, body: str, steps: str = "", **more: str | bytes) -> dict[str, tuple[bool, str]]:
        root = files({"main.nf": f"{steps or self.STEPS}{body}", **more})
        return {
            task.name: (task.conditional, ",".join(task.depends_on))
            for task in loaded(root).workflow.tasks
            if f"{task.name}(" in body or f"| {task.name}" in body
        }

    @pytest.mark.parametrize(
        ("body", "expected"),
        [
            ("A()", {"A": (False, "")}),
            ("if (params.x) { A() } else { B() }\n C()", {"A": (True, "x"), "B": (True, "x"), "C": (False, "")}),
            ("if (params.x) { if (!params.y) A() }", {"A": (True, "x,y")}),
            ("if (params.x) { A() }\n A()", {"A": (False, "")}),
            ("if (params.x) { A() } else if (params.y) { A() }", {"A": (True, "x,y")}),
            ("tools = params.tools.split(',')\n if ('a' in tools) { A() }", {"A": (True, "tools")}),
            ("params.x ? A() : B()", {"A": (True, "x"), "B": (True, "x")}),
            ("if (params['x']) { channel.of(1) | A }", {"A": (True, "x")}),
            ("if (true) { A() } else { B() }", {"A": (False, "")}),
            ("if (file('a').exists()) { A() }", {"A": (True, "")}),
            ("for (i in params.list) { A() }", {"A": (True, "list")}),
            ("switch (params.x) { case 1: A(); break }", {"A": (True, "x")}),
            ("try { A() } catch (Exception e) { }", {"A": (False, "")}),
        ],
    )
    def test_of_calls(self, body: str, expected: dict[str, tuple[bool, str]], files: Files) -> None:
        found = self.conditions(files, f"workflow {{\n {body}\n}}\n")
        assert {name: found[name] for name in expected} == expected

    def test_of_workflows_and_functions(self, files: Files) -> None:
        body = (
            "def helper() { if (params.z) { C() } }\nworkflow W { if (params.y) { A() }\n B() }\n"
            "workflow { if (params.x) { W() }\n helper() }\n"
        )
        assert self.conditions(files, body) == {"A": (True, "x,y"), "B": (True, "x"), "C": (True, "z")}

    @pytest.mark.parametrize(
        ("when", "config", "expected"),
        [
            ("task.ext.when == null || task.ext.when", "", (False, "")),
            (
                "task.ext.when == null || task.ext.when",
                "process { withName: A { ext.when = { params.x } } }",
                (True, "x"),
            ),
            ("params.x", "", (True, "x")),
            ("name == 'a'", "", (True, "")),
        ],
    )
    def test_of_when(self, when: str, config: str, expected: tuple[bool, str], files: Files) -> None:
        steps = f"process A {{\n when:\n {when}\n script:\n 'true'\n}}\n"
        found = self.conditions(files, "workflow { A() }\n", steps, **{"nextflow.config": config})
        assert found == {"A": expected}

    def test_time_is_linear(self, files: Files) -> None:
        chain = "".join(f"if (params.p{number}) {{ A() }} else " for number in range(2000)) + "{ B() }"
        more = " && ".join(f"params.q{number}" for number in range(3000))
        found = self.conditions(files, f"workflow {{\n {chain}\n if ({more}) {{ C() }}\n}}\n")
        assert found["A"][0] or found["B"][0] or found["C"][0]


class TestArity:
    """Calls with another number of channels than the process or workflow has."""

    STEPS = (
        "process TWO {\n input:\n path a\n tuple val(b), path(c)\n container 'x'\n"
        " output:\n path 'd', emit: d\n path 'e'\n script:\n 'x'\n}\n"
        "process ONE {\n input:\n val a\n output:\n path 'd'\n script:\n 'x'\n}\n"
        "process NONE {\n output:\n path 'd'\n script:\n 'x'\n}\n"
        "workflow W {\n take:\n a\n b\n main:\n TWO(a, b)\n emit:\n x = TWO.out.d\n}\n"
        "def ids() { [1, 2] }\n"
    )

    def wrong(self, files: Files, body: str, more: str = "") -> list[tuple[str, str]]:
        root = files({"main.nf": f"{self.STEPS}{more}workflow {{\n {body}\n}}\n"})
        return [(found.severity.value, found.message) for found in findings(root, "NXF063")]

    @pytest.mark.parametrize(
        ("body", "message"),
        [
            ("TWO(channel.of(1))", "`TWO` has 2 inputs, but the call passes 1"),
            ("TWO()", "`TWO` has 2 inputs, but the call passes 0"),
            ("NONE(1)", "`NONE` has 0 inputs, but the call passes 1"),
            ("W(params.a)", "`W` has 2 inputs, but the call passes 1"),
            ("ONE(channel.of(1).map { it }, [])", "`ONE` has 1 input, but the call passes 2"),
            ("x = channel.of(1)\n y = x.map { it }.collect()\n ONE(x, y)", "`ONE` has 1 input, but the call passes 2"),
            ("TWO(1, 2)\n ONE(TWO.out)", "`ONE` has 1 input, but the call passes 2"),
            ("TWO(1, 2)\n TWO(TWO.out.d)", "`TWO` has 2 inputs, but the call passes 1"),
            ("ONE(params.a ? 1 : [], 2)", "`ONE` has 1 input, but the call passes 2"),
        ],
    )
    def test_they_are_errors(self, body: str, message: str, files: Files) -> None:
        assert self.wrong(files, body) == [("error", message)]

    @pytest.mark.parametrize(
        ("body", "end"),
        [
            ("if (params.x) { TWO(1) }", " (depends on `x`)"),
            ("if (file('a').exists()) { TWO(1) }", " (if it is called)"),
        ],
    )
    def test_a_condition_makes_them_warnings(self, body: str, end: str, files: Files) -> None:
        assert self.wrong(files, body) == [("warning", f"`TWO` has 2 inputs, but the call passes 1{end}")]

    @pytest.mark.parametrize(
        "body",
        [
            "TWO(1, 2)",
            "W(1, 2)",
            "TWO(1, 2)\n TWO(TWO.out)",
            "TWO(TWO(1, 2))",
            "both = TWO(1, 2)\n TWO(both)",
            "TWO(channel.of(1).multiMap { a: it\n b: it })",
            "parts = channel.of(1).branch { a: true\n b: false }\n TWO(parts)",
            "TWO(*ids())",
            "TWO(ids())",
            "channel.of(1) | ONE",
            "(a, b) = ids()\n TWO(a)",
            "TWO(unknown)",
            "ONE([a: 1, b: 2])",
        ],
    )
    def test_what_may_be_right(self, body: str, files: Files) -> None:
        assert self.wrong(files, body) == []

    def test_what_no_run_reaches(self, files: Files) -> None:
        assert self.wrong(files, "ONE(1)", "workflow UNUSED {\n TWO(1)\n}\n") == []

    def test_typed_inputs_are_not_counted(self, files: Files) -> None:
        typed = "process T {\n input:\n record(\n  a: String,\n  b: Path\n )\n script:\n 'x'\n}\n"
        assert self.wrong(files, "T(channel.of(1))", f"{typed}") == []


def test_a_computed_path_of_a_class_brings_the_files_that_it_names(files: Files) -> None:
    helper = """class Helper {
        static String card(hook) {
            def name = hook.contains('slack') ? "slack.json" : "card.json"
            return new File("$workflow.projectDir/assets/${name}").text
        }
    }
    """
    assets = {f"assets/{name}": "{}" for name in ("slack.json", "card.json", "logo.png")}
    root = files({"main.nf": "workflow { Helper.card('x') }\n", "lib/Helper.groovy": helper, **assets})
    assert list(packaged(root)) == ["assets/card.json", "assets/slack.json", "lib/Helper.groovy", "main.nf"]
    (root / "lib" / "Helper.groovy").write_text(helper.replace("slack.json", "a").replace("card.json", "b"))
    assert "assets/logo.png" in packaged(root)
