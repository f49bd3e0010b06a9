"""The lexer: Nextflow and Groovy code to tokens, in one pass that never fails and never goes back.

Line ends are tokens only where they can end a statement: outside parentheses and square brackets. A string with interpolation becomes
multiple tokens: `GSTRING_START`, then strings, paths (`$a.b`) and `${` ... `}` in turn, then `GSTRING_END`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field
from operator import attrgetter

NAME = "name"
NUMBER = "number"
STRING = "string"
GSTRING_START = "gstring"
GSTRING_TEXT = "gstring-text"
GSTRING_PATH = "gstring-path"
GSTRING_END = "gstring-end"
INTERPOLATION = "${"
LINE_END = "line end"
END = "end"

# Words that are never names (syntax of Groovy, and Standard.NEXTFLOW).
KEYWORDS = frozenset(
    {
        "as", "assert", "catch", "def", "else", "enum", "false", "if", "import", "instanceof", "new", "null", "return",
        "throw", "true", "try",
    }
)  # fmt: skip

# Words of Groovy that no declaration can use as a name. The strict parser reads them as names, and then rejects them.
RESERVED = frozenset(
    {
        "abstract", "break", "case", "class", "const", "continue", "default", "do", "extends", "final", "finally", "for", "goto",
        "implements", "interface", "native", "package", "private", "protected", "public", "static", "super", "switch",
        "synchronized", "this", "throws", "transient", "void", "volatile", "while",
    }
)  # fmt: skip

_TOKEN = re.compile(
    r"""
    (?:[ \t\f\u00a0]++|\\\r?\n)*+(?:
    (?P<newline>\r?\n(?:[ \t]*+\r?\n)*+|\r)
    |(?P<comment>//[^\r\n]*+|/\*(?s:.*?)\*/)
    |(?P<name>[^\W\d][\w$]*+|\$(?!/)[\w$]*+)
    |(?P<string>'''(?:[^'\\]++|\\(?s:.)|'(?!''(?!')))*+'''|\"\"\"(?:[^"\\$]++|\\(?s:.)|"(?!""(?!")))*+\"\"\"
        |'(?!'')(?:[^'\\\r\n]++|\\(?s:.))*+'|"(?!"")(?:[^"\\$\r\n]++|\\(?s:.))*+"|''(?!')|""(?!"))
    |(?P<gstring>\"\"\"|")
    |(?P<number>0[xX][0-9a-fA-F_]++[gGlLiI]?(?!\w)|0[bB][01_]++[gGlLiI]?(?!\w)
        |\d[\d_]*+(?:\.\d[\d_]*+)?(?:[eE][+-]?\d++)?[gGlLiIdDfF]?(?![\w$])|\d++)
    |(?P<operator>\.\.\.|\.\.<|<\.\.<|<\.\.|\.\.|\?\.|\*\.|\.&|\.@|::|->|===|!==|==~|=~|==|!=|<=>|<<=|<<|<=|>>>=|>>=|>=|&&|\|\||\+\+|--|\*\*=|\*\*
        |\?:|\?=|[-+*%&|^]=|!instanceof\b|!in\b|[-+*%&|^!~?:=<>.,;(){}\[\]])
    |(?P<dollar_slashy>\$/)
    |(?P<slash>/)
    |(?P<at>@)
    |(?P<nothing>\Z))
    """,
    re.VERBOSE,
)
# `#!` and the lines after it that begin with it.
_FIRST_LINE = re.compile(r"[ \t]*+#![^\n]*+(?:\n#![^\n]*+)*+")
_SPACE = re.compile(r"(?:[ \t\f\u00a0]++|\\\r?\n)*+")
_TEXT = {
    '"': re.compile(r'(?:[^"\\$\r\n]++|\\(?s:.)|\$(?![A-Za-z_{])(?:[^\r\n])?)*+'),
    '"""': re.compile(r'(?:[^"\\$]++|\\(?s:.)|"(?!""(?!"))|\$(?![A-Za-z_{]))*+'),
    "/": re.compile(r"(?:[^/\\$]++|\\/|\\|\$(?![A-Za-z_{]))*+"),
    "$/": re.compile(r"(?:[^/$]++|/(?!\$)|\$\$|\$/|\$(?![A-Za-z_{]))*+"),
}
_CLOSERS = {'"': '"', '"""': '"""', "/": "/", "$/": "/$"}
_PATH = re.compile(r"\$[A-Za-z_]\w*+(?:\.[A-Za-z_]\w*+)*+")
_ESCAPE = re.compile(r"\\(u+[0-9a-fA-F]{4}|[0-3]?[0-7]{1,2}|\r?\n|(?s:.))")
_ESCAPED = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r", "s": " "}
_KNOWN_ESCAPE = re.compile(r"\\(?:[btnfrs\"'\\$]|u+[0-9a-fA-F]{4}|[0-3]?[0-7]{1,2}|\r?\n)")
_ANY_ESCAPE = re.compile(r"\\(?s:.)")
_DOLLAR_OR_ESCAPE = re.compile(r"\\(?s:.)|\$")
# After these a slash divides; anywhere else it opens a string.
_OPERAND_ENDS = frozenset(
    {NAME, NUMBER, STRING, GSTRING_END, ")", "]", "}", "true", "false", "null"}
)  # fmt: skip
_PAIRS = {")": "(", "]": "[", "}": "{"}
_MAX_SUBJECT = 80  # characters


@dataclass(frozen=True, slots=True)
class SyntaxFault:
    """An error in a script or config, from offset `start` to `end`.

    `strict`: only the strict parser (Nextflow's v2) rejects it, Groovy does not. `legacy`: only the parser of versions before 26.04 (v1,
    which is Groovy's) rejects it. `late`: it is reported only in a file without syntax errors, as by Nextflow's own tools. `directive` is
    the first word of a process setting if it is not a directive, or a feature flag that does not exist. `cure` is the hint, if the one
    of the code does not fit. `hides_line`: it is a string that is not closed, so that the rest of its line is read as its text. `opened`
    is the offset of the bracket that is not closed.
    """

    start: int
    end: int
    message: str
    strict: bool = False
    late: bool = False
    directive: str = ""
    legacy: bool = False
    cure: str = ""
    hides_line: bool = False
    opened: int = -1

    @property
    def everywhere(self) -> bool:
        """Whether both parsers reject it."""
        return not self.strict and not self.legacy

    def subject(self, text: str) -> str:
        """The text at the fault, by which tools distinguish findings."""
        return " ".join(text[self.start : min(self.end, self.start + _MAX_SUBJECT)].split())


@dataclass(frozen=True, slots=True)
class Comment:
    """A comment with its delimiters."""

    start: int
    end: int


@dataclass(slots=True)
class Tokens:
    """The tokens of a file, as parallel lists: kind (of an operator or keyword: itself), value, offsets."""

    text: str
    kinds: list[str] = field(default_factory=list)
    values: list[str] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    comments: list[Comment] = field(default_factory=list)
    faults: list[SyntaxFault] = field(default_factory=list)
    ends_in_string: bool = False
    # How many tokens there were at the last stray `$`.
    _stray_dollar_at: int = 0
    # The end of the line of the last stray character.
    _stray_line_end: int = -1

    def add_stray_character(self, at: int) -> None:
        """Note a character that begins no token, the first one of a line: binary data in a script is one fault, not thousands."""
        if at > self._stray_line_end:
            self.faults.append(SyntaxFault(at, at + 1, f"unexpected character `{self.text[at]}`"))
            self._stray_line_end = _line_end(self.text, at)

    def add_stray_dollar(self, at: int) -> None:
        """Note a `$` that begins no variable, once for each string; the strict parser leaves it out of the string."""
        if not self._stray_dollar_at or GSTRING_START in self.kinds[self._stray_dollar_at :]:
            shown = self.text[at : at + 2].strip()
            message = f"`{shown}` inside double quotes"
            cure = "write a dollar sign that does not begin a variable as `\\$`"
            self.faults.append(SyntaxFault(at, at + len(shown), message, legacy=True, cure=cure))
        self._stray_dollar_at = len(self.kinds)

    def comments_between(self, start: int, end: int) -> list[Comment]:
        """The comments from one offset to another."""
        offset = attrgetter("start")
        first, last = (bisect_left(self.comments, limit, key=offset) for limit in (start, end))
        return self.comments[first:last]

    def add(self, kind: str, value: str, start: int, end: int) -> None:
        """Append a token."""
        self.kinds.append(kind)
        self.values.append(value)
        self.starts.append(start)
        self.ends.append(end)


def lex(text: str) -> Tokens:  # noqa: C901, PLR0915 - the loop that runs for every token: calls cost
    """The tokens of a script or config; what cannot be read is skipped and reported in `faults`."""
    tokens = Tokens(text)
    kinds = tokens.kinds
    add_kind, add_value = tokens.kinds.append, tokens.values.append
    add_start, add_end = tokens.starts.append, tokens.ends.append
    # The open brackets, and for each open `${` the quote of its string, innermost last.
    stack: list[str] = []
    position, size = 0, len(text)
    match_token = _TOKEN.match
    if first := _FIRST_LINE.match(text):
        position = first.end()
        tokens.comments.append(Comment(0, position))
    while position < size:
        match = match_token(text, position)
        if match is None:
            position = _stray(tokens, _SPACE.match(text, position).end())  # type: ignore[union-attr] # it also matches the empty string
            continue
        group = match.lastgroup
        start, end = match.span(group)  # type: ignore[arg-type] # every alternative is a group
        position = end
        if group == "name":
            word = text[start:end]
            add_kind(word if word in KEYWORDS and (not kinds or kinds[-1] not in _BEFORE_MEMBER) else NAME)
            add_value(word)
        elif group == "operator":
            operator = text[start:end]
            if operator in "({[":
                stack.append(operator)
            elif operator in ")]}":
                if operator == "}":
                    while stack and stack[-1] in "([":  # an unclosed bracket ends with its block
                        stack.pop()
                    if stack and stack[-1] != "{":
                        tokens.add("}", "}", start, end)
                        position = _gstring(tokens, stack, stack.pop(), end)
                        continue
                if stack and stack[-1] == _PAIRS[operator]:
                    stack.pop()
            add_kind(operator)
            add_value(operator)
        elif group == "newline":
            if (stack and stack[-1] in "([") or not kinds or kinds[-1] is LINE_END:
                continue
            add_kind(LINE_END)
            add_value("\n")
        elif group == "number":
            add_kind(NUMBER)
            add_value(text[start:end])
        else:
            position = _other(tokens, stack, group or "", start, end)
            continue
        add_start(start)
        add_end(end)
    if any(opened not in "({[" for opened in stack):
        tokens.ends_in_string = True
        tokens.faults.append(SyntaxFault(size, size, "the file ends inside a string"))
    tokens.add(LINE_END, "\n", size, size)
    tokens.add(END, "", size, size)
    return tokens


def _other(tokens: Tokens, stack: list[str], group: str, start: int, end: int) -> int:
    """Add a comment, a string, a slash or a stray `@`; returns the offset after it."""
    text = tokens.text
    if group == "comment":
        tokens.comments.append(Comment(start, end))
    elif group == "string":
        _string(tokens, text[start:end], start, end)
    elif group in ("gstring", "dollar_slashy"):
        return _open(tokens, stack, text[start:end], start)
    elif group == "slash":
        if not tokens.kinds or tokens.kinds[-1] not in _OPERAND_ENDS:
            return _open(tokens, stack, "/", start)
        end += text.startswith("/=", start)
        tokens.add(text[start:end], text[start:end], start, end)
    elif group == "at":
        tokens.faults.append(SyntaxFault(start, end, "unexpected character `@`", strict=True))
        tokens.add("@", "@", start, end)
    return end


_BEFORE_MEMBER = frozenset({".", "?.", "*.", ".&", ".@"})


def _stray(tokens: Tokens, position: int) -> int:
    """Skip what does not begin a token; returns the offset of the next readable text."""
    text = tokens.text
    char = text[position]
    if text.startswith("/*", position):
        tokens.faults.append(SyntaxFault(position, position + 2, "the comment is not closed"))
        tokens.comments.append(Comment(position, len(text)))
        return len(text)
    if text.startswith("'''", position):
        tokens.faults.append(SyntaxFault(position, position + 3, "the string is not closed"))
        tokens.ends_in_string = True
        tokens.add(STRING, "", position, len(text))
        return len(text)
    if char == "'":
        tokens.faults.append(
            SyntaxFault(position, position + 1, "the string is not closed on its line", hides_line=True)
        )
        end = _line_end(text, position)
        tokens.add(STRING, text[position + 1 : end], position, end)
        return end
    tokens.add_stray_character(position)
    return position + 1


def _line_end(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end


def _string(tokens: Tokens, written: str, start: int, end: int) -> None:
    quote = 3 if len(written) >= 6 and written[:3] in ("'''", '"""') else 1
    inside = written[quote:-quote]
    if "\\" in inside:
        if unknown := _unknown_escape(inside):
            tokens.faults.append(_unknown_escape_fault(unknown, start, end, legacy=written[0] == '"'))
        inside = unescape(inside)
    tokens.add(STRING, inside, start, end)


def _unknown_escape(inside: str) -> str:
    for match in _ANY_ESCAPE.finditer(inside):
        if not _KNOWN_ESCAPE.match(inside, match.start()):
            return match.group()
    return ""


def _unknown_escape_fault(escape: str, start: int, end: int, *, legacy: bool) -> SyntaxFault:
    """The strict parser accepts any escape sequence in double quotes, so there only the `legacy` parser rejects it."""
    message = f"the escape sequence `{escape}`" if legacy else f"`{escape}` is not an escape sequence"
    return SyntaxFault(start, end, message, legacy=legacy)


def unescape(text: str) -> str:
    """A quoted string with its escape sequences resolved; an unknown sequence is its character."""
    return _ESCAPE.sub(_unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    escape = match.group(1)
    if escape.startswith("u") and len(escape) > 1:
        code = int(escape.lstrip("u"), 16)
        return "\ufffd" if 0xD800 <= code < 0xE000 else chr(code)
    if escape[0] in "01234567":
        return chr(int(escape, 8))
    if escape[0] in "\r\n":
        return ""
    return _ESCAPED.get(escape, escape)


def _open(tokens: Tokens, stack: list[str], quote: str, start: int) -> int:
    """Begin a string with interpolation, or a slashy string; returns the offset after what was read."""
    text = tokens.text
    match = _TEXT[quote].match(text, start + len(quote))
    end = match.end() if match else start + len(quote)
    if quote in ("/", "$/"):
        if text.startswith(_CLOSERS[quote], end):
            written = text[start + len(quote) : end]
            value = written.replace("\\/", "/") if quote == "/" else written.replace("$$", "$").replace("$/", "/")
            tokens.add(STRING, value, start, end + len(quote))
            return end + len(quote)
        if quote == "/" and (end >= len(text) or text[end] != "$"):
            tokens.faults.append(SyntaxFault(start, start + 1, "unexpected `/`"))
            tokens.add("/", "/", start, start + 1)
            return start + 1
        tokens.faults.append(
            SyntaxFault(start, start + len(quote), "a slashy string with `$` interpolation", strict=True)
        )
    tokens.add(GSTRING_START, quote, start, start + len(quote))
    return _gstring(tokens, stack, quote, start + len(quote))


def _gstring(tokens: Tokens, stack: list[str], quote: str, position: int) -> int:
    """Continue a string that `quote` opened; returns the offset after its end, or inside a `${`."""
    text, closer = tokens.text, _CLOSERS[quote]
    while True:
        match = _TEXT[quote].match(text, position)
        end = match.end() if match else position
        if end > position:
            written = text[position:end]
            if quote.startswith('"') and (dollar := _stray_dollar(written)) is not None:
                tokens.add_stray_dollar(position + dollar)
            if "\\" in written and quote.startswith('"'):
                # After an interpolation, Groovy accepts any escape sequence too.
                if tokens.kinds[-1] is GSTRING_START and (unknown := _unknown_escape(written)):
                    tokens.faults.append(_unknown_escape_fault(unknown, position, end, legacy=True))
                written = unescape(written)
            tokens.add(GSTRING_TEXT, written, position, end)
            position = end
        if text.startswith(closer, position):
            tokens.add(GSTRING_END, closer, position, position + len(closer))
            return position + len(closer)
        if text.startswith("${", position):
            tokens.add(INTERPOLATION, "${", position, position + 2)
            stack.append(quote)
            return position + 2
        path = _PATH.match(text, position)
        if path is None:  # end of the line or of the file
            tokens.faults.append(SyntaxFault(position, position, "the string is not closed", hides_line=True))
            tokens.ends_in_string |= position >= len(text)
            tokens.add(GSTRING_END, "", position, position)
            return position
        tokens.add(GSTRING_PATH, path.group()[1:], position, path.end())
        position = path.end()


def _stray_dollar(written: str) -> int | None:
    """Where a `$` is that is neither escaped nor begins a variable; None if nowhere."""
    for match in _DOLLAR_OR_ESCAPE.finditer(written) if "$" in written else ():
        following = written[match.end() : match.end() + 1]
        if match.group() == "$" and not (following.isidentifier() and following > "\x7f"):
            return match.start()
    return None


def quoted(text: str) -> tuple[tuple[int, int], ...]:
    """The offsets of strings, from the opening quote to after the closing quote; never raises."""
    tokens = lex(text)
    spans: list[tuple[int, int]] = []
    opened: list[int] = []
    for kind, start, end in zip(tokens.kinds, tokens.starts, tokens.ends, strict=True):
        if kind is STRING:
            spans.append((start, end))
        elif kind is GSTRING_START:
            opened.append(start)
        elif kind is GSTRING_END and opened:
            spans.append((opened.pop(), end))
    return tuple(sorted(spans))
