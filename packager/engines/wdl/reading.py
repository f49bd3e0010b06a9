"""Reading of one document: its tree and its facts, or everything that is wrong with its syntax."""

from __future__ import annotations

from dataclasses import replace

from WDL import Tree, _grammar

from packager.cache import Cache
from packager.engines.wdl.document_facts import EMPTY_DOCUMENT, DocumentFacts, ImportFact, Span
from packager.engines.wdl.extraction import document_facts
from packager.engines.wdl.parsing import MARK, NEWEST, declared_version, is_empty, normal_lines, parse
from packager.engines.wdl.recovery import all_errors
from packager.engines.wdl.scan import scan


def read_document(text: str, abspath: str, cache: Cache) -> tuple[DocumentFacts, Tree.Document | None]:
    """A document's facts, and its tree where miniwdl would parse it in the same way; never raises."""
    text = normal_lines(text)
    declared = declared_version(text)
    tolerant = None
    if declared and declared not in _grammar.versions:
        bare = declared.split()[0] if declared.split() else ""
        tolerant = bare if bare in _grammar.versions else NEWEST
    marked = text.startswith(MARK)
    text = text.removeprefix(MARK)
    if is_empty(text):
        return DocumentFacts(version="", errors=(EMPTY_DOCUMENT,)), None
    try:
        document = parse(text, abspath, cache, version=tolerant)
    except Exception as error:  # noqa: BLE001 - any failure of the parser is reported to the user
        return _broken(text, declared, error, cache), None
    try:
        facts = document_facts(document)
    except RecursionError as error:
        return _broken(text, declared, error, cache), None
    exact = tolerant is None and not marked
    return (facts if tolerant is None else replace(facts, version=declared.strip())), (document if exact else None)


def _broken(text: str, declared: str, error: Exception, cache: Cache) -> DocumentFacts:
    """What is known of a document that cannot be parsed: its version and the imports that the scanner sees."""
    scanned = scan("x.wdl", text.encode("utf-8", "replace"))
    references = scanned.references if scanned else ()
    imports = tuple(ImportFact(reference.text, "", Span(reference.line, reference.column)) for reference in references)
    return DocumentFacts(
        version=(scanned.version if scanned else "") or declared.strip(),
        imports=imports,
        errors=all_errors(text, declared, error, cache),
    )
