"""Every seeded defect is found, and the workflows that they are put into are met with silence."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Cli
from seeded_defects import DEFECTS, Defect

BASES = ROOT / "fixtures" / "defects"
FEWEST = 120
MAINS = {"wdl": "main.wdl", "nextflow": "main.nf", "cwl": "main.cwl"}


def put(folder: Path, file: str, old: str, new: str | None) -> None:
    path = folder / file
    if new is None:
        path.unlink()
        return
    text = path.read_text() if path.exists() else ""
    assert old in text
    text = text.replace(old, new, 1) if old else text + new
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode("utf-8", "surrogateescape"))


FIRST_LANGUAGE = """process ALIGN {
    container 'quay.io/biocontainers/aligner:2.1.0'
    cpus 2
    memory '4 GB'
    publishDir params.outdir

    input:
    file reads from Channel.fromPath(params.input)

    output:
    file '*.bam' into bams

    script:
    "aligner $reads > x.bam"
}

    reads = Channel
"""
OUTPUT_BLOCK = "\noutput {\n    alignments {\n        path 'alignments'\n    }\n}\n"
# What some defects need beside them.
PREPARED: dict[str, Callable[[Path], object]] = {
    # The last of the engine versions reads with the strict syntax.
    "--strict": lambda folder: put(folder, "nextflow.config", "'!>=25.10.0'", "'!>=26.04.0'"),
    "--not-executable": lambda folder: (folder / "bin" / "summarise.py").chmod(0o644),
    "--first-language": lambda folder: (folder / "main.nf").write_text(FIRST_LANGUAGE),
    "--output-block": lambda folder: put(folder, "main.nf", "", OUTPUT_BLOCK),
}


@pytest.mark.parametrize("engine", DEFECTS)
@pytest.mark.parametrize("region", [(), ("--region", "us-east-1")])
def test_the_correct_workflow_has_no_findings(cli: Cli, engine: str, region: tuple[str, ...]) -> None:
    found = cli("lint", BASES / engine, "--format", "json", *region)
    assert [(one["code"], one["message"]) for one in found.json["diagnostics"] if one["severity"] != "info"] == []


@pytest.mark.parametrize(
    ("engine", "defect"),
    [pytest.param(engine, one, id=f"{engine}: {one.name}") for engine, several in DEFECTS.items() for one in several],
)
def test_the_defect_is_found(cli: Cli, tmp_path: Path, engine: str, defect: Defect) -> None:
    folder = tmp_path / engine
    shutil.copytree(BASES / engine, folder)
    arguments = tuple(one for one in defect.arguments if one not in PREPARED)
    for one in set(defect.arguments) & PREPARED.keys():
        PREPARED[one](folder)
    put(folder, defect.file, defect.old, defect.new)
    found = cli("lint", folder / MAINS[engine], "--format", "json", "--no-cache", *arguments)
    assert found.code in (0, 1), found.err
    assert defect.code in found.codes


def test_there_are_enough_of_them() -> None:
    assert sum(len(several) for several in DEFECTS.values()) >= FEWEST
    for several in DEFECTS.values():
        assert len({one.name for one in several}) == len(several)
