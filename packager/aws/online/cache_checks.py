"""Checks of the pull-through caches behind a registry map: cache rules, the registry's policy, repository creation templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from packager.aws.client import Answer
from packager.aws.iam.conditions import ServiceRequest, partition
from packager.aws.iam.matching import RequestValue
from packager.aws.iam.policies import Grant, grants
from packager.aws.online.ecr import RepositoryFacts, read_all
from packager.aws.online.ecr_checks import arn
from packager.aws.online.findings import Findings, with_reasons
from packager.aws.online.inquiry import Absent, Inquiry, Unanswered
from packager.findings.diagnostic import Place, Severity
from packager.healthomics import limits
from packager.images.destinations import EcrRepository, PulledImage
from packager.images.registry_map import RegistryMapping
from packager.images.registry_map.model import upstream_prefix
from packager.model.image_reference import normal_host
from packager.text import listed

_ALL = ("IMG030", "IMG031", "IMG032", "IMG033", "IMG034")
_APPLIED_FOR = "PULL_THROUGH_CACHE"  # Api.ECR: RCTAppliedFor
Rules: TypeAlias = list[Answer] | Unanswered


@dataclass(frozen=True, slots=True)
class RegistryFacts:
    """A registry of an account: its cache rules, its policy (None: it has none) and its creation templates."""

    rules: Rules
    policy: str | Unanswered | None
    templates: list[Answer] | Unanswered


def read_rules(inquiry: Inquiry, account: str, region: str) -> Rules:
    """The cache rules of a registry."""
    members = {"registryId": account}
    return read_all(inquiry, "DescribePullThroughCacheRules", members, items="pullThroughCacheRules", region=region)


def read_registry(inquiry: Inquiry, account: str, region: str, rules: Rules, *, caller: str | None) -> RegistryFacts:
    """Everything about a registry; only its own account can read the policy and the templates."""
    if caller != account:
        reason = f"only account {account} can read it" if caller else "the account of the credentials is unknown"
        return RegistryFacts(rules, Unanswered(reason), Unanswered(reason))
    answer = inquiry.ask("ecr", "GetRegistryPolicy", {}, region=region, absent=("RegistryPolicyNotFoundException",))
    policy: str | Unanswered | None = answer if isinstance(answer, Unanswered) else None
    if isinstance(answer, dict):
        policy = str(answer.get("policyText") or "")
    operation, items = "DescribeRepositoryCreationTemplates", "repositoryCreationTemplates"
    templates = read_all(inquiry, operation, {}, items=items, region=region)
    return RegistryFacts(rules, policy, templates)


def rule_above(name: str, rules: list[Answer]) -> str | None:
    """The prefix of the cache rule that covers a repository's name, as ECR writes it; None if no rule does."""
    prefixes = [str(rule.get("ecrRepositoryPrefix") or "") for rule in rules]
    covering = [prefix for prefix in prefixes if prefix == limits.ECR_ROOT or name.startswith(f"{prefix.strip('/')}/")]
    return max(covering, key=lambda prefix: len(_prefix(prefix)), default=None)


@dataclass(frozen=True, slots=True)
class PullThroughCache:
    """A pull-through cache with the images that come through it; `mapping` is None if images name its repositories themselves."""

    prefix: str
    mapping: RegistryMapping | None
    account: str
    region: str
    images: tuple[PulledImage, ...]

    @property
    def shown(self) -> str:
        """Its name in messages."""
        return f"`{self.prefix}` (`{self.mapping.name}`)" if self.mapping else f"`{self.prefix}`"

    @property
    def place(self) -> Place:
        """Where it is named first."""
        if self.mapping:
            return self.mapping.place_of("ecrRepositoryPrefix")
        return min(image.place for image in self.images)

    @property
    def repositories(self) -> str:
        """The ARN of its registry's repositories, up to their names."""
        return f"arn:{partition(self.region)}:ecr:{self.region}:{self.account}:repository/"


def check_cache(
    cache: PullThroughCache,
    registry: RegistryFacts,
    repositories: Mapping[EcrRepository, RepositoryFacts],
    request: ServiceRequest,
) -> Findings:
    """What is wrong with a cache, and which images are not in it yet."""
    findings = Findings()
    if cache.mapping is not None:
        _check_rule(cache, cache.mapping, registry.rules, findings)
    absent = [image for image in cache.images if is_absent(image, repositories)]
    _check_registry_policy(cache, registry.policy, repositories, request, findings, certain=_certain(absent))
    new = [image for image in absent if repositories[image.repository].exists is False]
    _check_template(cache, registry.templates, request, findings, certain=_certain(new))
    if absent:
        names = sorted({image.reference.format() for image in absent})
        what = f"not yet in the cache {cache.shown}: {listed(names, 1)}"
        by_digest = any(image.reference.digest is not None for image in absent)
        if by_digest:
            what += "; a digest may not fill it"
        severity = Severity.WARNING if by_digest else None
        findings.add("IMG022", min(image.place for image in absent), what, severity=severity, subject=cache.prefix)
    return findings


def _certain(images: Sequence[PulledImage]) -> bool:
    """Whether a run pulls one of these for certain."""
    return any(image.certain for image in images)


def is_absent(image: PulledImage, repositories: Mapping[EcrRepository, RepositoryFacts]) -> bool:
    """Whether an image is known not to be in its repository."""
    facts = repositories.get(image.repository)
    return facts is not None and (facts.exists is False or isinstance(facts.images.get(image.version), Absent))


def _check_rule(cache: PullThroughCache, mapping: RegistryMapping, rules: Rules, findings: Findings) -> None:
    if isinstance(rules, Unanswered):
        findings.unknown(("IMG030", "IMG031"), f"the cache rule of {cache.shown}", rules)
        return
    by_prefix = {_prefix(rule.get("ecrRepositoryPrefix")): rule for rule in rules}
    rule = by_prefix.get(_prefix(cache.prefix))
    if rule is None:
        above = _covering(cache.prefix, [prefix for prefix in by_prefix if prefix])
        what = f"no cache rule of account {cache.account} in {cache.region} has the prefix {cache.shown}"
        if above is not None:
            what += f"; the rule of `{above}` covers it, but the user guide requires the same prefix"
        severity = Severity.WARNING if above is not None or not _certain(cache.images) else None
        findings.add("IMG030", cache.place, what, severity=severity, subject=cache.prefix)
        return
    url, prefix = _host(str(rule.get("upstreamRegistryUrl"))), _prefix(rule.get("upstreamRepositoryPrefix"))
    if url != _host(mapping.upstream_registry_url):
        place = mapping.place_of("upstreamRegistryUrl")
        what = (
            f"the cache rule of {cache.shown} is for `{url}`, but the mapping is for `{mapping.upstream_registry_url}`"
        )
        findings.add("IMG031", place, what, subject=f"{cache.prefix}.upstreamRegistryUrl")
    own = upstream_prefix(mapping)
    if prefix != own:
        place = mapping.place_of("upstreamRepositoryPrefix")
        what = f"the cache rule of {cache.shown} is for {_upstream(prefix)}, but the mapping is for {_upstream(own)}"
        findings.add("IMG031", place, what, subject=f"{cache.prefix}.upstreamRepositoryPrefix")


def _upstream(prefix: str) -> str:
    return f"the upstream prefix `{prefix}`" if prefix else "every upstream repository"


def _prefix(value: object) -> str:
    """A prefix in one form: ECR's word for no prefix is "", and a slash at its end means nothing."""
    text = str(value or "").strip("/")
    return "" if text == limits.ECR_ROOT else text


def _host(url: str) -> str:
    return normal_host(url.removeprefix("https://").strip("/"))


def _covering(prefix: str, prefixes: Sequence[str]) -> str | None:
    """The longest prefix that covers all repositories of another one; None if none does."""
    above = [candidate for candidate in prefixes if prefix == candidate or prefix.startswith(f"{candidate}/")]
    return max(above, key=len, default=None)


def _check_registry_policy(
    cache: PullThroughCache,
    policy: str | Unanswered | None,
    repositories: Mapping[EcrRepository, RepositoryFacts],
    request: ServiceRequest,
    findings: Findings,
    *,
    certain: bool,
) -> None:
    if isinstance(policy, Unanswered):
        findings.unknown(("IMG032",), f"the registry's policy for {cache.shown}", policy)
        return
    denied: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for resource, own in _resources(cache, repositories):
        grant = grants(policy, limits.CACHE_REGISTRY_ACTIONS, resource, request)
        if own is not None:  # the repository's own policy may grant the import too, and nothing needs to be created
            grant = _with_own_policy(grant, own, resource, request)
        denied.update(grant.denied)
        unknown.update(grant.unknown)
    if denied:
        actions = with_reasons(sorted(denied.items()))
        what = f"the registry's policy does not grant `{limits.SERVICE_PRINCIPAL}` {actions} on {cache.shown}"
        severity = None if certain else Severity.WARNING
        findings.add("IMG032", cache.place, what, severity=severity, subject=cache.prefix)
    for action, reason in sorted(unknown.items()):
        if action not in denied:
            findings.unknown(("IMG032",), f"`{action}` on {cache.shown}", reason)


def _resources(
    cache: PullThroughCache, repositories: Mapping[EcrRepository, RepositoryFacts]
) -> list[tuple[RequestValue, str | None]]:
    """The repositories that are known to come through a cache, with their policies if they exist; else any below its prefix."""
    resources: list[tuple[RequestValue, str | None]] = []
    for repository in sorted({image.repository for image in cache.images}):
        facts = repositories.get(repository)
        exists = facts is not None and facts.exists is True
        policy = facts.policy if facts and exists and isinstance(facts.policy, str) else None
        resources.append((RequestValue(arn(repository)), policy))
    if resources:
        return resources
    below = "" if _prefix(cache.prefix) == "" else f"{cache.prefix}/"
    return [(RequestValue(f"{cache.repositories}{below}", open_end=True), None)]


def _with_own_policy(grant: Grant, policy: str, resource: RequestValue, request: ServiceRequest) -> Grant:
    own = grants(policy, limits.CACHE_REGISTRY_ACTIONS, resource, request)
    refused = {action for action, _ in (*own.denied, *own.unknown)} - {"ecr:CreateRepository"}
    return Grant(
        tuple((action, reason) for action, reason in grant.denied if action in refused or action in grant.explicit),
        tuple((action, reason) for action, reason in grant.unknown if action in refused),
    )


def _check_template(
    cache: PullThroughCache,
    templates: list[Answer] | Unanswered,
    request: ServiceRequest,
    findings: Findings,
    *,
    certain: bool,
) -> None:
    if isinstance(templates, Unanswered):
        findings.unknown(("IMG033", "IMG034"), f"the creation template of {cache.shown}", templates)
        return
    severity = None if certain else Severity.WARNING
    applied = {_prefix(template.get("prefix")): template for template in templates if _is_applied(template)}
    prefix = _covering(_prefix(cache.prefix), [candidate for candidate in applied if candidate])
    if prefix is None and "" not in applied:
        other = _covering(_prefix(cache.prefix), [_prefix(template.get("prefix")) for template in templates])
        more = "" if other is None else f"; that of `{other or limits.ECR_ROOT}` is not applied for {_APPLIED_FOR}"
        what = f"no repository creation template covers {cache.shown}{more}"
        findings.add("IMG033", cache.place, what, severity=severity, subject=cache.prefix)
        return
    template = applied[prefix or ""]
    name = prefix or limits.ECR_ROOT
    policy = template.get("repositoryPolicy")
    resource = RequestValue(cache.repositories, open_end=True)
    grant = grants(policy if isinstance(policy, str) else None, limits.CACHE_TEMPLATE_ACTIONS, resource, request)
    if grant.denied:
        what = (
            f"the creation template of `{name}`, which {cache.shown} gets, does not grant `{limits.SERVICE_PRINCIPAL}` "
            f"{with_reasons(grant.denied)}"
        )
        findings.add("IMG034", cache.place, what, severity=severity, subject=cache.prefix)
    for action, reason in grant.unknown:
        findings.unknown(("IMG034",), f"`{action}` in the creation template of `{name}`", reason)
    if str(template.get("imageTagMutability")) == "IMMUTABLE":
        what = f"the creation template of `{name}` makes the tags of {cache.shown} immutable"
        findings.add("IMG035", cache.place, what, subject=cache.prefix)


def _is_applied(template: Answer) -> bool:
    applied_for = template.get("appliedFor")
    return isinstance(applied_for, list) and _APPLIED_FOR in applied_for


def check_unknown_registry(cache: PullThroughCache, reason: str) -> Findings:
    """The findings about a cache whose registry is unknown."""
    findings = Findings()
    findings.unknown(_ALL, f"the cache {cache.shown}", reason)
    return findings
