"""What checks in an AWS account report (`--online`): images, repositories, caches, secrets."""

from __future__ import annotations

from functools import partial

from packager.findings.codes import registry
from packager.findings.codes.registry import known
from packager.findings.diagnostic import Severity
from packager.findings.sources import Api, Guide, cite

row = partial(registry.row, online=True)

_ERROR, _WARNING, _INFO = Severity.ERROR, Severity.WARNING, Severity.INFO

row(
    "IMG020",
    "caller-in-another-account",
    _WARNING,
    "The credentials belong to a different account than the target.",
    why="The online results are for the account of the credentials. With a target, these credentials would create the workflow in the "
    "wrong account, so it is an error.",
    hint="use a profile of the target account (`--profile`), or correct `--account`",
    source=cite(Api.STS, "GetCallerIdentity"),
)
row(
    "IMG021",
    "repository-absent",
    _ERROR,
    "The private ECR repository of an image does not exist.",
    why="The workflow is created anyway; a run fails at the first task with the image.",
    hint="create the repository and push the image, or correct the account, the Region or the name",
    source=cite(Guide.CONTAINERS, Api.ECR, "DescribeImages"),
)
row(
    "IMG022",
    "image-not-cached-yet",
    _INFO,
    "Images behind a pull-through cache are not in private ECR yet.",
    why="The first pull copies them. Until then it is unknown whether they exist upstream, and for which platform. "
    "A first pull by digest is reported to fail (IMG010), so that this is a warning for an image with a digest.",
    hint="pull them once by tag to be sure that they exist and are cached",
    source=cite(Guide.PULL_THROUGH_CACHES),
)
row(
    "IMG023",
    "image-absent",
    _ERROR,
    "The repository of an image has no such tag or digest, or cannot serve it now.",
    why="A run fails at the first task with the image.",
    hint="push the image, or use an existing tag or digest",
    source=cite(Guide.CONTAINERS, Api.ECR, "DescribeImages"),
)
row(
    "IMG024",
    "image-for-another-platform",
    _ERROR,
    "An image is not built for linux/amd64.",
    why="HealthOmics runs only x86-64; the container cannot start.",
    hint="build the image for linux/amd64, alone or together with other platforms",
    source=cite(Guide.CONTAINERS, "platform"),
)
row(
    "IMG025",
    "image-too-large",
    _ERROR,
    "An image is larger than the service accepts, even in compressed form.",
    why="The task fails with CANNOT_START_CONTAINER_SIZE_ERROR. A smaller compressed size proves nothing: it is not documented that the "
    "limit is on the compressed size.",
    hint="make the image smaller; keep reference data in S3",
    source=cite(Guide.FIXED_QUOTAS, "images"),
)
row(
    "IMG026",
    "image-with-entrypoint",
    _WARNING,
    "An image has an ENTRYPOINT.",
    why="The engines start tasks with their own shell command, which an ENTRYPOINT would get as arguments. The user guide asks for images "
    "without an ENTRYPOINT.",
    hint="build the image without ENTRYPOINT, or check in a run that the ENTRYPOINT runs its arguments",
    source=cite(Guide.CONTAINERS, "entrypoint"),
)
row(
    "IMG027",
    "repository-access-not-granted",
    _ERROR,
    "The policy of a repository does not allow HealthOmics to pull its images.",
    why="A run fails with ECR_PERMISSION_ERROR at the first task with an image of the repository.",
    hint="grant the missing actions; `packager images PATH --print-policy repository` prints the minimum policy",
    source=cite(Guide.ECR_PERMISSIONS, "repository"),
)
row(
    "IMG030",
    "cache-rule-absent",
    _ERROR,
    "ECR has no pull-through cache rule for the prefix of a registry mapping.",
    why="Without the rule, ECR does not copy the images to the repositories of the mapping, and a run fails.",
    hint="create the rule, or correct `ecrRepositoryPrefix`",
    source=cite(Guide.PULL_THROUGH_CACHES, Api.ECR, "DescribePullThroughCacheRules"),
)
row(
    "IMG031",
    "cache-rule-for-another-upstream",
    _ERROR,
    "The pull-through cache rule for a mapping's prefix has a different upstream than the mapping.",
    why="The images come from a different registry than the workflow names, or are not copied at all.",
    hint="use the same upstream registry and prefix in the mapping and the rule",
    source=cite(Guide.PULL_THROUGH_CACHES, Api.ECR, "DescribePullThroughCacheRules"),
)
row(
    "IMG032",
    "registry-access-not-granted",
    _ERROR,
    "The registry policy does not allow HealthOmics to fill the pull-through cache.",
    why="The first pull of an image fails, and so does the run. It is a warning if all known images are already in the cache.",
    hint="grant the missing actions; `packager images PATH --print-policy registry` prints the minimum policy",
    source=cite(Guide.ECR_PERMISSIONS, "registry"),
)
row(
    "IMG033",
    "creation-template-absent",
    _ERROR,
    "No repository creation template covers the prefix of a pull-through cache.",
    why="Repositories that the cache creates then have no policy that allows HealthOmics to pull from them; the user guide requires a "
    "template. It is a warning if all known repositories already exist.",
    hint="create a template for the prefix that applies to PULL_THROUGH_CACHE; `packager images PATH --print-policy repository` prints its"
    " policy",
    source=cite(Guide.ECR_PERMISSIONS, "template"),
)
row(
    "IMG034",
    "creation-template-without-access",
    _ERROR,
    "The repository policy of a creation template does not allow HealthOmics to pull.",
    why="Repositories that the cache creates get this policy, so pulls fail. It is a warning if all known repositories already exist.",
    hint="grant the missing actions; `packager images PATH --print-policy repository` prints the minimum policy",
    source=cite(Guide.ECR_PERMISSIONS, "template"),
)
row(
    "IMG035",
    "cache-with-immutable-tags",
    _INFO,
    "A creation template makes the tags of a pull-through cache immutable.",
    why="The cache then keeps the first image of each tag and no longer follows the upstream.",
    hint="leave the tags mutable, or refer to images by digest",
    source=cite(Guide.PULL_THROUGH_CACHES, "tags"),
)
row(
    "IMG040",
    "secret-absent",
    _ERROR,
    "The secret of a registry mapping does not exist, or is being deleted.",
    why="HealthOmics cannot copy images of the registry without its credentials, and a run fails.",
    hint="create the secret, or correct `credentialArn`",
    source=cite(Guide.COPIED_REGISTRIES),
)
row(
    "IMG041",
    "secret-in-another-region",
    _WARNING,
    "The secret of a registry mapping is in a different Region than the workflow.",
    why="A draft of the user guide requires the same Region; the published page was not available for comparison.",
    hint="replicate the secret to the workflow's Region, and use the ARN of the replica",
    source=cite(Guide.COPIED_REGISTRIES),
)
row(
    "IMG042",
    "secret-not-filled-in",
    _ERROR,
    "The `credentialArn` of a registry mapping is still a placeholder.",
    why="The secret does not exist, so HealthOmics cannot copy images of the registry.",
    hint="write the ARN of the secret with the registry's credentials",
    source=cite(Guide.COPIED_REGISTRIES),
)

# A run without `--online` does not check these.
CODES = tuple(code.code for code in known().values() if code.online)
