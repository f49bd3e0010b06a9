"""Names of versions: from the Git tag as the work tree's files tell it, or from what is sent; always one that the API takes."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packager.app.build import prepare
from packager.app.load import load
from packager.app.options import LoadOptions
from packager.healthomics import limits
from packager.healthomics.request import Request, ZipDefinition
from packager.healthomics.request_identity import (
    automatic_name,
    configuration_digest,
    next_attempt_name,
    valid_name,
)
from packager.project.git import repository_root, tags_at_head

ZIP = ZipDefinition(100, "a" * 64, "c" * 64)
GIT = shutil.which("git")
needs_git = pytest.mark.skipif(GIT is None, reason="git makes the repositories of these tests")


@given(st.text(max_size=200), st.integers(2, 100))
def test_every_name_fits_the_api(text: str, number: int) -> None:
    request = Request(name="n", definition_zip=ZIP)
    for name in (automatic_name(request, [text]), next_attempt_name(automatic_name(request, [text]), number)):
        assert re.fullmatch(limits.VERSION_NAME_PATTERN, name)
        assert len(name) <= limits.VERSION_NAME_LENGTH[1]


@given(st.from_regex(r"\A[A-Za-z0-9]([A-Za-z0-9._-]{0,50}[A-Za-z0-9])?\Z"))
def test_a_name_that_fits_stays(text: str) -> None:
    assert valid_name(text) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("1.2.0+g1a2b3c", "1.2.0-g1a2b3c"),
        ("release/1.0", "release-1.0"),
        ("-x", "x"),
        ("ä", ""),
        ("v1 (final)", "v1-final"),
    ],
)
def test_the_nearest_name(text: str, name: str) -> None:
    assert valid_name(text) == name


def test_the_digest_is_of_content_and_configuration_whatever_it_is_called() -> None:
    request = Request(name="n", definition_zip=ZIP)
    same = [
        replace(request, name="m"),
        replace(request, name=None, workflow_id="12", version_name="v1"),
        replace(request, request_id="x"),
        replace(request, definition_zip=replace(ZIP, size=1, sha256="b" * 64)),
    ]
    assert {configuration_digest(one) for one in same} == {configuration_digest(request)}
    other = [replace(request, description="d"), replace(request, definition_zip=replace(ZIP, content_digest="d" * 64))]
    assert len({configuration_digest(one) for one in (request, *other)}) == 3


def _tag(root: Path) -> str | None:
    return next(iter(tags_at_head(root)), None)


def _git(folder: Path, *words: str) -> None:
    assert GIT is not None
    subprocess.run(
        [GIT, "-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "tag.gpgsign=false", "-c", "commit.gpgsign=false", *words],
        cwd=folder, check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "repository"
    (folder / "flows").mkdir(parents=True)
    _git(folder, "init", "-q")
    _commit(folder, "one")
    return folder


def _commit(folder: Path, text: str) -> None:
    (folder / "file").write_text(text)
    _git(folder, "add", "-A")
    _git(folder, "commit", "-q", "-m", text)


@needs_git
def test_no_tag_a_light_one_and_an_annotated_one(repository: Path) -> None:
    assert _tag(repository) is None
    _git(repository, "tag", "v1.9")
    assert _tag(repository) == "v1.9"
    _git(repository, "tag", "-a", "v1.10", "-m", "x")
    assert _tag(repository) == "v1.10"
    _git(repository, "tag", "v1.10-rc1")
    assert _tag(repository) == "v1.10"
    _commit(repository, "two")
    assert _tag(repository) is None


@needs_git
def test_odd_tags(repository: Path) -> None:
    for name in ("ü", "1²", "9" * 100, "v1.10"):
        _git(repository, "tag", name)
    _git(repository, "tag", "-a", "v2.0", "-m", "x")
    _git(repository, "tag", "-a", "v3.0", "-m", "x", "v2.0")
    assert {"ü", "1²", "9" * 100, "v1.10", "v2.0", "v3.0"} == set(tags_at_head(repository))
    assert automatic_name(Request(), ["ü", "v1.10"]) == "v1.10"


@needs_git
def test_packed_references_detached_heads_clones_and_work_trees(repository: Path, tmp_path: Path) -> None:
    _git(repository, "tag", "-a", "release/1.0", "-m", "x")
    _git(repository, "pack-refs", "--all")
    _git(repository, "gc", "-q")
    assert _tag(repository) == "release/1.0"
    _commit(repository, "two")
    _git(repository, "worktree", "add", "-q", str(tmp_path / "tree"), "release/1.0")
    assert _tag(tmp_path / "tree") == "release/1.0"
    _git(tmp_path, "clone", "-q", str(repository), "clone")
    _git(tmp_path / "clone", "checkout", "-q", "release/1.0")
    assert _tag(tmp_path / "clone") == "release/1.0"


def test_the_root_is_found_upwards_and_broken_repositories_tell_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "a" / "b"
    folder.mkdir(parents=True)
    (tmp_path / "a" / ".git").write_text("gitdir: ../nowhere\n")
    assert repository_root(folder) == tmp_path / "a"
    assert _tag(tmp_path / "a") is None
    git = tmp_path / "c" / ".git"
    (git / "refs" / "tags").mkdir(parents=True)
    for head in (b"", b"ref: refs/heads/x", b"ref: ../../etc/passwd", b"ref: HEAD", b"\xff\xfe", b"0" * 40):
        (git / "HEAD").write_bytes(head)
        (git / "refs" / "tags" / "v1").write_bytes(b"1" * 40)
        assert _tag(tmp_path / "c") is None
    (git / "HEAD").write_bytes(b"1" * 40)
    (git / "objects" / "11").mkdir(parents=True)
    (git / "objects" / "11" / ("1" * 38)).write_bytes(b"not zlib")
    assert _tag(tmp_path / "c") == "v1"


WDL = "version 1.1\nworkflow w { output { Int one = 1 } }\n"


@pytest.fixture
def tagged(repository: Path) -> Path:
    """A repository with a workflow, an import of it and a README in a commit with the tag v1.0."""
    (repository / "flows" / "lib").mkdir()
    (repository / "flows" / "main.wdl").write_text(
        'version 1.1\nimport "lib/a.wdl"\nworkflow w { output { Int one = 1 } }\n'
    )
    (repository / "flows" / "lib" / "a.wdl").write_text("version 1.1\n" + "# text that repeats\n" * 200)
    (repository / "flows" / "README.md").write_text("# A workflow\n")
    _commit(repository, "two")
    (repository / "flows" / "lib" / "a.wdl").write_text("version 1.1\n" + "# text that repeats\n" * 200 + "# more\n")
    _commit(repository, "three")
    _git(repository, "tag", "v1.0")
    return repository


def _prepared(folder: Path) -> tuple[str, list[str]]:
    """The name that a version would have, and the findings about it."""
    loaded = load(str(folder / "flows"), LoadOptions())
    with prepare(loaded, Request(name="w")) as prepared:
        return prepared.version_name, [found.message for found in prepared.report.diagnostics if found.code == "REQ041"]


@needs_git
@pytest.mark.parametrize("packed", [False, True])
def test_a_tag_names_a_version_only_if_the_files_are_those_of_the_commit(tagged: Path, packed: bool) -> None:
    if packed:
        _git(tagged, "gc", "-q", "--aggressive", "--prune=now")
        assert not list((tagged / ".git" / "objects").glob("[0-9a-f][0-9a-f]"))
    assert _prepared(tagged) == ("v1.0", [])
    (tagged / "file").write_text("not part of the workflow")
    assert _prepared(tagged) == ("v1.0", [])
    for changed in ("main.wdl", "lib/a.wdl", "README.md"):
        file = tagged / "flows" / changed
        before = file.read_bytes()
        file.write_bytes(before.replace(b"\n", b"\r\n"))
        assert _prepared(tagged) == ("v1.0", []), "line ends that Git converts"
        file.write_bytes(before + b"# edited\n")
        name, (message,) = _prepared(tagged)
        assert name.startswith("d-")
        assert message.startswith(f"`flows/{changed}` differs from the tag `v1.0`")
        file.write_bytes(before)
    (tagged / "flows" / "README.md").unlink()
    assert _prepared(tagged)[0].startswith("d-"), "a file that was removed"


@needs_git
def test_an_untracked_file_of_the_package_is_a_change(tagged: Path) -> None:
    (tagged / "flows" / "lib" / "b.wdl").write_text(WDL)
    (tagged / "flows" / "main.wdl").write_text(
        'version 1.1\nimport "lib/b.wdl"\nworkflow w { output { Int one = 1 } }\n'
    )
    assert _prepared(tagged)[1][0].startswith("`flows/lib/b.wdl`, `flows/main.wdl` differ from the tag")


@needs_git
def test_unreadable_objects_are_said(tagged: Path) -> None:
    for file in (tagged / ".git" / "objects").glob("[0-9a-f][0-9a-f]/*"):
        file.unlink()
    name, (message,) = _prepared(tagged)
    assert name == "v1.0"
    assert message.startswith("cannot tell whether the files differ from the tag `v1.0`")


@needs_git
def test_links_and_submodules_are_compared_too(tagged: Path, tmp_path: Path) -> None:
    module = tmp_path / "module"
    module.mkdir()
    _git(module, "init", "-q")
    (module / "m.wdl").write_text("version 1.1\n")
    _commit(module, "one")
    _git(tagged, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(module), "flows/module")
    (tagged / "flows" / "link.wdl").symlink_to("lib/a.wdl")
    (tagged / "flows" / "main.wdl").write_text(
        'version 1.1\nimport "module/m.wdl"\nimport "link.wdl" as l\nworkflow w { output { Int one = 1 } }\n'
    )
    _commit(tagged, "four")
    _git(tagged, "tag", "v2.0")
    assert _prepared(tagged) == ("v2.0", [])
    (tagged / "flows" / "module" / "m.wdl").write_text("version 1.1\n# edited\n")
    assert "`flows/module/m.wdl` differs" in _prepared(tagged)[1][0]
    _commit(tagged / "flows" / "module", "two")
    assert _prepared(tagged)[0].startswith("d-"), "another commit of the submodule"
    _git(tagged / "flows" / "module", "checkout", "-q", "HEAD~1")
    assert _prepared(tagged) == ("v2.0", [])
    (tagged / "flows" / "link.wdl").unlink()
    (tagged / "flows" / "link.wdl").symlink_to("./lib/a.wdl")
    assert "`flows/link.wdl` differs" in _prepared(tagged)[1][0]
