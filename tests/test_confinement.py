"""A process that is confined to places reads and writes nothing elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from examples import CORRECT

from packager.app.load import load
from packager.app.options import LoadOptions
from packager.confinement import confine, may_use
from packager.errors import PackagerError
from packager.files import open_regular, read_named, read_regular, replacing, write
from packager.project import config, git
from packager.replacement import replace_together
from packager.source import open_directory
from packager.source.boundaries import boundary, is_too_high


@pytest.fixture
def inside(tmp_path: Path) -> Iterator[Path]:
    """The only folder that may be used, in a repository with a configuration."""
    (tmp_path / ".git").mkdir()
    (tmp_path / "packager.toml").write_text("")
    (tmp_path / "outside.txt").write_text("secret")
    folder = tmp_path / "inside"
    folder.mkdir()
    (folder / "file.txt").write_text("text")
    (folder / "link.txt").symlink_to(tmp_path / "outside.txt")
    (folder / "up").symlink_to(tmp_path)
    confine([folder])
    yield folder
    confine(None)


@pytest.mark.parametrize("name", ["../outside.txt", "link.txt", "up/outside.txt", "/etc/hostname"])
@pytest.mark.parametrize(
    "use",
    [
        lambda path: read_named(path, 100),
        lambda path: read_regular(path, 100),
        open_regular,
        lambda path: write(path, b"x"),
        lambda path: replace_together(path.resolve().parent, [(path.resolve().name, b"x")]),
    ],
)
def test_files_elsewhere_are_not_opened(use: Callable[[Path], object], name: str, inside: Path) -> None:
    with pytest.raises((OSError, PackagerError), match="outside of the folders that may be used"):
        use(inside / name)
    assert (inside.parent / "outside.txt").read_text() == "secret"


def test_files_inside_are_used(inside: Path) -> None:
    assert read_named(inside / "file.txt", 100) == b"text"
    write(inside / "new.txt", b"new")
    with replacing(inside / "new.txt") as file:
        file.write(b"newer")
    assert read_regular(inside / "new.txt", 100) == b"newer"
    assert may_use(inside)
    assert not may_use(f"{inside}-next-to-it")
    assert not may_use("\0")


def test_nothing_is_looked_for_above(inside: Path) -> None:
    assert is_too_high(inside.parent)
    assert boundary(inside) == inside
    assert config.find(inside) is None
    assert git.repository_root(inside) is None
    with pytest.raises(PackagerError, match="outside of the folders"):
        open_directory(inside / "up", "up")


def test_ignore_files_above_do_not_count(tmp_path: Path, inside: Path) -> None:
    (tmp_path / ".gitignore").write_text("*.txt\n")
    (inside / "main.wdl").write_text(CORRECT["main.wdl"])
    loaded = load(str(inside), LoadOptions())
    assert {"main.wdl", "file.txt"} <= set(loaded.tree.files)
