"""miniwdl's type check and lint without its repeated work, with the same findings.

miniwdl looks names up in linked lists, works the inputs of a callee out again for each expression, builds its standard
library for each lint of each expression, and walks an imported document once for each way that leads to it. Its time
doubles with each level of a nested literal, of a chain of members, or of structs that hold two of the one before.
`applied` replaces those few functions while it is active, by ones with the same answers, and puts the originals back. It
returns False, and changes nothing, when the installed miniwdl does not look as expected; the caller then calls miniwdl as it is.
"""

from __future__ import annotations

import functools
import inspect
import re
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from WDL import Env, Expr, Lint, StdLib, Tree, Type, Walker

_LOCK = threading.RLock()
_LONG_WALK = 24  # steps after which a name lookup leaves an index behind for the next one
_INDEX = "_packager_index"
_ASKS_CALLED = re.compile(r"""["']called["']|\.called\b""")

SourcePathKind = Callable[..., Any]


@contextmanager
def applied(source_path_kind: SourcePathKind | None = None) -> Iterator[bool]:
    """Apply the replacements; the value says whether they are in force.

    ShellCheck is never run inside, replacements or not. With `source_path_kind`, that function answers where a literal
    path beside a document leads, in place of miniwdl's look at the disk (lint of WDL 1.2 and later).
    """
    with _LOCK:
        fast = expected()
        replacements = [*_quiet(), *(_replacements() if fast else [])]
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
        one = bindings.bind("b", 2)
        return (
            (one._binding.name, one._next._binding.name) == ("b", "a")
            and one._binding._name == "b"
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
            and not _ASKS_CALLED.search(inspect.getsource(Lint))
        )
    except (AttributeError, TypeError, ValueError, IndexError, OSError):
        return False


def _quiet() -> list[tuple[Any, str, Any]]:
    """No ShellCheck: neither its process nor its temporary folder."""
    linters = [one for one in Lint._all_linters if one.__name__ != "CommandShellCheck"]
    return [(Lint, "_all_linters", linters)]


def _replacements() -> list[tuple[Any, str, Any]]:
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
    ]


def _kept(original: property, attribute: str) -> property:
    """A property worked out once for each object: it does not change once it can be worked out at all."""
    compute = original.fget
    assert compute is not None

    def get(node: Any) -> Any:
        known = node.__dict__.get(attribute)
        if known is None:
            known = node.__dict__[attribute] = compute(node)
        return known

    return property(get)


def _kept_outputs(kind: Any) -> property:
    """The outputs of a call or a checked workflow, worked out once; before the check they can still change."""
    kept = _kept(inspect.getattr_static(kind, "effective_outputs"), "_packager_effective_outputs")
    plain = inspect.getattr_static(kind, "effective_outputs").fget

    def get(node: Any) -> Any:
        workflow = node if isinstance(node, Tree.Workflow) else node.callee
        checked = isinstance(workflow, Tree.Workflow) and workflow.complete_calls
        return kept.__get__(node) if checked else plain(node)

    return property(get)


def _unify_once(original: Any) -> Any:
    """`Type.unify` for each list of types once: it is called twice for each item of a nested type, and so on below it."""
    known: dict[Any, tuple[Any, Any]] = {}

    def unify(types: list[Any], check_quant: bool = True, force_string: bool = False) -> Any:
        key = (tuple(map(_shape, types)), check_quant, force_string)
        if key not in known:
            # The types are kept too: an id is only of use while its object lives.
            known[key] = (original(types, check_quant, force_string), tuple(types))
        return known[key][0].copy()

    return unify


def _shape(kind: Any) -> Any:
    """What tells types apart for `unify`; objects, whose members it may change, by identity."""
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


def _struct_id_once(original: Any) -> Any:
    """The text that describes a struct's members, for each struct once."""
    known: dict[int, tuple[str, Any]] = {}

    def struct_type_id(members: dict[str, Any]) -> str:
        if id(members) not in known:
            known[id(members)] = (original(members), members)
        return known[id(members)][0]

    return struct_type_id


def _check_once(original: Any) -> Any:
    """Whether a struct can be coerced to another, for each two structs once where it can."""
    fitting: dict[Any, Any] = {}

    def check(self: Any, rhs: Any, check_quant: bool = True) -> None:
        if not isinstance(rhs, Type.StructInstance):
            original(self, rhs, check_quant)
            return
        key = (id(self.members), id(rhs.members), self.optional, rhs.optional, check_quant)
        if key not in fitting:
            original(self, rhs, check_quant)
            fitting[key] = (self.members, rhs.members)

    return check


def _identifier(self: Any) -> str:
    """The part of a name that a chain of members may complete: each link asked once, not twice."""
    inner = self.expr._ident if isinstance(self.expr, Expr._LeftName | Expr.Get) else ""
    return inner + (f".{self.member}" if self.member else "") if inner else ""


def _find(bindings: Any, name: str) -> Any:
    """The nearest binding of a name, or None; of a name that ends with a dot, a binding inside of that namespace.

    A long walk leaves an index at its start.
    """
    node, steps = bindings, 0
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


def _indexed(bindings: Any) -> tuple[dict[str, Any], ...]:
    """The index of a list: layers, the newest names first.

    It shares the layers of the next index further down, but for the small ones, which are merged: so there are few
    layers, and all indexes together do not grow with the square of the list.
    """
    nodes = []
    node = bindings
    while node is not None and _INDEX not in node.__dict__:
        nodes.append(node)
        node = node._next
    layers: tuple[dict[str, Any], ...] = node.__dict__[_INDEX] if node is not None else ()
    newest: dict[str, Any] = {}
    for binding in (one._binding for one in reversed(nodes) if one._binding is not None):
        newest[binding._name] = binding
        dot = binding._name.find(".")
        while dot >= 0:
            newest[binding._name[: dot + 1]] = binding
            dot = binding._name.find(".", dot + 1)
    while layers and len(layers[0]) <= 2 * len(newest):
        newest = {**layers[0], **newest}
        layers = layers[1:]
    bindings.__dict__[_INDEX] = (newest, *layers)
    return bindings.__dict__[_INDEX]  # type: ignore[no-any-return] # miniwdl's class has no type for it


def _resolve_binding(self: Any, name: str) -> Any:
    found = _find(self, name)
    if found is None:
        raise KeyError
    return found


def _has_binding(self: Any, name: str) -> bool:
    return _find(self, name) is not None


def _has_namespace(self: Any, namespace: str) -> bool:
    """Without miniwdl's set of all namespaces at every name: those take memory with the square of the calls."""
    return _find(self, namespace if namespace.endswith(".") else f"{namespace}.") is not None


def _own_children(self: Any) -> Iterator[Any]:
    """A document's children without the documents that it imports: each is walked by itself, once."""
    for binding in self.struct_typedefs:
        yield binding.value
    yield from self.tasks
    if self.workflow:
        yield self.workflow


def _memoised(library: Any) -> Any:
    """The standard library of each language version, built once: type check and lint only look functions up."""
    return functools.cache(library)


class _NoMarks(Walker.Base):  # type: ignore[misc]  # miniwdl has no type for it
    """Marks nothing: no lint asks which tasks are called, only the outline that `miniwdl check` prints."""

    def __call__(self, obj: Any, descend: bool | None = None) -> None:
        del obj, descend
