"""What the scripts about images share: their beginning, questions to ECR, and the end."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from packager.shell import command_line
from packager.text import safe

# The placeholders `@...@` are filled in by `script`.
_BEGINNING = r"""set -eu

dry_run=${DRY_RUN:-0}
case ${1-} in
'') ;;
--dry-run) dry_run=1 ;;
*)
    printf 'usage: %s [--dry-run]\n' "$0" >&2
    exit 2
    ;;
esac
need() {
    if ! command -v "$1" >/dev/null; then
        printf 'error: %s is not installed\n' "$1" >&2
        exit 2
    fi
}
@TOOLS@

messages=$(mktemp)
trap 'rm -f "$messages"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

@COUNTERS@
account='' region='' answer=''

# ecr OPERATION OPTION...: asks ECR, whose answer is then in $answer, and whose error is in $messages.
ecr() {
    operation=$1
    shift
    answer=$(aws ecr "$operation" --region "$region" --registry-id "$account" --output text "$@" 2>"$messages")
}

# refused CODE: whether ECR answered the last question with this error.
refused() {
    grep -q "($1)" "$messages"
}

# fail IMAGE REASON: counts an image that is not in ECR; the reason `ecr` stands for the last answer of ECR.
fail() {
    failed=$((failed + 1))
    if [ "$2" = ecr ]; then
        printf 'failed: %s: ECR refused\n' "$1" >&2
        sed 's/^/    /' "$messages" >&2
    else
        printf 'failed: %s: %s\n' "$1" "$2" >&2
    fi
}

# find_in_ecr REPOSITORY ID: puts the digest of this image in ECR into $answer; empty if it is not there.
find_in_ecr() {
    if ecr describe-images --repository-name "$1" --image-ids "$2" --query 'imageDetails[0].imageDigest'; then
        return 0
    fi
    answer=''
    refused ImageNotFoundException || refused RepositoryNotFoundException
}
"""
_END = r"""
printf '%s\n' "@SUMMARY@"
if [ "$failed" -gt 0 ]; then
    exit 1
fi
"""


def script(
    comments: Iterable[str],
    tools: Sequence[str],
    counters: Sequence[str],
    functions: str,
    calls: Iterable[str],
    *,
    summary: str,
) -> str:
    """A whole script: comments, what all scripts share, its own functions, and their calls.

    `counters` are the names of the variables that count images; `failed` is added. `summary` is its last line of output, with variables.
    """
    beginning = _BEGINNING.replace("@TOOLS@", "\n".join(call("need", tool) for tool in tools))
    beginning = beginning.replace("@COUNTERS@", " ".join(f"{name}=0" for name in (*counters, "failed")))
    lines = ["#!/bin/sh", *(f"# {safe(line)}".rstrip() for line in comments)]
    end = _END.replace("@SUMMARY@", summary)
    return "\n".join(lines) + "\n" + beginning + functions + "\n" + "".join(f"{call}\n" for call in calls) + end


def call(function: str, *arguments: str) -> str:
    """A call of a function of a script, each argument in quotes if needed."""
    return command_line([function, *arguments], windows=False)


def assignment(variable: str, value: str) -> str:
    """A variable of a script with its value in quotes."""
    return f"{variable}={command_line([value], windows=False)}"
