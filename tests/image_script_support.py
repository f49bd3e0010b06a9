"""Stand-ins for `aws`, `skopeo` and `crane`: small shell programs that record their calls and keep what they copy in a folder."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

# Every call is a line of `log`. A repository is a folder of `ecr`, an image in it a file for its tag and one for its digest with the
# digest in it. `rules` has a file for each cache rule, `upstream` what a cache can import, `denied` operations that ECR refuses.
_AWS = r"""#!/bin/sh
printf 'aws %s\n' "$*" >>"$STATE/log"
operation=$2
refuse() { printf '\nAn error occurred (%s) when calling the operation: no\n' "$1" >&2; exit 254; }
if [ -e "$STATE/denied/$operation" ]; then refuse AccessDeniedException; fi
while [ $# -gt 0 ]; do
    case $1 in
    --repository-name|--repository-names) repository=$2 ;;
    --image-ids) id=$2 ;;
    --policy-text) policy=$2 ;;
    --ecr-repository-prefixes) prefix=$2 ;;
    esac
    shift
done
place=$STATE/ecr/${repository-}
case $operation in
get-login-password) printf 'token-for-tests\n' ;;
describe-repositories) if [ -e "$place/.is" ]; then printf '%s\n' "$repository"; else refuse RepositoryNotFoundException; fi ;;
create-repository) mkdir -p "$place"; : >"$place/.is" ;;
get-repository-policy) if [ -e "$place/.policy" ]; then cat "$place/.policy"; else refuse RepositoryPolicyNotFoundException; fi ;;
set-repository-policy) printf '%s' "$policy" >"$place/.policy" ;;
describe-images)
    if [ ! -e "$place/.is" ]; then refuse RepositoryNotFoundException; fi
    if [ -e "$place/$id" ]; then cat "$place/$id"; else refuse ImageNotFoundException; fi ;;
describe-pull-through-cache-rules)
    if [ -e "$STATE/rules/$prefix" ]; then printf '%s\n' "$prefix"; else refuse PullThroughCacheRuleNotFoundException; fi ;;
batch-get-image)
    if [ -e "$STATE/upstream/$repository/$id" ]; then
        digest=$(cat "$STATE/upstream/$repository/$id")
        mkdir -p "$place"
        : >"$place/.is"
        printf '%s\n' "$digest" | tee "$place/$id" >"$place/imageDigest=$digest"
        printf 'None\n'
    else
        printf 'ImageNotFound\tRequested image not found\n'
    fi ;;
*) exit 252 ;;
esac
"""
# `sources` has a file for each reference of a source: its digest, that of its image for linux/amd64, and the architecture.
_COPIER = r"""#!/bin/sh
input=''
read_source() {
    if [ -e "$STATE/unreadable/$(basename "$1")" ] || [ ! -e "$STATE/sources/$1" ]; then
        printf 'fatal: manifest unknown\n' >&2; exit 1
    fi
    read -r whole own architecture <"$STATE/sources/$1"
}
store() { # DIGEST TARGET
    if [ -e "$STATE/no-writes" ]; then printf 'fatal: denied\n' >&2; exit 1; fi
    inner=${2#*/} tag=''
    case $inner in
    *@*) inner=${inner%@*} ;;
    *) tag=${inner##*:} inner=${inner%:*} ;;
    esac
    if [ ! -e "$STATE/ecr/$inner/.is" ]; then printf 'fatal: name unknown\n' >&2; exit 1; fi
    if [ -n "$tag" ]; then printf '%s\n' "$1" >"$STATE/ecr/$inner/imageTag=$tag"; fi
    printf '%s\n' "$1" >"$STATE/ecr/$inner/imageDigest=$1"
}
"""
_SKOPEO = (
    _COPIER
    + r"""
printf 'skopeo %s\n' "$*" >>"$STATE/log"
all=0 raw=0 operation='' first='' second=''
while [ $# -gt 0 ]; do
    case $1 in
    --override-os|--override-arch|--retry-times|--format|--username) shift ;;
    --all) all=1 ;;
    --raw) raw=1 ;;
    --*) ;;
    *) if [ -z "$operation" ]; then operation=$1; elif [ -z "$first" ]; then first=${1#docker://}; else second=${1#docker://}; fi ;;
    esac
    shift
done
case $operation in
login) cat >"$STATE/password" ;;
inspect)
    read_source "$first"
    if [ $raw = 0 ]; then printf '%s linux/%s\n' "$whole" "$architecture"
    elif [ "$own" = "$whole" ]; then printf '{"schemaVersion": 2, "config": {"digest": "sha256:%064d"}, "layers": []}' 7
    else
        printf '{"manifests": [{"digest": "sha256:%064d", "annotations": {"digest": "{\\"no", "os": "linux"},\n' 8
        printf '  "platform": {"os": "linux", "architecture": "arm64"}},\n'
        printf ' {"platform": {"architecture": "amd64", "os": "linux"}, "size": 1,\n  "digest": "%s"},\n' "$own"
        printf ' {"digest": "sha256:%064d", "platform": {"os": "linux", "architecture": "amd64"}}], "schemaVersion": 2}' 9
    fi ;;
copy)
    read_source "$first"
    if [ $all = 1 ]; then store "$whole" "$second"; else store "$own" "$second"; fi ;;
*) exit 1 ;;
esac
"""
)
_CRANE = (
    _COPIER
    + r"""
printf 'crane %s\n' "$*" >>"$STATE/log"
one=0 operation='' first='' second=''
while [ $# -gt 0 ]; do
    case $1 in
    --username) shift ;;
    --platform) one=1; shift ;;
    --*) ;;
    *) if [ -z "$operation" ]; then operation=$1; elif [ -z "$first" ]; then first=$1; else second=$1; fi ;;
    esac
    shift
done
case $operation in
auth) cat >"$STATE/password" ;;
digest) read_source "$first"; if [ $one = 1 ]; then printf '%s\n' "$own"; else printf '%s\n' "$whole"; fi ;;
config) read_source "$first"; printf '{"os": "linux", "config": {"Labels": {}}, "architecture": "%s"}' "$architecture" ;;
copy) read_source "$first"; if [ $one = 1 ]; then store "$own" "$second"; else store "$whole" "$second"; fi ;;
*) exit 1 ;;
esac
"""
)
_PROGRAMS = {"aws": _AWS, "skopeo": _SKOPEO, "crane": _CRANE, "sleep": "#!/bin/sh\n"}


@dataclass(frozen=True)
class Registries:
    """The state behind the programs, and scripts that are run with them."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> Registries:
        (folder / "bin").mkdir(parents=True)
        for name, text in _PROGRAMS.items():
            program = folder / "bin" / name
            program.write_text(text)
            program.chmod(0o755)
        for name in ("sources", "ecr"):
            (folder / name).mkdir()
        return cls(folder)

    def put(self, kind: str, name: str, content: str = "") -> None:
        path = self.folder / kind / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def source(self, name: str, version: str, whole: str, own: str = "", architecture: str = "amd64") -> None:
        """An image at its source: by its version and by its digests."""
        own = own or whole
        for reference in (f"{name}{version}", f"{name}@{whole}"):
            self.put("sources", reference, f"{whole} {own} {architecture}\n")
        if own != whole:
            self.put("sources", f"{name}@{own}", f"{own} {own} {architecture}\n")

    def images(self, repository: str) -> dict[str, str]:
        """The digests of the images in a repository of ECR, by tag or digest."""
        found = (self.folder / "ecr" / repository).glob("image*")
        return {path.name.partition("=")[2]: path.read_text().strip() for path in found}

    def policy(self, repository: str) -> str:
        return (self.folder / "ecr" / repository / ".policy").read_text()

    def calls(self) -> list[str]:
        log = self.folder / "log"
        return log.read_text().splitlines() if log.exists() else []

    def forget_calls(self) -> None:
        (self.folder / "log").unlink(missing_ok=True)

    def run(
        self, script: str, *arguments: str, shell: str = "sh", **variables: str
    ) -> subprocess.CompletedProcess[str]:
        file = self.folder / "script.sh"
        file.write_text(script)
        path = f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}"
        environment = {"PATH": path, "STATE": str(self.folder), **variables}
        return subprocess.run(
            [shell, str(file), *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
            cwd=self.folder,
        )
