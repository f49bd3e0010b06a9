"""What the service would choose if a request had neither engine nor main."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable

from packager.engines.adapter import SUFFIXES
from packager.model.facts import Engine, ServiceChoice

MAIN_NAMES = {Engine.WDL: "main.wdl", Engine.NEXTFLOW: "main.nf", Engine.CWL: "main.cwl"}


def service_choice(paths: Iterable[str], engine: Engine | None = None) -> ServiceChoice:
    """What the service would choose from an archive's paths if `main` were not sent (nor `engine`, if it is None).

    Source: packaging page (2026-10-16): among the definition files nearest to the archive's root, except hidden files and
    folders, the only one or the one named `main.<extension>`; and only if the archive has the files of one engine, or the
    engine was sent.
    """
    definitions: dict[Engine, list[str]] = {}
    for path in paths:
        kind = SUFFIXES.get(posixpath.splitext(path)[1])
        if kind is not None and not any(part.startswith(".") for part in path.split("/")):
            definitions.setdefault(kind, []).append(path)
    if engine is not None:
        definitions = {engine: definitions[engine]} if engine in definitions else {}
    if not definitions:
        what = f"no {engine} definition file" if engine else "no definition file (`.wdl`, `.nf`, `.cwl`)"
        return ServiceChoice(engine, None, f"the archive has {what}, except hidden ones")
    if len(definitions) > 1:
        *others, last = sorted(definitions)
        names = f"{', '.join(others)} and {last}"
        return ServiceChoice(None, None, f"the archive has definition files of {names}, so `engine` must be sent")
    ((kind, candidates),) = definitions.items()
    depth = min(path.count("/") for path in candidates)
    nearest = sorted(path for path in candidates if path.count("/") == depth)
    if len(nearest) == 1:
        return ServiceChoice(kind, nearest[0], "the only definition file nearest to the archive's root")
    named = [path for path in nearest if posixpath.basename(path) == MAIN_NAMES[kind]]
    if len(named) == 1:
        return ServiceChoice(
            kind,
            named[0],
            f"`{MAIN_NAMES[kind]}` among {len(nearest)} nearest to the archive's root",
        )
    if named:
        return ServiceChoice(
            kind,
            None,
            f"{len(named)} files named `{MAIN_NAMES[kind]}` are at the same level",
        )
    return ServiceChoice(
        kind,
        None,
        f"{len(nearest)} definition files are nearest to the root and none is named `{MAIN_NAMES[kind]}`",
    )
