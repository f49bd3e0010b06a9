"""The scripts of `packager images --script` and `--prime`: run by real shells with stand-ins for aws, skopeo and crane."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Cli, Result
from image_script_support import Registries

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the scripts are for POSIX shells")

Files = Callable[[dict[str, str | bytes]], Path]
ACCOUNT, REGION = "111122223333", "us-east-1"
HOST = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
INDEX, IMAGE, OTHER, PINNED = (f"sha256:{number:064d}" for number in (1, 2, 3, 4))
SHELLS = [name for name in ("dash", "bash") if shutil.which(name)] or ["sh"]
WHERE = ("--account", ACCOUNT, "--region", REGION)

MAP = {
    "registryMappings": [
        {"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": "quay"},
        {
            "upstreamRegistryUrl": "nvcr.io",
            "ecrRepositoryPrefix": "nvidia",
            "credentialArn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:nvidia",
        },
    ],
    "imageMappings": [
        {"sourceImage": "lab.example/tools/bwa:1.0", "destinationImage": f"{HOST}/tools/bwa:1.0"},
        {"sourceImage": "ubuntu:22.04", "destinationImage": f"{HOST}/base/ubuntu:22.04"},
        {"sourceImage": f"lab.example/pinned@{PINNED}", "destinationImage": f"{HOST}/pinned@{PINNED}"},
    ],
}
BWA, UBUNTU, LAB_PINNED = "lab.example/tools/bwa:1.0", "ubuntu:22.04", f"lab.example/pinned@{PINNED}"


def wdl(*images: str) -> str:
    calls = "".join(f"  call t{number}\n" for number in range(len(images)))
    tasks = "".join(
        f'task t{number} {{\n  command <<< true >>>\n  runtime {{ docker: "{image}" }}\n}}\n'
        for number, image in enumerate(images)
    )
    return f"version 1.0\nworkflow w {{\n{calls}}}\n{tasks}"


@pytest.fixture
def registries(tmp_path: Path) -> Registries:
    """Sources for the images of these tests, and an empty ECR."""
    made = Registries.create(tmp_path / "state")
    made.source("lab.example/tools/bwa", ":1.0", INDEX, IMAGE)
    made.source("docker.io/library/ubuntu", ":22.04", OTHER)
    made.source("lab.example/pinned", "", PINNED, IMAGE)
    return made


def script(cli: Cli, files: Files, *options: str, images: tuple[str, ...], mapping: object = MAP) -> Result:
    folder = files({"main.wdl": wdl(*images), "container-registry-map.json": json.dumps(mapping)})
    return cli("images", folder, *WHERE, *options)


def copying(cli: Cli, files: Files, tool: str, *images: str) -> str:
    done = script(cli, files, "--format", "mirror", "--script", tool, images=images)
    assert done.code == 0, done.err
    return done.out


@pytest.mark.parametrize("shell", SHELLS)
@pytest.mark.parametrize("tool", ["skopeo", "crane"])
def test_a_copy_and_its_repetition(cli: Cli, files: Files, registries: Registries, tool: str, shell: str) -> None:
    text = copying(cli, files, tool, BWA, UBUNTU, LAB_PINNED)
    done = registries.run(text, shell=shell)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "3 copied, 0 already there, 0 left to pull-through caches, 0 failed"
    assert registries.images("tools/bwa") == {"1.0": IMAGE, IMAGE: IMAGE}, "for linux/amd64 alone"
    assert registries.images("base/ubuntu") == {"22.04": OTHER, OTHER: OTHER}
    assert registries.images("pinned") == {PINNED: PINNED}, "the whole index, because the digest is its own"
    registries.forget_calls()
    again = registries.run(text, shell=shell)
    assert again.returncode == 0
    assert again.stdout == "0 copied, 3 already there, 0 left to pull-through caches, 0 failed\n"
    assert not any(" copy " in call or "create-repository" in call for call in registries.calls())


def test_new_repositories_have_the_policy_that_packager_prints(cli: Cli, files: Files, registries: Registries) -> None:
    text = copying(cli, files, "crane", BWA, UBUNTU)
    printed = script(cli, files, "--print-policy", "repository", images=(BWA, UBUNTU)).json
    registries.put("ecr", "base/ubuntu/.is")
    registries.put("ecr", "base/ubuntu/.policy", "theirs")
    assert registries.run(text).returncode == 0
    assert json.loads(registries.policy("tools/bwa")) == printed
    assert registries.policy("base/ubuntu") == "theirs"


def test_a_repository_whose_policy_was_not_set_gets_it(cli: Cli, files: Files, registries: Registries) -> None:
    text = copying(cli, files, "crane", BWA)
    registries.put("denied", "set-repository-policy")
    failed = registries.run(text)
    assert failed.returncode == 1
    assert f"failed: {BWA}: ECR refused\n" in failed.stderr
    assert "(AccessDeniedException)" in failed.stderr
    shutil.rmtree(registries.folder / "denied")
    assert registries.run(text).stdout.splitlines() == [
        "set the policy of tools/bwa",
        f"copied lab.example/tools/bwa@{IMAGE} to {HOST}/tools/bwa:1.0",
        "1 copied, 0 already there, 0 left to pull-through caches, 0 failed",
    ]


@pytest.mark.parametrize("tool", ["skopeo", "crane"])
def test_a_failure_does_not_stop_the_others(cli: Cli, files: Files, registries: Registries, tool: str) -> None:
    text = copying(cli, files, tool, BWA, UBUNTU, LAB_PINNED)
    registries.put("unreadable", "bwa:1.0")
    registries.source("docker.io/library/ubuntu", ":22.04", OTHER, architecture="arm64")
    done = registries.run(text)
    assert done.returncode == 1
    assert done.stdout.splitlines()[-1] == "1 copied, 0 already there, 0 left to pull-through caches, 2 failed"
    assert f"failed: {BWA}: the source cannot be read" in done.stderr
    assert "failed: docker.io/library/ubuntu:22.04: the image is for linux/arm64, not for linux/amd64" in done.stderr
    registries.source("docker.io/library/ubuntu", ":22.04", OTHER)
    shutil.rmtree(registries.folder / "unreadable")
    resumed = registries.run(text)
    assert resumed.returncode == 0
    assert resumed.stdout.splitlines()[-1].startswith("2 copied, 1 already there")


def test_a_copy_that_is_refused(cli: Cli, files: Files, registries: Registries) -> None:
    text = copying(cli, files, "skopeo", BWA)
    (registries.folder / "no-writes").touch()
    done = registries.run(text)
    assert done.returncode == 1
    assert f"failed: {BWA}: the copy failed" in done.stderr
    registries.put("denied", "get-login-password")
    assert f"failed: {BWA}: cannot log in to {HOST}" in registries.run(text).stderr


def test_a_tag_that_moved_is_copied_again(cli: Cli, files: Files, registries: Registries) -> None:
    text = copying(cli, files, "skopeo", UBUNTU)
    assert registries.run(text).returncode == 0
    registries.source("docker.io/library/ubuntu", ":22.04", INDEX, PINNED)
    assert registries.run(text).stdout.startswith(f"copied docker.io/library/ubuntu@{PINNED} to ")
    registries.put("ecr", "base/ubuntu/imageTag=22.04", f"{INDEX}\n")
    assert registries.run(text).stdout.startswith("0 copied, 1 already there"), "with all its platforms"


@pytest.mark.parametrize("tool", ["skopeo", "crane"])
@pytest.mark.parametrize("how", ["option", "variable"])
def test_a_dry_run_changes_nothing(cli: Cli, files: Files, registries: Registries, tool: str, how: str) -> None:
    text = copying(cli, files, tool, BWA)
    done = registries.run(text, "--dry-run") if how == "option" else registries.run(text, DRY_RUN="1")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "would create the repository tools/bwa",
        "would set the policy of tools/bwa",
        f"would copy lab.example/tools/bwa@{IMAGE} to {HOST}/tools/bwa:1.0",
        "1 copied, 0 already there, 0 left to pull-through caches, 0 failed",
    ]
    assert list((registries.folder / "ecr").iterdir()) == []
    changing = ("login", " copy ", "create-", "set-")
    assert not any(word in call for call in registries.calls() for word in changing)


def test_the_password_is_in_no_command_line(cli: Cli, files: Files, registries: Registries) -> None:
    for tool in ("skopeo", "crane"):
        text = copying(cli, files, tool, BWA)
        registries.run(text)
        assert (registries.folder / "password").read_text() == "token-for-tests\n"
        assert not any("token" in call for call in registries.calls())
        assert "token" not in text


def test_caches_with_a_rule_are_left_to_ecr(cli: Cli, files: Files, registries: Registries) -> None:
    registries.source("quay.io/lab/samtools", ":1.17", INDEX, IMAGE)
    text = copying(cli, files, "crane", BWA, "quay.io/lab/samtools:1.17")
    registries.put("rules", "quay")
    assert registries.run(text).stdout.splitlines()[-1].startswith("1 copied, 0 already there, 1 left to")
    assert registries.images("quay/lab/samtools") == {}
    (registries.folder / "rules" / "quay").unlink()
    assert registries.run(text).stdout.splitlines()[-1].startswith("1 copied, 1 already there, 0 left to")
    assert registries.images("quay/lab/samtools")["1.17"] == IMAGE


def test_wrong_uses_of_the_script(cli: Cli, files: Files, registries: Registries) -> None:
    text = copying(cli, files, "crane", BWA)
    wrong = registries.run(text, "--wrong")
    assert (wrong.returncode, wrong.stdout) == (2, "")
    assert "[--dry-run]" in wrong.stderr
    (registries.folder / "bin" / "crane").rename(registries.folder / "crane")
    missing = registries.run(text)
    assert (missing.returncode, missing.stderr) == (2, "error: crane is not installed\n")


class TestPrime:
    """`packager images --prime`: every image of a cache is pulled once."""

    SAMTOOLS, PINNED_TOOL = "quay.io/lab/samtools:1.17", f"quay.io/lab/tool:2@{PINNED}"

    def prime(self, cli: Cli, files: Files, *images: str) -> str:
        done = script(cli, files, "--prime", images=images)
        assert done.code == 0, done.err
        return done.out

    @pytest.mark.parametrize("shell", SHELLS)
    def test_each_image_is_pulled_by_its_tag(self, cli: Cli, files: Files, registries: Registries, shell: str) -> None:
        registries.put("upstream", "quay/lab/samtools/imageTag=1.17", INDEX)
        registries.put("upstream", "quay/lab/tool/imageTag=2", PINNED)
        text = self.prime(cli, files, self.SAMTOOLS, self.PINNED_TOOL, BWA)
        dry = registries.run(text, "--dry-run", shell=shell)
        assert dry.stdout.splitlines()[-1] == "2 filled, 0 already there, 0 failed"
        assert not any("batch-get-image" in call for call in registries.calls())
        done = registries.run(text, shell=shell)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout.splitlines()[-1] == "2 filled, 0 already there, 0 failed"
        pulls = [call for call in registries.calls() if "batch-get-image" in call]
        assert [call.partition("--image-ids ")[2].split()[0] for call in pulls] == ["imageTag=1.17", "imageTag=2"]
        assert registries.run(text, shell=shell).stdout == "0 filled, 2 already there, 0 failed\n"
        assert "docker" not in "".join(call.split()[0] for call in registries.calls())

    def test_failures(self, cli: Cli, files: Files, registries: Registries) -> None:
        registries.put("upstream", "quay/lab/tool/imageTag=2", OTHER)
        text = self.prime(cli, files, self.SAMTOOLS, self.PINNED_TOOL)
        done = registries.run(text, WAIT_SECONDS="10")
        assert done.returncode == 1
        assert done.stdout.splitlines()[-1] == "0 filled, 0 already there, 2 failed"
        assert "failed: quay/lab/samtools:1.17: ImageNotFound\tRequested image not found" in done.stderr
        assert f"failed: quay/lab/tool:2@{PINNED}: the tag 2 is now the image {OTHER}" in done.stderr
        registries.put("denied", "batch-get-image")
        assert "(AccessDeniedException)" in registries.run(text).stderr

    def test_nothing_to_prime(self, cli: Cli, files: Files, registries: Registries) -> None:
        done = script(cli, files, "--prime", images=(BWA,))
        assert (done.code, done.err) == (0, "note: no image comes through a pull-through cache\n")
        assert registries.run(done.out).stdout == "0 filled, 0 already there, 0 failed\n"


def test_what_the_service_copies_itself_is_said_everywhere(cli: Cli, files: Files) -> None:
    images = ("nvcr.io/nvidia/pytorch:24.01", "nvcr.io/nvidia/parabricks:4.2", BWA)
    words = "2 images of nvcr.io: nothing to do, HealthOmics copies from it at first use"
    assert words in script(cli, files, images=images).out
    for options in (("--format", "mirror"), ("--format", "mirror", "--script", "skopeo"), ("--prime",)):
        done = script(cli, files, *options, images=images)
        assert f"note: {words}" in done.err
        assert "nvcr.io/nvidia/pytorch" not in done.out
        assert ("# nvcr.io: nothing to do for 2 images" in done.out) == (len(options) != 2)


def test_a_role_that_has_to_be_named_is_said(cli: Cli, files: Files) -> None:
    other = {"imageMappings": [{"sourceImage": BWA, "destinationImage": f"{HOST.replace('1111', '9999')}/bwa:1.0"}]}
    done = script(cli, files, "--format", "mirror", "--script", "crane", images=(BWA,), mapping=other)
    assert "# Before you run this, replace REPLACE-ME-RUN-ROLE" in done.out


HOSTILE = ["quay$(touch hacked)", "quay`touch hacked`", "a'; touch hacked; '", "a\ntouch hacked\n", "file:///etc", "-x"]


@pytest.mark.parametrize("prefix", HOSTILE)
def test_hostile_names_run_nothing(cli: Cli, files: Files, registries: Registries, prefix: str) -> None:
    mapping = {
        "registryMappings": [{"upstreamRegistryUrl": "quay.io", "ecrRepositoryPrefix": prefix}],
        "imageMappings": [{"sourceImage": BWA, "destinationImage": f"{HOST}/{prefix}/bwa:1.0"}],
    }
    for options in (("--format", "mirror", "--script", "skopeo"), ("--prime",)):
        done = script(cli, files, *options, images=("quay.io/lab/x:1", BWA, "x'; touch hacked; '"), mapping=mapping)
        assert done.code == 1, "they have no valid place in ECR"
        assert "is mapped to" in done.err
        assert "# Not included: `quay.io/lab/x:1` is mapped to" in done.out
        for shell in SHELLS:
            registries.run(done.out, shell=shell)
    assert not list(registries.folder.rglob("hacked"))
    assert not any("touch" in call or "etc" in call for call in registries.calls())


def test_a_script_in_a_file(cli: Cli, files: Files, registries: Registries) -> None:
    done = script(cli, files, "--format", "mirror", "--script", "crane", "-o", "my copy.sh", images=(BWA,))
    assert (done.code, done.out) == (0, "")
    assert "next: `sh 'my copy.sh' --dry-run`" in done.err
    assert registries.run(Path("my copy.sh").read_text()).returncode == 0


def test_options_that_contradict_each_other(cli: Cli, files: Files) -> None:
    for options in (
        ("--script", "crane"),
        ("--script", "crane", "--format", "json"),
        ("--prime", "--format", "mirror"),
        ("--prime", "--print-policy", "ecr"),
    ):
        assert script(cli, files, *options, images=(BWA,)).code == 2


def test_shellcheck_finds_nothing(cli: Cli, files: Files, tmp_path: Path) -> None:
    program = shutil.which("shellcheck", path=str(Path(sys.executable).parent)) or shutil.which("shellcheck")
    if program is None:
        pytest.skip("shellcheck is not installed")
    images = (BWA, UBUNTU, LAB_PINNED, "quay.io/lab/samtools:1.17")
    scripts = [copying(cli, files, tool, *images) for tool in ("skopeo", "crane")]
    scripts.append(script(cli, files, "--prime", images=images).out)
    for number, text in enumerate(scripts):
        (tmp_path / f"{number}.sh").write_text(text)
    names = [f"{number}.sh" for number in range(len(scripts))]
    done = subprocess.run([program, *names], capture_output=True, text=True, check=False, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "")
