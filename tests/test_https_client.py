"""The HTTPS client of `packager vendor`, against a real server with a certificate authority of its own."""

from __future__ import annotations

import gc
import ssl
from dataclasses import replace
from pathlib import Path

import pytest
from https_support import PUBLIC, WRONG, Web

from packager.errors import PackagerError
from packager.https_client import Client, DownloadError, trust

HOST = "files.example.org"
URL = f"https://{HOST}"
BOUND = 1000


@pytest.fixture
def client(web: Web) -> Client:
    """A client that trusts the authority of the server."""
    web.serve(f"{URL}/ok", b"content")
    return Client({HOST}, max_bytes=BOUND, timeout=20, context=trust(str(web.ca_file)))


@pytest.mark.parametrize("to", ["", f"{URL}/ok", "ok", f"//{HOST}/ok"])
def test_content_and_redirects_within_the_allowed_hosts(client: Client, web: Web, to: str) -> None:
    if to:
        web.redirect(f"{URL}/moved", to)
    assert client.fetch(f"{URL}/{'moved' if to else 'ok'}") == b"content"


@pytest.mark.parametrize(
    ("to", "reason", "refused_host"),
    [
        (f"{URL}/x", "more than 5 redirects", ""),
        (f"http://{HOST}/ok", "not `https`", ""),
        ("https://cdn.example.org/ok", "the host `cdn.example.org` is not allowed", "cdn.example.org"),
        (f"https://{HOST}:8443/ok", "the host `files.example.org:8443` is not allowed", "files.example.org:8443"),
        ("https://169.254.169.254/latest/meta-data", "the host `169.254.169.254` is not allowed", ""),
        (f"https://user:word@{HOST}/ok", "credentials", ""),
        (f"https://{HOST}:x/ok", "not valid", ""),
        ("file:///etc/passwd", "not `https`", ""),
    ],
)
def test_redirects_that_are_not_followed(client: Client, web: Web, to: str, reason: str, refused_host: str) -> None:
    web.redirect(f"{URL}/x", to)
    with pytest.raises(DownloadError, match=reason) as caught:
        client.fetch(f"{URL}/x")
    assert caught.value.refused_host == refused_host


def test_what_is_not_accepted(client: Client, web: Web) -> None:
    web.serve(f"{URL}/large", b"a" * (BOUND + 1))
    web.serve(f"{URL}/endless", b"a" * (BOUND + 1), wait=0.001)  # without a length
    web.serve(f"{URL}/compressed", b"content", headers={"Content-Encoding": "gzip"})
    web.serve(f"{URL}/cut", b"content", cut=True)
    reasons = {
        "large": "larger than 1,000",
        "endless": "larger than 1,000",
        "compressed": "compressed",
        "absent": "404",
    }
    for path, reason in {**reasons, "cut": "the connection|too early"}.items():
        with pytest.raises(DownloadError, match=reason):
            client.fetch(f"{URL}/{path}")


def test_a_slow_host_is_not_waited_for(client: Client, web: Web) -> None:
    web.serve(f"{URL}/slow", b"content", wait=5)
    with pytest.raises(DownloadError, match="it took too long"):
        replace(client, timeout=0.3).fetch(f"{URL}/slow")
    with pytest.raises(DownloadError, match="it took too long"):
        replace(client, total_timeout=0.3).fetch(f"{URL}/slow")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "::ffff:10.0.0.1", "fe80::1"])
def test_an_allowed_name_with_a_private_address_is_refused(client: Client, web: Web, address: str) -> None:
    web.addresses[HOST] = [PUBLIC, address]
    with pytest.raises(DownloadError, match="private network"):
        client.fetch(f"{URL}/ok")
    assert web.asked == []


@pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"
)  # the server leaves a failed handshake open
def test_a_certificate_of_an_unknown_authority_or_for_another_name_is_refused(client: Client) -> None:
    with pytest.raises(DownloadError, match="the certificate of"):
        replace(client, context=None).fetch(f"{URL}/ok")
    with pytest.raises(DownloadError, match="the certificate of"):
        replace(client, hosts={WRONG}).fetch(f"https://{WRONG}/ok")
    gc.collect()  # what the server left open


@pytest.mark.parametrize(
    "content", [b"", b"text", b"\xff\xfe", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"]
)
def test_a_file_without_certificates(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "ca.pem").write_bytes(content)
    with pytest.raises(PackagerError, match="has no certificates"):
        trust(str(tmp_path / "ca.pem"))


def test_nothing_about_the_user_is_sent(
    client: Client, web: Web, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / ".netrc").write_text(f"machine {HOST} login me password word\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("GITHUB_TOKEN", "word")
    client.fetch(f"{URL}/ok")
    ((_, headers),) = web.asked
    assert set(headers) == {"Host", "User-Agent", "Accept-Encoding", "Connection"}
    assert headers["Host"] == HOST


def test_the_certificates_of_the_system_are_not_read_again(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading them takes longer than all the rest of a small download."""
    monkeypatch.setattr(ssl, "create_default_context", pytest.fail)
    monkeypatch.setattr(ssl, "_create_default_https_context", pytest.fail)
    assert [client.fetch(f"{URL}/ok") for _ in range(2)] == [b"content", b"content"]
