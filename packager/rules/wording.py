"""Words that messages of several rules share."""

from __future__ import annotations

from collections.abc import Sequence

_NAMED = 3


def listed(names: Sequence[str], most: int = _NAMED) -> str:
    """The first few names, and how many more."""
    shown = ", ".join(f"`{name}`" for name in names[:most])
    return shown + (f" and {len(names) - most} more" if len(names) > most else "")


def joined(names: Sequence[str]) -> str:
    """All names: "`a`, `b` and `c`"."""
    quoted = [f"`{name}`" for name in names]
    return " and ".join([", ".join(quoted[:-1]), quoted[-1]] if len(quoted) > 1 else quoted)


def several(names: Sequence[str]) -> str:
    """The first name, and how many others: "`a` and 3 others"."""
    others = len(names) - 1
    return f"`{names[0]}`" + (f" and {others} other{'s' if others > 1 else ''}" if others else "")
