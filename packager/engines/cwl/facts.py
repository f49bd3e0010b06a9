"""From a main file to the facts of its workflow."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from packager.engines.caching import Lookups
from packager.engines.cwl.bodies import ProcessBodies
from packager.engines.cwl.closure import DocumentLoader, place_of
from packager.engines.cwl.features import features_of
from packager.engines.cwl.nodes import MappingNode, Node, ScalarNode, SequenceNode
from packager.engines.cwl.processes import PROCESS_CLASSES, RequirementScope, inputs_of, outputs_of, process_name
from packager.engines.cwl.tasks import ProcessWalker, choose
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, Place, Skipped, in_order
from packager.model.calls import pack
from packager.model.facts import Engine, Role, Workflow
from packager.text import listed

MAX_LEVELS = 12  # public workflows have up to four
MAX_INSTANCES = 2_000  # processes that steps run, each as often as it is run; public workflows have up to 500
_MOST_NAMES = 8  # in a message
_OTHER_MAIN = "choose the document of a workflow or a tool as the main file"
_TYPES = frozenset({"items", "fields"})
_PROCESSES = frozenset({"run"})


def gather(tree: Lookups, main: str, given: Mapping[str, object] = MappingProxyType({})) -> Workflow:
    """The facts of the workflow (or tool) of the document `main`; `given` are the values of inputs in a run."""
    loader = DocumentLoader(tree)
    walker = ProcessWalker(loader, main)
    root = loader.document(main, Role.MAIN, "main")
    process = choose(loader, root, "") if root is not None else None
    if process is not None:
        walker.begin(process, given)
        _rest(loader, main, root)
    elif root is not None:
        loader.loaded.diagnostics.append(_without_main(root))
        _rest(loader, main, root)
    loader.check_texts()
    loaded = loader.loaded
    inputs = inputs_of(process) if process is not None else ()
    skipped = list(loaded.skipped)
    if walker.overflow:
        overflow = "steps are nested too deeply or run too often: not every task was checked"
        skipped.append(Skipped("CWL013", overflow))
    if beyond := _beyond_cwltool(loaded.roots.values(), walker.visits):
        skipped.append(Skipped("CWL001", f"cwltool was not run: {beyond}"))
    return Workflow(
        engine=Engine.CWL,
        main=main,
        name=process_name(process) if process is not None else "",
        language_version=loaded.versions.get(main, ""),
        inputs=inputs,
        outputs=outputs_of(process) if process is not None else (),
        tasks=walker.found(),
        files=tuple(sorted(loaded.files.values())),
        versions=tuple(sorted(loaded.versions.items())),
        features=features_of(loaded, inputs, walker.features, tree.text),
        diagnostics=in_order(loaded.diagnostics),
        skipped=tuple(skipped),
        complete=loaded.complete and not walker.overflow and process is not None,
        place=place_of(process) if process is not None else Place(main),
        packed_graph=pack(ProcessBodies(walker.process_of).graph(process)) if process is not None else "",
    )


def _without_main(root: Node) -> Diagnostic:
    """The finding for a document of which no process can be chosen."""
    graph = root.get("$graph") if isinstance(root, MappingNode) else root
    items = [item for item in graph.items if isinstance(item, MappingNode)] if isinstance(graph, SequenceNode) else []
    names = [process_name(item, "without an `id`") for item in items if item.string("class") in PROCESS_CLASSES]
    if isinstance(root, ScalarNode):
        message = "the document is empty" if root.value is None else "the document is not a process: expected a mapping"
    elif names:
        message = f"the document has multiple processes and none is named `main`: {listed(names, _MOST_NAMES)}"
    else:
        message = "the document has no process to run"
    return finding_at(
        place_of(root), "CWL012", message, hint="name the process to run `main` in `$graph`" if names else _OTHER_MAIN
    )


def _rest(loader: DocumentLoader, main: str, root: Node | None) -> None:
    """Load what the other processes of a `$graph` refer to: it belongs to the document though main does not run them."""
    graph = root.get("$graph") if isinstance(root, MappingNode) else root
    other = ProcessWalker(loader, main)
    for process in graph.items if isinstance(graph, SequenceNode) else []:
        if isinstance(process, MappingNode):
            other.visit(process, "", RequirementScope(), {})


def _beyond_cwltool(roots: Iterable[Node | None], instances: int) -> str:
    """Why cwltool is not run, or '' if it is: its time doubles with each level of types and embedded processes."""
    if instances > MAX_INSTANCES:
        return f"steps run more than {MAX_INSTANCES:,} processes, including those of sub-workflows"
    for root in roots:
        if root is not None and _levels(root, _TYPES) > MAX_LEVELS:
            return f"types are nested more than {MAX_LEVELS} levels deep"
        if root is not None and _levels(root, _PROCESSES) > MAX_LEVELS:
            return f"processes are nested more than {MAX_LEVELS} levels deep"
    return ""


def _levels(root: Node, keys: frozenset[str]) -> int:
    """The largest number of these keys on one way from a root to a leaf; each shared node is visited once."""
    below: dict[int, int] = {}
    stack = [(root, False)]
    while stack:
        node, children_known = stack.pop()
        if isinstance(node, ScalarNode) or (id(node) in below and not children_known):
            continue
        parts = list(node.entries.items()) if isinstance(node, MappingNode) else [("", item) for item in node.items]
        if children_known:
            below[id(node)] = max((below.get(id(part), 0) + (key in keys) for key, part in parts), default=0)
            continue
        below[id(node)] = 0  # for a circle of aliases
        stack.append((node, True))
        stack += [(part, False) for _, part in parts]
    return below.get(id(root), 0)
