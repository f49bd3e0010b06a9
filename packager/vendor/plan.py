"""What `packager vendor` changes: the documents to fetch, the copies, the rewritten references and the lock. It writes nothing."""

from __future__ import annotations

import posixpath
import re
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from packager.engines.local_files import same_repository_file
from packager.shell import quoted
from packager.source import SourceTree, UnreadableError, normalise
from packager.vendor.downloads import Downloads, Fetch, FetchError
from packager.vendor.hosts import Address, AddressError, address_of, joined, reference_name
from packager.vendor.licences import header_notice, licence_addresses, title_of
from packager.vendor.lock import FILE_NAME, Lock, LockedFile, digest, lock_bytes
from packager.vendor.places import Places
from packager.vendor.references import Reference, may_refer, references, replaced
from packager.vendor.unused import named_path, unused_files

_PLAIN = re.compile(r"[A-Za-z0-9_.][A-Za-z0-9_./+@=-]*")


@dataclass(frozen=True, slots=True)
class Rewrite:
    """A reference that changes, and the URL that it named."""

    path: str
    line: int
    url: str
    local: str


@dataclass(slots=True)
class Plan:
    """All changes, none of them made. With `problems`, nothing may be written.

    `changes` has the new content of each file, or None for a copy that is deleted because nothing refers to it.
    """

    changes: dict[str, bytes | None] = field(default_factory=dict)
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
    """What the user asked for: the URLs to fetch again (`None`: all that are used), and the names of the user's own repository."""

    update: frozenset[str] | None = frozenset()
    own_names: frozenset[str] = frozenset()

    def must_update(self, url: str) -> bool:
        """Whether a URL is fetched again even if its copy is as the lock describes it."""
        return self.update is None or url in self.update


def plan_vendoring(tree: SourceTree, documents: Iterable[str], lock: Lock, fetch: Fetch, wishes: Wishes) -> Plan:
    """The plan for these documents of a tree and all that they import."""
    planner = _Planner(tree, lock, fetch, wishes)
    planner.run(documents)
    return planner.plan


class _Planner:
    def __init__(self, tree: SourceTree, lock: Lock, fetch: Fetch, wishes: Wishes) -> None:
        self.tree = tree
        self.downloads = Downloads(fetch)
        self.wishes = wishes
        self.plan = Plan()
        self.locked = {file.url: file for file in lock.files}
        self.copied = {file.path: file for file in lock.files}
        self.locked_licences = {file.licence for file in lock.files}
        self.places = Places((file.url, file.path) for file in lock.files)
        self.new: dict[str, LockedFile] = {}
        self.failed: set[str] = set()
        self.verified: set[str] = set()
        self.pending: deque[tuple[Address, str]] = deque()
        self.queued: set[str] = set()
        self.licences: dict[str, str] = {}

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
        while self.pending:
            address, where = self.pending.popleft()
            if address.url not in self.new:
                self._fetched(address, self.places.path(address), where)
        self._finish({**self.locked, **self.new})

    def _finish(self, files: dict[str, LockedFile]) -> None:
        """Forget the copies to which nothing refers, and note the new lock."""
        for file in unused_files(self.tree, self.plan.changes, tuple(files.values())):
            del files[file.url]
            if self._content(file.path) is None:
                continue
            if digest(self._content(file.path) or b"") == file.file_sha256:
                self.plan.changes[file.path] = None
            else:
                self.plan.notes.append(f"nothing refers to `{file.path}`, which was changed: the file is kept")
        self.plan.lock = Lock(tuple(sorted(files.values(), key=lambda file: file.path)))
        content = lock_bytes(self.plan.lock)
        if files and not self._has(FILE_NAME, content):
            self.plan.changes[FILE_NAME] = content
        elif not files and self.locked:
            self.plan.changes[FILE_NAME] = None

    # -- the user's own documents ------------------------------------------------------------------

    def _own(self, path: str) -> list[str]:
        """The local documents that a document refers to, after its remote references were rewritten."""
        if path in self.copied:
            self._verify(path)
            if self.wishes.must_update(self.copied[path].url):
                return []  # its new content decides
        content = self._content(path)
        if content is None:
            return []
        changes, local = [], []
        for reference in references(path, content):
            if reference.is_remote and reference.kind != "File":
                change = self._remote(path, reference)
                changes += [change] if change else []
            elif reference.is_relative:
                target = named_path(path, reference.target, self.tree, self.copied)
                if target and (may_refer(target) or target in self.copied):
                    local.append(target)
        if changes:
            self.plan.changes[path] = replaced(content, changes)
        return local

    def _content(self, path: str) -> bytes | None:
        if self.tree.lookup(path) is None:
            return None
        try:
            return self.tree.read(path)
        except UnreadableError:
            return None  # reported by lint

    def _verify(self, path: str) -> None:
        """Fetch a copy again if it is missing or must be updated; report one that was changed."""
        locked = self.copied[path]
        if path in self.verified:
            return
        self.verified.add(path)
        content = self._content(path)
        if content is None or self.wishes.must_update(locked.url):
            self._queue(address_of(locked.url), path)
        elif digest(content) != locked.file_sha256:
            self.plan.problems.append(f"`{path}` differs from `{FILE_NAME}`; `{_update(locked.url)}` fetches it again")
        elif locked.licence in self.copied:
            self._verify(locked.licence)

    def _remote(self, path: str, reference: Reference) -> tuple[tuple[int, int], str] | None:
        """The change of a remote reference of the user's own document."""
        where = f"{path}:{reference.line}"
        if reference.span is None:
            self._cannot(reference, f"{where}: the reference to `{reference.target}` cannot be rewritten in place")
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
        if address.repository is None or address.repository.name.lower() not in self.wishes.own_names:
            return None
        local = same_repository_file(self.tree, path, address.url)
        if local is None or not _PLAIN.fullmatch(local):
            return None
        target = normalise(posixpath.join(posixpath.dirname(path), local))
        inside = target is not None and self.tree.lookup(target) is not None and target not in self.copied
        return local if inside else None

    # -- copies ------------------------------------------------------------------------------------

    def _target(self, address: Address, where: str, *, optional: bool = False) -> str | None:
        """The path of the copy of an address, which is fetched if it has to be; None if that failed."""
        path = self.places.path(address)
        if address.url in self.locked:
            self._verify(path)
            return path
        if address.url in self.new:
            return path
        if address.url in self.failed or (optional and not self._fetched(address, path, where, optional=True)):
            return None
        self._queue(address, where)
        return path

    def _queue(self, address: Address, where: str) -> None:
        if address.url not in self.queued and address.url not in self.new:
            self.queued.add(address.url)
            self.pending.append((address, where))

    def _fetched(self, address: Address, path: str, where: str, *, optional: bool = False) -> bool:
        """Fetch a document and plan its copy."""
        self.queued.add(address.url)
        locked = self._as_locked(address)
        try:
            resolved, commit = (locked.resolved_url, locked.commit) if locked else self.downloads.pinned(address)
            get = self.downloads.get if path in self.locked_licences else self.downloads.get_document
            content = get(resolved)
        except FetchError as error:
            self.failed.add(address.url)
            if error.refused_host and error.refused_host not in self.plan.refused_hosts and not optional:
                self.plan.refused_hosts.append(error.refused_host)
            message = f"{where}: cannot fetch `{address.url}`: {error}"
            (self.plan.notes if optional else self.plan.problems).append(message)
            return False
        if locked is not None and digest(content) != locked.sha256:
            self.failed.add(address.url)
            self.plan.problems.append(
                f"`{address.url}` changed since it was locked; `{_update(address.url)}` accepts the new content"
            )
            return False
        self._keep(address, path, resolved, commit, content)
        return True

    def _as_locked(self, address: Address) -> LockedFile | None:
        """The entry of the lock with which the content has to agree."""
        return None if self.wishes.must_update(address.url) else self.locked.get(address.url)

    def _keep(self, address: Address, path: str, resolved: str, commit: str, content: bytes) -> None:
        sent = digest(content), len(content)
        self.new[address.url] = LockedFile(address.url, path, resolved, commit, *sent, "")  # found by circular imports
        copy = self._rewritten(address, path, content)
        licence = self._licence(address, resolved, commit)
        locked = self._as_locked(address)
        notice = locked.notice if locked else header_notice(content)
        file = LockedFile(address.url, path, resolved, commit, *sent, digest(copy), licence, notice)
        if not commit:
            reason = "its content can change"
            if address.repository is not None:
                reason = "its branch or tag could not be resolved to a commit"
            self.plan.notes.append(f"`{address.url}` is not pinned: {reason}")
        self.new[address.url] = file
        self._write(file, copy)

    def _write(self, file: LockedFile, copy: bytes) -> None:
        if self._has(file.path, copy):
            return
        if file.path not in self.copied and self.tree.lookup(file.path) is not None:
            self.plan.problems.append(f"`{file.path}` exists and is not in `{FILE_NAME}`; move it away")
            return
        self.plan.changes[file.path] = copy
        self.plan.copies.append(file)

    def _has(self, path: str, content: bytes) -> bool:
        return self._content(path) == content

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
            self._cannot(reference, f"{where}: the reference to `{reference.target}` cannot be rewritten in place")
            return None
        return reference.span, own or posixpath.relpath(copy or "", posixpath.dirname(path))

    # -- licences ----------------------------------------------------------------------------------

    def _licence(self, address: Address, resolved: str, commit: str) -> str:
        """The path of the copied licence of a file's repository; empty if none was found."""
        locked = self._as_locked(address)
        if locked is not None:
            if locked.licence in self.copied:
                self._verify(locked.licence)
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
            known = self.new.get(candidate.url) or self._as_locked(candidate)
            if known is not None:
                return known.path
            name = candidate.url.rpartition("/")[2]
            repository = candidate.repository
            resolved = f"{repository.raw}/{commit}/{name}" if commit and repository else candidate.url
            try:
                content = self.downloads.get(resolved)
            except FetchError:
                continue
            path = self.places.path(candidate)
            sent = digest(content)
            file = LockedFile(candidate.url, path, resolved, commit, sent, len(content), sent, "", title_of(content))
            self.new[candidate.url] = file
            self._write(file, content)
            return path
        self.plan.notes.append(f"no licence file was found for `{_repository_of(address)}`")
        return ""


def _update(url: str) -> str:
    """The command that fetches a URL again; the command line knows the path."""
    return f"packager vendor PATH --update {quoted(url)}"


def _repository_of(address: Address) -> str:
    """The host and path of an address's repository."""
    return f"{address.repository.host}/{address.repository.path}" if address.repository else address.host


def _names(path: str, written: str, copy: str) -> bool:
    """Whether a relative reference already leads to the copy."""
    return normalise(posixpath.join(posixpath.dirname(path), written)) == copy
