"""What asking an AWS account reports (`--online`): images, repositories, caches, secrets."""

from __future__ import annotations

from functools import partial

from packager.findings.codes import registry
from packager.findings.codes.registry import known
from packager.findings.diagnostic import Severity

row = partial(registry.row, online=True)

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO
_CONTAINERS = "user guide, container images page (2026-10)"
_PERMISSIONS = "user guide, Amazon ECR permissions page (2026-10)"
_CACHE = "user guide, registries with pull-through cache (2026-10)"
_COPIED = "user guide, registries without pull-through cache (2026-10-14)"
_QUOTAS = "user guide, fixed quotas"

row(
    "IMG020",
    "caller-in-another-account",
    _WARNING,
    "The credentials are those of another account than the one that is meant.",
    why="What is found online is about the account that answered. With a target, a submission with these credentials would create the "
    "workflow in the wrong account, and that is an error.",
    hint="use a profile of the account that is meant (`--profile`), or correct `--account`",
    source="STS API GetCallerIdentity",
)
row(
    "IMG021",
    "repository-absent",
    _ERROR,
    "The private ECR repository of an image does not exist.",
    why="Creating the workflow still succeeds; the run fails when it comes to the first task with that image.",
    hint="create the repository and push the image, or correct the account, the Region or the name",
    source=f"{_CONTAINERS}; ECR API DescribeImages",
)
row(
    "IMG022",
    "image-not-cached-yet",
    _INFO,
    "Images behind a pull-through cache are not in private ECR yet.",
    why="The first pull brings them, so that whether they exist upstream, and for which platform, cannot be told before.",
    hint="nothing to do; pull them once to be sure that they are there",
    source=_CACHE,
)
row(
    "IMG023",
    "image-absent",
    _ERROR,
    "The repository of an image has no such tag or digest, or cannot give it now.",
    why="The run fails when it comes to the first task with that image.",
    hint="push the image, or name a tag or digest that is there",
    source=f"{_CONTAINERS}; ECR API DescribeImages",
)
row(
    "IMG024",
    "image-for-another-platform",
    _ERROR,
    "An image is not built for linux/amd64.",
    why="HealthOmics runs x86-64 only; the container cannot start on it.",
    hint="build the image for linux/amd64, alone or beside others",
    source=_CONTAINERS,
)
row(
    "IMG025",
    "image-too-large",
    _ERROR,
    "An image is larger than the service takes, already as it is compressed.",
    why="The task fails with CANNOT_START_CONTAINER_SIZE_ERROR. A smaller compressed size proves nothing: what counts is not documented "
    "to be the compressed one.",
    hint="make the image smaller; keep reference data in S3",
    source=_QUOTAS,
)
row(
    "IMG026",
    "image-with-entrypoint",
    _WARNING,
    "An image has an ENTRYPOINT.",
    why="The engines start tasks with a shell command of their own; the guide wants images without an ENTRYPOINT, which would be given "
    "that command as its arguments.",
    hint="build the image without ENTRYPOINT, or see in a run that it passes the command on",
    source=_CONTAINERS,
)
row(
    "IMG027",
    "repository-access-not-granted",
    _ERROR,
    "The policy of a repository does not let HealthOmics read its images.",
    why="The run fails with ECR_PERMISSION_ERROR when it comes to the first task with an image of that repository.",
    hint="grant what is missing; `packager images --print-policy` prints the least policy",
    source=_PERMISSIONS,
)
row(
    "IMG030",
    "cache-rule-absent",
    _ERROR,
    "ECR has no pull-through cache rule for the prefix of a registry mapping.",
    why="Without the rule nothing brings the images to the repositories that the mapping names, and the run fails.",
    hint="create the rule, or correct `ecrRepositoryPrefix`",
    source=f"{_CACHE}; ECR API DescribePullThroughCacheRules",
)
row(
    "IMG031",
    "cache-rule-for-another-upstream",
    _ERROR,
    "The pull-through cache rule of a mapping's prefix is for another upstream than the mapping.",
    why="The images come from somewhere else than the workflow says, or not at all.",
    hint="give the mapping and the rule the same upstream registry and prefix",
    source=f"{_CACHE}; ECR API DescribePullThroughCacheRules",
)
row(
    "IMG032",
    "registry-access-not-granted",
    _ERROR,
    "The registry's policy does not let HealthOmics fill the pull-through cache.",
    why="The first pull of an image fails, and the run with it. Where all images that are known are in the cache already it is a warning.",
    hint="grant what is missing; `packager images --print-policy` prints the least policy",
    source=_PERMISSIONS,
)
row(
    "IMG033",
    "creation-template-absent",
    _ERROR,
    "No repository creation template covers the prefix of a pull-through cache.",
    why="Repositories that the cache creates then have no policy that lets HealthOmics read them; the guide requires a template. Where all "
    "repositories that are known exist already it is a warning.",
    hint="create a template for the prefix, applied for PULL_THROUGH_CACHE; `packager images --print-policy` prints its policy",
    source=_PERMISSIONS,
)
row(
    "IMG034",
    "creation-template-without-access",
    _ERROR,
    "The repository policy of a creation template does not let HealthOmics read.",
    why="Repositories that the cache creates get this policy, so the pull fails. Where all repositories that are known exist already it is "
    "a warning.",
    hint="grant what is missing; `packager images --print-policy` prints the least policy",
    source=_PERMISSIONS,
)
row(
    "IMG035",
    "cache-with-immutable-tags",
    _INFO,
    "A creation template makes the tags of a pull-through cache immutable.",
    why="The cache then keeps the first image of each tag and follows the upstream no longer.",
    hint="leave the tags mutable, or name images by digest",
    source=_CACHE,
)
row(
    "IMG040",
    "secret-absent",
    _ERROR,
    "The secret of a registry mapping does not exist, or is being deleted.",
    why="HealthOmics cannot copy images of that registry without its credentials, and the run fails.",
    hint="create the secret, or correct `credentialArn`",
    source=_COPIED,
)
row(
    "IMG041",
    "secret-in-another-region",
    _WARNING,
    "The secret of a registry mapping lies in another Region than the workflow.",
    why="A draft of the guide wants both in the same Region; the published page could not be read in full.",
    hint="replicate the secret to the workflow's Region, and name that one",
    source=_COPIED,
)
row(
    "IMG042",
    "secret-not-filled-in",
    _ERROR,
    "The `credentialArn` of a registry mapping is still a placeholder.",
    why="There is no such secret, so HealthOmics cannot copy images of that registry.",
    hint="write the ARN of the secret with the registry's credentials",
    source=_COPIED,
)

# What only an account can tell: a run that asks none has not looked at these.
CODES = tuple(code.code for code in known().values() if code.online)
