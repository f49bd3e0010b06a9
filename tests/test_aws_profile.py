"""Region and account of the AWS profile: a request is checked for the Region that it is sent to."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import boto3
import pytest
from conftest import Cli, Result
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from samples import examples

from packager.project.aws_profile import AwsProfile, read_profile

Files = Callable[[dict[str, str]], Path]
MAIN = """version 1.1
workflow w { call t }
task t {
  command <<< echo >>>
  output { String text = read_string(stdout()) }
  runtime { docker: "111122223333.dkr.ecr.us-east-1.amazonaws.com/tool:1.0" cpu: 2 memory: "4 GiB" }
}
"""


@pytest.fixture
def profiles() -> Callable[..., None]:
    """Write the two files of profiles."""

    def write(config: str, credentials: str = "") -> None:
        Path(os.environ["AWS_CONFIG_FILE"]).write_text(config)
        Path(os.environ["AWS_SHARED_CREDENTIALS_FILE"]).write_text(credentials)

    return write


def test_what_a_profile_tells(profiles: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    profiles(
        "[default]\nregion = us-west-2\naws_account_id=999900001111\n"
        "[profile eu]\nregion = eu-west-1\nrole_arn = arn:aws:iam::111122223333:role/deploy\nsso_account_id = 444455556666\n"
        '[profile "sso"]\nsso_account_id = 444455556666\n[profile odd]\nregion = a b\nrole_arn = x\n'
        "[nameless]\nregion = eu-north-1\n",
        "[keys]\nregion = eu-west-2\naws_access_key_id = x\n",
    )
    assert read_profile("eu") == AwsProfile("eu", "eu-west-1", "111122223333")
    assert read_profile("sso") == AwsProfile("sso", None, "444455556666")
    assert read_profile("keys") == AwsProfile("keys", "eu-west-2")
    for name in ("odd", "nameless", "absent"):
        assert read_profile(name) == AwsProfile(name)
    assert read_profile(None) == AwsProfile("default", "us-west-2", "999900001111")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "x")
    assert read_profile(None) == AwsProfile("default", "us-west-2"), "the account is that of other credentials"
    monkeypatch.setenv("AWS_DEFAULT_PROFILE", "eu")
    assert read_profile(None) == AwsProfile("eu", "eu-west-1", "111122223333")


@pytest.mark.parametrize("content", [b"\xff", b"[", b"x", b"[profile eu]\n  bad\n", b"[profile eu]\nregion", b""])
def test_files_that_are_no_configuration_tell_nothing(content: bytes) -> None:
    Path(os.environ["AWS_CONFIG_FILE"]).write_bytes(content)
    assert read_profile("eu") == AwsProfile("eu")


@given(
    st.dictionaries(
        st.sampled_from(["default", "profile a", "profile b c", "a"]), st.sampled_from(["eu-west-1", "us-east-2"])
    )
)
@settings(max_examples=examples(20), suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_the_region_is_the_one_that_boto3_uses(sections: dict[str, str]) -> None:
    text = "".join(f"[{name}]\nregion = {region}\n" for name, region in sections.items())
    Path(os.environ["AWS_CONFIG_FILE"]).write_text(text)
    for name in boto3.Session().available_profiles:
        assert read_profile(name).region == boto3.Session(profile_name=name).region_name
    assert read_profile(None).region == boto3.Session().region_name


def _checked(result: Result) -> tuple[int, bool, bool]:
    return result.code, "IMG002" in result.codes, any(skipped["code"] == "IMG002" for skipped in result.json["skipped"])


def test_commands_check_for_the_region_of_the_profile(cli: Cli, files: Files, profiles: Callable[..., None]) -> None:
    profiles("[default]\nregion = eu-west-2\n[profile eu]\nregion = eu-west-1\n")
    main = files({"main.wdl": MAIN}) / "main.wdl"
    send = ("submit", main, "--dry-run", "--storage-type", "DYNAMIC", "--format", "json")
    refused = cli(*send, "--profile", "eu")
    assert _checked(refused) == (1, True, False)
    assert "`eu-west-1`" in next(found["message"] for found in refused.json["diagnostics"] if found["code"] == "IMG002")
    assert _checked(cli(*send)) == (1, True, False), "the default profile is the one that would be used"
    assert cli(*send, "--profile", "eu", "--region", "us-east-1").code == 0
    assert cli(*send[:3], "--local", "--format", "json").code == 0, "the emulator is nobody's Region"
    lint = ("lint", main, "--format", "json")
    assert _checked(cli(*lint, "--profile", "eu")) == (1, True, False)
    assert _checked(cli(*lint)) == (0, False, True), "an offline command uses only a profile that is named"


PLAIN = MAIN.replace("111122223333.dkr.ecr.us-east-1.amazonaws.com/tool:1.0", "quay.io/org/tool:1.0")
TWO_REGIONS = MAIN.replace("call t }", "call t  call u }") + (
    MAIN[MAIN.index("task t") :].replace("task t", "task u").replace("us-east-1", "eu-west-1")
)


@pytest.mark.parametrize("words", [("submit", "--local", "--db", "x.sqlite"), ("submit", "--dry-run"), ("lint",)])
def test_only_a_check_that_depends_on_the_region_asks_for_one(
    cli: Cli, files: Files, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...]
) -> None:
    monkeypatch.chdir(files({"plain/main.wdl": PLAIN, "private/main.wdl": MAIN, "gpu/main.wdl": PLAIN.replace(
        "cpu: 2", 'cpu: 2 acceleratorType: "nvidia-l4" acceleratorCount: 1'
    ), "large/main.wdl": PLAIN.replace("cpu: 2", "cpu: 128")}))  # fmt: skip
    lines = {}
    for name in ("plain", "private", "gpu", "large"):
        result = cli(words[0], name, *words[1:], "--format", "json")
        assert result.code == 0
        skipped = sorted(check["code"] for check in result.json["skipped"] if "Region" in check["reason"])
        lines[name] = [f"not checked {', '.join(skipped)}:"] if skipped else []
    assert lines["plain"] == []
    assert [line[:19] for line in lines["private"]] == ["not checked IMG002:"]
    assert [line[:19] for line in lines["gpu"]] == ["not checked RES006:"]
    assert [line[:19] for line in lines["large"]] == ["not checked RES003:"]


def test_images_of_two_regions_are_an_error_without_a_region(cli: Cli, files: Files) -> None:
    folder = files({"main.wdl": TWO_REGIONS})
    for words in (("lint", folder), ("submit", folder, "--local", "--db", folder / "x.sqlite")):
        result = cli(*words, "--format", "json")
        findings = [found for found in result.json["diagnostics"] if found["code"] == "IMG002"]
        assert (result.code, [(found["severity"], found["line"]) for found in findings]) == (1, [("error", 11)])
        assert "`us-east-1`" in findings[0]["message"]
        assert "`eu-west-1`" in findings[0]["message"]
        assert [skipped["code"] for skipped in result.json["skipped"]] == ["IMG002"], "other images may be affected too"
    (folder / "main.wdl").write_text(
        TWO_REGIONS.replace(
            "workflow w { call t  call u }", "workflow w { input { Boolean b }  call t  if (b) { call u } }"
        )
    )
    result = cli("lint", folder, "--format", "json")
    assert [found["severity"] for found in result.json["diagnostics"] if found["code"] == "IMG002"] == ["warning"]


def test_a_named_profile_counts_for_the_emulator_as_for_lint(
    cli: Cli, files: Files, profiles: Callable[..., None]
) -> None:
    profiles("[default]\nregion = eu-west-2\n[profile eu]\nregion = eu-west-1\n")
    folder = files({"main.wdl": MAIN})
    send = ("submit", folder / "main.wdl", "--local", "--db", folder / "x.sqlite", "--format", "json")
    refused = cli(*send, "--profile", "eu")
    assert _checked(refused) == (1, True, False)
    assert cli(*send).code == 0


def test_the_origin_is_shown(cli: Cli, files: Files, profiles: Callable[..., None]) -> None:
    profiles("[profile eu]\nregion = eu-west-1\n")
    shown = cli("submit", files({"main.wdl": MAIN}), "--profile", "eu", "--show-config").out
    assert "region = eu-west-1  # the AWS profile `eu`" in shown
