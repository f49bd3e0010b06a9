"""`packager rules`: what is checked, and why."""

from __future__ import annotations

import click

import packager.rules  # noqa: F401 - registers the rules' codes
from packager.cli.help import SectionedCommand
from packager.cli.options import format_option
from packager.cli.output import style, write
from packager.errors import PackagerError
from packager.findings import codes
from packager.render.report import to_json
from packager.render.rule_pages import code_text, family_page, index_page, of_family
from packager.render.rules import rule_text, rules_json, rules_text
from packager.text import nearest_name


@click.command(
    "rules",
    cls=SectionedCommand,
    page="rules/index.md",
    examples=(
        ("packager rules", "all codes"),
        ("packager rules IMG001", "one code with examples"),
    ),
)
@click.argument("code", required=False, metavar="[CODE|FAMILY]")
@format_option("text", "json", "markdown")
def command(code: str | None, form: str) -> int:
    """List every code or those of a family such as IMG, or explain one code (by its code or its name).

    The explanation has why it matters, a bad and a good example, and the source.
    """
    known = codes.known()
    every = list(known.values())
    if code is None:
        write(_listed(every, form) if form != "markdown" else index_page(every))
        return 0
    family = code.upper()
    if family in codes.FAMILIES:
        write(_listed(of_family(every, family), form) if form != "markdown" else family_page(every, family))
        return 0
    rule = next((rule for rule in every if code.upper() == rule.code or code.lower() == rule.name), None)
    if rule is None:
        names = [*known, *(rule.name for rule in every), *codes.FAMILIES]
        nearest = nearest_name(code, names)
        raise PackagerError(
            f"unknown code `{code}`", f"did you mean `{nearest}`?" if nearest else "`packager rules` lists them"
        )
    explained = {
        "text": lambda: rule_text(rule, style()),
        "json": lambda: to_json(rules_json([rule])),
        "markdown": lambda: code_text(rule),
    }
    write(explained[form]())
    return 0


def _listed(chosen: list[codes.Code], form: str) -> str:
    return to_json(rules_json(chosen)) if form == "json" else rules_text(chosen, style())
