"""What the keeper and the gateway say to each other: JSON, one message a datagram, with descriptors where it says so.

Whatever is unknown or wrong in a message ends the gateway: the keeper is of the same version, so it is a fault.
"""

from __future__ import annotations

from typing import Final, Literal

from msgspec import Struct

from jackline.contain.gateway.addresses import Zone

SSH: Final = 22
MAX_MESSAGE: Final = 64 * 1024

Via = Literal["dns", "tls", "http", "raw"]
"""How a target was seen: a name looked up, a TLS connection (nothing visible but the host), one HTTP request, a connection
whose protocol is not known yet."""
Speaks = Literal["tls", "http", "websocket", "ssh", "any"]
Covers = Literal["request", "method", "endpoint"]
Role = Literal["proxy", "dns_udp", "dns_tcp", "http", "https", "ssh"]
Meter = Literal["", "anthropic", "openai", "gemini"]
Cause = Literal["ended", "refused", "failed", "idle", "duration", "bytes", "budget", "tunnel", "stopped", "protocol"]
AlertKind = Literal[
    "tunnel", "long_lived", "foreign_protocol", "hidden_name", "rebinding", "placeholder", "flood", "upload", "fault"
]


class Message(Struct, frozen=True, tag_field="type", forbid_unknown_fields=True):
    """Common to all."""


# ------------------------------------------------------------------------------------------- keeper → gateway
class Limits(Struct, frozen=True, forbid_unknown_fields=True):
    """Of one action, but for `sent`, `received` and `seconds`, which are of one flow; None is no limit.

    A flow is a connection of the sandbox that leads somewhere. `flows` are open at a time, `opened_per_minute` are begun,
    `names` are looked up. `sent` and `received` are bytes as the sandbox sees it; `*_total` of all its flows together.
    `bytes_per_second` slows a flow down. `head_seconds` is how long a request's head may take.
    """

    flows: int = 256
    opened: int = 20_000
    opened_per_minute: int = 3_000
    names: int = 2_000
    sent: int | None = None
    received: int | None = None
    sent_total: int | None = None
    received_total: int | None = None
    bytes_per_second: int | None = None
    seconds: float = 3600.0
    idle_seconds: float = 300.0
    head_seconds: float = 30.0


class Serve(Message, frozen=True, tag="serve"):
    """With one listening descriptor for each role, made in the action's network namespace."""

    action: str
    roles: tuple[Role, ...]
    limits: Limits = Limits()


class Endpoint(Message, frozen=True, tag="endpoint"):
    """With one listening descriptor: plain HTTP comes in, `upstream` (`https://host[:port][/path]`) is asked.

    For programs that take a base URL. Here a request is visible although it leaves by TLS, so its credentials are put in and
    its tokens counted here (`meter`: the API whose usage fields are read).
    """

    action: str
    upstream: str
    meter: Meter = ""
    limits: Limits = Limits()


class Publish(Message, frozen=True, tag="publish"):
    """With one listening descriptor of the host: who connects to it comes to `port` on the action's loopback.

    A connection into a network namespace needs a socket made in it: the gateway says `Wanted`, and gets `Sockets`.
    """

    action: str
    port: int
    limits: Limits = Limits()


class SshAgent(Message, frozen=True, tag="ssh_agent"):
    """With one listening descriptor of a pathname socket that is mounted inside: the agent of the user at `path`, for logins
    at these hosts: each with its keys as known_hosts(5) has them, in base64.
    """

    action: str
    path: str
    hosts: dict[str, tuple[str, ...]]
    limits: Limits = Limits()


class Sockets(Message, frozen=True, tag="sockets"):
    """With up to 16 unconnected TCP sockets of the action's network namespace."""

    action: str


class Stop(Message, frozen=True, tag="stop"):
    """Close all that is of this action, now."""

    action: str


class Answer(Message, frozen=True, tag="answer"):
    """To an `Ask`.

    `reason` is a sentence for the agent where it is refused, `ask` the effect that it would have to ask for. `covers`: the
    answer holds for this request, for all of its method, or for all of the endpoint, until `Forget`. `zones` are the kinds of
    address that the host may turn out to have: what was named by a person may be private. `speaks`: what may be spoken there;
    `any` is for what is none of these, and None what is usual at the port: SSH at 22, TLS and HTTP elsewhere. The three limits
    hold beside those of `Limits`, where they are set.
    """

    id: int
    allow: bool
    reason: str = ""
    ask: str = ""
    covers: Covers = "endpoint"
    zones: tuple[Zone, ...] = ("public",)
    speaks: tuple[Speaks, ...] | None = None
    sent: int | None = None
    received: int | None = None
    seconds: float | None = None

    def permits(self, spoken: Speaks, port: int) -> bool:
        """Whether this may be spoken at the port."""
        usual: tuple[Speaks, ...] = ("ssh",) if port == SSH else ("tls", "http")
        speaks = usual if self.speaks is None else self.speaks
        return spoken in speaks or "any" in speaks


class Forget(Message, frozen=True, tag="forget"):
    """Answers are asked for anew: of one action, or of all where it is empty."""

    action: str = ""


class Credential(Struct, frozen=True, forbid_unknown_fields=True):
    """`placeholder` is what the agent sees; `secret` takes its place in requests to `host`, and to no other."""

    host: str
    placeholder: str
    secret: str


class Credentials(Message, frozen=True, tag="credentials"):
    """All that there are; those of before are forgotten."""

    credentials: tuple[Credential, ...] = ()


class Budget(Message, frozen=True, tag="budget"):
    """For metered endpoints, of the session; None is no limit. Money is in millionths of a dollar.

    `tokens_used` and `money_used` count from the session's begin, for the gateway may have been started anew.
    """

    tokens: int | None = None
    money: int | None = None
    tokens_used: int = 0
    money_used: int = 0


class Session(Message, frozen=True, tag="session"):
    """Limits of all actions together, from the session's begin; None is none. `flows` are open at a time."""

    flows: int | None = None
    opened: int | None = None
    sent: int | None = None
    received: int | None = None


Words = Answer | Stop | Forget | Credentials | Budget | Session
ToGateway = Serve | Endpoint | Publish | SshAgent | Sockets | Words


# ------------------------------------------------------------------------------------------- gateway → keeper
class Ready(Message, frozen=True, tag="ready"):
    """What was sent with this many descriptors is served."""

    action: str
    descriptors: int


class Ask(Message, frozen=True, tag="ask"):
    """May this action reach that? `method` and `target` (path and query) where they are visible; `body`: data leaves."""

    id: int
    action: str
    via: Via
    host: str
    port: int
    method: str = ""
    target: str = ""
    body: bool = False


class Opened(Message, frozen=True, tag="opened"):
    """A flow leads to `address` now. It is followed by one `Closed`."""

    flow: int
    action: str
    via: Via
    host: str
    port: int
    address: str


class Closed(Message, frozen=True, tag="closed"):
    """A flow's end, and why."""

    flow: int
    action: str
    sent: int
    received: int
    requests: int
    seconds: float
    cause: Cause
    text: str = ""


class Refused(Message, frozen=True, tag="refused"):
    """The agent tried, and was told `text`. `host` is empty where none was named."""

    action: str
    via: Via
    host: str
    port: int
    text: str
    method: str = ""
    target: str = ""


class Alert(Message, frozen=True, tag="alert"):
    """Something that an honest program does not do."""

    action: str
    kind: AlertKind
    host: str
    port: int
    text: str


class Usage(Message, frozen=True, tag="usage"):
    """One answer of a metered endpoint. `money` in millionths of a dollar; `estimated`: the answer did not say its tokens."""

    action: str
    host: str
    model: str
    input: int
    output: int
    cache_read: int
    cache_write: int
    money: int
    estimated: bool = False


class Wanted(Message, frozen=True, tag="wanted"):
    """`Sockets` of this action."""

    action: str
    count: int


FromGateway = Ready | Ask | Opened | Closed | Refused | Alert | Usage | Wanted
