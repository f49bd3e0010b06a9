"""What is said of Nextflow pipelines, to the character, and what must stay unsaid: how real pipelines write it."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from conftest import Cli

Files = Callable[[dict[str, str | bytes]], Path]
_OURS = {"NXF013", "NXF014", "NXF015", "NXF016", "NXF017", "NXF018"} | {f"NXF0{n}" for n in range(22, 80)}

HELLO = """process hello {
    cpus 1
    memory '2 GB'
    container '111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0'
    publishDir '/mnt/workflow/pubdir'
    DIRECTIVE

    output:
    path 'a.txt'

    script:
    '''
    echo hello > a.txt
    '''
}

workflow {
    hello()
}
"""
VERSION = "manifest.nextflowVersion = '!>=25.10.0'\n"


def hello(directive: str = "") -> str:
    return HELLO.replace("    DIRECTIVE\n", f"    {directive}\n" if directive else "")


def twice(directive: str) -> str:
    """Two processes with the same directive."""
    first, _, _ = hello(directive).partition("workflow {")
    return first + hello(directive).replace("hello", "again").replace("again()", "hello()\n    again()")


def found(folder: Path, cli: Cli, *options: str) -> list[str]:
    """The findings of these rules: `CODE severity path:line:column-line:column`."""
    result = cli("lint", folder, "--no-cache", "--format", "json", *options)
    return [
        f"{one['code']} {one['severity']} {one['path']}:{one['line']}:{one['column']}-{one['endLine']}:{one['endColumn']}"
        for one in result.json["diagnostics"]
        if one["code"] in _OURS
    ]


def messages(folder: Path, cli: Cli, code: str) -> list[str]:
    result = cli("lint", folder, "--no-cache", "--format", "json")
    return [one["message"] for one in result.json["diagnostics"] if one["code"] == code]


def directives(directive: str, files: Files, cli: Cli, config: str = "") -> list[str]:
    return found(files({"main.nf": hello(directive), "nextflow.config": VERSION + config}), cli)


def configured(config: str, files: Files, cli: Cli, more: Mapping[str, str | bytes] | None = None) -> list[str]:
    return found(files({"main.nf": hello(), "nextflow.config": VERSION + config, **(more or {})}), cli)


def test_a_correct_pipeline_is_met_with_silence(files: Files, cli: Cli) -> None:
    assert configured("", files, cli) == []


def test_a_template_may_require_what_has_no_default(files: Files, cli: Cli) -> None:
    params = {"genome": "null", "registry": "''", "index": "'None'", "reads": "'/home/me/reads'", "species": "'human'"}
    config = VERSION + "".join(f"params.{name} = {default}\n" for name, default in params.items())
    template = json.dumps({name: {"description": "a value"} for name in params})
    folder = files({"main.nf": hello(), "nextflow.config": config, "parameter-template.json": template})
    assert messages(folder, cli, "TPL006") == ["`species` is required in the template, but optional in the workflow"]


# The engine version


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("!>=27.04.0", ["NXF017 error nextflow.config:1:1-1:40"]),
        (">=27.04.0", ["NXF018 warning nextflow.config:1:1-1:39"]),
        ("latest", ["NXF018 warning nextflow.config:1:1-1:36"]),
        ("24.10.5", ["NXF018 warning nextflow.config:1:1-1:37"]),
        (">=23.04.0", ["NXF022 warning nextflow.config:1:1-1:39"]),
        ("22.04.0", ["NXF022 error nextflow.config:1:1-1:37"]),
        ("!>=25.10.4", ["NXF023 info nextflow.config:1:1-1:40"]),
        ("!>=24.04.2", []),
        ("25.10.0", []),
        ("!>=26.04.0", []),
    ],
)
def test_versions(written: str, expected: list[str], files: Files, cli: Cli) -> None:
    folder = files({"main.nf": hello(), "nextflow.config": f"manifest.nextflowVersion = '{written}'\n"})
    assert found(folder, cli) == expected


def test_a_run_or_a_profile_can_choose_another_version(files: Files, cli: Cli) -> None:
    config = "manifest.nextflowVersion = 'VERSION'\nplugins { id 'nf-prov' }\n"
    profile = "profiles { newer { manifest.nextflowVersion = '!>=25.10.0' } }\n"

    def first(version: str, more: str, code: str) -> tuple[str, str]:
        folder = files({"main.nf": hello(), "nextflow.config": config.replace("VERSION", version) + more})
        (one,) = [
            one
            for one in cli("lint", folder, "--no-cache", "--format", "json").json["diagnostics"]
            if one["code"] == code
        ]
        return one["severity"], one["message"]

    assert first("!>=24.10.0", "", "NXF025") == (
        "warning",
        "the plugin `nf-prov` is not installed with Nextflow 24.10.8 (unless a run requests Nextflow 25.10.0 or 26.04.0)",
    )
    assert first("!24.10.8", "", "NXF025") == ("error", "the plugin `nf-prov` is not installed with Nextflow 24.10.8")
    assert first("!24.10.8", profile, "NXF025") == (
        "warning",
        "the plugin `nf-prov` is not installed with Nextflow 24.10.8 (unless a run uses the profile `newer`)",
    )
    assert first("!>=27.04.0", "", "NXF017")[0] == "error"
    severity, message = first("!>=27.04.0", profile, "NXF017")
    assert severity == "warning"
    assert message.endswith("(unless a run uses the profile `newer`)")


def test_a_missing_version_is_one_finding(files: Files, cli: Cli) -> None:
    assert found(files({"main.nf": hello()}), cli) == ["NXF018 warning main.nf:1:1-0:0"]


def test_dates_of_a_version_that_retires(files: Files, cli: Cli) -> None:
    folder = files({"main.nf": hello(), "nextflow.config": "manifest { nextflowVersion = '>=23.04' }\n"})
    assert messages(folder, cli, "NXF022") == [
        "the service chooses Nextflow 23.10.0, which accepts no new workflows from 2026-11-30 on (deprecated from 2027-11-30 on)"
    ]


def test_a_version_that_another_config_overrides(files: Files, cli: Cli) -> None:
    more = {"base.config": "manifest.nextflowVersion = '!>=24.10.0'\n"}
    assert configured("includeConfig 'base.config'\n", files, cli, more) == ["NXF024 info nextflow.config:1:1-1:40"]
    # The same engine either way: nothing to say.
    more = {"base.config": "manifest.nextflowVersion = '25.10.0'\n"}
    assert configured("includeConfig 'base.config'\n", files, cli, more) == []


FIRST = """{}
reads = Channel.fromPath(params.reads)
process count {{
    publishDir '/mnt/workflow/pubdir'
    input:
    file x from reads
    output:
    file 'n.txt' into counts
    script:
    '''
    wc -l x > n.txt
    '''
}}
"""


def test_the_first_language_is_the_only_word_on_versions(files: Files, cli: Cli) -> None:
    assert found(files({"main.nf": FIRST.format("")}), cli) == ["NXF016 error main.nf:1:1-0:0"]


def test_nothing_that_follows_from_the_first_language(files: Files, cli: Cli) -> None:
    script = FIRST.format("").replace(
        "publishDir '/mnt/workflow/pubdir'", "publishDir 'out'\n    cpus 900\n    container 'a/b:latest'"
    )
    folder = files({"main.nf": script, "nextflow.config": "report.enabled = true\nsingularity.enabled = true\n"})
    result = cli("lint", folder, "--no-cache", "--format", "json", "--region", "us-east-1")
    codes = {code for code in result.codes if code[:3] in ("IMG", "NXF", "RES")}
    assert codes == {"NXF016"}
    assert [one["code"] for one in result.json["skipped"]] == ["IMG001", "NXF028", "RES001"]
    # While the version still accepts new workflows, the pipeline can run.
    before = cli("lint", folder, "--no-cache", "--format", "json", "--region", "us-east-1", "--as-of", "2025-11-01")
    assert {"NXF016", "IMG001", "RES002"} <= set(before.codes)


def test_nothing_that_follows_from_a_version_that_does_not_exist(files: Files, cli: Cli) -> None:
    config = "manifest.nextflowVersion = '!>=27.04.0'\nreport.file = '/mnt/workflow/output/report.html'\n"
    folder = files(
        {
            "main.nf": "include { X } from 'lab/x'\n" + hello(),
            "nextflow.config": config,
            "modules/lab/x/main.nf": "process X {\n container '111122223333.dkr.ecr.us-east-1.amazonaws.com/x:1'\n script:\n 'x'\n}\n",
            "modules/lab/x/meta.yml": "name: x\n",
        }
    )
    result = cli("lint", folder, "--no-cache", "--format", "json")
    errors = [one["code"] for one in result.json["diagnostics"] if one["severity"] == "error"]
    assert errors == ["NXF017"]
    assert "NXF032" not in result.codes


def test_what_only_a_profile_reads_is_a_warning_that_names_it(files: Files, cli: Cli) -> None:
    config = "manifest.nextflowVersion = '!>=26.04.0'\nprofiles { site { includeConfig 'site.config' } }\n"
    folder = files(
        {"main.nf": hello(), "nextflow.config": config, "site.config": "if (params.x) { process.cpus = 2 }\n}\n"}
    )

    def of_site(*options: str) -> set[tuple[str, str, bool]]:
        result = cli("lint", folder, "--no-cache", "--format", "json", *options)
        return {
            (one["code"], one["severity"], "profile `site`" in one["message"])
            for one in result.json["diagnostics"]
            if one["path"] == "site.config"
        }

    assert of_site() == {("NXF001", "warning", True), ("NXF002", "warning", True)}
    assert of_site("--nextflow-profile", "site") == {("NXF001", "error", False), ("NXF002", "error", False)}


def test_a_missing_config_of_a_profile_is_worth_a_note(files: Files, cli: Cli) -> None:
    config = f"{VERSION}profiles {{ site {{ includeConfig 'site.config' }} }}\n"
    folder = files({"main.nf": hello(), "nextflow.config": config})

    def severities(*options: str) -> list[str]:
        found = cli("lint", folder, "--no-cache", "--format", "json", *options).json["diagnostics"]
        return [one["severity"] for one in found if one["code"] == "NXF009"]

    assert severities() == ["info"]
    assert severities("--nextflow-profile", "site") == ["error"]
    (folder / "nextflow.config").write_text(config.replace("site {", "standard {"))
    assert severities() == ["error"]
    (folder / "nextflow.config").write_text(
        "params.base = null\n" + config.replace("'site.config'", '"${params.base}"')
    )
    assert severities() == []


@pytest.mark.parametrize(
    ("names", "codes"),
    [
        ((), []),
        (("depth",), ["NXF010"]),
        (("depth", "help", "validationLenientMode"), ["NXF010"]),
        (("depth", "mode"), ["NXF010", "NXF020"]),
    ],
)
def test_parameters_without_a_schema(names: tuple[str, ...], codes: list[str], files: Files, cli: Cli) -> None:
    """A note is only due to what a run may set: neither without parameters, nor for those that print help."""
    in_main, elsewhere = names[:1], names[1:]
    script = "include { show } from './show'\n" + hello()
    script = script.replace("workflow {", "\n".join(["workflow {", *(f"println params.{name}" for name in in_main)]))
    show = "\n".join(["def show() {", *(f"println params.{name}" for name in elsewhere), "}\n"])
    folder = files({"main.nf": script, "show.nf": show, "nextflow.config": VERSION})
    result = cli("lint", folder, "--no-cache", "--format", "json")
    found = [one for one in result.json["diagnostics"] if one["code"] in ("NXF010", "NXF020")]
    assert [one["code"] for one in found] == codes
    assert {one["severity"] for one in found} <= {"info"}


@pytest.mark.parametrize("source", ["'gone.config'", "'../gone.config'"])
def test_what_a_missing_config_may_set_is_not_checked(source: str, files: Files, cli: Cli) -> None:
    script = "process hello {\n script:\n 'x'\n}\nworkflow { hello() }\n"
    folder = files({"main.nf": script, "nextflow.config": f"{VERSION}includeConfig {source}\n"})
    result = cli("lint", folder, "--no-cache", "--format", "json", "--region", "us-east-1")
    assert "NXF009" in result.codes
    assert not {"IMG003", "NXF029", "RES001"} & set(result.codes)
    assert {"IMG001", "IMG003", "RES001"} <= {one["code"] for one in result.json["skipped"]}


def test_the_first_language_at_its_flag(files: Files, cli: Cli) -> None:
    folder = files({"main.nf": FIRST.format("nextflow.enable.dsl = 1")})
    assert found(folder, cli) == ["NXF016 error main.nf:1:1-1:24"]


def test_the_first_language_inside_of_an_if(files: Files, cli: Cli) -> None:
    body = FIRST.format("").partition("process")[2].replace("\n", "\n    ")
    folder = files({"main.nf": "if (params.count) {\n    process" + body + "\n}\n"})
    assert found(folder, cli) == ["NXF016 error main.nf:1:1-0:0"]


def test_a_script_without_processes_is_not_the_first_language(files: Files, cli: Cli) -> None:
    script = "// file x from reads\nworkflow {\n    println 'file x from reads'\n}\n"
    assert found(files({"main.nf": script, "nextflow.config": VERSION}), cli) == []


def test_deprecations_are_told_where_the_version_has_them(files: Files, cli: Cli) -> None:
    script = hello() + "\ndef names(folder) {\n    return file(folder).listFiles()\n}\n"
    config = (
        "manifest {\n    defaultBranch = 'main'\n    nextflowVersion = '!>=26.04.0'\n}\nnextflow.enable.strict = true\n"
    )
    folder = files({"main.nf": script, "nextflow.config": config})
    assert found(folder, cli) == [
        "NXF043 info main.nf:21:12-21:36",
        "NXF043 info nextflow.config:2:5-2:27",
        "NXF043 info nextflow.config:5:1-5:30",
    ]
    (folder / "nextflow.config").write_text(config.replace("26.04.0", "25.10.0"))
    assert found(folder, cli) == []


def test_preview_features(files: Files, cli: Cli) -> None:
    script = "nextflow.preview.recursion = true\n" + hello()
    assert found(files({"main.nf": script, "nextflow.config": VERSION}), cli) == ["NXF044 warning main.nf:1:1-1:34"]
    assert configured("nextflow.preview.types = true\n", files, cli)[:1] == ["NXF044 warning nextflow.config:2:1-2:30"]
    strict = VERSION.replace("25.10.0", "26.04.0")
    script = "nextflow.enable.types = true\n" + hello()
    folder = files({"main.nf": script, "nextflow.config": strict})
    assert "NXF044 warning main.nf:1:1-1:29" in found(folder, cli)
    script = "nextflow.preview.topic = true\n" + hello()
    folder = files({"main.nf": script, "nextflow.config": strict})
    codes = cli("lint", folder, "--format", "json").codes
    assert ("NXF003" in codes, "NXF044" in codes) == (True, False)


@pytest.mark.parametrize("flag", ["nextflow.enable.dsl = 2", "nextflow.preview.topic = false"])
def test_other_flags_are_fine(flag: str, files: Files, cli: Cli) -> None:
    assert found(files({"main.nf": f"{flag}\n{hello()}", "nextflow.config": VERSION}), cli) == []


# Plugins


@pytest.mark.parametrize(
    ("version", "plugin", "expected"),
    [
        ("!>=25.10.0", "nf-validation@1.1.3", ["NXF025 error nextflow.config:2:11-2:35"]),
        ("!>=24.10.0", "nf-prov@1.7.0", ["NXF025 warning nextflow.config:2:11-2:29"]),
        ("!>=25.10.0", "nf-co2footprint", ["NXF025 error nextflow.config:2:11-2:31"]),
        ("22.04.0", "nf-schema", ["NXF022 error nextflow.config:1:1-1:37", "NXF025 error nextflow.config:2:11-2:25"]),
        ("!>=25.10.0", "nf-schema@2.5.1", ["NXF026 info nextflow.config:2:11-2:31"]),
        ("!>=25.10.0", "nf-schema@2.6.1", []),
        ("!>=25.10.0", "nf-schema", []),
        ("23.10.0", "nf-validation@1.1.1", ["NXF022 warning nextflow.config:1:1-1:37"]),
        ("!>=25.10.0", "nf-amazon", []),
    ],
)
def test_plugins(version: str, plugin: str, expected: list[str], files: Files, cli: Cli) -> None:
    config = f"manifest.nextflowVersion = '{version}'\nplugins {{ id '{plugin}' }}\n"
    assert found(files({"main.nf": hello(), "nextflow.config": config}), cli) == expected


def test_a_plugin_that_is_declared_and_included_is_one_finding(files: Files, cli: Cli) -> None:
    script = "include { validateParameters } from 'plugin/nf-validation'\n" + hello()
    folder = files({"main.nf": script, "nextflow.config": VERSION})
    assert found(folder, cli) == ["NXF025 error main.nf:1:1-1:59"]
    (folder / "nextflow.config").write_text(VERSION + "plugins { id 'nf-validation@1.1.3' }\n")
    assert found(folder, cli) == ["NXF025 error nextflow.config:2:11-2:35"]


@pytest.mark.parametrize(
    ("before", "severity", "end"),
    [("params.validate", "warning", " (depends on `validate`)"), ("choose()", "warning", ""), ("true", "error", "")],
)
def test_a_plugin_that_an_if_includes(before: str, severity: str, end: str, files: Files, cli: Cli) -> None:
    include = "include { validateParameters } from 'plugin/nf-validation'"
    script = f"if ({before}) {{ {include} }}\n" + hello()
    folder = files({"main.nf": script, "nextflow.config": f"{VERSION}params.validate = true\n"})
    result = cli("lint", folder, "--no-cache", "--format", "json")
    (one,) = [one for one in result.json["diagnostics"] if one["code"] == "NXF025"]
    assert (one["severity"], one["message"].endswith(f"25.10.0{end}")) == (severity, True)
    (folder / "main.nf").write_text(script + include + "\n")
    result = cli("lint", folder, "--no-cache", "--format", "json")
    assert [one["severity"] for one in result.json["diagnostics"] if one["code"] == "NXF025"] == ["error"]


def test_the_hint_names_versions_that_have_the_plugin(files: Files, cli: Cli) -> None:
    folder = files(
        {"main.nf": hello(), "nextflow.config": "manifest.nextflowVersion = '!>=24.10'\nplugins { id 'nf-fgbio' }\n"}
    )
    result = cli("lint", folder, "--format", "json")
    (one,) = [one for one in result.json["diagnostics"] if one["code"] == "NXF025"]
    assert "25.10.0 or 26.04.0" in one["hint"]


# Where results go


@pytest.mark.parametrize(
    ("publish", "expected"),
    [
        ("publishDir 'results'", ["NXF027 warning main.nf:6:16-6:25"]),
        ("publishDir '/foo/bar/', mode: 'copy'", ["NXF027 warning main.nf:6:16-6:27"]),
        ("publishDir path: 's3://bucket/out', mode: 'copy'", ["NXF027 warning main.nf:6:22-6:39"]),
        ('publishDir "results/${task.process}"', ["NXF027 warning main.nf:6:16-6:41"]),
        ("publishDir '/mnt/workflow/pubdirectory'", ["NXF027 warning main.nf:6:16-6:44"]),
        ('publishDir "${launchDir}/results"', ["NXF027 warning main.nf:6:16-6:38"]),
        ("publishDir '/mnt/workflow/pubdir/'", []),
        ("publishDir '/mnt/workflow/pubdir/dir1/dir2/', mode: 'link'", []),
        ("publishDir path: '/mnt/workflow/pubdir', mode: 'link'", []),
        ('publishDir { "/mnt/workflow/pubdir/${meta.id}" }', []),
        ("publishDir 'debug', enabled: false", []),
        ("publishDir where_it_goes()", []),
    ],
)
def test_literal_targets(publish: str, expected: list[str], files: Files, cli: Cli) -> None:
    assert directives(publish, files, cli) == expected


@pytest.mark.parametrize(
    "publish",
    [
        "publishDir params.outdir",
        'publishDir "${params.outdir}/hello", mode: params.mode',
        "publishDir { \"${params.outdir}/${task.process.tokenize(':')[-1]}\" }",
        "publishDir params.outdir ?: 'results'",
        "publishDir params.outdir + '/hello'",
        "publishDir \"${params['outdir']}/hello\"",
        "publishDir([path: \"${params.outdir}/a\", mode: 'copy'])",
    ],
)
@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("'./results'", ["NXF028 warning nextflow.config:2:1-2:28"]),
        ("null", ["NXF028 info nextflow.config:2:1-2:21"]),
        ("'/mnt/workflow/pubdir'", []),
    ],
)
def test_a_parameter_decides(publish: str, default: str, expected: list[str], files: Files, cli: Cli) -> None:
    assert directives(publish, files, cli, f"params.outdir = {default}\n") == expected


@pytest.mark.parametrize(
    ("process", "end"),
    [
        ("publishDir 'results', enabled: params.keep", " (depends on `keep`)"),
        ("publishDir path: 'results', enabled: params.keep && params.more", " (depends on `keep` and `more`)"),
        ("if (params.keep) { publishDir 'results' }", " (depends on `keep`)"),
        ("publishDir 'results'\n  when:\n  params.keep", " (depends on `keep`)"),
        ("publishDir 'results'", ""),
    ],
)
def test_the_parameters_that_decide_whether_results_are_published(
    process: str, end: str, files: Files, cli: Cli
) -> None:
    config = VERSION + "params.keep = true\nparams.more = true\n"
    folder = files({"main.nf": hello(process), "nextflow.config": config})
    assert messages(folder, cli, "NXF027") == [f"results are published to `results`, which is not exported{end}"]


def test_one_folder_of_several_processes_is_one_finding(files: Files, cli: Cli) -> None:
    folder = files({"main.nf": twice("publishDir 'results'"), "nextflow.config": VERSION})
    assert found(folder, cli) == ["NXF027 warning main.nf:6:16-6:25"]
    assert messages(folder, cli, "NXF027") == ["results are published to `results`, which is not exported, in 2 places"]


NF_CORE = """params {
    outdir = null
    publish_dir_mode = 'copy'
}
process {
    publishDir = [
        path: { "${params.outdir}/${task.process.tokenize(':')[-1].toLowerCase()}" },
        mode: params.publish_dir_mode,
        saveAs: { filename -> filename.equals('versions.yml') ? null : filename }
    ]
    withName: 'hello' {
        publishDir = [
            [ path: { "${params.outdir}/reports" }, mode: params.publish_dir_mode, pattern: "*.html" ],
            [ path: { params.cache ? "${params.cache}/" : "${params.outdir}/cache" }, enabled: params.save_cache ]
        ]
    }
}
"""


def test_the_template_of_nf_core_is_one_piece_of_advice(files: Files, cli: Cli) -> None:
    script = hello().replace("    publishDir '/mnt/workflow/pubdir'\n", "")
    folder = files({"main.nf": script, "nextflow.config": VERSION + NF_CORE})
    assert found(folder, cli) == ["NXF028 info nextflow.config:3:5-3:18"]


def test_the_config_s_default_is_the_place_where_there_is_a_schema_too(files: Files, cli: Cli) -> None:
    schema = '{"$schema": "http://json-schema.org/draft-07/schema", "properties": {"outdir": {"type": "string", "description": "x"}}}'
    folder = files(
        {
            "main.nf": hello("publishDir params.outdir"),
            "nextflow.config": VERSION + "params.outdir = null\n",
            "nextflow_schema.json": schema,
        }
    )
    assert found(folder, cli) == ["NXF028 info nextflow.config:2:1-2:21"]


def test_the_finding_lies_at_the_schema_s_parameter(files: Files, cli: Cli) -> None:
    schema = (
        '{"$schema": "https://json-schema.org/draft/2020-12/schema",\n'
        ' "properties": {"outdir": {"type": "string", "description": "where to", "default": "results"}}}'
    )
    folder = files(
        {"main.nf": hello("publishDir params.outdir"), "nextflow.config": VERSION, "nextflow_schema.json": schema}
    )
    assert found(folder, cli) == ["NXF028 warning nextflow_schema.json:2:17-2:25"]


def test_a_selector_has_the_last_word_on_publishing(files: Files, cli: Cli) -> None:
    config = "process { withName: hello { publishDir = [path: '/mnt/workflow/pubdir/hello'] } }\n"
    assert directives("publishDir 'results'", files, cli, config) == []


def test_what_parameters_compute_is_not_taken_for_a_literal(files: Files, cli: Cli) -> None:
    config = "params.outdir = null\nparams.aligner = 'star'\n"
    computed = "publishDir { [params.outdir, params.aligner].join('/') }"
    assert directives(computed, files, cli, config) == []
    assert directives("publishDir params.aligner == 'star' ? 'star' : 'other'", files, cli, config) == []


def test_nothing_published(files: Files, cli: Cli) -> None:
    script = hello().replace("    publishDir '/mnt/workflow/pubdir'\n", "")
    folder = files({"main.nf": script, "nextflow.config": VERSION})
    assert found(folder, cli) == ["NXF029 warning main.nf:1:1-0:0"]
    (folder / "main.nf").write_text(
        script.replace("hello()\n}", "hello().collectFile(storeDir: '/mnt/workflow/pubdir')\n}")
    )
    assert found(folder, cli) == []


def test_a_config_for_other_parameters_may_publish(files: Files, cli: Cli) -> None:
    script = hello().replace("    publishDir '/mnt/workflow/pubdir'\n", "")
    config = f"{VERSION}\nparams.step = ''\nif (params.step == 'a') {{\n  includeConfig 'a.config'\n}}\n"
    other = "includeConfig 'b.config'\n"
    publishing = "process.publishDir = '/mnt/workflow/pubdir'\n"
    folder = files({"main.nf": script, "nextflow.config": config, "a.config": other, "b.config": publishing})
    assert found(folder, cli) == []


def test_nothing_is_published_where_all_is_switched_off(files: Files, cli: Cli) -> None:
    config = "process { withName: hello { publishDir = [path: '/mnt/workflow/pubdir', enabled: false] } }\n"
    assert configured(config, files, cli) == ["NXF029 warning main.nf:1:1-0:0"]


OUTPUT = """workflow {
    main:
    ids = channel.of(1, 2)

    publish:
    ids = ids
}

output {
    ids {
        path 'PATH'
    }
}
"""


@pytest.mark.parametrize(
    ("version", "path", "expected"),
    [
        ("!>=25.10.0", "ids", []),
        ("!>=25.10.0", "/mnt/workflow/pubdir/ids", ["NXF031 error main.nf:10:5-12:6"]),
        ("!>=24.10.0", "ids", ["NXF030 warning main.nf:9:1-9:7"]),
        ("!24.10.8", "ids", ["NXF030 error main.nf:9:1-9:7"]),
    ],
)
def test_output_blocks(version: str, path: str, expected: list[str], files: Files, cli: Cli) -> None:
    config = f"manifest.nextflowVersion = '{version}'\n"
    assert found(files({"main.nf": OUTPUT.replace("PATH", path), "nextflow.config": config}), cli) == expected


def test_an_output_block_with_its_preview_flag_is_one_finding(files: Files, cli: Cli) -> None:
    script = "nextflow.preview.output = true\n" + OUTPUT.replace("PATH", "ids")
    folder = files({"main.nf": script, "nextflow.config": "manifest.nextflowVersion = '!>=24.10.0'\n"})
    assert found(folder, cli) == ["NXF030 warning main.nf:10:1-10:7"]


REPORTS = """params.outdir = DEFAULT
report {
    enabled = true
    file = "${params.outdir}/pipeline_info/execution_report.html"
}
timeline {
    enabled = true
    file = "${params.outdir}/pipeline_info/execution_timeline.html"
}
trace {
    enabled = true
    file = "${params.outdir}/pipeline_info/execution_trace.txt"
}
dag {
    enabled = true
    file = "${params.outdir}/pipeline_info/pipeline_dag.html"
}
"""


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("null", ["NXF032 info nextflow.config:5:5-5:66"]),
        ("'results'", ["NXF032 info nextflow.config:5:5-5:66"]),
        ("'/mnt/workflow/pubdir'", ["NXF032 info nextflow.config:5:5-5:66"]),
        ("'/mnt/workflow/output'", []),
    ],
)
def test_four_reports_are_one_finding(default: str, expected: list[str], files: Files, cli: Cli) -> None:
    assert configured(REPORTS.replace("DEFAULT", default), files, cli) == expected


@pytest.mark.parametrize(
    ("passed", "expected"),
    [
        ("addParams(folder: params.outdir)", "NXF028 info `params.outdir`"),
        ('addParams(folder: "${params.outdir}/counts")', "NXF028 info `params.outdir`"),
        ("addParams(folder: 'results')", "NXF027 warning `results`"),
        ("addParams(folder: '/mnt/workflow/pubdir/x')", ""),
        ("addParams(folder: choose())", ""),
        ("addParams(other: 1)", "NXF028 info `params.folder`"),
        ("", "NXF028 info `params.folder`"),
    ],
)
def test_a_folder_that_an_include_passes(passed: str, expected: str, files: Files, cli: Cli) -> None:
    """What a run sets is the parameter that the including script passes, not that of the module."""
    module = (
        "params.folder = ''\n"
        + hello().replace("'/mnt/workflow/pubdir'", '"${params.folder}/a"').partition("workflow {")[0]
    )
    folder = files(
        {
            "main.nf": f"include {{ hello }} from './module' {passed}\nworkflow {{\n    hello()\n}}\n",
            "module.nf": module,
            "nextflow.config": f"{VERSION}params.outdir = null\n",
        }
    )
    result = cli("lint", folder, "--no-cache", "--format", "json")
    found = [one for one in result.json["diagnostics"] if one["code"] in ("NXF027", "NXF028")]
    shown = [f"{one['code']} {one['severity']} `{one['message'].split('`')[1]}`" for one in found]
    assert shown == ([expected] if expected else [])


def test_reports_of_an_older_version_are_not_exported_at_all(files: Files, cli: Cli) -> None:
    config = (
        "manifest.nextflowVersion = '!>=24.10.0'\ntrace.enabled = true\ntrace.file = '/mnt/workflow/output/trace.txt'\n"
    )
    folder = files({"main.nf": hello(), "nextflow.config": config})
    assert found(folder, cli) == ["NXF032 info nextflow.config:3:1-3:46"]
    assert "24.10.8" in messages(folder, cli, "NXF032")[0]


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("dag { enabled = true; file = '/mnt/workflow/output/dag.svg' }", ["NXF033 info nextflow.config:2:23-2:60"]),
        ("dag { enabled = true; file = '/mnt/workflow/output/dag.html' }", []),
        ("dag { enabled = false; file = 'dag.svg' }", []),
        ("trace.fields = 'task_id,hash'", []),
        ("report.enabled = true", ["NXF032 info nextflow.config:2:1-2:22"]),
        ("profiles { debug { trace.enabled = true } }", []),
    ],
)
def test_reports(config: str, expected: list[str], files: Files, cli: Cli) -> None:
    assert configured(config + "\n", files, cli) == expected


def test_deep_outputs_are_one_finding(files: Files, cli: Cli) -> None:
    script = hello().replace("    path 'a.txt'\n", "    path 'parts/**'\n    path \"${meta.id}/**\"\n")
    script = script.replace(
        "    path 'parts/**'\n", "    path '**.bam'\n    path 'a/**/b_*.txt'\n    path 'parts/**'\n"
    )
    folder = files({"main.nf": script, "nextflow.config": VERSION})
    assert found(folder, cli) == ["NXF045 info main.nf:10:10-10:20"]
    assert messages(folder, cli, "NXF045") == ["the output `parts/**` matches every file below a folder (1 more)"]


# Directives


@pytest.mark.parametrize(
    ("directive", "expected"),
    [
        ("beforeScript 'source /opt/setup.sh'", ["NXF034 warning main.nf:6:5-6:40"]),
        ("afterScript 'rm a.tmp'", ["NXF034 info main.nf:6:5-6:27"]),
        ('afterScript "rm -rf ${prefix}; rm -f b && rm c"', ["NXF034 info main.nf:6:5-6:52"]),
        ("afterScript 'rm a.tmp; chmod g+w *'", ["NXF034 warning main.nf:6:5-6:40"]),
        ("containerOptions '--gpus all'", ["NXF034 info main.nf:6:5-6:34"]),
        ("containerOptions '-u $(id -u):$(id -g) --platform=linux/amd64'", ["NXF034 info main.nf:6:5-6:67"]),
        ("containerOptions '-v /etc/passwd:/etc/passwd:ro --nv'", ["NXF034 info main.nf:6:5-6:58"]),
        ("containerOptions '--user root'", ["NXF034 warning main.nf:6:5-6:35"]),
        ("containerOptions '--gpus all --shm-size 8g'", ["NXF034 warning main.nf:6:5-6:48"]),
        ("containerOptions '-u root -v /data:/data'", ["NXF034 warning main.nf:6:5-6:46"]),
        ('containerOptions "--volume=${projectDir}:/x"', ["NXF034 warning main.nf:6:5-6:49"]),
        (
            "containerOptions { workflow.containerEngine == 'singularity' ? '-B /x' : '--gpus all' }",
            ["NXF034 info main.nf:6:5-6:92"],
        ),
        ("containerOptions { workflow.containerEngine == 'singularity' ? '-B /x' : null }", []),
        ("containerOptions { task.ext.options }", []),
        ("storeDir '/data/store'", ["NXF034 warning main.nf:6:5-6:27"]),
        ('storeDir "${params.store}/a"', ["NXF034 warning main.nf:6:5-6:33"]),
        ("module 'bwa/0.7.17'", ["NXF034 info main.nf:6:5-6:24"]),
        ("clusterOptions '-l h_vmem=8G'", ["NXF034 info main.nf:6:5-6:34"]),
        ("stageInMode 'copy'", ["NXF034 info main.nf:6:5-6:23"]),
        ("executor 'local'", []),
        ('conda "${moduleDir}/environment.yml"', []),
        ("debug true", []),
        ("shell '/bin/bash', '-euo', 'pipefail'", []),
        ("cache 'deep'", ["NXF036 info main.nf:6:5-6:17"]),
        ("cache 'lenient'", []),
        ("cache false", []),
        ("scratch 'ram-disk'", ["NXF037 warning main.nf:6:5-6:23"]),
        ("scratch '/data'", ["NXF037 warning main.nf:6:5-6:20"]),
        ("scratch '/tmp/mine'", []),
        ("scratch '$TMPDIR'", []),
        ("scratch true", []),
        ("scratch params.scratch", []),
        ("disk 4.TB", ["NXF038 warning main.nf:6:5-6:14"]),
        ("disk '3 TB'", []),
        ("disk { 100.GB * task.attempt }", []),
        ("time '30s'", ["NXF039 warning main.nf:6:5-6:15"]),
        ("time 30.s", ["NXF039 warning main.nf:6:5-6:14"]),
        ("time '1m'", []),
        ("time { 4.h * task.attempt }", []),
        ("time params.time", []),
        ("maxRetries 3", ["NXF040 warning main.nf:6:5-6:17"]),
        ("maxRetries 0", []),
        ("maxRetries params.retries", []),
        ("maxRetries 3\n    errorStrategy 'retry'", []),
        ("maxRetries 3\n    errorStrategy { task.exitStatus == 137 ? 'retry' : 'finish' }", []),
        ("maxRetries 3\n    errorStrategy = { task.exitStatus in [137, 140] ? 'retry' : 'finish' }", []),
        ("maxRetries 3\n    errorStrategy 'finish'", ["NXF040 warning main.nf:6:5-6:17"]),
        ("omicsRetryOn5xx false", []),
    ],
)
def test_directives(directive: str, expected: list[str], files: Files, cli: Cli) -> None:
    assert directives(directive, files, cli, "params.store = null\n") == expected


def test_retries_of_all_processes_leave_one_that_ignores_errors_in_peace(files: Files, cli: Cli) -> None:
    config = "process { errorStrategy = { task.exitStatus in (130..145) ? 'retry' : 'finish' }\n maxRetries = 2 }\n"
    assert directives("errorStrategy 'ignore'", files, cli, config) == []
    assert directives("errorStrategy 'finish'", files, cli, config) == []


def test_a_directive_of_several_processes_is_one_finding(files: Files, cli: Cli) -> None:
    folder = files({"main.nf": twice("cache 'deep'"), "nextflow.config": VERSION})
    assert found(folder, cli) == ["NXF036 info main.nf:6:5-6:17"]
    assert messages(folder, cli, "NXF036") == ["`cache 'deep'` is not supported (`hello` and 1 more)"]


def test_what_the_service_adds_is_a_directive_to_the_strict_parser(files: Files, cli: Cli) -> None:
    folder = files(
        {"main.nf": hello("omicsRetryOn5xx false"), "nextflow.config": "manifest.nextflowVersion = '26.04.0'\n"}
    )
    assert "NXF003" not in cli("lint", folder, "--format", "json").codes


# Configs


@pytest.mark.parametrize(
    ("config", "expected"),
    [
        ("includeConfig 'https://example.org/a.config'\n", ["NXF013 warning nextflow.config:2:1-2:45"]),
        (
            "params.custom_config_base = 'https://example.org/configs'\n"  # noqa: ISC004 - one config of two lines
            "includeConfig params.custom_config_base && (!System.getenv('NXF_OFFLINE') ||"
            ' !params.custom_config_base.startsWith(\'http\')) ? "${params.custom_config_base}/a.config" : "/dev/null"\n',
            ["NXF013 warning nextflow.config:3:1-3:180"],
        ),
        ("params.base = null\nincludeConfig params.base ? \"${params.base}/a.config\" : '/dev/null'\n", []),
        (
            "try {\n    includeConfig 'https://example.org/a.config'\n} catch (Exception e) {\n    println 'none'\n}\n",
            [],
        ),
        ("profiles { site { includeConfig 'https://example.org/a.config' } }\n", []),
        ("includeConfig '/home/me/a.config'\n", ["NXF014 error nextflow.config:2:1-2:34"]),
        ("profiles { site { includeConfig '/etc/site.config' } }\n", []),
        ('includeConfig "${launchDir}/local.config"\n', []),
        ("includeConfig '/mnt/workflow/conf/a.config'\n", []),
        ("singularity.enabled = true\n", ["NXF035 info nextflow.config:2:1-2:27"]),
        ("wave { enabled = true }\n", ["NXF035 info nextflow.config:2:8-2:22"]),
        ("docker.enabled = true\ndocker.registry = 'quay.io'\n", []),
        ("singularity.enabled = false\nsingularity.registry = 'quay.io'\n", []),
        ("profiles { singularity { singularity.enabled = true } }\n", []),
        ("env { AWS_WORKFLOW_MODE = 'fast' }\n", ["NXF041 warning nextflow.config:2:7-2:33"]),
        ("env { AWS_REGION = 'x'\n PYTHONNOUSERSITE = 1 }\n", []),
        ("profiles { standard { process.cpus = 2 } }\n", ["NXF042 info nextflow.config:2:12-2:20"]),
        (
            "profiles { standard { process { withLabel: big { memory = '4 GB' } } } }\n",
            ["NXF042 info nextflow.config:2:12-2:20"],
        ),
        ("profiles { standard { params.mode = 'fast' } }\n", ["NXF042 info nextflow.config:2:12-2:20"]),
        (
            "profiles { standard { process.executor = 'local'\n docker { enabled = true\n runOptions = '-u 1' } } }\n",
            [],
        ),
        ("profiles { standard { executor { name = 'local'\n cpus = 4 } } }\n", []),
    ],
)
def test_configs(config: str, expected: list[str], files: Files, cli: Cli) -> None:
    assert configured(config, files, cli) == expected


AS_RECOMMENDED = """params.outdir = './results'
if ("$AWS_WORKFLOW_RUN") {
    includeConfig 'conf/omics.config'
}
"""


def test_the_config_that_the_service_recommends(files: Files, cli: Cli) -> None:
    """What is set for the service alone counts, and only 26.04 minds how it is written."""
    contents: dict[str, str | bytes] = {
        "main.nf": hello().replace("'/mnt/workflow/pubdir'", "params.outdir"),
        "nextflow.config": AS_RECOMMENDED + VERSION,
        "conf/omics.config": "params.outdir = '/mnt/workflow/pubdir'\n",
    }
    folder = files(contents)
    assert found(folder, cli) == []
    assert "NXF002" not in cli("lint", folder, "--format", "json").codes
    (folder / "nextflow.config").write_text(AS_RECOMMENDED + "manifest.nextflowVersion = '!>=26.04.0'\n")
    assert "NXF002" in cli("lint", folder, "--format", "json").codes


@pytest.mark.parametrize(
    ("default", "expected"),
    [
        ("'https://example.org/genomes/hg38.fa.gz'", ["NXF046 warning nextflow.config:2:1-2:54"]),
        ("'ftp://example.org/hg38.fa'", ["NXF046 warning nextflow.config:2:1-2:41"]),
        ("'gs://bucket/hg38.fa'", ["NXF046 warning nextflow.config:2:1-2:35"]),
        ("'s3://bucket/hg38.fa'", []),
        ("'https://raw.githubusercontent.com/nf-core/configs/master'", []),
        ("'https://example.org/help'", []),
        ("'https://github.com/lab/pipeline/releases/tag/v0.2.5'", []),
        ('"${projectDir}/assets/hg38.fa"', []),
        ("null", []),
    ],
)
def test_defaults_on_the_network(default: str, expected: list[str], files: Files, cli: Cli) -> None:
    assert configured(f"params.ref = {default}\n", files, cli) == expected


def test_defaults_of_a_profile_are_not_those_of_a_run(files: Files, cli: Cli) -> None:
    config = "params.input = null\nprofiles { test { params.input = 'https://example.org/samples.csv' } }\n"
    assert configured(config, files, cli) == []
    folder = files({"main.nf": hello(), "nextflow.config": VERSION + config})
    assert [one.split()[0] for one in found(folder, cli, "--nextflow-profile", "test")] == ["NXF046"]


@pytest.mark.parametrize(
    ("call", "executable", "expected"),
    [
        ("hello.py world", False, ["NXF015 warning main.nf:12:5-12:13"]),
        ("hello.py world", True, []),
        ("python3 /mnt/workflow/bin/hello.py world", False, []),
        ("python3 $(which hello.py) world", False, []),
        ("hello.python world", False, []),
    ],
)
def test_scripts_in_bin(call: str, executable: bool, expected: list[str], files: Files, cli: Cli) -> None:
    script = hello().replace("echo hello > a.txt", call)
    folder = files({"main.nf": script, "nextflow.config": VERSION, "bin/hello.py": "#!/usr/bin/env python3\n"})
    (folder / "bin" / "hello.py").chmod(0o755 if executable else 0o644)
    assert found(folder, cli) == expected


# The same verdicts as the service's own linter of Nextflow, where its rules are documented: `code` is what says so here.

IMAGE = "container '111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0'"


@pytest.mark.parametrize(
    ("intent", "directives", "code"),
    [
        ("an image that is not in ECR", "container 'busybox:1.36'; cpus 2; memory '4 GB'", "IMG001"),
        (
            "an image with a digest",
            f"container '111122223333.dkr.ecr.us-east-1.amazonaws.com/a@sha256:{'0' * 64}'; cpus 2; memory '4 GB'",
            "",
        ),
        ("too many CPUs", f"{IMAGE}; cpus 200; memory '4 GB'", "RES002"),
        ("the most CPUs", f"{IMAGE}; cpus 192; memory '4 GB'", ""),
        ("too much memory", f"{IMAGE}; cpus 2; memory '1537 GB'", "RES002"),
        ("the most memory", f"{IMAGE}; cpus 2; memory '1536 GB'", ""),
        ("no resources", f"{IMAGE}", "RES001"),
        ("an accelerator without a type", f"{IMAGE}; cpus 2; memory '4 GB'; accelerator 1", "RES004"),
        ("an accelerator without a count", f"{IMAGE}; cpus 2; memory '4 GB'; accelerator type: 'nvidia-l4'", "RES004"),
        ("an unknown accelerator", f"{IMAGE}; cpus 2; memory '4 GB'; accelerator 1, type: 'not-a-gpu'", "RES004"),
        ("too many accelerators", f"{IMAGE}; cpus 2; memory '4 GB'; accelerator 10, type: 'nvidia-l4'", "RES002"),
        ("an accelerator of each family", f"{IMAGE}; cpus 2; memory '4 GB'; accelerator 1, type: 'nvidia-l4-a10g'", ""),
        ("accelerators by parameter", f"{IMAGE}; cpus 2; memory '4 GB'; accelerator params.n, type: params.kind", ""),
        ("no container", "cpus 2; memory '4 GB'", "IMG003"),
    ],
)
def test_verdicts_of_other_rules(intent: str, directives: str, code: str, files: Files, cli: Cli) -> None:
    body = "\n    ".join(directives.split("; "))
    script = (
        "process hello {\n    publishDir '/mnt/workflow/pubdir'\n    "
        + body
        + "\n\n"
        + HELLO[HELLO.index("    output:") :]
    )
    folder = files({"main.nf": script, "nextflow.config": VERSION})
    codes = set(cli("lint", folder, "--format", "json").codes)
    judged = {one for one in codes if one.startswith(("RES", "IMG"))}
    assert (code in judged) if code else not judged, intent


@pytest.mark.parametrize(
    ("cpus", "end"),
    [("200", "has 192"), ("params.cores", "(depends on `cores`)"), ("{ params.cores }", "(depends on `cores`)")],
)
def test_what_a_process_requests_is_a_warning_that_names_the_parameter(
    cpus: str, end: str, files: Files, cli: Cli
) -> None:
    """Conditions, profiles and the configuration of a run can change every request."""
    process = (
        f"process hello {{\n    {IMAGE}\n    cpus {cpus}\n    memory '4 GB'\n\n" + HELLO[HELLO.index("    output:") :]
    )
    folder = files({"main.nf": process, "nextflow.config": VERSION + "params.cores = 256\n"})
    (found,) = (one for one in cli("lint", folder, "--format", "json").json["diagnostics"] if one["code"] == "RES002")
    assert found["severity"] == "warning"
    assert found["message"].endswith(end)


@pytest.mark.parametrize(
    ("version", "day", "severity", "words"),
    [
        ("22.04.0", "2025-11-29", "warning", "accepts no new workflows from 2025-11-30 on"),
        ("22.04.0", "2025-11-30", "error", "accepts no new workflows since 2025-11-30"),
        ("<23.0", "2026-11-26", "error", "accepts no new workflows since 2025-11-30"),
        ("23.10.0", "2026-11-29", "warning", "accepts no new workflows from 2026-11-30 on"),
        ("23.10.0", "2026-11-30", "error", "accepts no new workflows since 2026-11-30"),
        ("!>=22.04,<24", "2026-11-30", "error", "accepts no new workflows since 2026-11-30"),
        (">=23.04", "2026-11-30", "warning", "accepts no new workflows since 2026-11-30"),  # the service may choose 24.10.8 then
    ],
)  # fmt: skip
def test_a_version_is_closed_by_the_day(
    files: Callable[[dict[str, str]], Path], cli: Cli, version: str, day: str, severity: str, words: str
) -> None:
    folder = files(
        {"main.nf": "workflow { println 1 }\n", "nextflow.config": f"manifest.nextflowVersion = '{version}'\n"}
    )
    result = cli("lint", folder, "--as-of", day, "--format", "json")
    (found,) = [each for each in result.json["diagnostics"] if each["code"] == "NXF022"]
    assert (found["severity"], words in found["message"]) == (severity, True), found


def test_the_default_and_the_first_language_are_closed_by_the_day(
    files: Callable[[dict[str, str]], Path], cli: Cli
) -> None:
    folder = files({"main.nf": "workflow { println 1 }\n"})
    assert "accepts no new" not in cli("lint", folder, "--as-of", "2026-11-29", "--select", "NXF018").out
    after = cli("lint", folder, "--as-of", "2026-11-30", "--select", "NXF018").out
    assert "warning NXF018" in after
    assert "23.10.0, which accepts no new workflows since 2026-11-30" in after
    first = files({"main.nf": FIRST.format("")})
    assert "warning NXF016" in cli("lint", first, "--as-of", "2025-11-29", "--select", "NXF016").out
    assert "error NXF016" in cli("lint", first, "--as-of", "2025-11-30", "--select", "NXF016").out


def test_a_day_is_a_date(files: Callable[[dict[str, str]], Path], cli: Cli) -> None:
    refused = cli("lint", files({"main.nf": ""}), "--as-of", "tomorrow")
    assert (refused.code, "`tomorrow` is not a date such as `2027-01-31`" in refused.err) == (2, True)
