"""The table of sources: what rules, codes and limits rest on is in it, and nothing else is."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore.loaders import Loader
from conftest import ROOT

import packager.rules  # noqa: F401 - registers the codes of rules
from packager.findings import codes
from packager.findings.sources import Api, Citation, Guide, Source, cite

PACKAGE = ROOT / "packager"
TABLE = PACKAGE / "findings" / "sources.py"
LIMITS = PACKAGE / "healthomics" / "limits.py"
SOURCES = {f"{table.__name__}.{entry.name}": entry for table in Source.__subclasses__() for entry in table}
MENTION = re.compile(rf"\b(?:{'|'.join(table.__name__ for table in Source.__subclasses__())})\.[A-Z][A-Z0-9_]+\b")


def modules() -> Iterator[tuple[Path, str]]:
    """The modules of the package with their text, without the table."""
    for path in sorted(PACKAGE.rglob("*.py")):
        if path != TABLE:
            yield path, path.read_text(encoding="utf-8")


def paragraphs(text: str) -> Iterator[tuple[str, list[str]]]:
    """The paragraphs of a module that assign constants: their text, and the names of the constants."""
    lines = text.splitlines()
    assigned = {
        node.lineno: (node.end_lineno or node.lineno, node.target.id)
        for node in ast.parse(text).body
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name)
    }
    start = 0
    for number in range(1, len(lines) + 2):
        if number > len(lines) or not lines[number - 1].strip():
            names = [name for first, (_, name) in assigned.items() if start < first < number]
            if names:
                yield "\n".join(lines[start : number - 1]), names
            start = number


@pytest.mark.parametrize("code", list(codes.known()))
def test_every_code_cites_the_table(code: str) -> None:
    known = codes.known()[code]
    assert known.sources
    assert all(isinstance(citation, Citation) for citation in known.sources)
    repeated = [source for source, count in Counter(citation.source for citation in known.sources).items() if count > 1]
    assert not repeated, "cite a document once, with all its topics"


def test_every_document_is_cited() -> None:
    mentioned = {name for _, text in modules() for name in MENTION.findall(text)}
    assert set(SOURCES) - mentioned == set()


def test_what_code_and_comments_name_is_in_the_table() -> None:
    unknown = {
        f"{path.relative_to(ROOT)}: {name}"
        for path, text in modules()
        for name in MENTION.findall(text)
        if name not in SOURCES
    }
    assert unknown == set()


def test_every_topic_is_cited() -> None:
    cited = {
        (citation.source, topic)
        for code in codes.known().values()
        for citation in code.sources
        for topic in citation.topics
    }
    unused = {
        f"{name}: {topic}"
        for name, source in SOURCES.items()
        for topic in source.document.topics
        if (source, topic) not in cited
    }
    assert unused == set()


def test_a_page_has_one_name_one_address_and_a_date() -> None:
    names = Counter(source.document.name for source in SOURCES.values())
    assert max(names.values()) == 1
    pages = [page.document for page in Guide]
    assert len({page.address for page in pages}) == len(pages)
    assert [page.name for page in pages if not re.fullmatch(r"20\d\d-\d\d(-\d\d)?", page.edition)] == []
    assert [
        name for name, source in SOURCES.items() if any(";" in topic for topic in source.document.topics.values())
    ] == []


def test_no_module_spells_a_page_of_its_own() -> None:
    spelled = re.compile(r"(?<!IAM )(?<!the )user guide, |\bGUIDE\b|\(guide: ")
    assert [path for path, text in modules() if spelled.search(text)] == []


def test_schemas_spell_documents_as_the_table_does() -> None:
    spelled = {citation.text for source in SOURCES.values() for citation in cite(source)}
    found = set()
    for path in (ROOT / "schemas").glob("*.json"):
        found |= set(
            re.findall(r"HealthOmics (?:user guide, |API)[^:;(]*(?:\([^)]*\))?", path.read_text(encoding="utf-8"))
        )
    assert found
    assert found <= spelled


@pytest.mark.parametrize(("api", "service"), [(Api.OMICS, "omics"), (Api.ECR, "ecr"), (Api.STS, "sts")])
def test_names_of_an_api_are_those_of_the_installed_model(api: Api, service: str) -> None:
    model: dict[str, Any] = Loader().load_service_model(service, "service-2")
    for topic in api.document.topics.values():
        shape, _, member = topic.split()[0].partition(".")
        assert shape in model["shapes"] or shape in model["operations"], topic
        assert not member or member in model["shapes"][shape]["members"], topic


def test_every_limit_names_its_source() -> None:
    text = LIMITS.read_text(encoding="utf-8")
    assert [names for paragraph, names in paragraphs(text) if not MENTION.search(paragraph)] == []


def test_every_limit_is_used() -> None:
    limits = LIMITS.read_text(encoding="utf-8")
    others = {word for path, text in modules() if path != LIMITS for word in re.findall(r"\w+", text)}
    here = Counter(re.findall(r"\w+", limits))
    unused = [name for _, names in paragraphs(limits) for name in names if name not in others and here[name] == 1]
    assert unused == []


def test_a_citation_is_a_line_with_topics_and_a_link() -> None:
    citations = cite(Guide.FIXED_QUOTAS, "README", "images", Api.STS)
    assert [citation.text for citation in citations] == [
        "HealthOmics user guide, fixed quotas page (2026-10): 500 KiB for a README, 45 GiB for an image, 95 GiB with accelerators",
        "AWS STS API",
    ]
    address = "https://docs.aws.amazon.com/omics/latest/dev/fixed-quotas.html"
    assert citations[0].markdown.startswith(f"[HealthOmics user guide, fixed quotas page]({address}) (2026-10): ")
    assert citations[1].markdown == citations[1].text


@pytest.mark.parametrize("parts", [("README",), (Guide.README, "images")])
def test_a_topic_must_be_in_the_document_before_it(parts: tuple[Source | str, ...]) -> None:
    with pytest.raises(ValueError, match="is not a topic of"):
        cite(*parts)
