"""The script that fills pull-through caches before the first run.

ECR imports an image with BatchGetImage, the call with which every pull begins (Api.ECR: BatchGetImage and its error
UnableToGetUpstreamImageException; Aws.MCP_SERVER does the same). A first pull by a digest is reported not to do it (Aws.ROADMAP_CACHE).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence

from packager.app.image_copies import ImageCopies, ImageCopy
from packager.render.image_scripts.copying import comments_on_the_rest
from packager.render.image_scripts.shell import call, script

_FUNCTIONS = r"""
wait_seconds=${WAIT_SECONDS:-900}
pass='' pending=' ' number=0 waited=0

# registry ACCOUNT REGION: the registry of what follows.
registry() {
    account=$1 region=$2
}

# image REPOSITORY TAG DIGEST: an image that comes through a cache; the digest is the one that a run pulls it by, if any.
image() {
    name=$1 tag=$2 digest=$3
    number=$((number + 1))
    shown=$name${tag:+:$tag}${digest:+@$digest}
    id=imageTag=$tag asked=imageTag=$tag
    if [ -n "$digest" ]; then
        id=imageDigest=$digest
    fi
    if [ -z "$tag" ]; then
        asked=$id
    fi
    case $pass in
    ask) ask ;;
    wait)
        case $pending in
        *" $number "*) wait_for ;;
        esac
        ;;
    esac
}

# Makes ECR import the image, if it does not have it: BatchGetImage is the call with which every pull begins.
ask() {
    if ! find_in_ecr "$name" "$id"; then
        fail "$shown" ecr
    elif [ -n "$answer" ]; then
        present=$((present + 1))
    elif [ "$dry_run" = 1 ]; then
        printf 'would pull %s\n' "$shown"
        filled=$((filled + 1))
    elif ! ecr batch-get-image --repository-name "$name" \
        --image-ids "$asked" --accepted-media-types \
        application/vnd.oci.image.index.v1+json application/vnd.oci.image.manifest.v1+json \
        application/vnd.docker.distribution.manifest.list.v2+json \
        application/vnd.docker.distribution.manifest.v2+json --query 'failures[0].[failureCode,failureReason]'; then
        fail "$shown" ecr
    elif [ "$answer" != None ] && [ -n "$answer" ]; then
        fail "$shown" "$answer"
    else
        printf 'asked for %s\n' "$shown"
        pending="$pending$number "
    fi
}

# Waits until ECR has the image that it was asked for.
wait_for() {
    while find_in_ecr "$name" "$id"; do
        if [ -n "$answer" ]; then
            printf 'in the cache: %s\n' "$shown"
            filled=$((filled + 1))
            return 0
        fi
        if [ "$waited" -ge "$wait_seconds" ]; then
            if [ -n "$digest" ] && [ -n "$tag" ] && find_in_ecr "$name" "imageTag=$tag" && [ -n "$answer" ]; then
                fail "$shown" "the tag $tag is now the image $answer"
            else
                fail "$shown" "it is not in ECR after $waited seconds; run this again later"
            fi
            return 0
        fi
        sleep 5
        waited=$((waited + 5))
    done
    fail "$shown" ecr
}
"""
_PASSES = """
pass=ask
images
number=0 pass=wait
images
"""


def prime_script(copies: ImageCopies) -> str:
    """The script that pulls every image of a pull-through cache once."""
    images = [f"    {line}" for line in _calls(copies.cached)] or ["    :  # no image comes through a cache"]
    calls = ["images() {", *images, "}", *_PASSES.splitlines()]
    return script(
        _comments(copies),
        ("aws",),
        ("filled", "present"),
        _FUNCTIONS,
        calls,
        summary="$filled filled, $present already there, $failed failed",
    )


def _comments(copies: ImageCopies) -> Iterator[str]:
    yield "Fills the pull-through caches of private ECR, so that the first run on AWS HealthOmics finds the images there."
    yield "Written by `packager images --prime`."
    yield ""
    yield "Needs only aws, with credentials that may call ecr:DescribeImages, ecr:BatchGetImage, ecr:CreateRepository and"
    yield "ecr:BatchImportUpstreamImage; the cache rules and creation templates must exist. Nothing is downloaded."
    yield "Each image is pulled by its tag, because a first pull by a digest is reported not to fill a cache."
    yield "What ECR has is skipped, so run it again after a failure. It waits up to WAIT_SECONDS (900) for all images."
    yield "`--dry-run` (or DRY_RUN=1) only asks ECR what it has, and prints what would be pulled."
    for copy in copies.cached:
        if copy.destination.digest and not copy.destination.tag:
            yield f"No tag is known for {copy.destination}: if it fails, pull a tag of it once, or copy the image."
    rest = len(copies.copies) - len(copies.cached)
    if rest:
        yield f"{rest} more need a copy: `packager images --format mirror --script skopeo`."
    yield from comments_on_the_rest(copies)


def _calls(copies: Sequence[ImageCopy]) -> Iterator[str]:
    order = sorted(copies, key=lambda copy: (copy.destination.registry, str(copy.destination)))
    for _, in_registry in itertools.groupby(order, lambda copy: copy.destination.registry):
        images = list(in_registry)
        owner = images[0].destination
        yield call("registry", owner.account or "", owner.region or "")
        yield from dict.fromkeys(call("image", *_arguments(copy)) for copy in images)


def _arguments(copy: ImageCopy) -> tuple[str, str, str]:
    destination = copy.destination
    digest = destination.digest or ""
    return destination.repository, destination.tag or ("" if digest else "latest"), digest
