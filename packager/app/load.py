"""Reading a workflow: source, engine and main, facts, parameter template, images, and the files of its package.

Every function takes and returns plain data. Nothing here prints, exits, or reads the environment.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

from packager import detect
from packager.app.loaded import Loaded, on_disk
from packager.app.options import LoadOptions
from packager.app.run_images import in_run
from packager.app.vendor_lock import lock_findings
from packager.archive.description import Sidecar, read_sidecar, sidecar_path
from packager.archive.plan import Plan
from packager.archive.plan import plan as plan_package
from packager.cache import NO_CACHE, Cache
from packager.engines import adapter
from packager.engines.adapter import EngineOptions
from packager.errors import PackagerError
from packager.files import exists, is_file, is_special, read_file
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Severity, in_order
from packager.healthomics import limits
from packager.images import registry_map
from packager.images.usage import unique_images
from packager.jsondoc.jsontext import JsonPart, JsonText
from packager.model.facts import Detection, Engine
from packager.parameters.run_requests import read_parameters as read_run_parameters
from packager.parameters.template import FILE_NAME as TEMPLATE_NAME
from packager.parameters.template import derive
from packager.parameters.template import read as read_template
from packager.source import (
    IGNORE_FILES,
    MAX_DEFINITION_BYTES,
    NO_OVERLAY,
    DirectoryTree,
    Overlay,
    SourceTree,
    TextTree,
    UnreadableError,
)
from packager.text import listed

_DEFAULT = LoadOptions()


def load(path: str, options: LoadOptions = _DEFAULT, *, cache: Cache = NO_CACHE) -> Loaded:
    """Everything that can be read of the workflow at `path` (a directory, a main file or a zip), without checking it.

    Raises:
        PackagerError: the path does not exist, or is not exactly one workflow.
    """
    sidecar = _sidecar(path)
    engine = _known_engine(options.engine or (sidecar.engine if sidecar else None))
    located = detect.locate(
        path,
        engine=language(engine),
        main=options.main,
        described_main=sidecar.main if sidecar else None,
        overlay=options.overlay,
    )
    return _load(located, sidecar, replace(options, engine=engine), cache)


def load_texts(
    texts: Mapping[str, str], options: LoadOptions = _DEFAULT, *, name: str = "files", cache: Cache = NO_CACHE
) -> Loaded:
    """As `load`, of texts in memory by their relative paths; `name` is how messages name them together.

    Raises:
        PackagerError: they are not exactly one workflow.
    """
    engine = _known_engine(options.engine)
    tree = TextTree(texts, name)
    detection = detect.detect(tree, engine=language(engine), main=options.main)
    return _load(detect.Located(tree, detection), None, options, cache)


def _load(located: detect.Located, sidecar: Sidecar | None, options: LoadOptions, cache: Cache) -> Loaded:
    """Everything that can be read of a workflow whose main file is known."""
    tree, detection = located.tree, located.detection
    profiles = _profiles(options.nextflow_profile, detection)
    workflow = adapter.of(detection.engine).read(tree, detection.main, cache, EngineOptions(profiles=profiles))
    hinted = detect.with_local_files(detect.with_way_out(workflow.diagnostics, tree, detection), tree)
    workflow = replace(workflow, diagnostics=hinted)
    plan = plan_package(tree, workflow, include=options.include, exclude=options.exclude)
    diagnostics = [*located.diagnostics, *workflow.diagnostics, *plan.diagnostics]
    diagnostics += _problems(tree, workflow.engine, plan)
    diagnostics += lock_findings(tree, frozenset(file.path for file in workflow.files))
    if tree.kind == "zip":
        diagnostics += _check_sidecar(tree, sidecar, plan, detection)
    template = derive(workflow)
    diagnostics += [*_unusable(tree, detection.main, options), *template.diagnostics]
    described = sidecar.template if sidecar is not None else None
    overlay = options.overlay
    content = _named_or_next_to(tree, detection.main, (options.parameter_template, TEMPLATE_NAME), overlay)
    content = content or _part(described)
    written, faults = read_template(*content) if content else (None, ())
    diagnostics += faults
    named_map = (options.container_registry_map, registry_map.FILE_NAME)
    content = _named_or_next_to(tree, detection.main, named_map, overlay)
    mapping, faults = registry_map.read(*content) if content else (None, ())
    diagnostics += faults
    content = _named(options.run_parameters, overlay) if options.run_parameters is not None else None
    parameters, faults = read_run_parameters(apart(tree, content[0]), content[1]) if content else (None, ())
    diagnostics += faults
    with_images = workflow if parameters is None else in_run(workflow, parameters, tree, cache, profiles)
    return Loaded(
        tree=tree,
        detection=detection,
        request_engine=options.engine or detection.engine.value,
        workflow=with_images,
        template=template,
        written_template=written,
        registry_map=mapping,
        images=unique_images(with_images),
        plan=plan,
        sidecar=sidecar,
        cache=cache,
        region=options.region,
        account=options.account,
        profiles=profiles,
        diagnostics=in_order(diagnostics),
        policy=options.policy,
        policy_folder=options.policy_folder,
        target=options.target,
        run_parameters=parameters,
        day=options.as_of or today(),
    )


def today() -> date:
    """The current day, the same in all time zones."""
    return datetime.now(UTC).date()


def _known_engine(engine: str | None) -> str | None:
    if engine is not None and engine not in limits.ENGINES:
        raise PackagerError(f"unknown engine `{engine}`", f"use one of {', '.join(limits.ENGINES)}")
    return engine


def language(engine: str | None) -> Engine | None:
    """The language of an engine value of the API."""
    if engine is None:
        return None
    return Engine.WDL if engine == "WDL_LENIENT" else Engine(engine)


def _profiles(names: str | None, detection: Detection) -> tuple[str, ...]:
    profiles = tuple(name.strip() for name in (names or "").split(",") if name.strip())
    if profiles and detection.engine is not Engine.NEXTFLOW:
        raise PackagerError(
            f"a {detection.engine.value} workflow has no Nextflow profiles", "omit `--nextflow-profile`"
        )
    return profiles


def _sidecar(path: str) -> Sidecar | None:
    return read_sidecar(Path(path)) if path.endswith(".zip") and is_file(Path(path)) else None


def _check_sidecar(tree: SourceTree, sidecar: Sidecar | None, plan: Plan, detection: Detection) -> list[Diagnostic]:
    path = sidecar_path(Path(tree.name))
    if sidecar is None:
        name = path.name
        message = f"there is no `{name}` next to the zip: its engine, main and template are detected again"
        return [finding("ZIP018", message, path=detection.main)]
    if sidecar.content_digest != plan.content_digest:
        raise PackagerError(
            f"`{path}` describes another package: the content digest differs",
            "package the workflow again, or remove the description to use the zip as is",
        )
    return []


def _named(path: str, overlay: Overlay = NO_OVERLAY) -> tuple[str, bytes]:
    """A file that was named, which must exist."""
    unsaved = overlay.content(path)
    return path, read_file(Path(path), MAX_DEFINITION_BYTES) if unsaved is None else unsaved


def apart(tree: SourceTree, path: str) -> str:
    """The path of a file that was named, absolute if the source has another file of the same relative path."""
    real = tree.real_path(path)
    if tree.lookup(path) is None or (real is not None and real.resolve() == Path(path).resolve()):
        return path
    return Path(path).resolve().as_posix()


def read_named(named: str | JsonPart, overlay: Overlay = NO_OVERLAY) -> tuple[str, bytes | JsonText]:
    """A document that was named, which must exist: a file, or a part of one; its path and its content.

    Raises:
        PackagerError: it cannot be read.
    """
    return (named.path, named.text) if isinstance(named, JsonPart) else _named(named, overlay)


def _part(part: JsonPart | None) -> tuple[str, bytes | JsonText] | None:
    return (part.path, part.text) if part is not None else None


def _named_or_next_to(
    tree: SourceTree, main: str, names: tuple[str | JsonPart | None, str], overlay: Overlay
) -> tuple[str, bytes | JsonText] | None:
    """The document that was named, the first of `names`, or else the file of the second name next to main, if it exists."""
    named, name = names
    if named is not None:
        path, content = read_named(named, overlay)
        return apart(tree, path), content
    path = posixpath.join(posixpath.dirname(main), name)
    if tree.lookup(path) is None:
        return None
    try:
        return path, tree.read(path)
    except UnreadableError as error:
        raise PackagerError(f"cannot read `{on_disk(tree, path)}`: {error}") from error


def _problems(tree: SourceTree, engine: Engine, plan: Plan) -> Iterator[Diagnostic]:
    """The problems of a source that may concern its package.

    Of WDL and CWL only the closure counts, which was read file by file; but an ignore file may have hidden the main file of a folder.
    """
    if tree.kind == "zip":
        yield from tree.problems
    elif engine is Engine.NEXTFLOW:
        yield from _of_package(tree.problems, plan)
    elif tree.kind == "directory":
        yield from (found for found in tree.problems if posixpath.basename(found.path) in IGNORE_FILES)


def _of_package(problems: tuple[Diagnostic, ...], plan: Plan) -> Iterator[Diagnostic]:
    """The problems of a folder, where links in folders of which the package has no file are one note."""
    folders = {"", *(posixpath.dirname(entry.path) for entry in plan.entries)}
    others = [found for found in problems if found.code == "ZIP011" and posixpath.dirname(found.path) not in folders]
    yield from (found for found in problems if found not in others)
    if others:
        links = listed([found.path for found in others])
        what = (
            "a link that cannot be followed is"
            if len(others) == 1
            else f"{len(others)} links that cannot be followed are"
        )
        message = f"{what} in folders of which the package has no file: {links}"
        hint = "no action is needed unless a run needs these files"
        yield finding("ZIP011", message, path=others[0].path, hint=hint, severity=Severity.INFO, subject="links")


def _unusable(tree: SourceTree, main: str, options: LoadOptions) -> Iterator[Diagnostic]:
    """Findings about files next to main that would be used if they were regular files inside of the source."""
    files = {TEMPLATE_NAME: options.parameter_template, registry_map.FILE_NAME: options.container_registry_map}
    for name, named in files.items():
        path = posixpath.join(posixpath.dirname(main), name)
        place = tree.real_path(path)
        if named is not None or place is None or tree.lookup(path) is not None:
            continue
        if is_special(place):
            yield finding("ZIP013", "not a regular file", path=path)
        elif place.is_symlink():
            why = tree.link_fault(place) if isinstance(tree, DirectoryTree) and exists(place) else ""
            yield finding("ZIP011", why or "the link is broken or loops", path=path)
