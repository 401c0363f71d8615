"""What Claude Code hands to its shell prefix: one text, which is a wrapper round a command, a hook, or a server's start.

In: the text, and what the client's own configuration names. Out: the command inside, and what else the wrapper runs.
Guaranteed: `command` is returned only for a text that a shell reads exactly so: the wrapper's parts in their order, each
argument one word of plain quotes, nothing left over. Anything else is `unknown`, to be judged as the shell text it is.

The forms were read off Claude Code 2.1.330 (`docs/clients.md`):

    [{ too old? }] source SNAPSHOT 2>/dev/null || true && [EXPORTS : &&] { shopt… } >/dev/null 2>&1 || true && [{ unalias… } … &&]…
    eval 'COMMAND' [< /dev/null] && pwd -P >| FILE
"""

from __future__ import annotations

import re
import shlex
from typing import Any, Final, Literal

from msgspec import Struct

from jackline.core.codec import decode
from jackline.core.deferred import late_pattern
from jackline.core.errors import WireError

Kind = Literal["command", "hook", "server", "unknown"]


class Wrapped(Struct, frozen=True):
    """What a prefix text is.

    `command`: `text` is the agent's command; `preamble` are the exports that the client puts before it (from the hooks
    that set up a session; "" nearly always), to be judged with it; `snapshot` is the file that it sources first, which
    the client wrote at its start. `hook` and `server`: `text` is one that the client's configuration names. `unknown`:
    the whole text, as it came.
    """

    kind: Kind
    text: str
    preamble: str = ""
    snapshot: str = ""
    directory_file: str = ""


_QUOTED: Final = r"""(?:'[^']*'|"'"|\\'|[A-Za-z0-9_@%+=:,./-])+"""
"""One shell word without any expansion: single quotes, a quoted single quote, and plain characters."""

_TOO_OLD: Final = re.escape(
    """{ case "${BASH_VERSINFO-}" in '2'|'3') \\builtin printf '%s\\n' """
    """'__CLAUDE_CODE_DID_NOT_RUN_BASH_TOO_OLD='"${BASH_VERSION-}" >&2; \\builtin exit 126; \\exit 126;; esac; } && """
)
"""Stands before commands that an old bash reads in another way: nothing runs there."""

_QUIET: Final = r" >/dev/null 2>&1 \|\| true && "
_WRAPPER: Final = late_pattern(
    rf"(?:{_TOO_OLD})?(?:source (?P<snapshot>{_QUOTED}) 2>/dev/null \|\| true && )?"
    rf"(?P<preamble>(?:export [A-Za-z_][A-Za-z0-9_]*={_QUOTED}\n)+: && )?"
    r"\{ \\builtin shopt -u extglob \|\| \\builtin setopt [A-Z_ ]+; \}" + _QUIET +
    rf"(?:\{{ \\builtin unalias -- {_QUOTED}; \\builtin unset -f -- {_QUOTED}; \}}{_QUIET})*"
    rf"eval (?P<command>{_QUOTED})(?: < /dev/null)? && pwd -P >\| (?P<file>{_QUOTED})"
)  # fmt: skip
_PIECE: Final = late_pattern(r"""'([^']*)'|"(')"|\\(')|([A-Za-z0-9_@%+=:,./-]+)""")


def unwrap(
    text: str, hooks: frozenset[str] = frozenset(), servers: frozenset[tuple[str, ...]] = frozenset()
) -> Wrapped:
    """Say what `text` is. `hooks` and `servers` are what the client's settings name (`hook_commands`, `servers_of`)."""
    found = _WRAPPER.fullmatch(text)
    if found is not None:
        preamble = (found["preamble"] or "").removesuffix(": && ")
        return Wrapped(
            "command", _word(found["command"]), preamble, _word(found["snapshot"] or ""), _word(found["file"])
        )
    if text in hooks:
        return Wrapped("hook", text)
    if servers and _words(text) in servers:
        return Wrapped("server", text)
    return Wrapped("unknown", text)


def hook_commands(settings: bytes) -> frozenset[str]:
    """The hook and status-line commands that a settings file names; none where it cannot be read."""
    value = _object(settings)
    found = {_command(value.get("statusLine"))}
    hooks = value.get("hooks")
    for groups in hooks.values() if isinstance(hooks, dict) else ():
        for group in groups if isinstance(groups, list) else ():
            handlers = group.get("hooks") if isinstance(group, dict) else None
            found |= {_command(handler) for handler in handlers} if isinstance(handlers, list) else set()
    return frozenset(found - {""})


def servers_of(configuration: bytes) -> frozenset[tuple[str, ...]]:
    """The words that start each MCP server of a configuration (`.mcp.json`, `~/.claude.json`); none where unreadable."""
    servers = _object(configuration).get("mcpServers")
    found = set()
    for server in servers.values() if isinstance(servers, dict) else ():
        words = (server.get("command"), *_list(server.get("args"))) if isinstance(server, dict) else ()
        if words and all(isinstance(word, str) for word in words):
            found.add(words)
    return frozenset(found)


def _word(quoted: str) -> str:
    return "".join("".join(piece.groups("")) for piece in _PIECE.finditer(quoted))


def _words(text: str) -> tuple[str, ...]:
    """The words of a text that a shell would split the same way and expand nowhere; none where it might."""
    if re.fullmatch(rf"{_QUOTED}(?: {_QUOTED})*", text) is None:
        return ()
    return tuple(shlex.split(text))


def _object(content: bytes) -> dict[str, Any]:
    try:
        return decode(content, dict[str, Any])
    except WireError:
        return {}


def _command(handler: object) -> str:
    command = handler.get("command") if isinstance(handler, dict) else None
    return command if isinstance(command, str) else ""


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []
