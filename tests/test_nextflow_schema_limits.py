"""Keywords of `nextflow_schema.json` that limit the values of a run: choices and open bounds of numbers, and alternatives."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import packager

Files = Callable[[dict[str, str | bytes]], Path]


def checked(files: Files, properties: dict[str, Any], run: dict[str, Any], config: str = "", **more: Any) -> list[str]:
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "$defs": {"group": {"type": "object", "properties": properties, **more}},
        "allOf": [{"$ref": "#/$defs/group"}],
    }
    contents: dict[str, str | bytes] = {
        "main.nf": "workflow { println params.a }\n",
        "nextflow.config": config,
        "nextflow_schema.json": json.dumps(schema),
        "run.json": json.dumps(run),
    }
    root = files(contents)
    loaded = packager.load(str(root), run_parameters=str(root / "run.json"))
    return [
        f"{found.code} {found.severity.value} {found.message}"
        for found in packager.lint(loaded).diagnostics
        if found.path.endswith("run.json")
    ]


@pytest.mark.parametrize(
    ("body", "value", "expected"),
    [
        ({"type": "integer", "enum": [0, 1]}, 3, "`a`: 3 is not one of 0, 1"),
        ({"type": "integer", "enum": [0, 1]}, 1, None),
        ({"type": "number", "enum": [0.5, 1]}, 0.5, None),
        ({"type": "number", "enum": [0.5, 1]}, 2, "`a`: 2 is not one of 0.5, 1"),
        ({"type": ["integer", "null"], "enum": [0, None]}, 3, None),
        ({"type": "number", "exclusiveMinimum": 0}, -1, "`a`: -1 is not more than the schema's exclusiveMinimum of 0"),
        ({"type": "number", "exclusiveMinimum": 0}, 0, "`a`: 0 is not more than the schema's exclusiveMinimum of 0"),
        ({"type": "number", "exclusiveMinimum": 0}, 0.1, None),
        ({"type": "integer", "exclusiveMaximum": 5}, 5, "`a`: 5 is not less than the schema's exclusiveMaximum of 5"),
        ({"type": "integer", "minimum": 1, "exclusiveMinimum": True}, 1, None),
        ({"type": "integer", "multipleOf": 4}, 6, "`a`: 6 is not a multiple of 4"),
        ({"type": "integer", "multipleOf": 4}, 8, None),
    ],
)
def test_numbers(body: dict[str, Any], value: float, expected: str | None, files: Files) -> None:
    assert checked(files, {"a": body}, {"a": value}) == ([f"TPL024 error {expected}"] if expected else [])


_TEXT = {"type": "string"}
_EITHER = [{"required": ["fasta"]}, {"required": ["genome", "base"]}]
_MISSING = "TPL012 error the schema requires `fasta` or `genome` and `base`, but none has a value"


@pytest.mark.parametrize("keyword", ["anyOf", "oneOf"])
@pytest.mark.parametrize(
    ("run", "config", "expected"),
    [
        ({}, "", [_MISSING]),
        ({"genome": "x"}, "", [_MISSING]),
        ({"fasta": "x"}, "", []),
        ({"genome": "x"}, "params.base = 'y'", []),
        ({}, "params.fasta = 'x'", []),
        ({}, "params.fasta = ''", [_MISSING]),
        ({}, "params.fasta = choose()", [_MISSING.replace("error", "warning")]),
    ],
)
def test_alternatives(keyword: str, run: dict[str, Any], config: str, expected: list[str], files: Files) -> None:
    properties = {"fasta": _TEXT, "genome": _TEXT, "base": _TEXT}
    assert checked(files, properties, run, config, **{keyword: _EITHER}) == expected


@pytest.mark.parametrize("config", ["", "params.a = null", "params.a = ''"])
def test_an_empty_default_leaves_a_parameter_required(config: str, files: Files) -> None:
    expected = ["TPL012 error the required parameter `a` has no value"]
    assert checked(files, {"a": _TEXT}, {}, config, required=["a"]) == expected
    assert checked(files, {"a": {**_TEXT, "default": ""}}, {}, config, required=["a"]) == expected
    assert checked(files, {"a": _TEXT}, {}, "params.a = 'x'", required=["a"]) == []
