"""What a resource policy lets the service do: IAM's own evaluation, three-valued.

IAM user guide, policy evaluation logic: a statement applies when its principal, action, resource and condition all match; an explicit
Deny wins over every Allow, and what no statement allows is denied. What cannot be decided from here is UNKNOWN, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from packager.aws.iam.conditions import Situation, holds
from packager.aws.iam.matching import Match, Value, every, like, some
from packager.healthomics import limits


class Access(StrEnum):
    """What a policy comes to."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Decision:
    """What a policy comes to for one action, and why where it is not allowed. `explicit`: a statement denies it, whatever others allow."""

    access: Access
    reason: str = ""
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """What the service is about to do: an action on a resource. A policy of a repository may name no resource at all."""

    action: str
    resource: Value
    situation: Situation


@dataclass(frozen=True, slots=True)
class _Applied:
    """A statement, whether it applies, and what keeps it from doing so surely."""

    effect: str
    match: Match
    obstacle: str
    near: bool  # all but the condition and the resource match


def decide(policy: str | None, act: Act) -> Decision:
    """Whether the policy, as JSON text, lets the service act; None: there is no policy."""
    if policy is None or not policy.strip():
        return Decision(Access.DENIED, "there is no policy")
    try:
        document = json.loads(policy)
    except (ValueError, RecursionError):
        return Decision(Access.UNKNOWN, "the policy is not JSON")
    statements = document.get("Statement") if isinstance(document, dict) else None
    several: list[Any] = statements if isinstance(statements, list) else [statements]
    if not all(isinstance(one, dict) for one in several):
        return Decision(Access.UNKNOWN, "the policy has a statement of no known form")
    return _outcome([_apply(one, act) for one in several])


def _outcome(applied: list[_Applied]) -> Decision:
    denying = [one for one in applied if one.effect == "Deny"]
    allowing = [one for one in applied if one.effect == "Allow"]
    denied = some(one.match for one in denying)
    allowed = some(one.match for one in allowing)
    if any(one.effect not in ("Allow", "Deny") for one in applied):
        return Decision(Access.UNKNOWN, "a statement has no known `Effect`")
    if denied is Match.YES:
        return Decision(Access.DENIED, "a statement denies it explicitly", explicit=True)
    if allowed is Match.NO:
        near = sorted(one.obstacle for one in allowing if one.near and one.obstacle)
        return Decision(Access.DENIED, near[0] if near else "no statement allows it")
    if denied is Match.MAYBE:
        return Decision(Access.UNKNOWN, _first(denying))
    if allowed is Match.MAYBE:
        return Decision(Access.UNKNOWN, _first(allowing))
    return Decision(Access.ALLOWED)


def _first(applied: list[_Applied]) -> str:
    """The reason of what may apply, the same for every order of statements."""
    return min(one.obstacle for one in applied if one.match is Match.MAYBE)


def _apply(statement: dict[str, Any], act: Act) -> _Applied:
    principal = _either(statement, "Principal", _principal)
    action = _either(
        statement, "Action", lambda value: _any(value, lambda one: like(one, Value(act.action), any_case=True))
    )
    resource = (
        _either(statement, "Resource", lambda value: _any(value, lambda one: like(one, act.resource)))
        if "Resource" in statement or "NotResource" in statement
        else Match.YES
    )
    condition, key = holds(statement["Condition"], act.situation) if "Condition" in statement else (Match.YES, "")
    effect = str(statement.get("Effect"))
    if effect == "Allow" and "NotPrincipal" in statement and principal is Match.YES:
        principal = Match.MAYBE  # IAM user guide: not supported with Allow
    match = every((principal, action, resource, condition))
    obstacle = _obstacle(statement, (principal, action, resource, condition), key)
    return _Applied(effect, match, obstacle, Match.NO not in (principal, action))


def _obstacle(statement: dict[str, Any], parts: tuple[Match, Match, Match, Match], key: str) -> str:
    """What keeps a statement from applying, or from applying surely; a NO before a MAYBE."""
    principal, action, resource, condition = parts
    verb = "denial" if statement.get("Effect") == "Deny" else "permission"
    causes = (
        (principal, f"whether a {verb} is about the service is not documented for its `Principal`"),
        (action, f"the actions of a {verb} cannot be told"),
        (resource, f"a {verb} is for other resources"),
        (condition, f"a {verb} has the condition `{key}`, which the service's request does not meet"),
    )
    for match, text in causes:
        if match is Match.NO:
            return text
    unsure = (
        causes[0],
        causes[1],
        (resource, f"whether a {verb} takes in the resource is known only when it is there"),
        (condition, f"a {verb} has the condition `{key}`, which only the service's request decides"),
    )
    return next((text for match, text in unsure if match is Match.MAYBE), "")


def _either(statement: dict[str, Any], name: str, matches: Any) -> Match:
    """`Principal`, `Action` and `Resource`, or what is all but them; both or neither is no valid statement."""
    positive, negative = name in statement, f"Not{name}" in statement
    if positive == negative:
        return Match.MAYBE
    found: Match = matches(statement[name]) if positive else ~matches(statement[f"Not{name}"])
    return found


def _any(value: Any, matches: Any) -> Match:
    """Whether one of a list's texts matches; a text alone is a list of one."""
    several = value if isinstance(value, list) else [value]
    return some(matches(one) if isinstance(one, str) else Match.MAYBE for one in several)


def _principal(value: Any) -> Match:
    """Whether a principal takes in the service: `*`, or a map of kinds to names."""
    several = value if isinstance(value, list) else [value]
    return some(_one_principal(one) for one in several)


def _one_principal(value: Any) -> Match:
    if isinstance(value, str):
        return Match.YES if value == "*" else Match.MAYBE
    if not isinstance(value, dict):
        return Match.MAYBE
    return some(_of_kind(kind, names) for kind, names in value.items())


def _of_kind(kind: str, names: Any) -> Match:
    if kind == "Service":
        return _any(names, _service)
    if (
        kind == "AWS"
    ):  # IAM user guide: the star is the same as `*` alone; accounts, users and roles are not the service
        return _any(names, lambda one: Match.YES if one == "*" else Match.NO)
    return Match.NO if kind in ("Federated", "CanonicalUser") else Match.MAYBE


def _service(name: str) -> Match:
    name = name.lower()
    if name in ("*", limits.SERVICE_PRINCIPAL):
        return Match.YES
    # A service's regional names are documented for some services, not for this one.
    return (
        Match.MAYBE
        if name.startswith("omics.") and name.endswith((".amazonaws.com", ".amazonaws.com.cn"))
        else Match.NO
    )


@dataclass(frozen=True, slots=True)
class Grant:
    """What a policy comes to for several actions: those that it denies and those that are open, each with the reason.

    `explicit` are those that a statement denies, whatever other policies allow.
    """

    denied: tuple[tuple[str, str], ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    explicit: frozenset[str] = frozenset()


def grants(policy: str | None, actions: Iterable[str], resource: Value, situation: Situation) -> Grant:
    """What a policy lets the service do of several actions on a resource."""
    decided = [(action, decide(policy, Act(action, resource, situation))) for action in actions]
    return Grant(
        tuple((action, one.reason) for action, one in decided if one.access is Access.DENIED),
        tuple((action, one.reason) for action, one in decided if one.access is Access.UNKNOWN),
        frozenset(action for action, one in decided if one.explicit),
    )
