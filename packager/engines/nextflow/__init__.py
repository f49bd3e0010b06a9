"""The Nextflow adapter: scripts and configs read in pure Python, no JVM, nothing executed.

From text to facts: `lexing`, `expressions`, `statements`, `scripts` and `configs` make syntax trees (`syntax`); `settings` is the config
as a whole, `graph` the scripts that main reaches; `processes`, `parameters`, `closure` and `features` take the facts from these
(`reading`); `checking` judges strict syntax and names. Features: those of `features`, and `schema-missing`, `schema-invalid`,
`schema-draft-unknown`, `schema-nested`.
"""

from __future__ import annotations

from packager.cache import Cache
from packager.engines.adapter import DEFAULT_OPTIONS, EngineOptions
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree


def read(tree: SourceTree, main: str, cache: Cache, options: EngineOptions = DEFAULT_OPTIONS) -> Workflow:
    """See `Adapter.read`."""
    from packager.engines.nextflow import facts  # noqa: PLC0415 - `scan` alone is enough for detection

    return facts.read(tree, main, cache, options.profiles)


def check(tree: SourceTree, workflow: Workflow, cache: Cache, options: EngineOptions = DEFAULT_OPTIONS) -> Verdict:
    """See `Adapter.check`."""
    from packager.engines.nextflow import verdict  # noqa: PLC0415 - as above

    return verdict.check(tree, workflow, cache, options.profiles)
