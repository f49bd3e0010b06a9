"""What of a source cannot be part of a package: findings whose number stays readable however much there is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from packager.codes import finding
from packager.diagnostics import Diagnostic

_NAMED = 3
_LONGEST_NAME = 80


@dataclass(slots=True)
class Problems:
    """Problems by kind. Up to `separate` of a kind become a finding each, more of them become one finding with their number."""

    separate: int
    count: int = 0
    _paths: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    _numbers: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, code: str, message: str, path: str) -> None:
        """Note a problem of a path."""
        self.count += 1
        self._numbers[code, message] += 1
        paths = self._paths.setdefault((code, message), [])
        if len(paths) < max(self.separate, _NAMED):
            paths.append(path)

    def findings(self) -> list[Diagnostic]:
        """The findings, kind by kind."""
        findings = []
        for (code, message), paths in self._paths.items():
            number = self._numbers[code, message]
            if number <= self.separate:
                findings += [finding(code, message, path=path) for path in paths]
            else:
                named = ", ".join(f"`{_shortened(path)}`" for path in paths[:_NAMED])
                findings.append(finding(code, f"{message}: {named} and {number - _NAMED:,} more", path=paths[0]))
        return findings


def _shortened(path: str) -> str:
    return path if len(path) <= _LONGEST_NAME else f"{path[: _LONGEST_NAME - 1]}…"
