"""The definition here against a deployed one: real boto3 over loopback HTTP against the emulator."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from conftest import WORKFLOWS, Cli, Result
from emulator_support import settled, zipped
from hypothesis import given, settings
from hypothesis import strategies as st

from packager.diff import (
    ChangeKind,
    Comparison,
    Definition,
    File,
    FileChange,
    Level,
    Side,
    compare,
    next_version,
    patch,
    step,
)
from packager.emulator import RunningEmulator
from packager.healthomics.deployed import Deployed
from packager.healthomics.request import Request
from packager.jsondoc.schemas import violations
from packager.model.facts import TemplateParameter
from packager.model.image_reference import read_name
from packager.render.diff import diff_text
from packager.render.diff_markdown import diff_markdown
from packager.render.terminal import Style

Diff = Callable[..., Result]
Edit = Callable[..., Path]
SECRET_PATHS = ("/_emulator/", "http://")


@pytest.fixture
def diff(cli: Cli, emulator: RunningEmulator) -> Diff:
    """`packager diff` against the emulator; no address of a file may ever be printed."""

    def run(*arguments: str | Path) -> Result:
        done = cli("diff", *arguments, "--endpoint-url", emulator.endpoint_url)
        shown = (done.out + done.err).replace(f"--endpoint-url {emulator.endpoint_url}", "")
        assert not any(secret in shown for secret in SECRET_PATHS)
        return done

    return run


@pytest.fixture
def edited(tmp_path: Path) -> Edit:
    """A copy of one of our workflows in which texts of files are replaced; None removes a file."""

    def edit(name: str, changes: dict[str, tuple[str, str] | str | None]) -> Path:
        folder = tmp_path / "edited" / name
        shutil.copytree(WORKFLOWS / name, folder, dirs_exist_ok=True)
        for path, change in changes.items():
            place = folder / path
            if change is None:
                place.unlink()
            elif isinstance(change, str):
                place.write_text(change, encoding="utf-8")
            else:
                text = place.read_text(encoding="utf-8")
                assert change[0] in text
                place.write_text(text.replace(*change), encoding="utf-8")
        return folder

    return edit


def deployed_id(done: Result) -> str:
    assert done.code == 0, done.err
    return str(done.json["workflowId"])


WDL_TEXT = """\
compared with workflow 1000001 variants, version v1.4.2 (the newest ACTIVE one), in us-east-1
parameters
  + breaking panel: new, required, File
  - breaking keep_bam: removed
  ~ breaking intervals: was optional, is required
  ~ breaking samples: other type, Array[Sample]+ -> Sample
  + threads: new, optional, Int
  ~ min_quality: wider type, Int -> Float
  ~ new descriptions: reference
outputs
  - breaking bams: removed
  + sites: added, Array[File]
images
  ~ quay.io/biocontainers/bcftools:1.20--h8b25389_0 -> 1.21--h3a4d415_1
calls
  ~ call_variants: other image
settings
  ~ description: Calls variants -> Calls them
  ~ tags[env]: test -> production
  - tags[team]: genomics -> not set
  ~ containerRegistryMap[quay.io]: ecrRepositoryPrefix=quay -> ecrRepositoryPrefix=other
  + containerRegistryMap[ubuntu:22.04]: not set -> destinationImage=123456789012.dkr.ecr.us-east-1.amazonaws.com/ubuntu:22.04
files: 1 changed
  ~ main.wdl (1.6 kB)
suggested step: major (new required parameter panel; removed parameter keep_bam; newly required parameter intervals; \
other type of parameter samples; removed output bams); the next version is v2.0.0
"""


def changed_wdl(edited: Edit) -> Path:
    return edited(
        "wdl-variants",
        {
            "container-registry-map.json": (
                '"quay"\n    }\n  ]',
                (
                    '"other"\n    }\n  ],\n  "imageMappings": [{"sourceImage": "ubuntu:22.04", "destinationImage": '
                    '"123456789012.dkr.ecr.us-east-1.amazonaws.com/ubuntu:22.04"}]'
                ),
            ),
        },
    )


def test_a_wdl_workflow(submit: Callable[..., Result], diff: Diff, edited: Edit) -> None:
    variants = WORKFLOWS / "wdl-variants"
    first = deployed_id(submit(variants, "--name", "variants"))
    version = ("--workflow-id", first, "--version-name", "v1.4.2")
    submit(variants, *version, "--description", "Calls variants", "--tags", "env=test,team=genomics")
    folder = changed_wdl(edited)
    main = folder / "main.wdl"
    text = main.read_text(encoding="utf-8")
    for old, new in (
        ("Array[Sample]+ samples", "Sample samples\n        File panel\n        Int threads = 1"),
        ("File? intervals", "File intervals"),
        ("Int min_quality = 20", "Float min_quality = 20.0"),
        ("        Boolean keep_bam = false\n", ""),
        ('        keep_bam: "Also return the alignments"\n', ""),
        ("Reference genome with its index", "Reference genome and its index"),
        ("        Array[File] bams = select_all(kept)\n", "        Array[File] sites = call_variants.vcf\n"),
        ("1.20--h8b25389_0", "1.21--h3a4d415_1"),
    ):
        assert old in text
        text = text.replace(old, new)
    main.write_text(text, encoding="utf-8")
    done = diff(folder, "--name", "variants", "--description", "Calls them", "--tags", "env=production")
    assert done.code == 0, done.err
    assert done.out == WDL_TEXT


def test_a_nextflow_pipeline(submit: Callable[..., Result], diff: Diff, edited: Edit) -> None:
    workflow = deployed_id(submit(WORKFLOWS / "nextflow-counts", "--name", "counts"))
    folder = edited(
        "nextflow-counts",
        {
            "nextflow_schema.json": (
                '"threads": {"type": "integer"',
                '"prefix": {"type": "string", "description": "Names"},\n        "threads": {"type": "number"',
            ),
            "modules/local/count.nf": ("seqkit:2.8.2--h9ee0642_0", "seqkit:2.9.0--h9ee0642_0"),
            "nextflow.config": (">=24.04", "!>=25.10.0"),
        },
    )
    (folder / "bin" / "tidy.py").chmod(0o644)
    done = diff(folder, "--workflow-id", workflow)
    assert done.code == 0, done.err
    assert done.out == (
        "compared with workflow 1000001 counts (the workflow itself; it has no ACTIVE version), in us-east-1\n"
        "parameters\n"
        "  + prefix: new, optional, string\n"
        "  ~ threads: wider type, integer -> number\n"
        "images\n"
        "  ~ quay.io/biocontainers/seqkit:2.8.2--h9ee0642_0 -> 2.9.0--h9ee0642_0\n"
        "calls\n"
        "  ~ COUNT: other image\n"
        "settings\n"
        "  ~ nextflowVersion: 24.10.8 -> 25.10.0\n"
        "files: 3 changed, 1 mode changed\n"
        "  ~ bin/tidy.py (is no longer executable)\n"
        "  ~ modules/local/count.nf (368 B)\n"
        "  ~ nextflow.config (179 B -> 182 B)\n"
        "  ~ nextflow_schema.json (651 B -> 712 B)\n"
        "suggested step: minor (new optional parameter prefix; wider type of parameter threads)\n"
    )


def test_a_cwl_workflow(submit: Callable[..., Result], diff: Diff, edited: Edit) -> None:
    workflow = deployed_id(submit(WORKFLOWS / "cwl-records", "--name", "records"))
    folder = edited(
        "cwl-records",
        {
            "main.cwl": ("min_mapq:\n    type: int?", "min_mapq:\n    type: string?"),
            "tools/join.cwl": ("python:3.12-slim", "python:3.13-slim"),
            "data/regions.bed": "chr1\\t1\\t2\\n",
        },
    )
    done = diff(folder, "--workflow-id", workflow, "--fail-on", "breaking")
    assert done.code == 1
    assert done.out == (
        "compared with workflow 1000001 records (the workflow itself; it has no ACTIVE version), in us-east-1\n"
        "parameters\n"
        "  ~ breaking min_mapq: other type, int? -> string?\n"
        "images\n"
        "  ~ public.ecr.aws/docker/library/python:3.12-slim -> 3.13-slim\n"
        "calls\n"
        "  ~ join: other image\n"
        "files: 3 changed\n"
        "  ~ data/regions.bed (30 B -> 12 B)\n"
        "  ~ main.cwl (1.3 kB)\n"
        "  ~ tools/join.cwl (492 B)\n"
        "suggested step: major (other type of parameter min_mapq)\n"
    )


def test_what_a_missing_file_hides(submit: Callable[..., Result], diff: Diff, edited: Edit) -> None:
    workflow = deployed_id(submit(WORKFLOWS / "cwl-records"))
    done = diff(edited("cwl-records", {"scripts/join.py": None}), "--workflow-id", workflow)
    assert done.code == 0, done.err
    assert "files: 1 removed\n  - scripts/join.py (" in done.out
    assert "not compared images: not all of the definition could be read\n" in done.out


@pytest.mark.parametrize("name", ["wdl-variants", "nextflow-counts", "cwl-records", "cwl-packed"])
def test_the_same_has_no_differences(name: str, submit: Callable[..., Result], diff: Diff) -> None:
    submit(WORKFLOWS / name)
    done = diff(WORKFLOWS / name, "--fail-on", "any")
    assert (done.code, done.err) == (0, "")
    assert done.out.endswith("no differences\nsuggested step: none\n")


def test_a_package_has_no_differences_to_its_source(
    submit: Callable[..., Result], diff: Diff, cli: Cli, tmp_path: Path
) -> None:
    package = tmp_path / "variants.zip"
    assert cli("package", WORKFLOWS / "wdl-variants", "-o", package).code == 0
    workflow = deployed_id(submit(WORKFLOWS / "wdl-variants"))
    done = diff(package, "--workflow-id", workflow, "--format", "json", "--container-registry-map",
                WORKFLOWS / "wdl-variants" / "container-registry-map.json")  # fmt: skip
    assert done.json["identical"] is True, done.out


def test_what_is_not_given_is_no_difference(submit: Callable[..., Result], diff: Diff) -> None:
    variants = WORKFLOWS / "wdl-variants"
    submit(variants, "--name", "v", "--description", "x", "--tags", "a=b", "--storage-type", "STATIC",
           "--storage-capacity", "1200")  # fmt: skip
    done = diff(variants, "--name", "v", "--fail-on", "any")
    assert done.code == 0
    assert "lose: description, storageType, storageCapacity, tags\n" in done.out
    said = ("--description", "x", "--tags", "a=c", "--storage-type", "DYNAMIC")
    found = diff(variants, "--name", "v", *said, "--format", "json").json
    assert [(one["name"], one["before"], one["after"]) for one in found["settings"]] == [
        ("storageType", "STATIC", "DYNAMIC"),
        ("tags[a]", "b", "c"),
    ]
    assert found["notGiven"] == []
    assert (found["step"], found["reasons"]) == ("patch", [{"what": "other settings", "name": ""}])


def test_which_version(submit: Callable[..., Result], diff: Diff, edited: Edit, client: Any) -> None:
    variants = WORKFLOWS / "wdl-variants"
    workflow = deployed_id(submit(variants, "--name", "v"))
    other = edited("wdl-variants", {"structs.wdl": ("version 1.1", "version 1.1\n# changed")})
    assert submit(other, "--workflow-id", workflow, "--version-name", "1.0.0").code == 0
    failed = client.create_workflow_version(
        workflowId=workflow, versionName="1.1.0", definitionZip=zipped({"main.wdl": "version 1.0\nworkflow {"})
    )
    assert settled(client, workflow, failed["versionName"])["status"] == "FAILED"
    newest = diff(variants, "--name", "v", "--format", "json").json
    assert (newest["deployed"]["versionName"], newest["deployed"]["newest"]) == ("1.0.0", True)
    assert [one["path"] for one in newest["files"]] == ["structs.wdl"]
    assert newest["nextVersionName"] == "1.0.1"
    named = diff(variants, "--workflow-id", workflow, "--version-name", "1.1.0")
    assert named.code == 0, named.err
    assert f"compared with workflow {workflow}, version 1.1.0, which is FAILED, in us-east-1\n" in named.out
    absent = diff(variants, "--workflow-id", workflow, "--version-name", "9")
    assert absent.code == 3
    assert "ResourceNotFoundException" in absent.err


def test_no_workflow_or_several_of_a_name(
    submit: Callable[..., Result], diff: Diff, emulator: RunningEmulator, client: Any
) -> None:
    variants = WORKFLOWS / "wdl-variants"
    none = diff(variants)
    assert none.code == 2
    assert "the account has no workflow named `wdl-variants`" in none.err
    content = zipped({"main.wdl": "version 1.0\nworkflow w {\n}\n"})
    ids = [client.create_workflow(name="twin", definitionZip=content, requestId=one)["id"] for one in ("a", "b")]
    for one in ids:
        assert settled(client, one)["status"] == "ACTIVE"
    several = diff(variants, "--name", "twin")
    assert several.code == 2
    assert f"2 workflows are named `twin`: {ids[0]} (ACTIVE), {ids[1]} (ACTIVE)" in several.err


def test_another_name(submit: Callable[..., Result], diff: Diff) -> None:
    variants = WORKFLOWS / "wdl-variants"
    workflow = deployed_id(submit(variants, "--name", "old"))
    submit(variants, "--workflow-id", workflow, "--version-name", "1.0.0")
    done = diff(variants, "--workflow-id", workflow, "--name", "new")
    assert "  ~ name: old -> new\n" in done.out


def test_a_readme(submit: Callable[..., Result], diff: Diff, edited: Edit) -> None:
    workflow = deployed_id(submit(WORKFLOWS / "wdl-variants"))
    folder = edited("wdl-variants", {"README.md": "# Short\n"})
    done = diff(folder, "--workflow-id", workflow)
    assert "  ~ readmeMarkdown: " in done.out
    assert " -> 8 characters\n" in done.out
    elsewhere = diff(folder, "--workflow-id", workflow, "--readme-uri", "s3://bucket/README.md")
    assert "not compared readmeMarkdown: it is not a local file, or cannot be read\n" in elsewhere.out


def test_no_definition_to_compare_with(diff: Diff, client: Any) -> None:
    made = client.create_workflow(name="far", definitionUri="s3://bucket/far.zip", parameterTemplate={"x": {}})
    settled(client, made["id"])
    done = diff(WORKFLOWS / "cwl-records", "--name", "far", "--workflow-id", made["id"])
    assert done.code == 0, done.err
    assert "  - breaking x: removed\n" in done.out
    assert "not compared files: the service returned no definition\n" in done.out
    assert "files:" not in done.out.replace("compared files:", "")


class _NoExport(BaseHTTPRequestHandler):
    """A service whose policy lets nobody have the definition."""

    def do_GET(self) -> None:
        denied = "export" in self.path
        answer: dict[str, object] = {"id": "77", "arn": "arn:aws:omics:eu-west-1:1:workflow/77", "status": "ACTIVE"}
        answer |= {"name": "w", "engine": "WDL", "main": "main.wdl", "parameterTemplate": {"old": {}}}
        if "/version" in self.path:
            answer = {"items": []}
        body = json.dumps({"message": "not for you"} if denied else answer).encode()
        self.send_response(403 if denied else 200)
        if denied:
            self.send_header("x-amzn-errortype", "AccessDeniedException")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def test_where_the_definition_may_not_be_had(cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "x")
    server = HTTPServer(("127.0.0.1", 0), _NoExport)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        endpoint = f"http://127.0.0.1:{server.server_address[1]}"
        done = cli("diff", WORKFLOWS / "wdl-variants", "--workflow-id", "77", "--endpoint-url", endpoint,
                   "--region", "eu-west-1")  # fmt: skip
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert done.code == 0, done.err
    assert "  - breaking old: removed\n" in done.out
    assert "not compared files: GetWorkflow failed: AccessDeniedException: not for you" in done.out
    assert "not compared readmeMarkdown: it is not a local file, or cannot be read\n" in done.out


HOSTILE = {
    "no zip": b"PK\x03\x04nonsense",
    "no workflow": zipped({"a.txt": "x"}),
    "paths": zipped({"../../etc/passwd": "x", "/abs": "x", "main.wdl": "version 1.0\nworkflow w {\n}\n"}),
    "names": zipped({"a\x1b[31m.txt": "x", "main.wdl": "version 1.0\nworkflow w {\n}\n"}),
    "broken": zipped({"main.wdl": b"version 1.0\nworkflow \xff\x00{"}),
}


@pytest.mark.parametrize("form", ["text", "json", "markdown", "html"])
@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_is_deployed(name: str, form: str, diff: Diff, client: Any, tmp_path: Path) -> None:
    made = client.create_workflow(name="w", definitionZip=HOSTILE[name], engine="WDL")
    settled(client, made["id"])
    patches = ("--patch",) if form == "text" else ()
    done = diff(WORKFLOWS / "wdl-variants", "--workflow-id", made["id"], "--format", form, *patches)
    assert done.code == 0, done.err
    assert "\x1b" not in done.out
    assert "packager-" not in done.out.replace("packager-type", ""), "the temporary folder"
    if form == "json":
        assert violations("report", done.json) == ()


def test_json_is_what_the_schema_describes(submit: Callable[..., Result], diff: Diff, edited: Edit) -> None:
    workflow = deployed_id(submit(WORKFLOWS / "wdl-variants"))
    folder = edited("wdl-variants", {"main.wdl": ("File? intervals", "File intervals")})
    answer = diff(folder, "--workflow-id", workflow, "--format", "json", "--fail-on", "breaking")
    assert answer.code == 1
    assert violations("report", answer.json) == ()
    assert answer.json["breaking"] is True
    assert answer.json["step"] == "major"
    assert answer.json["nextVersionName"] is None
    assert [(one["name"], one["change"]) for one in answer.json["parameters"]] == [("intervals", "nowRequired")]
    (file,) = answer.json["files"]
    assert (file["path"], file["change"], file["before"]["executable"]) == ("main.wdl", "changed", False)


def test_the_exit_code_follows_what_was_asked(submit: Callable[..., Result], diff: Diff, edited: Edit) -> None:
    workflow = deployed_id(submit(WORKFLOWS / "wdl-variants"))
    folder = edited("wdl-variants", {"structs.wdl": ("version 1.1", "version 1.1\n")})
    codes = [diff(folder, "--workflow-id", workflow, "--fail-on", one).code for one in ("never", "breaking", "any")]
    assert codes == [0, 0, 1]


def test_line_by_line(submit: Callable[..., Result], diff: Diff, edited: Edit) -> None:
    workflow = deployed_id(submit(WORKFLOWS / "wdl-variants"))
    folder = edited("wdl-variants", {"structs.wdl": ("version 1.1\n", "version 1.1\n# \x1b[31mred\x07\n")})
    done = diff(folder, "--workflow-id", workflow, "-p")
    assert "--- structs.wdl\n@@ -1,4 +1,5 @@\n version 1.1\n+# \\x1b[31mred\\x07\n" in done.out
    assert diff(folder, "--workflow-id", workflow, "-p", "--format", "json").code == 2


def test_against_the_embedded_emulator(cli: Cli, tmp_path: Path) -> None:
    database = tmp_path / "own.sqlite"
    variants = WORKFLOWS / "wdl-variants"
    empty = cli("diff", variants, "--local", "--db", database)
    assert empty.code == 2
    assert "submit a workflow with `--local` first" in empty.err
    assert cli("submit", variants, "--local", "--db", database).code == 0
    assert cli("diff", variants, "--local", "--db", database).out.endswith("no differences\nsuggested step: none\n")
    assert cli("diff", variants, "--local", "--endpoint-url", "http://127.0.0.1:1").code == 2


def test_settings_of_a_target(submit: Callable[..., Result], cli: Cli, emulator: RunningEmulator, edited: Edit) -> None:
    folder = edited(
        "wdl-variants",
        {
            "packager.toml": '[target.here]\nname = "v"\nversion-name = "9.9.9"\naccount = "123456789012"\n'
            f'endpoint-url = "{emulator.endpoint_url}"\n[target.here.tags]\nteam = "b"\n'
            f'[target.there]\nname = "v"\naccount = "999999999999"\nendpoint-url = "{emulator.endpoint_url}"\n'
        },
    )
    assert submit(folder, "--name", "v", "--tags", "team=a").code == 0
    done = cli("diff", folder, "--target", "here")
    assert done.code == 0, done.err
    assert "  ~ tags[team]: a -> b\n" in done.out
    other = cli("diff", folder, "--target", "there")
    assert other.code == 2
    assert "belongs to account 123456789012, but the target is account 999999999999" in other.err


def test_markdown_for_a_pull_request(submit: Callable[..., Result], diff: Diff, edited: Edit) -> None:
    workflow = deployed_id(submit(WORKFLOWS / "nextflow-counts", "--name", "counts"))
    folder = edited("nextflow-counts", {"modules/local/count.nf": ("seqkit:2.8.2--h9ee0642_0", "seqkit:2.9.0")})
    done = diff(folder, "--workflow-id", workflow, "--format", "markdown")
    assert done.out.partition(" compared with ")[2] == (
        "workflow `1000001` `counts` (the workflow itself; it has no ACTIVE version), in `us-east-1`\n"
        "\n"
        "**No breaking changes.** Suggested step: patch (other images; other files)\n"
        "\n"
        "**Images**\n"
        "\n"
        "- changed `quay.io/biocontainers/seqkit:2.8.2--h9ee0642_0` → `2.9.0`\n"
        "\n"
        "**Calls**\n"
        "\n"
        "- changed `COUNT`: other image\n"
        "\n"
        "**Files: 1 changed**\n"
        "\n"
        "- changed `modules/local/count.nf` (368 B → 356 B)\n"
        "\n"
        "<details open>\n"
        "<summary>Picture of the calls</summary>\n"
        "\n"
        "```mermaid\n"
        "flowchart TB\n"
        '  n1["COUNT<br>changed#58; image"]:::changed\n'
        "  classDef added fill:#dafbe1,stroke:#1a7f37,color:#1f2328\n"
        "  classDef removed fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:2 3\n"
        "  classDef changed fill:#fff8c5,stroke:#9a6700,color:#1f2328\n"
        "  classDef conditional stroke-dasharray:5 3\n"
        "```\n"
        "\n"
        "Green: added; red: removed; yellow: changed.\n"
        "\n"
        "</details>\n"
    )


def comparison(before: Side, after: Side, version: str | None = "1.0.0") -> Comparison:
    shown = Deployed("1", version, "w", "arn", None, "ACTIVE", "", None, "", Request(), definition_url="https://secret")
    return Comparison(deployed=shown, newest=True, region="us-east-1", difference=compare(before, after))


FOREIGN = [
    "a|b",
    "`x`",
    "``",
    "<img src=x onerror=y>",
    "@everyone",
    "[l](http://x)",
    "a\n# b",
    "\x1b[1m",
    " ",
    "&lt;",
    "#1",
]


@pytest.mark.parametrize("text", FOREIGN)
def test_foreign_text_means_nothing_in_markdown(text: str) -> None:
    empty = Side(settings=Request(), files=())
    after = replace(
        empty,
        parameters=((text, TemplateParameter("", False)),),
        files=(File(text, 1, "a", False),),
        settings=Request(tags=((text, text),)),
    )
    shown = diff_markdown(comparison(empty, after, text), text)
    assert "\x1b" not in shown
    assert all(line.startswith(("#", "*", "-", "<")) or not line for line in shown.splitlines())
    outside = "".join(part for number, part in enumerate(spans(shown)) if number % 2 == 0)
    for mark in ("|", "<img", "@", "](", "&", "\x1b"):
        assert mark not in outside


def spans(text: str) -> list[str]:
    """A Markdown text cut at its code spans, as CommonMark finds them: outside, inside, outside, ..."""
    found, start = [], 0
    at = 0
    while at < len(text):
        if text[at] != "`":
            at += 1
            continue
        end = at
        while end < len(text) and text[end] == "`":
            end += 1
        fence = text[at:end]
        close = end
        while True:
            close = text.find(fence, close)
            assert close >= 0, "a code span is not closed"
            stop = close
            while stop < len(text) and text[stop] == "`":
                stop += 1
            if stop - close == len(fence):
                break
            close = stop
        found += [text[start:at], text[end:close]]
        start = at = close + len(fence)
    return [*found, text[start:]]


def test_markdown_always_fits_into_a_comment() -> None:
    empty = Side(settings=Request(), files=(), definition=Definition(engine="WDL"))
    wide = "é" * 300
    many = tuple(f"{wide}{number}" for number in range(2000))
    after = Side(
        settings=Request(tags=tuple((name, name) for name in many)),
        parameters=tuple((name, TemplateParameter("", False)) for name in many),
        files=tuple(File(name, 1, "a", False) for name in many),
        definition=Definition(
            engine="WDL", outputs=tuple((name, wide) for name in many), images=tuple(map(read_name, many))
        ),
    )
    shown = diff_markdown(comparison(empty, after), wide)
    assert len(shown.encode()) < 65_536
    assert "and 1999 more" in shown or "and 1995 more" in shown
    text = diff_text(comparison(empty, after), Style())
    assert len(text.splitlines()) < 300


@pytest.mark.parametrize(
    ("name", "level", "expected"),
    [
        ("1.2.3", Level.MAJOR, "2.0.0"),
        ("1.2.3", Level.MINOR, "1.3.0"),
        ("1.2.3", Level.PATCH, "1.2.4"),
        ("v1.2.3", Level.PATCH, "v1.2.4"),
        ("0.3.1", Level.MAJOR, "0.4.0"),
        ("0.3.1", Level.MINOR, "0.4.0"),
        ("0.3.1", Level.PATCH, "0.3.2"),
        ("2.0.0-rc.1", Level.MAJOR, "2.0.0"),
        ("2.0.0-rc.1", Level.PATCH, "2.0.0"),
        ("2.1.0-rc.1", Level.MAJOR, "3.0.0"),
        ("1.2.3", Level.NONE, None),
        ("1.2", Level.PATCH, None),
        ("01.2.3", Level.PATCH, None),
        ("1.2.3\n", Level.PATCH, None),
        ("d-0123456789ab", Level.MAJOR, None),
        (None, Level.MAJOR, None),
        ("9" * 30 + ".1.1", Level.MAJOR, None),
    ],
)
def test_the_next_version(name: str | None, level: Level, expected: str | None) -> None:
    assert next_version(name, level) == expected


def test_patches() -> None:
    assert patch("a", b"x\n", b"x").lines == ("@@ -1 +1 @@", "-x", "+x", "\\ No newline at end of file")
    assert patch("a", None, b"x\ny\n").lines == ("@@ -0,0 +1,2 @@", "+x", "+y")
    assert patch("a", b"\0", b"x").note == "not text"
    assert patch("a", b"\xff", b"x").note == "not text"
    assert patch("a", b"x\n" * 6000, b"x").note == "too long to show"
    long = patch("a", b"", b"x\n" * 1000)
    assert (len(long.lines), long.note) == (400, "and 601 more lines")
    assert max(map(len, patch("a", b"", b"x" * 10_000).lines)) == 500
    assert patch("a", b"a\n", b"a\n").lines == ()


def wdl(inputs: tuple[tuple[str, str], ...] = (), images: tuple[str, ...] = (), engine: str = "WDL") -> Side:
    return Side(
        settings=Request(engine=engine),
        definition=Definition(engine=engine, inputs=inputs, images=tuple(map(read_name, images))),
    )


def test_another_language_breaks_but_another_way_to_run_it_does_not() -> None:
    one = Side(settings=Request(engine="WDL"))
    other = compare(one, Side(settings=Request(engine="CWL")))
    assert other.breaking
    assert [(reason.what, reason.name) for reason in step(other).reasons] == [("other engine", "CWL")]
    lenient = compare(one, Side(settings=Request(engine="WDL_LENIENT")))
    assert (lenient.breaking, step(lenient).level) == (False, Level.PATCH)


def test_two_spellings_of_one_image_are_the_same() -> None:
    assert compare(wdl(images=("ubuntu:22.04",)), wdl(images=("docker.io/library/ubuntu:22.04",))).images == ()


def test_a_description_that_nobody_wrote_is_none() -> None:
    generated = Side(settings=Request(), parameters=(("x", TemplateParameter("", False)),))
    derived = Side(
        settings=Request(), parameters=(("x", TemplateParameter("File", False)),), stand_ins=frozenset({"x"})
    )
    assert compare(generated, derived).identical


def test_an_unread_definition_hides_no_removal() -> None:
    part = replace(wdl(images=("a:1",)), definition=Definition(engine="WDL", complete=False))
    found = compare(wdl(images=("a:1", "b:1")), part)
    assert found.images == ()
    assert {one.part for one in found.not_compared} == {"calls", "images", "outputs"}


NAMES = st.sampled_from(["a", "b", "c", "d"])
TYPES = st.sampled_from(["Int", "Int?", "Float", "File", "Array[File]+", "Array[File]", ""])
IMAGES = st.sampled_from(["a:1", "a:2", "b:1", "docker.io/library/a:1", "quay.io/b@sha256:" + "0" * 64, "${x}"])


@st.composite
def sides(draw: st.DrawFn) -> Side:
    inputs = draw(st.dictionaries(NAMES, TYPES))
    parameter = st.builds(TemplateParameter, st.sampled_from(["", "one", "two"]), st.booleans())
    parameters = draw(st.dictionaries(NAMES, parameter))
    hashes = st.tuples(st.integers(0, 2), st.sampled_from("ab"), st.booleans())
    files = draw(st.dictionaries(NAMES, hashes))
    return Side(
        settings=Request(
            engine=draw(st.sampled_from(["WDL", "WDL_LENIENT", "CWL"])),
            main=draw(NAMES),
            description=draw(st.sampled_from(["x", "y"])),
            tags=tuple(sorted(draw(st.dictionaries(NAMES, NAMES)).items())),
        ),
        parameters=tuple(sorted(parameters.items())),
        files=tuple(File(path, *rest) for path, rest in sorted(files.items())),
        modes=draw(st.booleans()),
        definition=Definition(
            engine="WDL",
            inputs=tuple(inputs.items()),
            outputs=tuple(draw(st.dictionaries(NAMES, TYPES)).items()),
            images=tuple(map(read_name, draw(st.sets(IMAGES)))),
            language_version=draw(st.sampled_from(["", "1.0", "1.1"])),
        ),
        readme=draw(st.sampled_from([None, "x", "y"])),
    )


@given(sides())
@settings(deadline=None)
def test_of_the_same_there_is_no_difference(side: Side) -> None:
    found = compare(side, side)
    assert found.identical
    assert not found.breaking
    assert step(found).level is Level.NONE


@given(sides(), sides())
@settings(deadline=None)
def test_swapping_swaps_what_came_and_what_went(one: Side, other: Side) -> None:
    swapped = {ChangeKind.ADDED: ChangeKind.REMOVED, ChangeKind.REMOVED: ChangeKind.ADDED}
    there, back = compare(one, other), compare(other, one)
    assert back.files == tuple(
        FileChange(swapped.get(change.kind, change.kind), change.path, change.after, change.before)
        for change in there.files
    )
    assert {(change.before, change.after) for change in there.images} == {
        (change.after, change.before) for change in back.images
    }
    assert {(change.name, change.before, change.after) for change in there.outputs} == {
        (change.name, change.after, change.before) for change in back.outputs
    }
    assert {(change.name, change.before, change.after) for change in there.settings} == {
        (change.name, change.after, change.before) for change in back.settings
    }
    names = [{change.name for change in found.parameters} for found in (there, back)]
    assert names[0] == names[1]
    assert there.identical == back.identical


@given(sides(), sides())
@settings(deadline=None)
def test_what_breaks(one: Side, other: Side) -> None:
    """The law in its own words: what a user of `one` counted on must still hold in `other`."""
    old, new = dict(one.parameters), dict(other.parameters)
    assert one.definition is not None
    assert other.definition is not None
    types = dict(one.definition.inputs), dict(other.definition.inputs)
    outputs = dict(one.definition.outputs), dict(other.definition.outputs)
    breaks = any(name not in new for name in old)
    breaks |= any(not new[name].optional and (name not in old or old[name].optional) for name in new)
    for name in old.keys() & new.keys():
        was, now = types[0].get(name, ""), types[1].get(name, "")
        fits = was.rstrip("?") == now.rstrip("?") or (was.rstrip("?"), now.rstrip("?")) in {
            ("Int", "Float"),
            ("Array[File]+", "Array[File]"),
        }
        breaks |= bool(was and now and not fits)
    for name, was in outputs[0].items():
        breaks |= name not in outputs[1] or bool(was and outputs[1][name] and was != outputs[1][name])
    engines = {str(side.settings.engine)[:3] for side in (one, other)}
    breaks |= len(engines) > 1
    found = compare(one, other)
    assert found.breaking == breaks
    assert (step(found).level is Level.MAJOR) == breaks
    assert (step(found).level is Level.NONE) == found.identical


@pytest.mark.parametrize(
    ("was", "now", "kind"),
    [
        ("Array[Int]", "Array[Float]", "widened"), ("Array[Float]", "Array[Int]", "retyped"),
        ("Array[String]", "Array[String?]", "widened"), ("Array[Int]+", "Array[Int]", "widened"),
        ("Map[String, Int]", "Map[String, String]", "retyped"), ("Int", "Int", ""),
    ],
)  # fmt: skip
def test_types_are_compared_by_what_they_take(was: str, now: str, kind: str, tmp_path: Path) -> None:
    from packager.model.value_types import accepts

    def of(text: str) -> Any:
        from packager.engines.caching import Lookups
        from packager.engines.wdl.closure import ImportClosure
        from packager.engines.wdl.value_types import value_types_of
        from packager.source import open_directory

        return value_types_of(ImportClosure(Lookups(open_directory(tmp_path, "tree"))), "main.wdl", [text])[0]

    fits, back = accepts(of(now), of(was)), accepts(of(was), of(now))
    assert kind == ("" if fits and back else "widened" if fits else "retyped")


def test_members_of_a_struct_count() -> None:
    from packager.model.value_types import FILE, INTEGER, STRING, accepts, enumeration, struct, union

    before = struct("S", (("id", STRING), ("f", FILE.or_null())))
    assert accepts(struct("T", before.members), before)
    assert accepts(struct("S", (*before.members, ("extra", INTEGER.or_null()))), before)
    assert not accepts(struct("S", (*before.members, ("extra", INTEGER))), before)
    assert not accepts(struct("S", (("id", STRING), ("f", INTEGER.or_null()))), before)
    assert not accepts(struct("S", (("id", STRING),)), before)
    assert accepts(union((STRING, INTEGER)), union((INTEGER, STRING)))
    assert not accepts(enumeration(("x", "y")), enumeration(("x", "y", "z")))
