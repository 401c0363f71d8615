"""What the gateway reads from a sandbox and from the outside: it answers or refuses, and what it accepts it reads in one way."""

from __future__ import annotations

import tomllib
from ipaddress import IPv4Address
from pathlib import Path

from jackline.contain.gateway import dns, heads, names, socks, tls
from jackline.contain.gateway.answers import Translation
from jackline.contain.gateway.heads import Head, MessageError, Reader
from jackline.contain.gateway.places import Proxy
from jackline.core.errors import WireError
from tests.contain.gateway import hellos

REFUSED = Path(__file__).resolve().parent.parent / "contain" / "gateway" / "refused.toml"
MAX_NAME = 253
HIDDEN = 0xFE0D
STEP = 7


class OtherwiseError(Exception):
    """Something was read in two ways."""


def _canonical(name: str) -> None:
    if names.host(name) != name or not name.isascii() or len(name) > MAX_NAME:
        raise OtherwiseError(f"`{name}` is not the name's one spelling")


def check_hello(data: bytes) -> None:
    """A ClientHello, whole and in pieces."""

    def read(piece: bytes) -> tls.Hello | str | None:
        try:
            return tls.read_hello(piece) if piece else None
        except WireError:
            return "refused"

    whole = read(data)
    if isinstance(whole, tls.Hello):
        if whole.name:
            _canonical(whole.name)
        for length in range(0, min(len(data), 2000), STEP):
            if read(data[:length]) not in {None, whole}:
                raise OtherwiseError(f"its first {length} bytes are another hello")


def check_dns(data: bytes) -> None:
    """A query, and its answers."""
    try:
        question = dns.read_question(data)
    except WireError:
        dns.failure(data)
        return
    _canonical(question.name)
    for answer in (
        dns.answer(question, address=IPv4Address("198.18.0.1")),
        dns.answer(question, dns.REFUSED, reason="no"),
    ):
        if answer[:2] != data[:2] or not answer[2] & 0x80 or question.raw not in answer:
            raise OtherwiseError("an answer to something else")


def check_socks(data: bytes) -> None:
    """A greeting and a request."""
    for read in (socks.read_greeting, socks.read_request):
        try:
            found = read(data)
        except WireError:
            continue
        if isinstance(found, socks.Target):
            _canonical(found.host)
            if found.length > len(data):
                raise OtherwiseError("a request longer than what was said")


def check_http(data: bytes) -> None:
    """Requests to the proxy, as they are sent on; and the same bytes as an answer."""
    _requests(data)
    asked = Reader()
    asked.feed(b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
    request = asked.events[0]
    if not isinstance(request, Head):
        raise OtherwiseError("no request")
    translation = Translation(request, lambda _: None, lambda _: None)
    try:
        out = translation.feed(data) + translation.end()
    except MessageError:
        return
    answers = Reader(answers=True)
    answers.feed(out)
    if sum(isinstance(event, Head) for event in answers.events) != 1:
        raise OtherwiseError("one answer became several")


def _requests(data: bytes) -> None:
    reader = Reader()
    try:
        reader.feed(data)
    except MessageError:
        return
    for head in (event for event in reader.events if isinstance(event, Head)):
        try:
            target = Proxy().target(head)
        except MessageError:
            continue
        _canonical(target.host)
        again = Reader()
        again.feed(heads.request(head, target.path, target.authority, head.passed_on()))
        read = [event for event in again.events if isinstance(event, Head)]
        if len(read) != 1 or (read[0].method, read[0].target, read[0].chunked, read[0].length) != (
            head.method, target.path, head.chunked, head.length,
        ):  # fmt: skip
            raise OtherwiseError(f"{head.method} {target} is sent on as {read}")


def hello_seeds() -> list[bytes]:
    """Real ones and hand-made ones."""
    name = hellos.server_name(b"example.com")
    made = [hellos.made(name, size=size) for size in (1 << 14, 9)] + [
        hellos.made(name, hellos.extension(HIDDEN, bytes(9)))
    ]
    return [hellos.real(), hellos.real("a.test", ["h2"]), hellos.real(None), *made]


def dns_seeds() -> list[bytes]:
    """Queries with and without EDNS."""
    plain = b"\x12\x34\1\0\0\1\0\0\0\0\0\0\7example\3com\0\0\1\0\1"
    return [plain, plain[:11] + b"\1" + plain[12:] + b"\0\0\x29\x10\0\0\0\0\0\0\0"]


def socks_seeds() -> list[bytes]:
    """Greetings and requests."""
    return [
        b"\5\2\0\2",
        b"\5\1\0\3\x0bexample.com\1\xbb",
        b"\5\1\0\1\x7f\0\0\1\0\x50",
        b"\5\1\0\4" + bytes(16) + b"\0\x50",
    ]


def http_seeds() -> list[bytes]:
    """Everything that smuggles, and what does not."""
    requests = [text.encode() for text in tomllib.loads(REFUSED.read_text(encoding="utf-8"))["requests"].values()]
    return [*requests, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;a=b\r\nabc\r\n0\r\nA: b\r\n\r\n",
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"]  # fmt: skip


HELLO_WORDS = (
    b"\x16\x03\x01",
    b"\x16\x03\x03",
    b"\x01\x00\x00",
    b"\x00\x00",
    b"\x00\x10",
    b"\xfe\x0d",
    b"\x00\x00\x0b",
    b"a.test",
    b"\xff\xff",
)
DNS_WORDS = (b"\xc0\x0c", b"\0\1", b"\0\x1c", b"\0\x10", b"\0\x29", b"\3com\0", b"\x3f", b"\7a.b.com", b"\0\x0f")
SOCKS_WORDS = (b"\5\1\0", b"\5\2\0", b"\5\3\0", b"\3", b"\x04", b"0x7f.1", b"::1", b"\0\x50")
HTTP_WORDS = tuple(
    word.replace(b"_", b" ").replace(b"|", b"\r\n")
    for word in b"GET_ POST_ CONNECT_ HEAD_ http:// _HTTP/1.1| _HTTP/1.0| |Host:_a.test |Content-Length:_3 |Transfer-Encoding:_chunked || | 0|| 1|a| "
    b"3;x=y| |_fold |Connection:_close,_x |Upgrade:_websocket |Expect:_100-continue a.test:80 [::1] %2e%2e/ # @ \\ HTTP/1.1_200_OK| HTTP/1.1_204_No| "
    b"HTTP/1.1_100_Continue|| |Trailer:_x \t \x0b : :81 \xff".split()
)  # fmt: skip
