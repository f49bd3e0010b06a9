"""What of a script or config is the text of a string, where a comment is none of the language's."""

from __future__ import annotations

from packager.engines.nextflow.lexing import GSTRING_END, GSTRING_START, STRING, lex


def quoted(text: str) -> tuple[tuple[int, int], ...]:
    """Where strings stand, from their opening to behind their closing, as offsets; never raises."""
    tokens = lex(text)
    found: list[tuple[int, int]] = []
    opened: list[int] = []
    for kind, start, end in zip(tokens.kinds, tokens.starts, tokens.ends, strict=True):
        if kind is STRING:
            found.append((start, end))
        elif kind is GSTRING_START:
            opened.append(start)
        elif kind is GSTRING_END and opened:
            found.append((opened.pop(), end))
    return tuple(sorted(found))
