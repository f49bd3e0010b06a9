"""What is known of an open file: the workflows of its last check without syntax errors, whose places belong to the lines it had then."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from packager.app.loaded import Loaded


@dataclass(frozen=True, slots=True)
class LineMap:
    """Which lines two texts share at their beginning and end; those in between were edited."""

    first: int  # the number of equal lines at the beginning
    last: int  # ... and at the end
    before: int  # all lines of the older text
    after: int

    @classmethod
    def of(cls, before: Sequence[str], after: Sequence[str]) -> LineMap:
        """The map from older lines to those of now."""
        most = min(len(before), len(after))
        first = next((index for index in range(most) if before[index] != after[index]), most)
        last = next((index for index in range(most - first) if before[-1 - index] != after[-1 - index]), most - first)
        return cls(first, last, len(before), len(after))

    def later(self, line: int) -> int | None:
        """Where a line of the older text is now; None if it was edited."""
        if line <= self.first:
            return line
        return line + self.after - self.before if line > self.before - self.last else None

    def earlier(self, line: int) -> int | None:
        """Where a line of the later text was; None if it was edited."""
        if line <= self.first:
            return line
        return line + self.before - self.after if line > self.after - self.last else None


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file as it was checked: its lines, and the workflows that have it, each with the file's path in it."""

    lines: Sequence[str]
    workflows: tuple[tuple[Loaded, str], ...]

    def lines_to(self, current: Sequence[str]) -> LineMap:
        """The map from the lines that were checked to those of now."""
        return LineMap.of(self.lines, current)
