"""The script that copies images to private ECR with skopeo or crane."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Sequence

from packager.app.image_copies import ImageCopies, ImageCopy
from packager.images.registry_map.model import PLACEHOLDER
from packager.render.image_scripts.shell import assignment, call, script
from packager.text import count

TOOLS = ("skopeo", "crane")

_FUNCTIONS = r"""
# registry ACCOUNT REGION HOST: the registry of what follows; logs in to it.
registry() {
    account=$1 region=$2 host=$3 cached=0 reason=''
    if [ "$dry_run" = 1 ]; then
        return 0
    fi
    # The password is in no command line: printf is a part of the shell.
    if ! password=$(aws ecr get-login-password --region "$region") ||
        ! printf '%s\n' "$password" | log_in "$host" >/dev/null; then
        reason="cannot log in to $host"
    fi
    password=''
}

# cache PREFIX: the prefix of what follows; if ECR has a cache rule for it, nothing is copied.
cache() {
    cached=0
    if ecr describe-pull-through-cache-rules --ecr-repository-prefixes "$1" \
        --query 'pullThroughCacheRules[0].ecrRepositoryPrefix'; then
        cached=1
    elif ! refused PullThroughCacheRuleNotFoundException; then
        printf 'warning: cannot find out whether ECR has a cache rule for %s\n' "$1" >&2
        sed 's/^/    /' "$messages" >&2
    fi
}

# repository NAME: the repository of what follows; creates it, and sets its policy if it has none.
repository() {
    name=$1 refusal=$reason
    if [ "$cached" = 1 ] || [ -n "$refusal" ]; then
        return 0
    fi
    if ecr describe-repositories --repository-names "$name" --query 'repositories[0].repositoryName'; then
        if ecr get-repository-policy --repository-name "$name" --query policyText; then
            return 0
        fi
        if ! refused RepositoryPolicyNotFoundException; then
            printf 'warning: cannot find out whether %s has a policy\n' "$name" >&2
            sed 's/^/    /' "$messages" >&2
            return 0
        fi
    elif refused RepositoryNotFoundException; then
        if [ "$dry_run" = 1 ]; then
            printf 'would create the repository %s\n' "$name"
        elif ecr create-repository --repository-name "$name" --query repository.repositoryName; then
            printf 'created the repository %s\n' "$name"
        else
            refusal=ecr
            return 0
        fi
    else
        refusal=ecr
        return 0
    fi
    if [ "$dry_run" = 1 ]; then
        printf 'would set the policy of %s\n' "$name"
    elif ecr set-repository-policy --repository-name "$name" --policy-text "$policy" --query repositoryName; then
        printf 'set the policy of %s\n' "$name"
    else
        refusal=ecr
    fi
}

# image SOURCE VERSION TAG DIGEST: copies an image to the repository, by its tag or, if ECR must have this digest, by its digest.
image() {
    source=$1 version=$2 tag=$3 digest=$4
    if [ "$cached" = 1 ]; then
        left=$((left + 1))
        return 0
    fi
    if [ -n "$refusal" ]; then
        fail "$source$version" "$refusal"
        return 0
    fi
    if [ -n "$tag" ]; then
        target=$host/$name:$tag
    else
        target=$host/$name@$digest
    fi
    if [ -n "$digest" ]; then
        id=imageDigest=$digest
    else
        id=imageTag=$tag
    fi
    if ! find_in_ecr "$name" "$id"; then
        fail "$source$version" ecr
        return 0
    fi
    there=$answer
    if [ -n "$digest" ] && [ "$there" = "$digest" ]; then
        present=$((present + 1))
        return 0
    fi
    if ! look_up; then
        fail "$source$version" "the source cannot be read"
    elif [ "$there" = "$own" ] || [ "$there" = "$whole" ]; then
        present=$((present + 1))
    elif [ "$platform" != linux/amd64 ]; then
        fail "$source$version" "the image is for $platform, not for linux/amd64"
    elif [ "$dry_run" = 1 ]; then
        printf 'would copy %s to %s\n' "$source@${digest:-$own}" "$target"
        copied=$((copied + 1))
    elif copy; then
        printf 'copied %s to %s\n' "$source@${digest:-$own}" "$target"
        copied=$((copied + 1))
    else
        fail "$source$version" "the copy failed"
    fi
}
"""

# How each tool logs in; finds the digest of a source ($whole), that of its image for linux/amd64 ($own) and the platform; and copies.
_WITH_SKOPEO = r"""
log_in() {
    skopeo login --username AWS --password-stdin "$1"
}

# The digest of the image for linux/amd64 in the index on stdin; nothing if it is not an index.
amd64_digest() {
    tr -d '[:space:]' | awk '
        {
            for (i = 1; i <= length($0); i++) {
                c = substr($0, i, 1)
                if (quoted) {
                    if (c == "\\") { i++; text = text "?" }
                    else if (c == "\"") quoted = 0
                    else text = text c
                } else if (c == "\"") { quoted = 1; text = "" }
                else if (c == ":") { key[depth] = text; text = "" }
                else if (c == "{" || c == "[") { depth++; key[depth] = text = "" }
                else if (c == "," || c == "}" || c == "]") {
                    if (key[1] == "manifests" && depth == 3 && key[3] == "digest") digest = text
                    if (key[1] == "manifests" && depth == 4 && key[3] == "platform") part[key[4]] = text
                    if (c == "}" && depth == 3) {
                        if (part["os"] == "linux" && part["architecture"] == "amd64" && !done) { print digest; done = 1 }
                        part["os"] = part["architecture"] = digest = ""
                    }
                    if (c != ",") depth--
                    text = ""
                }
            }
        }'
}

look_up() {
    facts=$(skopeo --override-os linux --override-arch amd64 inspect --no-tags --retry-times 3 \
        --format '{{.Digest}} {{.Os}}/{{.Architecture}}' "docker://$source$version") || return 1
    whole=${facts%% *} platform=${facts#* }
    own=$(skopeo inspect --retry-times 3 --raw "docker://$source@$whole" | amd64_digest)
    own=${own:-$whole}
}

copy() {
    if [ -n "$digest" ]; then
        skopeo copy --quiet --all --preserve-digests --retry-times 3 "docker://$source@$digest" "docker://$target"
    else
        skopeo --override-os linux --override-arch amd64 copy --quiet --preserve-digests --retry-times 3 \
            "docker://$source@$own" "docker://$target"
    fi
}
"""
_WITH_CRANE = r"""
log_in() {
    crane auth login --username AWS --password-stdin "$1"
}

look_up() {
    whole=$(crane digest "$source$version") || return 1
    own=$(crane digest --platform linux/amd64 "$source@$whole") || return 1
    config=$(crane config --platform linux/amd64 "$source@$whole" | tr -d '[:space:]')
    platform=linux/amd64
    case $config in
    *'"architecture":"amd64"'*) ;;
    *'"architecture":"'*)
        platform=${config#*'"architecture":"'}
        platform=linux/${platform%%'"'*}
        ;;
    esac
}

copy() {
    if [ -n "$digest" ]; then
        crane copy "$source@$digest" "$target"
    else
        crane copy --platform linux/amd64 "$source@$own" "$target"
    fi
}
"""
_OF_TOOL = {"skopeo": _WITH_SKOPEO, "crane": _WITH_CRANE}


def copy_script(copies: ImageCopies, policy: dict[str, object], tool: str) -> str:
    """The script that copies all images with this tool; `policy` is that of new repositories."""
    document = json.dumps(policy, indent=2)
    variables = f"\n{assignment('policy', document)}\n\nhost='' name='' cached=0 reason='' refusal=''\n"
    return script(
        _comments(copies, tool, document),
        ("aws", tool),
        ("copied", "present", "left"),
        variables + _FUNCTIONS + _OF_TOOL[tool],
        _calls(copies.copies),
        summary="$copied copied, $present already there, $left left to pull-through caches, $failed failed",
    )


def _comments(copies: ImageCopies, tool: str, policy: str) -> Iterator[str]:
    yield f"Copies images to private ECR for AWS HealthOmics. Written by `packager images --format mirror --script {tool}`."
    yield ""
    yield f"Needs aws, with credentials for ECR, and {tool}. Log in to private sources first: `{_LOGIN[tool]} HOST`."
    yield "What is in ECR with the same digest is skipped, so run it again after a failure or an interruption."
    yield "`--dry-run` (or DRY_RUN=1) only asks ECR and the sources, and prints what would be done."
    yield ""
    yield "A tag gets the image for linux/amd64, the platform of HealthOmics. An image that a run pulls by its digest is copied"
    yield "with all its platforms, because the digest belongs to all of them."
    yield "A repository that has a policy keeps it; `packager images --online` checks it."
    if PLACEHOLDER in policy:
        yield f"Before you run this, replace {PLACEHOLDER}RUN-ROLE in the policy by the name of the role of your runs."
    if copies.cached:
        yield "Nothing is copied for a pull-through cache whose rule exists: ECR fills it; `packager images --prime` does so early."
    yield from comments_on_the_rest(copies)


_LOGIN = {"skopeo": "skopeo login", "crane": "crane auth login"}


def comments_on_the_rest(copies: ImageCopies) -> Iterator[str]:
    """What needs neither a copy nor a cache, one line per registry, and the images that have no place in private ECR."""
    for host, number in copies.by_service.items():
        yield f"{host}: nothing to do for {count(number, 'image')}; HealthOmics copies from it at first use."
    for reason in copies.lacking:
        yield f"Not included: {reason}"


def _calls(copies: Sequence[ImageCopy]) -> Iterator[str]:
    """The calls of the functions, grouped by registry, cache and repository."""
    order = sorted(copies, key=lambda copy: (copy.destination.registry, copy.prefix, copy.destination.repository))
    for host, in_registry in itertools.groupby(order, lambda copy: copy.destination.registry):
        first = next(in_registry)
        yield ""
        yield call("registry", first.destination.account or "", first.destination.region or "", host)
        for prefix, below in itertools.groupby(itertools.chain([first], in_registry), lambda copy: copy.prefix):
            if prefix:
                yield call("cache", prefix)
            for name, images in itertools.groupby(below, lambda copy: copy.destination.repository):
                yield call("repository", name)
                yield from dict.fromkeys(call("image", *_arguments(copy)) for copy in images)


def _arguments(copy: ImageCopy) -> tuple[str, str, str, str]:
    """The arguments of `image`: a destination by its digest decides what is copied, else the source does."""
    source, destination = copy.source, copy.destination
    digest = destination.digest or ""
    tag = destination.tag or ("" if digest else "latest")
    version = digest or source.digest
    return source.without_version().format(), f"@{version}" if version else f":{source.tag or 'latest'}", tag, digest
