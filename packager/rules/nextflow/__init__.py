"""Rules about Nextflow pipelines. Importing this package registers them."""

from packager.rules.nextflow import (
    configs,
    directives,
    language,
    outputs,
    pipeline,
    plugins,
    publishing,
    reports,
    versions,
)

__all__ = ["configs", "directives", "language", "outputs", "pipeline", "plugins", "publishing", "reports", "versions"]
