"""Actions: one thing that an agent asks to do, in the canonical names of tools and arguments."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from jackline.core.words import Origin


class Provenance(Struct, frozen=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """Where the value at `pointer` (a JSON pointer, RFC 6901, into the arguments) came from.

    `source` names it where that is known: an earlier action's ID, a file, an address.
    """

    pointer: str
    origin: Origin
    source: str = ""


class Action(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True, omit_defaults=True):
    """What an agent asks to do, before anything is known of its effects.

    `tool` is canonical (see `jackline.core.tools`): `shell`, `read`, `write`, …, or `SERVER/TOOL` for an MCP or
    framework tool. `arguments` are the tool's own, under canonical names where the tool is ours. `description` is
    the agent's own account: a claim, never evidence. `call` is the client's ID of the call, where it has one;
    `parent` names the session that a sub-agent works for.
    """

    tool: str
    arguments: dict[str, Any]
    cwd: str
    id: str = ""
    session: str = ""
    parent: str = ""
    client: str = ""
    call: str = ""
    description: str = ""
    provenance: tuple[Provenance, ...] = ()
