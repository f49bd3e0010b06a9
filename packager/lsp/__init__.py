"""The editor's server: the checks of `packager lint` over the open files, by the Language Server Protocol.

Needs the extra `lsp` (pygls and lsprotocol), which only this room and `packager lsp` import.
"""
