"""`packager vendor` that is killed, interrupted, or runs out of disk at any step: nothing is half done, and a second run completes."""

from __future__ import annotations

import errno
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from conftest import Cli
from https_support import Web
from samples import sampled

from packager.cli import main
from packager.errors import PackagerError
from packager.replacement import STAGING, complete, replace_together

FILES = "https://files.example.org"
TASK = b"version 1.0\ntask t { command {} }\n"
MAIN = b'version 1.0\nimport "%s/a.wdl"\nworkflow w {}\n' % FILES.encode()
# What a process can do to files, as Python reports it to audit hooks before it happens.
STEPS = {"open", "os.rename", "os.mkdir", "os.remove", "os.rmdir", "os.chmod"}


class Faults:
    """Something bad that happens at one step of writing."""

    def __init__(self) -> None:
        self.strike: Callable[[str], None] | None = None
        self.left = 0
        sys.addaudithook(self._hook)  # it can never be removed

    def _hook(self, event: str, details: tuple[Any, ...]) -> None:
        if self.strike is None or event not in STEPS or threading.current_thread() is not threading.main_thread():
            return
        if event == "open" and not (isinstance(details[2], int) and details[2] & (os.O_WRONLY | os.O_RDWR)):
            return
        self.left -= 1
        if self.left == 0:
            self.strike(event)

    @contextmanager
    def at(self, step: int, strike: Callable[[str], None]) -> Iterator[None]:
        """Strike at a step, which is counted from 1."""
        self.strike, self.left = strike, step
        try:
            yield
        finally:
            self.strike = None


FAULTS = Faults()


def interrupt(_: str) -> None:
    raise KeyboardInterrupt


def fill_disk(event: str) -> None:
    if event in ("open", "os.rename", "os.mkdir"):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def content(folder: Path) -> dict[str, bytes]:
    """The files of the repository, without what only the next run needs."""
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {
        name: path.read_bytes()
        for path in paths
        if not (name := path.relative_to(folder).as_posix()).startswith(STAGING)
    }


def restore(folder: Path, files: dict[str, bytes]) -> None:
    """Make the files of a folder these ones."""
    for name in content(folder):
        if name not in files:
            (folder / name).unlink()
            with suppress(OSError):
                (folder / name).parent.rmdir()
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)


def every_step(run: Callable[[int], bool], stride: int = 1) -> None:
    """Run with a fault at the first step and later ones, until the fault comes too late."""
    step = 1
    while run(step):
        step += stride
        assert step < 200
    assert step > 20


def killed(action: Callable[[], object], step: int) -> bool:
    """Whether a process that does something was killed at a step, before it was done."""
    child = os.fork()
    if child == 0:
        with FAULTS.at(step, kill):
            action()
        os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])


BEFORE = {"main.wdl": b"old", "vendor/a.wdl": b"a", "vendor/gone/c.wdl": b"c"}
CHANGES = [("vendor/new/b.wdl", b"b"), ("vendor/a.wdl", b"A"), ("main.wdl", b"new"), ("vendor/gone/c.wdl", None)]
AFTER = {"main.wdl": b"new", "vendor/a.wdl": b"A", "vendor/new/b.wdl": b"b"}


@pytest.mark.parametrize("stride", sampled([1, 7], [7]))
@pytest.mark.parametrize("fault", [interrupt, fill_disk])
def test_a_fault_at_any_step_of_writing_leaves_all_or_nothing(
    tmp_path: Path, fault: Callable[[str], None], stride: int
) -> None:
    def run(step: int) -> bool:
        restore(tmp_path, BEFORE)
        failed = False
        with FAULTS.at(step, fault):
            try:
                replace_together(tmp_path, CHANGES)
            except (PackagerError, KeyboardInterrupt):
                failed = True
        now = content(tmp_path)
        assert now in ((BEFORE, AFTER) if failed else (AFTER,))
        if now == BEFORE:
            assert not (tmp_path / STAGING).exists()
        return FAULTS.left <= 0

    every_step(run, stride)


@pytest.mark.parametrize("stride", sampled([1, 7], [7]))
@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes of the same code")
@pytest.mark.filterwarnings(
    "ignore::DeprecationWarning"
)  # a fork beside threads of other tests, which the child does not use
def test_a_change_that_was_killed_at_any_step_is_completed_or_was_not_begun(tmp_path: Path, stride: int) -> None:
    def run(step: int) -> bool:
        restore(tmp_path, BEFORE)
        was_killed = killed(lambda: replace_together(tmp_path, CHANGES), step)
        now = content(tmp_path)
        assert all(data in (BEFORE.get(name), AFTER.get(name)) for name, data in now.items())
        assert now["main.wdl"] == b"old" or now["vendor/new/b.wdl"] == b"b"
        if not was_killed:
            assert now == AFTER
        assert complete(tmp_path, lambda _: True) == []
        assert content(tmp_path) in ((AFTER,) if now != BEFORE else (BEFORE, AFTER))
        assert not (tmp_path / STAGING).exists()
        return was_killed

    every_step(run, stride)


@pytest.fixture
def scenario(tmp_path: Path, web: Web, cli: Cli) -> tuple[tuple[str, ...], dict[str, bytes], dict[str, bytes]]:
    """The arguments of a command that adds, replaces and deletes copies, and the files before and after."""
    (tmp_path / "packager.toml").touch()
    (tmp_path / "main.wdl").write_bytes(MAIN)
    web.serve(f"{FILES}/a.wdl", b'version 1.0\nimport "b.wdl"\n')
    web.serve(f"{FILES}/b.wdl", TASK)
    options = ("--ca-file", str(web.ca_file), "--allow-host", "files.example.org")
    arguments = ("vendor", str(tmp_path), *options)
    assert cli(*arguments).code == 0
    before = content(tmp_path)
    web.serve(f"{FILES}/a.wdl", b'version 1.0\nimport "c/d.wdl"\n')
    web.serve(f"{FILES}/c/d.wdl", TASK)
    assert cli(*arguments, "--update").code == 0
    after = content(tmp_path)
    assert set(before) ^ set(after) == {"vendor/files.example.org/b.wdl", "vendor/files.example.org/c/d.wdl"}
    return (*arguments, "--update"), before, after


def test_an_interrupted_command_changes_nothing(scenario: Any, cli: Cli, tmp_path: Path) -> None:
    arguments, before, after = scenario

    def run(step: int) -> bool:
        restore(tmp_path, before)
        fault, code = ((interrupt, 130), (fill_disk, 2))[step % 2]
        with FAULTS.at(step, fault):
            result = cli(*arguments)
        now = content(tmp_path)
        assert now in (before, after)
        if now == before:
            assert (result.code, (tmp_path / STAGING).exists()) == (code, False)
        return FAULTS.left <= 0

    every_step(run, 11)
    assert (cli(*arguments).code, content(tmp_path)) == (0, after)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that share the server")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
@pytest.mark.parametrize("stride", sampled([10, 35], [35]))
def test_a_killed_command_is_completed_by_the_next(scenario: Any, cli: Cli, tmp_path: Path, stride: int) -> None:
    arguments, before, after = scenario

    def run(step: int) -> bool:
        restore(tmp_path, before)
        was_killed = killed(lambda: main(list(arguments)), step)
        assert (cli(*arguments).code, content(tmp_path)) == (0, after)
        assert not (tmp_path / STAGING).exists()
        return was_killed

    every_step(run, stride)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that share the server")
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_what_was_changed_after_a_crash_is_kept(tmp_path: Path, web: Web, cli: Cli) -> None:
    (tmp_path / "packager.toml").touch()
    (tmp_path / "main.wdl").write_bytes(MAIN)
    (tmp_path / "other.wdl").write_bytes(MAIN)
    web.serve(f"{FILES}/a.wdl", TASK)
    arguments = ("vendor", str(tmp_path), "--ca-file", str(web.ca_file), "--allow-host", "files.example.org")
    step = 8
    while not (tmp_path / STAGING / "journal.json").exists():
        assert killed(lambda: main(list(arguments)), step)
        step += 4
    for options in (("--locked",), ("--check",), ("--diff",)):
        assert "an earlier `packager vendor` was interrupted" in cli(*arguments, *options).err
    mine = MAIN.replace(b"workflow w", b"workflow mine")
    (tmp_path / "main.wdl").write_bytes(mine)
    result = cli(*arguments)
    assert result.code == 0
    assert "`main.wdl` was changed after an interrupted `packager vendor`: the file is kept" in result.err
    assert (tmp_path / "main.wdl").read_bytes() == mine.replace(FILES.encode(), b"vendor/files.example.org")
    assert (tmp_path / "other.wdl").read_bytes() == MAIN.replace(FILES.encode(), b"vendor/files.example.org")


@pytest.mark.parametrize("path", ["../x.wdl", ".git/hooks/x.wdl", "/tmp/x.wdl", "x.sh", "a/../x.wdl", "out/x.wdl"])
def test_a_journal_from_elsewhere_changes_nothing(tmp_path: Path, cli: Cli, path: str) -> None:
    repository = tmp_path / "repository"
    (repository / STAGING).mkdir(parents=True)
    (repository / "packager.toml").touch()
    (repository / "main.wdl").write_bytes(TASK)
    (tmp_path / "elsewhere").mkdir()
    (repository / "out").symlink_to(tmp_path / "elsewhere")
    (repository / STAGING / "0.new").write_bytes(b"")
    digest = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    journal = f'[{{"path": "{path}", "before": null, "after": "{digest}"}}]'
    (repository / STAGING / "journal.json").write_text(journal)
    result = cli("vendor", repository)
    assert result.code == 2
    assert f"delete the folder `{STAGING}`" in result.err
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("journal", ["", "{}", "[1]", '[{"path": 1}]', "[" * 100_000])
def test_a_journal_that_cannot_be_read(tmp_path: Path, cli: Cli, journal: str) -> None:
    (tmp_path / STAGING).mkdir()
    (tmp_path / "packager.toml").touch()
    (tmp_path / STAGING / "journal.json").write_text(journal)
    result = cli("vendor", tmp_path)
    assert result.code in (0, 2)
    assert result.code == 0 or f"delete the folder `{STAGING}`" in result.err


def test_links_in_place_of_the_own_files_are_not_followed(tmp_path: Path, cli: Cli, web: Web) -> None:
    repository = tmp_path / "repository"
    (repository / STAGING).mkdir(parents=True)
    (repository / "packager.toml").touch()
    (repository / "main.wdl").write_bytes(MAIN)
    web.serve(f"{FILES}/a.wdl", TASK)
    target = tmp_path / "precious"
    target.write_text("kept")
    for name in ("0.new", ".gitignore", "unfinished", "1.old"):
        (repository / STAGING / name).symlink_to(target)
    arguments = ("vendor", repository, "--ca-file", web.ca_file, "--allow-host", "files.example.org")
    assert cli(*arguments).code == 0
    assert target.read_text() == "kept"
    (repository / STAGING).symlink_to(tmp_path)
    (repository / "main.wdl").write_bytes(MAIN)
    assert "is not a folder" in cli(*arguments).err
