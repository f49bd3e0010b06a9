"""The facts that stages hand on: small frozen dataclasses, the same for every engine."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from enum import StrEnum

from packager.findings.diagnostic import Diagnostic, Place, Skipped
from packager.model.calls import CallGraph, unpack
from packager.model.features import Feature
from packager.model.image_reference import ImageName
from packager.model.value_types import ANY, ValueType


class Engine(StrEnum):
    """A workflow language, by its name in the service's API."""

    WDL = "WDL"
    NEXTFLOW = "NEXTFLOW"
    CWL = "CWL"


@dataclass(frozen=True, slots=True)
class ScannedReference:
    """A reference to another file as the import scanner saw it, unresolved.

    `kind`: `import` (WDL), `run`, `$import`, `$include`, `$mixin` (CWL), `include`, `includeConfig` (Nextflow).
    """

    kind: str
    text: str
    line: int
    column: int


@dataclass(frozen=True, slots=True)
class Scan:
    """The result of a quick scan of one file: enough to find entries, not enough to check it.

    `entry`: `workflow` or `tool` when the file can be a main, `definition` when it cannot be read, else empty. `version`: the
    declared language version as written, else empty.
    """

    engine: Engine
    entry: str = ""
    name: str = ""
    version: str = ""
    references: tuple[ScannedReference, ...] = ()


@dataclass(frozen=True, slots=True)
class Input:
    """An input that the main workflow declares.

    `default` is the default's text as written (None: no default, or one that is known only in a run).
    `description` is the best text of the definition; `service_description` is what the service's own
    documented generation would use (WDL `parameter_meta`, CWL `label`, Nextflow schema `description`).
    `service_visible` is False where the service would miss the input. `value_type` is what a run may set.
    """

    name: str
    type: str
    optional: bool
    default: str | None
    description: str
    place: Place
    service_description: str = ""
    service_visible: bool = True
    service_optional: bool | None = None
    value_type: ValueType = ANY


@dataclass(frozen=True, slots=True)
class Output:
    """An output that the main workflow declares."""

    name: str
    type: str
    place: Place


class ImageStatus(StrEnum):
    """How far an image reference is known without running anything."""

    LITERAL = "literal"
    RESOLVED = "resolved"
    DYNAMIC = "dynamic"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class TaskImage:
    """The container image of a task.

    `text` is the expression as written, `reference` the image that it names (None unless LITERAL
    or RESOLVED), `candidates` the images that a DYNAMIC one can be, sorted, as far as they are known,
    and `depends_on` the names of the inputs that decide, sorted.
    """

    status: ImageStatus
    place: Place
    text: str = ""
    reference: ImageName | None = None
    candidates: tuple[ImageName, ...] = ()
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Attribute:
    """A runtime attribute, directive or requirement field of a task.

    `text` is the expression as written; `value` its value if it is known without a run, else None.
    `depends_on` are the inputs by which a run may set another value, sorted.
    """

    name: str
    text: str
    place: Place
    value: str | int | float | bool | None = None
    depends_on: tuple[str, ...] = ()

    @property
    def number(self) -> float | None:
        """The value if it is a number, which a Boolean is not; a number that is too large is infinite."""
        if isinstance(self.value, bool) or not isinstance(self.value, int | float):
            return None
        try:
            return float(self.value)
        except OverflowError:
            return math.copysign(math.inf, self.value > 0 or -1)


@dataclass(frozen=True, slots=True)
class Resources:
    """What a task requests; a member is None if the task does not set it.

    Values: `cpu` in vCPUs, `memory` in GiB (float), `accelerator_count` in devices, `disk` in GiB.
    """

    cpu: Attribute | None = None
    memory: Attribute | None = None
    accelerator_type: Attribute | None = None
    accelerator_count: Attribute | None = None
    disk: Attribute | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A WDL task, a Nextflow process, or a CWL CommandLineTool or ExpressionTool.

    `runs_container` is False for what runs in the engine itself (a CWL ExpressionTool). `attributes` holds
    every attribute as written, engine by engine. `conditional`: a run may leave the task out; `depends_on` are
    the inputs that decide whether it does, sorted, as far as they are known. `light`: its command certainly only handles files.
    """

    name: str
    place: Place
    image: TaskImage
    resources: Resources = Resources()
    attributes: tuple[Attribute, ...] = ()
    runs_container: bool = True
    conditional: bool = False
    depends_on: tuple[str, ...] = ()
    light: bool = False


class Role(StrEnum):
    """Why a file is in the package."""

    MAIN = "main"
    DEFINITION = "definition"
    CONFIG = "config"
    DATA = "data"
    README = "readme"
    TEMPLATE = "template"
    OTHER = "other"


@dataclass(frozen=True, slots=True, order=True)
class ClosureFile:
    """A file that the main needs, and why (`run` in `main.cwl:12`)."""

    path: str
    role: Role
    reason: str
    guess: bool = False


@dataclass(frozen=True, slots=True)
class Workflow:
    """All facts about a workflow from an adapter's `read`.

    `files` is the closure of main, sorted, main included. `versions` maps each definition file
    to its declared language version ("" where it declares none), sorted by path. `complete` is False if parts could not
    be read: then the absence of a fact proves nothing. `unread` are the places of those parts, as far as they are known. `packed_graph`
    is `graph` as `pack` makes it.
    """

    engine: Engine
    main: str
    name: str
    language_version: str
    inputs: tuple[Input, ...] = ()
    outputs: tuple[Output, ...] = ()
    tasks: tuple[Task, ...] = ()
    files: tuple[ClosureFile, ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    features: tuple[Feature, ...] = ()
    diagnostics: tuple[Diagnostic, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    complete: bool = True
    unread: tuple[Place, ...] = ()
    place: Place = field(default_factory=lambda: Place(""))
    packed_graph: str = ""

    @property
    def graph(self) -> CallGraph:
        """The calls of the workflow, and what flows between them; unpacked each time."""
        return unpack(self.packed_graph)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The language's own verdict, from an adapter's `check`."""

    diagnostics: tuple[Diagnostic, ...] = ()
    skipped: tuple[Skipped, ...] = ()


@dataclass(frozen=True, slots=True)
class ServiceChoice:
    """What the service would choose if neither `engine` nor `main` were sent; None: it could not."""

    engine: Engine | None
    main: str | None
    reason: str


@dataclass(frozen=True, slots=True)
class Detection:
    """The engine and main file of a source, why, and what the service would choose.

    `climbs`: the root is above the main file's folder because imports climb there.
    """

    engine: Engine
    main: str
    reason: str
    service: ServiceChoice
    climbs: bool = False

    @property
    def service_differs(self) -> bool:
        """Whether a request without `engine` and `main` would register something else or fail."""
        return (self.service.engine, self.service.main) != (self.engine, self.main)


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """A file of the package: `mode` is 0o644 or 0o755, `sha256` in lower-case hex, `size` in bytes."""

    path: str
    size: int
    sha256: str
    mode: int
    role: Role


@dataclass(frozen=True, slots=True)
class TemplateParameter:
    """One entry of the API's parameterTemplate."""

    description: str
    optional: bool


def template_body(
    parameters: tuple[tuple[str, TemplateParameter], ...],
) -> dict[str, dict[str, str | bool]]:
    """A template as the API's `parameterTemplate` member."""
    return {
        name: {"description": parameter.description, "optional": parameter.optional} for name, parameter in parameters
    }
