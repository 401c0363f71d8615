"""curl(1), wget(1) and httpie: which request is made with what body, and where the answer goes."""

from __future__ import annotations

import posixpath
from typing import TYPE_CHECKING, Final

from msgspec.structs import replace

from jackline.core.deferred import late_pattern
from jackline.lower.catalogue.arguments import drop
from jackline.lower.http import request
from jackline.lower.telling import tells_in_text
from jackline.lower.word import Data, Word

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call

_BODY_OPTIONS: Final = ("data", "data-binary", "data-urlencode", "json", "data-raw", "form", "form-string")
_METHODS: Final = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE", "CONNECT", "PURGE"})
_ITEM_SIGNS: Final = (":=@", "=@", ":=", "==", "=", "@", ":")


def curl(call: Call) -> None:
    """Each URL is one request with the same method and body."""
    for config in call.values("K"):
        call.scope.opaque(f"curl options in {call.path(config) if config.text != '-' else 'the input'}",
                          at=call.at(config), authorship="unknown")  # fmt: skip
    body, upload = _curl_body(call)
    body = body or _told(call, "header", "proxy-header", "user-agent", "referer", "cookie")
    method = _method(call, body)
    urls = [*call.operands.get("url", ()), *call.arguments.options.get("url", ())]
    for index, given in enumerate(urls):
        url = _with_query(call, given) if call.has("-G") else given
        answer = request(call.scope, method, url, at=call.at(url), body=body, upload=upload)
        call.output = _save_curl(call, url, index, answer)


def _told(call: Call, *names: str) -> Data | None:
    """What a header tells about this machine; the name and password of who asks are a request's own."""
    for name in names:
        for value in call.values(name):
            if not _OWN.match(value.prefix) and tells_in_text(value):
                return Data(None, frozenset(label for hole in value.holes for label in hole.labels))
    return None


_OWN: Final = late_pattern(r"(?i)(?:proxy-)?authorization:|x-api-key:|[\w-]*(?:token|key|auth|signature|secret)[\w-]*:")


def _with_query(call: Call, url: Word) -> Word:
    """With `-G` the data becomes a part of the address."""
    pieces = [value.text for name in _BODY_OPTIONS for value in call.arguments.options.get(name, ())]
    known = [piece.replace(" ", "%20") for piece in pieces if piece is not None and not piece.startswith("@")]
    if url.text is None or not known:
        return url
    return replace(url, parts=("&".join((url.text if "?" in url.text else f"{url.text}?", *known)).replace("?&", "?"),))


def _method(call: Call, body: Data | None) -> str | None:
    given = call.value("request")
    if given is not None:
        return given.text
    if call.has("--upload-file"):
        return "PUT"
    if body is not None and not call.has("-G"):
        return "POST"
    return "HEAD" if call.has("--head") else "GET"


def _curl_body(call: Call) -> tuple[Data | None, bool]:
    """What is sent, and whether it is a file's content; with `-G` it becomes a part of the URL, sent all the same."""
    pieces = [value for name in _BODY_OPTIONS for value in call.arguments.options.get(name, ())]
    upload = False
    for name in _BODY_OPTIONS:
        for value in call.arguments.options.get(name, ()):
            file = _file_in(name, value)
            if file is not None:
                call.read(file)
                upload = True
    sent = call.values("upload-file")
    for file in sent:
        call.read(file)
        upload = True
    if not pieces and not sent:
        return None, False
    if call.has("-G") and not upload and all(piece.text is not None for piece in pieces):
        return None, False  # words of this very command, as any URL has them
    labels = call.read_labels() | frozenset(label for piece in pieces for hole in piece.holes for label in hole.labels)
    return Data(pieces[0].text if len(pieces) == 1 else None, labels | call.command.stdin.labels), upload


def _file_in(name: str, value: Word) -> Word | None:
    """The file that a value names: `@FILE`, `NAME@FILE` (urlencode), `NAME=@FILE` and `NAME=<FILE` (forms)."""
    text = value.prefix
    if name in {"data-raw", "form-string"}:
        return None
    if name == "form":
        _, equals, rest = text.partition("=")
        if equals and rest[:1] in {"@", "<"}:
            file = drop(value, text.index("=") + 2)
            return replace(file, parts=(file.prefix.split(";")[0].split(",")[0],)) if file.text else file
        return None
    if text.startswith("@"):
        return drop(value, 1)
    if name == "data-urlencode" and "@" in text and "=" not in text.partition("@")[0]:
        return drop(value, text.index("@") + 1)
    return None


def _save_curl(call: Call, url: Word, index: int, answer: Data) -> Data | None:
    """Where the answer goes: `-o` for each URL in turn, `-O` a file of the URL's last name, else the output."""
    names = call.values("output")
    directory = call.text("output-dir")
    if index < len(names):
        target = names[index]
    elif call.has("--remote-name") or call.has("--remote-name-all"):
        target = Word((_last_name(url),), url.start, url.end)
    else:
        return answer
    if directory and not target.prefix.startswith("/"):
        target = replace(target, parts=(f"{directory}/", *target.parts))
    if target.text != "-":
        call.write(target, content=answer)
        return Data("", origin="untrusted", empty=True)
    return answer


def _last_name(url: Word) -> str:
    text = (url.text or "*").partition("://")[2] or url.text or "*"
    return posixpath.basename(text.partition("?")[0].partition("#")[0].rstrip("/")) or "index.html"


def wget(call: Call) -> None:
    """Each URL is fetched into a file of its name, `-O` or `-P`."""
    body: Data | None = None
    upload = False
    for name in ("post-data", "body-data"):
        for value in call.values(name):
            body = Data(value.text, frozenset(label for hole in value.holes for label in hole.labels))
    for name in ("post-file", "body-file"):
        for file in call.values(name):
            call.read(file)
            body, upload = Data(None, call.read_labels()), True
    body = body or _told(call, "header", "user-agent", "referer")
    method = call.text("method") or ("POST" if body is not None else "HEAD" if call.has("--spider") else "GET")
    if call.has("--input-file"):
        call.output = request(call.scope, method, Word(("https://*",)), at=call.command.at, body=body)
    for url in call.values("url"):
        answer = request(call.scope, method, url, at=call.at(url), body=body, upload=upload)
        if not call.has("--spider"):
            call.output = _save_wget(call, url, answer)


def _save_wget(call: Call, url: Word, answer: Data) -> Data:
    document = call.value("output-document")
    prefix = call.value("directory-prefix")
    nothing = Data("", origin="untrusted", empty=True)
    if document is not None:
        if document.text == "-":
            return answer
        call.write(document, content=answer)
    elif call.has("--recursive") or call.has("--mirror"):
        call.write(prefix or Word((".",), *call.command.at), content=answer, recursive=True)
    else:
        parts = (*(prefix.parts if prefix is not None else ()), "/" if prefix is not None else "", _last_name(url))
        call.write(Word(tuple(part for part in parts if part != ""), url.start, url.end), content=answer, appended=True)
    return nothing


def httpie(call: Call) -> None:
    """`[METHOD] URL [ITEM…]`: items with `=`, `:=` or `@` are the body."""
    words = list(call.arguments.operands)
    if not words or call.has("--offline"):
        return
    method = words.pop(0).text if (words[0].text or "").upper() in _METHODS and len(words) > 1 else None
    url = words.pop(0)
    body: Data | None = None if call.command.stdin.empty else call.command.stdin
    upload = False
    for item in words:
        sign = next((sign for sign in _ITEM_SIGNS if sign in item.prefix), "")
        if sign.endswith("@"):
            call.read(drop(item, item.prefix.index(sign) + len(sign)))
            upload = True
        if sign in {":=@", "=@", ":=", "=", "@"} and "==" not in item.prefix:
            body = Data(None, call.read_labels() | frozenset(label for hole in item.holes for label in hole.labels))
    if url.text is not None and "://" not in url.text:
        host = f"localhost{url.text}" if url.text.startswith(":") else url.text
        url = replace(url, parts=(f"https://{host}" if call.program == "https" else f"http://{host}",))
    call.output = request(
        call.scope, method or ("POST" if body is not None else "GET"), url, at=call.at(url), body=body, upload=upload
    )
