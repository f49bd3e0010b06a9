"""The package: which files and why, and the same bytes for the same content."""

from __future__ import annotations

import hashlib
import io
import json
import os
import random
import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import PYTHON, ROOT, WORKFLOWS, Cli, bare_environment
from hypothesis import given
from hypothesis import strategies as st

from packager.archive.content_digest import content_digest
from packager.archive.zip_writer import write_zip
from packager.jsondoc.schemas import violations
from packager.model.facts import Entry, Role
from packager.source import DirectoryTree

Files = Callable[[dict[str, str | bytes]], Path]


def entries_of(path: Path) -> dict[str, tuple[int, bytes]]:
    with zipfile.ZipFile(path) as archive:
        return {info.filename: (info.external_attr >> 16, archive.read(info)) for info in archive.infolist()}


def test_the_closure_and_nothing_else(cli: Cli, in_folder: Path) -> None:
    done = cli("package", WORKFLOWS / "wdl-variants", "-o", "x.zip", "--format", "json")
    assert done.code == 0, done.err
    listed = ["main.wdl", "structs.wdl", "subworkflows/align.wdl", "tasks/mapping.wdl", "tasks/variants.wdl"]
    assert [entry["path"] for entry in done.json["entries"]] == listed
    found = entries_of(in_folder / "x.zip")
    assert list(found) == listed
    for name, (mode, content) in found.items():
        assert mode == 0o100644
        assert content == (WORKFLOWS / "wdl-variants" / name).read_bytes()
    assert hashlib.sha256((in_folder / "x.zip").read_bytes()).hexdigest() == done.json["zipSha256"]
    assert (in_folder / "x.zip").stat().st_size == done.json["size"]


def test_the_content_digest_is_what_the_documentation_says(cli: Cli, in_folder: Path) -> None:
    done = cli("package", WORKFLOWS / "nextflow-counts", "-o", "x.zip", "--format", "json").json
    lines = "".join(f"{entry['mode']} {entry['sha256']} {entry['path']}\n" for entry in done["entries"])
    assert hashlib.sha256(lines.encode()).hexdigest() == done["contentDigest"]
    modes = {entry["path"]: entry["mode"] for entry in done["entries"]}
    assert modes["bin/tidy.py"] == "0755"
    assert modes["main.nf"] == "0644"
    assert not any(path.startswith(("docs/", "tests/")) for path in modes)


def test_the_description_beside_the_zip(cli: Cli, in_folder: Path) -> None:
    cli("package", WORKFLOWS / "wdl-variants", "-o", "x.zip")
    described = json.loads((in_folder / "x.zip.json").read_text())
    assert violations("package", described) == ()
    assert described["engine"] == "WDL"
    assert described["main"] == "main.wdl"
    assert described["readme"].startswith("# Variants from reads")
    assert sorted(described["parameterTemplate"]) == [
        "caller_image", "intervals", "keep_bam", "min_quality", "reference", "samples",
    ]  # fmt: skip
    assert "111122223333" not in json.dumps(described)


SCRIPT = """
import os, sys
sys.path.insert(0, {root!r})
from packager.cli import main
sys.exit(main(["package", {source!r}, "-o", {target!r}, "--no-lint"]))
"""


def package_elsewhere(source: Path, target: Path, umask: int, **environment: str) -> bytes:
    script = SCRIPT.format(root=str(ROOT), source=str(source), target=str(target))
    subprocess.run(
        [PYTHON, "-c", script], check=True, capture_output=True, umask=umask,
        env=bare_environment(XDG_CACHE_HOME=str(target.parent / "cache"), **environment),
    )  # fmt: skip
    return target.read_bytes()


def test_the_same_bytes_whatever_the_surroundings(tmp_path: Path) -> None:
    """Time, umask, time zone, folder, order of creation, locale, hash seed: none of them shows."""
    original = WORKFLOWS / "nextflow-counts"
    moved = tmp_path / "elsewhere" / "copy"
    paths = sorted(path for path in original.rglob("*") if path.is_file())
    random.Random(3).shuffle(paths)
    for number, path in enumerate(paths):
        target = moved / path.relative_to(original)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target)
        os.utime(target, (number, 1_000_000_000 + number))
    one = package_elsewhere(original, tmp_path / "one.zip", 0o022, TZ="UTC", LC_ALL="C", PYTHONHASHSEED="1")
    two = package_elsewhere(moved, tmp_path / "two.zip", 0o077, TZ="Asia/Tokyo", LC_ALL="C.UTF-8", PYTHONHASHSEED="99")
    assert one == two


def test_every_header_field_is_fixed(cli: Cli, in_folder: Path) -> None:
    cli("package", WORKFLOWS / "cwl-records", "-o", "x.zip", "--no-lint")
    with zipfile.ZipFile(in_folder / "x.zip") as archive:
        infos = archive.infolist()
        assert archive.comment == b""
    assert [info.filename for info in infos] == sorted(info.filename for info in infos)
    for info in infos:
        assert info.date_time == (1980, 1, 1, 0, 0, 0)
        assert info.create_system == 3
        assert info.extra == b""
        assert info.comment == b""
        assert info.compress_type == zipfile.ZIP_DEFLATED


@given(
    st.dictionaries(
        st.from_regex(r"[a-z]{1,6}(/[a-z]{1,4})?\.txt", fullmatch=True), st.binary(max_size=300), min_size=1, max_size=6
    )
)
def test_unzipping_gives_back_what_was_planned(contents: dict[str, bytes]) -> None:
    class Memory(DirectoryTree):
        def __init__(self) -> None:
            super().__init__(Path("/nonexistent"), "memory")
            self._contents = dict(contents)

    entries = tuple(
        Entry(path, len(data), hashlib.sha256(data).hexdigest(), 0o755 if len(data) % 2 else 0o644, Role.OTHER)
        for path, data in contents.items()
    )
    first, second = io.BytesIO(), io.BytesIO()
    package = write_zip(Memory(), entries, first)
    assert write_zip(Memory(), tuple(reversed(entries)), second) == package
    assert first.getvalue() == second.getvalue()
    assert package.content_digest == content_digest(reversed(entries))
    with zipfile.ZipFile(first) as archive:
        assert {info.filename: archive.read(info) for info in archive.infolist()} == contents


def test_list_writes_nothing(cli: Cli, in_folder: Path) -> None:
    listed = cli("package", WORKFLOWS / "cwl-records", "--list")
    assert listed.code == 0
    assert "types/sample.yml" in listed.out
    assert "scripts/join.py" in listed.out
    assert "data/regions.bed" in listed.out
    assert list(in_folder.iterdir()) == []
    as_json = cli("package", WORKFLOWS / "cwl-records", "--list", "--format", "json").json
    assert as_json["path"] is None


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("tasks/mapping.wdl", "in: imported by"),
        ("main.wdl", "in: the main file"),
        ("README.md", "not included: nothing that `main.wdl` uses refers to it"),
        ("absent.wdl", "not included: no such file"),
        (".git/config", "not included: no such file"),
    ],
)
def test_explain(file: str, words: str, cli: Cli) -> None:
    assert words in cli("package", WORKFLOWS / "wdl-variants", "--explain", file).out


def test_include_and_exclude(cli: Cli, in_folder: Path) -> None:
    source = WORKFLOWS / "wdl-variants"
    more = cli("package", source, "--list", "--include", "README.md", "--include", "*.json", "--format", "json").json
    assert {"README.md", "container-registry-map.json"} <= {entry["path"] for entry in more["entries"]}
    less = cli("package", WORKFLOWS / "nextflow-counts", "--list", "--exclude", "assets", "--format", "json").json
    assert "assets/report.yml" not in {entry["path"] for entry in less["entries"]}
    assert cli("package", source, "--list", "--include", "absent*").code == 2
    assert cli("package", source, "--list", "--exclude", "*.wdl").code == 2


def test_errors_stop_the_package_and_leave_the_old_one(cli: Cli, in_folder: Path) -> None:
    (in_folder / "x.zip").write_text("the old one")
    refused = cli("package", WORKFLOWS / "wdl-problems", "-o", "x.zip")
    assert refused.code == 1
    assert "nothing was written" in refused.err
    assert (in_folder / "x.zip").read_text() == "the old one"
    assert sorted(path.name for path in in_folder.iterdir()) == ["x.zip"]


def test_a_folder_that_cannot_be_written(cli: Cli, in_folder: Path) -> None:
    result = cli("package", WORKFLOWS / "cwl-packed", "-o", "no/such/folder/x.zip", "--no-lint")
    assert result.code == 2
    assert "cannot write" in result.err


def test_a_package_is_read_like_a_folder(cli: Cli, in_folder: Path) -> None:
    """Equal answers for a folder and for the zip made of it, but for the source and what was left out."""
    for name in ("wdl-variants", "cwl-records", "cwl-packed", "nextflow-counts"):
        cli("package", WORKFLOWS / name, "-o", f"{name}.zip", "--no-lint")
        folder = cli("inspect", WORKFLOWS / name, "--format", "json").json
        zipped = cli("inspect", f"{name}.zip", "--format", "json").json
        for answer in (folder, zipped):
            answer.pop("source")
        assert zipped == folder, name


def test_a_package_of_a_package_is_the_same(cli: Cli, in_folder: Path) -> None:
    first = cli("package", WORKFLOWS / "cwl-records", "-o", "a.zip", "--format", "json", "--no-lint").json
    second = cli("package", "a.zip", "-o", "b.zip", "--format", "json", "--no-lint").json
    assert first["contentDigest"] == second["contentDigest"]
    assert (in_folder / "a.zip").read_bytes() == (in_folder / "b.zip").read_bytes()
    assert (in_folder / "a.zip.json").read_bytes() == (in_folder / "b.zip.json").read_bytes()


def test_a_description_of_another_package_is_refused(cli: Cli, in_folder: Path) -> None:
    cli("package", WORKFLOWS / "cwl-records", "-o", "a.zip", "--no-lint")
    cli("package", WORKFLOWS / "cwl-packed", "-o", "b.zip", "--no-lint")
    shutil.copy("a.zip.json", "b.zip.json")
    refused = cli("inspect", "b.zip")
    assert refused.code == 2
    assert "describes another package" in refused.err
    Path("b.zip.json").write_text("{")
    assert cli("inspect", "b.zip").code == 2
    Path("b.zip.json").unlink()
    without = cli("inspect", "b.zip", "--format", "json")
    assert without.code == 0
    assert "ZIP018" in without.codes


def test_names_that_differ_only_in_case(files: Files, cli: Cli) -> None:
    folder = files({"main.nf": "workflow { }", "lib/A.groovy": "", "lib/a.groovy": ""})
    assert "ZIP017" in cli("inspect", folder, "--format", "json").codes


def test_a_package_with_several_workflows_keeps_the_main_that_was_meant(
    files: Files, cli: Cli, in_folder: Path
) -> None:
    folder = files({f"{name}.wdl": f"version 1.0\nworkflow {name} {{\n}}\n" for name in ("a", "b")})
    assert cli("package", folder, "--main", "b.wdl", "--include", "a.wdl", "-o", "x.zip").code == 0
    found = cli("inspect", "x.zip", "--format", "json").json
    assert found["main"] == "b.wdl"
    assert "description" in found["mainReason"]
    assert cli("inspect", "x.zip", "--main", "a.wdl", "--format", "json").json["main"] == "a.wdl"
    Path("x.zip.json").unlink()
    assert cli("inspect", "x.zip").code == 2
