"""`packager graph`: a picture of the calls of a workflow."""

from __future__ import annotations

from dataclasses import dataclass

import click

from packager.cli.arguments import with_arguments
from packager.cli.help import SectionedCommand
from packager.cli.options import file_option, format_option, load_source, source_options
from packager.cli.output import note, show_findings, write
from packager.findings.redaction import redact
from packager.findings.report import Report
from packager.graph import MOST_BOXES, picture_of
from packager.render.calls import graph_json
from packager.render.picture import dot_text, drawing_of, fitting_drawing, legend, mermaid_text, notes_of, svg_document
from packager.render.report import to_json
from packager.settings.arguments import SourceArguments


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphArguments:
    """The options of `packager graph`."""

    source: SourceArguments
    output: str | None
    most: int | None
    ends: bool
    form: str


@click.command(
    "graph",
    cls=SectionedCommand,
    page="pictures.md",
    examples=(
        ("packager graph workflows/calling -o calling.svg", "a picture for the browser"),
        ("packager graph workflows/calling --format mermaid", "a picture for Markdown on GitHub"),
    ),
)
@source_options
@file_option("-o", "--output", help="The file to write; stdout if omitted.")
@click.option(
    "--max-boxes",
    "most",
    type=click.IntRange(min=1),
    metavar="N",
    help=f"Fold sub-workflows so that the picture has about N boxes; {MOST_BOXES}, or fewer for SVG that is too wide, if omitted.",
)
@click.option("--ends", is_flag=True, help="Also draw the inputs and outputs of the workflow.")
@format_option("svg", "mermaid", "dot", "json")
@with_arguments(GraphArguments)
def command(arguments: GraphArguments) -> int:
    """Draw the calls of the workflow at PATH and what flows between them.

    SVG is for browsers and documents, Mermaid for Markdown on GitHub, DOT for Graphviz. Values that flow through code that packager does
    not follow are dashed lines.
    """
    loaded = load_source(arguments.source)
    graph = loaded.workflow.graph
    if arguments.form == "json":
        write(to_json(graph_json(loaded)), arguments.output)
        return 0
    notes = notes_of(graph, loaded.workflow.tasks)
    name = loaded.workflow.name or loaded.detection.main
    most = arguments.most or MOST_BOXES
    picture, left_out = picture_of(graph, most=most, ends=arguments.ends), 0
    if arguments.form == "mermaid":
        text, picture = mermaid_text(graph, notes, most=most, ends=arguments.ends)
    elif arguments.form == "dot":
        text = dot_text(picture, notes, name)
    else:
        exact = arguments.most is not None or arguments.ends
        drawing = drawing_of(picture, notes) if exact else fitting_drawing(graph, notes)
        picture, left_out = drawing.picture, drawing.layout.left_out
        text = svg_document(drawing, name)
    write(text, arguments.output)
    for sentence in legend(picture, graph, left_out=left_out, doubles=arguments.form != "mermaid"):
        note(f"note: {sentence}")
    errors = tuple(finding for finding in loaded.diagnostics if finding.severity == "error")
    show_findings(redact(Report(errors)), loaded)
    return 0
