"""One adapter per engine behind one Protocol and one table.

An adapter is a package `packager.engines.<name>` with the functions of `Adapter`; its import scanner stands in the
module `scan` of that package, which imports no engine library. An adapter turns the engine's own tree into facts
(`packager.model.facts`) and throws the tree away.
"""

from __future__ import annotations

import importlib
from typing import Protocol, cast

from packager.cache import Cache
from packager.model.facts import Engine, Scan, Verdict, Workflow
from packager.source import SourceTree

_PACKAGES = {Engine.WDL: "wdl", Engine.NEXTFLOW: "nextflow", Engine.CWL: "cwl"}
# The modules with a function `quoted`.
_QUOTED = {Engine.WDL: "wdl.quoted", Engine.NEXTFLOW: "nextflow.lexing", Engine.CWL: "cwl.quoted"}
# The extensions by which the service knows a definition file (packaging page, 2026-10-16).
SUFFIXES = {".wdl": Engine.WDL, ".nf": Engine.NEXTFLOW, ".cwl": Engine.CWL}


class Scanner(Protocol):
    """The quick look at one file, for detection and for the root of a single file."""

    def scan(self, path: str, content: bytes) -> Scan | None:
        """What the file is, or None when it is no definition of this engine; never raises."""


class Adapter(Protocol):
    """What an engine's package offers."""

    def read(self, tree: SourceTree, main: str, cache: Cache, *, profiles: tuple[str, ...] = ()) -> Workflow:
        """The facts of the workflow whose main file is `main`: quick, tolerant of errors; never raises.

        `profiles` are those of a Nextflow config to apply, and mean nothing to the other languages.
        """

    def check(
        self,
        tree: SourceTree,
        workflow: Workflow,
        cache: Cache,
        *,
        lenient: bool = False,
        profiles: tuple[str, ...] = (),
    ) -> Verdict:
        """The verdict of the language's reference implementation; never raises.

        `lenient` is for the service's engine WDL_LENIENT and means nothing to the other languages; `profiles` as in `read`.
        """


def scanner(engine: Engine) -> Scanner:
    """The import scanner of an engine."""
    return cast(Scanner, importlib.import_module(f"packager.engines.{_PACKAGES[engine]}.scan"))


def adapter(engine: Engine) -> Adapter:
    """The adapter of an engine; importing it may import the engine's library."""
    return cast(Adapter, importlib.import_module(f"packager.engines.{_PACKAGES[engine]}"))


def quoted(engine: Engine, text: str) -> tuple[tuple[int, int], ...]:
    """Where the texts of strings and commands stand in a definition, as offsets: a comment there is none of the language's."""
    module = importlib.import_module(f"packager.engines.{_QUOTED[engine]}")
    return cast(tuple[tuple[int, int], ...], module.quoted(text))
