"""The table of commands; each is imported only when it is called."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click

from packager._version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

_COMMANDS = {
    "inspect": (
        "inspect",
        "What HealthOmics will see: engine, main, parameters, tasks, images, files.",
    ),
    "lint": ("lint", "Check everything that can be checked offline; the gate for CI."),
    "template": ("template", "Print, write or check the parameter template."),
    "inputs": ("inputs", "Run parameters: a skeleton, a JSON Schema, or a check."),
    "images": ("images", "List every image, and what it resolves to under a registry map."),
    "map": ("map", "Check a container registry map."),
    "package": ("package", "Lint, then write the definition zip."),
    "submit": ("submit", "Lint, package, create the workflow or a version of it, and wait."),
    "diff": ("diff", "Hold the definition here against a deployed version."),
    "status": ("status", "What the service says of a workflow or a version."),
    "init": ("init", "Write a first packager.toml from what is found."),
    "rules": ("rules", "List or explain what is checked."),
    "emulator": ("emulator", "Serve a local stand-in for the service."),
    "completion": ("completion", "Print the script that lets a shell complete."),
}


class InterruptedCommandError(Exception):
    """The user interrupted. A name of its own, because click writes to stderr before it hands on a `KeyboardInterrupt`."""


class _LazyGroup(click.Group):
    """A group that knows its commands' names and first lines without importing them."""

    def invoke(self, ctx: click.Context) -> object:
        """Run the command.

        Raises:
            InterruptedCommandError: the user interrupted.
        """
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            raise InterruptedCommandError from error

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module = importlib.import_module(f"packager.cli.commands.{_COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        if ctx.resilient_parsing:  # a shell asks what can follow
            from packager.cli.completers import attach  # noqa: PLC0415 - as above

            attach(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names of the commands with their first lines, from the table."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only when a shell asks

        named = [
            CompletionItem(name, help=line) for name, (_, line) in _COMMANDS.items() if name.startswith(incomplete)
        ]
        return [*named, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, line) for name, (_, line) in _COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            if ctx.resilient_parsing:
                return None, None, []
            import difflib  # noqa: PLC0415 - only for a mistyped command

            nearest = difflib.get_close_matches(args[0], _COMMANDS, 1)
            more = f" Did you mean '{nearest[0]}'?" if nearest else ""
            ctx.fail(f"No such command '{args[0]}'.{more}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 fine; 1 findings; 2 usage or unreadable input; 3 AWS refused or FAILED; "
    "4 still CREATING; 70 a bug of ours; 130 interrupted.",
)
@click.version_option(__version__, message="packager %(version)s")
def cli() -> None:
    """Lint, package and submit WDL, Nextflow and CWL workflows for AWS HealthOmics."""
