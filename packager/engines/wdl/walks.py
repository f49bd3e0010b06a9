"""miniwdl's walks through a tree, in the same order, without asking for the kind of a node again and again.

miniwdl compares a node with up to ten kinds at each step, and calls a method of each lint for each node, also of the
lints that have nothing to do with that kind.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

from WDL import Error, Expr, Tree, Walker

_METHODS = (  # the first kind that a node has decides
    ("Document", "document"),
    ("Workflow", "workflow"),
    ("Call", "call"),
    ("Scatter", "scatter"),
    ("Conditional", "conditional"),
    ("Gather", "gather"),
    ("Decl", "decl"),
    ("Task", "task"),
    ("StructTypeDef", "struct_typedef"),
)
_METHOD_OF: dict[type, str] = {}  # by the class of a node
_VISITS = "_packager_visits"


def expected() -> bool:
    """Whether the installed miniwdl walks as the replacements do; may raise an error as well."""
    idle = Walker.Base(auto_descend=True)
    return (
        list(inspect.signature(Walker.Base.__call__).parameters) == ["self", "obj", "descend"]
        and list(inspect.signature(Walker.Multi.__init__).parameters) == ["self", "walkers", "descend_imports"]
        and all(isinstance(getattr(Tree, kind), type) for kind, _ in _METHODS)
        # A method that a lint does not have must do nothing: this node has no children to visit.
        and all(getattr(idle, name)(object()) is None for name in (*dict(_METHODS).values(), "expr"))
        and "_walkers" in vars(Walker.Multi([idle]))
    )


def replacements() -> list[tuple[object, str, object]]:
    """The class, the name and the new method of each method that is replaced."""
    names = (*dict(_METHODS).values(), "expr")
    return [(Walker.Base, "__call__", _visit), *((Walker.Multi, name, _visit_of_all(name)) for name in names)]


def _visit(self: Walker.Base, obj: Error.SourceNode, descend: bool | None = None) -> object:
    name = _METHOD_OF.get(type(obj)) or _method_of(type(obj))
    answer = getattr(self, name)(obj)
    if self.auto_descend if descend is None else descend:
        for child in obj.children:
            if self.descend_imports or not isinstance(child, Tree.Document):
                self(child)
    return answer


def _method_of(kind: type) -> str:
    names = (name for parent, name in _METHODS if issubclass(kind, getattr(Tree, parent)))
    name = next(names, "expr")
    assert name != "expr" or issubclass(kind, Expr.Base)
    _METHOD_OF[kind] = name
    return name


def _visit_of_all(name: str) -> Callable[[Walker.Multi, Error.SourceNode], None]:
    """The method of a walk for multiple walkers: it calls those that have a method of their own."""
    idle = getattr(Walker.Base, name)

    def visit(self: Walker.Multi, obj: Error.SourceNode) -> None:
        visits = self.__dict__.setdefault(_VISITS, {})
        if name not in visits:
            visits[name] = [getattr(each, name) for each in self._walkers if getattr(type(each), name) is not idle]
        for one in visits[name]:
            one(obj)

    return visit
