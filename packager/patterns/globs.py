"""Globs: patterns that match the paths of files, each in time that grows with the path and the pattern alone.

Users write them in four places, and each place has the dialect that its documentation or its model has. A path is relative, with `/`.

- `--include`, `--exclude` (`matches_package_glob`): `*`, `?` and `[...]` match `/` too; `[!...]` and `[^...]` are all other characters.
  The pattern matches the whole path or a folder that the file is in; without `/` also any part of the path.
- `per-path-ignores` (`matches_path_glob`): `*` and `?` stay in a folder, `**` does not, other characters are literal. The pattern
  matches the whole path; without `/` a file in any folder; with `/` at its end all files in the folder.
- `excludeFilePatterns` (`matches_repository_glob`), the service's own, in the syntax of Fossil: `*`, `?` and `[...]` match `/` too;
  `[^...]` is all other characters, and `!` is a character like others. The pattern matches the whole path or a folder that the file is in.
- `.gitignore`, `.packagerignore` (`packager.source.ignore_files`): what Git documents, by `pathspec`.
"""

from __future__ import annotations

import functools
import re

# Since Python 3.11 `fnmatch` commits to the earliest match of what follows a `*`, which is linear, because its `*` matches any character.
from fnmatch import fnmatchcase

_SET_START = re.compile(r"\[.?", re.DOTALL)
_STARS = ("*", "**")
_PIECE = re.compile(r"\*\*/|\*\*|(?s:.)")


def matches_package_glob(glob: str, path: str) -> bool:
    """Whether a path matches a pattern of `--include` or `--exclude`: as a whole, by one of its parts, or by a folder it is in."""
    folder = glob.removeprefix("./").rstrip("/")
    glob = _SET_START.sub(lambda start: "[!" if start[0] == "[^" else start[0], folder)
    if fnmatchcase(path, glob) or path.startswith(f"{folder}/"):
        return True
    return "/" not in glob and any(fnmatchcase(part, glob) for part in path.split("/"))


def matches_repository_glob(glob: str, path: str) -> bool:
    """Whether a path matches a pattern of `excludeFilePatterns`: as a whole, or by its folder (Api.OMICS: ExcludeFilePatternList)."""
    return fnmatchcase(path, _with_python_sets(glob)) or path.startswith(f"{glob.rstrip('/')}/")


@functools.lru_cache(maxsize=1000)
def _with_python_sets(glob: str) -> str:
    """A pattern of Fossil in the syntax of `fnmatch`, where `!` and not `^` begins a set of all other characters."""
    pieces, position = [], 0
    while (start := glob.find("[", position)) >= 0:
        negated = glob.startswith("^", start + 1)
        first = start + 1 + negated
        end = glob.find("]", first + 1)  # a `]` in the first place is a member
        if end < 0:
            break
        members = glob[first:end]
        if not negated and members.startswith("!"):  # it is a member, so it goes to another place
            members = f"{members[1:-1]}!-" if members.endswith("-") else f"{members[1:]}!"
        is_mark = members == "!" and not negated  # a set of this character alone cannot be written in another order
        pieces += [glob[position:start], "!" if is_mark else f"[{'!' * negated}{members}]"]
        position = end + 1
    return "".join((*pieces, glob[position:]))


@functools.lru_cache(maxsize=4096)  # findings come path by path
def matches_path_glob(glob: str, path: str) -> bool:
    """Whether a path matches a pattern of `per-path-ignores`: `*` and `?` stay in a folder, `**` does not.

    A pattern without `/` matches in any folder; a pattern that ends with `/` matches all in that folder. The states of all ways through
    the pattern are followed at once: a regular expression of both kinds of stars would backtrack without end on some paths.
    """
    pieces = _pieces(glob)
    states = _with_skipped(pieces, {0})
    for char in path:
        following: set[int] = set()
        for state in states:
            following |= _after(pieces, state, char)
        states = _with_skipped(pieces, following)
    return len(pieces) in states


@functools.lru_cache(maxsize=1000)
def _pieces(glob: str) -> tuple[str, ...]:
    bare = glob.removeprefix("./").lstrip("/")
    if "/" not in glob:
        bare = f"**/{bare}"
    elif bare.endswith("/"):
        bare += "**"
    pieces: list[str] = []
    for piece in _PIECE.findall(bare):
        last = pieces[-1] if pieces else ""
        if piece == "**" and last == "*":
            pieces[-1] = piece
        elif not (piece == last == "**/" or (piece in _STARS and last in _STARS)):  # once is enough
            pieces.append(piece)
    return tuple(pieces)


def _after(pieces: tuple[str, ...], state: int, char: str) -> set[int]:
    """The states that a character leads to; a negative state is inside the folders that a `**/` matches."""
    index = state if state >= 0 else -state - 1
    piece = pieces[index] if index < len(pieces) else ""
    if piece == "**/":
        return {-index - 1, index + 1} if char == "/" else {-index - 1}
    if piece in _STARS:
        return {index} if piece == "**" or char != "/" else set()
    return {index + 1} if piece == char or (piece == "?" and char != "/") else set()


def _with_skipped(pieces: tuple[str, ...], states: set[int]) -> set[int]:
    """The states, and those after pieces that may match nothing."""
    reached = set(states)
    for state in states:
        index = state
        while 0 <= index < len(pieces) and pieces[index] in ("*", "**", "**/"):
            index += 1
            reached.add(index)
    return reached
