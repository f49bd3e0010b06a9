"""What a resource policy lets the service do: IAM's own evaluation, three-valued.

IAM user guide, policy evaluation logic: a statement applies when its principal, action, resource and condition all match; an explicit
Deny wins over every Allow, and what no statement allows is denied. What cannot be decided locally is UNKNOWN, with the reason.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from packager.aws.iam.conditions import ServiceRequest, holds
from packager.aws.iam.matching import Match, RequestValue, every, like, some
from packager.healthomics import limits


class Access(StrEnum):
    """What a policy decides."""

    ALLOWED = "allowed"
    DENIED = "denied"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class AccessDecision:
    """What a policy decides about one action, with the reason if it is not allowed.

    `explicit`: a statement denies it, even if others allow it.
    """

    access: Access
    reason: str = ""
    explicit: bool = False


@dataclass(frozen=True, slots=True)
class Act:
    """What the service is about to do: an action on a resource. The policy of a repository may name no resource at all."""

    action: str
    resource: RequestValue
    request: ServiceRequest


@dataclass(frozen=True, slots=True)
class _Applied:
    """A statement, whether it applies, and what makes that false or uncertain."""

    effect: str
    match: Match
    obstacle: str
    near: bool  # principal and action match


def decide(policy: str | None, act: Act) -> AccessDecision:
    """Whether a policy, as JSON text, lets the service act; None if the resource has none."""
    if policy is None or not policy.strip():
        return AccessDecision(Access.DENIED, "the resource has no policy")
    try:
        document = json.loads(policy)
    except (ValueError, RecursionError):
        return AccessDecision(Access.UNKNOWN, "the policy is not JSON")
    value = document.get("Statement") if isinstance(document, dict) else None
    statements = value if isinstance(value, list) else [value]
    applied = [_apply(statement, act) for statement in statements if isinstance(statement, dict)]
    if len(applied) < len(statements):
        return AccessDecision(Access.UNKNOWN, "a statement of the policy has an unexpected form")
    return _outcome(applied)


def _outcome(applied: list[_Applied]) -> AccessDecision:
    denying = [statement for statement in applied if statement.effect == "Deny"]
    allowing = [statement for statement in applied if statement.effect == "Allow"]
    denied = some(statement.match for statement in denying)
    allowed = some(statement.match for statement in allowing)
    if any(statement.effect not in ("Allow", "Deny") for statement in applied):
        return AccessDecision(Access.UNKNOWN, "a statement has an unknown `Effect`")
    if denied is Match.YES:
        return AccessDecision(Access.DENIED, "a statement denies it explicitly", explicit=True)
    if allowed is Match.NO:
        near = sorted(statement.obstacle for statement in allowing if statement.near and statement.obstacle)
        return AccessDecision(Access.DENIED, near[0] if near else "no statement allows it")
    if denied is Match.MAYBE:
        return AccessDecision(Access.UNKNOWN, _first(denying))
    if allowed is Match.MAYBE:
        return AccessDecision(Access.UNKNOWN, _first(allowing))
    return AccessDecision(Access.ALLOWED)


def _first(applied: list[_Applied]) -> str:
    """The reason of a statement that may apply, the same for every order of statements."""
    return min(statement.obstacle for statement in applied if statement.match is Match.MAYBE)


_Statement: TypeAlias = Mapping[str, object]


def _apply(statement: _Statement, act: Act) -> _Applied:
    own_action = RequestValue(act.action)
    principal = _either(statement, "Principal", _principal)
    action = _either(
        statement, "Action", lambda value: _any(value, lambda pattern: like(pattern, own_action, any_case=True))
    )
    resource = (
        _either(statement, "Resource", lambda value: _any(value, lambda pattern: like(pattern, act.resource)))
        if "Resource" in statement or "NotResource" in statement
        else Match.YES
    )
    condition, key = holds(statement["Condition"], act.request) if "Condition" in statement else (Match.YES, "")
    effect = str(statement.get("Effect"))
    if effect == "Allow" and "NotPrincipal" in statement and principal is Match.YES:
        principal = Match.MAYBE  # IAM user guide: not supported with Allow
    match = every((principal, action, resource, condition))
    obstacle = _obstacle(statement, (principal, action, resource, condition), key)
    return _Applied(effect, match, obstacle, Match.NO not in (principal, action))


def _obstacle(statement: _Statement, parts: tuple[Match, Match, Match, Match], key: str) -> str:
    """Why a statement does not apply, or only perhaps; a NO before a MAYBE."""
    principal, action, resource, condition = parts
    verb = "denial" if statement.get("Effect") == "Deny" else "permission"
    causes = (
        (principal, f"it is not documented whether the `Principal` of a {verb} includes the service"),
        (action, f"the actions of a {verb} are unknown"),
        (resource, f"a {verb} is for other resources"),
        (condition, f"a {verb} has the condition `{key}`, which the service's request does not meet"),
    )
    for match, text in causes:
        if match is Match.NO:
            return text
    unsure = (
        causes[0],
        causes[1],
        (resource, f"it is unknown whether a {verb} covers the resource until it exists"),
        (condition, f"a {verb} has the condition `{key}`, which only the service's request decides"),
    )
    return next((text for match, text in unsure if match is Match.MAYBE), "")


def _either(statement: _Statement, name: str, matches: Callable[[object], Match]) -> Match:
    """Whether `Principal`, `Action` or `Resource` matches, or its negated form; a statement with both or neither is invalid."""
    positive, negative = name in statement, f"Not{name}" in statement
    if positive == negative:
        return Match.MAYBE
    return matches(statement[name]) if positive else ~matches(statement[f"Not{name}"])


def _any(value: object, matches: Callable[[str], Match]) -> Match:
    """Whether any string of a list matches; a string alone is a list of one."""
    items = value if isinstance(value, list) else [value]
    return some(matches(item) if isinstance(item, str) else Match.MAYBE for item in items)


def _principal(value: object) -> Match:
    """Whether a principal includes the service: `*`, or a map of kinds to names."""
    return some(_single_principal(item) for item in (value if isinstance(value, list) else [value]))


def _single_principal(value: object) -> Match:
    if isinstance(value, str):
        return Match.YES if value == "*" else Match.MAYBE
    if not isinstance(value, dict):
        return Match.MAYBE
    return some(_of_kind(str(kind), names) for kind, names in value.items())


def _of_kind(kind: str, names: object) -> Match:
    if kind == "Service":
        return _any(names, _service)
    if kind == "AWS":
        # IAM user guide: the star is the same as `*` alone; accounts, users and roles are not the service.
        return _any(names, lambda name: Match.YES if name == "*" else Match.NO)
    return Match.NO if kind in ("Federated", "CanonicalUser") else Match.MAYBE


def _service(name: str) -> Match:
    name = name.lower()
    if name in ("*", limits.SERVICE_PRINCIPAL):
        return Match.YES
    # Regional names are documented for some services, but not for this one.
    return (
        Match.MAYBE
        if name.startswith("omics.") and name.endswith((".amazonaws.com", ".amazonaws.com.cn"))
        else Match.NO
    )


@dataclass(frozen=True, slots=True)
class Grant:
    """What a policy decides about some actions: those that it denies and those that are unknown, each with the reason.

    `explicit` are those that a statement denies, even if other policies allow them.
    """

    denied: tuple[tuple[str, str], ...] = ()
    unknown: tuple[tuple[str, str], ...] = ()
    explicit: frozenset[str] = frozenset()


def grants(policy: str | None, actions: Iterable[str], resource: RequestValue, request: ServiceRequest) -> Grant:
    """What a policy decides about some actions of the service on a resource."""
    decided = [(action, decide(policy, Act(action, resource, request))) for action in actions]
    return Grant(
        tuple((action, decision.reason) for action, decision in decided if decision.access is Access.DENIED),
        tuple((action, decision.reason) for action, decision in decided if decision.access is Access.UNKNOWN),
        frozenset(action for action, decision in decided if decision.explicit),
    )
