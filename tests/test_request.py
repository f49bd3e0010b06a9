"""The request: its members, and the token that makes it safe to repeat."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packager.healthomics.api_model import members
from packager.healthomics.request import MEMBERS, Request, ZipDefinition
from packager.healthomics.request_body import body, printable
from packager.healthomics.request_identity import request_id
from packager.model.facts import TemplateParameter

ZIP = ZipDefinition(100, "a" * 64, "c" * 64)
FULL = Request(
    name="n", version_name="v1", description="d", engine="WDL", main="main.wdl", definition_zip=ZIP,
    parameter_template=(("x", TemplateParameter("an x", True)),), storage_type="DYNAMIC", tags=(("k", "v"),),
    container_registry_map='{"imageMappings":[]}', readme_markdown="# R",
)  # fmt: skip


def test_every_member_is_the_apis() -> None:
    known = members("CreateWorkflowRequest") | members("CreateWorkflowVersionRequest")
    assert {member.api for member in MEMBERS} == known


def test_the_table_has_every_field_once_and_in_order() -> None:
    fields = [field.name for field in dataclasses.fields(Request) if field.name != "extra"]
    assert [member.field for member in MEMBERS] == fields


def test_only_one_operation_has_a_member_that_the_table_gives_to_one() -> None:
    workflow, version = members("CreateWorkflowRequest"), members("CreateWorkflowVersionRequest")
    for member in MEMBERS:
        operations = {"CreateWorkflow"} if member.api in workflow else set()
        operations |= {"CreateWorkflowVersion"} if member.api in version else set()
        assert operations == ({member.operation} if member.operation else {"CreateWorkflow", "CreateWorkflowVersion"})


def test_a_workflow_has_no_version_and_a_version_no_name() -> None:
    assert not {"versionName", "workflowId"} & body(FULL).keys()
    version = dataclasses.replace(FULL, workflow_id="123")
    assert version.operation == "CreateWorkflowVersion"
    assert "name" not in body(version)
    assert body(version)["versionName"] == "v1"


def test_an_empty_template_is_not_sent() -> None:
    assert "parameterTemplate" not in body(dataclasses.replace(FULL, parameter_template=()))


def test_the_zip_is_shown_by_its_size_and_hash() -> None:
    assert printable(FULL)["definitionZip"] == {"size": 100, "sha256": "a" * 64}


def test_the_token_is_sha_256_and_stable() -> None:
    assert request_id(FULL) == request_id(dataclasses.replace(FULL, request_id="whatever"))
    assert len(request_id(FULL)) == 64
    assert request_id(FULL, 1) != request_id(FULL, 0)


def test_another_compression_is_the_same_request() -> None:
    other = dataclasses.replace(FULL, definition_zip=ZipDefinition(99, "b" * 64, "c" * 64))
    assert request_id(other) == request_id(FULL)


@pytest.mark.parametrize(
    "change",
    [
        {"name": "m"}, {"description": "e"}, {"main": "b.wdl"}, {"engine": "WDL_LENIENT"}, {"storage_type": "STATIC"},
        {"storage_capacity": 1200}, {"tags": (("k", "w"),)}, {"readme_markdown": None}, {"container_registry_map": None},
        {"parameter_template": (("x", TemplateParameter("an x", False)),)}, {"workflow_id": "1"},
        {"definition_zip": ZipDefinition(100, "a" * 64, "d" * 64)},
    ],
)  # fmt: skip
def test_any_other_difference_is_another_request(change: dict[str, object]) -> None:
    assert request_id(dataclasses.replace(FULL, **change)) != request_id(FULL)  # type: ignore[arg-type]  # one at a time


@given(st.permutations([("a", "1"), ("b", "2"), ("c", "3")]))
def test_the_order_of_tags_is_no_difference(tags: list[tuple[str, str]]) -> None:
    assert request_id(dataclasses.replace(FULL, tags=tuple(tags))) == request_id(
        dataclasses.replace(FULL, tags=(("a", "1"), ("b", "2"), ("c", "3")))
    )
