"""Help in sections: a command's own options first, then those that it shares with other commands, examples, and its page."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

import click

_OWN = "Options"
# The shared options by the names of their parameters, in the sections and the order of the help.
SECTIONS: dict[str, tuple[str, ...]] = {
    "Checks": (
        "gate",
        "fail_on",
        "selected",
        "ignored",
        "baseline",
        "write_baseline",
        "run_parameters",
        "online",
        "as_of",
    ),
    "Workflow": (
        "engine",
        "main",
        "nextflow_profile",
        "parameter_template",
        "container_registry_map",
        "include",
        "exclude",
        "target",
    ),
    "Request": (
        "name",
        "version_name",
        "workflow_id",
        "default_version",
        "workflow_owner_id",
        "role_arn",
        "output_uri",
        "run_files",
        "parameters_uri",
        "description",
        "storage_type",
        "storage_capacity",
        "run_group_id",
        "cache_id",
        "networking_mode",
        "configuration_name",
        "requester_pays_enabled",
        "accelerators",
        "tags",
        "definition_uri",
        "definition_repository",
        "parameter_template_path",
        "container_registry_map_uri",
        "readme_markdown",
        "readme_path",
        "readme_uri",
        "workflow_bucket_owner_id",
        "request_id",
        "cli_input",
    ),
    "AWS": ("account", "region", "profile", "endpoint_url", "local", "database", "timeout"),
    "Output": (
        "form",
        "output",
        "outputs",
        "statistics",
        "show",
        "min_severity",
        "quiet",
        "show_config",
        "no_cache",
        "jobs",
        "help",
    ),
}


class SectionedCommand(click.Command):
    """A command whose help has sections, examples, and the page of the documentation.

    `own`: parameters that have the name of a shared option, but are this command's own. An example is a command and what it is for.
    """

    def __init__(
        self,
        *arguments: Any,
        page: str,
        examples: Sequence[tuple[str, str]],
        own: Collection[str] = (),
        **options: Any,
    ) -> None:
        super().__init__(*arguments, **options)
        self.page, self.examples, self.own = page, tuple(examples), frozenset(own)

    def section_of(self, parameter: str) -> str:
        """The section of the help in which an option is."""
        if parameter in self.own:
            return _OWN
        return next((title for title, names in SECTIONS.items() if parameter in names), _OWN)

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, in their sections."""
        sections: dict[str, list[tuple[int, tuple[str, str]]]] = {title: [] for title in (_OWN, *SECTIONS)}
        help_option = self.get_help_option(ctx)
        for option in self.get_params(ctx):
            record = option.get_help_record(ctx) if isinstance(option, click.Option) else None
            if record is not None:
                name = "help" if option is help_option else option.name or ""
                title = self.section_of(name)
                place = SECTIONS[title].index(name) if title != _OWN else len(sections[title])
                sections[title].append((place, record))
        for title, rows in sections.items():
            if rows:
                with formatter.section(title):
                    formatter.write_dl([row for _, row in sorted(rows, key=lambda row: row[0])])

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what follows the options: examples, and where to read more."""
        super().format_epilog(ctx, formatter)
        with formatter.section("Examples"):
            for number, (command, purpose) in enumerate(self.examples):
                if number:
                    formatter.write_paragraph()
                formatter.write_text(f"# {purpose}")
                formatter.write(f"{'':>{formatter.current_indent}}{command}\n")
        formatter.write_paragraph()
        formatter.write_text(f"Documentation: docs/{self.page}")
