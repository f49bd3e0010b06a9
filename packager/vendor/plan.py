"""What `packager vendor` changes: the documents to fetch, the copies, the rewritten references and the lock. It writes nothing."""

from __future__ import annotations

import posixpath
import re
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from urllib.parse import unquote

from packager.engines.local_files import same_repository_file
from packager.source import SourceTree, UnreadableError, normalise
from packager.vendor.hosts import (
    Address,
    AddressError,
    address_of,
    is_fixed,
    joined,
    licence_addresses,
    pinned,
    read_references,
    reference_name,
)
from packager.vendor.lock import FILE_NAME, Lock, LockedFile, digest, lock_bytes
from packager.vendor.places import FOLDER, Places
from packager.vendor.references import Reference, may_refer, references, replaced

_PLAIN = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./+@=-]*")
MAX_FILES = 2000
MAX_TOTAL_BYTES = 256 * 1024 * 1024


class FetchError(Exception):
    """A document could not be fetched; the message is the reason. `refused`: the host is not allowed; `missing`: it has no such file."""

    def __init__(self, message: str, *, refused: bool = False, missing: bool = False) -> None:
        super().__init__(message)
        self.refused = refused
        self.missing = missing


Fetch = Callable[[str], bytes]


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A reference that changes, and the URL that it named."""

    path: str
    line: int
    url: str
    local: str


@dataclass(slots=True)
class Plan:
    """All changes, none of them made. With `problems`, nothing may be written. `changes` has the new content of each file."""

    changes: dict[str, bytes] = field(default_factory=dict)
    copies: list[LockedFile] = field(default_factory=list)
    rewrites: list[Rewrite] = field(default_factory=list)
    lock: Lock = field(default_factory=Lock)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused_hosts: list[str] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether everything is as the lock describes it."""
        return not self.changes and not self.problems


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the user asked for: the URLs to fetch again (`None`: those that are missing), and the names of the user's own repository.

    Without `own_names`, nothing is known about the repository: a URL of any repository with the same path counts as the local file.
    """

    update: frozenset[str] | None = frozenset()
    own_names: frozenset[str] | None = None


def plan_vendoring(tree: SourceTree, documents: Iterable[str], lock: Lock, fetch: Fetch, wishes: Wishes) -> Plan:
    """The plan for these documents of a tree and all that they import; `wishes.update` is None to fetch all again."""
    planner = _Planner(tree, lock, fetch, wishes)
    planner.run(documents)
    return planner.plan


class _Planner:
    def __init__(self, tree: SourceTree, lock: Lock, fetch: Fetch, wishes: Wishes) -> None:
        self.tree = tree
        self.fetch = fetch
        self.wishes = wishes
        self.plan = Plan()
        self.locked = {file.url: file for file in lock.files}
        self.places = Places((file.url, file.path) for file in lock.files)
        self.vendored = {file.path for file in lock.files}
        self.new: dict[str, LockedFile] = {}
        self.failed: set[str] = set()
        self.pending: deque[tuple[Address, str]] = deque()
        self.queued: set[str] = set()
        self.commits: dict[str, Mapping[str, str]] = {}
        self.licences: dict[str, str] = {}
        self.total = 0

    def run(self, documents: Iterable[str]) -> None:
        """Follow all references, and note what changes."""
        pending = deque(sorted(documents))
        seen = set(pending)
        while pending:
            path = pending.popleft()
            for local in self._own(path):
                if local not in seen:
                    seen.add(local)
                    pending.append(local)
        self._refetch()
        while self.pending:
            self._copy(*self.pending.popleft())
        files = {**self.locked, **self.new}
        self.plan.lock = Lock(tuple(sorted(files.values(), key=lambda file: file.path)))
        content = lock_bytes(self.plan.lock)
        if files and not self._has(FILE_NAME, content):
            self.plan.changes[FILE_NAME] = content

    # -- the user's own documents ------------------------------------------------------------------

    def _own(self, path: str) -> list[str]:
        """The local documents that a document refers to, after its remote references were rewritten."""
        if path in self.vendored:
            self._verify(path)
        content = self._content(path)
        if content is None:
            return []
        changes, found = [], []
        for reference in references(path, content):
            if reference.is_remote and reference.kind != "File":
                change = self._remote(path, reference)
                changes += [change] if change else []
            elif reference.is_relative:
                target = _local(path, reference.target, self.tree)
                if target and (may_refer(target) or target in self.vendored):
                    found.append(target)
        if changes:
            self.plan.changes[path] = replaced(content, changes)
        return found

    def _content(self, path: str) -> bytes | None:
        try:
            return self.tree.read(path)
        except UnreadableError:
            return None  # reported by lint

    def _verify(self, path: str) -> None:
        locked = next(file for file in self.locked.values() if file.path == path)
        if self._must_update(locked.url) or locked.url in self.queued:
            return
        content = self._content(path)
        if content is None:
            self._queue(address_of(locked.url), path)
        elif digest(content) != locked.file_sha256:
            self.queued.add(locked.url)
            self.plan.problems.append(
                f"`{path}` differs from `{FILE_NAME}`; `packager vendor --update {locked.url}` fetches it again"
            )

    def _remote(self, path: str, reference: Reference) -> tuple[tuple[int, int], str] | None:
        """The change of a remote reference of the user's own document."""
        where = f"{path}:{reference.line}"
        if reference.span is None:
            self.plan.problems.append(f"{where}: the reference to `{reference.target}` cannot be rewritten in place")
            return None
        try:
            address = address_of(reference.target)
        except AddressError as error:
            shown = reference.target.partition("?")[0].rpartition("@")[2]
            self._cannot(reference, f"{where}: `{shown}` is not fetched: {error}")
            return None
        local = self._same_repository(path, address)
        if local is None:
            target = self._target(address, where, optional=reference.optional)
            if target is None:
                return None
            local = posixpath.relpath(target, posixpath.dirname(path) or ".")
        self.plan.rewrites.append(Rewrite(path, reference.line, reference.target, local))
        return reference.span, local

    def _cannot(self, reference: Reference, message: str) -> None:
        (self.plan.notes if reference.optional else self.plan.problems).append(message)

    def _same_repository(self, path: str, address: Address) -> str | None:
        names = self.wishes.own_names
        if address.repository is None or (names is not None and address.repository.name.lower() not in names):
            return None
        local = same_repository_file(self.tree, path, address.url)
        if local is None or not _PLAIN.fullmatch(local):
            return None
        target = normalise(posixpath.join(posixpath.dirname(path), local))
        inside = target is not None and self.tree.lookup(target) is not None and target not in self.vendored
        return local if inside else None

    # -- copies ------------------------------------------------------------------------------------

    def _must_update(self, url: str) -> bool:
        return self.wishes.update is None or url in self.wishes.update

    def _refetch(self) -> None:
        """Fetch again what is to be updated, or is in the lock without its file."""
        licences = {file.licence for file in self.locked.values() if file.licence}
        for file in list(self.locked.values()):
            if self._must_update(file.url):
                if file.path not in licences:
                    self._queue(address_of(file.url), file.path)
            else:
                self._verify(file.path)

    def _target(self, address: Address, where: str, *, optional: bool = False) -> str | None:
        """The path of the copy of an address, which is fetched if it has to be; None if that failed."""
        path = self.places.path(address)
        if address.url in self.locked or address.url in self.new:
            return path
        if address.url in self.failed:
            return None
        if optional and not self._fetched(address, path, where, optional=True):
            return None
        self._queue(address, path, where)
        return path

    def _queue(self, address: Address, path: str, where: str = "") -> None:
        if address.url not in self.queued and address.url not in self.new:
            self.queued.add(address.url)
            self.pending.append((address, where or path))

    def _copy(self, address: Address, where: str) -> None:
        if address.url not in self.new:
            self._fetched(address, self.places.path(address), where)

    def _fetched(self, address: Address, path: str, where: str, *, optional: bool = False) -> bool:
        """Fetch a document and plan its copy."""
        self.queued.add(address.url)
        try:
            resolved, commit = self._resolved(address)
            content = self._get(resolved)
        except FetchError as error:
            self.failed.add(address.url)
            if error.refused and address.host not in self.plan.refused_hosts and not optional:
                self.plan.refused_hosts.append(address.host)
            message = f"{where}: cannot fetch `{address.url}`: {error}"
            (self.plan.notes if optional else self.plan.problems).append(message)
            return False
        locked = self.locked.get(address.url)
        if locked is not None and not self._must_update(address.url) and digest(content) != locked.sha256:
            self.failed.add(address.url)
            self.plan.problems.append(
                f"`{address.url}` changed since it was locked; `packager vendor --update {address.url}` accepts the new content"
            )
            return False
        self._keep(address, path, resolved, commit, content)
        return True

    def _keep(self, address: Address, path: str, resolved: str, commit: str, content: bytes) -> None:
        self.new[address.url] = LockedFile(address.url, path, resolved, commit, digest(content), len(content), "")
        copy = self._rewritten(address, path, content)
        file = LockedFile(
            address.url,
            path,
            resolved,
            commit,
            digest(content),
            len(content),
            digest(copy),
            self._licence(address, resolved, commit),
        )
        if not commit and address.repository is not None:
            self.plan.notes.append(
                f"`{address.url}` is not pinned: its branch or tag could not be resolved to a commit"
            )
        elif not commit:
            self.plan.notes.append(f"`{address.url}` is not pinned: its content can change")
        self.new[address.url] = file
        self._write(file, copy)

    def _write(self, file: LockedFile, copy: bytes) -> None:
        known = file.path in self.vendored
        if self._has(file.path, copy):
            return
        if not known and (self.tree.lookup(file.path) is not None):
            self.plan.problems.append(f"`{file.path}` exists and is not in `{FILE_NAME}`; move it away")
            return
        self.plan.changes[file.path] = copy
        self.plan.copies.append(file)

    def _has(self, path: str, content: bytes) -> bool:
        return self.tree.lookup(path) is not None and self._content(path) == content

    def _rewritten(self, address: Address, path: str, content: bytes) -> bytes:
        """A fetched document whose references lead to copies; unchanged if they already do."""
        changes = []
        for reference in references(path, content) if may_refer(path) else ():
            change = self._inner(address, path, reference)
            changes += [change] if change else []
        return replaced(content, changes) if changes else content

    def _inner(self, address: Address, path: str, reference: Reference) -> tuple[tuple[int, int], str] | None:
        if not reference.is_remote and not reference.is_relative:
            return None
        if reference.is_remote and reference.kind == "File":
            return None  # an input of a run, which lint reports
        where = f"{address.url} line {reference.line}"
        try:
            target = joined(address, reference.target)
        except AddressError as error:
            self._cannot(reference, f"{where}: `{reference.target}` is not fetched: {error}")
            return None
        own = self._same_repository(path, target) if reference.is_remote else None
        copy = None if own else self._target(target, where, optional=reference.optional)
        if own is None and copy is None:
            return None
        if copy is not None and reference.is_relative and _names(path, reference.target, copy):
            return None
        if reference.span is None:
            self.plan.problems.append(f"{where}: the reference to `{reference.target}` cannot be rewritten in place")
            return None
        return reference.span, own or posixpath.relpath(copy or "", posixpath.dirname(path))

    # -- the network -------------------------------------------------------------------------------

    def _get(self, url: str) -> bytes:
        if len(self.new) >= MAX_FILES:
            raise FetchError(f"more than {MAX_FILES:,} files are needed")
        content = self.fetch(url)
        self.total += len(content)
        if self.total > MAX_TOTAL_BYTES:
            raise FetchError(f"all files together have more than {MAX_TOTAL_BYTES // 1024**2} MiB")
        return content

    def _resolved(self, address: Address) -> tuple[str, str]:
        """The URL to fetch, of a fixed commit if that is known, and the commit."""
        locked = self.locked.get(address.url)
        if locked is not None and not self._must_update(address.url):
            return locked.resolved_url, locked.commit
        if address.repository is None:
            return address.url, ""
        if is_fixed(address):
            return pinned(address, {})
        asked = address.repository.references
        if asked not in self.commits:
            try:
                self.commits[asked] = read_references(self.fetch(asked))
            except FetchError:
                self.commits[asked] = {}  # the file itself tells whether the host can be reached
        return pinned(address, self.commits[asked])

    def _licence(self, address: Address, resolved: str, commit: str) -> str:
        """The path of the copied licence of a file's repository; empty if none was found."""
        locked = self.locked.get(address.url)
        if locked is not None and not self._must_update(address.url):
            return locked.licence
        if address.repository is None:
            return ""
        reference = reference_name(address, resolved) if commit else address.inside.partition("/")[0]
        key = f"{address.repository.raw}/{reference}"
        if key not in self.licences:
            self.licences[key] = self._find_licence(address, reference, commit)
        return self.licences[key]

    def _find_licence(self, address: Address, reference: str, commit: str) -> str:
        for candidate in licence_addresses(address, reference):
            known = self.new.get(candidate.url) or self.locked.get(candidate.url)
            if known is not None and not self._must_update(candidate.url):
                return known.path
            name = candidate.url.rpartition("/")[2]
            resolved = (
                f"{candidate.repository.raw}/{commit}/{name}" if commit and candidate.repository else candidate.url
            )
            try:
                content = self._get(resolved)
            except FetchError:
                continue
            path = self.places.path(candidate)
            file = LockedFile(candidate.url, path, resolved, commit, digest(content), len(content), digest(content))
            self.new[candidate.url] = file
            self._write(file, content)
            return path
        self.plan.notes.append(f"no licence file was found for `{key_of(address)}`")
        return ""


def key_of(address: Address) -> str:
    """The host and path of an address's repository."""
    return f"{address.repository.host}/{address.repository.path}" if address.repository else address.host


def _local(path: str, target: str, tree: SourceTree) -> str | None:
    """The file of the tree that a relative reference names."""
    for text in dict.fromkeys((target, unquote(target))):
        place = normalise(posixpath.join(posixpath.dirname(path), text))
        if place is not None and tree.lookup(place) is not None:
            return place
    return None


def _names(path: str, written: str, copy: str) -> bool:
    """Whether a relative reference already leads to the copy."""
    return normalise(posixpath.join(posixpath.dirname(path), written)) == copy


def is_copy(path: str) -> bool:
    """Whether a path is below the folder of copies."""
    return path.startswith(f"{FOLDER}/")
