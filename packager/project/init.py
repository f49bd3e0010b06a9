"""The text of a first `packager.toml`.

A suggestion begins with `#` and no space: without the `#` the line works. Explanations begin with `# `.
"""

from __future__ import annotations

import json
import posixpath
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from packager.project.discovery import DiscoveredWorkflow
from packager.project.keys import KEYS, SCHEMA_URL

_BARE = re.compile(r"[A-Za-z0-9_-]+")
# Control, direction and invisible characters, and what a CI runner would read as a command.
_ESCAPED = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]|(?<=#)#(?=[A-Za-z]*\[)")
_HEAD = """\
# How packager lints, packages and submits the workflows of this repository.
#
# Each value is the default of the option with the same name. Flags and the environment override it, and a target overrides a
# workflow. Files and folders are relative to this file. `packager lint --show-config` prints each value and where it came from.
# Lines that begin with `#` and no space are suggestions: remove the `#` to use them. Do not put secrets into this file.
"""
# Suggestions by section: keys with values that work without the `#`.
_WORKFLOW = {
    "name": '"{name}"',
    "description": '"What it does, in a sentence"',
    "storage-type": '"DYNAMIC"',
    "tags": '{ team = "genomics" }',
    "exclude": '["docs/**"]',
}
_TARGET = {
    "account": '"111122223333"',
    "region": '"us-east-1"',
    "profile": '"{target}"',
    "container-registry-map": '"registry-maps/{target}.json"',
    "tags": '{ environment = "{target}" }',
    "staging": '"s3://amzn-s3-demo-bucket/workflows/"',
}
_LINT = {
    "fail-on": '"warning"',
    "ignore": '["REQ008"]',
    "severity": '{ IMG = "warning" }',
    "per-path-ignores": '{ "tests/**" = ["WDL", "NXF"] }',
    "baseline": '"packager-baseline.json"',
}


@dataclass(frozen=True, slots=True)
class FirstTarget:
    """An account and a Region that workflows are submitted to; an empty value becomes a suggestion."""

    name: str
    account: str = ""
    region: str = ""


def text(workflows: Sequence[DiscoveredWorkflow], target: FirstTarget | None = None, *, prefix: str = "") -> str:
    """The text of a configuration. `prefix` is the path from its folder to the folder that was searched."""
    return f"#:schema {SCHEMA_URL}\n" + "\n".join([_HEAD, *_workflows(workflows, prefix), *_targets(target), *_lint()])


def _workflows(workflows: Sequence[DiscoveredWorkflow], prefix: str) -> Iterator[str]:
    for number, workflow in enumerate(workflows):
        yield f"[workflow.{_key(workflow.name)}]"
        yield f"path = {_string(_from(prefix, workflow.path))}"
        if workflow.main:
            yield f"main = {_string(workflow.main)}"
        yield f"engine = {_string(workflow.engine.value)}"
        for file in (workflow.template, workflow.registry_map):
            if file:
                yield f"# {_string(posixpath.basename(file))} next to the main file is used automatically."
        if number == 0:
            yield from _suggestions("workflow", _WORKFLOW, {"name": workflow.name})
        yield ""


def _targets(target: FirstTarget | None) -> Iterator[str]:
    yield "# Where workflows are submitted: `packager submit --target NAME`. Values of a target override those of a workflow."
    if target is not None:
        yield f"[target.{_key(target.name)}]"
        known = {"account": target.account, "region": target.region}
        for key, value in known.items():
            if value:
                yield f"{key} = {_string(value)}"
        rest = {key: value for key, value in _TARGET.items() if not known.get(key)}
        yield from _suggestions("target", rest, {"target": target.name})
        yield ""
    for name in ("dev", "prod"):
        if target is None or name != target.name:
            yield f"#[target.{name}]"
            explained = target is None and name == "dev"
            yield from _suggestions("target", _TARGET, {"target": name}, explained=explained)
            yield ""


def _lint() -> Iterator[str]:
    yield "#[lint]"
    yield from _suggestions("lint", _LINT, {})
    yield ""


def _suggestions(
    section: str, values: dict[str, str], words: dict[str, str], *, explained: bool = True
) -> Iterator[str]:
    for key, value in values.items():
        known = KEYS[section].get(key)
        if known is None:
            continue
        for word, meaning in words.items():
            value = value.replace(f"{{{word}}}", _string(meaning)[1:-1])  # noqa: PLW2901 - filled in step by step
        choices = f" One of {', '.join(known.choices)}." if known.choices else ""
        explanation = f"  # {known.description}{choices}" if explained else ""
        yield f"#{key} = {value}{explanation}"


def _from(prefix: str, path: str) -> str:
    return posixpath.normpath(posixpath.join(prefix, path)) if prefix else path


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _string(name)


def _string(value: str) -> str:
    """A TOML string."""
    quoted = json.dumps(value, ensure_ascii=False)  # TOML has all of JSON's escapes
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", quoted)
