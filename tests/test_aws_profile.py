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
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
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


def test_the_origin_is_shown(cli: Cli, files: Files, profiles: Callable[..., None]) -> None:
    profiles("[profile eu]\nregion = eu-west-1\n")
    shown = cli("submit", files({"main.wdl": MAIN}), "--profile", "eu", "--show-config").out
    assert "region = eu-west-1  # the AWS profile `eu`" in shown
