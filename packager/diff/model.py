"""The two sides of a comparison, and their differences: plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from packager.healthomics.request import Request
from packager.model.calls import Call, CallEdge, CallGraph
from packager.model.facts import TemplateParameter
from packager.model.image_reference import ImageName
from packager.model.value_types import ValueType


@dataclass(frozen=True, slots=True, order=True)
class File:
    """A file of a definition; `sha256` in hex, None if the file cannot be read."""

    path: str
    size: int
    sha256: str | None
    executable: bool


@dataclass(frozen=True, slots=True)
class CallFacts:
    """What is compared of a call.

    `values` are what its task requests, as text, by name (`image`, `cpu`, `memory`, `accelerators`). `definition` and `arguments` are
    digests of what else its definition and the call itself contain; "" if that is not known.
    """

    values: tuple[tuple[str, str], ...] = ()
    definition: str = ""
    arguments: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """The facts of a definition that are compared.

    `engine` is the language. `inputs` and `outputs` are names with types ("" for an unknown type); `value_types` are the types of inputs
    in detail, where known. `images` are all known images, dynamic ones as their expressions. `language_version` of a Nextflow pipeline is
    the engine version that the service uses. `calls` are all calls, and `call_facts` what is known of them, by their ids. `complete` is
    False if parts could not be read.
    """

    engine: str
    inputs: tuple[tuple[str, str], ...] = ()
    value_types: tuple[tuple[str, ValueType], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    images: tuple[ImageName, ...] = ()
    language_version: str = ""
    calls: CallGraph = field(default_factory=CallGraph)
    call_facts: tuple[tuple[str, CallFacts], ...] = ()
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """A workflow or version that is compared.

    `files` and `definition` are None if they are unknown. `modes`: the files' modes are known. `stand_ins` are parameters
    that the author does not describe. `readme_known` is False if there may be a README that cannot be read.
    """

    settings: Request
    parameters: tuple[tuple[str, TemplateParameter], ...] = ()
    stand_ins: frozenset[str] = frozenset()
    files: tuple[File, ...] | None = None
    modes: bool = True
    definition: Definition | None = None
    readme: str | None = None
    readme_known: bool = True


class ChangeKind(StrEnum):
    """What happened to a file, an output, an image or a call."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MODE = "modeChanged"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that differs; None on the side that does not have it."""

    kind: ChangeKind
    path: str
    before: File | None
    after: File | None


class ParameterKind(StrEnum):
    """What happened to a parameter."""

    ADDED_REQUIRED = "addedRequired"
    REMOVED = "removed"
    NOW_REQUIRED = "nowRequired"
    RETYPED = "typeChanged"
    ADDED_OPTIONAL = "addedOptional"
    NOW_OPTIONAL = "nowOptional"
    WIDENED = "typeWidened"
    DESCRIBED = "descriptionChanged"


BREAKING_PARAMETERS = frozenset(
    {ParameterKind.ADDED_REQUIRED, ParameterKind.REMOVED, ParameterKind.NOW_REQUIRED, ParameterKind.RETYPED}
)


@dataclass(frozen=True, slots=True)
class ParameterChange:
    """One way in which a parameter differs; `before` and `after` are types or descriptions, None if there are none."""

    kind: ParameterKind
    name: str
    before: str | None = None
    after: str | None = None

    @property
    def breaking(self) -> bool:
        """Whether valid run parameters may become invalid."""
        return self.kind in BREAKING_PARAMETERS


@dataclass(frozen=True, slots=True)
class OutputChange:
    """An output that differs, with its types."""

    kind: ChangeKind
    name: str
    before: str | None
    after: str | None

    @property
    def breaking(self) -> bool:
        """Whether a reader of the outputs may miss this output."""
        return self.kind is not ChangeKind.ADDED


@dataclass(frozen=True, slots=True)
class ImageChange:
    """An image that differs; CHANGED is another tag or digest of the same repository."""

    kind: ChangeKind
    before: ImageName | None
    after: ImageName | None


class Aspect(StrEnum):
    """What a call can differ in."""

    CALLEE = "callee"
    IMAGE = "image"
    CPU = "cpu"
    MEMORY = "memory"
    ACCELERATORS = "accelerators"
    SCATTER = "scatter"
    CONDITION = "condition"
    DEFINITION = "definition"
    ARGUMENTS = "arguments"


@dataclass(frozen=True, slots=True)
class AspectChange:
    """One way in which a call differs; None on a side that does not have it, and on both sides if it is only known that they differ."""

    aspect: Aspect
    before: str | None = None
    after: str | None = None


@dataclass(frozen=True, slots=True)
class CallChange:
    """A call that differs; `call` is the newer of the two."""

    kind: ChangeKind
    call: Call
    aspects: tuple[AspectChange, ...] = ()


@dataclass(frozen=True, slots=True)
class EdgeChange:
    """A value that begins to flow, or no longer flows."""

    kind: ChangeKind
    edge: CallEdge


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting that differs, by its API name (`tags[KEY]` for a tag); None on the side where it is not set."""

    name: str
    before: str | None
    after: str | None
    breaking: bool = False


@dataclass(frozen=True, slots=True, order=True)
class NotCompared:
    """A part that could not be compared, and why."""

    part: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """All differences, each part in a fixed order.

    `calls` and `edges` show what the differences between files are about. `not_given` are settings of the first that the second leaves
    open: not a difference, because they can be given when it is submitted.
    """

    parameters: tuple[ParameterChange, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    images: tuple[ImageChange, ...] = ()
    files: tuple[FileChange, ...] = ()
    settings: tuple[SettingChange, ...] = ()
    calls: tuple[CallChange, ...] = ()
    edges: tuple[EdgeChange, ...] = ()
    not_given: tuple[str, ...] = ()
    not_compared: tuple[NotCompared, ...] = field(default=())

    @property
    def identical(self) -> bool:
        """Whether the two do not differ."""
        return not (self.parameters or self.outputs or self.images or self.files or self.settings)

    @property
    def breaking(self) -> bool:
        """Whether a user of the first may have to change something for the second."""
        changes = [change.breaking for change in self.parameters]
        changes += [change.breaking for change in self.outputs]
        return any(changes + [change.breaking for change in self.settings])
