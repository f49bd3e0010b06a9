"""The answer to a call, in the process that is confined to the roots: what `packager.worker` runs for the server."""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import cast

from packager.errors import PackagerError
from packager.findings.redaction import redacted
from packager.mcp.arguments import checked
from packager.mcp.call import Call
from packager.mcp.places import enter
from packager.mcp.results import Answer, Verdict, error_value, without_controls
from packager.mcp.sessions import session_of
from packager.mcp.tools import DRY_RUN_FUNCTION, Tool, tools
from packager.text import safe

_WARM = ("judging", "reading")


def answer(question: object) -> object:
    """The answer to `{"tool", "arguments", "roots", "allowSubmit", "seconds"}`: `{"value", "isError"}`.

    Without a tool, only prepare for calls.
    """
    assert isinstance(question, dict)
    if question.get("tool") is None:
        for module in _WARM:
            importlib.import_module(f"packager.mcp.{module}")
        return None
    tool = tools(allow_submit=bool(question["allowSubmit"]))[str(question["tool"])]
    try:
        result = _answer(
            tool, cast(Mapping[str, object], question["arguments"]), question["roots"], question["seconds"]
        )
    except PackagerError as error:
        result = Answer(_with_verdict(tool, error_value(error)), is_error=True)
    except (MemoryError, RecursionError):
        message = "the call needs more memory than it may use, or its values are nested too deeply"
        result = Answer(_with_verdict(tool, error_value(PackagerError(message, "pass one workflow"))), is_error=True)
    except Exception as error:  # noqa: BLE001 - the server goes on, and the client learns that it is a bug
        message = f"internal error: {type(error).__name__}: {safe(redacted(str(error)))[:300]}"
        hint = "this is a bug in packager; please report it"
        result = Answer(_with_verdict(tool, error_value(PackagerError(message, hint))), is_error=True)
    return {"value": without_controls(result.value), "isError": result.is_error}


def _answer(tool: Tool, arguments: Mapping[str, object], roots: Sequence[str], seconds: float) -> Answer:
    values = checked(arguments, tool.arguments)
    path = values.get("path")
    with tempfile.TemporaryDirectory(prefix="packager-") as folder:
        inside = enter(roots, path if isinstance(path, str) else None, [Path(folder)])
        module, _, name = _function(tool, values).partition(":")
        function: Callable[[Call], Answer] = getattr(importlib.import_module(f"packager.mcp.{module}"), name)
        session = session_of(tuple(roots), saves=not values.get("files"))
        return function(Call(values, inside, folder, seconds, session))


def _function(tool: Tool, values: Mapping[str, object]) -> str:
    return DRY_RUN_FUNCTION if tool.sends and values["dry_run"] else tool.function


def _with_verdict(tool: Tool, value: dict[str, object]) -> dict[str, object]:
    """A verdict for a tool that judges: what could not be judged did not pass."""
    return {"verdict": Verdict.INCOMPLETE.value, **value} if tool.judges else value
