"""Every way round a proxy that decides by name, tried on the real gateway: refused, recorded, and nothing sent."""

from __future__ import annotations

import contextlib
import socket
import threading
import tomllib
from pathlib import Path

import pytest

from jackline.contain.gateway import messages as say
from jackline.contain.gateway import tls
from tests.contain.gateway import hellos
from tests.contain.gateway.running import Server, allow, deny, dial, http_server, rest, talk, upto

REFUSED = tomllib.loads((Path(__file__).parent / "refused.toml").read_text(encoding="utf-8"))["requests"]
RETRY = hellos.records(b"\x02\x00\x00\x30\x03\x03" + tls.RETRY + bytes(14))
OK = b"HTTP/1.1 200 Connection established\r\n\r\n"
NAMES = {"a.test": ["127.0.0.1"]}


def only(*hosts):
    return lambda ask: (
        allow(ask) if ask.host in hosts else deny(ask, reason=f"{ask.host} was not decided", ask=f"connect {ask.host}")
    )


@pytest.fixture
def outside():
    """A server that never speaks first, and keeps what it is sent."""

    def listen(server, connection):
        while piece := connection.recv(1 << 16):
            server.seen.append(piece)

    with Server(listen) as server:
        yield server


def connect(proxy, host, port):
    connection = dial(proxy, f"CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n\r\n".encode())
    return connection, upto(connection, b"\r\n\r\n")


# -------------------------------------------------------------------------------------------------- form, and names
def test_nothing_that_is_malformed_reaches_anybody(start):
    with http_server() as server:
        keeper = start(only("a.test"), NAMES)
        [proxy] = keeper.serve("proxy")
        for name, text in REFUSED.items():
            said = talk(
                proxy,
                text.replace("a.test/", f"a.test:{server.port}/")
                .replace("Host: a.test\r", f"Host: a.test:{server.port}\r")
                .encode("latin-1"),
            )
            assert not said.startswith(b"HTTP/1.1 2"), name
            assert not said or b"\r\nJackline: refused" in said, name
        assert server.seen == []
        # A body that is not what its head says is only seen once the head has been sent on: then both sides are cut off.
        assert server.count <= 6


def test_who_was_not_decided_is_not_resolved_and_not_reached(start):
    keeper = start(only("a.test"), NAMES)
    [proxy] = keeper.serve("proxy")
    said = talk(proxy, b"GET http://evil.test/secret HTTP/1.1\r\nHost: evil.test\r\n\r\n")
    assert said.startswith(b"HTTP/1.1 403 Jackline: evil.test was not decided")
    assert b'\r\nJackline: refused; ask="connect evil.test"\r\n' in said
    assert keeper.wait(say.Refused) == say.Refused(
        "A1", "http", "evil.test", 80, "evil.test was not decided", "GET", "/secret"
    )
    _, said = connect(proxy, "evil.test", 443)
    assert said.startswith(b"HTTP/1.1 403 Jackline: evil.test was not decided")
    assert keeper.all(say.Opened) == []


def test_a_connection_is_judged_request_by_request(start):
    """One connection, an allowed host first and another later: what a check at connect time would let through."""
    with http_server() as server:
        keeper = start(only("a.test"), NAMES | {"evil.test": ["127.0.0.1"]})
        [proxy] = keeper.serve("proxy")
        one = f"GET http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
        said = talk(proxy, one + one.replace(b"a.test", b"evil.test"))
        assert said.startswith(b"HTTP/1.1 200 OK")
        assert b"HTTP/1.1 403 Jackline" in said
        assert len(server.seen) == 1


def test_method_and_path_are_judged_where_they_are_visible(start):
    def judge(ask):
        if ask.method == "GET" and ask.target.startswith("/read/"):
            return allow(ask, covers="request")
        return deny(ask, covers="request")

    with http_server() as server:
        keeper = start(judge, NAMES)
        [proxy] = keeper.serve("proxy")
        for method, path, status in (
            ("GET", "/read/x?q=1", b"200"),
            ("GET", "/write/", b"403"),
            ("DELETE", "/read/x", b"403"),
            ("GET", "/read/y", b"200"),
        ):
            said = talk(
                proxy,
                f"{method} http://a.test:{server.port}{path} HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode(),
            )
            assert said.split()[1] == status
        assert [head.split()[1] for head, _ in server.seen] == [b"/read/x?q=1", b"/read/y"]


def test_an_answer_for_reading_does_not_cover_a_body(start):
    def judge(ask):
        return deny(ask) if ask.body else allow(ask)

    with http_server() as server:
        keeper = start(judge, NAMES)
        [proxy] = keeper.serve("proxy")
        where = f"http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n".encode()
        assert talk(proxy, b"GET " + where + b"\r\n").split()[1] == b"200"
        assert talk(proxy, b"GET " + where + b"Content-Length: 6\r\n\r\nsecret").split()[1] == b"403"
        assert (
            talk(proxy, b"POST " + where + b"Transfer-Encoding: chunked\r\n\r\n6\r\nsecret\r\n0\r\n\r\n").split()[1]
            == b"403"
        )


# -------------------------------------------------------------------------------------------------------- addresses
@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "169.254.169.254", "10.1.2.3", "192.168.0.1", "172.20.0.1", "100.64.0.1", "0.0.0.0", "::1", "fd00:ec2::254", "fe80::1",
     "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "224.0.0.1", "198.18.0.1"],
)  # fmt: skip
def test_a_public_name_with_an_address_that_is_not(start, address):
    keeper = start(lambda ask: allow(ask, zones=("public",)), {"evil.test": [address]})
    [proxy] = keeper.serve("proxy")
    assert connect(proxy, "evil.test", 443)[1].startswith(b"HTTP/1.1 403 Jackline: `evil.test` is the address")
    host = f"[{address}]" if ":" in address else address
    assert connect(proxy, host, 443)[1].startswith(b"HTTP/1.1 403 ")
    assert keeper.wait(say.Alert).kind == "rebinding"
    assert keeper.all(say.Opened) == []


def test_one_bad_address_spoils_a_name(start):
    keeper = start(lambda ask: allow(ask, zones=("public",)), {"evil.test": ["192.88.99.1", "1.1.1.1"]})
    [proxy] = keeper.serve("proxy")
    assert b" 403 " in connect(proxy, "evil.test", 443)[1]


def test_what_was_named_private_is_not_thereby_the_metadata_service(start):
    keeper = start(lambda ask: allow(ask, zones=("public", "private")), {"intra.test": ["169.254.169.254"]})
    [proxy] = keeper.serve("proxy")
    assert b" 403 " in connect(proxy, "intra.test", 80)[1]


def test_a_name_is_judged_anew_each_time_it_is_reached(start):
    """Rebinding: here on the first connection, the metadata service's on the second."""
    with http_server() as server:
        keeper = start(lambda ask: allow(ask, zones=("loopback",)), {"evil.test": [["127.0.0.1"], ["169.254.169.254"]]})
        [proxy] = keeper.serve("proxy")
        request = f"GET http://evil.test:{server.port}/ HTTP/1.1\r\nHost: evil.test:{server.port}\r\n\r\n".encode()
        assert talk(proxy, request).split()[1] == b"200"
        assert talk(proxy, request).split()[1] == b"403"


def test_a_redirect_is_a_request_of_its_own(start):
    with http_server(
        b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/latest\r\nContent-Length: 0\r\n\r\n"
    ) as server:
        keeper = start(only("a.test"), NAMES)
        [proxy] = keeper.serve("proxy")
        said = talk(proxy, f"GET http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode())
        assert said.startswith(b"HTTP/1.1 302 Found")
        assert b" 403 " in talk(proxy, b"GET http://169.254.169.254/latest HTTP/1.1\r\nHost: 169.254.169.254\r\n\r\n")
        assert len(keeper.all(say.Opened)) == 1


# ---------------------------------------------------------------------------------------------------- inside a tunnel
NOT_THE_NAME = {
    "another name": hellos.real("evil.test"),
    "no name": hellos.real(None),
    "a hidden name": hellos.made(hellos.server_name(b"a.test"), hellos.extension(0xFE0D, bytes(60))),
    "two names": hellos.made(hellos.server_name(b"a.test", b"evil.test")),
}


@pytest.mark.parametrize("hello", NOT_THE_NAME.values(), ids=NOT_THE_NAME)
@pytest.mark.parametrize("way", ["CONNECT", "SOCKS"])
def test_the_clienthello_names_the_decided_host(start, outside, hello, way):
    keeper = start(only("a.test"), NAMES)
    [proxy] = keeper.serve("proxy")
    if way == "CONNECT":
        connection, _ = connect(proxy, "a.test", outside.port)
    else:
        connection = dial(proxy, b"\5\1\0\5\1\0\3\x06a.test" + outside.port.to_bytes(2, "big"))
        assert upto(connection, b"\5\0\0\1" + bytes(6))[:2] == b"\5\0"
    connection.sendall(hello)
    said = rest(connection)
    assert said[0] == tls.ALERT
    assert said[-1] in {112, 49, 80}
    assert keeper.wait(say.Closed).cause == "refused"
    assert keeper.wait(say.Alert).kind in {"hidden_name", "foreign_protocol"}
    assert outside.seen == []


FOREIGN = {
    "an SSH banner": (b"SSH-2.0-OpenSSH_9.2p1\r\n", "SSH"),
    "a miner's first line": (b'{"id":1,"jsonrpc":"2.0","method":"login","params":{}}\n', "miners"),
    "a relayed CONNECT": (b"CONNECT evil.test:443 HTTP/1.1\r\nHost: evil.test\r\n\r\n", "CONNECT"),
    "a relayed SOCKS greeting": (b"\5\1\0" + bytes(10), "SOCKS"),
    "HTTP/2 in the clear": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "HTTP/2"),
    "anything": (b"\x00\x01\x02\x03\x04\x05\x06\x07\x08", "neither"),
}


@pytest.mark.parametrize(("first", "word"), FOREIGN.values(), ids=FOREIGN)
def test_what_is_neither_tls_nor_http_does_not_pass(start, outside, first, word):
    keeper = start(only("a.test"), NAMES)
    [proxy] = keeper.serve("proxy")
    connection, said = connect(proxy, "a.test", outside.port)
    assert said == OK
    connection.sendall(first)
    assert rest(connection) == b""
    alert = keeper.wait(say.Alert)
    assert alert.kind == "foreign_protocol"
    assert word in alert.text
    assert outside.seen == []


def test_http_within_a_tunnel_is_judged_and_held_to_its_host(start):
    with http_server() as server:
        keeper = start(lambda ask: deny(ask) if ask.target == "/secret" else only("a.test")(ask), NAMES)
        [proxy] = keeper.serve("proxy")
        for request, status in (
            (f"GET /x HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n", b"200"),
            ("GET /x HTTP/1.1\r\nHost: evil.test\r\n\r\n", b"421"),
            (f"GET http://evil.test/x HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n", b"421"),
            ("POST /x HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", b"400"),
        ):
            connection, _ = connect(proxy, "a.test", server.port)
            connection.sendall(request.encode())
            connection.shutdown(socket.SHUT_WR)
            assert rest(connection).split()[1] == status
        assert len(server.seen) == 1


def test_a_second_connect_on_a_connection_goes_nowhere(start):
    with http_server() as server:
        keeper = start(only("a.test"), NAMES)
        [proxy] = keeper.serve("proxy")
        one = f"GET http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
        said = talk(proxy, one + b"CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n")
        assert said.count(b"HTTP/1.1 ") == 2
        assert b"HTTP/1.1 400 Jackline: CONNECT is the first request" in said


def test_a_server_that_does_not_answer_as_tls_does(start):
    """A tunnel behind a ClientHello that is only there to be let through."""

    def shell(_server, connection):
        connection.recv(1 << 16)
        connection.sendall(b"SSH-2.0-evil\r\n")

    with Server(shell) as server:
        keeper = start(only("a.test"), NAMES)
        [proxy] = keeper.serve("proxy")
        connection, _ = connect(proxy, "a.test", server.port)
        connection.sendall(hellos.real("a.test"))
        assert rest(connection) == b""
        assert keeper.wait(say.Closed).cause == "protocol"


@pytest.mark.parametrize("early", [True, False])
def test_a_second_hello_names_another_host(start, early):
    def asks_again(server, connection):
        server.seen.append(connection.recv(1 << 16))
        connection.sendall(RETRY)
        server.seen.append(rest(connection))

    with Server(asks_again) as server:
        keeper = start(only("a.test"), NAMES)
        [proxy] = keeper.serve("proxy")
        connection, _ = connect(proxy, "a.test", server.port)
        first, other = hellos.real("a.test"), hellos.real("evil.test")
        connection.sendall(first + other if early else first)
        if not early:
            assert connection.recv(1 << 16) == RETRY
            connection.sendall(other)
        assert rest(connection) == b""
        assert keeper.wait(say.Closed).cause == "protocol"
        assert "evil.test" in keeper.wait(say.Alert).text
        assert early or server.seen[0] == first


def test_data_that_comes_with_a_connect_is_held_to_the_same(start, outside):
    keeper = start(only("a.test"), NAMES)
    [proxy] = keeper.serve("proxy")
    head = f"CONNECT a.test:{outside.port} HTTP/1.1\r\nHost: a.test:{outside.port}\r\n\r\n".encode()
    assert talk(proxy, head + b"SSH-2.0-early\r\n") == OK
    assert keeper.wait(say.Alert).kind == "foreign_protocol"
    assert outside.seen == []


def test_at_port_22_ssh_is_spoken_and_nothing_else(start):
    def banner(server, connection):
        server.seen.append(connection.recv(100))
        connection.sendall(b"SSH-2.0-server\r\n" if b"good" in server.seen[-1] else b"HTTP/1.1 200 OK\r\n\r\n")

    with Server(banner) as server:
        keeper = start(only("a.test"), NAMES | {":22": server.port})
        [proxy] = keeper.serve("proxy")
        for first, answer in (
            (b"SSH-2.0-good\r\n", b"SSH-2.0-server\r\n"),
            (b"SSH-2.0-evil\r\n", b""),
            (b"GET / HTTP/1.1\r\nHost: a.test:22\r\n\r\n", b""),
            (hellos.real("a.test"), b""),
        ):
            connection, _ = connect(proxy, "a.test", 22)
            connection.sendall(first)
            assert upto(connection, answer) == answer if answer else rest(connection) == b""
        said = talk(proxy, b"POST http://a.test:22/ HTTP/1.1\r\nHost: a.test:22\r\nContent-Length: 0\r\n\r\n")
        assert said.startswith(b"HTTP/1.1 403 Jackline: HTTP is not what was decided for `a.test` port 22")
        assert [one for one in server.seen if one] == [b"SSH-2.0-good\r\n", b"SSH-2.0-evil\r\n"]


def test_only_what_was_decided_as_anything_is_anything(start):
    def banner(_server, connection):
        connection.sendall(b"SSH-2.0-server\r\n")
        connection.sendall(connection.recv(100))

    with Server(banner) as server:
        keeper = start(lambda ask: allow(ask, speaks=("any",)), NAMES)
        [proxy] = keeper.serve("proxy")
        head = f"CONNECT a.test:{server.port} HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
        connection = dial(proxy, head + b"SSH-2.0-client\r\n")
        assert upto(connection, b"\r\n\r\n") == OK
        assert upto(connection, b"\r\n") == b"SSH-2.0-server\r\n"
        assert rest(connection) == b"SSH-2.0-client\r\n"


# ---------------------------------------------------------------------------------------------------------- SOCKS
@pytest.mark.parametrize(
    ("said", "answer"),
    [
        (b"\5\1\2", b"\5\xff"),  # with a password only
        (b"\5\1\0\5\2\0\3\x06a.test\0\x50", b"\5\0\5\7"),  # BIND
        (b"\5\1\0\5\3\0\1\0\0\0\0\0\0", b"\5\0\5\7"),  # UDP
        (b"\5\1\0\5\1\0\3\x09evil.test\1\xbb", b"\5\0\5\2"),
        (b"\5\1\0\5\1\0\1\xa9\xfe\xa9\xfe\0\x50", b"\5\0\5\2"),
        (b"\4\1\0\x50\x7f\0\0\1\0", b"\5\xff"),
    ],
)
def test_what_socks_does_not_do(start, said, answer):
    keeper = start(only("a.test"), NAMES)
    [proxy] = keeper.serve("proxy")
    assert talk(proxy, said).startswith(answer)
    assert keeper.wait(say.Refused)
    assert keeper.all(say.Opened) == []


# ------------------------------------------------------------------------------------------------- the gateway itself
def test_nobody_answers_means_no(start):
    keeper = start(lambda _ask: None, NAMES)
    [proxy] = keeper.serve("proxy")
    connection = dial(proxy, b"GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n")
    keeper.wait(say.Ask)
    keeper.close()
    assert rest(connection) == b""


def test_without_a_keeper_there_is_no_gateway(start, outside):
    keeper = start(lambda ask: allow(ask, speaks=("any",)), NAMES)
    [proxy] = keeper.serve("proxy")
    connection, said = connect(proxy, "a.test", outside.port)
    assert said == OK
    keeper.close()
    assert rest(connection) == b""
    with pytest.raises(ConnectionRefusedError):
        dial(proxy)


@pytest.mark.parametrize(
    "data",
    [
        b"{}",
        b"not json",
        b'{"type":"serve","action":"A","roles":["proxy"]}',
        b'{"type":"stop"}',
        b'{"type":"stop","action":"A","more":1}',
    ],
)
def test_a_message_that_is_wrong_ends_it(start, data):
    keeper = start(allow)
    keeper.control.send(data)
    keeper._reader.join(20)
    assert keeper.told == [None]


def test_an_ended_action_has_no_connections(start, outside):
    keeper = start(lambda ask: allow(ask, speaks=("any",)), NAMES)
    [proxy] = keeper.serve("proxy")
    [other] = keeper.serve("proxy", action="A2")
    connection, _ = connect(proxy, "a.test", outside.port)
    stays, _ = connect(other, "a.test", outside.port)
    keeper.send(say.Stop("A1"))
    assert rest(connection) == b""
    assert keeper.wait(say.Closed).cause == "stopped"
    with pytest.raises(ConnectionRefusedError):
        dial(proxy)
    stays.sendall(b"still here")
    stays.shutdown(socket.SHUT_WR)
    assert rest(stays) == b""
    assert outside.seen == [b"still here"]


def test_a_flow_belongs_to_the_action_whose_socket_it_came_by(start):
    with http_server() as server:
        keeper = start(lambda ask: allow(ask) if ask.action == "A2" else deny(ask), NAMES)
        [one] = keeper.serve("proxy", action="A1")
        [two] = keeper.serve("proxy", action="A2")
        request = f"GET http://a.test:{server.port}/ HTTP/1.1\r\nHost: a.test:{server.port}\r\n\r\n".encode()
        assert [talk(port, request).split()[1] for port in (two, one, two)] == [b"200", b"403", b"200"]
        assert {one.action for one in keeper.all(say.Opened)} == {"A2"}


# --------------------------------------------------------------------------------------------- what cannot be looked into
def test_a_reverse_tunnel_within_tls_to_an_allowed_host(start, authority):
    """Everything about it is as it was decided but its shape: it is the outside that asks."""

    def asks(server, connection):
        for number in range(20):
            server.silence.wait(
                0.3
            )  # nothing sets it: this is the silence, and the gateway is told that 0.1 seconds are one
            connection.sendall(b"command %d\n" % number)
            server.seen.append(connection.recv(1 << 16))

    with authority.server(asks, "a.test") as server:
        server.silence = threading.Event()
        keeper = start(only("a.test"), NAMES | {":quiet": 0.1})
        [proxy] = keeper.serve("proxy")
        connection, _ = connect(proxy, "a.test", server.port)
        with (
            contextlib.suppress(OSError),
            authority.client().wrap_socket(connection, server_hostname="a.test") as inner,
        ):
            while inner.recv(100):
                inner.sendall(b"output " * 20)
        assert keeper.wait(say.Closed).cause == "tunnel"
        assert keeper.wait(say.Alert).kind == "tunnel"
        assert len(server.seen) <= 7
