"""The table of commands; each is imported only when it is used."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING

import click

from packager._version import __version__

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

# The commands in the order of the help; each is a module of its name.
_COMMANDS = {
    "list": "List the workflows of a repository, with their names, kinds and main files.",
    "inspect": "Show what HealthOmics will see: engine, main, parameters, tasks, images, files.",
    "lint": "Check workflows offline, on your machine or in CI.",
    "template": "Print, update or check the parameter template.",
    "inputs": "Print or check run parameters, and requests that start runs.",
    "vendor": "Copy remote imports into the repository, with a lock file.",
    "images": "List every image and what it resolves to under a registry map.",
    "map": "Check, write or pin a container registry map.",
    "graph": "Draw the calls of a workflow: SVG, Mermaid, DOT or JSON.",
    "report": "Write one HTML page about workflows: picture, images, tasks, findings.",
    "package": "Lint, then write the definition zip.",
    "submit": "Lint, package, create the workflow or a version of it, and wait.",
    "export": "Print what submit would create as CloudFormation or Terraform.",
    "diff": "Compare the local workflow with a deployed version.",
    "status": "Show the status of a workflow or version.",
    "init": "Write a first packager.toml for the workflows of a folder.",
    "rules": "List or explain the rules.",
    "emulator": "Serve a local emulator of the service.",
    "lsp": "Serve the checks to an editor (Language Server Protocol).",
    "mcp": "Serve the checks to an agent (Model Context Protocol).",
    "completion": "Print a shell's completion script.",
}


def _only_with_version(_context: click.Context, _parameter: click.Parameter, value: bool) -> None:
    """`--version --verbose` alone never gets here."""
    if value:
        raise click.UsageError("use --verbose together with --version, and without a command")


class InterruptedCommandError(Exception):
    """The user interrupted. It has its own name because click writes to stderr before it raises a `KeyboardInterrupt` again."""


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
        module = importlib.import_module(f"packager.cli.commands.{cmd_name}")
        command: click.Command = module.command
        if ctx.resilient_parsing:  # a shell asks for completions
            from packager.cli.completers import attach  # noqa: PLC0415 - only when a shell asks

            attach(command)
        return command

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """The names of the commands with their first lines, from the table."""
        from click.shell_completion import CompletionItem  # noqa: PLC0415 - only when a shell asks

        names = [CompletionItem(name, help=line) for name, line in _COMMANDS.items() if name.startswith(incomplete)]
        return [*names, *click.Command.shell_complete(self, ctx, incomplete)]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(_COMMANDS.items()))

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        if args and args[0] not in _COMMANDS and not args[0].startswith("-"):
            if ctx.resilient_parsing:
                return None, None, []
            import difflib  # noqa: PLC0415 - only for a mistyped command

            nearest = difflib.get_close_matches(args[0], _COMMANDS, 2)
            more = " Did you mean {}?".format(" or ".join(f"'{name}'" for name in nearest)) if nearest else ""
            ctx.fail(f"No such command '{args[0]}'.{more}")
        return super().resolve_command(ctx, args)


@click.group(
    cls=_LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit codes: 0 success; 1 findings; 2 usage error or unreadable input; 3 rejected by AWS or FAILED; "
    "4 still CREATING; 70 internal error (please report it); 130 interrupted.\n\nDocumentation: docs/index.md",
)
@click.version_option(__version__, message="packager %(version)s")
@click.option(
    "--verbose",
    is_flag=True,
    expose_value=False,
    callback=_only_with_version,
    help="With --version: show the day of the facts, the API model, and the versions of libraries.",
)
def cli() -> None:
    """Lint, package and submit WDL, Nextflow and CWL workflows for AWS HealthOmics."""
