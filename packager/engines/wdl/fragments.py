"""Patterns of the text in strings and commands that match the same as miniwdl's, a run of characters at a time.

miniwdl's patterns try alternatives for each character. The first alternative here takes all characters that only
the last alternative of the original accepts; the others begin with a character that it leaves. What follows never
makes such a pattern give characters back, so it need not remember them (`++`).
"""

from __future__ import annotations

_DOLLAR = r"\$(?=[^{])"
_TILDE = r"~(?=[^{])"
_ESCAPED_TILDE = r"\~(?=[^{])"
_GREATER = (r">>(?=[^>])", r">(?=[^>])")


def _original(*alternatives: str) -> str:
    return f"(?:(?:{'|'.join(alternatives)}))+"


def _quick(run: str, *alternatives: str) -> str:
    return f"(?:{run}++|{'|'.join(alternatives)})++"


def _string(quote: str, delimiters: str, *places: str) -> tuple[str, str]:
    escapes = (r"\\\\", rf"\\{quote}")
    return (
        _original(*escapes, *places, f"[^{quote}{delimiters}]"),
        _quick(rf"[^{quote}{delimiters}\\]", *escapes, r"\\", *places),
    )


_FASTER = dict(
    [
        _string("'", "$", _DOLLAR),
        _string('"', "$", _DOLLAR),
        _string("'", "~$", _DOLLAR, _ESCAPED_TILDE),
        _string('"', "~$", _DOLLAR, _TILDE),
        (_original(_DOLLAR, "[^$}]"), _quick("[^$}]", _DOLLAR)),
        (_original(_DOLLAR, _TILDE, "[^~$}]"), _quick("[^~$}]", _DOLLAR, _TILDE)),
        (
            _original(_GREATER[0], _DOLLAR, _GREATER[1], "[^$>]"),
            _quick("[^$>]", _GREATER[0], _DOLLAR, _GREATER[1]),
        ),
        (
            _original(_GREATER[0], _TILDE, _GREATER[1], "[^~>]"),
            _quick("[^~>]", _GREATER[0], _TILDE, _GREATER[1]),
        ),
    ]
)


def faster(pattern: str) -> str:
    """A pattern that matches the same at every place of every text: the pattern itself, unless it is one of miniwdl's."""
    return _FASTER.get(pattern, pattern)


def originals() -> tuple[str, ...]:
    """The patterns for which there is a faster one."""
    return tuple(_FASTER)
