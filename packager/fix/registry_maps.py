"""Fixes of a container registry map: members' names, hosts, and images with a scheme."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from packager.findings.diagnostic import Diagnostic
from packager.fix.edits import Cure, Text
from packager.fix.images import SCHEME
from packager.fix.names import folded
from packager.healthomics import limits
from packager.images import reference
from packager.jsondoc import schemas
from packager.jsondoc.jsonedit import Document, Node, Splice

_URL = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?P<host>[^/?#@\s]+)(?P<path>/*|/v[12]/*)\s*")
_ACCOUNT = re.compile(rf"[1-9][0-9]{{{limits.ACCOUNT_ID_LENGTH - 1}}}")
# What the guide's own sample calls the member.
_OTHER_NAMES = {("registryMappings", "accountId"): "ecrAccountId"}
# What an image mapping does not have.
_NO_MEMBERS = ("accountId", "ecrAccountId")
_KINDS = ("registryMappings", "imageMappings")


@dataclass(frozen=True, slots=True)
class _Map:
    """A map's text, its findings by code and offset, and its path."""

    path: str
    document: Document
    found: dict[tuple[str, int], Diagnostic]

    def cure(self, code: str, offset: int, *splices: Splice) -> Iterator[Cure]:
        """A cure, if there is such a finding."""
        finding = self.found.get((code, offset))
        if finding is not None:
            yield Cure((finding,), tuple((self.path, splice) for splice in splices))

    def entries(self, kind: str) -> Iterator[Node]:
        """The objects of one of the two lists."""
        member = self.document.root.member(kind)
        if member is not None:
            yield from (item for item in member.node.items if self.document.is_object(item))

    def text(self, entry: Node, key: str) -> str:
        """A member's text, "" for none."""
        value = self._value(entry, key)
        return value if isinstance(value, str) else ""

    def _value(self, entry: Node, key: str) -> Any:
        member = entry.member(key)
        return None if member is None else self.document.value(member.node)


def cures(path: str, text: Text, document: Document, diagnostics: tuple[Diagnostic, ...]) -> Iterator[Cure]:
    """MAP001 (a member's name, an account without quotes or where none belongs), MAP004, MAP005, MAP012 and MAP018 (`docker://`)."""
    found: dict[tuple[str, int], Diagnostic] = {}
    for one in diagnostics:
        offset = text.offset(one.line, one.column) if one.path == path else None
        if offset is not None:
            found[(one.code, offset)] = one
    known = _Map(path, document, found)
    yield from _members(known)
    yield from _accounts(known)
    yield from _idle_accounts(known)
    yield from _hosts(known)
    yield from _schemes(known)


def _members(known: _Map) -> Iterator[Cure]:
    """A member under a name that it nearly has."""
    entries = [(kind, entry) for kind in _KINDS for entry in known.entries(kind)]
    for kind, entry in [("", known.document.root), *entries]:
        names = _names(kind)
        for member in entry.members:
            other = _OTHER_NAMES.get((kind, member.key))
            wanted = [other] if other else [name for name in names if folded(name) == folded(member.key)]
            alike = [one for one in entry.members if one.key not in names and folded(one.key) == folded(member.key)]
            if member.key not in names and len(wanted) == len(alike) == 1 and entry.member(wanted[0]) is None:
                # A member that was not known has not been looked at: what is plainly wrong with its value is mended with it.
                splices = [known.document.rename(member, wanted[0])]
                if wanted[0] == "ecrAccountId":
                    splices += _quoted(known.document, member.node)
                yield from known.cure("MAP001", member.start, *splices)


def _names(kind: str) -> tuple[str, ...]:
    schema = schemas.load("container-registry-map")
    return tuple(schema["properties"][kind]["items"]["properties"] if kind else schema["properties"])


def _accounts(known: _Map) -> Iterator[Cure]:
    """An account that is written as a number."""
    for entry in known.entries("registryMappings"):
        member = entry.member("ecrAccountId")
        quoted = _quoted(known.document, member.node) if member else ()
        if member and quoted:
            yield from known.cure("MAP001", member.node.start, *quoted)


def _quoted(document: Document, node: Node) -> tuple[Splice, ...]:
    written = document.text[node.start : node.end]
    return (document.replace(node, written),) if _ACCOUNT.fullmatch(written) else ()


def _idle_accounts(known: _Map) -> Iterator[Cure]:
    """The account of an image mapping, where the destination says the same."""
    for entry in known.entries("imageMappings"):
        destination = reference.parse(known.text(entry, "destinationImage"))
        for key in _NO_MEMBERS:
            member = entry.member(key)
            if member and destination and destination.account == str(known.document.value(member.node)):
                yield from known.cure("MAP001", member.start, *known.document.remove(entry, {key}))


def _hosts(known: _Map) -> Iterator[Cure]:
    """A URL that is a host and nothing that means more; not where two entries would then be for the same upstream."""
    entries = list(known.entries("registryMappings"))
    upstreams = [(_host(known.text(entry, "upstreamRegistryUrl")), _prefix(known, entry)) for entry in entries]
    counted = Counter(upstreams)
    for entry, upstream in zip(entries, upstreams, strict=True):
        member = entry.member("upstreamRegistryUrl")
        if member is None or not upstream[0] or counted[upstream] > 1:
            continue
        for code in ("MAP004", "MAP005"):
            yield from known.cure(code, member.node.start, known.document.replace(member.node, upstream[0]))


def _prefix(known: _Map, entry: Node) -> str:
    return known.text(entry, "upstreamRepositoryPrefix").strip("/")


def _host(url: str) -> str:
    """The host that a URL means, "" where it says more: a path may be meant as `upstreamRepositoryPrefix`."""
    found = _URL.fullmatch(url)
    host = found["host"].lower() if found else ""
    if not reference.parse(f"{host}/x"):
        return ""
    return limits.DOCKER_HUB if host in limits.DOCKER_HUB_ALIASES else host


def _schemes(known: _Map) -> Iterator[Cure]:
    """`docker://` before an image."""
    entries = list(known.entries("imageMappings"))
    sources = Counter(known.text(entry, "sourceImage").removeprefix(SCHEME) for entry in entries)
    for entry in entries:
        for code, key in (("MAP018", "sourceImage"), ("MAP012", "destinationImage")):
            text = known.text(entry, key)
            bare = reference.parse(text.removeprefix(SCHEME)) if text.startswith(SCHEME) else None
            member = entry.member(key)
            if bare is None or member is None:
                continue
            if sources[bare.format()] == 1 if key == "sourceImage" else bare.is_private:
                yield from known.cure(code, member.node.start, known.document.replace(member.node, bare.format()))
