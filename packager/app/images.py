"""The images of a workflow without asking anyone: what hides some of them, and what lets the service pull them."""

from __future__ import annotations

from packager.app.loaded import Loaded
from packager.aws.iam import grants
from packager.errors import PackagerError
from packager.findings.diagnostic import Diagnostic
from packager.images.destinations import WorkflowImages, resolve_destinations

# Findings about parameter templates, registry maps and the form of a zip.
_TEMPLATE, _MAP, _ZIP_FORM = "TPL", "MAP", "ZIP016"


def hiding_images(loaded: Loaded, *, with_map: bool = True) -> tuple[Diagnostic, ...]:
    """The findings of reading that may hide an image: files that could not be read and, `with_map`, faults of the registry map."""
    unrelated = (_TEMPLATE, _ZIP_FORM) if with_map else (_TEMPLATE, _ZIP_FORM, _MAP)
    return tuple(finding for finding in loaded.diagnostics if not finding.code.startswith(unrelated))


def minimum_policies(loaded: Loaded) -> dict[str, object]:
    """The minimum policies of repositories, registries and creation templates that let the service pull a workflow's images.

    Raises:
        PackagerError: the account or the Region is unknown, and a policy depends on it.
    """
    account, region = loaded.account, loaded.region
    needed = resolve_destinations(
        WorkflowImages(loaded.workflow, loaded.images, loaded.registry_map), account=account, region=region
    )
    unnamed = [cache for cache in needed.caches if not (cache.ecr_account_id or account)]
    if unnamed or (needed.caches and not region):
        raise PackagerError("the account or the Region of the registry is unknown", "use `--account` and `--region`")
    return grants.minimum_policies(needed, account=account, region=region)
