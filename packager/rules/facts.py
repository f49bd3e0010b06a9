"""All facts that rules may use."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from packager.findings.diagnostic import Place
from packager.healthomics.deployed import Deployed
from packager.healthomics.request import Request
from packager.images.registry_map import RegistryMap
from packager.images.usage import ImageUse
from packager.model.facts import Attribute, Detection, Entry, Task, Workflow
from packager.model.features import Feature, FeatureName
from packager.parameters.run_parameters import RunParameters
from packager.parameters.run_requests import RunRequest
from packager.parameters.template import Template, WrittenTemplate

UNSEARCHED, BINARY, LARGE, LFS_POINTER = "unsearched", "binary", "large", "lfs-pointer"
BAD_START, CARRIAGE_RETURN, BYTE_ORDER_MARK = "bad-start", "carriage-return", "byte-order-mark"


@dataclass(frozen=True, slots=True, order=True)
class Content:
    """Something notable in a file of the package, without its value.

    `kind` is `secret`, `private-key` or `url-password` (`what` is its form), `account` (an account's id in an ARN), `notebook-output`,
    LFS_POINTER (`what` is the size of the file in bytes), BAD_START for a script whose first line the system cannot use (`what` is
    CARRIAGE_RETURN at its end or BYTE_ORDER_MARK before it), or UNSEARCHED for a file that was not searched as a whole (`what` is BINARY or
    LARGE).
    """

    kind: str
    what: str
    place: Place


@dataclass(frozen=True, slots=True)
class ArchiveFacts:
    """What would be packaged. `zip_size` in bytes, None if it is certainly far below every limit.

    `zip_faults` are the places of a source zip where readers may see something else than what was checked.
    """

    entries: tuple[Entry, ...]
    zip_size: int | None
    inline: bool = True
    contents: tuple[Content, ...] = ()
    zip_faults: tuple[tuple[Place, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts of one run; a member that is None is unknown or absent, and rules about it do not run.

    `request` is the request as far as it is known; `submission` is the complete request that is about to be sent.
    `deployed` is the version that a new version follows. `repository` are the files of the repository that the definition comes from, with
    their sizes in bytes. `day` is the day for which everything is checked. `packaged`: the source is a zip.
    """

    workflow: Workflow | None = None
    detection: Detection | None = None
    images: tuple[ImageUse, ...] = ()
    template: Template | None = None
    written_template: WrittenTemplate | None = None
    registry_map: RegistryMap | None = None
    request: Request | None = None
    submission: Request | None = None
    deployed: Deployed | None = None
    repository: tuple[tuple[str, int], ...] | None = None
    run_parameters: RunParameters | None = None
    run_request: RunRequest | None = None
    archive: ArchiveFacts | None = None
    region: str | None = None
    account: str | None = None
    target: bool = False
    day: date | None = None
    packaged: bool = False

    def is_past(self, day: str) -> bool:
        """Whether a day (`2026-11-30`) has come: False before it, and if it is not known which day counts."""
        return self.day is not None and self.day.isoformat() >= day

    def is_before(self, day: str) -> bool:
        """Whether a day is still to come: False from it on, and if it is not known which day counts."""
        return self.day is not None and self.day.isoformat() < day

    @property
    def complete_workflow(self) -> Workflow | None:
        """The workflow if all its parts were read: only then the absence of something proves anything."""
        return self.workflow if self.workflow is not None and self.workflow.complete else None

    @property
    def configured_workflow(self) -> Workflow | None:
        """The workflow unless a config is not read, or has no effect at its place: then settings that seem to lack may be there."""
        unread = any(self.features(FeatureName.CONFIG_UNUSED, FeatureName.CONFIG_UNREAD))
        return None if unread else self.workflow

    @property
    def workflow_with_main(self) -> Workflow | None:
        """The workflow unless its main file could not be read: then all that lacks may be in that file."""
        workflow = self.workflow
        return None if workflow is None or Place(workflow.main) in workflow.unread else workflow

    def features(self, *names: FeatureName) -> Iterator[Feature]:
        """The features of these names, in their order."""
        for feature in self.workflow.features if self.workflow is not None else ():
            if feature.name in names:
                yield feature

    def attributes(self, *names: str) -> Iterator[tuple[Task, Attribute]]:
        """The attributes of these names, task by task."""
        for task in self.workflow.tasks if self.workflow is not None else ():
            for attribute in task.attributes:
                if attribute.name in names:
                    yield task, attribute
