"""cwltool's verdict on a workflow that was read, in process and without network, JavaScript or files."""

from __future__ import annotations

from importlib import metadata

from packager import __version__
from packager.cache import Cache
from packager.diagnostics import Skipped
from packager.engines.cwl.lookups import digest
from packager.model import Verdict, Workflow
from packager.source import SourceTree

_KIND = "cwl-verdict"
_FORMAT = "1"  # raised when the verdict on the same files changes


def check(tree: SourceTree, workflow: Workflow, cache: Cache) -> Verdict:
    """The verdict; see the package. Never raises."""
    if any(found.path == workflow.main and found.code in _UNREADABLE for found in workflow.diagnostics):
        return Verdict(skipped=(Skipped("CWL001", f"`{workflow.main}` cannot be read"),))
    libraries = " ".join(f"{name} {metadata.version(name)}" for name in ("cwltool", "schema-salad"))
    hashes = [f"{file.path} {digest(tree, file.path)}" for file in workflow.files]
    reported = [f"{found.path}:{found.line} {found.code}" for found in workflow.diagnostics]
    key = Cache.key(__version__, _FORMAT, libraries, workflow.main, *hashes, "-", *reported)
    kept = cache.load(_KIND, key, Verdict)
    if kept is not None:
        return kept
    from packager.engines.cwl.validation import validate  # noqa: PLC0415 - imports cwltool

    verdict = validate(tree, workflow, libraries, cache)
    cache.store(_KIND, key, verdict)
    return verdict


_UNREADABLE = frozenset({"ZIP010", "ZIP015", "CWL003"})
