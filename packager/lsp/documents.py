"""The open files of an editor, and the files on disk as it sees them."""

from __future__ import annotations

import functools
import os
import posixpath
import re
import threading
from collections.abc import Iterable
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from pygls import uris

from packager.files import read_regular
from packager.images.registry_map import FILE_NAME as REGISTRY_MAP
from packager.images.registry_map.reading import LISTS as MAP_LISTS
from packager.jsondoc.cursor import keys_at
from packager.parameters.run_requests import guess
from packager.parameters.template import FILE_NAME as TEMPLATE
from packager.project.config import FILE_NAME as CONFIGURATION
from packager.source import MAX_DEFINITION_BYTES, Overlay

SCHEMA = "nextflow_schema.json"


class Language(StrEnum):
    """What a file is to the server."""

    WDL = "wdl"
    NEXTFLOW = "nextflow"
    NEXTFLOW_CONFIG = "nextflow-config"
    CWL = "cwl"
    CONFIGURATION = "packager.toml"
    TEMPLATE = "parameter template"
    REGISTRY_MAP = "registry map"
    SCHEMA = "nextflow schema"
    RUN = "run parameters"


_BY_NAME = {
    CONFIGURATION: Language.CONFIGURATION,
    TEMPLATE: Language.TEMPLATE,
    REGISTRY_MAP: Language.REGISTRY_MAP,
    SCHEMA: Language.SCHEMA,
}
_BY_SUFFIX = {
    ".wdl": Language.WDL,
    ".nf": Language.NEXTFLOW,
    ".config": Language.NEXTFLOW_CONFIG,
    ".cwl": Language.CWL,
}
# How files of the parameters of a run are named, and requests that start runs.
_RUN_NAME = re.compile(r"(?:^|[._-])(?:inputs?|params?|parameters?|start-run|batch)(?:[._-]|$)", re.IGNORECASE)
_NOT_RUN_NAME = re.compile("schema|template", re.IGNORECASE)
_JSON = ".json"
_YAML = (".yml", ".yaml", ".json")
DEFINITIONS = frozenset({Language.WDL, Language.NEXTFLOW, Language.CWL})


def language_of(path: str, text: str) -> Language | None:
    """What a file is, by its name, and for YAML and JSON also by its content."""
    name = posixpath.basename(path.replace(os.sep, "/"))
    stem, suffix = posixpath.splitext(name)
    known = _BY_NAME.get(name) or _BY_SUFFIX.get(suffix.lower())
    if known is not None or suffix.lower() not in _YAML:
        return known
    if "cwlVersion" in text:
        return Language.CWL
    return _json_language(stem, text) if suffix.lower() == _JSON else None


@functools.lru_cache(maxsize=16)  # asked many times for each key, and it reads the whole text
def _json_language(stem: str, text: str) -> Language | None:
    if any(f'"{name}"' in text for name in MAP_LISTS) and not {*MAP_LISTS}.isdisjoint(keys_at(text)):
        return Language.REGISTRY_MAP
    is_other = _NOT_RUN_NAME.search(stem) is not None or '"$schema"' in text
    if guess(text) is not None or (_RUN_NAME.search(stem) and not is_other):
        return Language.RUN
    return None


def path_of(uri: str) -> str | None:
    """The path of a file, links kept; None for what is not a file on disk."""
    path = uris.to_fs_path(uri) if uri.startswith("file:") else None
    return os.path.normpath(path) if path else None


def uri_of(path: str | Path) -> str:
    """The URI of a file by its absolute path."""
    return uris.from_fs_path(str(path)) or ""


@dataclass(frozen=True, slots=True)
class Document:
    """An open file. `changed`: its text differs from the file that was opened or saved, as far as the editor has told."""

    uri: str
    path: str
    version: int
    text: str
    changed: bool

    @property
    def language(self) -> Language | None:
        """What the file is; None for one that the server does not check."""
        return language_of(self.path, self.text)


class Documents:
    """The open files by their paths without links; used by the threads of the protocol and of the checks."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, Document] = {}

    def put(self, uri: str, version: int, text: str) -> Document | None:
        """Open or change a file; None for what is not a file on disk."""
        path = path_of(uri)
        if path is None:
            return None
        with self._lock:
            known = self._open.get(os.path.realpath(path))
            uri = known.uri if known is not None else uri
            document = Document(uri, path, version, text, changed=_on_disk(path) != text)
            self._open[os.path.realpath(path)] = document
            return document

    def saved(self, uri: str) -> None:
        """Note that a file is on disk as it is open."""
        with self._lock:
            path = path_of(uri)
            known = self._open.get(os.path.realpath(path)) if path else None
            if path and known is not None:
                self._open[os.path.realpath(path)] = replace(known, changed=_on_disk(path) != known.text)

    def close(self, uri: str) -> None:
        """Close a file: from then on its content is that on disk."""
        path = path_of(uri)
        with self._lock:
            if path:
                self._open.pop(os.path.realpath(path), None)

    def all(self) -> dict[str, Document]:
        """All open files by their paths without links."""
        with self._lock:
            return dict(self._open)

    def at(self, path: str) -> Document | None:
        """The open file at a path; None if it is not open."""
        with self._lock:
            return self._open.get(os.path.realpath(path))

    def of(self, uri: str) -> Document | None:
        """The open file of a URI."""
        path = path_of(uri)
        return self.at(path) if path else None

    def text(self, path: str) -> str:
        """The text of a file, as open or on disk; empty if it cannot be read."""
        document = self.at(path)
        return document.text if document is not None else _on_disk(path) or ""


def overlay_of(documents: Iterable[Document]) -> Overlay:
    """The texts that are not on disk as they are open."""
    return Overlay.of({document.path: document.text for document in documents if document.changed})


def _on_disk(path: str) -> str | None:
    try:
        return read_regular(Path(path), MAX_DEFINITION_BYTES).decode("utf-8")
    except (OSError, UnicodeDecodeError):
        return None
