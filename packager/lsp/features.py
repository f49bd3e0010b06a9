"""The messages of the protocol that the server answers."""

from __future__ import annotations

import asyncio
import os

from lsprotocol import types

from packager.lsp.documents import path_of
from packager.lsp.language_features import add_language_features
from packager.lsp.preferences import read_preferences
from packager.lsp.server import CHECK, PackagerServer

_PATTERNS = (
    "**/*.{wdl,nf,cwl,config,yml,yaml,json,groovy}",
    "**/packager.toml",
    "**/packager.lock",
    "**/.gitignore",
    "**/.packagerignore",
)


def make_server() -> PackagerServer:
    """A server with all its features."""
    server = PackagerServer()
    _add_lifecycle(server)
    _add_documents(server)
    add_language_features(server)
    return server


def _add_lifecycle(server: PackagerServer) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        encoding = server.workspace.position_encoding or types.PositionEncodingKind.Utf16
        server.encoding = types.PositionEncodingKind(encoding).value
        server.begin(params)

    @server.feature(types.INITIALIZED)
    async def initialized(_params: types.InitializedParams) -> None:
        await server.fetch_preferences()
        await _watch_files(server)
        server.background.request()

    @server.feature(types.SHUTDOWN)
    def shutdown(_params: None) -> None:
        server.background.stop()

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    async def configure(params: types.DidChangeConfigurationParams) -> None:
        if params.settings:
            server.preferences = read_preferences(params.settings)
        await server.fetch_preferences()
        server.show_again()
        server.background.request()

    @server.feature(types.WORKSPACE_DID_CHANGE_WORKSPACE_FOLDERS)
    def change_folders(params: types.DidChangeWorkspaceFoldersParams) -> None:
        gone = {path_of(folder.uri) for folder in params.event.removed}
        gone = {os.path.realpath(path) for path in gone if path is not None}
        added = [path for folder in params.event.added if (path := path_of(folder.uri)) is not None]
        server.set_folders([*(path for path in server.folders if path not in gone), *added])
        server.background.request()

    @server.command(CHECK)
    async def check() -> None:
        """Check everything again, and answer when the outcome is shown."""
        await asyncio.wrap_future(server.check_all())


async def _watch_files(server: PackagerServer) -> None:
    """Ask the editor to tell about files that change without it."""
    workspace = server.client_capabilities.workspace
    watching = workspace.did_change_watched_files if workspace is not None else None
    if watching is None or not watching.dynamic_registration:
        return
    watchers = [types.FileSystemWatcher(glob_pattern=pattern) for pattern in _PATTERNS]
    options = types.DidChangeWatchedFilesRegistrationOptions(watchers)
    registration = types.Registration("watched-files", types.WORKSPACE_DID_CHANGE_WATCHED_FILES, options)
    await server.client_register_capability_async(types.RegistrationParams([registration]))


def _add_documents(server: PackagerServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def did_open(params: types.DidOpenTextDocumentParams) -> None:
        document = params.text_document
        server.open(document.uri, document.version, document.text)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def did_change(params: types.DidChangeTextDocumentParams) -> None:
        uri = params.text_document.uri
        server.change(uri, params.text_document.version, server.workspace.get_text_document(uri).source)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def did_save(params: types.DidSaveTextDocumentParams) -> None:
        server.documents.saved(params.text_document.uri)
        server.background.request()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def did_close(params: types.DidCloseTextDocumentParams) -> None:
        server.close(params.text_document.uri)
        server.background.request()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def did_change_files(_params: types.DidChangeWatchedFilesParams) -> None:
        for document in server.documents.all().values():
            server.documents.saved(document.uri)
        server.background.request()
