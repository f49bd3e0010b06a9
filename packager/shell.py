"""Command lines that can be pasted into the user's shell."""

from __future__ import annotations

import re
import shlex
import sys
from collections.abc import Iterable

# What neither cmd.exe nor PowerShell gives a meaning; the path separator of Windows is an ordinary character for both.
_PLAIN_ON_WINDOWS = re.compile(r"[\w:./\\+-][\w:./\\+=-]*", re.ASCII)
_ESCAPED = re.compile(r'(?<!\\)\\++(?="|\Z)|"')


def quoted(word: str, *, windows: bool | None = None) -> str:
    """A word of a command line, in quotes if the shell would change it; `windows` is the user's system if omitted."""
    if not (sys.platform == "win32" if windows is None else windows):
        return shlex.quote(word)
    if _PLAIN_ON_WINDOWS.fullmatch(word):
        return word
    # Programs on Windows split their command line by themselves: a quote is escaped by a backslash, and backslashes before it are doubled.
    escaped = _ESCAPED.sub(lambda match: '\\"' if match[0] == '"' else match[0] * 2, word)
    return f'"{escaped}"'


def command_line(words: Iterable[str], *, windows: bool | None = None) -> str:
    """The words as one line; `windows`: see `quoted`."""
    return " ".join(quoted(word, windows=windows) for word in words)
