"""Checks of repositories and their images: they exist, fit the platform, are small enough, and the service may pull them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from packager.aws.iam.conditions import ServiceRequest, partition
from packager.aws.iam.matching import RequestValue
from packager.aws.iam.policies import grants
from packager.aws.online.ecr import ImageFacts, RepositoryFacts
from packager.aws.online.findings import Findings, severity_for, with_reasons
from packager.aws.online.inquiry import Absent, Unanswered
from packager.aws.online.manifests import Manifest
from packager.findings.diagnostic import Severity
from packager.healthomics import limits
from packager.images.destinations import EcrRepository, PulledImage
from packager.text import listed

_GIB = 1024**3
_PLATFORM = "/".join(limits.IMAGE_PLATFORM)
_OF_AN_IMAGE = ("IMG023", "IMG024", "IMG025", "IMG026")
# Guide.ECR_PERMISSIONS: cross-account containers.
_FOREIGN = "its owner must grant access to both the service and the run role, and the role needs the same actions"


def check_repository(
    repository: EcrRepository,
    images: Sequence[PulledImage],
    facts: RepositoryFacts,
    request: ServiceRequest,
    *,
    account: str | None,
    rules: Unanswered | None = None,
) -> Findings:
    """What is wrong with a repository and its `images`, which the workflow needs.

    `rules` is why the registry's cache rules are unknown: a repository that does not exist may then belong to a cache.
    """
    findings = Findings()
    shown = f"the repository `{repository.name}`"
    foreign = account is not None and repository.account != account
    if facts.exists is False:
        direct = [image for image in images if not image.cached]
        if direct:  # a cache creates its repositories itself
            what = f"{shown} does not exist in account {repository.account}, {repository.region}: {direct[0].shown}"
            severity = Severity.WARNING if rules else severity_for(direct)
            findings.add("IMG021", direct[0].place, what, severity=severity, subject=arn(repository))
            _note_rules(findings, "IMG021", shown, rules)
        return findings
    if isinstance(facts.exists, Unanswered):
        codes = ("IMG021", *_OF_AN_IMAGE, "IMG027")
        findings.unknown(codes, shown, _explained(facts.exists, foreign=foreign))
        return findings
    for image in images:
        image_facts = facts.images.get(image.version, Unanswered("it was not requested"))
        _check_image(image, image_facts, findings, foreign=foreign, rules=rules)
    if isinstance(facts.policy, Unanswered):
        findings.unknown(("IMG027",), shown, _explained(facts.policy, foreign=foreign))
    else:
        _check_policy(repository, images, facts.policy, request, findings, rules=rules)
    if foreign:
        reason = f"it belongs to account {repository.account}: {_FOREIGN}"
        findings.unknown(("IMG027",), f"the run role's access to `{repository.name}`", reason)
    return findings


def _check_policy(
    repository: EcrRepository,
    images: Sequence[PulledImage],
    policy: str | None,
    request: ServiceRequest,
    findings: Findings,
    *,
    rules: Unanswered | None,
) -> None:
    cached = all(image.cached for image in images)
    # A template's policy has two of the three actions in the guide's own sample.
    actions = limits.CACHE_TEMPLATE_ACTIONS if cached else limits.REPOSITORY_ACTIONS
    grant = grants(policy, actions, RequestValue(arn(repository)), request)
    if rules and not {action for action, _ in grant.denied} & set(limits.CACHE_TEMPLATE_ACTIONS):
        if grant.denied:
            _note_rules(findings, "IMG027", f"{with_reasons(grant.denied)} on `{repository.name}`", rules)
    elif grant.denied:
        actions_shown = with_reasons(grant.denied)
        what = f"the policy of `{repository.name}` does not grant `{limits.SERVICE_PRINCIPAL}` {actions_shown}"
        findings.add("IMG027", images[0].place, what, severity=severity_for(images), subject=arn(repository))
    for action, reason in grant.unknown:
        findings.unknown(("IMG027",), f"`{action}` on `{repository.name}`", reason)


def arn(repository: EcrRepository) -> str:
    """The ARN of a repository."""
    return (
        f"arn:{partition(repository.region)}:ecr:{repository.region}:{repository.account}:repository/{repository.name}"
    )


def _note_rules(findings: Findings, code: str, subject: str, rules: Unanswered | None) -> None:
    if rules is not None:
        findings.unknown((code,), subject, f"whether it belongs to a cache is unknown: {rules.reason}")


def _explained(unanswered: Unanswered, *, foreign: bool) -> Unanswered:
    if foreign and unanswered.denied:
        return Unanswered(f"{unanswered.reason} in another account; {_FOREIGN}")
    return unanswered


def _check_image(
    image: PulledImage,
    facts: ImageFacts | Absent | Unanswered,
    findings: Findings,
    *,
    foreign: bool,
    rules: Unanswered | None,
) -> None:
    name = image.reference.format()
    subject = f"`{name}`"
    if isinstance(facts, Unanswered):
        findings.unknown(_OF_AN_IMAGE, subject, _explained(facts, foreign=foreign))
        return
    severity = severity_for([image])
    if isinstance(facts, Absent):
        if not image.cached:
            severity = Severity.WARNING if rules else severity
            _note_rules(findings, "IMG023", subject, rules)
            kind = "digest" if image.reference.digest else "tag"
            what = f"the {kind} `{image.version}` is not in its repository: {image.shown}"
            findings.add("IMG023", image.place, what, severity=severity, subject=name)
        return
    if facts.status != "ACTIVE":
        what = f"the image is {facts.status.lower()} and cannot be pulled: {image.shown}"
        findings.add(
            "IMG023", image.place, what, hint="restore the image from the archive", severity=severity, subject=name
        )
        return
    _check_platform(image, facts, findings)
    if facts.size is None:
        findings.unknown(("IMG025",), subject, "ECR does not report its size")
    elif facts.size > image.largest * _GIB:
        gib = facts.size / _GIB
        what = f"the image has {gib:.1f} GiB compressed, at most {image.largest} GiB are allowed: {image.shown}"
        findings.add("IMG025", image.place, what, severity=severity, subject=name)


def _check_platform(image: PulledImage, facts: ImageFacts, findings: Findings) -> None:
    subject = f"`{image.reference.format()}`"
    manifest = facts.manifest
    if isinstance(manifest, Unanswered):
        findings.unknown(("IMG024", "IMG026"), subject, manifest)
        return
    if manifest.is_index and manifest.child is None:
        if manifest.complete and manifest.platforms:
            _report_platforms(image, manifest.platforms, findings)
        else:
            findings.unknown(("IMG024", "IMG026"), subject, "its index does not name every platform")
        return
    if isinstance(facts.config, Unanswered):
        findings.unknown(("IMG026",) if manifest.is_index else ("IMG024", "IMG026"), subject, facts.config)
        return
    if facts.config.platform != _PLATFORM:
        _report_platforms(image, (facts.config.platform,), findings)


def _report_platforms(image: PulledImage, platforms: Sequence[str], findings: Findings) -> None:
    built = ", ".join(f"`{platform}`" for platform in platforms)
    what = f"the image is built for {built}, not for `{_PLATFORM}`: {image.shown}"
    findings.add("IMG024", image.place, what, severity=severity_for([image]), subject=image.reference.format())


def check_entrypoints(images: Sequence[PulledImage], facts: Mapping[EcrRepository, RepositoryFacts]) -> Findings:
    """The images that have an ENTRYPOINT: one finding per ENTRYPOINT, with all images that have it."""
    findings = Findings()
    groups: dict[str, list[PulledImage]] = {}
    for image in images:
        known = facts[image.repository].images.get(image.version)
        if not isinstance(known, ImageFacts) or not isinstance(known.manifest, Manifest):
            continue
        if not isinstance(known.config, Unanswered) and known.config.entrypoint and known.status == "ACTIVE":
            groups.setdefault(json.dumps(list(known.config.entrypoint), ensure_ascii=False), []).append(image)
    for text, group in sorted(groups.items()):
        names = sorted({image.reference.format() for image in group})
        subject = "the image has" if len(names) == 1 else f"{len(names)} images have"
        place = min(image.place for image in group)
        findings.add("IMG026", place, f"{subject} the ENTRYPOINT `{text}`: {listed(names)}", subject=text)
    return findings
