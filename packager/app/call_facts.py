"""What is compared of the calls of a workflow: what their tasks request, and digests of the text that defines them."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Callable, Iterator, Sequence

from packager.app.loaded import Loaded
from packager.diff import CallFacts
from packager.findings.diagnostic import Place
from packager.graph import tasks_of
from packager.model.calls import Call
from packager.model.facts import Attribute, ImageStatus, Task, TaskImage
from packager.source import UnreadableError

_Lines = Callable[[str], Sequence[str]]


def call_facts(loaded: Loaded) -> Iterator[tuple[str, CallFacts]]:
    """The facts of every call, by its id."""
    graph = loaded.workflow.graph
    tasks = tasks_of(graph, loaded.workflow.tasks)
    starts = _starts(loaded)

    @functools.cache
    def lines(path: str) -> Sequence[str]:
        try:
            return loaded.tree.text(path).split("\n")
        except UnreadableError:
            return ()

    for call in graph.calls:
        task = tasks.get(call.id)
        yield (
            call.id,
            CallFacts(
                tuple(_values(task)) if task else (),
                _digest(_definition(call, task, lines, starts)),
                _digest(_cut(lines, call.place, ())) if call.place.end_line > call.place.line else "",
            ),
        )


def _values(task: Task) -> Iterator[tuple[str, str]]:
    resources = task.resources
    kind, number = resources.accelerator_type, resources.accelerator_count
    pairs = (
        ("image", _image(task.image)),
        ("cpu", _amount(resources.cpu, "vCPU")),
        ("memory", _amount(resources.memory, "GiB")),
        ("accelerators", " x ".join(part for part in (_amount(number), _amount(kind)) if part)),
    )
    yield from ((name, value) for name, value in pairs if value)


def _image(image: TaskImage) -> str:
    if image.status is ImageStatus.NONE:
        return ""
    return image.text if image.reference is None else str(image.reference)


def _amount(attribute: Attribute | None, unit: str = "") -> str:
    if attribute is None:
        return ""
    if attribute.number is not None:
        return f"{round(attribute.number, 2):g} {unit}".rstrip()
    return attribute.text if attribute.value is None else str(attribute.value)


def _starts(loaded: Loaded) -> dict[str, list[int]]:
    """The lines of each file on which something begins."""
    facts = loaded.workflow
    places = [task.place for task in facts.tasks]
    places += [place for call in facts.graph.calls for place in (call.place, call.definition)]
    places += [declared.place for declared in facts.inputs] + [output.place for output in facts.outputs]
    starts: dict[str, set[int]] = {}
    for place in places:
        starts.setdefault(place.path, set()).add(place.line)
    return {path: sorted(lines) for path, lines in starts.items()}


def _definition(call: Call, task: Task | None, lines: _Lines, starts: dict[str, list[int]]) -> str:
    """The text of a definition without the values that are compared by themselves; "" if it is not known."""
    place = task.place if task else call.definition
    if not place.path or not place.line:
        return ""
    if place.end_line <= place.line:
        place = Place(place.path, place.line, 1, _end(place, lines, starts), 0)
    parts: list[Place] = []
    if task is not None:
        resources = task.resources
        amounts = (resources.cpu, resources.memory, resources.accelerator_type, resources.accelerator_count)
        parts = [task.image.place, *(amount.place for amount in amounts if amount)]
    inside = [
        part for part in parts if part.path == place.path and place.line <= part.line <= part.end_line <= place.end_line
    ]
    return _cut(lines, place, inside)


def _end(place: Place, lines: _Lines, starts: dict[str, list[int]]) -> int:
    """The last line of a definition whose end is not known: before the next one, or a closing brace in the first column."""
    text = lines(place.path)
    following = next((line for line in starts.get(place.path, ()) if line > place.line), len(text) + 1)
    braces = (number for number in range(place.line, following) if text[number - 1 : number] == ["}"])
    return next(braces, following - 1)


def _cut(lines: _Lines, place: Place, parts: Sequence[Place]) -> str:
    """The text at a place without its parts and without spaces at the ends of lines."""
    text = list(lines(place.path))
    for part in sorted(parts, key=lambda part: (part.line, part.column), reverse=True):
        if part.end_line > len(text):
            continue
        rest = text[part.end_line - 1][part.end_column - 1 :]
        text[part.line - 1 : part.end_line] = [text[part.line - 1][: part.column - 1] + rest]
    removed = len(lines(place.path)) - len(text)
    shown = [line.rstrip() for line in text[place.line - 1 : place.end_line - removed]]
    return "\n".join(line for line in shown if line)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:32] if text else ""
