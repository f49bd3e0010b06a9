"""What becomes of a definition after the 201: ACTIVE or FAILED, by the documented rules."""

from __future__ import annotations

import contextlib
import posixpath
from pathlib import Path

from packager.cache import Cache
from packager.detect import service_choice
from packager.emulator.fetching import DefinitionSources, Fetched, SourceError, fetch
from packager.emulator.nextflow import advisory, profile_members
from packager.emulator.records import Members, Result
from packager.engines import adapter
from packager.engines.adapter import SUFFIXES, EngineOptions
from packager.errors import PackagerError
from packager.findings.diagnostic import Diagnostic, Severity, in_order
from packager.healthomics import limits
from packager.model.facts import Engine, Workflow
from packager.parameters.template import as_service
from packager.rules import RULES, Facts
from packager.rules.run import apply_rule
from packager.source import UnreadableError, ZipTree, normalise

_LENIENT = "WDL_LENIENT"
_MAX_MESSAGE = 4000
_MISSING_VERSION = "MissingVersion, document should declare WDL version; draft-2 assumed"
_NO_INPUTS = "no input parameters were found in the workflow"
# Errors of `read` that the service does not report before a run: a duplicate key, an absolute path in a default.
_STRICTER_THAN_SERVICE = frozenset({"CWL004", "CWL007"})

# The rules about lists of resource profiles.
_OF_PROFILES = ("RES012", "RES013", "RES014", "RES015")


class _FailedError(Exception):
    """The definition cannot become ACTIVE; the text is for the statusMessage."""


def process(members: Members, folder: Path, sources: DefinitionSources, cache: Cache) -> Result:
    """How a definition ends: `members` are the request's; `folder` is ours, and has `definition.zip` if that was sent."""
    try:
        fetched = fetch(members, folder, sources)
    except (SourceError, PackagerError) as error:
        return Result("FAILED", status_text(str(error)), members.get("engine"), members.get("main"))
    kept = fetched.definition if fetched.fresh else None
    try:
        return _process(members, fetched, cache)
    except _FailedError as failure:
        message = status_text(str(failure))
        return Result("FAILED", message, members.get("engine"), members.get("main"), definition=kept)


def _process(members: Members, fetched: Fetched, cache: Cache) -> Result:
    tree = _opened(fetched.definition)
    # Left to the garbage collector, the file of an archive in a reference cycle is closed late, and with a warning.
    with contextlib.closing(tree):
        return _process_tree(members, fetched, tree, cache)


def _process_tree(members: Members, fetched: Fetched, tree: ZipTree, cache: Cache) -> Result:
    engine, main = _engine_and_main(members, tree.names)
    if tree.lookup(main) is None:
        raise _FailedError(f"the main file {main} is not in the definition zip")
    workflow = adapter.of(engine).read(tree, main, cache)
    lenient = members.get("engine") == _LENIENT
    _refuse_versions(workflow)
    # The check of Nextflow is advisory (Guide.LINTERS): nothing that it finds blocks.
    blocking = [] if engine is Engine.NEXTFLOW else _errors(workflow.diagnostics)
    if not blocking and engine is Engine.WDL:
        blocking = _errors(adapter.of(engine).check(tree, workflow, cache, EngineOptions(lenient)).diagnostics)
        blocking = blocking or _errors(_wrong_profiles(workflow))
    if blocking:
        raise _FailedError("; ".join(_line(error) for error in blocking))
    # A repository's template is never generated (creation page).
    generated = None if "definitionRepository" in members else _generated(workflow)
    template = members.get("parameterTemplate") or fetched.template or generated
    message = _nextflow_message(tree, workflow) if engine is Engine.NEXTFLOW else _notes(workflow, template)
    processed = profile_members(tree, workflow, template) if engine is Engine.NEXTFLOW else {}
    if fetched.registry_map is not None and "containerRegistryMap" not in members:
        processed["containerRegistryMap"] = fetched.registry_map
    return Result(
        "ACTIVE",
        message,
        _LENIENT if lenient else str(engine),
        main,
        template,
        fetched.definition if fetched.fresh else None,
        fetched.readme,
        processed,
    )


def _nextflow_message(tree: ZipTree, workflow: Workflow) -> str | None:
    return advisory(tree, workflow, _MAX_MESSAGE)


def _notes(workflow: Workflow, template: Members | None) -> str | None:
    """Notes about a workflow that becomes ACTIVE all the same."""
    notes = []
    if workflow.engine is Engine.WDL and any(not version for _, version in workflow.versions):
        notes.append(_MISSING_VERSION)
    if template is None and not workflow.inputs:
        notes.append(_NO_INPUTS)
    return status_text("; ".join(notes)) if notes else None


def _opened(path: Path) -> ZipTree:
    """The archive, after every byte was read once."""
    try:
        if not path.exists():
            raise _FailedError("the definition is missing")
        tree = ZipTree(path, path.name)
        for name in tree.files:
            for _ in tree.chunks(name):
                pass
    except PackagerError as error:
        raise _FailedError(f"the definition cannot be read: {error.message}") from error
    except UnreadableError as error:
        raise _FailedError(f"the definition zip is damaged: {error}") from error
    return tree


def _engine_and_main(members: Members, names: list[str]) -> tuple[Engine, str]:
    """As sent; what was not sent is chosen from the names (Guide.PACKAGING)."""
    name = members.get("engine")
    sent = Engine.WDL if name == _LENIENT else Engine(name) if name else None
    choice = service_choice(names, sent)
    main = members.get("main")
    if main is None:
        if choice.engine is None or choice.main is None:
            hint = "" if choice.engine is None else "; send main"
            raise _FailedError(f"no main file could be chosen, because {choice.reason}{hint}")
        return choice.engine, choice.main
    by_name = SUFFIXES.get(posixpath.splitext(main)[1])
    if by_name is None:
        raise _FailedError(f"the main file {main} is not a definition file (expected {', '.join(SUFFIXES)})")
    if sent is None and choice.engine is None:
        raise _FailedError(f"the engine could not be chosen, because {choice.reason}")
    engine = sent or choice.engine or by_name
    if by_name is not engine:
        raise _FailedError(f"the main file {main} is not a definition file of {engine}")
    path = normalise(main)
    if path is None or main.startswith("/"):
        raise _FailedError(f"the main file {main} is not in the definition zip")
    return engine, path


def _refuse_versions(workflow: Workflow) -> None:
    """Refuse versions that the service does not list (Guide.LANGUAGE_VERSIONS)."""
    known = {Engine.WDL: limits.WDL_VERSIONS, Engine.CWL: limits.CWL_VERSIONS}.get(workflow.engine)
    for path, version in workflow.versions if known else ():
        if version and known and version not in known:
            raise _FailedError(f"{path} declares {workflow.engine} {version}, not one of {', '.join(known)}")


def _wrong_profiles(workflow: Workflow) -> tuple[Diagnostic, ...]:
    """What is wrong with lists of resource profiles, which the service checks at creation (Guide.ADVANCED_RESOURCES)."""
    facts = Facts(workflow=workflow)
    return tuple(found for code in _OF_PROFILES for found in apply_rule(RULES[code], facts))


def _errors(diagnostics: tuple[Diagnostic, ...]) -> tuple[Diagnostic, ...]:
    return in_order(
        [
            diagnostic
            for diagnostic in diagnostics
            if diagnostic.severity is Severity.ERROR and diagnostic.code not in _STRICTER_THAN_SERVICE
        ]
    )


def _line(error: Diagnostic) -> str:
    place = f"({error.path} Ln {error.line} Col {error.column}) " if error.line else f"({error.path}) "
    return f"{place}{error.message}"


def _generated(workflow: Workflow) -> Members | None:
    """The template that the service makes (Guide.PARAMETER_TEMPLATES), if any."""
    return {
        name: {"description": parameter.description, "optional": parameter.optional}
        for name, parameter in as_service(workflow).items()
    } or None


def status_text(text: str) -> str:
    """A statusMessage that the API's pattern allows, cut at its greatest length."""
    kept = "".join(char if limits.is_text(char) else " " for char in text)
    return kept if len(kept) <= _MAX_MESSAGE else kept[: _MAX_MESSAGE - 1] + "…"
