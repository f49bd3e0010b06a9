"""The picture of a workflow: its calls as boxes, folded to a size that a person can read, and their layout."""

from packager.graph.layout import Layout, Line, PlacedBox, display_width, layout_of, shortened
from packager.graph.picture import INPUTS, MOST_BOXES, OUTPUTS, Box, BoxKind, Link, Picture, picture_of
from packager.graph.tasks import tasks_of

__all__ = [
    "INPUTS",
    "MOST_BOXES",
    "OUTPUTS",
    "Box",
    "BoxKind",
    "Layout",
    "Line",
    "Link",
    "Picture",
    "PlacedBox",
    "display_width",
    "layout_of",
    "picture_of",
    "shortened",
    "tasks_of",
]
