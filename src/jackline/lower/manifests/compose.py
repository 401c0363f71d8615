"""Compose files (compose specification): what their services get of this machine."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from msgspec import field

from jackline.core.inner import Inner
from jackline.lower.manifests.yamldoc import document, listing, mapping, texts, true

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_SERVICES: Final = 100
_SHARED: Final = ("pid", "ipc", "userns_mode", "cgroup", "uts")
"""Keys that put a service into the host's own namespace."""
_VARIABLE: Final = re.compile(r"\$\$|\$\{(\w+)(?::?([-+?])([^}]*))?\}|\$(\w+)")


class Service(Inner):
    """One service. `binds` are (path here, path inside, read-only); `shared` what it shares with the host by name."""

    name: str
    image: str = ""
    command: str | list[str] | None = None
    entrypoint: str | list[str] | None = None
    privileged: bool = False
    shared: list[str] = field(default_factory=list)
    capabilities: list[str] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    binds: list[tuple[str, str, bool]] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)


def services(text: str, variable: Callable[[str], str | None]) -> tuple[list[Service], bool] | None:
    """The services, and whether all is said here (nothing is included or extended); None where the text is no compose file."""
    whole = document(text)
    if not isinstance(whole, dict) or not isinstance(whole.get("services"), dict):
        return None
    found = [_service(name, mapping(table), variable) for name, table in list(whole["services"].items())[:MAX_SERVICES]]
    complete = "include" not in whole and all("extends" not in mapping(one) for one in whole["services"].values())
    return found, complete and len(whole["services"]) <= MAX_SERVICES


def _service(name: str, table: dict[str, Any], variable: Callable[[str], str | None]) -> Service:
    def said(key: str) -> list[str]:
        return [interpolated(value, variable) for value in texts(table.get(key))]

    def code(key: str) -> str | list[str] | None:
        value = table.get(key)
        return (
            interpolated(value, variable) if isinstance(value, str) else said(key) if isinstance(value, list) else None
        )

    return Service(
        name, image="".join(said("image")), command=code("command"), entrypoint=code("entrypoint"),
        privileged=true(table.get("privileged")), shared=[key for key in _SHARED if said(key) == ["host"]],
        capabilities=said("cap_add"), devices=said("devices"), ports=[_port(port, variable) for port in listing(table.get("ports"))],
        binds=[bind for volume in listing(table.get("volumes")) if (bind := _bind(volume, variable)) is not None],
    )  # fmt: skip


def _bind(volume: Any, variable: Callable[[str], str | None]) -> tuple[str, str, bool] | None:  # noqa: ANN401 - YAML
    if isinstance(volume, dict):
        source = volume.get("source")
        if volume.get("type") != "bind" or not isinstance(source, str):
            return None
        return interpolated(source, variable), str(volume.get("target", "")), true(volume.get("read_only"))
    source, colon, rest = interpolated(volume, variable).partition(":") if isinstance(volume, str) else ("", "", "")
    if not colon or not source.startswith((".", "/", "~", "*")):
        return None
    target, _, mode = rest.partition(":")
    return source, target, "ro" in mode.split(",")


def _port(port: Any, variable: Callable[[str], str | None]) -> str:  # noqa: ANN401 - YAML
    if isinstance(port, dict):
        return f"{port.get('host_ip') or '0.0.0.0'}:{port.get('published') or 0}"  # noqa: S104
    whole, _, _ = interpolated(str(port), variable).partition("/")
    outside, _, _ = whole.rpartition(":")
    address, _, published = outside.rpartition(":")
    return f"{address or '0.0.0.0'}:{published or 0}"  # noqa: S104


def interpolated(text: str, variable: Callable[[str], str | None]) -> str:
    """`${NAME:-default}` by what is known; else `*`."""

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        known = variable(match[1] or match[4])
        if known is not None:
            return match[3] if match[2] == "+" else known
        return match[3] if match[2] == "-" else "*"

    return _VARIABLE.sub(value, text)
