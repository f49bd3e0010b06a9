"""The parser of scripts: includes, parameters, processes, workflows, functions, the output block."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from packager.engines.nextflow.cursor import SyntaxFaultError
from packager.engines.nextflow.lexing import END, GSTRING_START, LINE_END, NAME, STRING, Comment, Fault, lex
from packager.engines.nextflow.statements import StatementParser
from packager.engines.nextflow.syntax import (
    Assignment,
    Call,
    Definition,
    ExpressionStatement,
    Function,
    GString,
    Import,
    Include,
    Label,
    Literal,
    Name,
    OutputBlock,
    OutputTarget,
    ParamsBlock,
    Process,
    Property,
    Section,
    Statement,
    TypeDefinition,
    TypedName,
    WorkflowBlock,
)
from packager.engines.nextflow.typenames import PRIMITIVES

PROCESS_SECTIONS = ("", "input", "stage", "output", "topic", "when", "script", "shell", "exec", "stub")
_SCRIPTS = frozenset({"script", "shell", "exec"})
WORKFLOW_SECTIONS = ("", "take", "main", "emit", "publish", "onComplete", "onError")
_TYPED = frozenset({"take", "emit", "input", "output"})
_SECTION_NAMES = frozenset({*PROCESS_SECTIONS, *WORKFLOW_SECTIONS}) - {""}


@dataclass(frozen=True, slots=True)
class Script:
    """A script's definitions in order, its comments, and what is wrong with it (sorted by place)."""

    text: str
    definitions: tuple[Definition, ...]
    comments: tuple[Comment, ...]
    faults: tuple[Fault, ...]


def parse_script(text: str) -> Script:
    """The syntax tree of a script. Faults are collected, never raised."""
    parser = _ScriptParser(lex(text))
    definitions = parser.script()
    return Script(text, definitions, tuple(parser.tokens.comments), in_order(parser.faults, len(text)))


def in_order(faults: list[Fault], size: int) -> tuple[Fault, ...]:
    """The faults by place, one for a cause.

    What is only found at the end of the text follows from an error above it, and what the strict parser says of a place where nothing
    can be read adds nothing.
    """
    hard = {fault.start for fault in faults if not fault.strict}
    broken = any(start < size for start in hard)
    found: dict[tuple[int, bool], Fault] = {}
    for fault in sorted(faults, key=lambda one: (one.start, one.strict, one.end, one.message)):
        if fault.strict and fault.start in hard:
            continue
        if fault.start >= size and broken:
            continue
        found.setdefault((fault.start, fault.strict), fault)
    return tuple(found.values())


class _ScriptParser(StatementParser):
    """Reads a script from its top."""

    def script(self) -> tuple[Definition, ...]:
        found: list[Definition] = []
        while True:
            self.separators()
            if self.kind is END:
                break
            if self.kind == "}":  # more closed than opened
                self.faults.append(Fault(self.start, self.start + 1, "unexpected `}`, nothing is open here"))
                self.position += 1
                continue
            depth, before = self.depth, self.position
            try:
                found.append(self._definition_here())
                self.end_of_statement()
            except SyntaxFaultError as error:
                self.recover(error, depth)
                if self.position == before:
                    self.position += 1
        self._judge(found)
        return tuple(found)

    def _definition_here(self) -> Definition:  # noqa: C901 - one branch for each kind of definition
        kind = self.kind
        if kind == "import":
            return self._import()
        if kind == "enum":
            return self._type_definition()
        if kind == "@":
            return self._annotated()
        if kind == "def" and self._function_follows(1):
            start = self.start
            self.position += 1
            return self._function(start)
        if kind is NAME:
            ahead = self.ahead()
            match self.value:
                case "include" if ahead in ("{", NAME, STRING, "("):
                    return self.include(inside=False)
                case "process" if ahead is NAME or ahead in (STRING, "{"):
                    return self._process()
                case "workflow" if ahead is NAME or ahead in (STRING, "{") or self._brace_on_next_line():
                    return self._workflow()
                case "params" if ahead == "{":
                    return self._params()
                case "output" if ahead == "{":
                    return self._output()
                case "class" | "interface" | "trait" | "record" if ahead is NAME:
                    return self._type_definition()
                case "abstract" | "final" | "public" if self.tokens.values[self.position + 1] == "class":
                    self.position += 1
                    return self._type_definition()
            if self._function_follows(0):
                return self._function(self.start)
            if ahead == ":":
                self.strict_unexpected(self.tokens.starts[self.position + 1], "a label outside of a block")
        return self.statement()

    def _brace_on_next_line(self) -> bool:
        return self.ahead() is LINE_END and self.ahead(2) == "{"

    def _import(self) -> Import:
        """A Groovy import."""
        start = self.start
        self.position += 1
        if self.kind is NAME and self.value == "static":
            self.strict_unexpected(self.tokens.starts[self.position + 1], "`import static`")
            self.position += 1
        else:
            self.strict(
                "Groovy's `import` is not part of the strict syntax", start, self.tokens.ends[self.position], late=True
            )
        name = ""
        while self.kind is NAME or self.kind in (".", "*", "as"):
            if self.kind == "*":
                self.strict_unexpected(self.start, "`*`")
            name = self.value
            self.position += 1
        if not name:
            raise self.unexpected("a class")
        return Import(name, start, self.last_end)

    def _annotated(self) -> Definition:
        while self.accept("@"):
            while self.kind is NAME and self.ahead() == ".":
                self.position += 2
            self.expect(NAME)
            if self.kind == "(":
                self.position += 1
                self.arguments(")")
                self.expect(")")
            self.separators()
        return self._definition_here()

    def _type_definition(self) -> TypeDefinition:
        """An enum or a record, or a legacy class whose body is stepped over."""
        word, start = self.value, self.start
        self.position += 1
        name = self.value
        self.expect(NAME)
        if word in ("class", "interface", "trait"):
            opened = self.start
            while self.kind not in ("{", END):
                self.position += 1
            empty = self.ahead() == "}"
            self.strict(
                f"`{word}` is not part of the strict syntax; put it into `lib/`", start if empty else opened, late=empty
            )
        else:
            self.skip_lines()
        self.expect("{")
        depth = 1
        while depth:
            kind = self.kind
            if kind is END:
                raise self.unexpected("`}`")
            depth += kind in ("{", "${")
            depth -= kind == "}"
            self.position += 1
        return TypeDefinition(word, name, start, self.last_end)

    # Functions

    def _function_follows(self, offset: int) -> bool:
        """Whether a function's head stands here: an optional type, a name, parameters, a body."""
        mark = self.position
        try:
            self.position += offset
            if self.kind is NAME and self.value in ("static", "private", "public") and self.ahead() is NAME:
                self.position += 1
            if self.kind is NAME and self.ahead() in (NAME, "<", ".", "["):
                self.type_name()
            if self.kind is not NAME or self.ahead() != "(":
                return False
            if (
                self.value in PRIMITIVES
                or self.value in ("for", "while", "switch")
                or (offset == 0 and self.position == mark and not self._declares_function())
            ):
                return False
        except SyntaxFaultError:
            return False
        else:
            return offset == 1 or self._declares_function()
        finally:
            self.position = mark

    def _declares_function(self) -> bool:
        """Whether the parentheses that open after the next token are parameters, with a body behind them."""
        index, depth = self.position + 1, 0
        while True:
            kind = self.kinds[index]
            if kind == "(":
                depth += 1
            elif kind == ")":
                depth -= 1
                if depth == 0:
                    break
            elif kind in (END, "{", "}") or (kind is STRING and self.kinds[index - 1] != "="):
                return False
            index += 1
        # `foo(x) { ... }` may be a call with a closure as well: parameters are names, with types and defaults.
        inside = self.kinds[self.position + 2 : index]
        if any(kind not in _IN_PARAMETERS for kind in inside):
            return False
        return self.kinds[index + 1] == "{" or self.kinds[index + 1] == "->"

    def _function(self, start: int) -> Function:
        if self.kind is NAME and self.value in ("static", "private", "public") and self.ahead() is NAME:
            self.strict_unexpected(self.tokens.starts[self.position + 1], f"`{self.value}`")
            self.position += 1
        if self.ahead() != "(":
            type_name = self.type_name()
            if type_name.name == "void":
                self.strict("`void` is a word of Groovy and no type", type_name.start, type_name.end, late=True)
        name = Name(self.value, self.start, self.tokens.ends[self.position])
        self.expect(NAME)
        return self.function_rest(name, start)

    # Blocks with sections

    def _head(self, word: str) -> tuple[str, int]:
        """The name of a process or workflow, after its keyword."""
        self.position += 1
        name, start = "", self.start
        if self.kind is STRING:
            self.strict(f"the name of a {word} in quotes", start, self.tokens.ends[self.position], late=True)
        if self.kind is NAME or self.kind is STRING:
            name = self.value
            self.position += 1
        self.skip_lines()
        if not name and word == "process":
            raise SyntaxFaultError(Fault(start, start, "a process needs a name"))
        self.expect("{")
        return name, start

    def _sections(self) -> tuple[Section, ...]:
        """The statements up to the closing brace, by the labels of sections."""
        sections: list[Section] = []
        label, start = "", self.start
        statements: list[Statement] = []
        while True:
            self.separators()
            if self.kind == "}" or self.kind is END:
                break
            if self.kind is NAME and self.ahead() == ":" and self.value in _SECTION_NAMES:
                sections.append(Section(label, tuple(statements), start, self.start))
                label, start, statements = self.value, self.start, []
                self.position += 2
                continue
            self._in_section(label, statements)
        sections.append(Section(label, tuple(statements), start, self.start))
        return tuple(sections)

    def _in_section(self, label: str, statements: list[Statement]) -> None:
        """One statement of a section, where some sections have typed names."""
        if label in _TYPED and self.kind is NAME and self.ahead() == ":":
            depth = self.depth
            try:
                statements.append(self.typed_name())
                self.end_of_statement()
            except SyntaxFaultError as error:
                self.recover(error, depth)
            return
        self.guarded(statements)

    def _process(self) -> Process:
        start = self.start
        name, name_start = self._head("process")
        if self.kind not in (LINE_END, "}") and self.kind not in (STRING, GSTRING_START):
            self.strict("the body of a process must begin on a new line", start, late=True)
        sections = self._sections()
        self.expect("}")
        process = Process(name, sections, name_start, start, self.last_end)
        self._judge_process(process)
        return process

    def _judge_process(self, process: Process) -> None:
        labels = [section.label for section in process.sections if section.label]
        directives = process.sections[0].statements
        late = {"late": True}
        if not labels and not directives:
            self.strict("a process needs a script", process.start, **late)
        _judge_order(self, process.sections, PROCESS_SECTIONS, "process", process.start)
        has_script = any(label in _SCRIPTS for label in labels)
        if any(isinstance(one, Label) for section in process.sections for one in section.statements):
            self.strict("the sections of the process are out of order, or unknown", process.start, **late)
        if sum(label in _SCRIPTS for label in labels) > 1 or (
            labels and not has_script and "when" not in labels and _last_is_label(process)
        ):
            self.strict("the sections of the process are out of order, or its script is missing", process.start, **late)
        for section in process.sections:
            self._judge_section(
                process, section, is_last=section is process.sections[-1], has_script=has_script, alone=not labels
            )

    def _judge_section(
        self, process: Process, section: Section, *, is_last: bool, has_script: bool, alone: bool
    ) -> None:
        if section.label in ("stage", "topic"):
            self.strict(f"the section `{section.label}:` needs typed processes", section.start, late=True)
        if section.label == "when" and any(_is_command(statement) for statement in section.statements):
            self.strict("`when:` needs a condition", process.start, late=True)
        if section.label not in ("", "input", "output"):
            return
        for index, statement in enumerate(section.statements):
            last = is_last and index == len(section.statements) - 1
            if last and not has_script and _is_script(statement):
                if not (alone and len(section.statements) == 1):
                    self.strict("`script:` must stand before the script", statement.start, statement.end, late=True)
            elif isinstance(statement, TypedName) or (isinstance(statement, Label) and section.label != ""):
                self.strict("typed inputs and outputs need typed processes", statement.start, statement.end, late=True)
            elif not _is_directive(statement) and not (
                isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Name)
            ):
                what = "directive" if section.label == "" else section.label
                self.strict(f"this is no {what} of a process", statement.start, statement.end, late=True)

    def _workflow(self) -> WorkflowBlock:
        start = self.start
        name, name_start = self._head("workflow")
        on_new_line = self.kind is LINE_END
        sections = self._sections()
        self.expect("}")
        if len(sections) > 1 and not on_new_line:
            self.strict("the sections of a workflow must begin on a new line", start, late=True)
        block = WorkflowBlock(name, sections, name_start, start, self.last_end)
        self._judge_workflow(block)
        return block

    def _judge_workflow(self, block: WorkflowBlock) -> None:
        """What the strict parser finds in a workflow as a whole."""
        start, sections = block.start, block.sections
        _judge_order(self, sections, WORKFLOW_SECTIONS, "workflow", start)
        labels = [section.label for section in sections]
        if len(labels) > 1 and sections[0].statements and labels[1] != "take":
            self.strict("`main:` must stand before the statements of a workflow with sections", start, late=True)
        if any(isinstance(statement, Label) for section in sections for statement in section.statements):
            self.strict("the sections of the workflow are out of order, or unknown", start, late=True)
        for section in sections:
            for message, statement in _misplaced(section):
                self.strict(message, statement.start, statement.end, late=True)

    def _params(self) -> ParamsBlock:
        start = self.start
        self.position += 2
        params: list[TypedName] = []
        while True:
            self.separators()
            if self.kind in ("}", END):
                break
            depth = self.depth
            try:
                params.append(self.typed_name())
                self.end_of_statement()
            except SyntaxFaultError as error:
                self.recover(error, depth)
        self.expect("}")
        return ParamsBlock(tuple(params), start, self.last_end)

    def _output(self) -> OutputBlock:
        start = self.start
        self.position += 2
        targets: list[OutputTarget] = []
        while True:
            self.separators()
            if self.kind in ("}", END):
                break
            depth = self.depth
            try:
                if target := self._target():
                    targets.append(target)
                self.end_of_statement()
            except SyntaxFaultError as error:
                self.recover(error, depth)
        self.expect("}")
        return OutputBlock(tuple(targets), start, self.last_end)

    def _target(self) -> OutputTarget | None:
        name, start = self.value, self.start
        if self.kind not in (NAME, STRING) or self.ahead() not in ("{", ":", LINE_END):
            statement = self.statement()
            self.strict("this is no target of the output block", start, statement.end, late=True)
            return None
        if self.kind is STRING:
            self.strict("the name of an output in quotes", start, self.tokens.ends[self.position], late=True)
        self.position += 1
        if self.accept(":"):
            self.typed()
        self.skip_lines()
        self.expect("{")
        settings = self.block_statements()
        self.expect("}")
        return OutputTarget(name, settings, start, self.last_end)

    # The whole

    def _judge(self, definitions: list[Definition]) -> None:
        """What the strict parser finds in a script as a whole."""
        declares = any(
            not _is_loose(one) for one in definitions if not isinstance(one, Import) and not _is_setting(one)
        )
        entry = None
        for one in definitions:
            if isinstance(one, WorkflowBlock) and not one.name:
                if entry is not None:
                    self.strict("the entry workflow is defined more than once", one.start, one.start + 8, late=True)
                entry = one
        if not declares:
            return
        for one in definitions:
            if _is_loose(one) and not _is_setting(one):
                self.strict(
                    "statements cannot stand beside processes, workflows and functions", one.start, one.end, late=True
                )


_IN_PARAMETERS = frozenset(
    {NAME, ",", "=", "[", "]", ":", "<", ">", ".", "?", "null", "true", "false", "def", "number", STRING, LINE_END, "...", "{", "}", "-"}
)  # fmt: skip


def _misplaced(section: Section) -> Iterator[tuple[str, Statement]]:
    """The statements that a section of a workflow cannot have, and why."""
    for statement in section.statements:
        if section.label == "take" and not _is_name(statement):
            yield "a `take:` has names only", statement
        elif section.label == "emit" and len(section.statements) > 1:
            if isinstance(statement, ExpressionStatement) and not isinstance(statement.expression, Name):
                yield "every emit needs a name when there are several", statement
        elif section.label == "publish" and not isinstance(statement, (Assignment, Label)):
            yield "a publish statement must be an assignment", statement


def _judge_order(
    parser: StatementParser, sections: tuple[Section, ...], order: tuple[str, ...], word: str, start: int
) -> None:
    ranks = [order.index(section.label) if section.label in order else -1 for section in sections]
    if -1 in ranks or ranks != sorted(set(ranks)):
        parser.strict(f"the sections of the {word} are out of order, or unknown", start, late=True)


def _last_is_label(process: Process) -> bool:
    """Whether nothing that could be the script ends the process."""
    last = process.sections[-1]
    return last.label == "stub" or not last.statements or not _is_script(last.statements[-1])


def _is_script(statement: Statement) -> bool:
    return isinstance(statement, ExpressionStatement) and isinstance(statement.expression, (Literal, GString))


def _is_command(statement: Statement) -> bool:
    return (
        isinstance(statement, ExpressionStatement)
        and isinstance(statement.expression, Call)
        and statement.expression.command
    )


def _is_name(statement: Statement) -> bool:
    if isinstance(statement, TypedName):
        return statement.value is None
    return isinstance(statement, ExpressionStatement) and isinstance(statement.expression, Name)


def _is_directive(statement: Statement) -> bool:
    return isinstance(statement, ExpressionStatement) and (
        isinstance(statement.expression, Name)
        or (isinstance(statement.expression, Call) and isinstance(statement.expression.function, Name))
    )


def _is_setting(one: Definition) -> bool:
    """`params.x = ...` or `nextflow.enable.x = ...`, which may stand anywhere."""
    if not isinstance(one, Assignment):
        return False
    target = one.target
    while isinstance(target, Property):
        target = target.target
    return target is not one.target and isinstance(target, Name) and target.name in ("params", "nextflow")


def _is_loose(one: Definition) -> bool:
    return not isinstance(
        one,
        (Process, WorkflowBlock, ParamsBlock, OutputBlock, TypeDefinition, Import, Function, Include),
    )
