"""The report page: its order, its links, that it needs nothing else, and that hostile text stays text."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from conftest import WORKFLOWS, Cli
from test_graph import HOSTILE, graph, hostile_graph

from packager.app.check import lint
from packager.app.load import load
from packager.cli.output import lines_of
from packager.findings.codes import finding
from packager.findings.diagnostic import Skipped
from packager.findings.report import Report, relocate
from packager.jsondoc.schemas import violations
from packager.model.calls import pack
from packager.model.facts import Attribute, Input, Output, Resources
from packager.render.markup import Markup, element, text
from packager.render.page import MOST_BYTES, ReportedWorkflow, report_page, workflows_json
from packager.render.report import to_json

PROBLEMS, GOOD = WORKFLOWS / "wdl-problems", WORKFLOWS / "wdl-variants"
ALL = sorted(folder for folder in WORKFLOWS.iterdir() if folder.is_dir() and folder.name != "mixed")
_VOID = ("meta", "wbr")


class Page(HTMLParser):
    """The elements of a page, with their attributes and the text in them; it fails if elements are not nested correctly."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self._open: list[str] = []
        self.feed(source)
        self.close()
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"an attribute twice in {tag}"
        if tag not in _VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open[-1:] == ["style"]:
            return
        if (
            self.elements and self.elements[-1][0] == "wbr" and self.texts
        ):  # one word, which may continue on the next line
            self.texts[-1] += data
        else:
            self.texts.append(data)

    @property
    def all_text(self) -> str:
        return " ".join(self.texts)

    def values(self, name: str) -> list[str]:
        return [attributes[name] or "" for _, attributes in self.elements if name in attributes]


def reported(folder: Path, path: str = "") -> ReportedWorkflow:
    loaded = load(str(folder))
    return ReportedWorkflow(path or folder.name, loaded, relocate(lint(loaded), loaded.on_disk), lines_of(loaded))


def assert_is_safe(source: str) -> Page:
    """A page without script, link to elsewhere or style that its policy does not name; its ids are unique, and its links lead to them."""
    page = Page(source)
    tags = Counter(tag for tag, _ in page.elements)
    assert not {"script", "iframe", "object", "embed", "form", "img", "link", "base", "input"} & tags.keys()
    names = {name for _, attributes in page.elements for name in attributes}
    assert not [name for name in names if name.startswith("on") or name in ("style", "src", "srcset", "action")]
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert all(link.startswith("#") and link[1:] in ids for link in page.values("href"))
    (style,) = re.findall(r"<style>(.*?)</style>", source, re.DOTALL)
    (policy,) = [each["content"] or "" for tag, each in page.elements if tag == "meta" and "http-equiv" in each]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    assert policy == f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    assert "url(" not in style
    assert "@import" not in style
    return page


def facts_missing(facts: Any, shown: str) -> list[str]:
    """The names and counts of the data that a page does not show."""
    names = [each["name"] for member in ("tasks", "parameters") for each in facts[member]]
    names += [each["id"] for each in facts["calls"]] + [each["image"] for each in facts["images"]]
    names += [each["code"] for each in facts["diagnostics"]] + [each["path"] for each in facts["files"]]
    names += [facts["main"], facts["engine"], facts["languageVersion"]]
    counts = [("error", "error"), ("warning", "warning"), ("info", "note")]
    names += [f"{number} {noun}" for member, noun in counts if (number := facts["summary"][member])]
    return [name for name in names if name not in shown]


@pytest.mark.parametrize("folder", ALL, ids=lambda folder: folder.name)
def test_every_workflow_has_a_page_with_the_data(folder: Path) -> None:
    workflow = reported(folder)
    source = report_page([workflow])
    page = assert_is_safe(source)
    assert len(source.encode()) < MOST_BYTES
    places = [
        page.all_text.index(part)
        for part in ("What the service will see", "Picture", "Tasks (", "Images (", "Findings (")
    ]
    assert places == sorted(places)
    data = json.loads(to_json(workflows_json([workflow])))
    assert violations("report", data) == ()
    (facts,) = data["reports"]
    assert not facts_missing(facts, page.all_text)


def test_the_page_has_what_people_look_for() -> None:
    page = assert_is_safe(report_page([reported(PROBLEMS)]))
    shown = page.all_text
    for words in (
        "Fails", "11 errors", "fastqc", "256 vCPU, 2000 GiB", "none is large enough", "unmapped", "many", "parameter-template.json",
        "requests 256 vCPUs, but the largest machine has 192", "What to do: ", "stay within 192 vCPUs", "tasks/qc.wdl:20",
    ):  # fmt: skip
        assert words in shown, words
    good = assert_is_safe(report_page([reported(GOOD)])).all_text
    for words in (
        "Passes",
        "map_reads",
        "omics.m.2xlarge",
        "omics.c.2xlarge lacks 16 GiB",
        "quay.io/biocontainers/samtools",
    ):
        assert words in good, words


def test_a_box_links_to_the_row_of_its_task() -> None:
    page = Page(report_page([reported(PROBLEMS)]))
    rows = [attributes["id"] for tag, attributes in page.elements if tag == "tr" and attributes.get("id")]
    assert rows == ["w1-task-1", "w1-task-2"]
    assert {f"#{row}" for row in rows} <= set(page.values("href"))
    assert "task error" in page.values("class")


def test_multiple_workflows_have_an_index() -> None:
    page = assert_is_safe(report_page([reported(GOOD, "first"), reported(PROBLEMS, "second")]))
    assert "2 workflows" in page.all_text
    assert {"w1", "w2", "w1-picture", "w2-picture"} <= set(page.values("id"))
    assert [tag for tag, _ in page.elements if tag == "article"] == ["article"] * 2


def hostile_workflow(word: str) -> ReportedWorkflow:
    """A workflow with hostile text in everything that a definition, a file name or a finding can contribute."""
    base = reported(PROBLEMS)
    facts = base.loaded.workflow
    number = Attribute(word, word, replace(facts.place, path=word), 4)
    tasks = tuple(
        replace(
            task, name=word, resources=Resources(number, number, replace(number, value=word), number),
            image=replace(task.image, text=word), depends_on=(word,),
        )
        for task in facts.tasks
    )  # fmt: skip
    inputs = (Input(word, word, optional=False, default=word, description=word, place=facts.place),)
    hostile = replace(
        facts, name=word, language_version=word, tasks=tasks, inputs=inputs, outputs=(Output(word, word, facts.place),),
        packed_graph=pack(hostile_graph()),
    )  # fmt: skip
    detection = replace(
        base.loaded.detection,
        main=word,
        reason=word,
        service=replace(base.loaded.detection.service, main=word, reason=word),
    )
    plan = replace(base.loaded.plan, entries=tuple(replace(entry, path=word) for entry in base.loaded.plan.entries))
    loaded = replace(
        base.loaded, workflow=hostile, detection=detection, plan=plan, request_engine=word, account=word, region=word
    )
    found = finding("WDL001", word, path=word, line=1, column=1, hint=word, subject=word)
    report = Report((found, *base.report.diagnostics), (Skipped("WDL100", word),))
    return ReportedWorkflow(word, loaded, report, lambda _: [word.replace("\n", " ")])


@pytest.mark.parametrize("word", HOSTILE, ids=lambda word: ascii(word[:20]))
def test_hostile_text_stays_text(word: str) -> None:
    workflow = hostile_workflow(word)
    source = report_page([workflow, workflow])
    assert_is_safe(source)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff]", source)


def test_a_secret_is_not_on_the_page(tmp_path: Path) -> None:
    secret = "ghp_" + "aB3dE5fG7hI9jK1lM2nO4pQ6rS8tU0" + "vW2xY4"  # not a real token
    (tmp_path / "main.wdl").write_text(
        f'version 1.0\nworkflow w {{ input {{ String mark = "{secret}" String api_token = "hunter22-hunter22" }} }}\n',
        encoding="utf-8",
    )
    source = report_page([reported(tmp_path)])
    assert secret not in source
    assert "hunter22" not in source


def test_a_large_workflow_is_folded_to_the_size_of_a_page() -> None:
    base = reported(GOOD)
    names = [f"group_{number // 40:03}/call_{number:05}" for number in range(4000)]
    groups = sorted({name.split("/")[0] for name in names})
    large = graph(*names, *groups, edges=tuple(zip(names, names[1:] + names[:1], strict=True)))
    findings = tuple(
        finding("WDL001", f"the finding {number} " + "x" * 200, path="main.wdl", line=number)
        for number in range(1, 8_000)
    )
    loaded = replace(base.loaded, workflow=replace(base.loaded.workflow, packed_graph=pack(large)))
    source = report_page([replace(base, loaded=loaded, report=Report(findings))] * 3)
    assert len(source.encode()) <= MOST_BYTES
    assert "more findings not shown" in assert_is_safe(source).all_text


def test_markup_is_made_of_escaped_text_only() -> None:
    assert (
        element("p", {"title": '"<&'}, "<b>", element("b", None, "x"))
        == '<p title="&quot;&lt;&amp;">&lt;b&gt;<b>x</b></p>'
    )
    assert element("a", {"href": "#x", "id": None, "hidden": True}) == '<a href="#x" hidden></a>'
    assert text("a" * 3000).endswith("…")
    assert isinstance(element("p"), Markup)
    for link in ("https://example.com", "javascript:alert(1)", "//example.com"):
        with pytest.raises(ValueError, match="leads out"):
            element("a", {"href": link})


def test_the_command_writes_a_page(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    done = cli("report", PROBLEMS, "-o", target)
    assert (done.code, done.out) == (0, "")
    assert "1 workflow, 11 errors" in done.err
    source = target.read_text(encoding="utf-8")
    assert_is_safe(source)
    assert cli("report", PROBLEMS).out == source
    assert "qc.wdl:39" in source
    ignoring = cli("report", PROBLEMS, "--ignore", "RES,IMG", "-o", target)
    assert "1 workflow, 11 errors" not in ignoring.err


def test_the_command_prints_the_data(cli: Cli) -> None:
    done = cli("report", PROBLEMS, GOOD, "--format", "json")
    assert done.code == 0
    assert violations("report", done.json) == ()
    first, second = done.json["reports"]
    assert (first["summary"]["error"], second["summary"]["error"]) == (11, 0)
    assert [image["status"] for image in second["images"]] == ["mapped"] * 3
    linted: Any = cli("lint", PROBLEMS, "--format", "json").json
    assert first["diagnostics"] == linted["diagnostics"]
    assert violations("report", json.loads(cli("graph", GOOD, "--format", "json").out)) == ()


def test_open_needs_a_file(cli: Cli) -> None:
    assert cli("report", GOOD, "--open").code == 2


def test_a_path_without_a_workflow_is_left_out(cli: Cli, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("nothing", encoding="utf-8")
    assert cli("report", tmp_path).code == 2
    done = cli("report", tmp_path, GOOD, "--format", "json")
    assert [each["name"] for each in done.json["reports"]] == ["variants_from_reads"]
    assert "left out" in done.err


def test_lint_writes_the_page_with_what_was_not_checked(cli: Cli, tmp_path: Path) -> None:
    target = tmp_path / "page.html"
    done = cli("lint", tmp_path / "absent", GOOD, "--output", f"html={target}")
    assert done.code == 2
    shown = assert_is_safe(target.read_text(encoding="utf-8")).all_text
    assert "Not checked: " in shown
    assert "no such file or directory" in shown
    assert "map_reads" in shown
