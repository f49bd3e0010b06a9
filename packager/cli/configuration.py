"""Commands that are called with the workflows that a command line means, each with its options."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence

from packager.cli import cli_input
from packager.cli.arguments import Command
from packager.cli.cli_input import CliInput
from packager.cli.option_values import option_values, print_values
from packager.cli.streams import write_stderr
from packager.errors import PackagerError
from packager.settings.choice import Caller, check_account_and_region, choose, choose_all, choose_without_path
from packager.settings.layers import ENVIRONMENT, ConfiguredWorkflow
from packager.text import listed, safe

# What decides about findings for a command that lints first; options of `lint`, and of others only in `[lint]`.
_GATE: dict[str, object] = {"fail_on": "error", "selected": (), "ignored": (), "baseline": None}


def for_one_workflow(function: Command) -> Command:
    """A command that is called with the values for one workflow, from flags, environment and configuration.

    If it has the option `--cli-input`, it gets the content of the file as the `Request` of that name, and PATH may be omitted.
    """

    @functools.wraps(function)
    def command(path: str | None, *, target: str | None, show_config: bool, **parameters: object) -> int:
        file = parameters.pop("cli_input", None)
        request_file = cli_input.read(file) if isinstance(file, str) else CliInput()
        parameters = _GATE | parameters if "gate" in parameters else parameters
        if path is not None and request_file.zip_path is not None:
            raise PackagerError(
                "there are two definitions: PATH, and the zip in the `--cli-input` file", "omit one of them"
            )
        path = path if path is not None else request_file.zip_path
        caller = Caller(values=option_values(parameters), target=target, upper=[request_file.layer])
        workflows = choose(path, caller) if path is not None else choose_without_path(caller)
        if show_config:
            print_values(workflows)
            return 0
        if len(workflows) > 1:
            names = listed([workflow.name for workflow in workflows])
            raise PackagerError(
                f"found {len(workflows)} workflows: {names}",
                "pass the name of one as PATH: `packager list` shows them",
            )
        (workflow,) = workflows
        _check(workflow)
        return function(**workflow.arguments(), cli_input=request_file.request)

    return command


def for_targets(function: Callable[[Sequence[Mapping[str, object]]], int]) -> Command:
    """A command that is called once, with the values of `for_one_workflow` for each of its targets; without a target, with one."""

    @functools.wraps(function)
    def command(path: str | None, *, target: tuple[str, ...], show_config: bool, **parameters: object) -> int:
        calls: list[Mapping[str, object]] = []

        def add(**values: object) -> int:
            calls.append(values)
            return 0

        for name in dict.fromkeys(target) or (None,):
            for_one_workflow(add)(path, target=name, show_config=show_config, **parameters)
        return function(calls) if calls else 0

    return command


def for_workflows(function: Callable[..., int]) -> Command:
    """A command that is called with the workflows at its PATHs, each with its values for flags, environment and configuration."""

    @functools.wraps(function)
    def command(paths: tuple[str, ...], *, target: str | None, show_config: bool, **parameters: object) -> int:
        workflows = choose_all(paths, Caller(values=option_values(parameters), target=target))
        if show_config:
            print_values(workflows)
            return 0
        for workflow in workflows:
            _check(workflow)
        return function(workflows, **parameters)

    return command


def _check(workflow: ConfiguredWorkflow) -> None:
    _warn_of_region(workflow)
    check_account_and_region(workflow)


def _warn_of_region(workflow: ConfiguredWorkflow) -> None:
    """The environment overrides a target, which few people expect of a Region."""
    value = workflow.values.get("region")
    if workflow.config is None or workflow.target is None or value is None or value.origin != ENVIRONMENT:
        return
    region = workflow.config.targets[workflow.target].get("region")
    if region is not None and region.value != value.value:
        message = f"the Region is {value.value}, from the environment, not {region.value} as in the target"
        write_stderr(f"{safe(message)}\n")
