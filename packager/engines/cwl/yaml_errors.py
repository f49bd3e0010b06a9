"""Syntax errors of YAML in plain English."""

from __future__ import annotations

import re

# What libyaml 0.2.5 and PyYAML 6.0.4 write: the pattern of a problem with what was read at the time, and our words. A loader
# without libyaml writes some of them differently. `test_yaml_errors` provokes each, so that it fails when a release writes something else.
WORDS: tuple[tuple[str, str], ...] = (
    (r"could not find expected ':' .*", "expected `:` after a key"),
    (r"mapping values are not allowed .*", "`:` is not allowed here: quote a value that contains it, or correct the indentation"),
    (r"(?:block )?sequence entries are not allowed .*", "an item of a list (`-`) is not allowed here"),
    (r"mapping keys are not allowed .*", "a key (`?`) is not allowed here"),
    (r"did not find expected key .*", "expected a key with the same indentation as the keys above"),
    (r"did not find expected '-' indicator .*", "expected `-` with the same indentation as the items above"),
    (r"expected <block end>, but found .*", "expected the same indentation as the lines above"),
    (r"(?:did not find )?expected ',' or '\]'.*", "expected `,` or `]`, found {found}"),
    (r"(?:did not find )?expected ',' or '\}'.*", "expected `,` or `}`, found {found}"),
    (r"(?:did not find )?expected (?:the )?node content.*", "expected a value, found {found}"),
    (r"(?:did not find )?expected '?<document start>.*", "expected the end of the document, found {found}"),
    (r"found unexpected end of stream while scanning a quoted .*", "the quoted string has no end"),
    (r"found unexpected document (?:indicator|separator) .*", "the quoted string contains a separator of documents (`---` or `...`)"),
    (r"found unknown escape character.*", "the quoted string has an unknown escape sequence"),
    (r"did not find expected hexdecimal number .*", "the quoted string has an incomplete escape sequence"),
    (r"found invalid Unicode character escape code .*", "the quoted string has an escape sequence that is not a character"),
    (r"found a tab character .*", "a tab is not allowed as indentation"),
    (r"found an indentation indicator equal to 0 .*", "the indentation after `|` or `>` cannot be 0"),
    (r"did not find expected comment or line break while scanning a block scalar", "expected the end of the line after `|` or `>`"),
    (r".* while scanning an? (?:anchor|alias)", "expected a name after `&` or `*`"),
    (r"found undefined tag handle.*", "the tag (`!`) has a prefix that no `%TAG` defines"),
    (r".* while (?:scanning|parsing) a tag", "the tag (`!`) is not valid"),
    (r".*directive.*", "the directive (`%`) is not valid"),
    (r"found incompatible YAML document.*", "the document does not have YAML version 1"),
    (r"(?:control|special) characters are not allowed.*", "a control character is not allowed"),
    (r"surrogates not allowed.*", "a character is not valid Unicode"),
)  # fmt: skip
_NO_TOKEN = re.compile(r"found character .*that cannot start any token.*")
_NO_KEY = re.compile(r"did not find expected (?:key|'-' indicator) .*|expected <block end>, but found .*")
_NEXT = re.compile(r"\s*([\w.-]+|\S)")
_OTHER = "a syntax error"


def yaml_message(problem: str, context: str, text: str, place: tuple[int, int]) -> str:
    """What is wrong with a document `text` at a line and a column, both from 1."""
    line, column = place
    lines = text.splitlines()
    before, after = (lines[line - 1][: column - 1], lines[line - 1][column - 1 :]) if line <= len(lines) else ("", "")
    match = _NEXT.match("\n".join([after, *lines[line:]]))
    found = f"`{match[1]}`" if match else "the end of the file"
    raised = " ".join(f"{problem} {context}".split())
    if _NO_TOKEN.fullmatch(raised) and after:
        if after.startswith("\t"):
            return "a tab is not allowed as indentation"
        return f"a value that begins with {'a backtick' if after[0] == '`' else f'`{after[0]}`'} needs quotes"
    if _NO_KEY.fullmatch(raised) and before.strip(" -"):
        return f"expected the end of the line, found {found}"
    words = next((words for pattern, words in WORDS if re.fullmatch(pattern, raised)), _OTHER)
    return words.replace("{found}", found)
