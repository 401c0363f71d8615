"""The agent clients: each one's wire format, how it is connected, and how a connection is proved.

In: the bytes that a client hands to its hook. Out: a `Call` in our words; the guard's `Answer` as that client's bytes;
changes to the client's settings. Guaranteed: a call that cannot be read raises `WireError` and is answered with
`fail`, never with silence; an adapter never answers `ask` to a client that would run or hang on it; reading and
answering do no I/O. Only `connect/` writes files, and only `canary/` starts a client.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from jackline.clients.claude import Claude
from jackline.clients.codex import Codex
from jackline.clients.gemini import Gemini
from jackline.clients.opencode import Opencode
from jackline.clients.qwen import Qwen

if TYPE_CHECKING:
    from jackline.clients.interface import Client

_ADAPTERS: Final[tuple[Client, ...]] = (Claude(), Codex(), Gemini(), Qwen(), Opencode())

CLIENTS: Final[dict[str, Client]] = {client.name: client for client in _ADAPTERS}
"""Name → adapter; the name is the hook program's own argument."""
