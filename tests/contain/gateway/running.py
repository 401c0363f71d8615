"""A keeper for tests: it starts the gateway, hands it listeners, answers asks from a table, and keeps what it is told."""

from __future__ import annotations

import array
import contextlib
import json
import os
import socket
import sys
import threading
import time
from pathlib import Path

import msgspec

from jackline.contain.gateway import messages as say

PROCESS = Path(__file__).with_name("process.py")
PATIENCE = 20.0
HERE = ("loopback", "public")
DIALLED = []
"""Connections that a fixture closes behind each test."""
FROM_GATEWAY = msgspec.json.Decoder(say.FromGateway)


def listener(kind=socket.SOCK_STREAM, address="127.0.0.1"):
    found = socket.socket(socket.AF_INET, kind)
    found.bind((address, 0))
    if kind == socket.SOCK_STREAM:
        found.listen(64)
    return found


def allow(ask, /, **more):
    return say.Answer(ask.id, allow=True, zones=more.pop("zones", HERE), **more)


def deny(ask, /, **more):
    return say.Answer(ask.id, allow=False, **more)


class Keeper:
    """`judge` is a function from `Ask` to `Answer`, or None to leave it unanswered."""

    def __init__(self, file, judge=None, names=None, *, command=None, environment=None):
        self.judge, self.file, self.actions = judge, file, {"A1"}
        file.write_text(json.dumps(names or {}))
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        command = command or [sys.executable, str(PROCESS), str(file)]
        actions = [(os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)]
        inherited = {key: value for key, value in os.environ.items() if key in {"PATH", "PYTHONPATH"}}
        environment = inherited | (environment or {})
        self.pid = os.posix_spawn(command[0], command, environment, file_actions=actions)
        theirs.close()
        self.told = []
        self.exit = None
        self._changed = threading.Condition()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def again(self, judge, names=None):
        """As if it had just been started."""
        for action in self.actions:
            self.send(say.Stop(action))
        self.send(say.Credentials())
        self.actions = {"A1"}
        for _ in range(3):  # each goes once through its loop, in which what was stopped ends
            self.serve("proxy", action="barrier")
            self.send(say.Stop("barrier"))
        self.judge = judge
        self.file.write_text(json.dumps(names or {}))
        with self._changed:
            self.told.clear()

    def _read(self):
        with contextlib.suppress(OSError):
            while data := self.control.recv(say.MAX_MESSAGE):
                message = FROM_GATEWAY.decode(data)
                if isinstance(message, say.Ask):
                    answer = self.judge(message)
                    if answer is not None:
                        self.send(answer)
                with self._changed:
                    self.told.append(message)
                    self._changed.notify_all()
        with self._changed:
            self.told.append(None)
            self._changed.notify_all()

    def send(self, message, sockets=()):
        descriptors = array.array("i", [one.fileno() for one in sockets])
        ancillary = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)] if sockets else []
        self.control.sendmsg([msgspec.json.encode(message)], ancillary)

    def wait(self, kind, when=lambda message: True, count=1):
        """The first message of a kind for which `when` holds, once there are `count`."""
        end = time.monotonic() + PATIENCE
        with self._changed:
            while True:
                found = [one for one in self.told if isinstance(one, kind) and when(one)]
                if len(found) >= count:
                    return found[0]
                assert None not in self.told, "the gateway has ended"
                assert self._changed.wait(end - time.monotonic()), f"no {kind.__name__}; there were {self.told}"

    def all(self, kind):
        """All of a kind that were sent until now: what the gateway says comes in order, so a word of its own is waited for."""
        if self.exit is None and None not in self.told:
            self.serve("proxy", action="barrier")
            self.send(say.Stop("barrier"))
        return self._so_far(kind)

    def _so_far(self, kind):
        with self._changed:
            return [one for one in self.told if isinstance(one, kind)]

    def serve(self, *roles, action="A1", **limits):
        """The ports (TCP) of these roles, in order."""
        sockets = [listener(socket.SOCK_DGRAM if role == "dns_udp" else socket.SOCK_STREAM) for role in roles]
        return self._handed(say.Serve(action, roles, say.Limits(**limits)), sockets)

    def endpoint(self, upstream, meter="", action="A1", **limits):
        return self._handed(say.Endpoint(action, upstream, meter, say.Limits(**limits)), [listener()])[0]

    def _handed(self, message, sockets):
        self.actions.add(message.action)
        already = len(self._so_far(say.Ready))
        self.send(message, sockets)
        self.wait(say.Ready, count=already + 1)
        ports = [one.getsockname()[1] for one in sockets]
        for one in sockets:
            one.close()
        return ports

    def close(self):
        if self.exit is None:
            self.control.shutdown(socket.SHUT_RDWR)
            self._reader.join(PATIENCE)
            self.control.close()
            self.exit = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        return self.exit

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


class Server:
    """A server of the outside: `talk(connection)` in a thread for each connection; `seen` is what tests look at."""

    def __init__(self, talk, address="127.0.0.1"):
        self.socket = listener(address=address)
        self.port = self.socket.getsockname()[1]
        self.talk = talk
        self.count = 0
        self.seen = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self):
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self.socket.accept()
                connection.settimeout(PATIENCE)
                self.count += 1
                threading.Thread(target=self._one, args=(connection,), daemon=True).start()

    def _one(self, connection):
        with contextlib.suppress(OSError), connection:
            self.talk(self, connection)

    def close(self):
        with contextlib.suppress(OSError):
            self.socket.shutdown(socket.SHUT_RDWR)
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()


def dial(port, data=b"", host="127.0.0.1"):
    found = socket.create_connection((host, port), PATIENCE)
    DIALLED.append(found)
    if data:
        found.sendall(data)
    return found


def rest(connection):
    """All until the other side has ended, or broken off."""
    data = b""
    with contextlib.suppress(ConnectionError):
        while piece := connection.recv(1 << 16):
            data += piece
    return data


def talk(port, data):
    """Send, say that it was all, and return all that comes back."""
    with dial(port, data) as connection:
        with contextlib.suppress(OSError):
            connection.shutdown(socket.SHUT_WR)
        return rest(connection)


def upto(connection, end):
    """Read until `end` was read."""
    data = b""
    while not data.endswith(end):
        piece = connection.recv(1)
        assert piece, f"it ended after {data!r}"
        data += piece
    return data


def read_request(connection):
    """A request's head and its body, as a simple server reads them; None at the end."""
    head = b""
    while not head.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece:
            return None
        head += piece
    fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    body = b""
    if b"Content-Length" in fields:
        while len(body) < int(fields[b"Content-Length"]):
            body += connection.recv(int(fields[b"Content-Length"]) - len(body))
    elif b"Transfer-Encoding" in fields:
        while size := int(upto(connection, b"\r\n"), 16):
            chunk = b""
            while len(chunk) < size + 2:
                chunk += connection.recv(size + 2 - len(chunk))
            body += chunk[:-2]
        upto(connection, b"\r\n")
    return head, body


def http_server(*answers):
    """Answers each request with the next of these (the last for ever), and keeps what was asked in `seen`."""
    left = list(answers) or [b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]

    def serve(server, connection):
        while (asked := read_request(connection)) is not None:
            server.seen.append(asked)
            answer = left.pop(0) if len(left) > 1 else left[0]
            connection.sendall(answer)
            if b"Content-Length" not in answer and b"chunked" not in answer:
                return

    return Server(serve)
