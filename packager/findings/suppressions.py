"""Comments that accept a finding: `# packager: allow IMG001 - why`, or `//` where the language wants it.

A comment behind code is about its own line; one that stands alone is about the next line of code, and at the top of a file also about
findings of the file as a whole. The reason is required, and a comment that accepts nothing is a finding itself.

In a string or a command, such as a script of the shell, a comment is part of that text: it accepts findings in the same text and
nothing else, and is never a finding.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import accumulate

from packager.findings import codes
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Severity, in_order
from packager.findings.report import Report, Suppressed

MARK = b"packager:"
_COMMENT = re.compile(
    r"(?:#|//)[ \t]*packager:[ \t]*allow\b[ \t]*(?P<codes>[A-Z]{3}[0-9]{3}(?:[ \t]*,[ \t]*[A-Z]{3}[0-9]{3})*)?"
    r"[ \t]*(?:[-\u2013\u2014:]+[ \t]*)?(?P<reason>[^\r\n]{0,1000})"
)
_START = re.compile(r"(?P<sign>#|//)(?=[ \t]*packager:[ \t]*allow\b)")
_SLASHES = (".nf", ".config", ".groovy")


@dataclass(frozen=True, slots=True)
class Suppression:
    """One comment: the codes that it accepts, why, and the lines that it is about (0: the file as a whole).

    `text` is the region, as line and column of its start and its end, of the string or command that it is part of.
    """

    path: str
    line: int
    column: int
    codes: tuple[str, ...]
    reason: str
    lines: frozenset[int]
    text: tuple[tuple[int, int], tuple[int, int]] | None = None

    def accepts(self, found: Diagnostic) -> bool:
        """Whether a finding with one of its codes and on one of its lines is where the comment holds."""
        return self.text is None or self.text[0] <= (found.line, found.column) < self.text[1]


def suppressions_of(path: str, text: str, quoted: Iterable[tuple[int, int]] = ()) -> tuple[Suppression, ...]:
    """The comments of a file, in order. `quoted` are the strings and commands in it, as offsets."""
    own = "//" if path.endswith(_SLASHES) else "#"
    lines = text.split("\n")  # as the languages count them: no other separator ends a line
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    regions = _outermost(quoted)
    codes_below = {sign: _codes_below(lines, sign) for sign in ("#", "//")} if "packager:" in text else {}
    found = []
    for number, line in enumerate(lines, 1):
        for match in _START.finditer(line) if "packager:" in line else ():
            region = _around(regions, starts[number - 1] + match.start())
            if region is not None:
                within = tuple((row := bisect_right(starts, at), at - starts[row - 1] + 1) for at in region)
                found.append(replace(_suppression(path, line, number, match, codes_below), text=(within[0], within[1])))
            elif match["sign"] == own:
                found.append(_suppression(path, line, number, match, codes_below))
                break  # what follows is part of the comment
    return tuple(found)


def _outermost(regions: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The regions that are in no other, in order."""
    outermost: list[tuple[int, int]] = []
    for start, end in sorted(regions, key=lambda region: (region[0], -region[1])):
        if not outermost or start >= outermost[-1][1]:
            outermost.append((start, end))
    return outermost


def _around(regions: list[tuple[int, int]], offset: int) -> tuple[int, int] | None:
    """The region that an offset lies in."""
    position = bisect_right(regions, offset, key=lambda region: region[0])
    return regions[position - 1] if position and offset < regions[position - 1][1] else None


def _suppression(
    path: str, line: str, number: int, start: re.Match[str], codes_below: dict[str, list[int]]
) -> Suppression:
    about = {number}
    if not line[: start.start()].strip():
        below = codes_below[start["sign"]]
        about |= {below[number]} - {0}
        if below[0] == 0 or below[0] > number - 1:
            about.add(0)
    match = _COMMENT.match(line, start.start())
    wanted = tuple(code.strip() for code in ((match and match["codes"]) or "").split(",") if code.strip())
    reason = match["reason"].strip() if match else ""
    return Suppression(path, number, start.start() + 1, wanted, reason, frozenset(about))


def _codes_below(lines: list[str], sign: str) -> list[int]:
    """For each line, from 0 for the place above the first, the number of the next line below it that has code; 0 if none has."""
    below = [0] * (len(lines) + 1)
    for number in range(len(lines) - 1, -1, -1):
        below[number] = below[number + 1] if _is_comment(lines[number], sign) else number + 1
    return below


def _is_comment(line: str, sign: str) -> bool:
    bare = line.strip()
    return not bare or bare.startswith(sign)


def apply(report: Report, suppressions: Iterable[Suppression], main: str, *, unlooked: Iterable[str] = ()) -> Report:
    """A report without the findings that comments accept, and with what is wrong with the comments.

    `unlooked` are codes that were not looked for, besides those that the report says were skipped. A comment in
    `main` that accepts nothing is a warning; in a file that other workflows may share it is advice, since it may be for them.
    """
    valid: dict[tuple[str, int, str], list[Suppression]] = {}
    wrong: list[Diagnostic] = []
    usable: list[Suppression] = []
    for one in suppressions:
        problem = _problem(one)
        if problem is not None:
            wrong += [problem] if one.text is None else []
            continue
        usable.append(one)
        for code in one.codes:
            for line in one.lines:
                valid.setdefault((one.path, line, code), []).append(one)
    kept: list[Diagnostic] = []
    accepted: list[Suppressed] = []
    used: set[tuple[Suppression, str]] = set()
    for found in report.diagnostics:
        # Of several comments the nearest counts.
        match = next(
            (one for one in reversed(valid.get((found.path, found.line, found.code), ())) if one.accepts(found)), None
        )
        if match is None:
            kept.append(found)
        else:
            accepted.append(Suppressed(found, match.reason, path=match.path, line=match.line))
            used.add((match, found.code))
    skipped = {*unlooked, *(one.code for one in report.skipped)}
    for one in usable:
        if one.text is None:
            idle = [code for code in one.codes if (one, code) not in used and code not in skipped]
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
    subject = next(iter((*unknown, *one.codes)), "")
    return finding("INT010", message, path=one.path, line=one.line, column=one.column, subject=subject)


def _unused(one: Suppression, code: str, main: str) -> Diagnostic:
    severity = None if one.path == main else Severity.INFO
    message = f"the comment allows `{code}`, but there is no such finding here"
    return finding("INT011", message, path=one.path, line=one.line, column=one.column, severity=severity, subject=code)
