"""`packager mcp`: the agent's server."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass

import click

from packager.cli import EXIT_INTERRUPTED
from packager.cli.arguments import with_arguments
from packager.cli.help import SectionedCommand
from packager.cli.output import note
from packager.errors import PackagerError
from packager.mcp.process import answering_process
from packager.mcp.roots import limits_of

_TOKEN = "PACKAGER_MCP_TOKEN"  # noqa: S105 - the name of the variable
_SHORTEST_TOKEN = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerArguments:
    """The options of `packager mcp`."""

    roots: tuple[str, ...]
    port: int | None
    allow_submit: bool
    timeout: float


@click.command(
    "mcp",
    cls=SectionedCommand,
    page="agents.md",
    examples=(
        ("packager mcp", "serve one agent over stdin and stdout; its configuration starts this"),
        ("packager mcp --root workflows --http 8765", "serve agents on this machine over HTTP"),
    ),
)
@click.option(
    "--root",
    "roots",
    metavar="DIR",
    multiple=True,
    help="Read and write only in this folder; can be repeated. If omitted: the roots that the client names, else the current folder.",
)
@click.option(
    "--http",
    "port",
    metavar="PORT",
    type=click.IntRange(0, 65535),
    help="Serve over HTTP on 127.0.0.1 instead of stdin and stdout; 0 for a free port.",
)
@click.option("--allow-submit", is_flag=True, help="Let the tool `submit` send requests to AWS, not only print them.")
@click.option(
    "--timeout",
    type=click.FloatRange(min=10, max=3600),
    default=120,
    show_default=True,
    metavar="SECONDS",
    help="Maximum time of a call.",
)
@with_arguments(ServerArguments)
def command(arguments: ServerArguments) -> int:
    """Serve the checks of packager to an agent, by the Model Context Protocol.

    Needs the extra `mcp`: `pip install 'omics-packager[mcp]'`. The tools have the names of commands: list, lint, explain, inspect,
    template, check_inputs, images, package and submit. Nothing outside of the roots is read or written, and nothing is sent to AWS
    without `--allow-submit`.
    """
    token = _token()
    if arguments.port is not None and arguments.allow_submit and token is None:
        raise PackagerError(
            f"`--allow-submit` with `--http` needs a token in the variable `{_TOKEN}`",
            "any user of this machine could submit with your credentials; or omit `--http`",
        )
    _require_sdk()
    limits = limits_of(arguments.roots, fixed=arguments.port is not None)
    process = answering_process(arguments.timeout, allow_submit=arguments.allow_submit)
    from packager.mcp import transports  # noqa: PLC0415 - the SDK takes a second, in which the process starts
    from packager.mcp.server import AgentServer  # noqa: PLC0415 - as above

    server = AgentServer(limits, process, arguments.allow_submit)
    if arguments.port is None:
        try:
            transports.serve_stdio(server)
        except KeyboardInterrupt:
            note("interrupted")
            os._exit(EXIT_INTERRUPTED)  # a thread of the SDK waits for stdin, and would keep the process alive
    else:
        transports.serve_http(server, arguments.port, token, lambda url: note(f"serving on {url}; stop with Ctrl-C"))
    return 0


def _require_sdk() -> None:
    """Check that the extra is installed, without importing it."""
    try:
        installed = importlib.util.find_spec("mcp") is not None
    except ValueError:
        installed = False
    if not installed:
        raise PackagerError(
            "the agent's server needs the extra `mcp`", "install it with `pip install 'omics-packager[mcp]'`"
        )


def _token() -> str | None:
    """The token that clients have to send over HTTP, if one is set."""
    token = os.environ.get(_TOKEN) or None
    if token is not None and (len(token) < _SHORTEST_TOKEN or not token.isascii() or not token.isprintable()):
        raise PackagerError(
            f"the token in `{_TOKEN}` is too short or has characters that a header cannot have",
            f"use at least {_SHORTEST_TOKEN} letters and digits",
        )
    return token
