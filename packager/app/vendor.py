"""`packager vendor`: copy the remote documents of a repository into it."""

from __future__ import annotations

import difflib
import functools
import re
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from packager.app.vendor_lock import lock_at
from packager.errors import PackagerError
from packager.files import exists, is_file, is_folder, read_regular, read_start, real_path
from packager.https_client import Client, DownloadError, trust
from packager.replacement import complete, is_interrupted, replace_together
from packager.shell import quoted
from packager.source import MAX_DEFINITION_BYTES, DirectoryTree, is_zip, normalise, open_directory
from packager.source.boundaries import boundary, is_gits_own
from packager.text import count
from packager.vendor.downloads import Fetch, FetchError
from packager.vendor.hosts import KNOWN_HOSTS, AddressError, address_of
from packager.vendor.lock import FILE_NAME, Lock
from packager.vendor.places import FOLDER, is_copy
from packager.vendor.plan import Plan, Wishes, plan_vendoring
from packager.vendor.references import may_refer

_REMOTE_URL = re.compile(r"^[ \t]*+url[ \t]*+=[ \t]*+(\S[^\n]*+)$", re.MULTILINE)
_MAX_CONFIG_BYTES = 256 * 1024


@dataclass(frozen=True, slots=True)
class VendorOptions:
    """What to do: `update` are URLs to fetch again, with `update_all` every URL; `ca_file` has certificates to trust too.

    With `locked` nothing is fetched, with `only_plan` nothing is written.
    """

    allow_hosts: tuple[str, ...] = ()
    ca_file: str | None = None
    locked: bool = False
    only_plan: bool = False
    update: tuple[str, ...] = ()
    update_all: bool = False


@dataclass(frozen=True, slots=True)
class Vendoring:
    """A plan, and the tree and the folder that it is for."""

    root: Path
    tree: DirectoryTree
    plan: Plan


def plan(path: str, options: VendorOptions) -> Vendoring:
    """What vendoring the definitions at a path changes; only an interrupted change is completed first.

    Raises:
        PackagerError: the path is not a folder or a file in one, or the lock cannot be read.
    """
    place = Path(path)
    if not exists(place):
        raise PackagerError(f"`{path}` does not exist")
    if is_file(place) and is_zip(place):
        raise PackagerError(f"`{path}` is a zip, which cannot be changed", "pass the folder that it was made from")
    folder = place if is_folder(place) else place.parent
    real = real_path(folder)
    if real is None:
        raise PackagerError(f"`{path}` is not a valid path")
    root = boundary(real)
    notes = _complete(root, path, options)
    tree = open_directory(root, path)
    lock = lock_at(root)
    fetch = _refuse if options.locked else _fetcher(options)
    wishes = Wishes(_to_update(options, lock), _own_names(root))
    made = plan_vendoring(tree, _documents(tree, place, real, root), lock, fetch, wishes)
    made.notes[:0] = notes
    return Vendoring(root, tree, made)


def _complete(root: Path, path: str, options: VendorOptions) -> list[str]:
    """Complete what an earlier command could not, because it was killed; what the user should know."""
    if options.locked or options.only_plan:
        if is_interrupted(root):
            raise PackagerError("an earlier `packager vendor` was interrupted", f"run `packager vendor {quoted(path)}`")
        return []
    changed = complete(root, _may_change)
    return [f"`{each}` was changed after an interrupted `packager vendor`: the file is kept" for each in changed]


def _may_change(path: str) -> bool:
    own = path == FILE_NAME or is_copy(path) or may_refer(path)
    return own and normalise(path) == path and not is_gits_own(path)


def _documents(tree: DirectoryTree, place: Path, folder: Path, root: Path) -> list[str]:
    """The documents to start from: one file, or all documents below a folder, without links and copies."""
    prefix = folder.relative_to(root).as_posix()
    if is_file(place):
        return [f"{prefix}/{place.name}".removeprefix("./")]
    start = "" if prefix == "." else f"{prefix}/"
    return [
        path
        for path in tree.files
        if path.startswith(start) and may_refer(path) and not is_copy(path) and real_path(root / path) == root / path
    ]


def _to_update(options: VendorOptions, lock: Lock) -> frozenset[str] | None:
    if options.update_all:
        return None
    urls = set()
    known = {file.url for file in lock.files}
    for text in options.update:
        try:
            url = address_of(text).url
        except AddressError as error:
            raise PackagerError(f"the URL of `--update` is not fetched: {error}") from error
        if url not in known:
            raise PackagerError(f"`{url}` is not in `{FILE_NAME}`", f"use a `url` of `{FILE_NAME}`")
        urls.add(url)
    return frozenset(urls)


def _own_names(root: Path) -> frozenset[str]:
    """The names of the repository in the addresses of its remotes, or else of its folder, in lower case."""
    try:
        text = read_start(root / ".git" / "config", _MAX_CONFIG_BYTES).decode("utf-8", "replace")
    except OSError:
        text = ""
    urls = [url.strip() for url in _REMOTE_URL.findall(text)]
    names = {re.split(r"[/:]", url.rstrip("/"))[-1].removesuffix(".git").lower() for url in urls}
    return frozenset(names - {""}) or frozenset({root.name.lower()})


def _refuse(_: str) -> bytes:
    raise FetchError(f"it is not in `{FILE_NAME}` or its copy is missing, and `--locked` fetches nothing")


def _fetcher(options: VendorOptions) -> Fetch:
    @functools.cache
    def client() -> Client:  # made only if something is fetched: reading certificates takes time
        return Client(KNOWN_HOSTS | set(options.allow_hosts), context=trust(options.ca_file))

    def fetch(url: str) -> bytes:
        try:
            return client().fetch(url)
        except DownloadError as error:
            raise FetchError(error.message, refused_host=error.refused_host, missing=error.missing) from error

    return fetch


def apply(vendoring: Vendoring) -> None:
    """Write all changes, or none if one fails. New copies come first, then definitions that refer to them, and deletions last.

    Raises:
        PackagerError: a file cannot be written, or the folder of the copies leads elsewhere.
    """
    changes, tree = vendoring.plan.changes, vendoring.tree
    order = sorted(
        changes,
        key=lambda path: (changes[path] is None, not is_copy(path), path != FILE_NAME, path in tree.files, path),
    )
    places = []
    for path in order:
        real = real_path(vendoring.root / path)
        if real is None or not real.is_relative_to(vendoring.root) or (is_copy(path) and real != vendoring.root / path):
            raise PackagerError(
                f"`{path}` leads out of its folder by a link", f"replace the link in `{FOLDER}` with a folder"
            )
        places.append((real.relative_to(vendoring.root).as_posix(), changes[path]))
    if places:
        replace_together(vendoring.root, places)


def hidden_copies(vendoring: Vendoring) -> str:
    """A sentence about copies that `.gitignore` hides, so that they would not be committed; "" if there are none."""
    listed = open_directory(vendoring.root, vendoring.tree.name).files
    hidden = [file.path for file in vendoring.plan.lock.files if file.path not in listed]
    if not hidden:
        return ""
    return f"an ignore file hides {count(len(hidden), 'copy', 'copies')}, such as `{hidden[0]}`: add them with `git add --force {FOLDER}`"


def patch(vendoring: Vendoring) -> str:
    """The changes as a patch."""
    parts: list[str] = []
    for path, content in sorted(vendoring.plan.changes.items()):
        before, after = b"", content or b""
        with suppress(OSError):
            before = read_regular(vendoring.root / path, MAX_DEFINITION_BYTES, root=vendoring.root)
        old, new = (each.decode("utf-8", "replace").splitlines(keepends=True) for each in (before, after))
        lines = difflib.unified_diff(
            old, new, f"a/{path}" if before else "/dev/null", f"b/{path}" if content is not None else "/dev/null"
        )
        parts += [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
    return "".join(parts)
