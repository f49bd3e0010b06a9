"""The errors that a client sees: the API's own, by the names and statuses of its model."""

from __future__ import annotations

import ipaddress

from packager.healthomics import api_model

# Answers that have no shape in the model. 501 and not 5xx in general: clients retry 500, 502,
# 503 and 504.
_OUR_STATUSES = {
    "NotImplementedException": 501,
    "UnknownOperationException": 404,
    "RequestEntityTooLargeException": 413,
    "LengthRequiredException": 411,
}


class ApiError(Exception):
    """An answer that is an error: `name` is the exception that the client raises."""

    def __init__(self, name: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.message = message

    @property
    def status(self) -> int:
        """The HTTP status, from the model."""
        if self.name in _OUR_STATUSES:
            return _OUR_STATUSES[self.name]
        return int(api_model.shape(self.name)["error"]["httpStatusCode"])


def invalid(message: str) -> ApiError:
    """A ValidationException."""
    return ApiError("ValidationException", message)


def conflict(message: str) -> ApiError:
    """A ConflictException."""
    return ApiError("ConflictException", message)


def not_found(message: str) -> ApiError:
    """A ResourceNotFoundException."""
    return ApiError("ResourceNotFoundException", message)


def is_local(host: str) -> bool:
    """Whether a host is this machine: its usual name, a loopback address, or the unspecified address."""
    if host == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified
