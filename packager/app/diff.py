"""A workflow here held against a deployed one: both are read the same way, as far as the service gives the other out."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from packager.app import load
from packager.app.build import readme_text
from packager.app.loaded import Loaded
from packager.diff import Comparison, Definition, Difference, File, NotCompared, Patch, Side, compare, patch
from packager.diff.patches import MOST_BYTES
from packager.errors import PackagerError
from packager.findings.diagnostic import Severity
from packager.model.facts import Engine, TemplateParameter
from packager.source import SourceTree, UnreadableError, ZipTree

if TYPE_CHECKING:
    from packager.aws.deliver.download import Exported
    from packager.aws.session import Target
    from packager.healthomics.deployed import Deployed
    from packager.healthomics.request import Request

_DEPLOYED = "the deployed definition"
_MOST_PATCHES = 200  # our own bound of what a person reads


def compare_with_deployed(
    loaded: Loaded,
    settings: Request,
    target: Target,
    *,
    version_name: str | None = None,
    patches: bool = False,
    timeout: float = 600,
) -> Comparison:
    """Hold a workflow with its settings against a deployed one, found by `settings.workflow_id` or else by `settings.name`.

    `version_name` says which version of it; None: the newest ACTIVE one. `timeout` bounds all that is asked, in seconds.

    Raises:
        PackagerError: no workflow, or several, have the name; or the workflow is another account's than the target's.
        ServiceError: the service refused, or did not answer in time.
    """
    from packager.aws.deadline import Deadline  # noqa: PLC0415 - boto3 only when something is asked
    from packager.aws.deliver.download import export, id_of_name  # noqa: PLC0415 - boto3 only when something is asked
    from packager.aws.session import omics_client  # noqa: PLC0415 - as above

    with (
        tempfile.TemporaryDirectory(prefix="packager-") as folder,
        contextlib.closing(omics_client(target, Deadline.after(timeout))) as client,
    ):
        workflow_id = settings.workflow_id
        if workflow_id is None:
            workflow_id = id_of_name(client, settings.name or "")
        exported = export(client, workflow_id, version_name, Path(folder), named=settings.name is not None)
        region = client.meta.region_name
        if not target.static_credentials:
            _check_account(loaded, exported.deployed)
        tree, there, unknown = _there(exported, loaded)
        difference = compare(there, _here(loaded, settings), unknown)
        found = list(_patches(difference, tree, loaded.tree)) if patches and tree else []
    more = max(0, len(difference.files) - _MOST_PATCHES) if patches else 0
    return Comparison(
        deployed=exported.deployed,
        newest=exported.newest,
        region=region,
        difference=difference,
        patches=tuple(found),
        more_patches=more,
    )


def _check_account(loaded: Loaded, deployed: Deployed) -> None:
    if loaded.target and loaded.account and deployed.account not in ("", loaded.account):
        raise PackagerError(
            f"{deployed.label} is one of account {deployed.account}, the target is account {loaded.account}",
            "use a profile of that account (`--profile`), or correct the target",
        )


def _here(loaded: Loaded, settings: Request) -> Side:
    """The workflow here, with what it would be submitted with."""
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
    files = tuple(File(one.path, one.size, one.sha256, one.mode & 0o100 != 0) for one in loaded.plan.entries)
    return Side(
        settings=request,
        parameters=loaded.parameters.parameters,
        stand_ins=_stand_ins(loaded, dict(loaded.parameters.parameters)),
        files=files,
        modes=loaded.tree.kind != "zip" or any(one.executable for one in files),
        definition=_definition(loaded),
        readme=settings.readme_markdown if settings.readme_markdown is not None else readme_text(loaded),
        readme_known=not elsewhere,
    )


def _there(exported: Exported, like: Loaded) -> tuple[SourceTree | None, Side, tuple[NotCompared, ...]]:
    """What is deployed, its files as a tree, and why parts of it are not known."""
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
        loaded = load.load(
            str(exported.definition),
            engine=deployed.settings.engine,
            main=deployed.settings.main,
            nextflow_profile=",".join(like.profiles) or None,
            cache=like.cache,
        )
    except (PackagerError, UnreadableError) as error:
        reason = str(error).replace(f"`{exported.definition}`", _DEPLOYED).replace(str(exported.definition), _DEPLOYED)
        unknown = _unknown(f"{_DEPLOYED} cannot be read: {reason}", files=tree is None)
        return tree, side if tree is None else _with_files(side, tree), tuple(unknown)
    side = replace(
        _with_files(side, tree), stand_ins=_stand_ins(loaded, dict(side.parameters)), definition=_definition(loaded)
    )
    unread = [one.path for one in side.files or () if one.sha256 is None]
    unseen = [NotCompared("files", f"`{path}` of {_DEPLOYED} cannot be read") for path in unread]
    odd = [problem for problem in tree.problems if problem.severity is Severity.ERROR]
    unseen += [NotCompared("files", f"`{problem.path}` of {_DEPLOYED}: {problem.message}") for problem in odd]
    return tree, side, tuple(unseen)


def _unknown(reason: str, *, files: bool) -> Iterator[NotCompared]:
    for part in (*(("files",) if files else ()), "types of parameters", "outputs", "images"):
        yield NotCompared(part, reason)


def _with_files(side: Side, tree: SourceTree) -> Side:
    """A side with the files of a zip. Modes count unless the zip knows of no executable file at all."""
    files = tuple(File(one.path, one.size, _sha256(tree, one.path), one.executable) for one in tree.files.values())
    return replace(side, files=files, modes=any(one.executable for one in files))


def _sha256(tree: SourceTree, path: str) -> str | None:
    try:
        return tree.sha256(path)
    except UnreadableError:
        return None


def _definition(loaded: Loaded) -> Definition:
    workflow = loaded.workflow
    return Definition(
        engine=workflow.engine.value,
        value_types=tuple(
            (one.name, one.value_type) for one in workflow.inputs if _is_declared(workflow.engine, one.place.path)
        ),
        inputs=tuple(
            (one.name, one.type if _is_declared(workflow.engine, one.place.path) else "") for one in workflow.inputs
        ),
        outputs=tuple((one.name, one.type) for one in workflow.outputs),
        images=tuple(image for use in loaded.images for image in use.names or (use.image,)),
        language_version=workflow.language_version,
        complete=workflow.complete,
    )


def _is_declared(engine: Engine, path: str) -> bool:
    """Whether an input's type is its author's; a Nextflow parameter without a schema has only that of its default."""
    return engine is not Engine.NEXTFLOW or path.endswith(".json")


def _stand_ins(loaded: Loaded, parameters: dict[str, TemplateParameter]) -> frozenset[str]:
    """Parameters that are described by their type alone, because nobody describes them."""
    derived = dict(loaded.template.parameters)
    return frozenset(
        name
        for name in loaded.template.undescribed
        if name in parameters and parameters[name].description == derived[name].description
    )


def _patches(difference: Difference, there: SourceTree, here: SourceTree) -> Iterator[Patch]:
    for change in difference.files[:_MOST_PATCHES]:
        if change.before is not None and change.after is not None and change.before.sha256 == change.after.sha256:
            continue  # only the mode differs
        sizes = [one.size for one in (change.before, change.after) if one is not None]
        if max(sizes) > MOST_BYTES:
            yield Patch(change.path, note="too large to show")
            continue
        try:
            yield patch(
                change.path,
                there.read(change.path, MOST_BYTES) if change.before else None,
                here.read(change.path, MOST_BYTES) if change.after else None,
            )
        except UnreadableError as error:
            yield Patch(change.path, note=f"cannot be read: {error}")
