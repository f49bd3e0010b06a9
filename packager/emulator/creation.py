"""What becomes of a definition after the 201: ACTIVE or FAILED, by the documented rules."""

from __future__ import annotations

import posixpath
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packager import limits
from packager.cache import Cache
from packager.detect import service_choice
from packager.diagnostics import Diagnostic, PackagerError, Severity, in_order
from packager.engines import SUFFIXES, adapter
from packager.model import Engine, Workflow
from packager.source import UnreadableError, ZipTree, normalise
from packager.template import as_service

_LENIENT = "WDL_LENIENT"
_MAX_MESSAGE = 4000
_MISSING_VERSION = "MissingVersion, document should declare WDL version; draft-2 assumed"
_NO_INPUTS = "no input parameters were found in the workflow"
# What `read` calls an error although the service has no objection before a run: a key twice, an
# absolute path in a default.
_STRICTER_THAN_SERVICE = frozenset({"CWL004", "CWL007"})
_NOT_REACHABLE = {
    "definitionUri": "the definition at definitionUri",
    "definitionRepository": "the repository of definitionRepository",
    "readmeUri": "the README at readmeUri",
    "containerRegistryMapUri": "the map at containerRegistryMapUri",
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """How the processing of a definition ended; `template` is the API's, None without inputs."""

    status: str
    message: str | None = None
    engine: str | None = None
    main: str | None = None
    template: dict[str, Any] | None = None


class _FailedError(Exception):
    """The definition cannot become ACTIVE; the text is for the statusMessage."""


def process(members: dict[str, Any], content: bytes | None, cache: Cache) -> Outcome:
    """Judge a definition: `members` are the request's, `content` its zip (None: another source)."""
    unreachable = [what for member, what in _NOT_REACHABLE.items() if member in members]
    if unreachable or content is None:
        what = " and ".join(unreachable) or "the definition"
        return Outcome("FAILED", f"the emulator cannot reach {what}: it has no S3 and no Git in this version")
    try:
        with tempfile.TemporaryDirectory(prefix="packager-emulator-") as folder:
            path = Path(folder) / "definition.zip"
            path.write_bytes(content)
            return _judge(members, path, cache)
    except _FailedError as failure:
        return Outcome("FAILED", status_text(str(failure)), members.get("engine"), members.get("main"))


def _judge(members: dict[str, Any], path: Path, cache: Cache) -> Outcome:
    tree, names = _opened(path)
    engine, main = _engine_and_main(members, names)
    if tree.lookup(main) is None:
        raise _FailedError(f"the main file {main} is not in the definition zip")
    workflow = adapter(engine).read(tree, main, cache)
    lenient = members.get("engine") == _LENIENT
    _refuse_versions(workflow)
    # The check of Nextflow is advisory (user guide, workflow linters page): nothing that it finds blocks.
    blocking = [] if engine is Engine.NEXTFLOW else _errors(workflow.diagnostics)
    if not blocking and engine is Engine.WDL and not lenient:
        blocking = _errors(adapter(engine).check(tree, workflow, cache).diagnostics)
    if blocking:
        raise _FailedError("; ".join(_line(found) for found in blocking))
    notes = []
    if engine is Engine.WDL and any(not version for _, version in workflow.versions):
        notes.append(_MISSING_VERSION)
    template = members.get("parameterTemplate") or _generated(workflow)
    if template is None and engine is not Engine.NEXTFLOW:  # where it is not known to be said
        notes.append(_NO_INPUTS)
    return Outcome(
        "ACTIVE",
        status_text("; ".join(notes)) if notes else None,
        _LENIENT if lenient else str(engine),
        main,
        template,
    )


def _opened(path: Path) -> tuple[ZipTree, list[str]]:
    """The archive, every byte of it read once, and the names of all its files."""
    try:
        tree = ZipTree(path, path.name)
        with zipfile.ZipFile(path) as archive:
            names = [info.filename for info in archive.infolist() if not info.is_dir()]
        for name in tree.files:
            for _ in tree.chunks(name):
                pass
    except PackagerError as error:
        raise _FailedError(f"the definition cannot be read: {error.message}") from error
    except UnreadableError as error:
        raise _FailedError(f"the definition zip is damaged: {error}") from error
    return tree, names


def _engine_and_main(members: dict[str, Any], names: list[str]) -> tuple[Engine, str]:
    """As sent; what was not sent is chosen from the names (guide: packaging page)."""
    wanted = members.get("engine")
    given = Engine.WDL if wanted == _LENIENT else Engine(wanted) if wanted else None
    choice = service_choice(names, given)
    main = members.get("main")
    if main is None:
        if choice.engine is None or choice.main is None:
            cure = "" if choice.engine is None else "; send main"
            raise _FailedError(f"no main file could be chosen, because {choice.reason}{cure}")
        return choice.engine, choice.main
    by_name = SUFFIXES.get(posixpath.splitext(main)[1])
    if by_name is None:
        raise _FailedError(f"the main file {main} is no definition file; one ends in {', '.join(SUFFIXES)}")
    if given is None and choice.engine is None:
        raise _FailedError(f"the engine could not be chosen, because {choice.reason}")
    engine = given or choice.engine or by_name
    if by_name is not engine:
        raise _FailedError(f"the main file {main} is no definition file of {engine}")
    path = normalise(main)
    if path is None or main.startswith("/"):
        raise _FailedError(f"the main file {main} is not in the definition zip")
    return engine, path


def _refuse_versions(workflow: Workflow) -> None:
    """Refuse versions that the service does not list (guide: language versions page)."""
    known = {Engine.WDL: limits.WDL_VERSIONS, Engine.CWL: limits.CWL_VERSIONS}.get(workflow.engine)
    for path, version in workflow.versions if known else ():
        if version and known and version not in known:
            raise _FailedError(f"{path} declares {workflow.engine} {version}, not one of {', '.join(known)}")


def _errors(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    return in_order(
        [
            found
            for found in diagnostics
            if found.severity is Severity.ERROR and found.code not in _STRICTER_THAN_SERVICE
        ]
    )


def _line(found: Diagnostic) -> str:
    place = f"({found.path} Ln {found.line} Col {found.column}) " if found.line else f"({found.path}) "
    return f"{place}{found.message}"


def _generated(workflow: Workflow) -> dict[str, Any] | None:
    """The template that the service makes (guide: parameter templates page), if any."""
    found = as_service(workflow)
    return {name: {"description": one.description, "optional": one.optional} for name, one in found.items()} or None


def status_text(text: str) -> str:
    """A statusMessage that the API's pattern allows, cut where it would be endless."""
    kept = "".join(char if limits.is_text(char) else " " for char in text)
    return kept if len(kept) <= _MAX_MESSAGE else kept[: _MAX_MESSAGE - 1] + "…"
