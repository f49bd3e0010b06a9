"""Facts of Nextflow pipelines: versions, configs, parameters, processes, images, files."""

from __future__ import annotations

import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import WORKFLOWS, Cli

import packager
from packager.app.loaded import Loaded
from packager.cache import Cache
from packager.engines.nextflow.versions import choose_version, is_strict
from packager.healthomics import limits
from packager.model.facts import ImageStatus, Task
from packager.parameters.template import as_service

Files = Callable[[dict[str, str | bytes]], Path]

# The engine version (guide: language versions page; the rows with a range follow from the order of preference).


@pytest.mark.parametrize(
    ("written", "version", "kind"),
    [
        (None, "23.10.0", "missing"),
        ("", "23.10.0", "missing"),
        ("nonsense", "23.10.0", "unparsable"),
        (">=22.04", "23.10.0", "range"),
        (">=23.04", "23.10.0", "range"),
        (">=24.04", "24.10.8", "range"),
        (">=24.10.9", "25.10.0", "range"),
        (">=25.10.1", "26.04.0", "range"),
        ("!>=25.04.0", "25.10.0", "range"),
        (">=21.04.0, <23", "22.04.0", "range"),
        (">= 24 <25", "24.10.8", "range"),
        ("~>24.10", "24.10.8", "range"),
        ("22.10.0+", "23.10.0", "range"),
        ("24.10.8", "24.10.8", "exact"),
        ("25.10", "25.10.0", "exact"),
        ("24.10.5", "23.10.0", "unsupported"),
        (">=27", "23.10.0", "unsupported"),
        ("!>=27", None, "unsatisfiable"),
        ("!24.10.5", None, "unsatisfiable"),
    ],
)
def test_engine_version(written: str | None, version: str | None, kind: str) -> None:
    chosen = choose_version(written)
    assert (chosen.version, chosen.kind) == (version, kind)


def test_the_first_language_runs_on_one_version_only() -> None:
    assert choose_version(None, dsl1=True).version == limits.NEXTFLOW_DSL1
    assert not is_strict("25.10.0")
    assert is_strict("26.04.0")
    assert not is_strict(None)


def load(root: Path, **settings: str) -> Loaded:
    return packager.load(str(root), **settings)  # type: ignore[arg-type] # only texts are given here


def tasks(loaded: Loaded) -> dict[str, Task]:
    return {task.name: task for task in loaded.workflow.tasks}


def resources(task: Task) -> tuple[object, object]:
    cpu, memory = task.resources.cpu, task.resources.memory
    return (cpu.value if cpu else None, memory.value if memory else None)


def codes(loaded: Loaded) -> list[str]:
    return sorted(found.code for found in packager.lint(loaded).diagnostics if found.code.startswith("NXF"))


MODULE = """
process TOOL {
    label 'big'
    container "${workflow.containerEngine == 'singularity' ? 'https://depot/tool' : 'biocontainers/tool:1'}"
    cpus 2
    script:
    'tool'
}
"""
MAIN = """
include { TOOL } from './tool'
include { TOOL as TWIN } from './tool'
workflow SUB { TWIN() }
workflow {
    TOOL()
    SUB()
}
"""


def test_selectors_come_in_their_documented_order(files: Files) -> None:
    config = """
    process {
        cpus = 1
        memory = 2.GB
        withName: TOOL { cpus = 16 }
        withLabel: big { cpus = 8; memory = { 4.GB * task.attempt } }
        withName: 'SUB:TW.*' { memory = '1 GB' }
    }
    """
    found = tasks(load(files({"main.nf": MAIN, "tool.nf": MODULE, "nextflow.config": config})))
    assert resources(found["TOOL"]) == (16, 4.0)
    assert resources(found["TWIN"]) == (16, 1.0)


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("", (ImageStatus.RESOLVED, "biocontainers/tool:1")),
        ("docker.registry = 'quay.io'", (ImageStatus.RESOLVED, "quay.io/biocontainers/tool:1")),
        (
            "process.withName.TOOL.container = 'ghcr.io/x/y:2'\ndocker.registry = 'quay.io'",
            (ImageStatus.LITERAL, "ghcr.io/x/y:2"),
        ),
        (
            "process { withName: 'TO+L' { container = { params.i ?: 'a/b:1' } } }\nparams.i = null",
            (ImageStatus.RESOLVED, "a/b:1"),
        ),
        (
            "params { v = '3' }\nprocess { withName: TOOL { container = \"a/b:${params.v}\" } }",
            (ImageStatus.RESOLVED, "a/b:3"),
        ),
        ("process { withName: '!OTHER' { container = 'n/o:1' } }", (ImageStatus.LITERAL, "n/o:1")),
        ("process { $TOOL.container = 'o/l:1' }", (ImageStatus.LITERAL, "o/l:1")),
        ("process { withName: TOOL { container = params.image } }", (ImageStatus.DYNAMIC, None)),
        ("process { withName: TOOL { container = params.x ? 'a/b:1' : 'c/d:2' } }", (ImageStatus.DYNAMIC, None)),
    ],
)
def test_images(config: str, expected: tuple[ImageStatus, str | None], files: Files) -> None:
    main = "include { TOOL } from './tool'\nworkflow { TOOL() }\n"
    image = tasks(load(files({"main.nf": main, "tool.nf": MODULE, "nextflow.config": config})))["TOOL"].image
    assert (image.status, image.reference and str(image.reference)) == expected


def test_an_image_that_is_not_known_has_its_candidates(files: Files) -> None:
    config = (
        "process { withName: TOOL { container = params.x ? 'a/b:1' : \"c/d:${params.v ?: '2'}\" } }\nparams.v = null"
    )
    main = "include { TOOL } from './tool'\nworkflow { TOOL() }\n"
    image = tasks(load(files({"main.nf": main, "tool.nf": MODULE, "nextflow.config": config})))["TOOL"].image
    assert (tuple(map(str, image.candidates)), image.depends_on) == (("a/b:1", "c/d:2"), ("v", "x"))


def test_resources_of_the_first_attempt_under_the_limits(files: Files) -> None:
    config = """
    params.max_memory = '16.GB'
    def check_max(obj, type) { return obj }
    process {
        cpus = { 32 * task.attempt }
        memory = { check_max(64.GB * task.attempt, 'memory') }
        resourceLimits = [cpus: 4, time: 1.h]
        accelerator = { workflow.profile.contains('gpu') ? 1 : null }
    }
    """
    module = "process TOOL {\n  script:\n  'x'\n}\nworkflow { TOOL() }\n"
    found = tasks(load(files({"main.nf": module, "nextflow.config": config})))["TOOL"]
    assert resources(found) == (4, 16.0)
    assert found.resources.accelerator_count is None
    config += "process.accelerator = [request: 2, type: 'nvidia-l4']\n"
    found = tasks(load(files({"main.nf": module, "nextflow.config": config})))["TOOL"]
    assert (found.resources.accelerator_count and found.resources.accelerator_count.value) == 2
    assert (found.resources.accelerator_type and found.resources.accelerator_type.value) == "nvidia-l4"


def test_two_processes_of_one_name_are_two_tasks(files: Files) -> None:
    module = "process TOOL {\n  container '%s'\n  script:\n  'x'\n}\n"
    main = "include { TOOL } from './a'\ninclude { TOOL as OTHER } from './b'\nworkflow { TOOL()\n OTHER() }\n"
    loaded = load(files({"main.nf": main, "a.nf": module % "a/a:1", "b.nf": module % "b/b:1"}))
    found = [(task.name, task.place.path, str(task.image.reference)) for task in loaded.workflow.tasks]
    assert found == [("TOOL", "a.nf", "a/a:1"), ("TOOL", "b.nf", "b/b:1")]


def test_profiles_are_applied_when_asked_for(files: Files, cli: Cli) -> None:
    config = """
    params.input = null
    process.container = 'a/b:1'
    profiles {
        other { process.container = 'c/d:2'
                params.input = 's3://x/y'
                includeConfig 'extra.config' }
    }
    """
    root = files(
        {
            "main.nf": "process P {\n script:\n 'x'\n}\nworkflow { P() }\n",
            "nextflow.config": config,
            "extra.config": "process.cpus = 4\n",
        }
    )
    assert str(tasks(load(root))["P"].image.reference) == "a/b:1"
    other = load(root, nextflow_profile="other")
    assert str(tasks(other)["P"].image.reference) == "c/d:2"
    assert resources(tasks(other)["P"])[0] == 4
    assert {one.name: one.default for one in other.workflow.inputs} == {"input": '"s3://x/y"'}
    wrong = cli("lint", root, "--nextflow-profile", "othr")
    assert wrong.code == 1
    assert "the profile `othr` does not exist" in wrong.out
    assert "did you mean `other`?" in wrong.out
    assert cli("lint", WORKFLOWS / "wdl-variants", "--nextflow-profile", "x").code == 2


def test_the_profile_standard_applies_by_itself(files: Files) -> None:
    config = "params.a = 1\nprofiles { standard { params.a = 2 } }\n"
    loaded = load(files({"main.nf": "workflow { }\n", "nextflow.config": config}))
    assert loaded.workflow.inputs[0].default == "2"


# Parameters

SCHEMA = {
    "$schema": "http://json-schema.org/draft-07/schema",
    "definitions": {
        "main": {
            "required": ["input", "outdir"],
            "properties": {
                "input": {"type": "string", "description": "The sheet."},
                "outdir": {"type": "string"},
                "depth": {"type": "integer", "default": 10, "hidden": True, "help_text": "How deep."},
            },
        }
    },
}


def test_a_schema_and_a_config_are_merged(files: Files) -> None:
    config = (
        "params { input = null; outdir = '/mnt/workflow/pubdir'; extra = 1 // From the config\n genomes { a = 1 } }\n"
    )
    loaded = load(
        files(
            {
                "main.nf": "workflow { params.used }\n",
                "nextflow.config": config,
                "nextflow_schema.json": json.dumps(SCHEMA),
            }
        )
    )
    found = {one.name: (one.type, one.optional, one.default, one.description) for one in loaded.workflow.inputs}
    assert found == {
        "depth": ("integer", True, "10", "How deep."),
        "extra": ("integer", True, "1", "From the config"),
        "input": ("string", False, None, "The sheet."),
        "outdir": ("string", True, '"/mnt/workflow/pubdir"', ""),
    }
    service = as_service(loaded.workflow)
    assert {name: (one.description, one.optional) for name, one in service.items()} == {
        "depth": ("", True),
        "input": ("The sheet.", False),
        "outdir": ("", False),
    }
    assert codes(loaded) == ["NXF018", "NXF020"]


def test_without_a_schema_scripts_and_configs_declare(files: Files) -> None:
    loaded = load(
        files(
            {
                "main.nf": "params.a = 1\nparams.b = getB() // by a function\ninclude { M } from './m'\nworkflow { params.c\n M() }\n",
                "m.nf": "process M {\n script:\n \"${params.d} ${params.containsKey('e')} ${params['f']}\"\n}\n",
                "nextflow.config": "params.a = 2\nincludeConfig 'x.config'\nparams { n { m = 1 } }\n",
                "x.config": "params.g = 'x'\n",
            }
        )
    )
    found = {one.name: (one.type, one.optional, one.default, one.service_visible) for one in loaded.workflow.inputs}
    assert found == {
        "a": ("integer", True, "2", True),
        "b": ("any", True, None, True),
        "c": ("any", False, None, True),
        "d": ("any", True, None, False),
        "f": ("any", True, None, False),
        "g": ("string", True, '"x"', False),
        "n": ("object", True, '{"m": 1}', False),
    }
    assert {name: one.optional for name, one in as_service(loaded.workflow).items()} == {
        "a": True,
        "b": True,
        "c": False,
    }


def test_typed_parameters_take_the_comment_above(cli: Cli) -> None:
    answer = cli("template", WORKFLOWS / "nextflow-typed").json
    assert answer["cut"] == {"description": "How many bases to cut from the start of each read", "optional": True}
    assert answer["reads"] == {"description": "Folder with FASTQ files", "optional": False}
    assert answer["gzip"]["description"] == "Compress the results"
    assert answer["adapters"]["optional"] is True


def test_the_service_template_of_the_command(cli: Cli) -> None:
    ours = cli("template", WORKFLOWS / "nextflow-modules").json
    theirs = cli("template", WORKFLOWS / "nextflow-modules", "--as-service").json
    assert set(ours) - set(theirs) == {"report_image"}


# Includes and files


def test_includes_that_lead_nowhere(files: Files) -> None:
    main = """
include { A } from './missing'
include { B } from 'nf-core/fastqc'
include { C } from '/home/me/c.nf'
include { D } from '../../d'
include { E } from './e'
include { F } from 'https://example.org/f.nf'
include { G } from 'plugin/nf-schema'
workflow { }
"""
    root = files(
        {"main.nf": main, "e.nf": "process X {\n script:\n 'x'\n}\n", "nextflow.config": "includeConfig 'no.config'\n"}
    )
    assert codes(load(root)) == [
        "NXF004",
        "NXF004",
        "NXF005",
        "NXF005",
        "NXF006",
        "NXF007",
        "NXF009",
    ]


def test_circles_end(files: Files) -> None:
    root = files(
        {
            "main.nf": "include { A } from './a'\nworkflow { A() }\n",
            "a.nf": "include { B } from './b'\nworkflow A { B()\n A() }\n",
            "b.nf": "include { A } from './a'\nworkflow B { A() }\n",
            "nextflow.config": "includeConfig 'x.config'\n",
            "x.config": "includeConfig 'nextflow.config'\nparams.a = 1\n",
        }
    )
    assert [one.name for one in load(root).workflow.inputs] == ["a"]


def kept(loaded: Loaded) -> dict[str, bool]:
    return {one.path: one.guess for one in loaded.workflow.files}


def test_the_files_of_a_pipeline(cli: Cli) -> None:
    found = kept(load(WORKFLOWS / "nextflow-modules"))
    assert found == dict.fromkeys(
        (
            "assets/multiqc_config.yml", "assets/schema_input.json", "bin/summarise.py", "conf/base.config", "conf/modules.config",
            "conf/test.config", "main.nf", "modules/local/call.nf", "modules/local/report.nf", "modules/local/templates/call.sh",
            "modules/nf-core/bwa/mem/environment.yml", "modules/nf-core/bwa/mem/main.nf", "nextflow.config", "nextflow_schema.json",
            "workflows/variants.nf",
        ),
        False,
    )  # fmt: skip
    entries = cli("package", WORKFLOWS / "nextflow-modules", "--list", "--format", "json").json["entries"]
    assert {one["path"]: one["mode"] for one in entries}["bin/summarise.py"] in (0o755, "0755", "755")
    explained = cli("package", WORKFLOWS / "nextflow-modules", "--explain", "modules/local/templates/call.sh").out
    assert "`template` in `modules/local/call.nf:" in explained
    assert (
        "not included: nothing that `main.nf` uses"
        in cli("package", WORKFLOWS / "nextflow-modules", "--explain", "assets/unused.txt").out
    )


def test_computed_paths_keep_their_folder_as_a_guess(files: Files) -> None:
    script = """
process P {
    script:
    "run --db ${projectDir}/data/db_${params.v}.tsv --all ${projectDir}/ref/ 'x'"
}
workflow { P(file("${baseDir}/assets/NO_FILE"), file('lists/plain.txt'), "$projectDir/none/${x}") }
"""
    contents: dict[str, str | bytes] = {
        "main.nf": script,
        **dict.fromkeys(("data/db_1.tsv", "data/db_2.tsv", "data/other.tsv", "ref/a", "ref/b/c"), "x"),
    }
    contents |= {"assets/NO_FILE": "", "assets/other": "", "lists/plain.txt": "", "tests/x.nf": "", "docs/a.md": ""}
    found = kept(load(files(contents)))
    assert found == {
        "main.nf": False,
        "data/db_1.tsv": True,
        "data/db_2.tsv": True,
        "ref/a": False,
        "ref/b/c": False,
        "assets/NO_FILE": False,
        "lists/plain.txt": True,
    }


def test_a_pipeline_that_cannot_be_read_keeps_everything(files: Files) -> None:
    contents: dict[str, str | bytes] = {
        "main.nf": "workflow {\n",
        "modules/a.nf": "process A {\n script:\n 'a'\n}\n",
        "data/x.tsv": "",
        "tests/t.nf": "",
    }
    loaded = load(files(contents))
    assert set(kept(loaded)) == {"main.nf", "modules/a.nf", "data/x.tsv"}
    assert not loaded.workflow.complete


@pytest.mark.parametrize("name", ["nextflow-modules", "nextflow-typed", "nextflow-legacy", "nextflow-counts"])
def test_an_unzipped_package_has_the_same_facts(name: str, tmp_path: Path) -> None:
    loaded = load(WORKFLOWS / name)
    packager.package(loaded, tmp_path / "p.zip")
    with zipfile.ZipFile(tmp_path / "p.zip") as archive:
        archive.extractall(tmp_path / name)
    again = load(tmp_path / name)
    zipped = load(tmp_path / "p.zip")
    assert again.workflow.inputs == loaded.workflow.inputs == zipped.workflow.inputs
    assert again.workflow.tasks == loaded.workflow.tasks == zipped.workflow.tasks
    assert again.workflow.files == loaded.workflow.files


# The verdict


def test_strict_findings_are_errors_only_where_the_version_is_strict(files: Files) -> None:
    main = "workflow {\n  for (x in [1]) { println y }\n}\n"
    older = load(files({"main.nf": main, "nextflow.config": "manifest.nextflowVersion = '>=24.04'\n"}))
    assert codes(older) == ["NXF019"]
    strict = load(files({"main.nf": main, "nextflow.config": "manifest.nextflowVersion = '!>=26.04.0'\n"}))
    assert codes(strict) == ["NXF002", "NXF003"]


TYPED = "params {\n  reads: Path\n  depth: Integer = 3\n}\nworkflow { println params.depth }\n"


def test_what_only_the_strict_parser_reads_needs_its_version(files: Files) -> None:
    older = load(files({"main.nf": TYPED, "nextflow.config": "manifest.nextflowVersion = '!>=25.10.0'\n"}))
    (finding,) = [one for one in packager.lint(older).diagnostics if one.code == "NXF050"]
    assert (finding.severity.value, finding.line, finding.column) == ("warning", 1, 1)
    assert finding.message.endswith("(unless a run requests Nextflow 26.04.0)")
    assert "Nextflow 25.10.0" in finding.message
    assert "`params` block" in finding.message
    exact = load(files({"main.nf": TYPED, "nextflow.config": "manifest.nextflowVersion = '!25.10.0'\n"}))
    assert [one.severity.value for one in packager.lint(exact).diagnostics if one.code == "NXF050"] == ["error"]
    strict = load(files({"main.nf": TYPED, "nextflow.config": "manifest.nextflowVersion = '!>=26.04.0'\n"}))
    assert "NXF050" not in codes(strict)
    none = load(files({"main.nf": TYPED, "nextflow.config": "manifest.nextflowVersion = '!>=27'\n"}))
    assert "NXF050" not in codes(none)


def test_a_dollar_sign_in_double_quotes_has_a_cure_of_its_own(files: Files) -> None:
    main = 'params {\n  x = 1\n}\nprocess A {\n  script:\n  """\n  a $(b)\n  """\n}\nworkflow { A() }\n'
    config = 'manifest.nextflowVersion = \'!>=25.10.0\'\nenv.X = "$1"\nenv.Y = "$(y)"\n'
    older = load(files({"main.nf": main, "nextflow.config": config}))
    block, dollar = [one for one in packager.lint(older).diagnostics if one.code == "NXF050"]
    assert (block.path, block.line) == ("main.nf", 1)
    assert (dollar.path, dollar.line, dollar.column) == ("main.nf", 7, 5)
    assert "`$(` inside double quotes (2 more places)" in dollar.message
    assert dollar.hint == "write a dollar sign that does not begin a variable as `\\$`"
    strict = load(files({"main.nf": main, "nextflow.config": config.replace("25.10", "26.04")}))
    left_out = [one for one in packager.lint(strict).diagnostics if one.code == "NXF002"]
    assert [(one.severity.value, one.path, one.line) for one in left_out] == [
        ("warning", "main.nf", 7),
        ("warning", "nextflow.config", 2),
        ("warning", "nextflow.config", 3),
    ]


def test_groovy_is_no_error_for_versions_that_read_it(files: Files) -> None:
    main = "workflow {\n  channel.of(1).filter( it -> it > 1 ).view()\n}\n"
    older = load(files({"main.nf": main, "nextflow.config": "manifest.nextflowVersion = '!>=25.10.0'\n"}))
    assert codes(older) == ["NXF019"]
    assert older.workflow.complete
    strict = load(files({"main.nf": main, "nextflow.config": "manifest.nextflowVersion = '!>=26.04.0'\n"}))
    assert "NXF002" in codes(strict)


def test_dsl1_is_not_checked_by_the_strict_syntax(files: Files) -> None:
    main = "process P {\n input:\n file x from y\n 'a'\n}\nfor (x in z) { }\n"
    assert "NXF019" not in codes(load(files({"main.nf": main})))


def test_names_of_libraries_are_known(files: Files) -> None:
    contents: dict[str, str | bytes] = {
        "main.nf": "workflow { Helper.help()\n Other.help() }\n",
        "lib/Helper.groovy": "class Helper { }\n",
        "nextflow.config": "manifest.nextflowVersion = '26.04.0'\n",
    }
    found = [one.message for one in packager.lint(load(files(contents))).diagnostics if one.code == "NXF003"]
    assert found == ["`Other` is not defined"]


def test_a_misspelt_directive_has_its_name_in_the_hint(cli: Cli) -> None:
    answer = cli("lint", WORKFLOWS / "nextflow-problems", "--format", "json").json
    (found,) = (one for one in answer["diagnostics"] if "containr" in one["message"])
    assert Path(found["path"]).parts[-2:] == ("modules", "align.nf")
    assert (found["line"], found["hint"]) == (3, "did you mean `container`?")


def test_the_first_language_is_recognised(files: Files) -> None:
    main = "process a {\n input:\n file x from xs\n output:\n file 'y' into (ys, zs)\n script:\n 'a'\n}\n"
    loaded = load(files({"main.nf": main}))
    assert loaded.workflow.language_version == "22.04.0"
    assert "dsl1" in [one.name for one in loaded.workflow.features]
    assert list(tasks(loaded)) == ["a"]


def test_features_for_rules() -> None:
    loaded = load(WORKFLOWS / "nextflow-modules")
    found = {(one.name, one.key, one.text) for one in loaded.workflow.features}
    assert ("plugin", "nf-schema", "2.6.1") in found
    assert ("plugin-include", "", "nf-schema") in found
    assert ("profile", "", "gpu") in found
    assert ("setting", "docker.registry", "quay.io") in found
    assert ("nextflow-version", "25.10.0 26.04.0", "'!>=25.10.0'") in found
    assert ("engine-version", "range", "25.10.0") in found
    typed = {(one.name, one.key, one.text) for one in load(WORKFLOWS / "nextflow-typed").workflow.features}
    assert {("output-target", "trimmed", "trimmed"), ("output-target", "logs", "")} <= typed
    legacy = {(one.name, one.text) for one in load(WORKFLOWS / "nextflow-legacy").workflow.features}
    assert not any(name.startswith("config-") for name, _ in legacy), "what stands in a `try` does no harm"
    problems = {(one.name, one.text) for one in load(WORKFLOWS / "nextflow-problems").workflow.features}
    assert ("deep-output", "**.bam") in problems


# The cache


def test_kept_facts_are_used_and_change_with_any_file(files: Files, tmp_path: Path) -> None:
    root = files(
        {
            "main.nf": "include { TOOL } from './tool'\nworkflow { TOOL() }\n",
            "tool.nf": MODULE,
            "nextflow.config": "params.a = 1\n",
            "nextflow_schema.json": json.dumps(SCHEMA),
        }
    )
    cache = Cache(tmp_path / "cache")

    def facts() -> Loaded:
        return packager.load(str(root), cache=cache)

    cold, warm = facts(), facts()
    assert cold.workflow == warm.workflow
    assert packager.lint(cold) == packager.lint(warm)
    (root / "tool.nf").write_text(MODULE.replace("cpus 2", "cpus 3"), encoding="utf-8")
    assert resources(tasks(facts())["TOOL"])[0] == 3
    (root / "nextflow.config").write_text("includeConfig 'late.config'\n", encoding="utf-8")
    assert "NXF009" in [one.code for one in facts().diagnostics]
    (root / "late.config").write_text("process.memory = 3.GB\n", encoding="utf-8")
    assert resources(tasks(facts())["TOOL"])[1] == 3.0
    (root / "nextflow_schema.json").unlink()
    assert [one.name for one in facts().workflow.inputs] == []


def test_nothing_of_another_machine_matters(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    config = 'process.container = System.getenv("IMAGE") ?: "a/b:1"\nparams.home = "$HOME"\n'
    main = "process P {\n script:\n 'x'\n}\nworkflow { P() }\n"
    root = files({"main.nf": main, "nextflow.config": config})
    monkeypatch.setenv("IMAGE", "evil/image:1")
    image = tasks(load(root))["P"].image
    assert (image.status, image.reference) == (ImageStatus.DYNAMIC, None)
