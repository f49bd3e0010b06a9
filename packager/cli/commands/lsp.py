"""`packager lsp`: the editor's server."""

from __future__ import annotations

import logging
from dataclasses import dataclass

import click

from packager.cli.arguments import with_arguments
from packager.cli.help import SectionedCommand
from packager.errors import PackagerError


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerArguments:
    """The options of `packager lsp`."""

    log_file: str | None
    log_level: str


@click.command(
    "lsp",
    cls=SectionedCommand,
    page="editors.md",
    examples=(
        ("packager lsp", "serve one editor over stdin and stdout; its configuration starts this"),
        ("packager lsp --log-file packager.log --log-level info", "the same, with a log"),
    ),
)
@click.option("--log-file", metavar="FILE", help="Write the log to this file instead of stderr.")
@click.option(
    "--log-level",
    type=click.Choice(["error", "warning", "info", "debug"]),
    default="warning",
    show_default=True,
    help="Minimum level of log entries.",
)
@with_arguments(ServerArguments)
def command(arguments: ServerArguments) -> int:
    """Serve the checks of packager to an editor, by the Language Server Protocol.

    Needs the extra `lsp`: `pip install 'omics-packager[lsp]'`. The editor starts this command; it shows the findings of `packager lint`
    while you type, with fixes, hover, links, definitions and completion. Nothing is sent anywhere, and nothing of the workflow is
    executed.
    """
    try:
        from packager.lsp.features import make_server  # noqa: PLC0415 - the library is an extra
    except ImportError as error:
        raise PackagerError(
            f"the editor's server needs the extra `lsp` (the module `{error.name}` is missing)",
            "install it with `pip install 'omics-packager[lsp]'`",
        ) from error
    logging.basicConfig(
        filename=arguments.log_file,
        level=arguments.log_level.upper(),
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )
    make_server().start_io()
    return 0
