"""Laws of the emulator's parts: whatever comes in, the answer is one that the API knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from xml.etree import ElementTree

import pytest
from emulator_support import zipped
from hypothesis import example, given, settings
from hypothesis import strategies as st
from samples import examples

from packager.cache import Cache
from packager.emulator.errors import ApiError
from packager.emulator.faults import KINDS, Faults
from packager.emulator.fetching import DefinitionSources
from packager.emulator.operations import EMULATED
from packager.emulator.processing import process, status_text
from packager.emulator.protocol import OperationCall, answer_sts, read_members, route, write_members
from packager.emulator.validation import read_shape, validate
from packager.errors import PackagerError
from packager.healthomics import api_model
from packager.healthomics.limits import is_text

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=300),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=20), inner, max_size=4),
    max_leaves=8,
)
CREATE = OperationCall("CreateWorkflow", {}, "")
NAMES = sorted(api_model.members("CreateWorkflowRequest"))


def answered(call: Callable[..., Any], *values: Any) -> tuple[Any, ApiError | None]:
    """What a call returns, or the error that it raises for the client; anything else is our bug."""
    try:
        return call(*values), None
    except ApiError as error:
        return None, error


def create(body: bytes) -> Any:
    return validate("CreateWorkflow", read_members(CREATE, body))


@settings(deadline=None)
@example({"parameterTemplate": {"\u00a0": None}})
@given(st.dictionaries(st.sampled_from(NAMES), JSON))
def test_any_members_are_accepted_or_refused(members: dict[str, Any]) -> None:
    accepted, error = answered(create, json.dumps(members).encode())
    if error:
        assert error.name == "ValidationException"
        assert error.message
        assert is_text(error.message)  # no control characters
        return
    assert accepted["requestId"]
    assert {name for name, value in members.items() if value is not None} == set(accepted)


@settings(deadline=None)
@given(st.binary(max_size=200))
def test_any_body_is_read_or_refused(body: bytes) -> None:
    members, error = answered(read_members, CREATE, body)
    assert error is None or error.status == 400
    assert error or set(members) <= set(NAMES)


@settings(deadline=None)
@given(st.sampled_from(["GET", "POST", "DELETE", "BREW"]), st.text(max_size=60))
def test_any_target_is_an_operation_or_none(method: str, target: str) -> None:
    found, error = answered(route, method, "/" + target)
    if error:
        assert (error.name, error.status) == ("UnknownOperationException", 404)
    else:
        assert found.operation in api_model.service_model()["operations"]


@settings(deadline=None, max_examples=examples(50))
@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: zipped({"a.nf": "x"}) + tail))
def test_any_bytes_become_active_or_failed(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        Path(folder, "definition.zip").write_bytes(content)
        outcome = process({"definitionZip": ""}, Path(folder), DefinitionSources(), Cache(None))
    assert outcome.status in ("ACTIVE", "FAILED")
    assert outcome.status == "ACTIVE" or outcome.message
    assert is_text(outcome.message or "")


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from([*KINDS, "kind", "count", "operation", "delay_seconds", "skew_seconds"]), JSON))
def test_any_faults_are_set_or_refused(wanted: dict[str, Any]) -> None:
    faults = Faults()
    try:
        left = faults.set(wanted)
    except PackagerError:
        assert not any(faults.left().values())
        return
    assert set(left) == set(KINDS)
    assert json.loads(json.dumps(faults.plain()))


@settings(deadline=None)
@given(st.sampled_from(["ContainerRegistryMap", "WorkflowParameterTemplate"]), JSON)
def test_any_document_is_read_or_refused(shape: str, document: Any) -> None:
    read, problems = read_shape(shape, document)
    assert problems or isinstance(read, dict)
    assert all(is_text(problem) for problem in problems)


@settings(deadline=None)
@given(st.binary(max_size=200) | st.text().map(lambda text: f"Action={text}".encode("utf-8", "replace")))
def test_any_form_is_answered_with_xml(body: bytes) -> None:
    status, content = answer_sts(body, "123456789012")
    assert status in (200, 400)
    assert ElementTree.fromstring(content).tag.endswith("Response")


@given(st.text())
def test_any_message_fits_the_api(text: str) -> None:
    """API: the pattern of WorkflowStatusMessage."""
    assert is_text(status_text(text))


@pytest.mark.parametrize("operation", EMULATED)
def test_the_route_of_an_operation_leads_to_it(operation: str) -> None:
    line = api_model.service_model()["operations"][operation]["http"]
    labels = {"id": "1", "workflowId": "2", "versionName": "v", "resourceArn": "arn%3Aaws%3Aomics%2Fx"}
    found = route(line["method"], line["requestUri"].format(**labels) + "?a=b")
    assert found.operation == operation
    assert found.query == "a=b"
    status, body = write_members(operation, {"arn": "a", "nothing": 1, "id": None})
    assert status == line["responseCode"]
    assert b"nothing" not in body


def test_all_of_the_first_operations_are_there() -> None:
    assert set(EMULATED) == {
        f"{verb}{noun}" for verb in ("Create", "Get", "Update", "Delete") for noun in ("Workflow", "WorkflowVersion")
    } | {
        "ListWorkflows",
        "ListWorkflowVersions",
        "TagResource",
        "UntagResource",
        "ListTagsForResource",
    }
