"""Reading a hook call's JSON: strict about what a decision depends on, deaf to fields that it does not know."""

from __future__ import annotations

import re
from typing import Any, Final

from jackline.clients.interface import Result
from jackline.core.action import Action
from jackline.core.codec import decode, encode
from jackline.core.errors import WireError
from jackline.core.tools import canonical

Fields = dict[str, Any]

MAX_RESULT_TEXT: Final = 64 * 1024
"""Characters of a tool's output that are kept: the rest is the client's to remember."""

_HEADER: Final = re.compile(r"Exit code:? (\d{1,6})(?:\n|$)")
_TRAILER: Final = re.compile(r"^Exit Code: (-?\d{1,6})$", re.MULTILINE)


def read_object(body: bytes) -> Fields:
    """The JSON object in `body`. Raises `WireError` for anything else."""
    try:
        return decode(body, Fields)
    except WireError as error:
        message = f"the client's message is no JSON object ({error})"
        raise WireError(message) from error


def text(fields: Fields, name: str) -> str:
    """A text that must be there and hold something."""
    value = fields.get(name)
    if not isinstance(value, str) or not value:
        message = f"the client's message has no text `{name}`; its version may be one that Jackline does not know"
        raise WireError(message)
    return value


def optional_text(fields: Fields, name: str) -> str:
    """A text, or "" where there is none. Of another type it is an error: a session ID must not be lost to a typo."""
    value = fields.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        message = f"`{name}` in the client's message is not a text"
        raise WireError(message)
    return value


def table(fields: Fields, name: str) -> Fields:
    """An object that must be there."""
    value = fields.get(name)
    if not isinstance(value, dict):
        message = f"the client's message has no object `{name}`; its version may be one that Jackline does not know"
        raise WireError(message)
    return value


def absolute(fields: Fields, name: str) -> str:
    """An absolute path that must be there: a decision without a known directory would be a guess."""
    value = text(fields, name)
    if not value.startswith("/") and not re.match(r"[A-Za-z]:[\\/]", value):
        message = f"`{name}` in the client's message is `{value[:200]}`, not an absolute path"
        raise WireError(message)
    if "\0" in value:
        message = f"`{name}` in the client's message holds a NUL"
        raise WireError(message)
    return value


def action_of(fields: Fields, client: str, session: str, parent: str, call: str) -> Action:
    """The action in a message that has `tool_name`, `tool_input` and `cwd`, in canonical words."""
    given = table(fields, "tool_input")
    tool, arguments = canonical(text(fields, "tool_name"), given)
    claim = given.get("description")
    return Action(
        tool=tool,
        arguments=arguments,
        cwd=absolute(fields, "cwd"),
        session=session,
        parent=parent,
        client=client,
        call=call,
        description=claim if isinstance(claim, str) else "",
    )


def as_text(value: Any) -> str:  # noqa: ANN401 - any JSON
    """A tool's output as text: itself, the text parts of content blocks, else its JSON; bounded."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value[:MAX_RESULT_TEXT]
    if (
        isinstance(value, list)
        and value
        and all(isinstance(part, dict) and isinstance(part.get("text"), str) for part in value)
    ):
        return "\n".join(part["text"] for part in value)[:MAX_RESULT_TEXT]
    return encode(value).decode()[:MAX_RESULT_TEXT]


def header_exit_code(output: str) -> int | None:
    """The exit code at the very head of a result (Claude Code's failures, Codex's patches). Elsewhere it is output."""
    found = _HEADER.match(output)
    return int(found[1]) if found else None


def trailer_exit_code(output: str) -> int | None:
    """The exit code in the last line of that form (Gemini CLI, Qwen): what stands before it may be the tool's own."""
    found = _TRAILER.findall(output)
    return int(found[-1]) if found else None


def result_of(output: str, *, ok: bool | None, exit_code: int | None = None) -> Result:
    """A result whose parts agree: a code other than 0 is not `ok`, and a call that is not `ok` has no code 0."""
    if exit_code is None:
        return Result(ok, output)
    return Result(ok=ok is not False and exit_code == 0, text=output, exit_code=exit_code)
