"""The keys of `packager.toml`: one table, from which the schema for editors is made. Keys have the names of the command line's options."""

from __future__ import annotations

from dataclasses import dataclass

from packager.findings.diagnostic import Severity
from packager.healthomics import limits

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


_REQUEST = {
    "parameter-template": Key("file", "A hand-written parameter template."),
    "container-registry-map": Key("file", "The container registry map."),
    "nextflow-profile": Key("string", "Profiles of the Nextflow config to apply, separated by commas."),
    "description": Key("string", "What the workflow does."),
    "storage-type": Key("string", "The storage of runs.", limits.STORAGE_TYPES),
    "storage-capacity": Key("number", "The size of STATIC storage in GiB."),
    "accelerators": Key("string", "The accelerators of the workflow.", limits.ACCELERATORS),
    "tags": Key("tags", "Tags of the workflow or version."),
    "parameter-template-path": Key("string", "The parameter template in the repository."),
    "readme-markdown": Key("string", "The README's text, or file://FILE."),
    "readme-path": Key("string", "The README in the repository."),
    "readme-uri": Key("string", "The README on S3."),
    "container-registry-map-uri": Key("string", "The registry map on S3."),
    "definition-uri": Key("string", "The zip on S3."),
    "definition-repository": Key("repository", "The Git repository of the definition."),
    "workflow-bucket-owner-id": Key("string", "The account that owns the bucket."),
    "workflow-id": Key("string", "The workflow to make versions of."),
    "version-name": Key("string", "The version's name."),
    "request-id": Key("string", "The idempotency token."),
    "staging": Key("string", "Place on S3 for content that is too large for a request."),
    "region": Key("string", "The AWS Region."),
    "account": Key("string", "The AWS account whose private ECR is used (12 digits)."),
}
KEYS: dict[str, dict[str, Key]] = {
    "lint": {
        "select": Key("codes", "Only these codes or families."),
        "ignore": Key("codes", "All but these codes or families."),
        "fail-on": Key("string", "Minimum severity that makes the exit code 1.", FAIL_ON),
        "baseline": Key("file", "File of existing findings to accept."),
        "severity": Key("severities", "Other severities, by code or family."),
        "per-path-ignores": Key("globs", "Codes or families to ignore in the files of a pattern."),
    },
    "workflow": {
        "path": Key("file", "The workflow's folder, main file or zip."),
        "main": Key("string", "The main file, relative to the folder."),
        "engine": Key("string", "The engine.", limits.ENGINES),
        "name": Key("string", "The workflow's name in HealthOmics."),
        "include": Key("strings", "Files to add to the package, as patterns."),
        "exclude": Key("strings", "Files to leave out of the package, as patterns."),
        **_REQUEST,
    },
    "target": {
        **{name: key for name, key in _REQUEST.items() if name != "nextflow-profile"},
        "name": Key("string", "The workflow's name in HealthOmics."),
        "profile": Key("string", "The AWS profile."),
        "endpoint-url": Key("string", "Another endpoint of the service."),
    },
}
NAMED = ("workflow", "target")
# The members of a definition's repository with their API names.
REPOSITORY = {
    "connection-arn": "connectionArn",
    "full-repository-id": "fullRepositoryId",
    "source-reference": "sourceReference",
    "exclude-file-patterns": "excludeFilePatterns",
}
