"""`packager completion`: the script that lets a shell complete the command line."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class

from packager.cli.help import SectionedCommand
from packager.cli.output import write

_SHELLS = ("bash", "zsh", "fish")


@click.command(
    "completion",
    cls=SectionedCommand,
    page="first-workflow.md",
    examples=(
        ("packager completion bash", "print the script for bash"),
        ("packager completion zsh", "print the script for zsh"),
    ),
)
@click.argument("shell", type=click.Choice(_SHELLS))
@click.pass_context
def command(ctx: click.Context, shell: str) -> int:
    """Print the script that lets SHELL complete commands, options, files, codes and the names in packager.toml.

    \b
    bash: eval "$(packager completion bash)" in ~/.bashrc (bash 4.4 or later)
    zsh:  eval "$(packager completion zsh)" in ~/.zshrc
    fish: packager completion fish > ~/.config/fish/completions/packager.fish
    """  # noqa: D301 - click wants the character itself
    kind = get_completion_class(shell)
    if kind is not None:
        write(kind(ctx.find_root().command, {}, "packager", "_PACKAGER_COMPLETE").source())
    return 0
