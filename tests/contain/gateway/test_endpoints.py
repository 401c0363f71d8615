"""A base URL on the sandbox's loopback that stands for a server of the outside: credentials and budgets."""

from __future__ import annotations

import base64
import json
import threading

import pytest

from jackline.contain.gateway import messages as say
from tests.contain.gateway.running import allow, deny, dial, http_server, read_request, rest, talk, upto
from tests.contain.gateway.test_metering import ANTHROPIC, ANTHROPIC_EVENTS

CREDENTIAL = say.Credential("api.test", "placeholder-1234", "sk-real-secret")
REQUEST = (
    b"POST /v1/messages HTTP/1.1\r\nHost: 127.0.0.1\r\nx-api-key: placeholder-1234\r\nAccept-Encoding: br\r\nContent-Length: 3000\r\n\r\n"
    + b"x" * 3000
)


def answer(body, kind="application/json"):
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.fixture
def api(start, authority):
    """A keeper whose gateway trusts our authority; `api(talk)` gives it and the port of the endpoint."""
    servers = []

    def begin(talk_to, judge=allow, **more):
        server = authority.server(talk_to, "api.test")
        servers.append(server)
        keeper = start(
            judge,
            {"api.test": ["127.0.0.1"], "other.test": ["127.0.0.1"]},
            environment={"SSL_CERT_FILE": str(authority.file)},
        )
        keeper.send(say.Credentials((CREDENTIAL,)))
        return keeper, server, keeper.endpoint(f"https://api.test:{server.port}", **more)

    yield begin
    for server in servers:
        server.close()


def replies(*answers):
    left = list(answers)

    def talk_to(server, connection):
        while (asked := read_request(connection)) is not None:
            server.seen.append(asked)
            connection.sendall(left.pop(0) if len(left) > 1 else left[0])

    return talk_to


def test_the_secret_takes_the_placeholders_place(api):
    basic = b"Basic " + base64.b64encode(b"user:placeholder-1234")
    keeper, server, port = api(replies(answer("ok")))
    more = b"Authorization: " + basic + b"\r\nX-Other: 1"
    assert talk(
        port, REQUEST.replace(b"/v1/messages", b"/v1/x?key=placeholder-1234").replace(b"Accept-Encoding: br", more)
    ).endswith(b"ok")
    head, body = server.seen[0]
    assert head.startswith(b"POST /v1/x?key=sk-real-secret HTTP/1.1\r\nHost: api.test:")
    assert b"x-api-key: sk-real-secret\r\n" in head
    assert base64.b64encode(b"user:sk-real-secret") in head
    assert body == b"x" * 3000
    [ask] = keeper.all(say.Ask)
    assert (ask.via, ask.host, ask.method, ask.target, ask.body) == (
        "http",
        "api.test",
        "POST",
        "/v1/x?key=placeholder-1234",
        True,
    )
    assert not any("sk-real-secret" in repr(told) for told in keeper.told)


def test_it_goes_to_its_own_host_and_by_tls_only(start):
    with http_server() as server:
        keeper = start(allow, {"api.test": ["127.0.0.1"], "evil.test": ["127.0.0.1"]})
        keeper.send(say.Credentials((CREDENTIAL,)))
        [proxy] = keeper.serve("proxy")
        for host, words in (("evil.test", b"belongs to `api.test`"), ("api.test", b"with TLS only")):
            said = talk(
                proxy,
                f"GET http://{host}:{server.port}/ HTTP/1.1\r\nHost: {host}:{server.port}\r\nX: placeholder-1234\r\n\r\n".encode(),
            )
            assert said.startswith(b"HTTP/1.1 403 Jackline")
            assert words in said
        assert server.seen == []
        assert keeper.wait(say.Alert).kind == "placeholder"


def test_a_server_that_is_not_who_it_should_be(start, authority):
    with authority.server(replies(answer("ok")), "evil.test") as server:
        keeper = start(allow, {"api.test": ["127.0.0.1"]}, environment={"SSL_CERT_FILE": str(authority.file)})
        keeper.send(say.Credentials((CREDENTIAL,)))
        said = talk(keeper.endpoint(f"https://api.test:{server.port}"), REQUEST)
        assert said.startswith(b"HTTP/1.1 502 Jackline: `api.test` did not prove by TLS")
        assert server.seen == []


def test_an_endpoint_is_judged_like_all_else(api):
    _, server, port = api(replies(answer("ok")), judge=lambda ask: deny(ask, reason="not now"))
    assert talk(port, REQUEST).startswith(b"HTTP/1.1 403 Jackline: not now")
    assert server.seen == []


def test_a_base_path_stands_before_every_path(start):
    with http_server() as server:
        keeper = start(allow)
        port = keeper.endpoint(f"http://127.0.0.1:{server.port}/base/")
        assert talk(port, b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n").split()[1] == b"200"
        assert talk(port, b"GET /../x HTTP/1.1\r\nHost: localhost\r\n\r\n").split()[1] == b"400"
        assert server.seen[0][0].startswith(b"GET /base/x HTTP/1.1")


# ---------------------------------------------------------------------------------------------------------- metering
def test_tokens_are_counted_and_end_a_run(api):
    keeper, server, port = api(replies(answer(json.dumps(ANTHROPIC))), meter="anthropic")
    keeper.send(say.Budget(tokens=250))
    for _ in range(2):
        assert talk(port, REQUEST).startswith(b"HTTP/1.1 200 OK")
    said = talk(port, REQUEST)
    assert said.startswith(b"HTTP/1.1 402 Jackline: the budget of 250 tokens for this session is used up")
    assert len(server.seen) == 2
    usage = keeper.wait(say.Usage, count=2)
    assert usage == say.Usage("A1", "api.test", "claude-sonnet-4-20250514", 20, 7, 100, 5, 214)
    assert b"Accept-Encoding" not in server.seen[0][0]
    keeper.send(say.Budget(tokens=1000))
    assert talk(port, REQUEST).startswith(b"HTTP/1.1 200 OK")


def test_an_answer_that_says_nothing_is_not_free(api):
    keeper, _, port = api(replies(answer("y" * 300)), meter="openai")
    talk(port, REQUEST)
    usage = keeper.wait(say.Usage)
    assert (usage.input, usage.output, usage.estimated) == (1000, 100, True)
    assert usage.money > 0


def test_failures_and_reads_cost_nothing(api):
    keeper, _, port = api(
        replies(b"HTTP/1.1 529 Overloaded\r\nContent-Length: 2\r\n\r\n{}", answer("{}")), meter="anthropic"
    )
    assert talk(port, REQUEST).split()[1] == b"529"
    assert talk(port, b"GET /v1/models HTTP/1.1\r\nHost: x\r\n\r\n").split()[1] == b"200"
    assert keeper.all(say.Usage) == []


def test_events_are_passed_on_as_they_come(api):
    """What a person watches must not wait for its end."""
    pieces = ANTHROPIC_EVENTS.split("\n\n")

    def stream(server, connection):
        server.seen.append(read_request(connection))
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in pieces[:-1]:
            data = piece.encode() + b"\n\n"
            connection.sendall(b"%x\r\n%b\r\n" % (len(data), data))
            server.gate.acquire()
        connection.sendall(b"0\r\n\r\n")

    keeper, server, port = api(stream, meter="anthropic")
    server.gate = threading.Semaphore(0)
    connection = dial(port, REQUEST)
    upto(connection, b"\r\n\r\n")
    for piece in pieces[:-1]:
        upto(connection, piece.encode() + b"\n\n\r\n")
        server.gate.release()
    upto(connection, b"0\r\n\r\n")
    assert keeper.wait(say.Usage).output == 15


def test_a_budget_ends_a_stream_in_its_middle(api):
    """Before the answer says its tokens they are guessed by its size, so that one endless answer cannot use up everything."""

    def endless(_server, connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        data = (
            b"data: " + json.dumps({"type": "content_block_delta", "delta": {"text": "word " * 20}}).encode() + b"\n\n"
        )
        while True:
            connection.sendall(b"%x\r\n%b\r\n" % (len(data), data))

    keeper, _, port = api(endless, meter="anthropic")
    keeper.send(say.Budget(tokens=5000))
    said = rest(dial(port, REQUEST))
    assert said.endswith(b"\n\n\r\n0\r\n\r\n")
    assert (
        b'event: error\ndata: {"type":"error","error":{"type":"jackline_budget","message":"Jackline: the budget of 5,000 tokens'
        in said
    )
    assert len(said) < 10_000_000
    assert keeper.wait(say.Closed).cause == "budget"
    assert keeper.wait(say.Usage).estimated
    assert talk(port, REQUEST).startswith(b"HTTP/1.1 402")


def test_a_gateway_that_begins_anew_knows_what_was_used(api):
    keeper, server, port = api(replies(answer("{}")), meter="anthropic")
    keeper.send(say.Budget(money=2_000_000, money_used=2_000_000))
    assert talk(port, REQUEST).startswith(b"HTTP/1.1 402 Jackline: the budget of $2.00")
    assert server.seen == []
