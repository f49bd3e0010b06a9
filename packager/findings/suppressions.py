"""Comments that accept a finding: `# packager: allow IMG001 - why`, or `//` where the language uses that.

A comment after code applies to its own line; a comment on a line of its own applies to the next line of code, and at the top of a file
also to findings of the file as a whole. The reason is required, and a comment that accepts nothing is a finding itself.

In a string or a command, such as a shell script, a comment is part of that text: it accepts only findings in the same text, and is
never a finding.
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
    """One comment: the codes that it accepts, why, and the lines that it applies to (0: the file as a whole).

    `text` is the region, as line and column of its start and its end, of the string or command that it is part of.
    """

    path: str
    line: int
    column: int
    codes: tuple[str, ...]
    reason: str
    lines: frozenset[int]
    text: tuple[tuple[int, int], tuple[int, int]] | None = None

    def accepts(self, finding: Diagnostic) -> bool:
        """Whether a finding with one of its codes and on one of its lines is in the comment's region."""
        return self.text is None or self.text[0] <= (finding.line, finding.column) < self.text[1]


def suppressions_of(path: str, text: str, quoted: Iterable[tuple[int, int]] = ()) -> tuple[Suppression, ...]:
    """The comments of a file, in order. `quoted` are the strings and commands in it, as offsets."""
    own = "//" if path.endswith(_SLASHES) else "#"
    lines = text.split("\n")  # as the languages count them: no other separator ends a line
    starts = list(accumulate((len(line) + 1 for line in lines), initial=0))
    regions = _outermost(quoted)
    codes_below = {sign: _codes_below(lines, sign) for sign in ("#", "//")} if "packager:" in text else {}
    suppressions = []
    for number, line in enumerate(lines, 1):
        for match in _START.finditer(line) if "packager:" in line else ():
            region = _around(regions, starts[number - 1] + match.start())
            if region is not None:
                within = tuple((row := bisect_right(starts, at), at - starts[row - 1] + 1) for at in region)
                suppressions.append(
                    replace(_suppression(path, line, number, match, codes_below), text=(within[0], within[1]))
                )
            elif match["sign"] == own:
                suppressions.append(_suppression(path, line, number, match, codes_below))
                break  # what follows is part of the comment
    return tuple(suppressions)


def _outermost(regions: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    """The regions that are in no other, in order."""
    outermost: list[tuple[int, int]] = []
    for start, end in sorted(regions, key=lambda region: (region[0], -region[1])):
        if not outermost or start >= outermost[-1][1]:
            outermost.append((start, end))
    return outermost


def _around(regions: list[tuple[int, int]], offset: int) -> tuple[int, int] | None:
    """The region that an offset is in."""
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
    accepted = tuple(code.strip() for code in ((match and match["codes"]) or "").split(",") if code.strip())
    reason = match["reason"].strip() if match else ""
    return Suppression(path, number, start.start() + 1, accepted, reason, frozenset(about))


def _codes_below(lines: list[str], sign: str) -> list[int]:
    """For each line, from 0 for the place above the first, the number of the next line below it that has code, or 0."""
    below = [0] * (len(lines) + 1)
    for number in range(len(lines) - 1, -1, -1):
        below[number] = below[number + 1] if _is_comment(lines[number], sign) else number + 1
    return below


def _is_comment(line: str, sign: str) -> bool:
    bare = line.strip()
    return not bare or bare.startswith(sign)


def apply(report: Report, suppressions: Iterable[Suppression], main: str, *, unchecked: Iterable[str] = ()) -> Report:
    """A report without the findings that comments accept, and with findings about the comments themselves.

    `unchecked` are codes that were not checked, besides those that the report has as skipped. A comment in `main` that accepts
    nothing is a warning; in a file that other workflows may share it is advice, since it may be for them.
    """
    valid: dict[tuple[str, int, str], list[Suppression]] = {}
    wrong: list[Diagnostic] = []
    usable: list[Suppression] = []
    for comment in suppressions:
        problem = _problem(comment)
        if problem is not None:
            wrong += [problem] if comment.text is None else []
            continue
        usable.append(comment)
        for code in comment.codes:
            for line in comment.lines:
                valid.setdefault((comment.path, line, code), []).append(comment)
    kept: list[Diagnostic] = []
    accepted: list[Suppressed] = []
    used: set[tuple[Suppression, str]] = set()
    for diagnostic in report.diagnostics:
        # The nearest comment counts.
        place = (diagnostic.path, diagnostic.line, diagnostic.code)
        match = next((comment for comment in reversed(valid.get(place, ())) if comment.accepts(diagnostic)), None)
        if match is None:
            kept.append(diagnostic)
        else:
            accepted.append(Suppressed(diagnostic, match.reason, path=match.path, line=match.line))
            used.add((match, diagnostic.code))
    skipped = {*unchecked, *(check.code for check in report.skipped)}
    for comment in usable:
        if comment.text is None:
            idle = [code for code in comment.codes if (comment, code) not in used and code not in skipped]
            wrong += [_unused(comment, code, main) for code in idle]
    return Report(in_order([*kept, *wrong]), report.skipped, (*report.suppressed, *accepted))


def _problem(comment: Suppression) -> Diagnostic | None:
    known = codes.known()
    unknown = [code for code in comment.codes if code not in known]
    if not comment.codes:
        message = "the comment has no code to allow"
    elif unknown:
        message = f"the comment allows `{unknown[0]}`, which is not a code"
    elif not comment.reason:
        message = f"the comment allows {', '.join(f'`{code}`' for code in comment.codes)} without a reason"
    else:
        return None
    subject = next(iter((*unknown, *comment.codes)), "")
    return finding("INT010", message, path=comment.path, line=comment.line, column=comment.column, subject=subject)


def _unused(comment: Suppression, code: str, main: str) -> Diagnostic:
    severity = None if comment.path == main else Severity.INFO
    message = f"the comment allows `{code}`, but this line has no such finding"
    return finding(
        "INT011",
        message,
        path=comment.path,
        line=comment.line,
        column=comment.column,
        severity=severity,
        subject=code,
    )
