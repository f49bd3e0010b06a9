"""The versions that kept results depend on."""

from __future__ import annotations

from importlib import metadata

import pytest

from packager.engines.installed import version


@pytest.mark.parametrize(
    ("distribution", "module"),
    [("miniwdl", "WDL"), ("cwltool", "cwltool"), ("schema-salad", "schema_salad"), ("omics-packager", "packager")],
)
def test_they_are_what_the_slow_way_says(distribution: str, module: str) -> None:
    assert version(distribution, module) == metadata.version(distribution)


def test_what_is_not_installed() -> None:
    assert version("no-such-thing", "no_such_thing") == "unknown"
