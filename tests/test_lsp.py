"""`packager lsp` by a real client: what an editor shows equals what `packager lint` reports of the same content."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest
from conftest import WORKFLOWS, Cli
from lsp_support import Editor, edited
from lsprotocol import types

from packager import load
from packager.findings.diagnostic import Place
from packager.lsp.positions import Positions

Files = Callable[[dict[str, str | bytes]], Path]

TASK = 'version 1.0\ntask t {\n  command <<< echo >>>\n  runtime { docker: "ubuntu" }\n}\n'
MAIN = 'version 1.0\nimport "lib/t.wdl" as lib\nworkflow w {\n  call lib.t\n}\n'


@pytest.fixture(scope="module")
def settled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editor]:
    """An editor without options for all tests: a server of its own would take each of them a second."""
    folder = tmp_path_factory.mktemp("empty")
    one = Editor(folder, folder.with_name("cache"))
    yield one
    assert one.quit() == ""


@pytest.fixture
def editor(files: Files, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Callable[..., Editor]]:
    """Opens a folder with files in an editor, a new one if it has options; at the end its log must be empty."""
    editors: list[Editor] = []
    shared: list[Editor] = []

    def start(contents: dict[str, str | bytes], **options: object) -> Editor:
        opened = options.pop("opened", None) if options.keys() == {"opened"} else None
        if any(option is not None for option in options.values()):
            editors.append(Editor(files(contents), tmp_path / f"cache-{len(editors)}", **options))  # type: ignore[arg-type]
            return editors[-1]
        shared[:] = [request.getfixturevalue("settled")]
        shared[0].move(files(contents), opened or (".",))  # type: ignore[arg-type]
        return shared[0]

    yield start
    assert [each.quit() for each in editors] == [""] * len(editors)
    assert [each.logged() for each in shared] == [""] * len(shared)


def linted(cli: Cli, *paths: str) -> dict[str, list[str]]:
    """What `packager lint` reports, in the form of `Editor.check`."""
    shown: dict[str, list[str]] = {}
    for found in cli("lint", *(paths or (".",)), "--format", "json").json["diagnostics"]:
        shown.setdefault(found["path"], []).append(f"{max(found['line'], 1)} {found['code']}")
    return {path: sorted(found) for path, found in sorted(shown.items())}


def in_order(shown: dict[str, list[str]]) -> dict[str, list[str]]:
    return {path: sorted(found) for path, found in shown.items()}


def test_diagnostics_equal_lint(editor: Callable[..., Editor], cli: Cli) -> None:
    one = editor({".git/x": "", "main.wdl": MAIN, "lib/t.wdl": TASK})
    one.open("main.wdl")
    assert in_order(one.check()) == linted(cli)
    one.open("lib/t.wdl")
    broken = TASK.replace("echo >>>", "echo")
    one.type("lib/t.wdl", broken)
    first = one.check()
    (one.folder / "lib/t.wdl").write_text(broken)
    assert in_order(first) == linted(cli)
    assert "WDL001" in first["lib/t.wdl"][0]


def test_a_file_of_several_workflows_has_the_findings_of_all_once(editor: Callable[..., Editor], cli: Cli) -> None:
    other = MAIN.replace("workflow w", "workflow other").replace("call lib.t", "call lib.t { input: x = 1 }")
    one = editor({".git/x": "", "a.wdl": MAIN, "b.wdl": other, "lib/t.wdl": TASK})
    one.open("lib/t.wdl")
    assert in_order(one.check()) == linted(cli)
    assert "b.wdl" in one.shown


def test_a_definition_that_no_workflow_reaches_is_checked_alone(editor: Callable[..., Editor], cli: Cli) -> None:
    one = editor({".git/x": "", "main.wdl": "version 1.0\nworkflow w {}\n", "tests/test_t.wdl": TASK, "note.txt": ""})
    one.open("tests/test_t.wdl")
    one.open("note.txt")
    assert in_order(one.check()) == linted(cli, ".", "tests/test_t.wdl")
    one.close("tests/test_t.wdl")
    one.close("note.txt")
    assert one.check() == {}


def test_of_definitions_that_no_workflow_reaches_only_the_outermost_is_checked_alone(
    editor: Callable[..., Editor], cli: Cli
) -> None:
    other = {"two/main.wdl": MAIN, "two/lib/t.wdl": TASK, "two/a.wdl": TASK}
    one = editor({".git/x": "", "main.wdl": "version 1.0\nworkflow w {}\n", **other})
    for path in ("two/lib/t.wdl", "two/main.wdl", "two/a.wdl"):
        one.open(path)
    assert in_order(one.check()) == linted(cli, ".", "two/main.wdl", "two/a.wdl")


def test_the_configuration_is_read_while_it_is_written(editor: Callable[..., Editor], cli: Cli) -> None:
    one = editor({".git/x": "", "main.wdl": MAIN, "lib/t.wdl": TASK, "packager.toml": ""})
    one.open("main.wdl")
    one.open("packager.toml")
    before = one.check()
    one.type("packager.toml", "[lint]\nigno = []\n")
    shown = one.check()
    assert shown.pop("packager.toml") == ["2 unknown key `igno` in `[lint]`\ndid you mean `ignore`?"]
    assert shown == before
    one.type("main.wdl", MAIN.replace("call", "call ("))
    one.wait_for("main.wdl", "WDL001")
    assert "4 WDL001" in one.check()["main.wdl"]  # also while nothing else can be checked
    one.type("main.wdl", MAIN)
    one.type("packager.toml", '[lint]\nignore = ["IMG"]\n')
    shown = one.check()
    one.save("packager.toml", '[lint]\nignore = ["IMG"]\n')
    assert in_order(shown) == linted(cli) == in_order(one.check())
    assert shown != before


def test_changes_outside_of_the_editor_count(editor: Callable[..., Editor], cli: Cli) -> None:
    one = editor({".git/x": "", "main.wdl": MAIN, "lib/t.wdl": TASK})
    one.open("main.wdl")
    one.check()
    assert one.registered == ["workspace/didChangeWatchedFiles"]
    (one.folder / "lib/t.wdl").rename(one.folder / "lib/u.wdl")
    one.tell("lib/t.wdl", "lib/u.wdl")
    assert in_order(one.check()) == linted(cli)
    assert one.check()["main.wdl"] == ["2 WDL050"]


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 20), (None, 18)])
def test_positions_in_the_encoding_of_the_editor(
    editor: Callable[..., Editor], encoding: str | None, character: int
) -> None:
    text = 'version 1.0\nworkflow w {\n  String s = "😀" ~\n}\n'
    one = editor({".git/x": "", "main.wdl": text}, encoding=encoding)
    one.open("main.wdl")
    assert one.check()["main.wdl"][0] == "3 WDL001"
    assert one.capabilities.position_encoding == (encoding or "utf-16")
    (found,) = one.shown["main.wdl"]
    assert found.range.start.character == character


@pytest.mark.parametrize(("encoding", "character"), [("utf-8", 11), ("utf-16", 8), ("utf-32", 7)])
def test_positions_in_every_encoding(encoding: str, character: int) -> None:
    positions = Positions.of("\ufeffx\r\né = 😀 y\rlast", encoding)
    assert positions.position(2, 8) == types.Position(1, character)
    assert positions.place(types.Position(1, character)) == (2, 8)
    assert positions.place(types.Position(9, 9)) == (3, 5)
    assert positions.range(Place("f", 3, 1)) == types.Range(types.Position(2, 0), types.Position(2, 4))


def test_settings_of_the_editor(editor: Callable[..., Editor]) -> None:
    files: dict[str, str | bytes] = {".git/x": "", "main.wdl": MAIN, "lib/t.wdl": TASK}
    one = editor(files, settings={"minSeverity": "error", "ignore": ["IMG"]})
    one.open("main.wdl")
    assert one.check() == {}


def test_syntax_errors_are_shown_before_the_whole_workflow_is_checked(editor: Callable[..., Editor]) -> None:
    one = editor({".git/x": "", "main.wdl": MAIN, "lib/t.wdl": TASK}, settings={"check": "save"})
    one.open("main.wdl")
    before = one.check()
    one.type("main.wdl", "version 1.0\n\n" + MAIN.partition("\n")[2].replace("call lib.t", "call"))
    one.wait(1)
    shown = {found.code for found in one.shown["main.wdl"]}
    assert "WDL001" in shown
    one.type("main.wdl", MAIN)
    assert one.check() == before
    one.open("lib/t.wdl")
    one.type("lib/t.wdl", TASK.replace("command", "comm and"))
    one.wait_for("lib/t.wdl", "WDL001")
    one.close("lib/t.wdl")  # without saving it
    assert one.check() == before


@pytest.mark.parametrize(("name", "steps"), [("wdl-problems", 9), ("nextflow-modules", 6), ("cwl-records", 5)])
def test_after_any_edit_diagnostics_equal_lint(name: str, steps: int, editor: Callable[..., Editor], cli: Cli) -> None:
    random = Random(name)
    one = editor({".git/x": "", **contents_of(name)})
    paths = [path for path in contents_of(name) if path.endswith((".wdl", ".nf", ".config", ".cwl"))]
    original = {path: (one.folder / path).read_text(encoding="utf-8") for path in paths}
    texts: dict[str, str] = {}
    for step in range(steps):
        path = random.choice(paths)
        if path not in texts:
            one.open(path)
        text = texts[path] = original[path] if step % 4 == 3 else edited(texts.get(path, original[path]), random)
        one.type(path, text)
        shown = one.check()
        (one.folder / path).write_text(text, encoding="utf-8", newline="\n")
        if random.random() < 0.5:
            one.save(path, text)
        reached = {entry.path for entry in load(".").plan.entries}
        alone = [each for each in texts if each not in reached and not each.endswith(".config")]
        assert in_order(shown) == linted(cli, ".", *alone), text


def contents_of(name: str) -> dict[str, str | bytes]:
    folder = WORKFLOWS / name
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()
    }


def test_every_open_file_is_checked_in_its_own_project(editor: Callable[..., Editor], cli: Cli) -> None:
    task = {"lib/t.wdl": TASK, "main.wdl": MAIN}
    files = {f"{folder}/{path}": text for folder in ("a", "b") for path, text in task.items()}
    one = editor({".git/x": "", **files, "a/packager.toml": '[lint]\nignore = ["IMG"]\n', "b/packager.toml": ""})
    one.open("a/main.wdl")
    one.open("b/lib/t.wdl")
    shown = one.check()
    assert in_order(shown) == linted(cli, "a", "b")
    assert shown["a/lib/t.wdl"] != shown["b/lib/t.wdl"]
    # A syntax error stays while the other project is checked.
    before = len(one.history["b/lib/t.wdl"])
    one.type("b/lib/t.wdl", TASK.replace("command", "comm and"))
    one.wait_for("b/lib/t.wdl", "WDL001")
    one.check()
    history = one.history["b/lib/t.wdl"][before:]
    first = next(number for number, shown in enumerate(history) if "WDL001" in shown)
    assert all("WDL001" in shown for shown in history[first:])
    one.close("a/main.wdl")
    assert not any(path.startswith("a/") for path in one.check())


TWO = {
    f"{folder}/{path}": text
    for folder in ("a", "b")
    for path, text in {
        ".git/x": "",
        "lib/t.wdl": TASK,
        "main.wdl": MAIN,
        "packager.toml": '[lint]\nignore = ["IMG"]\n',
    }.items()
}


def test_folders_are_opened_and_closed(editor: Callable[..., Editor], cli: Cli) -> None:
    outside = {"c/.git/x": "", "c/lib/t.wdl": TASK, "c/main.wdl": MAIN}
    one = editor({**TWO, **outside, "b/packager.toml": ""}, opened=["a"])
    assert one.capabilities.workspace is not None
    assert one.capabilities.workspace.workspace_folders == types.WorkspaceFoldersServerCapabilities(True, True)
    one.open("a/main.wdl")
    assert in_order(one.check()) == linted(cli, "a")
    one.change_folders(added=["b"])
    one.open("b/main.wdl")
    one.open("c/lib/t.wdl")
    shown = one.check()
    assert in_order(shown) == linted(cli, "a", "b", "c/lib/t.wdl")
    assert shown["a/lib/t.wdl"] != shown["b/lib/t.wdl"]
    one.save("b/packager.toml", '[lint]\nselect = ["IMG"]\n')
    one.change_folders(removed=["a"])
    one.close("a/main.wdl")
    one.close("c/lib/t.wdl")
    assert in_order(one.check()) == linted(cli, "b")


def test_a_file_without_configuration_belongs_to_the_innermost_open_folder(
    editor: Callable[..., Editor], cli: Cli
) -> None:
    outer = MAIN.replace("lib/t.wdl", "t/lib/t.wdl")
    files = {"p/main.wdl": outer, "p/t/main.wdl": MAIN, "p/t/lib/t.wdl": TASK, "q/main.wdl": TASK}
    one = editor({".git/x": "", **files}, opened=["p", "q"])
    one.open("p/t/lib/t.wdl")
    assert in_order(one.check()) == linted(cli, "p")
    one.change_folders(added=["p/t"], removed=["p"])
    assert in_order(one.check()) == linted(cli, "p/t")
    one.change_folders(removed=["p/t", "q"])
    assert in_order(one.check()) == linted(cli, "p/t/lib/t.wdl")


def test_nothing_is_searched_in_a_home_folder(editor: Callable[..., Editor], cli: Cli) -> None:
    files = {"main.wdl": MAIN, "lib/t.wdl": TASK, "other.wdl": TASK, "p/main.wdl": TASK, "p/other/main.wdl": MAIN}
    one = editor({".git/x": "", **files}, home=".")
    one.open("main.wdl")
    assert in_order(one.check()) == linted(cli, "main.wdl")
    one.open("p/main.wdl")
    expected = linted(cli, "main.wdl", "p", "p/main.wdl")
    assert in_order(one.check()) == expected
    one.change_folders(removed=["."])
    assert in_order(one.check()) == expected


def test_the_first_folder_may_disappear(editor: Callable[..., Editor], cli: Cli) -> None:
    one = editor(dict(TWO), opened=["a", "b"], encoding="utf-16")  # a server that starts in the first folder
    one.open("b/main.wdl")
    one.check()
    shutil.rmtree(one.folder / "a")
    one.type("b/main.wdl", MAIN.replace("call lib.t", "call lib.u"))
    shown = one.check()
    (one.folder / "b/main.wdl").write_text(MAIN.replace("call lib.t", "call lib.u"))
    assert in_order(shown) == linted(cli, "b")


def test_a_file_may_stop_being_a_definition(editor: Callable[..., Editor], cli: Cli) -> None:
    text = "cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: echo\ninputs: {}\noutputs: []\n"
    other = text.replace("class: CommandLineTool", "class: Nothing")
    one = editor({".git/x": "", "main.cwl": text, "other.yml": other, "run.json": '{"a": 1}'})
    for name in ("main.cwl", "other.yml", "run.json"):
        one.open(name)
    first = one.check()
    assert in_order(first) == linted(cli, ".", "other.yml")
    unknown = other.replace("cwlVersion", "cwlVersio")
    one.type("other.yml", unknown)
    shown = one.check()
    (one.folder / "other.yml").write_text(unknown)
    assert in_order(shown) == linted(cli)
    one.type("other.yml", other.replace("echo", "[echo"))
    one.wait_for("other.yml", "CWL003")
    one.type("other.yml", unknown)
    assert one.check() == shown
    one.type("other.yml", other)
    assert one.check() == first
