"""How an agent reaches its model from inside: at an address of its own loopback, where the gateway speaks for it.

A request there is visible, although it leaves by TLS: so its tokens are counted, and the key is put in on the way out. The
agent has a placeholder, which is worth nothing anywhere else. A client that logs in by itself, without a key, is left to
reach its host by TLS; then nothing is counted. The same is done for services of this machine's loopback that a person
named (`--allow-host 127.0.0.1:5000`): inside they stand at the same port.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final, NamedTuple
from urllib.parse import urlsplit

from jackline.contain.gateway.messages import Credential
from jackline.contain.plan import Listener

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from jackline.contain.gateway.messages import Meter

FIRST_PORT: Final = 9130
_LOOPBACK: Final = "127.0.0.1"
_LOCAL: Final = frozenset({_LOOPBACK, "localhost"})
_PLACEHOLDER_BYTES: Final = 16


class Model(NamedTuple):
    """An API as a client is told of it: the variable with its address, those with a key, where it is otherwise."""

    address: str
    keys: tuple[str, ...]
    upstream: str
    meter: Meter


MODELS: Final[dict[str, tuple[Model, ...]]] = {
    "claude": (
        Model("ANTHROPIC_BASE_URL", ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN"), "https://api.anthropic.com", "anthropic"),
    ),
    "codex": (Model("OPENAI_BASE_URL", ("OPENAI_API_KEY", "CODEX_API_KEY"), "https://api.openai.com/v1", "openai"),),
    "qwen": (Model("OPENAI_BASE_URL", ("OPENAI_API_KEY",), "", "openai"),),
    "gemini": (
        Model(
            "GOOGLE_GEMINI_BASE_URL", ("GEMINI_API_KEY", "GOOGLE_API_KEY"), "https://generativelanguage.googleapis.com", "gemini"
        ),
    ),
}  # fmt: skip


class Way(NamedTuple):
    """One address inside and where it leads; with what the agent is given in place of what it is not."""

    listener: Listener
    upstream: str
    meter: Meter
    given: dict[str, str]
    credentials: tuple[Credential, ...]


def ways(client: str, environment: Mapping[str, str], named: Iterable[str]) -> list[Way]:
    """All addresses for one agent. `named` are hosts that a person named, `host[:port]`."""
    found = list(_models(client or "", environment))
    taken = {way.listener.port for way in found}
    for host in named:
        name, _, port = host.rpartition(":")
        if name in _LOCAL and port.isdecimal() and int(port) not in taken:
            taken.add(int(port))
            listener = Listener("tcp", _LOOPBACK, int(port))
            found.append(Way(listener, f"http://{_LOOPBACK}:{port}", "", {}, ()))
    return found


def _models(client: str, environment: Mapping[str, str]) -> Iterator[Way]:
    """A generic agent may use any of the APIs: it gets those for which there is a key."""
    models = MODELS.get(client) or tuple({model.address: model for each in MODELS.values() for model in each}.values())
    for number, model in enumerate(models):
        keys = {name: environment[name] for name in model.keys if environment.get(name)}
        upstream = environment.get(model.address) or model.upstream
        if not keys or not upstream:
            continue
        parts = urlsplit(upstream)
        host = parts.hostname or ""
        port = parts.port if parts.port and host in _LOCAL else FIRST_PORT + number
        # A key is put in on TLS only. A model on this machine's own loopback is told its key as ever.
        hidden = {} if host in _LOCAL else {name: f"jackline-{secrets.token_hex(_PLACEHOLDER_BYTES)}" for name in keys}
        credentials = tuple(Credential(host, hidden[name], keys[name]) for name in hidden)
        address = f"http://{_LOOPBACK}:{port}{parts.path.rstrip('/')}"
        yield Way(
            Listener("tcp", _LOOPBACK, port), f"{parts.scheme}://{parts.netloc}", model.meter,
            {model.address: address, **keys, **hidden}, credentials,
        )  # fmt: skip
