"""The registry of codes, and how a code becomes a finding."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, NotRequired, TypedDict, Unpack

from packager.findings.causes import Cause
from packager.findings.diagnostic import Diagnostic, Place, Severity
from packager.findings.sources import Citation

if TYPE_CHECKING:
    from collections.abc import Mapping

ENGINES = ("WDL", "NEXTFLOW", "CWL")
FAMILIES = {
    "REQ": "request",
    "ZIP": "source and archive",
    "TPL": "parameter template",
    "IMG": "images",
    "MAP": "container registry map",
    "RES": "resources",
    "SEC": "security",
    "WDL": "WDL",
    "NXF": "Nextflow",
    "CWL": "CWL",
    "INT": "packager itself",
}
FAMILY_LENGTH = 3
# The codes of which `lint --fix` can resolve findings; `packager/fix/` decides for each finding.
WITH_FIX = frozenset(
    {
        "CWL005", "CWL006", "IMG005", "MAP001", "MAP004", "MAP005", "MAP012", "MAP018", "NXF027",
        "TPL004", "TPL005", "TPL006", "TPL009", "TPL010", "WDL050", "WDL051",
    }
)  # fmt: skip
_CODE = re.compile(rf"(?:{'|'.join(FAMILIES)})\d{{3}}")


@dataclass(frozen=True, slots=True)
class Code:
    """What `packager rules CODE` shows: one finding code with its documentation.

    `bad` and `good` are examples: the first is reported, the second is not. `needs` names facts
    without which the rule is skipped (`region`, `registry_map`, ...), never silently passed. `online`: only an AWS account can tell.
    """

    code: str
    name: str
    severity: Severity
    summary: str
    why: str
    hint: str
    sources: tuple[Citation, ...]
    engines: tuple[str, ...] = ENGINES
    needs: tuple[str, ...] = ()
    bad: str = ""
    good: str = ""
    online: bool = False

    @property
    def source(self) -> str:
        """The sources in one line."""
        return "; ".join(citation.text for citation in self.sources)

    @property
    def source_markdown(self) -> str:
        """The sources in one line of Markdown, with links."""
        return "; ".join(citation.markdown for citation in self.sources)

    @property
    def page(self) -> str:
        """The page of this code's family, relative to the project."""
        return f"docs/rules/{self.code[:FAMILY_LENGTH].lower()}.md"

    @property
    def has_fix(self) -> bool:
        """Whether `lint --fix` can resolve some of its findings."""
        return self.code in WITH_FIX

    @property
    def url(self) -> str:
        """Where this code is documented, relative to the project."""
        return f"{self.page}#{self.code.lower()}"


_CODES: dict[str, Code] = {}
_NAMES: set[str] = set()


def define(code: Code) -> Code:
    """Add a code to the registry.

    Raises:
        ValueError: the code is malformed, taken, or lacks its documentation (an internal error).
    """
    if not _CODE.fullmatch(code.code):
        raise ValueError(f"{code.code}: not a family and three digits")
    if code.code in _CODES:
        raise ValueError(f"{code.code}: defined twice")
    if code.name in _NAMES:
        raise ValueError(f"{code.code}: the name {code.name} is taken")
    if not (code.summary and code.why and code.hint and code.sources):
        raise ValueError(f"{code.code}: summary, why, hint and source are required")
    _CODES[code.code] = code
    _NAMES.add(code.name)
    return code


def known() -> Mapping[str, Code]:
    """Every registered code, sorted; the codes of rules only after `packager.rules` was imported."""
    return dict(sorted(_CODES.items()))


def get(code: str) -> Code:
    """The registered code of that name.

    Raises:
        KeyError: no such code.
    """
    return _CODES[code]


def finding(
    code: str,
    message: str,
    *,
    path: str,
    line: int = 0,
    column: int = 0,
    hint: str | None = None,
    severity: Severity | None = None,
    subject: str = "",
) -> Diagnostic:
    """A diagnostic of a registered code, with its documented severity and hint by default."""
    return finding_at(Place(path, line, column), code, message, hint=hint, severity=severity, subject=subject)


def finding_at(
    place: Place,
    code: str,
    message: str,
    *,
    hint: str | None = None,
    severity: Severity | None = None,
    subject: str = "",
    cause: Cause = Cause.NONE,
    part: str = "",
) -> Diagnostic:
    """`finding` for a place."""
    documented = _CODES[code]
    return Diagnostic(
        place,
        code,
        severity or documented.severity,
        message,
        documented.hint if hint is None else hint,
        subject,
        cause,
        part,
    )


class Documentation(TypedDict):
    """The keyword arguments of `row`: members of `Code`."""

    why: str
    hint: str
    source: tuple[Citation, ...]
    engines: NotRequired[tuple[str, ...]]


def row(
    code: str,
    name: str,
    severity: Severity,
    summary: str,
    *,
    online: bool = False,
    **documentation: Unpack[Documentation],
) -> None:
    """Define a code of a stage below the rules: a row of one of this package's tables."""
    define(
        Code(
            code,
            name,
            severity,
            summary,
            why=documentation["why"],
            hint=documentation["hint"],
            sources=documentation["source"],
            engines=documentation.get("engines", ENGINES),
            online=online,
        )
    )
