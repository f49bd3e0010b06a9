"""Questions to an AWS account: each is answered, answered with "no such thing", or not answered for a reason. Nothing is changed.

What stands in the way of every question (no credentials, an endpoint that cannot be reached) is met once and not run into again,
and the whole of an inquiry is bounded in time.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

import boto3
import botocore.exceptions
from botocore.config import Config

from packager._version import __version__
from packager.aws.answers import bound, reason_of, shortened
from packager.aws.deadline import Deadline, OutOfTimeError
from packager.errors import PackagerError, ServiceError

ATTEMPTS = 4
WORKERS = 8
_CONNECT_SECONDS = 5.0
_READ_SECONDS = 20.0
# One question may take this share of the whole time, retries included.
_SHARE = 2 * ATTEMPTS

# What makes every further question pointless: IAM and STS, common errors; Secrets Manager and ECR answer with the same codes.
_CREDENTIAL_CODES = {
    "ExpiredToken": "the credentials have expired",
    "ExpiredTokenException": "the credentials have expired",
    "RequestExpired": "the credentials have expired",
    "InvalidClientTokenId": "the credentials are not valid in this Region",
    "UnrecognizedClientException": "the credentials are not valid in this Region",
    "InvalidSignatureException": "the credentials are not valid",
    "SignatureDoesNotMatch": "the credentials are not valid",
    "IncompleteSignature": "the credentials are not valid",
    "MissingAuthenticationToken": "the credentials are not valid",
    "AuthFailure": "the credentials are not valid",
    "RequestTimeTooSkewed": "the clock of this machine is wrong",
    "OptInRequired": "the account has not opted in to this Region",
}
# Of these, what another Region may take all the same.
_REGIONAL_CODES = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "OptInRequired"})
_DENIED_CODES = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized")
_THROTTLED_CODES = (
    "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
    "RateExceeded", "LimitExceededException",
)  # fmt: skip
_PREFIXES = {"ecr": "ecr", "sts": "sts", "secretsmanager": "secretsmanager"}
# The member without which an answer is not the service's. ECR API: where there is nothing, it is an empty list.
_NEEDED = {
    "batch_get_image": "images",
    "describe_images": "imageDetails",
    "describe_pull_through_cache_rules": "pullThroughCacheRules",
    "describe_repository_creation_templates": "repositoryCreationTemplates",
    "describe_secret": "ARN",
    "get_caller_identity": "Account",
    "get_download_url_for_layer": "downloadUrl",
    "get_registry_policy": "policyText",
    "get_repository_policy": "policyText",
}
HINT = "log in, or look at `--profile`, `--region` and the network"


@dataclass(frozen=True, slots=True)
class Unknown:
    """A question without an answer, and why."""

    reason: str
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """The answer that there is no such thing, by the service's code."""

    code: str


Answer = dict[str, Any] | Absent | Unknown


class Inquiry:
    """Asks the services of one account and remembers what stands in the way. Several threads may ask."""

    def __init__(self, *, region: str | None, profile: str | None, timeout: float) -> None:
        """Open the session.

        Raises:
            PackagerError: no such profile, or no Region is known.
        """
        try:
            self._session = boto3.Session(profile_name=profile, region_name=region)
        except botocore.exceptions.ProfileNotFound as error:
            raise PackagerError(f"the AWS profile `{profile}` does not exist") from error
        if not self._session.region_name:
            raise PackagerError("no AWS Region is known", "give `--region`, or set `AWS_REGION`")
        self.region: str = self._session.region_name
        self.timeout = timeout
        self._deadline = Deadline.after(timeout)
        self._clients: dict[tuple[str, str], Any] = {}
        self._broken: dict[tuple[str, str], Unknown] = {}
        self.without_credentials: Unknown | None = None
        self._lock = threading.Lock()
        self.answered = 0
        self.failures: set[str] = set()

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()

    @property
    def seconds_left(self) -> float:
        """How long the inquiry may still go on."""
        return self._deadline.left

    @property
    def ca_bundle(self) -> str | bool:
        """What a TLS connection is verified with, by boto3's own settings."""
        bundle = self._session._session.get_config_variable("ca_bundle")
        return str(bundle) if bundle else True

    def ask(
        self, service: str, operation: str, *, region: str | None = None, absent: tuple[str, ...] = (), **members: Any
    ) -> Answer:
        """One call of an operation that reads. `absent`: the codes that say that there is no such thing."""
        where = (service, region or self.region)
        early = self.without_credentials or self._broken.get(where)
        if early is not None:
            return early
        if not self.seconds_left:
            return self._failed(Unknown(f"the time ran out ({self.timeout:g} s)"))
        try:
            client = self._client(*where)
            answer: dict[str, Any] = self._deadline.run(
                _action(service, operation), lambda: getattr(client, operation)(**members)
            )
        except OutOfTimeError:
            return self._failed(Unknown(f"the time ran out ({self.timeout:g} s)"))
        except botocore.exceptions.ClientError as error:
            code = str(error.response.get("Error", {}).get("Code", "Unknown"))
            if code in absent:
                self._count(service)
                return Absent(code)
            return self._failed(self._refused(where, operation, code, error))
        except Exception as error:  # noqa: BLE001 - a broken answer trips botocore's parser in many ways; the others are still asked
            return self._failed(self._unreached(where, operation, error))
        member = _NEEDED.get(operation)
        if member is not None and answer.get(member) is None:
            # A page that a proxy shows instead of ECR has none of what was asked for: that does not mean that there is none.
            return self._failed(
                Unknown(f"the answer to `{_action(service, operation)}` is not the service's: {member} is missing")
            )
        self._count(service)
        return answer

    def _count(self, service: str) -> None:
        if service != "sts":  # who asks is not yet an answer about anything
            with self._lock:
                self.answered += 1

    def _failed(self, unknown: Unknown) -> Unknown:
        with self._lock:
            self.failures.add(unknown.reason)
        return unknown

    def _client(self, service: str, region: str) -> Any:
        with self._lock:  # making a client is not safe in several threads
            if (service, region) not in self._clients:
                share = max(0.2, self.timeout / _SHARE)
                config = Config(
                    connect_timeout=min(_CONNECT_SECONDS, share),
                    read_timeout=min(_READ_SECONDS, share),
                    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                    max_pool_connections=WORKERS,
                    user_agent_extra=f"omics-packager/{__version__}",
                )
                # A client looks for credentials when it is made: a program of the user's may be asked for them, and hang.
                client = self._deadline.run(
                    "the look for credentials",
                    lambda: self._session.client(service, region_name=region, config=config),  # type: ignore[call-overload]  # the stubs know names, not variables
                )
                bound(client)
                self._clients[service, region] = client
            return self._clients[service, region]

    def _refused(
        self, where: tuple[str, str], operation: str, code: str, error: botocore.exceptions.ClientError
    ) -> Unknown:
        service, region = where
        if error.operation_name != _name(operation):  # a profile's role, for which boto3 asks first
            message = reason_of(error, code)
            self.without_credentials = Unknown(
                f"no credentials can be had: {error.operation_name} was refused: {message}"
            )
            return self.without_credentials
        if code in _CREDENTIAL_CODES:
            return self._without_credentials(code, where)
        if code in _DENIED_CODES:
            return Unknown(f"the caller may not do `{_action(service, operation)}`", denied=True)
        if code in _THROTTLED_CODES:
            return Unknown(f"`{_action(service, operation)}` was throttled {ATTEMPTS} times")
        message = " ".join(reason_of(error).split())
        return Unknown(f"`{_action(service, operation)}` was refused in {region}: {code}: {message}")

    def _without_credentials(self, code: str, where: tuple[str, str]) -> Unknown:
        """Credentials that one Region does not take may be fine in another; those that have expired are not."""
        unknown = Unknown(f"{_CREDENTIAL_CODES[code]} (`{code}`)")
        if code in _REGIONAL_CODES and where[0] != "sts":
            self._broken[where] = unknown
        else:
            self.without_credentials = unknown
        return unknown

    def _unreached(self, where: tuple[str, str], operation: str, error: Exception) -> Unknown:
        service, region = where
        match error:
            case botocore.exceptions.NoCredentialsError() | botocore.exceptions.PartialCredentialsError():
                self.without_credentials = Unknown("no AWS credentials were found")
                return self.without_credentials
            case (
                botocore.exceptions.CredentialRetrievalError()
                | botocore.exceptions.TokenRetrievalError()
                | botocore.exceptions.SSOError()
                | botocore.exceptions.RefreshWithMFAUnsupportedError()
            ):
                self.without_credentials = Unknown(f"no credentials can be had: {_line(error)}")
                return self.without_credentials
            case botocore.exceptions.ParamValidationError():
                return Unknown(f"`{_action(service, operation)}` cannot be sent: {_line(error)}")
            case (
                botocore.exceptions.ConnectionError()
                | botocore.exceptions.HTTPClientError()
                | botocore.exceptions.InvalidRegionError()
            ):
                unknown = Unknown(f"{service} of {region} cannot be reached: {_line(error)}")
                self._broken[where] = unknown
                return unknown
        return Unknown(f"the answer to `{_action(service, operation)}` is not the service's ({type(error).__name__})")

    def require_answers(self) -> None:
        """Say so when not one question was answered.

        Raises:
            ServiceError: nothing could be asked.
        """
        if self.failures and not self.answered:
            raise ServiceError(f"nothing could be checked online: {'; '.join(sorted(self.failures))}", HINT)


def _action(service: str, operation: str) -> str:
    """An operation as policies name it."""
    return f"{_PREFIXES[service]}:{_name(operation)}"


def _name(operation: str) -> str:
    """An operation as the API names it."""
    return "".join(part.capitalize() for part in operation.split("_"))


def _line(error: Exception) -> str:
    return " ".join(shortened(str(error)).split()).rstrip(".")
