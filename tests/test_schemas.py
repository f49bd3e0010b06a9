"""The shipped schemas against `limits`, and `limits` against the installed API model."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from packager.engines.nextflow import schema as nextflow_schema
from packager.engines.nextflow import value_types
from packager.errors import PackagerError
from packager.healthomics import api_model, limits
from packager.jsondoc import schemas

_END = r"$(?!\n)"  # Python's `$` alone also stands before a last line end


def _mapping(kind: str) -> dict[str, Any]:
    found: dict[str, Any] = schemas.load("container-registry-map")["properties"][kind]["items"]
    return found


def _bounds(member: dict[str, Any]) -> tuple[int, int]:
    return member["minLength"], member["maxLength"]


@pytest.mark.parametrize("name", ["container-registry-map", "parameter-template"])
def test_each_schema_is_a_described_2020_12_schema(name: str) -> None:
    assert name in schemas.names()
    schema = schemas.load(name)
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert schema["$id"].endswith(f"/{name}.schema.json")
    assert schema["title"]
    _assert_described(schema)


def test_the_schema_of_nextflow_parameters_has_what_the_engine_reads() -> None:
    schema = schemas.load("nextflow-schema")
    jsonschema.Draft202012Validator.check_schema(schema)
    assert schema["$id"].endswith("/nextflow-schema.schema.json")
    parameter = schema["$defs"]["parameter"]
    texts = [json.dumps(schema), *(json.dumps(each) for each in parameter["properties"].values() if "$ref" not in each)]
    assert [text for text in texts if "Source:" not in text] == []
    assert set(value_types.LIMITS) <= parameter["properties"].keys()
    kinds = parameter["properties"]["type"]["anyOf"][0]["enum"]
    assert set(kinds) == {*value_types.KINDS, "array", "object"}
    assert value_types.FORMATS.keys() <= set(parameter["properties"]["format"]["examples"])
    written = schema["properties"]["$schema"]["enum"]
    assert [draft for draft in nextflow_schema.DRAFTS if sum(draft in each for each in written) != 1] == []


def _assert_described(schema: dict[str, Any]) -> None:
    assert "Source:" in schema["description"]
    for member in schema.get("properties", {}).values():
        _assert_described(member)
    for inner in ("items", "additionalProperties", "propertyNames"):
        if isinstance(schema.get(inner), dict):
            _assert_described(schema[inner])


def test_an_unknown_schema_is_a_broken_installation() -> None:
    with pytest.raises(PackagerError, match="`nothing` is not installed"):
        schemas.load("nothing")


def test_map_schema_has_the_limits() -> None:
    account = _mapping("registryMappings")["properties"]["ecrAccountId"]
    assert _bounds(account) == (limits.ACCOUNT_ID_LENGTH,) * 2
    assert account["pattern"] == f"^{limits.ACCOUNT_ID_PATTERN}{_END}"
    for member in _mapping("imageMappings")["properties"].values():
        assert _bounds(member) == limits.IMAGE_URI_LENGTH


def test_text_patterns_refuse_what_the_text_class_refuses_of_control_characters() -> None:
    texts = [*_mapping("imageMappings")["properties"].values()]
    texts += [
        _mapping("registryMappings")["properties"][name]
        for name in ("upstreamRegistryUrl", "ecrRepositoryPrefix", "upstreamRepositoryPrefix")
    ]
    template = schemas.load("parameter-template")
    texts += [
        template["propertyNames"],
        template["additionalProperties"]["properties"]["description"],
    ]
    for member in texts:
        pattern = re.compile(member["pattern"])
        for code in range(0x180):
            if code == 0xAD:  # the soft hyphen is a format character: the reader refuses it
                continue
            assert bool(pattern.search(chr(code))) == limits.is_text(chr(code)), hex(code)


def test_template_schema_has_the_limits() -> None:
    schema = schemas.load("parameter-template")
    assert (schema["minProperties"], schema["maxProperties"]) == limits.TEMPLATE_ENTRIES
    assert _bounds(schema["propertyNames"]) == limits.PARAMETER_NAME_LENGTH
    entry = schema["additionalProperties"]
    assert _bounds(entry["properties"]["description"]) == limits.PARAMETER_DESCRIPTION_LENGTH
    assert entry["additionalProperties"] is False


def test_map_schema_is_that_of_the_installed_api_model() -> None:
    for structure, mappings in (("RegistryMapping", "registryMappings"), ("ImageMapping", "imageMappings")):
        for name, member in _mapping(mappings)["properties"].items():
            found = api_model.shape(api_model.shape(structure)["members"][name]["shape"])
            assert _bounds(member) == (found["min"], found["max"]), (
                f"botocore allows {found['min']} to {found['max']} characters for `{structure}.{name}`: "
                "update schemas/container-registry-map.schema.json"
            )
            if found["pattern"] != limits.TEXT_PATTERN:
                assert member["pattern"] == f"^{found['pattern']}{_END}"


def test_map_patterns_are_those_of_the_installed_api_model() -> None:
    assert api_model.shape("AwsAccountId")["pattern"] == limits.ACCOUNT_ID_PATTERN
    for shape in ("Uri", "EcrRepositoryPrefix", "UpstreamRepositoryPrefix"):
        assert api_model.shape(shape)["pattern"] == limits.TEXT_PATTERN


@pytest.mark.parametrize(
    ("shape", "kind"), [("RegistryMapping", "registryMappings"), ("ImageMapping", "imageMappings")]
)
def test_map_members_are_those_of_the_installed_api_model(shape: str, kind: str) -> None:
    schema = _mapping(kind)
    assert set(schema["properties"]) == api_model.members(shape), f"botocore's {shape} has changed"
    assert schema.get("required", []) == api_model.shape(shape).get("required", [])
    map_members = schemas.load("container-registry-map")["properties"]
    assert set(map_members) == api_model.members("ContainerRegistryMap")


@pytest.mark.parametrize(
    ("value", "keywords"),
    [
        ({"a": {}}, []),
        ({"a": {"description": "x", "optional": True}}, []),
        ({}, ["minProperties"]),
        ([], ["type"]),
        ({"a": "text"}, ["type"]),
        ({"a": {"optional": "true"}}, ["type"]),
        ({"a": {"Optional": True}}, ["additionalProperties"]),
        ({"a": {"description": "x\ny"}}, ["pattern"]),
        ({"a": {"description": "x\n"}}, ["pattern"]),
        ({"a": {"description": "x" * 257}}, ["maxLength"]),
        ({"a" * 129: {}}, ["maxLength"]),
        ({"": {}}, ["minLength"]),
    ],
)
def test_template_schema_judges(value: object, keywords: list[str]) -> None:
    found = schemas.violations("parameter-template", value)
    assert [violation.keyword for violation in found] == keywords


def test_schemas_are_found_beside_the_package_in_an_editable_install() -> None:
    folder = Path(schemas.__file__).resolve().parent.parent / "schemas"
    for path in folder.glob("*.schema.json"):
        assert schemas.load(path.name.removesuffix(".schema.json")) == json.loads(path.read_text())
