"""What Gemini CLI and Qwen Code have in common: Google's content parts, and how a tool's response reads."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct

from jackline.clients.transcripts.making import text_of

if TYPE_CHECKING:
    from jackline.core.history import Outcome


class Response(Struct, frozen=True):
    """A tool's response without what the client puts round it."""

    text: str
    error: bool
    exit_code: int | None = None


MAX_TRAILER: Final = 4096
"""Characters at the end of a shell's answer in which its exit code is looked for."""

_WRAPPED: Final = re.compile(r"<untrusted_context>\n(.*?)\n?</untrusted_context>\s*", re.DOTALL)
_SHELL_HEAD: Final = re.compile(r"(?:Command: .*?\nDirectory: [^\n]*\n)?Output: ", re.DOTALL)
_SHELL_TAIL: Final = re.compile(
    r"(?:\nError: [^\n]*)?(?:\nExit Code: (?P<code>-?\d{1,6}|\(none\)))?(?:\nSignal: [^\n]*)?(?P<background>\nBackground PIDs: [^\n]*)?"
    r"\nProcess Group PGID: [^\n]*\s*\Z"
)
_NO: Final = re.compile(
    r"Tool execution (?:denied|blocked)|\[Operation Cancelled\]|User (?:cancelled|did not allow)"
    r"|Tool \"[^\"\n]*\" (?:is denied|requires)"
)
_DENIED: Final = frozenset({"execution_denied", "policy_violation"})


def parts_of(content: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - any JSON
    """The parts of a message's content, which may be one text."""
    if isinstance(content, str):
        return [{"text": content}]
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def named(part: Any, name: str) -> dict[str, Any] | None:  # noqa: ANN401 - any JSON
    """The call or response in a part: it must have a name."""
    value = part.get(name) if isinstance(part, dict) else None
    return value if isinstance(value, dict) and isinstance(value.get("name"), str) else None


def id_of(value: dict[str, Any]) -> str:
    """The ID of a call or response, "" where it has none."""
    given = value.get("id")
    return given if isinstance(given, str) else ""


def response_of(value: Any) -> Response:  # noqa: ANN401 - any JSON
    """The output and exit code in `{output}` or `{error}`; of a shell's answer only the output itself is kept."""
    error = isinstance(value, dict) and value.get("error") is not None
    text = text_of(value["error"] if error else value)
    if wrapped := _WRAPPED.fullmatch(text):
        text = wrapped[1]
    head, tail = _SHELL_HEAD.match(text), _SHELL_TAIL.search(text, max(len(text) - MAX_TRAILER, 0))
    if head is None or tail is None or tail.start() < head.end() - 1:
        return Response(text, error)
    output = "" if text[head.end() : tail.start()] == "(empty)" else text[head.end() : tail.start()]
    code = tail["code"]
    if code is None:  # Gemini leaves a 0 out; a command in the background has no code yet
        return Response(output, error, None if tail["background"] else 0)
    return Response(output, error, int(code) if code.lstrip("-").isdigit() else None)


def outcome_of(status: str, error_type: str, response: Response) -> tuple[Outcome, int | None]:
    """What became of a call: the client's word on it, and the response."""
    if status == "cancelled" or error_type in _DENIED or (response.error and _NO.match(response.text)):
        return "refused", None
    if status == "error" or response.error:
        return "failed", response.exit_code or None
    return ("succeeded" if status == "success" or response.exit_code == 0 else "unknown"), response.exit_code
