"""From a main file to its facts; the package's docstring says what the features mean."""

from __future__ import annotations

from packager.engines.cwl.closure import Loaded, Loader, place_of
from packager.engines.cwl.expressions import sloppy_features
from packager.engines.cwl.lookups import Lookups
from packager.engines.cwl.nesting import beyond_cwltool
from packager.engines.cwl.nodes import Mapping, Node, Sequence
from packager.engines.cwl.processes import Scope, inputs_of, outputs_of, process_name
from packager.engines.cwl.tasks import Walker, choose
from packager.findings.codes import finding
from packager.findings.diagnostic import Place, Skipped, in_order
from packager.healthomics.limits import CWL_VERSIONS
from packager.model.facts import Engine, Input, Role, Workflow
from packager.model.features import Feature, FeatureName


def gather(tree: Lookups, main: str) -> Workflow:
    """Read the closure of `main`; never raises."""
    loader = Loader(tree)
    walker = Walker(loader, main)
    root = loader.document(main, Role.MAIN, "main")
    process = choose(loader, root, "") if root is not None else None
    if process is not None:
        walker.begin(process)
        _rest(loader, main, root)
    elif root is not None:
        message = "the document holds no process that could be main"
        place = place_of(root)
        loader.loaded.diagnostics.append(finding("CWL012", message, path=main, line=place.line, column=place.column))
        _rest(loader, main, root)
    loader.check_texts()
    loaded = loader.loaded
    inputs = inputs_of(process) if process is not None else ()
    skipped = []
    if walker.overflow:
        overflow = "steps are nested too deeply or run too often: not every task was looked at"
        skipped.append(Skipped("CWL013", overflow))
    if beyond := beyond_cwltool(loaded.roots.values(), walker.visits):
        skipped.append(Skipped("CWL001", f"cwltool was not asked: {beyond}"))
    return Workflow(
        engine=Engine.CWL,
        main=main,
        name=process_name(process) if process is not None else "",
        language_version=loaded.versions.get(main, ""),
        inputs=inputs,
        outputs=outputs_of(process) if process is not None else (),
        tasks=tuple(walker.tasks),
        files=tuple(sorted(loaded.files.values())),
        versions=tuple(sorted(loaded.versions.items())),
        features=_features(loaded, inputs, walker, tree),
        diagnostics=in_order(loaded.diagnostics),
        skipped=tuple(skipped),
        complete=loaded.complete and not walker.overflow and process is not None,
        place=place_of(process) if process is not None else Place(main),
    )


def _rest(loader: Loader, main: str, root: Node | None) -> None:
    """Load what the other processes of a `$graph` refer to: they belong to the document though main runs none of them."""
    graph = root.get("$graph") if isinstance(root, Mapping) else root
    other = Walker(loader, main)
    for process in graph.items if isinstance(graph, Sequence) else []:
        if isinstance(process, Mapping):
            other.visit(process, "", Scope(), {})


def _features(loaded: Loaded, inputs: tuple[Input, ...], walker: Walker, tree: Lookups) -> tuple[Feature, ...]:
    found = {*loaded.features, *walker.features, *sloppy_features(loaded.roots.values(), tree.text)}
    found |= {
        Feature(FeatureName.INPUT_WITHOUT_LABEL, one.name, one.place) for one in inputs if not one.service_description
    }
    for path, version in loaded.versions.items():
        root = loaded.roots.get(path)
        if version and version not in CWL_VERSIONS and isinstance(root, Mapping):
            found.add(Feature(FeatureName.UNSUPPORTED_VERSION, version, place_of(root.entries["cwlVersion"])))
    return tuple(sorted(found, key=lambda one: (one.place, one.name, one.text)))
