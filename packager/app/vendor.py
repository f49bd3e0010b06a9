"""`packager vendor`: copy the remote documents of a repository into it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from packager.app.vendor_lock import lock_at
from packager.errors import PackagerError
from packager.files import exists, is_file, is_folder, read_regular, read_start, real_path, replace_files
from packager.https_client import Client, DownloadError
from packager.source import MAX_DEFINITION_BYTES, DirectoryTree, is_zip, open_directory
from packager.source.boundaries import boundary
from packager.vendor.hosts import KNOWN_HOSTS, AddressError, address_of
from packager.vendor.lock import FILE_NAME, Lock
from packager.vendor.places import FOLDER
from packager.vendor.plan import FetchError, Plan, Wishes, is_copy, plan_vendoring
from packager.vendor.references import may_refer

_REMOTE_URL = re.compile(r"^[ \t]*+url[ \t]*+=[ \t]*+(\S[^\n]*+)$", re.MULTILINE)
_MAX_CONFIG_BYTES = 256 * 1024
MakeClient = Callable[[frozenset[str]], Client]


@dataclass(frozen=True, slots=True)
class VendorOptions:
    """What to do: `locked` fetches nothing; `update` are URLs to fetch again (empty and `update_all`: every URL)."""

    allow_hosts: tuple[str, ...] = ()
    locked: bool = False
    update: tuple[str, ...] = ()
    update_all: bool = False


@dataclass(frozen=True, slots=True)
class Vendoring:
    """A plan, and the tree and the folder that it is for."""

    root: Path
    tree: DirectoryTree
    plan: Plan


def plan(path: str, options: VendorOptions, make_client: MakeClient = Client) -> Vendoring:
    """What vendoring the definitions at a path changes; nothing is written.

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
    tree = open_directory(root, path)
    lock = lock_at(root)
    fetch = _refuse if options.locked else _fetcher(make_client(KNOWN_HOSTS | set(options.allow_hosts)))
    wishes = Wishes(_to_update(options, lock), _own_names(root))
    return Vendoring(root, tree, plan_vendoring(tree, _documents(tree, place, real, root), lock, fetch, wishes))


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


def _own_names(root: Path) -> frozenset[str] | None:
    """The names of the repository in the addresses of its remotes, in lower case; None if they are unknown."""
    try:
        text = read_start(root / ".git" / "config", _MAX_CONFIG_BYTES).decode("utf-8", "replace")
    except OSError:
        return None
    urls = [url.strip() for url in _REMOTE_URL.findall(text)]
    if not urls or not all(re.match(r"[a-z+]+://[^/]|[^/]+@[^/]+:", url) for url in urls):
        return None  # a copy of a folder of this machine
    names = {url.rstrip("/").removesuffix(".git").rpartition("/")[2].lower() for url in urls}
    return frozenset(names - {""}) or None


def _refuse(_: str) -> bytes:
    raise FetchError(f"it is not in `{FILE_NAME}` or its copy is missing, and `--locked` fetches nothing")


def _fetcher(client: Client) -> Callable[[str], bytes]:
    def fetch(url: str) -> bytes:
        try:
            return client.fetch(url)
        except DownloadError as error:
            raise FetchError(error.message, refused=error.refused, missing=error.missing) from error

    return fetch


def apply(vendoring: Vendoring) -> None:
    """Write all changes, or none if one fails. Copies come first and the rewritten definitions last.

    Raises:
        PackagerError: a file cannot be written, or the folder of the copies leads elsewhere.
    """
    changes = vendoring.plan.changes
    order = sorted(changes, key=lambda path: (not is_copy(path), path != FILE_NAME, path))
    for path in order:
        real = real_path(vendoring.root / path)
        if real is None or not real.is_relative_to(vendoring.root) or (is_copy(path) and real != vendoring.root / path):
            raise PackagerError(
                f"`{path}` leads out of its folder by a link", f"replace the link in `{FOLDER}` with a folder"
            )
    replace_files([(vendoring.root / path, changes[path]) for path in order])


def patch(vendoring: Vendoring) -> str:
    """The changes as a patch."""
    parts: list[str] = []
    for path, after in sorted(vendoring.plan.changes.items()):
        before = b""
        with suppress(OSError):
            before = read_regular(vendoring.root / path, MAX_DEFINITION_BYTES, root=vendoring.root)
        old, new = (each.decode("utf-8", "replace").splitlines(keepends=True) for each in (before, after))
        lines = difflib.unified_diff(old, new, f"a/{path}" if before else "/dev/null", f"b/{path}")
        parts += [line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines]
    return "".join(parts)
