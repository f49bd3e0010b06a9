"""cwltool in a process of its own: definitions can make it run for hours, fill the memory, or crash."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from packager.cache import Cache, from_plain, to_plain
from packager.engines.caching import file_digest
from packager.errors import PackagerError
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Skipped
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree
from packager.source.opening import SourceAddress, address_of, open_address
from packager.worker import Ending, NoAnswerError, Worker

# Our own bounds: the slowest public workflow takes a tenth of the time and of the memory.
SECONDS = 120
MEMORY_BYTES = 6 * 1024**3
_WORKER = Worker("packager.engines.cwl.isolation:answer", seconds=SECONDS, memory=MEMORY_BYTES)


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What the process checks: a workflow of a source, read with files of these hashes."""

    source: SourceAddress
    workflow: Workflow
    hashes: tuple[tuple[str, str], ...]
    libraries: str
    cache: str | None
    cache_tables_only: bool


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """The verdict, or None where the files have changed since they were read."""

    verdict: Verdict | None


def validate_isolated(tree: SourceTree, workflow: Workflow, libraries: str, cache: Cache) -> tuple[Verdict, bool]:
    """The verdict of cwltool, and whether it depends on the definition alone, so that it can be kept; never raises."""
    address = address_of(tree)
    if address is None:  # a tree that exists only in this process
        from packager.engines.cwl.verdict import validate  # noqa: PLC0415 - imports cwltool

        return validate(tree, workflow, libraries, cache), True
    hashes = tuple((file.path, file_digest(tree, file.path)) for file in workflow.files)
    folder = None if cache.directory is None else str(cache.directory.absolute())
    question = CheckRequest(address, workflow, hashes, libraries, folder, cache.tables_only)
    try:
        verdict = from_plain(CheckAnswer, _WORKER.ask(to_plain(question))).verdict
    except NoAnswerError as error:
        return _without_answer(workflow, error.ending), False
    except (ValueError, RecursionError):
        return _skipped("its output could not be read"), False
    return (_skipped("the files changed while they were checked"), False) if verdict is None else (verdict, True)


def _without_answer(workflow: Workflow, ending: Ending) -> Verdict:
    match ending:
        case Ending.CRASH:
            message = "cwltool crashes or runs out of memory on this definition"
            return Verdict((finding_at(workflow.place, "CWL001", message),))
        case Ending.TIME:
            return _skipped(f"it did not finish within {SECONDS} seconds")
        case Ending.UNAVAILABLE:
            return _skipped("no process could be started for it")


def _skipped(why: str) -> Verdict:
    return Verdict(skipped=(Skipped("CWL001", f"cwltool could not check the definition: {why}"),))


def answer(plain: object) -> object:
    """The answer of the process to a request, as plain data."""
    from packager.engines.cwl.verdict import validate  # noqa: PLC0415 - imports cwltool, which only the process needs

    question = from_plain(CheckRequest, plain)
    directory = None if question.cache is None else Path(question.cache)
    cache = Cache(directory, tables_only=question.cache_tables_only)
    try:
        tree = open_address(question.source)
    except PackagerError:
        return to_plain(CheckAnswer(None))
    if any(file_digest(tree, path) != known for path, known in question.hashes):
        return to_plain(CheckAnswer(None))
    return to_plain(CheckAnswer(validate(tree, question.workflow, question.libraries, cache)))
