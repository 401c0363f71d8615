"""A model on the loopback that asks for a fixed list of shell commands, one a turn, and then says that it is done."""

from __future__ import annotations

import gzip
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any, Final, Self

from jackline.clients.canary.protocols import WIRES, Say

if TYPE_CHECKING:
    from types import TracebackType

    from jackline.clients.canary.protocols import Json, Wire

SHELL_TOOLS: Final = (
    ("Bash", "command"), ("bash", "command"), ("run_shell_command", "command"), ("exec_command", "cmd"),
    ("shell_command", "command"), ("shell", "command"),
)  # fmt: skip
"""The clients' shell tools, and the argument that is the command."""

_NEUTRAL: Final[Json] = {"boolean": False, "number": 0, "integer": 0, "array": [], "object": {}, "string": "canary"}
_MAX_BODY: Final = 32 * 1024 * 1024


class CanaryModel:
    """`with CanaryModel(commands) as model:` serves on 127.0.0.1:`model.port` until the block ends.

    Afterwards `model.results` are the texts that the client handed back, one per command that it took, and
    `model.asked` says whether it asked at all. Which command comes next is read from the request's own history, so
    that retries and side requests change nothing.
    """

    def __init__(self, commands: tuple[str, ...]) -> None:
        self._commands = commands
        self._lock = threading.Lock()
        self.results: list[str] = []
        self.asked = False
        model = self

        class Handler(_Handler):
            owner = model

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.port: int = self._server.server_address[1]

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def say(self, wire: Wire, body: Json) -> Say:
        """The answer to one request."""
        tools = wire.tools(body)
        shell = next(((name, key) for name, key in SHELL_TOOLS if name in tools), None)
        if shell is None:
            schema = wire.schema(body)
            return Say(json.dumps(_example(schema)) if schema else "canary")
        results = wire.results(body)
        with self._lock:
            self.asked = True
            if len(results) >= len(self.results):
                self.results = results
        if len(results) >= len(self._commands):
            return Say("The canary is done.")
        return Say("", shell[0], _arguments(tools[shell[0]], shell[1], self._commands[len(results)]), len(results))


def _arguments(schema: Json, key: str, command: str) -> Json:
    """The command, and a neutral value for every other argument that the tool demands."""
    properties = schema.get("properties") or {}
    kinds = {name: (properties.get(name) or {}).get("type", "string") for name in schema.get("required") or []}
    filled = {name: _NEUTRAL.get(kind if isinstance(kind, str) else "string", "canary") for name, kind in kinds.items()}
    is_list = (properties.get(key) or {}).get("type") == "array"
    return {**filled, key: ["bash", "-c", command] if is_list else command}


def _example(schema: Json) -> Any:  # noqa: ANN401 - JSON
    """The least value that a schema allows."""
    if schema.get("enum"):
        return schema["enum"][0]
    kind = schema.get("type", "object")
    kind = str(kind[0] if isinstance(kind, list) and kind else kind).lower()
    if kind == "object":
        return {name: _example(part) for name, part in (schema.get("properties") or {}).items()}
    return _NEUTRAL.get(kind)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    owner: CanaryModel

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002, ANN401 - the base's signature
        """Say nothing: standard error is the doctor's."""

    def do_HEAD(self) -> None:
        """Some clients look whether somebody is there."""
        self._send(b"{}", "application/json")

    def do_GET(self) -> None:
        """A list of models, for the clients that ask for one."""
        model = {"id": "canary", "object": "model", "type": "model"}
        self._send(json.dumps({"object": "list", "data": [model], "models": []}).encode(), "application/json")

    def do_POST(self) -> None:
        """One turn."""
        path = self.path.partition("?")[0]
        try:
            body = json.loads(self._body() or b"{}")
        except ValueError:
            body = {}
        wire = next((each for each in WIRES if each.path.search(path)), None)
        if wire is None or not isinstance(body, dict):
            self._send(b'{"input_tokens": 1, "totalTokens": 1}', "application/json")
            return
        events = list(wire.events(self.owner.say(wire, body)))
        if path.endswith(":generateContent"):
            self._send(json.dumps(events[0][1]).encode(), "application/json")
            return
        lines = [(f"event: {name}\n" if name else "") + f"data: {json.dumps(data)}\n\n" for name, data in events]
        done = "data: [DONE]\n\n" if path.endswith("/chat/completions") else ""
        self._send("".join([*lines, done]).encode(), "text/event-stream")

    def _body(self) -> bytes:
        if "chunked" in (self.headers.get("transfer-encoding") or ""):
            raw = b""
            while (size := int(self.rfile.readline().split(b";")[0], 16)) and len(raw) + size <= _MAX_BODY:
                raw += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            raw = self.rfile.read(min(int(self.headers.get("content-length") or 0), _MAX_BODY))
        return gzip.decompress(raw) if self.headers.get("content-encoding") == "gzip" else raw

    def _send(self, content: bytes, kind: str) -> None:
        self.close_connection = True
        self.send_response(200)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(content)))
        self.send_header("connection", "close")
        self.end_headers()
        try:
            if self.command != "HEAD":
                self.wfile.write(content)
        except (BrokenPipeError, ConnectionResetError):
            return  # the client gave up
