"""How much may be computed of one pipeline: a definition is foreign input, and a few lines of it can describe values without end."""

from __future__ import annotations

from dataclasses import dataclass

# Parts of expressions and of values; large real pipelines take a hundredth.
MAX_STEPS = 3_000_000


@dataclass(slots=True)
class Budget:
    """The steps that are left. Where there are none, nothing more is known."""

    left: int = MAX_STEPS

    def spend(self, steps: int) -> bool:
        """Take steps; whether they were there."""
        self.left -= steps
        return self.left >= 0

    @property
    def is_spent(self) -> bool:
        """Whether no more is computed."""
        return self.left < 0
