"""Whether the name of a parameter or of a variable means that its value is a secret."""

from __future__ import annotations

import functools
import re
from enum import Enum

from packager.findings.secret_forms import PASSWORD_PAIRS, PASSWORD_WORDS, TOKEN_PAIRS, TOKEN_WORDS

# Tokens of a language model or of a paged list.
_OTHER_TOKENS = frozenset(
    "pad eos bos unk mask sep cls special start end stop first last next page".split()  # noqa: SIM905 - readable as a list
)
_SIGNERS = frozenset({"amz", "goog"})  # `X-Amz-Credential` in a signed URL names the signer
_NAME_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
_EMPTY_NAME_PARTS = frozenset({"value", "text", "string", "str"})  # a `passwordValue` is still a password
_LONGEST_NAME = 200
_PAIRS = PASSWORD_PAIRS | TOKEN_PAIRS
_JOINED = {"".join(pair): pair for pair in _PAIRS}


class Names(Enum):
    """What a name means."""

    PASSWORD = "chosen by a person, so that it may be short"  # noqa: S105 - a description
    TOKEN = "made by a machine, and random"  # noqa: S105 - a description


@functools.lru_cache(maxsize=4096)
def secret_named(name: str) -> Names | None:
    """The kind of secret that a name means: `db_password`, `apiKey`, `token`; not `max_tokens`, `token_count`."""
    parts = [part.lower() for part in _NAME_PART.findall(name[-_LONGEST_NAME:])]
    while len(parts) > 1 and parts[-1] in _EMPTY_NAME_PARTS:
        parts.pop()
    if not parts:
        return None
    last, before = parts[-1], parts[-2] if len(parts) > 1 else ""
    if (last == "token" and before in _OTHER_TOKENS) or (last == "credential" and before in _SIGNERS):
        return None
    singular = (
        last.removesuffix("s") if not last.endswith("ss") else last
    )  # `api_tokens` are secrets, but not `tokens` alone
    if singular in PASSWORD_WORDS or singular.endswith(("password", "passwd")):
        return Names.PASSWORD
    pair = _JOINED.get(singular, (before, singular))
    if pair in _PAIRS:
        return Names.PASSWORD if pair in PASSWORD_PAIRS else Names.TOKEN
    if last in TOKEN_WORDS or (singular in TOKEN_WORDS and singular != "token"):
        return Names.TOKEN
    return None


def names_a_secret(name: str) -> bool:
    """Whether a name means that its value is a secret."""
    return secret_named(name) is not None
