"""The environment of a sandbox: made by an allow-list, never by taking away."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.contain.planning import tables
from jackline.contain.planning.outfit import PROGRAMS, PROXY_PORT

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAX_VALUE: Final = 4096
MAX_PATH: Final = 16 * 1024
_LOCAL: Final = "localhost,127.0.0.1,::1"


def loads_code(name: str) -> bool:
    """Whether a variable makes programs load code, or names a socket: not even the keeper hands such a one in."""
    upper = name.upper()
    return upper in tables.FORBIDDEN or upper.startswith(tables.FORBIDDEN_PREFIXES) or "=" in name or not name


def credential(name: str) -> bool:
    """Whether a variable is a credential or a socket by its name: never inherited."""
    return name.upper().endswith(tables.FORBIDDEN_SUFFIXES)


def scrubbed(environment: Mapping[str, str]) -> dict[str, str]:
    """Of what a caller has, what a sandbox may inherit."""
    return {
        name: value
        for name, value in environment.items()
        if (name in tables.INHERITED or name.startswith("LC_"))
        and not loads_code(name)
        and not credential(name)
        and len(value) <= MAX_VALUE
        and value.isprintable()
    }


def composed(home: str, user: str, shell: str, path: Iterable[str], inherited: Mapping[str, str]) -> dict[str, str]:
    """A sandbox's own variables and those that it inherits, in order of names. PATH is the session's, not the caller's."""
    own = {
        "HOME": home,
        "USER": user,
        "LOGNAME": user,
        "SHELL": shell,
        "PATH": ":".join((PROGRAMS, *path))[:MAX_PATH],
        "TMPDIR": "/tmp",  # noqa: S108 - the session's own
    }
    return dict(sorted({"LANG": "C.UTF-8", **scrubbed(inherited), **own}.items()))


def proxies(port: int = PROXY_PORT) -> dict[str, str]:
    """What tells a program where the gateway is: curl(1), Python, Go, Node (from 24) and npm read these."""
    http, socks = f"http://127.0.0.1:{port}", f"socks5h://127.0.0.1:{port}"
    both = {"http_proxy": http, "https_proxy": http, "all_proxy": socks, "no_proxy": _LOCAL}
    return {**both, **{name.upper(): value for name, value in both.items()}, "NODE_USE_ENV_PROXY": "1"}
