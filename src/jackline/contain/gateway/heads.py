"""HTTP/1.x messages (RFC 9112), read by llhttp through `httptools` in its strict mode, and written anew.

Nothing of a message's frame is ever passed on as it came: lines, framing and hop-by-hop fields are written here, so that what
a server reads is what was judged. llhttp refuses what requests are smuggled with (a length beside chunks, two lengths, folded
lines, bare line feeds, odd chunk sizes); what it leaves open is refused here.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Final, Literal

from httptools import HttpParserError, HttpParserUpgrade, HttpRequestParser, HttpResponseParser

from jackline.core.errors import WireError

MAX_HEAD: Final = 64 * 1024
MAX_TARGET: Final = 8 * 1024
MAX_FIELDS: Final = 200
END: Final = "end"
"""The event behind a message's last piece."""

_HOP_BY_HOP: Final = frozenset(
    b"connection keep-alive proxy-connection proxy-authorization proxy-authenticate proxy-authentication-info te trailer "
    b"transfer-encoding upgrade content-length host expect http2-settings".split()
)
"""Fields that hold between two neighbours, and those that are written anew. Source: RFC 9110 §7.6.1."""
_NO_CONTENT, _NOT_MODIFIED, _SWITCHING, _OK = 204, 304, 101, 200
_INFORMATION: Final = range(100, 200)
_STATUSES: Final = range(100, 600)

Fields = list[tuple[bytes, bytes]]


class MessageError(WireError):
    """A message that is refused for its form; `status` is the answer to it."""

    def __init__(self, message: str, status: int = 400) -> None:
        super().__init__(message)
        self.status = status


@dataclass(slots=True)
class Head:
    """A request's or an answer's head. `length` and `chunked` are its framing; neither: no body, or until the end.

    `upgrade`: the protocol that it asks to change to, in lower case.
    """

    fields: Fields
    minor: int
    keep_alive: bool
    method: str = ""
    target: bytes = b""
    status: int = 0
    reason: bytes = b""
    length: int | None = None
    chunked: bool = False
    upgrade: str = ""
    expects: bool = False
    _by_name: dict[bytes, list[bytes]] = field(init=False)

    def __post_init__(self) -> None:
        self._by_name = {}
        for name, value in self.fields:
            self._by_name.setdefault(name.lower(), []).append(value)

    @property
    def has_body(self) -> bool:
        """Whether a request brings one."""
        return self.chunked or bool(self.length)

    def values(self, name: bytes) -> list[bytes]:
        """The values of a field, given in lower case."""
        return self._by_name.get(name, [])

    def wishes(self) -> set[bytes]:
        """The words of `Connection`."""
        return {word.strip().lower() for value in self.values(b"connection") for word in value.split(b",")}

    def passed_on(self) -> Fields:
        """The fields without those that hold between neighbours only."""
        named = self.wishes()
        return [one for one in self.fields if (key := one[0].lower()) not in _HOP_BY_HOP and key not in named]


Event = Head | bytes | Literal["end"]


class Reader:
    """Bytes in, events out: a head, pieces of its body, `END`; then the next message.

    `rest` is what follows a head after which no HTTP is spoken any more.
    """

    def __init__(self, *, answers: bool = False) -> None:
        self.events: deque[Event] = deque()
        self.rest: bytes | None = None
        self._parser: HttpRequestParser | HttpResponseParser
        self._parser = HttpResponseParser(self) if answers else HttpRequestParser(self)
        self._answers = answers
        self._in_head = False
        self._pending = 0
        self._target = b""
        self._reason = b""
        self._fields: Fields = []
        self._failure: MessageError | None = None

    @property
    def begun(self) -> bool:
        """Whether a message has begun whose head is not complete."""
        return self._pending > 0

    def feed(self, data: bytes) -> None:
        """Read on. Raises `MessageError`."""
        self._pending += len(data)
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade as upgrade:
            self.rest = data[upgrade.args[0] :]
            if self._in_head or self._failure:
                raise self._failure or MessageError("a head that is not complete") from None
        except HttpParserError as error:
            raise self._failure or MessageError(f"not HTTP/1.1 as it is spoken here: {error}") from None
        if self._failure:
            raise self._failure
        if not self._in_head:
            self._pending = 0
        elif self._pending > MAX_HEAD:
            raise MessageError(f"a head of more than {MAX_HEAD} bytes", 431)

    # --------------------------------------------------------------------------------------- what the parser calls
    def on_message_begin(self) -> None:
        """A first line begins."""
        self._in_head, self._target, self._reason, self._fields = True, b"", b"", []

    def on_url(self, url: bytes) -> None:
        """A piece of a request's target."""
        self._target += url

    def on_status(self, reason: bytes) -> None:
        """A piece of an answer's reason."""
        self._reason += reason

    def on_header(self, name: bytes, value: bytes | None) -> None:
        """One field; behind a body it is a trailer, and dropped."""
        if self._in_head:
            self._fields.append((name, value or b""))

    def on_headers_complete(self) -> None:
        """The head is whole."""
        self._in_head = False
        try:
            self.events.append(self._head())
        except MessageError as error:
            self._failure = self._failure or error

    def on_body(self, piece: bytes) -> None:
        """A piece, without its chunk's frame."""
        self.events.append(piece)

    def on_message_complete(self) -> None:
        """The last piece was the last."""
        self.events.append(END)

    def _head(self) -> Head:
        version = self._parser.get_http_version()
        if version not in {"1.0", "1.1"}:
            raise MessageError("HTTP/1.0 and HTTP/1.1 are spoken here", 505)
        if len(self._fields) > MAX_FIELDS:
            raise MessageError(f"more than {MAX_FIELDS} fields", 431)
        if len(self._target) > MAX_TARGET:
            raise MessageError(f"a target of more than {MAX_TARGET} bytes", 414)
        head = Head(self._fields, int(version[-1]), self._parser.should_keep_alive())
        if isinstance(self._parser, HttpRequestParser):
            head.method, head.target = self._parser.get_method().decode("ascii"), self._target
        else:
            head.status, head.reason = self._parser.get_status_code(), self._reason
            if head.status not in _STATUSES:
                raise MessageError(f"{head.status} is no status")
        _frame(head)
        return head


def _frame(head: Head) -> None:
    """Read the fields by which a message is framed. Raises `MessageError`."""
    coding = head.values(b"transfer-encoding")
    if coding and (len(coding) > 1 or coding[0].strip().lower() != b"chunked" or not head.minor):
        raise MessageError("`Transfer-Encoding` may be `chunked`, once, and nothing else", 501)
    lengths = head.values(b"content-length")
    if len(lengths) > 1 or (lengths and coding):
        raise MessageError("its length is given twice")
    if lengths and not lengths[0].strip().isdigit():
        raise MessageError("its length is no number")
    head.chunked = bool(coding)
    head.length = int(lengths[0]) if lengths else None
    if not head.status:
        head.expects = any(value.lower() == b"100-continue" for value in head.values(b"expect"))
    if b"upgrade" in head.wishes():
        head.upgrade = b",".join(head.values(b"upgrade")).decode("ascii", "replace").strip().lower()


def request(head: Head, target: bytes, host: bytes, fields: Fields) -> bytes:
    """A request's head as it is sent on, in origin form."""
    lines = [head.method.encode() + b" " + target + b" HTTP/1.1", b"Host: " + host]
    lines += [name + b": " + value for name, value in fields]
    if head.chunked:
        lines.append(b"Transfer-Encoding: chunked")
    elif head.length is not None:
        lines.append(b"Content-Length: %d" % head.length)
    if head.expects:
        lines.append(b"Expect: 100-continue")
    if head.upgrade:
        lines += [b"Connection: Upgrade", b"Upgrade: " + head.upgrade.encode()]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def no_body(method: str, status: int) -> bool:
    """Whether an answer has none, whatever its fields say."""
    return method == "HEAD" or status in {_NO_CONTENT, _NOT_MODIFIED} or status in _INFORMATION


def answer(head: Head, *, chunked: bool, close: bool, bare: bool) -> bytes:
    """An answer's head as it is sent on; `bare`: no body follows, but its length may be told."""
    lines = [b"HTTP/1.1 %d %b" % (head.status, head.reason)]
    lines += [name + b": " + value for name, value in head.passed_on()]
    if head.length is not None and head.status not in _INFORMATION and head.status != _NO_CONTENT:
        lines.append(b"Content-Length: %d" % head.length)
    elif chunked and not bare:
        lines.append(b"Transfer-Encoding: chunked")
    if head.status == _SWITCHING:
        lines += [b"Connection: Upgrade", b"Upgrade: " + head.upgrade.encode()]
    elif close:
        lines.append(b"Connection: close")
    return b"\r\n".join(lines) + b"\r\n\r\n"


def chunk(piece: bytes) -> bytes:
    """One chunk."""
    return b"%x\r\n%b\r\n" % (len(piece), piece)


LAST_CHUNK: Final = b"0\r\n\r\n"
CONTINUE: Final = b"HTTP/1.1 100 Continue\r\n\r\n"
ESTABLISHED: Final = b"HTTP/1.1 200 Connection established\r\n\r\n"

_WORDS: Final = {400: "Bad Request", 402: "Payment Required", 403: "Forbidden", 408: "Request Timeout", 414: "URI Too Long",
                 429: "Too Many Requests", 431: "Request Header Fields Too Large", 501: "Not Implemented", 502: "Bad Gateway",
                 504: "Gateway Timeout", 505: "HTTP Version Not Supported"}  # fmt: skip
_MAX_REASON: Final = 160


def refusal(status: int, text: str, ask: str = "") -> bytes:
    """A whole answer of our own, after which the connection ends.

    The sentence stands in the reason as well, for of an answer to CONNECT most programs show nothing else. The field
    `jackline` says what to ask for.
    """
    body = f"Jackline: {text}\n".encode()
    short = text.encode("ascii", "replace")[:_MAX_REASON].replace(b"\r", b" ").replace(b"\n", b" ")
    lines = [
        b"HTTP/1.1 %d Jackline: %b" % (status, short or _WORDS.get(status, "").encode()),
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: %d" % len(body),
        b"Jackline: refused" + (b'; ask="%b"' % _quoted(ask) if ask else b""),
        b"Connection: close",
    ]
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def _quoted(text: str) -> bytes:
    return bytes(byte for byte in text.encode("ascii", "replace") if byte >= 0x20 and byte not in b'"\\\x7f')  # noqa: PLR2004 - control characters
