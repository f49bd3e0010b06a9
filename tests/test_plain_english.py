"""Words that are not plain technical English stay out of everything that people read."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator

from conftest import ROOT

# Words that crept in before, or that readers had to read twice, and what to write instead.
INSTEAD = {
    r"mend(?:s|ed|ing)?": "fix",
    r"anew": "again, or update",
    r"of old": "existing",
    r"meanwhile": "in the meantime",
    r"whoever": "anyone who",
    r"several": "multiple",
    r"beside": "next to",
    r"(?:is|are|was|were|be) no (?!longer\b|more\b|less\b|later\b|larger\b|smaller\b)\w+": "is not a",
    r"not to be had": "unavailable",
    r"there is none": "not found",
    r"a text": "a string",
    r"whole numbers?": "integer",
    r"(?:is|are) (?:given|wanted)": "expected X, got Y",
    r"wanted": "expected",
    r"unless (?:given|told)": "if omitted",
    r"says|tells|said": "reports, shows",
    r"word on": "reports",
    r"stands?(?!-| for\b| alone\b| out\b)": "is in",
    r"lies": "is in",
    r"comes? to": "resolves to",
    r"meant": "intended",
    r"as it stands": "as is",
    r"(?:held|holds?) (?:against|to)": "compare with",
    r"by itself": "detect",
    r"dies(?: of)?": "fails because of",
    r"in the way": "blocks",
    r"the least": "the minimum",
    r"parcel": "prepared request",
    r"(?:one|lines?) a (?:line|change|sample)": "one per line",
    r"of ours": "our own",
    r"whatever": "regardless of, even if",
    r"names no": "has no",
    r"spells?": "writes",
    r"stale": "out of date",
    r"did not get an answer": "no response to",
    r"gone": "no longer exists, no longer occurs",
    r"announces?": "declares",
}
_EACH = "|".join(rf"(?P<w{number}>(?:{word})\b)" for number, word in enumerate(INSTEAD))
WORD = re.compile(rf"\b(?:{_EACH})", re.IGNORECASE)
# Where a word has its technical meaning: a part of the path, and of the text around it.
ALLOWED = (("CHANGELOG.md", "`fallback-beside-own-resources`"),)  # the name before it was changed
PAGES = (
    "README.md",
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "SECURITY.md",
    "action.yml",
    ".pre-commit-hooks.yaml",
    "Makefile",
    "mkdocs.yml",
)


def texts() -> Iterator[tuple[str, int, str]]:
    """Everything that people read: pages, help, messages, docstrings and schemas, with the place of each text."""
    pages = [ROOT / name for name in PAGES]
    pages += [*(ROOT / "docs").rglob("*.md"), *(ROOT / "schemas").glob("*.json"), *(ROOT / ".github").rglob("*.*")]
    for page in sorted(pages):
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            yield page.relative_to(ROOT).as_posix(), number, line
    for path in sorted((ROOT / "packager").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                yield name, node.lineno, " ".join(node.value.split())


def offences() -> Iterator[str]:
    for name, number, text in texts():
        for match in WORD.finditer(text):
            around = text[max(0, match.start() - 40) : match.end() + 40]
            if not any(part in name and words in around for part, words in ALLOWED):
                instead = list(INSTEAD.values())[int((match.lastgroup or "w0")[1:])]
                yield f"{name}:{number}: `{match.group()}` in `{around}`: write {instead}"


def test_the_words_are_plain() -> None:
    assert list(offences()) == []


def test_the_words_are_found() -> None:
    """The check itself: each word of the table is one that it finds."""
    for sentence in (
        "Mend it",
        "what it says",
        "`x` is no image",
        "a whole number is wanted",
        "one a line",
        "it comes to 3",
    ):
        assert WORD.search(sentence), sentence
    for sentence in ("it is no longer there", "this is a fix", "x stands for y", "the amended text"):
        assert not WORD.search(sentence), sentence
    assert json.dumps(sorted(INSTEAD)) == json.dumps(sorted(set(INSTEAD)))
