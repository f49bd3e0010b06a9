"""What becomes of a definition after the 201: ACTIVE or FAILED, by the documented rules."""

from __future__ import annotations

import posixpath
from pathlib import Path
from typing import Any

from packager.cache import Cache
from packager.detect import service_choice
from packager.emulator.advisory import advisory
from packager.emulator.fetching import Fetched, SourceError, Sources, fetch
from packager.emulator.profiles import profile_members
from packager.emulator.records import Result
from packager.engines import adapter
from packager.engines.adapter import SUFFIXES, EngineOptions
from packager.errors import PackagerError
from packager.findings.diagnostic import Diagnostic, Severity, in_order
from packager.healthomics import limits
from packager.model.facts import Engine, Workflow
from packager.parameters.template import as_service
from packager.source import UnreadableError, ZipTree, normalise

_LENIENT = "WDL_LENIENT"
_MAX_MESSAGE = 4000
_MISSING_VERSION = "MissingVersion, document should declare WDL version; draft-2 assumed"
_NO_INPUTS = "no input parameters were found in the workflow"
# What `read` calls an error although the service has no objection before a run: a key twice, an
# absolute path in a default.
_STRICTER_THAN_SERVICE = frozenset({"CWL004", "CWL007"})


class _FailedError(Exception):
    """The definition cannot become ACTIVE; the text is for the statusMessage."""


def process(members: dict[str, Any], folder: Path, sources: Sources, cache: Cache) -> Result:
    """Judge a definition: `members` are the request's; `folder` holds `definition.zip` if that was sent, and is ours."""
    try:
        fetched = fetch(members, folder, sources)
    except (SourceError, PackagerError) as error:
        return Result("FAILED", status_text(str(error)), members.get("engine"), members.get("main"))
    kept = fetched.definition if fetched.fresh else None
    try:
        return _judge(members, fetched, cache)
    except _FailedError as failure:
        message = status_text(str(failure))
        return Result("FAILED", message, members.get("engine"), members.get("main"), definition=kept)


def _judge(members: dict[str, Any], fetched: Fetched, cache: Cache) -> Result:
    tree, names = _opened(fetched.definition)
    engine, main = _engine_and_main(members, names)
    if tree.lookup(main) is None:
        raise _FailedError(f"the main file {main} is not in the definition zip")
    workflow = adapter.of(engine).read(tree, main, cache)
    lenient = members.get("engine") == _LENIENT
    _refuse_versions(workflow)
    # The check of Nextflow is advisory (user guide, workflow linters page): nothing that it finds blocks.
    blocking = [] if engine is Engine.NEXTFLOW else _errors(workflow.diagnostics)
    if not blocking and engine is Engine.WDL:
        blocking = _errors(adapter.of(engine).check(tree, workflow, cache, EngineOptions(lenient)).diagnostics)
    if blocking:
        raise _FailedError("; ".join(_line(found) for found in blocking))
    # A repository's template is never generated (creation page).
    generated = None if "definitionRepository" in members else _generated(workflow)
    template = members.get("parameterTemplate") or fetched.template or generated
    message = _nextflow_message(tree, workflow) if engine is Engine.NEXTFLOW else _notes(workflow, template)
    found = profile_members(tree, workflow, template) if engine is Engine.NEXTFLOW else {}
    if fetched.registry_map is not None and "containerRegistryMap" not in members:
        found["containerRegistryMap"] = fetched.registry_map
    return Result(
        "ACTIVE",
        message,
        _LENIENT if lenient else str(engine),
        main,
        template,
        fetched.definition if fetched.fresh else None,
        fetched.readme,
        found,
    )


def _nextflow_message(tree: ZipTree, workflow: Workflow) -> str | None:
    return advisory(tree, workflow, _MAX_MESSAGE)


def _notes(workflow: Workflow, template: dict[str, Any] | None) -> str | None:
    """What is said of a workflow that is ACTIVE all the same."""
    notes = []
    if workflow.engine is Engine.WDL and any(not version for _, version in workflow.versions):
        notes.append(_MISSING_VERSION)
    if template is None and not workflow.inputs:
        notes.append(_NO_INPUTS)
    return status_text("; ".join(notes)) if notes else None


def _opened(path: Path) -> tuple[ZipTree, list[str]]:
    """The archive, every byte of it read once, and the names of all its files."""
    try:
        if not path.exists():
            raise _FailedError("there is no definition")
        tree = ZipTree(path, path.name)
        for name in tree.files:
            for _ in tree.chunks(name):
                pass
    except PackagerError as error:
        raise _FailedError(f"the definition cannot be read: {error.message}") from error
    except UnreadableError as error:
        raise _FailedError(f"the definition zip is damaged: {error}") from error
    return tree, tree.names


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
