"""The one place that knows the inside of cwltool and schema-salad.

What it gives: documents as schema-salad holds them, made from our own nodes instead of a second, slower YAML
reading; a fetcher that reads through the tree and never from a network; and the CWL schema, restored from
JSON instead of being compiled for each run. Each shortcut falls back to the plain way when a newer
version of the libraries does not look as expected.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, unquote, urljoin, urlsplit

from packager.cache import Cache
from packager.engines.references import Target, resolve
from packager.source import SourceTree, UnreadableError, normalise

# Where the tree's root stands in the addresses that cwltool sees. Not `file:`: messages would then name files
# relative to the working directory. Nothing of that host is ever asked for; the name cannot exist (RFC 2606). It is made of a hash
# of the documents, so that no document can hold an address of it, which would name a file that the reading has not followed.
ADDRESS = r"https://definition-[0-9a-f]{16}\.invalid/"  # of any root, as a pattern
_NOWHERE = "https://nowhere.invalid/"  # where references lead that the reading refuses
UNREAD = "packager could not read"  # begins what our readers say; the reading has reported it

_SCHEMA_KIND = "tables-cwl-schema"
_READ_SCHEMAS: dict[str, dict[str, Any]] = {}  # by key: a process may be asked about many workflows
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
    """What cwltool logs from WARNING upwards, as a list; loggers are left as they were found.

    COLUMNS is what schema-salad wraps its messages to: wide, so that no word of a message is broken.
    """
    loggers = [logging.getLogger(name) for name in _LOGGERS]
    before = [(one, one.handlers[:], one.level, one.propagate) for one in loggers]
    columns = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100000"
    capture = _Capture()
    try:
        # Both add handlers when they are imported: before ours are set.
        import cwltool.load_tool  # noqa: F401, PLC0415 - heavy
        import schema_salad.validate  # noqa: F401, PLC0415 - heavy

        for one in loggers:
            one.handlers, one.propagate = [capture], False
            one.setLevel(logging.WARNING)
        yield capture.messages
    finally:
        for one, handlers, level, propagate in before:
            one.handlers, one.propagate = handlers, propagate
            one.setLevel(level)
        if columns is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = columns


def fetcher(tree: SourceTree) -> Any:
    """A fetcher class for schema-salad that reads through `tree` and answers for the network without asking it."""
    from schema_salad.exceptions import ValidationException  # noqa: PLC0415 - with cwltool
    from schema_salad.fetcher import DefaultFetcher  # noqa: PLC0415 - with cwltool

    class TreeFetcher(DefaultFetcher):  # type: ignore[misc] # the base is untyped here
        def fetch_text(self, url: str, content_types: list[str] | None = None) -> str:
            path = _path(url)
            if path is None:
                raise ValidationException(f"{UNREAD} {url}")
            try:
                return tree.text(path)
            except UnreadableError as error:
                raise ValidationException(f"{UNREAD} {path}: {error}") from error

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
    """Where a reference leads: to the file that the reading took it for, and nowhere if it took it for none.

    Addresses forgive what paths do not: white space, a query, `..` above the root. A document that imports itself that way is no circle
    to the reading, and libraries that are compiled die of it.
    """
    importer = _path(base)
    text = url.partition("#")[0]
    if importer is None or not text or url.startswith(root()):
        return urljoin(base, url)
    resolved = [resolve(importer, text), resolve(importer, unquote(text))]
    if resolved[0].target is Target.REMOTE:
        return urljoin(base, url)
    joined = urljoin(base, url)
    if urlsplit(joined).netloc == _Root.host and _path(joined) not in {one.path for one in resolved if one.path}:
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
    from cwltool import process  # noqa: PLC0415 - with cwltool

    process.use_standard_schema(version)
    if extensions:
        _use_extensions(process, version)
    try:
        key = Cache.key(libraries, version, str(extensions))
        stored = _READ_SCHEMAS.get(key) or cache.get(_SCHEMA_KIND, key)
        if not isinstance(stored, dict):
            stored = _compiled(process, version)
            cache.put(_SCHEMA_KIND, key, stored)
        _restore(process, version, stored)
        _READ_SCHEMAS[key] = stored
    except (ImportError, AttributeError, TypeError, KeyError, ValueError):
        # Another version of the libraries: cwltool then loads its schema itself.
        process.SCHEMA_CACHE.pop(version, None)


def _use_extensions(process: Any, version: str) -> None:
    from importlib.resources import files  # noqa: PLC0415 - only with extensions

    suffix = {"v1.0": "", "v1.1": "-v1.1", "v1.2": "-v1.2"}.get(version, "-v1.3")
    text = files("cwltool").joinpath(f"extensions{suffix}.yml").read_text("utf-8")
    process.use_custom_schema(version, "http://commonwl.org/cwltool", text)


def _compiled(process: Any, version: str) -> dict[str, Any]:
    """The parts of a schema that are plain data, compiled from the texts that cwltool ships."""
    from importlib.resources import files  # noqa: PLC0415 - only to compile

    from schema_salad import jsonld_context, schema  # noqa: PLC0415 - with cwltool
    from schema_salad.ref_resolver import Loader  # noqa: PLC0415 - with cwltool

    texts: dict[str, Any] = {}
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


def _plain(value: Any) -> Any:
    """Containers as plain ones."""
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value


def _restore(process: Any, version: str, stored: dict[str, Any]) -> None:
    from schema_salad import schema  # noqa: PLC0415 - with cwltool
    from schema_salad.ref_resolver import Loader  # noqa: PLC0415 - with cwltool
    from schema_salad.sourceline import cmap  # noqa: PLC0415 - with cwltool

    loader = Loader(stored["ctx"], doc_cache=False)
    names = schema.make_avro_schema_from_avro(stored["avro"])
    for name in _TYPES:
        if not hasattr(process, name):
            raise AttributeError(name)
        setattr(process, name, cmap(stored["types"][name]))
    process.SCHEMA_CACHE[version] = (loader, names, {}, loader)
