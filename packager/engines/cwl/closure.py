"""From a main file to its documents: parsed once each, imports spliced in, every reference resolved or reported.

A reference is `run`, `$import`, `$include`, `$mixin`, `$schemas`, and the `location` or `path` of a File or Directory literal.
Nothing is fetched from a network and nothing outside the tree is read.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from urllib.parse import unquote

from packager.engines.caching import Lookups
from packager.engines.cwl.nodes import MAX_NODES, MappingNode, Node, ScalarNode, SequenceNode, YamlProblem, parse
from packager.engines.cwl.secondary import file_literals, location_of, patterns_of, secondary_name
from packager.engines.cwl.values import has_expression
from packager.engines.references import ReferenceKind, Resolved, resolve
from packager.findings.codes import finding, finding_at
from packager.findings.diagnostic import Diagnostic, Place, Severity, Skipped
from packager.healthomics.limits import CWL_FILE_SCHEMES as FILE_SCHEMES
from packager.model.facts import ClosureFile, Role
from packager.model.features import Feature, FeatureName
from packager.source import UnreadableError, normalise, unreadable_file

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_VERSION_PREFIX = re.compile(r"^(?:cwl:|https://w3id.org/cwl/cwl#)")  # which cwltool removes too
MAX_SPLICE_DEPTH = 250  # levels with imports spliced in, because splicing is recursive
MAX_IMPORT_CHAIN = 30  # `$import` in `$import` in ...
_FORMAT = re.compile(r"\bformat[\"']?\s*:")  # of a file, among all else that has this name
_UNNAMED = "_:"  # begins the name of a literal that has its content itself, as in packed documents
_EMPTY_FILE = "/dev/null"  # exists everywhere
_LITERAL_CLASSES = frozenset({"File", "Directory"})


@dataclass(slots=True)
class LoadedDocuments:
    """The files and documents of a workflow that were loaded so far, and the findings on the way."""

    files: dict[str, ClosureFile] = field(default_factory=dict)
    roots: dict[str, Node | None] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)
    features: list[Feature] = field(default_factory=list)
    diagnostics: list[Diagnostic] = field(default_factory=list)
    skipped: dict[Skipped, None] = field(default_factory=dict)
    complete: bool = True


def place_of(node: Node) -> Place:
    """Where a node begins."""
    if isinstance(node, ScalarNode):
        return Place(node.path, node.line, node.column, node.end_line, node.end_column)
    return Place(node.path, node.line, node.column)


class DocumentLoader:
    """Loads documents of one tree; `loaded` is the result."""

    def __init__(self, tree: Lookups) -> None:
        self.tree = tree
        self.loaded = LoadedDocuments()
        self._loading: list[str] = []
        self._types: dict[str, frozenset[str]] = {}  # the names of types in these documents
        self._unspliced: dict[str, Node] = {}  # the roots of the documents that are being loaded
        self._splices = 0
        self._vendor = 0  # how many vendor fields surround the node
        self._key = ""  # the key of the node
        self._settable = ""  # the input whose default surrounds the node: a run or a step may set another value
        self._found: dict[tuple[str, int, int], str] = {}  # the files that literals name, by the place of the name
        self._texts: dict[str, ScalarNode] = {}  # the nodes that include a file as text, by path
        self._done: dict[int, tuple[Node, Node]] = {}  # by identity; holds the node so that no other takes its place

    def report(self, code: str, node: Node, message: str, severity: Severity | None = None) -> None:
        """Add a finding at a node; its subject is the node's value."""
        subject = str(node.value) if isinstance(node, ScalarNode) else ""
        self.loaded.diagnostics.append(finding_at(place_of(node), code, message, severity=severity, subject=subject))

    def document(self, path: str, role: Role, reason: str, depth: int = 0) -> Node | None:
        """The root of a file's document with its imports spliced in, or None when it cannot be read (reported)."""
        known = self.loaded.files.get(path)
        if known is None or (known.role is Role.DATA and role is not Role.DATA):
            self.loaded.files[path] = ClosureFile(path, role, reason)
        if path in self.loaded.roots:
            return self.loaded.roots[path]
        self.loaded.roots[path] = None
        root = self._parsed(path)
        if root is None:
            self.loaded.complete = False
            return None
        self._loading.append(path)
        self._unspliced[path] = root
        root = self._spliced(root, depth)
        del self._unspliced[self._loading.pop()]
        self.loaded.roots[path] = root
        return root

    def _parsed(self, path: str) -> Node | None:
        try:
            text = self.tree.text(path)
        except UnreadableError as error:
            self.loaded.diagnostics.append(unreadable_file(path, error))
            return None
        read = parse(path, text)
        if isinstance(read, YamlProblem):
            self.loaded.diagnostics.append(yaml_finding(path, read))
            return None
        for twice in read.duplicates:
            message = f"the key `{twice.message}` occurs twice in one mapping"
            line, column = twice.line, twice.column
            self.loaded.diagnostics.append(
                finding("CWL004", message, path=path, line=line, column=column, subject=twice.message)
            )
        if isinstance(read.root, MappingNode):
            self.loaded.versions[path] = _VERSION_PREFIX.sub("", read.root.string("cwlVersion"))
            self._schemas(read.root, formats=_FORMAT.search(text) is not None)
        return read.root

    # -- what a document refers to ---------------------------------------------------------------

    def _spliced(self, node: Node, depth: int) -> Node:
        """The node with `$import`, `$include` and `$mixin` below it replaced by what they name."""
        if isinstance(node, ScalarNode):
            return node
        if id(node) in self._done:
            return self._done[id(node)][1]
        if isinstance(node, SequenceNode):
            node.items = self._items(node, depth)
            self._weigh(node, node.items)
            self._done[id(node)] = (node, node)
            return node
        replaced = self._directive(node, depth)
        self._done[id(node)] = (node, replaced or node)
        if replaced is not None:
            return replaced
        if node.string("class") in _LITERAL_CLASSES and not self._vendor:
            self._literal(node)
        parameter, outer = node.string("id").rpartition("#")[2].rpartition("/")[2] or self._key, self._settable
        for key, value in node.entries.items():
            if not isinstance(value, ScalarNode):
                self._key = key
                self._settable = (_setter(node, parameter) if key == "default" else "") or outer
                # A vendor's own field (`sbg:suggestedValue`) names files of the vendor's platform.
                self._vendor += ":" in key
                node.entries[key] = self._spliced(value, depth + 1)
                self._vendor -= ":" in key
        self._settable = outer
        if not self._vendor and "type" in node.entries:
            self.add_secondary_files(parameter, node.get("default"), node.get("secondaryFiles"))
        self._weigh(node, list(node.entries.values()))
        return node

    def _items(self, node: SequenceNode, depth: int) -> list[Node]:
        items: list[Node] = []
        for item in node.items:
            new = item if isinstance(item, ScalarNode) else self._spliced(item, depth + 1)
            if new is not item and isinstance(new, SequenceNode):
                items.extend(new.items)  # an imported list becomes part of the list
            else:
                items.append(new)
        return items

    def _weigh(self, node: SequenceNode | MappingNode, parts: list[Node]) -> None:
        node.weight = 1 + sum(part.weight for part in parts)
        node.height = 1 + max((part.height for part in parts), default=0)

    def _directive(self, node: MappingNode, depth: int) -> Node | None:
        for kind in ("$import", "$include", "$mixin"):
            value = node.entries.get(kind)
            if not isinstance(value, ScalarNode) or not isinstance(value.value, str):
                continue
            path = self.local(value, kind)
            if path is None:
                return node
            if path in self._loading and not self._is_part_of_own(path, value, kind):
                if kind != "$include" and self.fragment(self._unspliced[path], value.value.partition("#")[2]) is None:
                    self.report("CWL005", value, f"`{kind}` of `{value.value}`: the document has no such part")
                else:
                    self.report("CWL008", value, f"`{kind}` of `{value.value}` is circular: it leads back to this file")
                return node
            if value.value.startswith("#"):
                return node
            reason = f"`{kind}` in `{value.path}` line {value.line}"
            if kind == "$include":
                return self._included(path, value, reason)
            if len(self._loading) > MAX_IMPORT_CHAIN or depth > MAX_SPLICE_DEPTH:
                return self._too_much(value, kind, node)
            root = self.document(path, Role.DEFINITION, reason, depth)
            imported = self.fragment(root, value.value.partition("#")[2]) if root is not None else None
            if imported is None:
                return node
            if depth + imported.height > MAX_SPLICE_DEPTH or self._splices + imported.weight > MAX_NODES:
                return self._too_much(value, kind, node)
            self._splices += imported.weight
            return imported if kind == "$import" else self._mixed(node, imported)
        return None

    def _is_part_of_own(self, path: str, value: ScalarNode, kind: str) -> bool:
        """Whether a reference names another part of the document that holds it, which need not be a circle."""
        name = str(value.value).rpartition("#")[2] if str(value.value).startswith("#") else ""
        root = self._unspliced[path]
        if kind == "$include" or not name:
            return False
        if path not in self._types:
            self._types[path] = _type_names(root)
        return self.fragment(root, name) not in (None, root) or name in self._types[path]

    def _too_much(self, value: ScalarNode, kind: str, node: Node) -> Node:
        self.report("CWL014", value, f"`{kind}` of `{value.value}` makes the document too large or too deeply nested")
        self.loaded.complete = False
        return node

    def check_texts(self) -> None:
        """Report documents that are also included as text: cwltool uses the document instead, and may never end."""
        for path, value in self._texts.items():
            if path in self.loaded.roots:
                self.report(
                    "CWL008",
                    value,
                    f"`$include` of `{value.value}` refers to a file that is also imported as a document",
                )

    def _included(self, path: str, value: ScalarNode, reason: str) -> ScalarNode:
        self._texts.setdefault(path, value)
        self.loaded.files.setdefault(path, ClosureFile(path, Role.DATA, reason))
        try:
            text = self.tree.text(path)
        except UnreadableError as error:
            self.report("CWL005", value, f"`$include` of `{value.value}` cannot be read: {error}")
            text = ""
        return ScalarNode(value.path, value.line, value.column, text, text, value.end_line, value.end_column)

    def _mixed(self, node: MappingNode, mixin: Node) -> Node:
        if not isinstance(mixin, MappingNode):
            return node
        own = {key: value for key, value in node.entries.items() if key != "$mixin"}
        mixed = MappingNode(node.path, node.line, node.column, {**mixin.entries, **own}, {**mixin.keys, **node.keys})
        self._weigh(mixed, list(mixed.entries.values()))
        return mixed

    def fragment(self, root: Node, name: str) -> Node | None:
        """The node of a document that `#name` names: its root, or the node with that `id`."""
        if not name:
            return root
        pending = [root]
        while pending:
            node = pending.pop()
            if isinstance(node, MappingNode):
                if node.string("id").rpartition("#")[2] == name or node.string("name").rpartition("#")[2] == name:
                    return node
                graph = node.get("$graph")
                pending.extend([graph] if graph is not None else [])
            elif isinstance(node, SequenceNode):
                pending.extend(reversed(node.items))
        return (
            None
            if isinstance(root, SequenceNode) or (isinstance(root, MappingNode) and "$graph" in root.entries)
            else root
        )

    def local(self, value: ScalarNode, kind: str) -> str | None:
        """The file of the tree that a reference names, or None with a finding."""
        written = str(value.value)
        text = written.partition("#")[0]
        if not text:
            return value.path
        resolved = resolve(value.path, text)
        if resolved.kind is ReferenceKind.REMOTE or (resolved.kind is ReferenceKind.LOCAL and _SCHEME.match(text)):
            self.report("CWL006", value, f"`{kind}` refers to the remote file `{written}`")
        elif resolved.kind is ReferenceKind.ABSOLUTE:
            self.report("CWL007", value, f"`{kind}` has the absolute path `{written}`")
        else:
            decoded = resolve(value.path, unquote(text))
            for place in (resolved, decoded):
                if place.kind is ReferenceKind.LOCAL and self.tree.exists(place.path):
                    return place.path
            if not self._reported_outside(value, kind, resolved, decoded):
                self.report("CWL005", value, f"`{kind}` of `{written}`: the file does not exist")
        self.loaded.complete = False
        return None

    def _reported_outside(self, value: ScalarNode, kind: str, plain: Resolved, decoded: Resolved) -> bool:
        """Whether a reference without a file in the tree leaves the tree, by its escapes or by a link; reports it."""
        places = dict.fromkeys((plain, decoded))
        outside = [place for place in places if place.kind is ReferenceKind.OUTSIDE]
        inside = [place for place in places if place.kind is ReferenceKind.LOCAL]
        if any(self.tree.kind(place.path) for place in outside):
            self.report("CWL009", value, f"`{kind}` of `{value.value}` leaves the source's root")
        elif any(self.tree.leads_outside(place.path) for place in inside):
            self.report("CWL009", value, f"`{kind}` of `{value.value}` is a link that leaves the source's root")
        else:
            return False
        return True

    # -- data files ------------------------------------------------------------------------------

    def _literal(self, node: MappingNode) -> None:
        """Add what a File or Directory literal names to the closure."""
        value = location_of(node)
        if value is not None and not has_expression(str(value.value)) and not str(value.value).startswith(_UNNAMED):
            kind = "location" if value is node.get("location") else "path"
            self._data(value, directory=node.string("class") == "Directory", kind=kind)

    def add_secondary_files(self, name: str, default: Node | None, secondary_files: Node | None) -> None:
        """Add the secondary files that a parameter's patterns give for the files of a default."""
        patterns = list(patterns_of(secondary_files))
        for literal in file_literals(default) if patterns else ():
            value = location_of(literal)
            found = self._found.get((value.path, value.line, value.column)) if value is not None else None
            if value is None or found is None:
                continue
            listed = {posixpath.basename(str(place.value)) for place in _listed(literal.get("secondaryFiles"))}
            for pattern, required in patterns:
                if has_expression(pattern):
                    where = f"`{value.path}` line {value.line}"
                    reason = f"only a run knows the secondary files `{pattern}` of `{name}` ({where}): not packaged"
                    self.loaded.skipped[Skipped("CWL010", reason, (value.path,))] = None
                    continue
                secondary = secondary_name(posixpath.basename(found), pattern)
                path = normalise(posixpath.join(posixpath.dirname(found), secondary))
                if secondary in listed or path is None:
                    continue
                names = (path,) if self.tree.exists(path) else self.tree.below(path)
                for added in names:
                    reason = f"secondary file of `{name}` in `{value.path}` line {value.line}"
                    self.loaded.files.setdefault(added, ClosureFile(added, Role.DATA, reason))
                if not names and required:
                    message = f"the secondary file `{secondary}` of the default of `{name}` does not exist"
                    self.report("CWL010", value, message)

    def _schemas(self, root: MappingNode, *, formats: bool) -> None:
        """What `$schemas` refers to; one on the network matters only to the formats of files."""
        schemas = root.get("$schemas")
        for value in schemas.items if isinstance(schemas, SequenceNode) else [schemas]:
            if isinstance(value, ScalarNode) and isinstance(value.value, str):
                if _SCHEME.match(value.value) and not value.value.startswith("file:"):
                    if formats:
                        self.loaded.features.append(Feature(FeatureName.REMOTE_SCHEMA, value.value, place_of(value)))
                else:
                    self._data(value, directory=False, kind="$schemas")

    def _data(self, value: ScalarNode, *, directory: bool, kind: str) -> None:
        text = str(value.value)
        resolved = resolve(value.path, text)
        reason = f"`{kind}` in `{value.path}` line {value.line}"
        if resolved.kind is ReferenceKind.ABSOLUTE:
            message = f"`{kind}` has the absolute path `{text}`"
            if self._settable:
                message += f" (depends on `{self._settable}`)"
            unsure = bool(self._settable) or text == _EMPTY_FILE
            self.report("CWL007", value, message, severity=Severity.WARNING if unsure else None)
            return
        if resolved.kind is ReferenceKind.REMOTE or not text or _SCHEME.match(text):
            if text and not text.startswith(FILE_SCHEMES):
                self.loaded.features.append(Feature(FeatureName.REMOTE_FILE, text, place_of(value)))
            return
        decoded = resolve(value.path, unquote(text))
        for place in dict.fromkeys((resolved, decoded)):
            path = place.path if place.kind is ReferenceKind.LOCAL else ""
            names = () if not path else self.tree.below(path) if directory else (path,) * self.tree.exists(path)
            if names and not directory:
                self._found[value.path, value.line, value.column] = path
            for name in names:
                self.loaded.files.setdefault(name, ClosureFile(name, Role.DATA, reason))
            if names:
                return
        problem = "the folder has no files or does not exist" if directory else "the file does not exist"
        if self._reported_outside(value, kind, resolved, decoded):
            return
        self.report("CWL010", value, f"`{kind}` of `{text}`: {problem}")


def _setter(node: MappingNode, parameter: str) -> str:
    """What may set another value than the default of a node: the input that it declares, or the source that it is linked to."""
    if "type" in node.entries:
        return parameter
    source = node.get("source")
    first = source.items[0] if isinstance(source, SequenceNode) and source.items else source
    return str(first.value).rpartition("#")[2] if isinstance(first, ScalarNode) else ""


def _type_names(root: Node) -> frozenset[str]:
    """The names of the types that the processes of a `$graph` define, as packed documents import them."""
    graph = root.get("$graph") if isinstance(root, MappingNode) else root
    names: set[str] = set()
    for process in graph.items if isinstance(graph, SequenceNode) else ():
        requirements = process.get("requirements") if isinstance(process, MappingNode) else None
        for requirement in requirements.items if isinstance(requirements, SequenceNode) else ():
            types = requirement.get("types") if isinstance(requirement, MappingNode) else None
            for each in types.items if isinstance(types, SequenceNode) else ():
                if isinstance(each, MappingNode):
                    names.add(each.string("name").rpartition("#")[2])
    return frozenset(names)


def _listed(node: Node | None) -> Iterator[ScalarNode]:
    """The locations of the File and Directory literals in a list."""
    for item in node.items if isinstance(node, SequenceNode) else ():
        value = location_of(item) if isinstance(item, MappingNode) else None
        if value is not None:
            yield value


def stem(path: str) -> str:
    """A file's name without its folder and its extension."""
    return posixpath.splitext(posixpath.basename(path))[0]


def yaml_finding(path: str, problem: YamlProblem) -> Diagnostic:
    """The finding for a document that cannot be read."""
    code, prefix = ("CWL014", "") if problem.bound else ("CWL003", "not readable as YAML: ")
    return finding(code, prefix + problem.message, path=path, line=problem.line, column=problem.column)
