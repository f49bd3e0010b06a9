"""The `Condition` of a policy's statement, checked against what is known of the service's request before it is made."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from packager.aws.iam.matching import Match, RequestValue, arn_like, equal, every, like, some
from packager.healthomics import limits

_OPERATOR = re.compile(r"(?:(?P<set>ForAllValues|ForAnyValue):)?(?P<name>[A-Za-z]+?)(?P<lenient>IfExists)?")
_Compare = Callable[[str, RequestValue], Match]


def _equal_any_case(expected: str, value: RequestValue) -> Match:
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
class ServiceRequest:
    """What is known of a request of the service before it is made: condition keys in lower case with their values."""

    keys: Mapping[str, RequestValue] = field(default_factory=dict)


def service_request(account: str | None, region: str | None) -> ServiceRequest:
    """The request that the service will make for a workflow of an account and Region.

    `aws:SourceArn` is the ARN of the workflow or the run (the guide's samples have the first), so only its beginning is known.
    """
    keys = {
        "aws:principalisawsservice": RequestValue("true"),
        "aws:principalservicename": RequestValue(limits.SERVICE_PRINCIPAL),
        "aws:securetransport": RequestValue("true"),
    }
    if account:
        keys["aws:sourceaccount"] = RequestValue(account)
    if region:
        keys["aws:requestedregion"] = RequestValue(region)
    if account and region:
        keys["aws:sourcearn"] = RequestValue(f"arn:{partition(region)}:omics:{region}:{account}:", open_end=True)
    return ServiceRequest(keys)


def partition(region: str) -> str:
    """The AWS partition of a Region."""
    return "aws-cn" if region.startswith("cn-") else "aws-us-gov" if region.startswith("us-gov-") else "aws"


def holds(condition: object, known: ServiceRequest) -> tuple[Match, str]:
    """Whether a condition is met, and if that is not certain, the key that decides it."""
    matches = [(Match.MAYBE, "Condition")] if not isinstance(condition, dict) else list(_parts(condition, known))
    outcome = every(match for match, _ in matches)
    if outcome is Match.YES:
        return outcome, ""
    return outcome, next(key for match, key in matches if match is outcome)


def _parts(condition: dict[object, object], known: ServiceRequest) -> Iterator[tuple[Match, str]]:
    for operator, tests in condition.items():
        if not isinstance(tests, dict):
            yield Match.MAYBE, str(operator)
            continue
        for key, values in tests.items():
            yield _holds(str(operator), str(key), _strings(values), known), str(key)


def _holds(operator: str, key: str, expected: list[str] | None, known: ServiceRequest) -> Match:
    form = _OPERATOR.fullmatch(operator)
    value = known.keys.get(key.lower())
    if form is None or value is None or expected is None:
        return Match.MAYBE
    name = form["name"].lower()
    if name == "null":
        return some(equal(text, RequestValue("false"), any_case=True) for text in expected)
    positive = _NEGATED.get(name, name)
    compare = _OPERATORS.get(positive)
    if compare is None:
        return Match.MAYBE
    met = some(compare(text, value) for text in expected)
    return met if positive == name else ~met


def _strings(values: object) -> list[str] | None:
    """The values of a key as strings; None if they have an unknown form."""
    items = values if isinstance(values, list) else [values]
    if not all(isinstance(item, str | bool | int | float) for item in items):
        return None
    return [str(item).lower() if isinstance(item, bool) else str(item) for item in items]
