"""Directories and zips as one read-only tree."""

from __future__ import annotations

import os
import stat
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from packager.errors import PackagerError
from packager.source import DirectoryTree, UnreadableError, ZipTree, never_counts, normalise, open_directory

Files = Callable[[dict[str, str | bytes]], Path]


def codes(tree: DirectoryTree | ZipTree) -> list[tuple[str, str]]:
    return [(found.code, found.path) for found in tree.problems]


def test_what_never_counts_is_not_listed(files: Files) -> None:
    names = ["main.wdl", "sub/a.wdl", ".git/config", ".nextflow/x", ".nextflow.log", "work/ab/cd", ".venv/a.py",
             "node_modules/x/y.js", "__MACOSX/._main.wdl", ".DS_Store", "main.wdl~", ".main.wdl.swp", "._main.wdl"]  # fmt: skip
    tree = open_directory(files(dict.fromkeys(names, "x")), "source")
    assert list(tree.files) == ["main.wdl", "sub/a.wdl"]
    assert tree.problems == ()


def test_ignore_files_are_honoured_at_every_level(files: Files) -> None:
    folder = files(
        {
            ".gitignore": "*.log\n/build/\n!keep.log\n",
            "sub/.gitignore": "local.wdl\n",
            ".packagerignore": "scratch/\n",
            "a.log": "",
            "keep.log": "",
            "build/x.wdl": "",
            "sub/build/y.wdl": "",
            "sub/local.wdl": "",
            "local.wdl": "",
            "scratch/z.wdl": "",
        }
    )
    listed = [path for path in open_directory(folder, "s").files if not path.endswith("ignore")]
    assert listed == ["keep.log", "local.wdl", "sub/build/y.wdl"]


def test_the_repositorys_own_ignore_file_holds_below_its_root(files: Files) -> None:
    folder = files({"repo/.git/HEAD": "", "repo/.gitignore": "*.tmp\n/flows/out/\n", "repo/flows/.gitignore": "*.bak\n",
                    "repo/flows/a.wdl": "", "repo/flows/a.tmp": "", "repo/flows/out/b.wdl": "", "repo/flows/a.bak": ""})  # fmt: skip
    tree = open_directory(folder / "repo" / "flows", "flows")
    assert "a.wdl" in tree.files
    assert not {"a.tmp", "out/b.wdl", "a.bak"} & tree.files.keys()


def test_a_file_that_is_ignored_can_still_be_read_when_it_is_named(files: Files) -> None:
    tree = open_directory(files({".gitignore": "gen.wdl\n", "gen.wdl": "version 1.0"}), "s")
    assert "gen.wdl" not in tree.files
    assert tree.read("gen.wdl") == b"version 1.0"


def test_links(files: Files, tmp_path: Path) -> None:
    folder = files({"real/a.wdl": "a"})
    (tmp_path / "secret").write_text("no")
    (folder / "inside.wdl").symlink_to("real/a.wdl")
    (folder / "outside.wdl").symlink_to("../secret")
    (folder / "broken.wdl").symlink_to("nowhere")
    (folder / "self").symlink_to("self")
    (folder / "real" / "up").symlink_to("..", target_is_directory=True)
    tree = open_directory(folder, "s")
    assert [path for path in tree.files if "up" not in path] == ["inside.wdl", "real/a.wdl"]
    assert ("ZIP011", "outside.wdl") in codes(tree)
    assert ("ZIP011", "broken.wdl") in codes(tree)
    assert ("ZIP011", "self") in codes(tree)
    assert ("ZIP011", "real/up") in codes(tree)
    severities = {found.path: found.severity.value for found in tree.problems}
    assert (severities["real/up"], severities["self"]) == ("info", "warning")  # what contains the link is packaged
    assert tree.lookup("outside.wdl") is None
    with pytest.raises(UnreadableError):
        tree.read("outside.wdl")


def test_special_files_are_findings(files: Files) -> None:
    folder = files({"main.wdl": "x"})
    os.mkfifo(folder / "pipe.wdl")
    tree = open_directory(folder, "s")
    assert codes(tree) == [("ZIP013", "pipe.wdl")]
    assert tree.lookup("pipe.wdl") is None


def test_names_that_are_not_utf8(files: Files) -> None:
    folder = files({"main.wdl": "x"})
    (Path(os.fsdecode(os.fsencode(folder) + b"/caf\xe9.wdl"))).write_text("x")
    assert codes(open_directory(folder, "s")) == [("ZIP012", "caf\\udce9.wdl")]


def test_reading_is_bounded_and_says_why(files: Files) -> None:
    tree = open_directory(
        files({"big.wdl": b"x" * 100, "latin.wdl": b"caf\xe9", "bom.wdl": b"\xef\xbb\xbfversion"}), "s"
    )
    with pytest.raises(UnreadableError, match="longer"):
        tree.read("big.wdl", limit=10)
    with pytest.raises(UnreadableError, match="not UTF-8 at byte 3"):
        tree.text("latin.wdl")
    assert tree.text("bom.wdl") == "version"
    with pytest.raises(UnreadableError):
        tree.read("missing.wdl")
    assert len(tree.sha256("big.wdl")) == 64


def test_the_execute_bit_is_seen(files: Files) -> None:
    folder = files({"bin/run.sh": "x", "a.txt": "y"})
    (folder / "bin/run.sh").chmod(0o755)
    tree = open_directory(folder, "s")
    assert tree.files["bin/run.sh"].executable
    assert not tree.files["a.txt"].executable


def entry(name: str, mode: int = stat.S_IFREG | 0o644) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    return info


def test_a_zips_odd_entries_are_left_out_and_named(tmp_path: Path) -> None:
    path = tmp_path / "odd.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(entry("main.wdl"), "first")
        archive.writestr(entry("/etc/passwd"), "x")
        archive.writestr(entry("../up.wdl"), "x")
        archive.writestr(entry("a\\b.wdl"), "x")
        archive.writestr(entry("link.wdl", stat.S_IFLNK | 0o777), "main.wdl")
        archive.writestr(entry("__MACOSX/._main.wdl"), "x")
        with pytest.warns(UserWarning, match="Duplicate"):
            archive.writestr(entry("main.wdl"), "second")
    tree = ZipTree(path, "odd.zip")
    assert list(tree.files) == ["main.wdl"]
    assert tree.read("main.wdl") in (b"first", b"second")
    assert {path for _, path in codes(tree)} == {
        "/etc/passwd", "../up.wdl", "a\\b.wdl", "link.wdl", "__MACOSX/._main.wdl", "main.wdl",
    }  # fmt: skip
    assert {code for code, _ in codes(tree)} == {"ZIP012"}


def test_a_zip_bomb_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packager.source.zipped.MAX_ZIP_UNCOMPRESSED_BYTES", 1000)
    path = tmp_path / "bomb.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("main.wdl", b"\0" * 5000)
    with pytest.raises(PackagerError, match="unpacks to"):
        ZipTree(path, "bomb.zip")


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"PK\x05\x06" + b"\0" * 17, b"not a zip at all" * 50])
def test_what_is_no_zip_is_said_so(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    path.write_bytes(content)
    with pytest.raises(PackagerError, match="not a readable zip"):
        ZipTree(path, "x.zip")


def test_a_truncated_zip(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("main.wdl", "version 1.0\n" * 100)
    path.write_bytes(path.read_bytes()[:-30])
    with pytest.raises(PackagerError, match="not a readable zip"):
        ZipTree(path, "x.zip")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a/b", "a/b"),
        ("./a", "a"),
        ("a/../b", "b"),
        ("../a", None),
        ("a/../../b", None),
        ("/a", None),
        ("..", None),
        ("a\0b", None),
    ],
)
def test_normalise(path: str, expected: str | None) -> None:
    assert normalise(path) == expected


def test_never_counts_looks_at_whole_names() -> None:
    assert not never_counts("workflows/main.wdl")
    assert not never_counts("homework/main.wdl")
    assert never_counts("a/work/main.wdl")


def test_a_folder_that_cannot_be_listed(tmp_path: Path) -> None:
    with pytest.raises(PackagerError, match="cannot read the folder"):
        open_directory(tmp_path / "absent", "absent")


def test_git_and_we_agree_on_what_is_ignored(files: Files) -> None:
    """The real git is the oracle where it is installed, which the README asks for."""
    folder = files(
        {
            ".gitignore": "# c\n*.o\n!important.o\n/top\ndoc/*.txt\n**/deep\nname/\n\\#odd\nfoo[0-9]\n a\n",
            "x.o": "",
            "important.o": "",
            "top": "",
            "s/top": "",
            "doc/a.txt": "",
            "doc/s/a.txt": "",
            "q/deep/f": "",
            "name/f": "",
            "s/name": "",
            "#odd2": "",
            "foo1": "",
            "foox": "",
            "z.wdl": "",
        }
    )
    subprocess.run(["git", "init", "-q"], cwd=folder, check=True)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard", "-z"],
        cwd=folder,
        check=True,
        capture_output=True,
        text=True,
    )
    expected = {path for path in listed.stdout.split("\0") if path and not never_counts(path)}
    assert set(open_directory(folder, "s").files) == expected
