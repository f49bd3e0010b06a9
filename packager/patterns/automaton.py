"""A program's sets of states, cached: the same patterns match many names."""

from __future__ import annotations

from dataclasses import dataclass, field

from packager.patterns.machine import follow
from packager.patterns.program import Program

_MAX_KEPT = 10_000  # cached instructions and transitions


@dataclass(slots=True)
class State:
    """The instructions that wait for a character, and the next state for each character."""

    waiting: tuple[int, ...]
    matched: bool
    following: dict[str, State] = field(default_factory=dict)


@dataclass(slots=True)
class Automaton:
    """The automaton of a program without assertions, built as far as the strings need it.

    A string costs at most its length times the size of the program, and usually its length alone.
    """

    program: Program
    anywhere: bool  # whether it accepts a match in any place, or only of the whole string
    _states: dict[tuple[tuple[int, ...], bool], State] = field(default_factory=dict)
    _first: State | None = None
    _kept: int = 0

    @property
    def is_full(self) -> bool:
        """Whether the cache is full: then a string costs as much as without the automaton."""
        return self._kept >= _MAX_KEPT

    def accepts(self, text: str) -> bool:
        """Whether the program matches the string, or a part of it."""
        state = self._first = self._first or self._state([0])
        for char in text:
            if state.matched if self.anywhere else not state.waiting:
                break
            state = state.following.get(char) or self._step(state, char)
        else:
            return state.matched
        return self.anywhere

    def _step(self, state: State, char: str) -> State:
        reached = [at + 1 for at in state.waiting if self.program.sets[at].matches(char)]
        following = self._state([*reached, 0] if self.anywhere else reached)
        if self._kept < _MAX_KEPT:
            self._kept += 1
            state.following[char] = following
        return following

    def _state(self, starts: list[int]) -> State:
        waiting, matched = follow(self.program, starts)
        key = tuple(sorted(waiting)), matched
        state = self._states.get(key)
        if state is None:
            state = State(*key)
            if self._kept < _MAX_KEPT:
                self._kept += len(waiting) + 1
                self._states[key] = state
        return state
