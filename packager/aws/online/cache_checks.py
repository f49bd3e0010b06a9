"""What is said of the pull-through caches behind a registry map: their rules, the registry's policy, the creation templates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from packager.aws.iam.conditions import Situation, partition
from packager.aws.iam.matching import Value
from packager.aws.iam.policies import Grant, grants
from packager.aws.online.ecr import RepositoryFacts, read_all
from packager.aws.online.ecr_checks import arn
from packager.aws.online.findings import Findings, listed
from packager.aws.online.inquiry import Absent, Inquiry, Unknown
from packager.findings.diagnostic import Place, Severity
from packager.healthomics import limits
from packager.images.destinations import Repository, Wanted
from packager.images.registry_map import RegistryMapping
from packager.images.registry_map.resolution import upstream_prefix

_ALL = ("IMG030", "IMG031", "IMG032", "IMG033", "IMG034")
_APPLIED_FOR = "PULL_THROUGH_CACHE"  # ECR API: RCTAppliedFor


@dataclass(frozen=True, slots=True)
class RegistryFacts:
    """A registry of an account: its cache rules, its policy (None: has none) and its creation templates."""

    rules: list[dict[str, Any]] | Unknown
    policy: str | Unknown | None
    templates: list[dict[str, Any]] | Unknown


def read_rules(inquiry: Inquiry, account: str, region: str) -> list[dict[str, Any]] | Unknown:
    """The cache rules of a registry."""
    return read_all(
        inquiry, "describe_pull_through_cache_rules", "pullThroughCacheRules", region=region, registryId=account
    )


def read_registry(
    inquiry: Inquiry, account: str, region: str, rules: list[dict[str, Any]] | Unknown, *, caller: str | None
) -> RegistryFacts:
    """Everything about a registry; policy and templates can only be asked for by its own account."""
    if caller != account:
        who = f"only account {account} itself can ask for it" if caller else "whose credentials these are is not known"
        return RegistryFacts(rules, Unknown(who), Unknown(who))
    answer = inquiry.ask("ecr", "get_registry_policy", region=region, absent=("RegistryPolicyNotFoundException",))
    policy = answer if isinstance(answer, Unknown) else None
    templates = read_all(
        inquiry, "describe_repository_creation_templates", "repositoryCreationTemplates", region=region
    )
    return RegistryFacts(rules, str(answer.get("policyText") or "") if isinstance(answer, dict) else policy, templates)


def rule_above(name: str, rules: list[dict[str, Any]]) -> str | None:
    """The prefix of the cache rule that a repository's name falls under, as ECR writes it; None for none."""
    prefixes = [str(one.get("ecrRepositoryPrefix") or "") for one in rules]
    covering = [one for one in prefixes if one == limits.ECR_ROOT or name.startswith(f"{one.strip('/')}/")]
    return max(covering, key=lambda one: len(_prefix(one)), default=None)


@dataclass(frozen=True, slots=True)
class Cache:
    """A pull-through cache with the images that come through it; `mapping` is None where images name its repositories themselves."""

    prefix: str
    mapping: RegistryMapping | None
    account: str
    region: str
    wanted: tuple[Wanted, ...]

    @property
    def shown(self) -> str:
        """How messages call it."""
        return f"`{self.prefix}` (`{self.mapping.name}`)" if self.mapping else f"`{self.prefix}`"

    @property
    def place(self) -> Place:
        """Where it is named first."""
        return self.mapping.place_of("ecrRepositoryPrefix") if self.mapping else min(one.place for one in self.wanted)


def check_cache(
    cache: Cache, registry: RegistryFacts, repositories: Mapping[Repository, RepositoryFacts], situation: Situation
) -> Findings:
    """What is wrong with a cache; what is not in it yet is told."""
    found = Findings()
    if cache.mapping is not None:
        _check_rule(cache, cache.mapping, registry.rules, found)
    absent = [one for one in cache.wanted if is_absent(one, repositories)]
    _check_registry_policy(cache, registry.policy, repositories, situation, found, certain=_certain(absent))
    new = [one for one in absent if repositories[one.repository].exists is False]
    _check_template(cache, registry.templates, situation, found, certain=_certain(new))
    _tell_absent(cache, absent, found)
    return found


def _certain(wanted: Sequence[Wanted]) -> bool:
    """Whether a run surely pulls one of these."""
    return any(one.certain for one in wanted)


def is_absent(one: Wanted, repositories: Mapping[Repository, RepositoryFacts]) -> bool:
    """Whether an image is surely not in its repository."""
    facts = repositories.get(one.repository)
    return facts is not None and (facts.exists is False or isinstance(facts.images.get(one.version), Absent))


def _check_rule(cache: Cache, mapping: RegistryMapping, rules: list[dict[str, Any]] | Unknown, found: Findings) -> None:
    if isinstance(rules, Unknown):
        found.unknown(("IMG030", "IMG031"), f"the cache rule of {cache.shown}", rules)
        return
    by_prefix = {_prefix(one.get("ecrRepositoryPrefix")): one for one in rules}
    rule = by_prefix.get(_prefix(cache.prefix))
    if rule is None:
        above = _covering(cache.prefix, [prefix for prefix in by_prefix if prefix])
        what = f"no cache rule of account {cache.account} in {cache.region} has the prefix {cache.shown}"
        if above is not None:
            what += f"; the rule of `{above}` takes it in, but the guide wants the same prefix"
        found.add(
            "IMG030",
            cache.place,
            what,
            severity=Severity.WARNING if above is not None or not _certain(cache.wanted) else None,
            subject=cache.prefix,
        )
        return
    url, prefix = _host(str(rule.get("upstreamRegistryUrl"))), _prefix(rule.get("upstreamRepositoryPrefix"))
    if url != _host(mapping.upstream_registry_url):
        place = mapping.place_of("upstreamRegistryUrl")
        what = f"the cache rule of {cache.shown} is for `{url}`, the mapping for `{mapping.upstream_registry_url}`"
        found.add("IMG031", place, what, subject=f"{cache.prefix}.upstreamRegistryUrl")
    if prefix != upstream_prefix(mapping):
        place = mapping.place_of("upstreamRepositoryPrefix")
        ours = upstream_prefix(mapping)
        what = f"the cache rule of {cache.shown} is for {_named(prefix)}, the mapping for {_named(ours)}"
        found.add("IMG031", place, what, subject=f"{cache.prefix}.upstreamRepositoryPrefix")


def _named(prefix: str) -> str:
    return f"the upstream prefix `{prefix}`" if prefix else "every upstream repository"


def _prefix(value: object) -> str:
    """A prefix without what means the same: ECR's word for none, and the slash at its end."""
    text = str(value or "").strip("/")
    return "" if text == limits.ECR_ROOT else text


def _host(url: str) -> str:
    host = url.removeprefix("https://").strip("/").lower()
    return limits.DOCKER_HUB if host in limits.DOCKER_HUB_ALIASES else host


def _covering(prefix: str, prefixes: Sequence[str]) -> str | None:
    """The longest of several prefixes that takes in all repositories of one, None for none."""
    above = [one for one in prefixes if prefix == one or prefix.startswith(f"{one}/")]
    return max(above, key=len, default=None)


def _check_registry_policy(
    cache: Cache,
    policy: str | Unknown | None,
    repositories: Mapping[Repository, RepositoryFacts],
    situation: Situation,
    found: Findings,
    *,
    certain: bool,
) -> None:
    subject = f"the registry's policy for {cache.shown}"
    if isinstance(policy, Unknown):
        found.unknown(("IMG032",), subject, policy)
        return
    denied: dict[str, str] = {}
    unknown: dict[str, str] = {}
    for resource, own in _resources(cache, repositories):
        grant = grants(policy, limits.CACHE_REGISTRY_ACTIONS, resource, situation)
        if own is not None:  # the import may be granted by the repository's own policy too, and it needs no creating
            grant = _besides(grant, own, resource, situation)
        denied.update(grant.denied)
        unknown.update(grant.unknown)
    if denied:
        what = f"the registry's policy does not grant `{limits.SERVICE_PRINCIPAL}` {listed(sorted(denied.items()))} on {cache.shown}"
        severity = None if certain else Severity.WARNING
        found.add("IMG032", cache.place, what, severity=severity, subject=cache.prefix)
    for action, reason in sorted(unknown.items()):
        if action not in denied:
            found.unknown(("IMG032",), f"`{action}` on {cache.shown}", reason)


def _resources(cache: Cache, repositories: Mapping[Repository, RepositoryFacts]) -> list[tuple[Value, str | None]]:
    """The repositories that are known to come through a cache, with the policies of those that exist; else whichever there may be."""
    found: list[tuple[Value, str | None]] = []
    for repository in sorted({one.repository for one in cache.wanted}):
        facts = repositories.get(repository)
        there = facts is not None and facts.exists is True and isinstance(facts.policy, str)
        found.append(
            (Value(arn(repository)), facts.policy if facts and there and isinstance(facts.policy, str) else None)
        )
    if found:
        return found
    below = "" if _prefix(cache.prefix) == "" else f"{cache.prefix}/"
    start = f"arn:{partition(cache.region)}:ecr:{cache.region}:{cache.account}:repository/{below}"
    return [(Value(start, open_end=True), None)]


def _besides(grant: Grant, policy: str, resource: Value, situation: Situation) -> Grant:
    own = grants(policy, limits.CACHE_REGISTRY_ACTIONS, resource, situation)
    refused = {action for action, _ in (*own.denied, *own.unknown)} - {"ecr:CreateRepository"}
    return Grant(
        tuple(one for one in grant.denied if one[0] in refused or one[0] in grant.explicit),
        tuple(one for one in grant.unknown if one[0] in refused),
    )


def _check_template(
    cache: Cache, templates: list[dict[str, Any]] | Unknown, situation: Situation, found: Findings, *, certain: bool
) -> None:
    if isinstance(templates, Unknown):
        found.unknown(("IMG033", "IMG034"), f"the creation template of {cache.shown}", templates)
        return
    severity = None if certain else Severity.WARNING
    applied = {_prefix(one.get("prefix")): one for one in templates if _APPLIED_FOR in (one.get("appliedFor") or [])}
    prefix = _covering(_prefix(cache.prefix), [one for one in applied if one])
    if prefix is None and "" not in applied:
        others = _covering(_prefix(cache.prefix), [_prefix(one.get("prefix")) for one in templates])
        more = "" if others is None else f"; that of `{others or limits.ECR_ROOT}` is not applied for {_APPLIED_FOR}"
        what = f"no repository creation template covers {cache.shown}{more}"
        found.add("IMG033", cache.place, what, severity=severity, subject=cache.prefix)
        return
    template = applied[prefix or ""]
    name = prefix or limits.ECR_ROOT
    resource = Value(f"arn:{partition(cache.region)}:ecr:{cache.region}:{cache.account}:repository/", open_end=True)
    grant = grants(template.get("repositoryPolicy"), limits.CACHE_TEMPLATE_ACTIONS, resource, situation)
    if grant.denied:
        what = (
            f"the creation template of `{name}`, which {cache.shown} gets, does not grant `{limits.SERVICE_PRINCIPAL}` "
            f"{listed(grant.denied)}"
        )
        found.add("IMG034", cache.place, what, severity=severity, subject=cache.prefix)
    for action, reason in grant.unknown:
        found.unknown(("IMG034",), f"`{action}` in the creation template of `{name}`", reason)
    if str(template.get("imageTagMutability")) == "IMMUTABLE":
        what = f"the creation template of `{name}` makes the tags of {cache.shown} immutable"
        found.add("IMG035", cache.place, what, subject=cache.prefix)


def _tell_absent(cache: Cache, absent: Sequence[Wanted], found: Findings) -> None:
    names = sorted({one.reference.format() for one in absent})
    if names:
        more = f" and {len(names) - 1} more" if len(names) > 1 else ""
        what = f"not in the cache {cache.shown} yet: `{names[0]}`{more}"
        found.add("IMG022", min(one.place for one in absent), what, subject=cache.prefix)


def unknown_registry(cache: Cache, reason: str) -> Findings:
    """A cache whose registry cannot be told."""
    found = Findings()
    found.unknown(_ALL, f"the cache {cache.shown}", reason)
    return found
