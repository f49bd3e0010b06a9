"""The facts and the verdict of a CWL workflow, kept from an earlier run where that still applies.

What needs YAML or cwltool is imported late: a warm run only hashes files.
"""

from __future__ import annotations

from packager.cache import Cache
from packager.engines.adapter import DEFAULT_OPTIONS, EngineOptions
from packager.engines.caching import Lookups, Slot, code_digest, file_digest, kept_or_fresh, version
from packager.findings.codes import finding
from packager.findings.diagnostic import Skipped
from packager.model.facts import Engine, Verdict, Workflow
from packager.model.features import FeatureName
from packager.source import SourceTree

_LIBRARIES = (("cwltool", "cwltool"), ("schema-salad", "schema_salad"))
_UNREADABLE = frozenset({"ZIP010", "ZIP015", "CWL003"})


def read(tree: SourceTree, main: str, cache: Cache, options: EngineOptions = DEFAULT_OPTIONS) -> Workflow:
    """The facts of the workflow (or tool) that the CWL document `main` holds; never raises."""
    given = options.values()

    def compute(lookups: Lookups) -> tuple[Workflow, bool]:
        from packager.engines.cwl.facts import gather  # noqa: PLC0415 - imports yaml

        try:
            return gather(lookups, main, given), True
        except RecursionError:  # the caller left us little of the stack
            deep = finding("CWL014", "the definition is nested too deeply", path=main)
            return Workflow(Engine.CWL, main, "", "", diagnostics=(deep,), complete=False), False

    key = Cache.key(code_digest("engines/cwl"), main, file_digest(tree, main), *map(repr, options.inputs))
    return kept_or_fresh(Slot(cache, "cwl-facts", key), tree, Workflow, compute)


def check(tree: SourceTree, workflow: Workflow, cache: Cache, options: EngineOptions = DEFAULT_OPTIONS) -> Verdict:
    """The verdict of cwltool on a workflow that was read, without network or JavaScript; never raises."""
    del options  # the service has one engine for CWL
    if any(skipped.code == "CWL001" for skipped in workflow.skipped):
        return Verdict()  # `read` has reported why
    refusal = _refusal(workflow)
    if refusal is not None:
        return Verdict(skipped=(refusal,))
    libraries = " ".join(f"{name} {version(name, module)}" for name, module in _LIBRARIES)

    def compute(_lookups: Lookups) -> tuple[Verdict, bool]:
        from packager.engines.cwl.isolation import validate_isolated  # noqa: PLC0415 - not needed for a kept answer

        return validate_isolated(tree, workflow, libraries, cache)

    hashes = [f"{file.path} {file_digest(tree, file.path)}" for file in workflow.files]
    reported = [f"{finding.path}:{finding.line} {finding.code}" for finding in workflow.diagnostics]
    key = Cache.key(code_digest("engines/cwl"), libraries, workflow.main, *hashes, "-", *reported)
    return kept_or_fresh(Slot(cache, "cwl-verdict", key), tree, Verdict, compute)


def _refusal(workflow: Workflow) -> Skipped | None:
    """Why cwltool is not run, or None: it has no bounds, and crashes on circular references."""
    codes = {finding.code for finding in workflow.diagnostics}
    if any(finding.path == workflow.main and finding.code in _UNREADABLE for finding in workflow.diagnostics):
        return Skipped("CWL001", f"cwltool was not run: `{workflow.main}` cannot be read", (workflow.main,))
    if "CWL008" in codes:
        return Skipped("CWL001", "cwltool was not run: documents refer to each other in a circle")
    unknown = next((use for use in workflow.features if use.name is FeatureName.UNSUPPORTED_VERSION), None)
    if unknown is not None:  # CWL030 reports its place; one reason for all workflows of this version
        return Skipped("CWL001", f"cwltool was not run: version `{unknown.text}` is not supported")
    if "CWL014" in codes or any(skipped.code == "CWL013" for skipped in workflow.skipped):
        return Skipped("CWL001", "cwltool was not run: the definition is too large or too deeply nested")
    return None
