"""cwltool's verdict on a workflow that was read, without network, JavaScript or files; kept by content."""

from __future__ import annotations

from packager._version import __version__
from packager.cache import Cache
from packager.engines.cwl.isolation import validate_isolated
from packager.engines.cwl.lookups import digest
from packager.engines.installed import version
from packager.findings.diagnostic import Skipped
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree

_LIBRARIES = (("cwltool", "cwltool"), ("schema-salad", "schema_salad"))
_KIND = "cwl-verdict"
_FORMAT = "5"  # raised when the verdict on the same files changes


def check(tree: SourceTree, workflow: Workflow, cache: Cache) -> Verdict:
    """The verdict; see the package. Never raises."""
    if any(skipped.code == "CWL001" for skipped in workflow.skipped):
        return Verdict()  # the reading has said why
    reason = _hopeless(workflow)
    if reason:
        return Verdict(skipped=(Skipped("CWL001", reason),))
    libraries = " ".join(f"{name} {version(name, module)}" for name, module in _LIBRARIES)
    hashes = [f"{file.path} {digest(tree, file.path)}" for file in workflow.files]
    reported = [f"{found.path}:{found.line} {found.code}" for found in workflow.diagnostics]
    key = Cache.key(__version__, _FORMAT, libraries, workflow.main, *hashes, "-", *reported)
    kept = cache.load(_KIND, key, Verdict)
    if kept is not None:
        return kept
    verdict, lasting = validate_isolated(tree, workflow, libraries, cache)
    if lasting:
        cache.store(_KIND, key, verdict)
    return verdict


def _hopeless(workflow: Workflow) -> str:
    """Why cwltool is not asked: it knows no bounds, and crashes on what comes back to itself."""
    codes = {found.code for found in workflow.diagnostics}
    if any(found.path == workflow.main and found.code in _UNREADABLE for found in workflow.diagnostics):
        return f"cwltool was not asked: `{workflow.main}` cannot be read"
    if "CWL008" in codes:
        return "cwltool was not asked: documents refer to each other in a circle"
    if "CWL014" in codes or workflow.skipped:
        return "cwltool was not asked: the definition is beyond the bounds of what is read"
    return ""


_UNREADABLE = frozenset({"ZIP010", "ZIP015", "CWL003"})
