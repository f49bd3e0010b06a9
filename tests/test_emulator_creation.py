"""What becomes of archives that are damaged, and what messages hold; `tests/contract/` has the answers to good definitions."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest
from contract.definitions import WDL
from emulator_support import running, settled, zipped


@pytest.fixture(scope="module")
def omics(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    with running(tmp_path_factory.mktemp("emulator") / "state.db") as (_, client):
        yield client


@pytest.mark.parametrize(
    "content",
    [b"not a zip", zipped({"main.wdl": WDL})[:-30], zipped({"main.wdl": WDL})[:40], b"PK\x05\x06"],
    ids=["text", "cut at the end", "cut at the start", "only an end"],
)
def test_bytes_that_are_no_zip(omics: Any, content: bytes) -> None:
    found = settled(omics, omics.create_workflow(definitionZip=content)["id"])
    assert found["status"] == "FAILED"
    assert "definition" in found["statusMessage"]
    assert "tmp" not in found["statusMessage"], "a path of the host"


def test_a_member_with_a_wrong_checksum(omics: Any) -> None:
    content = bytearray(zipped({"main.wdl": WDL}))
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        start = archive.getinfo("main.wdl").header_offset + 30 + len("main.wdl")
    content[start + 20] ^= 0xFF
    found = settled(omics, omics.create_workflow(definitionZip=bytes(content))["id"])
    assert found["status"] == "FAILED"
    assert "damaged" in found["statusMessage"]


def test_messages_hold_no_control_characters(omics: Any) -> None:
    """API: the pattern of WorkflowStatusMessage."""
    files: dict[str, str | bytes] = {"main.wdl": "version 1.0\nworkflow w {\n Int x = \x07\x1b\n}\n"}
    found = settled(omics, omics.create_workflow(definitionZip=zipped(files))["id"])
    assert found["status"] == "FAILED"
    assert found["statusMessage"].isprintable()
