"""The documents that findings cite: each page of the HealthOmics user guide, and each other document, once, with the date it was read.

`source=` of a code or rule is one of these, or more with `cite`. What is quoted after a page is in our own words.
"""

from __future__ import annotations

from enum import StrEnum


class Guide(StrEnum):
    """A page of the HealthOmics user guide, as of October 2026 unless another date is named."""

    ADVANCED_RESOURCES = "advanced resource configuration page (2026-10)"
    COMPUTE = "compute and memory of tasks page"
    CONTAINERS = "container images page (2026-10)"
    CONTAINER_CREATION = "containers for workflow creation page (2026-10-14)"
    COPIED_REGISTRIES = "registries without pull-through cache page (2026-10-14)"
    CREATION = "creating private workflows page"
    CWL = "CWL language page"
    DEFAULT_VERSION = "default version page"
    ECR_PERMISSIONS = "Amazon ECR permissions page"
    EPHEMERAL_STORAGE = "ephemeral storage page"
    FIXED_QUOTAS = "fixed quotas page"
    LANGUAGE_VERSIONS = "language versions page"
    LINTERS = "workflow linters page"
    NEXTFLOW = "Nextflow workflow definition page"
    NEXTFLOW_RETENTION = "Nextflow version retention policy page (2026-11-22)"
    PACKAGING = "packaging page (2026-10-16)"
    PARAMETER_TEMPLATES = "parameter templates page"
    PULL_THROUGH_CACHES = "pull-through cache page (2026-10-14)"
    README = "workflow README page"
    REQUIREMENTS = "workflow definition requirements page"
    RUN_INPUTS = "run inputs page"
    RUN_TYPES = "run types page"
    SERVICE_QUOTAS = "service quotas page"
    TAGGING = "tagging page"
    TASK_ACCELERATORS = "task accelerators page"
    TASK_OUTPUTS = "task outputs page"
    VERSIONS = "workflow versions page"
    VPC = "VPC networking page"
    WDL = "WDL language page"


class AwsDocument(StrEnum):
    """Another document of AWS."""

    API_CREATE = "API CreateWorkflowRequest, CreateWorkflowVersionRequest (botocore 1.44.5)"
    MCP_SERVER = "AWS HealthOmics MCP server, checks of create_workflow (2026-08-21)"
    POWER_WDL = "AWS HealthOmics power, WDL migration notes (2026-08-21)"
    POWER_NEXTFLOW = "AWS HealthOmics power, Nextflow notes (2026-08-21)"


def cite(*sources: str) -> str:
    """The `source` of a code or rule that more than one document supports."""
    return "; ".join(sources)
