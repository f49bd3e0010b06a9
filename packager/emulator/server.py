"""HTTP/1.1 around the operations: with limits, and never a traceback or a host's path to the client."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import os
import socket
import socketserver
import sqlite3
import struct
import threading
import traceback
import uuid
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from packager.emulator import operations
from packager.emulator.context import DEFINITION_PATH, README_PATH, Service
from packager.emulator.errors import ApiError, invalid
from packager.emulator.protocol import answer_sts, json_object, read_members, route, write_members
from packager.emulator.records import Members
from packager.emulator.validation import validate
from packager.errors import PackagerError

# A zip of 4.4 MB in base64, a template of 400 KB, a README of 500 KiB, and room for the rest.
MAX_BODY_BYTES = 10 * 1024 * 1024
_MAX_DRAINED_BYTES = 256 * 1024 * 1024  # a client that sends more is cut off before it has read the answer
_IDLE_SECONDS = 65.0
_CLOSE_SECONDS = 5.0
_CHUNK = 64 * 1024
FAULTS_PATH = "/_emulator/faults"


class _CutError(Exception):
    """Reset the connection instead of answering."""


class Server(ThreadingHTTPServer):
    """The listening socket, and the connections that are open, so that closing leaves none."""

    daemon_threads = True
    allow_reuse_address = os.name != "nt"  # where it would allow two servers at one port
    request_queue_size = 256  # many clients may start at the same moment

    def __init__(self, address: tuple[str, int], log: Callable[[str], None]) -> None:
        self.log = log
        self.service: Service | None = None
        self._open: set[socket.socket] = set()
        self._changed = threading.Condition()
        self.closing = threading.Event()
        self.address_family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
        super().__init__(address, _Handler)

    def server_bind(self) -> None:
        """Bind without the base class's look-up of our own name, which can ask a DNS server."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]  # type: ignore[assignment]  # str, int

    def process_request(self, request: Any, client_address: Any) -> None:
        """Note the connection, then start its thread."""
        with self._changed:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection at the end of its thread."""
        super().shutdown_request(request)
        with self._changed:
            self._open.discard(request)
            self._changed.notify_all()

    def close_connections(self) -> None:
        """End every connection and wait for their threads."""
        self.closing.set()
        with self._changed:
            for connection in self._open:
                with contextlib.suppress(OSError):  # the client was faster
                    connection.shutdown(socket.SHUT_RDWR)
            self._changed.wait_for(lambda: not self._open, _CLOSE_SECONDS)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A connection's thread ended with an error: to the log, not to stderr."""
        del request, client_address
        self.log(traceback.format_exc())


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = _IDLE_SECONDS
    disable_nagle_algorithm = (
        True  # an answer's head and body go out at once: otherwise each waits 40 ms for the client
    )
    server: Server

    def handle(self) -> None:
        # A client that left is not answered.
        with contextlib.suppress(ConnectionError, TimeoutError):
            super().handle()

    def version_string(self) -> str:
        return "packager-emulator"

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date header, by the clock that clients see."""
        service = self.server.service
        return super().date_time_string(service.now() if service and timestamp is None else timestamp)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
        """Log nothing: nobody needs one line per request."""

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What the base class refuses (a malformed request line or header), in our form."""
        del message, explain
        self.close_connection = True
        self.request_version = self.protocol_version  # without one, the base class sends no headers
        self._send_api_error("ValidationException", "the HTTP request is malformed", code)

    def do_GET(self) -> None:
        self._respond()

    def do_POST(self) -> None:
        self._respond()

    def do_PUT(self) -> None:
        self._respond()

    def do_PATCH(self) -> None:
        self._respond()

    def do_DELETE(self) -> None:
        self._respond()

    def _respond(self) -> None:
        """Answer one request, even if it causes an internal error."""
        try:
            body = self._body()
            if self.path.startswith("/_emulator/"):
                self._own(body)
            elif self.command == "POST" and self.path.partition("?")[0] == "/":
                self._identity(body)
            else:
                self._operation(body)
        except ApiError as error:
            self._send_api_error(error.name, error.message, error.status)
        except _CutError:
            self._cut()
        except (ConnectionError, TimeoutError):
            raise
        except sqlite3.Error as error:
            self._send_api_error("InternalServerException", f"the emulator's database cannot be used: {error}", 500)
        except Exception:  # noqa: BLE001 - our bug: the client hears that, the log what it was
            self.server.log(traceback.format_exc())
            self.close_connection = True
            self._send_api_error("InternalServerException", "internal error of the emulator", 500)

    def _operation(self, body: bytes) -> None:
        service = self._service()
        call = route(self.command, self.path)
        name = call.operation
        handler = operations.handler(name)
        faults = service.faults
        if faults.take("throttle", name):
            raise ApiError("ThrottlingException", "this call was configured to be throttled")
        if faults.take("server_error", name):
            raise ApiError("InternalServerException", "this call was configured to fail")
        changes = operations.changes_state(name)
        if faults.take_cut("cut_before_write", name, changes=changes):
            raise _CutError
        answer: Members = {}
        try:
            answer = handler(service, validate(name, read_members(call, body)))
        finally:
            late = faults.take("delay", name)
            if late:
                self.server.closing.wait(late.delay_seconds)
        if faults.take_cut("cut_after_write", name, changes=changes):
            raise _CutError
        status, content = write_members(name, answer)
        self._send(status, content)

    def _identity(self, body: bytes) -> None:
        """Answer GetCallerIdentity, so that clients can find out their account at the same endpoint."""
        service = self._service()
        status, content = answer_sts(body, service.options.account)
        self._send(status, content, "text/xml")

    def _service(self) -> Service:
        assert self.server.service is not None, "served before it was set up"
        return self.server.service

    def _own(self, body: bytes) -> None:
        """The emulator's own paths: stored zips and READMEs, and the faults."""
        path = self.path.partition("?")[0]
        if path == FAULTS_PATH:
            self._faults(body)
        elif self.command == "GET" and path.startswith(DEFINITION_PATH):
            resource = self._service().store.by_uuid(_uuid(path.removeprefix(DEFINITION_PATH)))
            self._send_stored(resource.definition if resource else None, "application/zip")
        elif self.command == "GET" and path.startswith(README_PATH):
            resource = self._service().store.by_uuid(_uuid(path.removeprefix(README_PATH)))
            text = resource.members.get("readmeMarkdown") if resource else None
            kind = "text/markdown; charset=utf-8"
            if resource and resource.readme is None and text is not None:
                self._send(200, text.encode("utf-8", "replace"), kind)
            else:
                self._send_stored(resource.readme if resource else None, kind)
        else:
            raise ApiError("UnknownOperationException", "the emulator has no such path")

    def _faults(self, body: bytes) -> None:
        """Read, set or clear the faults: from this machine only, and from no web page."""
        client = ipaddress.ip_address(self.client_address[0].partition("%")[0])
        if not client.is_loopback or self.headers.get("Origin"):
            raise ApiError("AccessDeniedException", "faults can be set from the emulator's own machine only")
        faults = self._service().faults
        if self.command == "POST":
            try:
                faults.set(json_object(body))
            except PackagerError as error:
                raise invalid(f"{error.message}: {error.hint}" if error.hint else error.message) from error
        elif self.command == "DELETE":
            faults.clear()
        elif self.command != "GET":
            raise ApiError(
                "UnknownOperationException",
                "faults are read with GET, set with POST, cleared with DELETE",
            )
        self._send(200, json.dumps(faults.plain()).encode())

    def _body(self) -> bytes:
        """The request's body.

        Raises:
            ApiError: it has no usable length, or is too long.
        """
        if self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise ApiError("LengthRequiredException", "the body needs a Content-Length")
        text = self.headers.get("Content-Length", "0").strip()
        if not text.isascii() or not text.isdigit() or len(text) > 15:
            self.close_connection = True
            raise invalid("the Content-Length is not a number")
        length = int(text)
        if length > MAX_BODY_BYTES:
            self.close_connection = True
            self._drain(length)
            raise ApiError(
                "RequestEntityTooLargeException",
                f"the body must have at most {MAX_BODY_BYTES} bytes",
            )
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionResetError
        return body

    def _drain(self, length: int) -> None:
        """Read what the client sends, so that the client gets as far as reading the answer."""
        left = min(length, _MAX_DRAINED_BYTES)
        while left and (chunk := self.rfile.read(min(left, _CHUNK))):
            left -= len(chunk)

    def _send_stored(self, sha256: str | None, kind: str) -> None:
        stored = self._service().store.blob(sha256) if sha256 else None
        if stored is None:
            raise ApiError("ResourceNotFoundException", "nothing is stored under this path")
        size, pieces = stored
        self._send_head(200, size, kind)
        for piece in pieces:
            self.wfile.write(piece)

    def _send_api_error(self, name: str, message: str, status: int) -> None:
        self._send(status, json.dumps({"message": message}).encode(), error=name)

    def _send(self, status: int, content: bytes, kind: str = "application/json", error: str = "") -> None:
        self._send_head(status, len(content), kind, error)
        if status != 204:
            self.wfile.write(content)

    def _send_head(self, status: int, size: int, kind: str, error: str = "") -> None:
        self.send_response(status)
        if error:
            self.send_header("x-amzn-ErrorType", error)
        self.send_header("x-amzn-RequestId", str(uuid.uuid4()))
        if status != 204:  # which has no body and no length
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(size))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def _cut(self) -> None:
        """Reset the connection, as when the network breaks."""
        self.close_connection = True
        with contextlib.suppress(OSError):  # it is to be cut anyway
            self.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("hh" if os.name == "nt" else "ii", 1, 0)
            )
        self.rfile.close()  # it holds the socket open
        self.connection.close()


def _uuid(text: str) -> str:
    try:
        return str(uuid.UUID(text))
    except ValueError as error:
        raise ApiError("ResourceNotFoundException", "nothing is stored under this path") from error
