"""A machine that follows all paths through a program at once (Thompson, Pike): time is linear in the string for every pattern."""

from __future__ import annotations

from dataclasses import dataclass

from packager.patterns.program import Operation, Program

# Positions: those of the match, then those of each group, -1 for a group without a match.
Span = tuple[int, ...]
_WORD = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_")


@dataclass(slots=True)
class Steps:
    """How many steps are left; below zero, the answer is unknown."""

    left: int


def accepts(program: Program, text: str, *, whole: bool) -> bool:
    """Whether the program matches the string, or a part of it."""
    states: list[int] = []
    for position in range(len(text) + 1):
        if position == 0 or not whole:
            states.append(0)
        states, matched = follow(program, states, text, position)
        if matched and (not whole or position == len(text)):
            return True
        if position == len(text) or (whole and not states):
            break
        char = text[position]
        states = [state + 1 for state in states if program.sets[state].matches(char)]
    return False


def follow(program: Program, starts: list[int], text: str = "", position: int = 0) -> tuple[list[int], bool]:
    """The instructions that wait for a character, reachable without one; and whether the end of the program is reached."""
    reached: set[int] = set()
    waiting: list[int] = []
    matched = False
    stack = starts[::-1]
    while stack:
        state = stack.pop()
        if state in reached:
            continue
        reached.add(state)
        operation = program.operations[state]
        if operation == Operation.CHARACTER:
            waiting.append(state)
        elif operation == Operation.SPLIT:
            first, second = program.targets[state]
            stack += (second, first)
        elif operation == Operation.MATCH:
            matched = True
        elif operation == Operation.SAVE or holds(program, state, text, position):
            stack.append(state + 1)
    return waiting, matched


def leftmost(
    program: Program, text: str, start: int, steps: Steps, *, groups: bool = False, longer: bool = False
) -> Span | None:
    """The match that a backtracking engine finds first from `start` on; None without a match, or if the steps ran out.

    `longer`: only a match at `start` itself that is not empty.
    """
    none: Span = (-1,) * (2 * program.groups + 2 if groups else 2)
    threads: list[tuple[int, Span]] = []
    best: Span | None = None
    for position in range(start, len(text) + 1):
        if best is None and (position == start or not longer):
            threads.append((0, (position, *none[1:])))
        if not threads:
            if best is not None or longer:
                break
            continue
        threads, matched = _advance(program, threads, text, position, steps, skip_match=longer and position == start)
        if steps.left < 0:
            return None
        best = matched or best
        if position < len(text):
            char = text[position]
            threads = [(state + 1, span) for state, span in threads if program.sets[state].matches(char)]
    return best


def _advance(
    program: Program, threads: list[tuple[int, Span]], text: str, position: int, steps: Steps, *, skip_match: bool
) -> tuple[list[tuple[int, Span]], Span | None]:
    """The threads that wait for a character, in order, up to the first that matched; and its match."""
    reached: set[int] = set()
    waiting: list[tuple[int, Span]] = []
    stack = threads[::-1]
    matched: Span | None = None
    while stack:
        state, span = stack.pop()
        if state in reached:
            continue
        reached.add(state)
        operation = program.operations[state]
        if operation == Operation.CHARACTER:
            waiting.append((state, span))
        elif operation == Operation.SPLIT:
            first, second = program.targets[state]
            stack += ((second, span), (first, span))
        elif operation == Operation.MATCH:
            if not skip_match:
                matched = (span[0], position, *span[2:])
                break
        elif operation == Operation.SAVE:
            slot = program.slots[state]
            saved = (*span[:slot], position, *span[slot + 1 :]) if slot < len(span) else span
            stack.append((state + 1, saved))
        elif holds(program, state, text, position):
            stack.append((state + 1, span))
    steps.left -= len(reached) + 1
    return waiting, matched


def holds(program: Program, state: int, text: str, position: int) -> bool:
    """Whether an assertion holds at a position."""
    kind = program.kinds[state]
    if kind in ("<", "<!"):
        behind = position > 0 and program.sets[state].matches(text[position - 1])
        return behind is (kind == "<")
    if kind in ("^", "A"):
        return position == 0
    if kind == "m^":
        return position == 0 or text[position - 1] == "\n"
    if kind == "$":
        return position == len(text) or (position == len(text) - 1 and text[position] == "\n")
    if kind == "m$":
        return position == len(text) or text[position] == "\n"
    if kind == "Z":
        return position == len(text)
    before = position > 0 and text[position - 1] in _WORD
    after = position < len(text) and text[position] in _WORD
    return (before is not after) is (kind == "b")
