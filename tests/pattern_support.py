"""Every regular expression of the package, with texts that are made to slow it down."""

from __future__ import annotations

import ast
import importlib
import itertools
import re
import re._compiler as compiler  # type: ignore[import-not-found] # private: tests read a pattern's own parse tree
import re._constants as constants  # type: ignore[import-not-found] # as above
import re._parser as parser  # type: ignore[import-not-found] # as above
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import packager
from packager.findings import credentials
from packager.findings.secret_forms import PASSWORD_OPTIONS, TOKENS

PACKAGE = Path(packager.__file__).parent
METHODS = ("match", "fullmatch", "search", "finditer", "findall", "sub", "subn", "split")
_INLINE = re.compile(rf"\bre\.(?:{'|'.join(METHODS)})\(")
_SCANNING = ("search", "finditer", "findall", "sub", "subn", "split")
_CHARACTERS = " \n\taA0_#\"'/\\.-:,;{}[]()<>=!*$@%&|?+~^`é\0"
_REPEATS = (constants.MAX_REPEAT, constants.MIN_REPEAT, constants.POSSESSIVE_REPEAT)
_ENDS = ("", "\0", "\n", " x", "é")
_COMMON = (
    " ",
    "\n",
    "\t\n ",
    "/",
    '"',
    "'",
    "\\",
    '\\"',
    "\\'",
    "#",
    "//",
    "/*",
    "{",
    "}",
    "[",
    "(",
    "a",
    "a ",
    "0",
    ".",
    ":",
    "a:",
    "-",
    "\r\n",
    "$",
    "\n#",
)


@dataclass(frozen=True)
class Use:
    """A pattern, where it is first used, and by which methods anywhere."""

    name: str
    pattern: re.Pattern[Any]
    methods: tuple[str, ...]

    @property
    def room(self) -> str:
        """The room of the package that it is first used in; "" for the modules at its top."""
        return self.name.rpartition("/")[0].partition("/")[0]


def rooms() -> list[str]:
    """The rooms of the package, without reading them."""
    return ["", *sorted(path.parent.name for path in PACKAGE.glob("*/__init__.py"))]


@cache
def uses() -> tuple[Use, ...]:
    """The patterns of the package: those of modules and classes, and those that are written where they are used.

    It imports every module, so ask in a test, not when tests are collected: each process of the tests would do that.
    """
    found: dict[re.Pattern[Any], dict[str, set[str]]] = {}

    def add(name: str, pattern: re.Pattern[Any], methods: Iterable[str]) -> None:
        found.setdefault(pattern, {}).setdefault(name, set()).update(methods)

    for path in sorted(PACKAGE.rglob("*.py")):
        if path.name == "__main__.py":
            continue
        named, text = list(_named(path)), path.read_text(encoding="utf-8")
        if not named and not _INLINE.search(text):
            continue
        nodes = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Attribute | ast.Call)]
        where = path.relative_to(PACKAGE).as_posix()
        for name, pattern in named:
            add(f"{where}:{name}", pattern, _methods(nodes, name))
        for number, pattern, method in _inline(nodes):
            add(f"{where}:{number}", pattern, [method])
    for number, token in enumerate(TOKENS):  # these and the options are compiled when they are needed
        method = "match" if token.before else "finditer"
        add(f"findings/secret_forms.py:{token.mark} {number}", token.compiled(), [method])
    add("findings/credentials.py:_SETS", credentials._sets(), ["match"])
    for number, option in enumerate(PASSWORD_OPTIONS):
        name = f"findings/secret_forms.py:{option.command} {number}"
        add(name, re.compile(option.before.encode()), ["match"])
    return tuple(
        Use(next(iter(places)), pattern, tuple(sorted({one for each in places.values() for one in each or ["search"]})))
        for pattern, places in found.items()
    )


def _named(path: Path) -> Iterator[tuple[str, re.Pattern[Any]]]:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    module = importlib.import_module(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    for name, value in vars(module).items():
        for pattern in _patterns(value):
            yield name, pattern


def _patterns(value: object, depth: int = 3) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        for inner in value.values():
            yield from _patterns(inner, depth - 1)
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for inner in value:
            yield from _patterns(inner, depth - 1)


def _methods(nodes: list[ast.Attribute | ast.Call], name: str) -> Iterator[str]:
    """The methods that a module calls on a pattern; all that it calls anywhere if it hands the pattern on."""
    direct = set()
    for node in nodes:
        if isinstance(node, ast.Attribute) and node.attr in METHODS:
            target = node.value.value if isinstance(node.value, ast.Subscript) else node.value
            if isinstance(target, ast.Name) and target.id == name:
                direct.add(node.attr)
    if direct:
        yield from direct
        return
    yield from (node.attr for node in nodes if isinstance(node, ast.Attribute) and node.attr in METHODS[:5])


def _inline(nodes: list[ast.Attribute | ast.Call]) -> Iterator[tuple[int, re.Pattern[Any], str]]:
    """Calls like `re.sub(r"...", ...)` with a pattern that is written out."""
    for node in nodes:
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in METHODS):
            continue
        if isinstance(node.func.value, ast.Name) and node.func.value.id == "re" and node.args:
            first = node.args[0]
            if isinstance(first, ast.Constant) and isinstance(first.value, str | bytes):
                yield node.lineno, re.compile(first.value), node.func.attr


def run(use: Use, text: Any) -> None:
    """Apply a pattern to a text as the package does."""
    for method in use.methods:
        if method in ("sub", "subn"):
            use.pattern.sub(text[:0], text)
        elif method == "finditer":
            for _ in use.pattern.finditer(text):
                pass
        else:
            getattr(use.pattern, method)(text)


def evil_texts(pattern: re.Pattern[Any], size: int) -> Iterator[Any]:
    """Texts of about `size` characters that make a pattern try much: what it repeats, behind what comes before that, without its end."""
    source = pattern.pattern
    tree = parser.parse(source, pattern.flags & ~re.UNICODE if isinstance(source, bytes) else pattern.flags)
    repeats = list(_repeats(tree, ("",)))
    bodies = {body for _, several in repeats for body in several if body}
    starts = {start for start, _ in repeats}
    seen = set()
    for start, body, end in itertools.chain(
        ((start, body, end) for start, several in repeats for body in several for end in _ENDS),
        (("", start + body, "") for start, several in repeats for body in several),
        ((start, body, "\0") for start in starts for body in _COMMON),
        (("", body, "\0") for body in (*_COMMON, *starts, *bodies)),
        (("", one + other, "\0") for one, other in itertools.permutations(sorted(bodies)[:6], 2)),
    ):
        if body:
            text = start + body * max(1, size // len(body)) + end
            if text not in seen:
                seen.add(text)
                yield text.encode("latin-1", "replace") if isinstance(source, bytes) else text


def _repeats(tree: Any, starts: tuple[str, ...]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Each repetition that can be long: a text that leads to it, and texts that it repeats."""
    before = starts
    for position in range(len(tree)):
        operator, argument = tree[position]
        if operator in _REPEATS:
            _, most, body = argument
            if most > 8:
                samples = tuple(_samples(body))
                for start in before:
                    yield start, samples
            yield from _repeats(body, before)
        else:
            for inner in _inner(operator, argument):
                yield from _repeats(inner, before)
        samples = tuple(_samples(tree[position : position + 1]))[:2] or ("",)
        before = tuple(dict.fromkeys(start + sample for start in before for sample in samples))[:4]


def _inner(operator: Any, argument: Any) -> list[Any]:
    if operator is constants.SUBPATTERN:
        return [argument[-1]]
    if operator is constants.BRANCH:
        return list(argument[1])
    if operator is constants.ATOMIC_GROUP:
        return [argument]
    if operator in (constants.ASSERT, constants.ASSERT_NOT):
        return [argument[1]]
    return []


def _samples(tree: Any) -> Iterator[str]:
    """Short texts that a part of a pattern matches, some of those that there are."""
    texts: tuple[str, ...] = ("",)
    for position in range(len(tree)):
        choices = tuple(_choices(tree, position))[:4]
        texts = tuple(dict.fromkeys(text + choice for text in texts for choice in choices or ("",)))[:6]
    yield from texts


def _choices(tree: Any, position: int) -> Iterator[str]:
    operator, argument = tree[position]
    if operator in _REPEATS:
        least, most, body = argument
        for sample in tuple(_samples(body))[:4]:
            yield sample * max(least, 1)
        if least == 0 and most:
            yield ""
    elif operator is constants.BRANCH:
        firsts = [next(_samples(branch), "") for branch in argument[1]]
        yield from firsts
    elif operator in (constants.SUBPATTERN, constants.ATOMIC_GROUP):
        yield from _samples(_inner(operator, argument)[0])
    elif operator is constants.LITERAL:
        yield chr(argument)
    elif operator in (constants.IN, constants.ANY, constants.NOT_LITERAL, constants.CATEGORY):
        single = compiler.compile(tree[position : position + 1], 0) if not isinstance(tree.state.str, bytes) else None
        if single is None:
            yield "a"
            return
        characters = [character for character in _CHARACTERS if single.fullmatch(character)]
        # Of each kind one: they tell overlapping repetitions apart.
        yield from characters[:1] + characters[3:4] + characters[len(characters) // 2 :][:1] + characters[-1:]
