"""`packager rules`: what is checked, and why."""

from __future__ import annotations

import difflib

import click

import packager.rules  # noqa: F401 - registers the rules' codes
from packager.cli.help import SectionedCommand
from packager.cli.options import format_option
from packager.cli.output import style, write
from packager.errors import PackagerError
from packager.findings import codes
from packager.render.report import to_json
from packager.render.rules import rule_text, rules_json, rules_markdown, rules_text


@click.command(
    "rules",
    cls=SectionedCommand,
    page="rules/index.md",
    examples=(
        ("packager rules", "all codes"),
        ("packager rules IMG001", "one code with examples"),
    ),
)
@click.argument("code", required=False, metavar="[CODE]")
@format_option("text", "json", "markdown")
def command(code: str | None, form: str) -> int:
    """List every code, or explain one (by its code or its name): why it matters, a bad and a good example, the source."""
    known = codes.known()
    if code is None:
        every = list(known.values())
        write(rules_text(every, style()) if form == "text" else _rendered(every, form))
        return 0
    rule = next((rule for rule in known.values() if code.upper() == rule.code or code.lower() == rule.name), None)
    if rule is None:
        names = [*known, *(rule.name for rule in known.values())]
        nearest = difflib.get_close_matches(code, names, 1)
        raise PackagerError(
            f"unknown code `{code}`", f"did you mean `{nearest[0]}`?" if nearest else "`packager rules` lists them"
        )
    write(rule_text(rule, style()) if form == "text" else _rendered([rule], form))
    return 0


def _rendered(chosen: list[codes.Code], form: str) -> str:
    return to_json(rules_json(chosen)) if form == "json" else rules_markdown(chosen)
