"""Imports run one way, and cheap commands import little."""

from __future__ import annotations

import ast
import functools
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import PYTHON, ROOT, WORKFLOWS, Cli, bare_environment

PACKAGE = ROOT / "packager"

# The layers, from top to bottom. A room imports rooms of lower layers; within a layer rooms do not import each other, but for the
# leaves, which are in order themselves.
LAYERS = (
    ("__main__",),
    ("cli",),
    ("lsp", "mcp"),
    ("render", "emulator"),
    ("settings",),
    ("app",),
    ("aws", "project", "https_client"),
    ("rules", "fix", "diff", "export", "vendor", "archive", "detect", "graph"),
    ("engines", "images", "parameters"),
    ("healthomics",),
    ("model", "source", "jsondoc"),
    ("findings",),
    ("cache", "replacement"),
    ("files",),
    ("errors",),
    ("worker",),
    ("text", "shell", "patterns", "interpreter", "confinement", "_version"),
)
LAYER = {room: number for number, rooms in enumerate(LAYERS) for room in rooms}
# What rules may know: facts and their meaning, never engines, sources or AWS.
RULES_MAY_IMPORT = {"text", "rules", "model", "healthomics", "findings", "images", "parameters"}


def room(name: str) -> str:
    return name.removeprefix("packager.").split(".")[0]


@dataclass(frozen=True)
class Seen:
    """What these tests look for in a file, at whatever depth in its code: each file is parsed once for all of them."""

    imports: tuple[ast.AST, ...]
    looks_into_words: tuple[tuple[int, str], ...]
    unnamed: tuple[str, ...]


@functools.cache
def seen(path: Path) -> Seen:
    nodes = list(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))
    functions = [node for node in nodes if isinstance(node, ast.FunctionDef)]
    return Seen(
        tuple(node for node in nodes if isinstance(node, ast.Import | ast.ImportFrom)),
        tuple((getattr(node, "lineno", 0), ast.unparse(node)) for node in nodes if looks_into_words(node)),
        tuple(function.name for function in functions if any(map(lacks_subject, in_loops(function)))),
    )


def import_statements(path: Path) -> tuple[ast.AST, ...]:
    """The imports of a file, at whatever depth in its code."""
    return seen(path).imports


def imports(path: Path) -> list[str]:
    """The modules of this package that a file imports, at whatever depth in its code."""
    names: list[str] = []
    for node in import_statements(path):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names if alias.name.startswith("packager.")]
        elif isinstance(node, ast.ImportFrom) and node.module == "packager":
            names += [f"packager.{alias.name}" for alias in node.names if alias.name in LAYER]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("packager."):
            names.append(node.module or "")
    return names


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


def own_room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def offences() -> Iterator[str]:
    """Every import that breaks the order of the layers, or what a room may know."""
    for path in modules():
        own, shown = own_room(path), path.relative_to(PACKAGE).as_posix()
        if own not in LAYER:
            yield f"{shown}: the room `{own}` is in no layer"
            continue
        for name in imports(path):
            if room(name) != own and LAYER[room(name)] <= LAYER[own]:
                yield f"{shown} imports {name}, which is not in a lower layer"
            if own == "rules" and room(name) not in RULES_MAY_IMPORT:
                yield f"{shown} imports {name}: rules know facts and their meaning only"
            if own == "engines" and name.startswith("packager.engines.") and path.parent.name != "engines":
                engine = name.split(".")[2]
                if engine in ("wdl", "nextflow", "cwl") and engine != path.parent.name:
                    yield f"{shown} imports {name}: engines do not know each other"


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported_modules(path: Path, known: set[str]) -> set[str]:
    """The modules that a file imports, where `from a import b` names the module `a.b` if there is one."""
    names: set[str] = set()
    for node in import_statements(path):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    inner = {name for name in names & known if any(other.startswith(f"{name}.") for other in names & known)}
    return (names & known) - inner - {module_of(path)}


def test_modules_do_not_import_in_a_circle() -> None:
    paths = {module_of(path): path for path in PACKAGE.rglob("*.py")}
    waiting = {name: imported_modules(path, set(paths)) for name, path in paths.items()}
    while free := {name for name, needed in waiting.items() if not needed & waiting.keys()}:
        waiting = {name: needed for name, needed in waiting.items() if name not in free}
    assert sorted(waiting) == []


def test_imports_run_one_way() -> None:
    assert list(offences()) == []


def test_boto3_is_imported_by_aws_alone() -> None:
    for path in modules():
        if path.is_relative_to(PACKAGE / "aws"):
            continue
        for node in import_statements(path):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "boto3" for name in names), path


def test_extras_are_imported_by_their_rooms_alone() -> None:
    extras = {"pygls": "lsp", "lsprotocol": "lsp", "mcp": "mcp"}
    for path in modules():
        for node in import_statements(path):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                assert extras.get(name.split(".")[0], own_room(path)) == own_room(path), path
                server = name.split(".")[1:2] if name.startswith("packager.") else []
                if server in (["lsp"], ["mcp"]) and own_room(path) != server[0]:
                    assert path == PACKAGE / "cli" / "commands" / f"{server[0]}.py", path


HEAVY = (
    "WDL",
    "lark",
    "cwltool",
    "schema_salad",
    "ruamel",
    "yaml",
    "boto3",
    "botocore",
    "jsonschema",
    "pathspec",
    "http.server",
    "lsprotocol",
    "mcp",
    "pydantic",
    "pygls",
)


def loaded_modules(*commands: tuple[str, ...], cache: Path) -> set[str]:
    """What one new process has imported after it has run all of the commands."""
    script = (
        "import sys, json\n"
        "from packager.cli import main\n"
        f"codes = [main(list(command)) for command in {commands!r}]\n"
        "sys.stderr.write('\\nMODULES ' + json.dumps([codes, sorted(sys.modules)]))\n"
    )
    done = subprocess.run(
        [PYTHON, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT,
        env=bare_environment(XDG_CACHE_HOME=str(cache), PYTHONPATH=str(ROOT)),
    )  # fmt: skip
    codes, names = json.loads(done.stderr.rpartition("MODULES ")[2])
    assert codes == [0] * len(commands), done.stderr
    return set(names)


def test_cheap_commands_import_nothing_heavy(tmp_path: Path) -> None:
    commands = (("--version",), ("--help",), ("lint", "--help"), ("submit", "--help"))
    assert loaded_modules(*commands, cache=tmp_path).isdisjoint(HEAVY)


def test_looking_without_judging_needs_no_rules(tmp_path: Path) -> None:
    workflow = str(WORKFLOWS / "wdl-variants")
    names = loaded_modules(("inspect", workflow), ("template", workflow), ("images", workflow), cache=tmp_path)
    assert not [name for name in names if name.startswith("packager.rules")]


def test_the_version_needs_not_even_click(tmp_path: Path) -> None:
    assert "click" not in loaded_modules(("--version",), cache=tmp_path)


@pytest.mark.parametrize(
    ("workflow", "absent"),
    [
        ("wdl-variants", ("cwltool", "schema_salad", "yaml", "boto3", "botocore")),
        ("cwl-records", ("WDL", "lark", "boto3", "botocore")),
        ("nextflow-counts", ("WDL", "lark", "cwltool", "yaml", "boto3", "botocore")),
    ],
)
def test_lint_imports_only_the_engine_it_found(workflow: str, absent: tuple[str, ...], tmp_path: Path) -> None:
    names = loaded_modules(("lint", str(WORKFLOWS / workflow), "--fail-on", "never"), cache=tmp_path)
    assert not names.intersection(absent)


PARSERS = (
    "WDL",
    "lark",
    "cwltool",
    "schema_salad",
    "packager.engines.nextflow.scripts",
    "packager.engines.nextflow.configs",
)


def test_a_warm_run_imports_no_engine_at_all(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    names = ("wdl-variants", "cwl-records", "nextflow-counts")
    commands = [("lint", str(WORKFLOWS / name), "--fail-on", "never") for name in names]
    for command in commands:
        assert cli(*command).code == 0
    assert loaded_modules(*commands, cache=tmp_path).isdisjoint(PARSERS)


# Decisions are made by types and fields: a message can be reworded at any time.

WORDS = {"message", "hint", "reason"}
LOOKS = {
    "startswith", "endswith", "find", "rfind", "index", "count", "partition", "rpartition", "split", "removeprefix", "removesuffix",
    "search", "match", "fullmatch", "finditer", "findall",
}  # fmt: skip
ERRORS = {"error", "err", "exc", "exception"}
# What another library writes, where there is no other sign: each of these patterns is provoked by a test of `test_cwl_check` or,
# for the place of an error in TOML, of `test_config`.
FOREIGN = ("salad.", "NO_PROCESS.", "_TOMLLIB_PLACE.")
# Whether a message names its field already: nothing but wording.
WORDING = {"field in part.message"}


def is_words(node: ast.AST) -> bool:
    """Whether an expression is the text of a finding or of an error."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in ("str", "repr"):
        return any((isinstance(one, ast.Name) and one.id in ERRORS) or is_words(one) for one in node.args)
    return isinstance(node, ast.Attribute) and node.attr in WORDS


def looks_into_words(node: ast.AST) -> bool:
    """Whether an expression compares the text of a finding or an error, or searches in it."""
    if isinstance(node, ast.Compare):
        identity = all(isinstance(one, ast.Is | ast.IsNot) for one in node.ops)
        return not identity and any(is_words(one) for one in (node.left, *node.comparators))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LOOKS:
        return is_words(node.func.value) or any(is_words(one) for one in node.args)
    return isinstance(node, ast.Match) and is_words(node.subject)


def test_nothing_decides_by_the_words_of_a_message() -> None:
    for path in modules():
        for line, text in seen(path).looks_into_words:
            assert text.startswith(FOREIGN) or text in WORDING, f"{path}:{line}: {text}"


@pytest.mark.parametrize(
    "text",
    [
        "'CRC' in str(error)",
        "found.message == 'x'",
        "one.reason in names",
        "found.message.startswith('the')",
        "re.search('a', str(error.message))",
        "PATTERN.fullmatch(found.hint)",
        "str(exc).find('x')",
    ],
)
def test_what_looks_into_words_is_recognised(text: str) -> None:
    assert looks_into_words(ast.parse(text, mode="eval").body)


# Functions whose findings have no subject although they make them in a loop: there is one for a file, or nothing there has a name.
UNNAMED = {
    "lfs_pointer",
    "_case_collisions", "plan", "_unusable", "findings", "_configs", "_unreadable", "ambiguous_zip", "loop_needs_newer_version",
    "memory_retry_multiplier", "javascript_not_strict", "schema_missing", "schema_unreadable",
    "output_block_too_early", "first_language", "version_overridden", "gpu_without_accelerators", "credential_file_in_package",
    "notebook_output_in_package", "password_in_url", "private_key_in_package", "draft_2", "mixed_versions", "version_missing",
    "basename_with_empty_suffix", "collect_by_key_of_float", "workflow_without_outputs",
}  # fmt: skip


def test_findings_that_are_made_in_a_loop_have_subjects() -> None:
    """A baseline tells findings of one code and file apart by their subjects; see `Diagnostic`."""
    unnamed: dict[str, Path] = {}
    for path in modules():
        unnamed.update(dict.fromkeys(seen(path).unnamed, path))
    assert unnamed.keys() == UNNAMED, (
        f"pass `subject=` in {sorted(unnamed.keys() - UNNAMED)}, or add the function to UNNAMED; remove {sorted(UNNAMED - unnamed.keys())}"
    )


def in_loops(function: ast.FunctionDef) -> list[ast.AST]:
    """All that is in a loop or a comprehension of a function."""
    loops = [node for node in ast.walk(function) if isinstance(node, ast.For | ast.GeneratorExp | ast.ListComp)]
    return [node for loop in loops for node in ast.walk(loop)]


def lacks_subject(node: ast.AST) -> bool:
    """Whether an expression makes a finding without a subject."""
    makers = ("RuleFinding", "finding", "finding_at")
    makes = isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in makers
    return makes and isinstance(node, ast.Call) and all(one.arg != "subject" for one in node.keywords)
