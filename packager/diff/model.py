"""What is compared, and what came of it: plain frozen data."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from packager.healthomics.request import Request
from packager.model.facts import TemplateParameter
from packager.model.value_types import ValueType


@dataclass(frozen=True, slots=True, order=True)
class File:
    """A file of a definition; `sha256` in hex, None if the file cannot be read."""

    path: str
    size: int
    sha256: str | None
    executable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """What reading a definition tells.

    `engine` is the language's. `inputs` and `outputs` are names with types ("" for one that is not known); `value_types` say more of those
    of inputs that are known. `images` are all that can
    be told, dynamic ones as they are written. `language_version` of a Nextflow pipeline is the engine version that the service takes.
    `complete` is False when parts could not be read.
    """

    engine: str
    inputs: tuple[tuple[str, str], ...] = ()
    value_types: tuple[tuple[str, ValueType], ...] = ()
    outputs: tuple[tuple[str, str], ...] = ()
    images: tuple[str, ...] = ()
    language_version: str = ""
    complete: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two things that are compared.

    `files` and `definition` are None where they are not known. `modes` tells whether the files' modes are. `stand_ins` are parameters
    whose description is none of the author's. `readme_known` is False where there may be a README that cannot be seen.
    """

    settings: Request
    parameters: tuple[tuple[str, TemplateParameter], ...] = ()
    stand_ins: frozenset[str] = frozenset()
    files: tuple[File, ...] | None = None
    modes: bool = True
    definition: Definition | None = None
    readme: str | None = None
    readme_known: bool = True


class Kind(StrEnum):
    """What happened to a file, an output or an image."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"
    MODE = "modeChanged"


@dataclass(frozen=True, slots=True)
class FileChange:
    """A file that differs; None where it is not there."""

    kind: Kind
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
    """One way in which a parameter differs; `before` and `after` are types or descriptions, None where there are none."""

    kind: ParameterKind
    name: str
    before: str | None = None
    after: str | None = None

    @property
    def breaking(self) -> bool:
        """Whether run parameters that were right before may now be wrong."""
        return self.kind in BREAKING_PARAMETERS


@dataclass(frozen=True, slots=True)
class OutputChange:
    """An output that differs, with its types."""

    kind: Kind
    name: str
    before: str | None
    after: str | None

    @property
    def breaking(self) -> bool:
        """Whether something that reads the outputs may miss one."""
        return self.kind is not Kind.ADDED


@dataclass(frozen=True, slots=True)
class ImageChange:
    """An image that differs; CHANGED is another tag or digest of the same repository."""

    kind: Kind
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class SettingChange:
    """A setting that differs, by its API name (`tags[KEY]` for one of several); None where it is not set."""

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
    """All in which the two differ, each part in a fixed order.

    `not_given` are settings of the first that the second does not say: no difference, because whoever submits it may say them then.
    """

    parameters: tuple[ParameterChange, ...] = ()
    outputs: tuple[OutputChange, ...] = ()
    images: tuple[ImageChange, ...] = ()
    files: tuple[FileChange, ...] = ()
    settings: tuple[SettingChange, ...] = ()
    not_given: tuple[str, ...] = ()
    not_compared: tuple[NotCompared, ...] = field(default=())

    @property
    def identical(self) -> bool:
        """Whether no difference was found."""
        return not (self.parameters or self.outputs or self.images or self.files or self.settings)

    @property
    def breaking(self) -> bool:
        """Whether a user of the first may have to change something for the second."""
        changes = [one.breaking for one in self.parameters]
        changes += [one.breaking for one in self.outputs]
        return any(changes + [one.breaking for one in self.settings])
