"""What a user sets in the editor (`packager.*`), by `workspace/configuration` or when the server starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from packager.findings.diagnostic import Severity
from packager.settings.choice import Caller
from packager.settings.defaults import default_values
from packager.settings.layers import OptionValue
from packager.source import NO_OVERLAY, Overlay

SECTION = "packager"
_ORIGIN = "the editor's settings"
_STRINGS = {"region": "region", "account": "account", "nextflowProfile": "nextflow_profile"}
_CODES = {"select": "selected", "ignore": "ignored"}


@dataclass(frozen=True, slots=True)
class Preferences:
    """How to check, and what to show.

    `min_severity` is the minimum severity of the findings that are shown. With `while_typing`, the whole workflow is checked also while
    one types, after a pause; else only its syntax is. `settings` override `packager.toml` as options of the command line do.
    """

    min_severity: Severity = Severity.INFO
    while_typing: bool = True
    target: str | None = None
    settings: tuple[tuple[str, object], ...] = ()

    def caller(self, overlay: Overlay = NO_OVERLAY) -> Caller:
        """The settings of a check."""
        values = default_values() | {name: OptionValue(value, _ORIGIN) for name, value in self.settings}
        return Caller(values=values, target=self.target, overlay=overlay)


def read_preferences(value: object) -> Preferences:
    """The preferences in an editor's settings; what has no valid value has its default."""
    members: Mapping[str, object] = value if isinstance(value, Mapping) else {}
    inner = members.get(SECTION)
    if isinstance(inner, Mapping):
        members = inner
    severity, check, target = (members.get(name) for name in ("minSeverity", "check", "target"))
    settings: list[tuple[str, object]] = []
    for name, option in _STRINGS.items():
        text = members.get(name)
        if isinstance(text, str) and text:
            settings.append((option, text))
    for name, option in _CODES.items():
        codes = members.get(name)
        if isinstance(codes, list) and codes:
            settings.append((option, tuple(str(code) for code in codes)))
    return Preferences(
        min_severity=next((each for each in Severity if each == severity), Severity.INFO),
        while_typing=check != "save",
        target=target if isinstance(target, str) and target else None,
        settings=tuple(settings),
    )
