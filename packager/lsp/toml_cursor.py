"""Where an offset is in a `packager.toml` that may be unfinished: in a table's name, at a key, or in a value."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from packager.jsondoc.cursor import Cursor, Member, cursor_at
from packager.jsondoc.jsontext import Parts

_HEADER = re.compile(r"[ \t]*+\[++([^\]\n#]*+)")
_ASSIGNED = re.compile(r"""[ \t]*+((?:[\w-]++|"[^"\n]*+"|'[^'\n]*+'|[ \t]*+\.[ \t]*+)++)[ \t]*+=[ \t]*+""")
_KEY = re.compile(r"""[\w.-]*+|"[^"\n]*+"?|'[^'\n]*+'?""")
_PART = re.compile(r"""[\w-]++|"([^"\n]*+)"?|'([^'\n]*+)'?""")
_OPAQUE = re.compile(
    r"""\"\"\"(?s:.*?)(?:\"\"\"|\Z)|'''(?s:.*?)(?:'''|\Z)|"(?:[^"\\\n]|\\.)*+"?+|'[^'\n]*+'?+|#[^\n]*+"""
)
_MOST_STATEMENTS = 5_000  # of a file; more are not read


@dataclass(frozen=True, slots=True)
class _Assignment:
    """A key with its value: what leads to it, and the offsets of the line, of the key, and of the value."""

    parts: Parts
    key_start: int
    key_end: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class TomlCursor:
    """What an offset is at; `in_header`: it is in the name of a table, whose parts before it are those of the cursor."""

    cursor: Cursor
    in_header: bool = False


def toml_cursor(text: str, offset: int) -> TomlCursor:
    """What an offset of the text is at."""
    bare = _without_strings(text)
    line_start = text.rfind("\n", 0, offset) + 1
    header: Parts = ()
    members: dict[Parts, list[Member]] = {}
    here: TomlCursor | None = None
    here_header: Parts = ()
    position = 0
    for _ in range(_MOST_STATEMENTS):
        if position >= len(text):
            break
        end = _end_of_line(text, position)
        table = _HEADER.match(bare, position)
        assigned = None if table else _ASSIGNED.match(text, position)
        if assigned and "=" not in bare[position : assigned.end()]:  # in a string of multiple lines
            assigned = None
        if table:
            header = _parts(text[table.start(1) : table.end(1)])
            if here is None and position == line_start and offset <= table.end(1):
                here, here_header = _in_header(text, table.start(1), table.end(1), offset), header
        elif assigned:
            end = _end_of_value(bare, assigned.end(), end)
            key = _parts(assigned[1])
            found = _Assignment((*header, *key), assigned.start(1), assigned.end(1), assigned.end(), end)
            members.setdefault(header, []).append(
                Member(".".join(map(str, key)), found.key_start, found.key_end, has_colon=True)
            )
            if here is None and position <= offset <= end:
                here, here_header = _in_assignment(text, header, found, offset), header
        if here is None and position <= offset <= end:
            here, here_header = _at_new_key(text, header, offset), header
        position = end + 1
    if here is None:
        here, here_header = _at_new_key(text, header, offset), header
    if here.cursor.at_key and not here.in_header and here.cursor.parts == here_header:
        return replace(here, cursor=replace(here.cursor, members=tuple(members.get(here_header, ()))))
    return here


def _in_header(text: str, start: int, end: int, offset: int) -> TomlCursor:
    """The cursor in the name of a table: the part that it is in."""
    before = text[start : max(offset, start)]
    part_start = start + before.rfind(".") + 1
    dot = text.find(".", max(offset, start), end)
    part_end = end if dot < 0 else dot
    written = text[part_start:part_end].strip()
    parts = _parts(text[start : max(part_start - 1, start)]) if "." in before else ()
    return TomlCursor(Cursor(parts, written.strip("\"'"), True, part_start, part_end, written, ()), in_header=True)


def _in_assignment(text: str, header: Parts, found: _Assignment, offset: int) -> TomlCursor:
    if offset <= found.key_end:
        written = text[found.key_start : found.key_end]
        name = ".".join(map(str, found.parts[len(header) :]))
        return TomlCursor(Cursor(header, name, True, found.key_start, found.key_end, written, ()))
    # As JSON: what matters of a value is where its strings, lists and inline tables begin and end.
    value = _as_json(text[found.start : found.end])
    inner = cursor_at(value, max(offset - found.start, 0))
    start, end = inner.start + found.start, inner.end + found.start
    written = text[start:end].strip("\"'")
    if inner.name is None:
        return TomlCursor(Cursor(found.parts[:-1], found.parts[-1], False, start, end, written, ()))
    parts = (*found.parts, *inner.parts)
    return TomlCursor(Cursor(parts, inner.name, inner.at_key, start, end, written, inner.members))


def _at_new_key(text: str, header: Parts, offset: int) -> TomlCursor:
    line_start = text.rfind("\n", 0, offset) + 1
    indent = len(text[line_start:offset]) - len(text[line_start:offset].lstrip())
    match = _KEY.match(text, line_start + indent)
    end = match.end() if match and match.end() >= offset else offset
    start = line_start + indent if end >= offset and "#" not in text[line_start:offset] else offset
    written = text[start:end]
    return TomlCursor(Cursor(header, written.strip("\"'"), True, start, end, written, ()))


def _parts(written: str) -> Parts:
    return tuple(match[1] or match[2] or match[0].strip("\"'") for match in _PART.finditer(written))


def _without_strings(text: str) -> str:
    """The text with blanks for strings and comments, so that brackets and equal signs in them do not count."""
    return _OPAQUE.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _as_json(value: str) -> str:
    """A value of the same length as JSON, as far as the places of its parts go."""
    value = re.sub(r"#[^\n]*", lambda match: " " * len(match[0]), _quoted_hashes(value))
    return value.replace("'", '"').replace("=", ":")


def _quoted_hashes(value: str) -> str:
    """The value with another character for `#` in strings."""
    return _OPAQUE.sub(lambda match: match[0] if match[0].startswith("#") else match[0].replace("#", "_"), value)


def _end_of_line(text: str, start: int) -> int:
    end = text.find("\n", start)
    return len(text) if end < 0 else end


def _end_of_value(bare: str, start: int, end: int) -> int:
    """The offset of the line end behind a value, which may be a list of multiple lines; a table or a key ends it, if it is not closed."""
    depth = 0
    while True:
        line = bare[start:end]
        depth += line.count("[") + line.count("{") - line.count("]") - line.count("}")
        if depth <= 0 or end >= len(bare):
            return end
        following = _end_of_line(bare, end + 1)
        if _ASSIGNED.match(bare, end + 1) or re.match(r"[ \t]*+\[[\w.\"' -]++\][ \t]*+$", bare[end + 1 : following]):
            return end
        start, end = end + 1, following
