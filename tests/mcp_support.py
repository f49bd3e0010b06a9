"""A server for agents in a process of its own, and the official client, for tests that are not asynchronous."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import threading
from collections.abc import Coroutine, Iterator
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import PYTHON, ROOT
from jsonschema import Draft202012Validator

if TYPE_CHECKING:  # a second of imports, which only the process that runs these tests needs
    from mcp import Client, types
    from mcp.client.session import ClientRequestContext
    from mcp.client.stdio import StdioServerParameters

SECONDS = 60.0


@dataclass(frozen=True)
class Called:
    """The result of a call."""

    value: dict[str, Any]
    text: str
    is_error: bool

    @property
    def verdict(self) -> str:
        return str(self.value["verdict"])

    @property
    def codes(self) -> list[str]:
        return [finding["code"] for finding in self.value["findings"]]

    @property
    def message(self) -> str:
        return str(self.value["error"]["message"])


class Loop:
    """An event loop in a thread, in which clients live."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(SECONDS)

    def close(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(SECONDS)
        self._loop.close()


@dataclass
class Agent:
    """A client with a server. Every answer is compared with its schema and with its own text."""

    loop: Loop
    client: Client
    tools: dict[str, types.Tool] = field(default_factory=dict)

    def call(self, tool: str, **arguments: Any) -> Called:
        return self.answer(tool, self.loop.run(self.client.call_tool(tool, arguments)))

    def answer(self, tool: str, result: types.CallToolResult) -> Called:
        from mcp import types

        (content,) = result.content
        assert isinstance(content, types.TextContent)
        assert json.loads(content.text) == result.structured_content
        schema = self.described()[tool].output_schema
        assert schema is not None
        assert schema["additionalProperties"] is True
        Draft202012Validator(schema).validate(result.structured_content)
        return Called(result.structured_content, content.text, result.is_error)

    def described(self) -> dict[str, types.Tool]:
        """The tools by name, as the server describes them."""
        if not self.tools:
            self.tools = {tool.name: tool for tool in self.loop.run(self.client.list_tools()).tools}
        return self.tools


@dataclass(frozen=True)
class OverHttp:
    """A server over HTTP that wants a token."""

    url: str
    token: str


async def _connected(server: StdioServerParameters | OverHttp, stack: AsyncExitStack) -> Any:
    """What the client of the SDK connects to."""
    import httpx2
    from mcp.client.stdio import stdio_client
    from mcp.client.streamable_http import streamable_http_client

    if not isinstance(server, OverHttp):
        return stdio_client(server)
    headers = {"Authorization": f"Bearer {server.token}"}
    client = await stack.enter_async_context(httpx2.AsyncClient(headers=headers, timeout=SECONDS))
    return streamable_http_client(server.url, http_client=client)


@contextmanager
def agent(server: StdioServerParameters | OverHttp, mode: str, roots: list[Path] | None = None) -> Iterator[Agent]:
    """A client that is connected to a server, and names these roots to it."""
    from mcp import Client, types
    from pydantic import FileUrl

    loop = Loop()
    opened, closing = asyncio.Event(), asyncio.Event()
    clients: list[Client] = []

    async def roots_of(context: ClientRequestContext) -> types.ListRootsResult:
        del context
        return types.ListRootsResult(roots=[types.Root(uri=FileUrl(root.as_uri())) for root in roots or []])

    async def live() -> None:  # a client ends in the task that began it
        try:
            async with AsyncExitStack() as stack:
                connected = await _connected(server, stack)
                callback = roots_of if roots is not None else None
                client = Client(connected, mode=mode, list_roots_callback=callback)
                clients.append(await stack.enter_async_context(client))
                opened.set()
                await closing.wait()
        finally:
            opened.set()

    async def wait() -> None:
        await opened.wait()

    async def close() -> None:
        closing.set()

    living = asyncio.run_coroutine_threadsafe(live(), loop._loop)
    loop.run(wait())
    try:
        if not clients:
            living.result(SECONDS)
        yield Agent(loop, clients[0])
    finally:
        loop.run(close())
        living.result(SECONDS)
        loop.close()


def environment(home: Path) -> dict[str, str]:
    """The environment of a server of tests."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "PYTHONPATH": str(ROOT),
        "PACKAGER_CACHE_DIR": str(home / "cache"),
        "PACKAGER_AS_OF": "2026-11-26",
        "AWS_CONFIG_FILE": str(home / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "aws-credentials"),
    }


def over_stdio(folder: Path, home: Path, *options: str) -> StdioServerParameters:
    """A server that a client starts in a folder."""
    from mcp.client.stdio import StdioServerParameters

    arguments = ["-m", "packager", "mcp", *options]
    return StdioServerParameters(command=PYTHON, args=arguments, env=environment(home), cwd=folder)


@contextmanager
def over_http(folder: Path, home: Path, *options: str, **variables: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """The URL and the process of a server that serves over HTTP."""
    with subprocess.Popen(
        [PYTHON, "-m", "packager", "mcp", "--http", "0", *options],
        cwd=folder,
        env={**environment(home), **variables},
        stderr=subprocess.PIPE,
        text=True,
    ) as started:
        try:
            assert started.stderr is not None
            line = started.stderr.readline()
            assert line.startswith("serving on http://127.0.0.1:"), line
            yield line.split()[2].rstrip(";"), started
        finally:
            started.terminate()
