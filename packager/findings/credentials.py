"""Secrets in bytes: well-known forms of keys and tokens, private keys, passwords in URLs and in assignments.

A form is searched only where its mark occurs, every repetition is bounded, and a form that begins with its mark begins at the
start of a word, so that time is linear in the length of the bytes. Examples of documentation and placeholders do not count as secrets.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum

MAX_CANDIDATES = 1000  # of one form in one file: more are data, not secrets
_FEWEST_CHARACTERS = 8  # different ones; fewer are dots, crosses and zeros
_FEWEST_IN_PASSWORD = 2
_PLACEHOLDERS = (
    b"example", b"xxxx", b"changeme", b"change_me", b"change-me", b"your", b"placeholder", b"dummy", b"fake", b"redacted", b"****",
    b"....", b"1234567890", b"abcdefgh", b"secret_here", b"token_here", b"insert", b"replace", b"todo", b"not-a-real",
)  # fmt: skip


class SecretKind(StrEnum):
    """What to do about a secret."""

    KEY = "secret"
    PRIVATE_KEY = "private-key"
    URL_PASSWORD = "url-password"  # noqa: S105 - the name of the kind


@dataclass(frozen=True, slots=True)
class Secret:
    """A secret without its value: what it is, and the offsets of its start and end."""

    what: str
    start: int
    end: int
    kind: SecretKind = SecretKind.KEY


Finder = Callable[[bytes, bytes], Iterator[Secret]]  # over the bytes, and the same in lower case

# The tokens of each issuer: the mark that a token begins with, its whole form, and its name. A form is compiled when its mark occurs.
_TOKENS = tuple(
    (mark, rb"(?<![A-Za-z0-9_-])" + form, what)
    for mark, form, what in (
        (b"ghp_", rb"ghp_[A-Za-z0-9]{36,255}(?![A-Za-z0-9])", "a GitHub token"),
        (b"gho_", rb"gho_[A-Za-z0-9]{36,255}(?![A-Za-z0-9])", "a GitHub token"),
        (b"ghs_", rb"ghs_[A-Za-z0-9]{36,255}(?![A-Za-z0-9])", "a GitHub token"),
        (b"ghu_", rb"ghu_[A-Za-z0-9]{36,255}(?![A-Za-z0-9])", "a GitHub token"),
        (b"ghr_", rb"ghr_[A-Za-z0-9]{36,255}(?![A-Za-z0-9])", "a GitHub token"),
        (b"github_pat_", rb"github_pat_[A-Za-z0-9_]{50,255}", "a GitHub token"),
        (b"glpat-", rb"glpat-[A-Za-z0-9_-]{20,255}", "a GitLab token"),
        (b"xox", rb"xox[abeoprs]-[A-Za-z0-9-]{20,255}", "a Slack token"),
        (b"AIza", rb"AIza[A-Za-z0-9_-]{35}(?![A-Za-z0-9_-])", "a Google API key"),
        (b"npm_", rb"npm_[A-Za-z0-9]{36}(?![A-Za-z0-9])", "an npm token"),
        (b"pypi-Ag", rb"pypi-Ag[A-Za-z0-9_-]{60,1000}", "a PyPI token"),
        (b"hf_", rb"hf_[A-Za-z]{34}(?![A-Za-z0-9])", "a Hugging Face token"),
        (b"dckr_pat_", rb"dckr_pat_[A-Za-z0-9_-]{27,64}", "a Docker Hub token"),
        (b"sk-ant-", rb"sk-ant-[A-Za-z0-9]{2,12}-[A-Za-z0-9_-]{80,200}", "an Anthropic key"),
        (b"sk-", rb"sk-[A-Za-z0-9_-]{20,120}T3BlbkFJ[A-Za-z0-9_-]{20,120}", "an OpenAI key"),
        *(
            (mark.encode(), mark.encode() + rb"[A-Za-z0-9_-]{20,255}", "a GitLab token")
            for mark in ("gldt-", "glrt-", "glptt-", "glft-", "glsoat-", "glcbt-", "glagent-")
        ),
        (b"xapp-", rb"xapp-[0-9]-[A-Z0-9]{8,14}-[0-9]{8,16}-[a-z0-9]{40,80}", "a Slack token"),
        (b"GOCSPX-", rb"GOCSPX-[A-Za-z0-9_-]{28}(?![A-Za-z0-9_-])", "a Google client secret"),
        (b"ya29.", rb"ya29\.[A-Za-z0-9_-]{60,1000}", "a Google access token"),
        (b"IQoJb3JpZ2luX2", rb"IQoJb3JpZ2luX2[A-Za-z0-9+/=%]{100,4000}", "an AWS session token"),
        (b"FwoGZXIvYXdz", rb"FwoGZXIvYXdz[A-Za-z0-9+/=%]{100,4000}", "an AWS session token"),
        (b"X-Amz-Signature=", rb"X-Amz-Signature=[0-9a-f]{64}(?![0-9a-f])", "a signed URL"),
        (b"sig=", rb"sig=[A-Za-z0-9%+/]{43,80}(?:%3[dD]|=)", "a signed URL"),
        (b"sk_live_", rb"sk_live_[A-Za-z0-9]{20,250}(?![A-Za-z0-9])", "a Stripe key"),
        (b"rk_live_", rb"rk_live_[A-Za-z0-9]{20,250}(?![A-Za-z0-9])", "a Stripe key"),
        (b"SG.", rb"SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}(?![A-Za-z0-9_-])", "a SendGrid key"),
        (b"dop_v1_", rb"dop_v1_[0-9a-f]{64}(?![0-9a-f])", "a DigitalOcean token"),
        (b"shpat_", rb"shpat_[0-9a-fA-F]{32}(?![0-9a-fA-F])", "a Shopify token"),
        (b"ATATT3", rb"ATATT3[A-Za-z0-9_=-]{100,400}", "an Atlassian token"),
        (b"dapi", rb"dapi[0-9a-f]{32}(?:-[0-9])?(?![A-Za-z0-9_-])", "a Databricks token"),
        (b"hvs.", rb"hvs\.[A-Za-z0-9_-]{80,300}", "a HashiCorp Vault token"),
        (b"NRAK-", rb"NRAK-[A-Z0-9]{27}(?![A-Za-z0-9])", "a New Relic key"),
        (b"glsa_", rb"glsa_[A-Za-z0-9]{32}_[0-9a-f]{8}(?![A-Za-z0-9])", "a Grafana token"),
        (b"glc_eyJ", rb"glc_eyJ[A-Za-z0-9+/=]{40,400}", "a Grafana token"),
        (b"lin_api_", rb"lin_api_[A-Za-z0-9]{40}(?![A-Za-z0-9])", "a Linear key"),
        (b"ntn_", rb"ntn_[A-Za-z0-9]{46}(?![A-Za-z0-9])", "a Notion token"),
        (b"PMAK-", rb"PMAK-[0-9a-f]{24}-[0-9a-f]{34}(?![0-9a-f])", "a Postman key"),
        (b"pscale_tkn_", rb"pscale_tkn_[A-Za-z0-9_-]{32,64}", "a PlanetScale token"),
        (b"dp.pt.", rb"dp\.pt\.[A-Za-z0-9]{40,44}(?![A-Za-z0-9])", "a Doppler token"),
        (b"sntrys_eyJ", rb"sntrys_eyJ[A-Za-z0-9+/=_-]{60,1000}", "a Sentry token"),
        (b"rubygems_", rb"rubygems_[0-9a-f]{48}(?![0-9a-f])", "a RubyGems key"),
        (b"gsk_", rb"gsk_[A-Za-z0-9]{52}(?![A-Za-z0-9])", "a Groq key"),
        (b"pul-", rb"pul-[0-9a-f]{40}(?![0-9a-f])", "a Pulumi token"),
        (b"AGE-SECRET-KEY-1", rb"AGE-SECRET-KEY-1[0-9A-Z]{58}(?![0-9A-Z])", "a key of age"),
        (b"AccountKey=", rb"AccountKey=[A-Za-z0-9+/]{86}==", "an Azure storage key"),
        (b"eyJ0aWQi", rb"eyJ0aWQi[A-Za-z0-9+/=._-]{40,1000}", "a Seqera Platform token"),
        (b"eyJ", rb"eyJ[A-Za-z0-9_-]{10,2000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{20,1000}", "a JSON web token"),
    )
)
_SLACK_HOOK = re.compile(
    rb"hooks\.slack\.com/(?:services|workflows)/T[A-Z0-9]{6,14}/[AB][A-Z0-9]{6,14}/([A-Za-z0-9]{20,40})"
)

_ACCESS_KEY_ID = re.compile(rb"(?<![A-Za-z0-9])A(?:KIA|SIA)[A-Z2-7]{16}(?![A-Za-z0-9])")
_SECRET_ACCESS_KEY = re.compile(rb"(?<![A-Za-z0-9/+=_.-])[A-Za-z0-9/+]{40}(?![A-Za-z0-9/+=_.-])")
_SETS_ACCESS_KEY = re.compile(
    rb"""_?(?:access)?_?key["']?\s{0,8}[:=]\s{0,8}["']?([A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])""", re.IGNORECASE
)
_BESIDE = 400  # bytes between the two halves of an access key

_AUTHORIZATION = re.compile(
    rb"""["']?\s{0,8}[:=]\s{0,8}["']?(?:Bearer|Basic|Token)\s{1,8}([A-Za-z0-9._~+/=-]{20,4000})""", re.IGNORECASE
)

_PRIVATE_KEY = re.compile(rb"-----BEGIN (?:[A-Z]{2,9} ){0,2}PRIVATE KEY(?: BLOCK)?-----")
_KEY_BODY = re.compile(rb"[A-Za-z0-9+/]{40}")
_KEY_BEGINS_WITHIN = 300  # bytes: an encrypted key has headers before its body

_URL_PASSWORD = re.compile(
    rb"://([^\s:/@'\"`<>{}$%()\[\]\\]{0,64}):([^\s:/@'\"`<>{}$%()\[\]\\]{4,128})@([A-Za-z0-9.-]{1,128})"
)
_OPEN_USERS = frozenset({b"anonymous", b"ftp", b"guest", b"user", b"username", b"usr", b"name", b"login"})
_ANY_HOST = frozenset({b"host", b"hostname", b"server", b"domain"})
_NO_PASSWORDS = frozenset({b"password", b"passwd", b"pass", b"token", b"secret", b"pwd", b"pswd", b"mypassword"})
_NO_HOSTS = (b"localhost", b"127.", b"example.", b"0.0.0.0")

# Names of secrets: for any string that is assigned to them, and at the end of a parameter's name.
SECRET_WORDS = ("password", "passwd")
SECRET_PAIRS = (
    ("secret", "key"),
    ("client", "secret"),
    ("access", "token"),
    ("auth", "token"),
    ("api", "token"),
    ("api", "key"),
)
# The names, by a part that each of a group holds.
_NAMES = {
    part.encode(): tuple(
        name.encode()
        for name in (*SECRET_WORDS, *(f"{a}{gap}{b}" for a, b in SECRET_PAIRS for gap in ("", "_")))
        if part in name
    )
    for part in ("passw", "secret", "token", "api")
}
_ASSIGNED = re.compile(rb"""["']?[ \t]{0,8}(?::|=)[ \t]{0,8}(["'])([^"'\s$<>{}()\\]{12,200})\1""")
_CLASSES = (re.compile(rb"[a-z]"), re.compile(rb"[A-Z]"), re.compile(rb"[0-9]"))


def secrets(content: bytes) -> list[Secret]:
    """Every secret in some bytes, by place; the first of those that overlap."""
    lower = content.lower()
    candidates = sorted(  # stable: of those that begin together the first finder's is first
        (secret for finder in _FINDERS for secret in finder(content, lower)), key=lambda secret: secret.start
    )
    kept: list[Secret] = []
    for secret in candidates:
        if not kept or secret.start >= kept[-1].end:
            kept.append(secret)
    return kept


def _is_placeholder(value: bytes) -> bool:
    bare = value.lower()
    return len(set(bare)) < _FEWEST_CHARACTERS or any(word in bare for word in _PLACEHOLDERS)


def matches_of(pattern: re.Pattern[bytes], content: bytes) -> Iterator[re.Match[bytes]]:
    """The matches of a pattern, a bounded number of them."""
    for count, match in enumerate(pattern.finditer(content)):
        if count >= MAX_CANDIDATES:
            return
        yield match


def _positions(mark: bytes, content: bytes) -> Iterator[int]:
    """The end of each occurrence of a mark."""
    position = content.find(mark)
    for _ in range(MAX_CANDIDATES):
        if position < 0:
            return
        yield position + len(mark)
        position = content.find(mark, position + len(mark))


@functools.cache
def _compiled(form: bytes) -> re.Pattern[bytes]:
    return re.compile(form)


def _tokens(content: bytes, _lower: bytes) -> Iterator[Secret]:
    for mark, pattern, what in _TOKENS:
        for end in _positions(mark, content):
            match = _compiled(pattern).match(content, end - len(mark))
            if match and not _is_placeholder(match.group()):
                yield Secret(what, match.start(), match.end())
    if b"hooks.slack.com" in content:
        for hook in matches_of(_SLACK_HOOK, content):
            if not _is_placeholder(hook.group(1)):
                yield Secret("the address of a Slack webhook", hook.start(), hook.end())


def _aws_keys(content: bytes, lower: bytes) -> Iterator[Secret]:
    """An access key's secret half, near its id or assigned to its own name."""
    if b"AKIA" in content or b"ASIA" in content:
        for match in matches_of(_ACCESS_KEY_ID, content):
            if not _is_placeholder(match.group()):
                start = max(0, match.start() - _BESIDE)
                for half in _SECRET_ACCESS_KEY.finditer(content, start, match.end() + _BESIDE):
                    if _is_mixed(half.group()) and not _is_placeholder(half.group()):
                        yield Secret("an AWS secret access key", half.start(), half.end())
    for mark in (b"aws_secret", b"awssecret", b"secretaccess", b"secret_access") if b"secret" in lower else ():
        for end in _positions(mark, lower):
            named = _SETS_ACCESS_KEY.match(content, end)
            if named and _is_mixed(named.group(1)) and not _is_placeholder(named.group(1)):
                yield Secret("an AWS secret access key", named.start(1), named.end(1))


def _authorizations(content: bytes, lower: bytes) -> Iterator[Secret]:
    """The password or token in the header of a request."""
    for end in _positions(b"authorization", lower):
        match = _AUTHORIZATION.match(content, end)
        if match and _is_mixed(match.group(1)) and not _is_placeholder(match.group(1)):
            yield Secret("a password or key", match.start(1), match.end(1))


def _is_mixed(value: bytes) -> bool:
    """Whether lower case, upper case and digits all occur, as in anything random of that length."""
    return all(pattern.search(value) for pattern in _CLASSES)


def _private_keys(content: bytes, _lower: bytes) -> Iterator[Secret]:
    if b"PRIVATE KEY" not in content:
        return
    for match in matches_of(_PRIVATE_KEY, content):
        body = _KEY_BODY.search(content, match.end(), match.end() + _KEY_BEGINS_WITHIN)
        if body and b"-----" not in content[match.end() : body.start()] and not _is_placeholder(body.group()):
            yield Secret("a private key", match.start(), match.end(), SecretKind.PRIVATE_KEY)


def _url_passwords(content: bytes, _lower: bytes) -> Iterator[Secret]:
    if b"://" not in content or b"@" not in content:
        return
    for match in matches_of(_URL_PASSWORD, content):
        user, password, host = (part.lower() for part in match.groups())
        plain = password in _NO_PASSWORDS or password == user or user in _OPEN_USERS
        plain = plain or host in _ANY_HOST or host.startswith(_NO_HOSTS)
        if (
            not plain
            and not any(word in password for word in _PLACEHOLDERS)
            and len(set(password)) > _FEWEST_IN_PASSWORD
        ):
            yield Secret("a password in a URL", match.start(2), match.end(2), SecretKind.URL_PASSWORD)


def _assigned(content: bytes, lower: bytes) -> Iterator[Secret]:
    """A string literal that is assigned to a name which means a secret."""
    names = [name for part, names in _NAMES.items() if part in lower for name in names]
    for name in names:
        for end in _positions(name, lower):
            match = _ASSIGNED.match(content, end)
            if match is None:
                continue
            value = match.group(2)
            if sum(pattern.search(value) is not None for pattern in _CLASSES) > 1 and _looks_random(value):
                yield Secret("a password or key", match.start(2), match.end(2))


def _looks_random(value: bytes) -> bool:
    """Not a placeholder, a path, a URL, or words in a row."""
    if _is_placeholder(value) or b"/" in value or not _CLASSES[2].search(value):
        return False
    return len(set(value)) * 2 >= len(value) or len(set(value)) >= 2 * _FEWEST_CHARACTERS


_FINDERS: tuple[Finder, ...] = (_tokens, _aws_keys, _private_keys, _url_passwords, _authorizations, _assigned)
