"""The verdict: what the strict parser refuses and names that nothing defines, judged by the version that will run.

From 26.04 on the service reads with the strict parser, and these are errors. Older versions do not mind; what would stand in the
way of the newer one is then said once for the whole pipeline.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from pathlib import PurePosixPath

from packager.cache import Cache, from_plain, to_plain
from packager.engines.nextflow import builtins
from packager.engines.nextflow.facts import keep_value, kept_value, key_of, parse
from packager.engines.nextflow.graph import Graph, Use
from packager.engines.nextflow.lexing import Fault
from packager.engines.nextflow.names import undefined_in_config, undefined_in_script
from packager.engines.nextflow.settings import Settings
from packager.engines.nextflow.sources import Sources
from packager.engines.nextflow.versions import is_strict
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, in_order
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree

_KIND = "nextflow-verdict"


def check(tree: SourceTree, workflow: Workflow, cache: Cache, profiles: tuple[str, ...] = ()) -> Verdict:
    """What Nextflow's own language checks would say; never raises."""
    key = Cache.key(*key_of(tree, workflow.main, profiles))
    kept = kept_value(cache, _KIND, key, tree)
    if kept is not None:
        try:
            return from_plain(Verdict, kept)
        except ValueError:
            pass
    sources, graph, settings = parse(tree, workflow.main, profiles)
    verdict = Verdict(tuple(in_order(_judge(sources, graph, settings, workflow))))
    keep_value(cache, _KIND, key, sources, to_plain(verdict))
    return verdict


def _judge(sources: Sources, graph: Graph, settings: Settings, workflow: Workflow) -> list[Diagnostic]:
    found: list[tuple[str, str, Fault]] = []
    uses: dict[str, list[Use]] = {}
    for use in graph.uses:
        uses.setdefault(use.path, []).append(use)
    classes = {PurePosixPath(path).stem for path in sources.tree.files if path.endswith(".groovy")}
    for path in sorted(graph.harvests):
        script = sources.scripts[path]
        found += [("NXF002", path, fault) for fault in _strict(script.faults)]
        if not any(not fault.strict for fault in script.faults):
            included = _included(graph, uses.get(path, ()))
            found += [("NXF003", path, fault) for fault in undefined_in_script(script, included, classes)]
    for path in settings.files:
        config = sources.configs[path]
        found += [("NXF002", path, fault) for fault in _strict(config.faults)]
        if not any(not fault.strict for fault in config.faults):
            found += [("NXF003", path, fault) for fault in undefined_in_config(config, classes)]
    if is_strict(workflow.language_version or None):
        return [
            finding_at(
                sources.place(path, fault.start, fault.end),
                code,
                fault.message,
                hint=_hint(fault),
                subject=fault.about(sources.text(path) or ""),
            )
            for code, path, fault in found
        ]
    return _summary(sources, found, workflow)


def _hint(fault: Fault) -> str | None:
    """A better hint than the code's, for a misspelt directive."""
    if not fault.directive:
        return None
    near = difflib.get_close_matches(fault.directive, sorted(builtins.DIRECTIVES), 1)
    return f"did you mean `{near[0]}`?" if near else "see the directives of the process reference"


def _strict(faults: tuple[Fault, ...]) -> list[Fault]:
    return [fault for fault in faults if fault.strict]


def _included(graph: Graph, uses: Iterable[Use]) -> dict[str, str]:
    """The kinds of the names that a script includes; "" where it is not known."""
    kinds: dict[str, str] = {}
    for use in uses:
        for name in use.include.names:
            kinds[name.alias] = graph.defined.get(use.target, {}).get(name.name, "") if use.kind == "local" else ""
    return kinds


def _summary(sources: Sources, found: list[tuple[str, str, Fault]], workflow: Workflow) -> list[Diagnostic]:
    if not found:
        return []
    _, path, first = found[0]
    files = len({one[1] for one in found})
    places = f"{len(found)} place{'s' if len(found) != 1 else ''} in {files} file{'s' if files != 1 else ''}"
    message = f"{places} would not pass the strict syntax of Nextflow 26.04, the first: {first.message}"
    return [finding_at(sources.place(path, first.start, first.end), "NXF019", message)]
