"""Running cwltool's validation and turning what it says into findings with a place each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from urllib.parse import unquote

from packager.cache import Cache
from packager.engines.caching import file_digest
from packager.engines.cwl import salad
from packager.findings.codes import finding
from packager.findings.diagnostic import Diagnostic, Severity, in_order
from packager.model.facts import Verdict, Workflow
from packager.source import SourceTree

_PLACE = re.compile(rf"{salad.ADDRESS}([^\s:]+):(\d+):(\d+):[ ]?([ ]*)")
_ADDRESS = re.compile(rf"['\"]?{salad.ADDRESS}([^\s'\"`,;)\]]*)['\"]?")
_CONTROL = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f]")
_BULLET = re.compile(r"^[*-]\s+")
_MAX_MESSAGE = 1000
_MAX_FINDINGS = 200


def validate(tree: SourceTree, workflow: Workflow, libraries: str, cache: Cache) -> Verdict:
    """The verdict of cwltool on the workflow whose documents are `definitions`; never raises."""
    hashes = "\0".join(f"{file.path} {file_digest(tree, file.path)}" for file in workflow.files)
    salad.use_root(hashlib.sha256(hashes.encode("utf-8", "surrogatepass")).hexdigest())
    with salad.captured() as logged:
        errors = _errors(tree, workflow, libraries, cache, extensions=False)
        if any(salad.OWN_CLASS.search(one.message) for one in errors):
            # The service knows classes that cwltool takes only with `--enable-ext`.
            logged.clear()
            errors = _errors(tree, workflow, libraries, cache, extensions=True)
        warnings = [one for text in logged for one in _split(text, workflow.main)]
    found = [_finding("CWL001", one) for one in errors[:_MAX_FINDINGS]]
    advice: dict[str, Diagnostic] = {}  # cwltool repeats a warning at every link that it concerns
    for one in sorted(warnings[:_MAX_FINDINGS]):
        if one.place[1] and not salad.UNUSED_PICK.search(one.message):
            warning = _finding("CWL002", one)
            advice.setdefault(warning.message, warning)
    found += advice.values()
    return Verdict(in_order([one for one in found if not _known(one, workflow)]))


def _known(found: Diagnostic, workflow: Workflow) -> bool:
    """Whether the reading has reported an error at the same line."""
    same = [known for known in workflow.diagnostics if (known.path, known.line) == (found.path, found.line)]
    return any(known.severity is Severity.ERROR for known in same)


_Place = tuple[str, int, int]


@dataclass(frozen=True, slots=True, order=True)
class _Said:
    """A message of cwltool, its place, and the field that it is about, where that is known."""

    place: _Place
    message: str
    field: str = ""


def _errors(
    tree: SourceTree,
    workflow: Workflow,
    libraries: str,
    cache: Cache,
    *,
    extensions: bool,
) -> list[_Said]:
    try:
        _run(tree, workflow, libraries, cache, extensions=extensions)
    except RecursionError:
        return [_Said((workflow.main, 0, 0), "the definition is nested too deeply for cwltool")]
    except Exception as error:  # noqa: BLE001 - cwltool reports whatever a document provokes as its failure, as `--validate` does
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
    from cwltool.context import LoadingContext  # noqa: PLC0415 - heavy
    from cwltool.errors import GraphTargetMissingException  # noqa: PLC0415 - heavy
    from cwltool.load_tool import (  # noqa: PLC0415 - heavy
        default_loader,
        fetch_document,
        make_tool,
        resolve_and_validate_document,
    )
    from cwltool.update import ALLUPDATES  # noqa: PLC0415 - heavy
    from cwltool.workflow import default_make_tool  # noqa: PLC0415 - heavy

    from packager.engines.cwl.containers import own_yaml  # noqa: PLC0415 - imports schema-salad

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
    with own_yaml():
        context, root, uri = fetch_document(salad.address(workflow.main), context)
        for version in sorted({_bare(written) for _path, written in workflow.versions}):
            if version in ALLUPDATES:
                salad.install_schema(version, libraries, cache, extensions=extensions)
        context, uri = resolve_and_validate_document(context, root, uri)
        try:
            make_tool(uri, context)
        except GraphTargetMissingException:
            for entry in root["$graph"]:
                make_tool(entry["id"], context)


def _bare(version: str) -> str:
    """A version without the prefixes that cwltool takes off too."""
    return re.sub(r"^(?:cwl:|https://w3id.org/cwl/cwl#)", "", version)


def _leaves(error: BaseException, workflow: Workflow) -> list[_Said]:
    """What is wrong, from a tree of errors: its tips, those of one place together, named by the field they are in.

    Documents that cannot be read are left out where the reading has findings: it has reported them.
    """
    tips = list(_tips(error, (workflow.main, 0, 0), ""))
    if not tips:
        return [_Said((workflow.main, 0, 0), "cwltool refuses the document")]
    places: dict[_Place, dict[_Said, None]] = {}
    for tip, said in tips:
        if not workflow.diagnostics or not salad.is_unread(tip):
            places.setdefault(said.place, {})[said] = None
    return [
        _Said(place, "; ".join(dict.fromkeys(one.message for one in together)), next(iter(together)).field)
        for place, together in places.items()
    ]


def _tips(error: BaseException, place: _Place, field: str) -> Iterator[tuple[BaseException, _Said]]:
    """The tips below an error, and what they say; one that only repeats the text of its cause gives way to the cause."""
    from schema_salad.exceptions import SchemaSaladException  # noqa: PLC0415 - with cwltool

    if isinstance(error, SchemaSaladException):
        if error.file and error.start and str(error.file).startswith(salad.root()):
            path = unquote(str(error.file)[len(salad.root()) :])
            place = (path, int(error.start[0]), int(error.start[1]))
        if named := salad.FIELD.search(str(error.message)):
            field = named.group(1)
        for child in error.children:
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
    for one in _split(text, place[0]):
        about = f"in `{field}`: " if field and not salad.FIELD.search(one.message) and field not in one.message else ""
        yield error, _Said(one.place if one.place[1] else place, about + one.message, field)


def _split(text: str, main: str) -> list[_Said]:
    """The messages of a text: a new one begins with each place whose words are not indented below another's."""
    said: list[_Said] = []
    for line in salad.HEADING.sub("", _CONTROL.sub("", text)).splitlines():
        match = _PLACE.search(line)
        words = line[match.end() :] if match else line
        if not words.strip():
            continue
        deeper = len(match.group(4)) > 0 if match else True
        begins = salad.LISTED.match(words.lstrip()) is not None
        if said and deeper and not begins:
            said[-1] = replace(said[-1], message=f"{said[-1].message} {_BULLET.sub('', words.strip())}")
            continue
        place = said[-1].place if said else (main, 0, 0)
        if match:
            place = (unquote(match.group(1)), int(match.group(2)), int(match.group(3)))
        said.append(_Said(place, _BULLET.sub("", words.strip())))
    return said


def _finding(code: str, said: _Said) -> Diagnostic:
    path, line, column = said.place
    clear = salad.ADVICE.split(_PLACE.sub("", said.message), maxsplit=1)[0]
    subject = _subject(clear, said.field)
    clear = _ADDRESS.sub(lambda match: f"`{unquote(match.group(1))}`", clear)
    clear = re.sub(salad.ADDRESS, "", clear)  # inside of another address
    clear = re.sub(r"`+", "`", " ".join(clear.split())).rstrip(".")
    if len(clear) > _MAX_MESSAGE:
        clear = clear[: _MAX_MESSAGE - 3] + "..."
    return finding(code, clear[:1].lower() + clear[1:], path=path, line=line, column=column, subject=subject)


def _subject(message: str, field: str) -> str:
    """The first name in a message, or the one where a link ends, with the first address and the field that it is in."""
    name = salad.SINK.search(message) or salad.QUOTED.search(message)
    address = _ADDRESS.search(message)
    named = [unquote(found.group(1)) for found in (name, address) if found]
    return " ".join([field, *named] if field else named)[:_MAX_MESSAGE]
