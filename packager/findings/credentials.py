"""Secrets in bytes: known forms of keys and tokens, private keys, passwords in URLs, commands and assignments, also in Base64.

`secret_forms.py` has the tables. A form is searched only where its mark occurs, every repetition is bounded, and a form begins at the
start of a word, so that time is linear in the length of the bytes. Examples of documentation and placeholders do not count as secrets.
"""

from __future__ import annotations

import base64
import binascii
import functools
import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import accumulate, islice

from packager.findings.secret_forms import PASSWORD_OPTIONS, PIPED, PUBLISHED, TOKENS, Token
from packager.findings.secret_names import Names, secret_named

MAX_CANDIDATES = 1000  # of one form in one file: more are data, not secrets
_MAX_MARKS = 50_000  # of one mark in one file
_FEWEST_CHARACTERS = 8  # different ones; fewer are dots, crosses and zeros
_FEWEST_IN_PASSWORD = 2
PLACEHOLDERS = (
    b"example", b"xxxx", b"changeme", b"change_me", b"change-me", b"your", b"placeholder", b"dummy", b"fake", b"redacted", b"****",
    b"....", b"1234567890", b"abcdefgh", b"secret_here", b"token_here", b"insert", b"replace", b"todo", b"not-a-real",
    b"0123456789", b"mtizndu2nzg5m", b"ixmjm0nty3odkw",  # the digits in Base64, as in the token of the documentation of JSON web tokens
    b"4ec39hqlyjw", b"eby8vdm02xno",  # the public keys of the documentation of Stripe and of the emulator of Azure
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
    rb"://([^\s:/@'\"`<>{}$%()\[\]\\]{0,64}):((?:[^\s:/@'\"`<>{}$%()\[\]\\]|%[0-9A-Fa-f]{2}){4,128})@([A-Za-z0-9.-]{1,128})"
)
_OPEN_USERS = frozenset({b"anonymous", b"ftp", b"guest", b"user", b"username", b"usr", b"name", b"login"})
_ANY_HOST = frozenset({b"host", b"hostname", b"server", b"domain"})
_NO_PASSWORDS = frozenset({b"password", b"passwd", b"pass", b"token", b"secret", b"pwd", b"pswd", b"mypassword"})
_NO_HOSTS = (b"localhost", b"127.", b"example.", b"0.0.0.0")

_CLASSES = (re.compile(rb"[a-z]"), re.compile(rb"[A-Z]"), re.compile(rb"[0-9]"))

# What follows the word at the end of a name that means a secret: how it is set, and the value.
_NAME_MARKS = (
    b"password", b"passwd", b"passphrase", b"pwd", b"pswd", b"pass", b"secret", b"credential", b"token", b"key", b"_pat", b"-pat",
)  # fmt: skip
_SETS = rb"""(?:s|[0-9]{1,2}|[_-]?(?:value|text|string|str))?(?:\\?["'`])?\]?
    (?:
      :\s{0,40}\{[^{}]{0,400}?["']?\bdefault["']?\s{0,8}:\s{0,8}  # name: {type: string, default: value}
    | :[ \t]{0,8}\r?\n(?:[ \t]{1,40}(?!default)[A-Za-z]{1,20}:[ \t]{1,8}[^\s][^\n]{0,200}\n){0,6}[ \t]{1,40}default:[ \t]{1,8}
    | [ \t]{0,20}(?::[ \t]{0,4}[A-Za-z][\w.\[\]]{0,30}[ \t]{0,4}(?==))?(?:<-|:=|=>|=(?![=~])|(?P<colon>:(?![=:])))[ \t]{0,20}
    | (?<=["'])[ \t]{0,8},[ \t]{0,8}(?=\\?["'])  # setenv("NAME", "value")
    | (?P<blank>[ \t]{1,8})  # --name value
    | (?<=["'])[ \t]{0,8},\s{0,40}["']value["'][ \t]{0,8}:[ \t]{0,8}  # {"name": NAME, "value": value}
    | [ \t]{0,8}\r?\n[ \t]{1,40}(?:env)?value:[ \t]{1,8}  # envName: NAME, envValue: value
    )
    (?:\\(["'])(?P<escaped>[^"'\s\\]{6,400})\\["']
    |"(?P<double>(?:[^"\s\\]|\\[^\s]){6,400})"
    |'(?P<single>[^'\s]{6,400})'
    |(?P<bare>[^\s"'`]{6,400})(?P<end>[ \t]{0,8}(?:[\r\n\#"'`]|\Z))?)"""  # compiled when it is needed
_NAME_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_.-")
_LONGEST_NAME = 60
_AFTER_VALUE = b",;)}]>&|\\"
_FEWEST_IN_TOKEN, _FEWEST_IN_BARE_TOKEN, _LONGEST_PASSWORD = 12, 16, 128
_LONGEST_SEGMENT = 4  # on average: what is longer is words
_SURELY_RANDOM = (
    40  # characters: random lower case with few digits has long segments, but words are not that long together
)
_SEGMENT = re.compile(rb"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|[0-9]+|[^A-Za-z0-9_./-]")
_REFERENCE = re.compile(
    rb"\$[{(]|\A[$%@-]{1,3}+[\w.-]*+\Z|[~!#@%]\{|\{\{|\{[A-Za-z_][\w.]*\}|<[A-Za-z_ .-]{1,60}>|%[(s]|\[\[|\(\)"
)
_FORMATTED = re.compile(rb"\{[A-Za-z_][\w.]{0,80}\}")  # a variable in a string of Python
_LONGEST_URL = 600
_TOKEN_BYTES = re.compile(rb"[A-Za-z0-9_.~+/=|:@%-]+")
_VARIABLE = re.compile(rb"\$[A-Za-z_]\w{0,100}")
_CODE = re.compile(
    rb"[(\[{]|[*&!][\w.:]*\Z|[A-Za-z_][\w.:]*[(\[]|[A-Za-z_]\w*(?:(?:\.|::|->)[A-Za-z_]\w*)+\Z|[A-Z][A-Z_]*[0-9]?\Z"
)
_PATH = re.compile(
    rb"[.~]{0,2}/|[\w.-]+(?:/[\w.-]+)+\Z|[A-Za-z]:\\|[\w./-]+\.[a-z]{2,5}\Z|[0-9]{4}-[0-9]{2}-[0-9]{2}|arn:"
)

# A string in two pieces: `"a" + "b"`, "a" and "b" on two lines, or a line that goes on after a backslash.
_JOINT = re.compile(
    rb"""(?:(["'])(?<=[A-Za-z0-9_+/=.-].)[ \t]{0,8}
    (?:\+[ \t]{0,8}(?:\\?\r?\n[ \t]{0,80})?|\\?\r?\n[ \t]{0,80}(?:\+[ \t]{0,8})?)\1
    |\\(?<=[A-Za-z0-9_+/=.-].)\r?\n)(?=[A-Za-z0-9_+/=.-])""",
    re.VERBOSE,
)
_ENCODED = re.compile(rb"(?<![A-Za-z0-9+/_.-])[A-Za-z0-9+/]{20,8000}+={0,2}(?![A-Za-z0-9+/=_-])")
_PRINTABLE = re.compile(rb"[\t\n\r -~]+")
_REGISTRY_AUTH = re.compile(
    rb"""_?auth(?:\\?["'])?[ \t]{0,8}[:=][ \t]{0,8}(?:\\?["'])?([A-Za-z0-9+/]{12,400}={0,2})(?![A-Za-z0-9+/=_-])"""
)
_USER_AND_PASSWORD = re.compile(rb"[^:\s]{1,80}:[!-~]{4,200}")
_MARKED = tuple((token.mark.encode(), token) for token in TOKENS)
_OPTIONS = tuple((option.command.encode(), option) for option in PASSWORD_OPTIONS)
_COMMAND_VALUE = re.compile(rb"""[^\s"'`\\]{4,128}""")
_END_OF_COMMAND = re.compile(rb"(?<!\\)\r?\n|[ \t](?:&&|\|\|?|;)|;[ \t]")
_COMMAND_LENGTH = 300  # bytes from a command's name to its password


def secrets(content: bytes) -> list[Secret]:
    """Every secret in some bytes, by place; those that overlap are one."""
    return _by_place([*_plain(content), *_encoded(content), *_in_pieces(content)])


def _plain(content: bytes) -> list[Secret]:
    lower = content.lower()
    return _by_place([secret for finder in _FINDERS for secret in finder(content, lower)])


def _by_place(candidates: list[Secret]) -> list[Secret]:
    kept: list[Secret] = []
    for secret in sorted(
        candidates, key=lambda secret: secret.start
    ):  # stable: of equal starts the first finder's is first
        if not kept or secret.start >= kept[-1].end:
            kept.append(secret)
        elif secret.end > kept[-1].end:
            kept[-1] = replace(kept[-1], end=secret.end)
    return kept


def _is_placeholder(value: bytes) -> bool:
    bare = value.lower()
    return len(set(bare)) < _FEWEST_CHARACTERS or any(word in bare for word in PLACEHOLDERS)


def matches_of(pattern: re.Pattern[bytes], content: bytes) -> Iterator[re.Match[bytes]]:
    """The matches of a pattern, a bounded number of them."""
    for count, match in enumerate(pattern.finditer(content)):
        if count >= MAX_CANDIDATES:
            return
        yield match


def _positions(mark: bytes, content: bytes) -> Iterator[int]:
    """The end of each occurrence of a mark."""
    position = content.find(mark)
    for _ in range(_MAX_MARKS):
        if position < 0:
            return
        yield position + len(mark)
        position = content.find(mark, position + len(mark))


def _tokens(content: bytes, _lower: bytes) -> Iterator[Secret]:
    for number, (mark, token) in enumerate(_MARKED):
        if mark not in content:
            continue
        pattern = _token_pattern(number)
        found = _around(pattern, token, mark, content) if token.before else pattern.finditer(content)
        for match in islice(found, MAX_CANDIDATES):
            if not _is_placeholder(match.group()) and not _is_published(content, match.start()):
                yield Secret(token.what, match.start(), match.end())


def _is_published(content: bytes, start: int) -> bool:
    """Whether a signature is in a URL that its owner publishes for everyone."""
    before = content[max(start - _LONGEST_URL, 0) : start]
    return PUBLISHED.search(before) is not None if b".blob." in before else False


@functools.cache
def _token_pattern(number: int) -> re.Pattern[bytes]:
    return TOKENS[number].compiled()


def _around(pattern: re.Pattern[bytes], token: Token, mark: bytes, content: bytes) -> Iterator[re.Match[bytes]]:
    """The tokens with a mark inside."""
    for end in _positions(mark, content):
        position = end - len(mark)
        starts = range(max(position - token.most_before, 0), position + 1)
        match = next((match for match in (pattern.match(content, start) for start in starts) if match), None)
        if match:
            yield match


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
        if match and (_is_mixed(match[1]) or _encodes_a_password(match[1])) and not _is_placeholder(match[1]):
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
            and not any(word in password for word in PLACEHOLDERS)
            and len(set(password)) > _FEWEST_IN_PASSWORD
        ):
            yield Secret("a password in a URL", match.start(2), match.end(2), SecretKind.URL_PASSWORD)


@functools.cache
def _sets() -> re.Pattern[bytes]:
    return re.compile(_SETS, re.IGNORECASE | re.VERBOSE)


def _assigned(content: bytes, lower: bytes) -> Iterator[Secret]:
    """The value of a name that means a secret: in code, settings, headers, options and environments."""
    for mark in _NAME_MARKS:
        for end in _positions(mark, lower):
            match = _sets().match(content, end)
            if match is None:
                continue
            start = _start_of_name(content, end)
            kind = secret_named(content[start:end].decode("ascii"))
            part_of_an_arn = match["colon"] and content.endswith(b":", 0, start)
            if kind is None or part_of_an_arn or (match["blank"] and not _is_option(content, start)):
                continue
            begin, stop = _value_of(match, kind)
            if begin < stop and _is_secret_value(kind, content[begin:stop], match):
                yield Secret("a password or key", begin, stop)


def _start_of_name(content: bytes, end: int) -> int:
    start = end
    while start > 0 and end - start < _LONGEST_NAME and content[start - 1] in _NAME_BYTES:
        start -= 1
    return start


def _is_option(content: bytes, start: int) -> bool:
    """Whether a value may follow the name at an offset after a blank: `--password value`, `aws configure set name value`."""
    return content.startswith(b"-", start) or content.endswith(b"configure set ", max(start - 20, 0), start)


def _value_of(match: re.Match[bytes], kind: Names) -> tuple[int, int]:
    """The start and end of the value; an unquoted one ends before what closes the code around it."""
    group = next(name for name in ("escaped", "double", "single", "bare") if match[name] is not None)
    start, end = match.span(group)
    if group != "bare":
        return start, end
    token = _TOKEN_BYTES.match(match["bare"]) if kind is Names.TOKEN and not _CODE.match(match["bare"]) else None
    return start, start + len((token[0] if token else match["bare"]).rstrip(_AFTER_VALUE))


def _is_secret_value(kind: Names, value: bytes, match: re.Match[bytes]) -> bool:
    bare = match["bare"] is not None
    if bare and (
        (match["colon"] and not match["end"]) or _is_code(kind, value) or secret_named(value.decode("ascii", "replace"))
    ):
        return False
    if _REFERENCE.search(value) or _is_made_of_variables(kind, value):
        return False
    if kind is Names.TOKEN:
        if _ACCESS_KEY_ID.fullmatch(value):
            return False  # a name, not a secret
        return len(value) >= (_FEWEST_IN_BARE_TOKEN if bare else _FEWEST_IN_TOKEN) and _looks_random(value)
    return len(value) <= _LONGEST_PASSWORD and _looks_chosen(value)


def _is_made_of_variables(kind: Names, value: bytes) -> bool:
    """Whether a value holds a `$name`, unless it is a password whose other characters look random by themselves."""
    if not _VARIABLE.search(value):
        return False
    rest = _VARIABLE.sub(b"", value)
    return kind is Names.TOKEN or not (len(rest) >= 5 and _looks_chosen(rest))


def _is_code(kind: Names, value: bytes) -> bool:
    """Whether an unquoted value is a call, a member or a constant."""
    random = kind is Names.TOKEN and len(value) >= 24 and _segment_length(value) < 3 and _TOKEN_BYTES.fullmatch(value)
    return _CODE.match(value) is not None and not random


def _looks_random(value: bytes) -> bool:
    """Not a placeholder, a path, a URL, or words in a row."""
    if _is_placeholder(value) or b"://" in value or not _CLASSES[2].search(value) or not _has_letters(value):
        return False
    if _PATH.match(value) and not (len(value) >= 32 and _is_mixed(value) and _segment_length(value) < 3):
        return False
    distinct = len(set(value))
    longest_segment = _LONGEST_SEGMENT if len(value) < _SURELY_RANDOM else 2 * _LONGEST_SEGMENT
    return (distinct * 2 >= len(value) or distinct >= _FEWEST_CHARACTERS + 2) and _segment_length(
        value
    ) <= longest_segment


def _looks_chosen(value: bytes) -> bool:
    """A password: letters with digits or symbols among them, and not the word itself."""
    lower = value.lower()
    if any(word in lower for word in PLACEHOLDERS) or len(set(lower)) < 5 or not _has_letters(value):
        return False
    if b"://" in value or _PATH.match(value) or lower.strip(b"0123456789!_-") in _NO_PASSWORDS:
        return False
    has_symbols = any(
        not 48 <= byte <= 57 and not 65 <= byte <= 90 and not 97 <= byte <= 122 for byte in value[1:-1].strip(b"_-.:/")
    )
    has_digits = _CLASSES[2].search(value) is not None
    return (has_digits or (has_symbols and _has_both_cases(value))) and _segment_length(value) <= _LONGEST_SEGMENT


def _has_letters(value: bytes) -> bool:
    return any(pattern.search(value) for pattern in _CLASSES[:2])


def _has_both_cases(value: bytes) -> bool:
    return all(pattern.search(value) for pattern in _CLASSES[:2])


def _segment_length(value: bytes) -> float:
    """The average length of runs of one kind of character; a capital letter and the word after it are one run."""
    segments = _SEGMENT.findall(value)
    return sum(map(len, segments)) / len(segments) if segments else len(value)


@functools.cache
def _option_pattern(number: int) -> re.Pattern[bytes]:
    return re.compile(PASSWORD_OPTIONS[number].before.encode())


def _commands(content: bytes, _lower: bytes) -> Iterator[Secret]:
    """A password in the options of a command, or piped into it."""
    for number, (command, option) in enumerate(_OPTIONS):
        if command not in content:
            continue
        for end in _positions(command, content):
            if not _is_word(content, end - len(command), end):
                continue
            for match in _option_pattern(number).finditer(content, end, _end_of_command(content, end)):
                value = _COMMAND_VALUE.match(content, match.end())
                if value is None:
                    continue
                stop = match.end() + len(_up_to(option.closing, value.group()))
                if not _FORMATTED.match(value.group()) and _is_command_password(content[match.end() : stop]):
                    yield Secret("a password in a command", match.end(), stop)
    if b"|" in content and (b"echo" in content or b"printf" in content):
        for match in matches_of(PIPED, content):
            if _is_command_password(match[1]) and _looks_chosen(match[1]):
                yield Secret("a password in a command", match.start(1), match.end(1))


def _is_word(content: bytes, start: int, end: int) -> bool:
    around = content[max(start - 1, 0) : start] + content[end : end + 1]
    return not any(byte in _NAME_BYTES for byte in around)


def _end_of_command(content: bytes, start: int) -> int:
    """The end of a command: where the next one begins, or at the end of a line that does not go on after a backslash."""
    end = _END_OF_COMMAND.search(content, start, start + _COMMAND_LENGTH)
    return end.start() if end else min(len(content), start + _COMMAND_LENGTH)


def _up_to(closing: str, value: bytes) -> bytes:
    value = value.rpartition(closing.encode())[0] or value if closing else value
    return value.rstrip(_AFTER_VALUE)


def _is_command_password(value: bytes) -> bool:
    """Whether a value is a password, at a place where only a variable or a placeholder is not one."""
    lower = value.lower()
    if (
        _REFERENCE.search(value)
        or _VARIABLE.search(value)
        or value.startswith((b"/", b"./"))
        or lower in _NO_PASSWORDS
        or len(set(lower)) <= _FEWEST_IN_PASSWORD
    ):
        return False
    return (
        len(value) >= 4
        and not any(word in lower for word in PLACEHOLDERS)
        and not secret_named(value.decode("utf-8", "replace"))
    )


def _encoded(content: bytes) -> Iterator[Secret]:
    """A secret in Base64, named by what is in it."""
    for match in _ENCODED.finditer(content):
        text = _decoded(match.group())
        inner = _plain(text) if text else []
        if inner:
            yield Secret(f"{inner[0].what} in Base64", match.start(), match.end())
    if b"auth" in content:
        for match in _REGISTRY_AUTH.finditer(content):
            if _encodes_a_password(match[1]):
                yield Secret("a password in Base64", match.start(1), match.end(1))


def _decoded(value: bytes) -> bytes:
    """The text that Base64 stands for; empty if it stands for anything else."""
    try:
        start = base64.b64decode(value[:20], validate=True)
        if not _PRINTABLE.fullmatch(start):
            return b""
        text = base64.b64decode(value + b"=" * (-len(value) % 4), validate=True)
    except binascii.Error:
        return b""
    return text if _PRINTABLE.fullmatch(text) else b""


def _encodes_a_password(value: bytes) -> bool:
    text = _decoded(value)
    return bool(_USER_AND_PASSWORD.fullmatch(text)) and _is_command_password(text.partition(b":")[2])


def _in_pieces(content: bytes) -> Iterator[Secret]:
    """A secret that is written in two or more pieces of a string."""
    joints = [match.span() for match in islice(_JOINT.finditer(content), MAX_CANDIDATES)]
    if not joints:
        return
    pieces: list[bytes] = []
    offsets: list[int] = []  # of the joints in the joined bytes
    at = length = 0
    for start, end in joints:
        pieces.append(content[at:start])
        length += start - at
        offsets.append(length)
        at = end
    joined = b"".join((*pieces, content[at:]))
    removed = [0, *accumulate(end - start for start, end in joints)]
    for secret in _plain(joined):
        first, last = bisect_right(offsets, secret.start), bisect_left(offsets, secret.end)
        if first < last:
            yield replace(secret, start=secret.start + removed[first], end=secret.end + removed[last])


_FINDERS: tuple[Finder, ...] = (
    _tokens,
    _aws_keys,
    _private_keys,
    _url_passwords,
    _authorizations,
    _commands,
    _assigned,
)
