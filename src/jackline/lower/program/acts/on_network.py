"""The network: requests, connections, listeners, mail, other machines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.effect import Resource
from jackline.lower import files
from jackline.lower.http import request
from jackline.lower.places import endpoint, environment_of_port
from jackline.lower.program.acts.on_files import keep
from jackline.lower.program.acts.site import MISSING
from jackline.lower.program.values import ANYTHING, Const, Items, Made, Pairs, Value, text_value, word_of
from jackline.lower.scope import Place
from jackline.lower.word import Data, Word

if TYPE_CHECKING:
    from jackline.core.words import Label
    from jackline.lower.program.acts.site import Act, CallSite


def _body(call: CallSite) -> tuple[Data | None, bool]:
    for name in ("data", "json", "content", "files", "body"):
        if name in call.named:
            value = call.named[name]
            if isinstance(value, Const) and value.value is None:
                continue
            return Data(word_of(value).text), name == "files" or (isinstance(value, Made) and value.type == "file")
    return None, False


def _http(call: CallSite, method: str | None, url: Word) -> Value:
    body, upload = _body(call)
    back = request(call.scope, method, url, at=call.at, body=body, upload=upload)
    return Made("response", (text_value(Word((back.fetched or "*",))),))


def _http_fixed(call: CallSite) -> Value:
    """`http GET 0|url`: the method stands in the table."""
    return _http(replace(call, specs=call.specs[1:]), call.specs[0], replace(call, specs=call.specs[1:]).word(0))


def _http_method(call: CallSite) -> Value:
    return _http(call, call.word(0).text, call.word(1))


def _http_host(call: CallSite) -> Value:
    host = word_of(call.owner.arguments[0]) if isinstance(call.owner, Made) and call.owner.arguments else MISSING
    return _http(call, call.word(0).text, Word(("https://", *host.parts, *call.word(1).parts)))


def _websocket(call: CallSite) -> Value:
    """A connection that stays: what is sent over it goes to its address."""
    request(call.scope, "GET", _as_http(call.word(0)), at=call.at)
    return Made("websocket", (text_value(_as_http(call.word(0))),))


def _websocket_send(call: CallSite) -> Value:
    address = word_of(call.owner.arguments[0]) if isinstance(call.owner, Made) and call.owner.arguments else MISSING
    request(call.scope, "POST", address, at=call.at, body=Data())
    return ANYTHING


def _as_http(address: Word) -> Word:
    """`wss://host/path` is reached as `https://host/path` is (RFC 6455)."""
    prefix = address.prefix
    if not prefix.startswith(("ws://", "wss://")):
        return address
    return Word((prefix.replace("ws", "http", 1), *address.parts[1:]), address.start, address.end)


def _urlopen(call: CallSite) -> Value:
    target = call.value(0)
    if isinstance(target, Made) and target.type == "request":
        method = word_of(target.arguments[1]).text if len(target.arguments) > 1 else "GET"
        return _http(call, method, word_of(target.arguments[0], call.at))
    body = call.value(1) or (call.positional[1] if len(call.positional) > 1 else call.named.get("data"))
    sends = body is not None and not (isinstance(body, Const) and body.value is None)
    return _http(
        replace(call, named={**call.named, **({"data": ANYTHING} if sends else {})}),
        "POST" if sends else "GET",
        call.word(0),
    )


def _js_fetch(call: CallSite) -> Value:
    """`fetch(url, {method, body})` and what is called like it: a URL, an object with one, or both."""
    first, options = call.value(0), call.value(1)
    given = options if isinstance(options, Pairs) else first if isinstance(first, Pairs) else Pairs(())
    url = (
        first
        if not isinstance(first, Pairs)
        else first.get("url") or first.get("hostname") or first.get("host") or ANYTHING
    )
    method = given.get("method")
    known = word_of(method).text if method is not None else None
    sends = next((name for name in ("body", "data", "json") if given.get(name) is not None), None)
    more = {**call.named, **({"data": given.get(sends) or ANYTHING} if sends is not None else {})}
    chosen = known if method is not None else "POST" if sends == "data" else "GET"
    return _http(replace(call, named=more), chosen, word_of(url or ANYTHING, call.at))


def _request_object(call: CallSite) -> Value:
    """`urllib.request.Request`: POST where there is data and no method."""
    method = call.named_text("method") or ("POST" if "data" in call.named or len(call.positional) > 1 else "GET")
    return Made("request", (call.value(0) or ANYTHING, Const(method)))


def _download(call: CallSite) -> Value:
    request(call.scope, "GET", call.word(0), at=call.at)
    if call.value(1) is not None:
        files.emit_write(call.path(1), call.scope, at=call.at)
        keep(call.scope, call.path(1), fetched=call.word(0).shown)
    return ANYTHING


def _fetch_or_read(call: CallSite) -> Value:
    word = call.word(0)
    if "://" in word.prefix:
        request(call.scope, "GET", word, at=call.at)
    elif not isinstance(call.value(0), Made):
        files.emit_read(call.path(0), call.scope, at=call.at)
    return ANYTHING


def _address(value: Value | None) -> tuple[str, int]:
    if isinstance(value, Items) and value.items:
        host = word_of(value.items[0]).text or "*"
        port = value.items[1] if len(value.items) > 1 else None
        return host, port.value if isinstance(port, Const) and isinstance(port.value, int) else 0
    text = word_of(value).text if value is not None else None
    return text or "*", 0


def _connect(call: CallSite) -> Value:
    host, port = _address(call.value(0))
    _to(call, host, port)
    return Made("socket")


def _connect_pair(call: CallSite) -> Value:
    port = call.value(1)
    _to(call, call.word(0).text or "*", port.value if isinstance(port, Const) and isinstance(port.value, int) else 0)
    return Made("socket")


def _to(call: CallSite, host: str, port: int) -> None:
    """A raw connection: what is sent over it is not seen, so it counts as sending."""
    resource = endpoint(host, port, call.scope)
    call.scope.emit("connect", resource, at=call.at)
    if "loopback" not in resource.labels:
        call.scope.emit("send", resource, at=call.at, reversible="no")


def _send_to(call: CallSite) -> Value:
    host, port = _address(call.value(0))
    _to(call, host, port)
    return ANYTHING


def _resolve_name(call: CallSite) -> Value:
    call.scope.emit("connect", endpoint(call.word(0).text or "*", 53, call.scope), at=call.at)
    return ANYTHING


def _listen(call: CallSite) -> Value:
    host, port = _address(call.value(0))
    return _listening(call, host, port)


def _listen_pair(call: CallSite) -> Value:
    port = call.value(1)
    return _listening(
        call, call.word(0).text or "", port.value if isinstance(port, Const) and isinstance(port.value, int) else 0
    )


def _listening(call: CallSite, host: str, port: int) -> Value:
    if not host and not call.scope.place.here:
        return Made("socket")  # a container's own ports
    if not host and _of_the_project(call):
        return Made("socket")  # where a server says no address, starting it is all that is known of it
    local = host in {"localhost", "127.0.0.1", "::1"}
    labels: frozenset[Label] = frozenset({"loopback"}) if local else frozenset()
    environment = environment_of_port(port) if not local and _of_the_project(call) else "unknown"
    found = Resource("endpoint", host or "0.0.0.0", environment, labels=labels, port=port)  # noqa: S104
    call.scope.emit("listen", found, at=call.at)
    return Made("socket")


def _of_the_project(call: CallSite) -> bool:
    """Whether the code stands in a file that this session neither wrote nor fetched."""
    frame = call.scope.frame
    return frame is not None and frame.source != "" and call.scope.authorship not in {"session", "fetched"}


def _mail(call: CallSite) -> Value:
    call.scope.emit("send", Resource("message", call.word(0).text or "*", reach="remote"), at=call.at, reversible="no")
    return ANYTHING


def _ftp_upload(call: CallSite) -> Value:
    labels: frozenset[Label] = frozenset({"upload"})
    call.scope.emit(
        "send",
        Resource("endpoint", call.owner_name, reach="remote", labels=labels, port=21),
        at=call.at,
        reversible="no",
    )
    return ANYTHING


def _remote_delete(call: CallSite) -> Value:
    name = f"{call.owner_name}:{call.word(0).shown}"
    call.scope.emit("delete", Resource("file", name, reach="remote"), at=call.at, reversible="no")
    return ANYTHING


def _ssh_connect(call: CallSite) -> Value:
    call.scope.emit("connect", endpoint(call.word(0).text or "*", 22, call.scope), at=call.at)
    return ANYTHING


def _ssh_run(call: CallSite) -> Value:
    host = call.owner_name
    environment = call.scope.surroundings.environment("endpoint", host)
    place = Place(here=False, name=host, environment=environment)
    shell = call.scope.languages.get("shell")
    call.scope.emit("execute", Resource("process", f"shell at {host}", environment, "remote"), at=call.at)
    word = call.word(0)
    if shell is None or word.text is None:
        call.scope.opaque("a command on another machine", at=call.at, authorship="session")
    else:
        shell(word, call.scope.inner(word.text, call.at, place=place))
    return ANYTHING


ACTS: Final[dict[str, Act]] = {
    "http": _http_fixed,
    "http-method": _http_method,
    "http-host": _http_host,
    "request": _urlopen,
    "websocket": _websocket,
    "websocket-send": _websocket_send,
    "js-fetch": _js_fetch,
    "download": _download,
    "fetch-or-read": _fetch_or_read,
    "connect": _connect,
    "connect-pair": _connect_pair,
    "send-to": _send_to,
    "resolve": _resolve_name,
    "listen": _listen,
    "listen-pair": _listen_pair,
    "mail": _mail,
    "ftp-upload": _ftp_upload,
    "remote-delete": _remote_delete,
    "ssh-connect": _ssh_connect,
    "ssh-run": _ssh_run,
    "request-object": _request_object,
}
