"""The parser of types: qualified names with type arguments, `?` and `[]`."""

from __future__ import annotations

from packager.engines.nextflow.cursor import MAX_DEPTH, SyntaxFaultError, TokenCursor
from packager.engines.nextflow.lexing import NAME, SyntaxFault
from packager.engines.nextflow.syntax import TypeName

PRIMITIVES = frozenset({"boolean", "byte", "char", "double", "float", "int", "long", "short"})


class TypeParser(TokenCursor):
    """Reads types from tokens."""

    def type_name(self, *, dimensions: bool = True) -> TypeName:
        """A type: qualified, with type arguments, `?` and `[]`."""
        start = self.start
        self._type_parts(dimensions=dimensions, depth=0)
        end = self.last_end
        return TypeName("".join(self.tokens.text[start:end].split()), start, end)

    def _type_parts(self, *, dimensions: bool, depth: int) -> None:
        if depth > MAX_DEPTH // 4:
            raise SyntaxFaultError(SyntaxFault(self.start, self.start, "the type is nested too deeply"))
        if self.kind == "?":
            self.position += 1
            return
        self.expect(NAME)
        while self.kind == "." and self.ahead() is NAME:
            self.position += 2
        if self.kind == "<" and self._closes_types():
            self.position += 1
            while self.kind != ">":
                self._type_parts(dimensions=True, depth=depth + 1)
                self.accept("?")  # `Set<Path?>`
                if not self.accept(","):
                    break
            self.expect(">")
        while dimensions and self.kind == "[" and self.ahead() == "]":
            if depth == 0 and self.kinds[self.position - 2] in ("as", "instanceof"):
                self.strict_unexpected(self.start, "an array type")
            self.position += 2

    def _closes_types(self) -> bool:
        """Whether the `<` here opens type arguments; otherwise it is a comparison."""
        index, open_types = self.position, 0
        for kind in self.kinds[index : index + 60]:
            if kind == "<":
                open_types += 1
            elif kind == ">":
                open_types -= 1
                if open_types == 0:
                    return True
            elif kind not in (NAME, ",", ".", "?", "[", "]"):
                return False
        return False

    def is_type_word(self) -> bool:
        """Whether the next word can be a type in strict syntax: capitalized, qualified or primitive."""
        return self.value[:1].isupper() or self.value in PRIMITIVES or self.ahead() == "."

    def typed(self) -> TypeName:
        """A type after a colon, with an optional `?`."""
        type_name = self.type_name()
        if self.kind == "?":
            self.position += 1
            return TypeName(f"{type_name.name}?", type_name.start, self.last_end)
        return type_name
