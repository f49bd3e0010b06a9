"""The keys of `packager.toml`: one table, from which the schema for editors is made. Keys have the names of the command line's options."""

from __future__ import annotations

from dataclasses import dataclass

from packager.findings.diagnostic import Severity
from packager.healthomics.request import MEMBERS, Form

# Where editors find the schema of this file.
SCHEMA_URL = "https://schemas.omics-packager.org/packager.schema.json"
FAIL_ON = (*(severity.value for severity in Severity), "never")


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the configuration: the kind of its value, and what it is for.

    Kinds: `string`, `file` (a path that is made relative to the current folder), `number`, `strings`, `codes`,
    `tags` (a table of strings), `repository` (a table of the members of `REPOSITORY`), `severities` (a table of severities by code),
    `globs` (a table of codes by file pattern).
    """

    kind: str
    description: str
    choices: tuple[str, ...] = ()


_KINDS = {
    Form.TEXT: "string",
    Form.INTEGER: "number",
    Form.TAGS: "tags",
    Form.REPOSITORY: "repository",
    Form.TEMPLATE: "file",
    Form.REGISTRY_MAP: "file",
}
# What a workflow and a target have besides members of the request.
_SHARED = {
    "staging": Key("string", "S3 prefix for content that is too large for a request."),
    "region": Key("string", "The AWS Region."),
    "account": Key("string", "The AWS account of the private ECR (12 digits)."),
}


def _members(table: str) -> dict[str, Key]:
    """The members of the request that a table may set."""
    return {
        member.config: Key(_KINDS[member.form], member.description, member.choices)
        for member in MEMBERS
        if member.config is not None and table in member.tables
    }


KEYS: dict[str, dict[str, Key]] = {
    "lint": {
        "select": Key("codes", "Report only these codes or families."),
        "ignore": Key("codes", "Do not report these codes or families."),
        "fail-on": Key("string", "Minimum severity that makes the exit code 1.", FAIL_ON),
        "baseline": Key("file", "File of existing findings to accept."),
        "severity": Key("severities", "Other severities, by code or family."),
        "per-path-ignores": Key("globs", "Codes or families to ignore in the files of a pattern."),
    },
    "workflow": {
        "path": Key("file", "The workflow's folder, main file or zip."),
        "include": Key("strings", "Files to add to the package, as patterns."),
        "exclude": Key("strings", "Files to leave out of the package, as patterns."),
        "nextflow-profile": Key("string", "Nextflow profiles to apply, separated by commas."),
        **_members("workflow"),
        **_SHARED,
    },
    "target": {
        **_members("target"),
        **_SHARED,
        "profile": Key("string", "The AWS profile."),
        "endpoint-url": Key("string", "Endpoint URL of the service."),
    },
}
NAMED = ("workflow", "target")
TABLES = {
    "lint": "What `packager lint` reports, and what makes it fail.",
    "workflow": "A workflow of the repository. Commands accept its name as PATH.",
    "target": "An account and Region to submit to: `--target NAME`.",
}
# The members of a definition's repository with their API names.
REPOSITORY = {
    "connection-arn": "connectionArn",
    "full-repository-id": "fullRepositoryId",
    "source-reference": "sourceReference",
    "exclude-file-patterns": "excludeFilePatterns",
}
