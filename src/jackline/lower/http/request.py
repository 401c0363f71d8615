"""`request`: the effects of one HTTP request."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.core.effect import ANY, ONE, Resource
from jackline.lower.files import emit_read
from jackline.lower.http.apis import READING, changes
from jackline.lower.http.statements import emit_statements
from jackline.lower.http.url import Url, parse
from jackline.lower.places import endpoint
from jackline.lower.telling import tells
from jackline.lower.word import Data, Word

if TYPE_CHECKING:
    from jackline.core.words import Label, Undo, Verb
    from jackline.lower.scope import Scope

_LONG: Final = 512
_UNSEEN: Final = Resource("endpoint", "*", reach="remote", labels=frozenset({"unknown_port"}))


def request(
    scope: Scope,
    method: str | None,
    url: Word,
    *,
    at: tuple[int, int],
    body: Data | None = None,
    upload: bool = False,
) -> Data:
    """Write the effects of one request and return what comes back: untrusted data, fetched from the URL.

    `method` None means that it is not known. `body` is what is sent, `upload` that it is a file's content.
    """
    known = url.text
    target = _target(url)
    if known is not None and target is not None and target.scheme == "file":
        emit_read(target.path, scope, at=at)
        return Data(source=target.path)
    resource = endpoint(target.host, target.port, scope) if target is not None else _UNSEEN
    changing = method is None or method.upper() not in READING
    scope.emit("connect", resource, at=at)
    if body is None and (tells(url, scope.text[url.start : url.end]) or _is_made_of_data(known, scope)):
        body = Data(labels=frozenset({"secret"}))  # in the address itself
    if changing or body is not None:
        label: Label = "upload" if upload else "body"
        scope.emit("send", resource.labelled(frozenset({label})), at=at, reversible="no")
    if target is not None:
        _change(scope, (method or "POST").upper(), target, resource, at)
        emit_statements(scope, target, body.text if body is not None else None, resource, at)
    fetched = known if known is not None else url.shown
    return Data(origin="untrusted", labels=frozenset({"untrusted"}), fetched=fetched)


def _is_made_of_data(url: str | None, scope: Scope) -> bool:
    """Whether an address is longer than any that is asked for, and does not stand in the code: it was put together."""
    return url is not None and len(url) > _LONG and url not in scope.text


def _target(url: Word) -> Url | None:
    """The URL as far as it is known; a hole in the path leaves the host known, one in the host does not."""
    if url.text is not None:
        return parse(url.text)
    prefix = url.prefix
    after_scheme = prefix.partition("://")[2] if "://" in prefix else prefix
    if "/" not in after_scheme:
        return None
    return parse(prefix + "*")


def _change(scope: Scope, method: str, url: Url, resource: Resource, at: tuple[int, int]) -> None:
    found = changes(method, url)
    if found is None:
        found = ()
        generic: dict[str, tuple[Verb, Undo]] = {
            "DELETE": ("delete", "no"),
            "PUT": ("modify", "no"),
            "PATCH": ("modify", "no"),
        }
        if method in generic and "loopback" not in resource.labels:  # what is being developed here
            verb, reversible = generic[method]
            name = f"{url.host}{url.path}"
            thing = Resource("infrastructure", name, resource.environment, "remote")
            scope.emit(verb, thing, at=at, reversible=reversible)
    for change in found:
        thing = Resource(change.kind, change.name, resource.environment, "remote", change.labels)
        extent = ANY if change.labels & {"tree", "unbounded"} else ONE
        scope.emit(change.verb, thing, at=at, reversible=change.reversible, extent=extent)
