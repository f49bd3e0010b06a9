"""What of a YAML or JSON text is a scalar, where a comment is none of the document's."""

from __future__ import annotations

from contextlib import suppress

import yaml

_BLOCKS = ("|", ">")


def quoted(text: str) -> tuple[tuple[int, int], ...]:
    """Where scalars stand, as offsets, up to the first error; a block scalar begins on the line below its sign. Never raises."""
    found = []
    with suppress(yaml.YAMLError, ValueError):
        for token in yaml.scan(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
            if isinstance(token, yaml.ScalarToken):
                start, end = token.start_mark.index, token.end_mark.index
                if token.style in _BLOCKS:
                    start = text.find("\n", start, end) + 1 or end
                found.append((start, end))
    return tuple(found)
