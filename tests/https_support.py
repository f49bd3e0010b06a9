"""A real HTTPS server with a certificate authority of its own that plays GitHub and any other host, and the way to it.

The names and addresses of hosts are the world's, so the tests change the system's functions for them (`socket`): a host has the public
address of `PUBLIC` or one of its own, and a connection to that address leads to the server. The code under test is not changed.
"""

from __future__ import annotations

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PUBLIC = "93.184.216.34"
RAW = "https://raw.githubusercontent.com"
SHA = "a" * 40
# `wrong.example.org` answers with the certificate of the others.
HOSTS = (
    "github.com", "raw.githubusercontent.com", "gitlab.com", "bitbucket.org", "dockstore.org", "files.example.org", "cdn.example.org",
)  # fmt: skip
WRONG = "wrong.example.org"


@dataclass(frozen=True)
class Answer:
    """What the server sends. With `wait` seconds between the parts of the content; `cut` promises more than it sends."""

    content: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    wait: float = 0.0
    cut: bool = False


@dataclass
class Web:
    """The hosts of the world: what they answer by URL, what they were asked, and addresses other than the public one by host."""

    ca_file: Path
    port: int
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    addresses: dict[str, list[str]] = field(default_factory=dict)

    @property
    def urls(self) -> list[str]:
        """The URLs that were asked for, in order."""
        return [url for url, _ in self.asked]

    def serve(self, url: str, content: bytes = b"", **more: Any) -> None:
        """Answer at a URL."""
        self.answers[url] = Answer(content, **more)

    def redirect(self, url: str, to: str) -> None:
        """Redirect from a URL."""
        self.serve(url, status=302, headers={"Location": to})

    def github(self, name: str, files: Mapping[str, bytes], *, commit: str = SHA, branch: str = "main") -> None:
        """A repository of GitHub with one branch, whose raw files are served by commit and by branch."""
        self.serve(f"https://github.com/{name}.git/info/refs?service=git-upload-pack", references({branch: commit}))
        for path, content in files.items():
            self.serve(f"{RAW}/{name}/{commit}/{path}", content)
            self.serve(f"{RAW}/{name}/{branch}/{path}", content)

    def route(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Make the hosts reachable under their names, on a public address."""
        find, connect = socket.getaddrinfo, socket.create_connection

        def getaddrinfo(host: str, port: int, *rest: Any, **more: Any) -> Any:
            if host not in HOSTS and host != WRONG and host not in self.addresses:
                return find(host, port, *rest, **more)
            entries = self.addresses.get(host, [PUBLIC])
            return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (entry, port)) for entry in entries]

        def create_connection(address: tuple[str, int], *rest: Any, **more: Any) -> socket.socket:
            return connect(("127.0.0.1", self.port) if address[0] == PUBLIC else address, *rest, **more)

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(socket, "create_connection", create_connection)
        # The certificates of the system are not needed, and OpenSSL would read all of them for each command.
        monkeypatch.setenv("SSL_CERT_FILE", str(self.ca_file.with_name("none.pem")))


def references(branches: Mapping[str, str]) -> bytes:
    """The answer of a Git host about its branches."""
    lines = ["# service=git-upload-pack\n", *(f"{commit} refs/heads/{name}\n" for name, commit in branches.items())]
    framed = [f"{len(line) + 4:04x}{line}" for line in lines]
    return "".join([framed[0], "0000", *framed[1:], "0000"]).encode()


class _Handler(BaseHTTPRequestHandler):
    web: Web

    def do_GET(self) -> None:
        url = f"https://{self.headers['Host']}{self.path}"
        self.web.asked.append((url, dict(self.headers)))
        answer = self.web.answers.get(url, Answer(b"not found", 404))
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if not answer.wait:
            self.send_header("Content-Length", str(len(answer.content) + 500 * answer.cut))
        self.end_headers()
        half = len(answer.content) // 2
        try:
            self.wfile.write(answer.content[:half])
            self.wfile.flush()
            time.sleep(answer.wait)
            self.wfile.write(answer.content[half:])
        except OSError:  # the client has left
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        """Print nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """A client that ends a handshake is what some tests are about."""


def _certificate(subject: str, issuer: tuple[x509.Name, Any] | None) -> tuple[x509.Certificate, Any]:
    """A certificate and its key: an authority, or with an issuer the certificate of all hosts."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, subject)])
    now = datetime.datetime.now(datetime.UTC)
    builder = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(issuer[0] if issuer else name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.BasicConstraints(ca=issuer is None, path_length=None), critical=True)
    )
    if issuer is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName(list(map(x509.DNSName, HOSTS))), critical=False)
    return builder.sign(issuer[1] if issuer else key, hashes.SHA256()), key


def start(folder: Path) -> tuple[Web, ThreadingHTTPServer]:
    """Start the server; its files are written to a folder."""
    authority, authority_key = _certificate("Test authority", None)
    certificate, key = _certificate("hosts", (authority.subject, authority_key))
    pem = serialization.Encoding.PEM
    (folder / "ca.pem").write_bytes(authority.public_bytes(pem))
    (folder / "server.pem").write_bytes(
        key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        + certificate.public_bytes(pem)
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem")
    server = _Server(("127.0.0.1", 0), type("Handler", (_Handler,), {}))
    server.socket = context.wrap_socket(server.socket, server_side=True)
    web = Web(folder / "ca.pem", server.server_address[1])
    server.RequestHandlerClass.web = web  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return web, server
