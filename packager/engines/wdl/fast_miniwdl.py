"""miniwdl's type check and lint without its repeated work, with the same findings.

miniwdl looks up names in linked lists, computes the inputs of a callee again for each expression, builds its standard
library for each lint of each expression, asks each lint about each node (`walks`), and walks an imported document once
for each way that leads to it. Its time doubles with each level of a nested literal, of a chain of members, or of structs
that hold two of the previous one.
`applied` replaces those few functions while it is active by functions with the same results, then restores the originals.
It returns False, and changes nothing, when the installed miniwdl does not look as expected; miniwdl is then used unchanged.
"""

from __future__ import annotations

import functools
import inspect
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from WDL import Env, Error, Expr, Lint, StdLib, Tree, Type, Walker

from packager.engines.wdl import walks

_LOCK = threading.RLock()
_LONG_WALK = 24  # steps after which a name lookup builds an index for the next lookup
_INDEX = "_packager_index"
SOURCES = "_packager_lint_sources"
_ASKS_CALLED = re.compile(r"""["']called["']|\.called\b""")

SourcePathKind = Callable[..., object]
Replacement = tuple[object, str, object]  # the class or module, the name of its member, and the new member


@contextmanager
def applied(source_path_kind: SourcePathKind | None = None) -> Iterator[bool]:
    """Apply the replacements; the value is whether they are active.

    With or without replacements, ShellCheck never runs inside, and each lint keeps its node (`sources_of`).
    `source_path_kind` decides what is at a literal path next to a document, instead of miniwdl's own access to the disk
    (lint of WDL 1.2 and later).
    """
    with _LOCK:
        fast = expected()
        replacements = [*_quiet(), *_remembering(), *(_replacements() if fast else [])]
        if source_path_kind is not None and hasattr(Lint, "_source_relative_path_kind"):
            replacements.append((Lint, "_source_relative_path_kind", source_path_kind))
        originals = [(owner, name, owner.__dict__[name]) for owner, name, _ in replacements]
        try:
            for owner, name, value in replacements:
                setattr(owner, name, value)
            yield fast
        finally:
            for owner, name, value in reversed(originals):
                setattr(owner, name, value)


def expected() -> bool:
    """Whether the installed miniwdl looks as the replacements expect."""
    try:
        bindings = Env.Bindings(Env.Binding("a", 1), Env.Bindings())
        bound = bindings.bind("b", 2)
        return (
            (bound._binding.name, bound._next._binding.name) == ("b", "a")
            and bound._binding._name == "b"
            and list(inspect.signature(Env.Bindings.resolve_binding).parameters) == ["self", "name"]
            and list(inspect.signature(Env.Bindings.has_namespace).parameters) == ["self", "namespace"]
            and all(
                isinstance(inspect.getattr_static(kind, name), property)
                for kind in (Tree.Task, Tree.Workflow, Tree.Call)
                for name in ("available_inputs", "required_inputs")
            )
            and all(
                isinstance(inspect.getattr_static(kind, "effective_outputs"), property)
                for kind in (Tree.Workflow, Tree.Call)
            )
            and isinstance(inspect.getattr_static(Tree.Document, "children"), property)
            and list(inspect.signature(Type.unify).parameters) == ["types", "check_quant", "force_string"]
            and list(inspect.signature(Type.StructInstance.check).parameters) == ["self", "rhs", "check_quant"]
            and list(inspect.signature(Type._struct_type_id).parameters) == ["members"]
            and isinstance(inspect.getattr_static(Expr.Get, "_ident"), property)
            and list(inspect.signature(Lint.lint).parameters) == ["doc", "descend_imports"]
            and list(inspect.signature(StdLib.Base.__init__).parameters)[1] == "wdl_version"
            and isinstance(Lint._all_linters, list)
            and isinstance(Walker.MarkCalled, type)
            and walks.expected()
            and not _asks_called()
        )
    except (AttributeError, TypeError, ValueError, IndexError, OSError):
        return False


@functools.cache
def _asks_called() -> bool:
    """Whether miniwdl's lints use what calls a task, which is marked differently here."""
    return _ASKS_CALLED.search(inspect.getsource(Lint)) is not None


def _quiet() -> list[Replacement]:
    """No ShellCheck: neither its process nor its temporary folder."""
    linters = [linter for linter in Lint._all_linters if linter.__name__ != "CommandShellCheck"]
    return [(Lint, "_all_linters", linters)]


def _remembering() -> list[Replacement]:
    """Each lint keeps the node that it was reported for: miniwdl adds lints of expressions to the statement around them."""
    original = Lint.Linter.add

    def add(self: Lint.Linter, obj: Error.SourceNode, message: str, pos: Error.SourcePosition | None = None) -> bool:
        added: bool = original(self, obj, message, pos)
        holder = Lint._find_expr_parent(obj) if isinstance(obj, Expr.Base) else obj
        holder.__dict__.setdefault(SOURCES, []).append(obj)
        return added

    return [(Lint.Linter, "add", add)]


def sources_of(node: Error.SourceNode) -> list[Error.SourceNode]:
    """The nodes that the lints of a node were reported for, in the same order as its lints."""
    sources: list[Error.SourceNode] = node.__dict__.get(SOURCES, [])
    return sources


def _replacements() -> list[Replacement]:
    cached = [
        (kind, name, _kept(inspect.getattr_static(kind, name), f"_packager_{name}"))
        for kind in (Tree.Task, Tree.Workflow, Tree.Call)
        for name in ("available_inputs", "required_inputs")
    ]
    return [
        *cached,
        *((kind, "effective_outputs", _kept_outputs(kind)) for kind in (Tree.Workflow, Tree.Call)),
        (Type, "unify", _unify_once(Type.unify)),
        (Type, "_struct_type_id", _struct_id_once(Type._struct_type_id)),
        (Type.StructInstance, "check", _check_once(Type.StructInstance.check)),
        (Expr.Get, "_ident", property(_identifier)),
        (Env.Bindings, "resolve_binding", _resolve_binding),
        (Env.Bindings, "has_binding", _has_binding),
        (Env.Bindings, "has_namespace", _has_namespace),
        (Tree.Document, "children", property(_own_children)),
        (StdLib, "TaskOutputs", _memoised(StdLib.TaskOutputs)),
        (StdLib, "Base", _memoised(StdLib.Base)),
        (Walker, "MarkCalled", _NoMarks),
        *walks.replacements(),
    ]


def _kept(original: property, attribute: str) -> property:
    """A property that is computed once for each object: it does not change after it could be computed."""
    compute = original.fget
    assert compute is not None

    def get(node: Error.SourceNode) -> object:
        known = node.__dict__.get(attribute)
        if known is None:
            known = node.__dict__[attribute] = compute(node)
        return known

    return property(get)


def _kept_outputs(kind: type[Tree.Workflow | Tree.Call]) -> property:
    """The outputs of a call or a checked workflow, computed once; before the check they can still change."""
    kept = _kept(inspect.getattr_static(kind, "effective_outputs"), "_packager_effective_outputs")
    plain = inspect.getattr_static(kind, "effective_outputs").fget

    def get(node: Tree.Workflow | Tree.Call) -> object:
        workflow = node if isinstance(node, Tree.Workflow) else node.callee
        checked = isinstance(workflow, Tree.Workflow) and workflow.complete_calls
        return kept.__get__(node) if checked else plain(node)

    return property(get)


def _unify_once(original: Callable[..., Type.Base]) -> Callable[..., Type.Base]:
    """`Type.unify`, once for each list of types: it is called twice for each item of a nested type, at each level."""
    known: dict[tuple[object, ...], tuple[Type.Base, tuple[Type.Base, ...]]] = {}

    def unify(types: list[Type.Base], check_quant: bool = True, force_string: bool = False) -> Type.Base:
        key = (tuple(map(_shape, types)), check_quant, force_string)
        if key not in known:
            # The types are kept too: an id is only valid while its object lives.
            known[key] = (original(types, check_quant, force_string), tuple(types))
        return known[key][0].copy()

    return unify


def _shape(kind: Type.Base) -> tuple[object, ...]:
    """What distinguishes types for `unify`; objects, whose members it may change, by identity."""
    quantifiers = (type(kind).__name__, kind.optional)
    if isinstance(kind, Type.Array):
        return (*quantifiers, kind.nonempty, _shape(kind.item_type))
    if isinstance(kind, Type.Map):
        keys = None if kind.literal_keys is None else frozenset(kind.literal_keys)
        return (*quantifiers, keys, *map(_shape, kind.item_type))
    if isinstance(kind, Type.Pair):
        return (*quantifiers, _shape(kind.left_type), _shape(kind.right_type))
    if isinstance(kind, Type.StructInstance):
        return (*quantifiers, kind.type_name, id(kind.members))
    if isinstance(kind, Type.Object):
        return (*quantifiers, id(kind.members))
    return quantifiers


def _struct_id_once(original: Callable[[dict[str, Type.Base]], str]) -> Callable[[dict[str, Type.Base]], str]:
    """The string that describes a struct's members, computed once for each struct."""
    known: dict[int, tuple[str, dict[str, Type.Base]]] = {}

    def struct_type_id(members: dict[str, Type.Base]) -> str:
        if id(members) not in known:
            known[id(members)] = (original(members), members)
        return known[id(members)][0]

    return struct_type_id


def _check_once(original: Callable[..., None]) -> Callable[..., None]:
    """The check whether a struct can be coerced to another, done once for each two structs that can."""
    fitting: dict[tuple[int, int, bool, bool, bool], object] = {}

    def check(self: Type.StructInstance, rhs: Type.Base, check_quant: bool = True) -> None:
        if not isinstance(rhs, Type.StructInstance):
            original(self, rhs, check_quant)
            return
        key = (id(self.members), id(rhs.members), self.optional, rhs.optional, check_quant)
        if key not in fitting:
            original(self, rhs, check_quant)
            fitting[key] = (self.members, rhs.members)

    return check


def _identifier(self: Expr.Get) -> str:
    """The part of a name that a chain of members may complete, with one step per member, not two."""
    inner = self.expr._ident if isinstance(self.expr, Expr._LeftName | Expr.Get) else ""
    return inner + (f".{self.member}" if self.member else "") if inner else ""


def _find(bindings: Env.Bindings, name: str) -> Env.Binding | None:
    """The nearest binding of a name, or None; of a name that ends with a dot, a binding inside of that namespace.

    A long walk adds an index where it began.
    """
    node: Env.Bindings | None = bindings
    steps = 0
    is_namespace = name.endswith(".")
    while node is not None:
        index = node.__dict__.get(_INDEX)
        if index is not None or steps >= _LONG_WALK:
            layers = index if index is not None else _indexed(bindings)
            return next((layer[name] for layer in layers if name in layer), None)
        binding = node._binding
        if binding is not None and (binding._name.startswith(name) if is_namespace else binding._name == name):
            return binding
        node = node._next
        steps += 1
    return None


Layers = tuple[dict[str, Env.Binding], ...]


def _indexed(bindings: Env.Bindings) -> Layers:
    """The index of a list: layers, the newest names first.

    It shares the layers of the next index further down, except the small layers, which are merged: so there are few
    layers, and all indexes together do not grow with the square of the list.
    """
    nodes = []
    node: Env.Bindings | None = bindings
    while node is not None and _INDEX not in node.__dict__:
        nodes.append(node)
        node = node._next
    layers: Layers = node.__dict__[_INDEX] if node is not None else ()
    newest: dict[str, Env.Binding] = {}
    for binding in (entry._binding for entry in reversed(nodes) if entry._binding is not None):
        newest[binding._name] = binding
        dot = binding._name.find(".")
        while dot >= 0:
            newest[binding._name[: dot + 1]] = binding
            dot = binding._name.find(".", dot + 1)
    while layers and len(layers[0]) <= 2 * len(newest):
        newest = {**layers[0], **newest}
        layers = layers[1:]
    layers = (newest, *layers)
    bindings.__dict__[_INDEX] = layers
    return layers


def _resolve_binding(self: Env.Bindings, name: str) -> Env.Binding:
    binding = _find(self, name)
    if binding is None:
        raise KeyError
    return binding


def _has_binding(self: Env.Bindings, name: str) -> bool:
    return _find(self, name) is not None


def _has_namespace(self: Env.Bindings, namespace: str) -> bool:
    """Whether a namespace exists, without miniwdl's set of all namespaces at every name: their memory grows quadratically."""
    return _find(self, namespace if namespace.endswith(".") else f"{namespace}.") is not None


def _own_children(self: Tree.Document) -> Iterator[Error.SourceNode]:
    """A document's children without the documents that it imports: each of those is walked once, on its own."""
    for binding in self.struct_typedefs:
        yield binding.value
    yield from self.tasks
    if self.workflow:
        yield self.workflow


def _memoised(library: type[StdLib.Base]) -> Callable[..., StdLib.Base]:
    """The standard library of each language version, built once: type check and lint only look functions up."""
    return functools.cache(library)


class _NoMarks(Walker.Base):  # type: ignore[misc]  # miniwdl has no type for it
    """Marks nothing: only the outline that `miniwdl check` prints needs to know which tasks are called."""

    def __call__(self, obj: Error.SourceNode, descend: bool | None = None) -> None:
        del obj, descend
