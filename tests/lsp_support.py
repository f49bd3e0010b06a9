"""An editor for tests: pygls' own client, which talks to `packager lsp` over its stdin and stdout."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Iterator, Mapping, Sequence
from pathlib import Path
from random import Random
from typing import Any, TypeVar

from conftest import DAY, PYTHON, ROOT, bare_environment
from lsprotocol import types
from pygls.lsp.client import LanguageClient

T = TypeVar("T")
_SECONDS = 120.0  # no answer comes later, however slow the machine is


class Editor:
    """An editor with a folder; `shown` are the diagnostics of each file by its path relative to the folder.

    With `opened`, these folders below it are open instead; `home` is the user's home folder, below it too.
    """

    def __init__(
        self,
        folder: Path,
        cache: Path,
        *,
        encoding: str | None = None,
        settings: object = None,
        opened: Sequence[str] = (".",),
        home: str | None = None,
        patience: float = _SECONDS,
    ) -> None:
        self.folder = folder
        self.opened = opened
        self.home = str(folder / home) if home is not None else str(cache)
        self.shown: dict[str, list[types.Diagnostic]] = {}
        self.history: dict[str, list[set[str]]] = {}  # the codes that were shown, one set per message
        self.versions: dict[str, int] = {}
        self.registered: list[str] = []
        self.settings = settings
        self.patience = patience
        self.log = cache.with_name(f"{cache.name}.log")
        self._loop = asyncio.new_event_loop()
        self.client = LanguageClient("tests", "1")
        self._serve()
        self.capabilities = self.run(self._start(cache, encoding)).capabilities

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        """The result of an exchange with the server."""
        return self._loop.run_until_complete(asyncio.wait_for(work, self.patience))

    def _serve(self) -> None:
        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)  # type: ignore[untyped-decorator]
        def publish(params: types.PublishDiagnosticsParams) -> None:
            path = params.uri.removeprefix(self.folder.as_uri() + "/")
            self.shown[path] = list(params.diagnostics)
            self.history.setdefault(path, []).append({str(each.code) for each in params.diagnostics})

        @self.client.feature(types.WORKSPACE_CONFIGURATION)  # type: ignore[untyped-decorator]
        def configure(_params: types.ConfigurationParams) -> list[Any]:
            return [self.settings]

        @self.client.feature(types.CLIENT_REGISTER_CAPABILITY)  # type: ignore[untyped-decorator]
        def register(params: types.RegistrationParams) -> None:
            self.registered += [registration.method for registration in params.registrations]

        @self.client.feature(types.WINDOW_SHOW_MESSAGE)  # type: ignore[untyped-decorator]
        def show(params: types.ShowMessageParams) -> None:
            raise AssertionError(params.message)

    async def _start(self, cache: Path, encoding: str | None) -> types.InitializeResult:
        environment = bare_environment(
            PACKAGER_CACHE_DIR=str(cache),
            PYTHONPATH=str(ROOT),
            PACKAGER_AS_OF=DAY.isoformat(),
            HOME=self.home,
            USERPROFILE=self.home,
        )
        command = ("-m", "packager", "lsp", "--log-file", str(self.log), "--log-level", "warning")
        await self.client.start_io(PYTHON, *command, env=environment, limit=64 * 1024 * 1024)
        folders = self._workspace_folders(self.opened)
        watching = types.DidChangeWatchedFilesClientCapabilities(dynamic_registration=True)
        workspace = types.WorkspaceClientCapabilities(
            configuration=True, did_change_watched_files=watching, workspace_folders=True
        )
        general = types.GeneralClientCapabilities(position_encodings=[encoding]) if encoding else None
        capabilities = types.ClientCapabilities(workspace=workspace, general=general)
        params = types.InitializeParams(capabilities=capabilities, process_id=os.getpid(), workspace_folders=folders)
        result = await self.client.initialize_async(params)
        self.client.initialized(types.InitializedParams())
        return result

    def _workspace_folders(self, paths: Sequence[str]) -> list[types.WorkspaceFolder]:
        folders = [(self.folder / path).resolve() for path in paths]
        return [types.WorkspaceFolder(folder.as_uri(), folder.name) for folder in folders]

    def change_folders(self, *, added: Sequence[str] = (), removed: Sequence[str] = ()) -> None:
        """Open and close folders."""
        self._change_folders(self._workspace_folders(added), self._workspace_folders(removed))
        self.opened = [*(path for path in self.opened if path not in removed), *added]

    def _change_folders(self, added: list[types.WorkspaceFolder], removed: list[types.WorkspaceFolder]) -> None:
        event = types.WorkspaceFoldersChangeEvent(added=added, removed=removed)
        self.client.workspace_did_change_workspace_folders(types.DidChangeWorkspaceFoldersParams(event))

    def move(self, folder: Path, opened: Sequence[str] = (".",)) -> None:
        """Close all files, and exchange the folder for another one."""
        for path in list(self.versions):
            self.close(path)
        self._change_folders([], self._workspace_folders(self.opened))
        self.check()
        self.folder, self.opened = folder, opened
        self._change_folders(self._workspace_folders(opened), [])
        self.shown.clear()
        self.history.clear()

    def uri(self, path: str) -> str:
        """The URI of a file in the folder."""
        return (self.folder / path).as_uri()

    def open(self, path: str, text: str | None = None) -> None:
        """Open a file, with its text on disk if omitted."""
        text = (self.folder / path).read_bytes().decode() if text is None else text
        self.versions[path] = 1
        item = types.TextDocumentItem(self.uri(path), "text", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))

    def type(self, path: str, text: str) -> None:
        """Replace the text of an open file."""
        self.versions[path] += 1
        document = types.VersionedTextDocumentIdentifier(self.versions[path], self.uri(path))
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    def save(self, path: str, text: str) -> None:
        """Write a file as an editor does, and tell the server."""
        (self.folder / path).write_bytes(text.encode())
        document = types.TextDocumentIdentifier(self.uri(path))
        self.client.text_document_did_save(types.DidSaveTextDocumentParams(document))

    def close(self, path: str) -> None:
        """Close a file."""
        del self.versions[path]
        document = types.TextDocumentIdentifier(self.uri(path))
        self.client.text_document_did_close(types.DidCloseTextDocumentParams(document))

    def tell(self, *paths: str) -> None:
        """Tell the server of files that changed without the editor."""
        changes = [types.FileEvent(self.uri(path), types.FileChangeType.Changed) for path in paths]
        self.client.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams(changes))

    def check(self) -> dict[str, list[str]]:
        """The lines and codes that are shown of each file, once everything is checked."""
        params = types.ExecuteCommandParams("packager.check")
        self.run(self.client.workspace_execute_command_async(params))
        return {
            path: [f"{each.range.start.line + 1} {each.code or each.message}" for each in found]
            for path, found in sorted(self.shown.items())
            if found
        }

    def wait_for(self, path: str, code: str) -> None:
        """Wait until a code is shown."""
        for _ in range(int(self.patience / 0.05)):
            if code in self.history.get(path, [set()])[-1]:
                return
            self.wait(0.05)
        raise AssertionError(f"{code} is not shown in {path}")

    def wait(self, seconds: float = 0.2) -> None:
        """Let messages arrive."""
        self._loop.run_until_complete(asyncio.sleep(seconds))

    def logged(self) -> str:
        """The log, which is empty if nothing went wrong."""
        return self.log.read_text(encoding="utf-8") if self.log.exists() else ""

    def quit(self) -> str:
        """End the server; its log."""

        async def end() -> None:
            await self.client.shutdown_async(None)
            self.client.exit(None)
            await self.client.stop()  # type: ignore[no-untyped-call]

        self.run(end())
        self._loop.close()
        return self.logged()


def edited(text: str, random: Random) -> str:
    """A text after a random edit, as people make them: some leave it broken."""
    lines = text.split("\n")
    line = random.randrange(len(lines))
    match random.randrange(6):
        case 0:
            del lines[line]
        case 1:
            lines.insert(line, lines[random.randrange(len(lines))])
        case 2:
            lines[line] = lines[line][: random.randrange(len(lines[line]) + 1)]
        case 3:
            at = random.randrange(len(lines[line]) + 1)
            lines[line] = (
                lines[line][:at]
                + random.choice(['"', "{", "}", "😀", " x", "\t", "é", "'", "#", "//"])
                + lines[line][at:]
            )
        case 4:
            lines[line : line + 1] = [lines[line], ""]
        case _:
            words = lines[line].split(" ")
            random.shuffle(words)
            lines[line] = " ".join(words)
    return "\n".join(lines)


def opened(folder: Path, files: Mapping[str, str]) -> Iterator[Editor]:
    """An editor with all of these files open, each checked once; it ends without an error in its log."""
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    editor = Editor(folder, folder.with_name("cache"))
    for name in files:
        if not name.startswith(".git"):
            editor.open(name)
    editor.check()
    yield editor
    assert editor.quit() == ""
