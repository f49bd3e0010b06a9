"""The faults of a file, one per cause: after an unclosed `${` or quote, what follows is read as something else."""

from __future__ import annotations

import re

from packager.engines.nextflow.lexing import GSTRING_END, GSTRING_START, INTERPOLATION, SyntaxFault, Tokens

_CURE = "add the `}` where the expression ends"
_QUOTES = ('"', '"""')
_BRACE = re.compile("[{}]")
_MOST_CANDIDATES = 20


def sort_faults(tokens: Tokens, faults: list[SyntaxFault]) -> tuple[SyntaxFault, ...]:
    """The faults by place, one per cause.

    A fault at the end of the file follows from an error before it, and a fault of one parser adds nothing where both fail.
    """
    size = len(tokens.text)
    faults = _without_consequences(tokens, faults)
    hard = {fault.start for fault in faults if fault.everywhere}
    broken = any(start < size for start in hard)
    by_place: dict[tuple[int, bool, bool], SyntaxFault] = {}
    for fault in sorted(faults, key=lambda fault: (fault.start, fault.strict, fault.end, fault.message)):
        if not fault.everywhere and fault.start in hard:
            continue
        if fault.start >= size and broken:
            continue
        by_place.setdefault((fault.start, fault.strict, fault.legacy), fault)
    return tuple(by_place.values())


def _without_consequences(tokens: Tokens, faults: list[SyntaxFault]) -> list[SyntaxFault]:
    """The faults up to the first one that makes a string of code, or code of a string."""
    first = min((fault.start for fault in faults if fault.everywhere), default=None)
    if first is None:
        return faults
    opened = _unclosed(tokens, first)
    if opened is not None:
        before = [fault for fault in faults if fault.start < opened]
        return [*before, SyntaxFault(opened, opened + 2, "the `${` is not closed", cure=_CURE)]
    if tokens.ends_in_string:
        return [fault for fault in faults if fault.start <= first]
    for hiding in [fault for fault in faults if fault.hides_line][:_MOST_CANDIDATES]:
        faults = [fault for fault in faults if fault is hiding or not _follows(tokens.text, fault, hiding)]
    return faults


def _follows(text: str, fault: SyntaxFault, hiding: SyntaxFault) -> bool:
    """Whether a fault follows from a string that is not closed: it is on the same line, or what closes its bracket is in the string."""
    if not fault.everywhere or fault.hides_line:
        return False
    first, last = sorted((fault.start, hiding.start))
    return "\n" not in text[first:last] or 0 <= fault.opened < hiding.start < fault.start


def _unclosed(tokens: Tokens, at: int) -> int | None:
    """The offset of the outermost `${` that is open at an offset, if it is certainly not closed: its string ends before it does."""
    opened: list[
        tuple[int, str]
    ] = []  # of each open `${`, its offset and the quote of its string; of each open `{`, -1
    quotes: list[str] = []
    for kind, value, start in zip(tokens.kinds, tokens.values, tokens.starts, strict=True):
        if start >= at:
            break
        if kind is GSTRING_START:
            quotes.append(value)
        elif kind is GSTRING_END and quotes:
            quotes.pop()
        elif kind is INTERPOLATION:
            opened.append((start, quotes[-1] if quotes else ""))
        elif kind == "{":
            opened.append((-1, ""))
        elif kind == "}" and opened:
            opened.pop()
    candidates = [(start, quote) for start, quote in opened if start >= 0][:_MOST_CANDIDATES]
    return next((start for start, quote in candidates if _ends_first(tokens.text, start + 2, quote)), None)


def _ends_first(text: str, start: int, quote: str) -> bool:
    """Whether a string ends before the brace that closes an expression in it, as far as its quotes show."""
    if quote not in _QUOTES:
        return False  # a slash or a line end does not end the string
    end = text.find('"""', start) if quote == '"""' else text.find("\n", start)
    inside = text[start : end if end >= 0 else len(text)]
    if quote not in inside and quote == '"':
        return False
    depth = 1
    for brace in _BRACE.findall(inside):
        depth += 1 if brace == "{" else -1
        if depth == 0:
            return False
    return True
