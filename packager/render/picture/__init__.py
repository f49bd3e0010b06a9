"""A picture of a workflow, or of the difference between two, as SVG, Mermaid and DOT."""

from packager.render.picture.dot import dot_text
from packager.render.picture.labels import BoxNote, common_change, legend, noted, notes_of
from packager.render.picture.mermaid import flowchart, mermaid_text
from packager.render.picture.svg import PICTURE_STYLE, Drawing, drawing_of, fitting_drawing, svg_document, svg_element

__all__ = [
    "PICTURE_STYLE",
    "BoxNote",
    "Drawing",
    "common_change",
    "dot_text",
    "drawing_of",
    "fitting_drawing",
    "flowchart",
    "legend",
    "mermaid_text",
    "noted",
    "notes_of",
    "svg_document",
    "svg_element",
]
