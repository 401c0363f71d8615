"""A plan as the launcher reads it: records of a keyword and its values, each a text that ends with a NUL byte."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from jackline.core.errors import ContainmentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from jackline.contain.plan import Mount, Plan

_HEADER: Final = "jackline-plan-1"
_END: Final = "end"
_LIMITS: Final = ("cpu_seconds", "open_files", "file_bytes", "processes", "core_bytes", "memory_bytes")


class View(NamedTuple):
    """One overlay of a session: directories of the host, and the place in its tree where they are seen as one."""

    lower: str
    upper: str
    work: str
    at: str


def encode(plan: Plan) -> bytes:
    """Write down one sandbox. Raises `ContainmentError` for a text that no program could be given."""
    return _records(_plan(plan))


def encode_views(views: Iterable[View]) -> bytes:
    """Write down what a holder mounts. Raises `ContainmentError` for a path that cannot be one."""
    return _records(("view", *view) for view in views)


def _plan(plan: Plan) -> Iterator[tuple[str, ...]]:
    yield from (("argv", word) for word in plan.argv)
    yield from (("env", f"{name}={value}") for name, value in plan.environment.items())
    yield ("cwd", plan.cwd)
    yield ("hostname", plan.hostname)
    yield from map(_mount, plan.mounts)
    yield from (("listen", each.protocol, each.address, str(each.port)) for each in plan.listeners)
    yield from _ports("connect", plan.connects)
    yield from _ports("bind", plan.binds)
    yield from (("limit", name, str(plan.limits[name])) for name in _LIMITS if name in plan.limits)
    yield from ((name,) for name in ("observed", "terminal", "signals") if getattr(plan, name))
    yield from (("without", wall) for wall in sorted(plan.without))


def _mount(mount: Mount) -> tuple[str, ...]:
    numbers = (str(mount.size), str(mount.mode), str(int(mount.optional)))
    return ("mount", mount.kind, mount.target, mount.source, *numbers, *(("direct",) if mount.direct else ()))


def _ports(keyword: str, ports: tuple[int, ...] | None) -> Iterator[tuple[str, ...]]:
    if ports is not None:
        yield (f"{keyword}s",)
        yield from ((keyword, str(port)) for port in ports)


def _records(records: Iterable[tuple[str, ...]]) -> bytes:
    return b"".join(map(_text, (_HEADER, *(text for record in records for text in record), _END)))


def _text(text: str) -> bytes:
    """The bytes that the kernel is given: of a name that is no UTF-8, those that Python read."""
    try:
        encoded = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        raise ContainmentError(f"`{text!a}` is no text that a program can be given; write it otherwise") from None
    if b"\0" in encoded:
        raise ContainmentError(f"`{text!a}` has a NUL character in it; no program can be given one")
    return encoded + b"\0"
