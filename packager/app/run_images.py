"""The images of a workflow in a run whose parameters are known: those that the parameters decide are named by them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from packager.cache import Cache
from packager.engines import adapter
from packager.engines.adapter import EngineOptions
from packager.findings.diagnostic import Place
from packager.jsondoc.jsontext import canonical_json
from packager.model.facts import ImageStatus, Task, Workflow
from packager.parameters.run_parameters import RunParameter, RunParameters
from packager.parameters.template import bare_name
from packager.source import SourceTree


def in_run(
    workflow: Workflow, parameters: RunParameters, tree: SourceTree, cache: Cache, profiles: tuple[str, ...]
) -> Workflow:
    """A workflow whose images are those of a run with these parameters; the place of such an image is that of the parameter's value."""
    inputs = deciding_values(workflow, parameters)
    if not inputs:
        return workflow
    names = _by_input(workflow, parameters)
    options = EngineOptions(profiles=profiles, inputs=inputs)
    again = adapter.of(workflow.engine).read(tree, workflow.main, cache, options)
    by_place = {(task.name, task.place): task for task in again.tasks}
    places = {name: names[name].name for name, _ in inputs}
    return replace(workflow, tasks=tuple(_in_run(task, by_place, places, parameters) for task in workflow.tasks))


def deciding_values(workflow: Workflow, parameters: RunParameters) -> tuple[tuple[str, str], ...]:
    """The inputs that decide about images, each with its value in a run as JSON text, sorted."""
    names = _by_input(workflow, parameters)
    deciding = {name for task in workflow.tasks for name in task.image.depends_on if name in names}
    return tuple((name, canonical_json(names[name].value)) for name in sorted(deciding))


def _by_input(workflow: Workflow, parameters: RunParameters) -> dict[str, RunParameter]:
    return {bare_name(parameter.name, workflow) or parameter.name: parameter for parameter in parameters.parameters}


def _in_run(
    task: Task, again: Mapping[tuple[str, Place], Task], names: Mapping[str, str], parameters: RunParameters
) -> Task:
    deciding = [name for name in task.image.depends_on if name in names]
    same = again.get((task.name, task.place))
    if not deciding or same is None or same.image.status is ImageStatus.NONE:
        return task
    image = same.image
    if image.status is not ImageStatus.DYNAMIC:
        left = tuple(name for name in image.depends_on if name not in names)
        image = replace(image, place=parameters.place_of((names[deciding[0]],)), depends_on=left)
    return replace(task, image=image)
