"""The codes and their documentation, as text and JSON."""

from __future__ import annotations

import textwrap

from packager.findings.codes import FAMILIES, Code
from packager.render.report import SCHEMA_VERSION, tool
from packager.render.terminal import Style, table


def rules_json(codes: list[Code]) -> dict[str, object]:
    """The output of `rules --format json`."""
    return {
        "schemaVersion": SCHEMA_VERSION,
        "tool": tool(),
        "rules": [
            {
                "code": code.code,
                "name": code.name,
                "severity": code.severity.value,
                "engines": list(code.engines),
                "needs": list(code.needs),
                "summary": code.summary,
                "why": code.why,
                "hint": code.hint,
                "bad": code.bad,
                "good": code.good,
                "source": code.source,
                "url": code.url,
            }
            for code in codes
        ],
    }


def rules_text(codes: list[Code], style: Style) -> str:
    """The list of codes, by family."""
    out: list[str] = []
    for family, subject in FAMILIES.items():
        rows = [
            (code.code, code.severity.value, code.name, code.summary) for code in codes if code.code.startswith(family)
        ]
        if rows:
            out += [style.paint(f"{family}  {subject}", "bold"), *table(rows)]
    return "\n".join(out) + "\n"


def rule_text(code: Code, style: Style) -> str:
    """The whole documentation of a code."""
    out = [
        f"{style.paint(code.code, 'bold')} {code.name} ({style.severity(code.severity)}; {', '.join(code.engines)})",
        "",
        *textwrap.wrap(code.summary, 100),
        "",
    ]
    for paragraph in code.why.split("\n\n"):
        out += [*textwrap.wrap(paragraph, 100), ""]
    out += [f"hint: {code.hint}", *(f"source: {citation.text}" for citation in code.sources)]
    if code.needs:
        out.append(f"needs: {', '.join(code.needs)}")
    for title, example in (("bad", code.bad), ("good", code.good)):
        if example:
            out += ["", style.paint(title, "bold"), textwrap.indent(example, "    ")]
    return "\n".join(out) + "\n"
