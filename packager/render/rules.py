"""The codes and their documentation, as text and JSON."""

from __future__ import annotations

import textwrap

from packager.findings.codes import FAMILIES, Code
from packager.render.report import SCHEMA_VERSION, tool
from packager.render.terminal import Style, table
from packager.render.wrapping import indented, wrapped

_WIDEST = 100  # columns of prose
_NARROWEST = 40  # columns of a summary next to its code


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
                "fixable": code.has_fix,
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
    """The list of codes, by family; a star marks those of which `lint --fix` fixes some findings."""
    out: list[str] = []
    for family, subject in FAMILIES.items():
        chosen = [code for code in codes if code.code.startswith(family)]
        if chosen:
            out += [style.paint(f"{family}  {subject}", "bold"), *_family(chosen, style)]
    if any(code.has_fix for code in codes):
        out.append("* `packager lint --fix` fixes some of these")
    return "\n".join(out) + "\n"


def _family(codes: list[Code], style: Style) -> list[str]:
    """A line for each code; its summary continues below itself where the terminal is narrow."""
    heads = table([(f"{code.code}{'*' if code.has_fix else ' '}", code.severity.value, code.name) for code in codes])
    indent = max(map(len, heads)) + 2
    out: list[str] = []
    for code, head in zip(codes, heads, strict=True):
        if style.width is not None and style.width - indent < _NARROWEST:
            out += [head, *indented(code.summary, style.width, "      ", "")]
        else:
            first, *others = indented(code.summary, style.width, " " * indent, "")
            out += [head + first[len(head) :], *others]
    return out


def rule_text(code: Code, style: Style) -> str:
    """The whole documentation of a code."""
    width = min(_WIDEST, style.width or _WIDEST)
    out = [
        f"{style.paint(code.code, 'bold')} {code.name} ({style.severity(code.severity)}; {', '.join(code.engines)})",
        "",
        *textwrap.wrap(code.summary, width),
        "",
    ]
    for paragraph in code.why.split("\n\n"):
        out += [*textwrap.wrap(paragraph, width), ""]
    facts = [f"hint: {code.hint}"]
    if code.has_fix:
        facts.append("fix: `packager lint PATH --fix`, where only one change can be intended")
    facts += [f"source: {citation.text}" for citation in code.sources]
    if code.needs:
        facts.append(f"needs: {', '.join(code.needs)}")
    out += [line for fact in facts for line in wrapped(fact, style.width)]
    for title, example in (("bad", code.bad), ("good", code.good)):
        if example:
            out += ["", style.paint(title, "bold"), textwrap.indent(example, "    ")]
    return "\n".join(out) + "\n"
