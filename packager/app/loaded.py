"""A workflow with all its facts: what `load` returns, and all other use cases start from."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from packager.archive.description import Sidecar
from packager.archive.plan import Plan
from packager.cache import Cache
from packager.files import relative_path
from packager.findings.diagnostic import Diagnostic
from packager.findings.overrides import NO_POLICY, Policy
from packager.images.registry_map import RegistryMap
from packager.images.usage import ImageUse
from packager.model.facts import Detection, Workflow
from packager.parameters.run_parameters import RunParameters
from packager.parameters.template import Template, WrittenTemplate
from packager.source import SourceTree, ZipTree


@dataclass(frozen=True, slots=True)
class Loaded:
    """A workflow with all its facts, before anything is checked.

    `request_engine` is the API's engine value (such as `WDL_LENIENT`). `written_template` and `registry_map` are the files that were
    named, or detected next to main. `profiles` are the Nextflow profiles to apply. `diagnostics` are the findings of reading all that.
    `policy` has the severities and per-path ignores of the project, its patterns relative to `policy_folder`. `target` is true if account
    and Region are those of a configured target.
    """

    tree: SourceTree
    detection: Detection
    request_engine: str
    workflow: Workflow
    template: Template
    written_template: WrittenTemplate | None
    registry_map: RegistryMap | None
    images: tuple[ImageUse, ...]
    plan: Plan
    sidecar: Sidecar | None
    cache: Cache
    region: str | None
    account: str | None
    profiles: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    policy: Policy = NO_POLICY
    policy_folder: str | None = None
    target: bool = False
    run_parameters: RunParameters | None = None
    day: date | None = None

    def on_disk(self, path: str) -> str:
        """A path of a finding relative to the current folder; that of a file outside of the source is so already."""
        return on_disk(self.tree, path)

    @property
    def parameters(self) -> Template:
        """The template that a request sends: the written one if it exists, else the derived one."""
        if self.written_template is not None:
            return Template(self.written_template.as_template())
        return self.template


def on_disk(tree: SourceTree, path: str) -> str:
    """A path of a source relative to the current folder; that of a file outside of the source is so already."""
    if tree.lookup(path) is None:
        return path
    if isinstance(tree, ZipTree):
        return f"{tree.path.as_posix()}/{path}"
    return relative_path(tree.real_path(path) or path)
