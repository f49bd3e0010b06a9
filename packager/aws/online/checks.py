"""The online checks of a workflow: who asks, what is asked at the same time, and all findings together. Nothing is changed."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import TypeAlias

from packager.aws.iam.conditions import ServiceRequest, service_request
from packager.aws.online import cache_checks, ecr_checks
from packager.aws.online.cache_checks import PullThroughCache, RegistryFacts, Rules
from packager.aws.online.ecr import RepositoryFacts, read_repository
from packager.aws.online.findings import Findings
from packager.aws.online.inquiry import HINT, WORKERS, Absent, Inquiry, Unanswered
from packager.errors import ServiceError
from packager.findings.diagnostic import Place, Severity, in_order
from packager.findings.report import Report
from packager.images.destinations import (
    Destinations,
    EcrRepository,
    PulledImage,
    WorkflowImages,
    resolve_destinations,
    skipped,
)
from packager.images.registry_map import RegistryMapping
from packager.images.registry_map.model import PLACEHOLDER

Progress = Callable[[str], None]
_EVERY = 10
_ARN_PARTS = 7
_Registry: TypeAlias = tuple[str, str]  # account and Region


@dataclass(frozen=True, slots=True)
class AccountContext:
    """The account of the credentials (`own`), and the account and Region that the workflow is for."""

    own: str | None
    account: str | None
    region: str

    @property
    def request(self) -> ServiceRequest:
        """What policies will see of the service's requests."""
        return service_request(self.account, self.region)


def check(question: WorkflowImages, *, profile: str | None, timeout: float, progress: Progress | None) -> Report:
    """The findings about everything that the workflow needs in its account.

    Raises:
        PackagerError: the profile does not exist, or the Region is unknown.
        ServiceError: every question failed.
    """
    say = progress or (lambda _: None)
    anything = resolve_destinations(question, account="0" * 12, region=question.region or "us-east-1")
    if not (anything.images or anything.caches or anything.secrets):
        return Report((), skipped(anything.notes))
    inquiry = Inquiry(region=question.region, profile=profile, timeout=timeout)
    try:
        findings = Findings()
        context = _context(inquiry, question, findings)
        needed = resolve_destinations(question, account=context.account, region=context.region)
        findings.notes.extend(needed.notes)
        say(
            f"asking {context.region} as {context.own or 'an unknown account'}: repositories {len(_repositories(needed))}, "
            f"caches {len(needed.caches)}, secrets {len(needed.secrets)}"
        )
        parts = [findings, *_ask(inquiry, needed, context, say)]
        inquiry.require_answers()
    finally:
        inquiry.close()
    return Report(
        in_order([diagnostic for part in parts for diagnostic in part.diagnostics]),
        skipped(note for part in parts for note in part.notes),
    )


def _context(inquiry: Inquiry, question: WorkflowImages, findings: Findings) -> AccountContext:
    """Who asks; and whether that is the account that the workflow is for."""
    answer = inquiry.ask("sts", "GetCallerIdentity", {})
    if inquiry.without_credentials is not None:
        raise ServiceError(f"nothing could be checked online: {inquiry.without_credentials.reason}", HINT)
    own = str(answer.get("Account") or "") or None if isinstance(answer, dict) else None
    if isinstance(answer, Unanswered):
        findings.unknown(("IMG020",), "the account of the credentials", answer)
    elif question.account is not None and own != question.account:
        place = Place(question.workflow.main)
        expected = "the target's account" if question.target else "the expected account"
        message = f"the credentials belong to account {own}, but {expected} is {question.account}"
        severity = Severity.ERROR if question.target else None
        findings.add("IMG020", place, message, severity=severity, subject=question.account)
    return AccountContext(own, question.account or own, inquiry.region)


def _repositories(needed: Destinations) -> dict[EcrRepository, list[PulledImage]]:
    images: dict[EcrRepository, list[PulledImage]] = {}
    for image in needed.images:
        images.setdefault(image.repository, []).append(image)
    return dict(sorted(images.items()))


def _ask(inquiry: Inquiry, needed: Destinations, context: AccountContext, say: Progress) -> list[Findings]:
    """Ask everything concurrently, a few questions at a time; the findings do not depend on the order of the answers."""
    mapped = [_mapped_cache(mapping, needed, context) for mapping in needed.caches]
    places = {(cache.account, cache.region) for cache in mapped if cache.account}
    places |= {(image.repository.account, image.repository.region) for image in needed.images}
    with ThreadPoolExecutor(WORKERS, thread_name_prefix="online") as pool:
        try:
            answers = {
                repository: pool.submit(read_repository, inquiry, repository, [image.version for image in images])
                for repository, images in _repositories(needed).items()
            }
            rules_of = {place: pool.submit(cache_checks.read_rules, inquiry, *place) for place in sorted(places)}
            secrets = [
                pool.submit(check_secret, inquiry, mapping, context.region, used=mapping.name in needed.copied)
                for mapping in needed.secrets
            ]
            rules = {place: future.result() for place, future in rules_of.items()}
            needed = replace(needed, images=tuple(_marked_as_cached(image, rules) for image in needed.images))
            facts = _collected(answers, say)
            caches = [*mapped, *_direct_caches(needed, rules, facts)]
            used = sorted({(cache.account, cache.region) for cache in caches if cache.account})
            registries = {
                place: pool.submit(cache_checks.read_registry, inquiry, *place, rules[place], caller=context.own)
                for place in used
            }
            findings = [future.result() for future in secrets]
            known = {place: future.result() for place, future in registries.items()}
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    for repository, images in _repositories(needed).items():
        known_rules = rules[repository.account, repository.region]
        is_cached = all(image.cached for image in images)
        findings.append(
            ecr_checks.check_repository(
                repository,
                images,
                facts[repository],
                context.request,
                account=context.account,
                rules=known_rules if isinstance(known_rules, Unanswered) and not is_cached else None,
            )
        )
    findings.append(ecr_checks.check_entrypoints(needed.images, facts))
    findings += [_check_cache(cache, known, facts, context.request) for cache in caches]
    return findings


def _rule_above(image: PulledImage, rules: dict[_Registry, Rules]) -> str | None:
    known = rules.get((image.repository.account, image.repository.region))
    return cache_checks.rule_above(image.repository.name, known) if isinstance(known, list) else None


def _marked_as_cached(image: PulledImage, rules: dict[_Registry, Rules]) -> PulledImage:
    """The image; if it names a repository below a cache rule itself, it counts as cached like one that is mapped there."""
    return image if image.cached or _rule_above(image, rules) is None else replace(image, cached=True)


def _mapped_cache(mapping: RegistryMapping, needed: Destinations, context: AccountContext) -> PullThroughCache:
    """The cache that a mapping relies on."""
    images = tuple(image for image in needed.images if image.mapping is mapping)
    prefix = mapping.ecr_repository_prefix.strip("/")
    account = mapping.ecr_account_id or context.account or ""
    return PullThroughCache(prefix, mapping, account, context.region, images)


def _direct_caches(
    needed: Destinations, rules: dict[_Registry, Rules], facts: dict[EcrRepository, RepositoryFacts]
) -> list[PullThroughCache]:
    """The caches that images name themselves, without a mapping, and that do not have these images yet."""
    groups: dict[tuple[str, str, str], list[PulledImage]] = {}
    for image in needed.images:
        missing = image.mapping is None and cache_checks.is_absent(image, facts)
        prefix = _rule_above(image, rules) if missing else None
        if prefix is not None:
            groups.setdefault((prefix, image.repository.account, image.repository.region), []).append(image)
    return [
        PullThroughCache(prefix, None, account, region, tuple(images))
        for (prefix, account, region), images in sorted(groups.items())
    ]


def _check_cache(
    cache: PullThroughCache,
    registries: dict[_Registry, RegistryFacts],
    facts: dict[EcrRepository, RepositoryFacts],
    request: ServiceRequest,
) -> Findings:
    registry = registries.get((cache.account, cache.region))
    if registry is None:
        return cache_checks.check_unknown_registry(cache, "the account of its private ECR is unknown")
    return cache_checks.check_cache(cache, registry, facts, request)


def _collected(
    answers: dict[EcrRepository, Future[RepositoryFacts]], say: Progress
) -> dict[EcrRepository, RepositoryFacts]:
    facts: dict[EcrRepository, RepositoryFacts] = {}
    for number, (repository, answer) in enumerate(answers.items(), 1):
        facts[repository] = answer.result()
        if number % _EVERY == 0 and number < len(answers):
            say(f"{number} of {len(answers)} repositories")
    return facts


def check_secret(inquiry: Inquiry, mapping: RegistryMapping, region: str, *, used: bool) -> Findings:
    """What is wrong with the secret of a mapping; a warning if no image uses the mapping. The value is never read."""
    severity = None if used else Severity.WARNING
    findings = Findings()
    arn = mapping.credential_arn or ""
    place, subject = mapping.place_of("credentialArn"), mapping.upstream_registry_url
    if PLACEHOLDER in arn:
        what = f"`credentialArn` of `{mapping.name}` is a placeholder: `{arn}`"
        findings.add("IMG042", place, what, severity=severity, subject=subject)
        return findings
    parts = arn.split(":")
    if len(parts) < _ARN_PARTS or parts[2] != "secretsmanager":
        return findings  # the rules for registry maps check its form
    if parts[3] != region:
        what = f"the secret of `{mapping.name}` is in `{parts[3]}`, but the workflow is in `{region}`"
        findings.add("IMG041", place, what, subject=subject)
    answer = inquiry.ask(
        "secretsmanager", "DescribeSecret", {"SecretId": arn}, region=parts[3], absent=("ResourceNotFoundException",)
    )
    if isinstance(answer, Unanswered):
        findings.unknown(("IMG040",), f"the secret of `{mapping.name}`", answer)
    elif isinstance(answer, Absent):
        what = f"the secret of `{mapping.name}` does not exist: `{arn}`"
        findings.add("IMG040", place, what, severity=severity, subject=subject)
    elif answer.get("DeletedDate"):
        what = f"the secret of `{mapping.name}` is being deleted: `{arn}`"
        findings.add("IMG040", place, what, hint="restore the secret", subject=subject)
    return findings
