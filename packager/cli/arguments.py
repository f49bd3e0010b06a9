"""What a command gets: one dataclass with the values of its options."""

from __future__ import annotations

import functools
from collections.abc import Callable

from packager.settings.arguments import Arguments, build

Command = Callable[..., int]


def with_arguments(kind: type[Arguments]) -> Callable[[Callable[[Arguments], int]], Command]:
    """A decorator for a command that gets the values of its options as one dataclass."""

    def decorate(function: Callable[[Arguments], int]) -> Command:
        @functools.wraps(function)
        def command(**values: object) -> int:
            return function(build(kind, values))

        return command

    return decorate
