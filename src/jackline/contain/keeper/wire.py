"""What guard and keeper say to each other: one JSON object a line, over a socket pair that is the keeper's lifeline."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeVar

import msgspec
from msgspec import Struct

from jackline.contain.observe.facts import Seen
from jackline.core.codec import MAX_JSON_BYTES, encode
from jackline.core.effect import Effect
from jackline.core.errors import WireError

if TYPE_CHECKING:
    import socket
    from collections.abc import Iterator

T = TypeVar("T")
Mode = Literal["staged", "live"]
Verb = Literal["create", "modify", "delete"]
Outcome = Literal["keep", "discard"]
"""What becomes of changes that are still open when a session ends. What was kept can be undone."""


class LaidOut(Struct, frozen=True):
    """A file that is shown inside, read-only, with this content: the client's hooks."""

    path: str
    content: str
    mode: int = 0o644


class Open(Struct, frozen=True, tag="open", tag_field="do"):
    """Begin a session. `folder` is the session's own, empty and private; `history` is where all sessions keep what they
    changed, so that it can be undone; `door` the socket on which the guard answers
    this session alone, shown inside; `socket` is where the keeper is to listen for tickets."""

    session: str
    workspace: str
    folder: str
    history: str
    socket: str
    door: str = ""
    client: str = ""
    mode: Mode = "staged"
    allowed_hosts: tuple[str, ...] = ()
    published: tuple[int, ...] = ()
    budgets: dict[str, int] = {}
    files: tuple[LaidOut, ...] = ()
    variables: dict[str, str] = {}
    protected: tuple[str, ...] = ()
    programs: dict[str, str] = {}
    passed: tuple[str, ...] = ()
    unsafe_missing_walls: bool = False


class Grant(Struct, frozen=True, tag="grant", tag_field="do"):
    """An action that was decided: whoever shows the ticket first has it run. `floor`: it is the agent itself."""

    ticket: str
    action: str
    argv: tuple[str, ...]
    cwd: str
    effects: tuple[Effect, ...] = ()
    floor: bool = False


class Verdict(Struct, frozen=True, tag="verdict", tag_field="do"):
    """The answer to an `Ask`. `sentence` is for the program inside, where it is refused. `covers`: this request, all of its
    method, or all that goes to that endpoint."""

    ask: int
    allowed: bool
    sentence: str = ""
    covers: Literal["request", "method", "endpoint"] = "request"
    named: bool = False
    """A person named this host, so it may be a private one."""


class Mark(Struct, frozen=True, tag="mark", tag_field="do"):
    """An action on the floor ended, as its client says: what changed since the last savepoint is this action's."""

    action: str


class Noted(Struct, frozen=True, tag="noted", tag_field="do"):
    """A `Finished` is in the ledger: whoever waits for the program may be told that it ended."""

    action: str


class End(Struct, frozen=True, tag="end", tag_field="do"):
    """End the session: stop all of it, then do with what it changed, where that is still open, as is said."""

    outcome: Outcome


ToKeeper = Open | Grant | Verdict | Mark | Noted | End


class Opened(Struct, frozen=True, tag="opened", tag_field="is"):
    """The session stands. `missing` are duties for which this kernel has fewer walls, in words."""

    missing: tuple[str, ...] = ()


class Failed(Struct, frozen=True, tag="failed", tag_field="is"):
    """The session cannot be, or is no more; the keeper ends."""

    sentence: str


class Granted(Struct, frozen=True, tag="granted", tag_field="is"):
    """A ticket is known: from now on it can be shown."""

    ticket: str


class Ask(Struct, frozen=True, tag="ask", tag_field="is"):
    """A program wants to reach something. `method` and `path` where they are visible; `body`: data leaves with it;
    `lookup`: it only asks for the name's address."""

    ask: int
    action: str
    host: str
    port: int
    method: str = ""
    path: str = ""
    body: bool = False
    lookup: bool = False


class Started(Struct, frozen=True, tag="started", tag_field="is"):
    """An action's program runs."""

    action: str


class Flow(Struct, frozen=True, tag="flow", tag_field="is"):
    """A connection that a program made is over. `cause` is why it ended; "refused" where it was never made."""

    action: str
    host: str
    port: int
    sent: int = 0
    received: int = 0
    cause: str = ""
    text: str = ""


class Alert(Struct, frozen=True, tag="alert", tag_field="is"):
    """Something that an honest program does not do."""

    action: str
    alert: str
    text: str


class Change(Struct, frozen=True):
    """A path of the workspace that an action changed, as its upper layer shows it."""

    path: str
    verb: Verb


class Marked(Struct, frozen=True, tag="marked", tag_field="is"):
    """What an action on the floor changed; as in `Finished`."""

    action: str
    changes: tuple[Change, ...] = ()
    uncounted: int = 0


class Finished(Struct, frozen=True, tag="finished", tag_field="is"):
    """An action's program ended. `changes` are cut at a bound, and `uncounted` says how many were left out. `seen` is what it
    and its children started, and where they connected."""

    action: str
    exit_code: int
    changes: tuple[Change, ...] = ()
    uncounted: int = 0
    usage: dict[str, int] = {}
    seen: Seen = Seen()


class Behind(Struct, frozen=True, tag="behind", tag_field="is"):
    """What an action's processes did that it left running in the background, since it ended."""

    action: str
    seen: Seen


class Closed(Struct, frozen=True, tag="closed", tag_field="is"):
    """The session is over. `changes` are those that were open; `conflicts` the paths that somebody else changed meanwhile:
    both versions are saved, and nothing was overwritten."""

    outcome: Outcome
    changes: tuple[Change, ...] = ()
    uncounted: int = 0
    conflicts: tuple[str, ...] = ()


FromKeeper = Opened | Failed | Granted | Ask | Flow | Alert | Started | Marked | Finished | Behind | Closed

_TO: Final = msgspec.json.Decoder(ToKeeper)
_FROM: Final = msgspec.json.Decoder(FromKeeper)


def send(connection: socket.socket, message: Struct) -> None:
    """Say one thing. Raises `OSError` where nobody listens any more."""
    connection.sendall(encode(message) + b"\n")


def orders(connection: socket.socket) -> Iterator[ToKeeper]:
    """What the guard says, until it goes. Raises `WireError`."""
    for line in _lines(connection):
        yield _read(_TO, line)


def reports(connection: socket.socket) -> Iterator[FromKeeper]:
    """What a keeper says, until it goes. Raises `WireError`."""
    for line in _lines(connection):
        yield _read(_FROM, line)


def _read(decoder: msgspec.json.Decoder[T], line: bytes) -> T:
    try:
        return decoder.decode(line)
    except msgspec.MsgspecError as error:
        message = f"between guard and keeper stands a line that is none of theirs: {error}"
        raise WireError(message) from error


def _lines(connection: socket.socket) -> Iterator[bytes]:
    with connection.makefile("rb") as stream:
        while line := stream.readline(MAX_JSON_BYTES + 1):
            if not line.endswith(b"\n"):
                message = "a line between guard and keeper is too long, or was cut off"
                raise WireError(message)
            yield line
