"""Images that come from outputs of sub-workflows, and from declarations inside of `if`s."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import Cli

TASK = """
task say {
  input { String docker }
  command <<< echo >>>
  output { String text = "" }
  runtime { docker: docker  cpu: 1  memory: "2 GiB" }
}
"""
BACKEND = """version 1.0
struct Settings { String registry  Int tries }
workflow backend {
  input { String kind  String? registry }
  String fallback = "quay.io/org"
  if (kind == "cloud") {
    Settings cloud = object { registry: select_first([registry, fallback]), tries: 3 }
  }
  if (kind == "local") {
    Settings local = object { registry: "ghcr.io/org", tries: 0 }
  }
  output {
    Settings settings = select_first([cloud, local])
    String registry_of = select_first([registry, fallback])
  }
}
"""


def image(cli: Cli, folder: Path, body: str, inputs: str = "") -> tuple[str, str | None, list[str], list[str]]:
    """The status, the reference, the candidates and what decides, of the one task's image."""
    text = f'version 1.0\nimport "backend.wdl" as b\nworkflow w {{\n  input {{ {inputs} }}\n{body}\n}}\n{TASK}'
    (folder / "main.wdl").write_text(text)
    (folder / "backend.wdl").write_text(BACKEND)
    (task,) = [
        one for one in cli("inspect", folder / "main.wdl", "--format", "json").json["tasks"] if one["name"] == "say"
    ]
    found = task["image"]
    return found["status"], found["reference"], found["candidates"], found["dependsOn"]


CALL = '  call say {{ input: docker = "~{{{}}}/say:1" }}'


def test_an_output_of_a_sub_workflow(cli: Cli, in_folder: Path) -> None:
    body = '  call b.backend { input: kind = "cloud" }\n' + CALL.format("backend.registry_of")
    assert image(cli, in_folder, body)[:2] == ("resolved", "quay.io/org/say:1")


def test_an_output_that_an_input_decides(cli: Cli, in_folder: Path) -> None:
    body = "  call b.backend { input: kind = kind, registry = registry }\n" + CALL.format("backend.settings.registry")
    inputs = 'String kind = "local"  String? registry'
    found = image(cli, in_folder, body, inputs)
    assert found[:2] == ("resolved", "ghcr.io/org/say:1")
    assert "kind" in found[3]
    unknown = image(cli, in_folder, body, "String kind  String? registry")
    assert unknown[0] == "dynamic"
    assert unknown[2] == ["ghcr.io/org/say:1", "quay.io/org/say:1"]


def test_a_renamed_call_and_a_scattered_one(cli: Cli, in_folder: Path) -> None:
    renamed = '  call b.backend as c { input: kind = "cloud" }\n' + CALL.format("c.registry_of")
    assert image(cli, in_folder, renamed)[1] == "quay.io/org/say:1"
    scattered = '  scatter (k in ["cloud"]) { call b.backend { input: kind = k } }\n' + CALL.format(
        "backend.registry_of[0]"
    )
    assert image(cli, in_folder, scattered)[0] == "dynamic"


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        ("Boolean flag = true", ("resolved", "quay.io/org/a:1", [])),
        ("Boolean flag = false", ("resolved", "quay.io/org/b:1", [])),
        ("Boolean flag", ("dynamic", None, ["quay.io/org/a:1", "quay.io/org/b:1"])),
    ],
)
def test_a_declaration_inside_of_an_if_is_absent_unless_it_holds(
    cli: Cli, in_folder: Path, inputs: str, expected: tuple[str, str | None, list[str]]
) -> None:
    body = (
        '  if (flag) { String own = "quay.io/org/a:1" }\n'
        '  call say { input: docker = select_first([own, "quay.io/org/b:1"]) }'
    )
    found = image(cli, in_folder, body, inputs)
    assert found[:3] == expected
    assert found[3] == ["flag"]


def test_inside_of_the_if_it_is_there(cli: Cli, in_folder: Path) -> None:
    body = '  if (flag) {\n    String own = "quay.io/org/a:1"\n    call say { input: docker = own }\n  }'
    assert image(cli, in_folder, body, "Boolean flag = false")[:2] == ("resolved", "quay.io/org/a:1")


def test_nested_ifs(cli: Cli, in_folder: Path) -> None:
    body = (
        '  if (one) { if (two) { String own = "quay.io/org/a:1" } }\n'
        '  call say { input: docker = select_first([own, "quay.io/org/b:1"]) }'
    )
    assert image(cli, in_folder, body, "Boolean one = true  Boolean two = true")[1] == "quay.io/org/a:1"
    assert image(cli, in_folder, body, "Boolean one = true  Boolean two = false")[1] == "quay.io/org/b:1"
    assert image(cli, in_folder, body, "Boolean one = false  Boolean two = true")[1] == "quay.io/org/b:1"


# Structs, objects, pairs and maps of which only some members are known

STRUCT_TASK = """version 1.0
struct Machine { Int? cores  Int? disk  String? image }
workflow w { input { File reads  String tag = "2" }  call say { input: reads = reads, tag = tag } }
task say {
  input { File reads  String tag  Machine? override }
  Int disk = 10 + ceil(size(reads, "GiB"))
  DECLARATIONS
  command <<< echo >>>
  runtime { docker: IMAGE  cpu: CORES  memory: "2 GiB" }
}
"""
OBJECT = 'Machine usual = object { cores: 2, disk: disk, image: "quay.io/org/say:1" }\n'


@pytest.mark.parametrize(
    ("declarations", "image_text", "cores", "expected"),
    [
        (OBJECT, "usual.image", "usual.cores", ("quay.io/org/say:1", [], 2)),
        (
            OBJECT + "Machine chosen = select_first([override, usual])\n",
            "select_first([chosen.image, usual.image])",
            "select_first([chosen.cores, usual.cores])",
            ("quay.io/org/say:1", ["say.override"], 2),
        ),
        (
            'Machine usual = object { cores: 2, disk: disk, image: "quay.io/org/say:~{tag}" }\n',
            "usual.image",
            "usual.cores",
            ("quay.io/org/say:2", ["tag"], 2),
        ),
        (
            "Machine usual = object { disk: disk }\n",
            'select_first([usual.image, "quay.io/org/say:3"])',
            "select_first([usual.cores, 3])",
            ("quay.io/org/say:3", [], 3),
        ),
        (
            'Map[String, String] usual = {"disk": "~{disk}", "image": "quay.io/org/say:4"}\n',
            'usual["image"]',
            "4",
            ("quay.io/org/say:4", [], 4),
        ),
        (
            'Pair[Int, String] usual = (disk, "quay.io/org/say:5")\n',
            "usual.right",
            "if defined(usual) then 5 else 1",
            ("quay.io/org/say:5", [], 5),
        ),
        (OBJECT, "usual.image", "usual.disk", ("quay.io/org/say:1", [], None)),
    ],
)
def test_an_unknown_member_leaves_the_others_known(
    declarations: str,
    image_text: str,
    cores: str,
    expected: tuple[str, list[str], int | None],
    cli: Cli,
    in_folder: Path,
) -> None:
    text = STRUCT_TASK.replace("DECLARATIONS", declarations).replace("IMAGE", image_text).replace("CORES", cores)
    (in_folder / "main.wdl").write_text(text)
    (task,) = cli("inspect", in_folder / "main.wdl", "--format", "json").json["tasks"]
    found = task["image"]
    assert (found["reference"], found["dependsOn"], task["resources"]["cpu"]) == expected
    assert found["status"] == "resolved"


@pytest.mark.parametrize("text", ["usual == usual", "usual == other", "[usual] == [usual]"])
def test_values_with_unknown_members_are_not_compared(text: str, cli: Cli, in_folder: Path) -> None:
    declarations = OBJECT + OBJECT.replace("usual", "other")
    source = STRUCT_TASK.replace("DECLARATIONS", declarations).replace("CORES", f"if {text} then 1 else 2")
    (in_folder / "main.wdl").write_text(source.replace("IMAGE", '"quay.io/org/say:1"'))
    (task,) = cli("inspect", in_folder / "main.wdl", "--format", "json").json["tasks"]
    assert task["resources"]["cpu"] is None
