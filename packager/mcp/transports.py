"""How clients reach the server: over stdin and stdout, or over HTTP on this machine."""

from __future__ import annotations

import hmac
import logging
import socket
from collections.abc import Callable

import anyio
import uvicorn
from mcp.server.stdio import stdio_server
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from packager.errors import cannot
from packager.files import MIB
from packager.mcp.server import AgentServer

_HOST = "127.0.0.1"
_MOST_BYTES = 32 * MIB  # of a request, which may contain files


def serve_stdio(server: AgentServer) -> None:
    """Serve one client over stdin and stdout until it closes them."""
    logging.disable(logging.CRITICAL)  # the SDK's records quote what clients send

    async def serve() -> None:
        sdk_server = server.sdk_server()
        async with stdio_server() as (read, write):
            await sdk_server.run(read, write, sdk_server.create_initialization_options())

    try:
        anyio.run(serve)
    finally:
        server.close()


def serve_http(server: AgentServer, port: int, token: str | None, started: Callable[[str], None]) -> None:
    """Serve clients of this machine over HTTP until the process is interrupted; `started` gets the URL.

    With a token, a client has to send it as `Authorization: Bearer TOKEN`. A `Host` or `Origin` of another machine is refused, so that
    a web page cannot use a browser on this machine.

    Raises:
        PackagerError: the port cannot be used.
    """
    logging.disable(logging.CRITICAL)
    listening = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind((_HOST, port))
    except OSError as error:
        listening.close()
        raise cannot("use", f"the port {port}", error) from error
    app: Starlette = server.sdk_server().streamable_http_app(host=_HOST, max_request_body_size=_MOST_BYTES)
    guarded: ASGIApp = _Guard(app, token) if token is not None else app
    config = uvicorn.Config(guarded, log_config=None, lifespan="on", timeout_graceful_shutdown=1)

    async def serve() -> None:
        started(f"http://{_HOST}:{listening.getsockname()[1]}/mcp")
        await uvicorn.Server(config).serve(sockets=[listening])

    try:
        anyio.run(serve)
    finally:
        listening.close()
        server.close()


class _Guard:
    """Lets only those pass who send the token."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._expected = f"Bearer {token}".encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            sent = Request(scope).headers.get("authorization", "").encode()
            if not hmac.compare_digest(sent, self._expected):
                await Response("missing or wrong token", status_code=401)(scope, receive, send)
                return
        await self._app(scope, receive, send)
