"""Fixes of a container registry map: names of members, hosts, and images with a scheme."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from packager.findings.diagnostic import Diagnostic
from packager.fix.definitions import SCHEME
from packager.fix.edits import FileEdit, Fix, Fixable, Text, candidate_files, compose, folded
from packager.healthomics import limits
from packager.images import registry_map
from packager.jsondoc import jsonedit, schemas
from packager.jsondoc.jsonedit import JsonDocument, Splice
from packager.jsondoc.jsontext import JsonError, JsonNode
from packager.model.image_reference import normal_host, parse

_URL = re.compile(r"\s*(?:[A-Za-z][A-Za-z0-9+.-]*://)?(?P<host>[^/?#@\s]+)(?P<path>/*|/v[12]/*)\s*")
_ACCOUNT = re.compile(rf"[1-9][0-9]{{{limits.ACCOUNT_ID_LENGTH - 1}}}")
# The name of the member in the guide's own sample.
_OTHER_NAMES = {("registryMappings", "accountId"): "ecrAccountId"}
# Members that an image mapping does not have.
_NO_MEMBERS = ("accountId", "ecrAccountId")
_LISTS = ("registryMappings", "imageMappings")


@dataclass(frozen=True, slots=True)
class _Map:
    """A map's document, its findings by code and offset, and its path."""

    path: str
    document: JsonDocument
    findings: dict[tuple[str, int], Diagnostic]

    def fix(self, code: str, offset: int, *splices: Splice) -> Iterator[Fix]:
        """The fix of the finding at an offset, if there is one."""
        finding = self.findings.get((code, offset))
        if finding is not None:
            yield Fix((finding,), tuple((self.path, splice) for splice in splices))

    def entries(self, kind: str) -> Iterator[JsonNode]:
        """The objects of one of the two lists."""
        member = self.document.root.member(kind)
        if member is not None:
            yield from (item for item in member.node.items if self.document.is_object(item))

    def text(self, entry: JsonNode, key: str) -> str:
        """The string of a member, "" if it has none."""
        member = entry.member(key)
        value = None if member is None else self.document.value(member.node)
        return value if isinstance(value, str) else ""


def fixes(loaded: Fixable, diagnostics: tuple[Diagnostic, ...]) -> Iterator[FileEdit]:
    """The edit of the map's file, if there is one.

    It resolves MAP001 (a member's name; an account without quotes, or in an image mapping), MAP004, MAP005, MAP012 and MAP018
    (`docker://`).
    """
    known = loaded.registry_map
    if known is None:
        return
    for on_disk, content in candidate_files(loaded, known.path):
        document = jsonedit.parse(content)
        if isinstance(document, JsonError) or registry_map.read(known.path, content)[0] != known:
            continue
        proposed = _proposed(known.path, Text(content), document, diagnostics)
        for path, after, fixed in compose({known.path: document.text}, proposed):
            yield FileEdit(path, content, after.encode(), fixed, on_disk)
        return


def _proposed(path: str, text: Text, document: JsonDocument, diagnostics: tuple[Diagnostic, ...]) -> Iterator[Fix]:
    findings: dict[tuple[str, int], Diagnostic] = {}
    for finding in diagnostics:
        offset = text.offset(finding.line, finding.column) if finding.path == path else None
        if offset is not None:
            findings[(finding.code, offset)] = finding
    mapping = _Map(path, document, findings)
    yield from _member_fixes(mapping)
    yield from _account_fixes(mapping)
    yield from _unused_account_fixes(mapping)
    yield from _host_fixes(mapping)
    yield from _scheme_fixes(mapping)


def _member_fixes(mapping: _Map) -> Iterator[Fix]:
    """A member whose name differs from a known one only in spelling."""
    entries = [(kind, entry) for kind in _LISTS for entry in mapping.entries(kind)]
    for kind, entry in [("", mapping.document.root), *entries]:
        names = schemas.properties("container-registry-map", kind)
        for member in entry.members:
            other = _OTHER_NAMES.get((kind, member.key))
            expected = [other] if other else [name for name in names if folded(name) == folded(member.key)]
            alike = [each for each in entry.members if each.key not in names and folded(each.key) == folded(member.key)]
            if member.key not in names and len(expected) == len(alike) == 1 and entry.member(expected[0]) is None:
                # The value of an unknown member is not checked: an obvious error in it is fixed at the same time.
                splices = [mapping.document.rename(member, expected[0])]
                if expected[0] == "ecrAccountId":
                    splices += _quoted(mapping.document, member.node)
                yield from mapping.fix("MAP001", member.start, *splices)


def _account_fixes(mapping: _Map) -> Iterator[Fix]:
    """An account that is written as a number."""
    for entry in mapping.entries("registryMappings"):
        member = entry.member("ecrAccountId")
        quoted = _quoted(mapping.document, member.node) if member else ()
        if member and quoted:
            yield from mapping.fix("MAP001", member.node.start, *quoted)


def _quoted(document: JsonDocument, node: JsonNode) -> tuple[Splice, ...]:
    written = document.text[node.start : node.end]
    return (document.replace(node, written),) if _ACCOUNT.fullmatch(written) else ()


def _unused_account_fixes(mapping: _Map) -> Iterator[Fix]:
    """The account of an image mapping, if the destination has the same account."""
    for entry in mapping.entries("imageMappings"):
        destination = parse(mapping.text(entry, "destinationImage"))
        for key in _NO_MEMBERS:
            member = entry.member(key)
            if member and destination and destination.account == str(mapping.document.value(member.node)):
                yield from mapping.fix("MAP001", member.start, *mapping.document.remove(entry, {key}))


def _host_fixes(mapping: _Map) -> Iterator[Fix]:
    """A URL that contains only a host; not if two entries would then be for the same upstream."""
    entries = list(mapping.entries("registryMappings"))
    upstreams = [
        (_host(mapping.text(entry, "upstreamRegistryUrl")), mapping.text(entry, "upstreamRepositoryPrefix").strip("/"))
        for entry in entries
    ]
    counted = Counter(upstreams)
    for entry, upstream in zip(entries, upstreams, strict=True):
        member = entry.member("upstreamRegistryUrl")
        if member is None or not upstream[0] or counted[upstream] > 1:
            continue
        for code in ("MAP004", "MAP005"):
            yield from mapping.fix(code, member.node.start, mapping.document.replace(member.node, upstream[0]))


def _host(url: str) -> str:
    """The host of a URL, "" if the URL has a path, which may be intended as `upstreamRepositoryPrefix`."""
    match = _URL.fullmatch(url)
    host = match["host"].lower() if match else ""
    return normal_host(host) if parse(f"{host}/x") else ""


def _scheme_fixes(mapping: _Map) -> Iterator[Fix]:
    """`docker://` before an image."""
    entries = list(mapping.entries("imageMappings"))
    sources = Counter(mapping.text(entry, "sourceImage").removeprefix(SCHEME) for entry in entries)
    for entry in entries:
        for code, key in (("MAP018", "sourceImage"), ("MAP012", "destinationImage")):
            text = mapping.text(entry, key)
            bare = parse(text.removeprefix(SCHEME)) if text.startswith(SCHEME) else None
            member = entry.member(key)
            if bare is None or member is None:
                continue
            if sources[str(bare)] == 1 if key == "sourceImage" else bare.is_private:
                yield from mapping.fix(code, member.node.start, mapping.document.replace(member.node, str(bare)))
