"""How miniwdl's lints become findings: a code each, and what a run on HealthOmics makes of them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from WDL import Lint, Tree, Walker

from packager.engines.caching import Lookups
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic

# miniwdl's lint classes; the codes' own text stands in the registry.
CODES = {
    "StringCoercion": "WDL101",
    "FileCoercion": "WDL102",
    "ArrayCoercion": "WDL103",
    "UnverifiedStruct": "WDL104",
    "NonStringKeyMapJSON": "WDL105",
    "OptionalCoercion": "WDL106",
    "NonemptyCoercion": "WDL107",
    "IncompleteCall": "WDL108",
    "NameCollision": "WDL109",
    "UnusedImport": "WDL110",
    "ImportNewerWDL": "WDL111",
    "ForwardReference": "WDL112",
    "UnusedDeclaration": "WDL113",
    "UnusedCall": "WDL114",
    "UnnecessaryQuantifier": "WDL115",
    "MixedIndentation": "WDL116",
    "SelectArray": "WDL117",
    "UnexpectedRuntimeValue": "WDL119",
    "UnboundDeclaration": "WDL120",
    "Deprecated": "WDL121",
}
_NAMES = re.compile(r"\(([^()]*)\)\Z")
# A missing version and runtime attributes that the service ignores are judged by rules of their own; ShellCheck is never run.
_DROPPED = ("MissingVersion", "UnknownRuntimeKey", "CommandShellCheck")


def collected(document: Any) -> list[tuple[Any, tuple[Any, str, str, bool]]]:
    """The lints of a linted document, as `WDL.Lint.collect` has them, each with the node that it is about."""
    collector = _Collector()
    collector(document)
    return collector.lints


class _Collector(Walker.Base):  # type: ignore[misc]  # miniwdl has no type for it
    def __init__(self) -> None:
        super().__init__(auto_descend=True)
        self.lints: list[tuple[Any, tuple[Any, str, str, bool]]] = []

    def __call__(self, obj: Any, descend: bool | None = None) -> Any:
        self.lints += [(obj, lint) for lint in getattr(obj, "lint", ())]
        return super().__call__(obj, descend=descend)


def name_of(node: Any, pos: Any) -> str:
    """What a lint is about: its node, by its name and those of what is around it; in a document the import, in a call the input."""
    if isinstance(node, Tree.Document):
        return next((one.namespace for one in node.imports if one.pos == pos), "")
    inputs = node.inputs if isinstance(node, Tree.Call) else {}
    within = next((name for name, expr in inputs.items() if _holds(expr.pos, pos)), None)
    return ".".join([*reversed([*_names(node)]), *([within] if within else [])])


def _holds(outer: Any, inner: Any) -> bool:
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    return starts and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


def _names(node: Any) -> Iterator[str]:
    """The names of a node and of what is around it, innermost first."""
    while node is not None and not isinstance(node, Tree.Document):
        name = getattr(node, "name", None)
        if isinstance(name, str):
            yield name
        node = getattr(node, "parent", None)


def lint_finding(path: str, lint: str, message: str, pos: Any, subject: str) -> Diagnostic | None:
    """A lint as a finding about `subject`, or None where a rule judges it."""
    if lint in _DROPPED:
        return None
    code = CODES.get(lint, "WDL100")
    text = " ".join(message.split())
    if lint == "IncompleteCall":  # its names come from a set, in any order
        text = _NAMES.sub(lambda names: f"({', '.join(sorted(names[1].split(', ')))})", text)
    return finding(
        code,
        text if lint in CODES else f"{lint}: {text}",
        path=path,
        line=max(0, pos.line),
        column=max(0, pos.column),
        end_line=max(0, pos.end_line),
        end_column=max(0, pos.end_column),
        subject=subject if lint in CODES else f"{lint} {subject}".strip(),
    )


def path_kind(lookups: Lookups, names: dict[str, str], folder: str, path: str, directory: bool) -> Any:
    """Where a literal path leads from a document's folder; miniwdl's answers, asked of the tree."""
    kinds = Lint._SourceRelativePathKind
    if posixpath.isabs(path):
        return kinds.ABSOLUTE
    home = next(
        (
            posixpath.dirname(mine)
            for name, mine in names.items()
            if posixpath.join(posixpath.dirname(name), "") == folder
        ),
        None,
    )
    if home is None:
        return kinds.UNAVAILABLE
    relative = posixpath.normpath(path.rstrip("/") if directory else path)
    if relative.startswith(".."):
        return kinds.ESCAPES
    kind = lookups.kind(posixpath.normpath(posixpath.join(home, relative)))
    if not kind:
        return kinds.MISSING
    return kinds.OK if kind == ("folder" if directory else "file") else kinds.WRONG_KIND
