"""How fast the gateway is: requests, latency, new tunnels and bytes, through it and beside it, one after the other by turns."""

from __future__ import annotations

import array
import os
import select
import socket
import subprocess
import sys
import threading
import time
from typing import TYPE_CHECKING

import msgspec

from benchmarks._measure import interleaved, percentile, table
from jackline.contain.gateway import messages as say

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS, SINGLES, CONNECTIONS, REQUESTS, TUNNELS, MEBIBYTES = 5, 400, 16, 2000, 100, 256
FIELDS = (
    "User-Agent: pip/25.0 {}\r\nAccept-Encoding: gzip, deflate\r\nAccept: */*\r\nConnection: keep-alive\r\n"
    "Cache-Control: max-age=0\r\n\r\n"
)
HEAD_END = b"\r\n\r\n"


class Gateway:
    """The real process, with a keeper that allows everything on this machine."""

    def __init__(self) -> None:
        self.control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.pid = os.posix_spawn(
            sys.executable,
            [sys.executable, "-m", "jackline.contain.gateway"],
            os.environ,
            file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 3)],
        )
        theirs.close()
        threading.Thread(target=self._keep, daemon=True).start()
        with socket.create_server(("127.0.0.1", 0), backlog=256) as listener:
            self.port = listener.getsockname()[1]
            limits = say.Limits(opened=1_000_000, opened_per_minute=1_000_000)
            message = msgspec.json.encode(say.Serve("A1", ("proxy",), limits))
            descriptors = array.array("i", [listener.fileno()])
            self.control.sendmsg([message], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, descriptors)])

    def _keep(self) -> None:
        reader = msgspec.json.Decoder(say.FromGateway)
        while data := self.control.recv(say.MAX_MESSAGE):
            message = reader.decode(data)
            if isinstance(message, say.Ask):
                answer = say.Answer(message.id, allow=True, zones=("loopback",), speaks=("any", "http", "tls"))
                self.control.send(msgspec.json.encode(answer))

    def close(self) -> None:
        """End it."""
        self.control.shutdown(socket.SHUT_RDWR)
        os.waitpid(self.pid, 0)


def connected(port: int, tunnel: int = 0) -> socket.socket:
    """A connection to a port; through a proxy's port to `tunnel`."""
    found = socket.create_connection(("127.0.0.1", port))
    found.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if tunnel:
        found.sendall(f"CONNECT 127.0.0.1:{tunnel} HTTP/1.1\r\nHost: 127.0.0.1:{tunnel}\r\n\r\n".encode())
        while HEAD_END not in found.recv(4096):
            pass
    return found


def request(port: int, *, absolute: bool) -> bytes:
    """What pip asks for a project's page."""
    where = f"http://127.0.0.1:{port}" if absolute else ""
    return f"GET {where}/simple/requests/ HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n{FIELDS}".encode()


def answered(connection: socket.socket) -> None:
    """Read one answer of 1,024 bytes."""
    data = b""
    while (end := data.find(HEAD_END)) < 0 or len(data) < end + 4 + 1024:
        data += connection.recv(1 << 16)


def single(connection: socket.socket, data: bytes) -> Callable[[int], float]:
    """One request and its answer, in seconds."""

    def once(_turn: int) -> float:
        begun = time.perf_counter()
        connection.sendall(data)
        answered(connection)
        return time.perf_counter() - begun

    return once


def many(port: int, data: bytes) -> float:
    """Requests a second over some connections at a time, each of which waits for its answer."""
    poll = select.epoll()
    open_ones = {one.fileno(): one for one in (connected(port) for _ in range(CONNECTIONS))}
    got = dict.fromkeys(open_ones, 0)
    for number, one in open_ones.items():
        poll.register(number, select.EPOLLIN)
        one.sendall(data)
    open_ones[next(iter(open_ones))].setblocking(True)
    expected = 0
    done, begun = 0, time.perf_counter()
    while done < REQUESTS:
        for number, _ in poll.poll():
            piece = open_ones[number].recv(1 << 16)
            expected = expected or len(piece)
            got[number] += len(piece)
            if piece.endswith(b"x") and got[number] >= 1024:
                got[number] = 0
                done += 1
                open_ones[number].sendall(data)
    seconds = time.perf_counter() - begun
    for one in open_ones.values():
        one.close()
    return done / seconds


def tunnels(port: int, target: int) -> float:
    """Connections opened and closed in a second."""
    begun = time.perf_counter()
    for _ in range(TUNNELS):
        connected(port, target).close()
    return TUNNELS / (time.perf_counter() - begun)


def bulk(port: int, target: int, order: str) -> float:
    """Megabytes a second."""
    buffer, piece = bytearray(1 << 20), bytes(1 << 20)
    with connected(port, target) as connection:
        begun = time.perf_counter()
        connection.sendall(f"{order}{MEBIBYTES}\n".encode())
        if order == "P":
            while connection.recv_into(buffer):
                pass
        else:
            for _ in range(MEBIBYTES):
                connection.sendall(piece)
            connection.recv(1)
        return (MEBIBYTES << 20) / 1e6 / (time.perf_counter() - begun)


def measured(small: int, large: int, gateway: int) -> list[tuple[str, ...]]:
    """The rows."""
    plain, absolute = request(small, absolute=False), request(small, absolute=True)
    one, other = connected(small), connected(gateway)
    times = interleaved({"direct": single(one, plain), "gateway": single(other, absolute)}, SINGLES, {})
    rates: dict[str, list[float]] = interleaved(
        {
            "direct requests": lambda _: many(small, plain),
            "requests": lambda _: many(gateway, absolute),
            "direct tunnels": lambda _: tunnels(small, 0),
            "tunnels": lambda _: tunnels(gateway, small),
            "direct down": lambda _: bulk(large, 0, "P"),
            "down": lambda _: bulk(gateway, large, "P"),
            "direct up": lambda _: bulk(large, 0, "U"),
            "up": lambda _: bulk(gateway, large, "U"),
        },
        ROUNDS,
        {},
    )
    rows = [
        (f"one request, {name}", *(f"{percentile(times[which], part) * 1e3:.2f} ms" for which in ("direct", "gateway")))
        for name, part in (("p50", 0.5), ("p99", 0.99))
    ]
    added = percentile(times["gateway"], 0.5) - percentile(times["direct"], 0.5)
    rows.append(("added by the gateway, p50", "", f"{added * 1e3:.2f} ms"))
    for name, key, unit in (
        (f"requests over {CONNECTIONS} connections", "requests", "/s"),
        ("connections opened (CONNECT)", "tunnels", "/s"),
        (f"{MEBIBYTES} MiB down a tunnel", "down", " MB/s"),
        (f"{MEBIBYTES} MiB up a tunnel", "up", " MB/s"),
    ):
        direct, through = (percentile(rates[which], 0.5) for which in (f"direct {key}", key))
        rows.append((name, f"{direct:,.0f}{unit}", f"{through:,.0f}{unit}"))
    return rows


def main() -> None:
    """Print the table."""
    outside = subprocess.Popen(
        [sys.executable, "-m", "benchmarks._outside"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    gateway = Gateway()
    try:
        small, large = map(int, outside.stdout.readline().split()) if outside.stdout else (0, 0)
        print(table("The gateway (wall, medians)", ("", "direct", "through it"), measured(small, large, gateway.port)))
    finally:
        gateway.close()
        outside.communicate(timeout=10)


if __name__ == "__main__":
    main()
