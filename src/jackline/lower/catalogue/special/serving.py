"""Servers of a project's own pages and programs (http-server(1), serve, uvicorn, gunicorn and their like)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.lower.catalogue.endpoints import emit_served

if TYPE_CHECKING:
    from jackline.lower.catalogue.call import Call

_EVERYWHERE: Final = "0.0.0.0"  # noqa: S104 - an address in an effect, nothing is bound
_HERE: Final = "127.0.0.1"
_STARTING: Final = frozenset({"serve", "run", "start", "dev"})
_LOCAL_SOCKETS: Final = ("unix:", "unix://", "fd://", "pipe:")


def page_server(call: Call) -> None:
    """One that hands out directories whole, on every address where none is said; a proxy hands out what is elsewhere."""
    for target in _targets(call) or [f"{_EVERYWHERE}:{call.text('port') or 0}"]:
        if call.may_have("--proxy"):
            call.listen(target, call.command.at)
            continue
        for pages in [call.path(root) for root in call.values("root")] or [call.cwd]:
            emit_served(target, call.scope, at=call.command.at, pages=pages)


def application_server(call: Call) -> None:
    """One that runs a program of the project, on the loopback where no address is said."""
    if call.has("--version"):
        return
    starts = call.has("--port") or call.text("act") in _STARTING
    for target in _targets(call) or ([f"{_HERE}:{call.text('port') or 0}"] if starts else []):
        emit_served(target, call.scope, at=call.command.at)


def _targets(call: Call) -> list[str]:
    """What `--bind` says, each time that it is there, as `HOST:PORT` or a mere port."""
    given = [bound.text or "*" for bound in call.values("bind")]
    return [_target(bound, call.text("port")) for bound in given if not bound.startswith(_LOCAL_SOCKETS)]


def _target(bound: str, port: str) -> str:
    bound = bound.partition("://")[2] or bound
    if bound.isdigit() or bound.startswith("["):
        return bound
    if bound.count(":") > 1:  # RFC 5952: an address of the sixth version, without its brackets
        return f"[{bound}]:{port or 0}"
    return bound if ":" in bound else f"{bound}:{port or 0}"
