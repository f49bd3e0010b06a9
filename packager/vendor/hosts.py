"""Addresses of documents, and what is known about their hosts: raw forms of pages, and the repository that a file belongs to."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl, quote, unquote, urljoin, urlsplit, urlunsplit

from packager.findings.secret_names import names_a_secret

_COMMIT = re.compile(r"[0-9a-f]{40}")
_TRS = re.compile(r"(?P<tool>/api/ga4gh/(?:trs/)?v2/tools/.+/versions/[^/]+)/(?:PLAIN_)?(?P<type>WDL|CWL)/descriptor")
_DOCKSTORE = "dockstore.org"
_SIGNED = frozenset({"sig", "signature", "x-amz-signature", "x-goog-signature"})


class AddressError(ValueError):
    """A URL that is not fetched; the message is the reason."""


@dataclass(frozen=True, slots=True)
class Repository:
    """A Git repository on a host: the address of its references, and the start of its raw files."""

    host: str
    path: str
    raw: str

    @property
    def name(self) -> str:
        """The last part of its path."""
        return self.path.rpartition("/")[2]

    @property
    def references(self) -> str:
        """The address at which Git asks for the commits of branches and tags."""
        return f"https://{self.host}/{self.path}.git/info/refs?service=git-upload-pack"


@dataclass(frozen=True, slots=True)
class Address:
    """A document on the network: the URL that is fetched. In a repository, `inside` is its reference and its path (`main/tasks/a.wdl`)."""

    url: str
    repository: Repository | None = None
    inside: str = ""

    @property
    def host(self) -> str:
        """The host, with the port if it is not the usual one."""
        return urlsplit(self.url).netloc


def address_of(url: str) -> Address:
    """The address that a URL of a definition means, with pages of repositories as raw files.

    Raises:
        AddressError: the URL is not fetched.
    """
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise AddressError("it is not a valid URL") from error
    if parts.scheme.lower() not in ("https", "http"):
        raise AddressError("only `https` is fetched")
    if parts.username is not None or parts.password is not None:
        raise AddressError("it contains credentials")
    if any(names_a_secret(key) or key.lower() in _SIGNED for key, _ in parse_qsl(parts.query)):
        raise AddressError("its query contains a credential")
    host = (parts.hostname or "").rstrip(".")
    if not re.fullmatch(r"[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?", host):
        raise AddressError("it has no valid host name")
    if "\\" in parts.path or re.search(r"[\x00-\x20\x7f]", parts.path + parts.query):
        raise AddressError("it is not a valid URL")
    netloc = host if port in (None, 443) or parts.scheme.lower() == "http" else f"{host}:{port}"
    path = quote(posixpath.normpath(parts.path or "/").replace("//", "/"), safe="/%:@!$&'()*+,;=~")
    plain = Address(urlunsplit(("https", netloc, path, parts.query, "")))
    reader = _HOSTS.get(netloc)
    return (reader(path, plain) if reader is not None else None) or plain


def _github(path: str, _: Address) -> Address | None:
    owner, name, *rest = _segments(path, 3)
    if not rest or rest[0] not in ("raw", "blob") or len(rest) < 3:
        return None
    return _github_file(owner, name, rest[1:])


def _github_raw(path: str, _: Address) -> Address | None:
    owner, name, *rest = _segments(path, 3)
    return _github_file(owner, name, rest) if len(rest) >= 2 else None


def _github_file(owner: str, name: str, rest: list[str]) -> Address:
    raw = f"https://raw.githubusercontent.com/{owner}/{name}"
    repository = Repository("github.com", f"{owner}/{name}", raw)
    return Address(f"{raw}/{'/'.join(rest)}", repository, "/".join(rest))


def _gitlab(path: str, _: Address) -> Address | None:
    match = re.fullmatch(r"/(?P<project>[^/]+(?:/[^/]+)+?)(?:/-)?/(?:raw|blob)/(?P<inside>[^/]+/.+)", path)
    if match is None:
        return None
    raw = f"https://gitlab.com/{match['project']}/-/raw"
    return Address(f"{raw}/{match['inside']}", Repository("gitlab.com", match["project"], raw), match["inside"])


def _bitbucket(path: str, _: Address) -> Address | None:
    owner, name, *rest = _segments(path, 3)
    if not rest or rest[0] not in ("raw", "src") or len(rest) < 3:
        return None
    raw = f"https://bitbucket.org/{owner}/{name}/raw"
    inside = "/".join(rest[1:])
    return Address(f"{raw}/{inside}", Repository("bitbucket.org", f"{owner}/{name}", raw), inside)


def _dockstore(path: str, _: Address) -> Address | None:
    match = _TRS.match(path)
    if match is None or path[match.end() : match.end() + 1] not in ("", "/"):
        return None
    return Address(f"https://{_DOCKSTORE}{match['tool']}/PLAIN_{match['type']}/descriptor{path[match.end() :]}")


def _segments(path: str, least: int) -> list[str]:
    segments = [segment for segment in path.split("/") if segment]
    return segments if len(segments) >= least else ["", ""]


_HOSTS: Mapping[str, Callable[[str, Address], Address | None]] = {
    "github.com": _github,
    "raw.githubusercontent.com": _github_raw,
    "gitlab.com": _gitlab,
    "bitbucket.org": _bitbucket,
    _DOCKSTORE: _dockstore,
}
KNOWN_HOSTS = frozenset(_HOSTS)


def joined(base: Address, reference: str) -> Address:
    """The address that a reference in a document at `base` means.

    Raises:
        AddressError: as `address_of`.
    """
    url = base.url
    if _TRS.search(url) and url.endswith("/descriptor"):
        url += "/descriptor"  # the other files of the version are below this address
    return address_of(urljoin(url, reference))


def pinned(address: Address, references: Mapping[str, str]) -> tuple[str, str]:
    """The URL of the same file at a fixed commit, and the commit; the address itself and "" if its reference is not known."""
    segments = address.inside.split("/")
    if address.repository is None:
        return address.url, ""
    for end in range(1, len(segments)):
        commit = _commit("/".join(map(unquote, segments[:end])), references)
        if commit:
            return "/".join((address.repository.raw, commit, *segments[end:])), commit
    return address.url, ""


def _commit(name: str, references: Mapping[str, str]) -> str:
    if _COMMIT.fullmatch(name):
        return name
    names = (name,) if name.startswith("refs/") else (f"refs/heads/{name}", f"refs/tags/{name}")
    commits = {references[each] for each in names if each in references}
    return commits.pop() if len(commits) == 1 else ""  # a branch and a tag of one name: the host decides


def is_fixed(address: Address) -> bool:
    """Whether a URL names a commit itself."""
    return _COMMIT.fullmatch(address.inside.partition("/")[0]) is not None


def read_references(content: bytes) -> dict[str, str]:
    """The commits of branches and tags in a host's answer to Git; empty if it is something else."""
    commits: dict[str, str] = {}
    position = 0
    while position + 4 <= len(content):
        try:
            size = int(content[position : position + 4], 16)
        except ValueError:
            return {}
        line = content[position + 4 : position + size] if size > 4 else b""
        position += max(size, 4)
        match = re.match(rb"([0-9a-f]{40}) (refs/[^\0\n]+)", line)
        if match:
            name = match[2].decode("utf-8", "replace")
            commits[name.removesuffix("^{}")] = match[
                1
            ].decode()  # `^{}` is the commit of an annotated tag, and comes after it
    return commits


def reference_name(address: Address, pinned_url: str) -> str:
    """The part of `inside` that is the reference, if the pinned URL is known."""
    repository = address.repository
    if repository is None:
        return ""
    path = pinned_url.removeprefix(repository.raw + "/").partition("/")[2]
    return address.inside.removesuffix(f"/{path}") if path else address.inside.partition("/")[0]
