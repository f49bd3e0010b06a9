"""Imports run one way, and cheap commands import little."""

from __future__ import annotations

import ast
import functools
import json
import subprocess
from pathlib import Path

import pytest
from conftest import PYTHON, ROOT, WORKFLOWS, Cli

PACKAGE = ROOT / "packager"

# From top to bottom; names of one rank do not import each other.
RANKS = (
    ("__main__",),
    ("cli",),
    ("online", "against"),
    ("render", "pipeline"),
    ("preparing",),
    ("judging",),
    ("loaded",),
    ("aws", "emulator"),
    ("inputs", "diff", "fix", "archive", "contents", "parcel", "records"),
    ("zip_layout",),
    ("lint",),
    ("rules",),
    ("deployed", "initial_config", "versions"),
    ("request",),
    ("registry_map",),
    ("template", "images", "run_parameters", "value_checking"),
    ("detect",),
    ("engines",),
    ("cache", "source", "config", "schemas", "jsonedit", "git"),
    ("jsontext", "apimodel", "installed", "boundaries"),
    ("limits", "credentials"),
    ("model",),
    ("value_types", "patterns"),
    ("policy", "baseline", "status_messages", "suppressions"),
    ("codes",),
    ("report",),
    ("files",),
    ("diagnostics",),
    ("foreign", "worker"),
)
RANK = {name: number for number, names in enumerate(RANKS) for name in names}
# What rules may know: facts and their meaning, never engines, sources or AWS.
RULES_MAY_IMPORT = {
    "rules",
    "model",
    "limits",
    "codes",
    "images",
    "registry_map",
    "template",
    "request",
    "deployed",
    "versions",
    "run_parameters",
    "value_checking",
    "value_types",
    "diagnostics",
}


def top(name: str) -> str:
    return name.removeprefix("packager.").split(".")[0]


@functools.cache
def import_statements(path: Path) -> tuple[ast.AST, ...]:
    """The imports of a file, at whatever depth in its code."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return tuple(node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom))


def imports(path: Path) -> list[str]:
    """The modules of this package that a file imports, at whatever depth in its code."""
    found: list[str] = []
    for node in import_statements(path):
        if isinstance(node, ast.Import):
            found += [alias.name for alias in node.names if alias.name.startswith("packager.")]
        elif isinstance(node, ast.ImportFrom) and node.module == "packager":
            found += [f"packager.{alias.name}" for alias in node.names if top(alias.name) in RANK]
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("packager."):
            found.append(node.module or "")
    return found


def modules() -> list[Path]:
    return [path for path in sorted(PACKAGE.rglob("*.py")) if path != PACKAGE / "__init__.py"]


def test_every_module_has_a_rank() -> None:
    names = {path.relative_to(PACKAGE).parts[0].removesuffix(".py") for path in modules()}
    assert names <= RANK.keys()


@pytest.mark.parametrize("path", modules(), ids=lambda path: path.relative_to(PACKAGE).as_posix())
def test_imports_run_one_way(path: Path) -> None:
    own = path.relative_to(PACKAGE).parts[0].removesuffix(".py")
    wrong = [name for name in imports(path) if top(name) != own and RANK[top(name)] <= RANK[own]]
    assert not wrong


@pytest.mark.parametrize("path", sorted((PACKAGE / "rules").glob("*.py")), ids=lambda path: path.name)
def test_rules_import_facts_only(path: Path) -> None:
    assert {top(name) for name in imports(path)} <= RULES_MAY_IMPORT


def test_engines_know_nothing_of_each_other_or_of_rules() -> None:
    for path in sorted((PACKAGE / "engines").glob("*/*.py")):
        for name in imports(path):
            if name.startswith("packager.engines."):
                inner = name.split(".")[2]
                assert inner in (path.parent.name, "references"), f"{path} imports {name}"


def test_boto3_is_imported_by_aws_alone() -> None:
    for path in modules():
        if path.is_relative_to(PACKAGE / "aws"):
            continue
        for node in import_statements(path):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            assert not any(name.split(".")[0] == "boto3" for name in names), path


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
        env={"PATH": "/usr/bin:/bin", "XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(ROOT)},
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
    assert not [name for name in names if name.startswith(("packager.rules", "packager.lint"))]


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


def test_a_warm_run_imports_no_engine_at_all(tmp_path: Path, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    commands = [("lint", str(WORKFLOWS / name), "--fail-on", "never") for name in ("wdl-variants", "cwl-records")]
    for command in commands:
        assert cli(*command).code == 0
    assert loaded_modules(*commands, cache=tmp_path).isdisjoint(("WDL", "lark", "cwltool", "schema_salad"))
