"""Region and account of an AWS profile, as its configuration files name them. boto3 reads the same files when something is sent."""

from __future__ import annotations

import configparser
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from packager.files import MIB, read_regular

_MAX_BYTES = 4 * MIB
_ROLE = re.compile(r"arn:aws[a-z-]*:iam::([0-9]{12}):role/.+")
_ACCOUNT = re.compile(r"[0-9]{12}")
_REGION = re.compile(r"[a-z0-9-]{3,64}")
# With these, credentials do not come from the files unless a profile is named.
_OWN_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE")


@dataclass(frozen=True, slots=True)
class AwsProfile:
    """What the files tell about a profile: None for what they do not."""

    name: str
    region: str | None = None
    account: str | None = None


def read_profile(name: str | None, environment: Mapping[str, str] = os.environ) -> AwsProfile:
    """The profile of that name; without a name, the one that boto3 uses. Never raises, and asks nobody."""
    chosen = name or environment.get("AWS_DEFAULT_PROFILE") or environment.get("AWS_PROFILE")
    profile = chosen or "default"
    folder = Path("~/.aws")
    files = (
        (environment.get("AWS_CONFIG_FILE") or str(folder / "config"), True),
        (environment.get("AWS_SHARED_CREDENTIALS_FILE") or str(folder / "credentials"), False),
    )
    values: dict[str, str] = {}
    for file, prefixed in files:
        section = f"profile {profile}" if prefixed and profile != "default" else profile
        values |= _section(Path(os.path.expandvars(file)), section, profile)
    region = values.get("region", "")
    own = chosen is None and any(environment.get(variable) for variable in _OWN_CREDENTIALS)
    return AwsProfile(profile, region if _REGION.fullmatch(region) else None, None if own else _account(values))


def _section(path: Path, section: str, profile: str) -> dict[str, str]:
    """The values of a section of a file; nothing if it cannot be read."""
    parser = configparser.RawConfigParser(strict=False, default_section="")
    try:
        parser.read_string(read_regular(path.expanduser(), _MAX_BYTES).decode())
    except (OSError, RuntimeError, ValueError, configparser.Error):
        return {}
    for candidate in parser.sections():
        name = candidate.replace('"', "").replace("'", "").strip()
        if " ".join(name.split()) in (section, f"profile {profile}" if profile == "default" else section):
            return {key: value.strip() for key, value in parser.items(candidate)}
    return {}


def _account(values: Mapping[str, str]) -> str | None:
    """The account whose credentials a profile gives: that of its role, of its sign-in, or the one that it names."""
    role = _ROLE.fullmatch(values.get("role_arn", ""))
    if role is not None:
        return role[1]
    for key in ("sso_account_id", "aws_account_id"):
        if _ACCOUNT.fullmatch(values.get(key, "")):
            return values[key]
    return None
