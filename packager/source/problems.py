"""Findings about parts of a source that cannot be packaged, grouped so that a thousand of a kind stay readable."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Severity
from packager.source.tree import NotTextError, OversizedError, UnreadableError

_NAMED = 3
_LONGEST_NAME = 80
_MANY = "multiple files"  # the subject of a finding about many files; a finding about one file has none
_Kind = tuple[str, str, Severity | None]


@dataclass(slots=True)
class Problems:
    """Problems by kind. Up to `separate` of a kind become a finding each, more of them become one finding with their number."""

    separate: int
    count: int = 0
    _paths: dict[_Kind, list[str]] = field(default_factory=dict)
    _numbers: Counter[_Kind] = field(default_factory=Counter)

    def add(self, code: str, message: str, path: str, severity: Severity | None = None) -> None:
        """Note a problem of a path; its severity is that of the code if omitted."""
        self.count += 1
        kind = (code, message, severity)
        self._numbers[kind] += 1
        paths = self._paths.setdefault(kind, [])
        if len(paths) < max(self.separate, _NAMED):
            paths.append(path)

    def findings(self) -> list[Diagnostic]:
        """The findings, kind by kind."""
        findings = []
        for kind, paths in self._paths.items():
            code, message, severity = kind
            number = self._numbers[kind]
            if number <= self.separate:
                findings += [finding(code, message, path=path, severity=severity) for path in paths]
            else:
                names = ", ".join(f"`{_shortened(path)}`" for path in paths[:_NAMED])
                text = f"{message}: {names} and {number - _NAMED:,} more"
                findings.append(finding(code, text, path=paths[0], severity=severity, subject=_MANY))
        return findings


def _shortened(path: str) -> str:
    return path if len(path) <= _LONGEST_NAME else f"{path[: _LONGEST_NAME - 1]}…"


def unreadable_file(path: str, error: UnreadableError) -> Diagnostic:
    """The finding for a file that cannot be read; the reader of a language and the plan create the same one, so it is reported once."""
    code = "ZIP014" if isinstance(error, OversizedError) else "ZIP015" if isinstance(error, NotTextError) else "ZIP010"
    return finding(code, f"cannot read the file: {error}", path=path)
