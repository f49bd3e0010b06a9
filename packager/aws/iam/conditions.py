"""The `Condition` of a policy's statement, as far as a request of the service is known before it is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from packager.aws.iam.matching import Match, Value, arn_like, equal, every, like, some
from packager.healthomics import limits

_OPERATOR = re.compile(r"(?:(?P<set>ForAllValues|ForAnyValue):)?(?P<name>[A-Za-z]+?)(?P<lenient>IfExists)?")
_Compare = Callable[[str, Value], Match]


def _equal_any_case(expected: str, value: Value) -> Match:
    return equal(expected, value, any_case=True)


# Each operator's comparison. IAM user guide, condition operators: ArnEquals and ArnLike do the same.
_OPERATORS: Mapping[str, _Compare] = {
    "stringequals": equal,
    "stringequalsignorecase": _equal_any_case,
    "stringlike": like,
    "arnequals": arn_like,
    "arnlike": arn_like,
    "bool": _equal_any_case,
}
_NEGATED = {
    "stringnotequals": "stringequals",
    "stringnotequalsignorecase": "stringequalsignorecase",
    "stringnotlike": "stringlike",
    "arnnotequals": "arnequals",
    "arnnotlike": "arnlike",
}


@dataclass(frozen=True, slots=True)
class Situation:
    """What is known of the service's request before it is made: condition keys in lower case with their values."""

    keys: Mapping[str, Value] = field(default_factory=dict)


def situation(account: str | None, region: str | None) -> Situation:
    """The request that the service makes for a workflow of an account and Region.

    `aws:SourceArn` is the ARN of the workflow or the run (the guide's samples have the first), so only its beginning is known.
    """
    keys = {
        "aws:principalisawsservice": Value("true"),
        "aws:principalservicename": Value(limits.SERVICE_PRINCIPAL),
        "aws:securetransport": Value("true"),
    }
    if account:
        keys["aws:sourceaccount"] = Value(account)
    if region:
        keys["aws:requestedregion"] = Value(region)
    if account and region:
        keys["aws:sourcearn"] = Value(f"arn:{partition(region)}:omics:{region}:{account}:", open_end=True)
    return Situation(keys)


def partition(region: str) -> str:
    """The AWS partition of a Region."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def holds(condition: Any, known: Situation) -> tuple[Match, str]:
    """Whether a condition is met, and the key that decides where it is not certain that it is."""
    matches = [(Match.MAYBE, "Condition")] if not isinstance(condition, dict) else list(_parts(condition, known))
    outcome = every(match for match, _ in matches)
    if outcome is Match.YES:
        return outcome, ""
    return outcome, next(key for match, key in matches if match is outcome)


def _parts(condition: dict[str, Any], known: Situation) -> Iterator[tuple[Match, str]]:
    for operator, tests in condition.items():
        if not isinstance(tests, dict):
            yield Match.MAYBE, operator
            continue
        for key, values in tests.items():
            yield _holds(operator, key, _texts(values), known), key


def _holds(operator: str, key: str, expected: list[str] | None, known: Situation) -> Match:
    form = _OPERATOR.fullmatch(operator)
    value = known.keys.get(key.lower())
    if form is None or value is None or expected is None:
        return Match.MAYBE
    name = form["name"].lower()
    if name == "null":
        return some(equal(one, Value("false"), any_case=True) for one in expected)
    positive = _NEGATED.get(name, name)
    compare = _OPERATORS.get(positive)
    if compare is None:
        return Match.MAYBE
    met = some(compare(one, value) for one in expected)
    return met if positive == name else ~met


def _texts(values: Any) -> list[str] | None:
    """The values of a key as texts; None where they are of no known form."""
    several = values if isinstance(values, list) else [values]
    if not all(isinstance(one, str | bool | int | float) for one in several):
        return None
    return [str(one).lower() if isinstance(one, bool) else str(one) for one in several]
