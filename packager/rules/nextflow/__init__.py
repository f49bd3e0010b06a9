"""Rules about Nextflow pipelines. Importing this package registers them."""

from packager.rules.nextflow import (
    configs,
    directives,
    language,
    outputs,
    plugins,
    publishing,
    reports,
    schema,
    versions,
)

__all__ = ["configs", "directives", "language", "outputs", "plugins", "publishing", "reports", "schema", "versions"]
