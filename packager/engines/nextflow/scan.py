"""The quick scan of a script: whether it is an entry, and what it includes."""

from __future__ import annotations

import posixpath
import re
from bisect import bisect_right
from collections.abc import Callable

from packager.model.facts import Engine, Scan, ScannedReference

# Comments and strings are skipped; the one that starts first applies, so one alternation is enough.
_SKIP = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?(?:\*/|\Z)|\#![^\n]*)"""
    r"""|(?P<string>\"\"\"(?:\\.|[^\\])*?(?:\"\"\"|\Z)|'''(?:\\.|[^\\])*?(?:'''|\Z)"""
    r"""|"(?:\\.|[^"\\\n])*"?|'(?:\\.|[^'\\\n])*'?)""",
    re.DOTALL,
)
# Each match stops before the next `include`, so that no text is searched twice.
_INCLUDE = re.compile(
    r"\binclude\b(?:(?!\binclude\b)[^\x00\n{])*(?:\{[^{}]*+\}(?:(?!\binclude\b)[^\x00\n])*?|\s)\bfrom\s*+(?:\(\s*+)?+\x00(\d+)\x00"
)
# Parameters in the path of an include, and their defaults in the same script.
_PARAM_USE = re.compile(r"\$(?:\{\s*+params\.(\w++)\s*+\}|params\.(\w++))")
_PARAM_DEFAULT = re.compile(r"""^[ \t]*+params\.(\w++)[ \t]*+=[ \t]*+(["'])([^"'$\n]*+)\2""", re.MULTILINE)
_ENTRY = re.compile(r"^[ \t]*workflow\s*\{", re.MULTILINE)
_NAMED = re.compile(r"^[ \t]*(?:workflow|process|def)\s+\w+", re.MULTILINE)
_CHANNEL = re.compile(r"\bChannel\s*\.|\bparams\s*\.", re.MULTILINE)
# An input or output of DSL1 names its channel.
_DSL1 = re.compile(r"^[ \t]*(?:file|val|set|tuple|env|path|each|stdin|stdout)\b[^\n]*\b(?:from|into)\b", re.MULTILINE)
_MAY_REFER = re.compile(r"\binclude\b|^[ \t]*workflow\s*\{", re.MULTILINE)
_INCLUDE_CONFIG = re.compile(r"\bincludeConfig\b\s*+(?:\(\s*+)?+\x00(\d+)\x00")
_PROJECT = re.compile(r"^\$(?:\{(?:projectDir|baseDir)\}|(?:projectDir|baseDir)\b)/")
_MAIN_SCRIPT = re.compile(r"""\bmainScript\s*=\s*(["'])([^"'\n]+)\1""")


def scan(path: str, content: bytes) -> Scan | None:
    """What a script is and includes; None for a config. See `engines.Scanner`."""
    if path.rpartition("/")[2].endswith(".config"):
        return None
    text = content.decode("utf-8", "replace")
    if not (_MAY_REFER.search(text) or _CHANNEL.search(text) or _DSL1.search(text)):
        return Scan(Engine.NEXTFLOW)  # a module, as most files are: it has nothing of an entry
    bare, strings = _without_strings(text)
    starts = [0, *(match.end() for match in re.finditer("\n", bare))]
    references = []
    for match in _INCLUDE.finditer(bare):
        target, offset = strings[int(match.group(1))]
        if "$" in target:
            target = _with_defaults(target, text)
        if target.startswith((".", "/")) or "://" in target:
            line = bisect_right(starts, match.start(1))
            references.append(ScannedReference("include", target, line, offset))
    entry = ""
    if _ENTRY.search(bare) or (not _NAMED.search(bare) and _CHANNEL.search(bare)) or _DSL1.search(bare):
        entry = "workflow"
    return Scan(Engine.NEXTFLOW, entry=entry, references=tuple(references))


def _with_defaults(target: str, script: str) -> str:
    """The path of an include with the defaults of its parameters that the same script sets to plain strings."""
    names = {use.group(1) or use.group(2) for use in _PARAM_USE.finditer(target)}
    defaults = {name: value for name, _, value in _PARAM_DEFAULT.findall(script) if name in names}
    return _PARAM_USE.sub(lambda use: defaults.get(use.group(1) or use.group(2), use.group()), target)


def config_references(content: bytes) -> tuple[ScannedReference, ...]:
    """The configs that a config includes by plain strings."""
    if b"includeConfig" not in content:
        return ()
    bare, strings = _without_strings(content.decode("utf-8", "replace"))
    starts = [0, *(match.end() for match in re.finditer("\n", bare))]
    references = []
    for match in _INCLUDE_CONFIG.finditer(bare):
        target, offset = strings[int(match.group(1))]
        target = _PROJECT.sub("./", target)
        if "$" not in target and "://" not in target:
            references.append(ScannedReference("includeConfig", target, bisect_right(starts, match.start(1)), offset))
    return tuple(references)


def names_channels(text: str) -> bool:
    """Whether a script has inputs or outputs that name their channels, in any block."""
    return bool(_DSL1.search(text)) and bool(_DSL1.search(_without_strings(text)[0]))


def _without_strings(text: str) -> tuple[str, list[tuple[str, int]]]:
    """The text without comments, and with each string replaced by a numbered mark; line ends are kept."""
    strings: list[tuple[str, int]] = []

    def replace(match: re.Match[str]) -> str:
        lines = "\n" * match.group().count("\n")
        if match.group("comment") is not None:
            return " " + lines
        written = match.group()
        quote = 3 if written[:3] in ('"""', "'''") else 1
        column = match.start() - text.rfind("\n", 0, match.start())
        strings.append((written[quote:-quote], column))
        return f"\0{len(strings) - 1}\0{lines}"

    return _SKIP.sub(replace, text.replace("\0", " ")), strings


def main_script(content: bytes) -> str | None:
    """`manifest.mainScript` of a `nextflow.config`, if it is written as a plain string."""
    text = re.sub(r"(?m)(^|\s)//[^\n]*", r"\1", content.decode("utf-8", "replace"))
    match = _MAIN_SCRIPT.search(text)
    return match.group(2) if match else None


def naming_config(main: str, content_of: Callable[[str], bytes | None]) -> str | None:
    """The config that names a script as `manifest.mainScript`, from the script's folder or a higher one."""
    folder = posixpath.dirname(main)
    while True:
        path = posixpath.join(folder, "nextflow.config")
        content = content_of(path)
        script = main_script(content) if content is not None else None
        if script is not None and posixpath.normpath(posixpath.join(folder, script)) == main:
            return path
        if not folder:
            return None
        folder = posixpath.dirname(folder)
