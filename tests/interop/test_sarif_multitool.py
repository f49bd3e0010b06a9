"""What the reference validator of SARIF says, with its rules for GitHub."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from interop_support import ROOT, run

pytestmark = pytest.mark.interop
# Advice of the validator that is not for us, each with the reason.
NOT_FOR_US = {
    "SARIF2005",  # there is no page of the project to name
    "SARIF2017",  # a finding about a file as a whole has no region
}


@pytest.mark.skipif(shutil.which("npx") is None, reason="needs npm")
@pytest.mark.parametrize("kind", ["Sarif", "Ghas"])
def test_the_reference_validator_finds_no_error(kind: str, tmp_path: Path) -> None:
    file = tmp_path / "packager.sarif"
    words = ("packager", "lint", "wdl-problems", "nextflow-problems", "cwl-records", "--fail-on", "never")
    done = run(*words, "--output", f"sarif={file}", cwd=ROOT / "fixtures" / "workflows")
    assert done.returncode == 0, done.stderr
    verdict = tmp_path / "verdict.sarif"
    validate = ("npx", "--yes", "@microsoft/sarif-multitool@5.7.0", "validate", file, "--rule-kind", kind)
    done = run(*validate, "--output", verdict, cwd=tmp_path, DOTNET_SYSTEM_GLOBALIZATION_INVARIANT="1")
    assert verdict.is_file(), done.stdout + done.stderr
    results = json.loads(verdict.read_text(encoding="utf-8-sig"))["runs"][0]["results"]
    assert {one["ruleId"].split("/")[0] for one in results} <= NOT_FOR_US
