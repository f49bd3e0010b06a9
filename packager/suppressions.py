"""Comments that accept a finding: `# packager: allow IMG001 - why`, or `//` where the language wants it.

A comment behind code is about its own line; one that stands alone is about the next line of code, and at the top of a file also about
findings of the file as a whole. The reason is required, and a comment that accepts nothing is a finding itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from packager import codes
from packager.codes import finding
from packager.diagnostics import Diagnostic, Severity, in_order
from packager.report import Report, Suppressed

MARK = b"packager:"
_COMMENT = re.compile(
    r"(?P<sign>#|//)[ \t]*packager:[ \t]*allow\b[ \t]*(?P<codes>[A-Z]{3}[0-9]{3}(?:[ \t]*,[ \t]*[A-Z]{3}[0-9]{3})*)?"
    r"[ \t]*(?:[-\u2013\u2014:]+[ \t]*)?(?P<reason>[^\r\n]*)"
)
_SLASHES = (".nf", ".config", ".groovy")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: the codes that it accepts, why, and the lines that it is about (0: the file as a whole)."""

    path: str
    line: int
    column: int
    codes: tuple[str, ...]
    reason: str
    lines: frozenset[int]


def suppressions_of(path: str, text: str) -> tuple[Suppression, ...]:
    """The comments of a file, in order."""
    sign = "//" if path.endswith(_SLASHES) else "#"
    lines = text.split("\n")  # as the languages count them: no other separator ends a line
    found = []
    for number, line in enumerate(lines, 1):
        match = _COMMENT.search(line) if "packager:" in line else None
        if match is None or match["sign"] != sign:
            continue
        about = {number}
        if not line[: match.start()].strip():
            following = _next_code(lines, number, sign)
            about |= {following} if following else set()
            if all(_is_comment(before, sign) for before in lines[: number - 1]):
                about.add(0)
        wanted = tuple(code.strip() for code in (match["codes"] or "").split(",") if code.strip())
        found.append(Suppression(path, number, match.start() + 1, wanted, match["reason"].strip(), frozenset(about)))
    return tuple(found)


def _next_code(lines: list[str], number: int, sign: str) -> int | None:
    for offset, line in enumerate(lines[number:], number + 1):
        if not _is_comment(line, sign):
            return offset
    return None


def _is_comment(line: str, sign: str) -> bool:
    bare = line.strip()
    return not bare or bare.startswith(sign)


def apply(report: Report, suppressions: Iterable[Suppression], main: str, *, unlooked: Iterable[str] = ()) -> Report:
    """A report without the findings that comments accept, and with what is wrong with the comments.

    `unlooked` are codes that were not looked for, besides those that the report says were skipped. A comment in
    `main` that accepts nothing is a warning; in a file that other workflows may share it is advice, since it may be for them.
    """
    valid: dict[tuple[str, int, str], Suppression] = {}
    wrong: list[Diagnostic] = []
    every = tuple(suppressions)
    for one in every:
        problem = _problem(one)
        if problem is not None:
            wrong.append(problem)
            continue
        for code in one.codes:
            for line in one.lines:
                valid[one.path, line, code] = one
    kept, accepted, used = [], [], set()
    for found in report.diagnostics:
        match = valid.get((found.path, found.line, found.code))
        if match is None:
            kept.append(found)
        else:
            accepted.append(Suppressed(found, match.reason, path=match.path, line=match.line))
            used.add((match.path, match.line, found.code))
    skipped = {*unlooked, *(one.code for one in report.skipped)}
    usable = {(one.path, one.line) for one in valid.values()}
    for one in every:
        if (one.path, one.line) in usable:
            idle = [code for code in one.codes if (one.path, one.line, code) not in used and code not in skipped]
            wrong += [_unused(one, code, main) for code in idle]
    return Report(in_order([*kept, *wrong]), report.skipped, (*report.suppressed, *accepted))


def _problem(one: Suppression) -> Diagnostic | None:
    known = codes.known()
    unknown = [code for code in one.codes if code not in known]
    if not one.codes:
        message = "the comment names no code that it allows"
    elif unknown:
        message = f"the comment allows `{unknown[0]}`, which is no code"
    elif not one.reason:
        message = f"the comment allows {', '.join(f'`{code}`' for code in one.codes)} without a reason"
    else:
        return None
    return finding("INT010", message, path=one.path, line=one.line, column=one.column)


def _unused(one: Suppression, code: str, main: str) -> Diagnostic:
    severity = None if one.path == main else Severity.INFO
    message = f"the comment allows `{code}`, but there is no such finding here"
    return finding("INT011", message, path=one.path, line=one.line, column=one.column, severity=severity)
