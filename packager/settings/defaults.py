"""The settings of reading and linting a workflow for callers without a command line: defaults, and what the environment sets."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date

from packager.settings.layers import DEFAULT, ENVIRONMENT, OptionValue

# Those that `packager.toml` can add to, with their defaults.
LINT_DEFAULTS: Mapping[str, object] = {
    "engine": None,
    "main": None,
    "parameter_template": None,
    "container_registry_map": None,
    "region": None,
    "account": None,
    "nextflow_profile": None,
    "as_of": None,
    "no_cache": False,
    "include": (),
    "exclude": (),
    "fail_on": "error",
    "selected": (),
    "ignored": (),
    "baseline": None,
    "run_parameters": None,
    "online": False,
    "profile": None,
}


def default_values() -> dict[str, OptionValue]:
    """The defaults, and the Region and the day that the environment has."""
    values = {name: OptionValue(value, DEFAULT) for name, value in LINT_DEFAULTS.items()}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    if region:
        values["region"] = OptionValue(region, ENVIRONMENT, ambient=True)
    if day := os.environ.get("PACKAGER_AS_OF"):
        values["as_of"] = OptionValue(date.fromisoformat(day), ENVIRONMENT)
    return values
