"""`packager rules`: what is checked, and why."""

from __future__ import annotations

import difflib

import click

import packager.rules  # noqa: F401 - registers the rules' codes
from packager.cli.options import format_option, style, write
from packager.errors import PackagerError
from packager.findings import codes
from packager.render.report import to_json
from packager.render.rules import rule_text, rules_json, rules_markdown, rules_text


@click.command("rules", short_help="List or explain rules.")
@click.argument("code", required=False, metavar="[CODE]")
@format_option("text", "json", "markdown")
def command(code: str | None, form: str) -> int:
    """List every code, or explain one (by its code or its name): why it matters, a bad and a good example, the source."""
    known = codes.known()
    if code is None:
        chosen = list(known.values())
        write(_printed(chosen, form) if form != "text" else rules_text(chosen, style()))
        return 0
    found = next(
        (one for one in known.values() if code.upper() == one.code or code.lower() == one.name),
        None,
    )
    if found is None:
        names = [*known, *(one.name for one in known.values())]
        nearest = difflib.get_close_matches(code, names, 1)
        raise PackagerError(
            f"no such code: `{code}`",
            f"did you mean `{nearest[0]}`" if nearest else "`packager rules` lists them",
        )
    write(_printed([found], form) if form != "text" else rule_text(found, style()))
    return 0


def _printed(chosen: list[codes.Code], form: str) -> str:
    return to_json(rules_json(chosen)) if form == "json" else rules_markdown(chosen)
