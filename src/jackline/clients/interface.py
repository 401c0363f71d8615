"""The contract between a client's wire format and the guard: what every adapter reads, and what it may answer."""

from __future__ import annotations

from typing import Any, ClassVar, Final, Literal, Protocol

from msgspec import Struct

from jackline.core.action import Action
from jackline.core.words import Verdict

Event = Literal[
    "before", "permission", "after", "session_start", "session_end", "prompt", "stop", "other",
]  # fmt: skip
"""When in the client's life a call comes. `before`: a tool is about to run. `permission`: the client is about to ask a
person about a call whose `before` went by already (judge it again, record it once). `after`: a tool ended, well or not.
`stop`: the agent (or a sub-agent) says that it is done; its last words are a claim. `other`: nothing depends on it."""


class Result(Struct, frozen=True):
    """What a client says came out of a call. `ok` and `exit_code` are None where it does not say."""

    ok: bool | None = None
    text: str = ""
    exit_code: int | None = None


class Call(Struct, frozen=True, kw_only=True):
    """One message of a client, read.

    `action` is there for `before`, `permission` and `after`. `prompt` is the person's text (`prompt`), the agent's
    last message (`stop`), or what the event says of itself. `can_ask`: an answer `ask` reaches a person as the client's
    own prompt, and never runs the call where there is nobody. `time_limit_ms`: how long the answer may take before the
    client goes on without it.
    """

    event: Event
    client: str
    session: str
    action: Action | None = None
    parent: str = ""
    result: Result | None = None
    prompt: str = ""
    raw_event: str = ""
    can_ask: bool = False
    time_limit_ms: int = 0
    transcript: str = ""


class Answer(Struct, frozen=True):
    """The guard's answer in our words.

    A bare `allow` says nothing, so that the client's own prompt is kept; `rewrite` (the whole new input, in the
    client's own argument names) makes it an explicit one. `message` is read by the model on `deny` and by the person
    on `ask`. `context` is told to the model beside an allowed call, where the client has a way to.
    """

    verdict: Verdict
    message: str = ""
    rewrite: dict[str, Any] | None = None
    context: str = ""


class Reply(Struct, frozen=True):
    """What the hook's process prints and how it ends, byte for byte."""

    exit: int
    out: bytes = b""
    err: bytes = b""


NOTHING_TO_SAY: Final = Reply(0, b"{}\n")
"""A bare allow, as every client that starts a command reads it (measured on Claude Code, Codex, Gemini CLI, Qwen)."""

EXIT_BLOCK: Final = 2
"""The one exit code that stops a call in every client that starts a command, if text stands on standard error."""


class Client(Protocol):
    """One agent client's hook protocol. Pure: no I/O, no state."""

    name: ClassVar[str]

    def read(self, body: bytes) -> Call:
        """Read one hook call. Raises `WireError` where what matters is missing or of the wrong type."""

    def answer(self, call: Call, answer: Answer) -> Reply:
        """Say `answer` as the client understands it; for an event that it cannot stop, nothing."""

    def fail(self, sentence: str) -> Reply:
        """Stop whatever was asked, whichever event it was: nothing of the call may be known here."""
