"""Failing on purpose: what a client must survive, configured beforehand."""

from __future__ import annotations

import functools
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from packager.errors import PackagerError
from packager.healthomics import api_model

KINDS = ("throttle", "server_error", "cut_before_write", "cut_after_write", "delay", "never_finish", "fail")
DEFAULT_DELAY_SECONDS = 5.0
_MAX = 1_000_000
_MAX_DELAY_SECONDS = 3600.0
_MAX_SKEW_SECONDS = 10 * 365 * 86400.0
_MAX_MESSAGE = 1_000_000
_WARNINGS_BEFORE_FAILURE = 200
_RULE_MEMBERS = ("kind", "count", "operation", "delay_seconds", "fail_message")


@dataclass(frozen=True, slots=True)
class InjectedFault:
    """Faults of one kind that are still to come: of one operation, or of any ("").

    `delay_seconds` belongs to `delay`, `fail_message` to `fail`.
    """

    kind: str
    count: int
    operation: str = ""
    delay_seconds: float = DEFAULT_DELAY_SECONDS
    fail_message: str = ""

    def plain(self) -> dict[str, object]:
        """As JSON, in the form in which it is set."""
        members: dict[str, object] = {"kind": self.kind, "count": self.count}
        if self.operation:
            members["operation"] = self.operation
        if self.kind == "delay":
            members["delay_seconds"] = self.delay_seconds
        if self.kind == "fail" and self.fail_message:
            members["fail_message"] = self.fail_message
        return members


class Faults:
    """How many of the next calls fail, by kind and operation; safe for multiple threads.

    `throttle`: a ThrottlingException (429) instead of an answer. `server_error`: an InternalServerException (500).
    `cut_before_write`: the connection is reset, nothing was done. `cut_after_write`: the change is made, then the
    connection is reset without an answer. `delay`: what was asked is done at once, but the answer comes
    `delay_seconds` later. `never_finish`: new workflows and versions stay CREATING for good. `fail`: what is created becomes
    FAILED with `fail_message`, else with 200 warnings before an error.

    Without an operation the two cuts count only calls that change something. `skew_seconds` is how far the
    emulator's clock is ahead, in the Date header and in creationTime.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._set: dict[tuple[str, str], InjectedFault] = {}
        self._skew = 0.0

    def set(self, members: Mapping[str, object]) -> dict[str, int]:
        """Set faults; what is left of every kind, of all operations together.

        Either numbers by kind, `{"throttle": 2, "delay": 1, "delay_seconds": 3}`, or one rule,
        `{"kind": "throttle", "count": 2, "operation": "CreateWorkflow"}`. `operation` limits the numbers too.

        Raises:
            PackagerError: an unknown member or kind, or an invalid value.
        """
        faults, skew = (_rule(members), None) if "kind" in members else _numbers(members)
        with self._lock:
            self._set |= {(fault.kind, fault.operation): fault for fault in faults}
            self._skew = self._skew if skew is None else skew
        return self.left()

    def clear(self) -> None:
        """Remove all faults, and set the right time."""
        with self._lock:
            self._set.clear()
            self._skew = 0.0

    def left(self) -> dict[str, int]:
        """How many of each kind are still to come."""
        with self._lock:
            return {kind: sum(fault.count for fault in self._set.values() if fault.kind == kind) for kind in KINDS}

    @property
    def skew_seconds(self) -> float:
        """Seconds that the emulator's clock is ahead."""
        return self._skew

    def plain(self) -> dict[str, object]:
        """All as JSON: the number left of each kind, the rules behind them, and the skew of the clock."""
        with self._lock:
            rules = [fault.plain() for fault in self._set.values() if fault.count]
        return {**self.left(), "skew_seconds": self._skew, "rules": rules}

    def take(self, kind: str, operation: str = "") -> InjectedFault | None:
        """Use up one fault of a kind for a call of an operation, if there is one left; those of the operation first."""
        with self._lock:
            for key in ((kind, operation), (kind, "")):
                fault = self._set.get(key)
                if fault is not None and fault.count:
                    self._set[key] = replace(fault, count=fault.count - 1)
                    return fault
        return None

    def take_cut(self, kind: str, operation: str, *, changes: bool) -> bool:
        """Use up a cut: one for any operation counts only calls that change something."""
        with self._lock:
            named = self._set.get((kind, operation))
            if not changes and not (named and named.count):
                return False
        return self.take(kind, operation) is not None


def default_fail_message() -> str:
    """A message as long as those of real definitions: the error follows many warnings."""
    warnings = [
        f"(main.wdl Ln {number} Col 5) UnusedDeclaration, nothing references Int unused_{number}"
        for number in range(1, _WARNINGS_BEFORE_FAILURE + 1)
    ]
    return "; ".join([*warnings, "(main.wdl Ln 201 Col 3) No such task or workflow: told_to_fail"])


def _rule(members: Mapping[str, object]) -> list[InjectedFault]:
    unknown = sorted(set(members) - set(_RULE_MEMBERS))
    if unknown:
        raise PackagerError(f"a fault has no member `{unknown[0][:40]}`", f"use one of {', '.join(_RULE_MEMBERS)}")
    kind = members["kind"]
    if not isinstance(kind, str) or kind not in KINDS:
        raise _no_kind(str(kind))
    return [
        InjectedFault(
            kind,
            _count(kind, members.get("count", 1)),
            _operation(members.get("operation", "")),
            _seconds("delay_seconds", members.get("delay_seconds", DEFAULT_DELAY_SECONDS), 0.0, _MAX_DELAY_SECONDS),
            _message(members.get("fail_message", "")),
        )
    ]


def _numbers(members: Mapping[str, object]) -> tuple[list[InjectedFault], float | None]:
    """The faults that numbers by kind describe, and the skew."""
    operation = _operation(members.get("operation", ""))
    delay = _seconds("delay_seconds", members.get("delay_seconds", DEFAULT_DELAY_SECONDS), 0.0, _MAX_DELAY_SECONDS)
    message = _message(members.get("fail_message", ""))
    skew = None
    if "skew_seconds" in members:
        skew = _seconds("skew_seconds", members["skew_seconds"], -_MAX_SKEW_SECONDS, _MAX_SKEW_SECONDS)
    faults = []
    for name, number in members.items():
        if name in ("operation", "delay_seconds", "fail_message", "skew_seconds"):
            continue
        if name not in KINDS:
            raise _no_kind(name)
        faults.append(InjectedFault(name, _count(name, number), operation, delay, message))
    return faults, skew


def _no_kind(name: str) -> PackagerError:
    return PackagerError(f"`{name[:40]}` is not a fault", f"use one of {', '.join(KINDS)}")


def _count(kind: str, number: object) -> int:
    if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number <= _MAX:
        raise PackagerError(f"the fault `{kind}` expects a number from 0 to {_MAX}")
    return number


def _seconds(name: str, number: object, least: float, most: float) -> float:
    if not isinstance(number, int | float) or isinstance(number, bool) or not least <= number <= most:
        raise PackagerError(f"`{name}` expects a number from {least:.0f} to {most:.0f}")
    return float(number)


def _message(text: object) -> str:
    if not isinstance(text, str) or len(text) > _MAX_MESSAGE:
        raise PackagerError(f"`fail_message` expects a string of at most {_MAX_MESSAGE} characters")
    return text


def _operation(name: object) -> str:
    if name != "" and (not isinstance(name, str) or name not in _operations()):
        raise PackagerError(f"the API has no operation `{str(name)[:40]}`", "use a name such as `CreateWorkflow`")
    return str(name)


@functools.cache
def _operations() -> frozenset[str]:
    return frozenset(api_model.service_model()["operations"])
