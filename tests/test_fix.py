"""Mechanical cures: each ends its finding, changes nothing else of the file, and needs no second run."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import Cli
from examples import CORRECT, parse
from growth_support import alarm

from packager import lint, load
from packager.errors import PackagerError
from packager.findings.diagnostic import Diagnostic, Place
from packager.fix import FileEdit, apply, diff_text, fix_namespaced_keys, fixes
from packager.model.facts import Engine, Input, Workflow
from packager.rules import RULES

Files = Callable[[dict[str, str | bytes]], Path]

TOOL = "quay.io/biocontainers/samtools:1.17--h00cdaf9_0"
COPY = "111122223333.dkr.ecr.us-east-1.amazonaws.com/samtools:1.17--h00cdaf9_0"


@dataclass(frozen=True)
class Case:
    """A finding, the files that bring it up, the one that is mended, and what of it becomes what."""

    code: str
    files: dict[str, str]
    path: str
    changes: tuple[tuple[str, str], ...]
    options: tuple[str, ...] = ()
    name: str = ""
    unsafe: bool = False


def wdl(image: str) -> str:
    return CORRECT["main.wdl"].replace("111122223333.dkr.ecr.us-east-1.amazonaws.com/base:1.0", image)


def registry_map(text: str) -> dict[str, str]:
    return {**CORRECT, "container-registry-map.json": text}


def template(text: str) -> dict[str, str]:
    main = """version 1.0

workflow count {
    input {
        File reads
        Int min_quality = 20
    }
    parameter_meta {
        reads: "FASTQ"
        min_quality: "Least quality"
    }
    output {
        Int n = min_quality
    }
}
"""
    return {"main.wdl": main, "parameter-template.json": text}


def mapping(url: str, more: str = "") -> str:
    members = f'"upstreamRegistryUrl":"{url}",  "ecrRepositoryPrefix": "q"{more}'
    return f'{{\n\t"registryMappings": [\n\t\t{{{members}}}\n\t]\n}}\n'


def image_mapping(source: str, destination: str, more: str = "") -> str:
    return f'{{"imageMappings": [\n{{{more}"sourceImage": "{source}",\n"destinationImage": "{destination}"}}]}}\n'


def publishing(folder: str) -> dict[str, str]:
    directives = f"publishDir '{folder}'\n    output:\n    path 'x'\n    script:\n    'ls > x'"
    return {"main.nf": f"process a {{\n    {directives}\n}}\nworkflow {{ a() }}\n"}


CWL = """cwlVersion: v1.2  # größer
class: CommandLineTool
label: count
baseCommand: [wc, -l]
requirements:
  DockerRequirement:
    dockerPull: %s  # a comment
  ResourceRequirement:
    coresMin: 1
    ramMin: 2048
inputs: []
outputs: []
"""
NEXTFLOW = """// größer
process count {
    container 'docker://quay.io/a/b:1.0'  // docker://quay.io/a/b:1.0
    cpus 1
    memory 2.GB
    publishDir './results/count', mode: 'copy'

    output:
    path 'n.txt'

    script:
    '''
    echo docker://quay.io/a/b:1.0 > n.txt
    '''
}

process list {
    cpus 1
    memory 2.GB
    publishDir path: "lists/${task.process}", mode: 'copy'

    output:
    path 'n.txt'

    script:
    '''
    ls > n.txt
    '''
}

workflow {
    count()
    list()
}
"""
CONFIG = """// a comment with docker://quay.io/a/c:2.0
manifest { nextflowVersion = '!>=25.10.0' }
process {
    withName: 'list' {
        container = "docker://quay.io/a/c:2.0" /* größer */
    }
}
"""
PIPELINE = {"main.nf": NEXTFLOW, "nextflow.config": CONFIG}

CASES = [
    Case("IMG005", {"main.wdl": wdl(f"docker://{TOOL}")}, "main.wdl", ((f"docker://{TOOL}", TOOL),), name="wdl"),
    Case("IMG005", {"main.cwl": CWL % f"docker://{TOOL}"}, "main.cwl", ((f"docker://{TOOL}", TOOL),), name="cwl-plain"),
    Case(
        "IMG005", {"main.cwl": CWL % f"'docker://{TOOL}'"}, "main.cwl", ((f"docker://{TOOL}", TOOL),), name="cwl-quoted"
    ),
    Case(
        "IMG005",
        PIPELINE,
        "main.nf",
        (("container 'docker://", "container '"),),
        ("--select", "IMG005"),
        name="nextflow",
    ),
    Case(
        "IMG005",
        PIPELINE,
        "nextflow.config",
        (('= "docker://', '= "'),),
        ("--select", "IMG005"),
        name="nextflow-config",
    ),
    Case(
        "NXF027",
        PIPELINE,
        "main.nf",
        (("'./results", "'/mnt/workflow/pubdir/results"), ('"lists/', '"/mnt/workflow/pubdir/lists/')),
        ("--select", "NXF027"),
    ),
    Case(
        "TPL004",
        template('{\n   "min_quality":{"description":"größer", "optional":true}\n}\n'),
        "parameter-template.json",
        (("ue}\n}", 'ue},\n   "reads":{"description":"FASTQ", "optional":false}\n}'),),
    ),
    Case(
        "TPL005",
        template('{\n\t"reads": {"description": "größer"},\n\t"older": {"optional": true}\n}\n'),
        "parameter-template.json",
        ((',\n\t"older": {"optional": true}', ""),),
        name="gone",
        unsafe=True,
    ),
    Case(
        "TPL005",
        template('{\n\t"reads": {"description": "größer"},\n\t"minQuality": {"description": "by hand"}\n}\n'),
        "parameter-template.json",
        (("minQuality", "min_quality"),),
        name="spelling",
    ),
    Case(
        "TPL005",
        template('{"reads": {}, "min_qualty": {"optional": true, "description": "größer"}}\n'),
        "parameter-template.json",
        (("min_qualty", "min_quality"),),
        name="misspelt",
    ),
    Case(
        "TPL006",
        template('{"reads" : { "optional" :  true }, "min_quality": {"description": "größer"  , "optional": true}}\n'),
        "parameter-template.json",
        ((":  true", ":  false"),),
    ),
    Case(
        "TPL009",
        template('{"count.min_quality": {"optional": true, "description": "größer"}, "reads": {}}\n'),
        "parameter-template.json",
        (("count.", ""),),
    ),
    Case(
        "MAP001",
        registry_map(mapping("quay.io", ', "accountId": "111122223333"')),
        "container-registry-map.json",
        (('"accountId"', '"ecrAccountId"'),),
        name="account",
    ),
    Case(
        "MAP001",
        registry_map(mapping("quay.io", ', "ecr_account_id": 111122223333')),
        "container-registry-map.json",
        (('"ecr_account_id": 111122223333', '"ecrAccountId": "111122223333"'),),
        name="spelling",
    ),
    Case(
        "MAP001",
        registry_map(mapping("quay.io", ', "ecrAccountId": 111122223333')),
        "container-registry-map.json",
        ((": 111122223333", ': "111122223333"'),),
        name="number",
    ),
    Case(
        "MAP001",
        registry_map(image_mapping(TOOL, COPY, '"accountId": "111122223333",\n ')),
        "container-registry-map.json",
        (('"accountId": "111122223333",\n ', ""),),
        name="idle-account",
    ),
    *(
        Case(
            "MAP004",
            registry_map(mapping(url)),
            "container-registry-map.json",
            ((url, host),),
            name=url,
        )
        for url, host in (
            ("https://quay.io", "quay.io"),
            ("quay.io/", "quay.io"),
            ("https://registry-1.docker.io/v2/", "registry-1.docker.io"),
            ("https://docker.io/", "registry-1.docker.io"),
            ("Quay.io", "quay.io"),
        )
    ),
    Case(
        "MAP005",
        registry_map(mapping("docker.io")),
        "container-registry-map.json",
        (("docker.io", "registry-1.docker.io"),),
    ),
    Case(
        "MAP012",
        registry_map(image_mapping(TOOL, f"docker://{COPY}")),
        "container-registry-map.json",
        (("docker://", ""),),
    ),
    Case(
        "MAP018",
        registry_map(image_mapping(f"docker://{TOOL}", COPY)),
        "container-registry-map.json",
        (("docker://", ""),),
    ),
]


def ident(case: Case) -> str:
    return "-".join(filter(None, (case.code, case.name)))


def plain(text: str) -> bytes:
    return text.encode()


def odd(text: str) -> bytes:
    """Line ends of Windows, a byte order mark, and no line end at the end."""
    return b"\xef\xbb\xbf" + text.removesuffix("\n").replace("\n", "\r\n").encode()


@pytest.mark.parametrize("encode", [plain, odd])
@pytest.mark.parametrize("case", CASES, ids=ident)
def test_a_fix_ends_its_finding_and_changes_nothing_else(
    case: Case, encode: Callable[[str], bytes], files: Files, cli: Cli
) -> None:
    folder = files({name: encode(content) for name, content in case.files.items()})
    assert case.code in cli("lint", folder, *case.options, "--format", "json").codes
    wanted = case.files[case.path]
    for before, after in case.changes:
        assert wanted.count(before) == 1
        wanted = wanted.replace(before, after)
    fix = ("--fix", "--unsafe-fixes") if case.unsafe else ("--fix",)
    done = cli("lint", folder, *case.options, *fix, "--format", "json")
    assert done.code in (0, 1), done.err
    assert case.code not in done.codes
    assert "fixed" in done.err
    assert (folder / case.path).read_bytes() == encode(wanted)
    there = {path.name: path.read_bytes() for path in folder.iterdir()}
    again = cli("lint", folder, *case.options, *fix, "--format", "json")
    assert case.code not in again.codes
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == there
    assert cli("lint", folder, *case.options, "--diff", *fix[1:]).out == ""


def test_only_unsafe_fixes_remove_an_entry(files: Files, cli: Cli) -> None:
    contents = template('{"reads": {}, "older": {"description": "by hand", "optional": true}}\n')
    folder = files({**contents})
    done = cli("lint", folder, "--fix", "--select", "TPL")
    assert "fixed 0 findings in 0 files; 1 more with `--unsafe-fixes`" in done.err
    assert f"remove it with `packager lint {folder} --fix --unsafe-fixes`" in done.out.replace("\n        ", " ")
    assert "[fixable]" not in done.out
    assert (folder / "parameter-template.json").read_text() == contents["parameter-template.json"]
    assert cli("lint", folder, "--diff", "--select", "TPL005").out == ""
    assert '-{"reads": {}, "older"' in cli("lint", folder, "--diff", "--unsafe-fixes", "--select", "TPL005").out
    assert cli("lint", folder, "--unsafe-fixes").code == 2
    assert "fixed 1 finding in 1 file\n" in cli("lint", folder, "--fix", "--unsafe-fixes", "--select", "TPL").err
    assert (folder / "parameter-template.json").read_text() == '{"reads": {}}\n'


EXAMPLES = ("IMG005", "MAP004", "MAP005", "MAP018", "NXF027", "TPL004", "TPL005", "TPL006", "TPL009")


@pytest.mark.parametrize("code", EXAMPLES)
def test_the_bad_example_of_a_rule_is_mended(code: str, cli: Cli, in_folder: Path) -> None:
    _, contents = parse(RULES[code].code.bad)
    if not any(name.startswith("main.") for name in contents):
        contents = {**CORRECT, **contents}
    for name, content in contents.items():
        (in_folder / name).write_text(content)
    options = ("--container-registry-map", "map.json") if "map.json" in contents else ()
    assert code in cli("lint", ".", *options, "--format", "json").codes
    assert code not in cli("lint", ".", *options, "--fix", "--format", "json").codes


SILENT = {
    "an image that a parameter brings in": (
        {
            "main.nf": "process a {\n    container params.tool\n    script:\n    'ls'\n}\nworkflow { a() }\n",
            "nextflow.config": "params.tool = 'docker://quay.io/a/b:1'\n",
        },
        "IMG005",
    ),
    "an image that one of two tasks has from elsewhere": (
        {
            "main.nf": "process a {\n    container params.tool\n    script:\n    'ls'\n}\n"
            "process b {\n    container 'docker://quay.io/a/b:1'\n    script:\n    'ls'\n}\nworkflow {\n    a()\n    b()\n}\n",
            "nextflow.config": "params.tool = 'docker://quay.io/a/b:1'\n",
        },
        "IMG005",
    ),
    "another scheme": ({"main.wdl": wdl("https://quay.io/a/b:1")}, "IMG005"),
    "no image behind the scheme": ({"main.wdl": wdl("docker://Quay/A:1")}, "IMG005"),
    "a path that may be a namespace": (registry_map(mapping("https://quay.io/biocontainers")), "MAP004"),
    "a host with a user": (registry_map(mapping("https://me@quay.io")), "MAP004"),
    "two entries that would be for one upstream": (
        registry_map(
            '{"registryMappings": [{"upstreamRegistryUrl": "https://quay.io", "ecrRepositoryPrefix": "a"},'
            ' {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "b"}]}'
        ),
        "MAP004",
    ),
    "an unknown member that is no other's spelling": (
        registry_map(mapping("quay.io", ', "region": "us-east-1"')),
        "MAP001",
    ),
    "a member that is there under its right name": (
        registry_map(mapping("quay.io", ', "accountId": "111122223333", "ecrAccountId": "444455556666"')),
        "MAP001",
    ),
    "the account of an image mapping that differs": (
        registry_map(image_mapping(TOOL, COPY, '"accountId": "444455556666", ')),
        "MAP001",
    ),
    "a destination elsewhere": (registry_map(image_mapping(TOOL, "docker://quay.io/x:1")), "MAP012"),
    "a long name beside the short one": (
        template('{"count.reads": {}, "reads": {}, "min_quality": {"optional": true}}'),
        "TPL009",
    ),
    "what the writer requires although it has a default": (template('{"reads": {}, "min_quality": {}}'), "TPL006"),
    "a map with a name twice": (
        registry_map('{"registryMappings": [], "registryMappings": [{"accountId": 1}]}'),
        "MAP001",
    ),
    "a folder on the disk": (publishing("/data/out"), "NXF027"),
    "a folder above": (publishing("x/../../out"), "NXF027"),
    "a bucket": (publishing("s3://bucket/out"), "NXF027"),
}


@pytest.mark.parametrize("name", SILENT)
def test_what_needs_judgement_stays(name: str, files: Files, cli: Cli) -> None:
    contents, code = SILENT[name]
    folder = files(dict(contents))
    before = cli("lint", folder, "--format", "json").codes
    assert code in before
    assert cli("lint", folder, "--select", code, "--diff").out == ""


def test_what_is_accepted_stays(files: Files, cli: Cli) -> None:
    text = wdl(f"docker://{TOOL}").replace(
        "        docker:", "        # packager: allow IMG005 - mapped elsewhere\n        docker:"
    )
    folder = files({"main.wdl": text})
    assert cli("lint", folder, "--diff").out == ""
    assert cli("lint", folder, "--fix", "--format", "json").code == 0
    assert (folder / "main.wdl").read_text() == text


def test_an_image_that_two_tasks_name_is_mended_in_both(files: Files, cli: Cli) -> None:
    text = wdl(f"docker://{TOOL}")
    task = text[text.index("task greet") :]
    called = text.replace("    output {", "    call part {\n        input: who = who\n    }\n    output {", 1)
    second = task.replace("task greet", "task part").replace(f'"docker://{TOOL}"', f"'docker://{TOOL}'")
    folder = files({"main.wdl": f"{called}\n{second}"})
    assert "IMG005" not in cli("lint", folder, "--fix", "--format", "json").codes
    assert "docker://" not in (folder / "main.wdl").read_text()


def test_several_fixes_of_several_files_compose(files: Files, cli: Cli) -> None:
    folder = files(
        {
            "main.wdl": template("")["main.wdl"],
            "parameter-template.json": '{"count.min_quality": {"description": "by hand"}}\n',
            "container-registry-map.json": mapping("https://docker.io/", ', "accountId": 111122223333'),
        }
    )
    done = cli("lint", folder, "--fix", "--format", "json")
    assert not {"TPL004", "TPL005", "TPL009", "MAP001", "MAP004", "MAP005"} & set(done.codes)
    assert (folder / "parameter-template.json").read_text() == (
        '{"min_quality": {"description": "by hand"}, "reads": {"description": "FASTQ", "optional": false}}\n'
    )
    assert (folder / "container-registry-map.json").read_text() == mapping(
        "registry-1.docker.io", ', "ecrAccountId": "111122223333"'
    )


def test_only_what_is_selected_is_mended(files: Files, cli: Cli) -> None:
    folder = files({**template('{"older": {"optional": true}}\n')})
    cli("lint", folder, "--fix", "--unsafe-fixes", "--select", "TPL005")
    assert (folder / "parameter-template.json").read_text() == "{}\n"
    cli("lint", folder, "--fix", "--select", "TPL004")
    assert set(json.loads((folder / "parameter-template.json").read_text())) == {"reads"}


def test_nothing_is_removed_while_inputs_may_be_unknown(files: Files) -> None:
    """A name may be an input of what could not be read."""
    folder = files({**template('{"reads": {}, "older": {}}\n')})
    loaded = load(str(folder))
    report = lint(loaded)
    assert fixes(loaded, report) == ()
    assert [edit.path for edit in fixes(loaded, report, unsafe=True)] == ["parameter-template.json"]

    class Incomplete:
        """The same, with facts that are not complete."""

        tree, template, written_template = loaded.tree, loaded.template, loaded.written_template
        registry_map, images, on_disk = loaded.registry_map, loaded.images, loaded.on_disk
        run_parameters = loaded.run_parameters
        workflow = Workflow(
            Engine.WDL, "main.wdl", "count", "1.0", inputs=loaded.workflow.inputs, complete=False
        )  # fmt: skip

    assert fixes(Incomplete(), report, unsafe=True) == ()


def test_named_files_are_mended_where_they_lie(files: Files, cli: Cli, in_folder: Path) -> None:
    """Also where the source has a file of the same name."""
    source = files({**CORRECT, "map.json": mapping("https://ghcr.io")})
    (in_folder / "map.json").write_text(mapping("https://quay.io"))
    cli("lint", source, "--container-registry-map", "map.json", "--fix")
    assert "https" not in (in_folder / "map.json").read_text()
    assert "https" in (source / "map.json").read_text()


def test_a_diff_is_a_patch(files: Files, cli: Cli, in_folder: Path) -> None:
    for name, content in PIPELINE.items():
        (in_folder / name).write_bytes(odd(content))
    diff = cli("lint", ".", "--select", "IMG005,NXF027", "--diff").out
    assert diff.startswith("--- a/main.nf\n+++ b/main.nf\n@@ ")
    assert "\033" not in diff
    before = {name: (in_folder / name).read_bytes() for name in PIPELINE}
    shutil.copytree(in_folder, in_folder / "copy", ignore=shutil.ignore_patterns("copy", "source"))
    (in_folder / "the.patch").write_bytes(diff.encode())
    subprocess.run(["git", "apply", "-p1", "../the.patch"], cwd=in_folder / "copy", check=True)
    assert {name: (in_folder / name).read_bytes() for name in PIPELINE} == before
    cli("lint", ".", "--select", "IMG005,NXF027", "--fix")
    for name in PIPELINE:
        assert (in_folder / "copy" / name).read_bytes() == (in_folder / name).read_bytes()


def edit(path: Path, before: bytes, after: bytes) -> FileEdit:
    found = Diagnostic(Place(path.name, 1, 1), "IMG005", RULES["IMG005"].code.severity, "x")
    return FileEdit(path.name, before, after, (found,), path)


def test_a_diff_tells_where_the_last_line_has_no_end() -> None:
    assert diff_text([edit(Path("a.txt"), b"x\ny", b"x\nz")]) == (
        "--- a/a.txt\n+++ b/a.txt\n@@ -1,2 +1,2 @@\n x\n-y\n\\ No newline at end of file\n+z\n\\ No newline at end of file\n"
    )
    assert diff_text([]) == ""


@pytest.mark.parametrize("added", [0, 3, -3])
@pytest.mark.parametrize("end", ["", "\n"])
def test_a_long_diff_can_be_applied_and_takes_little_time(added: int, end: str, in_folder: Path) -> None:
    before = [f"# {number % 120}" for number in range(20_000)]
    for number in range(0, len(before), 200):
        before[number] = f"docker://{number}"
    after = [line.removeprefix("docker://") for line in before]
    after = [*after[:9_000], *(["new"] * added), *after[9_000 - min(added, 0) :]]
    texts = [("\n".join(lines) + end).encode() for lines in (before, after)]
    with alarm(5, processor=True):
        shown = diff_text([edit(Path("a.txt"), *texts)])
    assert added or len(shown) < 20_000
    (in_folder / "a.txt").write_bytes(texts[0])
    (in_folder / "the.patch").write_bytes(shown.encode())
    subprocess.run(["git", "apply", "-p1", "the.patch"], cwd=in_folder, check=True)
    assert (in_folder / "a.txt").read_bytes() == texts[1]


def test_permissions_and_links_stay(tmp_path: Path) -> None:
    real = tmp_path / "real.sh"
    real.write_bytes(b"before")
    real.chmod(0o750)
    link = tmp_path / "link.sh"
    link.symlink_to(real)
    apply([edit(link, b"before", b"after")])
    assert link.is_symlink()
    assert real.read_bytes() == b"after"
    assert real.stat().st_mode & 0o777 == 0o750
    assert sorted(path.name for path in tmp_path.iterdir()) == ["link.sh", "real.sh"]


def test_a_file_that_has_changed_since_is_left_alone_and_so_are_the_others(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    first.write_bytes(b"before")
    second.write_bytes(b"changed")
    with pytest.raises(PackagerError, match="has changed"):
        apply([edit(first, b"before", b"after"), edit(second, b"before", b"after")])
    assert first.read_bytes() == b"before"
    with pytest.raises(PackagerError, match="cannot read"):
        apply([edit(tmp_path / "c", b"", b"x")])


def test_a_zip_is_not_mended(files: Files, cli: Cli, in_folder: Path) -> None:
    source = files({"main.wdl": wdl(f"docker://{TOOL}")})
    shutil.make_archive(str(in_folder / "w"), "zip", source)
    before = Path("w.zip").read_bytes()
    assert "b/w.zip/main.wdl" in cli("lint", "w.zip", "--diff").out
    refused = cli("lint", "w.zip", "--fix")
    assert refused.code == 2
    assert "in a zip" in refused.err
    assert Path("w.zip").read_bytes() == before


def count(*names: str) -> Workflow:
    inputs = tuple(Input(name, "Int", False, None, "", Place("main.wdl", 1, 1)) for name in names)
    return Workflow(Engine.WDL, "main.wdl", "count", "1.0", inputs=inputs)


NAMES = [
    ('{"count.n": 1}', '{"n": 1}'),
    ('\ufeff{\r\n\t"count.n" : 1 ,\r\n\t"m":"ß"}', '\ufeff{\r\n\t"n" : 1 ,\r\n\t"m":"ß"}'),
    ('{"count.n": 1, "n": 2}', None),
    ('{"count.call.n": 1, "count.other": 2, "other.n": 3, "n": 4}', None),
    ('{"inner": {"count.n": 1}}', None),
    ('{"count.n": 1, "count.n": 2}', None),
    ("[1]", None),
    ("{", None),
    ("{}", None),
]


@pytest.mark.parametrize(("text", "wanted"), NAMES)
def test_namespaced_run_parameters(text: str, wanted: str | None) -> None:
    after = fix_namespaced_keys(text.encode(), count("n", "m"))
    assert after.decode() == (text if wanted is None else wanted)
    assert fix_namespaced_keys(after, count("n", "m")) == after


def test_other_languages_have_no_namespaced_keys() -> None:
    nextflow = Workflow(Engine.NEXTFLOW, "main.nf", "count", "", inputs=count("n").inputs)
    assert fix_namespaced_keys(b'{"count.n": 1}', nextflow) == b'{"count.n": 1}'
