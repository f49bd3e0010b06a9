"""The documents that a main WDL file needs, found by walking imports; each is read and parsed once."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from packager.cache import Cache
from packager.engines.caching import Lookups
from packager.engines.references import ReferenceKind, resolve
from packager.engines.wdl.document_facts import DocumentFacts, ImportFact, ParseError
from packager.engines.wdl.kept import parsed, versions_key
from packager.findings.codes import finding, finding_at
from packager.findings.diagnostic import Diagnostic
from packager.model.facts import ClosureFile, Role
from packager.source import OversizedError, SourceTree, UnreadableError, unreadable_file

_KIND = "wdl-document"
MAX_BYTES = 2 * 1024 * 1024  # about ten seconds of parsing; the largest file in public workflows has a tenth of it


StructOrigin = tuple[str, str]  # the document that defines a struct, and its name there


@dataclass(slots=True)
class ImportClosure:
    """The documents of a workflow by path in the order of discovery, and every import that leads to a document.

    It depends on the `lookups` alone where it is `keepable`.
    """

    lookups: Lookups

    documents: dict[str, DocumentFacts] = field(default_factory=dict)
    links: dict[str, list[tuple[ImportFact, str]]] = field(default_factory=dict)
    files: dict[str, ClosureFile] = field(default_factory=dict)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    structs: dict[str, dict[str, StructOrigin]] = field(default_factory=dict)  # see `visible_structs`, by document
    complete: bool = True
    keepable: bool = True

    def target(self, path: str, namespace: str) -> str | None:
        """The document that a namespace of the document `path` names."""
        for fact, target in reversed(self.links.get(path, [])):
            if fact.namespace == namespace:
                return target
        return None


def walk(lookups: Lookups, main: str, cache: Cache) -> ImportClosure:
    """The closure of `main`; never raises."""
    closure = ImportClosure(lookups)
    pending = [(main, Role.MAIN, "main")]
    while pending:
        path, role, reason = pending.pop(0)
        if path in closure.files:
            continue
        closure.files[path] = ClosureFile(path, role, reason)
        facts = _document(path, cache, closure)
        if facts is None:
            continue
        closure.documents[path] = facts
        if facts.errors:
            closure.complete = False
            closure.diagnostics += [invalid(path, error) for error in facts.errors]
        for fact in facts.imports:
            target = _target(path, fact, closure)
            if target is not None:
                closure.links.setdefault(path, []).append((fact, target))
                why = f"imported by `{path}` line {fact.span.line}"
                pending.append((target, Role.DEFINITION, why))
    _cut_circles(closure, main)
    return closure


def invalid(path: str, error: ParseError) -> Diagnostic:
    """The finding for what miniwdl rejects; `read` and `check` create the same one, so that it is reported once."""
    return finding_at(error.span.at(path), "WDL001", error.message, hint=error.hint or None, subject=error.subject)


def _document(path: str, cache: Cache, closure: ImportClosure) -> DocumentFacts | None:
    tree = closure.lookups.tree
    content = b""
    try:
        content = content_of(tree, path)
        digest = closure.lookups.digest(path)
        text = content.decode("utf-8")
    except UnreadableError as error:
        closure.keepable = closure.complete = False
        closure.diagnostics.append(unreadable_file(path, error))
        return None
    except UnicodeDecodeError as error:
        closure.complete = False
        message = f"the file is not UTF-8 at byte {error.start}"
        line = content.count(b"\n", 0, error.start) + 1
        closure.diagnostics.append(finding("ZIP015", message, path=path, line=line))
        return None
    key = Cache.key(*versions_key(), digest)
    kept = cache.load(_KIND, key, DocumentFacts)
    if kept is not None:
        return kept
    from packager.engines.wdl.reading import read_document  # noqa: PLC0415 - imports miniwdl

    facts, document = read_document(text, source_name(tree, path), cache)
    if document is not None:
        from packager.engines.wdl.remembered import remember_tree  # noqa: PLC0415 - imports miniwdl

        remember_tree(cache, digest, source_name(tree, path), document)
        parsed(tree)[path] = document
    cache.store(_KIND, key, facts)
    return facts


def content_of(tree: SourceTree, path: str) -> bytes:
    """A document's bytes.

    Raises:
        UnreadableError: missing, unreadable, or larger than a document is parsed.
    """
    content = tree.read(path, MAX_BYTES)
    if len(content) > MAX_BYTES:  # already read, with a larger limit
        raise OversizedError(MAX_BYTES)
    return content


def source_name(tree: SourceTree, path: str) -> str:
    """The name under which miniwdl knows a document: its absolute path on disk, or its path in a zip."""
    real = tree.real_path(path)
    return path if real is None else str(real.absolute())


def _target(path: str, fact: ImportFact, closure: ImportClosure) -> str | None:
    """The tree path that an import leads to, or None with its finding."""
    resolved = resolve(path, fact.uri)
    if resolved.kind is ReferenceKind.LOCAL and closure.lookups.exists(resolved.path):
        return resolved.path
    closure.complete = False
    uri = " ".join(fact.uri.split())
    if resolved.kind is ReferenceKind.LOCAL and closure.lookups.leads_outside(resolved.path):
        closure.keepable = False  # a link's target is not content of the source
        message = f"the import `{uri}` is a link that leaves the source's root"
        closure.diagnostics.append(_import_finding("WDL054", message, path, fact))
        return None
    kind = resolved.kind
    if kind is ReferenceKind.OUTSIDE and not closure.lookups.kind(resolved.path):
        kind = ReferenceKind.LOCAL  # it is not there, however far it climbs
    code, message = {
        ReferenceKind.LOCAL: ("WDL050", f"the import `{uri}` does not exist"),
        ReferenceKind.REMOTE: ("WDL051", f"the import `{uri}` is remote"),
        ReferenceKind.ABSOLUTE: ("WDL052", f"the import `{uri}` is an absolute path"),
        ReferenceKind.OUTSIDE: ("WDL054", f"the import `{uri}` leaves the source's root"),
    }[kind]
    closure.diagnostics.append(_import_finding(code, message, path, fact))
    return None


def _import_finding(code: str, message: str, path: str, fact: ImportFact) -> Diagnostic:
    return finding_at(fact.span.at(path), code, message, subject=fact.uri)


def _cut_circles(closure: ImportClosure, main: str) -> None:
    """Report each import that closes a circle and remove it, so that walks of the rest end."""
    done: set[str] = set()
    on_path: set[str] = set()
    stack: list[tuple[str, int]] = [(main, 0)]
    on_path.add(main)
    while stack:
        path, index = stack.pop()
        links = closure.links.get(path, [])
        if index >= len(links):
            on_path.discard(path)
            done.add(path)
            continue
        fact, target = links[index]
        if target in on_path:
            what = "itself" if target == path else f"`{target}`, which imports it in turn"
            message = f"the import `{fact.uri}` is circular: the document imports {what}"
            circular = _import_finding("WDL053", message, path, fact)
            closure.diagnostics.append(replace(circular, paths=(target,)))
            closure.complete = False
            del links[index]
            stack.append((path, index))
            continue
        stack.append((path, index + 1))
        if target not in done:
            on_path.add(target)
            stack.append((target, 0))
