"""The syntax errors of a document after its first one, which is where miniwdl's parser stops.

The rest of a document is parsed again, by the same parser, from the next line that begins a statement. Only a document that
miniwdl rejects is parsed in this way, so that no other document gets another verdict or needs more time.
"""

from __future__ import annotations

import contextlib
from collections import OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, replace

import lark
from WDL import Error, _grammar

from packager.cache import Cache
from packager.engines.wdl.document_facts import ParseError
from packager.engines.wdl.open_blocks import Lines, OpenBlock, OpenBlocks, Resumption, misspelt_keyword, open_blocks
from packager.engines.wdl.parsing import NEWEST, parse, parse_error_of
from packager.engines.wdl.syntax_errors import begin_of_string

_MOST_ERRORS = 50  # after which a document is not parsed again; nobody reads more
_MOST_PASSES = 4  # how often all of a document may be parsed again, in parts; for most, it is once
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
    failure = _Failure(first, parse_error_of(first, text))
    # A document without a version is often one of a newer version, so that all errors have this one cause.
    if version not in _grammar.versions or version == "draft-2" or not failure.goes_on:
        return (failure.described,)
    recovery = _Recovery(Lines(text), version, cache)
    errors = [failure.described]
    with contextlib.suppress(RecursionError):
        errors += recovery.errors(failure)
    errors.sort(key=_place)
    if recovery.is_spent:
        errors[-1] = replace(errors[-1], message=f"{errors[-1].message}; the file may have more errors")
    return tuple(errors)


@dataclass(frozen=True, slots=True)
class _Failure:
    """An error of the parser, and its description."""

    error: Exception
    described: ParseError

    @property
    def place(self) -> tuple[int, int]:
        return _place(self.described)

    @property
    def context(self) -> lark.exceptions.UnexpectedInput | None:
        """What the parser knows where it stopped; None for what is found after it."""
        context = self.error.__context__
        return context if isinstance(context, lark.exceptions.UnexpectedInput) else None

    @property
    def goes_on(self) -> bool:
        """Whether it has a place in the document, so that what is before and after it can be parsed."""
        return self.context is not None or (isinstance(self.error, Error.SyntaxError) and self.error.pos.line > 0)

    @property
    def is_at_end(self) -> bool:
        return getattr(getattr(self.context, "token", None), "type", "") == "$END"


def _place(error: ParseError) -> tuple[int, int]:
    return error.span.line, error.span.column


@dataclass(slots=True)
class _Recovery:
    lines: Lines
    version: str
    cache: Cache
    characters: int = 0  # that were parsed again
    failures: int = 0

    @property
    def is_spent(self) -> bool:
        """Whether so much was parsed again that the rest of the document is left out."""
        most = _MOST_PASSES * (len(self.lines.text) + 1000)
        return self.failures >= _MOST_ERRORS or self.characters > most

    def errors(self, first: _Failure) -> list[ParseError]:
        """The errors of the document other than the first one."""
        found = self._before(first.described.span.line)
        start = Resumption(self.lines.item_of(first.described.span.line))
        of_version: bool | None = None if self.version != NEWEST else False
        for resumption, failure in self._after(first):
            if of_version is not False and self._is_of_version(resumption, failure):
                # The document declares an old version: that is one cause, however often it shows.
                of_version = of_version or self._is_of_version(start, first)
                if of_version:
                    continue
                of_version = True
            found.append(failure.described)
        return found

    def _before(self, line: int) -> list[ParseError]:
        """What is wrong in the items before a line, which the parser accepts: a keyword as a name, for example."""
        found = []
        for item in self.lines.items:
            end = self.lines.next_item(item + 1)
            if not end or end > line:
                break
            failure = self._parsed(Resumption(item), end, self.version)
            if failure is not None and failure.goes_on and failure.context is None:
                found.append(failure.described)
        return found

    def _after(self, first: _Failure) -> Iterator[tuple[Resumption, _Failure]]:
        """The errors after the first one, each with the line from which the document was parsed to find it."""
        places = {first.place}
        opened, line = self._next(first, Resumption(1))
        last = 0
        while not self.is_spent:
            resumption = self.lines.resumption(opened, max(line, last + 1))
            if resumption is None:
                return
            last = resumption.line
            failure = self._next_failure(resumption, self.version)
            if failure is None:
                opened, line = OpenBlocks(), self.lines.next_item(last + 1) or len(self.lines.lines) + 1
            elif not failure.goes_on or failure.described.span.line < last:
                opened, line = OpenBlocks(), last + 1
            else:
                if failure.place not in places:
                    places.add(failure.place)
                    yield resumption, failure
                opened, line = self._next(failure, resumption)

    def _next(self, failure: _Failure, resumption: Resumption) -> tuple[OpenBlocks, int]:
        """What is open at an error, and the first line from which to go on."""
        line = failure.described.span.line
        if failure.context is None:
            return OpenBlocks(), self.lines.next_item(line + 1) or len(self.lines.lines) + 1
        opened = self.lines.original(open_blocks(failure.context), resumption.blocks)
        begin = begin_of_string(self.lines.lines, failure.described.span)
        if begin >= resumption.line:
            return opened, begin + 1
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

    def _is_of_version(self, resumption: Resumption, failure: _Failure) -> bool:
        """Whether the newest version of the language accepts what an error is about."""
        other = self._next_failure(resumption, NEWEST)
        return other is None or other.place > failure.place

    def _next_failure(self, resumption: Resumption, version: str) -> _Failure | None:
        """The next error from a line on, or None if the item that has the line has no more."""
        end = self.lines.next_item(resumption.line + 1)
        failure = self._parsed(resumption, end, version)
        if end and failure is not None and failure.is_at_end:
            # What is missing is found where the parser of the whole document finds it: often in the next item.
            return self._parsed(resumption, 0, version)
        return failure

    def _parsed(self, resumption: Resumption, end: int, version: str) -> _Failure | None:
        """The first error of the lines from one to before another, or to the end of the document; None without."""
        rest = self.lines.lines[resumption.line - 1 : end - 1 if end else None]
        part = "\n".join(rest) + ("\n" if end else "")
        if not resumption.blocks and is_known_correct(version, part):
            return None
        text = self._opening(resumption) + "\n" * (resumption.line - 1) + part
        try:
            parse(text, "document.wdl", self.cache, version=version)
        except Exception as error:  # noqa: BLE001 - as in `reading.read_document`
            failure = _Failure(error, parse_error_of(error, text))
            self.failures += version == self.version
            self.characters += self.lines.characters(resumption.line, failure.described.span.line)
            return failure
        self.characters += len(part)
        if not resumption.blocks:
            remember_correct(version, part)
        return None

    def _opening(self, resumption: Resumption) -> str:
        openings = [block.opening for block in resumption.blocks]
        if resumption.blocks and resumption.blocks[0].kind == "task" and not self.lines.has_command(resumption):
            openings.insert(1, "command {}")
        return " ".join(openings)
