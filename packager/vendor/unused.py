"""Which copies no document of the repository refers to any more."""

from __future__ import annotations

import posixpath
from collections.abc import Collection, Mapping
from urllib.parse import unquote

from packager.source import SourceTree, UnreadableError, normalise
from packager.vendor.lock import LockedFile
from packager.vendor.places import FOLDER, is_copy
from packager.vendor.references import may_refer, references


def named_path(path: str, target: str, tree: SourceTree, copies: Collection[str] = ()) -> str | None:
    """The file of the tree, or the copy that may be missing, that a relative reference in a document names."""
    for text in dict.fromkeys((target, unquote(target))):
        place = normalise(posixpath.join(posixpath.dirname(path), text))
        if place is not None and (place in copies or tree.lookup(place) is not None):
            return place
    return None


def unused_files(
    tree: SourceTree, changes: Mapping[str, bytes | None], files: tuple[LockedFile, ...]
) -> list[LockedFile]:
    """The copies that nothing refers to, after these changes. Licences are used as long as a file that they belong to is.

    A copy whose path is in the text of a document is used: not every document can be read as what it is.
    """
    if not files:
        return []
    by_path = {file.path: file for file in files}
    own = [path for path in tree.files if may_refer(path) and not is_copy(path)]
    start = f"{FOLDER}/".encode()
    contents = [content for path in own if start in (content := _content(tree, changes, path) or b"")]
    used = {path for path in by_path if any(path.encode() in content for content in contents)}
    pending = [*own, *used]
    while pending:
        path = pending.pop()
        document = _content(tree, changes, path)
        for reference in references(path, document) if document is not None and may_refer(path) else ():
            target = named_path(path, reference.target, tree, by_path) if reference.is_relative else None
            if target in by_path and target not in used:
                used.add(target)
                pending.append(target)
    used |= {by_path[path].licence for path in used}
    return [file for file in files if file.path not in used]


def _content(tree: SourceTree, changes: Mapping[str, bytes | None], path: str) -> bytes | None:
    changed = changes.get(path)
    if changed is not None:
        return changed
    if tree.lookup(path) is None:
        return None
    try:
        return tree.read(path)
    except UnreadableError:
        return None
