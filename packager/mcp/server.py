"""The server: the SDK's requests become questions to the process that answers, and its answers become results."""

from __future__ import annotations

import functools
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import anyio
from mcp import types
from mcp.server import Server, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp.shared.message import ServerMessageMetadata
from mcp.types.version import MODERN_PROTOCOL_VERSIONS

from packager._version import __version__
from packager.errors import PackagerError
from packager.files import MIB
from packager.mcp.process import without_answer
from packager.mcp.results import Verdict, error_value
from packager.mcp.roots import Limits
from packager.mcp.tools import INSTRUCTIONS, Tool, tools
from packager.worker import NoAnswerError, Worker

_MOST_CHARACTERS = 2 * MIB  # of an answer
_ROOTS = "roots"
_ROOTS_SECONDS = 10.0
Context = ServerRequestContext[Any]


@dataclass(slots=True)
class AgentServer:
    """The tools for clients within `limits`, answered by `process`. With `allow_submit`, `submit` can send."""

    limits: Limits
    process: Worker
    allow_submit: bool = False
    _turn: anyio.Lock = field(init=False, default_factory=anyio.Lock)

    @property
    def _tools(self) -> dict[str, Tool]:
        return tools(allow_submit=self.allow_submit)

    def sdk_server(self) -> Server[Any]:
        """The server as the SDK runs it."""
        return Server(
            "packager",
            version=__version__,
            title="packager for AWS HealthOmics",
            instructions=INSTRUCTIONS,
            on_list_tools=self._list,
            on_call_tool=self._call,
        )

    def close(self) -> None:
        """End the process that answers."""
        self.process.stop()

    async def _list(self, _: Context, __: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in self._tools.values()])

    async def _call(
        self, context: Context, params: types.CallToolRequestParams
    ) -> types.CallToolResult | types.InputRequiredResult:
        tool = self._tools.get(params.name)
        if tool is None:
            raise MCPError(types.INVALID_PARAMS, f"unknown tool: {params.name[:80]}")
        if _names_roots(context) and _is_modern(context) and _ROOTS not in (params.input_responses or {}):
            return types.InputRequiredResult(input_requests={_ROOTS: types.ListRootsRequest()})
        try:
            roots = self.limits.within(await _roots_of(context, params))
            question = {
                "tool": tool.name,
                "arguments": params.arguments or {},
                "roots": list(roots),
                "allowSubmit": self.allow_submit,
                "seconds": self.process.seconds,
            }
            answer = await self._ask(question)
        except PackagerError as error:
            return _result(tool, error_value(error), is_error=True)
        except NoAnswerError as error:
            return _result(tool, error_value(without_answer(error, self.process.seconds)), is_error=True)
        assert isinstance(answer, dict)
        return _result(tool, answer["value"], is_error=bool(answer["isError"]))

    async def _ask(self, question: object) -> object:
        """The answer of the process. If the call is cancelled, the process is ended: the next call starts another."""
        async with self._turn:
            try:
                return await anyio.to_thread.run_sync(
                    functools.partial(self.process.ask, question), abandon_on_cancel=True
                )
            except anyio.get_cancelled_exc_class():
                self.process.stop()
                raise


def _described(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.input_schema,
        output_schema=tool.output_schema,
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=not (tool.writes or tool.sends),
            destructive_hint=tool.writes,  # it replaces an older zip
            idempotent_hint=True,
            open_world_hint=tool.sends,
        ),
    )


def _result(tool: Tool, value: dict[str, Any], *, is_error: bool) -> types.CallToolResult:
    """An answer as structured content, and the same JSON as text."""
    if tool.judges and "verdict" not in value:
        value = {"verdict": Verdict.INCOMPLETE.value, **value}
    text = json.dumps(value, ensure_ascii=False)
    if len(text) > _MOST_CHARACTERS:
        problem = PackagerError("the answer is too large", "pass one workflow, or a smaller `limit`")
        return _result(tool, error_value(problem), is_error=True)
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text)], structured_content=value, is_error=is_error
    )


def _is_modern(context: Context) -> bool:
    return context.protocol_version in MODERN_PROTOCOL_VERSIONS


def _names_roots(context: Context) -> bool:
    capabilities = context.session.client_capabilities
    return capabilities is not None and capabilities.roots is not None


async def _roots_of(context: Context, params: types.CallToolRequestParams) -> Sequence[str] | None:
    """The URIs of the client's roots; None if it names none."""
    if not _names_roots(context):
        return None
    if _is_modern(context):
        answered = (params.input_responses or {}).get(_ROOTS)
        return [str(root.uri) for root in answered.roots] if isinstance(answered, types.ListRootsResult) else []
    try:
        listed = await context.session.send_request(
            types.ListRootsRequest(),
            types.ListRootsResult,
            request_read_timeout_seconds=_ROOTS_SECONDS,
            metadata=ServerMessageMetadata(related_request_id=context.request_id),
        )
    except MCPError:
        return None  # it does not answer what it offers
    return [str(root.uri) for root in listed.roots]
