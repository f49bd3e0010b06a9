"""Images of Nextflow processes that scripts, `task.ext`, profiles and the registry of the config decide."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

import packager
from packager.findings.diagnostic import Diagnostic
from packager.model.facts import ImageStatus

Files = Callable[[dict[str, str | bytes]], Path]

BODY = """
    input: path x
    output: path 'n.txt'
    script:
    "wc -l $x > n.txt"
"""


def image_of(root: Path) -> tuple[str, str | None]:
    (task,) = packager.load(str(root)).workflow.tasks
    return task.image.status.value, str(task.image.reference) if task.image.reference else None


def findings(root: Path, *codes: str, **settings: str) -> list[Diagnostic]:
    loaded = packager.load(str(root), **settings)  # type: ignore[arg-type] # only texts are given here
    return [found for found in packager.lint(loaded).diagnostics if found.code in codes]


def project(files: Files, container: str, config: str = "", before: str = "", body: str = BODY) -> Path:
    main = f"{before}\nprocess COUNT {{\n{container}\n{body}}}\nworkflow {{ COUNT(channel.of(1)) }}\n"
    return files({"main.nf": main, "nextflow.config": config})


@pytest.mark.parametrize(
    ("version", "image", "expected"),
    [
        ("!>=25.10.0", "quay.io/bio/tool:1", "mirror.example/quay/bio/tool:1"),
        ("!>=26.04.0", "quay.io/bio/tool:1", "mirror.example/quay/bio/tool:1"),
        ("!>=25.10.0", "bio/tool:1", "mirror.example/quay/bio/tool:1"),
        ("!>=25.10.0", "localhost/tool:1", "mirror.example/quay/tool:1"),
        ("24.10.8", "quay.io/bio/tool:1", "quay.io/bio/tool:1"),
    ],
)
def test_the_registry_of_the_config_replaces_others_from_25_10_on(
    version: str, image: str, expected: str, files: Files
) -> None:
    config = f"manifest.nextflowVersion = '{version}'\ndocker {{ registry = 'mirror.example/quay/'\n registryOverride = true }}\n"
    assert image_of(project(files, f"container '{image}'", config))[1] == expected


@pytest.mark.parametrize(
    ("container", "config", "expected"),
    [
        ('"${task.ext.images.docker}"', "ext.images = params.tool", "a/b:1"),
        ("\"${task.ext.images.get('docker')}\"", "ext.images = params.tool", "a/b:1"),
        ('"${task.ext.images.docker}"', "ext.images = [docker: params.tool.docker]", "a/b:1"),
        ('"${task.ext.images.docker}"', "ext { images = params.tool }", "a/b:1"),
        ('"${task.ext.images.docker}"', "ext = [images: params.tool]", "a/b:1"),
        ("\"${task.ext.gpu ? 'x/gpu:1' : 'x/cpu:1'}\"", "ext.gpu = { workflow.profile.contains('gpu') }", "x/cpu:1"),
        ('"a/b:${task.ext.version}"', 'ext.version = "${params.version}"', "a/b:2"),
        ('"${task.ext.image}"', "ext.image = { params.none ? 'x' : task.ext.docker }; ext.docker = 'a/c:1'", "a/c:1"),
        ('"${task.ext.image}"', "ext.docker = 'a/c:1'", None),
        ('"a/b:${task.ext.version}"', "ext.version = { task.attempt + unknown }", None),
    ],
)
def test_task_ext(container: str, config: str, expected: str | None, files: Files) -> None:
    params = "params { tool { docker = 'a/b:1'\n singularity = 'https://x' }\n version = '2'\n none = null }\n"
    root = project(files, f"container {container}", f"{params}process {{ withName: 'COUNT|X' {{ {config} }} }}\n")
    assert image_of(root)[1] == expected


def test_parameters_behind_task_ext_decide_on_the_image(files: Files) -> None:
    config = "params { tool { docker = 'a/b:1' } }\nprocess.ext.images = params.tool\n"
    (task,) = packager.load(str(project(files, 'container "${task.ext.images.docker}"', config))).workflow.tasks
    assert task.image.depends_on == ("tool",)


@pytest.mark.parametrize(
    ("before", "expected"),
    [
        ("version = '3'", "a/b:3"),
        ("def version = '3'", "a/b:3"),
        ('version = "${params.v}"', "a/b:1"),
        ("params.w = '4'\nversion = params.w", "a/b:4"),
        ("version = '3'\nversion = '4'", None),
        ("version = '3'\nif (params.v) { version = '4' }", None),
        ("if (params.v) { version = '4' }", None),
        ("version = '3'\nversion += '4'", None),
        ("version = '3'\ndef change() { version = '4' }", None),
        ("version = choose()", None),
        ("", None),
    ],
)
def test_variables_of_the_script(before: str, expected: str | None, files: Files) -> None:
    assert image_of(project(files, 'container "a/b:${version}"', "params.v = '1'\n", before))[1] == expected


def test_an_input_hides_a_variable_of_the_script(files: Files) -> None:
    body = "input:\n tuple val(version), path(x)\nscript:\n 'x'\n"
    assert image_of(project(files, 'container "a/b:${version}"', "", "version = '3'", body)) == (
        ImageStatus.DYNAMIC.value,
        None,
    )


def test_parameters_of_the_config_come_before_those_of_the_script(files: Files) -> None:
    root = project(files, 'container "a/b:${params.v}"', "params.v = '1'\n", "params.v = '2'")
    assert image_of(root)[1] == "a/b:1"
    root = project(files, 'container "a/b:${params.v}"', "", "params { v: String = '2' }")
    assert image_of(root)[1] == "a/b:2"


def test_a_container_after_the_outputs(files: Files) -> None:
    body = "input: path x\noutput: path 'n.txt'\ncontainer 'a/b:1'\nscript:\n 'x'\n"
    assert image_of(project(files, "", "", "", body))[1] == "a/b:1"


class TestProfiles:
    CONFIG = """
process { cpus = 1; memory = '2 GB' }
profiles {
    small { process { withName: ONE { container = 'a/one:1' } } }
    docker { includeConfig 'conf/images.config' }
    cluster { process.cpus = 2 }
}
"""
    MAIN = "".join(f"process {name} {{\n script:\n 'x'\n}}\n" for name in ("ONE", "TWO", "THREE")) + (
        "workflow { ONE()\n TWO()\n THREE() }\n"
    )

    def root(self, files: Files, images: str) -> Path:
        return files({"main.nf": self.MAIN, "nextflow.config": self.CONFIG, "conf/images.config": images})

    def test_one_finding_names_the_profile(self, files: Files) -> None:
        root = self.root(files, "process { withName: 'ONE|TWO' { container = 'a/b:1' } }\n")
        several, single = sorted(findings(root, "IMG003"), key=lambda found: found.line)
        assert (
            several.message == "2 tasks (`ONE`, `TWO`) have no container image; the profile `docker` names one for each"
        )
        assert "--nextflow-profile docker" in str(several.hint)
        assert single.message == "the task `THREE` has no container image"

    def test_the_profile_that_names_most_images(self, files: Files) -> None:
        (found, *_) = findings(self.root(files, "process.cpus = 1\n"), "IMG003")
        assert found.message == "the task `ONE` has no container image; the profile `small` names one"

    def test_nothing_is_reported_with_the_profile(self, files: Files) -> None:
        root = self.root(files, "process.container = 'a/b:1'\n")
        assert len(findings(root, "IMG003")) == 1
        assert findings(root, "IMG003", nextflow_profile="docker") == []


def test_what_runs_in_nextflow_itself_needs_no_image(files: Files) -> None:
    root = files(
        {"main.nf": "process SHEET {\n input: val x\n output: path 'a'\n exec:\n println x\n}\nworkflow { SHEET(1) }\n"}
    )
    assert findings(root, "IMG003", "RES001") == []


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("base = 'quay.io/lab/base:1'\nprocess { container = base }", "quay.io/lab/base:1"),
        ("base = 'quay.io/lab/base:1'\nprocess { withName: COUNT { container = base } }", "quay.io/lab/base:1"),
        ("base = 'quay.io/lab/base:1'\nprocess.container = { base }", "quay.io/lab/base:1"),
        ("def tag = '2'\nprocess { container = \"quay.io/lab/base:${tag}\" }", "quay.io/lab/base:2"),
        ("params { tag = '3'\n image = \"lab/base:$tag\" }\nprocess.container = params.image", "lab/base:3"),
        ("hub = 'quay.io'\ndocker.registry = hub\nprocess.container = 'lab/base:1'", "quay.io/lab/base:1"),
        # A later value does not change what was set before.
        ("base = 'lab/base:1'\nprocess.container = base\nbase = 'lab/base:2'", "lab/base:1"),
        # A variable of a block ends with it, and so does one of a profile that is not applied.
        ("docker { def base = 'lab/base:1' }\nprocess.container = base", None),
        ("params { base = 'lab/base:1' }\nprocess.container = \"$base\"", None),
        ("profiles { other { base = 'lab/base:1' } }\nprocess.container = base", None),
        ("base = 'a/b'\nif (params.x == null) { base += ':1' }\nprocess.container = base", None),
        ("base = 'a/b:1'\nif (System.getenv('SITE')) { base = 'a/b:2' }\nprocess.container = base", None),
    ],
)
def test_variables_of_a_config_are_known(config: str, expected: str | None, files: Files) -> None:
    assert image_of(project(files, "", config))[1] == expected


def test_many_variables_of_a_config_take_linear_time(files: Files) -> None:
    lines = "\n".join(f"x{number} = 'a/b:{number}'\nprocess.ext.y{number} = x{number}" for number in range(4_000))
    root = project(files, "", f"{lines}\nprocess.container = x5")
    assert image_of(root)[1] == "a/b:5"


class TestParametersOfAnInclude:
    """Up to 25.10, an include can pass parameters to the script."""

    MODULE = "params.options = [:]\nparams.tag = '1'\nprocess COUNT {\n container IMAGE\n script:\n 'true'\n}\n"

    def tasks(self, files: Files, main: str, image: str, **more: str) -> dict[str, tuple[str | None, tuple[str, ...]]]:
        contents: dict[str, str | bytes] = {"main.nf": main, "mods/a.nf": self.MODULE.replace("IMAGE", image)}
        root = files({**contents, **{f"mods/{name}.nf": text for name, text in more.items()}})
        found = packager.load(str(root)).workflow.tasks
        return {
            task.name: (str(task.image.reference) if task.image.reference else None, task.image.depends_on)
            for task in found
        }

    @pytest.mark.parametrize(
        ("passing", "image", "expected", "depends_on"),
        [
            ("addParams(tag: '2')", '"a/b:${params.tag}"', "a/b:2", ()),
            ("params(tag: '2')", '"a/b:${params.tag}"', "a/b:2", ()),
            ("addParams(options: [image: 'a/b:3'])", "params.options.image", "a/b:3", ()),
            ("addParams(options: [image: params.tool])", "params.options.image", "a/b:4", ("tool",)),
            ("addParams([tag: params.level])", '"a/b:${params.tag}"', "a/b:7", ("level",)),
            ("params(params)", '"a/b:${params.level}"', "a/b:7", ("level",)),
            ("addParams(tag: workflow.runName)", '"a/b:${params.tag}"', None, ()),
            ("", '"a/b:${params.tag}"', "a/b:1", ("tag",)),
        ],
    )
    def test_they_are_known(
        self, passing: str, image: str, expected: str | None, depends_on: tuple[str, ...], files: Files
    ) -> None:
        main = (
            f"params.tool = 'a/b:4'\nparams.level = 7\ninclude {{ COUNT }} from './mods/a' {passing}\n"
            "workflow { COUNT() }\n"
        )
        assert self.tasks(files, main, image) == {"COUNT": (expected, depends_on)}

    def test_two_includes_with_different_values(self, files: Files) -> None:
        main = (
            "include { COUNT as A } from './mods/a' addParams(tag: '2', options: [image: 'x'])\n"
            "include { COUNT as B } from './mods/a' addParams(tag: '3', options: [image: 'x'])\n"
            "workflow { A()\n B() }\n"
        )
        assert self.tasks(files, main, '"a/${params.options.image}:1"') == {"COUNT": ("a/x:1", ())}
        assert self.tasks(files, main, '"a/b:${params.tag}"') == {"COUNT": (None, ())}
        main = main.replace(" addParams(tag: '3', options: [image: 'x'])", "")
        assert self.tasks(files, main, '"a/b:${params.tag}"') == {"COUNT": (None, ("tag",))}

    def test_they_are_passed_on(self, files: Files) -> None:
        main = "include { MIDDLE } from './mods/m' addParams(tag: '5')\nworkflow { MIDDLE() }\n"
        middle = "include { COUNT } from './a'\nworkflow MIDDLE { COUNT() }\n"
        assert self.tasks(files, main, '"a/b:${params.tag}"', m=middle) == {"COUNT": ("a/b:5", ())}

    def test_a_run_cannot_set_them(self, files: Files) -> None:
        main = "include { COUNT } from './mods/a' addParams(tag: params.level)\nworkflow { COUNT() }\n"
        root = files({"main.nf": main, "mods/a.nf": self.MODULE.replace("IMAGE", '"a/b:${params.tag}"')})
        assert [parameter.name for parameter in packager.load(str(root)).workflow.inputs] == ["level", "options"]

    def test_scripts_that_include_each_other_end(self, files: Files) -> None:
        main = "include { MIDDLE } from './mods/m' addParams(tag: 'x')\nworkflow { MIDDLE() }\n"
        middle = (
            "include { COUNT } from './a'\ninclude { MIDDLE as AGAIN } from './m' addParams(tag: params.tag + params.tag)\n"
            "workflow MIDDLE { COUNT()\n AGAIN() }\n"
        )
        assert self.tasks(files, main, '"a/b:${params.tag}"', m=middle) == {"COUNT": (None, ())}
