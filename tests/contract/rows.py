"""A creation as one row of a table: what is sent, and how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, TypeAlias

from contract.account import Session
from contract.case import REFUSED, REJECTED, Case, Members, expect
from contract.definitions import NEXTFLOW, zipped
from packager.findings.sources import Aws, Citation, Guide, cite

Template: TypeAlias = dict[str, tuple[str, bool]]  # name: description, optional
Files: TypeAlias = dict[str, str | bytes]
Sources: TypeAlias = tuple[Citation, ...]

MAIN: Final = cite(Guide.PACKAGING)
REQUIREMENTS: Final = cite(Guide.REQUIREMENTS)
TEMPLATES: Final = cite(Guide.PARAMETER_TEMPLATES)
LINTERS: Final = cite(Guide.LINTERS, "WDL", "status")
VERSIONS: Final = cite(Guide.LANGUAGE_VERSIONS)
IMPORTS: Final = cite(Guide.PACKAGING, "imports")
LENIENT: Final = cite(Guide.WDL, "conversion")
NO_VERSION: Final = cite(Aws.POWER_WDL, "version")
IMAGES: Final = cite(Guide.CONTAINERS, "private")
CHANGES: Final = cite(Guide.WDL_CHANGES, "collect_by_key")


@dataclass(frozen=True, slots=True)
class Row:
    """A creation: `files` and `sent` are the request; the other members are what is expected of the workflow in the end.

    `says` is in the status message of the emulator, whose words are its own; `stated` is what documents quote of the service's.
    """

    name: str
    source: Sources
    files: Files
    engine: str | None = None
    main: str | None = None
    template: Template | None = None
    status: str = "ACTIVE"
    says: str = ""
    stated: str = ""
    sent: Members = field(default_factory=dict)


def failed(name: str, source: Sources, files: Files, says: str, **sent: Any) -> Row:
    """A definition that becomes FAILED."""
    return Row(name, source, files, status="FAILED", says=says, sent=sent)


def rejected(name: str, source: Sources, files: Files, says: str, **sent: Any) -> Row:
    """A request that is refused, or a workflow that becomes FAILED: no document states which of both."""
    return Row(name, source, files, status=REJECTED, says=says, sent=sent)


def wdl(name: str, declarations: str, template: Template, extra: str = "", head: str = "") -> Row:
    """A WDL workflow whose inputs are `declarations`."""
    text = f"version 1.0\n{head}\nworkflow w {{\n  input {{\n{declarations}\n  }}\n{extra}\n}}\n"
    return Row(f"WDL, {name}", TEMPLATES, {"main.wdl": text}, "WDL", "main.wdl", template)


def cwl(name: str, inputs: str, template: Template | None, says: str = "") -> Row:
    """A CWL tool whose inputs are the YAML `inputs`."""
    text = f"cwlVersion: v1.2\nclass: CommandLineTool\nbaseCommand: 'true'\ninputs:{inputs}\noutputs: []\n"
    return Row(f"CWL, {name}", TEMPLATES, {"main.cwl": text}, "CWL", "main.cwl", template, "ACTIVE", says)


def schema(name: str, text: str, template: Template | None, path: str = "") -> Row:
    """A Nextflow pipeline with a schema."""
    files: Files = {"main.nf": NEXTFLOW, path or "nextflow_schema.json": text}
    return Row(
        f"Nextflow schema, {name}", cite(Guide.PARAMETER_TEMPLATES, "Nextflow"), files, "NEXTFLOW", "main.nf", template
    )


def case(topic: str, row: Row) -> Case:
    """The case of a row."""
    return Case(topic, row.name, row.source, _check(row))


def _check(row: Row) -> Callable[[Session], None]:
    def check(session: Session) -> None:
        outcome = session.outcome(zipped(row.files), **row.sent)
        message = outcome.message
        endings = (REFUSED, "FAILED") if row.status == REJECTED else (row.status,)
        if outcome.status not in endings:
            expect("status", row.status, outcome.ending, message)
        if row.stated and row.stated not in message:
            expect("statusMessage", f"the words `{row.stated}`", message)
        if session.own_words:
            _check_words(row, message)
        if row.status == "ACTIVE":
            answer = outcome.answer
            expect("engine", row.engine, answer.get("engine"))
            expect("main", row.main, answer.get("main"))
            expect("parameterTemplate", _plain(row.template), answer.get("parameterTemplate") or None)

    return check


def _check_words(row: Row, message: str) -> None:
    """The emulator's own words: a message is there if, and only if, there is a reason for one."""
    words = row.says or row.stated
    if not words:
        expect("statusMessage", "", message)
    elif words not in message:
        expect("statusMessage", f"the words `{words}`", message)


def _plain(template: Template | None) -> Members | None:
    if template is None:
        return None
    return {
        name: {"description": description, "optional": optional} for name, (description, optional) in template.items()
    }
