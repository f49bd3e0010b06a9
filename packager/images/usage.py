"""Which tasks use which image."""

from __future__ import annotations

from dataclasses import dataclass

from packager.findings.diagnostic import Place
from packager.model.facts import ImageStatus, Task, Workflow
from packager.model.image_reference import ImageName, ImageReference, as_reference
from packager.model.image_reference import fault as fault_of


@dataclass(frozen=True, slots=True, order=True)
class TaskUse:
    """A task that uses an image.

    `place` is where the image is named, or the task itself when that is unknown.
    """

    name: str
    place: Place


@dataclass(frozen=True, slots=True)
class ImageUse:
    """A distinct image with every task that uses it, sorted.

    `reference` is None for a DYNAMIC image and for a name that is not a valid reference; `text` is then the expression or the
    name as written. `candidates` are the images that a DYNAMIC one can be, `depends_on` the inputs that decide; empty if no input
    decides for one of the tasks. `conditional`: a run may leave out every task whose image no input decides; `conditions` are the inputs
    that decide whether it does, as far as they are known.
    """

    status: ImageStatus
    reference: ImageReference | None
    tasks: tuple[TaskUse, ...]
    candidates: tuple[ImageName, ...] = ()
    depends_on: tuple[str, ...] = ()
    text: str = ""
    conditional: bool = False
    conditions: tuple[str, ...] = ()

    @property
    def image(self) -> str:
        """The image as the workflow names it."""
        return self.text if self.reference is None else self.reference.format()

    @property
    def fault(self) -> str | None:
        """Why the name is not an image reference, as the end of a sentence about it; None for every other image."""
        is_name = self.reference is None and self.status is not ImageStatus.DYNAMIC
        return fault_of(self.text) if is_name else None

    @property
    def names(self) -> tuple[ImageName, ...]:
        """All images that the tasks can pull, as far as they are known: the image itself, or its candidates."""
        if self.status is ImageStatus.DYNAMIC:
            return self.candidates
        return (self.reference or self.text,)

    @property
    def references(self) -> tuple[ImageReference, ...]:
        """Those of `names` that are valid references."""
        return tuple(name for name in self.names if isinstance(name, ImageReference))

    @property
    def place(self) -> Place:
        """Where the image is used first."""
        return min(use.place for use in self.tasks)

    @property
    def task_names(self) -> tuple[str, ...]:
        """The names of the tasks, each once."""
        return tuple(dict.fromkeys(task.name for task in self.tasks))


def unique_images(workflow: Workflow) -> tuple[ImageUse, ...]:
    """Every distinct image of a workflow, sorted by name, dynamic ones last.

    Tasks without an image, and tasks that run in the engine itself, are left out.
    """
    known: dict[str, list[Task]] = {}
    dynamic: dict[tuple[str, tuple[str, ...], tuple[str, ...]], list[Task]] = {}
    for task in workflow.tasks:
        image = task.image
        if image.status is ImageStatus.NONE or not task.runs_container:
            continue
        if image.status is ImageStatus.DYNAMIC or image.reference is None:
            candidates = tuple(str(name) for name in image.candidates)
            dynamic.setdefault((image.text, candidates, image.depends_on), []).append(task)
        else:
            known.setdefault(str(image.reference), []).append(task)
    return (
        *(_known_use(tasks) for _, tasks in sorted(known.items())),
        *(_dynamic_use(tasks) for _, tasks in sorted(dynamic.items())),
    )


def _known_use(tasks: list[Task]) -> ImageUse:
    # Literal in one task and resolved in another: the literal one is certain.
    status = min((task.image.status for task in tasks), key=lambda status: status is not ImageStatus.LITERAL)
    name = tasks[0].image.reference
    deciding = [task.image.depends_on for task in tasks]
    depends_on = tuple(sorted({name for names in deciding for name in names})) if all(deciding) else ()
    text = name if isinstance(name, str) else ""
    fixed = [task for task in tasks if not task.image.depends_on] or tasks
    conditional = all(task.conditional for task in fixed)
    conditions = tuple(sorted({name for task in fixed for name in task.depends_on})) if conditional else ()
    return ImageUse(
        status,
        as_reference(name),
        _uses(tasks),
        depends_on=depends_on,
        text=text,
        conditional=conditional,
        conditions=conditions,
    )


def _dynamic_use(tasks: list[Task]) -> ImageUse:
    image = tasks[0].image
    return ImageUse(ImageStatus.DYNAMIC, None, _uses(tasks), image.candidates, image.depends_on, image.text)


def _uses(tasks: list[Task]) -> tuple[TaskUse, ...]:
    return tuple(
        sorted({TaskUse(task.name, task.image.place if task.image.place.line else task.place) for task in tasks})
    )
