"""The Regions of HealthOmics: those that packager knows, and those that an installed botocore knows of later."""

from __future__ import annotations

import botocore.session

from packager.healthomics import limits


def has_healthomics(region: str) -> bool:
    """Whether HealthOmics is in a Region, as far as anybody here knows."""
    if region in limits.REGIONS:
        return True
    return _has("omics", region)


def is_aws_region(region: str) -> bool:
    """Whether AWS has a Region, with HealthOmics or without."""
    return _has("sts", region)


def _has(service: str, region: str) -> bool:
    session = botocore.session.Session()
    partitions = session.get_available_partitions()
    return any(region in session.get_available_regions(service, partition) for partition in partitions)
