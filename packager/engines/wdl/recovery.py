"""The syntax errors of a document after its first one, which is where miniwdl's parser stops.

The rest of a document is parsed again, by the same parser, from the next line that begins a statement. Only a document that
miniwdl rejects is parsed in this way, so that no other document gets another verdict or needs more time.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import lark
from WDL import Error, _grammar

from packager.cache import Cache
from packager.engines.wdl.document_facts import ParseError
from packager.engines.wdl.open_blocks import Lines, OpenBlock, OpenBlocks, Resumption, misspelt_keyword, open_blocks
from packager.engines.wdl.parsing import NEWEST, parse, parse_error_of
from packager.engines.wdl.syntax_errors import begin_of_string
from packager.text import count

_MOST_ERRORS = 50  # of one document; nobody reads more
_MOST_ATTEMPTS = 200  # to go on, in one document
_MOST_PARTS = 20_000
_CORRECT: OrderedDict[tuple[str, str], None] = OrderedDict()  # the version and text of parts without a syntax error


def is_known_correct(version: str, part: str) -> bool:
    """Whether this process has parsed a part of a document before, without an error."""
    known = (version, part) in _CORRECT
    if known:
        _CORRECT.move_to_end((version, part))
    return known


def remember_correct(version: str, part: str) -> None:
    """Keep in memory that a part of a document has no syntax error."""
    _CORRECT[version, part] = None
    if len(_CORRECT) > _MOST_PARTS:
        _CORRECT.popitem(last=False)


def all_errors(text: str, version: str, first: Exception, cache: Cache) -> tuple[ParseError, ...]:
    """Every syntax error of a document whose first is known, in their order; `version` is the one that it declares.

    Where it is in doubt whether something else is an error of its own, it is left out.
    """
    found = parse_error_of(first, text)
    # Without a version, a document of a newer one has an error at every `input {`.
    if version not in _grammar.versions or version == "draft-2" or not _goes_on(first):
        return (found,)
    try:
        others = _Recovery(Lines(text), version, cache).errors(first)
    except RecursionError:
        others = []
    errors = sorted([found, *others], key=_place)
    kept = errors[:_MOST_ERRORS] if found in errors[:_MOST_ERRORS] else [*errors[: _MOST_ERRORS - 1], found]
    if more := len(errors) - len(kept):
        rest = f"; the file has {count(more, 'more syntax error')}"
        kept[-1] = replace(kept[-1], message=kept[-1].message + rest)
    return tuple(kept)


def _goes_on(error: BaseException) -> bool:
    """Whether an error has a place in the document, so that what is before and after it can be parsed."""
    return _is_of_grammar(error) or (isinstance(error, Error.SyntaxError) and error.pos.line > 0)


def _is_of_grammar(error: BaseException) -> bool:
    return isinstance(error.__context__, lark.exceptions.UnexpectedInput)


def _place(error: ParseError) -> tuple[int, int]:
    return error.span.line, error.span.column


@dataclass(slots=True)
class _Recovery:
    lines: Lines
    version: str
    cache: Cache

    def errors(self, first: Exception) -> list[ParseError]:
        """The errors of the document other than the first one."""
        known = parse_error_of(first, self.lines.text)
        found = self._before(known.span.line)
        start = Resumption(self.lines.item_of(known.span.line))
        of_version: bool | None = None if self.version != NEWEST else False
        for resumption, error in self._after(first, known):
            if of_version is not False and self._is_of_version(resumption, error):
                # The document declares an old version: that is one cause, however often it shows.
                of_version = of_version or self._is_of_version(start, known)
                if of_version:
                    continue
                of_version = True
            found.append(error)
        return found

    def _before(self, line: int) -> list[ParseError]:
        """What is wrong in the items before a line, which the parser accepts: a keyword as a name, for example."""
        found = []
        for item in self.lines.items:
            end = self.lines.next_item(item + 1)
            if not end or end > line:
                break
            error = self._error_in(Resumption(item), end)
            if error is not None and _goes_on(error) and not _is_of_grammar(error):
                found.append(parse_error_of(error, self.lines.text))
        return found

    def _after(self, first: Exception, known: ParseError) -> Iterator[tuple[Resumption, ParseError]]:
        """The errors after the first one, each with the line from which the document was parsed to find it."""
        places = {_place(known)}
        opened, line = self._next(first, known, ())
        last = 0
        for _ in range(_MOST_ATTEMPTS):
            resumption = self.lines.resumption(opened, max(line, last + 1))
            if resumption is None:
                return
            last = resumption.line
            error = self._error_from(resumption, self.version)
            if error is None:
                opened, line = OpenBlocks(), self.lines.next_item(last + 1)
                if not line:
                    return
                continue
            found = parse_error_of(error, self.lines.text)
            if not _goes_on(error) or found.span.line < last:
                opened, line = OpenBlocks(), last + 1
                continue
            if _place(found) not in places:
                places.add(_place(found))
                yield resumption, found
            opened, line = self._next(error, found, resumption.blocks)

    def _next(self, error: Exception, found: ParseError, outer: Sequence[OpenBlock]) -> tuple[OpenBlocks, int]:
        """What is open at an error, and the first line from which to go on."""
        context = error.__context__
        if not isinstance(context, lark.exceptions.UnexpectedInput):
            return OpenBlocks(), self.lines.next_item(found.span.line + 1) or len(self.lines.lines) + 1
        begin = begin_of_string(self.lines.lines, found.span)
        opened = self.lines.original(open_blocks(context), outer)
        if begin:
            return opened, begin + 1
        line = found.span.line
        following = self.lines.next_item(opened.blocks[0].line + 1) if opened.blocks else 0
        if following and following <= line:  # the error is found after the item that it is in
            return OpenBlocks(), following
        keyword = self._misspelt(opened, line)
        if keyword == "command":
            return OpenBlocks(opened.blocks, line), line
        if keyword:
            return OpenBlocks((*opened.blocks, OpenBlock(keyword, line))), line + 1
        return opened, line

    def _misspelt(self, opened: OpenBlocks, line: int) -> str:
        """The keyword of the block that a line opens, if it is misspelt there."""
        if opened.command or not 1 <= line <= len(self.lines.lines):
            return ""
        return misspelt_keyword(self.lines.lines[line - 1].strip(), opened.blocks[-1].kind if opened.blocks else "")

    def _is_of_version(self, resumption: Resumption, error: ParseError) -> bool:
        """Whether the newest version of the language accepts what an error is about."""
        other = self._error_from(resumption, NEWEST)
        return other is None or _place(parse_error_of(other, self.lines.text)) > _place(error)

    def _error_from(self, resumption: Resumption, version: str) -> Exception | None:
        """The next error from a line on, or None if the item that has the line has no more."""
        end = self.lines.next_item(resumption.line + 1)
        error = self._error_in(resumption, end, version)
        if end and error is not None and _is_at_end(error):
            # What is missing is found where the parser of the whole document finds it: often in the next item.
            return self._error_in(resumption, 0, version)
        return error

    def _error_in(self, resumption: Resumption, end: int, version: str = "") -> Exception | None:
        """The first error of the lines from one to before another, or to the end of the document; None without."""
        version = version or self.version
        rest = self.lines.lines[resumption.line - 1 : end - 1 if end else None]
        part = "\n".join(rest) + ("\n" if end else "")
        if not resumption.blocks and is_known_correct(version, part):
            return None
        opening = " ".join(block.opening for block in resumption.blocks)
        if resumption.blocks and resumption.blocks[0].kind == "task" and not self.lines.has_command(resumption):
            opening = f"{resumption.blocks[0].opening} command {{}} {opening.partition('{')[2]}"
        try:
            parse(opening + "\n" * (resumption.line - 1) + part, "document.wdl", self.cache, version=version)
        except Exception as error:  # noqa: BLE001 - as in `reading.read_document`
            return error
        if not resumption.blocks:
            remember_correct(version, part)
        return None


def _is_at_end(error: BaseException) -> bool:
    return getattr(getattr(error.__context__, "token", None), "type", "") == "$END"
