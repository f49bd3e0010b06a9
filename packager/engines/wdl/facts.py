"""The facts of a workflow from those of its documents, along the calls from main."""

from __future__ import annotations

from collections.abc import Mapping

from packager.engines.wdl.bodies import WorkflowBodies
from packager.engines.wdl.calls import NO_INPUTS, CallWalker
from packager.engines.wdl.closure import ImportClosure
from packager.engines.wdl.document_facts import EMPTY_DOCUMENT, Span, WorkflowFact
from packager.engines.wdl.features import features_of
from packager.engines.wdl.tasks import task_of
from packager.engines.wdl.value_types import value_types_of
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Place, Skipped, in_order
from packager.model.calls import pack
from packager.model.facts import Engine, Input, Output, Workflow


def link(closure: ImportClosure, main: str, given: Mapping[str, object] = NO_INPUTS) -> Workflow:
    """The facts of a closure, seen from its main document; `given` are the values of inputs in a run."""
    document = closure.documents.get(main)
    fact = document.workflow if document is not None else None
    diagnostics = list(closure.diagnostics)
    walker = CallWalker(closure)
    if fact is not None:
        walker.start(main, fact, given)
    elif document is not None and not document.errors:
        diagnostics.append(_no_workflow(main))
    skipped = []
    if walker.overflow:
        reason = "sub-workflows are nested or called so often that not every call was followed"
        skipped.append(Skipped("IMG001", reason))
    workflow = Workflow(
        engine=Engine.WDL,
        main=main,
        name=fact.name if fact is not None else "",
        language_version=document.version if document is not None else "",
        inputs=_inputs(fact, main, closure) if fact is not None else (),
        outputs=tuple(Output(decl.name, decl.type, decl.span.at(main)) for decl in fact.outputs)
        if fact is not None
        else (),
        tasks=tuple(sorted(map(task_of, walker.reached.values()), key=lambda task: task.place)),
        files=tuple(sorted(closure.files.values())),
        versions=tuple(
            sorted(
                (path, facts.version) for path, facts in closure.documents.items() if EMPTY_DOCUMENT not in facts.errors
            )
        ),
        features=features_of(closure.documents, main, _spans(closure, walker), walker.uses),
        diagnostics=in_order(diagnostics),
        skipped=tuple(skipped),
        complete=closure.complete and fact is not None and not walker.unresolved,
        place=fact.span.at(main) if fact is not None else Place(main),
        packed_graph=pack(WorkflowBodies(closure).graph(main)),
    )
    walker.release()
    return workflow


def _no_workflow(main: str) -> Diagnostic:
    return finding("WDL055", "the document has no workflow", path=main)


def _inputs(fact: WorkflowFact, main: str, closure: ImportClosure) -> tuple[Input, ...]:
    descriptions = dict(fact.descriptions)
    types = value_types_of(closure, main, [decl.type for decl in fact.inputs])
    return tuple(
        Input(
            name=decl.name,
            type=decl.type,
            optional=decl.optional or decl.text is not None,
            default=decl.text,
            description=descriptions.get(decl.name, ""),
            place=decl.span.at(main),
            service_description=descriptions.get(decl.name, ""),
            value_type=value_type,
        )
        for decl, value_type in zip(fact.inputs, types, strict=True)
    )


def _spans(closure: ImportClosure, walker: CallWalker) -> dict[str, list[Span]]:
    """The regions of the tasks and workflows that the main workflow reaches, by document."""
    spans: dict[str, list[Span]] = {}
    for (path, _), reached in walker.reached.items():
        spans.setdefault(path, []).append(reached.task.span)
    for path in walker.visited:
        workflow = closure.documents[path].workflow
        if workflow is not None:
            spans.setdefault(path, []).append(workflow.span)
    return spans
