"""The server: what the protocol's messages do. It answers in one thread; whole workflows are checked in another."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Callable, Iterable
from concurrent.futures import Future

from lsprotocol import types
from pygls.lsp.server import LanguageServer

from packager._version import __version__
from packager.app.session import Session
from packager.app.syntax import definition_errors, registry_map_errors, template_errors
from packager.cache import Cache, default_directory
from packager.findings.diagnostic import Diagnostic
from packager.lsp.background import Background
from packager.lsp.board import Board
from packager.lsp.diagnostics import to_protocol
from packager.lsp.documents import Document, Documents, Language, overlay_of, path_of, uri_of
from packager.lsp.positions import Positions, lines_of
from packager.lsp.preferences import SECTION, Preferences, read_preferences
from packager.lsp.rule_files import address_of
from packager.lsp.workflows import CheckedProject, Checker, Snapshot
from packager.model.facts import Engine

logger = logging.getLogger(__name__)
CHECK = "packager.check"
_TYPING_SECONDS = 0.4  # of a pause before the whole workflow is checked
_SYNTAX_SECONDS = 0.03  # in which more keys may follow
_ENGINES = {
    Language.WDL: Engine.WDL,
    Language.NEXTFLOW: Engine.NEXTFLOW,
    Language.NEXTFLOW_CONFIG: Engine.NEXTFLOW,
    Language.CWL: Engine.CWL,
}


class PackagerServer(LanguageServer):
    """The state of the server: the open files, what is shown of them, and the background checks."""

    def __init__(self) -> None:
        super().__init__(
            "packager",
            __version__,
            text_document_sync_kind=types.TextDocumentSyncKind.Full,
        )
        self.documents = Documents()
        self.board = Board()
        self.preferences = Preferences()
        self.folders: tuple[str, ...] = ()
        self.encoding = types.PositionEncodingKind.Utf16.value
        session = Session(Cache(default_directory()))
        self.background = Background(Checker(session), self._snapshot, self._publish_later, self._finish_later)
        self._published: set[str] = set()
        self._waiting: list[tuple[int, Future[None]]] = []
        self._loop: asyncio.AbstractEventLoop | None = None
        self._typed: dict[str, asyncio.TimerHandle] = {}

    # -- what the editor tells --------------------------------------------------------------------

    def begin(self, params: types.InitializeParams) -> None:
        """Note what the editor can do and which folders it has; the first one is the current folder, as in its terminal."""
        self._loop = asyncio.get_running_loop()
        options = params.initialization_options
        if options is not None:
            self.preferences = read_preferences(options)
        uris = [folder.uri for folder in params.workspace_folders or ()] or [params.root_uri or ""]
        self.set_folders([path for uri in uris if (path := path_of(uri)) is not None])
        _enter(self.folders)
        self.background.start()

    def set_folders(self, paths: Iterable[str]) -> None:
        """Replace the editor's folders."""
        self.folders = tuple(dict.fromkeys(os.path.realpath(path) for path in paths))

    async def fetch_preferences(self) -> None:
        """Ask the editor for its settings, if it has them."""
        workspace = self.client_capabilities.workspace
        if workspace is None or not workspace.configuration:
            return
        params = types.ConfigurationParams(items=[types.ConfigurationItem(section=SECTION)])
        try:
            values = await self.workspace_configuration_async(params)
        except Exception as error:  # noqa: BLE001 - an editor may refuse; the defaults remain
            logger.warning("the editor did not send its settings: %s", error)
            return
        if values and values[0] is not None:
            self.preferences = read_preferences(values[0])

    def open(self, uri: str, version: int, text: str) -> None:
        """Check a file that was opened."""
        document = self.documents.put(uri, version, text)
        if document is not None and document.language is not None:
            self._check_syntax(document)
            self.background.request()

    def change(self, uri: str, version: int, text: str) -> None:
        """Show the syntax errors of a file at once, and check its workflows after a pause."""
        before = self.documents.of(uri)
        document = self.documents.put(uri, version, text)
        was_known = before is not None and before.language is not None
        if document is None or not (was_known or document.language):
            return
        path = os.path.realpath(document.path)
        self.board.edit(path, lines_of(before.text if before else ""), lines_of(text), None)
        self._forget_typed(path)
        assert self._loop is not None
        if document.language is None:  # such as a YAML file whose `cwlVersion` is being edited
            self._forget_text(path)
        else:
            self._typed[path] = self._loop.call_later(_SYNTAX_SECONDS, self._check_syntax, document)
        if self.preferences.while_typing:
            self.background.request(_TYPING_SECONDS)

    def close(self, uri: str) -> None:
        """Forget a file that was closed; from now on its content is that on disk."""
        document = self.documents.of(uri)
        self.documents.close(uri)
        if document is not None:
            path = os.path.realpath(document.path)
            self._forget_typed(path)
            self._forget_text(path)

    def _forget_text(self, path: str) -> None:
        self.board.forget(path)
        self._show([path])

    def _forget_typed(self, path: str) -> None:
        handle = self._typed.pop(path, None)
        if handle is not None:
            handle.cancel()

    def check_all(self) -> Future[None]:
        """Check everything again; done when the outcome is shown."""
        done: Future[None] = Future()
        self._waiting.append((self.background.request(), done))
        return done

    # -- checks -----------------------------------------------------------------------------------

    def _snapshot(self) -> Snapshot:
        """What to check now; the thread of the checks calls it before each."""
        if not _exists_current_folder():
            _enter((*self.folders, os.sep))
        documents = {path: each for path, each in self.documents.all().items() if each.language is not None}
        return Snapshot(documents, self.folders, self.preferences, overlay_of(self.documents.all().values()))

    def _check_syntax(self, document: Document) -> None:
        path = os.path.realpath(document.path)
        self._typed.pop(path, None)
        current = self.documents.at(path)
        if current is None or current.version != document.version:
            return
        self.board.edit(path, [], [], _syntax_of(document))
        self._show([path])

    def _call(self, function: Callable[..., None], *arguments: object) -> None:
        """Call a function in the thread of the protocol."""
        if self._loop is not None and not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *arguments)

    def _publish_later(self, snapshot: Snapshot, project: str, outcome: CheckedProject) -> None:
        self._call(self._publish, snapshot, project, outcome)

    def _finish_later(self, snapshot: Snapshot, number: int) -> None:
        self._call(self._finish, snapshot, number)

    def _publish(self, snapshot: Snapshot, project: str, outcome: CheckedProject) -> None:
        """Show the outcome of a project; a file that was edited since then waits for the next check."""
        edited = {path for path, each in self.documents.all().items() if _differs(each, snapshot.documents.get(path))}
        if edited:
            return
        changed = self.board.set_project(project, outcome)
        if outcome.complete and (outcome.workflows or not outcome.errors):
            own = self.background.checker.files_of(project, snapshot)
            for path in own:
                self._forget_typed(path)
                self.board.settle(path)
            changed |= own  # what was moved with the text may not be shown yet
        for path, document in snapshot.documents.items():
            if outcome.complete or self.board.facts(path) is None:
                self.board.learn(path, document.text)
        self._show(changed)
        for error in outcome.errors:
            logger.info("not checked: %s", error.message)

    def _finish(self, snapshot: Snapshot, number: int) -> None:
        self._show(self.board.drop_projects(self.background.checker.projects(snapshot)))
        done = [future for request, future in self._waiting if request <= number]
        self._waiting = [(request, future) for request, future in self._waiting if request > number]
        for future in done:
            future.set_result(None)

    def _show(self, paths: Iterable[str]) -> None:
        for path in sorted(paths):
            document = self.documents.at(path)
            uri = document.uri if document is not None else uri_of(path)
            least = self.preferences.min_severity.rank
            findings = [finding for finding in self.board.of(path) if finding.severity.rank <= least]
            if not findings and uri not in self._published:
                continue
            positions = Positions.of(self.documents.text(path), self.encoding)
            shown = [to_protocol(finding, positions, address_of) for finding in findings]
            version = document.version if document is not None else None
            self.text_document_publish_diagnostics(types.PublishDiagnosticsParams(uri, shown, version))
            if findings:
                self._published.add(uri)
            else:
                self._published.discard(uri)

    def show_again(self) -> None:
        """Show all findings with the current preferences."""
        paths = {path for uri in self._published if (path := path_of(uri)) is not None}
        self._show({os.path.realpath(path) for path in paths})


def _enter(folders: Iterable[str]) -> None:
    """Make the first of the folders that exists the current folder."""
    for folder in folders:
        try:
            os.chdir(folder)
        except OSError as error:
            logger.info("cannot use the folder `%s`: %s", folder, error)
        else:
            return


def _exists_current_folder() -> bool:
    try:
        return bool(os.getcwd())  # noqa: PTH109 - of strings
    except OSError:
        return False


def _differs(document: Document, known: Document | None) -> bool:
    return document.language is not None and (known is None or known.version != document.version)


def _syntax_of(document: Document) -> tuple[Diagnostic, ...] | None:
    """The syntax errors of an open file; None if its language has no quick check."""
    match document.language:
        case Language.TEMPLATE:
            return template_errors(document.path, document.text)
        case Language.REGISTRY_MAP:
            return registry_map_errors(document.path, document.text)
        case language if language in _ENGINES:
            return definition_errors(_ENGINES[language], document.path, document.text)
    return None
