"""The emulator with other facts: a server between a client and the emulator that changes requests and answers of single workflows."""

from __future__ import annotations

import contextlib
import http.client
import json
import threading
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

from contract.account import PREFIX

from packager.emulator.protocol import route

_CREATE = "CreateWorkflow"
_READS = ("GetWorkflow", "GetWorkflowVersion")


@dataclass(frozen=True)
class Turn:
    """How a service with other facts answers about one workflow.

    `refuse`: the error of `operation` (of a deletion only the first time, or nothing could be cleaned up), if the body has more than
    `over` bytes. `recode`: the code of errors of `operation`. `drop`: members of a request that it ignores. `forgetful`: it does not
    recognise a `requestId`. `answer`: members of GetWorkflow and GetWorkflowVersion.
    """

    operation: str = _CREATE
    refuse: str = ""
    drop: Sequence[str] = ()
    answer: Mapping[str, Any] = field(default_factory=dict)
    over: int = -1
    recode: str = ""
    forgetful: bool = False


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, endpoint_url: str, turns: Mapping[str, Turn]) -> None:
        self.emulator = urlsplit(endpoint_url).netloc
        self.turns = turns
        self.keys: dict[str, str] = {}  # the key in a workflow's name, by its id
        self.refused: set[str] = set()
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: _Server

    def log_request(self, *_: object) -> None:
        """Print nothing."""

    def do_GET(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
        if self.path == "/":  # STS
            self._send(*self._forward(body))
            return
        call = route(self.command, self.path)
        members: dict[str, Any] = json.loads(body) if body else {}
        workflow_id = call.labels.get("id") or call.labels.get("workflowId", "")
        key = self.server.keys.get(workflow_id, str(members.get("name", "")).removeprefix(PREFIX))
        turn = self.server.turns.get(key, Turn())
        here = turn.operation == call.operation
        again = self.command == "DELETE" and key in self.server.refused
        if here and turn.refuse and len(body) > turn.over and not again:
            self.server.refused.add(key)
            self._send(400, {"x-amzn-ErrorType": turn.refuse}, json.dumps({"message": "turned"}).encode())
            return
        if here and (turn.drop or turn.forgetful):
            members = {name: value for name, value in members.items() if name not in turn.drop}
            body = json.dumps({**members, **({"requestId": str(uuid.uuid4())} if turn.forgetful else {})}).encode()
        status, headers, content = self._forward(body)
        if here and turn.recode and status >= 400:
            headers = {**headers, "x-amzn-ErrorType": turn.recode}
        if call.operation == _CREATE and status == 201:
            self.server.keys[json.loads(content)["id"]] = key
        if call.operation in _READS and status == 200 and turn.answer:
            answer = json.loads(content)
            if answer["status"] != "CREATING":
                content = json.dumps({**answer, **turn.answer}).encode()
        self._send(status, headers, content)

    def do_POST(self) -> None:
        self.do_GET()

    def do_DELETE(self) -> None:
        self.do_GET()

    def _forward(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        with contextlib.closing(http.client.HTTPConnection(self.server.emulator, timeout=60)) as connection:
            connection.request(self.command, self.path, body, {"Content-Type": self.headers.get("Content-Type", "")})
            answer = connection.getresponse()
            kept = {name: value for name in ("x-amzn-ErrorType", "Content-Type") if (value := answer.headers.get(name))}
            return answer.status, kept, answer.read()

    def _send(self, status: int, headers: Mapping[str, str], content: bytes) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        if status != 204:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)


@contextlib.contextmanager
def turned(endpoint_url: str, turns: Mapping[str, Turn]) -> Iterator[str]:
    """The address of an emulator with other facts, by the keys of the suite's questions."""
    server = _Server(endpoint_url, turns)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
