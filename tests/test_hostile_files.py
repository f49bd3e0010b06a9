"""Files, folders and zips that are made to block, to exhaust memory, to lead elsewhere, or to crash their reader."""

from __future__ import annotations

import bz2
import errno
import io
import json
import os
import random
import stat
import struct
import sys
import time
import tracemalloc
import warnings
import zipfile
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli, Result
from growth_support import alarm

from packager import files as packager_files
from packager.archive.plan import plan
from packager.archive.zip_layout import examine
from packager.cache import Cache
from packager.emulator.repositories import RepositoryError, check_reference, import_tree
from packager.errors import PackagerError
from packager.files import NotRegularError, OutsideError, TooLargeError, open_regular, read_named, read_regular
from packager.model.facts import ClosureFile, Engine, Role, Workflow
from packager.patterns.globs import matches_path_glob as matches
from packager.project import git
from packager.source import DirectoryTree, Refused, UnreadableError, ZipTree, open_directory
from packager.source.zipped import Refusal

Files = Callable[[dict[str, str | bytes]], Path]

WDL = "version 1.0\nworkflow w { input { Int n } output { Int o = n } }\n"
LARGE = 10 * 1024**3
LONG = "a" * 300
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no FIFOs, and links need a privilege there")


@pytest.fixture(autouse=True)
def _no_hang() -> Iterator[None]:
    with alarm(60):
        yield


def sparse(path: Path, size: int = LARGE) -> None:
    """A file of many bytes that takes no room; skipped where the file system has no such files."""
    try:
        with path.open("wb") as file:
            file.truncate(size)
    except OSError:
        pytest.skip("the file system has no large sparse files")
    if sys.platform == "win32" or path.stat().st_blocks * 512 > size // 2:
        path.unlink()
        pytest.skip("the file system has no sparse files")


def zipped(path: Path, entries: dict[str, str | bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    with zipfile.ZipFile(path, "w", method) as archive, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def patched(path: Path, mark: bytes, offset: int, value: bytes) -> Path:
    """A zip with other bytes in the first header that begins with `mark`."""
    content = bytearray(path.read_bytes())
    at = content.index(mark) + offset
    content[at : at + len(value)] = value
    path.write_bytes(content)
    return path


# --- one way to open a file ------------------------------------------------------------------------------------


@posix
def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "link").symlink_to("pipe")
    for path in (tmp_path / "pipe", tmp_path / "link", Path("/dev/zero")):
        with pytest.raises(NotRegularError):
            open_regular(path)
    with pytest.raises(IsADirectoryError):
        open_regular(tmp_path)
    for wrong in ("absent", "a\0b", LONG):
        with pytest.raises(OSError, match=r"(?i)no such|valid path|too long"):
            open_regular(tmp_path / wrong)


@posix
def test_a_link_must_stay_inside(tmp_path: Path) -> None:
    root = tmp_path.resolve() / "root"
    root.mkdir()
    (tmp_path / "secret").write_text("s")
    (root / "file").write_text("f")
    (root / "inside").symlink_to("file")
    (root / "outside").symlink_to("../secret")
    (root / "loop").symlink_to("loop")
    assert read_regular(root / "inside", 10, root=root) == b"f"
    with pytest.raises(OutsideError):
        read_regular(root / "outside", 10, root=root)
    with pytest.raises(OSError, match=r"(?i)valid path|levels of symbolic links|loop"):
        read_regular(root / "loop", 10, root=root)


def test_the_size_is_looked_at_before_the_content(tmp_path: Path) -> None:
    sparse(tmp_path / "large")
    for read in (read_regular, read_named):
        with pytest.raises(TooLargeError, match="larger than 1 MiB"):
            read(tmp_path / "large", 1024 * 1024)
    (tmp_path / "exact").write_bytes(b"x" * 10)
    assert read_regular(tmp_path / "exact", 10) == b"x" * 10
    with pytest.raises(TooLargeError, match="9 bytes"):
        read_regular(tmp_path / "exact", 9)


@posix
def test_what_the_user_names_can_be_a_pipe_but_not_endless(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.write(writing, b"{}")
    os.close(writing)
    try:
        assert read_named(Path(f"/dev/fd/{reading}"), 10) == b"{}"
    finally:
        os.close(reading)
    with pytest.raises(TooLargeError):
        read_named(Path("/dev/zero"), 3 * 1024 * 1024)
    with pytest.raises(OSError, match="valid path"):
        read_named(tmp_path / "a\0b", 10)


@posix
@pytest.mark.parametrize(
    "arguments",
    [
        ("lint", "PATH", "--baseline", "/dev/zero"),
        ("lint", "PATH", "--run-parameters", "/dev/zero"),
        ("inspect", "PATH", "--parameter-template", "/dev/zero"),
        ("template", "PATH", "--check", "/dev/zero"),
        ("map", "validate", "/dev/zero"),
        ("inputs", "PATH", "--check", "/dev/zero"),
        ("submit", "PATH", "--dry-run", "--cli-input", "/dev/zero"),
        ("submit", "PATH", "--dry-run", "--readme-markdown", "file:///dev/zero"),
    ],
    ids=" ".join,
)
def test_an_endless_file_that_is_named_is_too_large(cli: Cli, files: Files, arguments: tuple[str, ...]) -> None:
    path = files({"main.wdl": WDL})
    result = cli(*(str(path) if argument == "PATH" else argument for argument in arguments))
    assert result.code == 2
    assert "/dev/zero" in result.err
    assert "large" in result.err


# --- files that are found --------------------------------------------------------------------------------------


def special(path: Path, kind: str) -> None:
    """Something in the place of a file that must not be read to its end."""
    if kind == "fifo":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        sparse(path)


KINDS = ("fifo", "device", "sparse")


@posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [".gitignore", ".packagerignore", "sub/.gitignore"])
def test_ignore_files(cli: Cli, files: Files, name: str, kind: str) -> None:
    path = files({"main.nf": "workflow { }\n", "sub/a.txt": ""})
    special(path / name, kind)
    result = cli("lint", path, "--format", "json", "--fail-on", "never")
    assert result.code == 0
    shown = [found["path"] for found in result.json["diagnostics"] if found["code"] in ("ZIP011", "ZIP013")]
    assert shown == ([] if kind == "sparse" else [name])


@posix
@pytest.mark.parametrize("kind", KINDS)
def test_an_ignore_file_above_the_source(cli: Cli, files: Files, kind: str) -> None:
    path = files({".git/HEAD": "", "flow/main.nf": "workflow { }\n"})
    special(path / ".gitignore", kind)
    assert cli("inspect", path / "flow").code == 0


@posix
def test_an_ignore_file_outside_of_the_source_is_not_read(files: Files, tmp_path: Path) -> None:
    path = files({"main.wdl": WDL, "rules": "a.wdl\n", "a.wdl": WDL, "b.wdl": WDL})
    (tmp_path / "foreign").write_text("b.wdl\n")
    (path / ".gitignore").symlink_to("../foreign")
    (path / ".packagerignore").symlink_to("rules")
    listed = open_directory(path, "source").files
    assert "b.wdl" in listed
    assert "a.wdl" not in listed


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("*a" * 30 + "b", "a" * 255),
        ("**/a/" * 20 + "b", "a/" * 1000 + "c"),
        ("/**/a*a*a/" * 20 + "b", "aaaaaaaa/" * 200 + "c"),
        ("*?" * 20 + "b", "a" * 255),
    ],
)
def test_patterns_take_no_power_of_the_length(pattern: str, path: str, files: Files) -> None:
    from packager.source.ignore_files import IgnoreRules

    folder = files({".gitignore": f"{pattern}\n*.log\n"})
    rules = IgnoreRules().below(folder, "", {".gitignore"}, folder.resolve())
    assert not rules.ignore(path, directory=False)
    assert rules.ignore(f"{path}.log", directory=False)


def test_patterns_mean_what_they_mean_to_pathspec(files: Files) -> None:
    import pathspec

    from packager.source.ignore_files import IgnoreRules

    chance = random.Random(7)
    segments = ("a", "b", "*", "**", "*a", "a*b", "*a*b*", "?", "[ab]*a", "*b*a*b", "\\*", "[!a]*b*", "a b")
    names = ("a", "b", "ab", "aab", "abab", "ba", "bab", "a b")
    for _ in range(120):
        lines = [
            chance.choice(("", "", "!", "/")) + "/".join(chance.choices(segments, k=chance.randint(1, 5))) + chance.choice(("", "/"))
            for _ in range(3)
        ]  # fmt: skip
        folder = files({".gitignore": "\n".join(lines)})
        rules = IgnoreRules().below(folder, "", {".gitignore"}, folder.resolve())
        oracle = pathspec.GitIgnoreSpec.from_lines(lines)
        for _ in range(6):
            path = "/".join(chance.choices(names, k=chance.randint(1, 6)))
            for directory in (False, True):
                expected = bool(oracle.check_file(f"{path}/" if directory else path).include)
                assert rules.ignore(path, directory=directory) == expected, (lines, path)


def test_too_many_patterns_are_refused(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packager.source.directory._MAX_EFFORT", 10_000)
    path = files({".gitignore": "".join(f"*.{number}\n" for number in range(100)), "main.wdl": WDL})
    with pytest.raises(PackagerError, match="too many patterns"):
        _ = open_directory(path, "source").files


@posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    "name", ["parameter-template.json", "container-registry-map.json", "README.md", "packager.toml"]
)
def test_files_beside_main(cli: Cli, files: Files, name: str, kind: str) -> None:
    path = files({"main.wdl": WDL})
    special(path / name, kind)
    result = cli("submit", path, "--dry-run", "--name", "x", "--format", "json")
    if kind == "sparse" and name != "README.md":  # it would be used, and cannot be read
        assert result.code == 2
        assert name in result.err
        return
    assert result.code == 0
    if name != "packager.toml":  # which counts only where it is a file
        assert [name] == [
            found["path"] for found in result.json["diagnostics"] if found["path"] != "main.wdl" and found["path"]
        ]


@posix
@pytest.mark.parametrize("key", ["parameter-template", "container-registry-map", "readme-markdown"])
def test_the_configuration_names_no_special_file(
    cli: Cli, files: Files, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    scheme = "file://" if key == "readme-markdown" else ""
    path = files({"main.wdl": WDL, "packager.toml": f'[workflow.x]\npath = "."\n{key} = "{scheme}pipe"\n'})
    os.mkfifo(path / "pipe")
    monkeypatch.chdir(path)
    result = cli("submit", "--dry-run")
    assert result.code == 2
    assert "packager.toml:3: `" in result.err
    assert "not a regular file" in result.err


@posix
@pytest.mark.parametrize("kind", KINDS)
def test_the_description_beside_a_zip(cli: Cli, files: Files, kind: str) -> None:
    path = files({"main.wdl": WDL})
    assert cli("package", path, "--no-lint", "-o", path / "x.zip").code == 0
    (path / "x.zip.json").unlink()
    special(path / "x.zip.json", kind)
    result = cli("inspect", path / "x.zip")
    assert result.code == 2
    assert "x.zip.json" in result.err


def test_a_large_file_is_not_read_to_be_packaged(cli: Cli, files: Files) -> None:
    path = files({"main.nf": "workflow { }\n", "bin/tool": "x"})
    sparse(path / "bin" / "large")
    result = cli("lint", path, "--format", "json")
    assert result.code == 1
    assert ("ZIP010", "bin/large") in [(found["code"], found["path"]) for found in result.json["diagnostics"]]


def test_a_large_default_is_not_hashed(cli: Cli, files: Files) -> None:
    path = files(
        {
            "main.cwl": "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: cat\n"
            "inputs:\n  f:\n    type: File\n    default: {class: File, location: large.bin}\noutputs: []\n"
        }
    )
    sparse(path / "large.bin")
    result = cli("inspect", path)
    assert result.code == 0
    assert "large.bin" in result.out + result.err


def test_files_that_are_too_much_together(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packager.archive.plan.MAX_FILE_BYTES", 1000)
    path = files({"main.nf": "", **{f"{number}.bin": b"x" * 400 for number in range(9)}})
    names = ["main.nf", *(f"{number}.bin" for number in range(9))]
    flow = Workflow(
        engine=Engine.NEXTFLOW, main="main.nf", name="x", language_version="2",
        files=tuple(ClosureFile(name, Role.MAIN if name == "main.nf" else Role.DATA, "") for name in names),
    )  # fmt: skip
    made = plan(open_directory(path, "source"), flow)
    assert [entry.path for entry in made.entries] == ["0.bin", "1.bin", "main.nf"]
    (found,) = made.diagnostics
    assert (found.code, found.path) == ("ZIP010", "2.bin")
    assert found.message.endswith("`2.bin`, `3.bin`, `4.bin` and 4 more")


def test_a_definition_that_is_too_large_is_not_read(cli: Cli, files: Files) -> None:
    path = files({"main.wdl": WDL})
    sparse(path / "other.wdl")
    assert cli("inspect", path).code == 0
    result = cli("lint", path / "other.wdl", "--format", "json")
    assert result.code == 1
    assert "ZIP014" in result.codes


# --- folders ---------------------------------------------------------------------------------------------------


@posix
def test_folders_that_link_to_each_other(cli: Cli, files: Files) -> None:
    path = files({"main.nf": "workflow { }\n"})
    for number in range(9):
        (path / f"a{number}").mkdir()
        for other in set(range(9)) - {number}:
            (path / f"a{number}" / f"l{other}").symlink_to(f"../a{other}")
    result = cli("lint", path, "--format", "json", "--fail-on", "never")
    assert result.code == 0
    assert 0 < result.codes.count("ZIP011") < 10


@posix
def test_a_chain_of_folders_with_two_links_each(files: Files) -> None:
    path = files({"d22/a.txt": ""})
    for number in range(22):
        (path / f"d{number}").mkdir()
        for name in "xy":
            (path / f"d{number}" / name).symlink_to(f"../d{number + 1}")
    tree = open_directory(path, "source")
    assert "d22/a.txt" in tree.files
    assert "d20/x/y/a.txt" in tree.files
    assert {found.code for found in tree.problems} == {"ZIP011"}


@posix
def test_a_folder_that_many_link_to_is_listed_each_time(files: Files) -> None:
    path = files({"shared/deep/a.txt": ""})
    for number in range(1050):
        (path / f"m{number}").mkdir()
        (path / f"m{number}" / "shared").symlink_to("../shared")
    tree = open_directory(path, "source")
    assert len(tree.files) == 1051
    assert tree.problems == ()


@posix
def test_links_in_linked_folders_are_followed(files: Files) -> None:
    path = files({"lib/a.txt": "", "module/main.nf": ""})
    (path / "module" / "lib").symlink_to("../lib")
    (path / "again").symlink_to("module")
    assert {"again/lib/a.txt", "module/lib/a.txt", "again/main.nf"} <= open_directory(path, "source").files.keys()


def test_deep_folders(cli: Cli, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    path = files({"main.nf": "workflow { }\n"})
    monkeypatch.chdir(path)
    for _ in range(600):
        Path("d").mkdir()
        os.chdir("d")
    Path("a.txt").write_text("x")
    os.chdir(path)
    tree = open_directory(path, "source")
    name = "d/" * 600 + "a.txt"
    assert name in tree.files
    assert tree.read(name) == b"x"
    assert cli("lint", path, "--fail-on", "never").code == 0


@posix
def test_a_linked_folder_and_what_is_in_it_can_be_read(files: Files, tmp_path: Path) -> None:
    path = files({"lib/deep/a.txt": "a"})
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "b.txt").write_text("b")
    (path / "link").symlink_to("lib")
    (path / "out").symlink_to("../outside")
    (path / "lib" / "file").symlink_to("deep/a.txt")
    tree = open_directory(path, "source")
    assert [tree.read(name) for name in ("link/deep/a.txt", "lib/deep/a.txt", "link/file", "lib/../lib/file")] == [
        b"a"
    ] * 4
    with pytest.raises(UnreadableError):
        tree.read("out/b.txt")


@posix
def test_folders_and_problems_count_too(files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packager.source.directory.MAX_TREE_FILES", 50)
    path = files({"main.wdl": WDL})
    for number in range(60):
        (path / f"x{number}").symlink_to("nowhere")
    with pytest.raises(PackagerError, match="more than 50 files"):
        _ = open_directory(path, "source").files


@posix
def test_many_problems_of_a_kind_are_one_finding(files: Files) -> None:
    path = files({"main.wdl": WDL})
    for number in range(150):
        (path / f"x{number:03}").symlink_to("nowhere")
    (found,) = open_directory(path, "source").problems
    assert (found.code, found.path) == ("ZIP011", "x000")
    assert found.message == "the link is broken or loops: `x000`, `x001`, `x002` and 147 more"


# --- Git folders -----------------------------------------------------------------------------------------------

HEAD = "a" * 40


def dry_run(cli: Cli, path: Path) -> Result:
    return cli("submit", path, "--dry-run", "--name", "x", "--workflow-id", "1", "--format", "json")


@posix
@pytest.mark.parametrize("place", ["refs/tags", "refs"])
def test_a_link_out_of_the_git_folder_is_not_followed(cli: Cli, files: Files, tmp_path: Path, place: str) -> None:
    path = files({"main.wdl": WDL, ".git/HEAD": HEAD})
    elsewhere = tmp_path / "elsewhere"
    (elsewhere / "tags").mkdir(parents=True)
    (elsewhere / "v1.0").write_text(HEAD)
    (elsewhere / "tags" / "v1.0").write_text(HEAD)
    (path / ".git" / place).parent.mkdir(exist_ok=True)
    (path / ".git" / place).symlink_to(elsewhere)
    assert git.tags_at_head(path) == []
    assert dry_run(cli, path).code == 0


@posix
def test_a_whole_disk_as_tags(cli: Cli, files: Files) -> None:
    path = files({"main.wdl": WDL, ".git/HEAD": HEAD, ".git/refs/x": ""})
    (path / ".git" / "refs" / "tags").symlink_to("/")
    assert dry_run(cli, path).code == 0


@posix
@pytest.mark.parametrize("name", ["HEAD", "packed-refs", "commondir", "refs/tags/v1", "objects/ab/" + "c" * 38])
@pytest.mark.parametrize("kind", KINDS)
def test_special_files_in_the_git_folder(cli: Cli, files: Files, name: str, kind: str) -> None:
    path = files({"main.wdl": WDL, ".git/HEAD": HEAD, ".git/refs/tags/v2": "ab" + "c" * 38, ".git/objects/ab/x": ""})
    (path / ".git" / name).unlink(missing_ok=True)
    special(path / ".git" / name, kind)
    assert git.tags_at_head(path) == []
    assert dry_run(cli, path).code == 0


@posix
@pytest.mark.parametrize("text", [LONG, "/", "a\0b", "..", ".git"])
def test_a_git_file_that_names_nothing(cli: Cli, files: Files, text: str) -> None:
    path = files({"main.wdl": WDL, ".git": f"gitdir: {text}\n"})
    assert git.tags_at_head(path) == []
    assert dry_run(cli, path).code == 0


@posix
@pytest.mark.parametrize("target", [LONG, ".git", "nowhere", "/dev/zero"])
def test_a_git_link_that_leads_nowhere(cli: Cli, files: Files, target: str) -> None:
    path = files({"main.wdl": WDL})
    (path / ".git").symlink_to(target)
    assert cli("inspect", path).code == 0
    assert dry_run(cli, path).code == 0


def test_a_linked_work_tree_and_a_submodule_have_their_tags(files: Files) -> None:
    path = files(
        {
            "main/.git/HEAD": "ref: refs/heads/main\n",
            "main/.git/refs/tags/v1.0": HEAD,
            "main/.git/refs/tags/release/v2.0": HEAD,
            "main/.git/worktrees/w/HEAD": HEAD,
            "main/.git/worktrees/w/commondir": "../..\n",
            "work/.git": "gitdir: ../main/.git/worktrees/w\n",
            "main/.git/modules/s/HEAD": HEAD,
            "main/.git/modules/s/refs/tags/v3.0": HEAD,
            "main/sub/.git": "gitdir: ../.git/modules/s\n",
        }
    )
    assert git.tags_at_head(path / "work") == ["v1.0", "release/v2.0"]
    assert git.tags_at_head(path / "main" / "sub") == ["v3.0"]


@posix
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", [".git", ".git/packed-refs"])
def test_the_emulator_reads_a_repository_safely(files: Files, tmp_path: Path, name: str, kind: str) -> None:
    path = files({"main.wdl": WDL} if name == ".git" else {"main.wdl": WDL, ".git/HEAD": HEAD})
    special(path / name, kind)
    os.mkfifo(path / "pipe")
    with suppress(RepositoryError):
        check_reference(path, {"type": "TAG", "value": "v1"})
    import_tree(path, (), tmp_path / "x.zip")
    assert zipfile.ZipFile(tmp_path / "x.zip").namelist() == ["main.wdl"]


# --- what is written -------------------------------------------------------------------------------------------


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def umask() -> Iterator[Callable[[int], None]]:
    before = os.umask(0)
    os.umask(before)
    yield lambda value: (os.umask(value), None)[1]
    os.umask(before)


MAP = '{"registryMappings": [], "imageMappings": []}\n'


@posix
@pytest.mark.parametrize(("mask", "expected"), [(0o077, 0o600), (0o022, 0o644), (0o002, 0o664)])
def test_new_files_have_the_permissions_that_the_umask_leaves(
    cli: Cli, files: Files, umask: Callable[[int], None], mask: int, expected: int
) -> None:
    path = files({"main.wdl": WDL})
    made = path.parent
    umask(mask)
    assert cli("package", path, "--no-lint", "-o", made / "o.zip").code == 0
    cli("template", path, "-o", made / "t.json")
    cli("inputs", path, "-o", made / "i.json")
    cli("map", "generate", path, "-o", made / "m.json", "--account", "111122223333", "--region", "us-east-1")
    cli("lint", path, "--output", f"sarif={made / 'r.sarif'}")
    cli("lint", path, "--baseline", made / "b.json", "--write-baseline")
    names = ("o.zip", "o.zip.json", "t.json", "i.json", "m.json", "r.sarif", "b.json")
    assert {name: mode(made / name) for name in names} == dict.fromkeys(names, expected)


@posix
def test_what_is_replaced_keeps_its_permissions(cli: Cli, files: Files, umask: Callable[[int], None]) -> None:
    path = files({"main.wdl": WDL, "o.zip": "", "o.zip.json": "", "t.json": "{}"})
    umask(0o022)
    for name, before in (("o.zip", 0o600), ("o.zip.json", 0o640), ("t.json", 0o664)):
        (path / name).chmod(before)
    assert cli("package", path / "main.wdl", "--no-lint", "-o", path / "o.zip").code == 0
    assert cli("template", path / "main.wdl", "--update", path / "t.json").code == 0
    assert [mode(path / name) for name in ("o.zip", "o.zip.json", "t.json")] == [0o600, 0o640, 0o664]
    assert sorted(os.listdir(path)) == ["main.wdl", "o.zip", "o.zip.json", "t.json"]  # noqa: PTH208


def test_a_failure_leaves_the_old_file_alone(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("old")

    def interrupted() -> None:
        with packager_files.replacing(tmp_path / "x") as file:
            file.write(b"new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        interrupted()
    assert [path.name for path in tmp_path.iterdir()] == ["x"]
    assert (tmp_path / "x").read_text() == "old"


@posix
def test_a_link_that_is_named_stays(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("old")
    (tmp_path / "link").symlink_to("real")
    packager_files.write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "real").read_text() == "new"


@posix
def test_names_that_nobody_gave_lead_nowhere(cli: Cli, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    """A repository can have a link where a zip or its description is going to be written."""
    path = files({"main.wdl": WDL, "victim": "kept"})
    monkeypatch.chdir(path)
    for name in ("source.zip", "source.zip.json"):
        (path / name).symlink_to("victim")
    assert cli("package", ".", "--no-lint").code == 0
    assert (path / "victim").read_text() == "kept"
    assert zipfile.is_zipfile(path / "source.zip")
    for name in ("source.zip", "source.zip.json"):
        (path / name).unlink()
        os.mkfifo(path / name)
        result = cli("package", ".", "--no-lint")
        assert result.code == 2
        assert f"`{name}`: not a regular file" in result.err
        (path / name).unlink()


def test_names_that_are_too_long(cli: Cli, files: Files) -> None:
    path = files({"main.wdl": WDL})
    for arguments in (
        ("template", path, "--update", LONG),
        ("template", path, "-o", LONG),
        ("map", "generate", path, "-o", LONG, "--account", "111122223333", "--region", "us-east-1"),
        ("package", path, "--no-lint", "-o", LONG),
    ):
        result = cli(*arguments)
        assert result.code == 2, result.err


# --- zips ------------------------------------------------------------------------------------------------------


def test_the_number_of_entries_is_looked_at_before_the_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = zipped(tmp_path / "x.zip", {f"../{number}": "" for number in range(60)})
    monkeypatch.setattr("packager.source.zipped.MAX_TREE_FILES", 50)
    monkeypatch.setattr(zipfile.ZipFile, "__init__", None)
    with pytest.raises(PackagerError, match="more than 50 files"):
        ZipTree(path, "x.zip")


@pytest.mark.parametrize("number", [0, 1, 0xFFFF])
def test_an_end_record_that_lies_hides_no_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    path = zipped(tmp_path / "x.zip", {f"../{number}": "" for number in range(60)})
    patched(path, b"PK\x05\x06", 8, struct.pack("<2H", number, number))
    monkeypatch.setattr("packager.source.zipped.MAX_TREE_FILES", 50)
    with pytest.raises(PackagerError, match="more than 50 files"):
        ZipTree(path, "x.zip")


def test_a_large_directory_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    sparse(path, 1024**3)
    with path.open("r+b") as file:
        file.seek(0, io.SEEK_END)
        file.write(struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, 1, 1, 1024**3, 0, 0))
    with pytest.raises(PackagerError, match="not a readable zip"):
        ZipTree(path, "x.zip")
    sparse(path)
    with pytest.raises(PackagerError, match="larger than 2 GiB"):
        ZipTree(path, "x.zip")


def test_refused_entries_are_one_finding_for_each_kind(tmp_path: Path) -> None:
    entries: dict[str, str | bytes] = {"main.wdl": WDL, "/a": "", "/b": ""}
    path = zipped(tmp_path / "x.zip", entries | {f"../{number}": "" for number in range(2000)})
    tree = ZipTree(path, "x.zip")
    assert list(tree.files) == ["main.wdl"]
    assert [(found.code, found.path, found.message) for found in tree.problems] == [
        ("ZIP012", "../0", "the entry's path has `..`: `../0`, `../1`, `../2` and 1,997 more"),
        ("ZIP012", "/a", "the entry's path is absolute or not POSIX"),
        ("ZIP012", "/b", "the entry's path is absolute or not POSIX"),
    ]
    assert len(tree.refused) == 2002
    assert tree.refused[0] == Refused("/a", Refusal.ABSOLUTE)


def test_entries_without_a_name_and_names_that_mean_the_same(tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"?": "", ".": "", "main.wdl": WDL, "./main.wdl": "other"})
    content = path.read_bytes()
    at = content.index(b"PK\x01\x02")
    nameless = content[: at + 28] + b"\0\0" + content[at + 30 : at + 46] + content[at + 47 :]
    end = nameless.index(b"PK\x05\x06") + 12
    (size,) = struct.unpack_from("<L", nameless, end)
    path.write_bytes(nameless[:end] + struct.pack("<L", size - 1) + nameless[end + 4 :])
    tree = ZipTree(path, "x.zip")
    assert [entry.reason for entry in tree.refused] == [
        "the entry has no name", "the entry has no name", "the entry occurs more than once; the first is used",
    ]  # fmt: skip
    assert tree.text("main.wdl") == WDL


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_method_that_zipfile_writes_can_be_read(tmp_path: Path, method: int) -> None:
    content = random.Random(1).randbytes(3000) * 300
    path = zipped(tmp_path / "x.zip", {"main.wdl": WDL, "empty": b"", "data": content}, method)
    tree = ZipTree(path, "x.zip")
    assert tree.text("main.wdl") == WDL
    assert tree.read("empty") == b""
    assert b"".join(tree.chunks("data")) == content


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("size", [0, 10, 10_000_000])
def test_a_size_that_lies(tmp_path: Path, method: int, size: int) -> None:
    path = zipped(tmp_path / "x.zip", {"main.wdl": WDL * 100}, method)
    tree = ZipTree(patched(path, b"PK\x01\x02", 24, struct.pack("<L", size)), "x.zip")
    with pytest.raises(UnreadableError, match="damaged"):
        tree.read("main.wdl")


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
@pytest.mark.parametrize("content", ["", WDL, WDL * 10_000])
def test_a_checksum_that_is_wrong(tmp_path: Path, method: int, content: str) -> None:
    path = zipped(tmp_path / "x.zip", {"main.wdl": content}, method)
    tree = ZipTree(patched(path, b"PK\x01\x02", 16, b"\1\2\3\4"), "x.zip")
    with pytest.raises(UnreadableError, match="its checksum is wrong"):
        tree.read("main.wdl")


def test_little_that_stands_for_much_is_decoded_in_pieces(tmp_path: Path) -> None:
    """Some hundred bytes of bzip2 are 100 MB, whatever the directory says."""
    import tracemalloc

    coder = bz2.BZ2Compressor()
    packed = b"".join(coder.compress(bytes(1024 * 1024)) for _ in range(100)) + coder.flush()
    path = zipped(tmp_path / "x.zip", {"main.wdl": packed}, zipfile.ZIP_STORED)
    patched(path, b"PK\x01\x02", 10, struct.pack("<H", zipfile.ZIP_BZIP2))
    patched(path, b"PK\x03\x04", 8, struct.pack("<H", zipfile.ZIP_BZIP2))
    for size in (1000, 100 * 1024 * 1024):
        tree = ZipTree(patched(path, b"PK\x01\x02", 24, struct.pack("<L", size)), "x.zip")
        tracemalloc.start()
        try:
            with pytest.raises(UnreadableError):
                tree.read("main.wdl")
            if size > 1000:
                next(tree.chunks("main.wdl"))
            assert tracemalloc.get_traced_memory()[1] < 20_000_000
        finally:
            tracemalloc.stop()


UNREADABLE = {
    "checksum": (b"PK\x01\x02", 16, b"\1\2\3\4", "the entry is damaged: its checksum is wrong"),
    "encrypted": (b"PK\x01\x02", 8, b"\x01\x00", "the entry is encrypted"),
    "Deflate64": (b"PK\x01\x02", 10, b"\x09\x00", "its compression method (Deflate64) is not supported"),
    "number 77": (b"PK\x01\x02", 10, b"\x4d\x00", "its compression method (number 77) is not supported"),
    "name": (b"PK\x03\x04", 30, b"n", "the entry is damaged"),
    "not UTF-8": (b"PK\x03\x04", 6, b"\x00\x08\x00\x00\x00\x00\x00\x00", "the entry is damaged"),
    "header": (b"PK\x03\x04", 0, b"XX", "the entry is damaged"),
    "offset": (b"PK\x01\x02", 42, b"\xf0\xff\xff\x00", "the entry is damaged"),
    "LZMA": (b"PK\x01\x02", 10, b"\x0e\x00", "its compression method (LZMA with these settings) is not supported"),
}


@pytest.mark.parametrize("kind", UNREADABLE)
def test_a_main_that_cannot_be_read_is_named_with_the_reason(cli: Cli, tmp_path: Path, kind: str) -> None:
    mark, offset, value, reason = UNREADABLE[kind]
    path = patched(zipped(tmp_path / "x.zip", {"main.wdl": WDL}), mark, offset, value)
    if kind == "not UTF-8":
        patched(path, b"PK\x03\x04", 30, b"\xff\xfe")
    for command in ("inspect", "lint"):
        result = cli(command, path)
        assert result.code == 2
        assert f"`main.wdl` ({reason})" in result.err
        assert "holds no workflow definition" not in result.err


def test_another_entry_that_cannot_be_read_is_a_finding(cli: Cli, tmp_path: Path) -> None:
    path = patched(zipped(tmp_path / "x.zip", {"data.txt": "d", "main.wdl": WDL}), b"PK\x01\x02", 16, b"\1\2\3\4")
    result = cli("lint", path, "--format", "json")
    assert result.code == 1
    assert ("ZIP010", f"{path}/data.txt") in [(found["code"], found["path"]) for found in result.json["diagnostics"]]


def mutated(chance: random.Random, content: bytes) -> bytes:
    """A zip with a few bytes changed, mostly in its headers."""
    changed = bytearray(content)
    for _ in range(chance.choice((1, 1, 2, 4))):
        at = chance.randrange(len(changed))
        marks = [place for place in range(len(changed)) if changed.startswith(b"PK", place)]
        if marks and chance.random() < 0.6:
            at = min(len(changed) - 1, chance.choice(marks) + chance.randrange(2, 60))
        kind = chance.random()
        if kind < 0.75:
            changed[at] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        elif kind < 0.85:
            del changed[at : at + chance.randrange(1, 30)]
        else:
            changed[at:at] = chance.randbytes(chance.randrange(1, 10))
        changed = changed or bytearray(b"x")
    return bytes(changed)


def test_mutated_zips_never_crash(tmp_path: Path) -> None:
    chance = random.Random(20)
    sources = []
    for method in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        path = zipped(tmp_path / "source.zip", {"main.wdl": WDL, "d/é.wdl": WDL, "x/": "", "big": bytes(9000)}, method)
        sources.append(path.read_bytes())
    path = tmp_path / "x.zip"
    for _ in range(600):
        path.write_bytes(mutated(chance, chance.choice(sources)))
        with suppress(PackagerError):
            tree = ZipTree(path, "x.zip")
            assert {found.code for found in tree.problems} <= {"ZIP012"}
            for name in tree.files:
                with suppress(UnreadableError):
                    tree.read(name)


# --- races -----------------------------------------------------------------------------------------------------


@posix
def test_a_file_that_becomes_something_else_is_not_read(files: Files, tmp_path: Path) -> None:
    path = files({"main.wdl": WDL, "a.wdl": WDL, "b.wdl": WDL})
    (tmp_path / "secret").write_text("s")
    tree = DirectoryTree(path, "source")
    assert {"a.wdl", "b.wdl"} <= tree.files.keys()
    (path / "a.wdl").unlink()
    os.mkfifo(path / "a.wdl")
    (path / "b.wdl").unlink()
    (path / "b.wdl").symlink_to("../secret")
    for name in ("a.wdl", "b.wdl"):
        with pytest.raises(UnreadableError):
            tree.read(name)


@posix
@pytest.mark.parametrize("target", ["../out", ".git"])
def test_a_folder_that_becomes_a_link_is_not_passed(target: str, files: Files, tmp_path: Path) -> None:
    path = files({"d/e/a.wdl": WDL, "d/e/b.wdl": WDL, ".git/e/b.wdl": "token"})
    (path.parent / "out/e").mkdir(parents=True)
    (path.parent / "out/e/b.wdl").write_text("token")
    tree = DirectoryTree(path, "source")
    assert tree.read("d/e/a.wdl") == WDL.encode()  # the folders are known now
    (path / "d").rename(path / "before")
    (path / "d").symlink_to(target)
    with pytest.raises(UnreadableError):
        tree.read("d/e/b.wdl")


@posix
def test_a_file_that_becomes_a_link_to_gits_own_is_not_read(files: Files) -> None:
    path = files({"a.wdl": WDL, ".git/config": "token"})
    tree = DirectoryTree(path, "source")
    assert "a.wdl" in tree.files
    (path / "a.wdl").unlink()
    (path / "a.wdl").symlink_to(".git/config")
    with pytest.raises(UnreadableError, match=r"leads into `\.git`"):
        tree.read("a.wdl")


def test_a_large_file_that_changes_between_two_looks_is_not_read_again(files: Files) -> None:
    path = files({"a.wdl": b"a" * 3 * 1024**2})
    tree = DirectoryTree(path, "source")
    first = tree.sha256("a.wdl")
    (path / "a.wdl").write_bytes(b"b" * 3 * 1024**2)
    with pytest.raises(UnreadableError, match="changed while it was read"):
        tree.read("a.wdl")
    assert tree.sha256("a.wdl") == first


# --- great numbers -------------------------------------------------------------------------------------------------


def test_patterns_of_a_configuration_are_bounded(files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = files({"main.wdl": WDL, "x.txt": ""})
    monkeypatch.setattr("packager.archive.plan._MAX_EFFORT", 100)
    many = ", ".join(f'"a{number}"' for number in range(101))
    for text, words in (
        (f"[workflow.x]\npath = '.'\nexclude = [{many}]\n", "101 patterns of `--include` and `--exclude`"),
        (f"[workflow.x]\npath = '.'\ninclude = ['{'*' * 5000}']\n", "longer than any path"),
        ("[lint.per-path-ignores]\n" + "".join(f"a{number} = ['WDL']\n" for number in range(1001)), "1,000 patterns"),
    ):
        (folder / "packager.toml").write_text(text)
        refused = cli("lint", folder)
        assert refused.code == 2
        assert words in refused.err
    (folder / "packager.toml").write_text("[workflow.x]\npath = '.'\ninclude = ['x.txt']\nexclude = ['b', 'c']\n")
    assert cli("lint", folder, "--fail-on", "never").code == 0


@pytest.mark.parametrize("piece", ["**/", "*", "**", "*a", "?", "**/*"])
def test_a_pattern_of_many_stars_takes_no_time(piece: str) -> None:
    assert not matches(piece * 100_000, "a/b/c/main.wdl") or set(piece) <= {"*", "/"}


def test_names_of_a_zip_are_compared_in_linear_time(tmp_path: Path) -> None:
    """With each name compared with every other one, a minute would not be enough."""
    path = tmp_path / "x.zip"
    names = [f"d/{number}" for number in range(30_000)]
    with zipfile.ZipFile(path, "w") as archive:
        for name in [*names, "a/" * 1000 + "x", "f", "f/x", "f.x"]:
            archive.writestr(zipfile.ZipInfo(name), b"")
    with path.open("rb") as file:
        layout = examine(file, ())
    assert [fault.path for fault in layout.faults] == ["f/x"]


def test_packed_references_take_little_memory(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git/HEAD").write_text("ref: refs/heads/x")
    commit, other = "a" * 40, "b" * 40
    text = f"{commit} refs/heads/x\r\n{other} refs/tags/v1\n^{commit}\n" + "x\n" * 100_000
    (tmp_path / ".git/packed-refs").write_text(text, newline="")
    tracemalloc.start()
    try:
        assert git.tags_at_head(tmp_path) == ["v1"]
        assert tracemalloc.get_traced_memory()[1] < 10 * len(text)
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "members", [{"readme": 1}, {"readme": {}}, {"storageType": []}, {"storageCapacity": True}, {"storageCapacity": 1.5}]
)
def test_a_description_of_a_package_with_members_of_other_types(
    members: dict[str, object], files: Files, cli: Cli, tmp_path: Path
) -> None:
    zip_path = tmp_path / "x.zip"
    assert cli("package", files({"main.wdl": WDL}) / "main.wdl", "--no-lint", "-o", zip_path).code == 0
    description = zip_path.with_name("x.zip.json")
    description.write_text(json.dumps(json.loads(description.read_text()) | members))
    refused = cli("submit", zip_path, "--dry-run")
    assert refused.code == 2
    assert "is not a package description" in refused.err


@posix
def test_a_cache_does_not_remove_what_it_links_to(tmp_path: Path) -> None:
    (tmp_path / "mine/ab").mkdir(parents=True)
    (tmp_path / "mine/ab/old.json").write_text("{}")
    (tmp_path / "cache/kind").mkdir(parents=True)
    (tmp_path / "cache/linked").symlink_to("../mine")
    (tmp_path / "cache/kind/ab").symlink_to("../../mine/ab")
    Cache(tmp_path / "cache").prune(time.time() + 100 * 24 * 3600)
    assert (tmp_path / "mine/ab/old.json").exists()


def test_names_that_differ_only_in_how_they_are_encoded(tmp_path: Path) -> None:
    """Not on disk: some file systems take them for one."""
    path = zipped(tmp_path / "x.zip", {"main.wdl": WDL, "e\u0301.txt": "", "\u00e9.txt": "", "A": "", "a": ""})
    workflow = Workflow(
        engine=Engine.WDL,
        main="main.wdl",
        name="w",
        language_version="1.0",
        files=(ClosureFile("main.wdl", Role.MAIN, ""),),
    )
    found = [one.message for one in plan(ZipTree(path, "x.zip"), workflow).diagnostics if one.code == "ZIP017"]
    assert found == [
        "differs from `A` only in case",
        "differs from `e\u0301.txt` only in Unicode normalization",
    ]


def test_what_is_left_out_of_a_zip_is_said(cli: Cli, tmp_path: Path) -> None:
    path = zipped(tmp_path / "x.zip", {"main.wdl": WDL, "work/data.txt": "x", "notes.txt~": "x"})
    sent = cli("submit", path, "--dry-run", "--no-lint", "--format", "json")
    assert sent.code == 0
    found = cli("lint", path, "--format", "json").json["diagnostics"]
    left = [one for one in found if one["message"].startswith("not included unless a definition refers to it")]
    assert [(one["path"], one["severity"]) for one in left] == [
        (f"{path}/notes.txt~", "info"),
        (f"{path}/work/data.txt", "info"),
    ]


def test_an_ignore_file_that_is_read_in_part_is_reported(tmp_path: Path) -> None:
    (tmp_path / "main.nf").write_text("workflow { }\n")
    (tmp_path / ".gitignore").write_text("*.log\n" + "# filler\n" * 150_000)
    tree = open_directory(tmp_path, "x")
    assert "main.nf" in tree.files
    assert [(found.code, found.path, found.severity.value) for found in tree.problems] == [
        ("ZIP010", ".gitignore", "warning")
    ]


UNREADABLE_PARTS = {
    "wdl": ("main.wdl", 'version 1.0\nimport "part.wdl" as p\nworkflow w { call p.part }\n', "part.wdl"),
    "nextflow": ("main.nf", "include { PART } from './part.nf'\nworkflow { PART() }\n", "part.nf"),
    "nextflow config": ("main.nf", "workflow { }\n", "nextflow.config"),
    "cwl": (
        "main.cwl",
        "cwlVersion: v1.2\nclass: Workflow\ninputs: []\noutputs: []\nsteps: {s: {run: part.cwl, in: [], out: []}}\n",
        "part.cwl",
    ),
}


@pytest.mark.parametrize("engine", UNREADABLE_PARTS)
def test_a_part_that_cannot_be_read_is_one_finding(
    engine: str, files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    main, text, part = UNREADABLE_PARTS[engine]
    root = files({main: text, part: "x"})
    _forbid(part, monkeypatch)
    found = cli("lint", root, "--no-cache", "--format", "json").json["diagnostics"]
    assert [one["code"] for one in found if Path(one["path"]).name == part] == ["ZIP010"]


def test_an_ignore_file_that_cannot_be_read_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "main.nf").write_text("workflow { }\n")
    (tmp_path / ".gitignore").write_text("*.log\n")
    _forbid(".gitignore", monkeypatch)
    tree = open_directory(tmp_path, "x")
    assert "main.nf" in tree.files
    assert [(found.path, found.severity.value, found.message) for found in tree.problems] == [
        (".gitignore", "warning", "cannot read the ignore file: permission denied")
    ]


def _forbid(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let nobody open a file, root neither."""

    def refuse(path: str | Path, **options: Any) -> Any:
        if Path(path).name == name:
            raise PermissionError(errno.EACCES, "permission denied")
        return open_regular(path, **options)

    monkeypatch.setattr("packager.source.directory.open_regular", refuse)


MAINS = {
    "wdl": ("wdl", "version 1.0\nworkflow w { }\n"),
    "nextflow": ("nf", "workflow { }\n"),
    "cwl": ("cwl", "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: 'true'\ninputs: []\noutputs: []\n"),
}


@pytest.mark.parametrize("engine", MAINS)
def test_no_other_workflow_replaces_a_main_that_cannot_be_read(
    engine: str, files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    suffix, text = MAINS[engine]
    root = files({f"main.{suffix}": text, f"other.{suffix}": text})
    _forbid(f"main.{suffix}", monkeypatch)
    found = cli("lint", root, "--no-cache", "--format", "json").json["diagnostics"]
    assert [(one["code"], Path(one["path"]).name) for one in found if one["severity"] == "error"] == [
        ("ZIP010", f"main.{suffix}")
    ]
    assert {Path(one["path"]).name for one in found} == {f"main.{suffix}"}
    assert not {"ZIP004", "NXF010", "NXF018"} & {one["code"] for one in found}


@pytest.mark.parametrize("engine", ["wdl", "cwl"])
def test_a_workflow_that_cannot_be_read_is_one_of_several(
    engine: str, files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    suffix, text = MAINS[engine]
    root = files({f"one.{suffix}": text, f"two.{suffix}": text})
    _forbid(f"two.{suffix}", monkeypatch)
    result = cli("lint", root, "--no-cache")
    assert result.code == 1
    assert f"two.{suffix}: error ZIP010 cannot read the file: permission denied" in result.out
    assert f"two.{suffix}" in cli("list", root).out


def test_a_part_of_a_pipeline_that_cannot_be_read_is_not_its_main(
    files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = "manifest { mainScript = 'start.nf' }\n"
    root = files({"start.nf": "workflow { }\n", "spare.nf": "workflow { }\n", "nextflow.config": config})
    _forbid("spare.nf", monkeypatch)
    result = cli("inspect", root, "--no-cache", "--format", "json")
    assert result.json["main"] == "start.nf"


def test_a_schema_that_cannot_be_read_is_one_finding(files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    root = files({"main.nf": "workflow { }\n", "nextflow_schema.json": "{}"})
    _forbid("nextflow_schema.json", monkeypatch)
    found = cli("lint", root, "--no-cache", "--format", "json").json["diagnostics"]
    assert [one["code"] for one in found if Path(one["path"]).name == "nextflow_schema.json"] == ["ZIP010"]


@pytest.mark.parametrize("name", ["container-registry-map.json", "parameter-template.json"])
def test_a_file_next_to_main_that_cannot_be_read_is_named_with_its_folder(
    name: str, files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = files({"flow/main.wdl": MAINS["wdl"][1], f"flow/{name}": "{}"})
    _forbid(name, monkeypatch)
    monkeypatch.chdir(root)
    result = cli("lint", "flow", "--no-cache")
    assert (result.code, f"cannot read `flow/{name}`: permission denied" in result.err) == (2, True)


@pytest.mark.parametrize("name", [".gitignore", ".packagerignore"])
@pytest.mark.parametrize("engine", MAINS)
def test_lint_reports_an_ignore_file_that_cannot_be_read(
    name: str, engine: str, files: Files, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    suffix, text = MAINS[engine]
    root = files({f"main.{suffix}": text, name: "*.log\n"})
    _forbid(name, monkeypatch)
    found = cli("lint", root, "--no-cache", "--format", "json").json["diagnostics"]
    assert [(one["code"], one["severity"]) for one in found if Path(one["path"]).name == name] == [
        ("ZIP010", "warning")
    ]
