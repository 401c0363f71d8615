"""What a message means does not change on its way, and what could mean two things goes nowhere."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jackline.contain.gateway import heads
from jackline.contain.gateway.answers import Translation
from jackline.contain.gateway.heads import END, Head, MessageError, Reader
from jackline.contain.gateway.places import Proxy
from jackline.core.errors import WireError

REFUSED = tomllib.loads((Path(__file__).parent / "refused.toml").read_text(encoding="utf-8"))["requests"]
TOKEN = st.text("abcdefgXYZ-_0123456789", min_size=1, max_size=12).map(str.encode)
VALUE = st.text("abc,;=\"' \t~", max_size=20).map(lambda text: text.strip().encode())


def read(data, *, pieces=0, answers=False):
    reader = Reader(answers=answers)
    for at in range(0, len(data), pieces or len(data) or 1):
        reader.feed(data[at : at + (pieces or len(data))])
    return list(reader.events)


def body_of(events):
    return b"".join(one for one in events if isinstance(one, bytes))


def refused_by_form(data):
    """Whether it is refused before anybody is asked, or never becomes a whole request."""
    reader = Reader()
    try:
        reader.feed(data)
        if not reader.events:
            return True
        head = reader.events[0]
        if head.method == "CONNECT":
            return True  # see test_bypasses
        Proxy().target(head)
    except MessageError:
        return True
    return END not in reader.events


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_refused_for_its_form(name):
    assert refused_by_form(REFUSED[name].encode("latin-1"))


def test_what_is_not_refused():
    data = b"POST http://A.test:80/x%2fy?z HTTP/1.1\r\nHost: a.TEST\r\nTransfer-Encoding: Chunked\r\n\r\n3;x=y\r\nabc\r\n0\r\nTrailer: t\r\n\r\n"
    assert not refused_by_form(data)
    assert not refused_by_form(b"\r\n" + data)
    assert not refused_by_form(b"GET http://a.test/.well-known/x..y/... HTTP/1.1\r\nHost: a.test\r\n\r\n")
    head, *rest = read(data)
    assert Proxy().target(head)[:3] == ("a.test", 80, b"/x%2fy?z")
    assert body_of(rest) == b"abc"


def test_hop_by_hop_fields_stay_here():
    data = (
        b"GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Secret, Upgrade\r\nX-Secret: 1\r\nProxy-Authorization: Basic eA==\r\nTE: trailers\r\n"
        b"Proxy-Connection: keep-alive\r\nKeep-Alive: timeout=5\r\nUpgrade: h2c\r\nHTTP2-Settings: AAM\r\nTrailer: x\r\nAccept: */*\r\nX-Secret: 2\r\n\r\n"
    )
    head = read(data)[0]
    assert head.passed_on() == [(b"Accept", b"*/*")]
    assert head.upgrade == "h2c"
    head.upgrade = ""
    assert heads.request(head, b"/", b"a", head.passed_on()) == b"GET / HTTP/1.1\r\nHost: a\r\nAccept: */*\r\n\r\n"


@given(
    st.sampled_from(["GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"]),
    st.lists(st.tuples(TOKEN.map(lambda name: b"X" + name), VALUE), max_size=5),
    st.binary(max_size=60),
    st.booleans(),
    st.integers(1, 40),
)
def test_what_is_sent_on_is_what_was_read(method, fields, body, chunked, pieces):
    framing = b"Transfer-Encoding: chunked\r\n" if chunked else b"Content-Length: %d\r\n" % len(body)
    lines = b"".join(name + b": " + value + b"\r\n" for name, value in fields)
    framed = (heads.chunk(body) if body else b"") + heads.LAST_CHUNK if chunked else body
    data = method.encode() + b" /x HTTP/1.1\r\nHost: a.test\r\n" + lines + framing + b"\r\n" + framed
    events = read(data, pieces=pieces)
    head = events[0]
    out = heads.request(head, head.target, b"a.test", head.passed_on())
    out += b"".join((heads.chunk(one) if chunked else one) for one in events[1:-1]) + (
        heads.LAST_CHUNK if chunked else b""
    )
    again = read(out)
    assert (again[0].method, again[0].target, again[0].values(b"host")) == (method, b"/x", [b"a.test"])
    assert again[0].passed_on() == head.passed_on()
    assert body_of(again) == body_of(events) == body
    assert again[-1] == events[-1] == END
    assert sum(isinstance(one, Head) for one in again) == 1


@given(st.binary(max_size=300), st.sampled_from(list(REFUSED.values())), st.integers(0, 200), st.integers(1, 50))
def test_any_bytes_are_one_meaning_or_refused(noise, seed, at, pieces):
    """Whatever is accepted is written so that it is read again as the same, and as one request only."""
    whole = seed.encode("latin-1", "replace")
    data = whole[:at] + noise + whole[at:]
    try:
        events = read(data, pieces=pieces)
    except WireError:
        return
    for head in (one for one in events if isinstance(one, Head)):
        again = read(heads.request(head, b"/", b"a.test", head.passed_on()))
        assert again[0].passed_on() == head.passed_on()
        assert (again[0].chunked, again[0].length) == (head.chunked, head.length)
        assert sum(isinstance(one, Head) for one in again) == 1


# ---------------------------------------------------------------------------------------------------------- answers
def translate(request, *pieces, end=False):
    asked = read(request)[0]
    if asked.upgrade != "websocket":
        asked.upgrade = ""
    seen = []
    translation = Translation(asked, lambda _: None, seen.append)
    out = b"".join(translation.feed(piece) for piece in pieces)
    if end:
        out += translation.end()
    return out, translation, b"".join(seen)


GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
OLD = b"GET / HTTP/1.0\r\nHost: a\r\n\r\n"
HEAD = b"HEAD / HTTP/1.1\r\nHost: a\r\n\r\n"


def test_an_answer_with_a_length():
    out, done, seen = translate(
        GET, b"HTTP/1.1 200 Fine\r\nContent-Len", b"gth: 3\r\nConnection: X-A\r\nX-A: b\r\n\r\na", b"bc"
    )
    assert out == b"HTTP/1.1 200 Fine\r\nContent-Length: 3\r\n\r\nabc"
    assert (done.done, done.server_stays, done.client_stays, seen) == (True, True, True, b"abc")


def test_an_answer_in_chunks_for_old_and_new():
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;x=y\r\na\r\n2\r\nbc\r\n0\r\nTrailer: t\r\n\r\n"
    out, done, _ = translate(GET, data)
    assert out == b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
    assert done.server_stays
    out, done, _ = translate(OLD, data)
    assert out == b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\nabc"
    assert done.done
    assert not done.client_stays


def test_an_answer_until_the_end():
    out, done, _ = translate(GET, b"HTTP/1.1 200 OK\r\n\r\na", b"bc", end=True)
    assert out == b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n"
    assert (done.server_stays, done.client_stays) == (False, True)


@pytest.mark.parametrize("data", [b"HTTP/1.1 204 No\r\n\r\n", b"HTTP/1.1 304 Same\r\nContent-Length: 5\r\n\r\n"])
def test_an_answer_without_a_body(data):
    out, done, _ = translate(GET, data)
    assert out == data
    assert done.server_stays


def test_the_answer_to_head_has_a_length_and_no_body():
    data = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    out, done, _ = translate(HEAD, data)
    assert out == data
    assert done.done
    assert not translate(HEAD, data + b"abcde")[1].server_stays


def test_information_is_only_passed_on_to_who_expects_it():
    data = b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    assert translate(GET, data)[0] == b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    expecting = b"POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 1\r\n\r\n"
    assert translate(expecting, data)[0].startswith(heads.CONTINUE + b"HTTP/1.1 200")


def test_a_second_answer_is_not_for_the_client():
    out, done, _ = translate(
        GET, b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nevil"
    )
    assert out.endswith(b"\r\n\r\na")
    assert not done.server_stays


BROKEN = {
    "a length beside chunks": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two lengths": b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\na",
    "an unknown coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nabc",
    "a folded line": b"HTTP/1.1 200 OK\r\nA: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "no HTTP": b"SSH-2.0-OpenSSH\r\n\r\n",
    "HTTP/2.0": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a change of protocol": b"HTTP/1.1 101 Switching\r\nConnection: upgrade\r\nUpgrade: websocket\r\n\r\n",
    "an endless head": b"HTTP/1.1 200 OK\r\n" + b"A: " + b"b" * 70_000,
    "too many fields": b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 300 + b"\r\n",
}


@pytest.mark.parametrize("data", BROKEN.values(), ids=BROKEN)
def test_an_answer_that_is_none(data):
    with pytest.raises(MessageError):
        translate(GET, data)


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nabc",
        b"HTTP/1.1 2",
    ],
)
def test_an_answer_that_breaks_off(data):
    with pytest.raises(MessageError):
        translate(GET, data, end=True)


@given(st.binary(max_size=200), st.sampled_from(list(BROKEN.values())), st.integers(0, 120), st.integers(1, 40))
def test_any_answer_is_whole_for_the_client_or_none(noise, seed, at, pieces):
    data = (seed[:at] + noise + seed[at:])[:600]
    asked = read(GET)[0]
    translation = Translation(asked, lambda _: None, lambda _: None)
    out = b""
    try:
        for start in range(0, len(data), pieces):
            out += translation.feed(data[start : start + pieces])
            if translation.done:
                break
        out += translation.end()
    except MessageError:
        return
    again = read(out, answers=True)
    assert sum(isinstance(one, Head) for one in again) == 1
    assert translation.head.status == again[0].status


def test_a_refusal_is_read_by_programs_and_people():
    data = heads.refusal(403, "`evil.test` is not allowed\r\nInjected: yes", 'connect "evil.test":443')
    head, *events = read(data, answers=True)
    assert (head.status, head.values(b"connection")) == (403, [b"close"])
    assert head.values(b"jackline") == [b'refused; ask="connect evil.test:443"']
    assert head.values(b"content-type") == [b"text/plain; charset=utf-8"]
    assert not head.values(b"injected")
    assert head.reason.startswith(b"Jackline: `evil.test` is not allowed")
    assert body_of(events).startswith(b"Jackline: `evil.test`")
