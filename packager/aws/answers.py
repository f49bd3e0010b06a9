"""What a service answers, bounded: an endpoint that sends without end fills no memory, and its words fill no screen."""

from __future__ import annotations

from typing import Any

import botocore.exceptions
import urllib3.exceptions

# Ours: a page of a hundred workflows or manifests has less than a megabyte.
MAX_BYTES = 32 * 1024 * 1024
_CHUNK_BYTES = 256 * 1024
_LONGEST_REASON = 1000  # characters; a reason of AWS has some hundred
_FIRST_ERROR_STATUS = 300


class AnswerTooLongError(Exception):
    """More than `MAX_BYTES` came; no further attempt is made."""


def bound(client: Any) -> None:
    """Let no answer to a client of boto3 have more than `MAX_BYTES`. What is read piece by piece (an object of S3) is not bounded."""
    client._endpoint.http_session = _Session(client._endpoint.http_session)


class _Session:
    """What sends a client's requests, as botocore makes it, except that it reads the answers' bodies here."""

    def __init__(self, session: Any) -> None:
        self._session = session

    def send(self, request: Any) -> Any:
        """The answer to a request."""
        in_pieces = request.stream_output
        request.stream_output = True
        response = self._session.send(request)
        if not in_pieces or response.status_code >= _FIRST_ERROR_STATUS:
            response._content = _read(request, response)
        return response

    def close(self) -> None:
        """Close every connection."""
        self._session.close()


def _read(request: Any, response: Any) -> bytes:
    """A whole body; what goes wrong is raised as botocore itself does, so that it tries the same things again."""
    pieces, left = [], MAX_BYTES
    try:
        for piece in response.raw.stream(_CHUNK_BYTES):
            left -= len(piece)
            if left < 0:
                response.raw.close()
                raise AnswerTooLongError(f"more than {MAX_BYTES:,} bytes")
            pieces.append(piece)
    except urllib3.exceptions.ReadTimeoutError as error:
        raise botocore.exceptions.ReadTimeoutError(endpoint_url=request.url, error=error) from error
    except urllib3.exceptions.ProtocolError as error:
        raise botocore.exceptions.ConnectionClosedError(
            error=error, request=request, endpoint_url=request.url
        ) from error
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise botocore.exceptions.HTTPClientError(error=error) from error
    return b"".join(pieces)


def reason_of(error: botocore.exceptions.ClientError, otherwise: str = "no reason was given") -> str:
    """Why AWS refused, in its own words."""
    words = error.response.get("Error", {}).get("Message")
    return shortened(str(words)) if words else otherwise


def shortened(text: str) -> str:
    """A text of an answer, or of an error that quotes one, in a bearable length."""
    return text if len(text) <= _LONGEST_REASON else f"{text[:_LONGEST_REASON]}…"
