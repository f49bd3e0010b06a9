"""What `packager lsp` answers about one file: fixes, hover, links, symbols, definitions and completion."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from lsp_support import Editor, opened
from lsprotocol import types

IMAGE = "quay.io/biocontainers/star:2.7"
FILES: dict[str, str] = {
    ".git/x": "",
    "main.wdl": """version 1.0
import "lib/tasks.wdl" as lib

workflow align {
  input {
    File reads
    Int threads = 4
  }
  call lib.star { input: reads = reads, threads = threads }
  output { File bam = star.bam }
}
""",
    "lib/tasks.wdl": f"""version 1.0

task star {{
  input {{
    File reads
    Int threads
  }}
  command <<< star ~{{reads}} >>>
  output {{ File bam = "out.bam" }}
  runtime {{
    docker: "docker://{IMAGE}"
    cpu: 4
    memory: "15 GiB"
    acc
  }}
}}
""".replace("    acc\n", ""),
    "container-registry-map.json": '{"registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"}]}\n',
    "packager.toml": '[lint]\n\n[workflow.align]\npath = "main.wdl"\n\n[workflow.rna]\npath = "rna/main.nf"\n',
    "rna/main.nf": """include { COUNT as COUNT_ALL } from './modules/count'
workflow {
    COUNT_ALL(Channel.fromPath(params.reads))
}
""",
    "rna/modules/count.nf": """process COUNT {
    container 'quay.io/biocontainers/count:1'
    cpus 2
    memory 4.GB

    input:
    path reads

    output:
    path 'x.txt'

    script:
    'count $reads > x.txt'
}
""",
    "cwl/main.cwl": """cwlVersion: v1.2
class: CommandLineTool
requirements:
  DockerRequirement:
    dockerPull: quay.io/biocontainers/bwa:0.7
  ResourceRequirement:
    coresMin: 2
    ramMin: 4096
baseCommand: bwa
inputs:
  reads:
    type: File
  threads: int
outputs:
  - id: bam
    type: stdout
""",
    "rna/nextflow.config": "params {\n    reads = null\n}\nmanifest.nextflowVersion = '!>=25.10.0'\n",
}


@pytest.fixture(scope="module")
def editor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor with all files open."""
    yield from opened(tmp_path_factory.mktemp("project"), FILES)


def at(name: str, text: str, *, behind: bool = False, content: str | None = None) -> types.Position:
    """The position where a text begins in a file, or ends."""
    content = FILES[name] if content is None else content
    offset = content.index(text) + (len(text) if behind else 1)
    return types.Position(content.count("\n", 0, offset), offset - content.rfind("\n", 0, offset) - 1)


def ask(editor: Editor, method: str, name: str, position: types.Position | None = None, **more: Any) -> Any:
    document = types.TextDocumentIdentifier(editor.uri(name))
    params: dict[str, Any] = {"text_document": document, **more}
    if position is not None:
        params["position"] = position
    kinds = {"definition": "Definition", "hover": "Hover", "completion": "Completion", "document_link": "DocumentLink"}
    kinds |= {"document_symbol": "DocumentSymbol", "code_action": "CodeAction"}
    request = getattr(types, f"{kinds[method]}Params")(**params)
    return editor.run(getattr(editor.client, f"text_document_{method}_async")(request))


@pytest.mark.parametrize(
    ("name", "text", "shown"),
    [
        ("lib/tasks.wdl", f"docker://{IMAGE}", "not a valid image reference"),
        ("rna/modules/count.nf", "quay.io/bio", "not in private ECR"),
        ("lib/tasks.wdl", "cpu: 4", "runs on `omics.m.xlarge`"),
        ("lib/tasks.wdl", "star {", "requests 4 vCPU and 15 GiB"),
        ("main.wdl", "threads = 4", '"optional": true'),
        ("main.wdl", "version 1.0", "**engine**: WDL"),
        ("rna/nextflow.config", "nextflowVersion", "**engine**: NEXTFLOW with version"),
    ],
)
def test_hover(name: str, text: str, shown: str, editor: Editor) -> None:
    hover = ask(editor, "hover", name, at(name, text))
    assert shown in hover.contents.value


def test_hover_shows_the_destination_of_an_image(editor: Editor) -> None:
    fixed = FILES["lib/tasks.wdl"].replace("docker://", "")
    editor.type("lib/tasks.wdl", fixed)
    editor.check()
    hover = ask(editor, "hover", "lib/tasks.wdl", at("lib/tasks.wdl", IMAGE, content=fixed))
    assert "pulled as `<account>.dkr.ecr.<region>.amazonaws.com/quay/biocontainers/star:2.7`" in hover.contents.value
    assert ask(editor, "hover", "main.wdl", types.Position(2, 0)) is None
    links = ask(editor, "document_link", "lib/tasks.wdl")
    assert [link.target for link in links] == ["https://quay.io/repository/biocontainers/star?tab=tags"]
    editor.type("lib/tasks.wdl", FILES["lib/tasks.wdl"])
    editor.check()


@pytest.mark.parametrize(
    ("name", "text", "target", "line"),
    [
        ("main.wdl", "lib/tasks.wdl", "lib/tasks.wdl", 0),
        ("main.wdl", "star {", "lib/tasks.wdl", 2),
        ("main.wdl", "lib.star", "lib/tasks.wdl", 0),
        ("rna/main.nf", "COUNT_ALL(", "rna/modules/count.nf", 0),
        ("rna/main.nf", "./modules/count", "rna/modules/count.nf", 0),
        ("rna/main.nf", "reads)", "rna/nextflow.config", 1),
    ],
)
def test_definitions(name: str, text: str, target: str, line: int, editor: Editor) -> None:
    (location,) = ask(editor, "definition", name, at(name, text))
    assert (location.uri, location.range.start.line) == (editor.uri(target), line)


def test_links(editor: Editor) -> None:
    (link,) = ask(editor, "document_link", "main.wdl")
    assert (link.target, link.range.start) == (editor.uri("lib/tasks.wdl"), types.Position(1, 8))
    (link,) = ask(editor, "document_link", "rna/main.nf")
    assert link.target == editor.uri("rna/modules/count.nf")


@pytest.mark.parametrize(
    ("name", "names"),
    [
        ("main.wdl", ["align"]),
        ("lib/tasks.wdl", ["star"]),
        ("rna/modules/count.nf", ["COUNT"]),
        ("rna/nextflow.config", ["reads"]),
        ("cwl/main.cwl", ["reads", "threads", "bam"]),
    ],
)
def test_symbols(name: str, names: list[str], editor: Editor) -> None:
    assert [symbol.name for symbol in ask(editor, "document_symbol", name)] == names


@pytest.mark.parametrize(
    ("name", "before", "label"),
    [
        ("lib/tasks.wdl", '    memory: "15 GiB"\n    ', "acceleratorType"),
        ("lib/tasks.wdl", '    memory: "15 GiB"\n    acceleratorType: "', "nvidia-tesla-t4"),
        ("rna/modules/count.nf", "    cpus 2\n", "accelerator"),
        ("rna/modules/count.nf", "    cpus 2\n    accelerator 1, type: '", "nvidia-tesla-t4"),
        ("rna/main.nf", "fromPath(params.", "reads"),
    ],
)
def test_completion(name: str, before: str, label: str, editor: Editor) -> None:
    original = FILES.get(name, "")
    first = before.split("\n", maxsplit=1)[0]
    head = original.partition(first)[0] if name.endswith((".wdl", ".nf")) else ""
    text = head + before
    if name not in editor.versions:
        editor.open(name, text)
    editor.type(name, text)
    items = ask(editor, "completion", name, at(name, before, behind=True, content=text))
    assert label in [item.label for item in items]
    editor.type(name, original)
    editor.check()


def test_quick_fixes(editor: Editor) -> None:
    name = "lib/tasks.wdl"
    position = at(name, "docker:")
    context = types.CodeActionContext(diagnostics=editor.shown[name])
    actions = ask(editor, "code_action", name, range=types.Range(position, position), context=context)
    titles = {action.title.split(":")[0]: action for action in actions}
    (edit,) = titles["Fix IMG005"].edit.changes[editor.uri(name)]
    assert (edit.new_text, edit.range.end.character - edit.range.start.character) == ("", len("docker://"))
    (edit,) = titles["Allow IMG005 here, with a reason"].edit.changes[editor.uri(name)]
    assert edit.new_text == "    # packager: allow IMG005 - TODO: reason\n"
    allowed = FILES[name].replace("    docker:", f"{edit.new_text}    docker:")
    editor.type(name, allowed)
    assert not any("IMG005" in each for each in editor.check().get(name, ()))
    editor.type(name, FILES[name])
    assert any("IMG005" in each for each in editor.check()[name])


@pytest.mark.parametrize(
    ("name", "line", "text", "shown"),
    [
        ("lib/tasks.wdl", "task star {", IMAGE, "not a valid image reference"),
        ("lib/tasks.wdl", "task star {", "cpu: 4", "runs on `omics.m.xlarge`"),
        ("main.wdl", "  call lib.star", "threads = 4", "`threads`: `Int = 4`"),
        ("rna/modules/count.nf", "    output:", "cpus 2", "requests 2 vCPU"),
        ("rna/modules/count.nf", "    cpus 2", "quay.io/bio", "not in private ECR"),
        ("cwl/main.cwl", "baseCommand: bwa", "coresMin: 2", "requests 2 vCPU"),
        ("cwl/main.cwl", "class:", "bwa:0.7", "not in private ECR"),
    ],
)
def test_hover_while_the_file_is_broken(name: str, line: str, text: str, shown: str, editor: Editor) -> None:
    typed = "- [ ]: }\n  x: {\n" if name.endswith(".cwl") else 'task typed {{ ( "\n\n'
    broken = FILES[name].replace(line, f"{typed}{line}", 1)
    editor.type(name, broken)
    assert any(each.split()[1] in ("WDL001", "NXF001", "CWL003") for each in editor.check()[name])
    hover = ask(editor, "hover", name, at(name, text, content=broken))
    links = ask(editor, "document_link", name)
    editor.type(name, FILES[name])
    editor.check()
    assert shown in hover.contents.value
    named = {broken.split("\n")[link.range.start.line] for link in links}
    assert all("quay.io" in line or '"lib/tasks.wdl"' in line for line in named)
    assert len(named) == (name != "lib/tasks.wdl")  # whose image is not a valid reference


@pytest.mark.parametrize(
    ("name", "typed", "names"),
    [
        ("main.wdl", "\ntask other { command <<<", ["align", "other"]),
        ("rna/modules/count.nf", "process LAST { input: path (", ["COUNT", "LAST"]),
        ("cwl/main.cwl", "  - id: log\n    type: {\n  - id: 'other\n", ["reads", "threads", "bam", "log", "other"]),
        ("cwl/main.cwl", "steps:\n  one:\n    run: [\n  two: {run: x.cwl", ["reads", "threads", "bam", "one", "two"]),
    ],
)
def test_symbols_while_the_file_is_broken(name: str, typed: str, names: list[str], editor: Editor) -> None:
    editor.type(name, FILES[name] + typed)
    assert [symbol.name for symbol in ask(editor, "document_symbol", name)] == names
    editor.type(name, FILES[name])


def test_the_template_while_the_workflow_is_broken(editor: Editor) -> None:
    text = '{"reads": {}, "other": {}, ""}'
    name = "parameter-template.json"
    if name not in editor.versions:
        editor.open(name, text)
    editor.type(name, text)
    editor.check()
    broken = FILES["main.wdl"].replace("  call", "  call (")
    editor.type("main.wdl", broken)
    editor.check()
    assert "`File`, required" in ask(editor, "hover", name, at(name, "reads", content=text)).contents.value
    assert "not an input" in ask(editor, "hover", name, at(name, "other", content=text)).contents.value
    items = ask(editor, "completion", name, at(name, '""}', content=text))
    assert [item.label for item in items] == ["threads"]
    editor.type("main.wdl", FILES["main.wdl"])
    editor.type(name, "{}")
    editor.check()


def test_broken_text_gets_answers(editor: Editor) -> None:
    for name, text in (("main.wdl", "version 1.0\ntask {"), ("rna/main.nf", "process {{{ '"), ("packager.toml", "[[[")):
        editor.type(name, text)
        for line in (0, 1, 9):
            for method in ("hover", "definition", "completion"):
                ask(editor, method, name, types.Position(line, 5))
        ask(editor, "document_symbol", name)
        ask(editor, "document_link", name)
        editor.type(name, FILES[name])
    editor.check()
