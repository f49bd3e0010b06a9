"""`limits.py` says what the installed botocore's model of the service says.

When this turns red after an update of botocore, the service has changed: put the new number into `limits.py`, and look at the rules
that use it.
"""

from __future__ import annotations

from typing import Any

import pytest

from packager.healthomics import limits
from packager.healthomics.api_model import members, service_model, shape

HOW = "botocore's model of the service differs from packager/healthomics/limits.py: {}"


def member(structure: str, name: str) -> dict[str, Any]:
    """The shape of a structure's member."""
    return shape(shape(structure)["members"][name]["shape"])


@pytest.mark.parametrize(
    ("enum", "expected"),
    [
        ("WorkflowEngine", limits.ENGINES),
        ("StorageType", limits.STORAGE_TYPES),
        ("Accelerators", limits.ACCELERATORS),
        ("WorkflowStatus", limits.WORKFLOW_STATUSES),
    ],
)
def test_enumerations(enum: str, expected: tuple[str, ...]) -> None:
    assert sorted(shape(enum)["enum"]) == sorted(expected), HOW.format(enum)


@pytest.mark.parametrize("operation", ["CreateWorkflow", "CreateWorkflowVersion"])
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("name", limits.NAME_LENGTH),
        ("versionName", limits.VERSION_NAME_LENGTH),
        ("workflowId", limits.WORKFLOW_ID_LENGTH),
        ("description", limits.DESCRIPTION_LENGTH),
        ("main", limits.MAIN_LENGTH),
        ("requestId", limits.REQUEST_ID_LENGTH),
        ("definitionUri", limits.DEFINITION_URI_LENGTH),
        ("containerRegistryMapUri", limits.REGISTRY_MAP_URI_LENGTH),
        ("parameterTemplatePath", limits.REPOSITORY_PATH_LENGTH),
        ("readmePath", limits.REPOSITORY_PATH_LENGTH),
        ("parameterTemplate", limits.TEMPLATE_ENTRIES),
        ("storageCapacity", limits.STORAGE_CAPACITY),
    ],
)
def test_lengths_of_the_request(operation: str, name: str, expected: tuple[int, int]) -> None:
    structure = f"{operation}Request"
    if name not in members(structure):
        assert (operation, name) in {
            ("CreateWorkflow", "versionName"),
            ("CreateWorkflow", "workflowId"),
            ("CreateWorkflowVersion", "name"),
        }
        return
    found = member(structure, name)
    assert (found.get("min"), found.get("max")) == expected, HOW.format(f"{structure}.{name}")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("versionName", limits.VERSION_NAME_PATTERN),
        ("workflowId", limits.WORKFLOW_ID_PATTERN),
        ("workflowBucketOwnerId", limits.BUCKET_OWNER_PATTERN),
        ("readmeUri", limits.README_URI_PATTERN),
        ("description", limits.TEXT_PATTERN),
        ("main", limits.TEXT_PATTERN),
        ("requestId", limits.TEXT_PATTERN),
    ],
)
def test_patterns_of_the_request(name: str, expected: str) -> None:
    assert member("CreateWorkflowVersionRequest", name)["pattern"] == expected, HOW.format(name)


@pytest.mark.parametrize(
    ("structure", "name", "expected"),
    [
        ("RegistryMapping", "ecrAccountId", (limits.ACCOUNT_ID_LENGTH, limits.ACCOUNT_ID_LENGTH)),
        ("ImageMapping", "sourceImage", limits.IMAGE_URI_LENGTH),
        ("ImageMapping", "destinationImage", limits.IMAGE_URI_LENGTH),
        ("WorkflowParameter", "description", limits.PARAMETER_DESCRIPTION_LENGTH),
    ],
)
def test_lengths_of_inner_members(structure: str, name: str, expected: tuple[int, int]) -> None:
    found = member(structure, name)
    assert (found.get("min"), found.get("max")) == expected, HOW.format(f"{structure}.{name}")


def test_patterns_of_the_registry_map() -> None:
    assert member("RegistryMapping", "ecrAccountId")["pattern"] == limits.ACCOUNT_ID_PATTERN


def test_keys_of_maps() -> None:
    tags, template = shape("TagMap"), shape("WorkflowParameterTemplate")
    for found, key, value in (
        (tags, limits.TAG_KEY_LENGTH, limits.TAG_VALUE_LENGTH),
        (template, limits.PARAMETER_NAME_LENGTH, None),
    ):
        name = shape(found["key"]["shape"])
        assert (name["min"], name["max"]) == key
        if value is not None:
            inner = shape(found["value"]["shape"])
            assert (inner["min"], inner["max"]) == value


def test_required_members() -> None:
    assert shape("CreateWorkflowRequest")["required"] == ["requestId"]
    assert sorted(shape("CreateWorkflowVersionRequest")["required"]) == [
        "requestId",
        "versionName",
        "workflowId",
    ]
    assert sorted(shape("RegistryMapping").get("required", [])) == [
        "ecrRepositoryPrefix",
        "upstreamRegistryUrl",
    ]
    assert shape("ImageMapping").get("required", []) == []


KNOWN_MEMBERS = {
    "name", "description", "engine", "definitionZip", "definitionUri", "main", "parameterTemplate", "storageCapacity",
    "tags", "requestId", "accelerators", "storageType", "containerRegistryMap", "containerRegistryMapUri",
    "readmeMarkdown", "parameterTemplatePath", "readmePath", "definitionRepository", "workflowBucketOwnerId", "readmeUri",
}  # fmt: skip


def test_no_unknown_member_has_appeared() -> None:
    assert members("CreateWorkflowRequest") == KNOWN_MEMBERS
    assert members("CreateWorkflowVersionRequest") == KNOWN_MEMBERS - {"name"} | {
        "workflowId",
        "versionName",
    }
    assert members("RegistryMapping") == {
        "upstreamRegistryUrl", "ecrRepositoryPrefix", "upstreamRepositoryPrefix", "ecrAccountId", "credentialArn",
    }  # fmt: skip


def test_the_model_is_the_services() -> None:
    assert service_model()["metadata"]["serviceId"] == "Omics"


def test_the_text_class() -> None:
    assert limits.is_text("Größe: 5 µm; «ok» 漢字 $ |")
    assert not any(limits.is_text(f"a{char}b") for char in "\t\n\r\0\x7f\u200b\ufeff")
