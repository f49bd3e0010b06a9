"""The features that one document uses, from miniwdl's tree before the type check."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from WDL import Error, Expr, Tree, Type

from packager.engines.wdl.document_facts import FeatureFact, Span
from packager.engines.wdl.scan import quoted
from packager.model.features import FeatureName

_Source = Callable[[Error.SourceNode], str]
_FLOAT_FUNCTIONS = ("size", "read_float")
_READERS = ("glob", "read_")  # how the names of functions that take a path begin
_CHOOSERS = ("select_first", "select_all", "_interpolation_add", "_add")  # whose first argument begins the path


def features_of(document: Tree.Document, source: _Source) -> tuple[FeatureFact, ...]:
    """The features that a document uses, in source order, each place once."""
    uses: set[tuple[Span, FeatureName, str]] = set()

    def note(name: FeatureName, text: str, pos: Error.SourcePosition) -> None:
        uses.add((Span(pos.line, pos.column, pos.end_line, pos.end_column), name, text))

    for struct in document.struct_typedefs:
        for name, kind in struct.value.members.items():
            _type_features(f"{kind} {name}", kind, struct.value.pos, note)
    for decl in _declarations(document):
        _type_features(f"{decl.type} {decl.name}", decl.type, decl.pos, note)
    for scope in (*document.tasks, *([document.workflow] if document.workflow else [])):
        floats = {decl.name for decl in _scope(scope) if isinstance(decl.type, Type.Float)}
        pairs = {decl.name for decl in _scope(scope) if _has_float_keys(decl.type)}
        for expr in _expressions(scope):
            _expression_features(expr, floats, source, note)
            if _collects_float_keys(expr, pairs, floats):
                note(FeatureName.COLLECT_BY_KEY_OF_FLOAT, source(expr), expr.pos)
    for task in document.tasks:
        for output in task.outputs:
            _absolute_outputs(output, source, note)
        _repeated_attributes(task, document, note)
    if document.wdl_version is None:
        _draft2_features(document, note)
    workflow = document.workflow
    if workflow is not None and workflow.outputs is None and not workflow._output_idents:
        note(FeatureName.NO_OUTPUT_SECTION, workflow.name, workflow.pos)
    ordered = sorted(uses, key=lambda use: (use[0].line, use[0].column, use[1], use[2]))
    return tuple(FeatureFact(name, text, span) for span, name, text in ordered)


_Note = Callable[[FeatureName, str, Error.SourcePosition], None]


def _type_features(text: str, kind: Type.Base, pos: Error.SourcePosition, note: _Note) -> None:
    for part in _type_parts(kind):
        name = part.type_name if isinstance(part, Type.StructInstance) else ""
        if name == "Directory" or isinstance(part, Type.Directory):
            note(FeatureName.DIRECTORY_TYPE, text, pos)
        if name == "Object":
            note(FeatureName.OBJECT_TYPE, text, pos)


def _type_parts(kind: Type.Base) -> Iterator[Type.Base]:
    yield kind
    if isinstance(kind, Type.StructInstance):
        return  # its members are unknown before the type check
    for parameter in kind.parameters:
        yield from _type_parts(parameter)


def _expression_features(expr: Expr.Base, floats: set[str], source: _Source, note: _Note) -> None:
    if isinstance(expr, Expr.Apply):
        name, arguments = expr.function_name, expr.arguments
        if name == "_div" and any(_is_float(argument, floats) for argument in arguments):
            note(FeatureName.FLOAT_DIVISION, source(expr), expr.pos)
        elif name == "basename" and len(arguments) == 2 and source(arguments[1]) in ('""', "''"):
            note(FeatureName.BASENAME_EMPTY_SUFFIX, source(expr), expr.pos)


def _has_float_keys(kind: Type.Base) -> bool:
    return (
        isinstance(kind, Type.Array)
        and isinstance(kind.item_type, Type.Pair)
        and isinstance(kind.item_type.left_type, Type.Float)
    )


def _collects_float_keys(expr: Expr.Base, pairs: set[str], floats: set[str]) -> bool:
    """Whether an expression is `collect_by_key` of pairs that surely have Float keys."""
    if not (isinstance(expr, Expr.Apply) and expr.function_name == "collect_by_key" and len(expr.arguments) == 1):
        return False
    argument = expr.arguments[0]
    if isinstance(argument, Expr.Array):
        return any(isinstance(item, Expr.Pair) and _is_float(item.left, floats) for item in argument.items)
    return isinstance(argument, Expr.Get) and argument.member is None and getattr(argument.expr, "name", None) in pairs


def _absolute_outputs(output: Tree.Decl, source: _Source, note: _Note) -> None:
    """Note each literal in an output that surely is an absolute path of the task's machine."""
    of_files = any(isinstance(part, Type.File | Type.Directory) for part in _type_parts(output.type))
    pending = [(output.expr, of_files)]
    while pending:
        expr, is_path = pending.pop()
        if isinstance(expr, Expr.String):
            text = source(expr)
            if is_path and text[1:2] == "/":
                note(FeatureName.ABSOLUTE_OUTPUT, text[1:-1], expr.pos)
        elif isinstance(expr, Expr.Apply):
            if expr.function_name.startswith(_READERS):
                pending.extend((argument, True) for argument in expr.arguments)
            elif expr.function_name in _CHOOSERS:
                pending.extend((argument, is_path) for argument in expr.arguments[:1])
        elif isinstance(expr, Expr.Array):
            pending.extend((item, is_path) for item in expr.items)
        elif isinstance(expr, Expr.IfThenElse):
            pending.extend((branch, is_path) for branch in (expr.consequent, expr.alternative))
        elif isinstance(expr, Expr.Get) and expr.member is not None:
            pending.append((expr.expr, is_path))


def _repeated_attributes(task: Tree.Task, document: Tree.Document, note: _Note) -> None:
    """Note each runtime attribute that is set again in the same section."""
    pos: Error.SourcePosition | None = getattr(task, "runtime_section_pos", None)
    if pos is None:
        return
    lines: list[str] = document.source_lines[pos.line - 1 : pos.end_line]
    section = "\n".join(lines)[pos.column - 1 :]
    version = str(document.wdl_version or "").strip()
    for name, offset in repeated_keys(section, version):
        line = section.count("\n", 0, offset)
        column = offset - (section.rindex("\n", 0, offset) if line else -pos.column)
        at = Error.SourcePosition(
            uri=pos.uri, abspath=pos.abspath, line=pos.line + line, column=column, end_line=pos.line + line,
            end_column=column + len(name),
        )  # fmt: skip
        note(FeatureName.REPEATED_ATTRIBUTE, name, at)


def _is_float(expr: Expr.Base, floats: set[str]) -> bool:
    """Whether an expression is surely a Float, as far as its own text and the scope's declarations show."""
    if isinstance(expr, Expr.Float):
        return True
    if isinstance(expr, Expr.Get) and expr.member is None:
        return getattr(expr.expr, "name", None) in floats
    if isinstance(expr, Expr.Apply):
        if expr.function_name in _FLOAT_FUNCTIONS:
            return True
        if expr.function_name in ("_add", "_sub", "_mul", "_div", "_negate"):
            return any(_is_float(argument, floats) for argument in expr.arguments)
    return False


def _draft2_features(document: Tree.Document, note: _Note) -> None:
    """What makes an undeclared document really draft-2, so that adding `version 1.0` is not enough."""
    for task in document.tasks:
        if task.inputs is None:
            for decl in task.postinputs:
                if decl.expr is None:
                    note(FeatureName.DRAFT_2_CONSTRUCT, f"{decl.type} {decl.name}", decl.pos)
    workflow = document.workflow
    if workflow is None:
        return
    if workflow.inputs is None:
        for decl in workflow.body:
            if isinstance(decl, Tree.Decl) and decl.expr is None:
                note(FeatureName.DRAFT_2_CONSTRUCT, f"{decl.type} {decl.name}", decl.pos)
    for names in workflow._output_idents:
        note(FeatureName.DRAFT_2_CONSTRUCT, ".".join(map(str, names)), workflow._output_idents_pos)


def _scope(node: Tree.Task | Tree.Workflow) -> list[Tree.Decl]:
    if isinstance(node, Tree.Task):
        return [*(node.inputs or ()), *node.postinputs, *node.outputs]
    return [*(node.inputs or ()), *_body_declarations(node.body), *(node.outputs or ())]


def _declarations(document: Tree.Document) -> Iterator[Tree.Decl]:
    for task in document.tasks:
        yield from _scope(task)
    if document.workflow is not None:
        yield from _scope(document.workflow)


def _body_declarations(nodes: list[Tree.WorkflowNode]) -> Iterator[Tree.Decl]:
    for node in nodes:
        if isinstance(node, Tree.Decl):
            yield node
        elif isinstance(node, Tree.WorkflowSection):
            yield from _body_declarations(node.body)


def _expressions(node: Error.SourceNode) -> Iterator[Expr.Base]:
    """Every expression under a node, each before its parts."""
    pending = list(node.children)
    while pending:
        child = pending.pop()
        if isinstance(child, Expr.Base):
            yield child
        # Before the type check, `Get` hides what it is applied to.
        pending.extend([child.expr] if isinstance(child, Expr.Get) else child.children)


_WORD = re.compile(
    r"\#[^\n]*+|(?P<open>[{\[(])|(?P<close>[}\])])|(?<![A-Za-z0-9_])(?P<key>[A-Za-z][A-Za-z0-9_]*+)\s*+:"
)
_KEY = re.compile(r"(?<![A-Za-z0-9_])([A-Za-z][A-Za-z0-9_]*+)\s*+:")


def repeated_keys(section: str, version: str) -> Iterator[tuple[str, int]]:
    """The keys of a section's source (`runtime { ... }`) that occurred before in it, each with its offset."""
    names = _KEY.findall(section)
    if len(set(names)) == len(names):
        return  # the quick way, for nearly all
    statement = f"version {version}\n" if version else ""
    strings = [(start - len(statement), end - len(statement)) for start, end in quoted(statement + section)]
    depth, index, seen = 0, 0, set[str]()
    while match := _WORD.search(section, index):
        inside = next((end for start, end in strings if start <= match.start() < end), None)
        if inside is not None:
            index = inside
            continue
        index = match.end()
        if match["open"]:
            depth += 1
        elif match["close"]:
            depth -= 1
        elif match["key"] and depth == 1:
            if match["key"] in seen:
                yield match["key"], match.start()
            seen.add(match["key"])
