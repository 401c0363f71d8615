"""Bytes that take a while: large ones, slow ones, half-closed ones, and those that are cut."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import threading

import pytest

from jackline.contain.gateway import messages as say
from tests.contain.gateway.running import Server, allow, deny, dial, http_server, read_request, rest, talk, upto
from tests.contain.gateway.test_bypasses import connect

NAMES = {"a.test": ["127.0.0.1"]}
LARGE = hashlib.shake_256(b"seed").digest(20_000_000)


def anything(ask):
    return allow(ask, speaks=("any", "websocket", "http", "tls"))


def digest(data):
    return hashlib.sha256(data).hexdigest().encode()


def summing(_server, connection):
    """Answers with what it was sent, summed, once the other side has said that it was all."""
    sha = hashlib.sha256()
    while piece := connection.recv(1 << 16):
        sha.update(piece)
    connection.sendall(sha.hexdigest().encode())


def test_a_half_closed_tunnel_still_answers(start):
    with Server(summing) as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy")
        connection, _ = connect(proxy, "a.test", server.port)
        connection.sendall(LARGE)
        connection.shutdown(socket.SHUT_WR)
        assert rest(connection) == digest(LARGE)
        closed = keeper.wait(say.Closed)
        assert (closed.sent, closed.received, closed.cause) == (len(LARGE), 64, "ended")


def test_a_reader_that_is_slow_gets_all(start):
    def sending(_server, connection):
        connection.sendall(LARGE)

    with Server(sending) as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy")
        connection, _ = connect(proxy, "a.test", server.port)
        keeper.wait(say.Opened)
        got = b"".join(iter(lambda: connection.recv(1777), b""))
        assert got == LARGE


@pytest.mark.parametrize("chunked", [True, False])
def test_large_bodies_both_ways(start, chunked):
    def echo(server, connection):
        _, body = read_request(connection)
        server.seen.append(digest(body))
        if chunked:
            pieces = [body[at : at + 99_999] for at in range(0, len(body), 99_999)]
            framed = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\n\r\n"
            connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + framed)
        else:
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(body) + body)

    body = LARGE[:3_000_000]
    with Server(echo) as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy")
        head = f"POST http://a.test:{server.port}/ HTTP/1.0\r\nHost: a.test:{server.port}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
        connection = dial(proxy)
        writer = threading.Thread(target=connection.sendall, args=(head + body,))
        writer.start()
        said = rest(connection)
        writer.join()
        assert said.partition(b"\r\n\r\n")[2] == body
        assert server.seen == [digest(body)]


def test_a_client_that_waits_to_be_told_to_go_on(start):
    def careful(_server, connection):
        upto(connection, b"\r\n\r\n")
        connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert connection.recv(3) == b"abc"
        connection.sendall(b"HTTP/1.1 201 Made\r\nContent-Length: 0\r\n\r\n")

    with Server(careful) as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy")
        head = f"PUT http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\nExpect: 100-continue\r\nContent-Length: 3\r\n\r\n"
        connection = dial(proxy, head.encode())
        assert upto(connection, b"\r\n\r\n") == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"abc")
        assert upto(connection, b"\r\n\r\n").startswith(b"HTTP/1.1 201 Made")


def test_an_answer_before_the_question_is_over_ends_the_connection(start):
    """Else the rest of the body would be read as the next request."""

    def hasty(server, connection):
        server.seen.append(upto(connection, b"\r\n\r\n"))
        connection.sendall(b"HTTP/1.1 413 Too much\r\nContent-Length: 0\r\n\r\n")
        rest(connection)

    with Server(hasty) as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy")
        where = f"http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n".encode()
        connection = dial(proxy, b"POST " + where + b"Content-Length: 1000\r\n\r\n" + b"x" * 10)
        assert rest(connection).startswith(b"HTTP/1.1 413 Too much")
        assert server.count == 1


def test_many_requests_on_one_connection(start):
    with http_server() as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy")
        one = f"GET http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
        said = talk(proxy, one * 50)
        assert said.count(b"HTTP/1.1 200 OK") == 50
        assert server.count == 1
        assert keeper.wait(say.Closed).requests == 50
        assert len(keeper.all(say.Ask)) == 1


def test_trace_is_not_sent_on(start):
    with http_server() as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy")
        request = f"TRACE http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
        assert talk(proxy, request).startswith(b"HTTP/1.1 405 Jackline")
        assert server.count == 0


def test_a_server_that_leaves_between_two_requests_is_found_again(start):
    with http_server(b"HTTP/1.0 200 OK\r\n\r\nok") as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy")
        one = f"GET http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
        said = talk(proxy, one * 3)
        assert said.count(b"2\r\nok\r\n0\r\n\r\n") == 3
        assert server.count == 3


@pytest.mark.parametrize("allowed", [True, False])
def test_a_websocket_where_it_was_decided(start, allowed):
    def echo(_server, connection):
        head = upto(connection, b"\r\n\r\n")
        assert b"Connection: Upgrade\r\nUpgrade: websocket\r\n" in head
        connection.sendall(
            b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: x\r\n\r\nfirst"
        )
        connection.sendall(connection.recv(100).upper())

    with Server(echo) as server:
        keeper = start(anything if allowed else allow, NAMES)
        [proxy] = keeper.serve("proxy")
        head = f"GET http://a.test:{server.port}/ws HTTP/1.1\r\nHost: a.test:{server.port}\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket\r\nSec-WebSocket-Key: k\r\n\r\n"
        connection = dial(proxy, head.encode())
        if not allowed:
            assert rest(connection).startswith(b"HTTP/1.1 403 Jackline: a websocket to `a.test`")
            assert server.count == 0
            return
        assert b"Sec-WebSocket-Accept: x" in upto(connection, b"\r\n\r\n")
        assert upto(connection, b"first") == b"first"
        connection.sendall(b"frame")
        assert rest(connection) == b"FRAME"


# ------------------------------------------------------------------------------------------------------------ limits
def test_a_request_that_never_ends_its_head(start):
    keeper = start(anything, NAMES)
    [proxy] = keeper.serve("proxy", head_seconds=0.5)
    silent, slow = dial(proxy), dial(proxy, b"GET http://a.test/ HTTP/1.1\r\n")
    assert rest(silent) == b""
    assert rest(slow) == b""
    tunnel_silent = dial(proxy, b"\5")
    assert rest(tunnel_silent) == b""


def test_a_tunnel_in_which_nothing_passes(start):
    with Server(summing) as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy", idle_seconds=0.5)
        connection, _ = connect(proxy, "a.test", server.port)
        assert rest(connection) == b""
        assert keeper.wait(say.Closed).cause == "idle"


def test_a_tunnel_that_stays_open(start):
    def ticking(_server, connection):
        while connection.recv(1):
            connection.sendall(b".")

    with Server(ticking) as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy", seconds=0.6)
        connection, _ = connect(proxy, "a.test", server.port)
        with contextlib.suppress(ConnectionError):
            while connection.send(b"x") and connection.recv(1):
                pass
        assert keeper.wait(say.Closed).cause == "duration"
        assert keeper.wait(say.Alert).kind == "long_lived"


def test_more_than_may_leave(start):
    with Server(summing) as server:
        keeper = start(lambda ask: allow(ask, speaks=("any",), sent=1_000_000), NAMES)
        [proxy] = keeper.serve("proxy")
        connection, _ = connect(proxy, "a.test", server.port)
        with pytest.raises(ConnectionError):
            connection.sendall(LARGE * 5)
        closed = keeper.wait(say.Closed)
        assert closed.cause == "bytes"
        assert closed.sent < 1_300_000
        assert keeper.wait(say.Alert).kind == "upload"


def test_more_than_an_action_may_receive(start):
    with http_server(b"HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n" + LARGE[:3_000_000]) as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy", received_total=1_000_000)
        request = f"GET http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
        assert len(talk(proxy, request)) < 1_000_000
        assert keeper.wait(say.Closed).cause == "budget"
        assert talk(proxy, request).startswith(b"HTTP/1.1 429 Jackline: all that this action may receive")


def test_more_than_a_session_may_send(start):
    with Server(summing) as server:
        keeper = start(anything, NAMES, environment={})
        keeper.send(say.Session(sent=1_000_000))
        for action in ("A1", "A2"):
            [proxy] = keeper.serve("proxy", action=action)
            connection, said = connect(proxy, "a.test", server.port)
            assert said.startswith(b"HTTP/1.1 200")
            with contextlib.suppress(ConnectionError):
                connection.sendall(LARGE[:900_000])
                connection.shutdown(socket.SHUT_WR)
            assert (rest(connection) == digest(LARGE[:900_000])) == (action == "A1")
        assert keeper.wait(say.Closed, lambda told: told.action == "A2").cause == "budget"
        assert connect(proxy, "a.test", server.port)[1].startswith(
            b"HTTP/1.1 429 Jackline: all that this session may send"
        )


def test_so_many_connections(start):
    with Server(summing) as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy", flows=4)
        open_ones = [connect(proxy, "a.test", server.port) for _ in range(4)]
        assert all(said.startswith(b"HTTP/1.1 200") for _, said in open_ones)
        assert connect(proxy, "a.test", server.port)[1].startswith(
            b"HTTP/1.1 429 Jackline: too many connections at a time"
        )
        assert keeper.wait(say.Alert).kind == "flood"
        open_ones[0][0].close()
        keeper.wait(say.Closed)
        assert connect(proxy, "a.test", server.port)[1].startswith(b"HTTP/1.1 200")


def test_a_flow_that_is_slowed_down(start):
    def sending(_server, connection):
        connection.sendall(LARGE[:600_000])

    with Server(sending) as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy", bytes_per_second=500_000)
        connection, _ = connect(proxy, "a.test", server.port)
        assert rest(connection) == LARGE[:600_000]
        connection.close()
        assert keeper.wait(say.Closed).seconds > 0.5


# --------------------------------------------------------------------------------------------------------- decisions
def test_one_question_for_all_that_wait_for_its_answer(start):
    asked = []

    def judge(ask):
        asked.append(ask)
        return

    with http_server() as server:
        keeper = start(judge, NAMES)
        [proxy] = keeper.serve("proxy")
        request = f"GET http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
        waiting = [dial(proxy, request) for _ in range(5)]
        for one in waiting:
            one.shutdown(socket.SHUT_WR)
        ask = keeper.wait(say.Ask)
        keeper.send(anything(ask))
        assert all(rest(one).startswith(b"HTTP/1.1 200") for one in waiting)
        assert len(asked) == 1


def test_an_answer_is_forgotten_when_the_keeper_says_so(start):
    with http_server() as server:
        keeper = start(anything, NAMES)
        [proxy] = keeper.serve("proxy")
        request = f"GET http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
        assert talk(proxy, request).split()[1] == b"200"
        keeper.judge = deny
        keeper.send(say.Forget())
        keeper.serve("proxy", action="A2")
        assert talk(proxy, request).split()[1] == b"403"


def test_a_gateway_after_another(start):
    """Nothing of the first one is needed by the second: the keeper hands over the same listeners."""
    with http_server() as server:
        for _ in range(2):
            keeper = start(anything, NAMES)
            [proxy] = keeper.serve("proxy")
            assert (
                talk(
                    proxy, f"GET http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
                ).split()[1]
                == b"200"
            )
            assert keeper.close() == 0
