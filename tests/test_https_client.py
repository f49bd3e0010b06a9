"""The HTTPS client of `packager vendor`, against a real server with a certificate authority of its own."""

from __future__ import annotations

import datetime
import gc
import ssl
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from packager.https_client import Client, DownloadError

HOST = "files.example.org"
URL = f"https://{HOST}"
PUBLIC = "93.184.216.34"
BOUND = 1000
REDIRECTS = {
    "/moved": f"{URL}/ok",
    "/relative": "ok",
    "/again": f"{URL}/again",
    "/plain": f"http://{HOST}/ok",
    "/elsewhere": "https://other.example.org/ok",
    "/metadata": "https://169.254.169.254/latest/meta-data",
    "/login": f"https://user:word@{HOST}/ok",
}


class Handler(BaseHTTPRequestHandler):
    """One answer for each path."""

    seen: list[dict[str, str]] = []  # noqa: RUF012 - shared by all requests on purpose

    def do_GET(self) -> None:
        self.seen.append(dict(self.headers))
        if self.path in REDIRECTS:
            self.send_response(302)
            self.send_header("Location", REDIRECTS[self.path])
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        self.send_response(404 if self.path == "/absent" else 200)
        if self.path == "/compressed":
            self.send_header("Content-Encoding", "gzip")
        if self.path == "/cut":
            self.send_header("Content-Length", "500")
        self.end_headers()
        self.wfile.write(b"a" * (BOUND + 1) if self.path == "/endless" else b"content")
        if self.path == "/slow":
            self.wfile.flush()
            time.sleep(5)

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def _certificate(folder: Path) -> Path:
    """A file with a key, and a certificate for the host that is its own authority."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, HOST)])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(HOST)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(serialization.Encoding.PEM)
    )
    return file


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A client that reaches the server under a public name and address, and trusts its authority."""
    file = _certificate(tmp_path_factory.mktemp("tls"))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    trusting = ssl.create_default_context(cafile=str(file))
    port = server.server_address[1]
    yield Client(
        {HOST},
        max_bytes=BOUND,
        timeout=20,
        context=trusting,
        resolve=lambda *_: [PUBLIC],
        connect_to=("127.0.0.1", port),
    )
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("path", ["/ok", "/moved", "/relative"])
def test_content_and_redirects_within_the_allowed_hosts(client: Client, path: str) -> None:
    assert client.fetch(URL + path) == b"content"


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/again", "more than 5 redirects"),
        ("/plain", "not `https`"),
        ("/elsewhere", "the host `other.example.org` is not allowed"),
        ("/metadata", "the host `169.254.169.254` is not allowed"),
        ("/login", "credentials"),
        ("/endless", "it is larger than 1,000 bytes"),
        ("/compressed", "compressed"),
        ("/cut", "the connection|too early"),
        ("/absent", "status 404"),
    ],
)
def test_what_is_not_fetched(client: Client, path: str, reason: str) -> None:
    with pytest.raises(DownloadError, match=reason):
        client.fetch(URL + path)


def test_a_slow_host_is_not_waited_for(client: Client) -> None:
    with pytest.raises(DownloadError, match="it took too long"):
        replace(client, timeout=0.5).fetch(f"{URL}/slow")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1"])
def test_an_allowed_name_with_a_private_address_is_refused(client: Client, address: str) -> None:
    with pytest.raises(DownloadError, match="private network"):
        replace(client, resolve=lambda *_: [PUBLIC, address]).fetch(f"{URL}/ok")


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # the server leaves a failed handshake open
def test_a_certificate_of_an_unknown_authority_or_for_another_name_is_refused(client: Client) -> None:
    with pytest.raises(DownloadError, match="the certificate of"):
        replace(client, context=None).fetch(f"{URL}/ok")
    with pytest.raises(DownloadError, match="the certificate of"):
        replace(client, hosts={"other.example.org"}).fetch("https://other.example.org/ok")
    gc.collect()  # what the server left open


def test_nothing_about_the_user_is_sent(client: Client, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / ".netrc").write_text(f"machine {HOST} login me password word\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    Handler.seen.clear()
    client.fetch(f"{URL}/ok")
    (headers,) = Handler.seen
    assert set(headers) == {"Host", "User-Agent", "Accept-Encoding", "Connection"}
