"""A report as JUnit XML, which CI servers (GitLab, Jenkins and others) show as tests.

A test is a code in a file: its name has no line, so that a server recognises it when code moves, and is unique in the file. A test fails
if the code was finding there as an error. Warnings and notes pass, with their text as the test's output: a build that exits 0 is not
shown as broken. A check that did not run, or a finding that was accepted, is a skipped test with the reason.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

from packager.findings import codes
from packager.findings.diagnostic import Diagnostic, Severity
from packager.findings.report import Report
from packager.text import count, inert, safe, safe_path

_NO_FILE = "(no file)"
_NOT_CHECKED = "(not checked)"


@dataclass(frozen=True, slots=True)
class _Test:
    """One test; a test that passed without output has none of `failure`, `skipped` and `output`."""

    suite: str
    name: str
    failure: tuple[str, str] | None = None
    skipped: str | None = None
    output: str | None = None

    def lines(self) -> list[str]:
        head = f"<testcase classname={_attribute(self.suite)} name={_attribute(self.name)}"
        if self.failure is not None:
            title, text = self.failure
            inner = f'<failure type="error" message={_attribute(title)}>{_text(text)}</failure>'
        elif self.skipped is not None:
            inner = f"<skipped message={_attribute(self.skipped)}>{_text(self.skipped)}</skipped>"
        elif self.output is not None:
            inner = f"<system-out>{_text(self.output)}</system-out>"
        else:
            return [f"    {head}/>"]
        return [f"    {head}>", f"      {inner}", "    </testcase>"]


def junit_text(report: Report) -> str:
    """The report as one XML document, with a suite for each file."""
    suites: dict[str, list[_Test]] = {}
    for test in _tests(report):
        suites.setdefault(test.suite, []).append(test)
    every = [test for tests in suites.values() for test in tests]
    out = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuites name="packager" {_counts(every)}>']
    for name, tests in sorted(suites.items()):
        skipped = sum(test.skipped is not None for test in tests)
        out.append(f'  <testsuite name={_attribute(name)} {_counts(tests)} skipped="{skipped}">')
        out += [line for test in tests for line in test.lines()]
        out.append("  </testsuite>")
    return "\n".join([*out, "</testsuites>"]) + "\n"


def _tests(report: Report) -> list[_Test]:
    tests = [_test_of(suite, code, group) for (suite, code), group in _grouped(report.diagnostics).items()]
    names = {(test.suite, test.name) for test in tests}
    reasons: dict[tuple[str, str], list[str]] = {}
    for accepted in report.suppressed:
        key = (_suite(accepted.diagnostic), _name(accepted.diagnostic.code))
        if key not in names:
            reasons.setdefault(key, []).append(f"accepted: {safe(accepted.reason)}")
    for check in report.skipped:
        reasons.setdefault((_NOT_CHECKED, _name(check.code)), []).append(check.reason)
    skipped = [
        _Test(suite, name, skipped="; ".join(dict.fromkeys(texts))) for (suite, name), texts in sorted(reasons.items())
    ]
    return [*tests, *skipped] or [_Test("packager", "no findings")]


def _grouped(diagnostics: Iterable[Diagnostic]) -> dict[tuple[str, str], list[Diagnostic]]:
    groups: dict[tuple[str, str], list[Diagnostic]] = {}
    for finding in diagnostics:
        groups.setdefault((_suite(finding), finding.code), []).append(finding)
    return groups


def _test_of(suite: str, code: str, group: list[Diagnostic]) -> _Test:
    text = "\n".join(_lines(finding) for finding in group)
    errors = [finding for finding in group if finding.severity is Severity.ERROR]
    if not errors:
        return _Test(suite, _name(code), output=text)
    others = len(group) - 1
    title = errors[0].message + (f" (and {count(others, 'other')})" if others else "")
    return _Test(suite, _name(code), failure=(title, text))


def _lines(finding: Diagnostic) -> str:
    place = safe_path(finding.path)
    if finding.line:
        place += f":{finding.line}" + (f":{finding.column}" if finding.column else "")
    text = f"{finding.severity.value} {finding.code} {finding.message}"
    return (f"{place}: {text}" if place else text) + (f"\n    hint: {finding.hint}" if finding.hint else "")


def _suite(finding: Diagnostic) -> str:
    return safe(finding.path) or _NO_FILE


def _name(code: str) -> str:
    known = codes.known().get(code)
    return f"{safe(code)} {known.name}" if known else safe(code)


def _counts(tests: list[_Test]) -> str:
    failures = sum(test.failure is not None for test in tests)
    return f'tests="{len(tests)}" failures="{failures}" errors="0"'


def _attribute(text: str) -> str:
    """A quoted attribute; XML readers would turn a line end in it into a blank."""
    return f'"{escape(safe(text))}"'


def _text(text: str) -> str:
    """Lines in which foreign text is safe already."""
    return escape(inert(text), quote=False)
