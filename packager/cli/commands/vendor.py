"""`packager vendor`: copy remote imports into the repository, with a lock file."""

from __future__ import annotations

from dataclasses import dataclass

import click

from packager.app import vendor
from packager.app.vendor import Vendoring, VendorOptions
from packager.cli.arguments import with_arguments
from packager.cli.help import SectionedCommand
from packager.cli.output import note, write
from packager.errors import PackagerError
from packager.settings.choice import place_of
from packager.shell import quoted
from packager.text import count, safe
from packager.vendor.lock import FILE_NAME

_ALL = "all"


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorArguments:
    """The options of `packager vendor`."""

    path: str
    allow_hosts: tuple[str, ...]
    ca_file: str | None
    locked: bool
    check: bool
    diff: bool
    updates: tuple[str, ...]


@click.command(
    "vendor",
    cls=SectionedCommand,
    page="vendoring.md",
    examples=(
        ("packager vendor", "copy what the definitions of this repository import from other hosts"),
        ("packager vendor --locked", "for CI: check that nothing is missing or was changed"),
    ),
)
@click.argument("path", metavar="[PATH]", default=".")
@click.option(
    "--locked", is_flag=True, help=f"Fetch nothing and write nothing; exit 1 if files differ from {FILE_NAME}."
)
@click.option("--check", is_flag=True, help="Write nothing; exit 1 if something would change, also at the hosts.")
@click.option(
    "--update",
    "updates",
    metavar="[URL]",
    multiple=True,
    is_flag=False,
    flag_value=_ALL,
    help="Fetch this URL again; without URL, all that the definitions below PATH use. Can be repeated; put PATH before it.",
)
@click.option("--diff", is_flag=True, help="Print the changes as a patch and write nothing.")
@click.option(
    "--allow-host", "allow_hosts", metavar="HOST", multiple=True, help="Also fetch from this host; can be repeated."
)
@click.option("--ca-file", metavar="FILE", help="Also trust the certificate authorities in this PEM file.")
@with_arguments(VendorArguments)
def command(arguments: VendorArguments) -> int:
    """Copy the remote documents that definitions below PATH import into the repository, and import the copies.

    Remote WDL imports and CWL references are fetched over https, with all that they import, and written below `vendor/`.
    packager.lock records where each copy comes from. Nothing is written unless everything could be fetched.
    """
    if arguments.locked and (arguments.updates or arguments.check):
        raise PackagerError("`--locked` fetches nothing", "omit `--update` and `--check`")
    every = _ALL in arguments.updates or (arguments.check and not arguments.updates)
    options = VendorOptions(
        allow_hosts=tuple(host.lower() for host in arguments.allow_hosts),
        ca_file=arguments.ca_file,
        locked=arguments.locked,
        only_plan=arguments.check or arguments.diff,
        update=() if every else arguments.updates,
        update_all=every,
    )
    vendoring = vendor.plan(place_of(arguments.path), options)
    only_checks = arguments.locked or arguments.check
    _show_notes(vendoring)
    if vendoring.plan.problems:
        return _show_problems(vendoring, arguments)
    if arguments.diff:
        write(vendor.patch(vendoring))
        return int(only_checks and not vendoring.plan.is_empty)
    if not only_checks:
        vendor.apply(vendoring)
        if hidden := vendor.hidden_copies(vendoring):
            note(f"warning: {safe(hidden)}")
    _show_changes(vendoring, done=not only_checks)
    return int(only_checks and not vendoring.plan.is_empty)


def _show_notes(vendoring: Vendoring) -> None:
    for line in vendoring.plan.notes:
        note(safe(line))


def _show_problems(vendoring: Vendoring, arguments: VendorArguments) -> int:
    """Show why nothing was written; the exit code."""
    plan = vendoring.plan
    command = f"packager vendor {quoted(arguments.path)} "
    problems = [problem.replace("packager vendor PATH ", command) for problem in plan.problems]
    if arguments.locked:
        write("".join(f"{safe(problem)}\n" for problem in problems))
        return 1
    for problem in problems[:-1]:
        note(f"error: {safe(problem)}")
    hint = ""
    if plan.refused_hosts:
        hosts = sorted({*arguments.allow_hosts, *plan.refused_hosts})
        options = " ".join(f"--allow-host {quoted(host)}" for host in hosts)
        options += f" --ca-file {quoted(arguments.ca_file)}" if arguments.ca_file else ""
        hint = f"if you trust the hosts: `{command}{options}`"
    raise PackagerError(problems[-1], hint)


def _show_changes(vendoring: Vendoring, *, done: bool) -> None:
    plan = vendoring.plan
    lines = [f"{file.path}: copied from {file.resolved_url}" for file in plan.copies]
    lines += [f"{each.path}:{each.line}: {each.url} is now {each.local}" for each in plan.rewrites]
    deleted = [path for path, content in plan.changes.items() if content is None]
    lines += [f"{path}: deleted, because nothing refers to it" for path in sorted(deleted)]
    if plan.is_empty:
        lines.append(f"nothing to do: {count(len(plan.lock.files), 'file')} in {FILE_NAME}")
    else:
        verb = "changed" if done else "would change"
        lines.append(f"{verb} {count(len(plan.changes), 'file')}; try `packager lint`")
    write("".join(f"{safe(line)}\n" for line in lines))
