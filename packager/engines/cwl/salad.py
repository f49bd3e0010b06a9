"""What packager knows of the inside of cwltool and schema-salad.

It has a fetcher that reads from the source tree and never from a network; the CWL schema, restored from JSON instead of
being compiled for each run; and the words of messages that have no other mark. If another version of the libraries does
not look as expected, cwltool loads the schema itself.
"""

from __future__ import annotations

import contextlib
import logging
import os
import random
import re
from collections.abc import Iterator
from importlib.resources import files
from urllib.parse import quote, unquote, urljoin, urlsplit

import cwltool.load_tool  # noqa: F401 - adds log handlers on import, which must exist before `captured` replaces them
import schema_salad.validate  # noqa: F401 - as above
from cwltool import process
from schema_salad.exceptions import ValidationException
from schema_salad.fetcher import DefaultFetcher

from packager.cache import Cache
from packager.engines.cwl.containers import UnreadException
from packager.engines.references import ReferenceKind, resolve
from packager.source import SourceTree, UnreadableError, normalise

# The address of the tree's root for cwltool. Not `file:`, because messages would then name files relative to the working
# directory. The host is never contacted; its name cannot exist (RFC 2606). It contains a hash of the documents, so that no
# document can contain an address of this host, which would name a file that `read` has not followed.
ADDRESS = r"https://definition-[0-9a-f]{16}\.invalid/"  # of any root, as a pattern
_NOWHERE = "https://nowhere.invalid/"  # for references that `read` refuses

# What the libraries write, where their words are the only mark of a kind of message: read from cwltool 3.3.20260925135507 and schema-salad
# 8.10.20260825112551. `test_cwl_check` provokes each, so that it fails when a release writes something else.
HEADING = re.compile(r"\A[^\n]* (?:warning|validation):\s*$", re.MULTILINE)  # above a list of messages
# begins a message of a list that shares one place
LISTED = re.compile(r"Source '|Parameter '|Required parameter '|'[^']*' is not an input parameter ")
TRIED = re.compile(r"tried ")  # begins the errors of one of the alternatives of a type
FIELD = re.compile(r"the '([^']+)' field is not valid")  # the field that the errors below are in
SINK = re.compile(r"with sink '([^']+)'")  # where a link between two steps ends
NAMED = re.compile(rf"['\"]?{ADDRESS}([^\s'\"`,;)\]]*)['\"]?")  # an address in the definition
QUOTED = re.compile(r"'([^']+)'")  # a name in the document
ADVICE = re.compile(r" Use the following syntax")  # begins what a message advises
NO_PROCESS = re.compile(r"\Aworkflowjobj must be a dict")  # of a ValueError: a document is not a process
OWN_CLASS = re.compile(r"http://commonwl\.org/cwltool#")  # a class of cwltool's own namespace
UNUSED_PICK = re.compile(r"pickValue is not used")  # about each output of a conditional step that allows null

_SCHEMA_KIND = "tables-cwl-schema"
_READ_SCHEMAS: dict[str, dict[str, object]] = {}  # by key: a process may be asked about many workflows
_NAMES: dict[str, object] = {}  # the types of these schemas, which validation only reads
_LOGGERS = ("cwltool", "salad", "cwltool.warnings", "cwltool.validation_warnings", "rdflib.term")
_DOCUMENT = "https://w3id.org/cwl/CommonWorkflowLanguage.yml"
_TYPES = {
    "SCHEMA_ANY": "https://w3id.org/cwl/salad#Any",
    "SCHEMA_FILE": "https://w3id.org/cwl/cwl#File",
    "SCHEMA_DIR": "https://w3id.org/cwl/cwl#Directory",
}


class _Root:
    """The root of the definition that is validated: one at a time in a process."""

    host = "definition-0000000000000000.invalid"


def use_root(digest: str) -> None:
    """Give the tree's root an address that depends on the documents: `digest` is a hash of them in hex."""
    _Root.host = f"definition-{digest[:16]}.invalid"


def root() -> str:
    """The address of the tree's root."""
    return f"https://{_Root.host}/"


def address(path: str) -> str:
    """The address of a file of the tree."""
    return root() + quote(path)


class _Capture(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        with contextlib.suppress(ValueError, TypeError):  # a log call whose arguments do not fit
            self.messages.append(record.getMessage())


@contextlib.contextmanager
def captured() -> Iterator[list[str]]:
    """What cwltool logs from WARNING upwards, as a list; loggers are restored at the end.

    schema-salad wraps its messages to COLUMNS: wide, so that no word of a message is broken.
    """
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(logger, logger.handlers[:], logger.level, logger.propagate) for logger in loggers]
    columns = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100000"
    capture = _Capture()
    try:
        for logger in loggers:
            logger.handlers, logger.propagate = [capture], False
            logger.setLevel(logging.WARNING)
        yield capture.messages
    finally:
        for logger, handlers, level, propagate in before:
            logger.handlers, logger.propagate = handlers, propagate
            logger.setLevel(level)
        if columns is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = columns


@contextlib.contextmanager
def fixed_order() -> Iterator[None]:
    """The same order of the messages in each run: cwltool checks the steps of a workflow in random order."""
    state = random.getstate()
    random.seed(0)
    try:
        yield
    finally:
        random.setstate(state)


def is_unread(error: BaseException) -> bool:
    """Whether an error is about a document that cannot be read, or that is not a process."""
    return isinstance(error, UnreadException) or (
        isinstance(error, ValueError) and NO_PROCESS.search(str(error)) is not None
    )


def fetcher(tree: SourceTree) -> type[object]:
    """A fetcher class for schema-salad that reads from `tree`, and never contacts the network."""

    class TreeFetcher(DefaultFetcher):  # type: ignore[misc] # the base is untyped here
        def fetch_text(self, url: str, content_types: list[str] | None = None) -> str:
            path = _path(url)
            if path is None:
                raise UnreadException(f"packager could not read {url}")
            try:
                return tree.text(path)
            except UnreadableError as error:
                raise UnreadException(f"packager could not read {path}: {error}") from error

        def check_exists(self, url: str) -> bool:
            parts = urlsplit(url)
            path = _path(url)
            if path is not None:
                return tree.lookup(path) is not None or _folder(tree, path)
            if parts.scheme in ("http", "https", "mailto"):
                return True
            if parts.scheme == "file":
                return False
            raise ValidationException(f"Unsupported scheme {parts.scheme!r} in url: {url}")

        def urljoin(self, base_url: str, url: str) -> str:
            return url if url.startswith("_:") else _joined(base_url, url)

    return TreeFetcher


def _joined(base: str, url: str) -> str:
    """The address of a reference: the file that `read` follows for it, and an address of no file if it follows none.

    Addresses allow what paths do not: white space, a query, `..` above the root. `read` does not notice that a document imports itself
    in such a way, and compiled libraries crash on it.
    """
    importer = _path(base)
    text = url.partition("#")[0]
    if importer is None or not text or url.startswith(root()):
        return urljoin(base, url)
    resolved = [resolve(importer, text), resolve(importer, unquote(text))]
    if resolved[0].kind is ReferenceKind.REMOTE:
        return urljoin(base, url)
    joined = urljoin(base, url)
    if urlsplit(joined).netloc == _Root.host and _path(joined) not in {place.path for place in resolved if place.path}:
        return _NOWHERE + quote(text)
    return joined


def _folder(tree: SourceTree, path: str) -> bool:
    return path == "." or any(known.startswith(f"{path}/") for known in tree.files)


def _path(url: str) -> str | None:
    parts = urlsplit(url)
    if parts.netloc != _Root.host or parts.query:
        return None
    return normalise(unquote(parts.path).lstrip("/"))


def install_schema(version: str, libraries: str, cache: Cache, *, extensions: bool) -> None:
    """Make the schema of a CWL version known to cwltool, from the cache or compiled without what a document does not need.

    With `extensions`, the classes of cwltool's own namespace are part of it, as with `cwltool --enable-ext`.
    """
    process.use_standard_schema(version)
    if extensions:
        _use_extensions(version)
    try:
        key = Cache.key(libraries, version, str(extensions))
        stored = _READ_SCHEMAS.get(key) or cache.get(_SCHEMA_KIND, key)
        if not isinstance(stored, dict):
            stored = _compiled(version)
            cache.put(_SCHEMA_KIND, key, stored)
        _restore(version, key, stored)
        _READ_SCHEMAS[key] = stored
    except (ImportError, AttributeError, TypeError, KeyError, ValueError):
        # Another version of the libraries: cwltool then loads its schema itself.
        process.SCHEMA_CACHE.pop(version, None)


def _use_extensions(version: str) -> None:
    suffix = {"v1.0": "", "v1.1": "-v1.1", "v1.2": "-v1.2"}.get(version, "-v1.3")
    text = files("cwltool").joinpath(f"extensions{suffix}.yml").read_text("utf-8")
    process.use_custom_schema(version, "http://commonwl.org/cwltool", text)


def _compiled(version: str) -> dict[str, object]:
    """The parts of a schema that are plain data, compiled from the files that cwltool ships."""
    from schema_salad import jsonld_context, schema  # noqa: PLC0415 - an ImportError is handled above
    from schema_salad.ref_resolver import Loader  # noqa: PLC0415 - an ImportError is handled above

    texts: dict[str, str] = {}
    base = files("cwltool").joinpath("schemas", version)
    for folder, names in (
        ("", process.cwl_files),
        ("salad/schema_salad/metaschema/", process.salad_files),
    ):
        for name in names:
            with contextlib.suppress(OSError):
                texts[f"https://w3id.org/cwl/{folder}{name}"] = base.joinpath(folder + name).read_text("UTF-8")
    start = _DOCUMENT
    if version in process.custom_schemas:
        start, text = process.custom_schemas[version]
        texts[start] = text
    _names, _document, meta = schema.get_metaschema()
    texts = {**meta.cache, **texts}
    loader = Loader(ctx=meta.ctx, cache=texts, session=meta.session)
    document, described = loader.resolve_ref(start, "")
    context = dict(described.get("@context", {}))
    context.update(schema.collect_namespaces(described))
    ctx = jsonld_context.salad_to_jsonld_context(document, context)[0]
    avro = schema.make_avro(document, Loader(ctx, doc_cache=False), loader.vocab)
    types = {name: _plain(loader.idx[url]) for name, url in _TYPES.items()}
    return {"ctx": _plain(ctx), "avro": _plain(avro), "types": types}


def _plain(value: object) -> object:
    """The library's containers as plain dicts and lists."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _restore(version: str, key: str, stored: dict[str, object]) -> None:
    from schema_salad import schema  # noqa: PLC0415 - an ImportError is handled above
    from schema_salad.ref_resolver import Loader  # noqa: PLC0415 - an ImportError is handled above
    from schema_salad.sourceline import cmap  # noqa: PLC0415 - an ImportError is handled above

    types = stored["types"]
    if not isinstance(types, dict):
        raise TypeError("types")
    loader = Loader(stored["ctx"], doc_cache=False)
    if key not in _NAMES:
        _NAMES[key] = schema.make_avro_schema_from_avro(stored["avro"])
    for name in _TYPES:
        if not hasattr(process, name):
            raise AttributeError(name)
        setattr(process, name, cmap(types[name]))
    process.SCHEMA_CACHE[version] = (loader, _NAMES[key], {}, loader)
