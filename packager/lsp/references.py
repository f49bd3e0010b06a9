"""What a file refers to: imported files and images, and the definition of the name under the cursor."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import quote

from packager.engines.references import ReferenceKind, import_candidates, resolve
from packager.engines.wdl.scan import import_literals
from packager.lsp.documents import Language, uri_of
from packager.lsp.facts_of_files import FileFacts
from packager.lsp.outline import Symbol, symbols_of
from packager.model.facts import Engine
from packager.model.image_reference import DOCKER_HUB, ImageReference

_INCLUDE = re.compile(r"""\bfrom\s+(['"])([^'"$\n]+)\1""")
_INCLUDE_CONFIG = re.compile(r"""\bincludeConfig\s{0,40}\(?\s{0,40}(['"])([^'"$\n]{1,1000})\1""")
_RUN = re.compile(r"""(?:\brun|\$import|\$include|\$mixin)["']?\s*:\s*["']?([^\s"'#{,\[]+)""")
_WDL_IMPORT = re.compile(r"""import\s+(["'])([^"'\n]+)\1(?:\s+as\s+(\w+))?""")
_INCLUDED = re.compile(r"""include\s{0,40}\{([^{}]{0,4000})\}\s{0,40}from\s{0,40}(['"])([^'"$\n]{1,1000})\2""")
_WORD = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*")
_MOST_LINKS = 2000
Read = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Link:
    """A part of a file that names another file or an image, as offsets, and its address."""

    start: int
    end: int
    target: str


@dataclass(frozen=True, slots=True)
class Definition:
    """Where a name is defined: a file, and the symbol in it (None for the file itself)."""

    path: str
    text: str
    symbol: Symbol | None = None


def file_links(language: Language, path: str, text: str) -> Iterator[Link]:
    """The files that a file imports, where they exist."""
    for start, end, written in _written(language, text):
        target = _existing(language, path, written)
        if target is not None:
            yield Link(start, end, uri_of(target))


def _written(language: Language, text: str) -> Iterator[tuple[int, int, str]]:
    match language:
        case Language.WDL:
            yield from import_literals(text)
        case Language.NEXTFLOW | Language.NEXTFLOW_CONFIG:
            pattern = _INCLUDE if language is Language.NEXTFLOW else _INCLUDE_CONFIG
            for match in pattern.finditer(text):
                yield match.start(2), match.end(2), match[2]
        case Language.CWL:
            for match in _RUN.finditer(text):
                yield match.start(1), match.end(1), match[1]


def _existing(language: Language, path: str, written: str) -> str | None:
    """The absolute path of the file that a reference names, if it exists."""
    engine = {Language.WDL: Engine.WDL, Language.CWL: Engine.CWL}.get(language, Engine.NEXTFLOW)
    if resolve("x", written).kind not in (ReferenceKind.LOCAL, ReferenceKind.OUTSIDE):
        return None
    candidates = import_candidates(engine, written) if language is not Language.NEXTFLOW_CONFIG else (written,)
    for candidate in candidates:
        target = os.path.normpath(os.path.join(os.path.dirname(path), candidate))  # noqa: PTH118, PTH120 - of strings
        if "\0" not in target and os.path.isfile(target):  # noqa: PTH113 - never raises
            return target
    return None


def image_links(
    facts: FileFacts, text: str, lines: Sequence[str], start_of: Callable[[int, int], int]
) -> Iterator[Link]:
    """The images that a file names by a literal, with the pages of their registries; `start_of` makes an offset of a line and column."""
    seen: set[int] = set()
    moved = facts.lines_to(lines)
    for loaded, inside in facts.workflows:
        for task in loaded.workflow.tasks:
            place, image = task.image.place, task.image.reference
            line = moved.later(place.line) if place.path == inside and place.line else None
            if line is None or not isinstance(image, ImageReference) or len(seen) >= _MOST_LINKS:
                continue
            address, start = page_of(image), start_of(line, place.column)
            name = str(image)
            found = text.find(name, start, start + len(name) + 200)
            if address is not None and found >= 0 and found not in seen:
                seen.add(found)
                yield Link(found, found + len(name), address)


def page_of(image: ImageReference) -> str | None:
    """The page of an image's repository; None for a registry whose pages are not known."""
    registry, name = image.registry or DOCKER_HUB, quote(image.repository)
    if registry in ("docker.io", DOCKER_HUB):
        return f"https://hub.docker.com/r/{name}" if "/" in name else f"https://hub.docker.com/_/{name}"
    if registry == "quay.io":
        return f"https://quay.io/repository/{name}?tab=tags"
    if registry == "public.ecr.aws":
        return f"https://gallery.ecr.aws/{name}"
    if image.is_private:
        account, region = registry.split(".")[0], registry.split(".")[3]
        return f"https://{region}.console.aws.amazon.com/ecr/repositories/private/{account}/{name}?region={region}"
    return None


def definitions(language: Language, path: str, text: str, offset: int, read: Read) -> list[Definition]:
    """Where the name or the path at an offset is defined; `read` returns the text of a file."""
    for start, end, written in _written(language, text):
        if start <= offset <= end:
            target = _existing(language, path, written)
            return [Definition(target, read(target))] if target is not None else []
    word = _word_at(text, offset)
    if not word:
        return []
    match language:
        case Language.WDL:
            return _in_wdl(path, text, word, read)
        case Language.NEXTFLOW | Language.NEXTFLOW_CONFIG:
            return _in_nextflow(language, path, text, word, read)
        case Language.CWL:
            names = {word, *word.split(".")}
            return [Definition(path, text, each) for each in symbols_of(language, path, text) if each.name in names][:1]
    return []


def _word_at(text: str, offset: int) -> str:
    line_start = text.rfind("\n", 0, offset) + 1
    line_end = text.find("\n", offset)
    for match in _WORD.finditer(text, line_start, len(text) if line_end < 0 else line_end):
        if match.start() <= offset <= match.end():
            stop = text.find(".", offset, match.end())
            return text[match.start() : match.end() if stop < 0 else stop]
    return ""


def _named(path: str, text: str, language: Language, name: str) -> list[Definition]:
    return [Definition(path, text, each) for each in symbols_of(language, path, text) if each.name == name]


def _in_wdl(path: str, text: str, word: str, read: Read) -> list[Definition]:
    first, _, rest = word.partition(".")
    imports = [
        (match[3] or match[2].rpartition("/")[2].removesuffix(".wdl"), match[2]) for match in _WDL_IMPORT.finditer(text)
    ]
    for namespace, written in imports:
        if namespace == first:
            target = _existing(Language.WDL, path, written)
            if target is None:
                return []
            content = read(target)
            return _named(target, content, Language.WDL, rest) if rest else [Definition(target, content)]
    own = _named(path, text, Language.WDL, first)
    if own or rest:
        return own
    # A struct has its name in every document that imports it.
    for _, written in imports:
        target = _existing(Language.WDL, path, written)
        found = _named(target, read(target), Language.WDL, first) if target is not None else []
        if found:
            return found
    return []


def _in_nextflow(language: Language, path: str, text: str, word: str, read: Read) -> list[Definition]:
    first, _, rest = word.partition(".")
    if first == "params" and rest:
        return list(_params(path, text, rest.partition(".")[0], read))
    if language is not Language.NEXTFLOW:
        return []
    for include in _INCLUDED.finditer(text):
        for part in re.split(r"[;\n]", include[1]):
            names = part.split()
            if not names or first not in (names[0], names[-1]):
                continue
            target = _existing(Language.NEXTFLOW, path, include[3])
            if target is not None:
                return _named(target, read(target), Language.NEXTFLOW, names[0])
    return [each for each in _named(path, text, language, first) if each.symbol is not None]


def _params(path: str, text: str, name: str, read: Read) -> Iterator[Definition]:
    """Where a parameter is set: the configuration of this folder or one above, or the script."""
    folder = os.path.dirname(path)  # noqa: PTH120 - of strings
    while True:
        for file, language in (("nextflow.config", Language.NEXTFLOW_CONFIG), ("main.nf", Language.NEXTFLOW)):
            place = os.path.join(folder, file)  # noqa: PTH118 - as above
            content = text if place == path else read(place)
            found = [each for each in _named(place, content, language, name) if content]
            if found:
                yield found[0]
                return
        above = os.path.dirname(folder)  # noqa: PTH120 - as above
        if os.path.lexists(os.path.join(folder, ".git")) or above == folder:  # noqa: PTH118 - as above
            yield from _named(path, text, Language.NEXTFLOW, name)[:1]
            return
        folder = above
