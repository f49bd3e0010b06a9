"""Windows and macOS, as far as another system can show them: disks, modes, line ends, and file systems that ignore case."""

from __future__ import annotations

import io
import os
import sys
import unicodedata
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli

from packager import files as packager_files
from packager.cli.error_boundary import run
from packager.files import ignores_case, native_path, relative_path

Files = Callable[[dict[str, str | bytes]], Path]
TASK = """version 1.0
task t {
  command <<< echo >>>
  output { String o = read_string(stdout()) }
  runtime { docker: "123456789012.dkr.ecr.us-east-1.amazonaws.com/say:1.0" cpu: 1 memory: "2 GiB" }
}
"""
NFC, NFD = (unicodedata.normalize(form, "lib/größe.wdl") for form in ("NFC", "NFD"))
PIPELINE: dict[str, str | bytes] = {
    "main.nf": "process a {\n  container 'x'\n  cpus 1\n  memory 2.GB\n  script:\n  '''\n  count.py\n  '''\n}\nworkflow { a() }\n",
    "nextflow.config": "manifest { nextflowVersion = '!>=25.10.0' }\n",
    "bin/count.py": "#!/usr/bin/env python3\nprint(1)\n",
    "bin/data.txt": "a\n",
}


def wdl(path: str) -> str:
    return f'version 1.0\nimport "{path}" as lib\nworkflow w {{\n  call lib.t\n  output {{ String o = t.o }}\n}}\n'


# Windows


def test_a_path_on_another_disk_is_absolute(monkeypatch: pytest.MonkeyPatch, files: Files, cli: Cli) -> None:
    assert relative_path("/a/b/../c", "/a") == "c"

    relative = os.path.relpath

    def relpath(path: Any, start: Any = os.curdir) -> str:
        if Path(path).is_absolute():
            raise ValueError(f"path is on mount 'D:', start on mount 'C:': {path} {start}")
        return str(relative(path, start))

    folder = files({"main.wdl": wdl("gone.wdl")})
    monkeypatch.setattr(os.path, "relpath", relpath)
    (found, *_) = cli("lint", folder, "--format", "json", "--no-cache").json["diagnostics"]
    assert found["path"] == f"{folder.as_posix()}/main.wdl"
    for command in (
        ("package", folder, "--list"),
        ("inspect", folder),
        ("list", folder),
        ("lint", folder / "main.wdl"),
    ):
        assert cli(*command).code != 70


def test_a_file_is_opened_by_the_separator_of_the_system() -> None:
    assert native_path("C:\\a/b/c.wdl", "\\") == "C:\\a\\b\\c.wdl"
    assert native_path("/a\\b", "/") == "/a\\b"


def test_without_modes_a_script_is_executable(monkeypatch: pytest.MonkeyPatch, files: Files, cli: Cli) -> None:
    folder = files(PIPELINE)
    (folder / "bin" / "count.py").chmod(0o644)
    before = cli("lint", folder, "--format", "json", "--no-cache").codes
    monkeypatch.setattr(packager_files, "HAS_MODES", False)
    after = cli("lint", folder, "--format", "json", "--no-cache").codes
    assert set(before) - set(after) == {"NXF015"}
    cli("package", folder, "-o", folder / "x.zip", "--no-lint")
    with zipfile.ZipFile(folder / "x.zip") as archive:
        modes = {info.filename: info.external_attr >> 16 & 0o777 for info in archive.infolist()}
    assert modes["bin/count.py"] == 0o755
    assert modes.get("bin/data.txt", 0o644) == modes["main.nf"] == 0o644


@pytest.mark.parametrize("words", [("rules", "IMG001"), ("rules", "--format", "json"), ("absent",)])
def test_output_has_the_line_ends_of_unix(monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]) -> None:
    raw = {"stdout": io.BytesIO(), "stderr": io.BytesIO()}
    for name, stream in raw.items():
        monkeypatch.setattr(sys, name, io.TextIOWrapper(stream, encoding="cp1252", newline="\r\n"))
    run(list(words))
    sys.stdout.flush()
    sys.stderr.flush()
    assert any(stream.getvalue() for stream in raw.values())
    assert not any(b"\r" in stream.getvalue() for stream in raw.values())


# File systems that find a name by another spelling


@pytest.fixture
def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file system that distinguishes neither capital letters nor the forms of accented letters."""

    def folded(name: str) -> str:
        return unicodedata.normalize("NFC", name.casefold())

    def stored(path: Any) -> Any:
        if not isinstance(path, (str, os.PathLike)) or os.path.lexists(path):
            return path
        place = Path(path)
        folder = Path(stored(place.parent)) if place.parent != place else place
        names = [each.name for each in folder.iterdir()] if folder.is_dir() else []
        return next((folder / name for name in names if folded(name) == folded(place.name)), path)

    for name in ("stat", "open"):
        real = getattr(os, name)

        def call(path: Any, *arguments: Any, _real: Any = real, **options: Any) -> Any:
            return _real(stored(path), *arguments, **options)

        monkeypatch.setattr(os, name, call)
    monkeypatch.setattr(packager_files, "_STEP_BY_STEP", False)


def test_a_file_system_shows_whether_it_ignores_case(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    folder = tmp_path / "Folder"
    folder.mkdir()
    before = ignores_case(folder)
    request.getfixturevalue("lenient")
    assert (before, ignores_case(folder)) == (sys.platform in ("darwin", "win32"), True)
    assert ignores_case(Path("/")) is (sys.platform in ("darwin", "win32"))


@pytest.mark.parametrize("written", ["Lib/t.wdl", "lib/T.wdl", "./LIB/T.WDL"])
@pytest.mark.parametrize("system", ["exact", "lenient"])
@pytest.mark.parametrize("main", ["main.wdl", "flows/main.wdl"])
def test_names_are_compared_as_the_service_does(
    written: str, system: str, main: str, files: Files, cli: Cli, request: pytest.FixtureRequest
) -> None:
    up = "../" * main.count("/")
    folder = files({main: wdl(up + written), "lib/t.wdl": TASK, ".git/HEAD": ""})
    if system == "lenient":
        request.getfixturevalue("lenient")
    for arguments in ([folder / main], [folder, "--main", main]):
        (found,) = (
            one
            for one in cli("lint", *arguments, "--format", "json", "--no-cache").json["diagnostics"]
            if one["code"] == "WDL050"
        )
        assert found["hint"] == f'import the local file: `import "{up}lib/t.wdl"`'
    cli("lint", folder, "--main", main, "--fix")
    assert (folder / main).read_text() == wdl(f"{up}lib/t.wdl")


def test_two_files_that_differ_only_in_case_are_no_suggestion(files: Files, cli: Cli) -> None:
    folder = files({"main.wdl": wdl("lib/t.WDL"), "lib/t.wdl": TASK, "lib/T.wdl": TASK})
    if len(list((folder / "lib").iterdir())) == 2:
        found = cli("lint", folder / "main.wdl", "--format", "json", "--no-cache").json["diagnostics"]
        assert not [one for one in found if "local file" in one["hint"]]


def test_two_forms_of_an_accented_letter_are_one_name(files: Files, cli: Cli, lenient: None) -> None:
    folder = files({"main.wdl": wdl(NFC), NFD: TASK})
    assert "WDL050" not in cli("lint", folder, "--format", "json", "--no-cache").codes
    cli("package", folder, "-o", folder / "x.zip", "--no-lint")
    with zipfile.ZipFile(folder / "x.zip") as archive:
        assert sorted(archive.namelist()) == sorted([NFC, "main.wdl"])
