"""Whether codes that are named are there: a mistyped one would silently do nothing."""

from __future__ import annotations

import functools
from collections.abc import Iterable, Iterator

from packager.errors import PackagerError
from packager.jsondoc import schemas
from packager.project.config import Config


def check(named: Iterable[tuple[str, str]]) -> None:
    """Check codes, or the first letters of some, each with where it is named.

    Raises:
        PackagerError: no code starts so.
    """
    for code, origin in named:
        if not code or not any(known.startswith(code) for known in _known()):
            raise PackagerError(f"no code starts with `{code}` ({origin})", "`packager rules` lists them")


def check_configuration(config: Config) -> None:
    """Check all codes that a configuration names.

    Raises:
        PackagerError: as `check`.
    """
    check(_named(config))


def _named(config: Config) -> Iterator[tuple[str, str]]:
    for name in ("select", "ignore", "severity", "per-path-ignores"):
        setting = config.lint.get(name)
        if setting is None:
            continue
        origin = f"{config.path}{f':{setting.line}' if setting.line else ''}, [lint]"
        several = setting.value.values() if name == "per-path-ignores" else (setting.value,)
        for codes in several:
            yield from ((code, origin) for code in codes)


@functools.cache
def _known() -> tuple[str, ...]:
    """All codes, from the schema of the configuration: the rules themselves take a hundred times as long to be there."""
    return tuple(schemas.load("packager")["$defs"]["code"]["enum"])
