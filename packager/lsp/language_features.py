"""The questions about one open file: fixes, hover, links, symbols, definitions and completion."""

from __future__ import annotations

import os
from dataclasses import dataclass

from lsprotocol import types

from packager.lsp.actions import allow_actions, fix_actions
from packager.lsp.board import Board
from packager.lsp.completion import Request, complete
from packager.lsp.documents import Language, uri_of
from packager.lsp.hover import hover_text
from packager.lsp.json_help import LANGUAGES as JSON_LANGUAGES
from packager.lsp.json_help import JsonFile, complete_json, hover_json
from packager.lsp.knowledge import workflows_of
from packager.lsp.outline import symbols_of
from packager.lsp.positions import Positions
from packager.lsp.proposals import to_items
from packager.lsp.references import definitions, file_links, image_links
from packager.lsp.server import PackagerServer
from packager.lsp.toml_help import complete_toml, hover_toml


@dataclass(frozen=True, slots=True)
class _OpenFile:
    """An open file as the features see it: its text has line feeds only and no byte order mark."""

    path: str
    real: str
    language: Language
    text: str
    positions: Positions

    def offset(self, position: types.Position) -> int:
        """The offset of a position."""
        line, column = self.positions.place(position)
        return self.offset_of(line, column)

    def offset_of(self, line: int, column: int) -> int:
        """The offset of a line and column from 1."""
        return sum(len(each) + 1 for each in self.positions.lines[: line - 1]) + column - 1


def _open_file(server: PackagerServer, uri: str) -> _OpenFile | None:
    document = server.documents.of(uri)
    if document is None or document.language is None:
        return None
    positions = Positions.of(document.text, server.encoding)
    path = os.path.abspath(document.path)  # noqa: PTH100 - links are kept
    return _OpenFile(path, os.path.realpath(path), document.language, "\n".join(positions.lines), positions)


def add_language_features(server: PackagerServer) -> None:
    """Register the features."""
    _add_actions(server)
    _add_hover(server)
    _add_navigation(server)
    _add_completion(server)


def _add_actions(server: PackagerServer) -> None:
    options = types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix])

    @server.feature(types.TEXT_DOCUMENT_CODE_ACTION, options)
    def code_action(params: types.CodeActionParams) -> list[types.CodeAction]:
        document = server.documents.of(params.text_document.uri)
        file = _open_file(server, params.text_document.uri)
        if document is None or file is None:
            return []
        shown = [
            finding
            for finding in server.board.of(file.real)
            if _touches(file.positions.range(finding.place), params.range)
        ]
        pairs = [pair for workflows in server.board.workflows.values() for pair in workflows]
        actions = [
            *fix_actions(shown, pairs, server.documents, server.encoding),
            *allow_actions(shown, document),
        ]
        given = {(each.code, each.range.start.line): each for each in params.context.diagnostics}
        for action in actions:
            code = action.title.split()[1].rstrip(":")
            found = next((each for (own, _), each in given.items() if own == code), None)
            action.diagnostics = [found] if found is not None else None
        return actions


def _touches(one: types.Range, other: types.Range) -> bool:
    return one.start.line <= other.end.line and other.start.line <= one.end.line


def _add_hover(server: PackagerServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hover(params: types.HoverParams) -> types.Hover | None:
        file = _open_file(server, params.text_document.uri)
        if file is None:
            return None
        offset = file.offset(params.position)
        found: tuple[str, int, int] | None = None
        if file.language in JSON_LANGUAGES:
            found = hover_json(_json_file(file, server.board), offset)
        elif file.language is Language.CONFIGURATION:
            found = hover_toml(file.text, offset)
        else:
            line, column = file.positions.place(params.position)
            facts = server.board.facts(file.real)
            text = hover_text(facts, line, column, file.positions.lines) if facts is not None else ""
            return types.Hover(_markdown(text)) if text else None
        return types.Hover(_markdown(found[0]), file.positions.span(*found[1:])) if found is not None else None


def _markdown(text: str) -> types.MarkupContent:
    return types.MarkupContent(types.MarkupKind.Markdown, text)


def _json_file(file: _OpenFile, board: Board) -> JsonFile:
    own = workflows_of(file.language, file.real, file.text, board.loaded(), board.path_in)
    return JsonFile(file.language, file.path, file.text, own)


def _add_navigation(server: PackagerServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_LINK)
    def links(params: types.DocumentLinkParams) -> list[types.DocumentLink]:
        file = _open_file(server, params.text_document.uri)
        if file is None:
            return []
        found = list(file_links(file.language, file.path, file.text))
        facts = server.board.facts(file.real)
        if facts is not None:
            found += image_links(facts, file.text, file.positions.lines, file.offset_of)
        return [types.DocumentLink(file.positions.span(link.start, link.end), target=link.target) for link in found]

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def symbols(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        file = _open_file(server, params.text_document.uri)
        if file is None:
            return []
        return [
            types.DocumentSymbol(
                name=symbol.name,
                kind=symbol.kind,
                range=file.positions.span(symbol.start, max(symbol.end, symbol.name_end)),
                selection_range=file.positions.span(symbol.name_start, symbol.name_end),
            )
            for symbol in symbols_of(file.language, file.path, file.text)
        ]

    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def definition(params: types.DefinitionParams) -> list[types.Location]:
        file = _open_file(server, params.text_document.uri)
        if file is None:
            return []

        def read(path: str) -> str:
            return "\n".join(Positions.of(server.documents.text(path), server.encoding).lines)

        found = definitions(file.language, file.path, file.text, file.offset(params.position), read)
        locations = []
        for each in found:
            positions = Positions.of(each.text, server.encoding)
            symbol = each.symbol
            span = positions.span(symbol.name_start, symbol.name_end) if symbol else positions.span(0, 0)
            document = server.documents.at(each.path)
            locations.append(types.Location(document.uri if document else uri_of(each.path), span))
        return locations


def _add_completion(server: PackagerServer) -> None:
    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(trigger_characters=['"', ".", "[", ":"]))
    def completion(params: types.CompletionParams) -> list[types.CompletionItem]:
        file = _open_file(server, params.text_document.uri)
        if file is None:
            return []
        offset = file.offset(params.position)
        if file.language in JSON_LANGUAGES:
            return to_items(complete_json(_json_file(file, server.board), offset), file.positions.span)
        if file.language is Language.CONFIGURATION:
            return to_items(complete_toml(file.text, offset), file.positions.span)
        facts = server.board.facts(file.real)
        own = tuple(loaded for loaded, _ in facts.workflows) if facts is not None else ()
        return complete(Request(file.language, file.text[:offset], own))
