"""One adapter per engine, behind one Protocol and one table.

An adapter is a package `packager.engines.<name>` with the functions of `Adapter`; its import scanner is in the
module `scan` of that package, which imports no engine library. An adapter turns the engine's own tree into facts
(`packager.model.facts`) and drops the tree.
"""

from __future__ import annotations

import importlib
import json
from dataclasses import dataclass
from typing import Protocol, cast

from packager.cache import Cache
from packager.findings.diagnostic import Diagnostic
from packager.jsondoc.jsontext import Json
from packager.model.facts import Engine, Scan, Verdict, Workflow
from packager.source import SourceTree

_PACKAGES = {Engine.WDL: "wdl", Engine.NEXTFLOW: "nextflow", Engine.CWL: "cwl"}
# The modules with a function `quoted`.
_QUOTED = {Engine.WDL: "wdl.scan", Engine.NEXTFLOW: "nextflow.lexing", Engine.CWL: "cwl.nodes"}
# The extensions by which the service knows a definition file (packaging page, 2026-10-16).
SUFFIXES = {".wdl": Engine.WDL, ".nf": Engine.NEXTFLOW, ".cwl": Engine.CWL}


@dataclass(frozen=True, slots=True)
class EngineOptions:
    """How to read and check a workflow; an engine ignores the options of the others.

    `lenient`: check as the service's engine WDL_LENIENT does. `profiles`: the profiles of a Nextflow config to apply.
    `inputs`: values (as JSON) that a run gives to inputs of the main workflow, sorted by their names.
    """

    lenient: bool = False
    profiles: tuple[str, ...] = ()
    inputs: tuple[tuple[str, str], ...] = ()

    def values(self) -> dict[str, Json]:
        """`inputs` by name, as values."""
        return {name: json.loads(text) for name, text in self.inputs}


DEFAULT_OPTIONS = EngineOptions()


class Scanner(Protocol):
    """The quick scan of one file, for detection and for the root of a single file."""

    def scan(self, path: str, content: bytes) -> Scan | None:
        """What the file is, or None when it is not a definition of this engine; never raises."""


class Adapter(Protocol):
    """What an engine's package offers."""

    def read(self, tree: SourceTree, main: str, cache: Cache, options: EngineOptions = DEFAULT_OPTIONS) -> Workflow:
        """The facts of the workflow whose main file is `main`: quick, tolerant of errors; never raises."""

    def check(
        self, tree: SourceTree, workflow: Workflow, cache: Cache, options: EngineOptions = DEFAULT_OPTIONS
    ) -> Verdict:
        """The verdict of the language's reference implementation; never raises."""


def scanner(engine: Engine) -> Scanner:
    """The import scanner of an engine."""
    return cast(Scanner, importlib.import_module(f"packager.engines.{_PACKAGES[engine]}.scan"))


def of(engine: Engine) -> Adapter:
    """The adapter of an engine; importing it may import the engine's library."""
    return cast(Adapter, importlib.import_module(f"packager.engines.{_PACKAGES[engine]}"))


def syntax_errors(engine: Engine, path: str, text: str) -> tuple[Diagnostic, ...]:
    """The errors that keep one file of a definition from being parsed, in milliseconds; never raises."""
    module = importlib.import_module(f"packager.engines.{_PACKAGES[engine]}.quick")
    return cast("tuple[Diagnostic, ...]", module.syntax_errors(path, text))


def quoted(engine: Engine, text: str) -> tuple[tuple[int, int], ...]:
    """The offsets of strings and commands in a definition: what looks like a comment there is not one."""
    module = importlib.import_module(f"packager.engines.{_QUOTED[engine]}")
    return cast(tuple[tuple[int, int], ...], module.quoted(text))
