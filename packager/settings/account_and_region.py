"""The account and the Region of a command, checked before anything else: a mistyped one makes every answer wrong."""

from __future__ import annotations

import re

from packager.errors import PackagerError
from packager.healthomics import limits
from packager.settings.layers import COMMAND_LINE, OptionValue
from packager.text import nearest_name

_SEPARATORS = re.compile(r"[\s-]+")


def check_account(account: str, origin: str = "") -> None:
    """Check the form of an account ID; `origin` is where it came from.

    Raises:
        PackagerError: it is not an account ID.
    """
    if _is_account(account):
        return
    digits = _SEPARATORS.sub("", account)
    near = digits.zfill(limits.ACCOUNT_ID_LENGTH) if len(digits) >= limits.ACCOUNT_ID_LENGTH - 2 else ""
    raise PackagerError(
        f"`{account}`{_from(origin)} is not an AWS account ID ({limits.ACCOUNT_ID_LENGTH} digits)",
        f"did you mean `{near}`?" if _is_account(near) else "`aws sts get-caller-identity` shows yours",
    )


def _is_account(text: str) -> bool:
    return len(text) == limits.ACCOUNT_ID_LENGTH and re.fullmatch(limits.ACCOUNT_ID_PATTERN, text, re.ASCII) is not None


def check_region(region: str, origin: str = "") -> None:
    """Check that HealthOmics is in a Region; `origin` is where it came from.

    Raises:
        PackagerError: it is not.
    """
    if region in limits.REGIONS:
        return
    from packager.aws.regions import has_healthomics, is_aws_region  # noqa: PLC0415 - botocore only for a Region that packager does not know

    if has_healthomics(region):
        return
    area = [known for known in limits.REGIONS if known.partition("-")[0] == region.partition("-")[0]]
    exists = is_aws_region(region)
    near = nearest_name(region, area if exists else limits.REGIONS)
    suggestion = f"{'the nearest is' if exists else 'did you mean'} `{near}`{'.' if exists else '?'} " if near else ""
    raise PackagerError(
        f"`{region}`{_from(origin)} is not a Region of HealthOmics",
        f"{suggestion}HealthOmics is in {', '.join(limits.REGIONS)}",
    )


def check_values(account: OptionValue | None, region: OptionValue | None, *, asks_service: bool) -> None:
    """Check the values of a command.

    A Region of the environment or of an AWS profile is checked only if the command asks the service: everything else that runs there
    uses it too, and may be intended for another Region.

    Raises:
        PackagerError: one is wrong.
    """
    if account is not None and isinstance(account.value, str):
        check_account(account.value, account.origin)
    if region is None or not isinstance(region.value, str):
        return
    if asks_service or not region.ambient:
        check_region(region.value, region.origin)


def _from(origin: str) -> str:
    return "" if origin in ("", COMMAND_LINE) else f" (from {origin})"
