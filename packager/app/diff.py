"""The local workflow compared with a deployed version: both are read the same way, as far as the service returns the definition."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from packager.app.build import readme_text
from packager.app.call_facts import call_facts
from packager.app.load import load
from packager.app.loaded import Loaded
from packager.app.options import LoadOptions
from packager.aws.deadline import Deadline
from packager.aws.deliver.deployments import id_of_name
from packager.aws.deliver.download import Exported, export
from packager.aws.session import Target, omics_client
from packager.diff import Comparison, Definition, Difference, File, NotCompared, Patch, Side, compare, merged, patch
from packager.diff.patches import MOST_BYTES
from packager.errors import PackagerError
from packager.findings.diagnostic import Severity
from packager.healthomics.deployed import Deployed
from packager.healthomics.request import Request
from packager.model.facts import Engine, TemplateParameter
from packager.parameters.template import Template
from packager.source import SourceTree, UnreadableError, ZipTree

_DEPLOYED = "the deployed definition"
_MOST_PATCHES = 200  # our own limit: nobody reads more


def compare_with_deployed(
    loaded: Loaded,
    settings: Request,
    target: Target,
    *,
    version_name: str | None = None,
    patches: bool = False,
    timeout: float = 600,
) -> Comparison:
    """The differences between a workflow with its settings and the deployed one of `settings.workflow_id`, or else `settings.name`.

    `version_name` chooses its version; None: the newest ACTIVE one. `timeout` bounds all requests together, in seconds.

    Raises:
        PackagerError: no workflow or more than one has the name, or it belongs to a different account than the target.
        ServiceError: the service refused, or did not answer in time.
    """
    with (
        tempfile.TemporaryDirectory(prefix="packager-") as folder,
        contextlib.closing(omics_client(target, Deadline.after(timeout))) as client,
    ):
        workflow_id = settings.workflow_id
        if workflow_id is None:
            workflow_id = id_of_name(client, settings.name or "")
        exported = export(client, workflow_id, version_name, Path(folder), named=settings.name is not None)
        region = client.region
        if not target.static_credentials:
            _check_account(loaded, exported.deployed)
        tree, deployed, unknown = _deployed(exported, loaded)
        local = _local(loaded, settings)
        difference = compare(deployed, local, unknown)
        changes = list(_patches(difference, tree, loaded.tree)) if patches and tree else []
    more = max(0, len(difference.files) - _MOST_PATCHES) if patches else 0
    return Comparison(
        deployed=exported.deployed,
        newest=exported.newest,
        region=region,
        difference=difference,
        graph=merged(deployed.definition, local.definition),
        patches=tuple(changes),
        more_patches=more,
    )


def _check_account(loaded: Loaded, deployed: Deployed) -> None:
    if loaded.target and loaded.account and deployed.account not in ("", loaded.account):
        raise PackagerError(
            f"{deployed.label} belongs to account {deployed.account}, but the target is account {loaded.account}",
            "use a profile of that account (`--profile`), or correct the target",
        )


def _local(loaded: Loaded, settings: Request) -> Side:
    """The local workflow, with what it would be submitted with."""
    mapping = loaded.registry_map if settings.container_registry_map_uri is None else None
    sidecar = loaded.sidecar
    if sidecar and settings.storage_type is None and settings.storage_capacity is None:
        settings = replace(settings, storage_type=sidecar.storage_type, storage_capacity=sidecar.storage_capacity)
    request = replace(
        settings,
        engine=loaded.request_engine,
        main=loaded.detection.main,
        container_registry_map=mapping.text if mapping else None,
    )
    elsewhere = settings.readme_path is not None or settings.readme_uri is not None
    entries = loaded.plan.entries
    files = tuple(File(entry.path, entry.size, entry.sha256, entry.mode & 0o100 != 0) for entry in entries)
    readme = settings.readme_markdown
    if readme is None:
        readme = readme_text(loaded.tree, loaded.detection.main, sidecar)
    return Side(
        settings=request,
        parameters=loaded.parameters.parameters,
        stand_ins=_undescribed(loaded.template, dict(loaded.parameters.parameters)),
        files=files,
        modes=loaded.tree.kind != "zip" or any(file.executable for file in files),
        definition=_definition(loaded),
        readme=readme,
        readme_known=not elsewhere,
    )


def _deployed(exported: Exported, local: Loaded) -> tuple[SourceTree | None, Side, tuple[NotCompared, ...]]:
    """The files of the deployed version, the version itself, and why parts of it are unknown."""
    deployed = exported.deployed
    side = Side(
        settings=deployed.settings,
        parameters=deployed.settings.parameter_template or (),
        readme=exported.readme,
        readme_known=exported.readme_known,
    )
    if exported.definition is None:
        return None, side, tuple(_unknown(exported.no_definition, files=True))
    tree: SourceTree | None = None
    try:
        tree = ZipTree(exported.definition, _DEPLOYED)
        options = LoadOptions(
            engine=deployed.settings.engine,
            main=deployed.settings.main,
            nextflow_profile=",".join(local.profiles) or None,
        )
        loaded = load(str(exported.definition), options, cache=local.cache)
    except (PackagerError, UnreadableError) as error:
        reason = str(error).replace(f"`{exported.definition}`", _DEPLOYED).replace(str(exported.definition), _DEPLOYED)
        unknown = _unknown(f"{_DEPLOYED} cannot be read: {reason}", files=tree is None)
        return tree, side if tree is None else _with_files(side, tree), tuple(unknown)
    side = replace(
        _with_files(side, tree),
        stand_ins=_undescribed(loaded.template, dict(side.parameters)),
        definition=_definition(loaded),
    )
    unread = [file.path for file in side.files or () if file.sha256 is None]
    not_compared = [NotCompared("files", f"`{path}` of {_DEPLOYED} cannot be read") for path in unread]
    errors = [problem for problem in tree.problems if problem.severity is Severity.ERROR]
    not_compared += [NotCompared("files", f"`{problem.path}` of {_DEPLOYED}: {problem.message}") for problem in errors]
    return tree, side, tuple(not_compared)


def _unknown(reason: str, *, files: bool) -> Iterator[NotCompared]:
    for part in (*(("files",) if files else ()), "types of parameters", "outputs", "images", "calls"):
        yield NotCompared(part, reason)


def _with_files(side: Side, tree: SourceTree) -> Side:
    """A side with the files of a zip. Modes are compared only if the zip marks at least one file as executable."""
    files = tuple(File(file.path, file.size, _sha256(tree, file.path), file.executable) for file in tree.files.values())
    return replace(side, files=files, modes=any(file.executable for file in files))


def _sha256(tree: SourceTree, path: str) -> str | None:
    try:
        return tree.sha256(path)
    except UnreadableError:
        return None


def _definition(loaded: Loaded) -> Definition:
    workflow = loaded.workflow
    declared = {value.name: _is_declared(workflow.engine, value.place.path) for value in workflow.inputs}
    return Definition(
        engine=workflow.engine.value,
        value_types=tuple((value.name, value.value_type) for value in workflow.inputs if declared[value.name]),
        inputs=tuple((value.name, value.type if declared[value.name] else "") for value in workflow.inputs),
        outputs=tuple((output.name, output.type) for output in workflow.outputs),
        images=tuple(image for use in loaded.images for image in use.names or (use.image,)),
        language_version=workflow.language_version,
        calls=workflow.graph,
        call_facts=tuple(call_facts(loaded)),
        complete=workflow.complete,
    )


def _is_declared(engine: Engine, path: str) -> bool:
    """Whether an input's type is its author's; a Nextflow parameter without a schema has only that of its default."""
    return engine is not Engine.NEXTFLOW or path.endswith(".json")


def _undescribed(template: Template, parameters: dict[str, TemplateParameter]) -> frozenset[str]:
    """Parameters whose description is their type, because the definition has no description of them."""
    derived = dict(template.parameters)
    return frozenset(
        name
        for name in template.undescribed
        if name in parameters and parameters[name].description == derived[name].description
    )


def _patches(difference: Difference, deployed: SourceTree, local: SourceTree) -> Iterator[Patch]:
    for change in difference.files[:_MOST_PATCHES]:
        if change.before is not None and change.after is not None and change.before.sha256 == change.after.sha256:
            continue  # only the mode differs
        sizes = [file.size for file in (change.before, change.after) if file is not None]
        if max(sizes) > MOST_BYTES:
            yield Patch(change.path, note="too large to show")
            continue
        try:
            yield patch(
                change.path,
                deployed.read(change.path, MOST_BYTES) if change.before else None,
                local.read(change.path, MOST_BYTES) if change.after else None,
            )
        except UnreadableError as error:
            yield Patch(change.path, note=f"cannot be read: {error}")
