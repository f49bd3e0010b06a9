"""Secrets kept out of what others read: of messages, of values of parameters, and of whole reports."""

from __future__ import annotations

import re
from dataclasses import replace

from packager.findings.credentials import Secret, SecretKind, matches_of, secrets
from packager.findings.diagnostic import Diagnostic, in_order
from packager.findings.report import Report
from packager.findings.secret_names import names_a_secret

REDACTED = "<redacted>"
_HARMLESS_VALUE = re.compile(
    r"""(?:null|none|true|false|[-+]?[\d._]+(?:e[-+]?\d+)?|["'\[\]{}\s]*|["']?s3://[^\s?#"']+["']?)""", re.IGNORECASE
)
_QUOTED_VALUE = re.compile(
    rb"""(?<![\w.-])([A-Za-z_][\w.-]{0,80})["']?[ \t]{0,8}[:=][ \t]{0,8}\[?[ \t]{0,8}(?:"([^"\r\n]{1,400})"|'([^'\r\n]{1,400})')"""
)
_KEY_BODY = re.compile(
    rb"[A-Za-z0-9+/=\s\\\\,:\"'.+-]{0,20000}?-----END [A-Z ]{1,40}-----|[A-Za-z0-9+/=\\\\\s]{1,20000}"
)
_FEWEST_IN_DESCRIPTION = 4  # characters: shorter defaults are parts of words
_PLACEHOLDER = re.compile(r"""["'\s]*(?:[~$]\{[^{}]*\}|\$\w+|<[^<>]*>)["'\s]*""")


def redact(report: Report) -> Report:
    """The report with the value of each secret in its messages replaced. Findings that are not in the usual order keep their order."""
    findings = tuple(dict.fromkeys(map(_redact, report.diagnostics)))
    if report.diagnostics == in_order(report.diagnostics):
        findings = in_order(findings)  # a replaced value may have decided the order
    skipped = sorted({replace(check, reason=redacted(check.reason)) for check in report.skipped})
    return Report(findings, tuple(skipped), report.suppressed)


def _redact(finding: Diagnostic) -> Diagnostic:
    message, hint, subject = redacted(finding.message), redacted(finding.hint), redacted(finding.subject)
    if (message, hint, subject) == (finding.message, finding.hint, finding.subject):
        return finding
    return replace(finding, message=message, hint=hint, subject=subject)


def redacted(text: str) -> str:
    """Text with each secret in it replaced, and each quoted value of a parameter whose name means a secret."""
    return _without(text, _spans(text))


def redacted_lines(text: str) -> str:
    """Text with each secret in it replaced, with as many lines as before."""
    return _without(text, _spans(text), keep_lines=True)


def _spans(text: str) -> list[tuple[int, int]]:
    """The places of secrets in text as UTF-8."""
    content = text.encode("utf-8", "surrogatepass")
    spans = [(secret.start, _end(secret, content)) for secret in secrets(content)]
    for match in matches_of(_QUOTED_VALUE, content) if spans or _may_name_a_secret(text) else ():
        if names_a_secret(match[1].decode("utf-8", "replace")):
            start, end = match.span(2 if match[2] is not None else 3)
            if _PLACEHOLDER.fullmatch(content[start:end].decode("utf-8", "replace")):
                continue
            if not any(start < after and before < end for before, after in spans):
                spans.append((start, end))
    return spans


def _end(secret: Secret, content: bytes) -> int:
    """The end of a secret, which of a private key is the end of its body."""
    if secret.kind is not SecretKind.PRIVATE_KEY:
        return secret.end
    body = _KEY_BODY.match(content, secret.end)
    return body.end() if body else secret.end


def _without(text: str, spans: list[tuple[int, int]], *, keep_lines: bool = False) -> str:
    content, last = text.encode("utf-8", "surrogatepass"), len(text) * 4
    for start, end in sorted(spans, reverse=True):
        stop = min(end, last)  # what a private key's body covers may hold other secrets
        lines = content.count(b"\n", start, stop) if keep_lines else 0
        content = content[:start] + REDACTED.encode() + b"\n" * lines + content[stop:]
        last = start
    return content.decode("utf-8", "surrogatepass") if spans else text


def _may_name_a_secret(text: str) -> bool:
    lower = text.lower()
    return any(
        word in lower for word in ("passw", "passphrase", "secret", "credential", "token", "key", "pwd", "pass", "_pat")
    )


def shown_value(name: str, text: str) -> str:
    """The value of a parameter as others may read it. Numbers, Booleans, null, empty values and placeholders are never secrets."""
    if _HARMLESS_VALUE.fullmatch(text.strip()) or _PLACEHOLDER.fullmatch(text):
        return text
    return REDACTED if names_a_secret(name) else redacted(text)


def shown_description(name: str, description: str, default: str | None) -> str:
    """The description of a parameter as others may read it, also where it repeats a default that is a secret."""
    shown = redacted(description)
    if default is None or shown_value(name, default) == default:
        return shown
    bare = default.strip().strip("\"'")
    return shown.replace(bare, REDACTED) if len(bare) >= _FEWEST_IN_DESCRIPTION else shown
