"""Questions to an AWS account: each is answered, answered with "does not exist", or not answered for a reason. Nothing is changed.

What makes every further question pointless (no credentials, an endpoint that cannot be reached) is remembered, so that it costs time
only once. The whole inquiry has a time limit.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from packager.aws.client import Answer, CallError, Client, Failure
from packager.aws.deadline import Deadline, OutOfTimeError
from packager.aws.session import Limits, create_client, open_session, region_of
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
# Those that may be valid in another Region.
_REGIONAL_CODES = frozenset({"InvalidClientTokenId", "UnrecognizedClientException", "OptInRequired"})
_DENIED_CODES = ("AccessDenied", "AccessDeniedException", "UnauthorizedOperation", "NotAuthorized")
_THROTTLED_CODES = (
    "Throttling", "ThrottlingException", "ThrottledException", "TooManyRequestsException", "RequestLimitExceeded",
    "RateExceeded", "LimitExceededException",
)  # fmt: skip
HINT = "log in, or check `--profile`, `--region` and the network"
_Place: TypeAlias = tuple[str, str]  # a service in a Region


@dataclass(frozen=True, slots=True)
class Unanswered:
    """A question without an answer, and why."""

    reason: str
    denied: bool = False


@dataclass(frozen=True, slots=True)
class Absent:
    """The answer that something does not exist, by the service's code."""

    code: str


class Inquiry:
    """Asks the services of one account and remembers what makes questions pointless. Multiple threads may ask."""

    def __init__(self, *, region: str | None, profile: str | None, timeout: float) -> None:
        """Open the session.

        Raises:
            PackagerError: the profile does not exist, or the Region is unknown.
        """
        self._session = open_session(profile, region)
        self.region = region_of(self._session)
        self.timeout = timeout
        self._deadline = Deadline.after(timeout)
        self._clients: dict[_Place, Client] = {}
        self._broken: dict[_Place, Unanswered] = {}
        self.without_credentials: Unanswered | None = None
        self._lock = threading.Lock()
        self.answered = 0
        self.failures: set[str] = set()

    def close(self) -> None:
        """Close every connection."""
        for client in self._clients.values():
            client.close()

    @property
    def seconds_left(self) -> float:
        """How long the inquiry may still take."""
        return self._deadline.left

    @property
    def ca_bundle(self) -> str | bool:
        """What TLS connections are verified with, by boto3's own settings."""
        bundle = self._session._session.get_config_variable("ca_bundle")
        return str(bundle) if bundle else True

    def ask(
        self,
        service: str,
        operation: str,
        members: Mapping[str, object],
        *,
        region: str | None = None,
        absent: tuple[str, ...] = (),
    ) -> Answer | Absent | Unanswered:
        """The answer to an operation that only reads. `absent`: the codes for "does not exist"."""
        place = (service, region or self.region)
        known = self.without_credentials or self._broken.get(place)
        if known is not None:
            return known
        if not self.seconds_left:
            return self._failed(Unanswered(f"the time limit of {self.timeout:g} s was reached"))
        try:
            answer = self._client(*place).call(operation, members)
        except OutOfTimeError:
            return self._failed(Unanswered(f"the time limit of {self.timeout:g} s was reached"))
        except CallError as error:
            if error.code in absent:
                self._count(service)
                return Absent(error.code)
            return self._failed(self._unanswered(place, operation, error))
        except PackagerError as error:  # the client cannot be created
            return self._failed(Unanswered(error.message))
        self._count(service)
        return answer

    def _count(self, service: str) -> None:
        if service != "sts":  # the caller's identity answers no question about the workflow
            with self._lock:
                self.answered += 1

    def _failed(self, unanswered: Unanswered) -> Unanswered:
        with self._lock:
            self.failures.add(unanswered.reason)
        return unanswered

    def _client(self, service: str, region: str) -> Client:
        with self._lock:  # creating a client is not safe in multiple threads
            if (service, region) not in self._clients:
                share = max(0.2, self.timeout / _SHARE)
                limits = Limits(min(_CONNECT_SECONDS, share), min(_READ_SECONDS, share), ATTEMPTS, WORKERS)
                client = create_client(self._session, service, deadline=self._deadline, region=region, limits=limits)
                self._clients[service, region] = client
            return self._clients[service, region]

    def _unanswered(self, place: _Place, operation: str, error: CallError) -> Unanswered:
        service, region = place
        action = f"`{service}:{operation}`"  # as policies name it
        match error.failure:
            case Failure.REFUSED:
                return self._refused(place, operation, error)
            case Failure.NO_CREDENTIALS:
                self.without_credentials = Unanswered(error.message)
                return self.without_credentials
            case Failure.CREDENTIALS_FAILED:
                self.without_credentials = Unanswered(f"the credentials are unavailable: {_phrase(error)}")
                return self.without_credentials
            case Failure.NOT_SENT:
                return Unanswered(f"{action} cannot be sent: {_phrase(error)}")
            case Failure.UNREACHED:
                self._broken[place] = Unanswered(f"{service} of {region} cannot be reached: {_phrase(error)}")
                return self._broken[place]
        return Unanswered(f"unexpected response to {action}: {_phrase(error)}")

    def _refused(self, place: _Place, operation: str, error: CallError) -> Unanswered:
        service, region = place
        action, code = f"`{service}:{operation}`", error.code
        if error.operation != operation:  # a profile's role, which boto3 requests first
            self.without_credentials = Unanswered(
                f"the credentials are unavailable: {error.operation} failed: {error.detail or code}"
            )
            return self.without_credentials
        if code in _CREDENTIAL_CODES:
            return self._without_credentials(code, place)
        if code in _DENIED_CODES:
            return Unanswered(f"the caller is not allowed to call {action}", denied=True)
        if code in _THROTTLED_CODES:
            return Unanswered(f"{action} was throttled {ATTEMPTS} times")
        return Unanswered(f"{action} failed in {region}: {code}: {error.detail or 'no reason was given'}")

    def _without_credentials(self, code: str, place: _Place) -> Unanswered:
        """Credentials that one Region rejects may be valid in another; those that have expired are not."""
        unanswered = Unanswered(f"{_CREDENTIAL_CODES[code]} (`{code}`)")
        if code in _REGIONAL_CODES and place[0] != "sts":
            self._broken[place] = unanswered
        else:
            self.without_credentials = unanswered
        return unanswered

    def require_answers(self) -> None:
        """Refuse an inquiry without a single answer.

        Raises:
            ServiceError: every question failed.
        """
        if self.failures and not self.answered:
            raise ServiceError(f"nothing could be checked online: {'; '.join(sorted(self.failures))}", HINT)


def _phrase(error: CallError) -> str:
    return error.detail.rstrip(".")
