"""The verdict of miniwdl on a closure: parse what was not parsed yet, check types, and lint where all is well."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from WDL import Error, Lint, Tree, Type

from packager.cache import Cache
from packager.engines.caching import Lookups
from packager.engines.references import Target, resolve
from packager.engines.wdl.closure import content_of, invalid, source_name
from packager.engines.wdl.expansion import MAX_COPIES, Expansion, beyond_lints
from packager.engines.wdl.extraction import span_of
from packager.engines.wdl.fast_miniwdl import applied
from packager.engines.wdl.lints import collected, lint_finding, name_of, path_kind
from packager.engines.wdl.parsing import parse, trouble_of
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, Severity, Skipped, in_order
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree, UnreadableError

_LINTS = "WDL100"
_LENIENT_HINT = "WDL_LENIENT may convert it when the workflow runs; make the types match to be sure"
_MAX_PLACES = 3  # of errors that a finding names
_MAX_DEPTH = 10  # miniwdl's `import_max_depth`: documents on one chain of imports, main included


def judge(
    lookups: Lookups, workflow: Workflow, cache: Cache, parsed: dict[str, Any], *, lenient: bool = False
) -> Verdict:
    """Type check and lint every document that the main one needs; `parsed` are trees to use (and spend).

    See `check` for what `lenient` does.
    """
    tree = lookups.tree
    names = {source_name(tree, file.path): file.path for file in workflow.files}
    judging = _Judging(tree, cache, parsed, names, lenient)

    def kind_of_path(folder: str, path: str, directory: bool = False) -> Any:
        return path_kind(lookups, names, folder, path, directory)

    with applied(kind_of_path) as aided:
        judging.expansion.aided = aided
        judging.load(workflow.main)
        judging.check_depth(workflow.main)
        for path in judging.order:
            judging.check_types(path)
        if not judging.diagnostics and not judging.unchecked and not judging.missing:
            judging.lint()
        else:
            judging.skip_lints()
            if judging.diagnostics and not lenient and judging.only_types and not workflow.diagnostics:
                judging.propose_lenient(workflow)
    return Verdict(in_order(judging.diagnostics), tuple(sorted(set(judging.skipped))))


@dataclass(slots=True)
class _Judging:
    tree: SourceTree
    cache: Cache
    parsed: dict[str, Any]
    names: dict[str, str]
    lenient: bool = False
    diagnostics: list[Diagnostic] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    documents: dict[str, Any] = field(default_factory=dict)
    imports: dict[str, list[str]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)  # each document behind those that it imports
    copies: list[tuple[str, Any]] = field(default_factory=list)
    missing: set[str] = field(default_factory=set)  # documents with an import that led nowhere
    unchecked: set[str] = field(default_factory=set)
    not_asked: set[str] = field(default_factory=set)  # documents that miniwdl cannot check within bounds
    too_deep: set[str] = field(
        default_factory=set
    )  # documents with a longer chain of imports below than miniwdl follows
    expansion: Expansion = field(default_factory=Expansion)
    only_types: bool = True  # whether nothing but types that do not match was found
    convertible: bool = True  # whether the lenient engine is known to convert every type that does not match

    def load(self, main: str) -> None:
        """Parse the closure of `main`, each document once, and order it; imports that lead nowhere were reported."""
        done: set[str] = set()
        on_path = {main}
        self._parse(main)
        stack: list[tuple[str, Iterator[str]]] = [(main, iter(self.imports[main]))]
        while stack:
            path, rest = stack[-1]
            for target in rest:
                if target in on_path:
                    self.missing.add(path)  # a circle, which `read` reported
                    self.imports[path] = [one for one in self.imports[path] if one != target]
                elif target not in done:
                    self._parse(target)
                    on_path.add(target)
                    stack.append((target, iter(tuple(self.imports[target]))))
                    break
            else:
                stack.pop()
                on_path.discard(path)
                done.add(path)
                self.order.append(path)

    def _parse(self, path: str) -> None:
        self.imports[path] = []
        document = self.parsed.pop(path, None)
        if document is None:
            document = self._fresh(path)
        if document is None:
            self.unchecked.add(path)
            return
        self.documents[path] = document
        for one in document.imports:
            found = resolve(path, one.uri)
            if found.target is not Target.LOCAL or self.tree.lookup(found.path) is None:
                self.missing.add(path)
            else:
                self.imports[path].append(found.path)

    def _fresh(self, path: str) -> Any:
        try:
            text = content_of(self.tree, path).decode("utf-8")
        except (UnreadableError, UnicodeDecodeError):
            return None  # `read` reported it
        try:
            return parse(text, source_name(self.tree, path), self.cache)
        except Exception as error:  # noqa: BLE001 - as in `parsing.read_document`, which reports it alike
            trouble = trouble_of(error, text)
            self.only_types = False
            self.diagnostics.append(invalid(path, trouble.message, trouble.span, trouble.subject))
            return None

    def check_depth(self, main: str) -> None:
        """Report imports beyond miniwdl's limit, as it does: the first one of each document that stands too deep."""
        heights: dict[str, int] = {}
        for path in self.order:
            heights[path] = 1 + max((heights[target] for target in self.imports[path]), default=0)
            if heights[path] > _MAX_DEPTH:
                self.too_deep.add(path)
        levels: dict[str, set[int]] = {path: set() for path in self.order}
        levels[main] = {1}
        for path in reversed(self.order):
            for target in self.imports[path]:
                levels[target] |= {level + 1 for level in levels[path] if level < _MAX_DEPTH}
        for path in self.order:
            document = self.documents.get(path)
            if _MAX_DEPTH in levels[path] and document is not None and document.imports:
                first = document.imports[0]
                self.only_types = False
                message = f"Failed to import {first.uri}, exceeded import_max_depth; circular imports?"
                self.diagnostics.append(invalid(path, message, span_of(first.pos), first.uri))

    def check_types(self, path: str) -> None:
        """Check the types of a document whose imports are all well."""
        document = self.documents.get(path)
        if document is None or path in self.missing or any(one in self.unchecked for one in self.imports[path]):
            self.unchecked.add(path)
            return
        if path in self.too_deep:  # miniwdl does not get as far as its types either
            self.unchecked.add(path)
            return
        try:
            reason = self.expansion.beyond(path, document, self.imports[path])
        except RecursionError:
            reason = f"the sections of the workflow in `{path}` are nested too deeply"
        if not reason and not self._join(path, document):
            reason = (
                f"`{path}` imports the same files more than once, and so do they: more than {MAX_COPIES} copies in all"
            )
        if reason:
            self._pass_over(path, f"miniwdl was not asked: {reason}")
            return
        errors = self._type_errors(path, document)
        if errors:
            self.unchecked.add(path)
            self.diagnostics.extend(errors)

    def _pass_over(self, path: str, reason: str) -> None:
        self.unchecked.add(path)
        self.not_asked.add(path)
        self.skipped.append(Skipped("WDL001", reason))

    def _join(self, path: str, document: Any) -> bool:
        """Link the imported documents to a document; a second import of the same file gets its own tree.

        False when these trees are more than `MAX_COPIES`.
        """
        used: set[str] = set()
        for index, (one, target) in enumerate(zip(document.imports, self.imports[path], strict=True)):
            imported = self.documents[target]
            if target in used:
                imported = self._copy(target)
                if imported is None:
                    return False
            used.add(target)
            document.imports[index] = Tree.DocImport(
                pos=one.pos, uri=one.uri, namespace=one.namespace, aliases=one.aliases, doc=imported
            )
        return True

    def _copy(self, path: str) -> Any:
        """Another tree of a document without errors: miniwdl tells two imports of a file apart by their trees.

        None when there are too many.
        """
        if len(self.copies) >= MAX_COPIES:
            return None
        text = content_of(self.tree, path).decode("utf-8")
        document = parse(text, source_name(self.tree, path), self.cache)
        if not self._join(path, document):
            return None
        document.typecheck(check_quant=not self.lenient)
        self.copies.append((path, document))
        return document

    def _type_errors(self, path: str, document: Any) -> list[Diagnostic]:
        try:
            document.typecheck(check_quant=not self.lenient)
        except Error.MultipleValidationErrors as several:
            return [self._error(path, one) for one in several.exceptions]
        except (
            RecursionError
        ):  # how deep miniwdl can go depends on the caller, so this is not a verdict on the document
            self._pass_over(path, f"miniwdl could not check `{path}`: too many levels or declarations")
            return []
        except Exception as error:  # noqa: BLE001 - miniwdl's own failures too are a verdict on the document
            return [self._error(path, error)]
        return []

    def _error(self, path: str, error: BaseException) -> Diagnostic:
        pos = getattr(error, "pos", None)
        where = self.names.get(getattr(pos, "abspath", ""), path)
        trouble = trouble_of(error, "")
        self.only_types &= isinstance(error, Error.StaticTypeMismatch | Error.IncompatibleOperand)
        self.convertible &= isinstance(error, Error.StaticTypeMismatch) and _converts(error.expected, error.actual)
        found = invalid(where, self._without_places(trouble.message), trouble.span, trouble.subject)
        if self.lenient and isinstance(error, Error.StaticTypeMismatch | Error.IncompatibleOperand):
            # Which conversions the lenient engine knows is documented by examples alone.
            return replace(found, severity=Severity.WARNING, hint=_LENIENT_HINT)
        return found

    def _without_places(self, message: str) -> str:
        """A message with the documents' paths in the source in place of those on this machine."""
        for name in sorted(self.names, key=len, reverse=True):
            message = message.replace(name, self.names[name])
        return message

    def lint(self) -> None:
        """Lint each document by itself, those that it imports first."""
        for path, document in [*((one, self.documents[one]) for one in self.order), *self.copies]:
            if beyond_lints(document):
                reason = f"`{path}` has too many declarations for miniwdl's lints"
                self.skipped.append(Skipped(_LINTS, f"{reason}: there are none for this document"))
                continue
            try:
                Lint.lint(document)
                found = collected(document)
            except Exception as error:  # noqa: BLE001 - miniwdl's lints can crash; its verdict stands
                reason = f"miniwdl's lints fail on `{path}` ({type(error).__name__})"
                self.skipped.append(Skipped(_LINTS, f"{reason}: there are none for this document"))
                continue
            for node, (pos, lint, message, suppressed) in found:
                where = self.names.get(pos.abspath, path)
                text = self._without_places(message)
                one = None if suppressed else lint_finding(where, lint, text, pos, name_of(node, pos))
                if one is not None:
                    self.diagnostics.append(one)

    def propose_lenient(self, workflow: Workflow) -> None:
        """Say so where every error is gone, or surely converted, with the lenient engine."""
        again = _Judging(self.tree, self.cache, {}, self.names, lenient=True)
        again.expansion.aided = self.expansion.aided
        again.load(workflow.main)
        for path in again.order:
            again.check_types(path)
        if again.only_types and again.convertible and not again.missing:
            errors = in_order(self.diagnostics)
            what = "the only error is of" if len(errors) == 1 else f"the only {len(errors)} errors are of"
            where = ", ".join(f"{one.path}:{one.line}" for one in errors[:_MAX_PLACES])
            more = f" and {len(errors) - _MAX_PLACES} more" if len(errors) > _MAX_PLACES else ""
            message = f"{what} types that the engine WDL_LENIENT takes or converts ({where}{more})"
            self.diagnostics.append(finding_at(workflow.place, "WDL022", message))

    def skip_lints(self) -> None:
        """Say what was not looked at: documents behind an error, and every lint."""
        unseen = sorted(self.unchecked - self.not_asked - {one.path for one in self.diagnostics})
        behind = [path for path in unseen if path in self.documents]
        if behind:
            why = "was not checked" if self.not_asked else "has errors"
            reason = f"not checked for type errors, because what they import {why}: {', '.join(behind)}"
            self.skipped.append(Skipped("WDL001", reason))
        why = "that was checked and has no errors" if self.not_asked else "without errors"
        self.skipped.append(Skipped(_LINTS, f"miniwdl's lints need a definition {why}"))


def _converts(expected: Any, actual: Any) -> bool:
    """Whether the guide names the conversion: to numbers, or between a Map and an Array of Pairs.

    Source: HealthOmics user guide, WDL specifics, implicit type conversion (2026-10). Each may lose nothing, which only a run tells.
    """
    if isinstance(expected, Type.Int):
        return isinstance(actual, Type.Float | Type.String)
    if isinstance(expected, Type.Float):
        return isinstance(actual, Type.String)
    if isinstance(expected, Type.Map) and _is_pairs(actual):
        return _coerces(expected.item_type, (actual.item_type.left_type, actual.item_type.right_type))
    if isinstance(actual, Type.Map) and _is_pairs(expected):
        return _coerces((expected.item_type.left_type, expected.item_type.right_type), actual.item_type)
    return False


def _is_pairs(kind: Any) -> bool:
    return isinstance(kind, Type.Array) and isinstance(kind.item_type, Type.Pair)


def _coerces(expected: Any, actual: Any) -> bool:
    return all(one.coerces(other, False) or _converts(other, one) for one, other in zip(actual, expected, strict=True))
