"""What completion proposes, before it is in the words of the protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from lsprotocol import types

Span = Callable[[int, int], types.Range]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """What to insert for the span from `start` to `end`, which is what is typed so far.

    `match` is what an editor compares with that; the label if empty. `first`: it comes before the others.
    """

    label: str
    kind: types.CompletionItemKind
    start: int
    end: int
    insert: str
    detail: str = ""
    documentation: str = ""
    first: bool = False
    match: str = ""


def to_items(proposals: Iterable[Proposal], span: Span) -> list[types.CompletionItem]:
    """The proposals in the words of the protocol, each label once."""
    items: dict[str, types.CompletionItem] = {}
    ranges: dict[tuple[int, int], types.Range] = {}
    for proposal in proposals:
        place = (proposal.start, proposal.end)
        replaced = ranges.get(place) or ranges.setdefault(place, span(*place))
        documentation = types.MarkupContent(types.MarkupKind.Markdown, proposal.documentation)
        item = types.CompletionItem(
            proposal.label,
            kind=proposal.kind,
            detail=proposal.detail or None,
            documentation=documentation if proposal.documentation else None,
            sort_text=f"{0 if proposal.first else 1}{len(items):04}",
            filter_text=proposal.match or None,
            text_edit=types.TextEdit(replaced, proposal.insert),
        )
        items.setdefault(proposal.label, item)
    return list(items.values())
