"""The same request gives the same findings, from flags, packager.toml, `--cli-input`, Python or the description of a zip."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import Cli
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import examples

import packager
from packager.app.build import prepare
from packager.app.check import RefusedError
from packager.aws.session import Target
from packager.errors import PackagerError
from packager.healthomics.request import MEMBERS, Form
from packager.healthomics.request_body import of_members

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


REPOSITORY = {
    "connectionArn": "arn:aws:codeconnections:us-east-1:111122223333:connection/0a1b2c3d",
    "fullRepositoryId": "org/flows",
    "sourceReference": {"type": "TAG", "value": "v1"},
    "excludeFilePatterns": ["docs/*"],
}
GOOD_TEMPLATE = {"name": {"description": "A name"}, "threads": {"description": "Threads", "optional": True}}
# Whole requests, together with every member; those of the first list have no errors, those of the second have one for each member.
VALID: list[dict[str, Any]] = [
    {"name": "w", "description": "Counts", "engine": "WDL", "main": "main.wdl", "parameterTemplate": GOOD_TEMPLATE,
     "storageType": "STATIC", "storageCapacity": 2400, "accelerators": "GPU", "tags": {"team": "a", "cost": ""},
     "containerRegistryMap": GOOD_MAP, "readmeMarkdown": "# W", "requestId": "t-1"},
    {"workflowId": "1234567", "versionName": "v1.0", "definitionUri": "s3://bucket/w.zip", "workflowBucketOwnerId": "111122223333",
     "containerRegistryMapUri": "s3://bucket/m.json", "readmeUri": "s3://bucket/README.md", "storageType": "DYNAMIC"},
    {"name": "w", "definitionRepository": REPOSITORY, "parameterTemplatePath": "t.json", "readmePath": "README.md"},
]  # fmt: skip
FAULTY: list[dict[str, Any]] = [
    {"name": "a\tb" + "n" * 200, "description": "a\tb", "parameterTemplate": {"nme": {"description": "x" * 300}},
     "storageType": "FAST", "storageCapacity": 200_000, "accelerators": "TPU", "tags": {"aws:team": "a", "k" * 200: "v" * 300},
     "containerRegistryMap": {"registryMappings": [{"upstreamRegistryUrl": "ghcr.io", "accountId": "1"}]},
     "readmeMarkdown": "x" * 600_000, "requestId": "t" * 200, "workflowBucketOwnerId": "12"},
    {"name": "w", "engine": "SNAKEMAKE"},
    {"name": "w", "main": "absent.wdl"},
    {"workflowId": "a b", "versionName": "v 1", "definitionUri": "bucket/w.zip", "containerRegistryMapUri": "https://bucket/m.json",
     "readmeUri": "http://bucket/README.md", "storageType": "DYNAMIC", "storageCapacity": 1200},
    {"name": "w", "definitionRepository": REPOSITORY | {"connectionArn": "arn:x", "fullRepositoryId": "flows"},
     "parameterTemplatePath": "/t.json", "readmePath": "../README.md"},
    {"name": "w", "versionName": "v1", "definitionUri": "s3://bucket/w.zip", "definitionRepository": REPOSITORY,
     "parameterTemplate": GOOD_TEMPLATE, "parameterTemplatePath": "t.json", "containerRegistryMap": GOOD_MAP,
     "containerRegistryMapUri": "s3://bucket/m.json", "readmeMarkdown": "x", "readmePath": "README.md", "readmeUri": "s3://b/x"},
    {"name": "w", "workflowId": "1234567", "versionName": "v1", "requestId": ""},
]  # fmt: skip
Outcome = tuple[str, Findings]


def _outcome(cli: Cli, folder: Path, *words: object) -> Outcome:
    """How a dry run ends: with findings, or with an error before there could be any."""
    result = cli("submit", *words, *_SEND)
    if result.code == 2:  # the usage of the command line, or what cannot be read
        return result.err.partition("error: ")[2].partition("\n")[0].replace(str(folder), ""), set()
    report = result.json.get("report", result.json)
    return "", {
        (found["code"], found["severity"], found["message"].replace(str(folder), "")) for found in report["diagnostics"]
    }


def _by_flags(cli: Cli, folder: Path, members: dict[str, Any]) -> Outcome:
    words: list[str] = []
    for member in MEMBERS:
        if member.api in members:
            value = members[member.api]
            if member.form.is_document:
                (folder / f"{member.api}.json").write_text(json.dumps(value))
                value = folder / f"{member.api}.json"
            elif member.form is Form.TAGS:
                value = ",".join(f"{key}={text}" for key, text in value.items())
            elif member.form is Form.REPOSITORY:
                value = json.dumps(value)
            words.append(f"{member.option}={value}")
    return _outcome(cli, folder, folder, *words)


def _by_cli_input(cli: Cli, folder: Path, members: dict[str, Any]) -> Outcome:
    (folder / "c.json").write_text(json.dumps(members))
    return _outcome(cli, folder, folder, "--cli-input", folder / "c.json")


def _by_configuration(cli: Cli, folder: Path, members: dict[str, Any]) -> Outcome:
    lines = ["[workflow.flow]", 'path = "."']
    for member in MEMBERS:
        if member.api in members:
            value = members[member.api]
            if member.form.is_document:
                (folder / f"{member.api}.json").write_text(json.dumps(value))
                value = f"{member.api}.json"
            elif member.form is Form.REPOSITORY:
                value = {key: members[member.api][name] for key, name in REPOSITORY_KEYS.items()}
            lines.append(f"{member.config} = {_toml(value)}")
    (folder / "packager.toml").write_text("\n".join(lines) + "\n")
    try:
        return _outcome(cli, folder, folder)
    finally:
        (folder / "packager.toml").unlink()


def _toml(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(key)} = {_toml(inner)}" for key, inner in value.items()) + "}"
    return json.dumps(value)


def _by_python(_: Cli, folder: Path, members: dict[str, Any]) -> Outcome:
    documents: dict[str, str] = {}
    for member in MEMBERS:
        if member.form.is_document and member.api in members:
            (folder / f"{member.api}.json").write_text(json.dumps(members[member.api]))
            documents[member.field] = str(folder / f"{member.api}.json")
    direct = {member.api: members[member.api] for member in MEMBERS if member.direct and member.api in members}
    try:
        loaded = packager.load(
            folder,
            engine=members.get("engine"),
            main=members.get("main"),
            parameter_template=documents.get("parameter_template"),
            container_registry_map=documents.get("container_registry_map"),
            region="us-east-1",
        )
        with prepare(loaded, of_members(direct)) as prepared:
            report = prepared.report
    except RefusedError as error:
        report = error.report
    except PackagerError as error:
        return error.message.replace(str(folder), ""), set()
    return "", {
        (found.code, found.severity.value, found.message.replace(str(folder), "")) for found in report.diagnostics
    }


REPOSITORY_KEYS = {
    "connection-arn": "connectionArn", "full-repository-id": "fullRepositoryId", "source-reference": "sourceReference",
    "exclude-file-patterns": "excludeFilePatterns",
}  # fmt: skip


@pytest.mark.parametrize(
    "members",
    [{"engine": "WDL_LENIENT", "storageType": "STATIC", "storageCapacity": 2400, "readmeMarkdown": "# W"},
     {"storageType": "FAST", "readmeMarkdown": "x" * 600_000}, {"storageType": "DYNAMIC", "storageCapacity": 1200},
     {"storageType": "STATIC", "storageCapacity": 200_000}, {"engine": "SNAKEMAKE"}, {"engine": "CWL"}, {"main": "absent.wdl"}],
    ids="-".join,
)  # fmt: skip
def test_the_description_of_a_zip_is_checked_alike(cli: Cli, flow: Path, members: dict[str, Any]) -> None:
    assert cli("package", flow / "main.wdl", "-o", flow / "w.zip").code == 0
    description = json.loads((flow / "w.zip.json").read_text())
    members = members | {"name": "w"}
    words = [f"{member.option}={members[member.api]}" for member in MEMBERS if member.api in members]
    named = _outcome(cli, flow, flow / "w.zip", *words)
    renamed = {"readmeMarkdown": "readme"}
    described = {renamed.get(name, name): value for name, value in members.items() if name != "name"}
    (flow / "w.zip.json").write_text(json.dumps(description | described))
    assert _outcome(cli, flow, flow / "w.zip", "--name", "w") == named


def test_every_member_has_a_valid_and_a_faulty_value() -> None:
    names = {member.api for member in MEMBERS} - {"definitionZip"}
    assert {name for members in VALID for name in members} == names
    assert {name for members in FAULTY for name in members} == names


@pytest.mark.parametrize("members", [*VALID, *FAULTY], ids=lambda members: "-".join(members)[:60])
def test_every_member_is_checked_alike(cli: Cli, flow: Path, members: dict[str, Any]) -> None:
    ways = {way.__name__: way(cli, flow, members) for way in (_by_flags, _by_cli_input, _by_configuration, _by_python)}
    if any(members.get(member.api, member.choices[0]) not in member.choices for member in MEMBERS if member.choices):
        # packager.toml is checked as a whole when it is read, also the targets that are not used.
        assert re.fullmatch(
            "packager.toml:[0-9]+: `[a-z-]+` is `[A-Z]+`, expected .*", ways.pop("_by_configuration")[0]
        )
    assert len({(error, frozenset(findings)) for error, findings in ways.values()}) == 1, ways
    error, findings = ways["_by_flags"]
    has_errors = bool(error) or any(severity == "error" for _, severity, _ in findings)
    assert has_errors == (members in FAULTY), findings


def test_the_python_api_refuses_with_all_findings(cli: Cli, flow: Path) -> None:
    members = {
        name: value for name, value in FAULTY[0].items() if name not in ("parameterTemplate", "containerRegistryMap")
    }
    with pytest.raises(RefusedError) as refused:
        packager.submit(packager.load(flow / "main.wdl", region="us-east-1"), of_members(members), Target("us-east-1"))
    findings = {(found.code, found.severity.value, found.message) for found in refused.value.report.diagnostics}
    assert ("", findings) == _by_flags(cli, flow, members)


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
@settings(max_examples=examples(25), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
def test_a_request_has_the_same_findings_in_every_form(cli: Cli, members: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        ways = _ways(cli, Path(folder), members)
    assert len(set(map(frozenset, ways.values()))) == 1, ways


@given(_TEMPLATE)
@settings(max_examples=examples(15), suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
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
