"""Fetching documents over HTTPS, for `packager vendor` alone: no credentials, proxies or private addresses; bounds on everything."""

from __future__ import annotations

import http.client
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urljoin, urlsplit

from packager._version import __version__
from packager.errors import PackagerError
from packager.files import read_file

MAX_BYTES = 32 * 1024 * 1024
MAX_REDIRECTS = 5
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK = 64 * 1024
_MAX_CA_BYTES = 4 * 1024 * 1024


class DownloadError(PackagerError):
    """A document could not be fetched. `refused_host` is a host that is not allowed; `missing`: the host has no such document."""

    def __init__(self, message: str, *, refused_host: str = "", missing: bool = False) -> None:
        super().__init__(message)
        self.refused_host = refused_host
        self.missing = missing


def _addresses(host: str, port: int) -> list[str]:
    return list(dict.fromkeys(str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))


@dataclass(frozen=True)
class Client:
    """Fetches from the hosts that it is told. Times are in seconds; `context` has the certificates to trust."""

    hosts: Collection[str]
    max_bytes: int = MAX_BYTES
    timeout: float = 60.0
    total_timeout: float = 600.0
    context: ssl.SSLContext | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "_end", time.monotonic() + self.total_timeout)
        object.__setattr__(self, "_context", self.context or ssl.create_default_context())

    def fetch(self, url: str) -> bytes:
        """The content at a URL.

        Raises:
            DownloadError: it cannot be fetched.
        """
        end = min(time.monotonic() + self.timeout, getattr(self, "_end"))  # noqa: B009 - the dataclass is frozen
        for _ in range(MAX_REDIRECTS + 1):
            content, location = self._request(url, end)
            if location is None:
                return content
            url = urljoin(url, location)
        raise DownloadError(f"more than {MAX_REDIRECTS} redirects")

    def _request(self, url: str, end: float) -> tuple[bytes, str | None]:
        """The content, or the place that the host redirects to."""
        host, port, target = self._checked(url)
        left = end - time.monotonic()
        if left <= 0:
            raise DownloadError("it took too long")
        connection = _Connection(host, port, self._connected(host, port, left), getattr(self, "_context"))  # noqa: B009
        late = threading.Event()

        def end_waiting() -> None:
            late.set()
            connection.abort()

        timer = threading.Timer(left, end_waiting)
        timer.daemon = True
        timer.start()
        try:
            headers = {
                "User-Agent": f"omics-packager/{__version__}",
                "Accept-Encoding": "identity",
                "Connection": "close",
            }
            connection.request("GET", target, headers=headers)
            with connection.getresponse() as response:
                return self._read(response)
        except ssl.SSLCertVerificationError as error:
            raise DownloadError(f"the certificate of `{host}` is not valid: {error.verify_message}") from error
        except (OSError, http.client.HTTPException) as error:
            if late.is_set():
                raise DownloadError("it took too long") from error
            raise DownloadError(f"the connection to `{host}` failed") from error
        finally:
            timer.cancel()
            connection.close()

    def _checked(self, url: str) -> tuple[str, int, str]:
        """The host, port and target of a URL that may be fetched."""
        try:
            parts = urlsplit(url)
            port = parts.port or 443
        except ValueError as error:
            raise DownloadError("the host redirects to a URL that is not valid") from error
        host = parts.hostname or ""
        if parts.scheme != "https":
            raise DownloadError("the host redirects to an address that is not `https`")
        if parts.username is not None or parts.password is not None:
            raise DownloadError("the host redirects to an address with credentials")
        allowed = host if port == 443 else f"{host}:{port}"
        if allowed not in self.hosts:
            is_name = not _is_address(host)
            raise DownloadError(f"the host `{allowed}` is not allowed", refused_host=allowed if is_name else "")
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if not target.isascii() or any(char <= " " or char == "\x7f" for char in target):
            raise DownloadError("the URL has characters that are not allowed")
        return host, port, target

    def _connected(self, host: str, port: int, left: float) -> socket.socket:
        """A connection to a public address of a host: the address that is checked is the one that is used."""
        try:
            addresses = _addresses(host, port)
        except (OSError, UnicodeError) as error:
            raise DownloadError(f"the host `{host}` was not found") from error
        if not addresses or not all(map(_is_public, addresses)):
            raise DownloadError(f"the host `{host}` has an address in a private network")
        for address in addresses:
            try:
                return socket.create_connection((address, port), timeout=min(left, 20.0))
            except OSError:
                continue
        raise DownloadError(f"the connection to `{host}` failed")

    def _read(self, response: http.client.HTTPResponse) -> tuple[bytes, str | None]:
        if response.status in _REDIRECTS and response.getheader("Location"):
            return b"", response.getheader("Location")
        if response.status != 200:
            raise DownloadError(
                f"the host answers with status {response.status}", missing=response.status in (404, 410)
            )
        if (response.getheader("Content-Encoding") or "identity").lower() != "identity":
            raise DownloadError("the host sends compressed content, which was not asked for")
        too_large = DownloadError(f"it is larger than {self.max_bytes:,} bytes")
        if (response.length or 0) > self.max_bytes:
            raise too_large
        content = bytearray()
        while piece := response.read1(_CHUNK):
            content += piece
            if len(content) > self.max_bytes:
                raise too_large
        if response.length:
            raise DownloadError("the host ended the connection too early")
        return bytes(content), None


def trust(ca_file: str | None) -> ssl.SSLContext:
    """The certificates to trust: those of the system, and those in a PEM file.

    Raises:
        PackagerError: the file has no certificates.
    """
    context = ssl.create_default_context()
    if ca_file is not None:
        content = read_file(Path(ca_file), _MAX_CA_BYTES)
        try:
            context.load_verify_locations(cadata=content.decode("ascii", "ignore"))
        except (ssl.SSLError, ValueError) as error:
            raise PackagerError(f"`{ca_file}` has no certificates in PEM form") from error
    return context


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_public(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return False
    mapped = getattr(parsed, "ipv4_mapped", None) or getattr(parsed, "sixtofour", None)
    if mapped is not None:
        parsed = mapped
    return parsed.is_global and not parsed.is_multicast


class _Connection(http.client.HTTPSConnection):
    """A connection over a socket that exists already."""

    def __init__(self, host: str, port: int, plain: socket.socket, context: ssl.SSLContext) -> None:
        super().__init__(host, port, context=context)  # without one it would read the certificates of the system again
        self._plain: socket.socket = plain
        self._tls = context

    def connect(self) -> None:
        """Begin TLS for the name of the host."""
        self.sock = self._tls.wrap_socket(self._plain, server_hostname=self.host)

    def abort(self) -> None:
        """End all waiting, from another thread."""
        for used in (self.sock, self._plain):
            if used is not None:
                try:
                    used.shutdown(socket.SHUT_RDWR)
                except OSError:
                    continue

    def close(self) -> None:
        """Close the connection, also if TLS never began."""
        super().close()
        self._plain.close()
