"""The parser of scripts: includes, parameters, processes, workflows, functions, the output block."""

from __future__ import annotations

from dataclasses import dataclass

from packager.engines.nextflow import strict
from packager.engines.nextflow.causes import sort_faults
from packager.engines.nextflow.cursor import SyntaxFaultError
from packager.engines.nextflow.lexing import END, GSTRING_START, LINE_END, NAME, STRING, Comment, SyntaxFault, lex
from packager.engines.nextflow.nested import nested_processes
from packager.engines.nextflow.operands import STARTS_AN_ARGUMENT
from packager.engines.nextflow.statements import StatementParser
from packager.engines.nextflow.syntax import (
    Assignment,
    BlockSection,
    Definition,
    Function,
    Literal,
    Name,
    OutputBlock,
    OutputTarget,
    ParamsBlock,
    Process,
    Property,
    Statement,
    TypeDefinition,
    TypedName,
    WorkflowBlock,
)
from packager.engines.nextflow.typenames import PRIMITIVES

_TYPED = frozenset({"take", "emit", "input", "output"})
_NOT_AFTER_A_TYPE = STARTS_AN_ARGUMENT - {"["} | {"("}
_PROCESS_SECTIONS = frozenset(strict.PROCESS_SECTIONS) - {""}
_SECTION_NAMES = frozenset({*strict.PROCESS_SECTIONS, *strict.WORKFLOW_SECTIONS}) - {""}


@dataclass(frozen=True, slots=True)
class Script:
    """The definitions of a script in order, its comments, and its faults, sorted by place.

    `nested` are the processes that are defined inside of other definitions.
    """

    text: str
    definitions: tuple[Definition, ...]
    comments: tuple[Comment, ...]
    faults: tuple[SyntaxFault, ...]
    nested: tuple[Process, ...] = ()


def parse_script(text: str) -> Script:
    """The syntax tree of a script. Faults are collected, never raised."""
    parser = _ScriptParser(lex(text))
    definitions = parser.script()
    nested = nested_processes(definitions, _PROCESS_SECTIONS) if parser.may_nest else ()
    return Script(text, definitions, tuple(parser.tokens.comments), sort_faults(parser.tokens, parser.faults), nested)


class _ScriptParser(StatementParser):
    """Reads a script from its start. `static_types`: it enables them; `has_agents`: an agent was read."""

    static_types = False
    has_agents = False

    def script(self) -> tuple[Definition, ...]:
        definitions: list[Definition] = []
        while True:
            self.separators()
            if self.kind is END:
                break
            if self.kind == "}":  # more braces are closed than opened
                self.faults.append(SyntaxFault(self.start, self.start + 1, "unexpected `}`: no block is open"))
                self.position += 1
                continue
            depth, before = self.depth, self.position
            try:
                definitions.append(self._definition_here())
                self.static_types = self.static_types or _enables_types(definitions[-1])
                if self.kind is NAME and isinstance(definitions[-1], (Process, WorkflowBlock)):
                    self.strict_unexpected(self.start, "code on the line of a block's end")
                    self.expression()
                self.end_of_statement(definitions[-1])
            except SyntaxFaultError as error:
                self.recover(error, depth)
                if self.position == before:
                    self.position += 1
        strict.check_script(self, definitions)
        return tuple(definitions)

    def _definition_here(self) -> Definition:  # noqa: C901 - one branch for each kind of definition
        kind = self.kind
        if kind == "import":
            return self.read_import()
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
                case "agent" if ahead is NAME and self.ahead(2) == "{":
                    return self._agent()
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
        """An enum or a record, or a legacy class, whose body is skipped."""
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
                f"`{word}` is not part of the strict syntax outside `lib/`", start if empty else opened, late=empty
            )
        else:
            if word == "record":
                self.legacy("a `record`", start, start + len(word))
            self.skip_lines()
        self._skip_body()
        return TypeDefinition(word, name, start, self.last_end)

    def _agent(self) -> TypeDefinition:
        """An agent, a preview feature of releases after 26.04, whose body is skipped: one fault for all of a script."""
        start = self.start
        if not self.has_agents:
            message = "Nextflow 26.04 and earlier have no `agent`"
            cure = "replace it with a process; the service has no version of Nextflow with agents"
            self.faults.append(SyntaxFault(start, start + len("agent"), message, cure=cure))
        self.has_agents = True
        self.position += 1
        name = self.value
        self.position += 1
        self._skip_body()
        return TypeDefinition("agent", name, start, self.last_end)

    def _skip_body(self) -> None:
        """Skip a block in braces."""
        self.expect("{")
        depth = 1
        while depth:
            kind = self.kind
            if kind is END:
                raise self.unexpected("`}`")
            depth += kind in ("{", "${")
            depth -= kind == "}"
            self.position += 1

    # Functions

    def _function_follows(self, offset: int) -> bool:
        """Whether a function begins here: an optional type, a name, parameters, a body."""
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
        """Whether the parentheses after the next token are parameters, followed by a body."""
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
        return self.kinds[index + 1] in ("{", "->") or self.tokens.values[index + 1] == "throws"

    def _function(self, start: int) -> Function:
        if self.kind is NAME and self.value in ("static", "private", "public") and self.ahead() is NAME:
            self.strict_unexpected(self.tokens.starts[self.position + 1], f"`{self.value}`")
            self.position += 1
        if self.ahead() != "(":
            type_name = self.type_name()
            if type_name.name == "void":
                self.strict("`void` is a reserved word of Groovy", type_name.start, type_name.end, late=True)
        at, end = self.start, self.tokens.ends[self.position]
        name = Name(self.declared_name(), at, end)
        return self.function_rest(name, start)

    # Blocks with sections

    def _head(self, word: str) -> tuple[str, int]:
        """The name of a process or workflow, after its keyword."""
        self.position += 1
        name, start = "", self.start
        if self.kind is STRING:
            self.strict(
                f"the name of the {word} must not be in quotes", start, self.tokens.ends[self.position], late=True
            )
        if self.kind is NAME or self.kind is STRING:
            name = self.value
            self.position += 1
        if name and self.kind == "(" and self.ahead() == ")":
            self.strict(f"parentheses after the name of the {word}", start, late=True)
            self.position += 2
        self.skip_lines()
        if not name and word == "process":
            raise SyntaxFaultError(SyntaxFault(start, start, "a process needs a name"))
        self.expect("{")
        return name, start

    def _sections(self) -> tuple[BlockSection, ...]:
        """The statements up to the closing brace, by section label."""
        sections: list[BlockSection] = []
        label, start = "", self.start
        statements: list[Statement] = []
        while True:
            self.separators()
            if self.kind == "}" or self.kind is END:
                break
            if self.kind is NAME and self.ahead() == ":" and self.value in _SECTION_NAMES:
                sections.append(BlockSection(label, tuple(statements), start, self.start))
                label, start, statements = self.value, self.start, []
                self.position += 2
                continue
            self._in_section(label, statements)
        sections.append(BlockSection(label, tuple(statements), start, self.start))
        return tuple(sections)

    def _in_section(self, label: str, statements: list[Statement]) -> None:
        """One statement of a section; some sections have typed names."""
        if label == "input" and self._is_typed_tuple():
            depth = self.depth
            try:
                statements += self._typed_tuple()
                self.end_of_statement()
            except SyntaxFaultError as error:
                self.recover(error, depth)
            return
        if label in _TYPED and self.kind is NAME and self.ahead() == ":" and self._type_follows():
            depth = self.depth
            try:
                what = "typed inputs and outputs" if label in ("input", "output") else f"a typed `{label}:`"
                statements.append(self.typed_name(what))
                self.end_of_statement()
            except SyntaxFaultError as error:
                self.recover(error, depth)
            return
        self.guarded(statements)

    def _type_follows(self) -> bool:
        """Whether `name:` is followed by a type on its line: before a command or a line end it is a label."""
        return self.ahead(2) is NAME and self.ahead(3) not in _NOT_AFTER_A_TYPE

    def _is_typed_tuple(self) -> bool:
        """Whether `tuple(name: Type, ...)` follows, an input of a typed process."""
        if self.kind is not NAME or self.value not in ("tuple", "record") or self.ahead() != "(":
            return False
        index = self.position + 2
        while self.kinds[index] is LINE_END:
            index += 1
        return self.kinds[index] is NAME and self.kinds[index + 1] == ":"

    def _typed_tuple(self) -> list[TypedName]:
        start = self.start
        self.legacy("typed inputs and outputs", start, start + len(self.value))
        if not self.static_types:
            self.strict("typed inputs and outputs need typed processes", start, late=True)
        self.position += 1
        self.expect("(")
        names: list[TypedName] = []
        self.skip_lines()
        while self.kind != ")":
            names.append(self.typed_name())
            self.skip_lines()
            if not self.accept(","):
                break
            self.skip_lines()
        self.expect(")")
        return names

    def _process(self) -> Process:
        start = self.start
        name, name_start = self._head("process")
        if self.kind not in (LINE_END, "}") and self.kind not in (STRING, GSTRING_START):
            self.strict("the body of a process must begin on a new line", start, late=True)
        sections = self._sections()
        self.expect("}")
        process = Process(name, sections, name_start, start, self.last_end)
        strict.check_process(self, process, typed=self.static_types)
        return process

    def _workflow(self) -> WorkflowBlock:
        start = self.start
        name, name_start = self._head("workflow")
        on_new_line = self.kind is LINE_END
        sections = self._sections()
        self.expect("}")
        if len(sections) > 1 and not on_new_line:
            self.strict("the sections of a workflow must begin on a new line", start, late=True)
        block = WorkflowBlock(name, sections, name_start, start, self.last_end)
        strict.check_workflow(self, block, typed=self.static_types)
        return block

    def _params(self) -> ParamsBlock:
        start = self.start
        self.legacy("the `params` block", start, start + len("params"))
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
            self.strict("not a target of the output block", start, statement.end, late=True)
            return None
        if self.kind is STRING:
            self.strict(
                "the name of the output must not be in quotes", start, self.tokens.ends[self.position], late=True
            )
        self.position += 1
        if self.kind == ":":
            self.legacy("a typed output", start, self.tokens.ends[self.position])
            self.position += 1
            self.typed()
        self.skip_lines()
        self.expect("{")
        settings = self.block_statements()
        self.expect("}")
        return OutputTarget(name, settings, start, self.last_end)


def _enables_types(definition: Definition) -> bool:
    """Whether this is `nextflow.enable.types = true`, or its name in 25.10."""
    return (
        isinstance(definition, Assignment)
        and strict.is_flag(definition)
        and isinstance(definition.target, Property)
        and definition.target.name == "types"
        and not (isinstance(definition.value, Literal) and definition.value.value is False)
    )


_IN_PARAMETERS = frozenset(
    {NAME, ",", "=", "[", "]", ":", "<", ">", ".", "?", "null", "true", "false", "def", "number", STRING, LINE_END, "...", "{", "}", "-"}
)  # fmt: skip
