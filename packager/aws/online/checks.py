"""The online checks of a workflow: who asks, what is asked at the same time, and what it all comes to. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from packager.aws.iam.conditions import Situation, situation
from packager.aws.online import cache_checks, ecr_checks
from packager.aws.online.cache_checks import Cache, RegistryFacts
from packager.aws.online.ecr import RepositoryFacts, read_repository
from packager.aws.online.findings import Findings
from packager.aws.online.inquiry import HINT, WORKERS, Inquiry, Unknown
from packager.aws.online.secrets import check_secret
from packager.errors import ServiceError
from packager.findings.diagnostic import Place, Severity, in_order
from packager.findings.report import Report
from packager.images.destinations import Destinations, Question, Repository, Wanted, destinations, skipped
from packager.images.registry_map import RegistryMapping

Progress = Callable[[str], None]
_EVERY = 10


@dataclass(frozen=True, slots=True)
class Caller:
    """Whose credentials ask (`own`), and for which account and Region the workflow is meant."""

    own: str | None
    account: str | None
    region: str

    @property
    def situation(self) -> Situation:
        """What policies will see of the service's requests."""
        return situation(self.account, self.region)


def check(question: Question, *, profile: str | None, timeout: float, progress: Progress | None) -> Report:
    """Ask the account about everything that the workflow needs of it.

    Raises:
        PackagerError: no such profile, or no Region is known.
        ServiceError: nothing could be asked.
    """
    say = progress or (lambda _: None)
    anything = destinations(question, account="0" * 12, region=question.region or "us-east-1")
    if not (anything.images or anything.caches or anything.secrets):
        return Report((), skipped(anything.notes))
    inquiry = Inquiry(region=question.region, profile=profile, timeout=timeout)
    try:
        found = Findings()
        caller = _caller(inquiry, question, found)
        wanted = destinations(question, account=caller.account, region=caller.region)
        found.notes.extend(wanted.notes)
        say(
            f"asking {caller.region} as {caller.own or 'an unknown account'}: repositories {len(_repositories(wanted))}, "
            f"caches {len(wanted.caches)}, secrets {len(wanted.secrets)}"
        )
        parts = _ask(inquiry, wanted, caller, say)
        inquiry.require_answers()
    finally:
        inquiry.close()
    every = (found, *parts)
    return Report(
        in_order([one for part in every for one in part.diagnostics]),
        skipped(note for part in every for note in part.notes),
    )


def _caller(inquiry: Inquiry, question: Question, found: Findings) -> Caller:
    """Who asks; and whether that is who was meant."""
    answer = inquiry.ask("sts", "get_caller_identity")
    if inquiry.without_credentials is not None:
        raise ServiceError(f"nothing could be checked online: {inquiry.without_credentials.reason}", HINT)
    own = str(answer.get("Account") or "") or None if isinstance(answer, dict) else None
    if isinstance(answer, Unknown):
        found.unknown(("IMG020",), "whose credentials these are", answer)
    elif question.account is not None and own != question.account:
        place = Place(question.workflow.main)
        meant = "the target's account" if question.target else "the account that is meant"
        message = f"the credentials are those of account {own}, {meant} is {question.account}"
        severity = Severity.ERROR if question.target else None
        found.add("IMG020", place, message, severity=severity, subject=question.account)
    return Caller(own, question.account or own, inquiry.region)


def _repositories(wanted: Destinations) -> dict[Repository, list[Wanted]]:
    found: dict[Repository, list[Wanted]] = {}
    for one in wanted.images:
        found.setdefault(one.repository, []).append(one)
    return dict(sorted(found.items()))


def _ask(inquiry: Inquiry, wanted: Destinations, caller: Caller, say: Progress) -> list[Findings]:
    """Everything at the same time, a few at once; the outcome does not depend on who answers first."""
    named = [_named(mapping, wanted, caller) for mapping in wanted.caches]
    places = {(one.account, one.region) for one in named if one.account}
    places |= {(one.repository.account, one.repository.region) for one in wanted.images}
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="online") as pool:
        try:
            answers = {
                repository: pool.submit(read_repository, inquiry, repository, [one.version for one in several])
                for repository, several in _repositories(wanted).items()
            }
            rules_of = {place: pool.submit(cache_checks.read_rules, inquiry, *place) for place in sorted(places)}
            secrets = [
                pool.submit(check_secret, inquiry, mapping, caller.region, used=mapping.name in wanted.copied)
                for mapping in wanted.secrets
            ]
            rules = {place: one.result() for place, one in rules_of.items()}
            wanted = replace(wanted, images=tuple(_cached(one, rules) for one in wanted.images))
            facts = _collected(answers, say)
            caches = [*named, *_unnamed(wanted, rules, facts)]
            used = sorted({(one.account, one.region) for one in caches if one.account})
            registries = {
                place: pool.submit(cache_checks.read_registry, inquiry, *place, rules[place], caller=caller.own)
                for place in used
            }
            checked = [one.result() for one in secrets]
            known = {place: one.result() for place, one in registries.items()}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for repository, several in _repositories(wanted).items():
        found = rules[repository.account, repository.region]
        why = found if isinstance(found, Unknown) and not all(one.cached for one in several) else None
        checked.append(
            ecr_checks.check_repository(
                repository, several, facts[repository], caller.situation, account=caller.account, rules=why
            )
        )
    checked.append(ecr_checks.check_entrypoints(wanted.images, facts))
    checked += [_checked_cache(cache, known, facts, caller.situation) for cache in caches]
    return checked


_Rules = dict[tuple[str, str], list[dict[str, Any]] | Unknown]


def _rule_above(one: Wanted, rules: _Rules) -> str | None:
    known = rules.get((one.repository.account, one.repository.region))
    return cache_checks.rule_above(one.repository.name, known) if isinstance(known, list) else None


def _cached(one: Wanted, rules: _Rules) -> Wanted:
    """An image that names a repository below a cache rule itself is as good as one that is mapped there."""
    return one if one.cached or _rule_above(one, rules) is None else replace(one, cached=True)


def _named(mapping: RegistryMapping, wanted: Destinations, caller: Caller) -> Cache:
    """The cache that a mapping counts on."""
    images = tuple(one for one in wanted.images if one.mapping is mapping)
    prefix = mapping.ecr_repository_prefix.strip("/")
    return Cache(prefix, mapping, mapping.ecr_account_id or caller.account or "", caller.region, images)


def _unnamed(wanted: Destinations, rules: _Rules, facts: dict[Repository, RepositoryFacts]) -> list[Cache]:
    """The caches that images name by themselves, without a mapping, and still have to come through."""
    groups: dict[tuple[str, str, str], list[Wanted]] = {}
    for one in wanted.images:
        waits = one.mapping is None and cache_checks.is_absent(one, facts)
        prefix = _rule_above(one, rules) if waits else None
        if prefix is not None:
            groups.setdefault((prefix, one.repository.account, one.repository.region), []).append(one)
    return [
        Cache(prefix, None, account, region, tuple(several))
        for (prefix, account, region), several in sorted(groups.items())
    ]


def _checked_cache(
    cache: Cache,
    registries: dict[tuple[str, str], RegistryFacts],
    facts: dict[Repository, RepositoryFacts],
    known: Situation,
) -> Findings:
    registry = registries.get((cache.account, cache.region))
    if registry is None:
        return cache_checks.unknown_registry(cache, "the account of its private ECR is not known")
    return cache_checks.check_cache(cache, registry, facts, known)


def _collected(answers: dict[Repository, Future[RepositoryFacts]], say: Progress) -> dict[Repository, RepositoryFacts]:
    found: dict[Repository, RepositoryFacts] = {}
    for number, (repository, answer) in enumerate(answers.items(), 1):
        found[repository] = answer.result()
        if number % _EVERY == 0 and number < len(answers):
            say(f"{number} of {len(answers)} repositories")
    return found
