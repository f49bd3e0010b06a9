"""What is said of repositories and their images: there, for this platform, small enough, and readable for the service."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from packager.aws.iam.conditions import Situation, partition
from packager.aws.iam.matching import Value
from packager.aws.iam.policies import grants
from packager.aws.online.ecr import ImageFacts, RepositoryFacts
from packager.aws.online.findings import Findings, listed, severity_for
from packager.aws.online.inquiry import Absent, Unknown
from packager.aws.online.manifests import Manifest
from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.images.destinations import Repository, Wanted

_GIB = 1024**3
_OF_AN_IMAGE = ("IMG023", "IMG024", "IMG025", "IMG026")
_SHOWN = 3
# GUIDE, Amazon ECR permissions page: cross-account containers.
_FOREIGN = "the owner has to grant both the service and the run role, and the role needs the same actions"


def check_repository(
    repository: Repository,
    wanted: Sequence[Wanted],
    facts: RepositoryFacts,
    situation: Situation,
    *,
    account: str | None,
    rules: Unknown | None = None,
) -> Findings:
    """What is wrong with a repository and those of its images that are wanted.

    `rules` is why the registry's cache rules are not known: a repository that is not there may then be a cache's.
    """
    found = Findings()
    first = wanted[0]
    shown = f"the repository `{repository.name}`"
    foreign = account is not None and repository.account != account
    if facts.exists is False:
        direct = [one for one in wanted if not one.cached]
        if direct:  # a cache creates its repositories itself
            what = f"{shown} does not exist in account {repository.account}, {repository.region}: {direct[0].shown}"
            severity = Severity.WARNING if rules else severity_for(direct)
            found.add("IMG021", direct[0].place, what, severity=severity, subject=arn(repository))
            _note_rules(found, "IMG021", shown, rules)
        return found
    if isinstance(facts.exists, Unknown):
        found.unknown(("IMG021", *_OF_AN_IMAGE, "IMG027"), shown, _explained(facts.exists, foreign))
        return found
    for one in wanted:
        known = facts.images.get(one.version, Unknown("it was not asked for"))
        _check_image(one, known, found, foreign=foreign, rules=rules)
    if isinstance(facts.policy, Unknown):
        found.unknown(("IMG027",), shown, _explained(facts.policy, foreign))
    else:
        cached = all(one.cached for one in wanted)
        # A template's policy has two of the three actions in the guide's own sample.
        actions = limits.CACHE_TEMPLATE_ACTIONS if cached else limits.REPOSITORY_ACTIONS
        grant = grants(facts.policy, actions, Value(arn(repository)), situation)
        if rules and not {action for action, _ in grant.denied} & set(limits.CACHE_TEMPLATE_ACTIONS):
            if grant.denied:
                _note_rules(found, "IMG027", f"{listed(grant.denied)} on `{repository.name}`", rules)
        elif grant.denied:
            what = (
                f"the policy of `{repository.name}` does not grant `{limits.SERVICE_PRINCIPAL}` {listed(grant.denied)}"
            )
            found.add("IMG027", first.place, what, severity=severity_for(wanted), subject=arn(repository))
        for action, reason in grant.unknown:
            found.unknown(("IMG027",), f"`{action}` on `{repository.name}`", reason)
    if foreign:
        reason = f"it belongs to account {repository.account}: {_FOREIGN}"
        found.unknown(("IMG027",), f"the run role's access to `{repository.name}`", reason)
    return found


def arn(repository: Repository) -> str:
    """The ARN of a repository."""
    return (
        f"arn:{partition(repository.region)}:ecr:{repository.region}:{repository.account}:repository/{repository.name}"
    )


def _note_rules(found: Findings, code: str, subject: str, rules: Unknown | None) -> None:
    if rules is not None:
        found.unknown((code,), subject, f"whether it is a cache's is not known: {rules.reason}")


def _explained(unknown: Unknown, foreign: bool) -> Unknown:
    return Unknown(f"{unknown.reason} in another account; {_FOREIGN}") if foreign and unknown.denied else unknown


def _check_image(
    one: Wanted, facts: ImageFacts | Absent | Unknown, found: Findings, *, foreign: bool, rules: Unknown | None
) -> None:
    if isinstance(facts, Unknown):
        found.unknown(_OF_AN_IMAGE, f"`{one.reference.format()}`", _explained(facts, foreign))
        return
    severity, image = severity_for([one]), one.reference.format()
    if isinstance(facts, Absent):
        if not one.cached:
            severity = Severity.WARNING if rules else severity
            _note_rules(found, "IMG023", f"`{one.reference.format()}`", rules)
            kind = "digest" if one.reference.digest else "tag"
            found.add(
                "IMG023",
                one.place,
                f"the {kind} `{one.version}` is not in its repository: {one.shown}",
                severity=severity,
                subject=image,
            )
        return
    if facts.status != "ACTIVE":
        what = f"the image is {facts.status.lower()} and cannot be pulled: {one.shown}"
        hint = "restore the image from the archive"
        found.add("IMG023", one.place, what, hint=hint, severity=severity, subject=image)
        return
    _check_platform(one, facts, found)
    if facts.size is None:
        found.unknown(("IMG025",), f"`{one.reference.format()}`", "ECR does not tell its size")
    elif facts.size > one.largest * _GIB:
        what = (
            f"the image has {facts.size / _GIB:.1f} GiB compressed, at most {one.largest} GiB are allowed: {one.shown}"
        )
        found.add("IMG025", one.place, what, severity=severity, subject=image)


def _check_platform(one: Wanted, facts: ImageFacts, found: Findings) -> None:
    wanted = "/".join(limits.IMAGE_PLATFORM)
    subject = f"`{one.reference.format()}`"
    manifest = facts.manifest
    if isinstance(manifest, Unknown):
        found.unknown(("IMG024", "IMG026"), subject, manifest)
        return
    if manifest.is_index and manifest.child is None:
        if manifest.complete and manifest.platforms:
            _other_platform(one, manifest.platforms, found)
        else:
            found.unknown(("IMG024", "IMG026"), subject, "its index does not name every platform")
        return
    if isinstance(facts.config, Unknown):
        found.unknown(("IMG026",) if manifest.is_index else ("IMG024", "IMG026"), subject, facts.config)
        return
    if facts.config.platform != wanted:
        _other_platform(one, (facts.config.platform,), found)


def _other_platform(one: Wanted, platforms: Sequence[str], found: Findings) -> None:
    built = ", ".join(f"`{platform}`" for platform in platforms)
    what = f"the image is built for {built}, not for `{'/'.join(limits.IMAGE_PLATFORM)}`: {one.shown}"
    found.add("IMG024", one.place, what, severity=severity_for([one]), subject=one.reference.format())


def check_entrypoints(wanted: Sequence[Wanted], facts: Mapping[Repository, RepositoryFacts]) -> Findings:
    """The images that have an ENTRYPOINT, one finding for each that several share."""
    found = Findings()
    groups: dict[str, list[Wanted]] = {}
    for one in wanted:
        image = facts[one.repository].images.get(one.version)
        if (
            not isinstance(image, ImageFacts)
            or not isinstance(image.manifest, Manifest)
            or isinstance(image.config, Unknown)
        ):
            continue
        if image.config.entrypoint and image.status == "ACTIVE":
            groups.setdefault(json.dumps(list(image.config.entrypoint), ensure_ascii=False), []).append(one)
    for text, several in sorted(groups.items()):
        names = sorted({one.reference.format() for one in several})
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        shown = ", ".join(f"`{name}`" for name in names[:_SHOWN])
        images = "image has" if len(names) == 1 else f"{len(names)} images have"
        place = min(one.place for one in several)
        what = f"{'the ' if len(names) == 1 else ''}{images} the ENTRYPOINT `{text}`: {shown}{more}"
        found.add("IMG026", place, what, subject=text)
    return found
