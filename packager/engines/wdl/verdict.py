"""The verdict of miniwdl on a closure: it parses the documents that are not parsed yet, checks types, and lints if all is well."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from WDL import Error, Lint, Tree

from packager.cache import Cache
from packager.engines.caching import Lookups, file_digest
from packager.engines.references import ReferenceKind, resolve
from packager.engines.wdl.closure import content_of, invalid, source_name
from packager.engines.wdl.conversions import converts
from packager.engines.wdl.document_facts import EMPTY_DOCUMENT, ParseError
from packager.engines.wdl.expansion import MAX_COPIES, Expansion, beyond_lints
from packager.engines.wdl.extraction import span_of
from packager.engines.wdl.fast_miniwdl import applied
from packager.engines.wdl.lints import collected, lint_finding, mark, name_of, path_kind, unmark
from packager.engines.wdl.parsing import declared_version, is_empty, knows_version, parse, parse_error_of
from packager.engines.wdl.remembered import (
    CheckedTree,
    checked_key,
    recall_checked,
    recall_lints,
    recall_tree,
    remember_checked,
    remember_lints,
    remember_tree,
)
from packager.engines.wdl.type_errors import are_in_tasks, document_errors, task_errors
from packager.engines.wdl.useful_lints import Reached, names_of, reached_by
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, Severity, Skipped, in_order
from packager.model.facts import Verdict, Workflow
from packager.model.features import FeatureName
from packager.source import SourceTree, UnreadableError
from packager.text import listed

_LINTS = "WDL100"
_OUR_FOLDER = f"{Path(__file__).parents[2]}{os.sep}"
_LENIENT_HINT = "WDL_LENIENT may convert it when the workflow runs; make the types match to be sure"
_MAX_DEPTH = 10  # miniwdl's `import_max_depth`: documents on one chain of imports, main included


def judge(
    lookups: Lookups, workflow: Workflow, cache: Cache, parsed: dict[str, Tree.Document], *, lenient: bool = False
) -> Verdict:
    """The verdict of type check and lint on every document that the main document needs; changes the trees in `parsed`.

    See `cached.check` for what `lenient` does.
    """
    tree = lookups.tree
    names = {source_name(tree, file.path): file.path for file in workflow.files}
    check = _Check(tree, cache, parsed, names, lenient, _types_of_rules(workflow), lookups=lookups)

    def kind_of_path(folder: str, path: str, directory: bool = False) -> object:
        return path_kind(lookups, names, folder, path, directory)

    with applied(kind_of_path) as aided:
        check.expansion.aided = aided
        check.load(workflow.main)
        check.check_depth(workflow.main)
        for path in check.order:
            check.check_types(path)
        if not check.diagnostics and not check.unchecked and not check.missing:
            check.lint()
        else:
            check.skip_lints()
            if check.diagnostics and not lenient and check.only_types and not _is_rejected_anyway(workflow):
                check.propose_lenient(workflow)
    return Verdict(in_order(check.diagnostics), tuple(sorted(set(check.skipped))))


def _is_rejected_anyway(workflow: Workflow) -> bool:
    """Whether something else is wrong: other errors of reading, or draft-2, which no engine of the service supports."""
    unversioned = {path for path, version in workflow.versions if not version}
    return bool(workflow.diagnostics) or any(
        feature.name is FeatureName.DRAFT_2_CONSTRUCT and feature.place.path in unversioned
        for feature in workflow.features
    )


_PlaceOfType = tuple[str, int, int]  # path, line, column


def _types_of_rules(workflow: Workflow) -> frozenset[_PlaceOfType]:
    """Where a document uses a type that its version of miniwdl does not have and that rules report: `Object` and `Directory` in 1.x."""
    versions = dict(workflow.versions)
    places = (
        feature.place
        for feature in workflow.features
        if feature.name in (FeatureName.OBJECT_TYPE, FeatureName.DIRECTORY_TYPE)
    )
    return frozenset((at.path, at.line, at.column) for at in places if versions.get(at.path) in ("1.0", "1.1"))


@dataclass(slots=True)
class _Check:
    tree: SourceTree
    cache: Cache
    parsed: dict[str, Tree.Document]
    names: dict[str, str]
    lenient: bool = False
    types_of_rules: frozenset[_PlaceOfType] = frozenset()
    diagnostics: list[Diagnostic] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    documents: dict[str, Tree.Document] = field(default_factory=dict)
    imports: dict[str, list[str]] = field(default_factory=dict)
    order: list[str] = field(default_factory=list)  # each document after those that it imports
    copies: list[tuple[str, Tree.Document]] = field(default_factory=list)
    reused: dict[str, CheckedTree] = field(default_factory=dict)  # trees of an earlier check
    missing: set[str] = field(default_factory=set)  # documents with an import that does not exist
    unchecked: set[str] = field(default_factory=set)
    passed_over: set[str] = field(default_factory=set)  # documents that miniwdl cannot check within bounds
    callable: set[str] = field(default_factory=set)  # documents with errors that their importers do not depend on
    behind: set[str] = field(default_factory=set)  # documents with imports that are not known
    too_deep: set[str] = field(default_factory=set)  # documents whose chains of imports are longer than miniwdl follows
    expansion: Expansion = field(default_factory=Expansion)
    lookups: Lookups | None = None
    only_types: bool = True  # whether types that do not match are the only errors
    convertible: bool = True  # whether the lenient engine surely converts every type that does not match

    def load(self, main: str) -> None:
        """Parse the closure of `main`, each document once, and order it; `read` has reported missing imports."""
        done: set[str] = set()
        on_path = {main}
        self._parse(main)
        stack: list[tuple[str, Iterator[str]]] = [(main, iter(self.imports[main]))]
        while stack:
            path, rest = stack[-1]
            for target in rest:
                if target in on_path:
                    self.missing.add(path)  # a circle, which `read` has reported
                    self.imports[path] = [other for other in self.imports[path] if other != target]
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
            document = self._checked_before(path)
        if document is None:
            document = self._fresh(path)
        if document is None:
            self.unchecked.add(path)
            return
        self.documents[path] = document
        for imported in document.imports:
            resolved = resolve(path, imported.uri)
            if resolved.kind is not ReferenceKind.LOCAL or self.tree.lookup(resolved.path) is None:
                self.missing.add(path)
            else:
                self.imports[path].append(resolved.path)

    def _checked_before(self, path: str) -> Tree.Document | None:
        """The tree of the same document from an earlier check in this process; `check_types` uses it again if its imports are the same."""
        if not (self.cache.remembers and self.expansion.aided) or self.tree.lookup(path) is None:
            return None
        kept = recall_checked(self.cache, self._checked_key(path))
        if kept is None:
            return None
        self.reused[path] = kept
        return kept.document

    def _checked_key(self, path: str) -> str:
        return checked_key(file_digest(self.tree, path), source_name(self.tree, path), lenient=self.lenient)

    def _has_same_imports(self, path: str, document: Tree.Document) -> bool:
        """Whether the trees of a document's imports are those of this check, so that types checked with them are still right."""
        own = [self.documents[target] for target in self.imports[path]]
        return len(own) == len(document.imports) and all(
            link.doc is imported for link, imported in zip(document.imports, own, strict=True)
        )

    def _reuse(self, path: str) -> bool:
        """Whether a document was checked before with the same imports; otherwise it gets a new tree."""
        kept = self.reused.get(path)
        if kept is None:
            return False
        if self._has_same_imports(path, kept.document):
            self.expansion.bindings[path], self.expansion.structs[path] = kept.bindings, kept.structs
            return True
        self._renew(path)
        return False

    def _renew(self, path: str) -> None:
        """Give a document a new tree, if it has one of an earlier check."""
        if self.reused.pop(path, None) is None:
            return
        fresh = self._fresh(path)
        if fresh is None:  # the file changed during the check
            self.unchecked.add(path)
            del self.documents[path]
        else:
            self.documents[path] = fresh

    def _fresh(self, path: str) -> Tree.Document | None:
        try:
            text = content_of(self.tree, path).decode("utf-8")
        except (UnreadableError, UnicodeDecodeError):
            return None  # `read` has reported it
        if not knows_version(text):  # a rule reports it
            self._pass_over(path, f"miniwdl was not run on `{path}`: it does not know WDL `{declared_version(text)}`")
            return None
        if is_empty(text.removeprefix("\ufeff")):
            self.only_types = False
            self.diagnostics.append(invalid(path, EMPTY_DOCUMENT))
            return parse("version 1.0\n", source_name(self.tree, path), self.cache)  # so that its importers are checked
        try:
            return self._tree(path, text)
        except Exception as error:  # noqa: BLE001 - as in `reading.read_document`, which reports it in the same way
            self.only_types = False
            self.diagnostics.append(invalid(path, parse_error_of(error, text)))
            return None

    def _tree(self, path: str, text: str) -> Tree.Document:
        """A new tree of a document, copied if this process has parsed it before."""
        name, digest = source_name(self.tree, path), file_digest(self.tree, path)
        document = recall_tree(self.cache, digest, name)
        if document is None:
            document = parse(text, name, self.cache)
            remember_tree(self.cache, digest, name, document)
        return document

    def check_depth(self, main: str) -> None:
        """Report imports beyond miniwdl's limit, as it does: the first import of each document that is too deep."""
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
                message = f"cannot import `{first.uri}`: a chain of imports has more than {_MAX_DEPTH} documents"
                self.diagnostics.append(invalid(path, ParseError(message, span_of(first.pos), first.uri)))

    def check_types(self, path: str) -> None:
        """Check the types of a document; of one whose imports are not all known, those of its tasks."""
        if path not in self.documents:
            self.unchecked.add(path)
            return
        if path in self.too_deep:  # miniwdl does not check its types either
            self.unchecked.add(path)
            self.behind.add(path)
            return
        is_partial = path in self.missing or any(self._hides_types(path, target) for target in self.imports[path])
        if is_partial:
            self.unchecked.add(path)
            self.behind.add(path)
            self._renew(path)
        elif self._reuse(path):
            return
        document = self.documents.get(path)
        if document is None:
            return
        if is_partial:
            self._drop_imports(path, document)
        try:
            reason = self.expansion.beyond(path, document, self.imports[path])
        except RecursionError:
            reason = f"the sections of the workflow in `{path}` are nested too deeply"
        if not reason and not self._join(path, document):
            reason = f"`{path}` and its imports import the same files repeatedly: more than {MAX_COPIES} copies"
        if reason:
            if not is_partial:
                self._pass_over(path, f"miniwdl was not run: {reason}")
            return
        errors = self._type_errors(path, document, is_partial=is_partial)
        if errors:
            self.unchecked.add(path)
            self.diagnostics.extend(errors)

    def _hides_types(self, path: str, target: str) -> bool:
        """Whether an import makes it unknown what a document can call, or cannot be copied for a second import."""
        return target in self.unchecked and (target not in self.callable or self.imports[path].count(target) > 1)

    def _drop_imports(self, path: str, document: Tree.Document) -> None:
        """Leave only the imports of a document that are known."""
        known = {target for target in self.imports[path] if not self._hides_types(path, target)}
        links = [(link, resolve(path, link.uri)) for link in document.imports]
        kept = [
            (link, place.path) for link, place in links if place.kind is ReferenceKind.LOCAL and place.path in known
        ]
        document.imports = [link for link, _ in kept]
        self.imports[path] = [target for _, target in kept]

    def _pass_over(self, path: str, reason: str) -> None:
        self.unchecked.add(path)
        self.passed_over.add(path)
        self.skipped.append(Skipped("WDL001", reason, (path,)))

    def _join(self, path: str, document: Tree.Document) -> bool:
        """Link the imported documents to a document; a second import of the same file gets its own tree.

        Returns False if there would be more than `MAX_COPIES` of these trees.
        """
        used: set[str] = set()
        for index, (link, target) in enumerate(zip(document.imports, self.imports[path], strict=True)):
            imported = self.documents[target]
            if target in used:
                imported = self._copy(target)
                if imported is None:
                    return False
            used.add(target)
            document.imports[index] = Tree.DocImport(
                pos=link.pos, uri=link.uri, namespace=link.namespace, aliases=link.aliases, doc=imported
            )
        return True

    def _copy(self, path: str) -> Tree.Document | None:
        """Another tree of a document without errors, because miniwdl distinguishes imports by their trees; None if too many."""
        if len(self.copies) >= MAX_COPIES:
            return None
        text = content_of(self.tree, path).decode("utf-8")
        document = self._tree(path, text)
        if not self._join(path, document):
            return None
        document.typecheck(check_quant=not self.lenient)
        self.copies.append((path, document))
        return document

    def _type_errors(self, path: str, document: Tree.Document, *, is_partial: bool) -> list[Diagnostic]:
        try:
            if is_partial:
                return [self._error(path, error) for error in task_errors(document, lenient=self.lenient)]
            errors = document_errors(document, lenient=self.lenient)
        except RecursionError:
            if not is_partial:
                self._pass_over(path, f"miniwdl could not check `{path}`: too many levels or declarations")
            return []
        if errors and are_in_tasks(document, errors):
            self.callable.add(path)
        return self._errors(path, errors)

    def _errors(self, path: str, errors: Sequence[BaseException]) -> list[Diagnostic]:
        known = [error for error in errors if self._is_of_rule(path, error)]
        if known:
            line = known[0].pos.line  # type: ignore[attr-defined]  # as `_is_of_rule` found
            self._pass_over(
                path, f"miniwdl does not know a type of `{path}` (line {line}), so it did not check the rest"
            )
        return [self._error(path, error) for error in errors if error not in known]

    def _is_of_rule(self, path: str, error: BaseException) -> bool:
        """Whether an error is about a type that a rule reports."""
        pos = getattr(error, "pos", None)
        if pos is None or not isinstance(error, Error.InvalidType):
            return False
        return (path, pos.line, pos.column) in self.types_of_rules

    def _error(self, path: str, error: BaseException) -> Diagnostic:
        pos = getattr(error, "pos", None)
        where = self.names.get(getattr(pos, "abspath", ""), path)
        checked = parse_error_of(error, "", self.documents.get(path))
        self.only_types &= isinstance(error, Error.StaticTypeMismatch | Error.IncompatibleOperand)
        self.convertible &= isinstance(error, Error.StaticTypeMismatch) and converts(error.expected, error.actual)
        finding = invalid(where, replace(checked, message=self._without_places(checked.message)))
        if self.lenient and isinstance(error, Error.StaticTypeMismatch | Error.IncompatibleOperand):
            # The guide documents the conversions of the lenient engine by examples only.
            return replace(finding, severity=Severity.WARNING, hint=_LENIENT_HINT)
        return finding

    def _without_places(self, message: str) -> str:
        """A message with the documents' paths in the source instead of their paths on this machine."""
        for name in sorted(self.names, key=len, reverse=True):
            message = message.replace(name, self.names[name])
        return message

    def lint(self) -> None:
        """Lint each document alone, after those that it imports; what a run cannot reach has no findings."""
        reached = reached_by(self.documents[self.order[-1]])
        keys = self._keys(reached) if self.cache.remembers else {}
        for path, document in [*((path, self.documents[path]) for path in self.order), *self.copies]:
            verdict = recall_lints(self.cache, keys[path]) if keys else None
            if verdict is not None:
                if path not in self.reused:
                    mark(document)
            else:
                if path in self.reused:
                    unmark(document)
                answers = self.lookups.count if self.lookups is not None else 0
                verdict = self._lints_of(path, document, reached)
                # What depends on other files, which a lint looks for, is not kept.
                if keys and self.lookups is not None and self.lookups.count == answers:
                    remember_lints(self.cache, keys[path], verdict)
            self.diagnostics += verdict.diagnostics
            self.skipped += verdict.skipped
        self._keep_trees()

    def _keep_trees(self) -> None:
        """Keep the trees that were checked for the next check."""
        if not (self.cache.remembers and self.expansion.aided):
            return
        for path in self.order:
            document = self.documents[path]
            if path not in self.reused and self._has_same_imports(path, document):
                kept = CheckedTree(document, self.expansion.bindings[path], self.expansion.structs[path])
                remember_checked(self.cache, self._checked_key(path), kept)

    def _keys(self, reached: Reached | None) -> dict[str, str]:
        """What the lints of each document depend on: its own content and that of its imports, with their paths, and what is reached."""
        keys: dict[str, str] = {}
        for path in self.order:
            name, digest = source_name(self.tree, path), file_digest(self.tree, path)
            keys[path] = Cache.key(
                str(self.lenient), path, name, digest, *(keys[target] for target in self.imports[path])
            )
        return {path: Cache.key(key, *names_of(source_name(self.tree, path), reached)) for path, key in keys.items()}

    def _lints_of(self, path: str, document: Tree.Document, reached: Reached | None) -> Verdict:
        if beyond_lints(document):
            return self._without_lints(path, f"`{path}` has too many declarations for miniwdl's lints")
        try:
            Lint.lint(document)
            lints = collected(document, reached)
        except Exception as error:
            if _is_ours(error):
                raise
            # miniwdl's lints can crash; its verdict remains valid
            return self._without_lints(path, f"miniwdl's lints fail on `{path}` ({type(error).__name__})")
        findings = []
        for node, (pos, lint, _message, suppressed), message in lints:
            where = self.names.get(pos.abspath, path)
            text = self._without_places(message)
            finding = None if suppressed else lint_finding(where, lint, text, pos, name_of(node, pos))
            if finding is not None:
                findings.append(finding)
        return Verdict(tuple(findings))

    @staticmethod
    def _without_lints(path: str, reason: str) -> Verdict:
        return Verdict(skipped=(Skipped(_LINTS, f"{reason}: they are skipped for this document", (path,)),))

    def propose_lenient(self, workflow: Workflow) -> None:
        """Report it if the lenient engine surely accepts or converts the types of every error."""
        again = _Check(self.tree, self.cache, {}, self.names, lenient=True, types_of_rules=self.types_of_rules)
        again.expansion.aided = self.expansion.aided
        again.load(workflow.main)
        for path in again.order:
            again.check_types(path)
        if again.only_types and again.convertible and not again.missing:
            errors = in_order(self.diagnostics)
            what = "the only error is about" if len(errors) == 1 else f"all {len(errors)} errors are about"
            where = listed([f"{error.path}:{error.line}" for error in errors], quote=False)
            message = f"{what} types that the engine WDL_LENIENT accepts or converts ({where})"
            self.diagnostics.append(finding_at(workflow.place, "WDL022", message))

    def skip_lints(self) -> None:
        """Report what was not checked: documents that import one with errors, and every lint."""
        behind = sorted(self.behind - self.passed_over)
        if behind:
            why = "were not checked" if self.passed_over else "have errors"
            reason = f"types of workflows are not checked in files whose imports {why}: {listed(behind, len(behind))}"
            self.skipped.append(Skipped("WDL001", reason, tuple(behind)))
        if self.passed_over and not self.diagnostics:
            self.skipped += [replace(skipped, code=_LINTS) for skipped in self.skipped if skipped.code == "WDL001"]
            return
        why = "that was checked and has no errors" if self.passed_over else "without errors"
        self.skipped.append(Skipped(_LINTS, f"miniwdl's lints need a definition {why}"))


def _is_ours(error: Exception) -> bool:
    """Whether an error was raised in our own code: a bug that has to be seen. How deep a tree can be depends on the caller."""
    frames = [frame.f_code.co_filename for frame, _line in traceback.walk_tb(error.__traceback__)]
    return frames[-1].startswith(_OUR_FOLDER) and not isinstance(error, RecursionError)
