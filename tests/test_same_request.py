"""The same request gives the same findings, whether flags, packager.toml, `--cli-input` or the description of a zip make it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Cli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

MAIN = """version 1.1
workflow w {
  input { String name  Int threads = 2 }
  call t { input: name = name, threads = threads }
  output { String text = t.text }
}
task t {
  input { String name  Int threads }
  command <<< echo ~{name} >>>
  output { String text = read_string(stdout()) }
  runtime { docker: "quay.io/org/tool:1" cpu: threads memory: "4 GiB" }
}
"""
GOOD_MAP = {
    "registryMappings": [
        {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay", "ecrAccountId": "111122223333"}
    ]
}
Files = Callable[[dict[str, str]], Path]
Findings = set[tuple[str, str, str]]
_SEND = ("--dry-run", "--region", "us-east-1", "--format", "json")


def _findings(
    cli: Cli, folder: Path, *words: object, prefixes: tuple[str, ...] = ("TPL", "MAP", "IMG", "REQ")
) -> Findings:
    result = cli("submit", *words, *_SEND)
    report = result.json.get("report", result.json)
    return {
        (found["code"], found["severity"], found["message"].replace(str(folder), ""))
        for found in report["diagnostics"]
        if found["code"].startswith(prefixes)
    }


def _ways(cli: Cli, folder: Path, members: dict[str, Any]) -> dict[str, Findings]:
    """The findings of a request in every way that it can be made."""
    (folder / "main.wdl").write_text(MAIN)
    documents = {
        "parameterTemplate": ("parameter-template", "t.json"),
        "containerRegistryMap": ("container-registry-map", "m.json"),
    }
    flags: list[object] = []
    keys = []
    for name, (option, file) in documents.items():
        if name in members:
            (folder / file).write_text(json.dumps(members[name]))
            flags += [f"--{option}", folder / file]
            keys.append(f'{option} = "{file}"')
    for name, option in (("storageType", "storage-type"), ("description", "description")):
        if name in members:
            flags.append(f"--{option}={members[name]}")
            keys.append(f"{option} = {json.dumps(members[name])}")
    ways = {"flags": _findings(cli, folder, folder / "main.wdl", "--name", "w", *flags)}
    (folder / "c.yaml").write_text(yaml.safe_dump(members, sort_keys=False))
    ways["yaml"] = _findings(cli, folder, folder / "main.wdl", "--name", "w", "--cli-input", folder / "c.yaml")
    (folder / "c.json").write_text(json.dumps(members))
    ways["json"] = _findings(cli, folder, folder / "main.wdl", "--name", "w", "--cli-input", folder / "c.json")
    (folder / "packager.toml").write_text("\n".join(["[workflow.w]", 'path = "main.wdl"', 'name = "w"', *keys]) + "\n")
    ways["packager.toml"] = _findings(cli, folder, folder / "main.wdl")
    (folder / "packager.toml").unlink()
    return ways


_ENTRY = st.fixed_dictionaries(
    {"description": st.sampled_from(["a name", "", "with\ttab", "x" * 300])},
    optional={"optional": st.booleans(), "extra": st.just(1)},
)
_TEMPLATE = st.dictionaries(
    st.sampled_from(["name", "threads", "nme", "w.name", "other"]), _ENTRY, min_size=1, max_size=4
)
_MAPPING = st.fixed_dictionaries(
    {"upstreamRegistryUrl": st.sampled_from(["quay.io", "ghcr.io", "https://quay.io", "example.org"]),
     "ecrRepositoryPrefix": st.sampled_from(["quay", "Quay/", "q"])},
    optional={"ecrAccountId": st.sampled_from(["111122223333", 155826477, "12"]), "accountId": st.just("111122223333")},
)  # fmt: skip
_MAP = st.fixed_dictionaries({"registryMappings": st.lists(_MAPPING, min_size=1, max_size=2)})
_REQUEST = st.fixed_dictionaries(
    {}, optional={"parameterTemplate": _TEMPLATE, "containerRegistryMap": _MAP, "storageType": st.sampled_from(["DYNAMIC", "STATIC"]),
                  "description": st.sampled_from(["Counts", "", "a\tb"])}
)  # fmt: skip


@given(_REQUEST)
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_request_has_the_same_findings_in_every_form(cli: Cli, members: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ways = _ways(cli, Path(folder), members)
    assert len(set(map(frozenset, ways.values()))) == 1, ways


@given(_TEMPLATE)
@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_the_template_of_a_description_is_checked_as_a_file(cli: Cli, template: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "main.wdl").write_text(MAIN)
        assert cli("package", folder / "main.wdl", "-o", folder / "w.zip").code == 0
        (folder / "t.json").write_text(json.dumps(template))
        named = _findings(cli, folder, folder / "w.zip", "--parameter-template", folder / "t.json", prefixes=("TPL",))
        description = json.loads((folder / "w.zip.json").read_text())
        (folder / "w.zip.json").write_text(json.dumps(description | {"parameterTemplate": template}))
        assert _findings(cli, folder, folder / "w.zip", prefixes=("TPL",)) == named


@pytest.fixture
def flow(files: Files) -> Path:
    return files({"main.wdl": MAIN})


def _lines(cli: Cli, *words: object) -> list[str]:
    return [
        line
        for line in cli("submit", *words, "--dry-run", "--region", "us-east-1").out.split("\n")
        if line and line[0] not in " ^"
    ]


def test_a_template_of_cli_input_is_checked_at_its_places(cli: Cli, flow: Path) -> None:
    (flow / "c.yaml").write_text(
        'parameterTemplate:\n  nme: {description: "a\\tb"}\n  other:\n    description: "' + "x" * 300 + '"\n'
    )
    result = cli("submit", flow / "main.wdl", "--cli-input", flow / "c.yaml", *_SEND)
    assert result.code == 1
    found = [
        (found["code"], found["line"], found["column"])
        for found in result.json["diagnostics"]
        if found["path"].endswith("c.yaml")
    ]
    assert found == [
        ("TPL004", 2, 3), ("TPL032", 2, 3), ("TPL005", 2, 3), ("TPL002", 2, 22), ("TPL005", 3, 3), ("TPL002", 4, 18),
    ]  # fmt: skip


def test_a_map_of_cli_input_covers_images_and_is_checked(cli: Cli, flow: Path) -> None:
    def codes(text: str) -> list[tuple[str, str, int]]:
        (flow / "c.yaml").write_text(text)
        result = cli("submit", flow / "main.wdl", "--cli-input", flow / "c.yaml", *_SEND)
        report = result.json.get("report", result.json)
        return [
            (found["code"], found["severity"], found["line"])
            for found in report["diagnostics"] if found["code"].startswith(("IMG", "MAP"))
        ]  # fmt: skip

    start = "containerRegistryMap:\n  registryMappings:\n    - upstreamRegistryUrl: "
    assert codes(start + "quay.io\n      ecrRepositoryPrefix: quay\n") == []
    # YAML reads the account as an octal number.
    bad = codes(start + "quay.io\n      ecrRepositoryPrefix: Quay/\n      ecrAccountId: 001122334455\n")
    assert ("MAP001", "error", 5) in bad
    assert "MAP021" in [code for code, *_ in bad]
    unknown = codes(start + "ghcr.io\n      ecrRepositoryPrefix: g\n      accountId: '111122223333'\n")
    assert ("MAP001", "error", 5) in unknown
    assert ("IMG001", "error", 11) in unknown
    twice = codes(start + "quay.io\n      ecrRepositoryPrefix: a\n      ecrRepositoryPrefix: quay\n")
    assert ("MAP002", "error", 5) in twice


def test_a_malformed_map_is_an_error_even_without_lint(cli: Cli, flow: Path) -> None:
    (flow / "m.json").write_text("{")
    result = cli("submit", flow / "main.wdl", "--no-lint", "--container-registry-map", flow / "m.json", *_SEND)
    assert (result.code, "MAP002" in result.codes) == (1, True)


def test_no_hint_writes_a_template_over_a_file_with_other_members(cli: Cli, flow: Path) -> None:
    (flow / "c.json").write_text(json.dumps({"name": "w", "parameterTemplate": {"other": {"description": "a\tb"}}}))
    result = cli("submit", flow / "main.wdl", "--cli-input", flow / "c.json", *_SEND)
    hints = [found["hint"] for found in result.json["diagnostics"] if found["code"].startswith("TPL0")]
    assert len(hints) >= 4
    assert not any("packager template" in hint for hint in hints)
