"""What a resource policy lets the service do, by IAM's documented evaluation."""

from __future__ import annotations

import json
import random
from typing import Any

import pytest
from ecr_support import ACCOUNT, OTHER, READ, REGION, policy, statement
from hypothesis import given
from hypothesis import strategies as st

from packager.aws.iam.conditions import ServiceRequest, holds, service_request
from packager.aws.iam.matching import Match, RequestValue, arn_like, equal, like
from packager.aws.iam.policies import Access, Act, decide, grants
from packager.healthomics import limits

KNOWN = service_request(ACCOUNT, REGION)
REPOSITORY = f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/tools/bwa"


def act(action: str = "ecr:BatchGetImage", resource: str = REPOSITORY, known: ServiceRequest = KNOWN) -> Act:
    return Act(action, RequestValue(resource), known)


def access(*statements: dict[str, Any], action: str = "ecr:BatchGetImage") -> Access:
    return decide(policy(*statements), act(action)).access


OMICS = {"Service": "omics.amazonaws.com"}
ELSEWHERE = {"StringEquals": {"aws:SourceAccount": OTHER}}


@pytest.mark.parametrize(
    "one",
    [
        statement(),
        statement(principal="*"),
        statement(principal={"AWS": "*"}),
        statement(principal={"Service": ["ecs-tasks.amazonaws.com", "omics.amazonaws.com"]}),
        statement(principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root", "Service": "omics.amazonaws.com"}),
        statement(action="ecr:*"),
        statement(action="*"),
        statement(action="ecr:Batch*"),
        statement(action="ECR:batchgetimage"),
        statement(action="ecr:BatchGetImag?"),
        statement(Resource="*"),
        statement(Resource=[f"arn:aws:ecr:*:{ACCOUNT}:repository/tools/*"]),
        statement(Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        statement(Condition={"StringEquals": {"AWS:sourceaccount": [OTHER, ACCOUNT]}}),
        statement(Condition={"StringNotEquals": {"aws:SourceAccount": OTHER}}),
        statement(Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:omics:{REGION}:{ACCOUNT}:*"}}),
        statement(Condition={"ArnEquals": {"aws:SourceArn": f"arn:aws:omics:*:{ACCOUNT}:*"}}),
        statement(Condition={"StringLike": {"aws:SourceArn": f"arn:aws:omics:*:{ACCOUNT}:*"}}),
        statement(Condition={"ForAnyValue:StringEqualsIfExists": {"aws:SourceAccount": ACCOUNT}}),
        statement(Condition={"Bool": {"aws:SecureTransport": True}}),
        statement(Condition={"Null": {"aws:SourceAccount": "false"}}),
        {"Effect": "Allow", "Principal": OMICS, "NotAction": "ecr:PutImage"},
        {"Effect": "Allow", "Principal": OMICS, "Action": READ, "NotResource": "arn:aws:ecr:*:*:repository/other"},
    ],
    ids=repr,
)
def test_what_allows(one: dict[str, Any]) -> None:
    assert access(one) is Access.ALLOWED


@pytest.mark.parametrize(
    "one",
    [
        statement(principal={"Service": "ecs-tasks.amazonaws.com"}),
        statement(principal={"AWS": f"arn:aws:iam::{ACCOUNT}:root"}),
        statement(principal={"AWS": ACCOUNT}),
        statement(principal={"Service": []}),
        statement(action="ecr:GetDownloadUrlForLayer"),
        statement(action=[]),
        statement(Resource="arn:aws:ecr:us-east-1:111122223333:repository/other"),
        statement(Condition=ELSEWHERE),
        statement(Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:omics:eu-west-1:{ACCOUNT}:*"}}),
        statement(Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:omics:{REGION}:{OTHER}:workflow/1"}}),
        statement(Condition={"StringEquals": {"aws:SourceArn": f"arn:aws:omics:{REGION}:{OTHER}:workflow/1"}}),
        statement(Condition={"StringNotLike": {"aws:SourceAccount": "1111*"}}),
        statement(Condition={"Bool": {"aws:SecureTransport": "false"}}),
        statement(Condition={"Null": {"aws:SourceAccount": "true"}}),
        # All conditions have to be met: one that surely is not settles it.
        statement(Condition={**ELSEWHERE, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        statement(effect="Deny"),
        {"Effect": "Allow", "Principal": OMICS, "NotAction": "ecr:*"},
        {"Effect": "Allow", "Principal": OMICS, "Action": READ, "NotResource": "*"},
        {"Effect": "Allow", "NotPrincipal": OMICS, "Action": READ},
    ],
    ids=repr,
)
def test_what_does_not_allow(one: dict[str, Any]) -> None:
    assert access(one) is Access.DENIED


@pytest.mark.parametrize(
    "one",
    [
        statement(Condition={"ArnLike": {"aws:SourceArn": f"arn:aws:omics:{REGION}:{ACCOUNT}:workflow/*"}}),
        statement(Condition={"StringEquals": {"aws:SourceArn": f"arn:aws:omics:{REGION}:{ACCOUNT}:workflow/123"}}),
        statement(Condition={"ArnLike": {"aws:SourceArn": "arn:aws:omics:*"}}),
        statement(Condition={"StringEquals": {"aws:PrincipalOrgID": "o-123"}}),
        statement(Condition={"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
        statement(Condition={"NumericLessThan": {"aws:SourceAccount": "5"}}),
        statement(Condition={"StringEquals": {"aws:SourceAccount": "${aws:PrincipalAccount}"}}),
        statement(Condition={"StringEquals": {"aws:SourceAccount": {"odd": 1}}}),
        statement(Condition=["odd"]),
        statement(Condition={"StringEquals": "odd"}),
        statement(principal={"Service": f"omics.{REGION}.amazonaws.com"}),
        statement(principal="omics.amazonaws.com"),
        statement(action=[7]),  # type: ignore[list-item]  # what no policy may hold
        {"Effect": "Allow", "NotPrincipal": {"AWS": "*"} | {"Federated": "x"}, "Action": READ, "Principal": OMICS},
        {"Effect": "Allow", "NotPrincipal": {"AWS": ACCOUNT}, "Action": READ},
        {"Effect": "Allow", "Action": READ},
        {"Effect": "Permit", "Principal": OMICS, "Action": READ},
    ],
    ids=repr,
)
def test_what_cannot_be_decided(one: dict[str, Any]) -> None:
    decision = decide(policy(one), act())
    assert decision.access is Access.UNKNOWN
    assert decision.reason


@pytest.mark.parametrize(
    ("denial", "outcome"),
    [
        (statement(effect="Deny"), Access.DENIED),
        (statement(effect="Deny", principal="*", action="ecr:*"), Access.DENIED),
        (statement(effect="Deny", principal={"AWS": f"arn:aws:iam::{OTHER}:root"}), Access.ALLOWED),
        (statement(effect="Deny", action="ecr:PutImage"), Access.ALLOWED),
        (statement(effect="Deny", Condition=ELSEWHERE), Access.ALLOWED),
        (statement(effect="Deny", Condition={"StringNotEquals": {"aws:SourceAccount": OTHER}}), Access.DENIED),
        (statement(effect="Deny", Condition={"StringNotEquals": {"aws:PrincipalOrgID": "o-1"}}), Access.UNKNOWN),
        ({"Effect": "Deny", "NotPrincipal": {"AWS": ACCOUNT}, "Action": "*"}, Access.DENIED),
        ({"Effect": "Deny", "NotPrincipal": OMICS, "Action": "*"}, Access.ALLOWED),
        ({"Effect": "Deny", "Principal": "*", "NotAction": READ}, Access.ALLOWED),
    ],
    ids=repr,
)
def test_a_denial_beside_a_permission(denial: dict[str, Any], outcome: Access) -> None:
    assert access(statement(), denial) is outcome


@pytest.mark.parametrize("text", ["", None, '{"Version": "2012-10-17", "Statement": []}'])
def test_no_policy_allows_nothing(text: str | None) -> None:
    assert decide(text, act()).access is Access.DENIED


@pytest.mark.parametrize(
    "text", ["{", "[]", "null", '"x"', "{}", '{"Statement": "x"}', '{"Statement": [1]}', "[" * 100_000]
)
def test_what_is_no_policy_is_not_decided(text: str) -> None:
    assert decide(text, act()).access is Access.UNKNOWN


def test_the_reason_names_what_is_nearest() -> None:
    other = statement(Condition=ELSEWHERE)
    assert "aws:SourceAccount" in decide(policy(other), act()).reason
    assert decide(policy(statement(action="ecr:PutImage")), act()).reason == "no statement allows it"
    assert "explicitly" in decide(policy(statement(), statement(effect="Deny")), act()).reason


def test_several_actions_at_once() -> None:
    text = policy(
        statement(action="ecr:BatchGetImage"),
        statement(action="ecr:GetDownloadUrlForLayer", Condition={"StringLike": {"aws:PrincipalOrgPaths": "*"}}),
    )
    grant = grants(text, limits.REPOSITORY_ACTIONS, RequestValue(REPOSITORY), KNOWN)
    assert [action for action, _ in grant.denied] == ["ecr:BatchCheckLayerAvailability"]
    assert [action for action, _ in grant.unknown] == ["ecr:GetDownloadUrlForLayer"]


def test_an_account_that_is_not_known_decides_nothing() -> None:
    one = policy(statement(Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT}}))
    assert decide(one, act(known=service_request(None, None))).access is Access.UNKNOWN
    assert decide(policy(statement()), act(known=service_request(None, None))).access is Access.ALLOWED


BELOW = RequestValue(f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/quay/", open_end=True)


@pytest.mark.parametrize(
    ("resource", "outcome"),
    [
        ("*", Access.ALLOWED),
        (f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/quay/*", Access.ALLOWED),
        (f"arn:aws:ecr:*:{ACCOUNT}:repository/q*", Access.ALLOWED),
        (f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/quay/**", Access.ALLOWED),
        (f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/quay/biocontainers/*", Access.UNKNOWN),
        (f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/quay/?*", Access.UNKNOWN),
        (f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/docker-hub/*", Access.DENIED),
        (f"arn:aws:ecr:eu-west-1:{ACCOUNT}:repository/quay/*", Access.DENIED),
        (f"arn:aws:ecr:{REGION}:{ACCOUNT}:repository/quay", Access.DENIED),
    ],
)
def test_a_resource_of_which_only_the_beginning_is_known(resource: str, outcome: Access) -> None:
    text = policy(statement(action="ecr:CreateRepository", Resource=resource))
    assert decide(text, Act("ecr:CreateRepository", BELOW, KNOWN)).access is outcome


# Laws.

_RANK = {Access.DENIED: 0, Access.UNKNOWN: 1, Access.ALLOWED: 2}
_PRINCIPALS = st.sampled_from(
    [
        OMICS,
        "*",
        {"AWS": "*"},
        {"AWS": ACCOUNT},
        {"Service": ["x.amazonaws.com", "omics.amazonaws.com"]},
        {"Service": "omics.x.amazonaws.com"},
    ]
)
_ACTIONS = st.sampled_from(["*", "ecr:*", "ecr:Batch*", "ecr:BatchGetImage", "ecr:PutImage", "ecr:batchgetimag?"])
_CONDITIONS = st.sampled_from(
    [
        None,
        ELSEWHERE,
        {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
        {"StringNotEquals": {"aws:SourceAccount": ACCOUNT}},
        {"StringEquals": {"aws:PrincipalOrgID": "o"}},
        {"ArnLike": {"aws:SourceArn": f"arn:aws:omics:*:{ACCOUNT}:run/*"}},
    ]
)
_RESOURCES = st.sampled_from([None, "*", REPOSITORY, "arn:aws:ecr:*:*:repository/other/*"])


@st.composite
def _statements(draw: st.DrawFn, effect: str | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"Effect": effect or draw(st.sampled_from(["Allow", "Deny"]))}
    found[draw(st.sampled_from(["Principal", "Principal", "NotPrincipal"]))] = draw(_PRINCIPALS)
    found[draw(st.sampled_from(["Action", "Action", "NotAction"]))] = draw(_ACTIONS)
    resource, condition = draw(_RESOURCES), draw(_CONDITIONS)
    if resource is not None:
        found[draw(st.sampled_from(["Resource", "NotResource"]))] = resource
    if condition is not None:
        found["Condition"] = condition
    return found


def rank(statements: list[dict[str, Any]]) -> int:
    return _RANK[access(*statements)]


@given(st.lists(_statements(), max_size=4), _statements(effect="Deny"))
def test_a_denial_never_widens(statements: list[dict[str, Any]], denial: dict[str, Any]) -> None:
    assert rank([*statements, denial]) <= rank(statements)


@given(st.lists(_statements(), max_size=4), _statements(effect="Allow"))
def test_a_permission_never_narrows(statements: list[dict[str, Any]], permission: dict[str, Any]) -> None:
    assert rank([*statements, permission]) >= rank(statements)


@given(st.lists(_statements(), max_size=5), st.integers())
def test_the_order_of_statements_does_not_matter(statements: list[dict[str, Any]], seed: int) -> None:
    shuffled = random.Random(seed).sample(statements, len(statements))
    assert decide(policy(*statements), act()) == decide(policy(*shuffled), act())


def _as_lists(value: Any) -> Any:
    """Every text of a statement as a list of one, save the words of the grammar itself."""
    if isinstance(value, dict):
        return {key: one if key in ("Effect", "Version") else _as_lists(one) for key, one in value.items()}
    return value if isinstance(value, list) else [value]


@given(_statements())
def test_a_list_of_one_equals_the_text(one: dict[str, Any]) -> None:
    assert decide(policy(_as_lists(one)), act()) == decide(policy(one), act())


@given(_statements())
def test_one_statement_equals_a_list_of_it(one: dict[str, Any]) -> None:
    alone = json.dumps({"Version": "2012-10-17", "Statement": one})
    assert decide(alone, act()) == decide(policy(one), act())
    assert decide(policy(one, one), act()) == decide(policy(one), act())


@given(_statements(), st.randoms())
def test_letters_of_actions_and_keys_may_be_large_or_small(one: dict[str, Any], source: random.Random) -> None:
    def shaken(text: str) -> str:
        return "".join(source.choice((char.lower(), char.upper())) for char in text)

    other: dict[str, Any] = {
        key: shaken(value) if key in ("Action", "NotAction") else value for key, value in one.items()
    }
    if "Condition" in other:
        other["Condition"] = {
            name: {shaken(key): value for key, value in tests.items()} for name, tests in other["Condition"].items()
        }
    assert decide(policy(other), act()).access is decide(policy(one), act()).access


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=5),
        lambda one: (
            st.lists(one)
            | st.dictionaries(st.sampled_from(["Statement", "Effect", "Principal", "Action", "Condition", "x"]), one)
        ),
    )
)
def test_any_json_is_decided_without_a_crash(value: Any) -> None:
    assert decide(json.dumps(value), act()).access in Access
    assert decide(json.dumps({"Statement": value}), act()).access in Access
    assert holds(value, KNOWN)[0] in Match


_TEXTS = st.text("ab/:", max_size=6)
_PATTERNS = st.text("ab/:*?", max_size=6)


@given(_PATTERNS, _TEXTS)
def test_patterns_mean_what_regular_expressions_do(pattern: str, text: str) -> None:
    import re

    meaning = "".join({"*": ".*", "?": "."}.get(char) or re.escape(char) for char in pattern)
    assert (like(pattern, RequestValue(text)) is Match.YES) == bool(re.fullmatch(meaning, text, re.DOTALL))


@given(_PATTERNS, _TEXTS, _TEXTS)
def test_what_is_said_of_a_beginning_holds_for_every_end(pattern: str, start: str, end: str) -> None:
    for match in (like, equal):
        early = match(pattern, RequestValue(start, open_end=True))
        if early is not Match.MAYBE:
            assert match(pattern, RequestValue(start + end)) is early


def test_a_star_stays_within_its_part_of_an_arn() -> None:
    value = RequestValue(f"arn:aws:omics:{REGION}:{ACCOUNT}:workflow/1:2")
    assert arn_like(f"arn:aws:omics:*:{ACCOUNT}:workflow/*", value) is Match.YES
    assert arn_like("arn:aws:omics:*:workflow/*:2", value) is not Match.YES
    assert like("arn:aws:*:2", value) is Match.YES


def test_many_stars_take_no_time() -> None:
    assert like("*a" * 500 + "b", RequestValue("a" * 1000)) is Match.NO
