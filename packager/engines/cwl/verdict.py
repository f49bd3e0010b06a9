"""The verdict of cwltool's validation: its messages as findings, each with a place."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from urllib.parse import unquote

from cwltool.context import LoadingContext
from cwltool.errors import GraphTargetMissingException
from cwltool.load_tool import default_loader, fetch_document, make_tool, resolve_and_validate_document
from cwltool.update import ALLUPDATES
from cwltool.workflow import default_make_tool
from schema_salad.exceptions import SchemaSaladException

from packager.cache import Cache
from packager.engines.caching import file_digest
from packager.engines.cwl import salad
from packager.engines.cwl.containers import own_yaml
from packager.engines.cwl.cwltool_words import is_empty, kinds_of, may_only_be_null, own_message
from packager.engines.cwl.declared import DeclaredParameters
from packager.engines.cwl.repeated_tools import loaded_once
from packager.engines.references import resolve
from packager.findings.causes import Cause
from packager.findings.codes import finding_at
from packager.findings.diagnostic import Diagnostic, Place, Severity, in_order
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree

_PLACE = re.compile(rf"{salad.ADDRESS}([^\s:]+):(\d+):(\d+):[ ]?([ ]*)")
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_BLANK = re.compile(r"_:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_BULLET = re.compile(r"^[*-]\s+")
_KINDS_WITH_A_RULE = frozenset({"no input", "secondary files", "same file", "command"})
_UNRESOLVED = ("CWL005", "CWL006", "CWL007", "CWL009", "CWL010")
_UNKNOWN = {  # no sentence of cwltool is shown: the hints name the command that prints it
    "CWL001": "cwltool rejects this part of the document",
    "CWL002": "cwltool warns about this part of the document",
}
_MAX_MESSAGE = 1000
_MAX_FINDINGS = 200
_CRASHES = (
    AttributeError,
    IndexError,
    KeyError,
    TypeError,
    AssertionError,
)  # of Python, where cwltool expects something else


def validate(tree: SourceTree, workflow: Workflow, libraries: str, cache: Cache) -> Verdict:
    """The verdict of cwltool on a workflow that was read; never raises."""
    hashes = "\0".join(f"{file.path} {file_digest(tree, file.path)}" for file in workflow.files)
    salad.use_root(hashlib.sha256(hashes.encode("utf-8", "surrogatepass")).hexdigest())
    with salad.captured() as logged:
        errors = _errors(tree, workflow, libraries, cache, extensions=False)
        if any(salad.OWN_CLASS.search(error.message) for error in errors):
            # The service knows classes that cwltool accepts only with `--enable-ext`.
            logged.clear()
            errors = _errors(tree, workflow, libraries, cache, extensions=True)
        warnings = [warning for text in logged for warning in _split(text, workflow.main)]
    missing = _unresolved(workflow)
    fresh = [error for error in _with_facts(errors, workflow) if not _names(error, missing)]
    findings = [_finding("CWL001", error) for error in fresh[:_MAX_FINDINGS]]
    advice: dict[str, Diagnostic] = {}  # cwltool repeats a warning at every link that it concerns
    parameters = DeclaredParameters(tree)
    for warning in sorted(set(warnings)):
        if not warning.place[1] or _has_a_rule(warning) or _names(warning, missing):
            continue
        if not _works(warning, parameters):
            advice.setdefault(_cleaned(warning), _finding("CWL002", warning))
    findings += list(advice.values())[:_MAX_FINDINGS]
    return Verdict(in_order([finding for finding in findings if not _is_reported(finding, workflow)]))


def _with_facts(errors: list[_Message], workflow: Workflow) -> list[_Message]:
    """The errors that have a fact, without those of which `read` has reported the cause."""
    if any(known.code == "CWL001" for known in workflow.diagnostics):
        errors = [error for error in errors if not error.crash]
    if any(known.code == "CWL005" and known.subject[:1] == "#" for known in workflow.diagnostics):
        errors = [error for error in errors if "no part" not in kinds_of(_text(error))]
    return [error for error in errors if not is_empty(_text(error))] or errors[:1]


def _has_a_rule(warning: _Message) -> bool:
    """Whether a warning is empty, or a rule of packager reports the same more exactly: on inputs and secondary files of steps."""
    text = _text(warning)
    if is_empty(text) or salad.UNUSED_PICK.search(text):
        return True
    return bool(kinds := kinds_of(text)) and kinds <= _KINDS_WITH_A_RULE


def _works(warning: _Message, parameters: DeclaredParameters) -> bool:
    """Whether a warning is about what works as it is written.

    The name of a tool's input may be that of its output as well, and the value of an optional input with a default is never null.
    """
    path, line, _column = warning.place
    text = _text(warning)
    if kinds_of(text) == {"same ID"}:
        return parameters.is_shared(path, line)
    return may_only_be_null(text) and parameters.has_default(path, line)


def _is_reported(finding: Diagnostic, workflow: Workflow) -> bool:
    """Whether `read` has reported an error or a missing file in the same line."""
    same = [known for known in workflow.diagnostics if (known.path, known.line) == (finding.path, finding.line)]
    return any(known.severity is Severity.ERROR or known.code in _UNRESOLVED for known in same)


@dataclass(frozen=True, slots=True)
class _Missing:
    """What `read` has reported as missing: files, and Git submodules of which it has named one file."""

    files: frozenset[str]
    modules: tuple[str, ...]

    def has(self, path: str) -> bool:
        """Whether a file is known to be missing."""
        return path in self.files or any(f"/{module}/" in f"/{path}" for module in self.modules)


def _unresolved(workflow: Workflow) -> _Missing:
    """What `read` has reported as missing: cwltool can name another line of the same reference."""
    known = [finding for finding in workflow.diagnostics if finding.code in _UNRESOLVED]
    modules = tuple(finding.subject for finding in known if finding.cause is Cause.SUBMODULES)
    others = [finding for finding in known if finding.cause is not Cause.SUBMODULES]
    files = frozenset(resolve(finding.path, finding.subject.partition("#")[0]).path for finding in others)
    return _Missing(files, modules)


def _names(message: _Message, missing: _Missing) -> bool:
    """Whether a message names the address of something that is known to be missing."""
    return any(missing.has(unquote(path)) for path in salad.NAMED.findall(message.message))


_Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True, order=True)
class _Message:
    """A message of cwltool, its place, and the field that it is about, if known; `crash` is the exception if it is not a verdict."""

    place: _Place
    message: str
    field: str = ""
    crash: str = ""


def _errors(
    tree: SourceTree,
    workflow: Workflow,
    libraries: str,
    cache: Cache,
    *,
    extensions: bool,
) -> list[_Message]:
    try:
        _run(tree, workflow, libraries, cache, extensions=extensions)
    except RecursionError:
        return [_Message((workflow.main, 0, 0), "", crash=RecursionError.__name__)]
    except Exception as error:  # noqa: BLE001 - any failure of cwltool is its verdict, as with `--validate`
        return _leaves(error, workflow)
    return []


def _run(
    tree: SourceTree,
    workflow: Workflow,
    libraries: str,
    cache: Cache,
    *,
    extensions: bool,
) -> None:
    """What `cwltool --validate` does, with its defaults, except JavaScript hints and the network."""
    context = LoadingContext(
        {
            "construct_tool_object": default_make_tool,
            "disable_js_validation": True,
            "doc_cache": False,
            "do_update": True,
            "fetcher_constructor": salad.fetcher(tree),
            "skip_schemas": True,
        }
    )
    context.loader = default_loader(context.fetcher_constructor, doc_cache=False)
    with own_yaml(), salad.fixed_order(), loaded_once():
        context, root, uri = fetch_document(salad.address(workflow.main), context)
        for version in sorted({version for _path, version in workflow.versions}):
            if version in ALLUPDATES:
                salad.install_schema(version, libraries, cache, extensions=extensions)
        context, uri = resolve_and_validate_document(context, root, uri)
        try:
            make_tool(uri, context)
        except GraphTargetMissingException:
            for entry in root["$graph"]:
                make_tool(entry["id"], context)


def _leaves(error: BaseException, workflow: Workflow) -> list[_Message]:
    """The messages of a tree of errors: its tips, joined where they have the same place, with the field that they are in.

    Documents that cannot be read are left out if `read` has findings: it has reported them.
    """
    tips = list(_tips(error, (workflow.main, 0, 0), ""))
    if not tips:
        return [_Message((workflow.main, 0, 0), "")]
    places: dict[_Place, dict[_Message, None]] = {}
    for tip, message in tips:
        if not workflow.diagnostics or not salad.is_unread(tip):
            places.setdefault(message.place, {})[message] = None
    return [
        replace(first, message="; ".join(dict.fromkeys(each.message for each in messages)))
        for messages in places.values()
        for first in [next(iter(messages))]
    ]


def _tips(error: BaseException, place: _Place, field: str) -> Iterator[tuple[BaseException, _Message]]:
    """The tips below an error with their messages; an error that only repeats its cause is replaced by the cause."""
    if isinstance(error, SchemaSaladException):
        if error.file and error.start and str(error.file).startswith(salad.root()):
            path = unquote(str(error.file)[len(salad.root()) :])
            place = (path, int(error.start[0]), int(error.start[1]))
        if named := salad.FIELD.search(str(error.message)):
            field = named.group(1)
        for child in _likely(error.children):
            yield from _tips(child, place, field)
        if error.children:
            return
        text = str(error.message)
    else:
        text = str(error) or type(error).__name__
    cause = error.__cause__
    if isinstance(cause, SchemaSaladException):
        first = _split(text, "")
        yield from _tips(cause, first[0].place if first and first[0].place[1] else place, field)
        return
    for part in _split(text, place[0]):
        is_named = not field or salad.FIELD.search(part.message) or field in part.message
        about = "" if is_named else f"in `{field}`: "
        crash = type(error).__name__ if isinstance(error, _CRASHES) else ""
        yield error, _Message(part.place if part.place[1] else place, about + part.message, field, crash)


def _likely(errors: Sequence[SchemaSaladException]) -> Sequence[SchemaSaladException]:
    """The errors of the alternatives of a type without those of another type than the document has."""
    if not all(salad.TRIED.match(str(error.message)) for error in errors):
        return errors
    return [error for error in errors if not _is_of_another_type(error)] or errors


def _is_of_another_type(alternative: SchemaSaladException) -> bool:
    for field in alternative.children:
        named = salad.FIELD.search(str(field.message))
        if named and named.group(1) == "type" and not any(cause.children for cause in field.children):
            return True
    return False


def _split(text: str, main: str) -> list[_Message]:
    """The messages in cwltool's text: a message begins at each place whose words are not indented below another place."""
    messages: list[_Message] = []
    for line in salad.HEADING.sub("", _CONTROL.sub("", text)).splitlines():
        match = _PLACE.search(line)
        words = line[match.end() :] if match else line
        if not words.strip():
            continue
        deeper = len(match.group(4)) > 0 if match else True
        begins = salad.LISTED.match(words.lstrip()) is not None
        if messages and deeper and not begins:
            last = messages[-1]
            messages[-1] = replace(last, message=f"{last.message} {_BULLET.sub('', words.strip())}")
            continue
        place = messages[-1].place if messages else (main, 0, 0)
        if match:
            place = (unquote(match.group(1)), int(match.group(2)), int(match.group(3)))
        messages.append(_Message(place, _BULLET.sub("", words.strip())))
    return messages


def _finding(code: str, message: _Message) -> Diagnostic:
    path, line, column = message.place
    text = _text(message)
    subject = _subject(salad.ADVICE.split(text, maxsplit=1)[0], message.field)
    own = _of_crash(message.crash) if message.crash else own_message(text)
    return finding_at(Place(path, line, column), code, _bounded(own or _UNKNOWN[code]), subject=subject)


def _of_crash(crash: str) -> str:
    if crash == RecursionError.__name__:
        return "the definition is nested too deeply for cwltool"
    return f"cwltool fails on the document ({crash})"


def _text(message: _Message) -> str:
    """A message of cwltool without the places in it."""
    return _PLACE.sub("", message.message)


def _cleaned(message: _Message) -> str:
    """A message of cwltool without the places and addresses in it, and without advice."""
    clear = salad.ADVICE.split(_PLACE.sub("", message.message), maxsplit=1)[0]
    clear = salad.NAMED.sub(lambda match: f"`{unquote(match.group(1))}`", clear)
    clear = re.sub(salad.ADDRESS, "", clear)  # inside of another address
    clear = _bounded(re.sub(r"`+", "`", " ".join(clear.split())).rstrip("."))
    return clear[:1].lower() + clear[1:]


def _bounded(text: str) -> str:
    return text if len(text) <= _MAX_MESSAGE else f"{text[: _MAX_MESSAGE - 3]}..."


def _subject(message: str, field: str) -> str:
    """The first name in a message, or the name where a link ends, with the first address and the field."""
    name = salad.SINK.search(message) or salad.QUOTED.search(message)
    address = salad.NAMED.search(message)
    # The name that cwltool gives a process without an `id` is another one in each run.
    named = [_BLANK.sub("_:", unquote(match.group(1))) for match in (name, address) if match]
    return " ".join([field, *named] if field else named)[:_MAX_MESSAGE]
