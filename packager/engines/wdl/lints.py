"""miniwdl's lints as findings, each with a code."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from WDL import Error, Lint, Tree, Walker

from packager.engines.caching import Lookups
from packager.engines.wdl import guards, useful_lints
from packager.engines.wdl.fast_miniwdl import SOURCES, sources_of
from packager.engines.wdl.lint_messages import LintPlace, lint_message
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, Place

# miniwdl's lint classes.
CODES = {
    "StringCoercion": "WDL101",
    "FileCoercion": "WDL102",
    "ArrayCoercion": "WDL103",
    "NonStringKeyMapJSON": "WDL105",
    "OptionalCoercion": "WDL106",
    "IncompleteCall": "WDL108",
    "UnusedImport": "WDL110",
    "UnusedDeclaration": "WDL113",
    "UnusedCall": "WDL114",
    "MixedIndentation": "WDL116",
    "UnexpectedRuntimeValue": "WDL119",
    "UnboundDeclaration": "WDL120",
}
# Rules check for versions and for runtime attributes that the service ignores; ShellCheck never runs.
_DROPPED = (
    *("MissingVersion", "ImportNewerWDL", "UnknownRuntimeKey", "CommandShellCheck"),
    *(*useful_lints.WITHOUT_EFFECT, *useful_lints.WITHOUT_CURE),
)


RawLint = tuple[
    Error.SourcePosition, str, str, bool
]  # place, class, miniwdl's message, whether a comment suppresses it
Collected = tuple[Error.SourceNode, RawLint, str]


def collected(document: Tree.Document, reached: useful_lints.Reached | None = None) -> list[Collected]:
    """The lints of a linted document, as `WDL.Lint.collect` returns them, each with the node that it is about and our message.

    Without those about optional values that surely exist (see `guards`), those that do not matter to a run (see `useful_lints`), and
    those in tasks and workflows that are not among `reached`.
    """
    collector = _LintCollector(reached)
    collector(document)
    return [found for found, user in collector.lints if not collector.is_needless(found[1], user)]


def mark(document: Tree.Document) -> None:
    """Add to a document what `WDL.Lint.lint` adds before it lints: the lints of other documents look for it in what these import."""
    Walker.SetParents()(document)
    Walker.MarkCalled()(document)
    Walker.Multi([Walker.MarkImportsUsed(), Walker.SetReferrers()])(document)


def unmark(document: Tree.Document) -> None:
    """Remove from a document what linting it before added, so that it can be linted again."""
    _Unmarker(auto_descend=True)(document)


class _Unmarker(Walker.Base):  # type: ignore[misc]  # miniwdl has no type for it
    def __call__(self, obj: Error.SourceNode, descend: bool | None = None) -> object:
        for name in ("lint", "referrers", SOURCES):
            obj.__dict__.pop(name, None)
        return super().__call__(obj, descend=descend)


class _LintCollector(Walker.Base):  # type: ignore[misc]  # miniwdl has no type for it
    def __init__(self, reached: useful_lints.Reached | None) -> None:
        super().__init__(auto_descend=True)
        self._reached = reached
        self.lints: list[tuple[Collected, Error.SourceNode]] = []  # each with the node that it was reported for
        self._tested: guards.Names = frozenset()
        self._tested_around: dict[int, guards.Names] = {}

    def __call__(self, obj: Error.SourceNode, descend: bool | None = None) -> object:
        if self._tested:
            self._tested_around[id(obj)] = self._tested
        lints = getattr(obj, "lint", None) or []
        for lint, source in zip(lints, _sources(obj, lints), strict=True):
            if self._matters(lint, source):
                self.lints.append(((obj, lint, _message(lint, source)), source))
        guarded, tested = guards.guarded_children(obj)
        if not tested:
            return super().__call__(obj, descend=descend)
        super().__call__(obj, descend=False)
        around = self._tested
        for child in obj.children:
            self._tested = around | tested if any(child is each for each in guarded) else around
            self(child)
        self._tested = around
        return None

    def _matters(self, lint: RawLint, user: Error.SourceNode) -> bool:
        pos, kind, *_ = lint
        return useful_lints.is_reached(user, self._reached) and useful_lints.matters(kind, user, pos)

    def is_needless(self, lint: RawLint, user: Error.SourceNode) -> bool:
        """Whether a lint warns about an optional value that surely exists."""
        pos, kind, *_ = lint
        return kind == "OptionalCoercion" and guards.surely_exists(
            user, pos, self._tested_around.get(id(user), frozenset())
        )


def _sources(node: Error.SourceNode, lints: list[RawLint]) -> list[Error.SourceNode]:
    """The nodes that the lints of a node were reported for."""
    sources = sources_of(node)
    return sources if len(sources) == len(lints) else [node] * len(lints)


def _message(lint: RawLint, source: Error.SourceNode) -> str:
    """Our message of a lint; miniwdl's own, on one line, for a lint that packager does not know."""
    pos, kind, message, _suppressed = lint
    return lint_message(kind, LintPlace(source, pos)) or " ".join(message.split())


def name_of(node: Error.SourceNode, pos: Error.SourcePosition) -> str:
    """What a lint is about: the name of its node after the names around it; in a document the import, in a call the input."""
    if isinstance(node, Tree.Document):
        return next((imported.namespace for imported in node.imports if imported.pos == pos), "")
    inputs = node.inputs if isinstance(node, Tree.Call) else {}
    within = next((name for name, expr in inputs.items() if _holds(expr.pos, pos)), None)
    return ".".join([*reversed([*_names(node)]), *([within] if within else [])])


def _holds(outer: Error.SourcePosition, inner: Error.SourcePosition) -> bool:
    starts = (outer.line, outer.column) <= (inner.line, inner.column)
    return starts and (inner.end_line, inner.end_column) <= (outer.end_line, outer.end_column)


def _names(node: Error.SourceNode | None) -> Iterator[str]:
    """The names of a node and of the nodes around it, innermost first."""
    while node is not None and not isinstance(node, Tree.Document):
        name = getattr(node, "name", None)
        if isinstance(name, str):
            yield name
        node = getattr(node, "parent", None)


def lint_finding(path: str, lint: str, message: str, pos: Error.SourcePosition, subject: str) -> Diagnostic | None:
    """A lint as a finding about `subject`, or None where a rule reports it."""
    if lint in _DROPPED:
        return None
    code = CODES.get(lint, "WDL100")
    place = Place(path, max(0, pos.line), max(0, pos.column), max(0, pos.end_line), max(0, pos.end_column))
    if lint in CODES:
        return finding_at(place, code, message, subject=subject)
    return finding_at(place, code, f"{lint}: {message}", subject=f"{lint} {subject}".strip())


def path_kind(lookups: Lookups, names: dict[str, str], folder: str, path: str, directory: bool) -> object:
    """What is at a literal path, relative to a document's folder: miniwdl's answer, from the source tree."""
    kinds = Lint._SourceRelativePathKind
    if posixpath.isabs(path):
        return kinds.ABSOLUTE
    home = next(
        (
            posixpath.dirname(own)
            for name, own in names.items()
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
