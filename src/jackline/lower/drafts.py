"""A tool card drafted from what a server says of its tools (`tools/list`), for a person to check.

Names, schemas and annotations are the server's claims. The draft repeats the claims as comments, and takes the more
consequential reading wherever a name and an annotation differ.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

from jackline.core.errors import UsageError
from jackline.lower.mcp import CODE_ARGUMENTS, read_card, verb_of
from jackline.lower.tools import SPELLINGS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from jackline.core.words import Verb

MAX_TOOLS: Final = 500
MAX_TEXT: Final = 160
_PATHS: Final = frozenset(SPELLINGS["path"]) - {"uri", "source"} | {
    "repo_path",
    "directory_path",
    "output_path",
    "input_path",
}
_URLS: Final = frozenset(SPELLINGS["url"])
_ROLES: Final[dict[Verb, str]] = {
    "read": "read",
    "delete": "delete",
    "create": "write",
    "execute": "read",
    "connect": "read",
}


def draft(server: str, listed: object) -> str:
    """The text of a card for a server, from the result of its `tools/list` (or the list of tools alone).

    Raises `UsageError` where that is not what it is, or two tools have one name: nobody could tell which of them is called.
    """
    tools = listed.get("tools") if isinstance(listed, dict) else listed
    if not isinstance(tools, list) or not all(
        isinstance(tool, dict) and isinstance(tool.get("name"), str) for tool in tools
    ):
        message = "`cards draft` reads the result of an MCP server's `tools/list`: an object with a list `tools`, each with a `name`"
        raise UsageError(message)
    names = [_table(tool["name"]) for tool in tools[:MAX_TOOLS]]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        message = f"the server `{_comment(server)}` lists the tool `{_comment(twice)}` twice: have it name each once"
        raise UsageError(message)
    lines = [
        f"# Drafted from what the server `{_comment(server)}` says of itself: check every line before you trust it.",
        f"servers = [{_quoted(server)}]",
        'results = "untrusted"  # "trusted" only where nobody else can write what it answers',
    ]
    for tool in tools[:MAX_TOOLS]:
        lines += ["", *_tool(server, tool)]
    text = "\n".join(lines) + "\n"
    read_card(text, server)
    return text


def _tool(server: str, tool: dict[str, Any]) -> Iterator[str]:
    name = tool["name"]
    verb = _verb(name, tool.get("annotations"))
    description = tool.get("description") or tool.get("title")
    if isinstance(description, str):
        yield f"# {_comment(description)}"
    claims = tool.get("annotations")
    if isinstance(claims, dict):
        said = ", ".join(
            f"{key}: {str(value).lower()}" for key, value in sorted(claims.items()) if isinstance(value, bool)
        )
        yield f"# The server claims {_comment(said) or 'nothing'}."
    yield f"[tools.{_quoted(_table(name))}]"
    roles = dict(_arguments(tool.get("inputSchema"), verb))
    if roles:
        yield ("arguments = { " + ", ".join(f"{_quoted(key)} = {_quoted(role)}" for key, role in roles.items()) + " }")
    if not roles or verb not in {"read", "create", "modify", "delete"}:
        thing = re.sub(r"[^\w./-]", "-", f"{server}/{name}", flags=re.ASCII)
        yield f"effects = [{_quoted(f'{verb} infrastructure {thing}')}]"


def _table(name: str) -> str:
    """A tool's name as a card has it: `|` would divide it into two names."""
    return name.replace("|", "*")


def _verb(name: str, annotations: object) -> Verb:
    """What the name suggests; a claim may make it more consequential, never less."""
    verb = verb_of(name)
    if isinstance(annotations, dict) and verb == "read":
        if annotations.get("destructiveHint") is True and annotations.get("readOnlyHint") is not True:
            return "delete"
        if annotations.get("readOnlyHint") is False:
            return "modify"
    return verb


def _arguments(schema: object, verb: Verb) -> Iterator[tuple[str, str]]:
    properties = schema.get("properties") if isinstance(schema, dict) else None
    for key in properties if isinstance(properties, dict) else ():
        if key in _PATHS:
            yield key, _ROLES.get(verb, "edit")
        elif key in _URLS:
            yield key, "url"
        elif key in CODE_ARGUMENTS:
            yield key, f"code:{CODE_ARGUMENTS[key]}"


def _quoted(text: str) -> str:
    """A basic string of TOML: one of JSON, but for DEL."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _comment(text: str) -> str:
    """A server's text as part of a comment: one line, no control characters, cut."""
    line = re.sub(r"[^\x20-\x7e]+", " ", text)
    return line if len(line) <= MAX_TEXT else line[: MAX_TEXT - 3] + "..."
